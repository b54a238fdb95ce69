"""EventBridge: PutEvents on a bus with 1,000 rules of which two take an event, against the same on a bus with one rule; and how
long after a call its event is at a target, against the disk: between them lie commits of the call, of the event and of the delivery.

    events_bench.py BUILD     (the folder of an optimised build)

Requests are signed beforehand. The rules have no targets: what is measured is finding them."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
BUILD = Path(sys.argv[1]).resolve()
os.environ["MERLON_BINARY"] = str(BUILD / "merlon")

from harness import raw  # noqa: E402 (its folder and the binary have to be known first)
from harness.account import ALLOW_ALL, Account  # noqa: E402
from harness.event_rules import Queue, put_rule  # noqa: E402
from harness.server import Server  # noqa: E402
from peers import fsyncs_per_second, row  # noqa: E402

SECONDS = float(os.environ.get("BENCH_SECONDS", "8")) / 4  # of one side in one round
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CLIENTS = 16
RULES = 1000
ENTRIES = 10
CALLS = 40  # whose way to a target is measured


def by_name(number):
    return {"source": ["bench"], "detail-type": ["Call"], "detail": {"eventName": [f"Call{number // 2}"]}}


def by_prefix(number):
    return {"source": ["bench"], "detail": {"eventName": [{"prefix": f"Call{number // 2}."}]}}


class Bus:
    def __init__(self, account, folder, name, rules):
        self.account, self.folder, self.name = account, Path(folder), name
        account.client("events").create_event_bus(Name=name)
        for number, pattern in enumerate(rules):
            put_rule(account, f"r{number}", pattern, bus=name)

    def request(self, server, creds, number):
        detail = json.dumps({"eventName": f"Call{number}", "eventSource": "bench.example", "requestParameters": {"text": "x" * 500}})
        body = json.dumps({"Entries": [{"Source": "bench", "DetailType": "Call", "Detail": detail, "EventBusName": self.name}] * ENTRIES})
        headers, _ = raw.sign(server.endpoint + "/", creds, "events", headers={
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents"}, body=body.encode())
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = "POST / HTTP/1.1\r\nHost: {}:{}\r\nContent-Length: {}\r\n{}\r\n".format(*server.address, len(body), lines).encode()
        return f"{len(head + body.encode())} 0\n".encode() + head + body.encode()

    def rate(self, server, creds):
        path = self.folder / "requests"
        path.write_bytes(b"".join(self.request(server, creds, number) for number in range(CLIENTS)))
        done = subprocess.run([BUILD / "tests/bench/http_load", str(server.address[1]), str(CLIENTS), str(SECONDS), path],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit("merlon did not answer all")
        count, took = done.stdout.split()
        return int(count) * ENTRIES / float(took)


def bench_rules(account, server, folder):
    user = account.user("bench")
    user.put_policy(ALLOW_ALL)
    few = Bus(account, folder, "few", [by_name(0)])
    for name, pattern in (("named", by_name), ("by prefix", by_prefix)):
        many = Bus(account, folder, name.replace(" ", "-"), [pattern(number) for number in range(RULES)])
        best = [0.0, 0.0]
        for _ in range(ROUNDS):
            best = [max(best[0], many.rate(server, user.creds)), max(best[1], few.rate(server, user.creds))]
        row(f"events against {RULES} rules, {name}", best[0] / best[1], "of the events a second with 1 rule",
            f"{best[0]:.0f} against {best[1]:.0f}")


def bench_latency(account, folder):
    queue, sqs = Queue(account, "told"), account.client("sqs")
    put_rule(account, "told", {"source": ["aws.iam"], "detail": {"eventName": ["CreateGroup", "DeleteGroup"]}}, queue.arn)
    refused = account.user("nobody").client("iam")

    def be_refused(number):
        try:
            refused.delete_group(GroupName=f"g{number}")
        except refused.exceptions.ClientError:
            pass

    def measure(call, number):
        came = []

        def wait():
            message, = queue.receive(1)
            came.append(time.monotonic())

        waiter = threading.Thread(target=wait)
        waiter.start()
        time.sleep(0.15)
        began = time.monotonic()
        call(number)
        waiter.join()
        return (came[0] - began) * 1000

    sqs.receive_message(QueueUrl=queue.url)
    fsync_ms = 1000 / fsyncs_per_second(folder, 1)
    for name, call in (("change", lambda number: account.iam.create_group(GroupName=f"g{number}")), ("refusal", be_refused)):
        took = sorted(measure(call, number) for number in range(CALLS))
        median = statistics.median(took)
        row(f"a {name} is at its target after", median / fsync_ms, "fsyncs of the disk",
            f"median {median:.1f} ms, worst of {CALLS} {took[-1]:.1f} ms; an fsync {fsync_ms:.2f} ms")


def main():
    # Beside the repository's build: a temporary folder may lie in memory, where fsync costs nothing.
    folder = tempfile.mkdtemp(prefix="events-", dir=BUILD)
    try:
        with Server(data=Path(folder) / "data") as server:
            account = Account.create(server, server.folder / "home")
            bench_latency(account, folder)
            bench_rules(account, server, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
