"""What may be the website of a bucket."""
import pytest

from harness.bucket_settings import arn_of, bucket, make_bucket, nobody, s3, without_metadata  # noqa: F401 (fixtures)
from harness.refusals import denied, refused


def put_website(s3, bucket, **website):
    return s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=website)


INDEX = {"Suffix": "index.html"}
ROUTES = [{"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
          {"Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "x"},
           "Redirect": {"HostName": "example.com", "Protocol": "https", "ReplaceKeyWith": "error.html", "HttpRedirectCode": "302"}},
          {"Redirect": {"HostName": "example.org"}}]


def test_website_put_get_replace_delete(s3, bucket):
    with refused("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", 404):
        s3.get_bucket_website(Bucket=bucket)
    for website in ({"IndexDocument": INDEX, "ErrorDocument": {"Key": "errors/e.html"}, "RoutingRules": ROUTES},
                    {"IndexDocument": INDEX}, {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}):
        put_website(s3, bucket, **website)
        assert without_metadata(s3.get_bucket_website(Bucket=bucket)) == website
    for _ in range(2):
        assert s3.delete_bucket_website(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchWebsiteConfiguration", status=404):
        s3.get_bucket_website(Bucket=bucket)


def route(condition=None, **redirect):
    return {"RoutingRules": [{**({"Condition": condition} if condition is not None else {}), "Redirect": redirect}]}


@pytest.mark.parametrize("change,code,message", [
    ({"IndexDocument": None}, "InvalidArgument",
     "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"),
    ({"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument", "The IndexDocument Suffix is not well formed"),
    ({"IndexDocument": {"Suffix": ""}}, "InvalidArgument", "The IndexDocument Suffix is not well formed"),
    ({"ErrorDocument": {}}, "MalformedXML", None),
    ({"RedirectAllRequestsTo": {"HostName": "a.org"}}, "InvalidRequest",
     "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."),
    ({"IndexDocument": None, "RedirectAllRequestsTo": {"HostName": "a.org", "Protocol": "ftp"}}, "MalformedXML", None),
    ({"IndexDocument": None, "RedirectAllRequestsTo": {"Protocol": "http"}}, "MalformedXML", None),
    (route({}, HostName="a"), "InvalidRequest", "Condition cannot be empty. To redirect all requests without a condition, "
     "the condition element shouldn't be present."),
    (route({"HttpErrorCodeReturnedEquals": "302"}, HostName="a"), "InvalidRequest",
     "The provided HTTP error code (302) is not valid. Valid codes are 4XX or 5XX."),
    (route({"HttpErrorCodeReturnedEquals": "4xx"}, HostName="a"), "InvalidRequest", None),
    (route(HttpRedirectCode="300"), "InvalidRequest",
     "The provided HTTP redirect code (300) is not valid. Valid codes are 3XX except 300."),
    (route(HttpRedirectCode="3011"), "InvalidRequest", None), (route(), "MalformedXML", None),
    (route(ReplaceKeyWith="a", ReplaceKeyPrefixWith="b"), "InvalidRequest",
     "You can only define ReplaceKeyPrefix or ReplaceKey but not both."),
    ({"RoutingRules": ROUTES[:1] * 51}, "InvalidRequest",
     "51 routing rules provided, the number of routing rules in a website configuration is limited to 50.")])
def test_websites_that_are_none(s3, bucket, change, code, message):
    given = {name: value for name, value in {"IndexDocument": INDEX, **change}.items() if value is not None}
    with refused(code, message, 400):
        put_website(s3, bucket, **given)
    with refused("NoSuchWebsiteConfiguration"):
        s3.get_bucket_website(Bucket=bucket)


def test_website_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutBucketWebsite": lambda client, of=bucket: put_website(client, of, IndexDocument=INDEX),
             "s3:GetBucketWebsite": lambda client, of=bucket: client.get_bucket_website(Bucket=of),
             "s3:DeleteBucketWebsite": lambda client, of=bucket: client.delete_bucket_website(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    put_website(s3, bucket, IndexDocument=INDEX)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with refused("NoSuchWebsiteConfiguration", status=404):
        s3.get_bucket_website(Bucket=bucket)
