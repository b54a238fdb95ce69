"""ListParts and ListMultipartUploads: order, pages, prefixes, delimiters."""
import pytest

from harness.multipart import begin, complete, part_numbers, put_in_parts, send, uploads_of
from harness.objects import body_of, make_bucket, md5_of, s3_request
from harness.refusals import refused


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def bucket(account):
    return make_bucket(account)


# -- Parts

def test_parts_as_they_are(s3, bucket):
    upload = begin(s3, bucket, "k", StorageClass="STANDARD_IA")
    answer = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert "Parts" not in answer and not answer["IsTruncated"]
    for number in (7, 1, 10000):
        send(s3, bucket, "k", upload, number, body_of(100 * number))
    answer = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert [(row["PartNumber"], row["Size"], row["ETag"]) for row in answer["Parts"]] == [
        (number, 100 * number, f'"{md5_of(body_of(100 * number))}"') for number in (1, 7, 10000)]
    assert (answer["Bucket"], answer["Key"], answer["UploadId"]) == (bucket, "k", upload)
    assert (answer["StorageClass"], answer["MaxParts"], answer["NextPartNumberMarker"]) == ("STANDARD_IA", 1000, 10000)


def test_pages_of_parts(s3, bucket):
    upload = begin(s3, bucket, "k")
    for number in range(2, 9):
        send(s3, bucket, "k", upload, number, b"x" * number)
    pages = s3.get_paginator("list_parts").paginate(Bucket=bucket, Key="k", UploadId=upload, PaginationConfig={"PageSize": 3})
    assert [[row["PartNumber"] for row in page["Parts"]] for page in pages] == [[2, 3, 4], [5, 6, 7], [8]]
    answer = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=2, PartNumberMarker=4)
    assert [row["PartNumber"] for row in answer["Parts"]] == [5, 6]
    assert (answer["IsTruncated"], answer["NextPartNumberMarker"], answer["PartNumberMarker"]) == (True, 6, 4)
    assert part_numbers(s3, bucket, "k", upload, PartNumberMarker=8) == []
    answer = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=7)
    assert not answer["IsTruncated"]
    answer = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=0)
    assert "Parts" not in answer and not answer["IsTruncated"]
    assert s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=5000)["MaxParts"] == 1000


@pytest.mark.parametrize("query", ["max-parts=-1", "max-parts=2147483648", "part-number-marker=-1", "max-parts=x"])
def test_malformed_pages_of_parts(account, s3, bucket, query):
    upload = begin(s3, bucket, "k")
    answer = s3_request(account, "GET", f"/{bucket}/k?{query}&uploadId={upload}")
    assert (answer.status, answer.code) == (400, "InvalidArgument")


# -- Uploads

def test_uploads_come_by_key_and_then_as_they_began(s3, bucket):
    begun = [(key, begin(s3, bucket, key)) for key in ("b", "a", "b", "c", "b", "a/x", "B")]
    assert len({upload for _, upload in begun}) == len(begun)
    assert uploads_of(s3, bucket) == sorted(begun, key=lambda row: row[0].encode())
    s3.put_object(Bucket=bucket, Key="b", Body=b"an object")
    s3.abort_multipart_upload(Bucket=bucket, Key="b", UploadId=begun[2][1])
    put_in_parts(s3, bucket, "d", [b"done"])
    assert uploads_of(s3, bucket) == sorted(begun[:2] + begun[3:], key=lambda row: row[0].encode())


def test_what_is_told_of_an_upload(s3, bucket):
    upload = begin(s3, bucket, "k", StorageClass="GLACIER", ChecksumAlgorithm="SHA256")
    [row] = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert (row["Key"], row["UploadId"], row["StorageClass"], row["ChecksumAlgorithm"]) == ("k", upload, "GLACIER", "SHA256")
    assert row["Owner"]["ID"] == row["Initiator"]["ID"] == s3.list_buckets()["Owner"]["ID"]
    assert row["Initiated"]


def test_pages_of_uploads(s3, bucket):
    begun = sorted(((key, begin(s3, bucket, key)) for key in ("a", "b", "b", "b", "c", "k" * 700, "k" * 700)),
                   key=lambda row: row[0])
    for size in (1, 2, 3, 7, 1000):
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        pages = [[(row["Key"], row["UploadId"]) for row in page.get("Uploads", [])] for page in pages]
        assert [row for page in pages for row in page] == begun
        assert all(len(page) == size for page in pages[:-1])
    answer = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=2)
    assert (answer["IsTruncated"], answer["MaxUploads"]) == (True, 2)
    assert (answer["NextKeyMarker"], answer["NextUploadIdMarker"]) == begun[1]
    assert uploads_of(s3, bucket, KeyMarker="b") == begun[4:]
    assert uploads_of(s3, bucket, KeyMarker="b", UploadIdMarker=begun[2][1]) == begun[3:]
    assert uploads_of(s3, bucket, UploadIdMarker=begun[2][1]) == begun, "without a key it says nothing"
    s3.abort_multipart_upload(Bucket=bucket, Key="b", UploadId=begun[2][1])
    assert uploads_of(s3, bucket, KeyMarker="b", UploadIdMarker=begun[2][1]) == begun[3:], "it need not be there"
    assert uploads_of(s3, bucket, MaxUploads=0) == []


def test_prefixes_and_delimiters(s3, bucket):
    begun = {key: begin(s3, bucket, key) for key in ("a/1", "a/2", "a/b/3", "c", "d/4", "ä b")}
    answer = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [row["Prefix"] for row in answer["CommonPrefixes"]] == ["a/", "d/"]
    assert [row["Key"] for row in answer["Uploads"]] == ["c", "ä b"]
    answer = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", Prefix="a/")
    assert [row["Prefix"] for row in answer["CommonPrefixes"]] == ["a/b/"]
    assert [(row["Key"], row["UploadId"]) for row in answer["Uploads"]] == [(key, begun[key]) for key in ("a/1", "a/2")]
    assert (answer["Prefix"], answer["Delimiter"]) == ("a/", "/")
    items, marker = [], {}
    while True:
        answer = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=1, **marker)
        items += [row["Prefix"] for row in answer.get("CommonPrefixes", [])] + [row["Key"] for row in answer.get("Uploads", [])]
        if not answer["IsTruncated"]:
            break
        marker = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer.get("NextUploadIdMarker", "")}
    assert items == ["a/", "c", "d/", "ä b"]


def test_keys_in_url_encoding(account, s3, bucket):
    begin(s3, bucket, "a b/ü\n")
    answer = s3_request(account, "GET", f"/{bucket}?encoding-type=url&prefix=a%20b&uploads=")
    assert (answer.status, "<Key>a%20b/%C3%BC%0A</Key>" in answer.text) == (200, True), answer.text
    assert "<Prefix>a%20b</Prefix>" in answer.text


@pytest.mark.parametrize("query", ["max-uploads=-1", "max-uploads=2147483648", "key-marker=a&upload-id-marker=nonsense",
                                   "encoding-type=other", "max-uploads=x"])
def test_malformed_pages_of_uploads(account, bucket, query):
    answer = s3_request(account, "GET", f"/{bucket}?{query}&uploads=")
    assert (answer.status, answer.code) == (400, "InvalidArgument")


def test_uploads_of_no_bucket(s3, bucket):
    with refused("NoSuchBucket", status=404):
        s3.list_multipart_uploads(Bucket=f"{bucket}-none")


def test_uploads_are_no_objects(s3, bucket):
    upload = begin(s3, bucket, "k")
    part = send(s3, bucket, "k", upload, 1, b"body")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)
    complete(s3, bucket, "k", upload, [part])
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
