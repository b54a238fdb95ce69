"""Event notifications of S3 that go to topics of SNS: validated when the topic is named, published under its policy."""
import json

import pytest

from harness.buckets import new_bucket
from harness.notifications import notify, receiver, rows_of
from harness.refusals import refused
from harness.topics import let_s3_publish, make_topic, subscribed


@pytest.fixture
def bucket(account):
    return new_bucket(account)


def test_a_topic_is_told(account, bucket):
    s3, topic = account.client("s3"), make_topic(account)
    let_s3_publish(account, topic, bucket)
    queue = subscribed(account, topic)
    notify(s3, bucket, receiver(topic, "s3:ObjectCreated:*", prefix="in/"), skip=False)
    assert json.loads(queue.events()[0]["Message"])["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=bucket, Key="out/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"x")
    record, = json.loads(queue.events()[0]["Message"])["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "in/a")
    assert rows_of(account.server, bucket) == []


@pytest.mark.parametrize("condition", [{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::another"}},
                                       {"StringEquals": {"aws:SourceAccount": "999988887777"}}])
def test_a_topic_that_does_not_let_it_cannot_be_named(account, bucket, condition):
    topic = make_topic(account)
    queue = subscribed(account, topic)
    for let in (lambda: None, lambda: let_s3_publish(account, topic, condition=condition)):
        let()
        with refused("InvalidArgument", "Unable to validate the following destination configurations"):
            notify(account.client("s3"), bucket, receiver(topic, "s3:ObjectCreated:*"), skip=False)
    assert queue.is_empty()


def test_a_topic_that_is_not_there_cannot_be_named(account, bucket):
    with refused("InvalidArgument"):
        notify(account.client("s3"), bucket, receiver(f"arn:aws:sns:us-east-1:{account.id}:none", "s3:ObjectCreated:*"), skip=False)
