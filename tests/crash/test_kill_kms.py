"""kill -9 of a server that keeps keys: every acknowledged change is there with its event, everything that was sealed
opens, the counts agree with what is there, and what had fallen due is done once."""
import json
import random
import subprocess
import threading
import time

import pytest
from botocore.exceptions import ConnectionError as NotConnected
from botocore.exceptions import HTTPClientError

from harness import raw
from harness.account import Account, make_client
from harness.environment import clean_environment
from harness.server import binary

WRITERS = 8
SHORT_ROUNDS = 5
LONG_ROUNDS = 50
TEXT = b"sealed before the kill"


def key_policy(account, sid):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "kms:*",
         "Resource": "*"}]})


class Key:
    """What was acknowledged of one key, and the one change of which it is not known."""

    def __init__(self, key_id):
        self.id = key_id
        self.sealed = []
        self.alias = self.policy = None
        self.grants, self.retired = set(), set()
        self.scheduled = False
        self.unknown = None


class Writer(threading.Thread):
    """Makes keys and all that goes with them until the server is gone. done: what was acknowledged, as (request id,
    kind); keys: {id: Key}."""

    def __init__(self, server, account, prefix):
        super().__init__()
        self.client = make_client(server, "kms", account.root, connect_timeout=5, read_timeout=30)
        self.account, self.prefix = account, prefix
        self.done, self.keys, self.unknown, self.failure = [], {}, None, None

    def change(self, kind, call, key=None, **arguments):
        """The answer of a change that was acknowledged. Raises when the server is gone."""
        if key:
            key.unknown = kind
        self.unknown = kind
        answer = call(**arguments)
        self.unknown = None
        if key:
            key.unknown = None
        self.done.append((answer["ResponseMetadata"]["RequestId"], kind))
        return answer

    def run(self):
        number = 0
        try:
            while True:
                self.one_key(number)
                number += 1
        except (NotConnected, HTTPClientError):  # it is gone: what became of this one call, only the server knows
            pass
        except Exception as failure:
            self.failure = failure

    def one_key(self, number):
        client = self.client
        made = self.change("CreateKey", client.create_key)["KeyMetadata"]
        key = self.keys.setdefault(made["KeyId"], Key(made["KeyId"]))
        key.sealed.append(client.encrypt(KeyId=key.id, Plaintext=TEXT)["CiphertextBlob"])
        name = f"alias/{self.prefix}-{number}"
        self.change("CreateAlias", client.create_alias, key, AliasName=name, TargetKeyId=key.id)
        key.alias = name
        for _ in range(2):
            grant = self.change("CreateGrant", client.create_grant, key, KeyId=key.id, Operations=["Decrypt"],
                                GranteePrincipal=f"arn:aws:iam::{self.account.id}:root")
            key.grants.add(grant["GrantId"])
        self.change("RetireGrant", client.retire_grant, key, GrantToken=grant["GrantToken"])
        key.retired.add(grant["GrantId"])
        sid = f"{self.prefix}{number}".replace("-", "")
        self.change("PutKeyPolicy", client.put_key_policy, key, KeyId=key.id, PolicyName="default",
                    Policy=key_policy(self.account, sid))
        key.policy = sid
        key.sealed.append(client.encrypt(KeyId=key.id, Plaintext=TEXT)["CiphertextBlob"])
        if number % 3 == 0:
            self.change("ScheduleKeyDeletion", client.schedule_key_deletion, key, KeyId=key.id, PendingWindowInDays=7)
            key.scheduled = True


# -- What is there afterwards

def check_counts(data):
    """Of a server that does not run."""
    program = binary().parent / "tests" / "crash" / "kms_counts"
    done = subprocess.run([str(program), str(data)], capture_output=True, text=True, timeout=120,
                          env=clean_environment(data))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def pages(client, operation, what, **arguments):
    return [row for page in client.get_paginator(operation).paginate(**arguments) for row in page[what]]


def check_key(client, key, aliases):
    known = client.describe_key(KeyId=key.id)["KeyMetadata"]
    may_be_pending = key.scheduled or key.unknown == "ScheduleKeyDeletion"
    assert known["KeyState"] in (["PendingDeletion"] if key.scheduled else
                                 ["Enabled", "PendingDeletion"] if may_be_pending else ["Enabled"])
    if key.alias:
        assert aliases.get(key.alias) == key.id, f"{key.alias} was acknowledged and is lost"
    grants = {grant["GrantId"] for grant in pages(client, "list_grants", "Grants", KeyId=key.id)}
    retired = key.retired if key.unknown != "RetireGrant" else key.grants
    assert key.grants - retired <= grants and not key.retired & grants
    assert len(grants - key.grants) <= (key.unknown == "CreateGrant")
    sid = json.loads(client.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"])["Statement"][0]["Sid"]
    if key.policy:
        assert sid == key.policy, "a policy was acknowledged and is lost"
    if known["KeyState"] == "PendingDeletion":
        client.cancel_key_deletion(KeyId=key.id)
        client.enable_key(KeyId=key.id)
    key.sealed.append(client.encrypt(KeyId=key.id, Plaintext=TEXT)["CiphertextBlob"])
    for sealed in key.sealed:
        assert client.decrypt(CiphertextBlob=sealed)["Plaintext"] == TEXT


def recorded(account, wanted):
    """The changes on record by their request ids; asked until all that are wanted are there, or for a minute."""
    end = time.monotonic() + 60
    while True:
        seen = {row["requestID"]: row for row in account.events(
            LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}])}
        if wanted <= seen.keys() or time.monotonic() > end:
            return seen
        time.sleep(0.2)


def check_events(account, done, keys, aliases):
    events = recorded(account, {request_id for request_id, _ in done})
    for request_id, kind in done:
        assert request_id in events, f"the event of {kind} is lost"
        assert events[request_id]["eventName"] == kind and "errorCode" not in events[request_id]
    # The other way round: no event of success without its change, and no change without its event.
    good = [row for row in events.values() if "errorCode" not in row]
    assert {row["responseElements"]["keyMetadata"]["keyId"] for row in good if row["eventName"] == "CreateKey"} == keys
    assert {row["requestParameters"]["aliasName"] for row in good if row["eventName"] == "CreateAlias"} == set(aliases)


def check(account, writers):
    client = account.client("kms")
    there = {row["KeyId"] for row in pages(client, "list_keys", "Keys")}
    aliases = {row["AliasName"]: row["TargetKeyId"] for row in pages(client, "list_aliases", "Aliases")
               if "TargetKeyId" in row}
    done = [row for writer in writers for row in writer.done]
    keys = {key.id: key for writer in writers for key in writer.keys.values()}
    assert keys.keys() <= there, "a key was acknowledged and is lost"
    assert len(there - keys.keys()) <= sum(writer.unknown == "CreateKey" for writer in writers)
    check_events(account, done, there, aliases)
    for key in keys.values():
        check_key(client, key, aliases)
    return len(done)


def one_round(server, home, number):
    account = Account.create(server, home)
    writers = [Writer(server, account, f"r{number}w{one}") for one in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.4, 1.5))
    server.kill()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive() and not writer.failure, writer.failure
    counts = check_counts(server.kept_data)
    server.start()
    return Account(server, account.id, account.root, home), writers, counts


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_nothing_acknowledged_is_lost(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    total = 0
    for number in range(rounds):
        account, writers, counts = one_round(server, home, number)
        count = check(account, writers)
        assert count > 0
        total += count
        print(f"round {number + 1}: {count} changes acknowledged, all there; {counts}")
    print(f"{rounds} kills, {total} acknowledged changes, none lost")


# -- What had fallen due

DELETED, ROTATED = 40, 40


def ask(account, operation, **body):
    """What this boto3 may not know yet."""
    answer = raw.json_call(account.server, account.root, "kms", f"TrentService.{operation}", json.dumps(body).encode())
    assert answer.status == 200, answer.text
    return json.loads(answer.text) if answer.text else {}


def rotations(account, key):
    return len(ask(account, "ListKeyRotations", KeyId=key)["Rotations"])


def make_keys(account):
    """({ids to be deleted}, {id to be rotated: what it sealed before})."""
    client = account.client("kms")
    deleted, rotated = set(), {}
    for number in range(DELETED):
        key = client.create_key()["KeyMetadata"]["KeyId"]
        client.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
        client.create_grant(KeyId=key, Operations=["Decrypt"], GranteePrincipal=f"arn:aws:iam::{account.id}:root")
        client.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        deleted.add(key)
    for _ in range(ROTATED):
        key = client.create_key()["KeyMetadata"]["KeyId"]
        ask(account, "EnableKeyRotation", KeyId=key, RotationPeriodInDays=90)
        rotated[key] = client.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    return deleted, rotated


def advance_quietly(server):
    try:
        server.admin.advance("91d")
    except Exception:  # killed meanwhile
        pass


def kill_while_it_falls_due(server, delay_s):
    """Whether the clock had been moved by then."""
    moving = threading.Thread(target=advance_quietly, args=[server])
    moving.start()
    time.sleep(delay_s)
    server.kill()
    moving.join(60)
    counts = check_counts(server.kept_data)
    server.start()
    return json.loads(server.admin.call("GET", "/status"))["clock_advanced_ms"] > 0, counts


def wait_until_done(account, deleted, rotated):
    """The server does what is overdue by itself."""
    client = account.client("kms")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        there = {row["KeyId"] for row in pages(client, "list_keys", "Keys")}
        turns = [rotations(account, key) for key in rotated]
        if not there & deleted and all(turns):
            return there
        time.sleep(0.1)
    raise AssertionError("what had fallen due is not done")


@pytest.mark.parametrize("delay_s", [0.01, 0.04, 0.08, 0.15, 0.3])
def test_what_fell_due_is_done_once(new_server, tmp_path, home, delay_s):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    deleted, rotated = make_keys(account)
    moved, counts = kill_while_it_falls_due(server, delay_s)
    print(f"killed after {delay_s} s, the clock {'had' if moved else 'had not'} moved; {counts} were left")
    account = Account(server, account.id, account.root, home)
    if not moved:
        server.admin.advance("91d")
    assert wait_until_done(account, deleted, rotated) == rotated.keys()
    client = account.client("kms")
    for key, sealed in rotated.items():
        # Once: the next time is 90 days after the first, whenever that was done.
        assert rotations(account, key) == 1
        assert client.decrypt(CiphertextBlob=sealed)["Plaintext"] == TEXT
    assert not [row for row in pages(client, "list_aliases", "Aliases") if "TargetKeyId" in row]
    for name, keys in (("DeleteKey", deleted), ("RotateKey", rotated.keys())):
        end = time.monotonic() + 60
        while True:
            events = [row["resources"][0]["ARN"].split("/")[-1] for row in account.events_named(name)]
            if len(events) >= len(keys) or time.monotonic() > end:
                break
            time.sleep(0.1)
        assert sorted(events) == sorted(keys), f"{name}: an event each, and no other"
    server.stop()
    check_counts(server.kept_data)
    server.start()
