"""Event notifications of S3 that go to queues of SQS: validated when the queue is named, delivered under its policy."""
import json

import pytest

from harness.buckets import new_bucket
from harness.key_policies import allow, set_policy
from harness.notifications import notify, receiver, rows_of
from harness.queues import arn_of, await_message, bodies, counts, make_queue
from harness.refusals import refused


def let_s3(sqs, url, bucket, **condition):
    condition = condition or {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
         "Resource": arn_of(sqs, url), "Condition": condition}]})})


@pytest.fixture
def bucket(account):
    return new_bucket(account)


@pytest.fixture
def sqs(account):
    return account.client("sqs")


@pytest.fixture
def queue(sqs, bucket):
    url = make_queue(sqs)
    let_s3(sqs, url, bucket)
    return url


def take(sqs, url):
    message = await_message(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


def test_a_queue_is_told(account, sqs, bucket, queue):
    s3 = account.client("s3")
    notify(s3, bucket, receiver(arn_of(sqs, queue), "s3:ObjectCreated:*", prefix="in/"), skip=False)
    test = take(sqs, queue)
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)
    s3.put_object(Bucket=bucket, Key="out/no", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/yes", Body=b"x")
    [record] = take(sqs, queue)["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "in/yes")
    assert rows_of(account.server, bucket) == [] and counts(sqs, queue) == (0, 0, 0)


def test_the_queue_sees_that_s3_sends(account, sqs, bucket, queue):
    notify(account.client("s3"), bucket, receiver(arn_of(sqs, queue), "s3:ObjectCreated:*"), skip=False)
    message = await_message(sqs, queue, AttributeNames=["SenderId"])
    assert message["Attributes"]["SenderId"] == "s3.amazonaws.com"


@pytest.mark.parametrize("condition", [
    None, {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::another"}}, {"StringEquals": {"aws:SourceAccount": "111122223333"}}])
def test_a_queue_that_does_not_let_it_cannot_be_named(account, sqs, bucket, condition):
    url = make_queue(sqs)
    if condition:
        let_s3(sqs, url, bucket, **condition)
    with refused("InvalidArgument", "Unable to validate the following destination configurations", 400):
        notify(account.client("s3"), bucket, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"), skip=False)
    assert "QueueConfigurations" not in account.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    assert bodies(sqs, url) == []


def test_a_queue_that_is_not_there_cannot_be_named(account, bucket):
    with refused("InvalidArgument", "Unable to validate the following destination configurations"):
        notify(account.client("s3"), bucket, receiver(f"arn:aws:sqs:us-east-1:{account.id}:none", "s3:ObjectCreated:*"),
               skip=False)


def test_the_account_of_the_bucket_is_told_to_the_policy(account, sqs, bucket):
    url = make_queue(sqs)
    let_s3(sqs, url, bucket, StringEquals={"aws:SourceAccount": account.id})
    notify(account.client("s3"), bucket, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"), skip=False)
    assert take(sqs, url)["Event"] == "s3:TestEvent"


def test_what_the_queue_refuses_comes_when_it_lets_it(traveller, later):
    sqs, s3, bucket = traveller.client("sqs"), traveller.client("s3"), new_bucket(traveller)
    url = make_queue(sqs)
    notify(s3, bucket, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"))
    s3.put_object(Bucket=bucket, Key="early", Body=b"x")
    later("10m")
    assert bodies(sqs, url) == [] and len(rows_of(traveller.server, bucket)) == 1
    let_s3(sqs, url, bucket)
    later("30m")
    assert take(sqs, url)["Records"][0]["s3"]["object"]["key"] == "early"
    assert rows_of(traveller.server, bucket) == []


def test_a_sealed_queue_needs_a_key_that_lets_s3(account, sqs, bucket):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    url = make_queue(sqs, KmsMasterKeyId=key)
    let_s3(sqs, url, bucket)
    with refused("InvalidArgument"):
        notify(account.client("s3"), bucket, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"), skip=False)
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root"),
               allow({"Service": "s3.amazonaws.com"}, ["kms:GenerateDataKey", "kms:Decrypt"]))
    notify(account.client("s3"), bucket, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"), skip=False)
    assert take(sqs, url)["Event"] == "s3:TestEvent"


def test_the_key_is_asked_about_each_bucket(account, sqs, bucket):
    other, key = new_bucket(account), account.client("kms").create_key()["KeyMetadata"]["Arn"]
    url = make_queue(sqs, KmsMasterKeyId=key)
    let_s3(sqs, url, bucket, StringEquals={"aws:SourceAccount": account.id})
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root"), {
        **allow({"Service": "s3.amazonaws.com"}, ["kms:GenerateDataKey", "kms:Decrypt"]),
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}}})
    notify(account.client("s3"), bucket, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"), skip=False)
    with refused("InvalidArgument"):
        notify(account.client("s3"), other, receiver(arn_of(sqs, url), "s3:ObjectCreated:*"), skip=False)
    assert take(sqs, url)["Bucket"] == bucket and counts(sqs, url) == (0, 0, 0)


def test_another_accounts_queue(account, other_account, bucket):
    theirs = other_account.client("sqs")
    url = make_queue(theirs)
    let_s3(theirs, url, bucket)
    notify(account.client("s3"), bucket, receiver(arn_of(theirs, url), "s3:ObjectCreated:*"), skip=False)
    assert take(theirs, url)["Event"] == "s3:TestEvent"
