"""What S3 says of requests that are not as they should be: by where it stands what is wrong, and whether the body adds up.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
import base64
import hashlib
import itertools
import zlib

import pytest

from harness import raw

_numbers = itertools.count(1)
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
TAGGING = b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
NEEDS_SUM = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"


@pytest.fixture
def bucket(account):
    name = f"input-{account.id}-{next(_numbers)}"
    account.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def call(account, bucket):
    """call("PUT", "?tagging", body, header=value): on the bucket, as its root."""
    def send(method, target, body=b"", headers=None):
        return raw.signed(account.server, account.root, "s3", body, headers, method, f"/{bucket}{target}")
    return send


def md5_of(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def summed(body):
    return {"Content-MD5": md5_of(body)}


def detail(answer, name):
    return answer.text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]


def said(answer):
    return answer.status, answer.code, answer.message


# -- Documents

@pytest.mark.parametrize("target, body", [
    ("?versioning", b"<VersioningConfiguration><Status>Perhaps</Status></VersioningConfiguration>"),
    ("?versioning", b"<VersioningConfiguration><Status>Enabled</VersioningConfiguration>"),
    ("?versioning", b"{}"),
    ("?tagging", b"<Tagging/>"),
    ("?tagging", b"<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>"),
    ("?encryption", b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>rot13"
                    b"</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"),
    ("?requestPayment", b"<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>"),
], ids=str)
def test_a_document_out_of_bounds_is_malformed(call, target, body):
    answer = call("PUT", target, body, summed(body))
    assert said(answer) == (400, "MalformedXML", MALFORMED), answer.text
    assert "ArgumentName" not in answer.text


def test_a_location_that_is_no_document(account):
    answer = raw.signed(account.server, account.root, "s3", b"<CreateBucketConfiguration>", {}, "PUT", f"/a-{account.id}")
    assert said(answer) == (400, "MalformedXML", MALFORMED)


def test_a_missing_document(call):
    answer = call("PUT", "?versioning", b"", summed(b""))
    assert (answer.status, answer.code) == (400, "MissingRequestBodyError"), answer.text


# -- Headers and queries

@pytest.mark.parametrize("header, value, code, message", [
    ("x-amz-storage-class", "ATTIC", "InvalidStorageClass", "The storage class you specified is not valid"),
    ("x-amz-server-side-encryption", "rot13", "InvalidArgument", "The encryption method specified is not supported"),
    ("x-amz-acl", "everyone", "InvalidArgument", ""),
    ("x-amz-object-lock-mode", "LOOSE", "InvalidArgument", "Unknown wormMode directive."),
    ("x-amz-object-lock-legal-hold", "MAYBE", "InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'"),
    ("x-amz-request-payer", "me", "InvalidArgument", "Invalid value for x-amz-request-payer."),
])
def test_a_header_out_of_bounds_is_named(call, header, value, code, message):
    answer = call("PUT", "/key", b"body", {header: value})
    assert said(answer) == (400, code, message), answer.text
    assert (detail(answer, "ArgumentName"), detail(answer, "ArgumentValue")) == (header, value)


@pytest.mark.parametrize("directive, message", [("x-amz-metadata-directive", "Unknown metadata directive."),
                                                ("x-amz-tagging-directive", "Unknown tagging directive.")])
def test_directives_of_copies(call, bucket, directive, message):
    answer = call("PUT", "/key", b"", {"x-amz-copy-source": f"{bucket}/other", directive: "MERGE"})
    assert said(answer) == (400, "InvalidArgument", message), answer.text


@pytest.mark.parametrize("target, name, value, message", [
    ("?list-type=2&max-keys=many", "max-keys", "many", "Provided max-keys not an integer or within integer range"),
    ("?list-type=2&max-keys=99999999999", "max-keys", "99999999999",
     "Provided max-keys not an integer or within integer range"),
    ("?list-type=2&max-keys=-1", "maxKeys", "-1", "Argument maxKeys must be an integer between 0 and 2147483647"),
    ("?max-keys=-1", "maxKeys", "-1", "Argument maxKeys must be an integer between 0 and 2147483647"),
    ("?versions&max-keys=x", "max-keys", "x", "Provided max-keys not an integer or within integer range"),
    ("?uploads&max-uploads=-5", "maxUploads", "-5", "Argument maxUploads must be an integer between 0 and 2147483647"),
    ("/key?uploadId=u&max-parts=x", "max-parts", "x", "Provided max-parts not an integer or within integer range"),
    ("/key?partNumber=0", "partNumber", "0", "Part number must be an integer between 1 and 10000, inclusive"),
    ("/key?partNumber=10001", "partNumber", "10001", "Part number must be an integer between 1 and 10000, inclusive"),
    ("/key?partNumber=one", "partNumber", "one", "Part number must be an integer between 1 and 10000, inclusive"),
    ("?encoding-type=base64", "encoding-type", "base64", "Invalid Encoding Method specified in Request"),
])
def test_a_query_out_of_bounds_is_named(call, target, name, value, message):
    answer = call("GET", target)
    assert said(answer) == (400, "InvalidArgument", message), answer.text
    assert (detail(answer, "ArgumentName"), detail(answer, "ArgumentValue")) == (name, value)


def test_attributes_that_no_object_has(call):
    answer = call("GET", "/key?attributes", b"", {"x-amz-object-attributes": "ETag,Colour"})
    assert said(answer) == (400, "InvalidArgument", "Invalid attribute name specified."), answer.text


def test_a_header_that_must_be_there(call):
    answer = call("GET", "/key?attributes")
    assert answer.status == 400 and answer.code == "InvalidRequest", answer.text


def test_of_a_head_only_the_status_is_said(call):
    answer = call("HEAD", "/key?partNumber=0")
    assert (answer.status, answer.body) == (400, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("key, size", [("k" * 1025, 1025), ("%C3%A9" * 513, 1026)], ids=["ascii", "utf-8"])
def test_a_key_is_at_most_1024_bytes(call, method, key, size):
    answer = call(method, "/" + key)
    assert said(answer) == (400, "KeyTooLongError", "Your key is too long"), answer.text
    assert (detail(answer, "Size"), detail(answer, "MaxSizeAllowed")) == (str(size), "1024")


# -- Sums of bodies: they count before what the body says does

def test_a_body_needs_a_sum(call):
    assert said(call("PUT", "?tagging", TAGGING)) == (400, "InvalidRequest", NEEDS_SUM)
    answer = call("POST", "?delete", b"<Delete><Object><Key>k</Key></Object></Delete>")
    assert said(answer) == (400, "InvalidRequest", NEEDS_SUM)


def test_a_hash_of_the_signature_is_no_sum(call):
    headers = {"x-amz-content-sha256": hashlib.sha256(TAGGING).hexdigest()}
    assert said(call("PUT", "?tagging", TAGGING, headers)) == (400, "InvalidRequest", NEEDS_SUM)


def test_content_md5_must_add_up(call):
    wrong = md5_of(b"something else")
    answer = call("PUT", "?tagging", TAGGING, {"Content-MD5": wrong})
    assert said(answer) == (400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    assert detail(answer, "ExpectedDigest") == wrong
    assert detail(answer, "CalculatedDigest") == md5_of(TAGGING)


@pytest.mark.parametrize("text", ["", "!", "Zm9v", hashlib.md5(TAGGING).hexdigest(), md5_of(TAGGING) + "AAAA"])
def test_content_md5_must_be_one(call, text):
    answer = call("PUT", "?tagging", TAGGING, {"Content-MD5": text})
    assert said(answer) == (400, "InvalidDigest", "The Content-MD5 you specified was invalid."), answer.text


def test_content_md5_is_looked_at_where_none_is_needed(account):
    answer = raw.signed(account.server, account.root, "s3", b"", {"Content-MD5": md5_of(b"x")}, "PUT", f"/b-{account.id}")
    assert answer.code == "BadDigest"
    assert account.client("s3").list_buckets()["Buckets"] == []


def crc32_of(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


SUMS = [("crc32", crc32_of), ("sha1", lambda body: base64.b64encode(hashlib.sha1(body).digest()).decode()),
        ("sha256", lambda body: base64.b64encode(hashlib.sha256(body).digest()).decode()),
        ("sha512", lambda body: base64.b64encode(hashlib.sha512(body).digest()).decode()), ("md5", md5_of)]


@pytest.mark.parametrize("name, sum_of", SUMS, ids=[name for name, _ in SUMS])
def test_a_checksum_must_add_up(call, name, sum_of):
    answer = call("PUT", "?tagging", TAGGING, {f"x-amz-checksum-{name}": sum_of(TAGGING)})
    assert answer.code not in ("BadDigest", "InvalidRequest"), answer.text
    answer = call("PUT", "?tagging", TAGGING, {f"x-amz-checksum-{name}": sum_of(b"something else")})
    assert said(answer) == (400, "BadDigest", f"The {name.upper()} you specified did not match the calculated checksum.")
    answer = call("PUT", "?tagging", TAGGING, {f"X-Amz-Checksum-{name.upper()}": "Zm9v"})
    assert said(answer) == (400, "InvalidRequest", f"Value for x-amz-checksum-{name} header is invalid.")


def test_known_checksums(call):
    """CRC-32C and CRC-64/NVME of "123456789" are in the catalogue of CRCs: e3069283, ae8b14860a799888."""
    body = b"123456789"
    for name, value in (("crc32c", "e3069283"), ("crc64nvme", "ae8b14860a799888")):
        header = {f"x-amz-checksum-{name}": base64.b64encode(bytes.fromhex(value)).decode()}
        assert call("PUT", "?tagging", body, header).code == "MalformedXML"
        assert call("PUT", "?tagging", body + b"0", header).code == "BadDigest"


def test_one_checksum_is_enough(call):
    headers = {f"x-amz-checksum-{name}": sum_of(TAGGING) for name, sum_of in SUMS[:2]}
    answer = call("PUT", "?tagging", TAGGING, headers)
    assert said(answer) == (400, "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                                                   "not allowed.")


def test_an_algorithm_needs_its_sum(call):
    answer = call("PUT", "?tagging", TAGGING, {**summed(TAGGING), "x-amz-sdk-checksum-algorithm": "SHA256"})
    assert said(answer) == (400, "InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding "
                                                   "x-amz-checksum-* or x-amz-trailer headers were found.")


def test_a_sum_counts_before_what_the_body_says(call):
    assert call("PUT", "?tagging", b"no document", {"Content-MD5": md5_of(b"x")}).code == "BadDigest"
    assert call("PUT", "?tagging", b"no document", summed(b"no document")).code == "MalformedXML"
