"""SQS beside redis-server that syncs each change (appendfsync always), over as many connections, side after side in every
round: sends against LPUSH, receives against RPOPLPUSH (as its reliable queues take), deletes against DEL. Redis signs
nothing, seals nothing and records nothing.

    sqs_bench.py BUILD     (the folder of an optimised build)

Requests are signed beforehand."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
BUILD = Path(sys.argv[1]).resolve()
os.environ["MERLON_BINARY"] = str(BUILD / "merlon")

from harness import raw  # noqa: E402 (its folder and the binary have to be known first)
from harness.account import ALLOW_ALL, Account  # noqa: E402
from harness.queues import make_queue  # noqa: E402
from harness.server import Server  # noqa: E402
from peers import free_port, fsyncs_per_second, row  # noqa: E402

SECONDS = float(os.environ.get("BENCH_SECONDS", "8")) / 4  # of one side in one round
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CLIENTS = 64
SIZE = 1024
MESSAGES = 30000  # in the queue that is received from


class Redis:
    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes",
             "--appendfsync", "always", "--logfile", str(Path(folder) / "redis.log")])
        while subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True, check=False).returncode:
            time.sleep(0.05)

    def rate(self, *command, count=None):
        """Commands a second."""
        done = subprocess.run(["redis-benchmark", "-p", str(self.port), "-c", str(CLIENTS), "-n", str(count or 20000), "-d", str(SIZE),
                               "-r", "1000000", "-q", *command], capture_output=True, text=True, check=True)
        return float(re.findall(r"([\d.]+) requests per second", done.stdout)[-1])

    def close(self):
        self.process.terminate()
        self.process.wait()


class Queue:
    def __init__(self, server, creds, sqs, folder):
        self.server, self.creds, self.sqs, self.folder = server, creds, sqs, Path(folder)
        self.url = make_queue(sqs, "bench", VisibilityTimeout=3600)

    def request(self, operation, **data):
        body = json.dumps({"QueueUrl": self.url, **data}).encode()
        headers, _ = raw.sign(self.server.endpoint + "/", self.creds, "sqs", headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"}, body=body)
        host = "{}:{}".format(*self.server.address)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body
        return f"{len(head)} 0\n".encode() + head

    def rate(self, requests, seconds=SECONDS):
        path = self.folder / "requests"
        path.write_bytes(b"".join(requests))
        done = subprocess.run([BUILD / "tests/bench/http_load", str(self.server.address[1]), str(CLIENTS), str(seconds), path],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit("merlon did not answer all")
        count, took = done.stdout.split()
        return int(count) / float(took)

    def fill(self):
        body = "x" * SIZE
        for _ in range(MESSAGES // 10):
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=[{"Id": str(i), "MessageBody": body} for i in range(10)])

    def handles(self, count):
        found = []
        while len(found) < count:
            found += [one["ReceiptHandle"] for one in self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)["Messages"]]
        return found


def compare(name, ours, theirs, command):
    row(f"sqs {name}", ours / theirs, f"of redis-server's {command}, appendfsync always", f"{ours:.0f} against {theirs:.0f} a second")


def bench(folder, server, redis):
    account = Account.create(server, server.folder / "home")
    user = account.user("bench")
    user.put_policy(ALLOW_ALL)
    queue = Queue(server, user.creds, account.client("sqs"), folder)
    send, receive = [queue.request("SendMessage", MessageBody="x" * SIZE)] * CLIENTS, [queue.request("ReceiveMessage")] * CLIENTS
    best = {name: [0.0, 0.0] for name in ("send", "receive", "delete")}

    def turn(name, ours, theirs):
        best[name] = [max(best[name][0], ours()), max(best[name][1], theirs())]

    probe = fsyncs_per_second(folder, 1)
    for _ in range(ROUNDS):
        turn("send", lambda: queue.rate(send), lambda: redis.rate("-t", "lpush"))
    queue.fill()
    for _ in range(ROUNDS):
        turn("receive", lambda: queue.rate(receive, SECONDS / 2), lambda: redis.rate("rpoplpush", "mylist", "taken"))
    for _ in range(ROUNDS):
        deletes = [queue.request("DeleteMessage", ReceiptHandle=one) for one in queue.handles(3000)]
        redis.rate("-t", "set")
        turn("delete", lambda: queue.rate(deletes, 0.4), lambda: redis.rate("del", "key:__rand_int__"))
    for name, command in (("send", "LPUSH"), ("receive", "RPOPLPUSH"), ("delete", "DEL")):
        compare(f"{name} 1 KB", *best[name], command)
    row("sqs send 1 KB, acknowledged", best["send"][0] / probe, f"of the disk's fsync rate, {CLIENTS} clients",
        f"{best['send'][0]:.0f}/s against {probe:.0f}/s")


def main():
    # Beside the repository's build: a temporary folder may lie in memory, where fsync costs nothing.
    folder = tempfile.mkdtemp(prefix="sqs-", dir=BUILD)
    redis = Redis(folder)
    try:
        with Server(data=Path(folder) / "data") as server:
            bench(folder, server, redis)
    finally:
        redis.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
