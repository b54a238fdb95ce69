"""What lifecycles expire, by the one clock: objects, current versions and markers, noncurrent versions."""
import pytest

from harness.lifecycle import expire, go_to_noon, keys_of, midnight, put_rules, rule
from harness.objects import body_of, make_bucket, read, versions_of
from harness.refusals import refused

SMALL, LARGE = body_of(100), body_of(128 * 1024)


@pytest.fixture
def s3(traveller):
    go_to_noon(traveller.server)
    return traveller.client("s3")


@pytest.fixture
def bucket(traveller, s3):
    name = make_bucket(traveller)
    yield name
    s3.delete_bucket_lifecycle(Bucket=name)


def set_versioning(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


@pytest.fixture
def versioned(s3, bucket):
    set_versioning(s3, bucket, "Enabled")
    return bucket


def put(s3, bucket, key="key", body=SMALL, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more).get("VersionId")


# -- Expiration

def test_an_object_goes_at_the_midnight_behind_its_days(s3, bucket, later):
    put(s3, bucket)
    put_rules(s3, bucket, expire(2))
    later("2d")
    assert read(s3, bucket, "key") == SMALL
    put(s3, bucket, "younger")
    later("11h")
    assert keys_of(s3, bucket) == ["key", "younger"]
    later("1h")
    assert keys_of(s3, bucket) == ["younger"]
    with refused("NoSuchKey", status=404):
        read(s3, bucket, "key")
    later("2d")
    assert keys_of(s3, bucket) == []
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)


def test_it_counts_from_when_it_was_overwritten(s3, bucket, later):
    put(s3, bucket)
    put_rules(s3, bucket, expire(1))
    later("1d")
    put(s3, bucket, body=LARGE)
    later("1d")
    assert read(s3, bucket, "key") == LARGE


def test_rules_hold_for_what_was_there_before_them(s3, bucket, later):
    put(s3, bucket)
    later("9d")
    put_rules(s3, bucket, expire(3))
    assert keys_of(s3, bucket) == ["key"]
    later("12h")
    assert keys_of(s3, bucket) == []


def test_a_date_comes_and_goes_on(traveller, s3, bucket, later):
    put_rules(s3, bucket, rule(Expiration={"Date": midnight(traveller.server, 3)}))
    put(s3, bucket, "before")
    later("2d")
    assert keys_of(s3, bucket) == ["before"]
    later("12h")
    assert keys_of(s3, bucket) == []
    put(s3, bucket, "after")
    later("1d")
    assert keys_of(s3, bucket) == []


def test_rules_that_are_off_or_gone_do_nothing(s3, bucket, later):
    put(s3, bucket)
    put_rules(s3, bucket, expire(1, Status="Disabled"))
    later("3d")
    put_rules(s3, bucket, expire(1))
    s3.delete_bucket_lifecycle(Bucket=bucket)
    later("3d")
    assert keys_of(s3, bucket) == ["key"]


def test_a_bucket_of_the_same_name_has_no_rules(traveller, s3, bucket, later):
    put_rules(s3, bucket, expire(1))
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    put(s3, bucket)
    later("5d")
    assert keys_of(s3, bucket) == ["key"]


def test_rules_that_are_put_again_run_once_a_day(s3, bucket, later):
    for days in (9, 8, 1):
        put_rules(s3, bucket, expire(days))
    put(s3, bucket)
    later("1d12h")
    assert keys_of(s3, bucket) == []


def test_a_policy_that_denies_everything_stops_nothing(traveller, s3, bucket, later):
    denial = ('{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", '
              f'"Resource": "arn:aws:s3:::{bucket}/*"}}}}')
    put(s3, bucket)
    put_rules(s3, bucket, expire(1))
    s3.put_bucket_policy(Bucket=bucket, Policy=denial)
    later("2d")
    assert keys_of(s3, bucket) == []


# -- With versions

def test_a_current_version_is_hidden_behind_a_marker(s3, versioned, later):
    first = put(s3, versioned)
    put_rules(s3, versioned, expire(1))
    later("2d")
    (marker, is_marker), kept = versions_of(s3, versioned, "key")
    assert is_marker and marker not in (first, "null") and kept == (first, False)
    assert read(s3, versioned, "key", VersionId=first) == SMALL
    later("9d")  # it is not hidden twice
    assert versions_of(s3, versioned, "key") == [(marker, True), (first, False)]


def test_a_marker_goes_with_what_it_hides(s3, versioned, later):
    first = put(s3, versioned)
    put_rules(s3, versioned, expire(1))
    later("2d")
    s3.delete_object(Bucket=versioned, Key="key", VersionId=first)
    assert len(versions_of(s3, versioned, "key")) == 1
    later("3d")
    assert versions_of(s3, versioned, "key") == []


def test_suspended_a_null_version_is_replaced_by_a_marker(s3, versioned, later):
    old = put(s3, versioned)
    set_versioning(s3, versioned, "Suspended")
    put(s3, versioned)
    put(s3, versioned, "alone")
    put_rules(s3, versioned, expire(1))
    later("2d")
    assert versions_of(s3, versioned, "key") == [("null", True), (old, False)]
    later("9d")
    assert versions_of(s3, versioned, "key") == [("null", True), (old, False)]
    assert versions_of(s3, versioned, "alone") == []


def test_suspended_a_version_with_an_id_stays_behind_the_marker(s3, versioned, later):
    old = put(s3, versioned)
    set_versioning(s3, versioned, "Suspended")
    put_rules(s3, versioned, expire(1))
    later("2d")
    assert versions_of(s3, versioned, "key") == [("null", True), (old, False)]


def test_expired_markers(s3, versioned, later):
    s3.delete_object(Bucket=versioned, Key="alone")
    put(s3, versioned, "hiding")
    s3.delete_object(Bucket=versioned, Key="hiding")
    s3.delete_object(Bucket=versioned, Key="other/alone")
    put_rules(s3, versioned, rule(Expiration={"ExpiredObjectDeleteMarker": True}, Filter={"Prefix": "h"}),
              rule("two", Expiration={"ExpiredObjectDeleteMarker": True}, Filter={"Prefix": "a"}))
    later("1d")
    assert versions_of(s3, versioned, "alone") == []
    assert [is_marker for _, is_marker in versions_of(s3, versioned, "hiding")] == [True, False]
    assert len(versions_of(s3, versioned, "other/alone")) == 1


# -- Noncurrent versions

def noncurrent(days, newer=None, name="one", **more):
    end = {"NoncurrentDays": days, **({"NewerNoncurrentVersions": newer} if newer else {})}
    return rule(name, NoncurrentVersionExpiration=end, **more)


def test_noncurrent_versions_go_so_long_after_their_successor(s3, versioned, later):
    put_rules(s3, versioned, noncurrent(3))
    put(s3, versioned)
    later("20d")  # its own age does not count
    second = put(s3, versioned)
    later("3d")
    third = put(s3, versioned)
    assert len(versions_of(s3, versioned, "key")) == 3
    later("1d")
    assert versions_of(s3, versioned, "key") == [(third, False), (second, False)]
    later("30d")
    assert versions_of(s3, versioned, "key") == [(third, False)]


def test_noncurrent_markers_go_too(s3, versioned, later):
    put(s3, versioned)
    s3.delete_object(Bucket=versioned, Key="key")
    last = put(s3, versioned)
    put_rules(s3, versioned, noncurrent(1))
    later("2d")
    assert versions_of(s3, versioned, "key") == [(last, False)]


def test_some_noncurrent_versions_are_kept(s3, versioned, later):
    ids = [put(s3, versioned) for _ in range(6)][::-1]
    other = [put(s3, versioned, "kex") for _ in range(3)][::-1]
    put_rules(s3, versioned, noncurrent(2, newer=3))
    later("2d")
    assert len(versions_of(s3, versioned, "key")) == 6
    later("1d")
    assert [name for name, _ in versions_of(s3, versioned, "key")] == ids[:4]
    later("90d")
    assert [name for name, _ in versions_of(s3, versioned, "key")] == ids[:4]
    assert [name for name, _ in versions_of(s3, versioned, "kex")] == other


def test_everything_of_a_key_goes_in_the_end(s3, versioned, later):
    put(s3, versioned)
    put_rules(s3, versioned, rule(Expiration={"Days": 1}, NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    later("10d")
    assert versions_of(s3, versioned, "key") == []


def test_without_versions_nothing_is_noncurrent(s3, bucket, later):
    put(s3, bucket)
    put(s3, bucket)
    put_rules(s3, bucket, noncurrent(1))
    later("5d")
    assert keys_of(s3, bucket) == ["key"]
