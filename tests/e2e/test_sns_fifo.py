"""FIFO topics, and batches. https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html"""
import json

import pytest

from harness.refusals import refused
from harness.topics import make_queue, make_topic, subscribe, subscribed


@pytest.fixture
def sns(account):
    return account.client("sns")


def test_messages_come_in_their_order(account, sns):
    topic = make_topic(account, "order.fifo", ContentBasedDeduplication="true")
    queues = [subscribed(account, topic, f"q{number}.fifo", RawMessageDelivery="true") for number in range(2)]
    sent = []
    for first in range(0, 30, 10):
        sent += sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
            {"Id": str(number), "Message": str(number), "MessageGroupId": f"g{number % 2}"} for number in range(first, first + 10)])["Successful"]
    numbers = [row["SequenceNumber"] for row in sent]
    assert numbers == sorted(numbers) and len(set(numbers)) == 30 and len(numbers[0]) == 20
    for queue in queues:
        found = queue.receive(30)
        for group in (0, 1):
            assert [int(one["Body"]) for one in found if one["Attributes"]["MessageGroupId"] == f"g{group}"] == list(range(group, 30, 2))


def test_large_messages_come_in_their_order_to_many(account, sns):
    topic = make_topic(account, "large.fifo", ContentBasedDeduplication="true")
    queues = [subscribed(account, topic, f"large{number}.fifo", RawMessageDelivery="true") for number in range(12)]
    sent = ["a" * 250000, "b", "c"]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
        {"Id": str(number), "Message": text, "MessageGroupId": "g"} for number, text in enumerate(sent)])
    for queue in queues:
        numbers = {one["Body"]: int(one["Attributes"]["SequenceNumber"]) for one in queue.receive(3)}
        assert sorted(numbers, key=numbers.get) == sent


def test_a_large_message_for_many(account, sns):
    topic = make_topic(account, "heavy.fifo", ContentBasedDeduplication="true", MaximumMessageSize=1048576)
    queue = subscribed(account, topic, "heavy.fifo", FilterPolicy={"a": [{"exists": True}]}, FilterPolicyScope="MessageBody",
                       RawMessageDelivery="true")
    for number in range(40):
        subscribe(account, topic, f"arn:aws:sqs:us-east-1:{account.id}:heavy{number}.fifo", FilterPolicy={"a": [{"exists": True}]},
                  FilterPolicyScope="MessageBody")
    body = json.dumps({"a": "b" * 900000})
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": body}), MessageGroupId="g")
    assert queue.receive()[0]["Body"] == body


def test_subscriptions_of_a_topic_are_not_many(account, sns):
    topic = make_topic(account, "many.fifo")
    for number in range(100):
        subscribe(account, topic, f"arn:aws:sqs:us-east-1:{account.id}:q{number}.fifo")
    with refused("SubscriptionLimitExceeded"):
        subscribe(account, topic, f"arn:aws:sqs:us-east-1:{account.id}:more.fifo")


def test_what_is_sent_twice_comes_once(account, sns):
    topic = make_topic(account, "twice.fifo")
    queue = make_queue(account, "twice.fifo", DeduplicationScope="messageGroup")
    subscribe(account, topic, queue)
    with refused("InvalidParameter", "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
                                     "MessageDeduplicationId provided explicitly"):
        sns.publish(TopicArn=topic, Message="x", MessageGroupId="g")
    with refused("InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"):
        sns.publish(TopicArn=topic, Message="x")
    one = sns.publish(TopicArn=topic, Message="x", MessageGroupId="g", MessageDeduplicationId="1")
    two = sns.publish(TopicArn=topic, Message="y", MessageGroupId="h", MessageDeduplicationId="1")
    assert (one["MessageId"], one["SequenceNumber"]) == (two["MessageId"], two["SequenceNumber"])
    sns.set_topic_attributes(TopicArn=topic, AttributeName="FifoThroughputScope", AttributeValue="MessageGroup")
    sns.publish(TopicArn=topic, Message="z", MessageGroupId="h", MessageDeduplicationId="1")
    first, second = queue.receive(2)
    body = json.loads(first["Body"])
    assert (body["Message"], body["SequenceNumber"]) == ("x", one["SequenceNumber"]) and "Signature" not in body
    assert json.loads(second["Body"])["Message"] == "z" and second["Attributes"]["MessageDeduplicationId"] == "1"


def test_a_standard_queue_gets_them_too(account, sns):
    topic = make_topic(account, "both.fifo", ContentBasedDeduplication="true")
    queue = subscribed(account, topic)
    sns.publish(TopicArn=topic, Message="x", MessageGroupId="g")
    assert json.loads(queue.receive()[0]["Body"])["Message"] == "x"
    with refused("InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1/")


def test_a_group_of_a_standard_topic_goes_along(account, sns):
    topic = make_topic(account)
    queue = subscribed(account, topic)
    sns.publish(TopicArn=topic, Message="x", MessageGroupId="tenant")
    assert queue.receive()[0]["Attributes"]["MessageGroupId"] == "tenant"


def entries(*messages):
    return [{"Id": f"id-{number}", "Message": message} for number, message in enumerate(messages)]


def test_a_batch_succeeds_in_parts(account, sns):
    topic = make_topic(account)
    queue = subscribed(account, topic, RawMessageDelivery="true")
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
        *entries("a", "b"), {"Id": "bad", "Message": "c", "Subject": "a\nb"}, {"Id": "worse", "Message": "d", "MessageStructure": "x"}])
    assert [row["Id"] for row in answer["Successful"]] == ["id-0", "id-1"]
    assert [(row["Id"], row["Code"], row["SenderFault"]) for row in answer["Failed"]] == [
        ("bad", "InvalidParameter", True), ("worse", "InvalidParameter", True)]
    assert sorted(one["Body"] for one in queue.receive(2)) == ["a", "b"]


def test_batches_that_are_none(account, sns):
    topic = make_topic(account)
    for code, rows in (("EmptyBatchRequest", []), ("TooManyEntriesInBatchRequest", entries(*"abcdefghijk")),
                       ("BatchEntryIdsNotDistinct", entries("a") * 2), ("InvalidBatchEntryId", [{"Id": "a b", "Message": "x"}]),
                       ("BatchRequestTooLong", entries("x" * 200000, "y" * 200000))):
        with refused(code, status=400):
            sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=rows)
    nobody = account.user("nobody")
    with refused("AuthorizationError"):
        nobody.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries("a"))


def test_dead_letters_of_fifo_topics(account, sns):
    topic = make_topic(account, "dead.fifo", ContentBasedDeduplication="true")
    dead, shut = make_queue(account, "dead-letters.fifo"), make_queue(account, "shut.fifo", policy=None)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=shut.arn,
                  Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn})})
    for number in range(3):
        sns.publish(TopicArn=topic, Message=str(number), MessageGroupId="g")
    assert [json.loads(one["Body"])["Message"] for one in dead.receive(3)] == ["0", "1", "2"]
