"""How lifecycles are run: not past Object Lock, by the page, in any order of changes, without a record of calls."""
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from harness.account import make_client
from harness.lifecycle import class_of, expire, go_to_noon, keys_of, now, put_rules, rule
from harness.multipart import begin, uploads_of
from harness.objects import body_of, content_md5, make_bucket, read, versions_of

BODY = b"to be kept"
THOUSAND = 1000
ALL_AT_ONCE = rule(Expiration={"Days": 1}, NoncurrentVersionExpiration={"NoncurrentDays": 1})


@pytest.fixture
def s3(traveller):
    go_to_noon(traveller.server)
    return traveller.client("s3")


@pytest.fixture
def bucket(traveller, s3):
    name = make_bucket(traveller)
    yield name
    s3.delete_bucket_lifecycle(Bucket=name)


@pytest.fixture
def locking(traveller, s3):
    name = make_bucket(traveller, ObjectLockEnabledForBucket=True)
    yield name
    s3.delete_bucket_lifecycle(Bucket=name)


def put_many(traveller, bucket, keys, body=BODY):
    """From several connections; the clients are made before, for botocore is slow to make them."""
    client = make_client(traveller.server, "s3", traveller.root, max_pool_connections=8)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: client.put_object(Bucket=bucket, Key=key, Body=body), keys))


# -- Object Lock

def put_locked(s3, bucket, key, **lock):
    return s3.put_object(Bucket=bucket, Key=key, Body=BODY, ContentMD5=content_md5(BODY), **lock)["VersionId"]


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_a_locked_version_stays_until_its_hour(traveller, s3, locking, later, mode):
    until = now(traveller.server) + timedelta(days=10)
    kept = put_locked(s3, locking, "key", ObjectLockMode=mode, ObjectLockRetainUntilDate=until)
    free = s3.put_object(Bucket=locking, Key="free", Body=BODY)["VersionId"]
    put_rules(s3, locking, ALL_AT_ONCE)
    later("4d")  # hidden, then to be removed; the marker is there to stay
    assert [row[1] for row in versions_of(s3, locking, "key")] == [True, False]
    assert free not in [row[0] for row in versions_of(s3, locking, "free")]
    later("5d")
    assert read(s3, locking, "key", VersionId=kept) == BODY
    later("2d")
    assert kept not in [row[0] for row in versions_of(s3, locking, "key")]
    later("1d")
    assert versions_of(s3, locking, "key") == []


def test_a_legal_hold_has_no_hour(s3, locking, later):
    kept = put_locked(s3, locking, "key", ObjectLockLegalHoldStatus="ON")
    behind = s3.put_object(Bucket=locking, Key="kez", Body=BODY)["VersionId"]
    put_rules(s3, locking, ALL_AT_ONCE)
    later("90d")
    assert read(s3, locking, "key", VersionId=kept) == BODY
    assert versions_of(s3, locking, "kez") == [], f"{behind} was held up"
    s3.put_object_legal_hold(Bucket=locking, Key="key", VersionId=kept, LegalHold={"Status": "OFF"})
    later("2d")
    assert versions_of(s3, locking, "key") == []


def test_a_locked_version_counts_among_those_that_stay(s3, locking, later):
    ids = [put_locked(s3, locking, "key", ObjectLockLegalHoldStatus="ON" if number == 1 else "OFF") for number in range(5)]
    end = {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}
    put_rules(s3, locking, rule(NoncurrentVersionExpiration=end))
    later("5d")
    assert [row[0] for row in versions_of(s3, locking, "key")] == [ids[4], ids[3], ids[1]]


def test_a_locked_version_may_move(s3, locking, later):
    large = body_of(128 * 1024)
    s3.put_object(Bucket=locking, Key="key", Body=large, ContentMD5=content_md5(large), ObjectLockLegalHoldStatus="ON")
    put_rules(s3, locking, rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}]))
    later("2d")
    head = s3.head_object(Bucket=locking, Key="key")
    assert (head["StorageClass"], head["ObjectLockLegalHoldStatus"]) == ("GLACIER_IR", "ON")
    assert read(s3, locking, "key") == large


# -- By the page

def test_a_thousand_objects_and_those_between_them(traveller, s3, bucket, later):
    keys = [f"{number:04}" for number in range(THOUSAND)]
    put_many(traveller, bucket, keys)
    late = [f"{number:04}/late" for number in range(0, THOUSAND, 50)]
    put_rules(s3, bucket, expire(1))
    later("1d")
    put_many(traveller, bucket, late)
    later("12h")
    assert keys_of(s3, bucket) == late
    later("1d")
    assert keys_of(s3, bucket) == []
    s3.delete_bucket_lifecycle(Bucket=bucket)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)


def test_a_thousand_versions_of_a_key(traveller, s3, bucket, later):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put_many(traveller, bucket, ["key"] * THOUSAND)
    other = s3.put_object(Bucket=bucket, Key="kez", Body=BODY)["VersionId"]
    newest = [row["VersionId"] for row in s3.list_object_versions(Bucket=bucket, MaxKeys=51)["Versions"]]
    put_rules(s3, bucket, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 50}))
    later("1d12h")
    rows = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [row["VersionId"] for row in rows] == newest + [other]


@pytest.mark.parametrize("count", [199, 200, 201, 400])
def test_markers_at_the_end_of_a_page(traveller, s3, bucket, later, count):
    """Whether a marker is alone under its key is seen beyond the page too."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put_many(traveller, bucket, [f"{number:04}" for number in range(count - 1)])
    for key in ("last", "last2"):
        s3.delete_object(Bucket=bucket, Key=key)
    s3.put_object(Bucket=bucket, Key="m", Body=BODY)
    s3.delete_object(Bucket=bucket, Key="m")
    put_rules(s3, bucket, rule(Expiration={"ExpiredObjectDeleteMarker": True}))
    later("1d")
    listed = s3.list_object_versions(Bucket=bucket, Prefix="l")
    assert "DeleteMarkers" not in listed
    assert [row[1] for row in versions_of(s3, bucket, "m")] == [True, False]
    assert len(keys_of(s3, bucket)) == count - 1


def test_long_keys(traveller, s3, bucket, later):
    """Keys that lie behind branches, which go with them."""
    keys = [letter * length + str(number) for letter in "ab" for length in (230, 460, 1000) for number in range(101)]
    put_many(traveller, bucket, keys)
    put_rules(s3, bucket, expire(1, Filter={"Prefix": "a"}))
    later("2d")
    assert keys_of(s3, bucket) == sorted(key for key in keys if key[0] == "b")


def test_many_uploads(s3, bucket, later):
    for number in range(30):
        begin(s3, bucket, f"up/{number}")
    kept = begin(s3, bucket, "up")
    put_rules(s3, bucket, rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}, Filter={"Prefix": "up/"}))
    later("2d")
    assert uploads_of(s3, bucket) == [("up", kept)]


# -- Beside others

def test_each_bucket_has_its_own_rules(traveller, s3, bucket, later):
    other = make_bucket(traveller)
    for name in (bucket, other):
        s3.put_object(Bucket=name, Key="key", Body=BODY)
    put_rules(s3, bucket, expire(1))
    put_rules(s3, other, expire(30))
    later("2d")
    assert (keys_of(s3, bucket), keys_of(s3, other)) == ([], ["key"])
    s3.delete_bucket_lifecycle(Bucket=other)


def test_a_thousand_rules(s3, bucket, later):
    for number in (0, 500, 999):
        s3.put_object(Bucket=bucket, Key=f"{number:03}", Body=body_of(128 * 1024))
    put_rules(s3, bucket, *(rule(f"{number:03}", Filter={"Prefix": f"{number:03}"},
                                 Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]) for number in range(999)))
    later("2d")
    assert [class_of(s3, bucket, key) for key in ("000", "500", "999")] == ["GLACIER", "GLACIER", "STANDARD"]


def test_deleted_bodies_leave_no_files(s3, traveller, bucket, later):
    files = traveller.server.data / "blobs"
    before = {path for path in files.rglob("*") if path.is_file()}
    s3.put_object(Bucket=bucket, Key="key", Body=body_of(100_000))
    made = {path for path in files.rglob("*") if path.is_file()} - before
    assert len(made) == 1
    put_rules(s3, bucket, expire(1))
    later("3d")
    assert not any(path.exists() for path in made)


def test_runs_are_no_calls_of_the_api(traveller, s3, bucket, later):
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    put_rules(s3, bucket, expire(1))
    later("2d")
    events = traveller.client("cloudtrail").lookup_events(MaxResults=50)["Events"]
    assert {event["EventName"] for event in events if event["EventSource"] == "s3.amazonaws.com"} <= {
        "CreateBucket", "PutBucketLifecycle", "PutBucketLifecycleConfiguration"}
