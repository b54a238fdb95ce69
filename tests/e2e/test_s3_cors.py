"""Cross-origin rules of buckets: what may be put, and what browsers may by them."""
import pytest

from harness import raw
from harness.account import REGION, policy, statement
from harness.bucket_settings import arn_of, body_headers, bucket, make_bucket, nobody, s3, signed  # noqa: F401 (fixtures)
from harness.points import Point
from harness.refusals import denied, refused


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


# -- Through access points, which have no rules of their own

def hosts_of(account, point):
    """Each way to name it: the Host, and what stands in front of the key."""
    label, region = f"{point.name}-{account.id}", point.region
    yield "localhost", f"/{point.alias}"
    yield f"{point.alias}.s3.{region}.amazonaws.com", ""
    yield f"{label}.s3-accesspoint.{region}.amazonaws.com", ""
    yield f"{label}.s3-accesspoint.dualstack.{region}.amazonaws.com", ""
    if region == REGION:
        yield f"{label}.localhost", ""


def ask_first(account, host, path, origin):
    headers = {"Host": host, "Origin": origin, "Access-Control-Request-Method": "PUT"}
    return raw.send(account.server, "OPTIONS", f"{path}/key", headers)


@pytest.mark.parametrize("region", [REGION, "us-west-2"])
def test_browsers_ask_access_points(account, make_bucket, region):
    s3 = account.client("s3", region=region)
    where = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    bucket = make_bucket(s3, **where)
    point = Point(account, bucket, region=region)
    for host, path in hosts_of(account, point):
        answer = ask_first(account, host, path, "https://a.example.com")
        assert (answer.status, answer.message) == (403, "CORSResponse: CORS is not enabled for this bucket."), host
    put_cors(s3, bucket, FULL_RULE)
    for host, path in hosts_of(account, point):
        answer = ask_first(account, host, path, "https://a.example.com")
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "https://a.example.com"), host
        assert ask_first(account, host, path, "https://other.org").code == "AccessForbidden", host
        for origin, told in (("https://a.example.com", "https://a.example.com"), ("https://other.org", None)):
            headers = {"Origin": origin, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
            put = raw.signed(account.server, account.root, "s3", b"text", headers, "PUT", f"{path}/key", region, host)
            assert (put.status, put.headers.get("access-control-allow-origin")) == (200, told), host
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"text"


def test_browsers_ask_access_points_that_are_not_there(account, s3, bucket):
    put_cors(s3, bucket, OPEN_RULE)
    point = Point(account, bucket)
    ways = list(hosts_of(account, point))
    point.delete()
    for host, path in ways:
        answer = ask_first(account, host, path, "https://a.example.com")
        assert (answer.status, answer.code, answer.message) == (403, "AccessForbidden", "CORSResponse: Bucket not found"), host
        assert not [name for name in answer.headers if name.startswith("access-control")]
