"""S3 beside radosgw with all of its data in memory, and beside nginx, which keeps the same files in the clear and syncs
none: requests a second of the same load generator over as many connections, side after side in every round. Then the
same figures beside what the disk, the cipher and the sum alone would take.

    s3_bench.py BUILD     (the folder of an optimised build)

Requests are signed beforehand, as an SDK signs them that leaves the sum of the body to the connection
(UNSIGNED-PAYLOAD)."""
import datetime
import hashlib
import hmac
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
BUILD = Path(sys.argv[1]).resolve()
os.environ["MERLON_BINARY"] = str(BUILD / "merlon")

from harness import raw  # noqa: E402 (its folder and the binary have to be known first)
from harness.account import ALLOW_ALL, Account, make_client  # noqa: E402
from harness.credentials import Credentials  # noqa: E402
from harness.server import Server  # noqa: E402
from peers import FILES, Nginx, free_port, fsyncs_per_second, openssl_speed, row, written_per_second  # noqa: E402

SECONDS = float(os.environ.get("BENCH_SECONDS", "8")) / 5  # of one side in one round
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BUCKET = "bench"
LISTED = 1000
FRESH = 12000  # small objects that a round may put


class Load(NamedTuple):
    name: str
    method: str
    size: int
    connections: int
    objects: int  # of these as many are got, or put over and over


LOADS = [
    Load("GET 1 KB", "GET", 1 << 10, 64, 1000),
    Load("PUT 1 KB", "PUT", 1 << 10, 64, FRESH),
    Load("GET 1 MB", "GET", 1 << 20, 16, 64),
    Load("PUT 1 MB", "PUT", 1 << 20, 16, 64),
    Load("GET 64 MB", "GET", 64 << 20, 4, 8),
    Load("PUT 64 MB", "PUT", 64 << 20, 4, 8),
    Load("list of 1,000 objects", "LIST", 0, 16, 1),
]


# -- Requests

class Signer:
    """Signature Version 4 of headers, for one host, key and day, without botocore's cost."""

    def __init__(self, host, creds):
        self.host, self.access = host, creds.access_key
        self.date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/us-east-1/s3/aws4_request"
        self.key = ("AWS4" + creds.secret_key).encode()
        for part in self.scope.split("/"):
            self.key = hmac.digest(self.key, part.encode(), "sha256")

    def headers(self, method, path, query):
        names = "host;x-amz-content-sha256;x-amz-date"
        lines = f"host:{self.host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{self.date}\n"
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.key, text.encode(), "sha256").hex()
        return (f"x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-amz-date: {self.date}\r\n"
                f"Authorization: AWS4-HMAC-SHA256 Credential={self.access}/{self.scope}, SignedHeaders={names}, "
                f"Signature={signature}\r\n")


def request(host, signer, method, path, query="", size=0):
    """A line, and the head: what http_load reads."""
    signed = signer.headers(method, path, query) if signer else ""
    length = f"Content-Length: {size}\r\n" if method == "PUT" else ""
    head = f"{method} {path}{'?' + query if query else ''} HTTP/1.1\r\nHost: {host}\r\n{length}{signed}\r\n"
    return f"{len(head)} {size}\n{head}".encode()


class Side:
    """A server and how it is asked. creds=None: unsigned."""

    def __init__(self, name, port, creds, folder):
        self.name, self.port, self.folder = name, port, Path(folder)
        self.host = f"127.0.0.1:{port}"
        self.signer = Signer(self.host, creds) if creds else None

    def keys(self, load, label):
        return [f"/{BUCKET}/{load.size}/{label}-{number:06}" for number in range(load.objects)]

    def listing(self):
        if not self.signer:
            return [request(self.host, None, "GET", "/list")]
        return [request(self.host, self.signer, "GET", "/listed", f"list-type=2&max-keys={LISTED}")]

    def write(self, requests):
        path = self.folder / f"requests-{self.name}"
        path.write_bytes(b"".join(requests))
        return path

    def run(self, requests, connections, seconds):
        """Requests a second."""
        path = self.write(requests)
        done = subprocess.run([BUILD / "tests/bench/http_load", str(self.port), str(connections), str(seconds), path],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{self.name} did not answer all")
        count, took = done.stdout.split()
        return int(count) / float(took)

    def put_all(self, paths, size):
        """Each once: in no time a connection makes one request."""
        for at in range(0, len(paths), 64):
            some = [request(self.host, self.signer, "PUT", path, size=size) for path in paths[at:at + 64]]
            self.run(some, len(some), 0)

    def rate(self, load, label):
        if load.method == "LIST":
            return self.run(self.listing(), load.connections, SECONDS)
        size = load.size if load.method == "PUT" else 0
        paths = self.keys(load, label if load.method == "PUT" and load.objects == FRESH else "kept")
        return self.run([request(self.host, self.signer, load.method, path, size=size) for path in paths],
                        load.connections, SECONDS)


def best_rates(sides, load):
    """{side's name: the best of its rounds}. The order turns, so that none always follows the same."""
    if load.method == "GET":
        for side in sides:
            side.put_all(side.keys(load, "kept"), load.size)
    best = {side.name: 0.0 for side in sides}
    for number in range(ROUNDS):
        for side in sides[number % len(sides):] + sides[:number % len(sides)]:
            best[side.name] = max(best[side.name], side.rate(load, f"round-{number}"))
    return best


# -- The servers

class Ceph:
    def __init__(self, folder):
        # Its ports are only probably free.
        for attempt in range(3):
            self.folder, self.port = Path(folder) / f"ceph-{attempt}", free_port()
            done = subprocess.run([TOP / "tests/bench/ceph.sh", "up", self.folder, str(free_port()), str(self.port)],
                                  check=False)
            if done.returncode == 0:
                return
        raise SystemExit("Ceph did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([TOP / "tests/bench/ceph.sh", "down", self.folder], check=True)


def prepare_buckets(side, creds):
    client = make_client(None, "s3", creds, endpoint=f"http://{side.host}", s3={"addressing_style": "path"})
    for bucket in (BUCKET, "listed"):
        client.create_bucket(Bucket=bucket)
    side.put_all([f"/listed/some/folder/object-{number:06}" for number in range(LISTED)], 100)
    answer = client.list_objects_v2(Bucket="listed", MaxKeys=LISTED)
    assert answer["KeyCount"] == LISTED, answer["KeyCount"]


def compare(rates, load, peer, of):
    ours, theirs = rates["merlon"], rates[peer]
    row(f"s3 {load.name}", ours / theirs, of, f"{ours:.1f} against {theirs:.1f} a second")


def durable_of(server):
    """Writes that were acknowledged so far, and commits that made them durable."""
    metrics = server.admin.metrics()
    return metrics["merlon_store_jobs_total"], metrics["merlon_store_commits_total"]


def sharing(load, before, after):
    jobs, commits = (now - then for now, then in zip(after, before))
    row(f"s3 {load.name}, in one commit", jobs / commits,
        f"acknowledged writes a commit of the store, {load.connections} clients")


def beside_the_disk(rate, load, probes):
    row(f"s3 {load.name}, acknowledged", rate / max(probes), f"of the disk's fsync rate, {load.connections} clients",
        f"{rate:.0f}/s against {max(probes):.0f}/s")


def primitives():
    """Bytes a second of one thread: the cipher, the sum."""
    (cipher,) = openssl_speed(r"(?i)AES-256-GCM\s+([\d.]+)k", "-elapsed", "-bytes", "65536", "-evp", "aes-256-gcm")
    (md5,) = openssl_speed(r"(?i)md5\s+([\d.]+)k", "-elapsed", "-bytes", "65536", "-evp", "md5")
    return cipher * 1000, md5 * 1000


def beside_the_processor(rate, load, speeds):
    cipher, md5 = speeds
    slower, name = (cipher, "aes-256-gcm") if load.method == "GET" else min((cipher, "aes-256-gcm"), (md5, "md5"))
    row(f"s3 {load.name}, encrypted", rate * load.size / slower, f"of openssl speed {name}, one core",
        f"{rate * load.size / 1e6:.0f} MB a second, {slower / 1e6:.0f}")


def beside_plain_files(rate, load, speed):
    row(f"s3 {load.name}, acknowledged", rate * load.size / speed,
        f"of plain files of that length, written and synced by {load.connections} at once",
        f"{rate * load.size / 1e6:.0f} MB a second, {speed / 1e6:.0f}")


def measure(server, sides, folder):
    for load in chosen(LOADS):
        is_durable = load.name == "PUT 1 KB"
        probes = [fsyncs_per_second(folder, 1)] if is_durable else []
        before = durable_of(server)
        rates = best_rates(sides, load)
        if is_durable:
            sharing(load, before, durable_of(server))
        compare(rates, load, "radosgw", "of radosgw's requests/s, its data in memory")
        compare(rates, load, "nginx", "of nginx's requests/s, files in the clear, never synced")
        if is_durable:
            beside_the_disk(rates["merlon"], load, probes + [fsyncs_per_second(folder, 1)])


def measure_alone(side, folder):
    """Beside the cipher and the disk, which have the machine to themselves too: before the peers are started."""
    for load in chosen(load for load in LOADS if load.size == 64 << 20):
        speeds, rate = primitives(), best_rates([side], load)["merlon"]
        speeds = [max(pair) for pair in zip(speeds, primitives())]
        beside_the_processor(rate, load, speeds)
        if load.method == "PUT":
            beside_plain_files(rate, load, written_per_second(folder, load.connections))


def chosen(loads):
    return [load for load in loads if os.environ.get("BENCH_S3", "") in load.name]


def our_side(server, folder):
    """And its credentials."""
    account = Account.create(server, server.folder / "home")
    user = account.user("bench")
    user.put_policy(ALLOW_ALL)
    side = Side("merlon", server.address[1], user.creds, folder)
    prepare_buckets(side, user.creds)
    return side, user.creds


def measure_beside(server, side, creds, folder):
    with Ceph(folder) as ceph, Nginx(FILES, parent=folder) as nginx:
        theirs = Credentials("AK", "SK")
        sides = [side, Side("radosgw", ceph.port, theirs, folder), Side("nginx", nginx.port, None, folder)]
        prepare_buckets(sides[1], theirs)
        answer = raw.signed(server, creds, "s3", method="GET", target=f"/listed?list-type=2&max-keys={LISTED}")
        (nginx.files / "list").write_bytes(answer.body)
        measure(server, sides, folder)


def main():
    # Beside the repository's build: a temporary folder may lie in memory, where fsync costs nothing.
    folder = tempfile.mkdtemp(prefix="s3-", dir=BUILD)
    try:
        with Server(data=Path(folder) / "data") as server:
            side, creds = our_side(server, folder)
            measure_alone(side, folder)
            measure_beside(server, side, creds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
