"""A call costs the same on a queue of many hundreds of messages, ready, in flight and delayed, as on one of a few: rows of the
store are compared, as in test_growth.py."""
import pytest

from growth.cost import compare
from harness.account import Account
from harness.queues import make_queue, receive

FEW, MANY = 20, 600
CALLS, ROUNDS = 10, 2
MOST, SPARE_ROWS = 1.2, 3


class Queue:
    def __init__(self, sqs, name, count):
        self.sqs, self.fifo = sqs, name.endswith(".fifo")
        self.url = make_queue(sqs, name, VisibilityTimeout=43200, **({"ContentBasedDeduplication": "true"} if self.fifo else {}))
        self.numbers, self.phase = 0, "flying"
        self.fill(count)
        for _ in range(count // 10):
            receive(sqs, self.url)
        self.phase = "ready"
        self.fill(count)
        if not self.fifo:
            self.fill(count, DelaySeconds=900)

    def entry(self, **more):
        self.numbers += 1
        group = {"MessageGroupId": f"{self.phase}-{self.numbers % 200}"} if self.fifo else {}
        return {"MessageBody": str(self.numbers), **group, **more}

    def fill(self, count, **more):
        for _ in range(count // 10):
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=[{"Id": str(i), **self.entry(**more)} for i in range(10)])


def send(queue):
    queue.sqs.send_message(QueueUrl=queue.url, **queue.entry())


def receive_and_delete(queue):
    for message in receive(queue.sqs, queue.url, 1):
        queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])


def receive_and_hand_back(queue):
    for message in receive(queue.sqs, queue.url, 1):
        queue.sqs.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def count(queue):
    queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])


@pytest.mark.parametrize("kind", ["", ".fifo"])
def test_calls_cost_by_what_they_touch(new_server, tmp_path, home, kind):
    server = new_server(data=tmp_path / "data")
    sqs = Account.create(server, home).client("sqs")
    few, many = Queue(sqs, f"few{kind}", FEW), Queue(sqs, f"many{kind}", MANY)
    for call in (send, receive_and_hand_back, receive_and_delete, count):
        small, large = compare(server, call, few, many, ROUNDS, CALLS)
        print(f"{call.__name__:24} {small.rows_read:8.1f} {large.rows_read:8.1f} {small.rows_written:6.1f} {large.rows_written:6.1f}")
        assert large.rows_read <= small.rows_read * MOST + SPARE_ROWS, call.__name__
        assert large.rows_written <= small.rows_written * MOST + SPARE_ROWS, call.__name__
