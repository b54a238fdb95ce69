"""A security account of its own: members' trails write into its bucket, where nobody can take anything away, and an
auditor reads all of it.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html"""
import pytest
from botocore.exceptions import ClientError

from harness.account import Account, policy, statement
from harness.refusals import denied, refusal
from harness.server import Server
from harness.trails import digest_keys, event_names, log_keys, new_trail, new_trail_bucket, records, trail_arn


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture
def security(server, home):
    return Account.create(server, home)


@pytest.fixture
def members(server, home):
    return [Account.create(server, home), Account.create(server, home)]


@pytest.fixture
def bucket(security, members):
    """Whatever is in it stays for a year."""
    bucket = new_trail_bucket(security, *members, ObjectLockEnabledForBucket=True)
    security.client("s3").put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}}})
    return bucket


@pytest.fixture
def logged(server, members, bucket):
    """Both have done something, and it is in the bucket."""
    for member in members:
        new_trail(member, bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True)
        member.iam.create_user(UserName="bob")
    server.admin.advance("61m")
    return bucket


def test_members_write_and_neither_read_nor_delete(security, members, logged):
    s3 = security.client("s3")
    for member in members:
        keys = log_keys(s3, logged, member)
        assert keys and digest_keys(s3, logged, member)
        assert "CreateUser" in event_names(records(s3, logged, member))
        own = member.client("s3")
        refusal("AccessDenied", own.get_object, Bucket=logged, Key=keys[0])
        refusal("AccessDenied", own.delete_object, Bucket=logged, Key=keys[0])
        refusal("AccessDenied", own.put_object, Bucket=logged, Key=keys[0], Body=b"x")
        refusal("AccessDenied", own.list_objects_v2, Bucket=logged)
        refusal("AccessDenied", own.put_bucket_policy, Bucket=logged, Policy="{}")
    # A member's trail reaches the member's folder alone, and another account's trail none at all.
    stranger = members[0].client("cloudtrail")
    refusal("InsufficientS3BucketPolicyException", stranger.create_trail, Name="other", S3BucketName=logged,
            S3KeyPrefix=f"AWSLogs/{members[1].id}")


def test_a_trail_of_a_stranger(server, home, logged):
    stranger = Account.create(server, home)
    refusal("InsufficientS3BucketPolicyException", stranger.client("cloudtrail").create_trail, Name="trail",
            S3BucketName=logged)


def test_the_lock_holds_for_everybody(security, members, logged, server):
    s3 = security.client("s3")
    files = [one for member in members for one in log_keys(s3, logged, member) + digest_keys(s3, logged, member)]
    assert len(files) >= 4
    for key in files:
        head = s3.head_object(Bucket=logged, Key=key)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        refusal("AccessDenied", s3.delete_object, Bucket=logged, Key=key, VersionId=head["VersionId"])
        with pytest.raises(ClientError):
            s3.delete_object(Bucket=logged, Key=key, VersionId=head["VersionId"], BypassGovernanceRetention=True)
    refusal("BucketNotEmpty", s3.delete_bucket, Bucket=logged)
    assert set(files) <= set(log_keys(s3, logged) + [one for member in members for one in digest_keys(s3, logged, member)])


def test_an_auditor_reads_everything(security, members, logged):
    role = security.role("auditor", trusted=f"arn:aws:iam::{members[0].id}:root", policy=policy(
        statement(["s3:ListBucket", "s3:GetObject"], resource=[f"arn:aws:s3:::{logged}", f"arn:aws:s3:::{logged}/*"])))
    person = members[0].user(policy=policy(statement("sts:AssumeRole", resource=role)))
    s3 = security.client("s3", creds=members[0].assume(role, person.creds))
    for member in members:
        rows = records(s3, logged, member)
        assert {row["recipientAccountId"] for row in rows} == {member.id} and "CreateUser" in event_names(rows)
    key = log_keys(s3, logged)[0]
    for call in (s3.put_object, s3.delete_object):
        refusal("AccessDenied", call, Bucket=logged, Key=key)
    with denied("cloudtrail:StopLogging", trail_arn(members[0], "trail")):
        person.client("cloudtrail").stop_logging(Name="trail")


def test_what_is_written_belongs_to_the_owner(security, members, logged):
    s3 = security.client("s3")
    owner = s3.get_bucket_acl(Bucket=logged)["Owner"]["ID"]
    for key in log_keys(s3, logged, members[0]):
        assert s3.get_object_acl(Bucket=logged, Key=key)["Owner"]["ID"] == owner
