"""Server access logs of S3: a line of every request, delivered to a bucket as AWS's logging service may."""
import json
import re
from datetime import datetime
from urllib.request import urlopen

import pytest

from harness.access_logs import (SERVICE, actions_of, allow_delivery, end_logging, lines_of, log_keys, new_target,
                                 put_logging)
from harness.account import Account, make_client, policy, statement
from harness.credentials import Credentials
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.lifecycle import expire, go_to_noon, now, put_rules, rule
from harness.objects import body_of, s3_request
from harness.points import Point
from harness.raw import send
from harness.refusals import refused
from harness.replication import set_up

BODY = b"to be logged"
NAME = re.compile(r"\d{4}(-\d\d){5}-[0-9A-F]{16}")


@pytest.fixture
def s3(traveller):
    return traveller.client("s3")


@pytest.fixture
def target(traveller):
    return new_target(traveller)


@pytest.fixture
def bucket(traveller, s3, target):
    name = new_bucket(traveller)
    put_logging(s3, name, target)
    return name


@pytest.fixture
def logged(s3, target, later):
    """logged("REST.GET.OBJECT"): the lines of this operation that have been delivered, or all."""
    def lines(operation=None):
        later("61s")
        return [line for line in lines_of(s3, target) if operation in (None, line.operation)]

    return lines


def only(lines):
    assert len(lines) == 1, [line.text for line in lines]
    return lines[0]


def canonical_id(s3):
    return s3.list_buckets()["Owner"]["ID"]


# -- What a line says

def test_a_line_of_a_get(traveller, s3, bucket, logged):
    s3.put_object(Bucket=bucket, Key="a folder/ä+ key", Body=BODY)
    before = now(traveller.server).replace(microsecond=0)
    answer = s3.get_object(Bucket=bucket, Key="a folder/ä+ key", Range="bytes=0-3")
    after = now(traveller.server)
    line = only(logged("REST.GET.OBJECT"))
    assert line.owner == line.requester == canonical_id(s3)
    assert (line.bucket, line.address, line.key) == (bucket, "127.0.0.1", "a%20folder/%C3%A4%2B%20key")
    assert before <= datetime.strptime(line.time, "[%d/%b/%Y:%H:%M:%S %z]") <= after
    assert line.request_id == answer["ResponseMetadata"]["RequestId"]
    assert line.host_id == answer["ResponseMetadata"]["HostId"]
    assert line.request_line == f"GET /{bucket}/a%20folder/%C3%A4%2B%20key HTTP/1.1"
    assert (line.status, line.error, line.sent, line["size"]) == ("206", "-", "4", str(len(BODY)))
    assert line.total_ms.isdigit() and line.turn_around_ms.isdigit()
    assert line.pieces["referer"] == '"-"' and "Botocore" in line.user_agent
    assert (line.version_id, line.signature, line.cipher, line.tls) == ("-", "SigV4", "-", "-")
    assert line.authentication == "AuthHeader"
    assert line.host == traveller.server.endpoint.split("//")[1]
    assert (line.access_point, line.acl_required, line.source_region) == ("-", "-", "-")


def test_a_line_names_the_access_point(traveller, s3, bucket, logged):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    point = Point(traveller, bucket)
    s3.get_object(Bucket=point.alias, Key="k")
    line = only(logged("REST.GET.OBJECT"))
    assert (line.bucket, line.key, line.access_point, line.status) == (bucket, "k", point.arn, "200")


def test_every_change_has_its_line(s3, bucket, logged):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="key", Body=BODY)["VersionId"]
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.get_bucket_logging(Bucket=bucket)
    s3.list_objects_v2(Bucket=bucket)
    s3.head_object(Bucket=bucket, Key="key", VersionId=version)
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
    lines = {line.operation: line for line in logged()}
    assert sorted(lines) == ["REST.DELETE.OBJECT", "REST.GET.BUCKET", "REST.GET.LOGGING_STATUS", "REST.HEAD.OBJECT",
                             "REST.PUT.OBJECT", "REST.PUT.OBJECT_TAGGING", "REST.PUT.VERSIONING"]
    assert (lines["REST.PUT.OBJECT"].status, lines["REST.PUT.OBJECT"]["size"]) == ("200", str(len(BODY)))
    assert lines["REST.PUT.OBJECT"].sent == "-", "an answer without a body"
    assert (lines["REST.DELETE.OBJECT"].status, lines["REST.DELETE.OBJECT"].version_id) == ("204", version)
    assert (lines["REST.HEAD.OBJECT"].sent, lines["REST.HEAD.OBJECT"].version_id) == ("-", version)
    assert int(lines["REST.GET.BUCKET"].sent) > 100 and lines["REST.GET.BUCKET"].key == "-"


def test_streamed_bodies(s3, bucket, logged):
    s3.put_object(Bucket=bucket, Key="long", Body=body_of(1 << 20))
    s3.get_object(Bucket=bucket, Key="long")["Body"].read()
    lines = {line.operation: line for line in logged()}
    assert lines["REST.PUT.OBJECT"]["size"] == lines["REST.GET.OBJECT"].sent == str(1 << 20)


def test_uploads_in_parts(s3, bucket, logged):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="key", UploadId=upload, PartNumber=1, Body=BODY)["ETag"]
    s3.list_parts(Bucket=bucket, Key="key", UploadId=upload)
    s3.list_multipart_uploads(Bucket=bucket)
    s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    lines = {line.operation: line for line in logged()}
    assert sorted(lines) == ["REST.GET.UPLOAD", "REST.GET.UPLOADS", "REST.POST.UPLOAD", "REST.POST.UPLOADS", "REST.PUT.PART"]
    assert lines["REST.POST.UPLOAD"]["size"] == str(len(BODY)) and int(lines["REST.POST.UPLOAD"].sent) > 100


def test_refusals(traveller, s3, bucket, logged):
    nobody = traveller.user()
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    with refused("AccessDenied"):
        nobody.client("s3").get_object(Bucket=bucket, Key="key")
    with refused("AccessDenied"):
        nobody.client("s3").put_object(Bucket=bucket, Key="mine", Body=BODY)
    with refused("AccessDenied"):
        anonymous(traveller.server).get_object(Bucket=bucket, Key="key")
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="none")
    with refused("BadDigest"):
        s3.put_object(Bucket=bucket, Key="bad", Body=body_of(100000), ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    forged = Credentials(traveller.root.access_key, "x" * 40)
    with refused("SignatureDoesNotMatch"):
        make_client(traveller.server, "s3", forged).get_object(Bucket=bucket, Key="key")
    lines = [line for line in logged() if line.error != "-"]
    assert sorted((line.operation, line.status, line.error, line.requester, line.signature) for line in lines) == sorted([
        ("REST.GET.OBJECT", "403", "AccessDenied", nobody.arn, "SigV4"),
        ("REST.PUT.OBJECT", "403", "AccessDenied", nobody.arn, "SigV4"),
        ("REST.GET.OBJECT", "403", "AccessDenied", "-", "-"),
        ("REST.GET.OBJECT", "404", "NoSuchKey", canonical_id(s3), "SigV4"),
        ("REST.PUT.OBJECT", "400", "BadDigest", canonical_id(s3), "SigV4"),
        ("REST.GET.OBJECT", "403", "SignatureDoesNotMatch", "-", "SigV4")])
    assert all(int(line.sent) > 100 for line in lines)


def test_roles_and_presigned_urls(traveller, s3, bucket, logged):
    role = traveller.role(policy=policy("s3:*"))
    person = traveller.user(policy=policy("sts:AssumeRole"))
    creds = traveller.assume(role, person.creds, session="night")
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    traveller.server.admin.past_the_jump()
    url = traveller.client("s3", creds=creds, signature_version="s3v4").generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "key"})
    path = url[len(traveller.server.endpoint):]
    assert urlopen(url).read() == BODY
    line = only(logged("REST.GET.OBJECT"))
    assert line.requester == f"arn:aws:sts::{traveller.id}:assumed-role/{role.split('/')[-1]}/night"
    assert (line.authentication, line.signature) == ("QueryString", "SigV4")
    hidden = re.sub(r"(X-Amz-(Signature|Security-Token))=[^&]*", r"\1=REDACTED", path)
    assert line.request_line == f"GET {hidden} HTTP/1.1" and hidden.count("REDACTED") == 2


def secrets_of(path):
    return re.findall(r"(?<=ignature=)[^&]+|(?<=ecurity-[Tt]oken=)[^&]+", path)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_no_line_shows_what_a_url_is_presigned_with(traveller, s3, bucket, logged, version):
    creds = traveller.assume(traveller.role(policy=policy("s3:*")), traveller.user(policy=policy("sts:AssumeRole")).creds)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    traveller.server.admin.past_the_jump()
    client = traveller.client("s3", creds=creds, signature_version=version)
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    path, secrets = url[len(traveller.server.endpoint):], secrets_of(url)
    assert len(secrets) == 2
    ways = [path, path.replace("ignature=", "i%67natur%65=").replace("ecurity-", "ecurity%2D"), path.replace("?", "?&&x=&") + "&"]
    for way in ways:
        send(traveller.server, "GET", way, {"Referer": f"https://example.com{path}"})
    lines = [line for line in logged() if line.key == "key" and "GET" in line.operation]
    assert len(lines) == len(ways) and lines[0].status == "200"
    for line in lines:
        assert not [secret for secret in secrets if secret in line.text]
        assert line.request_line.count("REDACTED") == line.referer.count("REDACTED") == 2


def test_no_line_shows_a_customers_key(traveller, s3, bucket, logged):
    send(traveller.server, "GET", f"/{bucket}/key?x-amz-server-side-encryption-customer-key=c2VjcmV0&x-id=GetObject")
    line = only(logged("REST.GET.OBJECT"))
    assert line.request_line == f"GET /{bucket}/key?x-amz-server-side-encryption-customer-key=REDACTED&x-id=GetObject HTTP/1.1"


def test_what_clients_say_ends_no_field(traveller, s3, bucket, logged):
    headers = {"User-Agent": 'forged" - id SigV4 "', "Referer": "https://example.com/\t\"\x80"}
    assert s3_request(traveller, "GET", f"/{bucket}?x-mine=\"1\"", headers).status in (200, 400, 403)
    line = only([line for line in logged() if line.key == "-"])
    assert line.user_agent == "forged%22 - id SigV4 %22"
    assert line.referer.startswith("https://example.com/%09%22%")


def test_copies_are_two_lines(traveller, s3, target, bucket, logged):
    s3.put_object(Bucket=bucket, Key="from here", Body=BODY)
    s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from here"})
    elsewhere = new_bucket(traveller)
    s3.copy_object(Bucket=elsewhere, Key="to", CopySource={"Bucket": bucket, "Key": "from here"})
    lines = [line for line in logged() if "COPY" in line.operation]
    assert sorted((line.operation, line.key, line["size"], line.bucket) for line in lines) == [
        ("REST.COPY.OBJECT", "to", str(len(BODY)), bucket),
        ("REST.COPY.OBJECT_GET", "from%20here", str(len(BODY)), bucket),
        ("REST.COPY.OBJECT_GET", "from%20here", str(len(BODY)), bucket)]


def test_a_batch_has_a_line_for_each_key(traveller, s3, bucket, logged):
    user = traveller.user(policy=policy(statement("s3:DeleteObject", resource=f"arn:aws:s3:::{bucket}/may/*")))
    for key in ("may/a", "may/b", "not"):
        s3.put_object(Bucket=bucket, Key=key, Body=BODY)
    user.client("s3").delete_objects(Bucket=bucket, Delete={
        "Quiet": True, "Objects": [{"Key": key} for key in ("may/a", "may/b", "not", "may/none")]})
    lines = logged()
    assert "REST.POST.MULTI_OBJECT_DELETE" in actions_of(lines)
    batch = [line for line in lines if line.operation == "BATCH.DELETE.OBJECT"]
    assert sorted((line.key, line.status, line.error, line["size"]) for line in batch) == [
        ("may/a", "204", "-", str(len(BODY))), ("may/b", "204", "-", str(len(BODY))), ("may/none", "204", "-", "-"),
        ("not", "403", "AccessDenied", "-")]
    assert {line.requester for line in batch} == {user.arn}
    assert {line.pieces["request_line"] for line in batch} == {"-"}


def test_lifecycles(traveller, s3, later):
    go_to_noon(traveller.server)
    target, bucket = new_target(traveller), new_bucket(traveller)
    s3.put_object(Bucket=bucket, Key="goes", Body=BODY)
    s3.put_object(Bucket=bucket, Key="cold/moves", Body=body_of(200000))
    s3.create_multipart_upload(Bucket=bucket, Key="upload")
    put_rules(s3, bucket, expire(1, Filter={"Prefix": "goes"}),
              rule("cold", Filter={"Prefix": "cold/"}, Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}]),
              rule("uploads", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))
    put_logging(s3, bucket, target)
    later("3d")
    lines = lines_of(s3, target)
    assert sorted((line.operation, line.key, line["size"]) for line in lines if line.operation.startswith("S3.")) == [
        ("S3.DELETE.UPLOAD", "upload", "-"), ("S3.EXPIRE.OBJECT", "goes", str(len(BODY))),
        ("S3.TRANSITION_GIR.OBJECT", "cold/moves", "200000")]
    line = only([line for line in lines if line.operation == "S3.EXPIRE.OBJECT"])
    assert line.requester == "AmazonS3" and line.pieces["request_line"] == line.pieces["user_agent"] == "-"


def test_replicas(traveller, s3, target, logged, later):
    source, other = set_up(traveller)
    put_logging(s3, other, target)
    version = s3.put_object(Bucket=source, Key="key", Body=BODY)["VersionId"]
    later("1s")
    assert s3.head_object(Bucket=source, Key="key", VersionId=version)["ReplicationStatus"] == "COMPLETED"
    line = only(logged("REST.PUT.OBJECT"))
    assert (line.bucket, line["size"], line.status) == (other, str(len(BODY)), "200")
    assert line.requester.startswith(f"arn:aws:sts::{traveller.id}:assumed-role/") and line.address == "-"
    assert line.pieces["request_line"] == "-"


def test_over_tls(tls_account, tls_server, certificate):
    s3 = make_client(tls_server, "s3", tls_account.root, endpoint=tls_server.tls_endpoint, verify=str(certificate[0]))
    target, bucket = new_target(tls_account), new_bucket(tls_account)
    put_logging(s3, bucket, target)
    s3.list_objects_v2(Bucket=bucket)
    tls_server.admin.advance("61s")
    line = only([line for line in lines_of(s3, target) if line.operation == "REST.GET.BUCKET"])
    assert line.tls.startswith("TLSv1.") and line.cipher != "-"


def test_what_an_acl_allowed(traveller, s3, bucket, logged):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object(Bucket=bucket, Key="key", Body=BODY, ACL="public-read")
    anonymous(traveller.server).get_object(Bucket=bucket, Key="key")
    assert only(logged("REST.GET.OBJECT")).acl_required == "Yes"


# -- Where lines go

def test_keys_and_content_of_log_objects(traveller, s3, later):
    target, bucket = new_target(traveller), new_bucket(traveller)
    put_logging(s3, bucket, target, "some/logs-")
    s3.list_objects_v2(Bucket=bucket)
    later("61s")
    key = only(log_keys(s3, target))
    assert NAME.fullmatch(key[len("some/logs-"):])
    found = s3.head_object(Bucket=target, Key=key)
    assert (found["ContentType"], found["ServerSideEncryption"]) == ("text/plain", "AES256")


@pytest.mark.parametrize("source", ["EventTime", "DeliveryTime"])
def test_partitioned_keys(traveller, s3, later, source):
    target, bucket = new_target(traveller), new_bucket(traveller)
    document = (f"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket><TargetPrefix>p/</TargetPrefix>"
                f"<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>{source}</PartitionDateSource>"
                "</PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>")
    assert s3_request(traveller, "PUT", f"/{bucket}?logging", body=document.encode()).status == 200
    s3.list_objects_v2(Bucket=bucket)
    day = now(traveller.server).strftime("%Y/%m/%d")
    later("61s")
    key = log_keys(s3, target)[0]
    folder = f"p/{traveller.id}/us-east-1/{bucket}/{day}/"
    assert key.startswith(folder) and NAME.fullmatch(key[len(folder):])
    assert (key[len(folder):].split("-")[3:6] == ["00", "00", "00"]) == (source == "EventTime")


def test_without_permission_nothing_comes_until_there_is(traveller, s3, later):
    target, bucket = new_bucket(traveller), new_bucket(traveller)
    put_logging(s3, bucket, target)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    later("61s")
    assert log_keys(s3, target) == []
    allow_delivery(s3, traveller, target, source="another")
    later("1h")
    assert log_keys(s3, target) == []
    allow_delivery(s3, traveller, target, source=bucket)
    later("1h")
    assert actions_of(lines_of(s3, target)) == ["REST.PUT.OBJECT"]


def test_what_nobody_takes_is_given_up_after_a_day(traveller, s3, later):
    target, bucket = new_bucket(traveller), new_bucket(traveller)
    put_logging(s3, bucket, target)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    before = traveller.server.admin.metrics()['merlon_losses_total{of="access_log_lines"}']
    later("26h")
    allow_delivery(s3, traveller, target)
    later("3h")
    assert lines_of(s3, target) == []
    assert traveller.server.admin.metrics()['merlon_losses_total{of="access_log_lines"}'] > before
    assert f'"whose":"{bucket}"' in traveller.server.log(last=1_000_000)


def test_more_than_one_object_is_given_up_after_a_day_too(traveller, s3, later):
    target, bucket = new_bucket(traveller), new_bucket(traveller)
    put_logging(s3, bucket, target)
    for batch in range(3):
        s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": [
            {"Key": f"{batch}{number:04d}/" + "k" * 1000} for number in range(1000)]})
    later("24h")
    s3.put_object(Bucket=bucket, Key="of today", Body=BODY)
    later("90m")
    allow_delivery(s3, traveller, target)
    later("1h")
    assert [line.key for line in lines_of(s3, target)] == ["of%20today"]


def test_what_was_refused_waits_for_its_hour(traveller, s3, later):
    target, bucket = new_bucket(traveller), new_bucket(traveller)
    put_logging(s3, bucket, target)
    s3.put_object(Bucket=bucket, Key="first", Body=BODY)
    later("61s")
    allow_delivery(s3, traveller, target)
    s3.put_object(Bucket=bucket, Key="second", Body=BODY)
    later("30m")
    assert log_keys(s3, target) == []
    later("31m")
    assert sorted(line.key for line in lines_of(s3, target)) == ["first", "second"]
    s3.put_object(Bucket=bucket, Key="third", Body=BODY)
    later("61s")
    assert "third" in [line.key for line in lines_of(s3, target)], "it is taken again, and soon"


def test_a_denial_keeps_the_service_out(traveller, s3, target, bucket, later):
    s3.put_bucket_policy(Bucket=target, Policy=bucket_policy(
        grant({"Service": SERVICE}, "s3:PutObject", f"{target}/*"),
        grant("*", "s3:PutObject", f"{target}/*", "Deny", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}})))
    s3.list_objects_v2(Bucket=bucket)
    later("61s")
    assert log_keys(s3, target) == []


def test_policies_that_want_safe_requests_let_the_delivery_in(traveller, s3, target, bucket, later):
    s3.put_bucket_policy(Bucket=target, Policy=bucket_policy(
        grant({"Service": SERVICE}, "s3:PutObject", f"{target}/*"),
        grant("*", "s3:*", f"{target}/*", "Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        grant("*", "s3:*", f"{target}/*", "Deny", Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        grant("*", "s3:*", f"{target}/*", "Deny", Condition={"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}})))
    s3.list_objects_v2(Bucket=bucket)
    later("61s")
    s3.delete_bucket_policy(Bucket=target)
    assert len(log_keys(s3, target)) == 1


def test_versions_and_encryption_of_the_target(traveller, s3, target, bucket, later):
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    key = traveller.client("kms").create_key(Policy=json.dumps(policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{traveller.id}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "kms:GenerateDataKey", "Resource": "*"})))["KeyMetadata"]["Arn"]
    s3.put_bucket_encryption(Bucket=target, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]})
    s3.list_objects_v2(Bucket=bucket)
    later("61s")
    found = s3.head_object(Bucket=target, Key=only(log_keys(s3, target)))
    assert found["SSEKMSKeyId"] == key and found["VersionId"] != "null"


def test_an_acl_lets_the_delivery_in(traveller, s3, later):
    target, bucket = new_bucket(traveller, ObjectOwnership="ObjectWriter"), new_bucket(traveller)
    reader = s3.list_buckets()["Owner"]["ID"]
    grants = [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},
               "Permission": "READ"}]
    s3.delete_public_access_block(Bucket=target)
    put_logging(s3, bucket, target, TargetGrants=grants)
    s3.list_objects_v2(Bucket=bucket)
    later("61s")
    assert log_keys(s3, target) == []
    s3.put_bucket_acl(Bucket=target, ACL="log-delivery-write")
    later("1h")
    acl = s3.get_object_acl(Bucket=target, Key=only(log_keys(s3, target)))
    assert acl["Owner"]["ID"] == reader
    assert sorted((row["Grantee"].get("ID") or row["Grantee"]["URI"], row["Permission"]) for row in acl["Grants"]) == sorted([
        (reader, "FULL_CONTROL"), (grants[0]["Grantee"]["URI"], "READ")])


def test_a_key_that_does_not_let_the_service_keeps_logs_out(traveller, s3, target, bucket, later):
    key = traveller.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_encryption(Bucket=target, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]})
    s3.list_objects_v2(Bucket=bucket)
    later("61s")
    assert log_keys(s3, target) == []


def test_a_bucket_with_object_lock_is_no_target(traveller, s3):
    bucket, locking = new_bucket(traveller), new_bucket(traveller, ObjectLockEnabledForBucket=True)
    with refused("InvalidTargetBucketForLogging"):
        put_logging(s3, bucket, locking)


def test_a_bucket_that_is_its_own_target(traveller, s3, later):
    bucket = new_target(traveller)
    put_logging(s3, bucket, bucket, "logs/")
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    later("61s")
    assert len(log_keys(s3, bucket, "logs/")) == 1
    later("10m")  # its own delivery waits longer: it goes round, and slowly
    assert len(log_keys(s3, bucket, "logs/")) == 2, "what was read and listed here"
    later("1h")
    own = [line for line in lines_of(s3, bucket, "logs/") if line.requester == f"svc:{SERVICE}"]
    assert own and {line.operation for line in own} == {"REST.PUT.OBJECT"}
    end_logging(s3, bucket)


def test_what_was_logged_goes_where_it_was_to_go(traveller, s3, later):
    first, second, bucket = new_target(traveller), new_target(traveller), new_bucket(traveller)
    put_logging(s3, bucket, first)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    put_logging(s3, bucket, second)
    s3.delete_object(Bucket=bucket, Key="key")
    end_logging(s3, bucket)
    s3.list_objects_v2(Bucket=bucket)
    later("2m")
    assert actions_of(lines_of(s3, first)) == ["REST.PUT.LOGGING_STATUS", "REST.PUT.OBJECT"]
    assert actions_of(lines_of(s3, second)) == ["REST.DELETE.OBJECT", "REST.PUT.LOGGING_STATUS"]


def test_a_deleted_bucket_leaves_its_log(s3, bucket, logged):
    s3.delete_bucket(Bucket=bucket)
    assert actions_of(logged()) == ["REST.DELETE.BUCKET"]


def test_more_lines_than_one_object_takes(traveller, s3, bucket, target, later):
    keys = [{"Key": f"{number:04d}/" + "k" * 1000} for number in range(1000)]
    s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": keys})
    later("61s")
    assert len(log_keys(s3, target)) == 2
    lines = lines_of(s3, target)
    assert sorted(line.key for line in lines if line.operation.startswith("BATCH")) == [row["Key"] for row in keys]


def test_logs_outlive_a_restart(new_server, tmp_path, home):
    from harness.account import Account
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    s3, target, bucket = account.client("s3"), new_target(account), new_bucket(account)
    put_logging(s3, bucket, target)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    server.kill()
    server.start()
    server.admin.advance("61s")
    s3 = account.client("s3")
    assert actions_of(lines_of(s3, target)) == ["REST.PUT.OBJECT"]


# -- Long ones

def files(server):
    return {path for path in (server.data / "blobs").rglob("*") if path.is_file()}


@pytest.fixture
def alone(new_server, home):
    """An account of a server of its own: nobody else's files lie there."""
    return Account.create(new_server(), home)


def log_much(account, target):
    """So many lines that they are no row: their request ids."""
    s3, bucket = account.client("s3"), new_bucket(account)
    put_logging(s3, bucket, target)
    return [s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["RequestId"] for _ in range(80)]


def test_a_long_log_is_a_file(alone):
    target = new_target(alone)
    asked, before = log_much(alone, target), files(alone.server)
    for duration in ("61s", "61s", "2h"):
        alone.server.admin.advance(duration)
    s3 = alone.client("s3")
    sizes = [row["Size"] for row in s3.list_objects_v2(Bucket=target)["Contents"]]
    assert max(sizes) > 16 * 1024
    assert len(files(alone.server) - before) == len([size for size in sizes if size > 16 * 1024])
    told = [line.request_id for line in lines_of(s3, target) if line.operation == "REST.HEAD.BUCKET"]
    assert sorted(told) == sorted(asked)


def test_a_long_log_that_is_refused_leaves_no_file(alone):
    target = new_bucket(alone)
    asked, before = log_much(alone, target), files(alone.server)
    alone.server.admin.advance("61s")
    s3 = alone.client("s3")
    assert log_keys(s3, target) == [] and files(alone.server) == before
    allow_delivery(s3, alone, target)
    alone.server.admin.advance("61m")
    assert sorted(line.request_id for line in lines_of(s3, target) if line.operation == "REST.HEAD.BUCKET") == sorted(asked)
