"""Transitions of lifecycles, by the one clock, and which of several actions is done."""
import pytest

from harness.lifecycle import (class_of, expire, go_to_noon, keys_of, midnight, put_rules, put_rules_of_small_objects,
                               rule)
from harness.objects import body_of, make_bucket, read, versions_of
from harness.refusals import refused

LARGE = body_of(128 * 1024)


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
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def put(s3, bucket, key="key", body=LARGE, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more).get("VersionId")


# -- Transitions

def transition(days, to, name="one", **more):
    return rule(name, Transitions=[{"Days": days, "StorageClass": to}], **more)


def test_an_object_moves_down_step_by_step(s3, bucket, later):
    put(s3, bucket)
    before = s3.head_object(Bucket=bucket, Key="key")
    put_rules(s3, bucket, rule(Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"},
                                            {"Days": 60, "StorageClass": "GLACIER"},
                                            {"Days": 150, "StorageClass": "DEEP_ARCHIVE"}]))
    seen = []
    for days in ("30d", "1d", "30d", "90d"):
        later(days)
        seen.append(class_of(s3, bucket, "key"))
    assert seen == ["STANDARD", "STANDARD_IA", "GLACIER", "DEEP_ARCHIVE"]
    after = s3.head_object(Bucket=bucket, Key="key")
    assert (after["LastModified"], after["ETag"]) == (before["LastModified"], before["ETag"])
    with refused("InvalidObjectState", status=403):
        read(s3, bucket, "key")
    s3.restore_object(Bucket=bucket, Key="key", RestoreRequest={"Days": 2})
    assert read(s3, bucket, "key") == LARGE
    later("2d12h")
    with refused("InvalidObjectState", status=403):
        read(s3, bucket, "key")
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="key")


@pytest.mark.parametrize("held,wanted", [
    ("GLACIER", "STANDARD_IA"), ("GLACIER_IR", "ONEZONE_IA"), ("ONEZONE_IA", "GLACIER_IR"), ("DEEP_ARCHIVE", "GLACIER"),
    ("INTELLIGENT_TIERING", "STANDARD_IA"), ("STANDARD_IA", "STANDARD_IA")])
def test_nothing_moves_up_or_aside(s3, bucket, later, held, wanted):
    put(s3, bucket, StorageClass=held)
    put_rules(s3, bucket, transition(30, wanted))
    later("40d")
    assert class_of(s3, bucket, "key") == held


@pytest.mark.parametrize("held,wanted", [
    ("REDUCED_REDUNDANCY", "STANDARD_IA"), ("STANDARD_IA", "INTELLIGENT_TIERING"), ("INTELLIGENT_TIERING", "GLACIER_IR"),
    ("ONEZONE_IA", "GLACIER"), ("GLACIER_IR", "DEEP_ARCHIVE"), ("GLACIER", "DEEP_ARCHIVE")])
def test_what_may_move_does(s3, bucket, later, held, wanted):
    put(s3, bucket, StorageClass=held)
    put_rules(s3, bucket, transition(30, wanted))
    later("40d")
    assert class_of(s3, bucket, "key") == wanted


def test_small_objects_stay_unless_a_rule_speaks_of_sizes(s3, bucket, later):
    for key in ("a", "b", "c"):
        put(s3, bucket, key + "/small", LARGE[1:])
        put(s3, bucket, key + "/large")
    put_rules(s3, bucket, transition(1, "GLACIER", Filter={"Prefix": "a/"}),
              transition(1, "GLACIER_IR", "two", Filter={"And": {"Prefix": "b/", "ObjectSizeGreaterThan": 10}}))
    later("3d")
    assert [class_of(s3, bucket, key) for key in ("a/small", "a/large", "b/small", "b/large", "c/large")] == [
        "STANDARD", "GLACIER", "GLACIER_IR", "GLACIER_IR", "STANDARD"]
    put_rules_of_small_objects(s3, bucket, transition(1, "GLACIER", Filter={"Prefix": "a/"}),
                               transition(1, "GLACIER_IR", "two", Filter={"Prefix": "c/"}))
    later("1d")
    assert [class_of(s3, bucket, key) for key in ("a/small", "c/small", "c/large")] == ["GLACIER", "STANDARD", "GLACIER_IR"]


def test_a_date_of_a_transition(traveller, s3, bucket, later):
    put(s3, bucket)
    put_rules(s3, bucket, rule(Transitions=[{"Date": midnight(traveller.server, 2), "StorageClass": "GLACIER_IR"}]))
    later("1d")
    assert class_of(s3, bucket, "key") == "STANDARD"
    later("12h")
    assert class_of(s3, bucket, "key") == "GLACIER_IR"


def test_noncurrent_versions_move(s3, versioned, later):
    ids = [put(s3, versioned) for _ in range(4)]
    put_rules(s3, versioned, rule(NoncurrentVersionTransitions=[
        {"NoncurrentDays": 2, "StorageClass": "GLACIER_IR"},
        {"NoncurrentDays": 92, "StorageClass": "DEEP_ARCHIVE", "NewerNoncurrentVersions": 2}]))
    later("3d")
    assert [class_of(s3, versioned, "key", VersionId=one) for one in ids] == ["GLACIER_IR"] * 3 + ["STANDARD"]
    later("92d")
    assert [class_of(s3, versioned, "key", VersionId=one) for one in ids] == [
        "DEEP_ARCHIVE", "GLACIER_IR", "GLACIER_IR", "STANDARD"]


# -- What comes first

def test_the_shorter_of_two_expirations_counts(s3, bucket, later):
    put(s3, bucket, "logs/a")
    put_rules(s3, bucket, expire(2), expire(9, "two", Filter={"Prefix": "logs/"}))
    later("3d")
    assert keys_of(s3, bucket) == []


def test_the_cheapest_of_transitions_is_chosen(s3, bucket, later):
    put(s3, bucket)
    put(s3, bucket, "tiered")
    put_rules(s3, bucket, transition(30, "GLACIER", Filter={"Prefix": "key"}), transition(30, "STANDARD_IA", "two"),
              transition(30, "INTELLIGENT_TIERING", "three"), transition(30, "GLACIER_IR", "four"))
    later("31d")
    assert [class_of(s3, bucket, key) for key in ("key", "tiered")] == ["GLACIER", "INTELLIGENT_TIERING"]


def test_to_be_deleted_for_good_comes_before_a_transition(s3, bucket, later):
    put(s3, bucket)
    put_rules(s3, bucket, transition(1, "GLACIER"), expire(1, "two"))
    later("2d")
    assert keys_of(s3, bucket) == []


def test_a_transition_comes_before_a_marker_and_one_action_a_day(s3, versioned, later):
    version = put(s3, versioned)
    put_rules(s3, versioned, transition(1, "GLACIER_IR"), expire(1, "two"))
    later("1d12h")
    assert versions_of(s3, versioned, "key") == [(version, False)]
    assert class_of(s3, versioned, "key") == "GLACIER_IR"
    later("1d")
    assert [is_marker for _, is_marker in versions_of(s3, versioned, "key")] == [True, False]
