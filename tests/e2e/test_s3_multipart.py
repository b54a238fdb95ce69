"""Uploads in parts: begun, sent, put together; what is read of the whole."""
import io
import threading

import pytest
from boto3.s3.transfer import TransferConfig

from harness.multipart import (PART_MIN, begin, complete, complete_raw, etag_of, part_list, part_numbers, put_in_parts,
                               send, uploads_of)
from harness.objects import body_of, make_bucket, md5_of, read, versions_of
from harness.refusals import refused

NO_UPLOAD = ("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
             "completed.")


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def bucket(account):
    return make_bucket(account)


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
