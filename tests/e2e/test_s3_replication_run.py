"""Replication at work within an account: what comes is there again, as it was, in the other bucket; once, and not by
anybody's say but the role's."""
import json

import pytest

from harness.account import Account, policy, statement
from harness.bodies import FileOf
from harness.multipart import begin, complete, send
from harness.objects import body_of, make_bucket, md5_of, read, tag_set, tags_of, versions_of
from harness.refusals import refused
from harness.replication import (READ_BUCKET, TRUST, permissions, replicate, replicating_role, rule, set_up, status_of,
                                 versioned)

BODY = b"to be in two places"
PART = 5 * 1024 * 1024


@pytest.fixture
def s3(traveller):
    return traveller.client("s3")


@pytest.fixture
def run(later):
    """What was put is replicated, or refused, by now."""
    return lambda: later("1s")


def put(s3, bucket, key="key", body=BODY, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)["VersionId"]


def keys(s3, bucket):
    return [row["Key"] for row in s3.list_object_versions(Bucket=bucket).get("Versions", [])]


# -- What is replicated

def test_a_replica_is_what_its_source_is(traveller, s3, run):
    source, target = set_up(traveller)
    version = put(s3, source, ContentType="text/plain", CacheControl="no-store", ContentLanguage="de",
                  ContentDisposition="inline", ContentEncoding="x", Metadata={"a": "b"}, Tagging="k=v&w=",
                  StorageClass="STANDARD_IA", ChecksumAlgorithm="SHA256", WebsiteRedirectLocation="/there")
    assert status_of(s3, source, "key") in ("PENDING", "COMPLETED")
    run()
    ours = s3.get_object(Bucket=source, Key="key", ChecksumMode="ENABLED")
    other = s3.get_object(Bucket=target, Key="key", VersionId=version, ChecksumMode="ENABLED")
    assert other["Body"].read() == ours["Body"].read() == BODY
    assert ours.pop("ReplicationStatus") == "COMPLETED"
    assert other.pop("ReplicationStatus") == "REPLICA"
    for head in (ours, other):
        for name in ("Body", "ResponseMetadata"):
            head.pop(name)
    assert ours == other
    assert tags_of(s3, target, "key") == {"k": "v", "w": ""}


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_001])
def test_bodies_of_all_sizes(traveller, s3, run, size):
    source, target = set_up(traveller)
    body = body_of(size)
    put(s3, source, body=body)
    run()
    assert read(s3, target, "key") == body
    assert s3.head_object(Bucket=target, Key="key")["ETag"] == f'"{md5_of(body)}"'
    if size > 100:
        assert read(s3, target, "key", Range="bytes=17-99") == body[17:100]


def test_parts_stay_parts(traveller, s3, run):
    source, target = set_up(traveller)
    parts = [body_of(PART, 1), body_of(PART + 7, 2), body_of(99, 3)]
    upload = begin(s3, source, "key", Metadata={"x": "y"}, ChecksumAlgorithm="CRC32C")
    rows = []
    for number, part in enumerate(parts, 1):
        answer = s3.upload_part(Bucket=source, Key="key", UploadId=upload, PartNumber=number, Body=part,
                                ChecksumAlgorithm="CRC32C")
        rows.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32C": answer["ChecksumCRC32C"]})
    s3.complete_multipart_upload(Bucket=source, Key="key", UploadId=upload, MultipartUpload={"Parts": rows})
    run()
    assert read(s3, target, "key") == b"".join(parts)
    ours, other = (s3.head_object(Bucket=name, Key="key", ChecksumMode="ENABLED") for name in (source, target))
    assert ours["ETag"] == other["ETag"] and ours["ETag"].endswith('-3"')
    assert ours["ChecksumCRC32C"] == other["ChecksumCRC32C"]
    for number, part in enumerate(parts, 1):
        assert read(s3, target, "key", PartNumber=number) == part
    told = [s3.get_object_attributes(Bucket=name, Key="key", ObjectAttributes=["ObjectParts"])["ObjectParts"]
            for name in (source, target)]
    assert told[0] == told[1]


def test_copies_are_replicated_too(traveller, s3, run):
    source, target = set_up(traveller)
    elsewhere = make_bucket(traveller)
    put_plain = s3.put_object(Bucket=elsewhere, Key="from", Body=BODY)
    assert "VersionId" not in put_plain
    version = s3.copy_object(Bucket=source, Key="to", CopySource=f"{elsewhere}/from")["VersionId"]
    run()
    assert read(s3, target, "to", VersionId=version) == BODY


def test_versions_come_in_the_order_of_their_hours(traveller, s3, run):
    source, target = set_up(traveller)
    first = put(s3, source, body=b"1")
    run()
    own = put(s3, target, body=b"own")
    second, third = put(s3, source, body=b"2"), put(s3, source, body=b"3")
    run()
    assert [row[0] for row in versions_of(s3, target, "key")][0] == third
    assert {row[0] for row in versions_of(s3, target, "key")} == {first, own, second, third}
    listed = s3.list_object_versions(Bucket=target, Prefix="key")["Versions"]
    assert [row["VersionId"] for row in listed] == [third, second, own, first]
    assert read(s3, target, "key") == b"3"
    assert status_of(s3, target, "key", VersionId=own) is None


def test_a_null_version_that_is_there_stays(traveller, s3, run):
    source, target = versioned(traveller), make_bucket(traveller)
    s3.put_object(Bucket=target, Key="key", Body=b"null")
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    put(s3, source)
    run()
    assert read(s3, target, "key") == BODY
    assert read(s3, target, "key", VersionId="null") == b"null"


def test_long_keys(traveller, s3, run):
    source, target = set_up(traveller)
    key = "ä b/" * 200
    version = put(s3, source, key)
    run()
    assert read(s3, target, key, VersionId=version) == BODY
    assert status_of(s3, source, key) == "COMPLETED"


# -- What is not

def test_what_was_there_before_is_not_touched(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    put(s3, source, "old")
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    s3.put_object_tagging(Bucket=source, Key="old", Tagging=tag_set(a="b"))
    run()
    assert keys(s3, target) == []
    assert status_of(s3, source, "old") is None


def test_filters(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target)
    tag = {"Key": "copy", "Value": "yes"}
    replicate(s3, source, role, rule(target, "prefix", 1, Filter={"Prefix": "a/"}),
              rule(target, "tag", 2, Filter={"Tag": tag}),
              rule(target, "both", 3, Filter={"And": {"Prefix": "b/", "Tags": [{"Key": "x", "Value": "1"}, tag]}},
                   to={"StorageClass": "ONEZONE_IA"}),
              rule(target, "off", 4, Filter={"Prefix": ""}, Status="Disabled"))
    for key, tags in (("a/1", ""), ("c", ""), ("c/tagged", "copy=yes"), ("b/", "x=1"), ("b/both", "copy=yes&x=1"),
                      ("wrong", "copy=no")):
        put(s3, source, key, Tagging=tags)
    put(s3, source, "later")
    s3.put_object_tagging(Bucket=source, Key="later", Tagging=tag_set(copy="yes"))
    run()
    assert keys(s3, target) == ["a/1", "b/both", "c/tagged"]
    assert s3.head_object(Bucket=target, Key="b/both")["StorageClass"] == "ONEZONE_IA", "of the highest priority"
    assert "StorageClass" not in s3.head_object(Bucket=target, Key="c/tagged")
    assert [status_of(s3, source, key) for key in ("c", "b/", "wrong", "later")] == [None] * 4


def test_rules_of_the_first_version(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    old = {"ID": "v1", "Status": "Enabled", "Prefix": "a", "Destination": {"Bucket": f"arn:aws:s3:::{target}"}}
    replicate(s3, source, replicating_role(traveller, source, target), old)
    put(s3, source, "a1")
    put(s3, source, "b1")
    run()
    assert keys(s3, target) == ["a1"]
    marker = s3.delete_object(Bucket=source, Key="a1")["VersionId"]
    s3.delete_object(Bucket=source, Key="b1")
    run()
    assert versions_of(s3, target, "a1")[0] == (marker, True)
    assert versions_of(s3, target, "b1") == []


def test_cold_objects_are_not_replicated(traveller, s3, run):
    source, target = set_up(traveller)
    put(s3, source, "cold", StorageClass="GLACIER")
    put(s3, source, "colder", StorageClass="DEEP_ARCHIVE")
    run()
    assert keys(s3, target) == []
    assert status_of(s3, source, "cold") is None


def test_replicas_are_not_replicated_again(traveller, s3, run):
    one, two, three = (versioned(traveller) for _ in range(3))
    replicate(s3, two, replicating_role(traveller, two, three), rule(three))
    replicate(s3, one, replicating_role(traveller, one, two), rule(two))
    version = put(s3, one)
    run()
    assert read(s3, two, "key", VersionId=version) == BODY
    assert keys(s3, three) == []
    assert status_of(s3, two, "key") == "REPLICA"
    own = put(s3, two, "own")
    run()
    assert [row[0] for row in versions_of(s3, three, "own")] == [own]
    assert keys(s3, one) == ["key"]


def test_both_ways(traveller, s3, run):
    one, two = set_up(traveller)
    replicate(s3, two, replicating_role(traveller, two, one), rule(one))
    here, there = put(s3, one, "here"), put(s3, two, "there")
    run()
    for bucket in (one, two):
        assert versions_of(s3, bucket, "here") == [(here, False)]
        assert versions_of(s3, bucket, "there") == [(there, False)]
    assert [status_of(s3, one, key) for key in ("here", "there")] == ["COMPLETED", "REPLICA"]


# -- Deletes

def test_delete_markers_by_rule(traveller, s3, run):
    source, target = set_up(traveller, markers="Enabled")
    version = put(s3, source)
    run()
    marker = s3.delete_object(Bucket=source, Key="key")["VersionId"]
    s3.delete_objects(Bucket=source, Delete={"Objects": [{"Key": "never was"}]})
    run()
    assert versions_of(s3, target, "key") == [(marker, True), (version, False)]
    assert [row[1] for row in versions_of(s3, target, "never was")] == [True]


def test_deletes_of_versions_are_never_replicated(traveller, s3, run):
    source, target = set_up(traveller, markers="Enabled")
    version = put(s3, source)
    marker = s3.delete_object(Bucket=source, Key="key")["VersionId"]
    run()
    s3.delete_object(Bucket=source, Key="key", VersionId=marker)
    s3.delete_object(Bucket=source, Key="key", VersionId=version)
    run()
    assert versions_of(s3, source, "key") == []
    assert versions_of(s3, target, "key") == [(marker, True), (version, False)]


def test_markers_stay_where_the_rule_does_not_take_them(traveller, s3, run):
    source, target = set_up(traveller)
    version = put(s3, source)
    s3.delete_object(Bucket=source, Key="key")
    run()
    assert versions_of(s3, target, "key") == [(version, False)]


def test_markers_of_lifecycles_stay(traveller, s3, run, later):
    source, target = set_up(traveller, markers="Enabled")
    version = put(s3, source)
    s3.put_bucket_lifecycle_configuration(Bucket=source, LifecycleConfiguration={"Rules": [
        {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})
    later("3d")
    assert [row[1] for row in versions_of(s3, source, "key")] == [True, False]
    assert versions_of(s3, target, "key") == [(version, False)]
    s3.delete_bucket_lifecycle(Bucket=source)


# -- Several

def test_two_targets_and_a_status_for_both(traveller, s3, run):
    source, good, bad = (versioned(traveller) for _ in range(3))
    role = replicating_role(traveller, source, good, bad)
    replicate(s3, source, role, rule(good, "good", 1), rule(bad, "bad", 2))
    put(s3, source, "both")
    run()
    assert read(s3, good, "both") == read(s3, bad, "both") == BODY
    assert status_of(s3, source, "both") == "COMPLETED"
    s3.put_bucket_versioning(Bucket=bad, VersioningConfiguration={"Status": "Suspended"})
    put(s3, source, "one")
    run()
    assert read(s3, good, "one") == BODY
    assert "one" not in keys(s3, bad)
    assert status_of(s3, source, "one") == "FAILED"


def test_a_target_that_is_gone(traveller, s3, run):
    source, target = set_up(traveller)
    s3.delete_bucket(Bucket=target)
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"


def test_what_is_deleted_before_its_turn(traveller, s3, run):
    source, target = set_up(traveller)
    version = put(s3, source)
    s3.delete_object(Bucket=source, Key="key", VersionId=version)
    run()
    assert versions_of(s3, source, "key") == []


# -- The role

def test_a_role_that_does_not_trust_s3(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    stranger = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "ec2.amazonaws.com"}}]}
    replicate(s3, source, replicating_role(traveller, source, target, trusted=stranger), rule(target))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert keys(s3, target) == []
    event = traveller.event("AssumeRole")
    assert event["errorCode"] == "AccessDenied"
    assert event["userIdentity"] == {"type": "AWSService", "invokedBy": "s3.amazonaws.com"}


def test_trust_may_depend_on_the_bucket(traveller, s3, run):
    source, other, target = (versioned(traveller) for _ in range(3))
    only = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Condition": {"ArnEquals": {
        "aws:SourceArn": f"arn:aws:s3:::{source}"}, "StringEquals": {"aws:SourceAccount": traveller.id}}}]}
    role = traveller.role(trusted=only, policy=policy("s3:*"))
    for bucket in (source, other):
        replicate(s3, bucket, role, rule(target))
        put(s3, bucket, bucket)
    run()
    assert keys(s3, target) == [source]
    assert status_of(s3, other, other) == "FAILED"


def test_the_session_of_the_role_is_on_record(traveller, s3, run):
    source, target = set_up(traveller)
    put(s3, source)
    run()
    event = traveller.event("AssumeRole")
    assert event["requestParameters"]["roleSessionName"] == "s3-replication"
    assert event["userIdentity"]["invokedBy"] == event["sourceIPAddress"] == "s3.amazonaws.com"
    assert event["readOnly"]


NEEDED = READ_BUCKET + ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:ReplicateObject"]


@pytest.mark.parametrize("missing", NEEDED)
def test_each_permission_is_needed(traveller, s3, run, missing):
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target, but=[missing])
    replicate(s3, source, role, rule(target))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert keys(s3, target) == []
    traveller.iam.put_role_policy(RoleName=role.split("/")[-1], PolicyName="inline",
                                  PolicyDocument=json.dumps(permissions(source, target)))
    run()
    assert status_of(s3, source, "key") == "FAILED", "there is no other try"
    put(s3, source, "again")
    run()
    assert keys(s3, target) == ["again"]


@pytest.mark.parametrize("action, place", [("s3:ReplicateObject", "target"), ("s3:GetObjectVersionForReplication", "source"),
                                           ("s3:ListBucket", "source")])
def test_policies_of_the_buckets_may_deny(traveller, s3, run, action, place):
    source, target = set_up(traveller)
    bucket = {"source": source, "target": target}[place]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(
        statement(action, "Deny", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], Principal="*"))))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert keys(s3, target) == []


@pytest.mark.parametrize("condition", [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
                                       {"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}])
def test_the_role_comes_over_tls_and_signed(traveller, s3, run, condition):
    source, target = set_up(traveller)
    put(s3, source)
    for bucket in (source, target):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(
            statement("s3:*", "Deny", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], Principal="*",
                      Condition=condition))))
    run()
    for bucket in (source, target):
        s3.delete_bucket_policy(Bucket=bucket)
    assert status_of(s3, source, "key") == "COMPLETED"
    assert keys(s3, target) == ["key"]


def test_a_damaged_body_is_given_up(disk_server, home):
    """Its file is there before it is an object, which is when replication begins."""
    account, later = Account.create(disk_server, home), disk_server.admin.advance
    s3 = account.client("s3")
    source, target = set_up(account)
    upload = begin(s3, source, "key")
    with FileOf(disk_server.data) as file:
        part = send(s3, source, "key", upload, 1, body_of(200_000))
    file.flip(100_000)
    complete(s3, source, "key", upload, [part])
    later("1s")
    assert status_of(s3, source, "key") == "PENDING"
    for _ in range(10):
        later("15m")
    assert status_of(s3, source, "key") == "FAILED"
    assert keys(s3, target) == []
    assert "cannot be replicated" in disk_server.log()


def test_reading_by_the_older_permission(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target, but=["s3:GetObjectVersionForReplication"],
                            more=[statement("s3:GetObjectVersion", resource=f"arn:aws:s3:::{source}/*")])
    replicate(s3, source, role, rule(target))
    put(s3, source)
    run()
    assert read(s3, target, "key") == BODY


def test_tags_that_the_role_may_not_read_or_hand_on(traveller, s3, run):
    source, one, two = (versioned(traveller) for _ in range(3))
    role = replicating_role(traveller, source, one, two, but=["s3:ReplicateTags"])
    replicate(s3, source, role, rule(one, "one", 1), rule(two, "two", 2))
    s3.put_bucket_policy(Bucket=two, Policy=json.dumps(policy(
        statement("s3:ReplicateTags", "Deny", f"arn:aws:s3:::{two}/*", Principal="*"))))
    put(s3, source, Tagging="a=b")
    run()
    assert status_of(s3, source, "key") == "COMPLETED"
    assert tags_of(s3, one, "key") == {"a": "b"}, "s3:ReplicateObject is enough"
    assert tags_of(s3, two, "key") == {}, "denied"
    traveller.iam.put_role_policy(RoleName=role.split("/")[-1], PolicyName="inline", PolicyDocument=json.dumps(
        permissions(source, one, two, but=["s3:GetObjectVersionTagging"])))
    put(s3, source, Tagging="a=b")
    run()
    assert status_of(s3, source, "key") == "COMPLETED"
    assert tags_of(s3, one, "key") == {}


def test_markers_need_their_permission(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    replicate(s3, source, replicating_role(traveller, source, target, but=["s3:ReplicateDelete"]),
              rule(target, markers="Enabled"))
    version = put(s3, source)
    s3.delete_object(Bucket=source, Key="key")
    run()
    assert versions_of(s3, target, "key") == [(version, False)]


def test_a_rule_that_is_gone_before_its_turn(traveller, s3, run):
    source, target = set_up(traveller)
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    with refused("InvalidBucketState"):
        s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Suspended"})
    put(s3, source)
    run()
    s3.delete_bucket_replication(Bucket=source)
    put(s3, source, "after")
    run()
    assert keys(s3, target) == ["key"]
    assert status_of(s3, source, "after") is None
