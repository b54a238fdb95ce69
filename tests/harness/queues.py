"""Queues of SQS: made for a test, and asked for what is in them."""
import itertools
import json
import time

from harness.json_client import JsonClient

RECEIVE_S = 20
_numbers = itertools.count(1)


def make_queue(sqs, name=None, **attributes):
    """Its URL. Attributes as keywords; dicts become JSON. A name that ends in .fifo makes it one."""
    name = name or f"queue-{next(_numbers)}"
    if name.endswith(".fifo"):
        attributes.setdefault("FifoQueue", "true")
    texts = {key: json.dumps(value) if isinstance(value, dict) else str(value) for key, value in attributes.items()}
    return sqs.create_queue(QueueName=name, Attributes=texts)["QueueUrl"]


def attributes_of(sqs, url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"]).get("Attributes", {})


def arn_of(sqs, url):
    return attributes_of(sqs, url, "QueueArn")["QueueArn"]


def counts(sqs, url):
    """(visible, in flight, delayed)"""
    names = [f"ApproximateNumberOfMessages{one}" for one in ("", "NotVisible", "Delayed")]
    found = attributes_of(sqs, url, *names)
    return tuple(int(found[name]) for name in names)


def receive(sqs, url, most=10, **more):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, **more).get("Messages", [])


def bodies(sqs, url, most=10, **more):
    return [message["Body"] for message in receive(sqs, url, most, **more)]


def await_message(sqs, url, **more):
    """The first one that comes."""
    end = time.monotonic() + RECEIVE_S
    while time.monotonic() < end:
        found = receive(sqs, url, 1, WaitTimeSeconds=1, **more)
        if found:
            return found[0]
    raise AssertionError(f"no message in {url} within {RECEIVE_S} s")


def json_sqs(account, **more):
    """SQS as today's SDKs speak it."""
    return JsonClient(account, service="sqs", target="AmazonSQS", **more)
