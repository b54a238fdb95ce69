"""CopyObject: bytes, metadata, tags, encryption of every kind, conditions, permissions on both ends."""
import base64
import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, quote_plus

import pytest

from harness.account import Account, policy, statement
from harness.objects import body_of, content_md5, customer_key, make_bucket, md5_of, read, s3_request
from harness.refusals import denied, refused
from harness.server import Server

LONG = 300 * 1024 + 17
ILLEGAL = ("This copy request is illegal because it is trying to copy an object to itself without changing the object's "
           "metadata, storage class, website redirect location or encryption attributes.")


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account)


@pytest.fixture
def locking(account):
    """A bucket with versions and Object Lock."""
    return make_bucket(account, ObjectLockEnabledForBucket=True)


@pytest.fixture(scope="module")
def tls_server():
    with Server(arguments=["--tls-listen", "127.0.0.1:0"]) as running:
        yield running


@pytest.fixture
def tls_s3(tls_server, home):
    account = Account.create(tls_server, home)
    authority = next(path for path in tls_server.data.rglob("*ca*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes())
    return account.client("s3", endpoint=tls_server.tls_endpoint, verify=str(authority))


# -- Bytes and what describes them

@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 256 * 1024, LONG, 3 * 1024 * 1024])
def test_all_bytes_are_copied(s3, bucket, size):
    body = body_of(size)
    s3.put_object(Bucket=bucket, Key="from", Body=body)
    answer = s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from"})
    assert answer["CopyObjectResult"]["ETag"] == f'"{md5_of(body)}"'
    assert answer["ServerSideEncryption"] == "AES256"
    assert read(s3, bucket, "to") == body
    head = s3.head_object(Bucket=bucket, Key="to")
    assert head["ContentLength"] == size
    assert head["LastModified"] == answer["CopyObjectResult"]["LastModified"].replace(microsecond=0)
    s3.delete_object(Bucket=bucket, Key="from")
    assert read(s3, bucket, "to") == body


def test_metadata_is_copied_or_replaced(s3, bucket):
    expires = datetime(2031, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    s3.put_object(Bucket=bucket, Key="from", Body=b"x", ContentType="text/plain", CacheControl="no-cache",
                  ContentDisposition="inline", ContentEncoding="identity", ContentLanguage="de", Expires=expires,
                  Metadata={"colour": "red"}, WebsiteRedirectLocation="/elsewhere", StorageClass="STANDARD_IA")
    s3.copy_object(Bucket=bucket, Key="same", CopySource={"Bucket": bucket, "Key": "from"}, ContentType="text/html",
                   Metadata={"colour": "blue"})
    same = s3.head_object(Bucket=bucket, Key="same")
    assert same["Metadata"] == {"colour": "red"}
    assert [same[name] for name in ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding",
                                    "ContentLanguage", "Expires")] == [
        "text/plain", "no-cache", "inline", "identity", "de", expires]
    assert "WebsiteRedirectLocation" not in same and "StorageClass" not in same
    s3.copy_object(Bucket=bucket, Key="other", CopySource={"Bucket": bucket, "Key": "from"}, ContentType="text/html",
                   Metadata={"shape": "round"}, MetadataDirective="REPLACE", StorageClass="ONEZONE_IA",
                   WebsiteRedirectLocation="/there")
    other = s3.head_object(Bucket=bucket, Key="other")
    assert other["Metadata"] == {"shape": "round"} and other["ContentType"] == "text/html"
    assert "CacheControl" not in other and "Expires" not in other and "ContentLanguage" not in other
    assert other["StorageClass"] == "ONEZONE_IA" and other["WebsiteRedirectLocation"] == "/there"


def test_checksums_go_along_or_change(s3, bucket):
    body = body_of(LONG)
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
    s3.put_object(Bucket=bucket, Key="from", Body=body, ChecksumAlgorithm="CRC32")
    kept = s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/from")
    assert kept["CopyObjectResult"]["ChecksumCRC32"] == crc
    changed = s3.copy_object(Bucket=bucket, Key="changed", CopySource=f"{bucket}/from", ChecksumAlgorithm="SHA256")
    assert changed["CopyObjectResult"]["ChecksumSHA256"] == sha
    assert "ChecksumCRC32" not in changed["CopyObjectResult"]
    head = s3.head_object(Bucket=bucket, Key="changed", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == sha and "ChecksumCRC32" not in head


# -- The source's name

@pytest.mark.parametrize("key", ["a b", "a+b", "per%cent", "../up", "//", " ", "käse/鍵", "what?versionId=1", "a&b=c#d",
                                 "k" * 1024])
def test_odd_names(account, s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": key})
    assert read(s3, bucket, "to") == key.encode()
    for source in (f"/{bucket}/" + quote(key, safe=""), f"{bucket}/" + quote_plus(key), f"%2F{bucket}%2F" + quote(key)):
        answer = s3_request(account, "PUT", f"/{bucket}/to-2", {"x-amz-copy-source": source})
        assert answer.status == 200, answer
        assert read(s3, bucket, "to-2") == key.encode()


@pytest.mark.parametrize("source, text", [
    ("nothing", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
    ("/nothing", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
    ("bucket/", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
    ("/", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
    ("bucket/%zz", "Invalid copy source encoding."),
    ("bucket/%ff", "Invalid copy source encoding."),
    ("Bad_Bucket/key", "Invalid copy source bucket name"),
    ("bucket/" + "k" * 1025, "Invalid copy source object key"),
    ("bucket/key?other=1", "Unsupported copy source parameter."),
    ("bucket/key?versionId=", "Version id cannot be the empty string"),
])
def test_names_that_are_none(account, bucket, source, text):
    answer = s3_request(account, "PUT", f"/{bucket}/to", {"x-amz-copy-source": source})
    assert answer.status == 400, answer
    assert f"<Code>InvalidArgument</Code><Message>{text}</Message>" in answer.text, answer.text


def test_other_places(s3, bucket):
    with refused("NotImplemented", status=501):
        s3.copy_object(Bucket=bucket, Key="to", CopySource="arn:aws:s3-outposts:us-east-1:123456789012:outpost/x/object/key")
    with refused("NoSuchAccessPoint", status=404):
        s3.copy_object(Bucket=bucket, Key="to",
                       CopySource="arn:aws:s3:us-east-1:123456789012:accesspoint/mine/object/key")


def test_what_is_not_there(s3, bucket, locking):
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/none")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}-none/key")
    with refused("InvalidArgument", "Invalid version id specified", 400):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/none?versionId=1")
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.copy_object(Bucket=f"{bucket}-none", Key="to", CopySource=f"{bucket}/from")
    version = s3.put_object(Bucket=locking, Key="key", Body=b"1")["VersionId"]
    with refused("NoSuchVersion", "The specified version does not exist.", 404):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/other?versionId={version}")
    with refused("NoSuchKey", status=404):
        s3.get_object(Bucket=bucket, Key="to")


def test_versions(s3, bucket, locking):
    one = s3.put_object(Bucket=locking, Key="key", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=locking, Key="key", Body=b"two")["VersionId"]
    newest = s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/key")
    assert newest["CopySourceVersionId"] == two and "VersionId" not in newest
    assert read(s3, bucket, "to") == b"two"
    older = s3.copy_object(Bucket=locking, Key="key", CopySource={"Bucket": locking, "Key": "key", "VersionId": one})
    assert older["CopySourceVersionId"] == one and older["VersionId"] not in (one, two)
    assert read(s3, locking, "key") == b"one" and read(s3, locking, "key", VersionId=two) == b"two"


def test_delete_markers(s3, bucket, locking):
    version = s3.put_object(Bucket=locking, Key="key", Body=b"one")["VersionId"]
    marker = s3.delete_object(Bucket=locking, Key="key")["VersionId"]
    with refused("NoSuchKey", status=404):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/key")
    with refused("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by "
                 "version id.", 400):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/key?versionId={marker}")
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/key?versionId={version}")
    assert read(s3, bucket, "to") == b"one"


# -- Over itself

def test_over_itself(s3, bucket):
    body = body_of(LONG)
    s3.put_object(Bucket=bucket, Key="key", Body=body, Metadata={"a": "1"})
    source = {"Bucket": bucket, "Key": "key"}
    for more in ({}, {"MetadataDirective": "COPY"}, {"TaggingDirective": "REPLACE", "Tagging": "a=b"},
                 {"Metadata": {"a": "2"}}):
        with refused("InvalidRequest", ILLEGAL, 400):
            s3.copy_object(Bucket=bucket, Key="key", CopySource=source, **more)
    for more in ({"MetadataDirective": "REPLACE", "Metadata": {"a": "2"}}, {"StorageClass": "STANDARD_IA"},
                 {"WebsiteRedirectLocation": "/x"}, {"ServerSideEncryption": "AES256"}):
        s3.copy_object(Bucket=bucket, Key="key", CopySource=source, **more)
        assert read(s3, bucket, "key") == body
    assert s3.head_object(Bucket=bucket, Key="key")["Metadata"] == {"a": "2"}


def test_a_version_over_the_newest(s3, locking):
    version = s3.put_object(Bucket=locking, Key="key", Body=b"1")["VersionId"]
    again = s3.copy_object(Bucket=locking, Key="key", CopySource=f"{locking}/key?versionId={version}")
    assert again["VersionId"] != version


# -- Conditions

def test_conditions_on_the_source(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="from", Body=b"x")["ETag"]
    now = datetime.now(timezone.utc)
    past, future = now - timedelta(days=1), now - timedelta(seconds=0) + timedelta(days=1)
    source = {"Bucket": bucket, "Key": "from"}
    for good in ({"CopySourceIfMatch": etag}, {"CopySourceIfNoneMatch": '"other"'}, {"CopySourceIfModifiedSince": past},
                 {"CopySourceIfUnmodifiedSince": future},
                 {"CopySourceIfMatch": etag, "CopySourceIfUnmodifiedSince": past}):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=source, **good)
    s3.delete_object(Bucket=bucket, Key="to")
    for bad in ({"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": etag}, {"CopySourceIfModifiedSince": future},
                {"CopySourceIfUnmodifiedSince": past},
                {"CopySourceIfNoneMatch": etag, "CopySourceIfModifiedSince": past}):
        with refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412):
            s3.copy_object(Bucket=bucket, Key="to", CopySource=source, **bad)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="to")


def test_conditions_on_the_destination(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"new")
    etag = s3.put_object(Bucket=bucket, Key="to", Body=b"old")["ETag"]

    def copy(key, **headers):
        return s3_request(account, "PUT", f"/{bucket}/{key}", {"x-amz-copy-source": f"{bucket}/from", **headers})

    for key, headers, status in (("to", {"If-None-Match": "*"}, 412), ("to", {"If-Match": '"other"'}, 412),
                                 ("none", {"If-Match": etag}, 404)):
        assert copy(key, **headers).status == status
    assert read(s3, bucket, "to") == b"old"
    assert copy("fresh", **{"If-None-Match": "*"}).status == 200
    assert copy("to", **{"If-Match": etag}).status == 200
    assert read(s3, bucket, "to") == b"new"


# -- Tags

def tag_header(s3, bucket, key):
    return s3.head_object(Bucket=bucket, Key=key)["ResponseMetadata"]["HTTPHeaders"].get("x-amz-tagging-count")


def test_tags_are_counted(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x", Tagging="a=1&b=2")
    s3.copy_object(Bucket=bucket, Key="same", CopySource=f"{bucket}/from", Tagging="c=3")
    s3.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/from", Tagging="c=3", TaggingDirective="REPLACE")
    s3.copy_object(Bucket=bucket, Key="none", CopySource=f"{bucket}/from", TaggingDirective="REPLACE")
    gets = [s3.get_object(Bucket=bucket, Key=key).get("TagCount") for key in ("same", "new", "none")]
    assert gets == [2, 1, None]


# -- Encryption

def test_across_kms_keys(account, s3, bucket):
    kms = account.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    body = body_of(LONG)
    s3.put_object(Bucket=bucket, Key="plain", Body=body)
    one = s3.copy_object(Bucket=bucket, Key="one", CopySource=f"{bucket}/plain", ServerSideEncryption="aws:kms",
                         SSEKMSKeyId=keys[0])
    assert one["SSEKMSKeyId"] == keys[0] and one["CopyObjectResult"]["ETag"] != f'"{md5_of(body)}"'
    two = s3.copy_object(Bucket=bucket, Key="two", CopySource=f"{bucket}/one", ServerSideEncryption="aws:kms",
                         SSEKMSKeyId=keys[1], BucketKeyEnabled=True)
    assert two["SSEKMSKeyId"] == keys[1] and two["BucketKeyEnabled"] is True
    back = s3.copy_object(Bucket=bucket, Key="back", CopySource=f"{bucket}/two")
    assert back["CopyObjectResult"]["ETag"] == f'"{md5_of(body)}"' and "SSEKMSKeyId" not in back
    kms.disable_key(KeyId=keys[0])
    for key in ("two", "back"):
        assert read(s3, bucket, key) == body
    with refused("KMS.DisabledException", status=400):
        s3.copy_object(Bucket=bucket, Key="three", CopySource=f"{bucket}/one")


def test_kms_is_asked_of_whoever_copies(account, s3, bucket):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="from", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    user = account.user(policy=policy("s3:*"))
    with refused("AccessDenied", status=403):
        user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")
    user.put_policy(policy("s3:*", "kms:Decrypt"))
    user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")
    assert read(s3, bucket, "to") == b"secret"
    account.client("kms").disable_key(KeyId=key)
    account.event("DisableKey")
    decrypts = [row for row in account.events_named("Decrypt") if row["userIdentity"].get("userName") == user.name]
    assert [row.get("errorCode") for row in decrypts] == [None, "AccessDeniedException"]


def test_across_customer_keys(tls_s3):
    bucket = "customer-keys-copied"
    tls_s3.create_bucket(Bucket=bucket)
    body = body_of(LONG)
    tls_s3.put_object(Bucket=bucket, Key="from", Body=body, **customer_key(1))
    with refused("InvalidRequest", status=400):
        tls_s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")
    with refused("AccessDenied", status=403):
        tls_s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", **customer_key(2, "CopySource"))
    answer = tls_s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", **customer_key(1, "CopySource"),
                                **customer_key(2))
    assert answer["SSECustomerAlgorithm"] == "AES256"
    assert read(tls_s3, bucket, "to", **customer_key(2)) == body
    with refused("AccessDenied", status=403):
        tls_s3.get_object(Bucket=bucket, Key="to", **customer_key(1))
    tls_s3.copy_object(Bucket=bucket, Key="plain", CopySource=f"{bucket}/to", **customer_key(2, "CopySource"))
    assert read(tls_s3, bucket, "plain") == body
    with refused("InvalidRequest", "The encryption parameters are not applicable to this object.", 400):
        tls_s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/plain", **customer_key(2, "CopySource"))
    tls_s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/to", **customer_key(2, "CopySource"),
                       **customer_key(3))
    assert read(tls_s3, bucket, "to", **customer_key(3)) == body


# -- Cold objects

def test_cold_sources(s3, bucket):
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    with refused("ObjectNotInActiveTierError", status=403):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/cold")
    s3.put_object(Bucket=bucket, Key="instant", Body=b"y", StorageClass="GLACIER_IR")
    s3.copy_object(Bucket=bucket, Key="deep", CopySource=f"{bucket}/instant", StorageClass="DEEP_ARCHIVE")
    assert s3.head_object(Bucket=bucket, Key="deep")["StorageClass"] == "DEEP_ARCHIVE"
    with refused("InvalidObjectState", status=403):
        s3.get_object(Bucket=bucket, Key="deep")
    with refused("InvalidStorageClass", status=400):
        s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/instant", StorageClass="OUTPOSTS")


# -- Object Lock

def test_locks_are_asked_for_anew(s3, locking):
    until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=3)
    s3.put_object(Bucket=locking, Key="from", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until,
                  ObjectLockLegalHoldStatus="ON", ContentMD5=content_md5(b"x"))
    s3.copy_object(Bucket=locking, Key="free", CopySource=f"{locking}/from")
    assert "ObjectLockMode" not in s3.head_object(Bucket=locking, Key="free")
    s3.copy_object(Bucket=locking, Key="locked", CopySource=f"{locking}/from", ObjectLockMode="COMPLIANCE",
                   ObjectLockRetainUntilDate=until)
    head = s3.head_object(Bucket=locking, Key="locked")
    assert (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]) == ("COMPLIANCE", until)


def test_locks_in_a_bucket_without(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    with refused("InvalidRequest", "Bucket is missing ObjectLockConfiguration", 400):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", ObjectLockLegalHoldStatus="ON")


# -- Permissions

def test_both_ends_are_asked(account, s3, bucket):
    other = make_bucket(account)
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    read_it = statement("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/from")
    write_it = statement("s3:PutObject", resource=f"arn:aws:s3:::{other}/to")
    user = account.user()
    client = user.client("s3")
    user.put_policy(policy(read_it))
    with denied("s3:PutObject", f"arn:aws:s3:::{other}/to"):
        client.copy_object(Bucket=other, Key="to", CopySource=f"{bucket}/from")
    user.put_policy(policy(write_it))
    with denied("s3:GetObject", f"arn:aws:s3:::{bucket}/from"):
        client.copy_object(Bucket=other, Key="to", CopySource=f"{bucket}/from")
    with refused("NoSuchKey"):
        s3.get_object(Bucket=other, Key="to")
    user.put_policy(policy(write_it, read_it))
    client.copy_object(Bucket=other, Key="to", CopySource=f"{bucket}/from")
    with denied("s3:ListBucket", f"arn:aws:s3:::{bucket}"):
        s3.delete_object(Bucket=bucket, Key="from")
        client.copy_object(Bucket=other, Key="to", CopySource=f"{bucket}/from")


def test_versions_are_asked_for_by_another_action(account, s3, locking, bucket):
    version = s3.put_object(Bucket=locking, Key="from", Body=b"x")["VersionId"]
    user = account.user(policy=policy("s3:GetObject", "s3:PutObject"))
    with denied("s3:GetObjectVersion"):
        user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/from?versionId={version}")
    user.put_policy(policy("s3:GetObjectVersion", "s3:PutObject"))
    user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/from?versionId={version}")
    with denied("s3:GetObject"):
        user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/from")


def test_tags_are_asked_for(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x", Tagging="a=1")
    user = account.user()
    client = user.client("s3")
    basic = ["s3:GetObject", "s3:PutObject"]
    for allowed, needs in ((basic, "s3:GetObjectTagging"), (basic + ["s3:GetObjectTagging"], "s3:PutObjectTagging")):
        user.put_policy(policy(allowed))
        with denied(needs):
            client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")
    user.put_policy(policy(basic))
    client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", TaggingDirective="REPLACE")
    with denied("s3:PutObjectTagging"):
        client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", TaggingDirective="REPLACE", Tagging="a=2")
    user.put_policy(policy(basic + ["s3:GetObjectTagging", "s3:PutObjectTagging"]))
    client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")


def test_condition_keys(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    s3.put_object(Bucket=bucket, Key="secret", Body=b"x")
    user = account.user(policy=policy("s3:*", statement(
        "s3:PutObject", "Deny", Condition={"StringNotLike": {"s3:x-amz-copy-source": f"{bucket}/fr*"}}), statement(
        "s3:PutObject", "Deny", Condition={"StringNotEquals": {"s3:x-amz-metadata-directive": "COPY"}})))
    client = user.client("s3")
    client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", MetadataDirective="COPY")
    for source, directive in (("secret", "COPY"), ("from", "REPLACE")):
        with denied("s3:PutObject"):
            client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/{source}", MetadataDirective=directive)
    with denied("s3:PutObject"):
        client.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")


def test_the_version_of_the_source_is_a_condition_key(account, s3, locking, bucket):
    one, two = (s3.put_object(Bucket=locking, Key="from", Body=body)["VersionId"] for body in (b"1", b"2"))
    user = account.user(policy=policy("s3:PutObject", statement(
        "s3:GetObjectVersion", Condition={"StringEquals": {"s3:VersionId": one}})))
    user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/from?versionId={one}")
    with denied("s3:GetObjectVersion"):
        user.client("s3").copy_object(Bucket=bucket, Key="to", CopySource=f"{locking}/from?versionId={two}")


def test_owners_as_expected(account, other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", ExpectedBucketOwner=account.id,
                   ExpectedSourceBucketOwner=account.id)
    for more in ({"ExpectedBucketOwner": other_account.id}, {"ExpectedSourceBucketOwner": other_account.id}):
        with refused("AccessDenied", status=403):
            s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", **more)


def test_other_accounts_are_kept_out(account, other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    theirs = make_bucket(other_account)
    with refused("AccessDenied", status=403):
        other_account.client("s3").copy_object(Bucket=theirs, Key="to", CopySource=f"{bucket}/from")
    with refused("AccessDenied", status=403):
        s3.copy_object(Bucket=theirs, Key="to", CopySource=f"{bucket}/from")
    with refused("AccessDenied", status=403):
        account.client("s3", creds=None).copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")


def test_nothing_is_left_of_what_was_refused(new_server, home, tmp_path):
    """Files of copies that were refused in the end are gone."""
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    s3, bucket = account.client("s3"), make_bucket(account)
    s3.put_object(Bucket=bucket, Key="from", Body=body_of(LONG))
    files = sorted(path for path in (tmp_path / "data").rglob("*") if path.is_file())
    with refused("KMS.NotFoundException"):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", ServerSideEncryption="aws:kms",
                       SSEKMSKeyId="alias/none")
    assert sorted(path for path in (tmp_path / "data").rglob("*") if path.is_file()) == files


def test_a_copy_is_of_one_moment(account, s3, bucket):
    """The source is overwritten all the while: each copy is all of one body, with its own metadata."""
    bodies = {str(number): body_of(size, number) for number, size in enumerate((10, 20000, 300000, 700000))}
    s3.put_object(Bucket=bucket, Key="from", Body=bodies["0"], Metadata={"n": "0"})
    clients = [account.client("s3") for _ in range(4)]

    def overwrite(client):
        for _ in range(5):
            for name, body in bodies.items():
                client.put_object(Bucket=bucket, Key="from", Body=body, Metadata={"n": name})

    def copy(client, name):
        for number in range(20):
            key = f"{name}-{number % 3}"
            etag = client.copy_object(Bucket=bucket, Key=key, CopySource=f"{bucket}/from")["CopyObjectResult"]["ETag"]
            got = client.get_object(Bucket=bucket, Key=key)
            body = bodies[got["Metadata"]["n"]]
            assert (got["ETag"], got["Body"].read()) == (etag, body) and etag == f'"{md5_of(body)}"'

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(overwrite, clients[0]), pool.submit(overwrite, clients[1]),
                    pool.submit(copy, clients[2], "a"), pool.submit(copy, clients[3], "b")]:
            one.result()
