"""From a topic to queues. https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html"""
import json

import pytest

from harness.refusals import refused
from harness.topics import attributes_of, failures, make_queue, make_topic, subscribe, subscribed


@pytest.fixture
def sns(account):
    return account.client("sns")


def test_a_message_comes_in_its_envelope(account, sns):
    topic = make_topic(account)
    queue = make_queue(account)
    arn = subscribe(account, topic, queue)
    sent = sns.publish(TopicArn=topic, Message='a "b" \u00fc', Subject="Hello",
                       MessageAttributes={"who": {"DataType": "String", "StringValue": "me"},
                                          "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}})
    message, = queue.receive()
    body = json.loads(message["Body"])
    assert list(body)[:6] == ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"]
    assert (body["Type"], body["MessageId"], body["TopicArn"]) == ("Notification", sent["MessageId"], topic)
    assert (body["Subject"], body["Message"]) == ("Hello", 'a "b" \u00fc')
    assert body["Timestamp"].endswith("Z") and len(body["Timestamp"]) == 24
    assert body["UnsubscribeURL"].endswith(f"Action=Unsubscribe&SubscriptionArn={arn}")
    assert body["MessageAttributes"] == {"who": {"Type": "String", "Value": "me"}, "raw": {"Type": "Binary", "Value": "AAE="}}
    assert "MessageAttributes" not in message and message["Attributes"]["SenderId"] == "sns.amazonaws.com"


def test_every_subscription_gets_it_once(account, sns):
    topic = make_topic(account)
    queues = [subscribed(account, topic) for _ in range(5)]
    for number in range(3):
        sns.publish(TopicArn=topic, Message=str(number))
    for queue in queues:
        assert [json.loads(one["Body"])["Message"] for one in queue.receive(3)] == ["0", "1", "2"]
        assert queue.is_empty()


def test_many_subscriptions_are_served_in_pages(account, sns):
    topic = make_topic(account)
    queues = [subscribed(account, topic) for _ in range(120)]
    sns.publish(TopicArn=topic, Message="x" * 1000)
    for queue in queues:
        assert len(queue.receive(1)) == 1 and queue.is_empty()


def test_raw_messages(account, sns):
    topic = make_topic(account)
    queue = subscribed(account, topic, RawMessageDelivery="true")
    attributes = {f"a{number}": {"DataType": "Number", "StringValue": str(number)} for number in range(10)}
    sns.publish(TopicArn=topic, Message="as it is", Subject="not told", MessageAttributes=attributes)
    message, = queue.receive()
    assert message["Body"] == "as it is"
    assert message["MessageAttributes"] == attributes
    attributes["one-more"] = {"DataType": "String", "StringValue": "x"}
    sns.publish(TopicArn=topic, Message="too many", MessageAttributes=attributes)
    failure, = failures(account, topic)
    assert failure["errorCode"] == "InvalidParameter" and queue.is_empty()


def test_who_may_not_send_is_told(account, sns):
    topic = make_topic(account)
    shut, gone = make_queue(account, policy=None), f"arn:aws:sqs:us-east-1:{account.id}:gone"
    arns = {subscribe(account, topic, shut), subscribe(account, topic, gone)}
    sns.publish(TopicArn=topic, Message="x")
    told = failures(account, topic, 2)
    assert {one["subscriptionArn"] for one in told} == arns and {one["attempts"] for one in told} == {1}
    assert shut.is_empty()
    shut.let({"Service": "sns.amazonaws.com"}, Condition={"ArnEquals": {"aws:SourceArn": topic},
                                                          "StringEquals": {"aws:SourceAccount": account.id}})
    sns.publish(TopicArn=topic, Message="y")
    assert json.loads(shut.receive()[0]["Body"])["Message"] == "y"
    shut.let({"Service": "sns.amazonaws.com"}, Condition={"ArnEquals": {"aws:SourceArn": topic + "x"}})
    sns.publish(TopicArn=topic, Message="z")
    assert len(failures(account, topic, 5)) == 5 and shut.is_empty()


@pytest.mark.parametrize("more, message", [
    ({"Message": ""}, "Empty message"), ({"Message": "x" * 262145}, "Message too long"),
    ({"Subject": ""}, "Subject"), ({"Subject": "x" * 101}, "Subject"), ({"Subject": "a\nb"}, "Subject"),
    ({"MessageStructure": "xml"}, "MessageStructure"),
    ({"MessageStructure": "json", "Message": "x"}, "Message Structure - JSON message body failed to parse"),
    ({"MessageStructure": "json", "Message": '{"default":"a","default":"b"}'},
     "Message Structure - JSON message body failed to parse"),
    ({"MessageStructure": "json", "Message": '{"sqs":"x"}'}, "Message Structure - No default entry in JSON message body"),
    ({"MessageDeduplicationId": "x"}, "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter "
                                      "that is not valid for this topic type"),
])
def test_messages_that_are_none(account, sns, more, message):
    topic = make_topic(account)
    with refused("InvalidParameter", f"Invalid parameter: {message}", 400):
        sns.publish(**{"TopicArn": topic, "Message": "x", **more})


@pytest.mark.parametrize("name, attribute", [
    ("a", {"DataType": "Nonsense", "StringValue": "x"}), ("a", {"DataType": "Number", "StringValue": "x"}),
    ("a", {"DataType": "String", "StringValue": ""}), ("a", {"DataType": "Binary", "StringValue": "x"}),
    ("a", {"DataType": "String.Array", "StringValue": "x"}), ("a", {"DataType": "String.Array", "StringValue": "[[1]]"}),
    ("a", {"DataType": "Number.Array", "StringValue": "1"}), ("a", {"DataType": "Number.Array", "StringValue": '["1"]'}),
    ("AWS.a", {"DataType": "String", "StringValue": "x"}), ("a..b", {"DataType": "String", "StringValue": "x"}),
])
def test_attributes_that_are_none(account, sns, name, attribute):
    topic = make_topic(account)
    with refused("ParameterValueInvalid", status=400):
        sns.publish(TopicArn=topic, Message="x", MessageAttributes={name: attribute})


def test_what_is_said_of_an_empty_attribute(account, sns):
    text = "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'."
    with refused("ParameterValueInvalid", text, 400):
        sns.publish(TopicArn=make_topic(account), Message="x", MessageAttributes={"a": {"DataType": "String", "StringValue": ""}})


def test_targets_that_are_none(account, sns):
    topic = make_topic(account)
    for target in ({}, {"TopicArn": topic, "TargetArn": topic}, {"PhoneNumber": "+15555550100"},
                   {"TargetArn": f"arn:aws:sns:us-east-1:{account.id}:endpoint/GCM/app/x"}):
        with refused("InvalidParameter"):
            sns.publish(Message="x", **target)
    with refused("NotFound", "Topic does not exist", 404):
        sns.publish(Message="x", TopicArn=topic + "x")
    assert sns.publish(Message="x", TargetArn=topic)["MessageId"]


def test_large_messages_where_the_topic_lets_them(account, sns):
    topic = make_topic(account, MaximumMessageSize="1048576")
    queue = subscribed(account, topic, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="x" * 1048576)
    assert len(queue.receive()[0]["Body"]) == 1048576
    with refused("InvalidParameter", "Invalid parameter: Message too long"):
        sns.publish(TopicArn=topic, Message="x" * 1048577)


def test_one_message_for_each_protocol(account, sns):
    topic = make_topic(account)
    queue = subscribed(account, topic, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "sqs": "for \"queues\"", "http": 5}))
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "sqs": {"a": 1}}))
    assert [one["Body"] for one in queue.receive(2)] == ['for "queues"', "d"]


def test_a_queue_of_another_region(account, sns):
    sqs = account.client("sqs", region="eu-west-1")
    arn = f"arn:aws:sqs:eu-west-1:{account.id}:afar"
    url = sqs.create_queue(QueueName="afar", Attributes={"Policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})["QueueUrl"]
    topic = make_topic(account)
    subscribe(account, topic, arn, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="far")
    message, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "far"


def test_what_is_sent_before_a_subscription_is_not_for_it(account, sns):
    topic = make_topic(account)
    early = subscribed(account, topic)
    sns.publish(TopicArn=topic, Message="x")
    late = subscribed(account, topic)
    assert len(early.receive()) == 1 and late.is_empty()
    assert attributes_of(account, topic)["SubscriptionsConfirmed"] == "2"
