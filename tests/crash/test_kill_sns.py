"""kill -9 amid publishers and a fan-out in pages: every message that was acknowledged comes to every queue once, those of a
FIFO topic in their order; and nothing comes that nobody published."""
import contextlib
import json
import random
import threading
import time
from collections import Counter

import pytest

from harness.account import Account, make_client
from harness.topics import make_queue, make_topic, subscribe, subscribed

SHORT_ROUNDS = 3
LONG_ROUNDS = 20
WRITERS = 3
QUEUES = 3
FILLING = 150  # subscriptions between them, whose filters take nothing: several pages


class Writer(threading.Thread):
    """Publishes until the server is gone; .acknowledged: what was, in order."""

    def __init__(self, account, name, topic, group=None):
        super().__init__(daemon=True)
        self.sns = make_client(account.server, "sns", account.root)
        self.name, self.topic, self.more = name, topic, {"MessageGroupId": group} if group else {}
        self.acknowledged = []

    def run(self):
        with contextlib.suppress(Exception):  # the server is gone
            for number in range(100_000):
                text = f"{self.name}n{number:06}"
                self.sns.publish(TopicArn=self.topic, Message=text, **self.more)
                self.acknowledged.append(text)


def run_until_killed(account, number, topic, lined):
    writers = [Writer(account, f"r{number}w{one}", topic) for one in range(WRITERS)]
    in_line = Writer(account, f"r{number}f", lined, "g")
    for writer in (*writers, in_line):
        writer.start()
    time.sleep(random.uniform(0.5, 1.5))
    account.server.kill()
    for writer in (*writers, in_line):
        writer.join(60)
        assert not writer.is_alive()
    account.server.start()
    return [text for writer in writers for text in writer.acknowledged], in_line.acknowledged


def drain(account, queue, acknowledged):
    """All messages that come, until all that were acknowledged are there and no more comes."""
    sqs = account.client("sqs")  # the server is at another port by now
    found, missing, end = [], set(acknowledged), time.monotonic() + 60
    while time.monotonic() < end:
        messages = sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"])["Message"])
        missing -= set(found)
        if not messages and not missing:
            break
    return found


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_messages_come_once(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    topic, lined = make_topic(account), make_topic(account, "lined.fifo", ContentBasedDeduplication="true")
    queues = [subscribed(account, topic) for _ in range(QUEUES)]
    for number in range(FILLING):
        subscribe(account, topic, f"arn:aws:sqs:us-east-1:{account.id}:filling{number}", FilterPolicy={"never": ["x"]})
    in_line = make_queue(account, "lined.fifo")
    subscribe(account, lined, in_line)
    acknowledged, in_order = [], []
    for number in range(rounds):
        some, more = run_until_killed(account, number, topic, lined)
        acknowledged += some
        in_order += more
    assert acknowledged and in_order
    for queue in queues:
        counts = Counter(drain(account, queue, acknowledged))
        assert [text for text in acknowledged if counts[text] != 1] == []
        assert max(counts.values()) == 1
        assert len(set(counts) - set(acknowledged)) <= rounds * WRITERS, "those that were in flight at a kill"
    found = drain(account, in_line, in_order)
    assert [text for text in found if text in set(in_order)] == in_order and len(found) == len(set(found))
    print(f"{rounds} kills, {len(acknowledged)} and {len(in_order)} acknowledged, all delivered once to each queue")
