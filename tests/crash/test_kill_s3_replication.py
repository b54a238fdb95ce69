"""kill -9 amid replication: it goes on where it was; every version comes once and whole, and no file is left that no
object has."""
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.account import Account, make_client
from harness.multipart import put_in_parts
from harness.objects import body_of, read
from harness.replication import replicate, replicating_role, rule, status_of, versioned

SHORT_ROUNDS = 2
LONG_ROUNDS = 20
SMALL = 60
SIZES = (0, 900, 30_000, 400_000)
PARTS = [body_of(5 * 1024 * 1024, number) for number in range(13)]  # more than a step copies


def fill(server, account, source, number):
    """{key: body} of all that was put."""
    client = make_client(server, "s3", account.root, max_pool_connections=8)
    bodies = {f"{number}/{count:02}": body_of(SIZES[count % len(SIZES)], count) for count in range(SMALL)}
    put_in_parts(client, source, f"{number}/parts", PARTS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: client.put_object(Bucket=source, Key=key, Body=bodies[key]), bodies))
    return {**bodies, f"{number}/parts": b"".join(PARTS)}


def versions(s3, bucket):
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return sorted((row["Key"], row["VersionId"], row["ETag"]) for page in pages for row in page.get("Versions", []))


def pending(s3, source, keys):
    return [key for key in keys if status_of(s3, source, key) == "PENDING"]


def files(server):
    return sum(len(names) for _, _, names in os.walk(os.path.join(server.data, "blobs")))


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_replication_goes_on_after_a_kill(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    s3 = account.client("s3")
    source, target = versioned(account), versioned(account)
    replicate(s3, source, replicating_role(account, source, target), rule(target))
    expected, amid, empty = {}, 0, files(server)
    for number in range(rounds):
        bodies = fill(server, account, source, number)
        expected.update(bodies)
        for _ in range(2):
            time.sleep(random.uniform(0, 0.2))
            amid += bool(pending(account.client("s3"), source, bodies))
            server.kill()
            server.start()
            account = Account(server, account.id, account.root, home)
    s3 = account.client("s3")
    server.admin.advance("1s")  # back when all is done that had fallen due
    assert pending(s3, source, expected) == []
    server.admin.advance("10s")  # files have some seconds' grace
    assert versions(s3, source) == versions(s3, target)
    assert {row[0] for row in versions(s3, target)} == set(expected)
    for key, body in expected.items():
        assert read(s3, target, key) == body, key
    large = sum(1 for body in expected.values() if len(body) > 16 * 1024) + rounds * (len(PARTS) - 1)
    assert files(server) == empty + 2 * large
    print(f"{2 * rounds} kills, {amid} of them amid replication")
