"""kill -9 amid uploads, overwrites and deletions: what was acknowledged is there to the byte, what was not is there whole or
not at all, and no file is left that no object has."""
import hashlib
import os
import random
import threading
import time

import pytest

from harness.account import Account, make_client

WRITERS = 6
SHORT_ROUNDS = 3
LONG_ROUNDS = 50
CHANGES = (5, 200)  # in a round, of all writers
SIZES = (0, 100, 16 * 1024, 16 * 1024 + 1, 300_000, 2_000_000)
INLINE = 16 * 1024


class Writer(threading.Thread):
    """Keeps a few keys of its own busy until the server is gone. state: the digest of each, as acknowledged; unknown:
    (key, digest) of the one call whose answer did not come."""

    def __init__(self, server, creds, prefix):
        super().__init__()
        self.client = make_client(server, "s3", creds, connect_timeout=5, read_timeout=30)
        self.prefix, self.state, self.unknown, self.calls = prefix, {}, None, 0

    def run(self):
        source = random.Random(self.prefix)
        while True:
            key = f"{self.prefix}/{source.randrange(10)}"
            body = source.randbytes(source.choice(SIZES)) if source.random() < 0.75 else None
            digest = body is not None and hashlib.sha256(body).hexdigest() or None
            try:
                if body is None:
                    self.client.delete_object(Bucket="busy", Key=key)
                else:
                    self.client.put_object(Bucket="busy", Key=key, Body=body)
            except Exception:  # the server is gone: what became of this one call, only the server knows
                self.unknown = (key, digest)
                return
            self.state[key] = digest
            self.calls += 1


def objects(client):
    """{key: (size, digest)} of all that is there."""
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="busy"):
        for item in page.get("Contents", []):
            body = client.get_object(Bucket="busy", Key=item["Key"])["Body"].read()
            assert len(body) == item["Size"]
            found[item["Key"]] = (item["Size"], hashlib.sha256(body).hexdigest())
    return found


def check(found, writers, before):
    expected = dict(before)
    for writer in writers:
        expected.update(writer.state)
    for writer in writers:
        key, digest = writer.unknown
        there = found.get(key, (0, None))[1]
        assert there in (expected.get(key), digest), f"{key} is neither as it was nor as it was to be"
        expected[key] = there
    for key, digest in expected.items():
        assert found.get(key, (0, None))[1] == digest, f"the last acknowledged change of {key} is lost"
    assert set(found) == {key for key, digest in expected.items() if digest}
    return {key: digest for key, (_, digest) in found.items()}


def test_a_lost_store_takes_no_bodies_along(new_server, tmp_path, home):
    """Its folder may be put back from a backup: the files are still there then."""
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    client = account.client("s3")
    client.create_bucket(Bucket="kept")
    client.put_object(Bucket="kept", Key="k", Body=bytes(100_000))
    server.kill()
    (tmp_path / "data" / "store.mdb").rename(tmp_path / "lost.mdb")
    before = files(server)
    server.start()
    assert files(server) == before
    server.kill()
    (tmp_path / "lost.mdb").rename(tmp_path / "data" / "store.mdb")
    server.start()
    body = Account(server, account.id, account.root, home).client("s3").get_object(Bucket="kept", Key="k")["Body"]
    assert body.read() == bytes(100_000)


def files(server):
    return sum(len(names) for _, _, names in os.walk(os.path.join(server.data, "blobs")))


def let_run(writers):
    """Until some changes are acknowledged, however slow the machine is, and into the midst of the next."""
    enough = random.randint(*CHANGES)
    while sum(writer.calls for writer in writers) < enough and all(writer.is_alive() for writer in writers):
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.03))


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_objects_are_whole_or_not_there(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    account.client("s3").create_bucket(Bucket="busy")
    empty, before, total = files(server), {}, 0
    for number in range(rounds):
        writers = [Writer(server, account.root, f"r{number}w{one}") for one in range(WRITERS)]
        for writer in writers:
            writer.start()
        let_run(writers)
        server.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
        server.start()
        account = Account(server, account.id, account.root, home)
        found = objects(account.client("s3"))
        assert files(server) - empty == sum(1 for size, _ in found.values() if size > INLINE)
        before = check(found, writers, before)
        total += sum(writer.calls for writer in writers)
    assert total > 0
    print(f"{rounds} kills, {total} acknowledged changes, none lost")
