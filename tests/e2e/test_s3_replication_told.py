"""What is told of replication: notifications of replicas and of failures with their reasons, access logs, traces."""
import json

import pytest

from harness.account import policy, statement
from harness.multipart import put_in_parts
from harness.notifications import QUEUE, arn, names_of, notify, receiver, records_of
from harness.objects import body_of, tag_set, versions_of
from harness.replication import TRUST, permissions, replicate, replicating_role, rule, status_of, versioned

BODY = b"to be told of"


@pytest.fixture
def s3(traveller):
    return traveller.client("s3")


@pytest.fixture
def run(later):
    return lambda: later("1s")


def failures(traveller, bucket):
    return [record["replicationEventData"] for record in records_of(traveller.server, bucket)
            if record["eventName"] == "Replication:OperationFailedReplication"]


def watch(traveller, s3, bucket, *events):
    notify(s3, bucket, receiver(arn(traveller, QUEUE), *events))


def watched(traveller, s3, **more):
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target, **more)
    replicate(s3, source, role, rule(target, markers="Enabled"))
    watch(traveller, s3, source, "s3:Replication:*")
    return source, target, role


def test_replicas_are_created_in_their_bucket(traveller, s3, run):
    source, target, _ = watched(traveller, s3)
    watch(traveller, s3, target, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
    version = s3.put_object(Bucket=source, Key="key", Body=BODY)["VersionId"]
    put_in_parts(s3, source, "parts", [body_of(5 * 1024 * 1024), b"end"])
    s3.delete_object(Bucket=source, Key="key")
    run()
    records = records_of(traveller.server, target)
    assert sorted(names_of(records)) == ["ObjectCreated:CompleteMultipartUpload", "ObjectCreated:Put",
                                         "ObjectRemoved:DeleteMarkerCreated"]
    put = next(record for record in records if record["eventName"] == "ObjectCreated:Put")
    assert put["s3"]["object"]["versionId"] == version
    assert put["userIdentity"]["principalId"].endswith(":s3-replication")
    assert failures(traveller, source) == []


@pytest.mark.parametrize("missing, reason", [
    ("s3:ListBucket", "SrcGetObjectNotPermitted"),
    ("s3:GetObjectVersionForReplication", "SrcGetObjectNotPermitted"),
    ("s3:GetObjectVersionAcl", "SrcGetAclNotPermitted"),
    ("s3:ReplicateObject", "DstPutObjectNotPermitted")])
def test_reasons_of_refusals(traveller, s3, run, missing, reason):
    source, target, _ = watched(traveller, s3, but=[missing])
    s3.put_object(Bucket=source, Key="key", Body=BODY)
    run()
    told, = failures(traveller, source)
    assert told.pop("requestTime")
    assert told == {"replicationRuleId": "one", "destinationBucket": f"arn:aws:s3:::{target}", "s3Operation": "OBJECT_PUT",
                    "failureReason": reason}


def test_reasons_of_other_failures(traveller, s3, run):
    source, target, role = watched(traveller, s3)
    name = role.split("/")[-1]
    version = s3.put_object(Bucket=source, Key="key", Body=BODY, Tagging="a=1")["VersionId"]
    run()
    traveller.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(
        permissions(source, target, but=["s3:GetObjectVersionTagging", "s3:ReplicateDelete"])))
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(a="2"))
    s3.delete_object(Bucket=source, Key="key")
    run()
    s3.delete_object(Bucket=target, Key="key", VersionId=version)
    traveller.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(permissions(source, target)))
    s3.put_object_tagging(Bucket=source, Key="key", VersionId=version, Tagging=tag_set(a="3"))
    run()
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=source, Key="key", Body=BODY)
    run()
    s3.delete_bucket(Bucket=target)
    s3.put_object(Bucket=source, Key="key", Body=BODY)
    run()
    traveller.iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(
        {**TRUST, "Statement": [{**TRUST["Statement"][0], "Effect": "Deny"}]}))
    traveller.client("s3").create_bucket(Bucket=target)
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=source, Key="key", Body=BODY)
    run()
    told = [(row["s3Operation"], row["failureReason"]) for row in failures(traveller, source)]
    assert sorted(told[:2]) == [("OBJECT_DELETE", "DstDelObjNotPermitted"), ("OBJECT_PUT_TAGGING", "SrcGetTaggingNotPermitted")]
    assert told[2:] == [("OBJECT_PUT_TAGGING", "DstVersionNotFound"), ("OBJECT_PUT", "DstBucketUnversioned"),
                        ("OBJECT_PUT", "DstBucketNotFound"), ("OBJECT_PUT", "AssumeRoleNotPermitted")]


@pytest.mark.parametrize("state, reason", [("disabled", "DstKmsKeyInvalidState"), ("none", "DstKmsKeyNotFound"),
                                           ("denied", "DstPutObjectNotPermitted"), ("unread", "SrcGetObjectNotPermitted")])
def test_reasons_of_keys(traveller, s3, run, state, reason):
    source, target = versioned(traveller), versioned(traveller)
    watch(traveller, s3, source, "s3:Replication:OperationFailedReplication")
    kms = traveller.client("kms")
    ours, far = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    given = {"denied": "kms:Decrypt", "unread": "kms:Encrypt"}.get(state, "kms:*")
    replicate(s3, source, replicating_role(traveller, source, target, more=[statement(given)]), rule(
        target, to={"EncryptionConfiguration": {"ReplicaKmsKeyID": far[:-3] + "000" if state == "none" else far}},
        SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}}))
    if state == "disabled":
        kms.disable_key(KeyId=far)
    s3.put_object(Bucket=source, Key="key", Body=BODY, ServerSideEncryption="aws:kms", SSEKMSKeyId=ours)
    run()
    assert [row["failureReason"] for row in failures(traveller, source)] == [reason]
    assert status_of(s3, source, "key") == "FAILED"
    assert versions_of(s3, target, "key") == []


def test_the_access_log_of_the_target_has_it(traveller, s3, run, later):
    source, target, _ = watched(traveller, s3)
    logs = versioned(traveller)
    s3.put_bucket_policy(Bucket=logs, Policy=json.dumps(policy(statement(
        "s3:PutObject", resource=f"arn:aws:s3:::{logs}/*", Principal={"Service": "logging.s3.amazonaws.com"}))))
    s3.put_bucket_logging(Bucket=target, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": ""}})
    s3.put_object(Bucket=source, Key="key", Body=BODY)
    later("1s")
    later("2h")
    text = "".join(s3.get_object(Bucket=logs, Key=row["Key"])["Body"].read().decode()
                   for row in s3.list_objects_v2(Bucket=logs).get("Contents", []))
    assert "s3-replication" in text and " key " in text
