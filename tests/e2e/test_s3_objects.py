"""PutObject, GetObject, HeadObject, DeleteObject and DeleteObjects: bodies, keys, metadata, ranges, conditions,
permissions."""
import hashlib
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import policy, statement
from harness.objects import body_of, content_md5, make_bucket, md5_of, read, s3_request
from harness.raw import send
from harness.refusals import denied, refused

SIZES = [0, 1, 255, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 1024 * 1024 + 3]
ODD_KEYS = ["..", ".", "../../etc/passwd", "a/../b", "//", "/", "a//b", "/a", "a/", " ", " a ", "a b", "+", "a+b", "%", "%25",
            "%2F", "a%2Fb", "?", "a?b=c&d", "#", "&", "=", "'\"<>", "\\", "*", "~", "\t", "\n", "\r\n",
            "\x01\x1f\x7f", "ä", "鍵", "🔑", "e\u0301", "\u00e9", "k" * 1024, "ä" * 512, "\x01" * 400, "soap", "?versions",
            "index.html;jsessionid=1", "a:b@c", "[]{}|^`", "$(id)"]


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account)


# -- Bodies

@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_got(s3, bucket, size):
    body = body_of(size)
    put = s3.put_object(Bucket=bucket, Key="key", Body=body)
    assert put["ETag"] == f'"{md5_of(body)}"' and put["ServerSideEncryption"] == "AES256" and "VersionId" not in put
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == body
    head = s3.head_object(Bucket=bucket, Key="key")
    for answer in (got, head):
        assert (answer["ContentLength"], answer["ETag"], answer["AcceptRanges"]) == (size, put["ETag"], "bytes")
        assert answer["ContentType"] == "binary/octet-stream" and answer["Metadata"] == {}
        assert "VersionId" not in answer and "StorageClass" not in answer and "ContentRange" not in answer


def test_overwriting_replaces_all(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=body_of(100000), Metadata={"a": "1"}, ContentType="text/plain",
                  StorageClass="STANDARD_IA")
    s3.put_object(Bucket=bucket, Key="key", Body=b"small")
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (b"small", {}, "binary/octet-stream")
    assert "StorageClass" not in got
    assert [row["Size"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [5]


def test_deleting_is_idempotent(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    for _ in range(2):
        answer = s3.delete_object(Bucket=bucket, Key="key")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert "VersionId" not in answer and "DeleteMarker" not in answer
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        s3.get_object(Bucket=bucket, Key="key")
    with refused("404", status=404):
        s3.head_object(Bucket=bucket, Key="key")


def test_wrong_sums_store_nothing(account, s3, bucket):
    for headers, code in (({"Content-MD5": content_md5(b"other")}, "BadDigest"),
                          ({"Content-MD5": "nonsense"}, "InvalidDigest")):
        answer = s3_request(account, "PUT", f"/{bucket}/key", headers, b"body")
        assert (answer.status, answer.code) == (400, code), answer
        with refused("NoSuchKey"):
            s3.get_object(Bucket=bucket, Key="key")


# -- Keys

@pytest.mark.parametrize("key", ODD_KEYS, ids=lambda key: ascii(key)[:24])
def test_odd_keys_are_their_own(s3, bucket, key):
    body = key.encode() + b" is my name"
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    s3.put_object(Bucket=bucket, Key="other", Body=b"other")
    assert read(s3, bucket, key) == body
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(body)
    listed = [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert listed == sorted([key, "other"], key=str.encode)
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=key)
    assert read(s3, bucket, "other") == b"other"


def test_keys_that_look_alike(s3, bucket):
    alike = ["a", "A", "a/", "a//", "/a", "a ", " a", "a%20", "a+", "%61", "é", "e\u0301", "a\x01", "a\x01\x01", "a/b", "a/./b"]
    for key in alike:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in alike:
        assert read(s3, bucket, key) == key.encode()
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == len(alike)


@pytest.mark.parametrize("key", ["\x00", "a\x00b", "a\x00"])
def test_no_key_has_a_nul(s3, bucket, key):
    for call in (lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), lambda: s3.get_object(Bucket=bucket, Key=key)):
        with refused("InvalidURI", "Couldn't parse the specified URI.", 400):
            call()
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("key", ["k" * 1025, "ä" * 513])
def test_keys_that_are_too_long(s3, bucket, key):
    for call in (lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), lambda: s3.get_object(Bucket=bucket, Key=key),
                 lambda: s3.delete_object(Bucket=bucket, Key=key)):
        with refused("KeyTooLongError", "Your key is too long", 400):
            call()


def test_long_keys_with_long_beginnings_in_common(s3, bucket):
    keys = [beginning + end for beginning in ("p" * 229, "p" * 230, "p" * 231, "p" * 460, "p" * 690, "p" * 1020)
            for end in ("", "a", "z", "/", "\x01")]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=str(len(key)).encode())
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == sorted(set(keys))
    for key in keys[::2]:
        s3.delete_object(Bucket=bucket, Key=key)
    left = sorted(set(keys) - set(keys[::2]))
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == left
    for key in left:
        assert read(s3, bucket, key) == str(len(key)).encode()
        s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)


# -- Metadata

def test_what_describes_an_object(s3, bucket):
    expires = datetime(2031, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    given = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "max-age=1", "ContentDisposition": 'attachment; a="b"',
             "ContentEncoding": "gzip", "ContentLanguage": "de, en", "Expires": expires, "StorageClass": "STANDARD_IA",
             "WebsiteRedirectLocation": "/other", "Metadata": {"colour": "red", "empty": "", "with-dash_and.dot": "1 2"}}
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", **given)
    for answer in (s3.head_object(Bucket=bucket, Key="key"), s3.get_object(Bucket=bucket, Key="key")):
        assert {name: answer[name] for name in given} == given


def test_metadata_has_a_limit(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Metadata={"k": "v" * 2047})
    with refused("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"y", Metadata={"k": "v" * 2048})
    assert read(s3, bucket, "key") == b"x"


def test_storage_classes(s3, bucket):
    for name in ("REDUCED_REDUNDANCY", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"):
        s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass=name)
        assert s3.head_object(Bucket=bucket, Key="key")["StorageClass"] == name
        assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["StorageClass"] == name
        assert read(s3, bucket, "key") == b"x"
    for name in ("OUTPOSTS", "EXPRESS_ONEZONE", "nonsense"):
        with refused("InvalidStorageClass", "The storage class you specified is not valid", 400):
            s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass=name)


# -- Ranges

@pytest.mark.parametrize("size", [10, 200000])
@pytest.mark.parametrize("header, first, last", [
    ("bytes=0-0", 0, 0), ("bytes=0-9", 0, 9), ("bytes=3-5", 3, 5), ("bytes=3-", 3, None), ("bytes=0-", 0, None),
    ("bytes=-3", -3, None), ("bytes=5-9999999999", 5, None), ("bytes=-99999999", 0, None),
])
def test_ranges(s3, bucket, size, header, first, last):
    body = body_of(size)
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    first = first % size
    last = size - 1 if last is None else last
    got = s3.get_object(Bucket=bucket, Key="key", Range=header)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["Body"].read() == body[first:last + 1]
    head = s3.head_object(Bucket=bucket, Key="key", Range=header)
    for answer in (got, head):
        assert answer["ResponseMetadata"]["HTTPHeaders"]["content-range"] == f"bytes {first}-{last}/{size}"
        assert answer["ContentLength"] == last - first + 1 and answer["ETag"] == f'"{md5_of(body)}"'


@pytest.mark.parametrize("header", ["bytes=5-3", "bytes=a-b", "bytes=", "bytes=-", "lines=0-1", "bytes=0-1,3-4", "0-1"])
def test_ranges_that_are_none(s3, bucket, header):
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="key", Range=header)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200 and got["Body"].read() == b"0123456789"


@pytest.mark.parametrize("size, header", [(10, "bytes=10-"), (10, "bytes=10-20"), (10, "bytes=-0"), (0, "bytes=0-0"),
                                          (0, "bytes=0-"), (10, "bytes=99999999999999999999-")])
def test_ranges_outside(s3, bucket, size, header):
    s3.put_object(Bucket=bucket, Key="key", Body=body_of(size))
    if header == "bytes=99999999999999999999-":  # no number of this world: as if it were not there
        assert s3.get_object(Bucket=bucket, Key="key", Range=header)["Body"].read() == body_of(size)
        return
    with refused("InvalidRange", "The requested range is not satisfiable", 416):
        s3.get_object(Bucket=bucket, Key="key", Range=header)


def test_random_ranges_across_frames(s3, bucket):
    body = body_of(700001, seed=1)
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    for number in range(60):
        digest = hashlib.sha256(str(number).encode()).digest()
        first = int.from_bytes(digest[:4], "big") % len(body)
        last = min(first + int.from_bytes(digest[4:8], "big") % 200000, len(body) - 1)
        assert read(s3, bucket, "key", Range=f"bytes={first}-{last}") == body[first:last + 1]


# -- Conditions

def test_conditions_of_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    now = datetime.now(timezone.utc)
    past, future = now - timedelta(days=1), now + timedelta(days=1)
    met = [{"IfMatch": etag}, {"IfMatch": etag.strip('"')}, {"IfMatch": "*"}, {"IfMatch": f'"a", {etag}'},
           {"IfNoneMatch": '"other"'}, {"IfModifiedSince": past}, {"IfUnmodifiedSince": future},
           {"IfMatch": etag, "IfUnmodifiedSince": past}, {"IfNoneMatch": '"other"', "IfModifiedSince": future}]
    failed = [{"IfMatch": '"other"'}, {"IfUnmodifiedSince": past}, {"IfMatch": '"other"', "IfUnmodifiedSince": future},
              {"IfMatch": '"other"', "IfNoneMatch": etag}]
    same = [{"IfNoneMatch": etag}, {"IfNoneMatch": "*"}, {"IfNoneMatch": f'"a",{etag}'}, {"IfModifiedSince": future},
            {"IfNoneMatch": etag, "IfModifiedSince": past}]
    for more in met:
        assert read(s3, bucket, "key", **more) == b"x"
        s3.head_object(Bucket=bucket, Key="key", **more)
    for more in failed:
        with refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412):
            s3.get_object(Bucket=bucket, Key="key", **more)
        with refused("412", status=412):
            s3.head_object(Bucket=bucket, Key="key", **more)
    for more in same:
        for call in (s3.get_object, s3.head_object):
            with refused("304", status=304):
                call(Bucket=bucket, Key="key", **more)


def test_conditions_of_writes(account, s3, bucket):
    def put(key, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return s3_request(account, "PUT", f"/{bucket}/{key}", headers, b"new")

    assert put("key", If_None_Match="*").status == 200
    assert put("key", If_None_Match="*").code == "PreconditionFailed"
    assert put("none", If_Match='"x"').code == "NoSuchKey"
    assert put("key", If_None_Match='"x"').code == "NotImplemented"
    etag = s3.head_object(Bucket=bucket, Key="key")["ETag"]
    assert put("key", If_Match='"x"').code == "PreconditionFailed"
    assert put("key", If_Match=etag).status == 200
    s3.delete_object(Bucket=bucket, Key="key")
    assert put("key", If_Match=etag).code == "NoSuchKey"
    assert put("key", If_None_Match="*").status == 200


# -- Overrides of the answer

def test_overrides(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentType="text/plain")
    expires = datetime(2031, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    got = s3.get_object(Bucket=bucket, Key="key", ResponseContentType="text/html", ResponseCacheControl="no-store",
                        ResponseContentDisposition="inline", ResponseContentEncoding="br", ResponseContentLanguage="fr",
                        ResponseExpires=expires)
    assert [got[name] for name in ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage",
                                   "Expires")] == ["text/html", "no-store", "inline", "br", "fr", expires]
    assert s3.head_object(Bucket=bucket, Key="key")["ContentType"] == "text/plain"


def test_overrides_are_for_whoever_signs(account, server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
                                               f'"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}]}}')
    assert send(server, "GET", f"/{bucket}/key").body == b"x"
    answer = send(server, "GET", f"/{bucket}/key?response-content-type=text/html")
    assert (answer.status, answer.code) == (400, "InvalidRequest")
    assert answer.message == "Request specific response headers cannot be used for anonymous GET requests."
    url = account.client("s3", signature_version="s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "key", "ResponseContentType": "text/x"})
    answer = send(server, "GET", url.removeprefix(server.endpoint))
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"x", "text/x")


# -- Permissions

def test_what_is_not_there_is_told_to_those_who_may_list(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    user = account.user(policy=policy("s3:GetObject", "s3:GetObjectVersion"))
    client = user.client("s3")
    assert read(client, bucket, "key") == b"x"
    with denied("s3:ListBucket", f"arn:aws:s3:::{bucket}"):
        client.get_object(Bucket=bucket, Key="none")
    with refused("403", status=403):
        client.head_object(Bucket=bucket, Key="none")
    user.put_policy(policy("s3:GetObject", statement("s3:ListBucket", resource=f"arn:aws:s3:::{bucket}")))
    with refused("NoSuchKey", status=404):
        client.get_object(Bucket=bucket, Key="none")
    with refused("404", status=404):
        client.head_object(Bucket=bucket, Key="none")


@pytest.mark.parametrize("action, call", [
    ("s3:PutObject", lambda s3, bucket: s3.put_object(Bucket=bucket, Key="key", Body=b"new")),
    ("s3:GetObject", lambda s3, bucket: s3.get_object(Bucket=bucket, Key="key")),
    ("s3:DeleteObject", lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="key")),
    ("s3:GetObjectVersion", lambda s3, bucket: s3.get_object(Bucket=bucket, Key="key", VersionId="null")),
    ("s3:DeleteObjectVersion", lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="key", VersionId="null")),
])
def test_each_action_alone(account, s3, bucket, action, call):
    s3.put_object(Bucket=bucket, Key="key", Body=b"old")
    others = policy("s3:*", statement(action, "Deny"))
    with denied(action, f"arn:aws:s3:::{bucket}/key"):
        call(account.user(policy=others).client("s3"), bucket)
    assert read(s3, bucket, "key") == b"old"
    call(account.user(policy=policy(statement(action, resource=f"arn:aws:s3:::{bucket}/k*"))).client("s3"), bucket)


def test_what_is_not_there_at_all(s3, bucket):
    none = f"{bucket}-none"
    for call in (lambda: s3.put_object(Bucket=none, Key="k", Body=b"x"), lambda: s3.get_object(Bucket=none, Key="k"),
                 lambda: s3.delete_object(Bucket=none, Key="k"), lambda: s3.list_objects_v2(Bucket=none),
                 lambda: s3.delete_objects(Bucket=none, Delete={"Objects": [{"Key": "k"}]})):
        with refused("NoSuchBucket", "The specified bucket does not exist", 404):
            call()


def test_other_accounts_are_kept_out(other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    theirs = other_account.client("s3")
    for call in (lambda: theirs.put_object(Bucket=bucket, Key="key", Body=b"y"),
                 lambda: theirs.get_object(Bucket=bucket, Key="key"), lambda: theirs.get_object(Bucket=bucket, Key="none"),
                 lambda: theirs.delete_object(Bucket=bucket, Key="key"), lambda: theirs.list_objects_v2(Bucket=bucket)):
        with refused("AccessDenied", status=403):
            call()
    assert read(s3, bucket, "key") == b"x"


# -- Many at once

def test_a_batch(s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k0"}, {"Key": "none"}, {"Key": "k3"}]})
    assert [row["Key"] for row in answer["Deleted"]] == ["k0", "none", "k3"] and "Errors" not in answer
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k1"}], "Quiet": True})
    assert "Deleted" not in quiet and "Errors" not in quiet
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k2", "k4"]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_batch_of_mixed_permissions(account, s3, bucket, quiet):
    for key in ("mine/1", "theirs/1", "mine/2", "theirs/2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    user = account.user(policy=policy(statement("s3:DeleteObject", resource=f"arn:aws:s3:::{bucket}/mine/*")))
    answer = user.client("s3").delete_objects(Bucket=bucket, Delete={"Quiet": quiet, "Objects": [
        {"Key": "theirs/1"}, {"Key": "mine/1"}, {"Key": "theirs/2"}, {"Key": "mine/2"},
        {"Key": "mine/3", "VersionId": "null"}]})
    assert [row["Key"] for row in answer.get("Deleted", [])] == ([] if quiet else ["mine/1", "mine/2"])
    assert [(row["Key"], row["Code"]) for row in answer["Errors"]] == [
        ("theirs/1", "AccessDenied"), ("theirs/2", "AccessDenied"), ("mine/3", "AccessDenied")]
    assert "s3:DeleteObjectVersion" in answer["Errors"][2]["Message"] and answer["Errors"][2]["VersionId"] == "null"
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["theirs/1", "theirs/2"]


def test_batches_that_are_none(account, s3, bucket):
    for body in (b"", b"<Delete/>", b"<Delete><Object/></Delete>", b"<Delete><Object><Key></Key></Object></Delete>",
                 b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>"):
        answer = s3_request(account, "POST", f"/{bucket}?delete", {"Content-MD5": content_md5(body)}, body)
        assert answer.status == 400 and answer.code in ("MalformedXML", "MissingRequestBodyError", "UserKeyMustBeSpecified"), answer
    body = b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1000 + b"</Delete>"
    assert s3_request(account, "POST", f"/{bucket}?delete", {"Content-MD5": content_md5(body)}, body).status == 200


@pytest.mark.parametrize("path", ["a%20b/%C3%A4", "%61%20b%2F%c3%a4", "a%20b%2F%C3%A4"])
def test_paths_of_any_encoding_mean_the_same_key(account, server, s3, bucket, path):
    s3.put_object(Bucket=bucket, Key="a b/ä", Body=b"x")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
                                               f'"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/a b/*"}}]}}')
    assert send(server, "GET", f"/{bucket}/{path}").body == b"x"
