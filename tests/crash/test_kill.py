"""kill -9 under load, at a random instant, again and again: after each restart every acknowledged change is there, with
its event, and nothing is half done."""
import random
import threading
import time

import pytest

from harness.account import Account, make_client
from harness.server import Server

WRITERS = 8
SHORT_ROUNDS = 5
LONG_ROUNDS = 50


class Writer(threading.Thread):
    """Makes users, each with a tag and a policy, until the server is gone. done: what was acknowledged, in order, as
    (request id, kind, name)."""

    def __init__(self, server, creds, prefix):
        super().__init__()
        self.client = make_client(server, "iam", creds, connect_timeout=5, read_timeout=30)
        self.prefix, self.done, self.unknown = prefix, [], None

    def run(self):
        number = 0
        while True:
            name = f"{self.prefix}-{number}"
            number += 1
            steps = [("CreateUser", lambda: self.client.create_user(
                          UserName=name, Tags=[{"Key": "round", "Value": self.prefix}])),
                     ("PutUserPolicy", lambda: self.client.put_user_policy(
                         UserName=name, PolicyName="p", PolicyDocument='{"Version":"2012-10-17","Statement":[{'
                         '"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'))]
            for kind, step in steps:
                try:
                    answer = step()
                except Exception:  # the server is gone: what became of this one call, only the server knows
                    self.unknown = (kind, name)
                    return
                self.done.append((answer["ResponseMetadata"]["RequestId"], kind, name))


def all_users(account):
    """{name: ([tags], [inline policies])} of the account."""
    pages = account.iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
    return {user["UserName"]: (user.get("Tags", []), [one["PolicyName"] for one in user.get("UserPolicyList", [])])
            for page in pages for user in page["UserDetailList"]}


def recorded(account, wanted):
    """Request ids of the changes on record; asked until all that are wanted are there, or for a minute."""
    end = time.monotonic() + 60
    while True:
        seen = {row["requestID"]: row for row in account.events(
            LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}])}
        if wanted <= seen.keys() or time.monotonic() > end:
            return seen
        time.sleep(0.2)


def check(account, writers):
    users = all_users(account)
    acknowledged = [row for writer in writers for row in writer.done]
    for _, kind, name in acknowledged:
        assert name in users, f"{kind} of {name} was acknowledged and is lost"
        assert users[name][0], f"{name} is there without its tag"
        if kind == "PutUserPolicy":
            assert users[name][1] == ["p"], f"the policy of {name} was acknowledged and is lost"
    events = recorded(account, {request_id for request_id, _, _ in acknowledged})
    for request_id, kind, name in acknowledged:
        assert request_id in events, f"the event of {kind} {name} is lost"
        assert events[request_id]["eventName"] == kind and "errorCode" not in events[request_id]
    # The other way round: no event of success without its change, and no change without its event.
    made = {row["requestParameters"]["userName"] for row in events.values()
            if row["eventName"] == "CreateUser" and "errorCode" not in row}
    assert made == set(users)
    return len(acknowledged)


def one_round(server, account, home, number):
    writers = [Writer(server, account.root, f"r{number}w{one}") for one in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.2, 1.5))
    server.kill()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
    server.start()
    return Account(server, account.id, account.root, home), writers


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_nothing_acknowledged_is_lost(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    total = 0
    for number in range(rounds):
        # A fresh account a round: looking through its history stays quick however many rounds there are.
        account = Account.create(server, home)
        account, writers = one_round(server, account, home, number)
        count = check(account, writers)
        assert count > 0
        total += count
        print(f"round {number + 1}: {count} changes acknowledged, all there")
    print(f"{rounds} kills, {total} acknowledged changes, none lost")


def test_a_kill_at_the_first_start(tmp_path):
    """However early: the next start finds a whole folder, or makes one."""
    for delay_ms in (1, 3, 5, 8, 13, 21, 34):
        server = Server(data=tmp_path / f"data-{delay_ms}")
        server.spawn()
        time.sleep(delay_ms / 1000)
        server.kill()
        server.start()
        identity = make_client(server, "sts", server.root_credentials()).get_caller_identity()
        assert identity["Arn"].endswith(":root")
        server.close()
