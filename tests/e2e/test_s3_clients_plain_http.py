"""curl: requests signed by itself, and presigned URLs by plain HTTP."""
import hashlib
import os
import subprocess
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.account import make_client
from harness.buckets import new_bucket
from harness.trees import ODD_NAMES, SIZES, get_objects, list_keys, put_objects, same

NAMES = ("k", "two%20words", "%C3%BC/%E9%9B%AA", "a%2Bb%26c%3Dd")  # as they stand in a URL


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def signer(account):
    """Of URLs: boto3 signs them by version 2 unless it is told otherwise."""
    return make_client(account.server, "s3", account.root, signature_version="s3v4")


class Curl:
    def __init__(self, account):
        self.account = account

    def __call__(self, *arguments, data=b"", is_signed=True,
                 payload="x-amz-content-sha256: UNSIGNED-PAYLOAD"):
        """(status, body); a path is one of the server's."""
        arguments = [self.account.server.endpoint + one if one.startswith("/") else one for one in arguments]
        if is_signed:  # curl of today adds this header itself; Debian 12's signs the value that is given
            arguments += ["-H", payload, "--aws-sigv4", "aws:amz:us-east-1:s3", "--user",
                          f"{self.account.root.access_key}:{self.account.root.secret_key}"]
        done = subprocess.run(["curl", "-q", "-sS", "-w", "\n%{http_code}", *arguments], input=data,
                              capture_output=True, check=True, timeout=120)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body


@pytest.fixture
def curl(account):
    return Curl(account)


# -- curl's own signatures

def test_a_bucket_by_curl(account, curl, s3):
    assert curl("-X", "PUT", f"/curl-{account.id}")[0] == 200
    assert [row["Name"] for row in s3.list_buckets()["Buckets"]] == [f"curl-{account.id}"]
    status, body = curl("/")
    assert status == 200 and f"<Name>curl-{account.id}</Name>".encode() in body
    assert curl("-X", "DELETE", f"/curl-{account.id}")[0] == 204


@pytest.mark.parametrize("size", SIZES)
def test_objects_by_curl(account, curl, s3, tmp_path, size):
    bucket, data = new_bucket(account), os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert curl("-X", "PUT", "--data-binary", f"@{tmp_path}/file", "-H", "Content-Type: x/y", f"/{bucket}/k")[0] == 200
    assert curl(f"/{bucket}/k") == (200, data)
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "x/y"
    assert curl("-X", "DELETE", f"/{bucket}/k") == (204, b"")
    assert curl(f"/{bucket}/k")[0] == 404


@pytest.mark.parametrize("name", NAMES)
def test_names_by_curl(account, curl, name):
    bucket = new_bucket(account)
    assert curl("-X", "PUT", "--data-binary", "@-", f"/{bucket}/{name}", data=b"hello")[0] == 200
    assert curl(f"/{bucket}/{name}") == (200, b"hello")


def test_a_wrong_secret_by_curl(account, curl):
    bucket = new_bucket(account)
    account.root = account.root._replace(secret_key="x" * 40)
    status, body = curl("-X", "PUT", "--data-binary", "@-", f"/{bucket}/k", data=b"hello")
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in body


def test_what_is_signed_says_what_the_body_is(account, curl):
    """S3 wants x-amz-content-sha256 in every request signed by a header."""
    bucket = new_bucket(account)
    for header, status, code in (("Accept: */*", 400, b"<Code>InvalidRequest</Code>"),
                                 ("x-amz-content-sha256: " + "0" * 64, 400, b"<Code>XAmzContentSHA256Mismatch</Code>"),
                                 ("x-amz-content-sha256: " + hashlib.sha256(b"hello").hexdigest(), 200, b"")):
        answer = curl("-X", "PUT", "--data-binary", "@-", f"/{bucket}/k", data=b"hello", payload=header)
        assert answer[0] == status and code in answer[1]


def test_without_a_signature(account, curl, s3):
    bucket = new_bucket(account)
    put_objects(s3, bucket, {"k": b"x"})
    for arguments in ([f"/{bucket}/k"], [f"/{bucket}"], ["-X", "PUT", "--data-binary", "@-", f"/{bucket}/k"],
                      ["-X", "DELETE", f"/{bucket}/k"]):
        status, body = curl(*arguments, data=b"y", is_signed=False)
        assert status == 403 and b"<Code>AccessDenied</Code>" in body
    same(get_objects(s3, bucket), {"k": b"x"})


# -- Presigned URLs

def plain(url, method="GET", data=None, headers=None):
    """(status, headers, body)"""
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.request.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("size", SIZES)
def test_presigned_put_and_get(account, signer, size):
    bucket, data = new_bucket(account), os.urandom(size)
    what = {"Bucket": bucket, "Key": "two words/ü"}
    assert plain(signer.generate_presigned_url("put_object", what), "PUT", data)[0] == 200
    status, headers, body = plain(signer.generate_presigned_url("get_object", what))
    assert status == 200 and body == data and headers["Content-Length"] == str(size)
    status, headers, body = plain(signer.generate_presigned_url("head_object", what), "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(size), b"")
    assert plain(signer.generate_presigned_url("delete_object", what), "DELETE")[0] == 204
    assert plain(signer.generate_presigned_url("get_object", what))[0] == 404


@pytest.mark.parametrize("name", ODD_NAMES)
def test_presigned_odd_names(account, signer, name):
    bucket = new_bucket(account)
    what = {"Bucket": bucket, "Key": name}
    assert plain(signer.generate_presigned_url("put_object", what), "PUT", b"hello")[0] == 200
    assert plain(signer.generate_presigned_url("get_object", what))[2] == b"hello"
    assert list_keys(account.client("s3"), bucket) == [name]


def test_a_presigned_answer_describes_itself_as_it_was_signed(account, signer):
    bucket = new_bucket(account)
    put_objects(signer, bucket, {"k": b"x"})
    url = signer.generate_presigned_url("get_object", {
        "Bucket": bucket, "Key": "k", "ResponseContentType": "text/x-special",
        "ResponseContentDisposition": 'attachment; filename="é.txt"'})
    _, headers, _ = plain(url)
    assert headers["Content-Type"] == "text/x-special"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    status, _, body = plain(url.replace("x-special", "html"))
    assert status == 403 and b"SignatureDoesNotMatch" in body


def test_a_presigned_url_is_for_what_it_says(account, signer):
    bucket = new_bucket(account)
    put_objects(signer, bucket, {"k": b"x", "other": b"y"})
    url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    for changed, method, data in ((url.replace("/k?", "/other?"), "GET", None), (url, "PUT", b"z"),
                                  (url, "DELETE", None), (url + "&versionId=null", "GET", None)):
        status, _, body = plain(changed, method, data)
        assert status == 403 and b"SignatureDoesNotMatch" in body, changed
    same(get_objects(signer, bucket), {"k": b"x", "other": b"y"})


def test_a_presigned_url_ends(traveller, later):
    bucket = new_bucket(traveller)
    signer = make_client(traveller.server, "s3", traveller.root, signature_version="s3v4")
    put_objects(signer, bucket, {"k": b"x"})
    url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=3600)
    assert plain(url)[2] == b"x"
    later("2h")
    status, _, body = plain(url)
    assert status == 403 and b"<Message>Request has expired</Message>" in body


def test_a_presigned_url_of_more_than_a_week(account, signer):
    url = signer.generate_presigned_url("get_object", {"Bucket": new_bucket(account), "Key": "k"}, ExpiresIn=604801)
    status, _, body = plain(url)
    assert status == 400 and b"<Code>AuthorizationQueryParametersError</Code>" in body
    assert b"X-Amz-Expires must be less than a week (in seconds)" in body


def test_a_presigned_url_has_the_rights_of_its_signer(account):
    bucket, user = new_bucket(account), account.user()
    put_objects(account.client("s3"), bucket, {"k": b"x"})
    url = make_client(account.server, "s3", user.creds, signature_version="s3v4").generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "k"})
    status, _, body = plain(url)
    assert status == 403 and b"<Code>AccessDenied</Code>" in body
    user.put_policy({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]})
    assert plain(url)[2] == b"x"


def test_signed_headers_of_a_presigned_url_must_come(account, signer):
    bucket = new_bucket(account)
    url = signer.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k", "ContentType": "text/plain",
                                                       "Metadata": {"a": "1"}})
    assert "x-amz-meta-a" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0]
    assert plain(url, "PUT", b"x", {"Content-Type": "text/plain"})[0] == 403
    assert plain(url, "PUT", b"x", {"Content-Type": "text/html", "x-amz-meta-a": "1"})[0] == 403
    assert plain(url, "PUT", b"x", {"Content-Type": "text/plain", "x-amz-meta-a": "1"})[0] == 200
    assert signer.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "1"}
