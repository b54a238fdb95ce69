"""The exercises of S3's access that everybody is given, typed into the AWS CLI."""
import json
import time
import urllib.request
from urllib.error import HTTPError

import pytest

from harness.account import Account, make_client, policy, statement
from harness.aws_cli import CliError
from harness.tls import make_certificate


def refused(account, command, creds, code="AccessDenied"):
    with pytest.raises(CliError) as caught:
        account.cli(command, creds=creds)
    assert caught.value.code == code or f"({code})" in caught.value.output, caught.value.output


def fetch(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def bucket(account):
    name = f"lab-{account.id}"
    account.cli(f"s3 mb s3://{name}")
    return name


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("a note")
    return str(path)


def let_policies_be_public(account, bucket):
    account.cli(["s3api", "put-public-access-block", "--bucket", bucket, "--public-access-block-configuration",
                 "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false"])


def put_policy(account, bucket, *statements):
    rows = [{"Principal": "*", **one} for one in statements]
    account.cli(["s3api", "put-bucket-policy", "--bucket", bucket, "--policy",
                 json.dumps({"Version": "2012-10-17", "Statement": rows})])


def test_a_role_that_only_reads(account, bucket, note, tmp_path):
    account.cli(["s3", "cp", note, f"s3://{bucket}/note.txt"])
    arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    role = account.role(policy=policy(statement(["s3:ListBucket", "s3:GetObject"], resource=arns)))
    alice = account.user(policy=policy("sts:AssumeRole"))
    keys = alice.cli(["sts", "assume-role", "--role-arn", role, "--role-session-name", "lab"])["Credentials"]
    reader = type(alice.creds).of(keys)
    assert "note.txt" in account.cli(f"s3 ls s3://{bucket}", creds=reader)
    account.cli(["s3", "cp", f"s3://{bucket}/note.txt", str(tmp_path / "back")], creds=reader)
    assert (tmp_path / "back").read_text() == "a note"
    refused(account, ["s3", "cp", note, f"s3://{bucket}/other.txt"], reader)
    refused(account, ["s3", "rm", f"s3://{bucket}/note.txt"], reader)


def test_a_write_is_denied_and_then_allowed_at_once(account, bucket, note):
    alice = account.user(policy=policy("s3:GetObject"))
    refused(account, ["s3", "cp", note, f"s3://{bucket}/x"], alice.creds)
    alice.put_policy(policy(statement("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/*")))
    account.cli(["s3", "cp", note, f"s3://{bucket}/x"], creds=alice.creds)
    alice.put_policy(policy(statement("s3:*"), statement("s3:PutObject", effect="Deny")))
    refused(account, ["s3", "cp", note, f"s3://{bucket}/x"], alice.creds)


def test_a_presigned_url_lives_and_dies(account, bucket, note):
    account.cli(["s3", "cp", note, f"s3://{bucket}/x"])
    url = account.cli(["s3", "presign", f"s3://{bucket}/x", "--expires-in", "300"]).strip()
    assert fetch(url) == (200, b"a note")
    short = account.cli(["s3", "presign", f"s3://{bucket}/x", "--expires-in", "1"]).strip()
    time.sleep(2.1)
    assert fetch(short)[0] == 403 and fetch(url) == (200, b"a note")


def test_one_prefix_for_everybody(account, bucket, note):
    account.cli(["s3", "cp", note, f"s3://{bucket}/open/x"])
    account.cli(["s3", "cp", note, f"s3://{bucket}/shut/x"])
    here = f"{account.server.endpoint}/{bucket}"
    assert fetch(f"{here}/open/x")[0] == 403
    read = statement("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/open/*")
    with pytest.raises(CliError, match="BlockPublicPolicy"):
        put_policy(account, bucket, read)
    let_policies_be_public(account, bucket)
    put_policy(account, bucket, read)
    assert fetch(f"{here}/open/x") == (200, b"a note")
    assert fetch(f"{here}/shut/x")[0] == 403 and fetch(here)[0] == 403
    assert fetch(f"{here}/open/none")[0] == 403  # whoever may not list does not learn what is there


def test_another_account_by_a_canned_acl(account, other_account, bucket, note):
    theirs = f"theirs-{other_account.id}"
    other_account.cli(["s3api", "create-bucket", "--bucket", theirs, "--object-ownership", "BucketOwnerPreferred"])
    put_policy(other_account, theirs, {"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "s3:PutObject",
                                       "Resource": f"arn:aws:s3:::{theirs}/*", "Condition": {
                                           "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}})
    alice = account.user(policy=policy("s3:PutObject", "s3:PutObjectAcl"))
    refused(account, ["s3", "cp", note, f"s3://{theirs}/x"], alice.creds)
    account.cli(["s3", "cp", note, f"s3://{theirs}/x", "--acl", "bucket-owner-full-control"], creds=alice.creds)
    assert "x" in other_account.cli(f"s3 ls s3://{theirs}")
    refused(account, f"s3api get-object --bucket {theirs} --key x {note}.back", alice.creds)


def test_only_over_tls(new_server, tmp_path, home):
    certificate, key = make_certificate(tmp_path)
    server = new_server(arguments=["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key])
    account = Account.create(server, home)
    s3 = account.client("s3")
    s3.create_bucket(Bucket="over-tls")
    s3.put_object(Bucket="over-tls", Key="x", Body=b"a note")
    put_policy(account, "over-tls", {**statement("s3:*", effect="Deny", resource="arn:aws:s3:::over-tls/*"),
                                     "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.get_object(Bucket="over-tls", Key="x")
    safe = make_client(server, "s3", account.root, endpoint=server.tls_endpoint, verify=certificate)
    assert safe.get_object(Bucket="over-tls", Key="x")["Body"].read() == b"a note"


def test_nothing_comes_in_without_encryption_by_a_key(account, bucket, note):
    put_policy(account, bucket, {**statement("s3:PutObject", effect="Deny", resource=f"arn:aws:s3:::{bucket}/*"),
                                 "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}})
    refused(account, ["s3", "cp", note, f"s3://{bucket}/x"], account.root)
    refused(account, ["s3", "cp", note, f"s3://{bucket}/x", "--sse", "AES256"], account.root)
    account.cli(["s3", "cp", note, f"s3://{bucket}/x", "--sse", "aws:kms"])
    head = account.cli(f"s3api head-object --bucket {bucket} --key x")
    assert head["ServerSideEncryption"] == "aws:kms"


def test_a_key_shuts_what_a_bucket_opens(account, bucket, note):
    key = account.cli("kms create-key")["KeyMetadata"]["Arn"]
    account.cli(["s3", "cp", note, f"s3://{bucket}/x", "--sse", "aws:kms", "--sse-kms-key-id", key])
    let_policies_be_public(account, bucket)
    put_policy(account, bucket, statement("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*"))
    status, body = fetch(f"{account.server.endpoint}/{bucket}/x")
    assert status in (400, 403) and b"a note" not in body
    alice = account.user(policy=policy("s3:*"))
    refused(account, f"s3api get-object --bucket {bucket} --key x {note}.back", alice.creds)
    alice.put_policy(policy("s3:*", statement("kms:Decrypt", resource=key)))
    account.cli(f"s3api get-object --bucket {bucket} --key x {note}.back", creds=alice.creds)
    with open(f"{note}.back", encoding="utf-8") as back:
        assert back.read() == "a note"
