"""FIFO queues: order within groups, groups that wait, messages that are sent twice."""
import hashlib

import pytest

from harness.queues import attributes_of, counts, make_queue, receive
from harness.refusals import refused


@pytest.fixture
def sqs(account):
    return account.client("sqs")


@pytest.fixture
def url(sqs):
    return make_queue(sqs, "orders.fifo", ContentBasedDeduplication="true")


def send(sqs, url, *texts, group="g"):
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId=group)


def drop(sqs, url, *messages):
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def texts(messages):
    return [message["Body"] for message in messages]


def test_its_attributes(sqs, url):
    found = attributes_of(sqs, url)
    assert {name: found[name] for name in ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope",
                                           "FifoThroughputLimit")} == {
        "FifoQueue": "true", "ContentBasedDeduplication": "true", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
    with refused("InvalidAttributeValue"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoThroughputLimit": "perMessageGroupId"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoThroughputLimit": "perMessageGroupId",
                                                       "DeduplicationScope": "messageGroup"})
    with refused("InvalidAttributeName"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
    with refused("InvalidParameterValue"):
        sqs.create_queue(QueueName="standard", Attributes={"FifoQueue": "true"})


def test_a_group_comes_in_order_and_waits_for_those_in_flight(sqs, url):
    send(sqs, url, *"abcde")
    send(sqs, url, "x", group="h")
    first = receive(sqs, url, 2)
    assert texts(first) == ["a", "b"]
    other = receive(sqs, url)
    assert texts(other) == ["x"] and receive(sqs, url) == []
    drop(sqs, url, first[0])
    assert receive(sqs, url) == []  # b is in flight still
    drop(sqs, url, first[1])
    assert texts(receive(sqs, url)) == ["c", "d", "e"]


def test_a_batch_keeps_its_order(sqs, url):
    entries = [{"Id": str(i), "MessageBody": str(i), "MessageGroupId": "g"} for i in range(10)]
    out = sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    numbers = [int(one["SequenceNumber"]) for one in out]
    assert numbers == sorted(set(numbers))
    got = receive(sqs, url, AttributeNames=["All"])
    assert texts(got) == [str(i) for i in range(10)]
    assert [int(one["Attributes"]["SequenceNumber"]) for one in got] == numbers
    assert {one["Attributes"]["MessageGroupId"] for one in got} == {"g"}


def test_a_message_that_comes_back_comes_first(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, "back.fifo", ContentBasedDeduplication="true", VisibilityTimeout=30)
    send(sqs, url, *"abc")
    [a] = receive(sqs, url, 1)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=a["ReceiptHandle"], VisibilityTimeout=0)
    [a] = receive(sqs, url, 1)
    assert a["Body"] == "a"
    later("31s")
    with refused("InvalidParameterValue"):
        drop(sqs, url, a)
    assert texts(receive(sqs, url)) == ["a", "b", "c"]


def test_delays_keep_the_order(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, "late.fifo", ContentBasedDeduplication="true", DelaySeconds=60)
    send(sqs, url, "a", "b")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    send(sqs, url, "c")
    send(sqs, url, "x", group="h")
    drop(sqs, url, *receive(sqs, url))  # x
    later("61s")
    send(sqs, url, "d")
    assert texts(receive(sqs, url)) == ["a", "b", "c", "d"]


def test_the_same_message_is_taken_once_in_five_minutes(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, "once.fifo", ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
    again = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="h")
    assert (first["MessageId"], first["SequenceNumber"]) == (again["MessageId"], again["SequenceNumber"])
    [got] = receive(sqs, url, AttributeNames=["All"])
    assert got["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"a").hexdigest()
    drop(sqs, url, got)
    by_id = sqs.send_message(QueueUrl=url, MessageBody="other", MessageGroupId="g",
                             MessageDeduplicationId=hashlib.sha256(b"a").hexdigest())
    assert by_id["MessageId"] == first["MessageId"] and receive(sqs, url) == []
    assert sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="x")["MessageId"] != \
        first["MessageId"]
    drop(sqs, url, *receive(sqs, url))
    later("5m")
    assert sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")["MessageId"] != first["MessageId"]
    assert texts(receive(sqs, url)) == ["a"]


def test_duplicates_of_groups(sqs):
    url = make_queue(sqs, "scope.fifo", ContentBasedDeduplication="true", DeduplicationScope="messageGroup",
                     FifoThroughputLimit="perMessageGroupId")
    send(sqs, url, "a", "a", group="g")
    send(sqs, url, "a", group="h")
    assert texts(receive(sqs, url)) == ["a", "a"]


def test_a_receive_that_is_tried_again(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, "again.fifo", ContentBasedDeduplication="true", VisibilityTimeout=60)
    send(sqs, url, *"abc")
    first = receive(sqs, url, 2, ReceiveRequestAttemptId="try")
    assert texts(first) == ["a", "b"]
    later("50s")
    again = receive(sqs, url, 2, ReceiveRequestAttemptId="try")
    assert [one["ReceiptHandle"] for one in again] == [one["ReceiptHandle"] for one in first]
    later("50s")
    assert receive(sqs, url, 2, ReceiveRequestAttemptId="other") == []  # the second one gave them another minute
    drop(sqs, url, first[0])
    assert receive(sqs, url, 2, ReceiveRequestAttemptId="try") == []
    drop(sqs, url, first[1])
    assert texts(receive(sqs, url, 2, ReceiveRequestAttemptId="try")) == ["c"]
    later("5m")
    assert texts(receive(sqs, url, 2, ReceiveRequestAttemptId="try")) == ["c"]


def test_what_kinds_of_queues_do_not_take(sqs, url):
    standard, strict = make_queue(sqs), make_queue(sqs, "strict.fifo")
    with refused("MissingParameter", "The request must contain the parameter MessageGroupId.", 400):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    with refused("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or "
                                          "MessageDeduplicationId provided explicitly", 400):
        sqs.send_message(QueueUrl=strict, MessageBody="x", MessageGroupId="g")
    with refused("InvalidParameterValue"):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", DelaySeconds=1)
    with refused("InvalidParameterValue"):
        sqs.send_message(QueueUrl=standard, MessageBody="x", MessageDeduplicationId="d")
    for bad in ("", "a b", "ü", "a" * 129):
        with refused("InvalidParameterValue"):
            sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=bad)
        with refused("InvalidParameterValue"):
            sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId=bad)
    sqs.send_message(QueueUrl=standard, MessageBody="x", MessageGroupId="tenant")
    [got] = receive(sqs, standard, AttributeNames=["All"])
    assert got["Attributes"]["MessageGroupId"] == "tenant"
    assert counts(sqs, url) == counts(sqs, strict) == (0, 0, 0)
