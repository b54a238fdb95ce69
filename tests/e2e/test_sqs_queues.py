"""Queues: made, found, listed, set, emptied, deleted."""
import pytest

from harness.queues import arn_of, attributes_of, bodies, counts, make_queue, receive
from harness.refusals import refused


@pytest.fixture
def sqs(account):
    return account.client("sqs")


def test_a_queue_has_its_defaults(account, sqs):
    url = make_queue(sqs, "plain")
    assert url == f"{account.server.endpoint}/{account.id}/plain"
    found = attributes_of(sqs, url)
    assert found.pop("CreatedTimestamp") == found.pop("LastModifiedTimestamp")
    assert found == {
        "QueueArn": f"arn:aws:sqs:us-east-1:{account.id}:plain", "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0", "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true"}


def test_the_same_queue_is_made_once(sqs):
    url = make_queue(sqs, "same", VisibilityTimeout=7)
    assert make_queue(sqs, "same", VisibilityTimeout=7) == make_queue(sqs, "same") == url
    with refused("QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute VisibilityTimeout", 400):
        make_queue(sqs, "same", VisibilityTimeout=8)
    with refused("QueueAlreadyExists"):
        make_queue(sqs, "same", DelaySeconds=1)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a/b", "ü", "a" * 81, "x.fifo"])
def test_names_that_are_none(account, name):
    sqs = account.client("sqs", parameter_validation=False)
    with refused("InvalidParameterValue", status=400):
        sqs.create_queue(QueueName=name)


def test_a_fifo_queue_has_a_name_of_its_own(sqs):
    with refused("InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                                          "with .fifo suffix and be 1 to 80 in length.", 400):
        sqs.create_queue(QueueName="plain", Attributes={"FifoQueue": "true"})
    with refused("InvalidAttributeName", "Unknown Attribute FifoQueue."):
        sqs.create_queue(QueueName="plain", Attributes={"FifoQueue": "false"})


LIMITS = {"VisibilityTimeout": (0, 43200), "MaximumMessageSize": (1024, 1048576), "MessageRetentionPeriod": (60, 1209600),
          "DelaySeconds": (0, 900), "ReceiveMessageWaitTimeSeconds": (0, 20), "KmsDataKeyReusePeriodSeconds": (60, 86400)}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_attributes(sqs, name):
    url = make_queue(sqs)
    for value in LIMITS[name]:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(value)})
        assert attributes_of(sqs, url, name) == {name: str(value)}
    for value in (LIMITS[name][0] - 1, LIMITS[name][1] + 1, "x", ""):
        with refused("InvalidAttributeValue", f"Invalid value for the parameter {name}.", 400):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(value)})
    assert attributes_of(sqs, url, name) == {name: str(LIMITS[name][1])}


@pytest.mark.parametrize("name", ["Nonsense", "QueueArn", "ApproximateNumberOfMessages", "CreatedTimestamp", "FifoQueue",
                                  "ContentBasedDeduplication", "All"])
def test_attributes_that_cannot_be_set(sqs, name):
    url = make_queue(sqs)
    with refused("InvalidAttributeName", f"Unknown Attribute {name}.", 400):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: "true"})
    with refused("InvalidAttributeName", "Unknown Attribute Nonsense."):
        attributes_of(sqs, url, "Nonsense")


def test_one_kind_of_encryption_at_a_time(sqs):
    url = make_queue(sqs, KmsMasterKeyId="alias/aws/sqs")
    found = attributes_of(sqs, url)
    assert (found["KmsMasterKeyId"], found["KmsDataKeyReusePeriodSeconds"]) == ("alias/aws/sqs", "300")
    assert found["SqsManagedSseEnabled"] == "false"
    with refused("InvalidAttributeValue"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/x", "SqsManagedSseEnabled": "true"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert "KmsMasterKeyId" not in attributes_of(sqs, url)


def test_queues_are_listed_by_prefix_and_in_pages(account, sqs):
    urls = sorted(make_queue(sqs, f"{kind}-{i}") for kind in ("ab", "b") for i in range(3))
    assert sqs.list_queues()["QueueUrls"] == urls
    assert sqs.list_queues(QueueNamePrefix="b")["QueueUrls"] == urls[3:]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="c")
    pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix="ab", PaginationConfig={"PageSize": 2}))
    assert [page["QueueUrls"] for page in pages] == [urls[:2], urls[2:3]]
    assert "QueueUrls" not in account.client("sqs", region="eu-west-1").list_queues()
    for most in (0, 1001):
        with refused("InvalidParameterValue"):
            sqs.list_queues(MaxResults=most)
    with refused("InvalidParameterValue"):
        sqs.list_queues(MaxResults=2, NextToken="forged")


def test_a_deleted_queue_is_gone_and_its_name_free_after_a_minute(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, "gone")
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    sqs.delete_queue(QueueUrl=url)
    for call in (sqs.delete_queue, sqs.purge_queue, sqs.receive_message):
        with refused("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", 400):
            call(QueueUrl=url)
    with refused("AWS.SimpleQueueService.NonExistentQueue"):
        sqs.get_queue_url(QueueName="gone")
    with refused("AWS.SimpleQueueService.QueueDeletedRecently", status=400):
        make_queue(sqs, "gone")
    later("60s")
    assert make_queue(sqs, "gone") == url
    assert bodies(sqs, url) == []


def test_a_purge_takes_all_once_a_minute(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs)
    for i in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"{i}", DelaySeconds=i)
    [flying] = receive(sqs, url, 1)
    sqs.purge_queue(QueueUrl=url)
    assert counts(sqs, url) == (0, 0, 0)
    sqs.send_message(QueueUrl=url, MessageBody="new")
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress", status=403):
        sqs.purge_queue(QueueUrl=url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=flying["ReceiptHandle"])  # succeeds, and deletes nothing
    later("2m")
    assert bodies(sqs, url) == ["new"]
    sqs.purge_queue(QueueUrl=url)


def test_tags(sqs):
    url = make_queue(sqs)
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": ""})
    sqs.tag_queue(QueueUrl=url, Tags={"a": "2"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "2", "b": ""}
    sqs.untag_queue(QueueUrl=url, TagKeys=["b", "never"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "2"}
    for tags in ({"k" * 129: "v"}, {"k": "v" * 257}, {"aws:k": "v"}, {f"k{i}": "v" for i in range(51)}):
        with refused("InvalidParameterValue", status=400):
            sqs.tag_queue(QueueUrl=url, Tags=tags)
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "2"}


def test_urls_that_name_no_queue(sqs):
    for url in ("nonsense", "http://localhost/", "http://localhost/12/x", "http://localhost/111122223333/a b"):
        with refused("InvalidAddress", status=404):
            sqs.purge_queue(QueueUrl=url)


def test_management_is_on_record(account, sqs):
    url = make_queue(sqs, "recorded")
    event = account.event("CreateQueue")
    assert event["requestParameters"]["queueName"] == "recorded"
    assert event["responseElements"] == {"queueUrl": url}
    assert event["resources"][0]["ARN"] == arn_of(sqs, url)
