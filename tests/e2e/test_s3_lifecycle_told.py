"""What answers tell of lifecycles: when an object expires, when an upload ends, and by which rule."""
from email.utils import format_datetime

import pytest

from harness.lifecycle import expire, go_to_noon, midnight, put_rules, rule
from harness.multipart import PART_MIN, begin, complete, send
from harness.objects import body_of, make_bucket, tag_set


@pytest.fixture
def server(clock_server):
    """At noon: no midnight passes amid a test."""
    go_to_noon(clock_server)
    return clock_server


@pytest.fixture
def s3(server, traveller):
    return traveller.client("s3")


@pytest.fixture
def bucket(traveller, s3):
    name = make_bucket(traveller)
    yield name
    s3.delete_bucket_lifecycle(Bucket=name)


def told(server, days, name):
    return f'expiry-date="{format_datetime(midnight(server, days), usegmt=True)}", rule-id="{name}"'


def head(s3, bucket, key="key", **more):
    return s3.head_object(Bucket=bucket, Key=key, **more).get("Expiration")


def test_all_that_write_and_read_tell_it(server, s3, bucket):
    put_rules(s3, bucket, expire(3, "three days"))
    wanted = told(server, 4, "three%20days")
    assert s3.put_object(Bucket=bucket, Key="key", Body=b"x")["Expiration"] == wanted
    assert s3.get_object(Bucket=bucket, Key="key")["Expiration"] == wanted
    assert s3.get_object(Bucket=bucket, Key="key", Range="bytes=0-0")["Expiration"] == wanted
    assert head(s3, bucket) == wanted
    assert s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "key"})["Expiration"] == wanted
    upload = begin(s3, bucket, "parts")
    part = send(s3, bucket, "parts", upload, 1, body_of(PART_MIN))
    assert complete(s3, bucket, "parts", upload, [part])["Expiration"] == wanted
    assert head(s3, bucket, "parts") == wanted


def test_nothing_is_told_where_nothing_expires(s3, bucket):
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    for one in (expire(1, Status="Disabled"), expire(1, Filter={"Prefix": "other"}),
                expire(1, Filter={"Tag": {"Key": "a", "Value": "b"}}), expire(1, Filter={"ObjectSizeGreaterThan": 1}),
                rule(Expiration={"ExpiredObjectDeleteMarker": True}),
                rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}),
                rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}])):
        put_rules(s3, bucket, one)
        assert head(s3, bucket) is None, one
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert head(s3, bucket) is None


def test_the_first_of_many_is_told(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    put_rules(s3, bucket, expire(9, "a"), expire(2, "b"), expire(5, "c"), expire(1, "d", Filter={"Prefix": "other"}))
    assert head(s3, bucket) == told(server, 3, "b")


def test_dates_and_tags(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    put_rules(s3, bucket, expire(1, "tag", Filter={"Tag": {"Key": "a", "Value": "b"}}),
              rule("date", Expiration={"Date": midnight(server, 30)}))
    assert head(s3, bucket) == told(server, 30, "date")
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(a="b"))
    assert head(s3, bucket) == told(server, 2, "tag")


def test_it_is_told_of_current_versions_alone(server, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put_rules(s3, bucket, expire(1))
    first, second = (s3.put_object(Bucket=bucket, Key="key", Body=b"x")["VersionId"] for _ in range(2))
    assert head(s3, bucket) == head(s3, bucket, VersionId=second) == told(server, 2, "one")
    assert head(s3, bucket, VersionId=first) is None
    s3.delete_object(Bucket=bucket, Key="key")
    assert head(s3, bucket, VersionId=second) is None


@pytest.mark.parametrize("name,text", [
    ('quote" and \\', "quote%22%20and%20%5C"), ("größer", "gr%C3%B6%C3%9Fer"), ("a\tb", "a%09b"), ("x" * 255, "x" * 255),
    ("%" * 255, "%25" * 255), ("a/b", "a%2Fb")])
def test_ids_are_encoded(server, s3, bucket, name, text):
    put_rules(s3, bucket, expire(1, name))
    assert s3.put_object(Bucket=bucket, Key="key", Body=b"x")["Expiration"] == told(server, 2, text)


# -- Uploads

def ending(days, name, **more):
    return rule(name, AbortIncompleteMultipartUpload={"DaysAfterInitiation": days}, **more)


def abort_of(answer):
    return answer.get("AbortDate"), answer.get("AbortRuleId")


def test_uploads_tell_when_they_end(server, s3, bucket):
    put_rules(s3, bucket, ending(7, "week"), ending(2, "days", Filter={"Prefix": "up/"}), expire(1, "other"))
    for key, days, name in (("up/1", 3, "days"), ("down", 8, "week")):
        begun = s3.create_multipart_upload(Bucket=bucket, Key=key)
        assert abort_of(begun) == (midnight(server, days), name)
        assert abort_of(s3.list_parts(Bucket=bucket, Key=key, UploadId=begun["UploadId"])) == (midnight(server, days), name)


def test_uploads_tell_nothing_where_no_rule_ends_them(s3, bucket):
    put_rules(s3, bucket, ending(1, "off", Status="Disabled"), ending(1, "elsewhere", Filter={"Prefix": "up/"}), expire(1))
    begun = s3.create_multipart_upload(Bucket=bucket, Key="key")
    assert abort_of(begun) == abort_of(s3.list_parts(Bucket=bucket, Key="key", UploadId=begun["UploadId"])) == (None, None)


@pytest.mark.parametrize("name", ["größer", "a\tb", "a\nb", "a\r\nx-evil: 1", "\u4e2d", "x" * 255])
def test_any_id_of_a_rule_ends_uploads(server, s3, bucket, name):
    put_rules(s3, bucket, ending(1, name))
    begun = s3.create_multipart_upload(Bucket=bucket, Key="key")
    assert abort_of(begun)[0] == midnight(server, 2)
    assert "x-evil" not in begun["ResponseMetadata"]["HTTPHeaders"]
