"""Topics of SNS: made for a test, with queues that they may send to."""
import itertools
import json
import time

from harness.event_rules import DELIVERY_S, Queue

SNS = {"Service": "sns.amazonaws.com"}
_numbers = itertools.count(1)


def make_topic(account, name=None, creds="root", region="us-east-1", **attributes):
    """Its ARN. A name that ends in .fifo makes it one."""
    name = name or f"topic-{next(_numbers)}"
    if name.endswith(".fifo"):
        attributes.setdefault("FifoTopic", "true")
    texts = {key: json.dumps(value) if isinstance(value, dict) else str(value) for key, value in attributes.items()}
    return account.client("sns", creds=creds, region=region).create_topic(Name=name, Attributes=texts)["TopicArn"]


def make_queue(account, name=None, policy=SNS, **attributes):
    name = name or f"subscriber-{next(_numbers)}"
    if name.endswith(".fifo"):
        attributes.setdefault("FifoQueue", "true")
    return Queue(account, name, policy=policy, **attributes)


def subscribe(account, topic, queue, creds="root", **attributes):
    """The subscription's ARN. queue: a Queue, or an ARN."""
    texts = {key: json.dumps(value) if isinstance(value, dict) else str(value) for key, value in attributes.items()}
    return account.client("sns", creds=creds).subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=getattr(queue, "arn", queue), Attributes=texts,
        ReturnSubscriptionArn=True)["SubscriptionArn"]


def subscribed(account, topic, name=None, **attributes):
    """A new queue of the account that has subscribed the topic."""
    queue = make_queue(account, name)
    subscribe(account, topic, queue, **attributes)
    return queue


def attributes_of(account, topic):
    return account.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]


def let_s3_publish(account, topic, bucket=None, condition=None):
    condition = condition or {"StringEquals": {"aws:SourceAccount": account.id},
                              **({"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}} if bucket else {})}
    row = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish", "Resource": topic,
           "Condition": condition}
    account.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(
        {"Version": "2012-10-17", "Statement": [row]}))


def failures(account, topic, count=1):
    """What the event history says of deliveries of a topic that failed."""
    end = time.monotonic() + DELIVERY_S
    while True:
        rows = [row["serviceEventDetails"] for row in account.events_named("Deliver")]
        rows = [failure for row in rows if row.get("topicArn") == topic for failure in row["failures"]]
        if len(rows) >= count:
            return rows
        assert time.monotonic() < end, rows
        time.sleep(0.05)
