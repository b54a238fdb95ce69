"""Long polls: receives that wait for a message, and what ends their waiting. How long one takes proves nothing here but
that it has waited at all, or not to its end."""
import http.client
import json
import threading
import time

import pytest

from harness import raw
from harness.account import Account, policy
from harness.queues import arn_of, bodies, counts, make_queue, receive
from harness.refusals import refused


class Poll(threading.Thread):
    """A receive on a thread of its own; join() gives its messages' bodies."""

    def __init__(self, sqs, url, wait_s=20, **more):
        super().__init__(daemon=True)
        self.call = lambda: bodies(sqs, url, WaitTimeSeconds=wait_s, **more)
        self.found = self.error = None
        self.start()

    def run(self):
        try:
            self.found = self.call()
        except Exception as error:
            self.error = error

    def join(self, timeout=15):
        super().join(timeout)
        assert not self.is_alive(), "it waits still"
        if self.error:
            raise self.error
        return self.found


@pytest.fixture
def sqs(account):
    return account.client("sqs", max_pool_connections=50)


@pytest.fixture
def url(sqs):
    return make_queue(sqs)


def await_waiting(server, count):
    """Until so many calls wait; the server tells."""
    end = time.monotonic() + 20
    while (found := waiting(server)) != count:
        assert time.monotonic() < end, f"{found} calls wait, not {count}"
        time.sleep(0.02)


def waiting(server):
    return json.loads(server.admin.call("GET", "/status"))["waiting_calls"]


def test_a_message_that_comes_ends_it(account, sqs, url):
    poll = Poll(sqs, url)
    await_waiting(account.server, 1)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert poll.join() == ["x"]
    await_waiting(account.server, 0)


def test_its_end_comes_without_one(sqs, url):
    started = time.monotonic()
    assert bodies(sqs, url, WaitTimeSeconds=1) == []
    assert time.monotonic() - started > 0.9


def test_the_queue_may_say_how_long(sqs):
    url = make_queue(sqs, ReceiveMessageWaitTimeSeconds=1)
    started = time.monotonic()
    assert bodies(sqs, url) == []
    assert time.monotonic() - started > 0.9
    poll = Poll(sqs, url, wait_s=20)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert poll.join() == ["x"]


def test_each_message_is_given_to_one(account, sqs, url):
    polls = [Poll(sqs, url, most=1) for _ in range(8)]
    await_waiting(account.server, 8)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(8)])
    assert sorted(body for poll in polls for body in poll.join()) == [str(i) for i in range(8)]
    assert counts(sqs, url) == (0, 8, 0)


def test_a_message_of_another_queue_does_not(account, sqs, url):
    poll = Poll(sqs, url)
    await_waiting(account.server, 1)
    sqs.send_message(QueueUrl=make_queue(sqs), MessageBody="elsewhere")
    assert waiting(account.server) == 1
    sqs.send_message(QueueUrl=url, MessageBody="here")
    assert poll.join() == ["here"]


def test_what_is_handed_back_ends_it(account, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [got] = receive(sqs, url)
    poll = Poll(sqs, url)
    await_waiting(account.server, 1)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    assert poll.join() == ["x"]


def test_a_group_that_is_free_again_ends_it(account, sqs):
    url = make_queue(sqs, "waits.fifo", ContentBasedDeduplication="true")
    for text in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId="g")
    [a] = receive(sqs, url, 1)
    poll = Poll(sqs, url)
    await_waiting(account.server, 1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=a["ReceiptHandle"])
    assert poll.join() == ["b"]


def test_a_clock_that_is_advanced_ends_it(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, VisibilityTimeout=3600)
    sqs.send_message(QueueUrl=url, MessageBody="seen")
    assert bodies(sqs, url) == ["seen"]
    poll = Poll(sqs, url)
    await_waiting(traveller.server, 1)
    later("1h")
    assert poll.join() == ["seen"]
    poll = Poll(sqs, url)
    await_waiting(traveller.server, 1)
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=900)
    later("15m")
    assert poll.join() == ["delayed"]


def test_who_may_no_more_receives_nothing(account, sqs, url):
    user = account.user("poller", policy=policy("sqs:*"))
    poll = Poll(user.client("sqs"), url)
    await_waiting(account.server, 1)
    account.iam.delete_user_policy(UserName="poller", PolicyName="inline")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    with refused("AccessDenied"):
        poll.join()
    assert bodies(sqs, url) == ["x"]


def test_who_may_no_more_keeps_nobody_waiting(account, sqs, url):
    user = account.user("poller", policy=policy("sqs:*"))
    refused_one = Poll(user.client("sqs"), url)
    await_waiting(account.server, 1)
    other = Poll(sqs, url)
    await_waiting(account.server, 2)
    account.iam.delete_user_policy(UserName="poller", PolicyName="inline")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    with refused("AccessDenied"):
        refused_one.join()
    assert other.join() == ["x"]


def leave_while_waiting(account, url):
    """A client that begins a long poll and is gone before there is anything."""
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    headers, _ = raw.sign(account.server.endpoint + "/", account.root, "sqs", body=body, headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    connection = http.client.HTTPConnection(*account.server.address)
    connection.request("POST", "/", body, headers)
    await_waiting(account.server, 1)
    connection.close()


def test_who_has_left_receives_nothing(account, sqs, url):
    leave_while_waiting(account, url)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    await_waiting(account.server, 0)
    assert receive(sqs, url, AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.purge_queue(QueueUrl=url)
    leave_while_waiting(account, url)
    poll = Poll(sqs, url)
    await_waiting(account.server, 2)
    sqs.send_message(QueueUrl=url, MessageBody="y")
    assert poll.join() == ["y"]


def test_a_server_that_stops_does_not_wait(new_server, home):
    server = new_server()
    sqs = Account.create(server, home).client("sqs", max_pool_connections=20)
    url = make_queue(sqs)
    polls = [Poll(sqs, url) for _ in range(5)]
    await_waiting(server, 5)
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 10
    assert [poll.join() for poll in polls] == [[]] * 5


def test_dead_letters_do_not_end_the_waiting(account, sqs, url):
    """More of them than one transaction looks over: each goes where it belongs, and who waits waits on."""
    dead = make_queue(sqs)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": "1"})})
    for _ in range(2):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "dead"} for i in range(10)])
    for seen in [receive(sqs, url), receive(sqs, url)]:
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0} for i, one in enumerate(seen)])
    assert counts(sqs, url) == (20, 0, 0)
    poll = Poll(sqs, url, most=1)
    await_waiting(account.server, 1)
    assert counts(sqs, url) == (0, 0, 0) and counts(sqs, dead) == (20, 0, 0)
    sqs.send_message(QueueUrl=url, MessageBody="alive")
    assert poll.join() == ["alive"]
