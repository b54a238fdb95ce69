"""GetObjectAttributes, and RestoreObject with what it changes."""
import base64
import zlib
from datetime import timedelta

import pytest

from harness.account import policy
from harness.objects import body_of, content_md5, make_bucket, md5_of, read, s3_request
from harness.refusals import denied, refused

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account)


@pytest.fixture
def versioned(account):
    return make_bucket(account, ObjectLockEnabledForBucket=True)


def attributes(s3, bucket, key="key", wanted=ALL, **more):
    answer = s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=wanted, **more)
    answer.pop("ResponseMetadata")
    return answer


# -- Attributes

def test_all_of_them(s3, bucket):
    body = body_of(1000)
    s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm="CRC32")
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    told = attributes(s3, bucket)
    assert told.pop("Checksum")["ChecksumCRC32"] == crc
    assert told == {"ETag": md5_of(body), "StorageClass": "STANDARD", "ObjectSize": 1000,
                    "LastModified": s3.head_object(Bucket=bucket, Key="key")["LastModified"]}


@pytest.mark.parametrize("wanted", [[one] for one in ALL] + [["ObjectSize", "ETag"]])
def test_those_that_are_asked_for(s3, bucket, wanted):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass="STANDARD_IA")
    told = attributes(s3, bucket, wanted=wanted)
    assert set(told) - {"LastModified"} == set(wanted) - {"ObjectParts"}
    assert told.get("StorageClass", "STANDARD_IA") == "STANDARD_IA"


def test_attributes_of_versions(s3, versioned):
    one = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    two = s3.put_object(Bucket=versioned, Key="key", Body=b"22")["VersionId"]
    assert (attributes(s3, versioned)["VersionId"], attributes(s3, versioned)["ObjectSize"]) == (two, 2)
    old = attributes(s3, versioned, VersionId=one)
    assert (old["VersionId"], old["ObjectSize"]) == (one, 1)
    marker = s3.delete_object(Bucket=versioned, Key="key")["VersionId"]
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        attributes(s3, versioned)
    with refused("MethodNotAllowed", status=405):
        attributes(s3, versioned, VersionId=marker)
    with refused("NoSuchVersion", status=404):
        attributes(s3, versioned, "other", VersionId=one)


def test_attributes_of_what_is_not_there(account, s3, bucket):
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        attributes(s3, bucket, "none")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        attributes(s3, f"{bucket}-none")
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    for headers in ({}, {"x-amz-object-attributes": "Colour"}, {"x-amz-object-attributes": ""},
                    {"x-amz-object-attributes": "ETag", "x-amz-max-parts": "-1"},
                    {"x-amz-object-attributes": "ETag", "x-amz-part-number-marker": "x"}):
        answer = s3_request(account, "GET", f"/{bucket}/key?attributes", headers)
        assert answer.status == 400 and answer.code in ("InvalidArgument", "InvalidRequest"), answer


def test_attributes_need_two_permissions(account, s3, versioned):
    version = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    user = account.user()
    client = user.client("s3")
    plain, of_version = ["s3:GetObject", "s3:GetObjectAttributes"], ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]
    for actions, more in ((plain, {}), (of_version, {"VersionId": version})):
        for action in actions:
            user.put_policy(policy([one for one in plain + of_version if one != action]))
            with denied(action, f"arn:aws:s3:::{versioned}/key"):
                attributes(client, versioned, **more)
        user.put_policy(policy(actions))
        assert attributes(client, versioned, **more)["ObjectSize"] == 1
    user.put_policy(policy(plain))
    with denied("s3:ListBucket", f"arn:aws:s3:::{versioned}"):
        attributes(client, versioned, "none")


# -- Restores

def restore(s3, bucket, key="key", days=2, request=None, **more):
    answer = s3.restore_object(Bucket=bucket, Key=key, RestoreRequest=request or {"Days": days}, **more)
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def midnight_in(s3, bucket, days):
    """By the server's clock: the midnight behind it in so many days."""
    s3.put_object(Bucket=bucket, Key="clock", Body=b"")
    now = s3.head_object(Bucket=bucket, Key="clock")["LastModified"]
    return (now + timedelta(days=days + 1)).replace(hour=0, minute=0, second=0)


def told(until):
    return f'ongoing-request="false", expiry-date="{until.strftime("%a, %d %b %Y %H:%M:%S GMT")}"'


@pytest.mark.parametrize("kind", ["GLACIER", "DEEP_ARCHIVE"])
def test_restored_for_some_days(traveller, later, kind):
    s3 = traveller.client("s3")
    bucket = make_bucket(traveller)
    s3.put_object(Bucket=bucket, Key="key", Body=b"cold", StorageClass=kind)
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="key")
    with refused("InvalidObjectState", "The operation is not valid for the object's storage class", 403):
        s3.get_object(Bucket=bucket, Key="key")
    until = midnight_in(s3, bucket, 2)
    assert restore(s3, bucket, days=2) == 202
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["Restore"], head["StorageClass"]) == (told(until), kind)
    assert read(s3, bucket, "key") == b"cold"
    s3.copy_object(Bucket=bucket, Key="warm", CopySource=f"{bucket}/key")
    assert read(s3, bucket, "warm") == b"cold"
    until = midnight_in(s3, bucket, 5)
    assert restore(s3, bucket, days=5) == 200
    assert s3.head_object(Bucket=bucket, Key="key")["Restore"] == told(until)
    later("5d")
    assert read(s3, bucket, "key") == b"cold"
    later("1d1m")
    with refused("InvalidObjectState", status=403):
        s3.get_object(Bucket=bucket, Key="key")
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="key")
    with refused("ObjectNotInActiveTierError", status=403):
        s3.copy_object(Bucket=bucket, Key="warm", CopySource=f"{bucket}/key")
    assert restore(s3, bucket, days=1) == 202
    assert read(s3, bucket, "key") == b"cold"


def test_one_version_is_restored(s3, versioned):
    cold = {"Bucket": versioned, "Key": "key", "StorageClass": "GLACIER"}
    one = s3.put_object(Body=b"1", ContentMD5=content_md5(b"1"), **cold)["VersionId"]
    two = s3.put_object(Body=b"2", ContentMD5=content_md5(b"2"), **cold)["VersionId"]
    restore(s3, versioned, VersionId=one)
    assert read(s3, versioned, "key", VersionId=one) == b"1"
    with refused("InvalidObjectState"):
        s3.get_object(Bucket=versioned, Key="key", VersionId=two)


@pytest.mark.parametrize("kind", ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "INTELLIGENT_TIERING"])
def test_nothing_else_is_restored(s3, bucket, kind):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass=kind)
    with refused("InvalidObjectState", "Restore is not allowed for the object's current storage class", 403):
        restore(s3, bucket)


@pytest.mark.parametrize("request_, code, status", [
    ({"Days": 0}, "InvalidArgument", 400), ({"Days": -1}, "InvalidArgument", 400), ({}, "MalformedXML", 400),
    ({"GlacierJobParameters": {"Tier": "Bulk"}}, "MalformedXML", 400),
    ({"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}, "InvalidArgument", 400),
    ({"Type": "SELECT"}, "NotImplemented", 501),
])
def test_requests_that_are_refused(account, s3, bucket, request_, code, status):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass="DEEP_ARCHIVE")
    with refused(code, status=status):
        s3.restore_object(Bucket=bucket, Key="key", RestoreRequest=request_)
    with refused("InvalidObjectState"):
        s3.get_object(Bucket=bucket, Key="key")


def test_restores_of_what_is_not_there(account, s3, bucket, versioned):
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        restore(s3, bucket, "none")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        restore(s3, f"{bucket}-none")
    version = s3.put_object(Bucket=versioned, Key="key", Body=b"x")["VersionId"]
    with refused("NoSuchVersion", status=404):
        restore(s3, versioned, "none", VersionId=version)
    user = account.user(policy=policy("s3:GetObject"))
    with denied("s3:RestoreObject", f"arn:aws:s3:::{versioned}/key"):
        restore(user.client("s3"), versioned)


# -- Parts

def uploaded(s3, bucket, numbers, **more):
    """An object in parts of these numbers, each of 5 MiB but the last one."""
    upload = {"Bucket": bucket, "Key": "key"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **more)["UploadId"]
    parts = []
    for number in numbers:
        body = body_of(5 * 1024 * 1024 if number != numbers[-1] else 100, number)
        algorithm = {"ChecksumAlgorithm": more["ChecksumAlgorithm"]} if more else {}
        part = s3.upload_part(**upload, PartNumber=number, Body=body, **algorithm)
        sums = {name: value for name, value in part.items() if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": part["ETag"], **sums})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    return parts


def test_parts_by_the_page(s3, bucket):
    parts = uploaded(s3, bucket, [2, 3, 7], ChecksumAlgorithm="SHA256")
    told = attributes(s3, bucket, wanted=["ObjectParts", "Checksum"])
    assert told["Checksum"]["ChecksumSHA256"].endswith("-3")
    whole = told["ObjectParts"]
    assert (whole["TotalPartsCount"], whole["IsTruncated"], whole["MaxParts"]) == (3, False, 1000)
    assert [(row["PartNumber"], row["ChecksumSHA256"]) for row in whole["Parts"]] == [
        (row["PartNumber"], row["ChecksumSHA256"]) for row in parts]
    assert [row["Size"] for row in whole["Parts"]] == [5 * 1024 * 1024] * 2 + [100]
    first = attributes(s3, bucket, wanted=["ObjectParts"], MaxParts=2)["ObjectParts"]
    assert (first["Parts"], first["IsTruncated"], first["NextPartNumberMarker"]) == (whole["Parts"][:2], True, 3)
    rest = attributes(s3, bucket, wanted=["ObjectParts"], MaxParts=2, PartNumberMarker=3)["ObjectParts"]
    assert (rest["Parts"], rest["IsTruncated"], rest["PartNumberMarker"]) == (whole["Parts"][2:], False, 3)
    none = attributes(s3, bucket, wanted=["ObjectParts"], MaxParts=0)["ObjectParts"]
    assert "Parts" not in none and none["TotalPartsCount"] == 3


def test_an_object_in_parts_is_copied_into_one(s3, bucket):
    uploaded(s3, bucket, [1, 2])
    body = read(s3, bucket, "key")
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    assert answer["CopyObjectResult"]["ETag"] == f'"{md5_of(body)}"'
    assert read(s3, bucket, "copy") == body and len(body) == 5 * 1024 * 1024 + 100
    assert "ObjectParts" in attributes(s3, bucket) and "ObjectParts" not in attributes(s3, bucket, "copy")
