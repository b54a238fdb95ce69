"""What trails deliver: every event once, where and as AWS puts it, and what becomes of it when a bucket takes none.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html"""
import json
import re

import pytest

from harness.account import policy
from harness.buckets import new_bucket
from harness.json_client import JsonClient
from harness.lifecycle import keys_of
from harness.refusals import refusal
from harness.server import Server
from harness.trails import (SERVICE, digest_keys, event_names, log_keys, new_trail, new_trail_bucket, read_json, records,
                            trail_arn, trail_policy)


@pytest.fixture(scope="module")
def server():
    """Their clock is advanced by minutes, again and again."""
    with Server() as running:
        yield running


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def trails(account):
    return account.client("cloudtrail")


@pytest.fixture
def later(server):
    return server.admin.advance


# -- A file

def test_a_file(account, s3, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    account.iam.create_user(UserName="bob")
    refusal("NoSuchEntity", account.iam.get_user, UserName="alice")
    later("4m")
    assert log_keys(s3, bucket) == []
    later("2m")
    (key,) = log_keys(s3, bucket)
    assert re.fullmatch(rf"AWSLogs/{account.id}/CloudTrail/us-east-1/(\d{{4}})/(\d\d)/(\d\d)/{account.id}_CloudTrail_us-east-1_"
                        r"\1\2\3T\d{4}Z_[0-9A-Za-z]{16}\.json\.gz", key)
    head = s3.head_object(Bucket=bucket, Key=key)
    assert (head["ContentType"], head["ContentEncoding"]) == ("application/json", "gzip")
    rows = read_json(s3, bucket, key)["Records"]
    assert event_names(rows) == ["StartLogging", "GetUser", "CreateUser"] or \
        sorted(event_names(rows)) == ["CreateUser", "GetUser", "StartLogging"]
    history = {row["eventID"]: row for row in account.events()}
    for row in rows:
        assert history[row["eventID"]] == row, "the same record, word for word"
    later("1h")
    assert len(log_keys(s3, bucket)) == 2, "the events of this test's own looks at the history"


def test_with_a_prefix_and_a_key(account, s3, later):
    bucket = new_bucket(account)
    s3.put_bucket_policy(Bucket=bucket, Policy=trail_policy(bucket, account, prefix="a/b"))
    key = account.client("kms").create_key(Policy=json.dumps(policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "kms:DescribeKey", "Resource": "*"},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceArn": trail_arn(account, "trail"),
                             "kms:EncryptionContext:aws:cloudtrail:arn": trail_arn(account, "trail")}}},
    )))["KeyMetadata"]["Arn"]
    new_trail(account, bucket, S3KeyPrefix="a/b", KmsKeyId=key, EnableLogFileValidation=True)
    account.iam.create_user(UserName="bob")
    later("61m")
    found = [one for one in keys_of(s3, bucket, Prefix="a/b/AWSLogs/") if one.endswith(".gz")]
    assert {one.split("/")[4] for one in found} == {"CloudTrail", "CloudTrail-Digest"}
    for one in found:
        head = s3.head_object(Bucket=bucket, Key=one)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert "CreateUser" in event_names(records(s3, bucket, account, prefix="a/b/"))


def put_policies(account):
    """5 MB of events of PutKeyPolicy; how many."""
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    filler = [{"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*",
               "Condition": {"StringEquals": {"kms:EncryptionContext:x": f"{number}" * 400}}} for number in range(28)]
    document = json.dumps(policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"},
                                  "Action": "kms:*", "Resource": "*"}, *filler))
    count = 5 * 2**20 // len(document) // 2
    for _ in range(count):
        account.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    return count


def test_much_at_once_is_several_files(account, s3, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    count = put_policies(account)
    later("6m")
    assert len(log_keys(s3, bucket)) > 1
    rows = records(s3, bucket)
    assert event_names(rows).count("PutKeyPolicy") == count
    assert len({row["eventID"] for row in rows}) == len(rows)


# -- Which events

def test_regions_and_services_that_are_everywhere(account, s3, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket, "everywhere", IsMultiRegionTrail=True)
    new_trail(account, bucket, "local", region="eu-west-1", start=False)
    aside = new_bucket(account)
    s3.put_bucket_policy(Bucket=aside, Policy=trail_policy(aside, account))
    new_trail(account, aside, "ireland", region="eu-west-1")
    near = new_bucket(account)
    s3.put_bucket_policy(Bucket=near, Policy=trail_policy(near, account))
    new_trail(account, near, "no-iam", IncludeGlobalServiceEvents=False)
    account.iam.create_user(UserName="bob")
    account.client("kms", region="eu-west-1").create_key()
    account.client("kms").create_key()
    later("6m")
    names = ("CreateUser", "CreateKey")

    def got(where, *more):
        return sorted(f"{row['eventName']} {row['awsRegion']}" for row in records(s3, where, *more)
                      if row["eventName"] in names)

    assert got(bucket) == ["CreateKey eu-west-1", "CreateKey us-east-1", "CreateUser us-east-1"]
    assert got(bucket, account, "eu-west-1") == ["CreateKey eu-west-1"]
    assert got(aside) == ["CreateKey eu-west-1"]
    assert got(near) == ["CreateKey us-east-1"]


def test_both_accounts_of_a_call_have_it(account, other_account, s3, later):
    bucket = new_trail_bucket(account, other_account)
    new_trail(account, bucket)
    new_trail(other_account, bucket)
    role = account.role(trusted=f"arn:aws:iam::{other_account.id}:root", policy=policy("iam:ListUsers"))
    user = other_account.user(policy=policy("sts:AssumeRole"))
    visitor = other_account.assume(role, user.creds)
    account.client("iam", creds=visitor).list_users()
    later("6m")
    own, theirs = records(s3, bucket, account), records(s3, bucket, other_account)
    (here,) = [row for row in own if row["eventName"] == "AssumeRole"]
    (there,) = [row for row in theirs if row["eventName"] == "AssumeRole"]
    assert here["sharedEventID"] == there["sharedEventID"] and here["eventID"] != there["eventID"]
    assert (here["recipientAccountId"], there["recipientAccountId"]) == (account.id, other_account.id)
    assert "ListUsers" in event_names(own) and "ListUsers" not in event_names(theirs)


def test_from_start_to_stop(account, s3, trails, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket, start=False)
    iam = account.iam
    iam.create_user(UserName="before")
    trails.start_logging(Name="trail")
    iam.create_user(UserName="between")
    trails.stop_logging(Name="trail")
    iam.create_user(UserName="after")
    trails.start_logging(Name="trail")
    trails.put_event_selectors(TrailName="trail", EventSelectors=[{"ReadWriteType": "ReadOnly"}])
    iam.create_user(UserName="unwanted")
    trails.put_event_selectors(TrailName="trail", EventSelectors=[{"ReadWriteType": "All"}])
    iam.create_user(UserName="again")
    later("6m")
    rows = records(s3, bucket)
    assert [row["requestParameters"]["userName"] for row in rows if row["eventName"] == "CreateUser"] == ["between", "again"]
    assert event_names(rows).count("StartLogging") == 2 and event_names(rows).count("StopLogging") == 1
    assert len({row["eventID"] for row in rows}) == len(rows)


def test_a_trail_that_changes_all_the_time(account, s3, trails, later):
    """Each change is one more thing to look at for each event of the hour: they come to an end, and nothing is lost by it."""
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)

    def change():
        for _ in range(300):
            trails.update_trail(Name="trail")

    refusal("ThrottlingException", change)
    assert trails.get_trail_status(Name="trail")["IsLogging"]
    account.iam.create_user(UserName="bob")
    trails.stop_logging(Name="trail")
    later("61m")
    assert event_names(records(s3, bucket)).count("CreateUser") == 1
    for number in range(80):
        account.iam.create_group(GroupName=f"group-{number}")
    later("1s")
    trails.start_logging(Name="trail")


def test_what_a_deleted_trail_still_had(account, s3, trails, later):
    bucket = new_trail_bucket(account)
    arn = new_trail(account, bucket, EnableLogFileValidation=True)
    account.iam.create_user(UserName="bob")
    trails.delete_trail(Name="trail")
    account.iam.create_user(UserName="late")
    new_trail(account, bucket, start=False)
    later("3h")
    rows = records(s3, bucket)
    assert [row["requestParameters"]["userName"] for row in rows if row["eventName"] == "CreateUser"] == ["bob"]
    assert event_names(rows)[-1] == "DeleteTrail" and rows[-1]["requestParameters"]["name"] in (arn, "trail")
    assert len(digest_keys(s3, bucket, account)) == 1, "the last one"


@pytest.mark.parametrize("validated", [True, False])
def test_what_was_on_its_way_to_a_deleted_trail(account, s3, trails, later, validated):
    """The first events of their regions, which nothing had come from before."""
    bucket = new_trail_bucket(account)
    new_trail(account, bucket, IsMultiRegionTrail=True, EnableLogFileValidation=validated)
    for region in ("eu-north-1", "eu-south-1"):
        account.client("kms", region=region).create_key()
    trails.delete_trail(Name="trail")
    later("3h")
    rows = records(s3, bucket)
    assert sorted(row["awsRegion"] for row in rows if row["eventName"] == "CreateKey") == ["eu-north-1", "eu-south-1"]
    assert event_names(rows).count("DeleteTrail") == 1 and len({row["eventID"] for row in rows}) == len(rows)


# -- A bucket that takes nothing

def test_a_bucket_that_refuses(account, s3, trails, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    allowed = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    account.iam.create_user(UserName="bob")
    later("6m")
    status = trails.get_trail_status(Name="trail")
    assert status["LatestDeliveryError"] == "AccessDenied" and "LatestDeliveryTime" not in status
    assert status["LatestDeliveryAttemptTime"] and status["LatestDeliveryAttemptSucceeded"] == ""
    account.iam.create_user(UserName="alice")
    later("2d")
    assert log_keys(s3, bucket) == []
    s3.put_bucket_policy(Bucket=bucket, Policy=allowed)
    later("1h")
    rows = records(s3, bucket)
    assert [row["requestParameters"]["userName"] for row in rows if row["eventName"] == "CreateUser"] == ["bob", "alice"]
    assert len({row["eventID"] for row in rows}) == len(rows)
    status = trails.get_trail_status(Name="trail")
    assert "LatestDeliveryError" not in status and status["LatestDeliveryTime"]


def test_a_bucket_that_is_gone(account, s3, trails, later):
    bucket, other_bucket = new_trail_bucket(account), new_trail_bucket(account)
    new_trail(account, bucket)
    account.iam.create_user(UserName="bob")
    s3.delete_object(Bucket=bucket, Key=f"AWSLogs/{account.id}/CloudTrail/")
    s3.delete_bucket(Bucket=bucket)
    later("6m")
    assert trails.get_trail_status(Name="trail")["LatestDeliveryError"] == "NoSuchBucket"
    # "or create a new bucket and call UpdateTrail to specify the new bucket": at once.
    trails.update_trail(Name="trail", S3BucketName=other_bucket)
    later("1s")
    assert "CreateUser" in event_names(records(s3, other_bucket))
    assert "LatestDeliveryError" not in trails.get_trail_status(Name="trail")


def test_what_is_refused_for_thirty_days_is_given_up(account, s3, trails, later, server):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    allowed = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    account.iam.create_user(UserName="bob")
    before = server.admin.metrics()['merlon_losses_total{of="trail_events"}']
    later("31d")
    account.iam.create_user(UserName="alice")
    s3.put_bucket_policy(Bucket=bucket, Policy=allowed)
    later("2h")
    assert server.admin.metrics()['merlon_losses_total{of="trail_events"}'] > before
    assert any(account.id in line and '"whose":"trail"' in line for line in server.log(last=1_000_000).splitlines())
    rows = records(s3, bucket)
    assert [row["requestParameters"]["userName"] for row in rows if row["eventName"] == "CreateUser"] == ["alice"]


# -- Its own events

def test_a_bucket_that_is_logged_to_itself(account, s3, trails, later):
    """As in AWS each file is an event of its bucket; one a file, and not more."""
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    trails.put_event_selectors(TrailName="trail", EventSelectors=[
        {"IncludeManagementEvents": False, "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}]}])
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    for _ in range(4):
        later("6m")
    counts = [len(read_json(s3, bucket, key)["Records"]) for key in log_keys(s3, bucket)]
    assert len(counts) <= 6 and sum(counts) <= 12, counts
    rows = [row for row in records(s3, bucket) if row["userIdentity"].get("invokedBy") == "cloudtrail.amazonaws.com"]
    assert rows and all(row["eventName"] == "PutObject" for row in rows)
    assert {row["recipientAccountId"] for row in rows} == {account.id}


def test_a_trail_that_leaves_out_its_own(account, s3, trails, later):
    """RecursiveLogging, which the installed SDK does not know yet."""
    bucket = new_trail_bucket(account)
    newest = JsonClient(account, service="cloudtrail", target="CloudTrail_20131101")
    made = newest.create_trail(Name="trail", S3BucketName=bucket, RecursiveLogging=False)
    assert made["RecursiveLogging"] is False
    trails.put_event_selectors(TrailName="trail", EventSelectors=[
        {"IncludeManagementEvents": False, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])
    trails.start_logging(Name="trail")
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    later("6m")
    assert event_names(records(s3, bucket)) == ["PutObject"]
    later("6m")
    rows = records(s3, bucket)
    assert all(row["userIdentity"].get("invokedBy") != "cloudtrail.amazonaws.com" for row in rows)
    assert newest.update_trail(Name="trail", RecursiveLogging=True)["RecursiveLogging"] is True
    later("6m")
    later("6m")
    assert [row for row in records(s3, bucket) if row["userIdentity"].get("invokedBy") == "cloudtrail.amazonaws.com"]


def test_a_user_with_the_name_of_the_service_is_not_it(account, s3, later):
    """A trail that leaves out what CloudTrail does itself."""
    bucket = new_trail_bucket(account)
    trails = JsonClient(account, "cloudtrail", "CloudTrail_20131101")
    trails.create_trail(Name="trail", S3BucketName=bucket, RecursiveLogging=False)
    trails.start_logging(Name="trail")
    trails.put_event_selectors(TrailName="trail", EventSelectors=[
        {"DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}]}])
    user = account.user("cloudtrail.amazonaws.com", policy("iam:CreateUser"))
    account.client("iam", creds=user.creds).create_user(UserName="bob")
    later("6m")
    later("6m")
    rows = records(s3, bucket)
    assert [row["requestParameters"]["userName"] for row in rows if row["eventName"] == "CreateUser"] == [user.name, "bob"]
    assert "PutObject" not in event_names(rows)


@pytest.mark.long
def test_much_that_is_given_up_goes_at_once(account, s3, trails, later):
    """More than is offered at a time: it must not take as many hours as there are files."""
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    allowed = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    for _ in range(3):
        put_policies(account)
    for _ in range(60):
        later("12h")
    later("61m")
    s3.put_bucket_policy(Bucket=bucket, Policy=allowed)
    later("2h")
    assert "PutBucketPolicy" in event_names(records(s3, bucket)) and "PutKeyPolicy" not in event_names(records(s3, bucket))
