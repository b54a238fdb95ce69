"""Uploads in parts: what is refused, and to whom."""
import pytest

from harness.account import policy, statement
from harness.multipart import (PART_MIN, begin, complete, complete_raw, part_list, part_numbers, put_in_parts, send,
                               uploads_of)
from harness.objects import body_of, make_bucket, read, s3_request
from harness.refusals import denied, refused

NO_UPLOAD = ("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
             "completed.")
NUMBER = "Part number must be an integer between 1 and 10000, inclusive"


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def bucket(account):
    return make_bucket(account)


# -- At the end

def test_no_list_of_parts(account, s3, bucket):
    upload = begin(s3, bucket, "k")
    part = send(s3, bucket, "k", upload, 1, b"body")
    for parts in ([], [{"PartNumber": 1}], [{"ETag": part["ETag"]}]):
        with refused("MalformedXML", status=400):
            complete(s3, bucket, "k", upload, parts)
    for body in (b"", b"<CompleteMultipartUpload/>", b"<CompleteMultipartUpload><Part>", b"no xml"):
        answer = complete_raw(account, bucket, "k", upload, body)
        assert (answer.status, answer.code) == (400, "MalformedXML")
    assert part_numbers(s3, bucket, "k", upload) == [1]


def test_parts_out_of_order_or_not_there(s3, bucket):
    upload = begin(s3, bucket, "k")
    parts = [send(s3, bucket, "k", upload, number, body_of(PART_MIN, number)) for number in (1, 2)]
    order = "The list of parts was not in ascending order. Parts must be ordered by part number."
    for wrong in (parts[::-1], [parts[0], parts[0]]):
        with refused("InvalidPartOrder", order, 400):
            complete(s3, bucket, "k", upload, wrong)
    missing = ("One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
               "specified entity tag may not match the part's entity tag.")
    for wrong in ([*parts, {"PartNumber": 3, "ETag": parts[0]["ETag"]}], [{**parts[0], "PartNumber": 2}],
                  [{**parts[0], "ETag": "nonsense"}, parts[1]]):
        with refused("InvalidPart", missing, 400):
            complete(s3, bucket, "k", upload, wrong)
    with refused("InvalidArgument", NUMBER, 400):
        complete(s3, bucket, "k", upload, [{**parts[0], "PartNumber": 0}])
    bare = [{**part, "ETag": part["ETag"].strip('"')} for part in parts]
    complete(s3, bucket, "k", upload, bare)
    assert read(s3, bucket, "k") == body_of(PART_MIN, 1) + body_of(PART_MIN, 2)


def test_as_many_parts_as_there_may_be(account, s3, bucket):
    upload = begin(s3, bucket, "k")
    part = send(s3, bucket, "k", upload, 1, body_of(PART_MIN))
    send(s3, bucket, "k", upload, 2, b"other")
    many = [{"PartNumber": number, "ETag": part["ETag"]} for number in range(1, 10002)]
    pad = b"<ChecksumSHA512>" + b"A" * 88 + b"</ChecksumSHA512></Part>"
    answer = complete_raw(account, bucket, "k", upload, part_list(*many[:10000]).replace(b"</Part>", pad))
    assert (answer.status, answer.code) == (400, "InvalidPart")
    assert "<PartNumber>2<" in answer.text
    answer = complete_raw(account, bucket, "k", upload, part_list(*many))
    assert (answer.status, answer.code) == (400, "MalformedXML")


def test_parts_too_small(account, s3, bucket):
    upload = begin(s3, bucket, "k")
    parts = [send(s3, bucket, "k", upload, 1, body_of(PART_MIN - 1)), send(s3, bucket, "k", upload, 2, b"end")]
    answer = complete_raw(account, bucket, "k", upload, part_list(*parts))
    assert (answer.status, answer.code) == (400, "EntityTooSmall")
    assert answer.message == "Your proposed upload is smaller than the minimum allowed size"
    for detail in ("<ProposedSize>5242879<", "<MinSizeAllowed>5242880<", "<PartNumber>1<", "<ETag>"):
        assert detail in answer.text
    assert part_numbers(s3, bucket, "k", upload) == [1, 2], "nothing of it has happened"


def test_the_size_that_was_expected(account, s3, bucket):
    upload = begin(s3, bucket, "k")
    data = part_list(send(s3, bucket, "k", upload, 1, b"12345"))
    answer = complete_raw(account, bucket, "k", upload, data, {"x-amz-mp-object-size": "6"})
    assert (answer.status, answer.code) == (400, "InvalidRequest")
    assert complete_raw(account, bucket, "k", upload, data, {"x-amz-mp-object-size": "5"}).status == 200


# -- Uploads that are not there, numbers that are none

def test_no_such_upload(s3, bucket):
    upload = begin(s3, bucket, "k")
    calls = [lambda **to: s3.upload_part(PartNumber=1, Body=b"x", **to), lambda **to: s3.list_parts(**to),
             lambda **to: s3.upload_part(PartNumber=1, Body=body_of(100000), **to),
             lambda **to: s3.abort_multipart_upload(**to),
             lambda **to: s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}, **to)]
    for call in calls:
        for key, wrong in (("other", upload), ("k", upload[:-1] + ("A" if upload[-1] != "A" else "B")), ("k", "nonsense"),
                           ("k", "f" * 32), ("k", "f_______" * 4), ("x" * 1024, upload)):
            with refused("NoSuchUpload", NO_UPLOAD, 404):
                call(Bucket=bucket, Key=key, UploadId=wrong)
        with refused("NoSuchBucket", status=404):
            call(Bucket=f"{bucket}-none", Key="k", UploadId=upload)
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    for call in calls:
        with refused("NoSuchUpload", NO_UPLOAD, 404):
            call(Bucket=bucket, Key="k", UploadId=upload)


@pytest.mark.parametrize("number", [0, -1, 10001])
def test_part_numbers_out_of_bounds(s3, bucket, number):
    upload = begin(s3, bucket, "k")
    for body in (b"short", body_of(100000)):
        with refused("InvalidArgument", NUMBER, 400):
            send(s3, bucket, "k", upload, number, body)


def test_half_of_what_names_a_part_makes_no_object(account, s3, bucket):
    upload = begin(s3, bucket, "k")
    for query, text in (("partNumber=1", "partNumber without uploadId"),
                        (f"uploadId={upload}", "uploadId without partNumber")):
        for body in (b"short", body_of(100000)):
            answer = s3_request(account, "PUT", f"/{bucket}/k?{query}", body=body)
            assert (answer.status, answer.code) == (400, "InvalidArgument")
            assert answer.message == f"This operation does not accept {text}"
    for number in ("", "x", "1.5", "99999999999999999999"):
        answer = s3_request(account, "PUT", f"/{bucket}/k?partNumber={number}&uploadId={upload}", body=b"x")
        assert (answer.status, answer.code, answer.message) == (400, "InvalidArgument", NUMBER)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert part_numbers(s3, bucket, "k", upload) == []


def test_beginnings_that_are_refused(s3, bucket):
    with refused("NoSuchBucket", status=404):
        begin(s3, f"{bucket}-none", "k")
    with refused("KeyTooLongError", status=400):
        begin(s3, bucket, "k" * 1025)
    with refused("InvalidStorageClass", status=400):
        begin(s3, bucket, "k", StorageClass="SOFT")
    with refused("MetadataTooLarge", status=400):
        begin(s3, bucket, "k", Metadata={"a": "x" * 2100})
    with refused("InvalidArgument", status=400):
        begin(s3, bucket, "k", Tagging="a=1&a=%ff")
    assert uploads_of(s3, bucket) == []
    long = "k" * 1024
    put_in_parts(s3, bucket, long, [b"long"])
    assert read(s3, bucket, long) == b"long"


# -- Permissions

def test_each_operation_needs_its_permission(account, bucket):
    root = account.client("s3")
    upload = begin(root, bucket, "k")
    part = send(root, bucket, "k", upload, 1, b"body")
    anyone = account.user(policy=policy(statement("s3:ListBucket"))).client("s3")
    for call, action in ((lambda: begin(anyone, bucket, "k"), "s3:PutObject"),
                         (lambda: send(anyone, bucket, "k", upload, 2, b"x"), "s3:PutObject"),
                         (lambda: send(anyone, bucket, "k", upload, 2, body_of(50000)), "s3:PutObject"),
                         (lambda: complete(anyone, bucket, "k", upload, [part]), "s3:PutObject"),
                         (lambda: part_numbers(anyone, bucket, "k", upload), "s3:ListMultipartUploadParts"),
                         (lambda: uploads_of(anyone, bucket), "s3:ListBucketMultipartUploads"),
                         (lambda: anyone.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload),
                          "s3:AbortMultipartUpload")):
        with denied(action):
            call()
    assert part_numbers(root, bucket, "k", upload) == [1]


def test_initiators(account, bucket):
    user = account.user(policy=policy("s3:*"))
    upload = begin(user.client("s3"), bucket, "k")
    canonical = account.client("s3").list_buckets()["Owner"]["ID"]
    listed = account.client("s3").list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert (listed["Initiator"]["ID"], listed["Owner"]["ID"]) == (user.arn, canonical)
    begin(account.client("s3"), bucket, "l")
    rows = account.client("s3").list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [row["Initiator"]["ID"] for row in rows] == [user.arn, canonical]
