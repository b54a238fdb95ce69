"""Trails that tell a topic of SNS of each file.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html"""
import json

import pytest

from harness.event_rules import Queue
from harness.own_clock import later, past_the_jump, server  # noqa: F401 (fixtures)
from harness.refusals import refusal
from harness.trails import SERVICE, log_keys, new_trail, new_trail_bucket, trail_arn


@pytest.fixture
def trails(account):
    return account.client("cloudtrail")


def new_topic(account, name="topic", region="us-east-1", principal=SERVICE, **more):
    """Its ARN; its policy lets CloudTrail publish."""
    sns = account.client("sns", region=region)
    arn = sns.create_topic(Name=name)["TopicArn"]
    let(sns, arn, principal, **more)
    return arn


def let(sns, arn, principal=SERVICE, **more):
    row = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": arn, **more}
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(
        {"Version": "2012-10-17", "Statement": [row]}))


def listen(account, topic):
    queue = Queue(account, f"of-{topic.split(':')[-1]}", policy={"Service": "sns.amazonaws.com"})
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    return queue


def test_each_file_is_told(account, trails, later):
    bucket = new_trail_bucket(account)
    topic = new_topic(account, Condition={"StringEquals": {"aws:SourceArn": trail_arn(account, "trail"),
                                                           "aws:SourceAccount": account.id}})
    queue = listen(account, topic)
    made = trails.create_trail(Name="trail", S3BucketName=bucket, SnsTopicName="topic")
    assert (made["SnsTopicName"], made["SnsTopicARN"]) == ("topic", topic)
    (validation,) = queue.events()
    assert validation["Message"] == "CloudTrail validation message." and validation["TopicArn"] == topic
    trails.start_logging(Name="trail")
    assert trails.get_trail(Name="trail")["Trail"]["SnsTopicARN"] == topic
    account.iam.create_user(UserName="bob")
    account.event("CreateUser")
    later("6m")
    (notice,) = queue.events()
    assert json.loads(notice["Message"]) == {"s3Bucket": bucket, "s3ObjectKey": log_keys(account.client("s3"), bucket)[:1]}
    status = trails.get_trail_status(Name="trail")
    assert status["LatestNotificationTime"] == status["LatestDeliveryTime"] and status["LatestNotificationAttemptTime"]
    assert "LatestNotificationError" not in status


def test_a_topic_that_does_not_let_it(account, trails):
    bucket = new_trail_bucket(account)
    sns = account.client("sns")
    topic = sns.create_topic(Name="closed")["TopicArn"]
    base = {"Name": "trail", "S3BucketName": bucket}
    for name in ("none", "closed", topic, new_topic(account, "others", principal={"Service": "config.amazonaws.com"}),
                 new_topic(account, "another", Condition={"StringEquals": {"aws:SourceArn": trail_arn(account, "other")}})):
        error = refusal("InsufficientSnsTopicPolicyException", trails.create_trail, **base, SnsTopicName=name)
        assert error["Message"] == "SNS Topic does not exist or the topic policy is incorrect!"
    for name in ("x" * 257, "arn:aws:sqs:us-east-1:111122223333:x", "arn:aws:sns:us-east-1"):
        refusal("InvalidSnsTopicNameException", trails.create_trail, **base, SnsTopicName=name)
    assert trails.list_trails()["Trails"] == []
    let(sns, topic)
    assert trails.create_trail(**base, SnsTopicName=topic)["SnsTopicARN"] == topic


def test_why_nobody_is_told(account, trails, later):
    """The file is there all the same; the reason can be found."""
    bucket = new_trail_bucket(account)
    topic = new_topic(account)
    queue = listen(account, topic)
    new_trail(account, bucket, SnsTopicName=topic)
    queue.events()
    let(account.client("sns"), topic, {"Service": "config.amazonaws.com"})
    account.event("SetTopicAttributes")
    later("6m")
    assert log_keys(account.client("s3"), bucket)
    status = trails.get_trail_status(Name="trail")
    assert status["LatestNotificationError"] == "AuthorizationError" and "LatestNotificationTime" not in status
    assert "LatestDeliveryError" not in status and queue.is_empty()
    account.client("sns").delete_topic(TopicArn=topic)
    account.event("DeleteTopic")
    later("6m")
    assert trails.get_trail_status(Name="trail")["LatestNotificationError"]
    trails.update_trail(Name="trail", SnsTopicName="")
    assert "SnsTopicARN" not in trails.get_trail(Name="trail")["Trail"]


def test_a_topic_of_another_account_and_region(account, other_account, trails, later):
    bucket = new_trail_bucket(account)
    topic = new_topic(other_account, "central", region="eu-west-1")
    new_trail(account, bucket, IsMultiRegionTrail=True, SnsTopicName=topic)
    account.client("kms", region="ap-southeast-2").create_key()
    account.event("CreateKey", region="ap-southeast-2")
    later("6m")
    for region in ("us-east-1", "ap-southeast-2"):
        status = account.client("cloudtrail", region=region).get_trail_status(Name=trail_arn(account, "trail"))
        assert status["LatestNotificationTime"] and "LatestNotificationError" not in status
