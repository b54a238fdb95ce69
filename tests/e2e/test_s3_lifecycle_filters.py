"""What the filters of lifecycles mean, by the one clock, and uploads that are ended by them."""
import pytest

from harness.lifecycle import expire, go_to_noon, keys_of, put_rules, rule
from harness.multipart import PART_MIN, begin, complete, part_numbers, send, uploads_of
from harness.objects import body_of, make_bucket, tag_set
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


def put(s3, bucket, key="key", body=SMALL, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more).get("VersionId")


# -- Filters

def test_filters(s3, bucket, later):
    put(s3, bucket, "logs/1", body_of(500), Tagging="a=1&b=")
    put(s3, bucket, "logs/2", body_of(501), Tagging="a=1&b=&c=3")
    put(s3, bucket, "logs/3", body_of(900), Tagging="a=2&b=")
    put(s3, bucket, "logs/4", body_of(1000), Tagging="a=1&b=")
    put(s3, bucket, "logs/5", body_of(600), Tagging="a=1")
    put(s3, bucket, "lags/6", body_of(600), Tagging="a=1&b=")
    put(s3, bucket, "tagged", body_of(10), Tagging="old=yes")
    put(s3, bucket, "tagged otherwise", body_of(10), Tagging="old=no")
    put(s3, bucket, "giant", body_of(5000))
    put(s3, bucket, "empty", b"")
    tags = tag_set(a="1", b="")["TagSet"]
    put_rules(s3, bucket,
              expire(1, Filter={"And": {"Prefix": "logs/", "Tags": tags, "ObjectSizeGreaterThan": 500,
                                        "ObjectSizeLessThan": 1000}}),
              expire(1, "tag", Filter={"Tag": {"Key": "old", "Value": "yes"}}),
              expire(1, "large", Filter={"ObjectSizeGreaterThan": 4999}),
              expire(1, "small", Filter={"ObjectSizeLessThan": 1}))
    later("2d")
    assert keys_of(s3, bucket) == ["lags/6", "logs/1", "logs/3", "logs/4", "logs/5", "tagged otherwise"]


def test_tags_count_as_they_are_at_the_hour(s3, bucket, later):
    for key in ("taken", "given"):
        put(s3, bucket, key)
    s3.put_object_tagging(Bucket=bucket, Key="taken", Tagging=tag_set(old="yes"))
    put_rules(s3, bucket, expire(1, Filter={"Tag": {"Key": "old", "Value": "yes"}}))
    later("1d")
    s3.delete_object_tagging(Bucket=bucket, Key="taken")
    s3.put_object_tagging(Bucket=bucket, Key="given", Tagging=tag_set(old="yes"))
    later("12h")
    assert keys_of(s3, bucket) == ["taken"]


def test_rules_of_the_first_version_have_a_prefix(s3, bucket, later):
    for key in ("a", "a/b", "b/a", "a" * 1000, "a" * 1001, "b" * 1001):
        put(s3, bucket, key)
    put_rules(s3, bucket, {"ID": "one", "Status": "Enabled", "Prefix": "a", "Expiration": {"Days": 1}})
    later("2d")
    assert keys_of(s3, bucket) == ["b/a", "b" * 1001]


@pytest.mark.parametrize("length", [240, 900])
def test_prefixes_that_are_long(s3, bucket, later, length):
    prefix = "p" * length
    inside, outside = [prefix, prefix + "a", prefix + "b" * 100], ["a", "p" * 239, "p" * 238 + "q", "q"]
    for key in inside + outside:
        put(s3, bucket, key)
    put_rules(s3, bucket, expire(1, Filter={"Prefix": prefix}), expire(2, "two", Filter={"Prefix": prefix + "a"}))
    later("2d")
    assert keys_of(s3, bucket) == outside


# -- Uploads

def test_uploads_are_ended(s3, bucket, later):
    old = begin(s3, bucket, "up/old")
    send(s3, bucket, "up/old", old, 1, LARGE)
    other = begin(s3, bucket, "down/old")
    ready = begin(s3, bucket, "up/ready")
    part = send(s3, bucket, "up/ready", ready, 1, body_of(PART_MIN))
    put_rules(s3, bucket, rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2}, Filter={"Prefix": "up/"}))
    later("2d")
    young = begin(s3, bucket, "up/young")
    assert part_numbers(s3, bucket, "up/old", old) == [1]
    complete(s3, bucket, "up/ready", ready, [part])
    later("12h")
    assert uploads_of(s3, bucket) == [("down/old", other), ("up/young", young)]
    with refused("NoSuchUpload", status=404):
        send(s3, bucket, "up/old", old, 2, SMALL)
    assert keys_of(s3, bucket) == ["up/ready"]
    later("30d")
    assert uploads_of(s3, bucket) == [("down/old", other)]


def test_expirations_do_not_end_uploads(s3, bucket, later):
    upload = begin(s3, bucket, "key")
    put_rules(s3, bucket, expire(1))
    later("30d")
    assert uploads_of(s3, bucket) == [("key", upload)]
