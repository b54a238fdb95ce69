"""UploadPartCopy: parts from objects, whole or by ranges; conditions, versions, permissions on both ends, keys."""
import base64
import hashlib
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import Account, policy, statement
from harness.multipart import PART_MIN, begin, complete, etag_of, part_numbers, send
from harness.objects import body_of, customer_key, make_bucket, md5_of, read
from harness.refusals import denied, refused
from harness.server import Server

LONG = 2 * PART_MIN + 1234
FORM = ("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based "
        "offsets of the first and last bytes to copy")


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def bucket(account):
    return make_bucket(account)


@pytest.fixture
def source(account, s3):
    """A bucket with a long object under "from" and a short one under "short"."""
    name = make_bucket(account)
    s3.put_object(Bucket=name, Key="from", Body=body_of(LONG))
    s3.put_object(Bucket=name, Key="short", Body=b"short")
    return name


def copy(s3, bucket, key, upload, number, source, **more):
    answer = s3.upload_part_copy(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, CopySource=source, **more)
    said = answer["CopyPartResult"]
    return {"PartNumber": number, **{name: value for name, value in said.items() if name != "LastModified"}}


def test_ranges_and_a_whole_make_an_object(s3, bucket, source):
    body = body_of(LONG)
    upload = begin(s3, bucket, "k")
    parts = [copy(s3, bucket, "k", upload, 1, f"{source}/from", CopySourceRange=f"bytes=1-{PART_MIN}"),
             copy(s3, bucket, "k", upload, 2, {"Bucket": source, "Key": "from"}),
             send(s3, bucket, "k", upload, 3, body_of(PART_MIN, 3)),
             copy(s3, bucket, "k", upload, 9, f"/{source}/short")]
    bodies = [body[1:PART_MIN + 1], body, body_of(PART_MIN, 3), b"short"]
    assert [part["ETag"] for part in parts] == [f'"{md5_of(part)}"' for part in bodies]
    assert complete(s3, bucket, "k", upload, parts)["ETag"] == etag_of(bodies)
    assert read(s3, bucket, "k") == b"".join(bodies)
    upload = begin(s3, bucket, "again")
    joint = PART_MIN - 77, PART_MIN + 77
    parts = [copy(s3, bucket, "again", upload, 1, f"{bucket}/k", CopySourceRange=f"bytes={joint[0]}-{joint[1]}")]
    complete(s3, bucket, "again", upload, parts)
    assert read(s3, bucket, "again") == b"".join(bodies)[joint[0]:joint[1] + 1], "across the border of two parts"


def test_names_and_versions_of_the_source(s3, bucket, source):
    s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
    odd = "a b/ü+?&%41"
    first = s3.put_object(Bucket=source, Key=odd, Body=b"first")["VersionId"]
    second = s3.put_object(Bucket=source, Key=odd, Body=b"second")["VersionId"]
    upload = begin(s3, bucket, "k")
    answer = s3.upload_part_copy(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1,
                                 CopySource={"Bucket": source, "Key": odd, "VersionId": first})
    assert answer["CopySourceVersionId"] == first
    assert answer["CopyPartResult"]["ETag"] == f'"{md5_of(b"first")}"'
    assert answer["CopyPartResult"]["LastModified"] and answer["ServerSideEncryption"] == "AES256"
    answer = s3.upload_part_copy(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1,
                                 CopySource={"Bucket": source, "Key": odd})
    assert answer["CopySourceVersionId"] == second
    complete(s3, bucket, "k", upload, [{"PartNumber": 1, "ETag": answer["CopyPartResult"]["ETag"]}])
    assert read(s3, bucket, "k") == b"second"


def test_checksums_are_of_the_uploads_algorithm(s3, bucket, source):
    upload = begin(s3, bucket, "k", ChecksumAlgorithm="SHA256")
    part = copy(s3, bucket, "k", upload, 1, f"{source}/from")
    assert part["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(body_of(LONG)).digest()).decode()
    complete(s3, bucket, "k", upload, [part])
    assert read(s3, bucket, "k", ChecksumMode="ENABLED") == body_of(LONG)


@pytest.mark.parametrize("given, code, text", [
    ("bytes=0-", "InvalidArgument", FORM), ("bytes=-5", "InvalidArgument", FORM), ("0-5", "InvalidArgument", FORM),
    ("bytes=9-5", "InvalidArgument", FORM), ("bytes=0-5,7-9", "InvalidArgument", FORM), ("bytes=a-b", "InvalidArgument", FORM),
    (f"bytes=0-{LONG}", "InvalidArgument", f"Range specified is not valid for source object of size: {LONG}"),
    (f"bytes={LONG}-{LONG + 1}", "InvalidArgument", f"Range specified is not valid for source object of size: {LONG}"),
])
def test_ranges_that_cannot_be(s3, bucket, source, given, code, text):
    upload = begin(s3, bucket, "k")
    with refused(code, text, 400):
        copy(s3, bucket, "k", upload, 1, f"{source}/from", CopySourceRange=given)
    assert part_numbers(s3, bucket, "k", upload) == []


def test_a_short_source_has_no_ranges(s3, bucket, source):
    upload = begin(s3, bucket, "k")
    with refused("InvalidRequest", "The specified copy source is not supported as a byte-range copy source", 400):
        copy(s3, bucket, "k", upload, 1, f"{source}/short", CopySourceRange="bytes=0-3")


def test_conditions_on_the_source(s3, bucket, source):
    upload = begin(s3, bucket, "k")
    etag = s3.head_object(Bucket=source, Key="short")["ETag"]
    hour = timedelta(hours=1)
    now = datetime.now(timezone.utc)
    for condition in ({"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": etag},
                      {"CopySourceIfModifiedSince": now + hour}, {"CopySourceIfUnmodifiedSince": now - hour}):
        with refused("PreconditionFailed", status=412):
            copy(s3, bucket, "k", upload, 1, f"{source}/short", **condition)
    copy(s3, bucket, "k", upload, 1, f"{source}/short", CopySourceIfMatch=etag, CopySourceIfUnmodifiedSince=now - hour)
    copy(s3, bucket, "k", upload, 2, f"{source}/short", CopySourceIfNoneMatch='"other"')
    assert part_numbers(s3, bucket, "k", upload) == [1, 2]


def test_what_is_not_there(s3, bucket, source):
    upload = begin(s3, bucket, "k")
    with refused("NoSuchKey", status=404):
        copy(s3, bucket, "k", upload, 1, f"{source}/none")
    with refused("NoSuchBucket", status=404):
        copy(s3, bucket, "k", upload, 1, f"{source}-none/from")
    with refused("NoSuchUpload", status=404):
        copy(s3, bucket, "other", upload, 1, f"{source}/short")
    with refused("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", 400):
        copy(s3, bucket, "k", upload, 10001, f"{source}/short")


def test_a_copy_takes_the_place_of_a_part(s3, bucket, source):
    upload = begin(s3, bucket, "k")
    send(s3, bucket, "k", upload, 1, body_of(PART_MIN))
    part = copy(s3, bucket, "k", upload, 1, f"{source}/short")
    complete(s3, bucket, "k", upload, [part])
    assert read(s3, bucket, "k") == b"short"


def test_permissions_on_both_ends(account, s3, bucket, source):
    upload = begin(s3, bucket, "k")
    reader = account.user(policy=policy(statement("s3:Get*", resource=f"arn:aws:s3:::{source}/*")))
    with denied("s3:PutObject"):
        copy(reader.client("s3"), bucket, "k", upload, 1, f"{source}/short")
    writer = account.user(policy=policy(statement("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/*")))
    with denied("s3:GetObject"):
        copy(writer.client("s3"), bucket, "k", upload, 1, f"{source}/short")
    reader.put_policy(policy(statement("s3:GetObject", resource=f"arn:aws:s3:::{source}/*"),
                             statement("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/*")))
    copy(reader.client("s3"), bucket, "k", upload, 1, f"{source}/short")
    assert part_numbers(s3, bucket, "k", upload) == [1]


def test_from_one_key_of_kms_to_another(account, s3, bucket, source):
    """Both are used in the name of who copies, and each is on record once."""
    keys = [account.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    s3.put_object(Bucket=source, Key="sealed", Body=body_of(LONG), ServerSideEncryption="aws:kms", SSEKMSKeyId=keys[0])
    upload = begin(s3, bucket, "k", ServerSideEncryption="aws:kms", SSEKMSKeyId=keys[1])
    for allowed in ([], keys[:1], keys[1:]):
        user = account.user(policy=policy("s3:*", *[statement("kms:Decrypt", resource=key) for key in allowed]))
        with refused("AccessDenied", status=403):
            copy(user.client("s3"), bucket, "k", upload, 1, f"{source}/sealed")
    user = account.user(policy=policy("s3:*", statement("kms:Decrypt", resource=keys)))
    part = copy(user.client("s3"), bucket, "k", upload, 1, f"{source}/sealed")
    complete(s3, bucket, "k", upload, [part])
    assert read(s3, bucket, "k") == body_of(LONG)
    account.client("kms").describe_key(KeyId=keys[0])
    account.event("DescribeKey")
    mine = [row for row in account.events_named("Decrypt") if row["userIdentity"].get("userName") == user.name]
    assert sorted(row["resources"][0]["ARN"] for row in mine) == sorted(keys)


def test_from_one_key_of_the_customer_to_another(home):
    with Server(arguments=["--tls-listen", "127.0.0.1:0"]) as server:
        authority = next(path for path in server.data.rglob("*ca*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes())
        s3 = Account.create(server, home).client("s3", endpoint=server.tls_endpoint, verify=str(authority))
        s3.create_bucket(Bucket="customers-parts")
        s3.put_object(Bucket="customers-parts", Key="from", Body=body_of(LONG), **customer_key(1))
        upload = begin(s3, "customers-parts", "k", **customer_key(2))
        for wrong in (customer_key(2), customer_key(1, "CopySource"), {**customer_key(2), **customer_key(3, "CopySource")}):
            with pytest.raises(s3.exceptions.ClientError) as caught:
                copy(s3, "customers-parts", "k", upload, 1, "customers-parts/from", **wrong)
            assert caught.value.response["Error"]["Code"] in ("InvalidRequest", "AccessDenied")
        part = copy(s3, "customers-parts", "k", upload, 1, "customers-parts/from", CopySourceRange=f"bytes=0-{PART_MIN}",
                    **customer_key(2), **customer_key(1, "CopySource"))
        complete(s3, "customers-parts", "k", upload, [part])
        assert read(s3, "customers-parts", "k", **customer_key(2)) == body_of(LONG)[:PART_MIN + 1]


def test_a_copy_that_fails_leaves_nothing(new_server, home):
    account = Account.create(new_server(), home)
    s3, bucket = account.client("s3"), make_bucket(account)
    s3.put_object(Bucket=bucket, Key="from", Body=body_of(300000))
    blobs = account.server.data / "blobs"
    before = {path.name for path in blobs.rglob("*") if path.is_file()}
    upload = begin(s3, bucket, "k")
    copy(s3, bucket, "k", upload, 1, f"{bucket}/from")
    copy(s3, bucket, "k", upload, 1, f"{bucket}/from")
    with refused("NoSuchUpload", status=404):
        copy(s3, bucket, "k", upload + "x", 1, f"{bucket}/from")
    with refused("PreconditionFailed", status=412):
        copy(s3, bucket, "k", upload, 2, f"{bucket}/from", CopySourceIfMatch='"other"')
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    account.server.admin.advance("1m")
    assert {path.name for path in blobs.rglob("*") if path.is_file()} == before
