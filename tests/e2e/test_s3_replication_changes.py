"""What changes of a version changes of its replica: tags, ACLs, locks. The other way round only where both buckets say so.
No lock becomes weaker by it."""
import json
from datetime import timedelta

import pytest

from harness.account import policy, statement
from harness.lifecycle import now
from harness.objects import content_md5, read, tag_set, tags_of, versions_of
from harness.refusals import refused
from harness.replication import permissions, replicate, replicating_role, rule, set_up, status_of, versioned

BODY = b"to be changed"
SYNC = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def s3(traveller):
    return traveller.client("s3")


@pytest.fixture
def run(later):
    return lambda: later("1s")


def put(s3, bucket, key="key", **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=BODY, **more)["VersionId"]


def statuses(s3, *buckets, key="key"):
    return [status_of(s3, bucket, key) for bucket in buckets]


# -- Tags

def test_tags_follow(traveller, s3, run):
    source, target = set_up(traveller)
    first = put(s3, source, Tagging="a=1")
    second = put(s3, source)
    run()
    s3.put_object_tagging(Bucket=source, Key="key", VersionId=first, Tagging=tag_set(b="2"))
    run()
    assert tags_of(s3, target, "key", VersionId=first) == {"b": "2"}
    assert tags_of(s3, target, "key", VersionId=second) == {}
    assert status_of(s3, source, "key", VersionId=first) == "COMPLETED"
    s3.delete_object_tagging(Bucket=source, Key="key", VersionId=first)
    run()
    assert tags_of(s3, target, "key", VersionId=first) == {}
    assert len(versions_of(s3, target, "key")) == 2, "a change is no version"
    assert statuses(s3, source, target) == ["COMPLETED", "REPLICA"]


def test_changes_before_the_first_turn_come_along(traveller, s3, run):
    source, target = set_up(traveller, Filter={"Tag": {"Key": "copy", "Value": "yes"}})
    put(s3, source, Tagging="copy=yes")
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(other="1"))
    run()
    assert tags_of(s3, target, "key") == {"other": "1"}
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(other="2"))
    run()
    assert tags_of(s3, target, "key") == {"other": "2"}, "it went there once, whatever its tags are now"


def test_changes_of_the_replica_stay_there(traveller, s3, run):
    source, target = set_up(traveller)
    replicate(s3, target, replicating_role(traveller, target, source), rule(source))
    put(s3, source, Tagging="a=1")
    run()
    s3.put_object_tagging(Bucket=target, Key="key", Tagging=tag_set(b="2"))
    run()
    assert tags_of(s3, source, "key") == {"a": "1"}
    assert statuses(s3, source, target) == ["COMPLETED", "REPLICA"]


def test_a_replica_that_was_deleted_stays_so(traveller, s3, run):
    source, target = set_up(traveller)
    version = put(s3, source)
    run()
    s3.delete_object(Bucket=target, Key="key", VersionId=version)
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(b="2"))
    run()
    assert versions_of(s3, target, "key") == []
    assert status_of(s3, source, "key") == "FAILED"


@pytest.mark.parametrize("missing", ["s3:GetObjectVersionTagging", "s3:ReplicateObject", "s3:GetReplicationConfiguration"])
def test_a_change_needs_its_permissions(traveller, s3, run, missing):
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target)
    replicate(s3, source, role, rule(target))
    put(s3, source, Tagging="a=1")
    run()
    traveller.iam.put_role_policy(RoleName=role.split("/")[-1], PolicyName="inline",
                                  PolicyDocument=json.dumps(permissions(source, target, but=[missing])))
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(a="2"))
    run()
    assert tags_of(s3, target, "key") == {"a": "1"}
    assert status_of(s3, source, "key") == "FAILED"


def test_tags_are_not_taken_where_that_is_denied(traveller, s3, run):
    source, target = set_up(traveller)
    put(s3, source, Tagging="a=1")
    run()
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps(policy(
        statement("s3:ReplicateTags", "Deny", f"arn:aws:s3:::{target}/*", Principal="*"))))
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(a="2"))
    run()
    assert tags_of(s3, target, "key") == {"a": "1"}
    assert status_of(s3, source, "key") == "FAILED"


# -- Replica modification sync

def sync(traveller, s3, one=SYNC, two=SYNC, **more):
    a, b = versioned(traveller, **more), versioned(traveller, **more)
    replicate(s3, a, replicating_role(traveller, a, b), rule(b, **one))
    replicate(s3, b, replicating_role(traveller, b, a), rule(a, **two))
    return a, b


def test_changes_of_the_replica_go_back(traveller, s3, run):
    source, target = sync(traveller, s3)
    version = put(s3, source, Tagging="a=1")
    run()
    s3.put_object_tagging(Bucket=target, Key="key", Tagging=tag_set(b="2"))
    run()
    for bucket in (source, target):
        assert tags_of(s3, bucket, "key") == {"b": "2"}
        assert versions_of(s3, bucket, "key") == [(version, False)]
    assert statuses(s3, source, target) == ["COMPLETED", "REPLICA"]
    s3.put_object_tagging(Bucket=source, Key="key", Tagging=tag_set(c="3"))
    run()
    assert tags_of(s3, target, "key") == {"c": "3"}
    assert statuses(s3, source, target) == ["COMPLETED", "REPLICA"]


@pytest.mark.parametrize("side", ["one", "two"])
def test_both_buckets_have_to_say_so(traveller, s3, run, side):
    source, target = sync(traveller, s3, **{side: {}})
    put(s3, source, Tagging="a=1")
    run()
    s3.put_object_tagging(Bucket=target, Key="key", Tagging=tag_set(b="2"))
    run()
    assert tags_of(s3, source, "key") == {"a": "1"}
    assert status_of(s3, target, "key") == "REPLICA"


def test_a_change_that_cannot_go_back(traveller, s3, run):
    source, target = sync(traveller, s3)
    version = put(s3, source, Tagging="a=1")
    run()
    s3.delete_object(Bucket=source, Key="key", VersionId=version)
    s3.put_object_tagging(Bucket=target, Key="key", Tagging=tag_set(b="2"))
    run()
    assert versions_of(s3, source, "key") == [], "it does not come back"
    assert status_of(s3, target, "key") == "FAILED"


# -- ACLs

def acl_bucket(traveller, s3):
    name = versioned(traveller)
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=name)
    return name


def granted(s3, bucket, key="key"):
    grants = s3.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    return sorted((row["Grantee"].get("URI") or "owner", row["Permission"]) for row in grants)


PUBLIC = sorted([(ALL_USERS, "READ"), ("owner", "FULL_CONTROL")])
PRIVATE = [("owner", "FULL_CONTROL")]


def test_acls_follow(traveller, s3, run):
    source, target = acl_bucket(traveller, s3), acl_bucket(traveller, s3)
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    put(s3, source, ACL="public-read")
    run()
    assert granted(s3, target) == PUBLIC
    s3.put_object_acl(Bucket=source, Key="key", ACL="private")
    run()
    assert granted(s3, target) == PRIVATE
    s3.put_object_acl(Bucket=source, Key="key", ACL="public-read")
    run()
    assert granted(s3, target) == PUBLIC


def test_no_public_list_where_those_are_blocked(traveller, s3, run):
    source, target = acl_bucket(traveller, s3), acl_bucket(traveller, s3)
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    s3.put_public_access_block(Bucket=target, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    put(s3, source, "public", ACL="public-read")
    put(s3, source)
    run()
    assert statuses(s3, source, key="public") == ["FAILED"]
    assert versions_of(s3, target, "public") == []
    s3.put_object_acl(Bucket=source, Key="key", ACL="public-read")
    run()
    assert granted(s3, target) == PRIVATE
    assert status_of(s3, source, "key") == "FAILED"


def test_without_acls_there_is_none(traveller, s3, run):
    source, target = acl_bucket(traveller, s3), versioned(traveller)
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    put(s3, source, ACL="public-read")
    run()
    s3.put_object_acl(Bucket=source, Key="key", ACL="public-read")
    run()
    assert granted(s3, target) == PRIVATE
    s3.put_bucket_ownership_controls(Bucket=target, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert granted(s3, target) == PRIVATE, "nor is it kept for later"
    assert status_of(s3, source, "key") == "COMPLETED"


# -- Object Lock

LOCKING = {"ObjectLockEnabledForBucket": True}


def locked(traveller, s3):
    source, target = versioned(traveller, **LOCKING), versioned(traveller, **LOCKING)
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    return source, target


def put_locked(s3, bucket, key="key", **lock):
    return put(s3, bucket, key, ContentMD5=content_md5(BODY), **lock)


def lock_of(s3, bucket, key="key"):
    head = s3.head_object(Bucket=bucket, Key=key)
    return tuple(head.get(name) for name in ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"))


def hour(traveller, **delta):
    return now(traveller.server).replace(microsecond=0) + timedelta(**delta)


def test_locks_come_along(traveller, s3, run):
    source, target = locked(traveller, s3)
    until = hour(traveller, days=3)
    version = put_locked(s3, source, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until,
                         ObjectLockLegalHoldStatus="ON")
    run()
    assert lock_of(s3, target) == ("COMPLIANCE", until, "ON")
    with refused("AccessDenied"):
        s3.delete_object(Bucket=target, Key="key", VersionId=version)


def test_the_default_of_the_target_is_for_what_comes_without(traveller, s3, run):
    source, target = locked(traveller, s3)
    s3.put_object_lock_configuration(Bucket=target, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 9}}})
    until = hour(traveller, days=3)
    put_locked(s3, source, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
    put(s3, source, "free")
    run()
    assert lock_of(s3, target)[:2] == ("COMPLIANCE", until)
    assert lock_of(s3, target, "free")[0] == "GOVERNANCE"
    assert lock_of(s3, source, "free")[0] is None


def test_a_target_without_object_lock(traveller, s3, run):
    source, target = versioned(traveller, **LOCKING), versioned(traveller)
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert versions_of(s3, target, "key") == []


@pytest.mark.parametrize("missing", ["s3:GetObjectRetention", "s3:GetObjectLegalHold"])
def test_locks_need_their_permissions(traveller, s3, run, missing):
    source, target = versioned(traveller, **LOCKING), versioned(traveller, **LOCKING)
    replicate(s3, source, replicating_role(traveller, source, target, but=[missing]), rule(target))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"


def test_a_limit_of_retention_holds_for_replicas(traveller, s3, run):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits"""
    source, target = locked(traveller, s3)
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps(policy(statement(
        "s3:ReplicateObject", "Deny", f"arn:aws:s3:::{target}/*", Principal="*",
        Condition={"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}}))))
    for key, days in (("short", 5), ("long", 50)):
        put_locked(s3, source, key, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=hour(traveller, days=days))
    run()
    assert [status_of(s3, source, key) for key in ("short", "long")] == ["COMPLETED", "FAILED"]


def test_locks_grow_and_do_not_shrink(traveller, s3, run):
    source, target = locked(traveller, s3)
    near, far = hour(traveller, days=3), hour(traveller, days=30)
    put_locked(s3, source, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=near)
    run()
    retain = {"Bucket": source, "Key": "key", "BypassGovernanceRetention": True}
    s3.put_object_retention(**retain, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": far})
    run()
    assert lock_of(s3, target)[:2] == ("GOVERNANCE", far)
    assert status_of(s3, source, "key") == "COMPLETED"
    for weaker in ({"Mode": "GOVERNANCE", "RetainUntilDate": near}, {}):
        s3.put_object_retention(**retain, Retention=weaker)
        run()
        assert lock_of(s3, target)[:2] == ("GOVERNANCE", far)
        assert status_of(s3, source, "key") == "FAILED"


def test_holds_come_and_do_not_go(traveller, s3, run):
    source, target = locked(traveller, s3)
    put(s3, source)
    run()
    s3.put_object_legal_hold(Bucket=source, Key="key", LegalHold={"Status": "ON"})
    run()
    assert lock_of(s3, target)[2] == "ON"
    s3.put_object_legal_hold(Bucket=source, Key="key", LegalHold={"Status": "OFF"})
    run()
    assert lock_of(s3, target)[2] == "ON"
    assert status_of(s3, source, "key") == "FAILED"


def test_locks_go_back_by_sync(traveller, s3, run):
    source, target = sync(traveller, s3, **LOCKING)
    put(s3, source)
    run()
    until = hour(traveller, days=4)
    s3.put_object_retention(Bucket=target, Key="key", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    run()
    assert lock_of(s3, source)[:2] == ("COMPLIANCE", until)
    assert statuses(s3, source, target) == ["COMPLETED", "REPLICA"]


def test_a_version_of_another_of_the_target_is_never_touched(traveller, s3, run):
    source, target = locked(traveller, s3)
    until = hour(traveller, days=3)
    own = put_locked(s3, target, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
    put(s3, source)
    run()
    assert read(s3, target, "key", VersionId=own) == BODY
    assert len(versions_of(s3, target, "key")) == 2
