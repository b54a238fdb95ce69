"""ListObjects, ListObjectsV2 and ListObjectVersions against a model in Python, over random keys, by pages."""
import random

import pytest

from harness.account import policy, statement
from harness.objects import make_bucket
from harness.refusals import denied, refused

ALPHABET = ["a", "b", "/", "-", "ä", "0", "\x01", "z" * 100, "🔑"]


def random_keys(seed, count):
    draw = random.Random(seed)
    return sorted({"".join(draw.choices(ALPHABET, k=draw.randint(1, 8))) for _ in range(count)}, key=str.encode)


def model(keys, prefix="", delimiter=""):
    """Keys and common prefixes, in order."""
    told = []
    for key in keys:
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        row = ("key", key) if at < 0 else ("prefix", key[:at + len(delimiter)])
        if row not in told[-1:]:
            told.append(row)
    return told


def rows_of(page):
    rows = [("key", row["Key"]) for row in page.get("Contents", [])]
    rows += [("prefix", row["Prefix"]) for row in page.get("CommonPrefixes", [])]
    return sorted(rows, key=lambda row: row[1].encode())


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def filled(account, s3):
    keys = random_keys(1, 60)
    bucket = make_bucket(account)
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket, keys


def pages_v2(s3, size, **arguments):
    more = {}
    while True:
        page = s3.list_objects_v2(MaxKeys=size, **more, **arguments)
        assert page["KeyCount"] == len(rows_of(page)) <= size and page["MaxKeys"] == size
        yield page
        if not page["IsTruncated"]:
            assert "NextContinuationToken" not in page
            return
        assert page["KeyCount"] == size
        more = {"ContinuationToken": page["NextContinuationToken"]}


def pages_v1(s3, size, **arguments):
    more = {}
    while True:
        page = s3.list_objects(MaxKeys=size, **more, **arguments)
        assert len(rows_of(page)) <= size
        yield page
        if not page["IsTruncated"]:
            return
        assert ("NextMarker" in page) is bool(arguments.get("Delimiter"))
        more = {"Marker": page.get("NextMarker") or page["Contents"][-1]["Key"]}


FILTERS = [{}, {"Prefix": "a"}, {"Prefix": "a/"}, {"Prefix": "none"}, {"Delimiter": "/"}, {"Delimiter": "a"},
           {"Delimiter": "/", "Prefix": "a"}, {"Delimiter": "/", "Prefix": "a/"}, {"Delimiter": "ä"}, {"Delimiter": "b/"},
           {"Delimiter": "z" * 100}, {"Delimiter": "🔑", "Prefix": "b"}, {"Delimiter": "none"}, {"Delimiter": "/", "Prefix": "/"}]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("pages", [pages_v1, pages_v2])
def test_pages_are_the_whole(s3, filled, size, pages):
    bucket, keys = filled
    for more in FILTERS:
        told = []
        for page in pages(s3, size, Bucket=bucket, **more):
            rows = rows_of(page)
            assert not told or not rows or told[-1][1].encode() < rows[0][1].encode()
            told += rows
        assert told == model(keys, more.get("Prefix", ""), more.get("Delimiter", "")), more


def test_beginnings(s3, filled):
    bucket, keys = filled
    for after in ["", "a", "a/", keys[0], keys[10], keys[10] + "\x01", keys[-1], "🔑🔑🔑🔑🔑🔑🔑🔑🔑", "z" * 1000, "\x01"]:
        rest = [key for key in keys if key.encode() > after.encode()]
        assert rows_of(s3.list_objects_v2(Bucket=bucket, StartAfter=after)) == model(rest), after
        assert rows_of(s3.list_objects(Bucket=bucket, Marker=after)) == model(rest), after
        part = [key for key in rest if key.startswith("a")]
        assert rows_of(s3.list_objects_v2(Bucket=bucket, StartAfter=after, Prefix="a")) == model(part), after


def test_what_is_told_of_each(account, s3, filled):
    bucket, keys = filled
    page = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)
    for row in page["Contents"]:
        assert row["Size"] == len(row["Key"].encode()) and row["StorageClass"] == "STANDARD"
        head = s3.head_object(Bucket=bucket, Key=row["Key"])
        assert (row["ETag"], row["LastModified"]) == (head["ETag"], head["LastModified"]) or \
            row["LastModified"].replace(microsecond=0) == head["LastModified"]
    owners = {row["Owner"]["ID"] for row in page["Contents"]}
    assert owners == {s3.list_buckets()["Owner"]["ID"]}
    assert all("Owner" not in row for row in s3.list_objects_v2(Bucket=bucket)["Contents"])
    assert page["Name"] == bucket and page["Prefix"] == ""


def test_pages_of_none(s3, filled):
    bucket, _ = filled
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert page["KeyCount"] == 0 and "Contents" not in page and page["IsTruncated"] is False
    with refused("InvalidArgument", status=400):
        s3.list_objects_v2(Bucket=bucket, MaxKeys=-1)
    with refused("InvalidArgument", status=400):
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="nonsense")


# -- Versions

def random_history(s3, bucket, seed):
    """What lies in the bucket after random puts, markers and removals: {key: [(id, is a marker)]}, newest first."""
    draw, history = random.Random(seed), {}
    keys = random_keys(seed, 12)
    for number in range(90):
        key = draw.choice(keys)
        rows = history.setdefault(key, [])
        kind = draw.choice(["put", "put", "put", "mark", "remove"])
        if kind == "put":
            rows.insert(0, (s3.put_object(Bucket=bucket, Key=key, Body=b"x" * number)["VersionId"], False))
        elif kind == "mark":
            rows.insert(0, (s3.delete_object(Bucket=bucket, Key=key)["VersionId"], True))
        elif rows:
            version, _ = rows.pop(draw.randrange(len(rows)))
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
    return {key: rows for key, rows in history.items() if rows}


def version_pages(s3, size, **arguments):
    more = {}
    while True:
        page = s3.list_object_versions(MaxKeys=size, **more, **arguments)
        count = sum(len(page.get(name, [])) for name in ("Versions", "DeleteMarkers", "CommonPrefixes"))
        assert count <= size
        yield page
        if not page["IsTruncated"]:
            return
        assert count == size
        more = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            more["VersionIdMarker"] = page["NextVersionIdMarker"]


@pytest.fixture
def historic(account, s3):
    bucket = make_bucket(account)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket, random_history(s3, bucket, 2)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_versions_by_the_page(s3, historic, size):
    bucket, history = historic
    for more in FILTERS:
        prefix, delimiter = more.get("Prefix", ""), more.get("Delimiter", "")
        told = model(sorted(history, key=str.encode), prefix, delimiter)
        wanted = [(key, version, is_marker, number == 0) for kind, key in told if kind == "key"
                  for number, (version, is_marker) in enumerate(history[key])]
        versions, markers, prefixes = [], [], []
        for page in version_pages(s3, size, Bucket=bucket, **more):
            versions += [(row["Key"], row["VersionId"], False, row["IsLatest"]) for row in page.get("Versions", [])]
            markers += [(row["Key"], row["VersionId"], True, row["IsLatest"]) for row in page.get("DeleteMarkers", [])]
            prefixes += [row["Prefix"] for row in page.get("CommonPrefixes", [])]
        assert versions == [row for row in wanted if not row[2]], more
        assert markers == [row for row in wanted if row[2]], more
        assert prefixes == [text for kind, text in told if kind == "prefix"], more


def test_objects_are_the_newest_that_are_no_markers(s3, historic):
    bucket, history = historic
    there = sorted((key for key, rows in history.items() if not rows[0][1]), key=str.encode)
    for size in (1, 4, 1000):
        for delimiter in ("", "/", "a"):
            more = {"Delimiter": delimiter} if delimiter else {}
            told = [row for page in pages_v2(s3, size, Bucket=bucket, **more) for row in rows_of(page)]
            assert told == model(there, "", delimiter)


def test_an_id_marker_needs_a_key_marker(s3, historic):
    with refused("InvalidArgument", status=400):
        s3.list_object_versions(Bucket=historic[0], VersionIdMarker="null")


# -- Permissions

def test_listing_is_a_permission_on_the_bucket(account, s3, filled):
    bucket, keys = filled
    user = account.user(policy=policy(statement("s3:*", resource=f"arn:aws:s3:::{bucket}/*")))
    client = user.client("s3")
    for call, action in ((client.list_objects, "s3:ListBucket"), (client.list_objects_v2, "s3:ListBucket"),
                         (client.list_object_versions, "s3:ListBucketVersions")):
        with denied(action, f"arn:aws:s3:::{bucket}"):
            call(Bucket=bucket)


def test_listing_may_be_limited_to_a_folder(account, filled):
    bucket, keys = filled
    user = account.user(policy=policy(statement("s3:ListBucket", Condition={
        "StringLike": {"s3:prefix": ["a/*", "a/"]}, "StringEquals": {"s3:delimiter": "/"},
        "NumericLessThanEquals": {"s3:max-keys": "10"}})))
    client = user.client("s3")
    good = {"Bucket": bucket, "Prefix": "a/", "Delimiter": "/", "MaxKeys": 10}
    assert rows_of(client.list_objects_v2(**good)) == model(keys, "a/", "/")[:10]
    for bad in ({"Prefix": "a"}, {"Prefix": "b/"}, {"Delimiter": "a"}, {"MaxKeys": 11}):
        with denied("s3:ListBucket"):
            client.list_objects_v2(**{**good, **bad})
    for left_out in ("Prefix", "Delimiter", "MaxKeys"):
        with denied("s3:ListBucket"):
            client.list_objects_v2(**{name: value for name, value in good.items() if name != left_out})
