"""kill -9 amid calls whose events the history takes and compresses: each acknowledged call is in it once, in order, and is
found by its name; nothing is there that was not called."""
import contextlib
import json
import random
import threading
import time

import pytest

from harness.account import Account
from harness.quick_iam import QuickIam
from harness.server import Server

WRITERS = 4
SHORT_ROUNDS = 5
LONG_ROUNDS = 50
EVENT_S = 60


class Writer(threading.Thread):
    """Makes users until the server is gone. done: {name: request id} of what was acknowledged."""

    def __init__(self, server, creds, prefix):
        super().__init__()
        self.iam, self.prefix, self.done = QuickIam(server, creds), prefix, {}

    def run(self):
        with contextlib.suppress(Exception):  # the server is gone
            for number in range(100_000):
                name = f"{self.prefix}-{number}"
                status, request_id = self.iam.call("CreateUser", UserName=name)
                assert status == 200
                self.done[name] = request_id


def one_round(server, account, number):
    writers = [Writer(server, account.root, f"r{number}w{one}") for one in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.3, 1.2))
    server.kill()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
    server.start()
    return {name: request_id for writer in writers for name, request_id in writer.done.items()}


def history(account, **question):
    pages = account.client("cloudtrail").get_paginator("lookup_events").paginate(**question)
    return [event for page in pages for event in page["Events"]]


def attribute(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def users_of(account):
    pages = account.client("iam").get_paginator("list_users").paginate()  # the server has another port each time
    return {user["UserName"] for page in pages for user in page["Users"]}


def check(account, acknowledged):
    end = time.monotonic() + EVENT_S
    users = users_of(account)
    while True:
        events = history(account, **attribute("EventName", "CreateUser"))
        records = [json.loads(event["CloudTrailEvent"]) for event in events]
        made = [record["requestParameters"]["userName"] for record in records]
        if users <= set(made) or time.monotonic() > end:
            break
        time.sleep(0.1)
    assert len(set(made)) == len(made), "an event is there twice"
    assert set(made) == users, "events without their change, or changes without their event"
    told = {record["requestParameters"]["userName"]: record["requestID"] for record in records}
    assert acknowledged.items() <= told.items(), "an acknowledged call is lost"
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True)
    for event in random.sample(events, min(20, len(events))):
        name = json.loads(event["CloudTrailEvent"])["requestParameters"]["userName"]
        assert [one["EventId"] for one in history(account, **attribute("EventId", event["EventId"]))] == [event["EventId"]]
        assert event["EventId"] in [one["EventId"] for one in history(account, **attribute("ResourceName", name))]
    return len(events)


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_the_history_has_each_call_once(tmp_path, home, rounds):
    with Server(data=tmp_path / "data") as server:
        account, acknowledged, count = Account.create(server, home), {}, 0
        for number in range(rounds):
            if number % 10 == 9:  # an account has no more than some thousands of users
                account, acknowledged = Account.create(server, home), {}
            acknowledged |= one_round(server, account, number)
            count = check(account, acknowledged)
        assert acknowledged and count >= len(acknowledged)
        print(f"{rounds} kills, {count} events in the last account's history, {len(acknowledged)} of them acknowledged")
