"""kill -9 amid changes whose bucket logs its requests and notifies others: whatever was acknowledged is told, once, also
where the kill came amid a delivery."""
import contextlib
import random
import threading
import time
from collections import Counter

import pytest

from harness.access_logs import lines_of, new_target, put_logging
from harness.account import Account, make_client
from harness.buckets import new_bucket
from harness.notifications import arn, notify, receiver, records_of

SHORT_ROUNDS = 3
LONG_ROUNDS = 20
WRITERS = 4


class Writer(threading.Thread):
    """Puts and deletes until the server is gone; .acknowledged: the ids of requests that were answered."""

    def __init__(self, server, creds, bucket, name):
        super().__init__(daemon=True)
        self.client = make_client(server, "s3", creds)
        self.bucket, self.key, self.acknowledged = bucket, name, []

    def run(self):
        with contextlib.suppress(Exception):  # the server is gone
            while True:
                for change in (lambda: self.client.put_object(Bucket=self.bucket, Key=self.key, Body=b"x"),
                               lambda: self.client.delete_object(Bucket=self.bucket, Key=self.key)):
                    self.acknowledged.append(change()["ResponseMetadata"]["RequestId"])


def deliver_over_and_over(server):
    with contextlib.suppress(Exception):
        while True:
            server.admin.advance("61s")


def run_until_killed(server, account, bucket, number):
    writers = [Writer(server, account.root, bucket, f"r{number}w{one}") for one in range(WRITERS)]
    threads = writers + [threading.Thread(target=deliver_over_and_over, args=(server,), daemon=True)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.5, 1.5))
    server.kill()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    server.start()
    return [request for writer in writers for request in writer.acknowledged]


def check(acknowledged, told, rounds):
    counts = Counter(told)
    assert [request for request in acknowledged if counts[request] != 1] == []
    assert max(counts.values()) == 1
    assert len(set(counts) - set(acknowledged)) <= rounds * WRITERS, "those that were in flight at a kill"


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_what_was_acknowledged_is_told(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    bucket, target = new_bucket(account), new_target(account)
    put_logging(account.client("s3"), bucket, target)
    notify(account.client("s3"), bucket, receiver(arn(account, "sns"), "s3:ObjectCreated:*", "s3:ObjectRemoved:*"))
    server.admin.advance("61s")
    acknowledged = []
    for number in range(rounds):
        acknowledged += run_until_killed(server, account, bucket, number)
    assert acknowledged
    server.admin.advance("61s")
    lines = [line for line in lines_of(account.client("s3"), target) if line.operation in ("REST.PUT.OBJECT", "REST.DELETE.OBJECT")]
    check(acknowledged, [line.request_id for line in lines], rounds)
    check(acknowledged, [row["responseElements"]["x-amz-request-id"] for row in records_of(server, bucket)], rounds)
    print(f"{rounds} kills, {len(acknowledged)} acknowledged changes, all told once")
