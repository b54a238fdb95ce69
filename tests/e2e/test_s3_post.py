"""Uploads by browsers' forms. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"""
import base64
import hashlib
import http.client
import re
import ssl
import time
import zlib
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from harness import raw
from harness.account import Account, policy, statement
from harness.buckets import bucket_policy, grant, new_bucket
from harness.forms import (BOUNDARY, body_of_form, end_in, part, post, post_body, presigned_post, sign_policy)
from harness.objects import body_of, content_md5, md5_of, read, tags_of
from harness.tls import tls_client

VERSIONS = ["s3v4", "s3"]
BIG = 20 * 1024 * 1024


@pytest.fixture
def bucket(account):
    return new_bucket(account)


@pytest.fixture
def s3(account):
    return account.client("s3")


def listed(s3, bucket):
    return [row["Key"] for row in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def refused(answer, status, code, message=None):
    assert (answer.status, answer.code) == (status, code), answer.text
    if message:
        assert answer.message.replace("&quot;", '"') == message


# -- What is stored

@pytest.mark.parametrize("version", VERSIONS)
def test_a_form(account, s3, bucket, version):
    """The type of the file's part is none of the object's."""
    fields = presigned_post(account, bucket, "some/k", version=version)
    assert ("AWSAccessKeyId" in fields) == (version == "s3")
    answer = post(account.server, bucket, fields, b"of a browser")
    assert (answer.status, answer.body) == (204, b""), answer.text
    assert answer.headers["etag"] == f'"{md5_of(b"of a browser")}"'
    assert answer.headers["location"] == f"{account.server.endpoint}/{bucket}/some/k"
    there = s3.get_object(Bucket=bucket, Key="some/k")
    assert there["Body"].read() == b"of a browser"
    assert there["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 70000, BIG])
def test_sizes(account, s3, bucket, version, size):
    body = body_of(size)
    answer = post(account.server, bucket, presigned_post(account, bucket, "k", version=version), body)
    assert answer.status == 204, answer.text
    assert answer.headers["etag"] == f'"{md5_of(body)}"'
    assert read(s3, bucket, "k") == body


def test_a_file_of_almost_boundaries(account, s3, bucket):
    body = (f"\r\n--{BOUNDARY[:-1]}\r\n\r\r\n--\r\n-" * 3000).encode() + b"\r"
    assert post(account.server, bucket, presigned_post(account, bucket, "k"), body).status == 204
    assert read(s3, bucket, "k") == body


def test_all_that_a_field_can_say(account, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=bucket)
    body = b"content"
    fields = {
        "acl": "public-read", "Content-Type": "text/x", "Cache-Control": "no-store", "Content-Disposition": "inline",
        "Content-Encoding": "x", "Expires": "Wed, 21 Oct 2037 07:28:00 GMT", "Content-MD5": content_md5(body),
        "x-amz-meta-Colour": "gr\u00fcn", "x-amz-storage-class": "STANDARD_IA", "x-amz-server-side-encryption": "AES256",
        "x-amz-website-redirect-location": "/other", "x-amz-checksum-algorithm": "SHA256",
        "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        "tagging": "<Tagging><TagSet><Tag><Key>a b</Key><Value>1+2=3</Value></Tag>\n<Tag><Key>c</Key><Value/></Tag>"
                   "</TagSet></Tagging>"}
    answer = post(account.server, bucket, presigned_post(account, bucket, "k", fields), body)
    assert answer.status == 204, answer.text
    there = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert there["Body"].read() == body
    assert answer.headers["x-amz-version-id"] == there["VersionId"]
    told = {name: there[name] for name in ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding",
                                           "StorageClass", "ServerSideEncryption", "WebsiteRedirectLocation",
                                           "ChecksumSHA256")}
    assert told == {"ContentType": "text/x", "CacheControl": "no-store", "ContentDisposition": "inline",
                    "ContentEncoding": "x", "StorageClass": "STANDARD_IA", "ServerSideEncryption": "AES256",
                    "WebsiteRedirectLocation": "/other", "ChecksumSHA256": fields["x-amz-checksum-sha256"]}
    assert there["Expires"].year == 2037
    assert there["ResponseMetadata"]["HTTPHeaders"]["x-amz-meta-colour"].encode("latin-1").decode() == "gr\u00fcn"
    assert tags_of(s3, bucket, "k") == {"a b": "1+2=3", "c": ""}
    grants = s3.get_object_acl(Bucket=bucket, Key="k")["Grants"]
    assert any(one["Grantee"].get("URI", "").endswith("/AllUsers") and one["Permission"] == "READ" for one in grants)


def test_a_key_of_the_customers(tls_account, certificate):
    bucket, key = new_bucket(tls_account), bytes([7]) * 32
    fields = {"x-amz-server-side-encryption-customer-algorithm": "AES256",
              "x-amz-server-side-encryption-customer-key": base64.b64encode(key).decode(),
              "x-amz-server-side-encryption-customer-key-MD5": content_md5(key)}
    body = body_of_form(presigned_post(tls_account, bucket, "k", fields), b"sealed")
    request = Request(f"{tls_account.server.tls_endpoint}/{bucket}", body,
                      {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    with urlopen(request, context=ssl.create_default_context(cafile=certificate[0])) as answer:
        assert answer.status == 204
        assert answer.headers["Location"] == f"{tls_account.server.tls_endpoint}/{bucket}/k"
        assert answer.headers["x-amz-server-side-encryption-customer-algorithm"] == "AES256"
    s3 = tls_client(tls_account, certificate)
    assert read(s3, bucket, "k", SSECustomerAlgorithm="AES256", SSECustomerKey=key) == b"sealed"


def test_keys_and_locks(account, s3):
    bucket = new_bucket(account, ObjectLockEnabledForBucket=True)
    fields = {"x-amz-server-side-encryption": "aws:kms", "x-amz-object-lock-legal-hold": "ON"}
    refused(post(account.server, bucket, presigned_post(account, bucket, "k", fields)), 400, "InvalidRequest")
    fields["Content-MD5"] = content_md5(b"content")
    answer = post(account.server, bucket, presigned_post(account, bucket, "k", fields))
    assert answer.status == 204 and answer.headers["x-amz-server-side-encryption"] == "aws:kms", answer.text
    there = s3.get_object(Bucket=bucket, Key="k")
    assert there["ObjectLockLegalHoldStatus"] == "ON" and there["Body"].read() == b"content"
    assert ":key/" in there["SSEKMSKeyId"]
    s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "OFF"})


@pytest.mark.parametrize("file_name, key", [
    ("photo.jpg", "u/photo.jpg"), ("C:\\pictures\\of me\\p.jpg", "u/p.jpg"), ("/tmp/x/p.jpg", "u/p.jpg"),
    ("\u00fc+ &%41.jpg", "u/\u00fc+ &%41.jpg"), ("", "u/")])
def test_the_name_of_the_file(account, s3, bucket, file_name, key):
    fields = presigned_post(account, bucket, "u/${filename}")  # boto3 makes the condition of it
    assert post(account.server, bucket, fields, file_name=file_name).status == 204
    assert listed(s3, bucket) == [key]


def test_the_name_of_the_file_in_another_field(account, s3, bucket):
    fields = presigned_post(account, bucket, "k", conditions=[["starts-with", "$x-amz-meta-name", "p"]])
    fields["x-amz-meta-name"] = "${filename} ${filename}"
    assert post(account.server, bucket, fields, file_name="p.jpg").status == 204
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"name": "p.jpg p.jpg"}
    refused(post(account.server, bucket, fields, file_name="q.jpg"), 403, "AccessDenied",
            'Invalid according to Policy: Policy Condition failed: ["starts-with", "$x-amz-meta-name", "p"]')


@pytest.mark.parametrize("key", ["a//b", "/a", "dir/", "a b+c%20&=?#", "\u00fc/\u96ea", "..", "a/../b"])
def test_odd_keys(account, s3, bucket, key):
    assert post(account.server, bucket, presigned_post(account, bucket, key), b"x").status == 204
    assert listed(s3, bucket) == [key]
    assert read(s3, bucket, key) == b"x"


def test_what_comes_behind_the_file_is_ignored(account, s3, bucket):
    fields = presigned_post(account, bucket, "k")
    behind = {"submit": "Upload", "key": "other", "x-amz-meta-a": "b", "file": "another"}
    assert post(account.server, bucket, fields, b"first", behind=behind).status == 204
    assert post(account.server, bucket, fields, body_of(300000), behind={"x": "y" * 300000}).status == 204
    assert read(s3, bucket, "k") == body_of(300000)
    assert listed(s3, bucket) == ["k"] and s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {}


def test_names_of_fields_have_no_case(account, s3, bucket):
    fields = {{"x-amz-signature": "X-Amz-Signature", "policy": "Policy", "key": "KEY"}.get(name, name): value
              for name, value in presigned_post(account, bucket, "k").items()}
    assert post(account.server, bucket, fields).status == 204
    assert listed(s3, bucket) == ["k"]


def test_the_bucket_in_the_host(account, s3, bucket):
    fields = presigned_post(account, bucket, "a k", {"success_action_status": "201"})
    answer = post(account.server, bucket, fields, headers={"Host": f"{bucket}.s3.localhost"}, target="/")
    assert answer.status == 201, answer.text
    assert answer.headers["location"] == f"http://{bucket}.s3.localhost/a%20k"
    assert listed(s3, bucket) == ["a k"]


# -- What is answered

def test_statuses(account, bucket):
    def status(value):
        answer = post(account.server, bucket, presigned_post(account, bucket, "k", {"success_action_status": value}))
        return answer.status, answer.body
    assert status("200") == (200, b"") and status("204") == (204, b"") and status("500") == (204, b"")


def test_a_document(account, bucket):
    fields = presigned_post(account, bucket, "a<b> &", {"success_action_status": "201"})
    answer = post(account.server, bucket, fields)
    assert answer.status == 201 and answer.headers["content-type"] == "application/xml"
    found = re.fullmatch(r"<\?xml[^>]*>\n<PostResponse><Location>(.*)</Location><Bucket>(.*)</Bucket><Key>(.*)</Key>"
                         r"<ETag>(.*)</ETag></PostResponse>", answer.text)
    assert found, answer.text
    assert found.groups()[:3] == (f"{account.server.endpoint}/{bucket}/a%3Cb%3E%20%26", bucket, "a&lt;b&gt; &amp;")
    assert md5_of(b"content") in found.group(4)


@pytest.mark.parametrize("field", ["success_action_redirect", "redirect"])
def test_a_redirection(account, bucket, field):
    to = "http://example.com/done?a=b#c"
    fields = presigned_post(account, bucket, "u/k &", {field: to, "success_action_status": "200"})
    answer = post(account.server, bucket, fields)
    assert (answer.status, answer.body) == (303, b"")
    url = urlsplit(answer.headers["location"])
    assert (url.netloc, url.path, url.fragment) == ("example.com", "/done", "c")
    assert parse_qs(url.query) == {"a": ["b"], "bucket": [bucket], "key": ["u/k &"],
                                   "etag": [f'"{md5_of(b"content")}"']}


@pytest.mark.parametrize("to", ["", "somewhere", "javascript:alert(1)", "http://a\r\nSet-Cookie: a=b", "http://a b"])
def test_what_is_no_address_counts_for_nothing(account, bucket, to):
    fields = presigned_post(account, bucket, "k", {"success_action_redirect": to, "success_action_status": "200"})
    answer = post(account.server, bucket, fields)
    assert answer.status == 200 and answer.headers["location"].endswith(f"/{bucket}/k")
    assert "set-cookie" not in answer.headers


def test_nobody_is_sent_anywhere_by_a_refusal(account, bucket):
    fields = presigned_post(account, bucket, "k", {"success_action_redirect": "http://example.com/"})
    fields["key"] = "other"
    answer = post(account.server, bucket, fields)
    assert answer.status == 403 and "location" not in answer.headers


def test_a_page_of_another_origin_sees_it(account, s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["POST"], "AllowedOrigins": ["http://page.example"], "ExposeHeaders": ["ETag"]}]})
    fields = presigned_post(account, bucket, "k")
    answer = post(account.server, bucket, fields, headers={"Origin": "http://page.example"})
    assert answer.headers["access-control-allow-origin"] == "http://page.example"
    assert "access-control-allow-origin" not in post(
        account.server, bucket, fields, headers={"Origin": "http://other.example"}).headers


# -- Who may

@pytest.mark.parametrize("version", VERSIONS)
def test_may_what_its_signer_may(account, s3, bucket, version):
    alice = account.user(policy=policy(statement("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/mine/*")))
    assert post(account.server, bucket, presigned_post(alice, bucket, "mine/k", version=version)).status == 204
    for size in (7, 100000):
        refused(post(account.server, bucket, presigned_post(alice, bucket, "k", version=version), body_of(size)),
                403, "AccessDenied")
    tagged = presigned_post(alice, bucket, "mine/t", {"tagging": "<Tagging><TagSet/></Tagging>"}, version=version)
    refused(post(account.server, bucket, tagged), 403, "AccessDenied")
    assert listed(s3, bucket) == ["mine/k"]


@pytest.mark.parametrize("version, name", [("s3v4", "AWS4-HMAC-SHA256"), ("s3", "AWS")])
def test_conditions_of_policies(account, s3, bucket, version, name):
    def answer(**condition):
        alice = account.user(policy=policy(statement("s3:PutObject", Condition={"StringEquals": condition})))
        fields = presigned_post(alice, bucket, "k", {"x-amz-storage-class": "STANDARD_IA"}, version=version)
        return post(account.server, bucket, fields).status
    assert answer(**{"s3:authType": "POST"}) == 204
    assert answer(**{"s3:authType": "REST-HEADER"}) == 403
    assert answer(**{"s3:signatureversion": name}) == 204
    assert answer(**{"s3:x-amz-storage-class": "STANDARD_IA"}) == 204
    assert answer(**{"s3:x-amz-storage-class": "STANDARD"}) == 403


def test_version_2_is_of_the_first_regions(account):
    far = account.client("s3", region="eu-central-1")
    name = f"far-{account.id}"
    far.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    document = {"expiration": end_in(300), "conditions": [{"bucket": name}, {"key": "k"}]}
    refused(post(account.server, name, {"key": "k", **sign_policy(account.root, document, version=2)}), 400,
            "InvalidRequest")
    signed = sign_policy(account.root, document, region="eu-central-1")
    assert post(account.server, name, {"key": "k", **signed}).status == 204


@pytest.mark.parametrize("version", VERSIONS)
def test_of_a_session(account, bucket, version):
    alice = account.user(policy=policy("s3:PutObject"))
    keys = type(alice.creds).of(alice.client("sts").get_session_token()["Credentials"])

    class Session:
        @staticmethod
        def client(service, **more):
            return account.client(service, creds=keys, **more)
    fields = presigned_post(Session, bucket, "k", version=version)
    assert post(account.server, bucket, fields).status == 204
    del fields["x-amz-security-token"]
    refused(post(account.server, bucket, fields), 403, "InvalidAccessKeyId")
    fields["x-amz-security-token"] = "forged"
    refused(post(account.server, bucket, fields), 400, "InvalidToken")


def test_nobody(account, s3, bucket):
    for size in (7, 100000):
        refused(post(account.server, bucket, {"key": "k"}, body_of(size)), 403, "AccessDenied", "Access Denied")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:PutObject", f"{bucket}/open/*")))
    for size in (7, 100000):
        answer = post(account.server, bucket, {"key": "open/${filename}", "x-amz-meta-a": "b"}, body_of(size))
        assert answer.status == 204, answer.text
    refused(post(account.server, bucket, {"key": "k"}), 403, "AccessDenied", "Access Denied")
    assert listed(s3, bucket) == ["open/photo.jpg"]
    refused(post(account.server, f"absent-{account.id}", {"key": "k"}), 404, "NoSuchBucket")


def test_an_inactive_key(account, bucket):
    alice = account.user(policy=policy("s3:PutObject"))
    fields = presigned_post(alice, bucket, "k")
    account.iam.update_access_key(UserName=alice.name, AccessKeyId=alice.creds.access_key, Status="Inactive")
    refused(post(account.server, bucket, fields), 403, "InvalidAccessKeyId")


# -- What proves it

@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_is_changed_breaks_it(account, s3, bucket, version):
    fields = presigned_post(account, bucket, "k", {"x-amz-meta-a": "b"}, version=version)
    for name in fields:
        for value in (fields[name][:-1] + ("1" if fields[name][-1] != "1" else "2"), fields[name] + "x", ""):
            assert post(account.server, bucket, {**fields, name: value}).status in (400, 403), (name, value)
        assert post(account.server, bucket, {k: v for k, v in fields.items() if k != name}).status in (400, 403), name
    assert listed(s3, bucket) == []
    refused(post(account.server, new_bucket(account), fields), 403, "AccessDenied",
            f'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "{bucket}"]')


def test_another_secret(account, bucket):
    class Wrong:
        access_key, secret_key = account.root.access_key, "x" * 40
    for version in (4, 2):
        fields = sign_policy(Wrong, {"expiration": end_in(60), "conditions": [{"bucket": bucket}, {"key": "k"}]}, version)
        refused(post(account.server, bucket, {"key": "k", **fields}), 403, "SignatureDoesNotMatch")


def test_words_of_a_missing_field(account, bucket):
    fields = presigned_post(account, bucket, "k")
    words = "Bucket POST must contain a field named '%s'.  If it is specified, please check the order of the fields."
    for name, told in (("x-amz-signature", "X-Amz-Signature"), ("x-amz-date", "X-Amz-Date"), ("policy", "policy"),
                       ("key", "key")):
        answer = post(account.server, bucket, {k: v for k, v in fields.items() if k != name})
        refused(answer, 400, "InvalidArgument", words.replace("%s", told))
        assert f"<ArgumentName>{told}</ArgumentName>" in answer.text
    refused(post(account.server, bucket, {"key": "k", "policy": fields["policy"]}), 400, "InvalidArgument",
            words.replace("%s", "AWSAccessKeyId"))


def test_two_ways_at_once(account, bucket):
    both = {**presigned_post(account, bucket, "k"), **presigned_post(account, bucket, "k", version="s3")}
    refused(post(account.server, bucket, both), 400, "InvalidArgument")
    fields = presigned_post(account, bucket, "k")
    assert post(account.server, bucket, fields, headers={"Authorization": "AWS4-HMAC-SHA256 x"}).status == 400
    refused(post(account.server, bucket, fields, target=f"/{bucket}?x=y"), 405, "MethodNotAllowed")
    assert post(account.server, bucket, fields, target=f"/{bucket}/k").status in (400, 405)


def test_a_scope_of_elsewhere(account, bucket):
    document = {"expiration": end_in(60), "conditions": [{"bucket": bucket}, {"key": "k"}]}
    wrong = sign_policy(account.root, document, region="eu-west-1")
    answer = post(account.server, bucket, {"key": "k", **wrong})
    assert answer.status in (301, 400) and "us-east-1" in answer.text
    fields = sign_policy(account.root, document)
    fields["x-amz-credential"] = fields["x-amz-credential"].replace("/s3/", "/sts/")
    refused(post(account.server, bucket, {"key": "k", **fields}), 400, "InvalidArgument")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_end(traveller, later, version):
    name = new_bucket(traveller)
    traveller.server.admin.past_the_jump()
    fields = presigned_post(traveller, name, "k", version=version)
    assert post(traveller.server, name, fields).status == 204
    time.sleep(0.01)  # version 2 counts from when it was first seen, to the millisecond
    later("297s")
    assert post(traveller.server, name, fields).status == 204
    later("4s")
    for size in (7, 100000):
        refused(post(traveller.server, name, fields, body_of(size)), 403, "AccessDenied",
                "Invalid according to Policy: Policy expired.")
    traveller.server.admin.past_the_jump()
    assert post(traveller.server, name, presigned_post(traveller, name, "k", version=version)).status == 204


def test_a_signing_key_lasts_a_week(account, bucket):
    document = {"expiration": end_in(600), "conditions": [{"bucket": bucket}, {"key": "k"}]}
    for days, status in ((6, 204), (8, 403)):
        day = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - days * 86400))
        answer = post(account.server, bucket, {"key": "k", **sign_policy(account.root, document, day=day)})
        assert answer.status == status, answer.text


# -- The policy

def by_policy(account, bucket, conditions, fields, content=b"content", version=4, **more):
    document = {"expiration": end_in(300), "conditions": [{"bucket": bucket}] + conditions}
    return post(account.server, bucket, {**fields, **sign_policy(account.root, document, version)}, content, **more)


FULL = "bucket-owner-full-control"


@pytest.mark.parametrize("condition", [
    {"acl": FULL}, ["eq", "$acl", FULL], ["starts-with", "$acl", "bucket-"], ["starts-with", "$acl", ""], ["EQ", "$ACL", FULL]])
def test_conditions_that_are_met(account, bucket, condition):
    assert by_policy(account, bucket, [{"key": "k"}, condition], {"key": "k", "acl": FULL}).status == 204


@pytest.mark.parametrize("condition, words", [
    ({"acl": FULL}, f'["eq", "$acl", "{FULL}"]'), (["eq", "$acl", FULL], f'["eq", "$acl", "{FULL}"]'),
    (["starts-with", "$acl", "bucket-"], '["starts-with", "$acl", "bucket-"]')])
def test_conditions_that_are_not_met(account, s3, bucket, condition, words):
    words = f"Invalid according to Policy: Policy Condition failed: {words}"
    for fields in ({"key": "k", "acl": "public-read"}, {"key": "k"}, {"key": "k", "acl": ""}):
        refused(by_policy(account, bucket, [{"key": "k"}, condition], fields), 403, "AccessDenied", words)
        refused(by_policy(account, bucket, [{"key": "k"}, condition], fields, body_of(100000), 2), 403, "AccessDenied",
                words)
    assert listed(s3, bucket) == []


def test_all_conditions_of_a_field_must_hold(account, bucket):
    conditions = [["starts-with", "$key", "a"], ["starts-with", "$key", "ab"]]
    assert by_policy(account, bucket, conditions, {"key": "abc"}).status == 204
    refused(by_policy(account, bucket, conditions, {"key": "ac"}), 403, "AccessDenied")


@pytest.mark.parametrize("value, status", [
    ("image/jpg", 204), ("image/jpg,image/png,image/gif", 204), ("image/jpg, image/png", 204), ("text/x", 403),
    ("image/jpg,text/plain", 403)])
def test_lists_of_types(account, bucket, value, status):
    conditions = [{"key": "k"}, ["starts-with", "$Content-Type", "image/"]]
    assert by_policy(account, bucket, conditions, {"key": "k", "Content-Type": value}).status == status


def test_every_field_needs_a_condition(account, s3, bucket):
    fields = {"key": "k", "x-ignore-this": "1", "Content-Type": "a/b", "submit": "now"}
    for version in (4, 2):
        refused(by_policy(account, bucket, [{"key": "k"}], fields, version=version), 403, "AccessDenied",
                "Invalid according to Policy: Extra input fields: content-type, submit")
    document = {"expiration": end_in(300), "conditions": [{"key": "k"}]}
    refused(post(account.server, bucket, {"key": "k", **sign_policy(account.root, document)}), 403, "AccessDenied",
            "Invalid according to Policy: Extra input fields: bucket")
    assert listed(s3, bucket) == []
    del fields["Content-Type"], fields["submit"]
    assert by_policy(account, bucket, [{"key": "k"}], fields).status == 204
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {}


@pytest.mark.parametrize("limits", [[1000, 200000], ["1000", "200000"]])
@pytest.mark.parametrize("size, status", [(0, 400), (999, 400), (1000, 204), (200000, 204), (200001, 400),
                                          (900000, 400)])
def test_sizes_that_are_allowed(account, s3, bucket, limits, size, status):
    answer = by_policy(account, bucket, [{"key": "k"}, ["content-length-range", *limits]], {"key": "k"}, body_of(size))
    assert answer.status == status, answer.text
    assert listed(s3, bucket) == (["k"] if status == 204 else [])
    if size < 1000:
        refused(answer, 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        assert f"<ProposedSize>{size}</ProposedSize>" in answer.text and "<MinSizeAllowed>1000<" in answer.text
    elif size > 200000:
        refused(answer, 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        assert "<MaxSizeAllowed>200000</MaxSizeAllowed>" in answer.text


SHELL = '{"expiration": "%s", "conditions": [{"bucket": "%s"}, {"key": "k"}, {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, ' \
        '["starts-with", "$x-amz-date", ""], ["starts-with", "$x-amz-credential", ""]%s]}'


@pytest.mark.parametrize("more, words", [
    (", {}", "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
    (', {"a": "b", "c": "d"}', "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
    (', {"acl": 1}', "Invalid Simple-Condition: value must be a string."), (", 7", None), (", []", None),
    (', ["eq"]', None), (', ["eq", "$key"]', None), (', ["eq", "$key", 7]', None), (', ["eq", "key", "k"]', None),
    (', ["eq", "$key", "k", "l"]', None), (', ["ends-with", "$key", "k"]', None), (', ["content-length-range", 1]', None),
    (', ["content-length-range", -1, 5]', None), (', ["content-length-range", 1.5, 5]', None), (",", "Invalid JSON."),
    (', ["eq", "$key", "k"', "Invalid JSON.")])
def test_a_policy_that_makes_no_sense(account, s3, bucket, more, words):
    text = SHELL % (end_in(60), bucket, more)
    answer = post(account.server, bucket, {"key": "k", **sign_policy(account.root, text)})
    refused(answer, 400, "InvalidPolicyDocument", words and f"Invalid Policy: {words}")
    assert listed(s3, bucket) == []


@pytest.mark.parametrize("text", [
    "", "[]", "{}", "null", '{"expiration": "2037-01-01T00:00:00Z"}', '{"conditions": []}', "{", "\x00",
    '{"expiration": "soon", "conditions": []}', '{"expiration": 7, "conditions": []}',
    '{"expiration": "2037-01-01T00:00:00Z", "conditions": {}}',
    '{"expiration": "2037-01-01T00:00:00Z", "conditions": [], "conditions": []}',
    '{"expiration": "2037-01-01T00:00:00Z", "conditions": [], "other": 1}',
    '{"expiration": "2037-01-01T00:00:00Z", "conditions": []} {}', "[" * 5000])
def test_a_policy_that_is_none(account, bucket, text):
    answer = post(account.server, bucket, {"key": "k", **sign_policy(account.root, text)})
    if text:
        refused(answer, 400, "InvalidPolicyDocument")
    else:
        refused(answer, 400, "InvalidArgument")


def test_a_policy_with_escapes(account, s3, bucket):
    text = SHELL % (end_in(60), bucket, r', ["eq", "\u0024x-amz-meta-a", "\$\\\"\u00fc"]')
    fields = {"key": "k", "x-amz-meta-a": '$\\"\u00fc', **sign_policy(account.root, text)}
    answer = post(account.server, bucket, fields)
    assert answer.status == 204, answer.text


# -- What is no form

def test_bodies_that_are_none(account, s3, bucket):
    good = body_of_form(presigned_post(account, bucket, "k"), b"content")
    malformed = "The body of your POST request is not well-formed multipart/form-data."
    for body in (b"", b"nothing", good.replace(b"\r\n", b"\n"), good[:-4 - len(BOUNDARY)],
                 good.replace(b"form-data; name", b"form-date; name"), good.replace(b'name="key"', b'name="key'),
                 good.replace(b'name="key"', b'name=""'), good.replace(b'name="key"', b'name="a"; name="key"'),
                 good.replace(b"Content-Disposition", b"Content Disposition"), part("key", "k") + good):
        refused(post_body(account.server, bucket, body), 400, "MalformedPOSTRequest", malformed)
    for header in ("multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'b' * 71}",
                   'multipart/form-data; boundary="', "multipart/form-data; boundary=a; boundary=b"):
        for body in (good, good + b"x" * 100000):
            refused(post_body(account.server, bucket, body, {"Content-Type": header}), 400, "MalformedPOSTRequest")
    assert listed(s3, bucket) == []


def test_a_long_file_without_an_end(account, s3, bucket):
    body = body_of_form(presigned_post(account, bucket, "k"), body_of(300000))
    refused(post_body(account.server, bucket, body[:-6 - len(BOUNDARY)]), 400, "MalformedPOSTRequest")
    assert listed(s3, bucket) == []


def test_no_file(account, bucket):
    body = b"".join(part(*pair) for pair in presigned_post(account, bucket, "k").items()) + f"--{BOUNDARY}--".encode()
    refused(post_body(account.server, bucket, body), 400, "IncorrectNumberOfFilesInPostRequest",
            "POST requires exactly one file upload per request.")


def test_fields_have_a_limit(account, s3, bucket):
    for size in (21000, 300000):
        refused(post(account.server, bucket, {"key": "k", "a": "x" * size}), 400, "MaxPostPreDataLengthExceededError",
                "Your POST request fields preceding the upload file were too large.")
    refused(post(account.server, bucket, {"key": "${filename}" * 1000}, file_name="x" * 1000), 400,
            "MaxPostPreDataLengthExceededError")
    refused(post(account.server, bucket, [(f"a{number}", "") for number in range(1000)]), 400,
            "MaxPostPreDataLengthExceededError")
    fields = presigned_post(account, bucket, "k", conditions=[["starts-with", "$a", ""]])
    assert post(account.server, bucket, {**fields, "a": "x" * 17000}).status == 204
    refused(post(account.server, bucket, presigned_post(account, bucket, "k" * 1025)), 400, "KeyTooLongError")


def test_fields_that_no_header_could_carry(account, s3, bucket):
    for name in ("x-amz-meta-a", "Content-Disposition", "Content-Type"):
        refused(post(account.server, bucket, presigned_post(account, bucket, "k", {name: "a\r\nSet-Cookie: b"})), 400,
                "InvalidArgument")
    for name in ("x-amz-meta-a b", "x-amz-meta-a: b", "x-amz-meta-\u00fc", "x-amz-meta-a\tb"):
        refused(post(account.server, bucket, presigned_post(account, bucket, "k", {name: "b"})), 400, "InvalidArgument")
    refused(post(account.server, bucket, {"x-amz-meta-a\nSet-Cookie": "b"}), 400, "MalformedPOSTRequest")
    refused(post(account.server, bucket, [("key", b"\xff")]), 400, "InvalidArgument",
            "Malformed Unicode code sequence in the field.")
    assert post(account.server, bucket, presigned_post(account, bucket, "a\x00b")).status == 400
    refused(post(account.server, bucket, presigned_post(account, bucket, "")), 400, "InvalidArgument",
            "User key must have a length greater than 0.")
    assert listed(s3, bucket) == []


def test_what_is_wrong_with_the_object(account, s3, bucket):
    def answer(content=b"content", **fields):
        return post(account.server, bucket, presigned_post(
            account, bucket, "k", {name.replace("_", "-"): value for name, value in fields.items()}), content)
    refused(answer(Content_MD5=content_md5(b"other")), 400, "BadDigest")
    refused(answer(body_of(100000), Content_MD5=content_md5(b"other")), 400, "BadDigest")
    crc = base64.b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()
    refused(answer(x_amz_checksum_crc32=crc), 400, "BadDigest")
    refused(answer(x_amz_checksum_algorithm="CRC32"), 400, "InvalidRequest")
    refused(answer(x_amz_storage_class="OTHER"), 400, "InvalidStorageClass")
    refused(answer(tagging="<Tagging>"), 400, "MalformedXML")
    refused(answer(tagging="a=b"), 400, "MalformedXML")
    assert answer(acl="nonsense").status == 400
    assert listed(s3, bucket) == []


def test_only_fields_say_what_the_object_is(account, s3, bucket):
    headers = {"x-amz-meta-a": "b", "x-amz-storage-class": "GLACIER", "x-amz-acl": "public-read",
               "x-amz-copy-source": "other/k", "x-amz-tagging": "a=b", "x-amz-content-sha256": "0" * 64}
    assert post(account.server, bucket, presigned_post(account, bucket, "k"), b"mine", headers=headers).status == 204
    there = s3.get_object(Bucket=bucket, Key="k")
    assert there["Body"].read() == b"mine" and there["Metadata"] == {} and "StorageClass" not in there
    fields = {"x-amz-copy-source": f"{bucket}/k", "x-amz-content-sha256": "0" * 64, "x-amz-trailer": "x", "If-None-Match": "*"}
    assert post(account.server, bucket, presigned_post(account, bucket, "k", fields), b"other").status == 204
    assert read(s3, bucket, "k") == b"other" and tags_of(s3, bucket, "k") == {}


# -- Along the way

def half(account, bucket, fields, size=4 << 20):
    body = body_of_form(fields, body_of(size))
    connection = http.client.HTTPConnection(*account.server.address, timeout=60)
    connection.putrequest("POST", f"/{bucket}", skip_accept_encoding=True)
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:len(body) // 2])
    return connection, body[len(body) // 2:]


def test_a_client_that_leaves(account, s3, bucket):
    fields = presigned_post(account, bucket, "k")
    for cut in (None, 200):
        connection, _ = half(account, bucket, fields, 40000 if cut else 4 << 20)
        connection.close()
    assert post(account.server, bucket, presigned_post(account, bucket, "l")).status == 204
    assert listed(s3, bucket) == ["l"]


def test_a_client_that_waits_amid_the_file(account, s3, bucket):
    connection, rest = half(account, bucket, presigned_post(account, bucket, "k"))
    assert post(account.server, bucket, presigned_post(account, bucket, "l")).status == 204
    connection.send(rest)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (204, b"")
    connection.close()
    assert read(s3, bucket, "k") == body_of(4 << 20)


def test_field_by_field(account, s3, bucket):
    """A connection that takes each byte of the head by itself."""
    body = body_of_form(presigned_post(account, bucket, "k"), body_of(30000))
    connection = http.client.HTTPConnection(*account.server.address, timeout=60)
    connection.putrequest("POST", f"/{bucket}", skip_accept_encoding=True)
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    for at in range(0, 2000, 40):
        connection.send(body[at:at + 40])
    connection.send(body[2000:])
    assert connection.getresponse().status == 204
    connection.close()
    assert read(s3, bucket, "k") == body_of(30000)


def test_no_length(account, s3, bucket):
    body = body_of_form(presigned_post(account, bucket, "k"), b"content")
    connection = http.client.HTTPConnection(*account.server.address, timeout=60)
    connection.request("POST", f"/{bucket}", iter([body]), {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
                       encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 501 and b"<Code>NotImplemented</Code>" in answer.read()
    connection.close()
    assert listed(s3, bucket) == []


def test_who_did_it_is_known(account, bucket):
    alice = account.user(policy=policy(statement("s3:*", effect="Deny")))
    answer = post(account.server, bucket, presigned_post(alice, bucket, "k"))
    refused(answer, 403, "AccessDenied")
    trace = account.server.merlon("explain", answer.request_id).stdout
    assert "s3:PutObject" in trace and f"arn:aws:s3:::{bucket}/k" in trace


def test_what_was_refused_lies_on_no_disk(new_server, home):
    alone = Account.create(new_server(), home)
    bucket = new_bucket(alone)

    def files():
        return {path.name for path in (alone.server.data / "blobs").rglob("*") if path.is_file()}
    before = files()
    fields, body = presigned_post(alone, bucket, "k", {"Content-MD5": content_md5(b"other")}), body_of(500000)
    refused(post(alone.server, bucket, fields, body), 400, "BadDigest")
    fields = presigned_post(alone, bucket, "k", conditions=[["content-length-range", 600000, 900000]])
    refused(post(alone.server, bucket, fields, body), 400, "EntityTooSmall")
    refused(post(alone.server, bucket, fields, body * 2), 400, "EntityTooLarge")
    refused(post_body(alone.server, bucket, body_of_form(presigned_post(alone, bucket, "k"), body)[:-50]), 400,
            "MalformedPOSTRequest")
    connection, _ = half(alone, bucket, presigned_post(alone, bucket, "k"))
    end = time.monotonic() + 60
    while files() == before:
        assert time.monotonic() < end
        time.sleep(0.01)
    connection.close()
    while files() != before:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert listed(alone.client("s3"), bucket) == []
    assert post(alone.server, bucket, presigned_post(alone, bucket, "k"), body).status == 204
    assert len(files() - before) == 1


# -- What is no form

def test_a_post_to_a_bucket_that_is_no_form(server, account, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html: of the enclosure type multipart/form-data."""
    for content_type in ("text/html", "application/x-www-form-urlencoded", "application/json", ""):
        headers = {"Content-Type": content_type} if content_type else {}
        answer = raw.send(server, "POST", f"/{bucket}", headers, b"key=k&file=x")
        refused(answer, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        assert "<Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>" in answer.text
    refused(raw.send(server, "POST", "/", {"Content-Type": "text/html"}, b"x"), 405, "MethodNotAllowed")
    assert "Contents" not in account.client("s3").list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("size", [10, 900_000])
@pytest.mark.parametrize("headers", [{"x-amz-account-id": "123456789012"}, {"Host": "s3-control.us-east-1.amazonaws.com"},
                                     {"Host": "123456789012.s3-control.us-east-1.amazonaws.com"}])
def test_forms_are_for_buckets_not_for_their_control(server, headers, size):
    content = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = raw.send(server, "POST", "/foo", {**headers, **content}, b"x" * size)
    assert 400 <= answer.status < 500
    assert raw.send(server, "GET", "/_merlon/health").status == 200
