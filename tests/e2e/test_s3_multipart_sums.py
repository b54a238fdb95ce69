"""Uploads in parts: checksums of the parts and of the whole, and encryption of every kind."""
import base64
import hashlib
import json
import zlib

import pytest

from harness.account import Account, policy, statement
from harness.multipart import PART_MIN, begin, complete, composite, etag_of, part_numbers, put_in_parts, send
from harness.objects import body_of, customer_key, make_bucket, md5_of, read, s3_request
from harness.refusals import refused
from harness.server import Server

BODIES = [body_of(PART_MIN + 7, 1), b"the end"]


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def bucket(account):
    return make_bucket(account)


@pytest.fixture(scope="module")
def tls_server():
    with Server(arguments=["--tls-listen", "127.0.0.1:0"]) as running:
        yield running


@pytest.fixture
def tls_s3(tls_server, home):
    account = Account.create(tls_server, home)
    authority = next(path for path in tls_server.data.rglob("*ca*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes())
    return account.client("s3", endpoint=tls_server.tls_endpoint, verify=str(authority))


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def raw_begin(account, bucket, **headers):
    """With headers that the installed SDK does not know."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return s3_request(account, "POST", f"/{bucket}/k?uploads", headers)


def raw_upload(account, bucket, **headers):
    answer = raw_begin(account, bucket, **headers)
    assert answer.status == 200, answer.text
    return answer.text.split("<UploadId>")[1].split("<")[0]


def raw_complete(account, bucket, upload, parts, **headers):
    rows = "".join("<Part>" + "".join(f"<{name}>{value}</{name}>" for name, value in part.items()) + "</Part>"
                   for part in parts)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return s3_request(account, "POST", f"/{bucket}/k?uploadId={upload}", headers,
                      f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode())


# -- Checksums

@pytest.mark.parametrize("algorithm", ["SHA256", "SHA1"])
def test_composite_of_hashes(s3, bucket, algorithm):
    upload = begin(s3, bucket, "k", ChecksumAlgorithm=algorithm)
    parts = [send(s3, bucket, "k", upload, number, body, ChecksumAlgorithm=algorithm)
             for number, body in enumerate(BODIES, 1)]
    name = f"Checksum{algorithm}"
    hashed = [base64.b64encode(hashlib.new(algorithm, body).digest()).decode() for body in BODIES]
    assert [part[name] for part in parts] == hashed
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert [part[name] for part in listed["Parts"]] == hashed
    assert listed["ChecksumAlgorithm"] == algorithm
    missing = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    with refused("InvalidRequest", f"The upload was created using a {algorithm.lower()} checksum. The complete request "
                                   "must include the checksum for each part. It was missing for part 1 in the request.", 400):
        complete(s3, bucket, "k", upload, missing)
    with refused("InvalidPart", status=400):
        complete(s3, bucket, "k", upload, [{**parts[0], name: hashed[1]}, parts[1]])
    answer = complete(s3, bucket, "k", upload, parts)
    assert answer[name] == composite(algorithm, BODIES)
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head[name] == answer[name]
    assert head["ResponseMetadata"]["HTTPHeaders"]["x-amz-checksum-type"] == "COMPOSITE"
    assert read(s3, bucket, "k", ChecksumMode="ENABLED") == b"".join(BODIES)
    for number, body in enumerate(BODIES, 1):
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=number, ChecksumMode="ENABLED")
        assert (got[name], got["Body"].read()) == (hashed[number - 1], body)
    assert name not in s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-9", ChecksumMode="ENABLED")


@pytest.mark.parametrize("numbers", [(2, 3), (1, 3)])
def test_composites_leave_no_number_out(s3, bucket, numbers):
    upload = begin(s3, bucket, "k", ChecksumAlgorithm="SHA256")
    parts = [send(s3, bucket, "k", upload, number, body, ChecksumAlgorithm="SHA256")
             for number, body in zip(numbers, BODIES)]
    with refused("InvalidPartOrder", status=400):
        complete(s3, bucket, "k", upload, parts)
    assert part_numbers(s3, bucket, "k", upload) == list(numbers)


def test_composite_of_crcs(s3, bucket):
    answer = put_in_parts(s3, bucket, "k", BODIES, sent={"ChecksumAlgorithm": "CRC32"}, ChecksumAlgorithm="CRC32")
    sums = b"".join(zlib.crc32(body).to_bytes(4, "big") for body in BODIES)
    assert answer["ChecksumCRC32"] == f"{crc32(sums)}-2"


@pytest.mark.parametrize("algorithm", ["SHA512", "MD5"])
def test_composite_of_hashes_that_the_sdk_does_not_know(account, s3, bucket, algorithm):
    upload = raw_upload(account, bucket, x_amz_checksum_algorithm=algorithm)
    hashed = base64.b64encode(hashlib.new(algorithm, b"body").digest()).decode()
    answer = s3_request(account, "PUT", f"/{bucket}/k?partNumber=1&uploadId={upload}",
                        {f"x-amz-checksum-{algorithm.lower()}": hashed}, b"body")
    assert (answer.status, answer.headers[f"x-amz-checksum-{algorithm.lower()}"]) == (200, hashed)
    part = {"PartNumber": 1, "ETag": answer.headers["etag"], f"Checksum{algorithm}": hashed}
    answer = raw_complete(account, bucket, upload, [part])
    assert f"<Checksum{algorithm}>{composite(algorithm, [b'body'])}<" in answer.text
    assert read(s3, bucket, "k") == b"body"


def test_of_the_whole_object(account, s3, bucket):
    upload = raw_upload(account, bucket, x_amz_checksum_algorithm="CRC32", x_amz_checksum_type="FULL_OBJECT")
    parts = [send(s3, bucket, "k", upload, 1, BODIES[0]),
             send(s3, bucket, "k", upload, 2, BODIES[1], ChecksumAlgorithm="CRC32")]
    assert [part["ChecksumCRC32"] for part in parts] == [crc32(body) for body in BODIES]
    whole = crc32(b"".join(BODIES))
    answer = raw_complete(account, bucket, upload, parts, x_amz_checksum_crc32=crc32(b"other"))
    assert (answer.status, answer.code) == (400, "BadDigest")
    assert answer.message == "The crc32 you specified did not match the calculated checksum."
    answer = raw_complete(account, bucket, upload, parts, x_amz_checksum_type="COMPOSITE")
    assert (answer.status, answer.code) == (400, "InvalidRequest")
    answer = raw_complete(account, bucket, upload, parts, x_amz_checksum_crc32=whole, x_amz_checksum_type="FULL_OBJECT")
    assert (answer.status, f"<ChecksumCRC32>{whole}<" in answer.text) == (200, True)
    headers = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-amz-checksum-crc32"], headers["x-amz-checksum-type"]) == (whole, "FULL_OBJECT")


def test_without_asking_it_has_the_usual_one(account, s3, bucket):
    """CRC64NVME of the whole, as of an object that was put at once."""
    put_in_parts(s3, bucket, "k", BODIES)
    s3.put_object(Bucket=bucket, Key="l", Body=b"".join(BODIES))
    of_parts, of_one = (s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")["ResponseMetadata"]["HTTPHeaders"]
                        for key in ("k", "l"))
    assert of_parts["x-amz-checksum-crc64nvme"] == of_one["x-amz-checksum-crc64nvme"]
    assert of_parts["x-amz-checksum-type"] == "FULL_OBJECT"


@pytest.mark.parametrize("headers, text", [
    ({"x_amz_checksum_type": "COMPOSITE"},
     "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."),
    ({"x_amz_checksum_type": "FULL_OBJECT", "x_amz_checksum_algorithm": "SHA256"},
     "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm."),
    ({"x_amz_checksum_type": "COMPOSITE", "x_amz_checksum_algorithm": "CRC64NVME"},
     "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."),
])
def test_checksums_that_cannot_be(account, bucket, headers, text):
    answer = raw_begin(account, bucket, **headers)
    assert (answer.status, answer.code, answer.message) == (400, "InvalidRequest", text)


def test_parts_with_another_checksum(s3, bucket):
    upload = begin(s3, bucket, "k", ChecksumAlgorithm="SHA256")
    words = "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}"
    with refused("InvalidRequest", words.format("sha256", "crc32"), 400):
        send(s3, bucket, "k", upload, 1, b"body", ChecksumAlgorithm="CRC32")
    with refused("InvalidRequest", words.format("sha256", "null"), 400):
        send(s3, bucket, "k", upload, 1, b"body")
    with refused("InvalidRequest", words.format("null", "sha1"), 400):
        send(s3, bucket, "l", begin(s3, bucket, "l"), 1, body_of(100000), ChecksumAlgorithm="SHA1")
    with refused("BadDigest", status=400):
        send(s3, bucket, "k", upload, 1, b"body", ChecksumSHA256=base64.b64encode(bytes(32)).decode())
    with refused("BadDigest", status=400):
        send(s3, bucket, "k", upload, 1, body_of(100000), ContentMD5=base64.b64encode(bytes(16)).decode(),
             ChecksumAlgorithm="SHA256")
    assert part_numbers(s3, bucket, "k", upload) == []


# -- SSE-KMS

def test_under_a_key_of_kms(account, s3, bucket):
    """What is uploaded is opened and sealed in the name of who uploads; the ETag tells nothing of the content."""
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    user = account.user(policy=policy("s3:*", statement(["kms:Decrypt", "kms:GenerateDataKey"], resource=key)))
    mine = user.client("s3")
    upload = mine.create_multipart_upload(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
                                          BucketKeyEnabled=True)
    assert (upload["ServerSideEncryption"], upload["SSEKMSKeyId"], upload["BucketKeyEnabled"]) == ("aws:kms", key, True)
    parts = [send(mine, bucket, "k", upload["UploadId"], number, body) for number, body in enumerate(BODIES, 1)]
    assert [part["ETag"] for part in parts] != [f'"{md5_of(body)}"' for body in BODIES]
    answer = complete(mine, bucket, "k", upload["UploadId"], parts)
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == ("aws:kms", key, True)
    assert answer["ETag"] != etag_of(BODIES) and answer["ETag"].endswith('-2"')
    assert read(mine, bucket, "k") == b"".join(BODIES)
    account.client("kms").describe_key(KeyId=key)
    account.event("DescribeKey")
    calls = [row["eventName"] for row in account.events() if row["eventName"] in ("Decrypt", "GenerateDataKey")]
    assert sorted(calls) == ["Decrypt"] * 3 + ["GenerateDataKey"], "one a part, one a reader"


def test_who_may_not_use_the_key(account, s3, bucket):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    options = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    upload = begin(s3, bucket, "k", **options)
    part = send(s3, bucket, "k", upload, 1, b"body")
    user = account.user(policy=policy("s3:*")).client("s3")
    with refused("AccessDenied", status=403):
        begin(user, bucket, "l", **options)
    for body in (b"short", body_of(100000)):
        with refused("AccessDenied", status=403):
            send(user, bucket, "k", upload, 2, body)
    maker = account.user(policy=policy("s3:*", "kms:GenerateDataKey")).client("s3")
    mine = begin(maker, bucket, "l", **options)
    with refused("AccessDenied", status=403):
        send(maker, bucket, "l", mine, 1, b"body")
    complete(user, bucket, "k", upload, [part])
    assert read(s3, bucket, "k") == b"body"
    with refused("AccessDenied", status=403):
        read(user, bucket, "k")


def test_with_checksums_to_compare_the_key_is_asked_for(account, s3, bucket):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    upload = begin(s3, bucket, "k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, ChecksumAlgorithm="SHA256")
    part = send(s3, bucket, "k", upload, 1, b"body", ChecksumAlgorithm="SHA256")
    with refused("AccessDenied", status=403):
        complete(account.user(policy=policy("s3:*")).client("s3"), bucket, "k", upload, [part])
    complete(s3, bucket, "k", upload, [part])
    assert read(s3, bucket, "k") == b"body"


def test_by_the_default_of_the_bucket(account, s3, bucket):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    put_in_parts(s3, bucket, "k", BODIES)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    context = base64.b64encode(json.dumps({"team": "red"}).encode()).decode()
    put_in_parts(s3, bucket, "l", [b"x"], ServerSideEncryption="aws:kms", SSEKMSKeyId=key, SSEKMSEncryptionContext=context)
    assert read(s3, bucket, "l") == b"x"


# -- SSE-C

def test_under_the_customers_key(tls_s3):
    bucket = "parts-under-a-customers-key"
    tls_s3.create_bucket(Bucket=bucket)
    upload = tls_s3.create_multipart_upload(Bucket=bucket, Key="k", **customer_key(1))
    assert upload["SSECustomerAlgorithm"] == "AES256"
    upload = upload["UploadId"]
    with refused("InvalidRequest", "The multipart upload initiate requested encryption. Subsequent part requests must "
                                   "include the appropriate encryption parameters.", 400):
        send(tls_s3, bucket, "k", upload, 1, b"body")
    with refused("InvalidRequest", "The provided encryption parameters did not match the ones used originally.", 400):
        send(tls_s3, bucket, "k", upload, 1, b"body", **customer_key(2))
    parts = [send(tls_s3, bucket, "k", upload, number, body, **customer_key(1)) for number, body in enumerate(BODIES, 1)]
    answer = complete(tls_s3, bucket, "k", upload, parts)
    assert answer["ETag"] != etag_of(BODIES) and answer["ETag"].endswith('-2"')
    assert read(tls_s3, bucket, "k", **customer_key(1)) == b"".join(BODIES)
    assert read(tls_s3, bucket, "k", Range="bytes=5242880-5242900", **customer_key(1)) == b"".join(BODIES)[5242880:5242901]
    with refused("InvalidRequest", status=400):
        tls_s3.get_object(Bucket=bucket, Key="k")
    plain = begin(tls_s3, bucket, "l")
    with refused("InvalidRequest", "The multipart upload initiate did not request encryption. Please resend the request "
                                   "without sending encryption parameters.", 400):
        send(tls_s3, bucket, "l", plain, 1, b"body", **customer_key(1))


def spelled_key(number):
    """As the SDK sends it: this version of it does not do so itself for CompleteMultipartUpload."""
    key = bytes([number]) * 32
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": base64.b64encode(key).decode(),
            "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode()}


def test_the_customers_key_again_where_checksums_are_compared(tls_s3):
    bucket = "sums-under-a-customers-key"
    tls_s3.create_bucket(Bucket=bucket)
    upload = begin(tls_s3, bucket, "k", ChecksumAlgorithm="SHA256", **customer_key(1))
    parts = [send(tls_s3, bucket, "k", upload, 1, b"body", ChecksumAlgorithm="SHA256", **customer_key(1))]
    with refused("InvalidRequest", "The multipart upload initiate requested encryption. Subsequent part requests must "
                                   "include the appropriate encryption parameters.", 400):
        complete(tls_s3, bucket, "k", upload, parts)
    with refused("InvalidRequest", "The provided encryption parameters did not match the ones used originally.", 400):
        complete(tls_s3, bucket, "k", upload, parts, **spelled_key(2))
    answer = complete(tls_s3, bucket, "k", upload, parts, **spelled_key(1))
    assert answer["ChecksumSHA256"] == composite("sha256", [b"body"])
    assert read(tls_s3, bucket, "k", **customer_key(1)) == b"body"
