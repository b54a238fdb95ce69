"""kill -9 amid the run of a lifecycle: it goes on where it was, does all that is to be done, and nothing twice."""
import contextlib
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.account import Account
from harness.lifecycle import expire, go_to_noon, put_rules, rule
from harness.multipart import begin, send, uploads_of
from harness.objects import read

SHORT_ROUNDS = 3
LONG_ROUNDS = 20
KEYS = [f"gone/{number:03}" for number in range(450)]
VERSIONS, KEPT = 300, 2
UPLOADS = [f"up/{number:03}" for number in range(60)]
RULES = [expire(1, Filter={"Prefix": "gone/"}),
         rule("old", Filter={"Prefix": "many"},
              NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": KEPT}),
         rule("up", Filter={"Prefix": "up/"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})]


def fill(s3, bucket):
    """The ids of all versions of "many", from the newest on."""
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode()), KEYS + ["many"] * VERSIONS))
        list(pool.map(lambda key: send(s3, bucket, key, begin(s3, bucket, key), 1, b"x" * 20_000), UPLOADS))
    put_rules(s3, bucket, *RULES)
    return [row["VersionId"] for row in s3.list_object_versions(Bucket=bucket, Prefix="many")["Versions"]]


def rows(s3, bucket, prefix):
    """{key: (versions, markers)}, each by id."""
    found = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for place, kind in enumerate(("Versions", "DeleteMarkers")):
            for row in page.get(kind, []):
                found.setdefault(row["Key"], ([], []))[place].append(row["VersionId"])
    return found


def advance(server):
    with contextlib.suppress(Exception):  # the server is gone
        server.admin.advance("2d")


def has_begun(s3, bucket):
    return "DeleteMarkers" in s3.list_object_versions(Bucket=bucket, Prefix="gone/", MaxKeys=2)


def kill_amid(server, s3, bucket):
    """What of it was still to be done, as far as could be seen just before."""
    mover = threading.Thread(target=advance, args=(server,))
    mover.start()
    while mover.is_alive() and not has_begun(s3, bucket):
        pass
    time.sleep(random.uniform(0, 0.1))
    left = len(uploads_of(s3, bucket))
    server.kill()
    mover.join(60)
    assert not mover.is_alive()
    return left


def files(server):
    return sum(len(names) for _, _, names in os.walk(os.path.join(server.data, "blobs")))


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_a_run_goes_on_after_a_kill(new_server, tmp_path, home, rounds):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    empty, amid = files(server), 0
    for number in range(rounds):
        bucket = f"killed-{number}"
        go_to_noon(server)
        ids = fill(account.client("s3"), bucket)
        amid += kill_amid(server, account.client("s3"), bucket) > 0
        server.start()
        account = Account(server, account.id, account.root, home)
        s3 = account.client("s3")
        server.admin.advance("10s")  # back when all is done that had fallen due; files have ten seconds' grace
        found = rows(s3, bucket, "gone/")
        assert list(found) == KEYS
        assert all(len(versions) == len(markers) == 1 for versions, markers in found.values()), "hidden once each"
        assert read(s3, bucket, KEYS[-1], VersionId=found[KEYS[-1]][0][0]) == KEYS[-1].encode()
        assert rows(s3, bucket, "many") == {"many": (ids[:KEPT + 1], [])}
        assert uploads_of(s3, bucket) == []
        assert files(server) == empty
        s3.delete_bucket_lifecycle(Bucket=bucket)
    print(f"{rounds} kills, {amid} of them amid the run")
