"""Settings of S3 buckets that have records of their own: CORS, lifecycle, website, logging, notification,
replication; metrics, analytics, inventories, tiering."""
import base64
import hashlib
import itertools
from datetime import datetime, timezone

import pytest

from harness import raw
from harness.account import policy, statement
from harness.refusals import denied, refused

_numbers = itertools.count(1)


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def make_bucket(account, s3):
    def make(client=None, **more):
        name = f"settings-{account.id}-{next(_numbers)}"
        (client or s3).create_bucket(Bucket=name, **more)
        return name
    return make


@pytest.fixture
def bucket(make_bucket):
    return make_bucket()


def arn_of(bucket):
    return f"arn:aws:s3:::{bucket}"


def without_metadata(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.fixture
def nobody(account):
    return account.user(policy=policy("s3:ListBucket")).client("s3", parameter_validation=False)


def body_headers(body):
    return {"x-amz-content-sha256": "UNSIGNED-PAYLOAD",
            "Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}


def signed(account, bucket, query, body, method="PUT", headers=None):
    """A request of any body, to put documents that no SDK writes."""
    target = f"/{bucket}?{query}"
    url = f"{account.server.endpoint}{target}"
    given = {**body_headers(body), **(headers or {})}
    given, _ = raw.sign(url, account.root, "s3", method=method, headers=given, body=body)
    return raw.send(account.server, method, target, given, body)


# -- CORS

FULL_RULE = {"ID": "one", "AllowedHeaders": ["x-amz-*", "Content-Type"], "AllowedMethods": ["GET", "PUT"],
             "AllowedOrigins": ["https://*.example.com", "http://localhost:8080"], "ExposeHeaders": ["ETag", "x-amz-id-2"],
             "MaxAgeSeconds": 3000}
OPEN_RULE = {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["*"]}


def put_cors(s3, bucket, *rules):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": list(rules)})


def preflight(server, bucket, origin, method, headers=None, key="/key"):
    given = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return raw.send(server, "OPTIONS", f"/{bucket}{key}", {name: text for name, text in given.items() if text})


def test_cors_put_get_replace_delete(s3, bucket):
    with refused("NoSuchCORSConfiguration", "The CORS configuration does not exist", 404):
        s3.get_bucket_cors(Bucket=bucket)
    put_cors(s3, bucket, FULL_RULE, OPEN_RULE)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [FULL_RULE, OPEN_RULE]
    put_cors(s3, bucket, OPEN_RULE)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [OPEN_RULE]
    for _ in range(2):
        assert s3.delete_bucket_cors(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchCORSConfiguration", status=404):
        s3.get_bucket_cors(Bucket=bucket)


def test_cors_goes_with_its_bucket(s3, bucket):
    put_cors(s3, bucket, OPEN_RULE)
    s3.delete_bucket(Bucket=bucket)
    with refused("NoSuchBucket", status=404):
        s3.get_bucket_cors(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with refused("NoSuchCORSConfiguration", status=404):
        s3.get_bucket_cors(Bucket=bucket)


@pytest.mark.parametrize("change,code,message", [
    ({"AllowedMethods": ["GET", "PATCH"]}, "InvalidRequest",
     "Found unsupported HTTP method in CORS config. Unsupported method is PATCH"),
    ({"AllowedMethods": ["get"]}, "InvalidRequest",
     "Found unsupported HTTP method in CORS config. Unsupported method is get"),
    ({"AllowedMethods": ["*"]}, "InvalidRequest",
     "Found unsupported HTTP method in CORS config. Unsupported method is *"),
    ({"AllowedOrigins": ["https://ok", "https://*.x.*"]}, "InvalidRequest",
     'AllowedOrigin "https://*.x.*" can not have more than one wildcard.'),
    ({"AllowedHeaders": ["x-*-*"]}, "InvalidRequest", 'AllowedHeader "x-*-*" can not have more than one wildcard.'),
    ({"ExposeHeaders": ["x-*"]}, "InvalidRequest",
     'ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.'),
    ({"ExposeHeaders": ["a\nSet-Cookie: x"]}, "InvalidRequest", None),
    ({"AllowedMethods": []}, "MalformedXML", None), ({"AllowedOrigins": []}, "MalformedXML", None),
    ({"MaxAgeSeconds": -1}, "MalformedXML", None), ({"MaxAgeSeconds": "soon"}, "MalformedXML", None),
    ({"ID": "x" * 256}, "InvalidArgument", None)])
def test_cors_rules_that_are_none(s3, bucket, change, code, message):
    with refused(code, message, 400):
        put_cors(s3, bucket, {**OPEN_RULE, **change})
    with refused("NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=bucket)


def test_cors_limits(account, s3, bucket):
    put_cors(s3, bucket, *[OPEN_RULE] * 100)
    with refused("InvalidRequest", "The number of CORS rules should not exceed allowed limit of 100 rules.", 400):
        put_cors(s3, bucket, *[OPEN_RULE] * 101)
    with refused("MalformedXML", status=400):
        put_cors(s3, bucket)
    with refused("MaxMessageLengthExceeded", "Your request was too large.", 400):
        put_cors(s3, bucket, {**OPEN_RULE, "AllowedHeaders": ["x" * 70000]})
    for body in (b"", b"<CORSConfiguration>", b"<CORSConfiguration/>", b"{}"):
        assert signed(account, bucket, "cors", body).code in ("MalformedXML", "MissingRequestBodyError")
    assert len(s3.get_bucket_cors(Bucket=bucket)["CORSRules"]) == 100


def test_cors_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutBucketCORS": lambda client: put_cors(client, bucket, OPEN_RULE),
             "s3:GetBucketCORS": lambda client: client.get_bucket_cors(Bucket=bucket)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
    with denied("s3:PutBucketCORS"):
        nobody.delete_bucket_cors(Bucket=bucket)
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        put_cors(s3, f"none-{account.id}", OPEN_RULE)
    with refused("NoSuchBucket", status=404):
        s3.delete_bucket_cors(Bucket=f"none-{account.id}")
    with refused("AccessDenied", status=403):
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [OPEN_RULE]}, ExpectedBucketOwner=other_account.id)
    mine = account.user(policy=policy(statement("s3:*BucketCORS", resource=arn_of(bucket)))).client("s3")
    put_cors(mine, bucket, OPEN_RULE)
    assert mine.get_bucket_cors(Bucket=bucket)["CORSRules"] == [OPEN_RULE]


VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def test_preflight_of_a_rule(server, s3, bucket):
    put_cors(s3, bucket, FULL_RULE, OPEN_RULE)
    answer = preflight(server, bucket, "https://www.example.com", "PUT", "X-Amz-Meta-A, content-type")
    assert (answer.status, answer.body) == (200, b"")
    assert {name: text for name, text in answer.headers.items() if name.startswith("access") or name == "vary"} == {
        "access-control-allow-origin": "https://www.example.com", "access-control-allow-methods": "GET, PUT",
        "access-control-allow-headers": "x-amz-meta-a, content-type", "access-control-expose-headers": "ETag, x-amz-id-2",
        "access-control-max-age": "3000", "access-control-allow-credentials": "true", "vary": VARY}
    assert answer.headers["x-amz-request-id"]


def test_preflight_of_all_origins(server, s3, bucket):
    put_cors(s3, bucket, FULL_RULE, OPEN_RULE)
    answer = preflight(server, bucket, "https://elsewhere.org", "HEAD", key="")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    assert not {"access-control-allow-credentials", "access-control-max-age", "access-control-allow-headers"} & set(answer.headers)


@pytest.mark.parametrize("origin,method,headers", [
    ("https://example.com", "GET", None), ("https://a.example.com.evil.org", "GET", None), ("http://a.example.com", "GET", None),
    ("https://a.example.com", "DELETE", None), ("https://a.example.com", "PUT", "authorization"),
    ("https://a.example.com", "PUT", "content-type, x-other"), ("HTTPS://a.example.com", "GET", None), ("null", "GET", None)])
def test_preflight_that_no_rule_admits(server, s3, bucket, origin, method, headers):
    put_cors(s3, bucket, FULL_RULE)
    answer = preflight(server, bucket, origin, method, headers)
    assert (answer.status, answer.code) == (403, "AccessForbidden")
    assert answer.message.startswith("CORSResponse: This CORS request is not allowed.")
    assert f"<Method>{method}</Method><ResourceType>OBJECT</ResourceType>" in answer.text
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_preflight_refusals(account, server, s3, bucket):
    answer = preflight(server, bucket, "https://a.org", "GET", key="")
    assert (answer.status, answer.code, answer.message) == (403, "AccessForbidden",
                                                            "CORSResponse: CORS is not enabled for this bucket.")
    assert "<ResourceType>BUCKET</ResourceType>" in answer.text
    answer = preflight(server, f"none-{account.id}", "https://a.org", "GET")
    assert (answer.status, answer.message) == (403, "CORSResponse: Bucket not found")
    put_cors(s3, bucket, OPEN_RULE)
    answer = preflight(server, bucket, None, "GET")
    assert (answer.status, answer.code, answer.message) == (400, "BadRequest",
                                                            "Insufficient information. Origin request header needed.")
    for method, told in ((None, "null"), ("PATCH", "PATCH"), ("get", "get")):
        answer = preflight(server, bucket, "https://a.org", method)
        assert (answer.status, answer.message) == (400, f"Invalid Access-Control-Request-Method: {told}")
    assert preflight(server, "", "https://a.org", "GET", key="").code == "MethodNotAllowed"


def test_preflight_by_virtual_host(server, s3, bucket):
    put_cors(s3, bucket, FULL_RULE)
    headers = {"Host": f"{bucket}.s3.us-east-1.amazonaws.com", "Origin": "http://localhost:8080",
               "Access-Control-Request-Method": "PUT"}
    answer = raw.send(server, "OPTIONS", "/some/key", headers)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "http://localhost:8080")


def test_preflight_is_for_services_that_say_so(server, account):
    headers, _ = raw.sign(f"{server.endpoint}/", account.root, "iam", method="OPTIONS")
    assert raw.send(server, "OPTIONS", "/", {**headers, "Origin": "https://a.org"}).status >= 400


def with_origin(account, bucket, origin, method="GET", query="cors", body=b"", creds="root"):
    url = f"{account.server.endpoint}/{bucket}?{query}"
    headers = body_headers(body)
    if creds:
        headers, _ = raw.sign(url, account.root if creds == "root" else creds, "s3", method=method, headers=headers, body=body)
    return raw.send(account.server, method, f"/{bucket}?{query}", {**headers, "Origin": origin}, body)


def test_answers_to_other_origins(account, s3, bucket):
    put_cors(s3, bucket, FULL_RULE)
    answer = with_origin(account, bucket, "https://www.example.com")
    assert answer.status == 200 and b"<CORSRule>" in answer.body
    assert answer.headers["access-control-allow-origin"] == "https://www.example.com"
    assert answer.headers["access-control-expose-headers"] == "ETag, x-amz-id-2"
    assert answer.headers["access-control-allow-credentials"] == "true" and answer.headers["vary"] == VARY
    assert "access-control-allow-origin" not in with_origin(account, bucket, "https://other.org").headers


def test_writes_and_refusals_to_other_origins(account, s3, bucket, nobody):
    put_cors(s3, bucket, FULL_RULE)
    document = b"<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"
    unsigned = with_origin(account, bucket, "https://a.example.com", creds=None)
    assert (unsigned.status, unsigned.code) == (403, "AccessDenied")
    assert unsigned.headers["access-control-allow-origin"] == "https://a.example.com"
    written = with_origin(account, bucket, "https://a.example.com", "PUT", body=document)
    assert (written.status, written.headers["access-control-allow-origin"]) == (200, "https://a.example.com")
    again = with_origin(account, bucket, "https://b.org", "PUT", body=document)
    assert (again.status, again.headers["access-control-allow-origin"]) == (200, "*")
    bad = with_origin(account, bucket, "https://b.org", "PUT", body=b"<nothing")
    assert (bad.code, bad.headers["access-control-allow-origin"]) == ("MalformedXML", "*")
    gone = with_origin(account, bucket, "https://b.org", "DELETE")
    assert gone.status == 204 and "access-control-allow-origin" not in gone.headers


def test_objects_to_other_origins(account, s3, bucket):
    put_cors(s3, bucket, {**FULL_RULE, "AllowedMethods": ["PUT", "GET", "HEAD", "DELETE"]})
    url, origin = f"{account.server.endpoint}/{bucket}/key", {"Origin": "https://a.example.com"}
    for method, body in (("PUT", b"x" * 100_000), ("GET", b""), ("HEAD", b""), ("DELETE", b""), ("GET", b"")):
        headers, _ = raw.sign(url, account.root, "s3", method=method, headers=body_headers(body), body=body)
        answer = raw.send(account.server, method, f"/{bucket}/key", {**headers, **origin}, body)
        assert answer.headers["access-control-allow-origin"] == "https://a.example.com", (method, answer)
        assert answer.headers["access-control-expose-headers"] == "ETag, x-amz-id-2"
    assert (answer.status, answer.code) == (404, "NoSuchKey")


def test_preflight_of_a_presigned_address(account, server, s3, bucket):
    put_cors(s3, bucket, FULL_RULE)
    address = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "key"})
    target = address[len(server.endpoint):]
    asked = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "PUT"}
    answer = raw.send(server, "OPTIONS", target, asked)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "https://a.example.com")
    assert raw.send(server, "OPTIONS", target, {**asked, "Origin": "https://b.org"}).code == "AccessForbidden"


def test_preflight_is_no_call_and_has_a_bound(account, server, s3, bucket):
    put_cors(s3, bucket, {**OPEN_RULE, "AllowedHeaders": ["*"]})
    answers = [preflight(server, bucket, "https://a.org", "GET", ",".join(["x"] * count)) for count in (100, 101)]
    assert [answer.status for answer in answers] == [200, 403]
    s3.get_bucket_cors(Bucket=bucket)
    account.event("GetBucketCors")
    told = [event["requestID"] for event in account.events()]
    assert told and not [answer for answer in answers if answer.headers["x-amz-request-id"] in told]


# -- Metrics, analytics, inventories, tiering

class Kind:
    """One of the four that have ids: how its operations and arguments are called, and a configuration of it."""

    def __init__(self, name, action, make, member=None):
        self.name, self.action, self.make = name, action, make
        self.member = f"{member or name}Configuration"
        self.snake = {"IntelligentTiering": "intelligent_tiering"}.get(name, name.lower())

    def __str__(self):
        return self.name

    def call(self, client, verb, bucket, plural="", **more):
        return getattr(client, f"{verb}_bucket_{self.snake}_configuration{plural}")(Bucket=bucket, **more)

    def put(self, client, bucket, name, configuration=None):
        return self.call(client, "put", bucket, Id=name, **{self.member: configuration or self.make(name)})

    def get(self, client, bucket, name):
        return self.call(client, "get", bucket, Id=name)[self.member]

    def delete(self, client, bucket, name):
        return self.call(client, "delete", bucket, Id=name)

    def list(self, client, bucket, **more):
        return self.call(client, "list", bucket, "s", **more)


def inventory(name, **more):
    return {"Id": name, "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", "Prefix": "p",
                                                    "AccountId": "123456789012", "Encryption": {"SSES3": {}}}},
            "Filter": {"Prefix": "a/"}, "OptionalFields": ["Size", "ETag"], **more}


def analytics(name, **more):
    export = {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", "BucketAccountId": "123456789012", "Prefix": "p"}
    return {"Id": name, "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
            "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_1",
                                                    "Destination": {"S3BucketDestination": export}}}, **more}


def tiering(name, **more):
    return {"Id": name, "Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": ""}},
            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 730, "AccessTier": "DEEP_ARCHIVE_ACCESS"}],
            **more}


def metrics(name, **more):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    return {"Id": name, "Filter": {"And": {"Prefix": "a/", "Tags": tags}}, **more}


KINDS = [Kind("Metrics", "MetricsConfiguration", metrics), Kind("Analytics", "AnalyticsConfiguration", analytics),
         Kind("Inventory", "InventoryConfiguration", inventory),
         Kind("IntelligentTiering", "IntelligentTieringConfiguration", tiering)]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
MISSING = "The specified configuration does not exist."


@each_kind
def test_named_put_get_replace_delete(s3, bucket, kind):
    with refused("NoSuchConfiguration", MISSING, 404):
        kind.get(s3, bucket, "one")
    for name in ("one", "Two.2-2_2", "x" * 64):
        kind.put(s3, bucket, name)
        assert kind.get(s3, bucket, name) == kind.make(name)
    changed = {**kind.make("one"), "Filter": {"Prefix": "other"}}
    kind.put(s3, bucket, "one", changed)
    assert kind.get(s3, bucket, "one") == changed
    listed = kind.list(s3, bucket)
    assert listed["IsTruncated"] is False and "NextContinuationToken" not in listed
    assert listed[f"{kind.member}List"] == [kind.make("Two.2-2_2"), changed, kind.make("x" * 64)]
    assert kind.delete(s3, bucket, "one")["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (kind.get, kind.delete):
        with refused("NoSuchConfiguration", MISSING, 404):
            call(s3, bucket, "one")
    assert len(kind.list(s3, bucket)[f"{kind.member}List"]) == 2


@each_kind
def test_named_ids(account, s3, bucket, kind):
    for bad in ("a b", "x" * 65, "a/b", "ä", ""):
        with refused("InvalidArgument", status=400):
            kind.put(s3, bucket, bad)
    with refused("MalformedXML", status=400):
        kind.put(s3, bucket, "one", kind.make("other"))
    subresource = kind.snake.replace("_", "-")
    for method in ("PUT", "DELETE"):
        answer = signed(account, bucket, subresource, b"<A/>" if method == "PUT" else b"", method)
        assert 400 <= answer.status < 500, answer
    s3.head_bucket(Bucket=bucket)
    assert f"{kind.member}List" not in kind.list(s3, bucket)


@each_kind
def test_named_pages(s3, bucket, make_bucket, kind):
    names = sorted(f"n{number:03}" for number in range(101))
    for name in names:
        kind.put(s3, bucket, name)
    first = kind.list(s3, bucket)
    assert first["IsTruncated"] is True and "ContinuationToken" not in first
    token = first["NextContinuationToken"]
    second = kind.list(s3, bucket, ContinuationToken=token)
    assert second["IsTruncated"] is False and second["ContinuationToken"] == token and "NextContinuationToken" not in second
    pages = [[one["Id"] for one in page[f"{kind.member}List"]] for page in (first, second)]
    assert pages == [names[:100], names[100:]]
    kind.delete(s3, bucket, names[100])
    whole = kind.list(s3, bucket)
    assert whole["IsTruncated"] is False and len(whole[f"{kind.member}List"]) == 100
    assert f"{kind.member}List" not in kind.list(s3, bucket, ContinuationToken=token)
    for of, given in ((make_bucket(), token), (bucket, "x"), (bucket, token[:-1])):
        with refused("InvalidArgument", "The continuation token provided is incorrect", 400):
            kind.list(s3, of, ContinuationToken=given)


def test_a_thousand_of_a_kind(account, s3, bucket):
    for number in range(1000):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=f"m{number}", MetricsConfiguration={"Id": f"m{number}"})
    with refused("TooManyConfigurations", status=400):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id="more", MetricsConfiguration={"Id": "more"})
    s3.put_bucket_metrics_configuration(Bucket=bucket, Id="m7", MetricsConfiguration={"Id": "m7", "Filter": {"Prefix": "p"}})
    KINDS[1].put(s3, bucket, "more")
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    for kind in KINDS:
        assert f"{kind.member}List" not in kind.list(s3, bucket)


@each_kind
def test_named_permissions(account, other_account, s3, bucket, nobody, kind):
    calls = [("Put", lambda client: kind.put(client, bucket, "one")), ("Get", lambda client: kind.get(client, bucket, "one")),
             ("Get", lambda client: kind.list(client, bucket)), ("Put", lambda client: kind.delete(client, bucket, "one"))]
    for verb, call in calls:
        with denied(f"s3:{verb}{kind.action}", arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
    none = f"none-{account.id}"
    for call in (lambda: kind.put(s3, none, "one"), lambda: kind.get(s3, none, "one"), lambda: kind.list(s3, none),
                 lambda: kind.delete(s3, none, "one")):
        with refused("NoSuchBucket", status=404):
            call()
    mine = account.user(policy=policy(statement(f"s3:*{kind.action}", resource=arn_of(bucket)))).client("s3")
    kind.put(mine, bucket, "one")
    assert kind.get(mine, bucket, "one")["Id"] == "one"


TAG = {"Key": "k", "Value": "v"}


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[1], KINDS[3]], ids=str)
@pytest.mark.parametrize("given,code", [
    ({"Prefix": "a", "Tag": TAG}, "MalformedXML"), ({}, "MalformedXML"), ({"And": {"Prefix": "a"}}, "MalformedXML"),
    ({"And": {"Tags": [TAG]}}, "MalformedXML"), ({"And": {"Tags": [TAG, TAG]}}, "InvalidTag"),
    ({"Tag": {"Key": "k" * 129, "Value": "v"}}, "InvalidTag"), ({"Tag": {"Key": "k"}}, "MalformedXML")])
def test_filters_that_are_none(s3, bucket, kind, given, code):
    with refused(code, status=400):
        kind.put(s3, bucket, "one", {**kind.make("one"), "Filter": given})
    assert f"{kind.member}List" not in kind.list(s3, bucket)


def test_metrics_of_all_and_of_access_points(s3, bucket):
    point = "arn:aws:s3:us-east-1:123456789012:accesspoint/mine"
    for given in ({"Id": "one"}, metrics("one", Filter={"AccessPointArn": point}), metrics("one", Filter={"Tag": TAG}),
                  metrics("one", Filter={"And": {"Prefix": "p", "AccessPointArn": point}})):
        KINDS[0].put(s3, bucket, "one", given)
        assert KINDS[0].get(s3, bucket, "one") == given
    with refused("MalformedXML", status=400):
        KINDS[0].put(s3, bucket, "one", metrics("one", Filter={"AccessPointArn": point, "Prefix": "a"}))


def destination(**more):
    return {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", **more}}


@pytest.mark.parametrize("change,code", [
    ({"Schedule": {"Frequency": "Hourly"}}, "MalformedXML"), ({"IncludedObjectVersions": "Some"}, "MalformedXML"),
    ({"OptionalFields": ["Size", "Nothing"]}, "MalformedXML"), ({"OptionalFields": ["Size", "Size"]}, "MalformedXML"),
    ({"Destination": destination(Format="JSON")}, "MalformedXML"), ({"Destination": {}}, "MalformedXML"),
    ({"Destination": destination(Bucket="reports")}, "InvalidS3DestinationBucket"),
    ({"Destination": destination(Bucket="arn:aws:s3:::A_B")}, "InvalidS3DestinationBucket"),
    ({"Destination": destination(AccountId="me")}, "InvalidArgument"),
    ({"Destination": destination(Encryption={})}, "MalformedXML"),
    ({"Destination": destination(Encryption={"SSES3": {}, "SSEKMS": {"KeyId": "k"}})}, "MalformedXML"),
    ({"IsEnabled": None}, "MalformedXML"), ({"Schedule": None}, "MalformedXML")])
def test_inventories_that_are_none(s3, bucket, change, code):
    given = {name: value for name, value in inventory("one", **change).items() if value is not None}
    with refused(code, status=400):
        KINDS[2].put(s3, bucket, "one", given)
    with refused("NoSuchConfiguration"):
        KINDS[2].get(s3, bucket, "one")


def test_inventories_of_few_words(s3, bucket):
    least = {name: value for name, value in inventory("one", Destination=destination(
        Encryption={"SSEKMS": {"KeyId": "arn:aws:kms:us-east-1:123456789012:key/k"}})).items()
        if name not in ("Filter", "OptionalFields")}
    KINDS[2].put(s3, bucket, "one", least)
    assert KINDS[2].get(s3, bucket, "one") == least


def test_fields_that_an_inventory_may_tell(account, s3, bucket):
    limited = {"ForAllValues:StringEquals": {"s3:InventoryAccessibleOptionalFields": ["Size", "ETag"]}}
    mine = account.user(policy=policy(statement("s3:PutInventoryConfiguration", Condition=limited))).client("s3")
    KINDS[2].put(mine, bucket, "one", inventory("one", OptionalFields=["ETag"]))
    with denied("s3:PutInventoryConfiguration"):
        KINDS[2].put(mine, bucket, "two", inventory("two", OptionalFields=["ETag", "ObjectAccessControlList"]))


@pytest.mark.parametrize("change,code", [
    ({"Tierings": [{"Days": 89, "AccessTier": "ARCHIVE_ACCESS"}]}, "InvalidArgument"),
    ({"Tierings": [{"Days": 179, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]}, "InvalidArgument"),
    ({"Tierings": [{"Days": 731, "AccessTier": "ARCHIVE_ACCESS"}]}, "InvalidArgument"),
    ({"Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}] * 2}, "MalformedXML"), ({"Tierings": []}, "MalformedXML"),
    ({"Tierings": [{"Days": 90, "AccessTier": "COLD"}]}, "MalformedXML"), ({"Status": "On"}, "MalformedXML")])
def test_tierings_that_are_none(s3, bucket, change, code):
    with refused(code, status=400):
        KINDS[3].put(s3, bucket, "one", tiering("one", **change))


def test_analytics_without_an_export(s3, bucket):
    given = {"Id": "one", "StorageClassAnalysis": {}}
    KINDS[1].put(s3, bucket, "one", given)
    assert KINDS[1].get(s3, bucket, "one") == given
    for export, code in (({"Bucket": "reports"}, "InvalidS3DestinationBucket"), ({"BucketAccountId": "12"}, "InvalidArgument")):
        given = {"OutputSchemaVersion": "V_1", "Destination": destination(**export)}
        with refused(code, status=400):
            KINDS[1].put(s3, bucket, "one", {"Id": "one", "StorageClassAnalysis": {"DataExport": given}})


# -- Lifecycle

def put_lifecycle(s3, bucket, *rules, **more):
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **more)


def rule(name="one", **more):
    """A rule of a filter, that expires; None takes a part out."""
    made = {"ID": name, "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 365}, **more}
    return {key: value for key, value in made.items() if value is not None}


def midnight(year):
    return datetime(year, 3, 1, tzinfo=timezone.utc)


TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
SOUND_RULES = [
    rule("days", Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"},
                              {"Days": 150, "StorageClass": "DEEP_ARCHIVE"}]),
    rule("dates", Expiration={"Date": midnight(2031)}, Transitions=[{"Date": midnight(2030), "StorageClass": "GLACIER_IR"}]),
    rule("tag", Filter={"Tag": TAGS[0]}), rule("all", Filter={"Prefix": ""}, Status="Disabled"),
    rule("size", Filter={"ObjectSizeGreaterThan": 0}), rule("small", Filter={"ObjectSizeLessThan": 5 * 2 ** 40}),
    rule("and", Filter={"And": {"Prefix": "a", "Tags": TAGS, "ObjectSizeGreaterThan": 500, "ObjectSizeLessThan": 64000}}),
    rule("marker", Expiration={"ExpiredObjectDeleteMarker": True}),
    rule("at once", Expiration=None, Transitions=[{"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}]),
    rule("versions", Expiration=None, NoncurrentVersionExpiration={"NoncurrentDays": 61, "NewerNoncurrentVersions": 100},
         NoncurrentVersionTransitions=[{"NoncurrentDays": 30, "StorageClass": "ONEZONE_IA", "NewerNoncurrentVersions": 1},
                                       {"NoncurrentDays": 60, "StorageClass": "GLACIER"}]),
    rule("uploads", Expiration=None, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}, Filter={"Prefix": "up"})]


def test_lifecycle_put_get_replace_delete(s3, bucket):
    with refused("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    put_lifecycle(s3, bucket, *SOUND_RULES)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == SOUND_RULES
    old = {"ID": "old", "Prefix": "a/", "Status": "Enabled", "Expiration": {"Days": 1}}
    put_lifecycle(s3, bucket, old)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [old]
    for _ in range(2):
        assert s3.delete_bucket_lifecycle(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_lifecycle_of_everything(account, s3, bucket):
    document = b"<LifecycleConfiguration><Rule><Filter></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
    assert signed(account, bucket, "lifecycle", document).status == 200
    answer = signed(account, bucket, "lifecycle", b"", "GET")
    assert b"<Filter/>" in answer.body or b"<Filter></Filter>" in answer.body
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["ID"]) == 48


def test_lifecycle_ids(s3, bucket):
    put_lifecycle(s3, bucket, rule(None, ID=None), rule(ID=""), rule("x" * 255))
    made = [one["ID"] for one in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]]
    assert len(set(made)) == 3 and all(made) and made[2] == "x" * 255
    with refused("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule", 400):
        put_lifecycle(s3, bucket, rule("a"), rule("b"), rule("a"))
    with refused("InvalidArgument", "ID length should not exceed allowed limit of 255", 400):
        put_lifecycle(s3, bucket, rule("x" * 256))
    assert [one["ID"] for one in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == made


def test_lifecycle_count(s3, bucket):
    rules = [rule(f"r{number}", Filter={"Prefix": f"p{number}"}) for number in range(1001)]
    put_lifecycle(s3, bucket, *rules[:1000])
    with refused("MalformedXML", status=400):
        put_lifecycle(s3, bucket, *rules)
    with refused("MalformedXML", status=400):
        put_lifecycle(s3, bucket)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules[:1000]


def test_lifecycle_default_minimum(account, s3, bucket):
    document = b"<LifecycleConfiguration><Rule><Prefix/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
    name = "x-amz-transition-default-minimum-object-size"
    for given, told in ((None, "all_storage_classes_128K"), ("varies_by_storage_class", "varies_by_storage_class")):
        answer = signed(account, bucket, "lifecycle", document, headers={name: given} if given else {})
        assert (answer.status, answer.headers[name]) == (200, told), answer
        assert signed(account, bucket, "lifecycle", b"", "GET").headers[name] == told
    assert signed(account, bucket, "lifecycle", document, headers={name: "any"}).status == 400


def ia(days, storage_class="STANDARD_IA"):
    return {"Days": days, "StorageClass": storage_class}


def old_version(days, storage_class="STANDARD_IA", **more):
    return {"NoncurrentDays": days, "StorageClass": storage_class, **more}


@pytest.mark.parametrize("change,code,message", [
    ({"Expiration": None}, "InvalidRequest", "At least one action needs to be specified in a rule"),
    ({"Expiration": {"Days": 0}}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
    ({"Expiration": {"Days": -1}}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
    ({"Expiration": {"Date": datetime(2030, 1, 1, 12, tzinfo=timezone.utc)}}, "InvalidArgument", "'Date' must be at midnight GMT"),
    ({"Expiration": {"Days": 1, "Date": midnight(2030)}}, "MalformedXML", None),
    ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML", None),
    ({"Expiration": {}}, "MalformedXML", None),
    ({"Expiration": {"ExpiredObjectDeleteMarker": True}, "Filter": {"Tag": TAGS[0]}}, "InvalidRequest",
     "ExpiredObjectDeleteMarker cannot be specified with Tags."),
    ({"Filter": None}, "MalformedXML", None), ({"Prefix": "a"}, "MalformedXML", None), ({"Status": "On"}, "MalformedXML", None),
    ({"Filter": {"Prefix": "a", "Tag": TAGS[0]}}, "MalformedXML", None), ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML", None),
    ({"Filter": {"And": {"Tags": [TAGS[0], TAGS[0]]}}}, "InvalidTag", None),
    ({"Filter": {"ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 2}}, "MalformedXML", None),
    ({"Filter": {"And": {"ObjectSizeGreaterThan": 2, "ObjectSizeLessThan": 2}}}, "InvalidRequest",
     "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."),
    ({"Filter": {"ObjectSizeGreaterThan": -1}}, "InvalidArgument", None),
    ({"Transitions": [ia(29)]}, "InvalidArgument",
     "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
    ({"Transitions": [ia(-1, "GLACIER")]}, "InvalidArgument", "'Days' in Transition action must be nonnegative"),
    ({"Transitions": [ia(30), ia(40)]}, "InvalidRequest",
     "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=logs/)'"),
    ({"Transitions": [ia(30), ia(59, "GLACIER")]}, "InvalidArgument", None),
    ({"Transitions": [ia(30, "GLACIER"), ia(60)]}, "InvalidArgument", None),
    ({"Transitions": [ia(4, "GLACIER_IR"), ia(93, "DEEP_ARCHIVE")]}, "InvalidArgument", None),
    ({"Transitions": [ia(30, "ONEZONE_IA"), ia(300, "GLACIER_IR")]}, "InvalidRequest", None),
    ({"Transitions": [ia(30, "STANDARD")]}, "MalformedXML", None), ({"Transitions": [{"Days": 30}]}, "MalformedXML", None),
    ({"Transitions": [{"StorageClass": "GLACIER"}]}, "MalformedXML", None),
    ({"Transitions": [{"Days": 1, "Date": midnight(2030), "StorageClass": "GLACIER"}]}, "MalformedXML", None),
    ({"Transitions": [ia(365)]}, "InvalidArgument",
     "'Days' in the Expiration action for filter '(prefix=logs/)' must be greater than 'Days' in the Transition action"),
    ({"Transitions": [{"Date": midnight(2030), "StorageClass": "GLACIER"}]}, "InvalidRequest",
     "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=logs/)'"),
    ({"Expiration": {"Date": midnight(2030)}, "Transitions": [{"Date": midnight(2030), "StorageClass": "GLACIER"}]},
     "InvalidArgument", None),
    ({"NoncurrentVersionExpiration": {"NoncurrentDays": 0}}, "InvalidArgument",
     "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"),
    ({"NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 5}}, "MalformedXML", None),
    ({"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}}, "InvalidArgument", None),
    ({"NoncurrentVersionTransitions": [old_version(29)]}, "InvalidArgument",
     "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
    ({"NoncurrentVersionTransitions": [old_version(30)], "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}, "InvalidArgument",
     "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the "
     "NoncurrentVersionTransition action"),
    ({"NoncurrentVersionTransitions": [old_version(30, NewerNoncurrentVersions=0)]}, "InvalidArgument", None),
    ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}}, "InvalidArgument",
     "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer"),
    ({"AbortIncompleteMultipartUpload": {}}, "MalformedXML", None),
    ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Filter": {"Tag": TAGS[0]}}, "InvalidRequest",
     "AbortIncompleteMultipartUpload cannot be specified with Tags."),
    ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Filter": {"ObjectSizeLessThan": 9}}, "InvalidRequest", None)])
def test_lifecycle_rules_that_are_none(s3, bucket, change, code, message):
    with refused(code, message, 400):
        put_lifecycle(s3, bucket, rule("good"), rule("bad", **change))
    with refused("NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_lifecycle_rules_beside_each_other(s3, bucket):
    def old(name, prefix, **more):
        return rule(name, Filter=None, Prefix=prefix, **more)
    with refused("InvalidRequest", "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.", 400):
        put_lifecycle(s3, bucket, rule("new"), old("old", "a"))
    with refused("InvalidRequest", "Found two rules with same prefix 'a' for same action type 'Expiration'", 400):
        put_lifecycle(s3, bucket, old("one", "a"), old("two", "a"))
    with refused("InvalidRequest", "Found overlapping prefixes 'a' and 'a/b' for same action type 'Expiration'", 400):
        put_lifecycle(s3, bucket, old("one", "a"), old("two", "a/b"))
    with refused("InvalidRequest", status=400):
        put_lifecycle(s3, bucket, old("one", "a", Expiration=None, NoncurrentVersionExpiration={"NoncurrentDays": 1,
                                                                                                "NewerNoncurrentVersions": 1}))
    put_lifecycle(s3, bucket, old("one", "a"), old("two", "b"), old("three", "a", Expiration=None, Transitions=[ia(30)]))
    put_lifecycle(s3, bucket, rule("one"), rule("two"))


def test_lifecycle_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutLifecycleConfiguration": lambda client, of=bucket: put_lifecycle(client, of, rule()),
             "s3:GetLifecycleConfiguration": lambda client, of=bucket: client.get_bucket_lifecycle_configuration(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    with denied("s3:PutLifecycleConfiguration"):
        nobody.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchBucket", status=404):
        s3.delete_bucket_lifecycle(Bucket=f"none-{account.id}")
    answer = put_lifecycle(s3, bucket, rule())
    event = account.event("PutBucketLifecycle", answer["ResponseMetadata"]["RequestId"])
    assert event["requestParameters"]["bucket"] == bucket and event["readOnly"] is False
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


# -- Website

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


# -- Logging

def put_logging(s3, bucket, target=None, **more):
    status = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "logs/", **more}} if target else {}
    return s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def test_logging_put_get_replace_end(s3, bucket, make_bucket):
    assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}
    target = make_bucket()
    for of, more in ((target, {}), (bucket, {"TargetPrefix": ""})):
        put_logging(s3, bucket, of, **more)
        assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == {"TargetBucket": of, "TargetPrefix": "logs/", **more}
    for _ in range(2):
        put_logging(s3, bucket)
        assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}


def logging_document(target, key_format):
    return (f"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket><TargetPrefix/>"
            f"<TargetObjectKeyFormat>{key_format}</TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>").encode()


def test_forms_of_keys_of_logs(account, s3, bucket):
    simple, by_date = "<SimplePrefix/>", "<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"
    for given, told in ((simple, (simple, "<SimplePrefix></SimplePrefix>")), (by_date, (by_date,))):
        assert signed(account, bucket, "logging", logging_document(bucket, given)).status == 200
        answer = signed(account, bucket, "logging", b"", "GET").text
        assert any(f"<TargetObjectKeyFormat>{one}</TargetObjectKeyFormat>" in answer for one in told), answer
    for given in ("", simple + by_date, by_date.replace("EventTime", "Now")):
        assert signed(account, bucket, "logging", logging_document(bucket, given)).code == "MalformedXML"


def test_logging_with_grants(s3, bucket, make_bucket):
    everyone = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
    me = s3.list_buckets()["Owner"]["ID"]
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": me}, "Permission": "READ"},
              {"Grantee": {"Type": "Group", "URI": everyone}, "Permission": "FULL_CONTROL"}]
    target = make_bucket(ObjectOwnership="ObjectWriter")
    put_logging(s3, bucket, target, TargetGrants=grants)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetGrants"] == grants
    with refused("InvalidBucketAclWithObjectOwnership", status=400):
        put_logging(s3, bucket, make_bucket(), TargetGrants=grants)
    with refused("MethodNotAllowed", status=405):
        put_logging(s3, bucket, target, TargetGrants=[{"Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@b"},
                                                       "Permission": "READ"}])
    for grantee in ({"Type": "CanonicalUser", "ID": "nobody"}, {"Type": "Group", "URI": "http://example.com/all"}):
        with refused("InvalidArgument", status=400):
            put_logging(s3, bucket, target, TargetGrants=[{"Grantee": grantee, "Permission": "READ"}])
    for grant in ({"Permission": "READ"}, {"Grantee": {"Type": "Group"}, "Permission": "READ"},
                  {"Grantee": {"Type": "CanonicalUser", "URI": everyone}, "Permission": "READ"},
                  {"Grantee": {"Type": "Group", "URI": everyone}}, {"Grantee": {"Type": "Group", "URI": everyone}, "Permission": "ALL"}):
        with refused("MalformedXML", status=400):
            put_logging(s3, bucket, target, TargetGrants=[grant])


def test_targets_of_logging_that_are_none(account, other_account, s3, bucket, make_bucket):
    theirs = make_bucket(other_account.client("s3"))
    far = f"far-{account.id}"
    account.client("s3", region="eu-west-1").create_bucket(
        Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for target, code, message, status in (
            (f"none-{account.id}", "InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400),
            (arn_of(bucket), "InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400),
            (theirs, "InvalidTargetBucketForLogging",
             "The owner for the bucket to be logged and the target bucket must be the same.", 400),
            (far, "CrossLocationLoggingProhibited", "Cross-location logging not allowed. Buckets in one geographic location "
             "cannot log information to a bucket in another location.", 403)):
        with refused(code, message, status):
            put_logging(s3, bucket, target)
    for enabled in ({"TargetBucket": bucket}, {"TargetPrefix": "p"}, {}):
        with refused("MalformedXML", status=400):
            s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})
    assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}


def test_logging_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutBucketLogging": lambda client, of=bucket: put_logging(client, of, bucket),
             "s3:GetBucketLogging": lambda client, of=bucket: client.get_bucket_logging(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    put_logging(s3, bucket, bucket)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}


# -- Notification

def receiver(kind="queue", events=("s3:ObjectCreated:Put",), prefix=None, suffix=None, **more):
    service, member = {"queue": ("sqs", "QueueArn"), "topic": ("sns", "TopicArn"), "function": ("lambda", "LambdaFunctionArn")}[kind]
    rules = [{"Name": name, "Value": value} for name, value in (("prefix", prefix), ("suffix", suffix)) if value is not None]
    arn = f"arn:aws:{service}:us-east-1:123456789012:{'function:mine' if kind == 'function' else 'mine'}"
    made = {"Id": kind, member: arn, "Events": list(events), **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}), **more}
    return {name: value for name, value in made.items() if value is not None}


def put_notification(s3, bucket, queues=(), topics=(), functions=(), **more):
    given = {"QueueConfigurations": list(queues), "TopicConfigurations": list(topics), "LambdaFunctionConfigurations": list(functions)}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        **{name: value for name, value in given.items() if value}, **more})


def notification_of(s3, bucket):
    return without_metadata(s3.get_bucket_notification_configuration(Bucket=bucket))


def test_notification_put_get_replace_end(s3, bucket):
    assert notification_of(s3, bucket) == {}
    queue, topic = receiver(prefix="images/", suffix=".jpg"), receiver("topic", ["s3:ObjectRemoved:*", "s3:ObjectRestore:Post"])
    function = receiver("function", ["s3:ObjectCreated:*"], prefix="logs/")
    put_notification(s3, bucket, [queue], [topic], [function], EventBridgeConfiguration={})
    assert notification_of(s3, bucket) == {"QueueConfigurations": [queue], "TopicConfigurations": [topic],
                                           "LambdaFunctionConfigurations": [function], "EventBridgeConfiguration": {}}
    put_notification(s3, bucket, EventBridgeConfiguration={})
    assert notification_of(s3, bucket) == {"EventBridgeConfiguration": {}}
    put_notification(s3, bucket, topics=[topic])
    assert notification_of(s3, bucket) == {"TopicConfigurations": [topic]}
    put_notification(s3, bucket)
    assert notification_of(s3, bucket) == {}


def test_notification_ids(s3, bucket):
    put_notification(s3, bucket, [receiver(Id=None), receiver(events=["s3:ObjectAcl:Put"], Id="")], functions=[
        receiver("function", ["s3:ObjectTagging:*"], Id="mine")])
    made = [one["Id"] for one in notification_of(s3, bucket)["QueueConfigurations"]]
    assert len(set(made)) == 2 and all(made)
    assert notification_of(s3, bucket)["LambdaFunctionConfigurations"][0]["Id"] == "mine"
    with refused("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique", 400):
        put_notification(s3, bucket, [receiver(Id="a")], [receiver("topic", ["s3:ObjectRemoved:*"], Id="a")])
    with refused("InvalidArgument", status=400):
        put_notification(s3, bucket, [receiver(Id="x" * 256)])


def test_notification_filters_that_do_not_meet(s3, bucket):
    for pair in ((receiver(prefix="images/"), receiver("topic", prefix="logs/")),
                 (receiver(suffix=".jpg"), receiver("topic", suffix=".png")),
                 (receiver(prefix="images", suffix=".jpg"), receiver("topic", prefix="images", suffix=".png")),
                 (receiver(prefix="a"), receiver("topic", ["s3:ObjectRemoved:*"], prefix="a"))):
        put_notification(s3, bucket, [pair[0]], [pair[1]])
    named = receiver(Filter={"Key": {"FilterRules": [{"Name": "Prefix", "Value": "a"}, {"Name": "Suffix", "Value": "b"}]}})
    put_notification(s3, bucket, [named])
    assert notification_of(s3, bucket) == {"QueueConfigurations": [named]}


OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
AMBIGUOUS = ("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping "
             "for the same event type.")


@pytest.mark.parametrize("queue,topic,message", [
    ({}, {}, OVERLAP), ({"events": ["s3:ObjectAcl:Put", "s3:ObjectCreated:*"]}, {}, OVERLAP),
    ({"events": ["s3:ObjectCreated:*"]}, {"prefix": "images"}, AMBIGUOUS), ({"suffix": "jpg"}, {"suffix": "pg"}, AMBIGUOUS),
    ({"prefix": "images", "suffix": "jpg"}, {"suffix": "jpg"}, AMBIGUOUS), ({"prefix": "a"}, {"prefix": "ab"}, AMBIGUOUS),
    ({"prefix": "a", "suffix": "x"}, {"prefix": "ab"}, AMBIGUOUS), ({"prefix": ""}, {"suffix": "b"}, AMBIGUOUS)])
def test_notifications_that_meet(s3, bucket, queue, topic, message):
    with refused("InvalidArgument", message, 400):
        put_notification(s3, bucket, [receiver(**queue)], [receiver("topic", **topic)])
    assert notification_of(s3, bucket) == {}


def names(*pairs):
    return {"Filter": {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in pairs]}}}


@pytest.mark.parametrize("change,code,message", [
    ({"QueueArn": "mine"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sns:us-east-1:123456789012:mine"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:1234:mine"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:123456789012:"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:123456789012"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-west-2:123456789012:mine"}, "InvalidArgument",
     "The notification destination service region is not valid for the bucket location constraint"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:123456789012:mine.fifo"}, "InvalidArgument",
     "Unable to validate the following destination configurations"),
    ({"Events": ["s3:ObjectCreated:Put"] * 50}, "MalformedXML", None), ({"QueueArn": None}, "MalformedXML", None), ({"Events": None}, "MalformedXML", None),
    ({"Events": ["s3:ObjectCreated:Get"]}, "MalformedXML", None),
    (names(("prefix", "a"), ("Prefix", "b")), "InvalidArgument", "Cannot specify more than one prefix rule in a filter."),
    (names(("suffix", "a"), ("suffix", "b")), "InvalidArgument", "Cannot specify more than one suffix rule in a filter."),
    (names(("infix", "a")), "InvalidArgument", "filter rule name must be either prefix or suffix"),
    (names(("prefix", "a" * 1025)), "InvalidArgument",
     "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation")])
def test_notifications_that_are_none(s3, bucket, change, code, message):
    with refused(code, message, 400):
        put_notification(s3, bucket, [receiver(**change)] if "Events" not in change or change["Events"] else [
            {name: value for name, value in receiver().items() if name != "Events"}])
    assert notification_of(s3, bucket) == {}


def test_a_hundred_notifications(s3, bucket):
    made = [receiver(Id=f"q{number}", prefix=f"p{number:03}") for number in range(101)]
    put_notification(s3, bucket, made[:60], functions=[receiver("function", Id=f"f{one}", prefix=f"f{one:03}") for one in range(40)])
    with refused("TooManyConfigurations", status=400):
        put_notification(s3, bucket, made)
    assert notification_of(s3, bucket)["QueueConfigurations"] == made[:60]


def test_notification_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutBucketNotification": lambda client, of=bucket: put_notification(client, of, [receiver()]),
             "s3:GetBucketNotification": lambda client, of=bucket: client.get_bucket_notification_configuration(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    put_notification(s3, bucket, [receiver()])
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert notification_of(s3, bucket) == {}


# -- Replication

@pytest.fixture
def versioned(s3, make_bucket):
    def make(client=None):
        name = make_bucket(client)
        (client or s3).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name
    return make


@pytest.fixture
def source(versioned):
    return versioned()


@pytest.fixture
def target(versioned):
    return versioned()


@pytest.fixture
def role(account):
    return account.role()


def copying(target, name="one", priority=1, **more):
    """A rule of the second version; None takes a part out. to: more of its destination."""
    made = {"ID": name, "Status": "Enabled", "Priority": priority, "Filter": {"Prefix": "a/"},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": arn_of(target), **more.pop("to", {})}, **more}
    return {key: value for key, value in made.items() if value is not None}


def old_copying(target, name="one", prefix="a/", **more):
    return copying(target, name, **{"priority": None, "Filter": None, "DeleteMarkerReplication": None, "Prefix": prefix, **more})


def put_replication(s3, bucket, role, *rules):
    return s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": list(rules)})


RTC = {"ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
       "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}}
KMS_SOURCE = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
KMS_TARGET = {"EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-east-1:123456789012:key/k"}}


def test_replication_put_get_replace_delete(s3, source, target, role):
    with refused("ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404):
        s3.get_bucket_replication(Bucket=source)
    rules = [copying(target), copying(target, "two", 2, Filter={"Tag": TAGS[0]}, to=RTC),
             copying(target, "three", 3, Filter={"And": {"Prefix": "p", "Tags": TAGS}}, Status="Disabled",
                     SourceSelectionCriteria=KMS_SOURCE, to={**KMS_TARGET, "StorageClass": "STANDARD_IA"}),
             copying(target, "four", 4, DeleteMarkerReplication={"Status": "Enabled"}, Filter={"Prefix": ""},
                     SourceSelectionCriteria={"ReplicaModifications": {"Status": "Enabled"}})]
    put_replication(s3, source, role, *rules)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"] == {"Role": role, "Rules": rules}
    old = [old_copying(target), old_copying(target, "two", "b/")]
    put_replication(s3, source, role, *old)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"] == old
    for _ in range(2):
        assert s3.delete_bucket_replication(Bucket=source)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)


def test_replication_goes_with_its_bucket_and_holds_its_versioning(s3, source, target, role):
    put_replication(s3, source, role, copying(target))
    with refused("InvalidBucketState", status=409):
        s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket(Bucket=source)
    s3.create_bucket(Bucket=source)
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)


def test_replication_ids(s3, source, target, role):
    put_replication(s3, source, role, copying(target, None), copying(target, "", 2))
    made = [one["ID"] for one in s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"]]
    assert len(set(made)) == 2 and all(made)
    with refused("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule", 400):
        put_replication(s3, source, role, copying(target, "a"), copying(target, "a", 2))
    with refused("InvalidArgument", "ID length should not exceed allowed limit of 255", 400):
        put_replication(s3, source, role, copying(target, "x" * 256))


SCHEMA = "for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information."


@pytest.mark.parametrize("change,code,message", [
    ({"priority": None}, "InvalidRequest", f"Priority must be specified {SCHEMA}"),
    ({"DeleteMarkerReplication": None}, "InvalidRequest", f"DeleteMarkerReplication must be specified {SCHEMA}"),
    ({"Filter": None, "Prefix": "a"}, "InvalidRequest", f"Priority cannot be used {SCHEMA}"),
    ({"Filter": None, "Prefix": "a", "priority": None}, "InvalidRequest", f"DeleteMarkerReplication cannot be used {SCHEMA}"),
    ({"Filter": None}, "MalformedXML", None), ({"Prefix": "a"}, "MalformedXML", None),
    ({"Filter": {"Prefix": "a", "Tag": TAGS[0]}}, "MalformedXML", None), ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML", None),
    ({"Status": "On"}, "MalformedXML", None), ({"priority": -1}, "MalformedXML", None),
    ({"Filter": {"Tag": TAGS[0]}, "DeleteMarkerReplication": {"Status": "Enabled"}}, "InvalidRequest",
     "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more "
     "information."),
    ({"to": {"Bucket": "name"}}, "InvalidArgument", None), ({"to": {"Bucket": "arn:aws:s3:::none-there"}}, "InvalidRequest",
                                                            "Destination bucket must exist."),
    ({"to": {"Account": "123456789012"}}, "InvalidArgument",
     "The AWS account specified in the Account element must match the destination bucket owner."),
    ({"to": {"AccessControlTranslation": {"Owner": "Destination"}}}, "InvalidRequest", None),
    ({"to": {"StorageClass": "COLD"}}, "MalformedXML", None), ({"to": {"ReplicationTime": RTC["ReplicationTime"]}}, "InvalidRequest", None),
    ({"to": {**RTC, "Metrics": {"Status": "Disabled"}}}, "InvalidRequest", None),
    ({"to": {**RTC, "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 14}}}}, "InvalidArgument", None),
    ({"to": {"Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 30}}}}, "InvalidArgument", None),
    ({"to": KMS_TARGET}, "InvalidRequest", "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."),
    ({"SourceSelectionCriteria": KMS_SOURCE}, "InvalidRequest",
     "EncryptionConfiguration must be specified if SseKmsEncryptedObjects tag is Enabled.")])
def test_replication_rules_that_are_none(s3, source, target, role, change, code, message):
    with refused(code, message, 400):
        put_replication(s3, source, role, copying(target, "good", 99), copying(target, "bad", **change))
    with refused("ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=source)


def test_replication_rules_beside_each_other(s3, source, target, role, versioned):
    with refused("InvalidRequest", "Found duplicate Priority 7. The Priority of each rule must be unique.", 400):
        put_replication(s3, source, role, copying(target, "a", 7), copying(target, "b", 7))
    with refused("InvalidRequest", status=400):
        put_replication(s3, source, role, copying(target, "a"), old_copying(target, "b", "b/"))
    with refused("InvalidRequest", "Found overlapping prefixes 'a/' and 'a/b'", 400):
        put_replication(s3, source, role, old_copying(target, "a"), old_copying(target, "b", "a/b"))
    other = versioned()
    with refused("InvalidRequest", "Number of distinct destination bucket ARNs cannot exceed 1", 400):
        put_replication(s3, source, role, old_copying(target, "a"), old_copying(other, "b", "b"))
    put_replication(s3, source, role, copying(target, "a"), copying(other, "b", 2))
    for rules in ([], [copying(target, f"r{one}", one) for one in range(1001)]):
        with refused("MalformedXML", status=400):
            put_replication(s3, source, role, *rules)


def test_buckets_that_cannot_replicate(account, other_account, s3, bucket, source, target, role, versioned):
    with refused("InvalidRequest", "Versioning must be 'Enabled' on the bucket to apply a replication configuration", 400):
        put_replication(s3, bucket, role, copying(target))
    with refused("InvalidRequest", "Destination bucket must have versioning enabled.", 400):
        put_replication(s3, source, role, copying(bucket))
    with refused("InvalidRequest", status=400):
        put_replication(s3, source, role, copying(source))
    theirs = versioned(other_account.client("s3"))
    put_replication(s3, source, role, copying(theirs, to={"Account": other_account.id,
                                                          "AccessControlTranslation": {"Owner": "Destination"}}))


def test_who_may_give_a_role_to_replication(account, other_account, s3, source, target, role):
    def user(*statements):
        return account.user(policy=policy("s3:*", *statements)).client("s3")
    with denied("iam:PassRole", role):
        put_replication(user(), source, role, copying(target))
    with denied("iam:PassRole", role):
        put_replication(user(statement("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})),
                        source, role, copying(target))
    with denied("iam:PassRole"):
        put_replication(user(statement("iam:PassRole", resource=account.arn("role/other"))), source, role, copying(target))
    with refused("AccessDenied", status=403):
        put_replication(s3, source, other_account.role(), copying(target))
    for bad in ("role", account.arn("user/me"), "arn:aws:iam::123:role/"):
        with refused("InvalidArgument", status=400):
            put_replication(s3, source, bad, copying(target))
    with refused("ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=source)
    may = statement("iam:PassRole", resource=role, Condition={"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}})
    put_replication(user(may), source, role, copying(target))
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Role"] == role


def test_replication_permissions(account, other_account, s3, source, target, role, nobody):
    calls = {"s3:PutReplicationConfiguration": lambda client, of=source: put_replication(client, of, role, copying(target)),
             "s3:GetReplicationConfiguration": lambda client, of=source: client.get_bucket_replication(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(source)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    with denied("s3:PutReplicationConfiguration"):
        nobody.delete_bucket_replication(Bucket=source)
    with refused("NoSuchBucket", status=404):
        s3.delete_bucket_replication(Bucket=f"none-{account.id}")
