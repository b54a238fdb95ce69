"""Trails that send their events to a log group of CloudWatch Logs: in the name of a role, each event once.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html"""
import json
import time

import pytest

from harness.account import policy
from harness.own_clock import past_the_jump, server  # noqa: F401 (fixtures)
from harness.refusals import refusal
from harness.trails import (SERVICE, await_fed, event_names, fed, feed_role, group_arn, new_feed, new_trail, new_trail_bucket,
                            trail_arn)

WAIT_S = 20


@pytest.fixture
def trails(account):
    return account.client("cloudtrail")


@pytest.fixture
def bucket(account):
    return new_trail_bucket(account)


def await_status(trails, member, name="trail"):
    end = time.monotonic() + WAIT_S
    while True:
        status = trails.get_trail_status(Name=name)
        if member in status:
            return status
        assert time.monotonic() < end, status
        time.sleep(0.1)


def users_of(rows):
    return [row["requestParameters"]["userName"] for row in rows if row["eventName"] == "CreateUser"]


# -- Delivery

def test_events_come_to_the_group(account, trails, bucket):
    feed = new_feed(account)
    made = trails.create_trail(Name="trail", S3BucketName=bucket, **feed)
    assert {name: made[name] for name in feed} == feed
    assert {name: trails.get_trail(Name="trail")["Trail"][name] for name in feed} == feed
    assert "LatestCloudWatchLogsDeliveryTime" not in trails.get_trail_status(Name="trail")
    logs = account.client("logs")
    (stream,) = logs.describe_log_streams(logGroupName="trail")["logStreams"]
    assert stream["logStreamName"] == f"{account.id}_CloudTrail_us-east-1"
    account.iam.create_user(UserName="before")
    trails.start_logging(Name="trail")
    account.iam.create_user(UserName="bob")
    refusal("NoSuchEntity", account.iam.get_user, UserName="alice")
    rows = await_fed(account, lambda rows: {"CreateUser", "GetUser", "AssumeRole"} <= set(event_names(rows)))
    assert users_of(rows) == ["bob"]
    history = {row["eventID"]: row for row in account.events()}
    for row in rows:
        assert history[row["eventID"]] == row, "the same record, word for word"
    status = trails.get_trail_status(Name="trail")
    assert status["LatestCloudWatchLogsDeliveryTime"] and "LatestCloudWatchLogsDeliveryError" not in status
    event = next(row for row in rows if row["eventName"] == "AssumeRole")
    assert event["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert event["requestParameters"]["roleSessionName"] == "CLOUDWATCH_LOGS_DELIVERY_SESSION"


def test_its_own_work_comes_to_rest(account, trails, bucket):
    """The AssumeRole of a delivery is an event as well, and so is the PutLogEvents for who wants events of data."""
    new_trail(account, bucket, **new_feed(account))
    trails.put_event_selectors(TrailName="trail", AdvancedEventSelectors=[
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                            {"Field": "resources.type", "Equals": ["AWS::Logs::LogGroup"]}]},
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}])
    account.iam.create_user(UserName="bob")
    await_fed(account, "CreateUser")
    await_fed(account, "AssumeRole")
    account.iam.create_user(UserName="carol")
    rows = await_fed(account, lambda rows: "carol" in users_of(rows))
    for _ in range(3):
        account.iam.create_user(UserName=f"again-{time.monotonic_ns()}")
        rows = await_fed(account, lambda now, before=len(users_of(rows)): len(users_of(now)) > before)
    assert event_names(rows).count("AssumeRole") == 1, "of its session, which it keeps"
    assert "PutLogEvents" not in event_names(rows)
    assert len({row["eventID"] for row in rows}) == len(rows)


def test_all_regions_in_one_stream(account, trails, bucket):
    new_trail(account, bucket, IsMultiRegionTrail=True, **new_feed(account))
    account.client("kms", region="eu-west-1").create_key()
    account.client("kms").create_key()
    rows = await_fed(account, lambda rows: event_names(rows).count("CreateKey") == 2)
    assert {row["awsRegion"] for row in rows if row["eventName"] == "CreateKey"} == {"us-east-1", "eu-west-1"}
    (stream,) = account.client("logs").describe_log_streams(logGroupName="trail")["logStreams"]
    assert stream["logStreamName"] == f"{account.id}_CloudTrail_us-east-1"
    away = account.client("cloudtrail", region="eu-west-1").get_trail_status(Name=trail_arn(account, "trail"))
    assert away["LatestCloudWatchLogsDeliveryTime"]


def test_more_than_an_upload_takes(account, trails, bucket):
    new_trail(account, bucket, **new_feed(account))
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    filler = [{"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*",
               "Condition": {"StringEquals": {"kms:EncryptionContext:x": f"{number}" * 400}}} for number in range(28)]
    document = json.dumps(policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"},
                                  "Action": "kms:*", "Resource": "*"}, *filler))
    count = 3 * 2**20 // len(document) // 2
    for _ in range(count):
        account.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    rows = await_fed(account, lambda rows: event_names(rows).count("PutKeyPolicy") >= count)
    assert event_names(rows).count("PutKeyPolicy") == count
    assert len({row["eventID"] for row in rows}) == len(rows)


def test_what_is_not_taken_is_offered_again(account, trails, bucket, server):
    """Nothing is lost while the role may not, and the reason can be found."""
    feed = new_feed(account)
    new_trail(account, bucket, **feed)
    account.iam.create_user(UserName="first")
    await_fed(account, "CreateUser")
    account.iam.delete_role_policy(RoleName="feed", PolicyName="inline")
    account.iam.create_user(UserName="second")
    status = await_status(trails, "LatestCloudWatchLogsDeliveryError")
    assert status["LatestCloudWatchLogsDeliveryError"] == "AccessDeniedException"
    assert users_of(fed(account)) == ["first"]
    account.iam.delete_role(RoleName="feed")
    account.iam.create_user(UserName="third")
    server.admin.advance("20m")
    server.admin.past_the_jump()
    assert trails.get_trail_status(Name="trail")["LatestCloudWatchLogsDeliveryError"] == "AccessDenied"
    feed_role(account, "trail")
    refusal("InvalidCloudWatchLogsRoleArnException", trails.update_trail, Name="trail",
            CloudWatchLogsRoleArn=feed["CloudWatchLogsRoleArn"] + "-none")
    trails.update_trail(Name="trail", CloudWatchLogsRoleArn=feed["CloudWatchLogsRoleArn"])
    rows = await_fed(account, lambda rows: "third" in users_of(rows))
    assert users_of(rows) == ["first", "second", "third"]
    assert "LatestCloudWatchLogsDeliveryError" not in trails.get_trail_status(Name="trail")


def test_what_is_not_taken_for_thirty_days_is_given_up(account, trails, bucket, server):
    feed = new_feed(account)
    new_trail(account, bucket, **feed)
    account.iam.delete_role_policy(RoleName="feed", PolicyName="inline")
    account.iam.create_user(UserName="first")
    await_status(trails, "LatestCloudWatchLogsDeliveryError")
    before = server.admin.metrics()['merlon_losses_total{of="trail_feed_events"}']
    server.admin.advance("31d")
    server.admin.past_the_jump()
    assert server.admin.metrics()['merlon_losses_total{of="trail_feed_events"}'] > before


def test_a_group_that_is_gone(account, trails, bucket):
    new_trail(account, bucket, **new_feed(account))
    account.client("logs").delete_log_group(logGroupName="trail")
    status = await_status(trails, "LatestCloudWatchLogsDeliveryError")
    assert status["LatestCloudWatchLogsDeliveryError"] == "ResourceNotFoundException"


def test_a_role_of_the_same_name_is_another(account, trails, bucket):
    new_trail(account, bucket, **new_feed(account))
    account.iam.create_user(UserName="first")
    await_fed(account, "CreateUser")
    account.iam.delete_role_policy(RoleName="feed", PolicyName="inline")
    account.iam.delete_role(RoleName="feed")
    feed_role(account, "trail", trusted={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "sts:AssumeRole"}]})
    account.iam.create_user(UserName="second")
    status = await_status(trails, "LatestCloudWatchLogsDeliveryError")
    assert status["LatestCloudWatchLogsDeliveryError"] == "AccessDenied"
    assert "second" not in users_of(fed(account))


def test_an_end_and_another_beginning(account, trails, bucket):
    new_trail(account, bucket, **new_feed(account))
    account.iam.create_user(UserName="first")
    trails.update_trail(Name="trail", CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn="")
    assert "CloudWatchLogsLogGroupArn" not in trails.get_trail(Name="trail")["Trail"]
    account.iam.create_user(UserName="second")
    await_fed(account, "UpdateTrail")
    other = new_feed(account, "other", name="other")
    trails.update_trail(Name="trail", **other)
    account.iam.create_user(UserName="third")
    assert users_of(await_fed(account, lambda rows: "third" in users_of(rows), "other")) == ["third"]
    assert users_of(fed(account)) == ["first"]
    trails.delete_trail(Name="trail")
    await_fed(account, "DeleteTrail", "other")


# -- What is refused

def test_both_or_none(account, trails, bucket):
    feed = new_feed(account)
    group, role = feed["CloudWatchLogsLogGroupArn"], feed["CloudWatchLogsRoleArn"]
    base = {"Name": "trail", "S3BucketName": bucket}
    refusal("InvalidCloudWatchLogsRoleArnException", trails.create_trail, **base, CloudWatchLogsLogGroupArn=group)
    refusal("InvalidCloudWatchLogsLogGroupArnException", trails.create_trail, **base, CloudWatchLogsRoleArn=role)
    trails.create_trail(**base, **feed)
    refusal("InvalidCloudWatchLogsLogGroupArnException", trails.update_trail, Name="trail", CloudWatchLogsLogGroupArn="")
    refusal("InvalidCloudWatchLogsRoleArnException", trails.update_trail, Name="trail", CloudWatchLogsRoleArn="")
    assert trails.get_trail(Name="trail")["Trail"]["CloudWatchLogsRoleArn"] == role


def test_the_group_must_be_there(account, other_account, trails, bucket):
    feed = new_feed(account)
    account.client("logs", region="eu-west-1").create_log_group(logGroupName="away")
    other_account.client("logs").create_log_group(logGroupName="trail")
    for group in (group_arn(account, "none"), group_arn(account, "away", "eu-west-1"), group_arn(other_account, "trail"),
                  group_arn(account, "trail")[:-2], "trail", "arn:aws:s3:::trail:*"):
        error = refusal("InvalidCloudWatchLogsLogGroupArnException", trails.create_trail, Name="trail", S3BucketName=bucket,
                        **{**feed, "CloudWatchLogsLogGroupArn": group})
        assert error["Message"] == "CloudTrail cannot validate the specified log group ARN."
    assert trails.list_trails()["Trails"] == []


def trust(principal, **more):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}]}


def test_the_role_must_let_the_trail_in(account, other_account, trails, bucket):
    feed = new_feed(account)
    source = {"Condition": {"StringEquals": {"aws:SourceArn": trail_arn(account, "trail"), "aws:SourceAccount": account.id}}}
    wrong = {
        "trust relationships": [
            feed_role(account, "trail", "a", trusted=trust({"Service": "config.amazonaws.com"})),
            feed_role(account, "trail", "b", trusted=trust(SERVICE, Condition={
                "StringEquals": {"aws:SourceArn": trail_arn(account, "other")}})),
            f"arn:aws:iam::{account.id}:role/none"],
        "permissions": [
            feed_role(account, "trail", "c", actions=()),
            feed_role(account, "trail", "d", actions=("logs:CreateLogStream",)),
            feed_role(account, "trail", "e", actions=("logs:PutLogEvents",)),
            feed_role(account, "elsewhere", "f")],
    }
    for what, roles in wrong.items():
        for role in roles:
            error = refusal("InvalidCloudWatchLogsRoleArnException", trails.create_trail, Name="trail", S3BucketName=bucket,
                            **{**feed, "CloudWatchLogsRoleArn": role})
            assert error["Message"] == f"Access denied. Check the {what} for your role.", role
    for role in ("feed", f"arn:aws:iam::{account.id}:user/x", feed_role(other_account, "trail")):
        refusal("InvalidCloudWatchLogsRoleArnException", trails.create_trail, Name="trail", S3BucketName=bucket,
                **{**feed, "CloudWatchLogsRoleArn": role})
    assert trails.list_trails()["Trails"] == []
    assert account.client("logs").describe_log_streams(logGroupName="trail")["logStreams"] == []
    right = feed_role(account, "trail", "right", trusted=trust(SERVICE, **source))
    trails.create_trail(Name="trail", S3BucketName=bucket, **{**feed, "CloudWatchLogsRoleArn": right})


def test_who_may_give_the_role_away(account, bucket):
    feed = new_feed(account)
    maker = account.user(policy=policy("cloudtrail:CreateTrail"))
    error = refusal("AccessDeniedException", maker.client("cloudtrail").create_trail, Name="trail", S3BucketName=bucket, **feed)
    assert "iam:PassRole" in error["Message"]
    maker.put_policy(policy({"Effect": "Allow", "Action": "iam:PassRole", "Resource": feed["CloudWatchLogsRoleArn"],
                             "Condition": {"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}}}), "pass")
    maker.client("cloudtrail").create_trail(Name="trail", S3BucketName=bucket, **feed)
