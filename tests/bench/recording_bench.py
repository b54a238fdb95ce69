"""What recording costs: calls a second beside the same server without it, side after side in every round, over as many
connections. The other server is a program of the bench alone (unrecorded.c): the product has no such switch.

    recording_bench.py BUILD     (the folder of an optimised build)

Recorded calls pay for their event's text, for its place in the outbox, and, while they run, for the subscribers that move
it on into the history: all on the same processors as the load. Requests are signed beforehand."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
BUILD = Path(sys.argv[1]).resolve()

from harness import raw  # noqa: E402 (its folder has to be known first)
from harness.account import Account  # noqa: E402
from harness.server import Server  # noqa: E402
from peers import row  # noqa: E402

SECONDS = float(os.environ.get("BENCH_SECONDS", "8")) / 4  # of one side in one round
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CLIENTS = 64


class Side:
    def __init__(self, program, folder):
        os.environ["MERLON_BINARY"] = str(program)
        self.folder = Path(folder) / program.name
        self.folder.mkdir()
        self.server = Server(data=self.folder / "data").start()
        self.account = Account.create(self.server, self.server.folder / "home")
        self.host = "{}:{}".format(*self.server.address)
        self.account.iam.create_user(UserName="bench")
        self.account.client("s3").create_bucket(Bucket="recording-bench")
        self.key = self.account.client("kms").create_key()["KeyMetadata"]["KeyId"]

    def request(self, service, body, method="POST", path="/", **headers):
        signed, _ = raw.sign(self.server.endpoint + path, self.account.root, service, method=method, headers=headers, body=body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body
        return f"{len(head)} 0\n".encode() + head

    def form(self, service, version, action, **fields):
        body = "&".join(f"{name}={value}" for name, value in {"Action": action, "Version": version, **fields}.items())
        return self.request(service, body.encode(), **{"Content-Type": raw.FORM})

    def requests(self):
        """{what: requests}"""
        encrypt = json.dumps({"KeyId": self.key, "Plaintext": "eA=="}).encode()
        return {
            "sts GetCallerIdentity": [self.form("sts", "2011-06-15", "GetCallerIdentity")],
            "kms Encrypt": [self.request("kms", encrypt, **{"Content-Type": "application/x-amz-json-1.1",
                                                            "X-Amz-Target": "TrentService.Encrypt"})],
            "iam TagUser": [self.form("iam", "2010-05-08", "TagUser", **{
                "UserName": "bench", "Tags.member.1.Key": "team", "Tags.member.1.Value": str(number)}) for number in range(64)],
            "s3 PutObject 1 KB": [self.request("s3", b"x" * 1024, "PUT", f"/recording-bench/{number}",
                                               **{"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}) for number in range(256)]}

    def rate(self, requests):
        path = self.folder / "requests"
        path.write_bytes(b"".join(requests))
        done = subprocess.run([BUILD / "tests/bench/http_load", str(self.server.address[1]), str(CLIENTS), str(SECONDS), path],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{self.folder.name} did not answer all")
        count, took = done.stdout.split()
        return int(count) / float(took)


def compare(what, recorded, bare):
    """The best of the rounds of each: others' work on the machine only ever takes away."""
    ours, theirs = recorded.requests()[what], bare.requests()[what]
    best = [0.0, 0.0]
    for _ in range(ROUNDS):
        best = [max(best[0], recorded.rate(ours)), max(best[1], bare.rate(theirs))]
    row(f"recorded {what}", best[0] / best[1], "of the same server's without recording", f"{best[0]:.0f} against {best[1]:.0f} a second")


def main():
    # Beside the repository's build: a temporary folder may lie in memory, where fsync costs nothing.
    folder = tempfile.mkdtemp(prefix="recording-", dir=BUILD)
    sides = []
    try:
        for program in (BUILD / "merlon", BUILD / "tests/bench/merlon_unrecorded"):
            sides.append(Side(program, folder))
        for what in sides[0].requests():
            compare(what, *sides)
    finally:
        for side in sides:
            side.server.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
