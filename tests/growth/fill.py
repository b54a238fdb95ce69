"""Puts many small objects into a bucket, over many connections at once, so that they share commits.

A process of its own: fill.fill() starts some."""
import json
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from growth.keys import key  # noqa: E402 (the folder has to be known first)
from harness.credentials import Credentials  # noqa: E402
from harness.quick_s3 import Signer, put_request  # noqa: E402

PROCESSES = 2
CONNECTIONS = 64
BODY = b"a small body of some forty bytes, no more"


def fill(server, creds, bucket, count):
    """Objects 0..count of the bucket, shared out among processes."""
    jobs = [{"address": server.address, "creds": creds, "bucket": bucket, "first": one, "step": PROCESSES, "end": count}
            for one in range(PROCESSES)]
    children = [subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE) for _ in jobs]
    for child, job in zip(children, jobs):
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
    assert [child.wait() for child in children] == [0] * PROCESSES


def answer_length(data):
    """Of an answer without a body: 0 as long as it is not all there."""
    end = data.find(b"\r\n\r\n")
    return end + 4 if end >= 0 else 0


def put_all(address, requests):
    waiting, open_ones = selectors.EpollSelector(), 0

    def send(connection):
        request = next(requests, None)
        if request is None:
            waiting.unregister(connection)
            connection.close()
            return False
        connection.sendall(request)
        return True

    for _ in range(CONNECTIONS):
        connection = socket.create_connection(address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection, selectors.EVENT_READ)
        open_ones += send(connection)
    while open_ones:
        for event, _ in waiting.select():
            data = event.fileobj.recv(65536)
            while not answer_length(data):
                more = event.fileobj.recv(65536)
                if not more:
                    raise SystemExit(f"the server closed: {data!r}")
                data += more
            if not data.startswith(b"HTTP/1.1 200 "):
                raise SystemExit(f"not put: {data!r}")
            open_ones -= not send(event.fileobj)


def main():
    job = SimpleNamespace(**json.load(sys.stdin))
    address = tuple(job.address)
    signer = Signer(SimpleNamespace(address=address), Credentials(*job.creds))
    numbers = range(job.first, job.end, job.step)
    began = time.monotonic()
    put_all(address, (put_request(signer, f"/{job.bucket}/{key(number)}", BODY) for number in numbers))
    if len(numbers) > 100_000:
        print(f"{len(numbers)} objects put into {job.bucket} in {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
