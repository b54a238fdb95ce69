"""How a bucket is found in a request: in the path, in the host name, in its region, with its owner.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html"""
import base64
import hashlib
import itertools

import pytest

from harness import raw
from harness.refusals import refused

_numbers = itertools.count(1)


@pytest.fixture
def bucket(account):
    name = f"place-{account.id}-{next(_numbers)}"
    account.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def abroad(account):
    """A bucket of another region."""
    name = f"abroad-{account.id}-{next(_numbers)}"
    account.client("s3", region="eu-west-1").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def ask(account, target, method="GET", **more):
    return raw.signed(account.server, account.root, "s3", method=method, target=target, **more)


def detail(answer, name):
    return answer.text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]


# -- Path and host

def hosts_of(bucket):
    return [f"{bucket}.localhost", f"{bucket}.localhost:4566", f"{bucket}.s3.localhost", f"{bucket}.s3.amazonaws.com",
            f"{bucket}.s3.us-east-1.amazonaws.com", f"{bucket}.s3-us-east-1.amazonaws.com:8080",
            f"{bucket}.s3.dualstack.us-east-1.amazonaws.com"]


def test_in_the_path(account, bucket):
    answer = ask(account, f"/{bucket}?location")
    assert answer.status == 200 and "<LocationConstraint" in answer.text
    for host in ("s3.us-east-1.amazonaws.com", "s3.amazonaws.com", "localhost"):
        assert ask(account, f"/{bucket}?location", host=host).status == 200
    assert ask(account, f"/{bucket}/?location").status == 200


def test_in_the_host_name(account, bucket):
    for host in hosts_of(bucket):
        answer = ask(account, "/?location", host=host)
        assert answer.status == 200 and "<LocationConstraint" in answer.text, (host, answer.text)


def test_in_the_host_name_the_path_is_the_key(account, bucket):
    """A key like the name of an operation's parameter, or of another bucket, is a key."""
    for host in hosts_of(bucket)[:3]:
        answer = ask(account, f"/{bucket}?location", host=host)
        assert answer.code != "NoSuchBucket" and "<LocationConstraint" not in answer.text


def test_in_the_host_name_keys_are_no_places_of_the_servers(account, bucket):
    """A page of the server's own would be of the same origin as what the bucket shows."""
    for host in hosts_of(bucket)[:4]:
        for key in ("_merlon/signin", "_merlon/signin/console"):
            assert ask(account, f"/{key}", "PUT", host=host, body=b"mine").status == 200
            assert ask(account, f"/{key}", host=host).text == "mine"
            assert ask(account, f"/{key}", "DELETE", host=host).status == 204
        page = raw.send(account.server, "POST", "/_merlon/signin/authenticate", {"Host": host})
        assert page.status == 400 and "<Resource>/_merlon/signin/authenticate</Resource>" in page.text, page.text


def test_host_names_are_without_case(account, bucket):
    for host in (f"{bucket.upper()}.s3.us-east-1.amazonaws.com", f"{bucket.title()}.LocalHost"):
        answer = raw.signed(account.server, None, "s3", method="GET", target="/?location", host=host)
        assert (answer.status, answer.code) == (403, "AccessDenied"), answer.text  # and not NoSuchBucket


def test_operations_are_named_by_addresses_alone(account):
    """A form says no action to a service whose operations have addresses, whatever host it is sent to, or signed for."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for service, action in (("s3", "GetObject"), ("s3", "ListBuckets"), ("s3-control", "ListJobs"), ("signin", "ConsoleLogin")):
        host = {"Host": f"{service}.us-east-1.amazonaws.com"}
        answer = raw.send(account.server, "POST", "/", {**form, **host}, f"Action={action}".encode())
        assert answer.status in (400, 403, 404, 405), answer.text
        for target in ({}, {"X-Amz-Target": f"{service}.{action}"}):
            answer = raw.signed(account.server, account.root, service, f"Action={action}".encode(), {**form, **target})
            assert answer.status in (400, 403, 404, 405), answer.text
    assert ask(account, "/").status == 200


def test_a_name_with_dots_in_the_host_name(account):
    name = f"my.old.{account.id}"
    account.client("s3").create_bucket(Bucket=name)
    assert ask(account, "/?location", host=f"{name}.s3.us-east-1.amazonaws.com").status == 200
    assert ask(account, "/?location", host=f"{name}.localhost").status == 200


def test_made_and_removed_by_host_name(account):
    host = f"hosted-{account.id}.s3.us-east-1.amazonaws.com"
    assert ask(account, "/", "PUT", host=host).status == 200
    assert [one["Name"] for one in account.client("s3").list_buckets()["Buckets"]] == [f"hosted-{account.id}"]
    assert ask(account, "/", "DELETE", host=host).status == 204
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_without_a_bucket_the_list_is_meant(account, bucket):
    for host in ("s3.us-east-1.amazonaws.com", "localhost"):
        answer = ask(account, "/", host=host)
        assert answer.status == 200 and f"<Name>{bucket}</Name>" in answer.text


def test_the_host_name_is_signed(account, bucket, other_account):
    """A signature for one bucket is none for another."""
    other = f"other-{account.id}"
    account.client("s3").create_bucket(Bucket=other)
    headers, _ = raw.sign(f"http://{bucket}.localhost/?location", account.root, "s3", method="GET")
    answer = raw.send(account.server, "GET", "/?location", {**headers, "Host": f"{other}.localhost"})
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


def test_other_services_take_no_bucket_from_the_host(account, bucket):
    answer = raw.query(account.server, account.root, "sts", "2011-06-15", "GetCallerIdentity", host=f"{bucket}.localhost")
    assert answer.status == 200 and account.id in answer.text


# -- Names that are none

@pytest.mark.parametrize("name", ["ab", "a" * 64, "Upper-Case", "under_score", "-dash", "dash-", ".dot", "dot.", "a..b",
                                  "192.168.5.4", "xn--name", "sthree-name", "amzn-s3-demo-name",
                                  "name--ol-s3", "name.mrap", "name--x-s3", "name--table-s3", "na%20me", "na%2Fme"])
def test_names_that_no_bucket_can_have(account, name):
    for method in ("PUT", "GET", "DELETE"):
        answer = ask(account, f"/{name}", method)
        assert (answer.status, answer.code) == (400, "InvalidBucketName"), answer.text
        assert answer.message == "The specified bucket is not valid."
        assert detail(answer, "BucketName") == name.replace("%20", " ").replace("%2F", "/")
    assert ask(account, f"/{name}", "HEAD").status == 400
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_names_that_access_points_alone_have(account):
    """Their aliases."""
    codes = [ask(account, "/name-s3alias", method).code for method in ("PUT", "GET", "DELETE")]
    assert codes == ["InvalidBucketName", "InvalidAccessPointAliasError", "InvalidAccessPointAliasError"]


def test_methods_that_no_resource_has(account, bucket):
    for method, target in (("PATCH", f"/{bucket}"), ("POST", "/"), ("DELETE", "/"), ("PATCH", f"/{bucket}/key")):
        answer = ask(account, target, method)
        assert (answer.status, answer.code) == (405, "MethodNotAllowed"), (method, target, answer.text)
        assert answer.message == "The specified method is not allowed against this resource."
        assert detail(answer, "Method") == method


# -- Regions

def test_the_wrong_region_is_told_the_right_one(account, abroad):
    for target, method in ((f"/{abroad}?versioning", "GET"), (f"/{abroad}", "DELETE"), (f"/{abroad}/key", "GET")):
        answer = ask(account, target, method)
        assert (answer.status, answer.code) == (400, "AuthorizationHeaderMalformed"), answer.text
        assert answer.message == "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"
        assert detail(answer, "Region") == "eu-west-1"
        assert answer.headers["x-amz-bucket-region"] == "eu-west-1"


def test_a_head_in_the_wrong_region_is_sent_on(account, abroad):
    answer = ask(account, f"/{abroad}", "HEAD")
    assert (answer.status, answer.body, answer.headers["x-amz-bucket-region"]) == (301, b"", "eu-west-1")
    answer = ask(account, f"/{abroad}", "HEAD", region="eu-west-1")
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (200, "eu-west-1")


def test_stock_clients_follow(account, abroad):
    """boto3 asks again in the region that it was told."""
    answer = account.client("s3").head_bucket(Bucket=abroad)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-1"


def test_the_location_is_told_everywhere(account, abroad):
    for region in ("us-east-1", "eu-west-1", "ap-southeast-2"):
        answer = account.client("s3", region=region).get_bucket_location(Bucket=abroad)
        assert answer["LocationConstraint"] == "eu-west-1"


# -- Whom the client believes to be the owner

def test_the_expected_owner(account, other_account, bucket):
    s3 = account.client("s3")
    assert s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account.id)["ResponseMetadata"]["HTTPStatusCode"] == 200
    with refused("AccessDenied", "Access Denied", 403):
        s3.get_bucket_location(Bucket=bucket, ExpectedBucketOwner=other_account.id)
    with refused("403", status=403):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=other_account.id)
    with refused("AccessDenied", "Access Denied", 403):
        s3.delete_bucket(Bucket=bucket, ExpectedBucketOwner=other_account.id)
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == [bucket]


def test_of_many_keys_at_once_the_bucket_is_looked_at_too(account, other_account, bucket, abroad):
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket, Key="key", Body=b"body")
    keys = {"Objects": [{"Key": "key"}]}
    with refused("AccessDenied", "Access Denied", 403):
        s3.delete_objects(Bucket=bucket, Delete=keys, ExpectedBucketOwner=other_account.id)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"body"
    body = b"<Delete><Object><Key>key</Key></Object></Delete>"
    headers = {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}
    answer = ask(account, f"/{abroad}?delete", "POST", body=body, headers=headers)
    assert answer.code == "AuthorizationHeaderMalformed" and detail(answer, "Region") == "eu-west-1", answer.text


def test_the_expected_owner_says_nothing_of_a_bucket_that_is_to_be(account, other_account, bucket):
    answer = ask(account, f"/{bucket}", "PUT", headers={"x-amz-expected-bucket-owner": other_account.id})
    assert answer.status == 200, answer.text
