"""Server-side encryption: by S3's own keys, by keys of KMS in the name of who asks, and by the customer's key.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html"""
import base64
import hashlib
import json
import os
import ssl
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import make_client, policy, statement
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.key_policies import allow, deny, new_key, set_policy
from harness.tls import tls_client

KMS_ACTIONS = ["kms:GenerateDataKey", "kms:Decrypt"]
SIZES = (0, 100, 20_000)


@pytest.fixture
def s3(account):
    return account.client("s3")


def refused(code, call, message=None, status=None, **arguments):
    """Calls, and gives the error, which must be this one."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    assert message is None or answer["Error"]["Message"] == message
    assert status is None or answer["ResponseMetadata"]["HTTPStatusCode"] == status
    return answer["Error"]


def encrypted_by(answer):
    """What headers say of it, as (kind, key, is under a bucket key)."""
    return answer.get("ServerSideEncryption"), answer.get("SSEKMSKeyId"), answer.get("BucketKeyEnabled", False)


def kms_events(account, name, key):
    """Records of S3's calls to KMS with this key, newest first."""
    account.event(name)
    rows = account.events_named(name)
    return [row for row in rows if row["requestParameters"].get("keyId") == key or
            any(one["ARN"] == key for one in row.get("resources", []))]


# -- By S3's own keys

@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("asked", [{}, {"ServerSideEncryption": "AES256"}])
def test_every_object_is_encrypted(account, s3, asked, size):
    bucket, data = new_bucket(account), os.urandom(size)
    assert encrypted_by(s3.put_object(Bucket=bucket, Key="k", Body=data, **asked)) == ("AES256", None, False)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert encrypted_by(got) == ("AES256", None, False) and got["Body"].read() == data
    assert encrypted_by(s3.head_object(Bucket=bucket, Key="k")) == ("AES256", None, False)


def test_the_default_of_a_bucket_is_told(account, s3):
    rules = s3.get_bucket_encryption(Bucket=new_bucket(account))["ServerSideEncryptionConfiguration"]["Rules"]
    assert len(rules) == 1
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert rules[0]["BucketKeyEnabled"] is False


@pytest.mark.parametrize("headers", [
    {"x-amz-server-side-encryption": "aws:fsx"}, {"x-amz-server-side-encryption": "AES128"},
    {"x-amz-server-side-encryption": ""},
    {"x-amz-server-side-encryption": "AES256", "x-amz-server-side-encryption-aws-kms-key-id": "alias/x"},
    {"x-amz-server-side-encryption-aws-kms-key-id": "alias/x"}])
def test_encryption_that_makes_no_sense(account, s3, headers):
    bucket = new_bucket(account)
    answer = raw.signed(account.server, account.root, "s3", b"x", headers, method="PUT", target=f"/{bucket}/k")
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


# -- By keys of KMS

@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["aws:kms", "aws:kms:dsse"])
def test_a_key_of_the_customer(account, s3, kind, size):
    bucket, key, data = new_bucket(account), new_key(account), os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=data, ServerSideEncryption=kind, SSEKMSKeyId=key)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert encrypted_by(put) == encrypted_by(got) == (kind, key, False) and got["Body"].read() == data
    assert encrypted_by(s3.head_object(Bucket=bucket, Key="k")) == (kind, key, False)
    assert put["ETag"] == got["ETag"] != f'"{hashlib.md5(data).hexdigest()}"', "an ETag that is no MD5"


def test_a_key_may_be_named_in_each_way(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    account.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key)
    for name in (key, key.rsplit("/", 1)[1], "alias/mine", f"arn:aws:kms:us-east-1:{account.id}:alias/mine"):
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=name)
        assert encrypted_by(put) == ("aws:kms", key, False), name


def test_the_aws_managed_key(account, s3):
    bucket = new_bucket(account)
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    key = account.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert encrypted_by(put) == ("aws:kms", key["Arn"], False) and key["KeyManager"] == "AWS"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    user = account.user(policy=policy("s3:*"))
    assert user.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x", "its policy lets in the account"
    refused("AccessDeniedException", user.client("kms").decrypt, CiphertextBlob=b"x", KeyId=key["Arn"])


def test_the_encryption_context_is_the_objects_arn(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.get_object(Bucket=bucket, Key="a b/ü")
    for name in ("GenerateDataKey", "Decrypt"):
        row = kms_events(account, name, key)[0]
        assert row["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"arn:aws:s3:::{bucket}/a b/ü"}
        assert row["eventSource"] == "kms.amazonaws.com" and row["readOnly"] is True
        assert row["userIdentity"]["arn"] == f"arn:aws:iam::{account.id}:root"
        assert row["userIdentity"]["invokedBy"] == row["sourceIPAddress"] == row["userAgent"] == "s3.amazonaws.com"
        assert key in [one["ARN"] for one in row["resources"]]


def test_with_a_bucket_key_the_context_is_the_buckets_arn(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
                        BucketKeyEnabled=True)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert encrypted_by(put) == encrypted_by(got) == ("aws:kms", key, True) and got["Body"].read() == b"x"
    for name in ("GenerateDataKey", "Decrypt"):
        row = kms_events(account, name, key)[0]
        assert row["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"arn:aws:s3:::{bucket}"}


def test_a_context_of_the_clients_own(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    context = base64.b64encode(json.dumps({"team": "rot", "wer": "алиса"}).encode()).decode()
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
                        SSEKMSEncryptionContext=context)
    told = json.loads(base64.b64decode(put["SSEKMSEncryptionContext"]))
    assert told["team"] == "rot" and told["wer"] == "алиса"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    for name in ("GenerateDataKey", "Decrypt"):
        assert kms_events(account, name, key)[0]["requestParameters"]["encryptionContext"] == {
            "team": "rot", "wer": "алиса", "aws:s3:arn": f"arn:aws:s3:::{bucket}/k"}


@pytest.mark.parametrize("context", ["not base64!", base64.b64encode(b"{").decode(), base64.b64encode(b"[1]").decode(),
                                     base64.b64encode(b'{"a": 1}').decode()])
def test_a_context_that_is_none(account, s3, context):
    refused("InvalidArgument", s3.put_object, Bucket=new_bucket(account), Key="k", Body=b"x",
            ServerSideEncryption="aws:kms", SSEKMSEncryptionContext=context)


def test_who_may_not_use_the_key_may_not_read(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    user = account.user(policy=policy("s3:*"))
    error = refused("AccessDenied", user.client("s3").get_object, status=403, Bucket=bucket, Key="k")
    assert "kms:Decrypt" in error["Message"] and user.arn in error["Message"]
    assert user.client("s3").head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key, "that opens nothing"
    error = refused("AccessDenied", user.client("s3").put_object, status=403, Bucket=bucket, Key="new", Body=b"y",
                    ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert "kms:GenerateDataKey" in error["Message"]
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    user.put_policy(policy("s3:*", statement(KMS_ACTIONS, resource=key)))
    assert user.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_denied_decrypt_is_on_record(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    user = account.user("mallory", policy("s3:*"))
    refused("AccessDenied", user.client("s3").get_object, Bucket=bucket, Key="k")
    row = account.event("Decrypt")
    assert row["errorCode"].startswith("AccessDenied") and row["userIdentity"]["userName"] == "mallory"
    assert row["userIdentity"]["invokedBy"] == "s3.amazonaws.com"


def test_a_public_object_is_not_public_while_its_key_is_not(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:GetObject", f"{bucket}/*")))
    s3.put_object(Bucket=bucket, Key="open", Body=b"x")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    everyone = anonymous(account.server)
    assert everyone.get_object(Bucket=bucket, Key="open")["Body"].read() == b"x"
    refused("InvalidArgument", everyone.get_object, status=400, Bucket=bucket, Key="k", message=(
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."))
    user = account.user()
    assert user.client("s3").get_object(Bucket=bucket, Key="open")["Body"].read() == b"x"
    error = refused("AccessDenied", user.client("s3").get_object, status=403, Bucket=bucket, Key="k")
    assert "kms:Decrypt" in error["Message"]


def test_another_account_needs_the_key_too(account, other_account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(
        grant(f"arn:aws:iam::{other_account.id}:root", "s3:*", [bucket, f"{bucket}/*"])))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    theirs = other_account.user(policy=policy("s3:*", statement(KMS_ACTIONS)))
    refused("AccessDenied", theirs.client("s3").get_object, Bucket=bucket, Key="k")
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root"),
               allow(f"arn:aws:iam::{other_account.id}:root", KMS_ACTIONS))
    assert theirs.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    theirs.client("s3").put_object(Bucket=bucket, Key="theirs", Body=b"y", ServerSideEncryption="aws:kms",
                                   SSEKMSKeyId=key)
    assert s3.get_object(Bucket=bucket, Key="theirs")["Body"].read() == b"y"


# -- Keys that are not to be used

def test_a_disabled_key(account, s3):
    bucket, key, kms = new_bucket(account), new_key(account), account.client("kms")
    with_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **with_key)
    kms.disable_key(KeyId=key)
    for call, more in ((s3.get_object, {}), (s3.put_object, {"Body": b"y", **with_key})):
        error = refused("KMS.DisabledException", call, status=400, Bucket=bucket, Key="k", **more)
        assert error["Message"] == f"{key} is disabled."
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_key_that_is_to_be_deleted(account, s3):
    bucket, key, kms = new_bucket(account), new_key(account), account.client("kms")
    with_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **with_key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    for call, more in ((s3.get_object, {}), (s3.put_object, {"Body": b"y", **with_key})):
        error = refused("KMS.KMSInvalidStateException", call, status=400, Bucket=bucket, Key="k", **more)
        assert error["Message"] == f"{key} is pending deletion."


def test_once_the_key_is_gone_so_is_the_object(traveller, later):
    bucket, key, s3 = new_bucket(traveller), new_key(traveller), traveller.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 20000, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    traveller.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later("8d")
    error = refused("AccessDenied", s3.get_object, status=403, Bucket=bucket, Key="k")
    assert error["Message"].startswith("The ciphertext refers to a customer master key that does not exist"), error
    s3.delete_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("name", ["1234abcd-12ab-34cd-56ef-1234567890ab", "alias/nothing", "no key at all",
                                  "arn:aws:kms:us-east-1:111122223333:alias/nothing"])
def test_a_key_that_is_none(account, s3, name):
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=new_bucket(account), Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=name)
    assert caught.value.response["Error"]["Code"] in ("KMS.NotFoundException", "AccessDenied", "InvalidArgument")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_a_key_of_another_kind(account, s3):
    key = new_key(account, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=new_bucket(account), Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


# -- Conditions of key policies

def test_via_service(account, s3):
    """A key for S3 only: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    user, bucket = account.user(policy=policy("s3:*")), new_bucket(account)
    key = new_key(account, allow(f"arn:aws:iam::{account.id}:root", "kms:*"),
                  allow(user.arn, KMS_ACTIONS, Condition={"StringEquals": {
                      "kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": account.id}}))
    mine = user.client("s3")
    mine.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert mine.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    refused("AccessDeniedException", user.client("kms").generate_data_key, KeyId=key, KeySpec="AES_256")
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root", "kms:*"),
               allow(user.arn, KMS_ACTIONS, Condition={"StringEquals": {
                   "kms:ViaService": "s3.eu-west-1.amazonaws.com"}}))
    refused("AccessDenied", mine.get_object, Bucket=bucket, Key="k")


def test_the_context_as_a_condition(account, s3):
    user, bucket = account.user(policy=policy("s3:*")), new_bucket(account)
    arn = f"arn:aws:s3:::{bucket}"
    key = new_key(account, allow(f"arn:aws:iam::{account.id}:root", "kms:*"),
                  allow(user.arn, KMS_ACTIONS, Condition={"StringLike": {
                      "kms:EncryptionContext:aws:s3:arn": f"{arn}/open/*"}}))
    mine, with_key = user.client("s3"), {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    mine.put_object(Bucket=bucket, Key="open/k", Body=b"x", **with_key)
    assert mine.get_object(Bucket=bucket, Key="open/k")["Body"].read() == b"x"
    refused("AccessDenied", mine.put_object, Bucket=bucket, Key="closed/k", Body=b"y", **with_key)
    s3.put_object(Bucket=bucket, Key="closed/k", Body=b"z", **with_key)
    refused("AccessDenied", mine.get_object, Bucket=bucket, Key="closed/k")
    refused("AccessDenied", mine.put_object, Bucket=bucket, Key="open/b", Body=b"y", BucketKeyEnabled=True, **with_key)
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root", "kms:*"),
               allow(user.arn, KMS_ACTIONS, Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": arn}}))
    mine.put_object(Bucket=bucket, Key="open/b", Body=b"y", BucketKeyEnabled=True, **with_key)
    refused("AccessDenied", mine.get_object, Bucket=bucket, Key="open/k")


def test_a_key_policy_that_denies(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    user = account.user(policy=policy("s3:*", "kms:*"))
    assert user.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root"), deny(user.arn, "kms:Decrypt"))
    error = refused("AccessDenied", user.client("s3").get_object, Bucket=bucket, Key="k")
    assert "explicit deny" in error["Message"]


# -- A bucket's default

def set_default(s3, bucket, kind, key=None, bucket_key=None):
    by_default = {"SSEAlgorithm": kind, **({"KMSMasterKeyID": key} if key else {})}
    rule = {"ApplyServerSideEncryptionByDefault": by_default}
    if bucket_key is not None:
        rule["BucketKeyEnabled"] = bucket_key
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_the_default_of_the_bucket(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    set_default(s3, bucket, "aws:kms", key, bucket_key=True)
    assert encrypted_by(s3.put_object(Bucket=bucket, Key="k", Body=b"x")) == ("aws:kms", key, True)
    own = s3.put_object(Bucket=bucket, Key="own", Body=b"x", ServerSideEncryption="AES256")
    assert encrypted_by(own) == ("AES256", None, False), "the request has the last word"
    own = s3.put_object(Bucket=bucket, Key="own", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
                        BucketKeyEnabled=False)
    assert encrypted_by(own) == ("aws:kms", key, False)
    s3.delete_bucket_encryption(Bucket=bucket)
    assert encrypted_by(s3.put_object(Bucket=bucket, Key="later", Body=b"x")) == ("AES256", None, False)
    assert encrypted_by(s3.head_object(Bucket=bucket, Key="k")) == ("aws:kms", key, True), "what is there stays"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_default_that_the_writer_may_not_use(account, s3):
    bucket, key, user = new_bucket(account), new_key(account), account.user(policy=policy("s3:*"))
    set_default(s3, bucket, "aws:kms", key)
    refused("AccessDenied", user.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x")
    set_default(s3, bucket, "aws:kms")
    managed = account.client("kms").describe_key
    put = user.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put["SSEKMSKeyId"] == managed(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


def test_a_default_of_two_layers(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    set_default(s3, bucket, "aws:kms:dsse", key)
    assert encrypted_by(s3.put_object(Bucket=bucket, Key="k", Body=b"x")) == ("aws:kms:dsse", key, False)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


# -- Policies that force it

def test_a_policy_that_forces_kms(account, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms"""
    bucket, key = new_bucket(account), new_key(account)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant(
        "*", "s3:PutObject", f"{bucket}/*", effect="Deny",
        Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})))
    what = {"Bucket": bucket, "Key": "k", "Body": b"x"}
    error = refused("AccessDenied", s3.put_object, status=403, **what)
    assert "explicit deny in a resource-based policy" in error["Message"]
    refused("AccessDenied", s3.put_object, **what, ServerSideEncryption="AES256")
    refused("AccessDenied", s3.put_object, **what, ServerSideEncryption="aws:kms:dsse")
    s3.put_object(**what, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key


def test_a_policy_that_forces_one_key(account, s3):
    bucket, key, other = new_bucket(account), new_key(account), new_key(account)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant(
        "*", "s3:PutObject", f"{bucket}/*", effect="Deny",
        Condition={"ArnNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}})))
    what = {"Bucket": bucket, "Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms"}
    refused("AccessDenied", s3.put_object, **what, SSEKMSKeyId=other)
    s3.put_object(**what, SSEKMSKeyId=key)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key


def test_a_policy_that_forbids_customer_keys(tls_account, certificate):
    bucket, s3 = new_bucket(tls_account), tls_client(tls_account, certificate)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant(
        "*", "s3:PutObject", f"{bucket}/*", effect="Deny",
        Condition={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}})))
    refused("AccessDenied", s3.put_object, Bucket=bucket, Key="k", Body=b"x", SSECustomerAlgorithm="AES256",
            SSECustomerKey=os.urandom(32))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")


# -- By the customer's own key, which is never kept

def customer(key, algorithm="AES256"):
    return {"SSECustomerAlgorithm": algorithm, "SSECustomerKey": key}


def customer_headers(secret, change=()):
    prefix = "x-amz-server-side-encryption-customer-"
    values = {"algorithm": "AES256", "key": base64.b64encode(secret).decode(),
              "key-MD5": base64.b64encode(hashlib.md5(secret).digest()).decode(), **dict(change)}
    return {prefix + name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("size", SIZES)
def test_a_customers_key(tls_account, certificate, size):
    bucket, s3 = new_bucket(tls_account), tls_client(tls_account, certificate)
    key, data = os.urandom(32), os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=data, **customer(key))
    got = s3.get_object(Bucket=bucket, Key="k", **customer(key))
    head = s3.head_object(Bucket=bucket, Key="k", **customer(key))
    assert got["Body"].read() == data and head["ContentLength"] == size
    for answer in (put, got, head):
        assert answer["SSECustomerAlgorithm"] == "AES256"
        assert answer["SSECustomerKeyMD5"] == base64.b64encode(hashlib.md5(key).digest()).decode()
        assert "ServerSideEncryption" not in answer
    assert put["ETag"] != f'"{hashlib.md5(data).hexdigest()}"'
    ranged = s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-9", **customer(key)) if size else None
    assert not ranged or ranged["Body"].read() == data[:10]


def test_another_key_or_none(tls_account, certificate):
    bucket, s3 = new_bucket(tls_account), tls_client(tls_account, certificate)
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret", **customer(os.urandom(32)))
    refused("AccessDenied", s3.get_object, status=403, Bucket=bucket, Key="k", **customer(os.urandom(32)))
    refused("InvalidRequest", s3.get_object, status=400, Bucket=bucket, Key="k", message=(
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
        "retrieve the object."))
    refused("403", s3.head_object, Bucket=bucket, Key="k", **customer(os.urandom(32)))
    refused("400", s3.head_object, Bucket=bucket, Key="k")
    rows = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [(row["Key"], row["Size"]) for row in rows] == [("k", 6)]
    s3.delete_object(Bucket=bucket, Key="k")  # takes no key


def test_a_key_for_an_object_that_has_none(tls_account, certificate):
    bucket, s3 = new_bucket(tls_account), tls_client(tls_account, certificate)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    refused("InvalidRequest", s3.get_object, Bucket=bucket, Key="k", **customer(os.urandom(32)),
            message="The encryption parameters are not applicable to this object.")
    refused("400", s3.head_object, Bucket=bucket, Key="k", **customer(os.urandom(32)))


def tls_put(account, certificate, bucket, headers):
    """(status, body) of a PUT over TLS with just these headers."""
    url = f"{account.server.tls_endpoint}/{bucket}/k"
    signed, _ = raw.sign(url, account.root, "s3", method="PUT", body=b"x", headers=headers)
    request = urllib.request.Request(url, data=b"x", method="PUT", headers={"Content-Type": "x/y", **signed})
    context = ssl.create_default_context(cafile=certificate[0])
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.request.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("change, code", [
    ({}, None), ({"algorithm": "AES128"}, "InvalidEncryptionAlgorithmError"), ({"algorithm": None}, "InvalidArgument"),
    ({"key": None}, "InvalidArgument"), ({"key-MD5": None}, "InvalidArgument"),
    ({"key": "short"}, "InvalidArgument"), ({"key-MD5": base64.b64encode(b"0" * 16).decode()}, "InvalidArgument")])
def test_headers_that_do_not_fit(tls_account, certificate, change, code):
    bucket = new_bucket(tls_account)
    status, body = tls_put(tls_account, certificate, bucket, customer_headers(os.urandom(32), change))
    assert status == (400 if code else 200) and (not code or f"<Code>{code}</Code>" in body), body


def test_a_customers_key_and_another_kind_at_once(tls_account, certificate):
    headers = {**customer_headers(os.urandom(32)), "x-amz-server-side-encryption": "AES256"}
    status, body = tls_put(tls_account, certificate, new_bucket(tls_account), headers)
    assert status == 400 and "<Code>InvalidArgument</Code>" in body and "incompatible" in body


def test_never_over_http(account, tls_account, certificate, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html: over HTTP such
    requests are refused, and the key is to be taken for lost."""
    bucket, key = new_bucket(account), os.urandom(32)
    headers = customer_headers(key)
    said = ("Requests specifying Server Side Encryption with Customer provided keys must be made over a secure "
            "connection.")
    answer = raw.signed(account.server, account.root, "s3", b"x", headers, method="PUT", target=f"/{bucket}/k")
    assert (answer.status, answer.code, answer.message) == (400, "InvalidRequest", said)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    theirs = new_bucket(tls_account)
    tls_client(tls_account, certificate).put_object(Bucket=theirs, Key="k", Body=b"x", **customer(key))
    answer = raw.signed(tls_account.server, tls_account.root, "s3", headers=headers, method="GET", target=f"/{theirs}/k")
    assert (answer.status, answer.code, answer.message) == (400, "InvalidRequest", said)


def test_the_key_is_on_no_record(tls_account, certificate):
    bucket, key = new_bucket(tls_account), os.urandom(32)
    s3 = tls_client(tls_account, certificate)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **customer(key))
    s3.get_object(Bucket=bucket, Key="k", **customer(key))
    tls_account.event("CreateBucket")
    records = json.dumps(tls_account.events()) + tls_account.server.log(last=1_000_000)
    for form in (base64.b64encode(key).decode(), key.hex()):
        assert form not in records


def test_presigned_urls_of_encrypted_objects(account, s3):
    bucket, key = new_bucket(account), new_key(account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    url = make_client(account.server, "s3", account.root, signature_version="s3v4").generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "k"})
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == b"x"
        assert answer.headers["x-amz-server-side-encryption-aws-kms-key-id"] == key


def test_an_upload_in_parts_is_encrypted_as_it_began(account, s3):
    """Whoever sends parts needs the key too: kms:Decrypt, for what the upload's data key is sealed under.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions"""
    bucket, key = new_bucket(account), new_key(account)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert encrypted_by(upload) == ("aws:kms", key, False)
    part = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    nobody = account.user(policy=policy("s3:*")).client("s3")
    refused("AccessDenied", nobody.upload_part, PartNumber=1, Body=b"x", **part)
    etag = s3.upload_part(PartNumber=1, Body=b"hello", **part)["ETag"]
    done = s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    got = s3.get_object(Bucket=bucket, Key="k")
    assert encrypted_by(done) == encrypted_by(got) == ("aws:kms", key, False) and got["Body"].read() == b"hello"


def test_a_copy_opens_by_one_key_and_seals_by_another(account, s3):
    bucket, one, two = new_bucket(account), new_key(account), new_key(account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ServerSideEncryption="aws:kms", SSEKMSKeyId=one)
    what = {"Bucket": bucket, "Key": "copy", "CopySource": {"Bucket": bucket, "Key": "k"},
            "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": two}
    user = account.user(policy=policy("s3:*", statement("kms:GenerateDataKey", resource=two)))
    error = refused("AccessDenied", user.client("s3").copy_object, **what)
    assert "kms:Decrypt" in error["Message"]
    user.put_policy(policy("s3:*", statement("kms:Decrypt", resource=one)))
    error = refused("AccessDenied", user.client("s3").copy_object, **what)
    assert "kms:GenerateDataKey" in error["Message"]
    user.put_policy(policy("s3:*", statement("kms:Decrypt", resource=one), statement("kms:*", resource=two)))
    user.client("s3").copy_object(**what)
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert encrypted_by(got) == ("aws:kms", two, False) and got["Body"].read() == b"hello"
