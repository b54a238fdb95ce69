"""Who has begun to read an object comes to its end, whatever becomes of the object meanwhile."""
import http.client
import os
import socket
import threading
import time

import pytest

from harness.account import Account, make_client
from harness.multipart import PART_MIN, put_in_parts
from harness.objects import body_of, make_bucket, read
from harness.raw import sign
from harness.server import Server

PARTS = [body_of(PART_MIN, number) for number in (1, 2, 3)] + [b"the end"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """An account of a server of its own: nobody else's files lie there."""
    with Server() as server:
        yield Account.create(server, tmp_path_factory.mktemp("home"))


@pytest.fixture
def s3(alone):
    return alone.client("s3")


@pytest.fixture
def bucket(alone):
    return make_bucket(alone)


def files(account):
    return {path.name for path in (account.server.data / "blobs").rglob("*") if path.is_file()}


def wait_for_files(account, expected):
    """That a reader has come to its end, or has left, the server finds soon."""
    end = time.monotonic() + 60
    while files(account) != expected and time.monotonic() < end:
        account.server.admin.advance("1m")
    assert files(account) == expected


class SlowReader:
    """Has asked for an object, and takes its bytes when it is told to: little of them lies in the kernel."""
    def __init__(self, account, path):
        headers, url = sign(account.server.endpoint + path, account.root, "s3", method="GET")
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.settimeout(60)
        self.socket.connect(account.server.address)
        lines = [f"GET {path} HTTP/1.1", f"Host: {url.split('/')[2]}"] + [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        self.answer = http.client.HTTPResponse(self.socket, method="GET")
        self.answer.begin()
        assert self.answer.status == 200

    def close(self):
        self.answer.close()
        self.socket.close()


def overwrite(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"another")


def delete(s3, bucket):
    s3.delete_object(Bucket=bucket, Key="k")


def delete_the_bucket_too(s3, bucket):
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("end", [overwrite, delete, delete_the_bucket_too])
def test_a_slow_reader_comes_to_the_end(alone, s3, bucket, end):
    before = files(alone)
    put_in_parts(s3, bucket, "k", PARTS)
    assert len(files(alone) - before) == 3
    reader = SlowReader(alone, f"/{bucket}/k")
    begun = reader.answer.read(1000)
    end(s3, bucket)
    for duration in ("1m", "1m", "40d"):
        alone.server.admin.advance(duration)
    assert begun + reader.answer.read() == b"".join(PARTS)
    reader.close()
    wait_for_files(alone, before)


def test_one_that_leaves_holds_nothing(alone, s3, bucket):
    before = files(alone)
    put_in_parts(s3, bucket, "k", PARTS)
    stays, leaves = (SlowReader(alone, f"/{bucket}/k") for _ in range(2))
    begun = stays.answer.read(1000), leaves.answer.read(1000)
    overwrite(s3, bucket)
    alone.server.admin.advance("1m")
    assert read(s3, bucket, "k") == b"another"
    leaves.close()
    assert begun[0] + stays.answer.read() == b"".join(PARTS)
    stays.close()
    wait_for_files(alone, before)
    assert begun[1] == PARTS[0][:1000]


def test_a_range_that_touches_two_files(alone, s3, bucket):
    before = files(alone)
    put_in_parts(s3, bucket, "k", PARTS)
    whole = b"".join(PARTS)
    answer = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes=10-{2 * PART_MIN - 11}")
    delete(s3, bucket)
    alone.server.admin.advance("1m")
    assert answer["Body"].read() == whole[10:2 * PART_MIN - 10]
    wait_for_files(alone, before)


class Repeated(threading.Thread):
    """Does something over and over until it is told to end; what it raised comes out of end()."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.is_over, self.count, self.error = work, threading.Event(), 0, None

    def run(self):
        while not self.is_over.is_set() and not self.error:
            try:
                self.work()
                self.count += 1
            except Exception as error:  # pylint: disable=broad-except
                self.error = error

    def end(self):
        self.is_over.set()
        self.join(60)
        if self.error:
            raise self.error


def test_readers_while_it_is_overwritten_over_and_over(alone, bucket):
    """No matter where between its row and its files a reader is when they go."""
    clients = [make_client(alone.server, "s3", alone.root) for _ in range(3)]
    before, bodies = files(alone), [(PARTS[number], body_of(100_000, number)) for number in range(2)]
    put_in_parts(clients[0], bucket, "k", bodies[0])

    def read_one(s3):
        assert read(s3, bucket, "k") in [b"".join(body) for body in bodies]

    others = [Repeated(lambda s3=s3: read_one(s3)) for s3 in clients[1:]]
    others.append(Repeated(lambda: alone.server.admin.advance("6s")))
    for one in others:
        one.start()
    for number in range(8):
        put_in_parts(clients[0], bucket, "k", bodies[number % 2])
    for one in others:
        one.end()
    assert min(one.count for one in others) > 0
    clients[0].delete_object(Bucket=bucket, Key="k")
    wait_for_files(alone, before)


def drop_from_memory(account):
    """What is to be read must then be waited for, on one of the server's workers."""
    for path in (account.server.data / "blobs").rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def keep_workers_busy(account):
    """By passwords, whose keys take long to derive: the threads that ask."""
    users = [account.user().name for _ in range(16)]
    iam = account.client("iam")
    threads = [threading.Thread(target=iam.create_login_profile, kwargs={"UserName": name, "Password": "Long-enough-1!"})
               for name in users]
    for thread in threads:
        thread.start()
    return threads


def test_who_has_waited_while_it_was_overwritten_gets_one_or_the_other(alone, s3, bucket):
    """A reader waits for a worker, in a snapshot whose file is gone when its turn comes: it looks once more."""
    bodies, got = [body_of(100_000, number) for number in (1, 2)], []
    s3.put_object(Bucket=bucket, Key="k", Body=bodies[0])
    busy = keep_workers_busy(alone)
    drop_from_memory(alone)
    readers = [threading.Thread(target=lambda: got.append(read(alone.client("s3"), bucket, "k"))) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(6):
        s3.put_object(Bucket=bucket, Key="k", Body=bodies[number % 2])
        alone.server.admin.advance("1m")
    for thread in readers + busy:
        thread.join()
    assert len(got) == len(readers) and all(body in bodies for body in got)
