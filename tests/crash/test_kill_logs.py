"""kill -9 of a server that takes log events: every acknowledged upload is there, whole and once, in its order; counts agree
with what is there, and so do metric filters; what was being deleted goes to its end."""
import threading
import time

import pytest
from botocore.exceptions import ConnectionError as NotConnected
from botocore.exceptions import HTTPClientError

from harness.account import Account, make_client
from harness.logs import HOUR_MS, event, make_stream, now_ms, put, read_all
from harness.metrics import awaited, sums

WRITERS = 6
SHORT_ROUNDS = 4
LONG_ROUNDS = 50


class Writer(threading.Thread):
    """Puts numbered batches into a stream of its own until the server is gone."""

    def __init__(self, server, account, stream, number):
        super().__init__()
        self.logs = make_client(server, "logs", account.root, connect_timeout=5, read_timeout=30)
        self.stream, self.number, self.done, self.failure = stream, number, [], None

    def run(self):
        try:
            while True:
                batch = [f"{self.number}.{part}" for part in range(1 + self.number % 3)]
                at = now_ms()
                put(self.logs, "g", [event(one, at) for one in batch], stream=self.stream)
                self.done += batch
                self.number += 1
        except (NotConnected, HTTPClientError):
            pass
        except Exception as error:
            self.failure = error


def run_until_killed(server, account, round_number):
    writers = [Writer(server, account, f"s{number}", round_number * 100000) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    while sum(len(writer.done) for writer in writers) < 60 and all(writer.is_alive() for writer in writers):
        time.sleep(0.01)
    server.kill()
    for writer in writers:
        writer.join()
        assert writer.failure is None, writer.failure
    server.start()
    return writers


def count_by_filter(server, account):
    """What a filter that matches everything has counted in all."""
    cloudwatch, now = make_client(server, "cloudwatch", account.root), now_ms()
    return sum(sums(cloudwatch, "ns", "m", now - HOUR_MS, now + HOUR_MS).values())


def batch_of(message):
    return int(message.split(".")[0])


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_uploads_survive(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    logs = account.client("logs")
    make_stream(logs, "g", "s0")
    for number in range(1, WRITERS):
        logs.create_log_stream(logGroupName="g", logStreamName=f"s{number}")
    logs.put_metric_filter(logGroupName="g", filterName="all", filterPattern="", metricTransformations=[
        {"metricNamespace": "ns", "metricName": "m", "metricValue": "1"}])
    acknowledged = {f"s{number}": [] for number in range(WRITERS)}
    for number in range(rounds):
        for writer in run_until_killed(server, account, number):
            acknowledged[writer.stream] += writer.done
    logs, total, count = make_client(server, "logs", account.root), 0, 0
    for stream, expected in acknowledged.items():
        found = read_all(logs, "g", stream)
        total += sum(26 + len(one) for one in found)
        count += len(found)
        assert len(found) == len(set(found)), "nothing is there twice"
        in_flight = [one for one in found if one not in set(expected)]
        assert [one for one in found if one in set(expected)] == expected
        assert len({batch_of(one) for one in in_flight}) <= rounds, "of each kill one upload may not be known of"
        for batch in {batch_of(one) for one in found}:
            assert sum(batch_of(one) == batch for one in found) == 1 + batch % 3, "uploads are whole"
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == total
    assert awaited(lambda: count_by_filter(server, account), count) == count
    logs.delete_log_group(logGroupName="g")
    server.kill()
    server.start()
    logs = make_client(server, "logs", account.root)
    make_stream(logs, "g", "s0")
    assert read_all(logs, "g", "s0") == []
    put(logs, "g", [event("new")], stream="s0")
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 29
