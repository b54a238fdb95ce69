"""boto3 on S3: over http, where checksums are headers and payloads are hashed, and over https, where bodies are
aws-chunked and checksums come behind them; its transfer manager; its presigned URLs."""
import base64
import hashlib
import io
import os
import re
import subprocess
import zlib

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from harness import raw
from harness.account import make_client
from harness.buckets import new_bucket
from harness.trees import MIB, SIZES, get_objects, list_keys, odd_files, put_objects, same
from harness.tls import tls_client
from harness.wiretap import Wiretap

ALGORITHMS = ("CRC32", "SHA1", "SHA256")  # CRC32C wants a library that Debian does not have


@pytest.fixture(params=["http", "https"])
def both(request, account, tls_account, certificate):
    """(account, client) over each."""
    if request.param == "http":
        return account, account.client("s3")
    return tls_account, tls_client(tls_account, certificate)


# -- Over each

def test_every_size_and_every_odd_name(both):
    account, s3 = both
    bucket, files = new_bucket(account), odd_files()
    put_objects(s3, bucket, files)
    same(get_objects(s3, bucket), files)
    assert {row["Key"]: row["ETag"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]} == {
        name: f'"{hashlib.md5(data).hexdigest()}"' for name, data in files.items()}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("size", SIZES)
def test_checksums_are_kept_and_proven(both, algorithm, size):
    """botocore proves what comes back against the checksum, when it is told to want one."""
    account, s3 = both
    bucket, data = new_bucket(account), os.urandom(size)
    sums = {"CRC32": zlib.crc32(data).to_bytes(4, "big"), "SHA1": hashlib.sha1(data).digest(),
            "SHA256": hashlib.sha256(data).digest()}
    put = s3.put_object(Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm=algorithm)
    assert put[f"Checksum{algorithm}"] == base64.b64encode(sums[algorithm]).decode()
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == data
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]


@pytest.mark.parametrize("size", SIZES)
def test_the_transfer_manager(both, tmp_path, size):
    account, s3 = both
    bucket, data = new_bucket(account), os.urandom(size)
    s3.upload_fileobj(io.BytesIO(data), bucket, "a b/ü")
    s3.download_file(bucket, "a b/ü", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data
    etag = s3.head_object(Bucket=bucket, Key="a b/ü")["ETag"]
    assert (re.fullmatch(r'"[0-9a-f]{32}-3"', etag) is not None) == (size == 20 * MIB)


def test_the_transfer_manager_in_parts_with_checksums(both, tmp_path):
    account, s3 = both
    bucket, data = new_bucket(account), os.urandom(12 * MIB + 1)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(data), bucket, "k", Config=config, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    s3.download_file(bucket, "k", str(tmp_path / "back"), Config=config)
    assert (tmp_path / "back").read_bytes() == data
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    parts = [hashlib.sha256(data[at:at + 5 * MIB]).digest() for at in range(0, len(data), 5 * MIB)]
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"".join(parts)).digest()).decode() + "-3"


def test_the_transfer_manager_copies_in_parts(both):
    account, s3 = both
    bucket, data = new_bucket(account), os.urandom(12 * MIB + 1)
    s3.put_object(Bucket=bucket, Key="from here", Body=data)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.copy({"Bucket": bucket, "Key": "from here"}, bucket, "to/there", Config=config)
    assert s3.get_object(Bucket=bucket, Key="to/there")["Body"].read() == data


def test_ranges(both):
    account, s3 = both
    bucket, data = new_bucket(account), os.urandom(3 * MIB + 5)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    for spec, part in (("0-0", data[:1]), ("65535-65536", data[65535:65537]), ("1000000-", data[1000000:]),
                       ("-1", data[-1:]), ("-9999999", data), ("5-9999999", data[5:])):
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={spec}")
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206 and got["Body"].read() == part, spec
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={len(data)}-")


def test_presigned_urls(both, tmp_path, certificate):
    account, s3 = both
    bucket, data = new_bucket(account), os.urandom(20000)
    signer = make_client(account.server, "s3", account.root, endpoint=s3.meta.endpoint_url, signature_version="s3v4")
    more = ["--cacert", certificate[0]]
    for method, call, arguments in (("PUT", "put_object", ["-X", "PUT", "--data-binary", "@-"]),
                                    ("GET", "get_object", [])):
        url = signer.generate_presigned_url(call, Params={"Bucket": bucket, "Key": "a b/ü"}, ExpiresIn=60)
        done = subprocess.run(["curl", "-sSf", *more, *arguments, "-H", "Content-Type:", url], input=data,
                              capture_output=True, check=True, timeout=60)
        assert done.stdout == (data if method == "GET" else b"")
    assert list_keys(s3, bucket) == ["a b/ü"]


def test_deleting_many(both):
    account, s3 = both
    bucket, files = new_bucket(account), {f"é {number}": b"x" for number in range(101)}
    put_objects(s3, bucket, files)
    keys = list_keys(s3, bucket)
    assert sorted(keys) == sorted(files)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys[:100]], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer
    assert list_keys(s3, bucket) == keys[100:]


# -- On the wire

@pytest.mark.parametrize("size", [0, 1, 16385, MIB])
def test_over_https_bodies_are_chunked_and_checksums_come_behind_them(tls_account, certificate, size):
    bucket, data = new_bucket(tls_account), os.urandom(size)
    with Wiretap(tls_account.server.tls_endpoint, certificate) as tap:
        s3 = tls_client(tls_account, certificate, endpoint=tap.endpoint)
        s3.put_object(Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm="CRC32")
        head, _, body = tap.sent.partition(b"\r\n\r\n")
        head = head.lower()
        for line in (b"content-encoding: aws-chunked", b"x-amz-trailer: x-amz-checksum-crc32",
                     b"x-amz-content-sha256: streaming-unsigned-payload-trailer",
                     b"x-amz-decoded-content-length: %d" % size):
            assert line in head, line
        assert b"x-amz-checksum-crc32:" not in head
        end = b"0\r\nx-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(data).to_bytes(4, "big")) + b"\r\n\r\n"
        assert end in body
        got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert got["Body"].read() == data and "ContentEncoding" not in got


def test_over_http_the_payload_is_hashed_and_the_checksum_is_a_header(account):
    bucket, data = new_bucket(account), os.urandom(20000)
    with Wiretap(account.server.endpoint) as tap:
        make_client(account.server, "s3", account.root, endpoint=tap.endpoint).put_object(
            Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm="CRC32")
        head = tap.sent.partition(b"\r\n\r\n")[0].lower()
    assert b"aws-chunked" not in head and b"x-amz-checksum-crc32: " in head
    assert b"x-amz-content-sha256: " + hashlib.sha256(data).hexdigest().encode() in head


def test_addresses_by_the_buckets_name(account):
    """bucket.localhost, as virtual-hosted addresses are."""
    bucket, data = new_bucket(account), os.urandom(1000)
    host = f"{bucket}.s3.localhost:{account.server.address[1]}"
    assert raw.signed(account.server, account.root, "s3", data, method="PUT", target="/a%20b", host=host).status == 200
    assert get_objects(account.client("s3"), bucket) == {"a b": data}


@pytest.mark.parametrize("given, kept", [("gzip", "gzip"), ("gzip, br", "gzip,br"), ("aws-chunked", None)])
def test_how_the_body_came_is_no_encoding_of_the_object(account, given, kept):
    """Debian's boto3 forgets the object's own when it sends chunks: the SDK for JavaScript shows both together."""
    bucket, s3 = new_bucket(account), account.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ContentEncoding=given)
    assert s3.head_object(Bucket=bucket, Key="k").get("ContentEncoding") == kept
