"""URLs that carry their signature: version 4, and version 2, which SDKs still make by default for S3's first regions."""
import time
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit, urlencode
from urllib.request import Request, urlopen

import pytest

from harness.account import policy, statement

VERSIONS = ["s3v4", "s3"]


def fetch(url, method="GET", data=None, headers=None):
    """(status, body)"""
    try:
        with urlopen(Request(url, data=data, method=method, headers=headers or {})) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def client_of(who, version):
    return who.client("s3", signature_version=version, s3={"addressing_style": "path"})


def bucket_of(account, **objects):
    name = f"presigned-{account.id}"
    s3 = account.client("s3")
    s3.create_bucket(Bucket=name)
    for key, body in objects.items():
        s3.put_object(Bucket=name, Key=key, Body=body.encode())
    return name


def url_of(who, version, operation="get_object", lifetime=300, **what):
    return client_of(who, version).generate_presigned_url(operation, what, ExpiresIn=lifetime)


def test_the_versions_are_what_they_are_called(account):
    name = bucket_of(account, a="A")
    assert "X-Amz-Signature=" in url_of(account, "s3v4", Bucket=name, Key="a")
    assert "AWSAccessKeyId=" in url_of(account, "s3", Bucket=name, Key="a")


@pytest.mark.parametrize("version", VERSIONS)
def test_reads_for_300_seconds_and_then_no_more(traveller, later, version):
    name = bucket_of(traveller, a="A")
    traveller.server.admin.past_the_jump()
    url = url_of(traveller, version, Bucket=name, Key="a")
    assert fetch(url) == (200, b"A")
    later("297s")
    assert fetch(url) == (200, b"A")
    later("4s")
    status, body = fetch(url)
    assert status == 403 and b"<Code>AccessDenied</Code>" in body and b"Request has expired" in body
    traveller.server.admin.past_the_jump()
    # One that is made later lives as long, though the clock is ahead.
    assert fetch(url_of(traveller, version, Bucket=name, Key="a")) == (200, b"A")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_past_end(account, version):
    name = bucket_of(account, a="A")
    url = url_of(account, version, lifetime=1, Bucket=name, Key="a")
    time.sleep(2.1)
    assert fetch(url)[0] == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_writes(account, version):
    name = bucket_of(account)
    url = url_of(account, version, "put_object", Bucket=name, Key="n\u00e9w + one", ContentType="text/x")
    assert fetch(url, "PUT", b"written", {"Content-Type": "text/x"})[0] == 200
    there = account.client("s3").get_object(Bucket=name, Key="n\u00e9w + one")
    assert there["Body"].read() == b"written" and there["ContentType"] == "text/x"
    assert fetch(url, "PUT", b"other", {"Content-Type": "text/y"})[0] == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_overrides_and_sub_resources_are_signed(account, version):
    name = bucket_of(account, a="A")
    url = url_of(account, version, Bucket=name, Key="a", ResponseContentDisposition="attachment; filename=x y")
    with urlopen(url) as answer:
        assert answer.headers["Content-Disposition"] == "attachment; filename=x y" and answer.read() == b"A"
    assert fetch(url.replace("x%20y", "z").replace("x+y", "z"))[0] == 403
    assert fetch(url_of(account, version, Bucket=name, Key="a", VersionId="null")) == (200, b"A")
    assert fetch(url_of(account, version, Bucket=name, Key="a", VersionId="null").replace("=null", "=none"))[0] == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_is_changed_breaks_it(account, version):
    name = bucket_of(account, a="A", b="B")
    url = url_of(account, version, Bucket=name, Key="a")
    assert fetch(url.replace("/a?", "/b?"))[0] == 403
    assert fetch(url, "DELETE")[0] == 403
    parts = urlsplit(url)
    for parameter in parse_qs(parts.query):
        values = {k: v[0] for k, v in parse_qs(parts.query).items()}
        values[parameter] = values[parameter][:-1] + ("1" if values[parameter][-1] != "1" else "2")
        assert fetch(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(values)}")[0] in (400, 403), parameter
        del values[parameter]
        status, body = fetch(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(values)}")
        assert status in (400, 403) and body != b"A", parameter
    # Nobody makes another call of it: by a sub-resource, however it is spelled, or one younger than the version.
    put = url_of(account, version, "put_object", Bucket=name, Key="a")
    for more in ("acl", "%61cl", "tagging", "retention", "%72etention", "legal-hold", "attributes", "annotation",
                 "encryption", "renameObject", "uploadId=x", "versionId=null", "partNumber=1", "unheard-of"):
        for one, method in ((url, "GET"), (put, "PUT")):
            status, body = fetch(f"{one}&{more}", method, b"<x/>" if method == "PUT" else None)
            assert status == 403 and b"SignatureDoesNotMatch" in body, (method, more, body)


@pytest.mark.parametrize("version", VERSIONS)
def test_may_what_its_signer_may_at_the_time_of_use(account, version):
    name = bucket_of(account, a="A")
    alice = account.user(policy=policy(statement("s3:GetObject", resource=f"arn:aws:s3:::{name}/*")))
    url = url_of(alice, version, Bucket=name, Key="a")
    assert fetch(url) == (200, b"A")
    account.iam.delete_user_policy(UserName=alice.name, PolicyName="inline")
    assert fetch(url)[0] == 403
    alice.put_policy(policy("s3:GetObject"))
    assert fetch(url) == (200, b"A")
    account.iam.update_access_key(UserName=alice.name, AccessKeyId=alice.creds.access_key, Status="Inactive")
    assert fetch(url)[0] == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_of_a_session(account, version):
    name = bucket_of(account, a="A")
    alice = account.user(policy=policy("s3:GetObject"))
    session = alice.client("sts").get_session_token()["Credentials"]
    client = account.client("s3", creds=type(alice.creds).of(session), signature_version=version,
                            s3={"addressing_style": "path"})
    url = client.generate_presigned_url("get_object", {"Bucket": name, "Key": "a"})
    assert fetch(url) == (200, b"A")
    parts = urlsplit(url)
    values = {k: v[0] for k, v in parse_qs(parts.query).items() if k.lower() != "x-amz-security-token"}
    assert fetch(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(values)}")[0] == 403


def test_a_policy_may_refuse_the_old_version_and_old_signatures(account):
    name = bucket_of(account, a="A")
    alice = account.user(policy=policy(
        "s3:GetObject", statement("s3:*", effect="Deny", Condition={"StringEquals": {"s3:signatureversion": "AWS"}})))
    assert fetch(url_of(alice, "s3", Bucket=name, Key="a"))[0] == 403
    assert fetch(url_of(alice, "s3v4", Bucket=name, Key="a")) == (200, b"A")
    alice.put_policy(policy("s3:GetObject", statement(
        "s3:*", effect="Deny", Condition={"NumericGreaterThan": {"s3:signatureAge": "1500"}})))
    url = url_of(alice, "s3v4", Bucket=name, Key="a")
    assert fetch(url) == (200, b"A")
    time.sleep(2.6)
    assert fetch(url)[0] == 403
    alice.put_policy(policy("s3:GetObject", statement(
        "s3:*", effect="Deny", Condition={"StringNotEquals": {"s3:authType": "REST-HEADER"}})))
    assert fetch(url_of(alice, "s3v4", Bucket=name, Key="a"))[0] == 403
    assert alice.client("s3").get_object(Bucket=name, Key="a")["Body"].read() == b"A"


def test_regions_that_never_took_the_old_version(account):
    s3 = account.client("s3", region="eu-central-1")
    name = f"frankfurt-{account.id}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=name, Key="a", Body=b"A")
    status, body = fetch(url_of(account, "s3", Bucket=name, Key="a"))
    assert status == 400 and b"InvalidRequest" in body and b"AWS4-HMAC-SHA256" in body
    new = account.client("s3", region="eu-central-1", signature_version="s3v4")
    assert fetch(new.generate_presigned_url("get_object", {"Bucket": name, "Key": "a"})) == (200, b"A")


def test_a_week_and_no_more(account):
    name = bucket_of(account, a="A")
    assert fetch(url_of(account, "s3v4", lifetime=604800, Bucket=name, Key="a")) == (200, b"A")
    status, body = fetch(url_of(account, "s3v4", lifetime=604801, Bucket=name, Key="a"))
    assert status == 400 and b"AuthorizationQueryParametersError" in body
