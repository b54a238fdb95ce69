"""kill -9 amid senders and receivers of queues: what was acknowledged as sent is there unless it was deleted, what was
acknowledged as deleted never comes again, and nothing comes that nobody sent, or twice."""
import contextlib
import random
import threading
import time

import pytest

from harness.account import Account, make_client
from harness.queues import counts, make_queue, receive

SHORT_ROUNDS = 3
LONG_ROUNDS = 20
SENDERS = RECEIVERS = 3


class Log:
    """What was tried and what was acknowledged, of all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent, self.maybe_sent, self.deleted, self.maybe_deleted = set(), set(), set(), set()

    def note(self, which, *bodies):
        with self.lock:
            getattr(self, which).update(bodies)


def until_killed(work):
    with contextlib.suppress(Exception):  # the server is gone
        while True:
            work()


class Sender(threading.Thread):
    """Alone and in batches; large ones lie apart."""

    def __init__(self, server, creds, url, name, log):
        super().__init__(daemon=True)
        self.client, self.url, self.group, self.log, self.number = make_client(server, "sqs", creds), url, name, log, 0

    def next(self):
        self.number += 1
        return f"{self.group} {self.number:06}" + " " * (3000 if self.number % 7 == 0 else 0)

    def more(self):
        return {"MessageGroupId": self.group} if self.url.endswith(".fifo") else {}

    def send(self):
        body = self.next()
        self.log.note("maybe_sent", body)
        self.client.send_message(QueueUrl=self.url, MessageBody=body, **self.more())
        self.log.note("sent", body)

    def send_batch(self):
        bodies = [self.next() for _ in range(5)]
        self.log.note("maybe_sent", *bodies)
        out = self.client.send_message_batch(QueueUrl=self.url, Entries=[
            {"Id": str(i), "MessageBody": body, **self.more()} for i, body in enumerate(bodies)])
        assert len(out["Successful"]) == 5
        self.log.note("sent", *bodies)

    def run(self):
        until_killed(lambda: (self.send(), self.send_batch()))


class Receiver(threading.Thread):
    """Deletes most of what it gets."""

    def __init__(self, server, creds, url, log):
        super().__init__(daemon=True)
        self.client, self.url, self.log = make_client(server, "sqs", creds), url, log

    def step(self):
        for message in receive(self.client, self.url, random.choice((1, 10)), WaitTimeSeconds=1):
            if random.random() < 0.1:
                continue
            self.log.note("maybe_deleted", message["Body"])
            self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            self.log.note("deleted", message["Body"])

    def run(self):
        until_killed(self.step)


def url_of(sqs, name):
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def run_until_killed(server, account, name, number, log):
    url = url_of(account.client("sqs"), name)
    threads = [Sender(server, account.root, url, f"r{number}s{one}", log) for one in range(SENDERS)]
    threads += [Receiver(server, account.root, url, log) for _ in range(RECEIVERS)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.5, 1.5))
    server.kill()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    server.start()


def drain(server, sqs, url):
    """All that is there, in the order in which it came."""
    server.admin.advance("12h")
    bodies = []
    while got := receive(sqs, url, VisibilityTimeout=43200):
        bodies += [message["Body"] for message in got]
        sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(got)])
    assert counts(sqs, url) == (0, 0, 0)
    return bodies


def check(log, left):
    assert len(left) == len(set(left)), "one came twice"
    left = set(left)
    assert log.sent - log.maybe_deleted - left == set(), "lost"
    assert left & log.deleted == set(), "deleted, and there again"
    assert left - log.maybe_sent == set(), "invented"


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", ["plain", "ordered.fifo"])
def test_messages_are_neither_lost_nor_invented(new_server, tmp_path, home, name, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    make_queue(account.client("sqs"), name, **({"ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}))
    log = Log()
    for number in range(rounds):
        run_until_killed(server, account, name, number, log)
    assert log.sent and log.deleted
    sqs = account.client("sqs")
    left = drain(server, sqs, url_of(sqs, name))
    check(log, left)
    if name.endswith(".fifo"):
        for group in {body.split()[0] for body in left}:
            mine = [body for body in left if body.startswith(group + " ")]
            assert mine == sorted(mine)
    print(f"{rounds} kills, {len(log.sent)} sent, {len(log.deleted)} deleted, {len(left)} left")
