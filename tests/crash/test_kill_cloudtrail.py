"""kill -9 amid calls, deliveries and digests: every acknowledged call is in one file of the trail and in its log group, once,
every file in one digest, and the AWS CLI finds all of it as it was signed."""
import contextlib
import datetime
import random
import threading
import time

import pytest

from harness.account import Account, make_client
from harness.front import Front, make_s3_certificate
from harness.lake import ask, new_store
from harness.server import Server
from harness.trails import digest_keys, fed, log_keys, new_feed, new_trail, new_trail_bucket, read_json, validate

WRITERS = 4
SHORT_ROUNDS = 4
LONG_ROUNDS = 40
REGION = "us-east-1"


class Writer(threading.Thread):
    """Makes users until the server is gone. done: the request ids that were acknowledged."""

    def __init__(self, server, creds, prefix):
        super().__init__()
        self.client = make_client(server, "iam", creds, connect_timeout=5, read_timeout=30)
        self.prefix, self.done = prefix, []

    def run(self):
        with contextlib.suppress(Exception):  # the server is gone
            for number in range(100_000):
                answer = self.client.create_user(UserName=f"{self.prefix}-{number}")
                self.done.append(answer["ResponseMetadata"]["RequestId"])


class Mover(threading.Thread):
    """Half hours pass, so that digests fall due amid everything."""

    def __init__(self, server):
        super().__init__()
        self.server = server

    def run(self):
        with contextlib.suppress(Exception):
            while True:
                self.server.admin.advance("30m")


def one_round(server, account, number):
    threads = [Writer(server, account.root, f"r{number}w{one}") for one in range(WRITERS)]
    writers, threads = threads, [*threads, Mover(server)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.3, 1.5))
    server.kill()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    server.start()
    return [request_id for writer in writers for request_id in writer.done]


def check(account, bucket, acknowledged):
    """The keys of its log files."""
    s3 = account.client("s3")
    logs = log_keys(s3, bucket)
    rows = [row for key in logs for row in read_json(s3, bucket, key)["Records"]]
    ids = [row["eventID"] for row in rows]
    assert len(set(ids)) == len(ids), "an event is in two files"
    made = {row["requestID"] for row in rows if row["eventName"] == "CreateUser"}
    assert acknowledged <= made, f"{len(acknowledged - made)} acknowledged calls are in no file"
    listed = [one["s3Object"] for key in digest_keys(s3, bucket, account)
              for one in read_json(s3, bucket, key)["logFiles"]]
    assert len(set(listed)) == len(listed), "a file is in two digests"
    return logs, set(listed)


def check_group(account, acknowledged):
    ids = [row["eventID"] for row in fed(account)]
    assert len(set(ids)) == len(ids), "an event is in the log group twice"
    made = {row["requestID"] for row in fed(account) if row["eventName"] == "CreateUser"}
    assert acknowledged <= made, f"{len(acknowledged - made)} acknowledged calls are not in the log group"


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_no_event_is_lost_or_there_twice(tmp_path, home, rounds):
    certificate = make_s3_certificate(tmp_path / "tls")
    arguments = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate[0], "--tls-key", certificate[1],
                 "--trail-delay", "1"]
    begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    with Server(data=tmp_path / "data", arguments=arguments) as server:
        account = Account.create(server, home)
        bucket = new_trail_bucket(account)
        arn = new_trail(account, bucket, EnableLogFileValidation=True, **new_feed(account))
        store = new_store(account)
        acknowledged = set()
        for number in range(rounds):
            acknowledged |= set(one_round(server, account, number))
        assert acknowledged
        end = server.admin.advance("2h")
        check_group(account, acknowledged)
        (row,) = ask(account, "SELECT count(*) AS events, count(DISTINCT eventID) AS ids, count(DISTINCT CASE WHEN "
                              "eventName = 'CreateUser' THEN requestID END) AS made FROM {store}", store=store)
        assert row["events"] == row["ids"] and int(row["made"]) >= len(acknowledged), row
        logs, listed = check(account, bucket, acknowledged)
        assert listed <= set(logs) and len(set(logs) - listed) <= 2, "all but those of the hour that runs"
        with Front(server, certificate) as front:
            proof = validate(account, arn, begin, begin + datetime.timedelta(days=60), front)
        assert proof.ok and len(proof.valid) == len(listed) + len(digest_keys(account.client("s3"), bucket, account))
        print(f"{rounds} kills, {len(acknowledged)} acknowledged calls in {len(logs)} files, {end}")
