"""Whatever S3 can do to a locked version leaves it as it was, until its hour. Every operation that could free or alter
one is tried, under every kind of lock, by everyone."""
import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from harness.account import policy, statement
from harness.objects import content_md5, make_bucket, read, tag_set
from harness.refusals import refused
from harness.replication import replicate, replicating_role, rule, versioned

BODY = b"to be kept"
LOCKED = "Access Denied because object protected by object lock."
KINDS = ["governance", "compliance", "hold", "default"]
BUT_BYPASS = policy("*", statement("s3:BypassGovernanceRetention", "Deny"))


def hour(**delta):
    return (datetime.now(timezone.utc) + timedelta(**delta)).replace(microsecond=0)


def default_rule(mode, days):
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Days": days}}}


def lock(s3, bucket, kind, key="key", **until):
    """A version under a lock of this kind; what HeadObject says of it."""
    more = {"governance": {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": hour(**until)},
            "compliance": {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": hour(**until)},
            "hold": {"ObjectLockLegalHoldStatus": "ON"}, "default": {}}[kind]
    if kind == "default":
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=default_rule("GOVERNANCE", 2))
    version = s3.put_object(Bucket=bucket, Key=key, Body=BODY, ContentMD5=content_md5(BODY), **more)["VersionId"]
    return version, state(s3, bucket, key, version)


def state(s3, bucket, key, version):
    head = s3.head_object(Bucket=bucket, Key=key, VersionId=version)
    return {name: head.get(name) for name in ("ETag", "LastModified", "VersionId", "ContentLength", "ObjectLockMode",
                                              "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")}


# -- What is tried: (name, call, the error that it must give or None)

def weaker(kind):
    """Retentions that would be weaker than the one that there is."""
    near, far = hour(minutes=1), hour(days=400)
    if kind == "compliance":
        return [{}, {"Mode": "COMPLIANCE", "RetainUntilDate": near}, {"Mode": "GOVERNANCE", "RetainUntilDate": near},
                {"Mode": "GOVERNANCE", "RetainUntilDate": far}]
    return [{}, {"Mode": "GOVERNANCE", "RetainUntilDate": near}, {"Mode": "COMPLIANCE", "RetainUntilDate": near},
            {"Mode": "COMPLIANCE", "RetainUntilDate": far}]


def attempts(s3, bucket, key, version, kind, bypass):
    more = {"BypassGovernanceRetention": True} if bypass else {}
    yield "delete", lambda: s3.delete_object(Bucket=bucket, Key=key, VersionId=version, **more), "AccessDenied"
    yield "delete in a batch", lambda: batch(s3, bucket, key, version, **more), "AccessDenied"
    yield "mark", lambda: s3.delete_object(Bucket=bucket, Key=key, **more), None
    yield "overwrite", lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"new", ContentMD5=content_md5(b"new")), None
    yield "copy over", lambda: s3.copy_object(Bucket=bucket, Key=key, CopySource=f"{bucket}/{key}",
                                              MetadataDirective="REPLACE"), None
    yield "copy a version over", lambda: s3.copy_object(
        Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key, "VersionId": version}), None
    yield "parts over", lambda: in_parts(s3, bucket, key), None
    if kind != "hold":
        for retention in weaker(kind):
            yield f"retain {retention}", lambda retention=retention: s3.put_object_retention(
                Bucket=bucket, Key=key, VersionId=version, Retention=retention, **more), "AccessDenied"
        yield "no hold", lambda: s3.put_object_legal_hold(Bucket=bucket, Key=key, VersionId=version,
                                                          LegalHold={"Status": "ON"}), None
        yield "lift the hold", lambda: s3.put_object_legal_hold(Bucket=bucket, Key=key, VersionId=version,
                                                                LegalHold={"Status": "OFF"}), None
    else:
        yield "retain", lambda: s3.put_object_retention(Bucket=bucket, Key=key, VersionId=version, Retention={}, **more), None
    yield "tag", lambda: s3.put_object_tagging(Bucket=bucket, Key=key, VersionId=version, Tagging=tag_set(a="1")), None
    yield "untag", lambda: s3.delete_object_tagging(Bucket=bucket, Key=key, VersionId=version), None
    yield "acl", lambda: s3.put_object_acl(Bucket=bucket, Key=key, VersionId=version, ACL="bucket-owner-full-control"), None
    yield "suspend", lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}), \
        "InvalidBucketState"
    yield "no rule", lambda: s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}), None
    yield "a short rule", lambda: s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration=default_rule("GOVERNANCE", 1)), None
    yield "encryption", lambda: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}), None
    yield "delete the bucket", lambda: s3.delete_bucket(Bucket=bucket), "BucketNotEmpty"


def in_parts(s3, bucket, key):
    upload = {"Bucket": bucket, "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"new", ContentMD5=content_md5(b"new"))["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


def batch(s3, bucket, key, version, **more):
    """The error of one is the error of the call here."""
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key, "VersionId": version}]}, **more)
    for error in answer.get("Errors", []):
        raise ClientError({"Error": {"Code": error["Code"], "Message": error["Message"]}}, "DeleteObjects")


def walk(s3, watcher, bucket, key, version, before, kind, bypass=False):
    def now():
        found = state(watcher, bucket, key, version)
        return {name: value for name, value in found.items() if kind == "hold" or "Hold" not in name}

    before = {name: value for name, value in before.items() if kind == "hold" or "Hold" not in name}
    for name, call, error in attempts(s3, bucket, key, version, kind, bypass):
        if error is None:
            call()
        else:
            with pytest.raises(ClientError) as caught:
                call()
            assert caught.value.response["Error"]["Code"] == error, name
        if kind == "hold" and name == "retain":
            continue
        assert now() == before, name
        assert read(watcher, bucket, key, VersionId=version) == BODY, name


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account, ObjectLockEnabledForBucket=True)


@pytest.mark.parametrize("kind", KINDS)
def test_as_root(s3, bucket, kind):
    version, before = lock(s3, bucket, kind, days=300)
    walk(s3, s3, bucket, "key", version, before, kind)


@pytest.mark.parametrize("kind", ["compliance", "hold"])
def test_as_root_with_bypass(s3, bucket, kind):
    version, before = lock(s3, bucket, kind, days=300)
    walk(s3, s3, bucket, "key", version, before, kind, bypass=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bypass", [False, True])
def test_as_a_user_who_may_all_but_bypass(account, s3, bucket, kind, bypass):
    version, before = lock(s3, bucket, kind, days=300)
    client = account.user(policy=BUT_BYPASS).client("s3")
    walk(client, s3, bucket, "key", version, before, kind, bypass)


@pytest.mark.parametrize("kind", KINDS)
def test_as_the_root_of_another_account_that_may_do_all(other_account, s3, bucket, kind):
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(
        {"Effect": "Allow", "Principal": {"AWS": other_account.id}, "Action": "s3:*",
         "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]},
        {"Effect": "Deny", "Principal": {"AWS": other_account.id}, "Action": "s3:BypassGovernanceRetention",
         "Resource": f"arn:aws:s3:::{bucket}/*"})))
    version, before = lock(s3, bucket, kind, days=300)
    walk(other_account.client("s3"), s3, bucket, "key", version, before, kind)


@pytest.mark.parametrize("kind", ["governance", "default"])
def test_governance_yields_to_whoever_may_bypass_and_says_so(account, s3, bucket, kind):
    version, _ = lock(s3, bucket, kind, days=300)
    user = account.user(policy=policy("s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:BypassGovernanceRetention"))
    client = user.client("s3")
    with refused("AccessDenied", LOCKED, 403):
        client.delete_object(Bucket=bucket, Key="key", VersionId=version)
    client.put_object_retention(Bucket=bucket, Key="key", VersionId=version, BypassGovernanceRetention=True,
                                Retention={"Mode": "GOVERNANCE", "RetainUntilDate": hour(days=1)})
    with refused("AccessDenied", LOCKED, 403):
        client.delete_object(Bucket=bucket, Key="key", VersionId=version)
    client.delete_object(Bucket=bucket, Key="key", VersionId=version, BypassGovernanceRetention=True)
    with refused("NoSuchVersion"):
        s3.get_object(Bucket=bucket, Key="key", VersionId=version)


def test_a_hold_does_not_yield_to_bypass_but_may_be_lifted(s3, bucket):
    version, _ = lock(s3, bucket, "hold")
    with refused("AccessDenied", LOCKED, 403):
        s3.delete_object(Bucket=bucket, Key="key", VersionId=version, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(Bucket=bucket, Key="key", VersionId=version, LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
    with refused("NoSuchVersion"):
        s3.get_object(Bucket=bucket, Key="key", VersionId=version)


# -- The hour

@pytest.mark.parametrize("kind", ["governance", "compliance", "default"])
def test_it_is_free_at_its_hour_and_not_before(traveller, later, kind):
    s3 = traveller.client("s3")
    bucket = make_bucket(traveller, ObjectLockEnabledForBucket=True)
    version, _ = lock_for_two_days(s3, bucket, kind)
    for advance in ("1d", "23h58m"):
        later(advance)
        with refused("AccessDenied", LOCKED, 403):
            s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
        assert read(s3, bucket, "key", VersionId=version) == BODY
    later("3m")
    assert read(s3, bucket, "key", VersionId=version) == BODY
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
    with refused("NoSuchVersion"):
        s3.get_object(Bucket=bucket, Key="key", VersionId=version)
    s3.delete_bucket(Bucket=bucket)


def lock_for_two_days(s3, bucket, kind):
    """By the server's clock, which earlier tests have advanced."""
    probe = s3.put_object(Bucket=bucket, Key="probe", Body=b"")
    now = s3.head_object(Bucket=bucket, Key="probe")["LastModified"]
    s3.delete_object(Bucket=bucket, Key="probe", VersionId=probe["VersionId"])
    if kind == "default":
        return lock(s3, bucket, kind)
    version = s3.put_object(Bucket=bucket, Key="key", Body=BODY, ContentMD5=content_md5(BODY),
                            ObjectLockMode=kind.upper(), ObjectLockRetainUntilDate=now + timedelta(days=2))["VersionId"]
    return version, None


def test_a_hold_has_no_hour(traveller, later):
    s3 = traveller.client("s3")
    bucket = make_bucket(traveller, ObjectLockEnabledForBucket=True)
    version, _ = lock(s3, bucket, "hold")
    later("400d")
    with refused("AccessDenied", LOCKED, 403):
        s3.delete_object(Bucket=bucket, Key="key", VersionId=version)


def test_an_hour_that_is_past_binds_nobody(traveller, later):
    s3 = traveller.client("s3")
    bucket = make_bucket(traveller, ObjectLockEnabledForBucket=True)
    version, _ = lock_for_two_days(s3, bucket, "compliance")
    later("2d1m")
    assert s3.get_object_retention(Bucket=bucket, Key="key")["Retention"]["Mode"] == "COMPLIANCE"
    s3.put_object_retention(Bucket=bucket, Key="key", VersionId=version, Retention={})
    with refused("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404):
        s3.get_object_retention(Bucket=bucket, Key="key")
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)


# -- A version that was there before there were locks

def test_the_null_version_is_locked_like_others(account, s3):
    bucket = make_bucket(account)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    s3.put_object_retention(Bucket=bucket, Key="key", VersionId="null",
                            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": hour(days=300)})
    walk(s3, s3, bucket, "key", "null", state(s3, bucket, "key", "null"), "compliance", bypass=True)


# -- What comes from another bucket

def lock_at(s3, bucket, kind, version, hours_on):
    """A version that is there already."""
    where = {"Bucket": bucket, "Key": "key", "VersionId": version}
    if kind == "hold":
        s3.put_object_legal_hold(**where, LegalHold={"Status": "ON"})
    else:
        until = s3.head_object(**where)["LastModified"] + timedelta(hours=hours_on)
        s3.put_object_retention(**where, Retention={"Mode": kind.upper(), "RetainUntilDate": until})
    return state(s3, bucket, "key", version)


def changes_at_the_source(s3, bucket, version):
    where = {"Bucket": bucket, "Key": "key", "VersionId": version}
    near = s3.head_object(**where)["LastModified"] + timedelta(hours=30)
    for mode in ("GOVERNANCE", "COMPLIANCE"):
        yield f"retain {mode}", lambda mode=mode: s3.put_object_retention(
            **where, BypassGovernanceRetention=True, Retention={"Mode": mode, "RetainUntilDate": near})
        if mode == "GOVERNANCE":
            yield "retain no more", lambda: s3.put_object_retention(**where, BypassGovernanceRetention=True, Retention={})
    yield "tag", lambda: s3.put_object_tagging(**where, Tagging=tag_set(a="1"))
    yield "no hold", lambda: s3.put_object_legal_hold(**where, LegalHold={"Status": "OFF"})
    yield "acl", lambda: s3.put_object_acl(**where, ACL="bucket-owner-full-control")
    yield "mark", lambda: s3.delete_object(Bucket=bucket, Key="key")
    yield "overwrite", lambda: s3.put_object(Bucket=bucket, Key="key", Body=b"new", ContentMD5=content_md5(b"new"))
    yield "copy over", lambda: s3.copy_object(Bucket=bucket, Key="key", CopySource={
        "Bucket": bucket, "Key": "key", "VersionId": version})
    yield "parts over", lambda: in_parts(s3, bucket, "key")


@pytest.mark.parametrize("kind", ["governance", "compliance", "hold"])
def test_replication_frees_nothing(traveller, later, kind):
    """The replica is locked in its own bucket; its source is not, and all that can be is done there."""
    s3 = traveller.client("s3")
    source, target = (versioned(traveller, ObjectLockEnabledForBucket=True) for _ in range(2))
    sync = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
    replicate(s3, source, replicating_role(traveller, source, target), rule(target, markers="Enabled", **sync))
    version = s3.put_object(Bucket=source, Key="key", Body=BODY)["VersionId"]
    later("1s")
    before = lock_at(s3, target, kind, version, 24 * 300)
    for name, change in changes_at_the_source(s3, source, version):
        change()
        later("1s")
        found = state(s3, target, "key", version)
        if kind == "hold":  # a retention beside it is more, and a replica takes more
            found = {**found, **{member: before[member] for member in found if "Retain" in member or "Mode" in member}}
        else:
            found["ObjectLockLegalHoldStatus"] = before["ObjectLockLegalHoldStatus"]
        assert found == before, name
        assert read(s3, target, "key", VersionId=version) == BODY, name
    with refused("AccessDenied", LOCKED, 403):
        s3.delete_object(Bucket=target, Key="key", VersionId=version)
