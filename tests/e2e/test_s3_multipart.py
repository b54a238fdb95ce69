"""Uploads in parts: begun, sent, put together, given up; what is read of the whole; what is refused."""
import io
import threading

import pytest
from boto3.s3.transfer import TransferConfig

from harness.account import policy, statement
from harness.multipart import (PART_MIN, begin, complete, etag_of, part_numbers, put_in_parts, send, uploads_of)
from harness.objects import body_of, make_bucket, md5_of, read, s3_request, versions_of
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


def complete_raw(account, bucket, key, upload, body, headers=None):
    """With headers that the installed SDK does not know, or another body."""
    return s3_request(account, "POST", f"/{bucket}/{key}?uploadId={upload}", headers, body)


def part_list(*parts):
    rows = "".join(f"<Part><PartNumber>{part['PartNumber']}</PartNumber><ETag>{part['ETag']}</ETag></Part>" for part in parts)
    return f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()


# -- The whole

def test_parts_become_an_object(s3, bucket):
    bodies = [body_of(PART_MIN, 1), body_of(PART_MIN + 4097, 2), b"the end"]
    upload = begin(s3, bucket, "a key/ü", ContentType="text/plain", Metadata={"color": "red"}, Tagging="a=1&b=2",
                   StorageClass="STANDARD_IA")
    parts = [send(s3, bucket, "a key/ü", upload, number, body) for number, body in enumerate(bodies, 1)]
    assert [part["ETag"] for part in parts] == [f'"{md5_of(body)}"' for body in bodies]
    with refused("NoSuchKey", status=404):
        s3.get_object(Bucket=bucket, Key="a key/ü")
    answer = complete(s3, bucket, "a key/ü", upload, parts)
    assert answer["ETag"] == etag_of(bodies)
    assert (answer["Bucket"], answer["Key"], answer["ServerSideEncryption"]) == (bucket, "a key/ü", "AES256")
    assert answer["Location"] == f"https://{bucket}.s3.us-east-1.amazonaws.com/a%20key%2F%C3%BC"
    assert "VersionId" not in answer
    got = s3.get_object(Bucket=bucket, Key="a key/ü")
    assert got["Body"].read() == b"".join(bodies)
    assert (got["ETag"], got["ContentType"], got["Metadata"]) == (answer["ETag"], "text/plain", {"color": "red"})
    assert (got["StorageClass"], got["TagCount"]) == ("STANDARD_IA", 2)
    assert uploads_of(s3, bucket) == []


def test_ranges_and_parts_of_the_whole(s3, bucket):
    """Numbers may have gaps; what is read crosses the parts' borders."""
    bodies = [body_of(PART_MIN + 1, 1), body_of(PART_MIN + 70001, 2), body_of(333, 3)]
    put_in_parts(s3, bucket, "k", bodies, numbers=[3, 700, 10000])
    whole = b"".join(bodies)
    first, second = PART_MIN + 1, 2 * PART_MIN + 70002
    for start, end in ((0, 0), (first - 1, first), (first, first), (first - 5, second + 5), (second - 1, second),
                       (second, len(whole) - 1), (0, len(whole) - 1), (first + 65535, first + 65537)):
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={start}-{end}")
        assert got["Body"].read() == whole[start:end + 1]
        assert got["ContentRange"] == f"bytes {start}-{end}/{len(whole)}"
    assert read(s3, bucket, "k", Range="bytes=-400") == whole[-400:]
    for number, body in enumerate(bodies, 1):
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=number)
        assert (got["PartsCount"], got["ResponseMetadata"]["HTTPStatusCode"]) == (3, 206)
        assert got["Body"].read() == body
        assert s3.head_object(Bucket=bucket, Key="k", PartNumber=number)["ContentLength"] == len(body)
    with refused("InvalidPartNumber", "The requested partnumber is not satisfiable", 416):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=4)


def test_one_small_part_and_one_empty(s3, bucket):
    assert put_in_parts(s3, bucket, "small", [b"x"])["ETag"] == etag_of([b"x"])
    assert read(s3, bucket, "small") == b"x"
    assert put_in_parts(s3, bucket, "empty", [b""])["ETag"] == etag_of([b""])
    assert read(s3, bucket, "empty") == b""
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Size"] == 0


def test_a_part_sent_again_takes_the_place_of_the_former(s3, bucket):
    upload = begin(s3, bucket, "k")
    former = send(s3, bucket, "k", upload, 1, body_of(PART_MIN, 1))
    last = send(s3, bucket, "k", upload, 2, b"last")
    again = send(s3, bucket, "k", upload, 1, body_of(PART_MIN + 5, 2))
    with refused("InvalidPart", status=400):
        complete(s3, bucket, "k", upload, [former, last])
    complete(s3, bucket, "k", upload, [again, last])
    assert read(s3, bucket, "k") == body_of(PART_MIN + 5, 2) + b"last"


def test_parts_that_are_not_named_are_left_out(s3, bucket):
    upload = begin(s3, bucket, "k")
    parts = [send(s3, bucket, "k", upload, number, body_of(20000, number)) for number in (1, 2, 3, 4)]
    assert part_numbers(s3, bucket, "k", upload) == [1, 2, 3, 4]
    complete(s3, bucket, "k", upload, parts[2:3])
    assert read(s3, bucket, "k") == body_of(20000, 3)
    assert s3.head_object(Bucket=bucket, Key="k", PartNumber=1)["PartsCount"] == 1


def test_completed_again_it_answers_the_same(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    upload = begin(s3, bucket, "k")
    parts = [send(s3, bucket, "k", upload, 1, b"body")]
    first, second = (complete(s3, bucket, "k", upload, parts) for _ in range(2))
    assert (first["ETag"], first["VersionId"]) == (second["ETag"], second["VersionId"])
    assert versions_of(s3, bucket, "k") == [(first["VersionId"], False)]
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    with refused("NoSuchUpload", NO_UPLOAD, 404):
        complete(s3, bucket, "k", upload, parts)
    assert read(s3, bucket, "k") == b"newer"
    assert read(s3, bucket, "k", VersionId=first["VersionId"]) == b"body"


def test_two_at_once_make_one_version(account, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    upload = begin(s3, bucket, "k")
    parts = [send(s3, bucket, "k", upload, 1, body_of(PART_MIN)), send(s3, bucket, "k", upload, 2, b"end")]
    answers, start = [], threading.Barrier(2)

    def run():
        client = account.client("s3")
        start.wait()
        answers.append(complete(client, bucket, "k", upload, parts))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    assert {answer["ETag"] for answer in answers} == {etag_of([body_of(PART_MIN), b"end"])}
    assert [(answers[0]["VersionId"], False)] == versions_of(s3, bucket, "k")
    assert read(s3, bucket, "k") == body_of(PART_MIN) + b"end"


def test_without_versions_it_takes_the_place_of_what_was_there(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"former")
    put_in_parts(s3, bucket, "k", [b"in parts"])
    assert read(s3, bucket, "k") == b"in parts"
    s3.put_object(Bucket=bucket, Key="k", Body=b"later")
    assert read(s3, bucket, "k") == b"later"
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_conditions_on_what_is_there(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"there")
    upload = begin(s3, bucket, "k")
    data = part_list(send(s3, bucket, "k", upload, 1, b"body"))
    for headers in ({"If-None-Match": "*"}, {"If-Match": f'"{md5_of(b"other")}"'}):
        answer = complete_raw(account, bucket, "k", upload, data, headers)
        assert (answer.status, answer.code) == (412, "PreconditionFailed")
    assert read(s3, bucket, "k") == b"there"
    assert complete_raw(account, bucket, "k", upload, data, {"If-Match": f'"{md5_of(b"there")}"'}).status == 200
    assert read(s3, bucket, "k") == b"body"


@pytest.mark.parametrize("threads", [True, False])
def test_the_transfer_manager(s3, bucket, tmp_path, threads):
    body = body_of(17 * 1024 * 1024 + 11)
    (tmp_path / "up").write_bytes(body)
    config = TransferConfig(multipart_threshold=PART_MIN, multipart_chunksize=PART_MIN, use_threads=threads)
    s3.upload_file(str(tmp_path / "up"), bucket, "big", Config=config, ExtraArgs={"Metadata": {"a": "b"}})
    head = s3.head_object(Bucket=bucket, Key="big")
    assert (head["ContentLength"], head["Metadata"]) == (len(body), {"a": "b"})
    assert head["ETag"].endswith('-4"')
    s3.download_file(bucket, "big", str(tmp_path / "down"), Config=config)
    assert (tmp_path / "down").read_bytes() == body
    target = io.BytesIO()
    s3.download_fileobj(bucket, "big", target, Config=config)
    assert target.getvalue() == body


# -- What is refused at the end

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
