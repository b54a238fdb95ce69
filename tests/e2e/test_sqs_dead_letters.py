"""Dead-letter queues: who may name one, and what comes there."""
import json

import pytest

from harness.queues import arn_of, attributes_of, bodies, counts, make_queue, receive
from harness.refusals import refused


@pytest.fixture
def sqs(account):
    return account.client("sqs")


def redrive(arn, most=2):
    return {"deadLetterTargetArn": arn, "maxReceiveCount": most}


def hand_back(sqs, url, **more):
    """Receives and gives back; the bodies."""
    return bodies(sqs, url, VisibilityTimeout=0, **more)


def test_what_is_received_too_often_goes_there(account, sqs):
    dead = make_queue(sqs)
    url = make_queue(sqs, RedrivePolicy=redrive(arn_of(sqs, dead)))
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    assert hand_back(sqs, url) == hand_back(sqs, url) == ["poison"]
    sqs.send_message(QueueUrl=url, MessageBody="good")
    assert bodies(sqs, url) == ["good"]
    assert counts(sqs, dead) == (1, 0, 0) and counts(sqs, url) == (0, 1, 0)
    [got] = receive(sqs, dead, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert (got["MessageId"], got["Body"]) == (sent["MessageId"], "poison") and "a" in got["MessageAttributes"]
    assert got["Attributes"]["ApproximateReceiveCount"] == "3"
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=got["ReceiptHandle"])
    assert counts(sqs, dead) == (0, 0, 0)
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def test_a_queue_between_gets_as_many_tries(sqs):
    dead = make_queue(sqs)
    between = make_queue(sqs, RedrivePolicy=redrive(arn_of(sqs, dead), 2))
    url = make_queue(sqs, RedrivePolicy=redrive(arn_of(sqs, between), 3))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    for one, tries in ((url, 3), (between, 2)):
        assert [hand_back(sqs, one) for _ in range(tries + 1)] == [["x"]] * tries + [[]]
    assert receive(sqs, dead, AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"] == "6"


def test_sources_are_listed_in_pages(sqs):
    dead = make_queue(sqs)
    assert "queueUrls" not in sqs.list_dead_letter_source_queues(QueueUrl=dead)
    urls = sorted(make_queue(sqs, f"source-{i}", RedrivePolicy=redrive(arn_of(sqs, dead))) for i in range(5))
    pages = list(sqs.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=dead, PaginationConfig={"PageSize": 2}))
    assert [page["queueUrls"] for page in pages] == [urls[:2], urls[2:4], urls[4:]]


def test_groups_go_on_behind_their_dead(sqs):
    dead = make_queue(sqs, "dead.fifo")
    url = make_queue(sqs, "live.fifo", ContentBasedDeduplication="true", RedrivePolicy=redrive(arn_of(sqs, dead), 1))
    for text in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId="g")
    assert hand_back(sqs, url, most=1) == ["a"]
    assert bodies(sqs, url) == ["b"]
    assert bodies(sqs, dead) == ["a"]


def test_when_the_dead_letter_queue_is_gone_the_message_stays(sqs):
    dead = make_queue(sqs)
    url = make_queue(sqs, RedrivePolicy=redrive(arn_of(sqs, dead), 1))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.delete_queue(QueueUrl=dead)
    for _ in range(3):
        assert hand_back(sqs, url) == ["x"]


def test_policies_that_are_refused(account, sqs):
    url, fifo = make_queue(sqs), make_queue(sqs, "kind.fifo")
    arn = arn_of(sqs, url)
    bad = ["x", "[]", json.dumps(redrive(arn) | {"more": "x" * 5000}), "{}", json.dumps({"deadLetterTargetArn": arn}), json.dumps({"maxReceiveCount": 1}),
           json.dumps(redrive(arn, 0)), json.dumps(redrive(arn, 1001)), json.dumps(redrive(arn, "x")), json.dumps(redrive("x")),
           json.dumps(redrive(arn + "-none")), json.dumps(redrive(arn_of(sqs, fifo))),
           json.dumps(redrive(arn.replace("us-east-1", "eu-west-1"))), json.dumps(redrive(arn.replace(account.id, "111122223333")))]
    for policy in bad:
        with refused("InvalidParameterValue", status=400):
            sqs.set_queue_attributes(QueueUrl=make_queue(sqs), Attributes={"RedrivePolicy": policy})
    source = make_queue(sqs, RedrivePolicy=redrive(arn, "5"))
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes_of(sqs, source)


def test_who_may_name_a_queue(sqs):
    source, other, dead = make_queue(sqs), make_queue(sqs), make_queue(sqs)
    policy = json.dumps(redrive(arn_of(sqs, dead)))

    def allow(**given):
        sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(given)})

    allow(redrivePermission="denyAll")
    with refused("InvalidParameterValue"):
        sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": policy})
    allow(redrivePermission="byQueue", sourceQueueArns=[arn_of(sqs, source)])
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": policy})
    with refused("InvalidParameterValue"):
        sqs.set_queue_attributes(QueueUrl=other, Attributes={"RedrivePolicy": policy})
    for given in ({"redrivePermission": "x"}, {"redrivePermission": "byQueue"}, {}, {"redrivePermission": "byQueue", "sourceQueueArns": []},
                  {"redrivePermission": "allowAll", "sourceQueueArns": [arn_of(sqs, source)]},
                  {"redrivePermission": "byQueue", "sourceQueueArns": [arn_of(sqs, source)] * 11}):
        with refused("InvalidParameterValue"):
            allow(**given)
