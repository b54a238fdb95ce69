"""What is asked in the wrong way is refused, and nothing else is done in its place: parts of a bucket or an object with a
method that they have not, documents of another name, headers and parameters that belong to other operations.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
import hashlib

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.objects import body_of, content_md5, make_bucket, s3_request
from harness.refusals import refused


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    name = make_bucket(account)
    account.client("s3").put_object(Bucket=name, Key="key", Body=b"body", Metadata={"a": "1"})
    return name


def ask(account, target, method="GET", **more):
    return raw.signed(account.server, account.root, "s3", method=method, target=target, **more)


def detail(answer, name):
    return answer.text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]


def is_untouched(s3, bucket):
    got = s3.get_object(Bucket=bucket, Key="key")
    return (got["Body"].read(), got["Metadata"]) == (b"body", {"a": "1"}) and s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


# -- Parts

@pytest.mark.parametrize("part", ["acl", "location", "versioning", "logging", "notification", "uploads", "versions", "accelerate",
                                  "requestPayment", "policyStatus", "object-lock", "acl=", "acl=x"])
def test_a_part_is_not_deleted_as_the_whole(account, s3, bucket, part):
    empty = make_bucket(account)
    for target in (f"/{empty}?{part}", f"/{empty}/?{part}"):
        answer = ask(account, target, "DELETE")
        assert (answer.status, answer.code) == (405, "MethodNotAllowed"), answer.text
    s3.head_bucket(Bucket=empty)


@pytest.mark.parametrize("part", ["acl", "retention", "legal-hold", "attributes", "uploads", "torrent"])
def test_a_part_of_an_object_is_not_deleted_as_the_whole(account, s3, bucket, part):
    assert ask(account, f"/{bucket}/key?{part}", "DELETE").status == 405
    assert is_untouched(s3, bucket)


@pytest.mark.parametrize("part", ["attributes", "uploads", "versions", "location", "torrent"])
def test_a_part_is_not_written_as_the_whole(account, s3, bucket, part):
    assert ask(account, f"/{bucket}/key?{part}", "PUT", body=b"other").status == 405
    assert is_untouched(s3, bucket)


@pytest.mark.parametrize("part", ["location", "policyStatus", "versions", "uploads"])
def test_a_part_is_not_made_as_a_bucket(account, s3, bucket, part):
    assert ask(account, f"/{bucket}-new?{part}", "PUT").status == 405
    assert bucket + "-new" not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_a_part_is_not_read_as_the_whole(account, bucket):
    for target in (f"/{bucket}?delete", f"/{bucket}?restore", f"/{bucket}/key?versions", f"/{bucket}/key?uploads",
                   f"/{bucket}?acl&policy"):
        assert ask(account, target).status == 405, target


def test_parameters_that_are_no_parts_mean_nothing(account, bucket):
    for target in (f"/{bucket}?x-id=ListObjects", f"/{bucket}/key?x-id=GetObject", f"/{bucket}/key?x=y", f"/{bucket}/key?ACL",
                   f"/{bucket}?acl&x-id=GetBucketAcl"):
        assert ask(account, target).status == 200, target


# -- Documents

def put(account, target, document):
    return s3_request(account, "PUT", target, {"Content-MD5": content_md5(document.encode())}, document.encode())


NOTIFICATION = "<NotificationConfiguration><{0}><Id>1</Id></{0}></NotificationConfiguration>"
STATUS = "<Status>Enabled</Status>"


@pytest.mark.parametrize("part, document", [
    ("versioning", f"<Foo>{STATUS}</Foo>"), ("versioning", f"<versioningConfiguration>{STATUS}</versioningConfiguration>"),
    ("versioning", f"<VersioningConfiguration>{STATUS}<Mfa>x</Mfa></VersioningConfiguration>"),
    ("logging", "<Foo/>"), ("notification", NOTIFICATION.format("QueueConfigurations")),
    ("notification", NOTIFICATION.format("LambdaFunctionConfiguration")), ("notification", "<Foo/>"),
    ("tagging", "<Foo><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Foo>"),
    ("tagging", "<Tagging><TagSet><Tags><Key>k</Key><Value>v</Value></Tags></TagSet></Tagging>")])
def test_documents_of_another_name(account, s3, bucket, part, document):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    answer = put(account, f"/{bucket}?{part}", document)
    assert (answer.status, answer.code) == (400, "MalformedXML"), answer.text
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=bucket)
    with refused("NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=bucket)


def test_a_batch_of_another_name_deletes_nothing(account, s3, bucket):
    for document in ("<Foo><Object><Key>key</Key></Object></Foo>", "<Delete><Object><Key>key</Key><x/></Object></Delete>"):
        answer = s3_request(account, "POST", f"/{bucket}?delete", {"Content-MD5": content_md5(document.encode())}, document.encode())
        assert (answer.status, answer.code) == (400, "MalformedXML"), answer.text
    assert is_untouched(s3, bucket)


def test_a_namespace_may_be_there_or_not(account, s3, bucket):
    for space in ("", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'):
        document = f"<VersioningConfiguration{space}>{STATUS}</VersioningConfiguration>"
        assert put(account, f"/{bucket}?versioning", document).status == 200
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


# -- Reads

def test_heads_describe_themselves_as_gets_do(account, bucket, server):
    asked = "response-content-type=text%2Fx&response-cache-control=no-store&response-content-language=de&response-content-encoding=z" \
            "&response-content-disposition=inline&response-expires=Thu%2C%2001%20Jan%202026%2000%3A00%3A00%20GMT"
    for method in ("GET", "HEAD"):
        answer = ask(account, f"/{bucket}/key?{asked}", method)
        told = {name.lower(): value for name, value in answer.headers.items()}
        assert [told[name] for name in ("content-type", "cache-control", "content-language", "content-encoding", "content-disposition",
                                        "expires")] == ["text/x", "no-store", "de", "z", "inline", "Thu, 01 Jan 2026 00:00:00 GMT"]


def test_reads_say_nothing_of_encryption(s3, account, bucket):
    for method in ("GET", "HEAD"):
        for kind in ("AES256", "aws:kms"):
            answer = ask(account, f"/{bucket}/key", method, headers={"x-amz-server-side-encryption": kind})
            assert answer.status == 400
            if method == "GET":
                assert answer.code == "InvalidArgument" and detail(answer, "ArgumentName") == "x-amz-server-side-encryption"


def test_a_part_and_a_range_are_not_asked_at_once(s3, bucket):
    with refused("InvalidRequest", "Cannot specify both Range header and partNumber query parameter", 400):
        s3.get_object(Bucket=bucket, Key="key", PartNumber=1, Range="bytes=1-2")
    with pytest.raises(ClientError) as refusal:
        s3.get_object(Bucket=bucket, Key="key", PartNumber=5)
    assert refusal.value.response["Error"]["Code"] == "InvalidPartNumber"
    assert refusal.value.response["Error"]["ActualPartCount"] == "1"


def test_there_is_no_third_type_of_lists(account, bucket):
    answer = ask(account, f"/{bucket}?list-type=3")
    assert (answer.status, answer.code, detail(answer, "ArgumentName")) == (400, "InvalidArgument", "list-type")


def test_markers_of_versions(account, bucket):
    answer = ask(account, f"/{bucket}?versions&version-id-marker=&key-marker=key")
    assert (answer.code, answer.message) == ("InvalidArgument", "A version-id marker cannot be empty.")
    answer = ask(account, f"/{bucket}?versions&version-id-marker=null")
    assert answer.message == "A version-id marker cannot be specified without a key marker."
    assert detail(answer, "ArgumentName") == "version-id-marker"


def test_an_owner_who_is_no_account(account, bucket):
    for owner in ("abc", "12345678901", "1234567890123", ""):
        answer = ask(account, f"/{bucket}/key", headers={"x-amz-expected-bucket-owner": owner})
        assert (answer.status, answer.code) == (400, "InvalidBucketOwnerAWSAccountID"), owner


# -- Writes

def test_no_version_is_written(account, s3, bucket):
    answer = ask(account, f"/{bucket}/key?versionId=null", "PUT", body=b"other")
    assert (answer.status, answer.code, answer.message) == (400, "InvalidArgument", "This operation does not accept a version-id.")
    assert is_untouched(s3, bucket)


def test_a_length_that_is_missing_or_too_long(account, s3, bucket):
    headers, _ = raw.sign(account.server.endpoint + f"/{bucket}/key", account.root, "s3", method="PUT",
                          headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, body=b"")
    for length, status, code in ((None, 411, "MissingContentLength"), (5 * 2**30 + 1, 400, "EntityTooLarge")):
        lines = [f"{name}: {value}" for name, value in headers.items() if name.lower() != "content-length"]
        lines += [f"Content-Length: {length}", "Expect: 100-continue"] if length else []
        head = f"PUT /{bucket}/key HTTP/1.1\r\nHost: {'{}:{}'.format(*account.server.address)}\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        answer = raw.raw_bytes(account.server, head.encode(), finish=False)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()) and f"<Code>{code}</Code>".encode() in answer, answer
        if length:
            assert b"<ProposedSize>5368709121</ProposedSize><MaxSizeAllowed>5368709120</MaxSizeAllowed>" in answer
    assert is_untouched(s3, bucket)


def test_sums_that_nobody_would_compare(account, s3, bucket):
    for headers, code in (({"x-amz-checksum-md6": "AAAA"}, "InvalidRequest"),
                          ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "SHA1"}, "BadDigest"),
                          ({"x-amz-sdk-checksum-algorithm": "SHA1"}, "InvalidRequest")):
        answer = s3_request(account, "PUT", f"/{bucket}/key", headers, b"other")
        assert (answer.status, answer.code) == (400, code), answer.text
    assert is_untouched(s3, bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=body_of(10), ChecksumAlgorithm="SHA1")


@pytest.mark.parametrize("character", "<>&*(),;{}[]|\"'!?#%\\~`^$\t\n\x01")
def test_characters_that_no_tag_has(s3, bucket, character):
    for key, value, told in ((f"k{character}", "v", "TagKey"), ("k", f"v{character}", "TagValue")):
        tags = {"TagSet": [{"Key": key, "Value": value}]}
        for put in (lambda: s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tags),
                    lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging=tags)):
            with pytest.raises(ClientError) as refusal:
                put()
            code, message = (refusal.value.response["Error"][name] for name in ("Code", "Message"))
            assert (code, message) == ("InvalidTag", f"The {told} you have provided is invalid") or \
                (character < " " and code == "MalformedXML")


def test_characters_that_tags_have(s3, bucket):
    tags = {"TagSet": [{"Key": "aZ9 +-=._:/@äé鍵", "Value": "aZ9 +-=._:/@ äé鍵"}]}
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tags)
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tags["TagSet"]


# -- Buckets that are not there

def test_no_bucket_is_told_to_everyone(account, bucket):
    """"Names of buckets are no secret"; of one that is there, who may do nothing learns nothing more."""
    nobody = account.user("nobody").client("s3")
    for call in (lambda name: nobody.get_bucket_acl(Bucket=name), lambda name: nobody.list_objects_v2(Bucket=name),
                 lambda name: nobody.get_object(Bucket=name, Key="k"), lambda name: nobody.delete_bucket(Bucket=name)):
        with refused("NoSuchBucket", status=404):
            call(bucket + "-none")
        with refused("AccessDenied", status=403):
            call(bucket)
    event = account.event("DeleteBucket", fits=lambda one: one.get("errorCode") == "NoSuchBucket")
    assert event["userIdentity"]["userName"] == "nobody" and event["requestParameters"]["bucketName"] == bucket + "-none"


def test_anonymous_callers_begin_no_upload(account, s3, bucket):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": False, "RestrictPublicBuckets": False})
    s3.put_bucket_policy(Bucket=bucket, Policy='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":'
                         f'"s3:PutObject","Resource":"arn:aws:s3:::{bucket}/*"}}}}')
    assert raw.send(account.server, "PUT", f"/{bucket}/open", {}, b"x").status == 200
    answer = raw.send(account.server, "POST", f"/{bucket}/open?uploads", {}, b"")
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.message == "Anonymous users cannot initiate multipart uploads.  Please authenticate."
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


# -- Signatures

def test_what_was_to_be_signed_is_told(account, bucket):
    target = f"/{bucket}/key?b=2&a=%20"
    headers, _ = raw.sign(account.server.endpoint + target, account.root, "s3", method="GET", headers={"x-amz-meta-long": "x" * 25000}, body=b"")
    headers["Authorization"] = headers["Authorization"][:-1] + ("0" if headers["Authorization"][-1] != "0" else "1")
    answer = raw.send(account.server, "GET", target, headers)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert detail(answer, "AWSAccessKeyId") == account.root.access_key
    assert detail(answer, "SignatureProvided") == headers["Authorization"].rpartition("Signature=")[2]
    canonical, to_sign = detail(answer, "CanonicalRequest"), detail(answer, "StringToSign")
    assert canonical.startswith(f"GET\n/{bucket}/key\na=%20&amp;b=2\n") and "x" * 25000 in canonical
    canonical = canonical.replace("&amp;", "&")
    assert to_sign.split("\n")[0] == "AWS4-HMAC-SHA256"
    assert to_sign.split("\n")[3] == hashlib.sha256(canonical.encode()).hexdigest()
    for text, name in ((canonical, "CanonicalRequestBytes"), (to_sign, "StringToSignBytes")):
        assert bytes.fromhex(detail(answer, name)) == text.encode()
