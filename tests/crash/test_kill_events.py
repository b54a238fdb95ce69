"""kill -9 amid events and their deliveries: every event that was acknowledged, and every call that was, comes to the queue of
its rule, once, by way of another bus, too."""
import contextlib
import json
import random
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import Account, make_client
from harness.event_rules import Queue, put_rule

SHORT_ROUNDS = 3
LONG_ROUNDS = 20
WRITERS = 3


class Writer(threading.Thread):
    """Puts events and makes groups until the server is gone; .acknowledged: what they are known by."""

    def __init__(self, account, name):
        super().__init__(daemon=True)
        self.events, self.iam = (make_client(account.server, service, account.root) for service in ("events", "iam"))
        self.name, self.acknowledged, self.sent = name, [], 0

    def run(self):
        with contextlib.suppress(Exception):  # the server is gone
            for number in range(100_000):
                name = f"{self.name}n{number}"
                self.sent += 1
                self.events.put_events(Entries=[{"Source": "my.app", "DetailType": "x", "Detail": json.dumps({"name": name})}])
                self.acknowledged.append(name)
                self.sent += 1
                self.iam.create_group(GroupName=name)
                self.acknowledged.append("group " + name)


def run_until_killed(account, number):
    writers = [Writer(account, f"r{number}w{one}") for one in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.5, 1.5))
    account.server.kill()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
    account.server.start()
    return [name for writer in writers for name in writer.acknowledged]


def name_of(event):
    detail = event["detail"]
    return detail["name"] if event["source"] == "my.app" else "group " + detail["requestParameters"]["groupName"]


def drain(account, queue, acknowledged):
    """All names that come, until all that were acknowledged are there and no more comes."""
    sqs = account.client("sqs")  # the server is at another port by now
    counts, end = Counter(), time.monotonic() + 60
    while time.monotonic() < end:
        answer = sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
            counts[name_of(json.loads(message["Body"]))] += 1
        if not answer.get("Messages") and set(acknowledged) <= set(counts):
            break
    return counts


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_events_come_once(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    near, far = Queue(account, "near"), Queue(account, "far")
    pattern = {"$or": [{"source": ["my.app"]}, {"source": ["aws.iam"], "detail": {"eventName": ["CreateGroup"],
                                                                                  "errorCode": [{"exists": False}]}}]}
    bus = account.client("events").create_event_bus(Name="other")["EventBusArn"]
    put_rule(account, "all", pattern, near.arn, bus)
    put_rule(account, "all", pattern, far.arn, bus="other")
    acknowledged = []
    for number in range(rounds):
        acknowledged += run_until_killed(account, number)
    assert acknowledged
    for queue in (near, far):
        counts = drain(account, queue, acknowledged)
        assert [name for name in acknowledged if counts[name] != 1] == []
        assert max(counts.values()) == 1
        assert len(set(counts) - set(acknowledged)) <= rounds * WRITERS, "those that were in flight at a kill"
    print(f"{rounds} kills, {len(acknowledged)} acknowledged, all delivered once to either queue")


def test_a_replay_goes_on_where_it_stood(new_server, tmp_path, home):
    """What was acknowledged is in the archive, and comes once, though the server is killed in the midst of it."""
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    bus = account.client("events").create_event_bus(Name="b")["EventBusArn"]
    source = account.client("events").create_archive(ArchiveName="a", EventSourceArn=bus)["ArchiveArn"]
    acknowledged = []
    for first in range(0, 400, 10):
        names = [f"n{number}" for number in range(first, first + 10)]
        account.client("events").put_events(Entries=[{"Source": "my.app", "DetailType": "x", "EventBusName": "b",
                                                      "Detail": json.dumps({"name": name})} for name in names])
        acknowledged += names
    server.kill()
    server.start()
    assert account.client("events").describe_archive(ArchiveName="a")["EventCount"] == len(acknowledged)
    queue = Queue(account, "again")
    put_rule(account, "again", {"source": ["my.app"]}, queue.arn, bus="b")
    now = datetime.now(timezone.utc)
    account.client("events").start_replay(ReplayName="r", EventSourceArn=source, EventStartTime=now - timedelta(hours=1),
                                          EventEndTime=now + timedelta(hours=1), Destination={"Arn": bus})
    for _ in range(SHORT_ROUNDS):
        time.sleep(random.uniform(0, 0.1))
        server.kill()
        server.start()
    counts = drain(account, queue, acknowledged)
    assert set(counts) == set(acknowledged) and max(counts.values()) == 1
    assert account.client("events").describe_replay(ReplayName="r")["State"] == "COMPLETED"
