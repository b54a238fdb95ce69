"""Replication into other regions and accounts, and under keys: who owns what comes, what the other account has to allow,
whose keys are used and by whom."""
import json
import time

import pytest

from harness.account import Account, policy, statement
from harness.buckets import grant
from harness.multipart import put_in_parts
from harness.objects import body_of, content_md5, customer_key, read, s3_request, tags_of, versions_of
from harness.refusals import refused
from harness.replication import WRITE, everywhere, replicate, replicating_role, rule, status_of, versioned
from harness.tls import tls_client

BODY = b"to be far away"
EAST, WEST = "us-east-1", "eu-west-1"
OVERRIDE = "s3:ObjectOwnerOverrideToBucketOwner"


@pytest.fixture
def s3(traveller):
    return traveller.client("s3")


@pytest.fixture
def west(traveller):
    return traveller.client("s3", region=WEST)


@pytest.fixture
def other(clock_server, home):
    """Another account."""
    return Account.create(clock_server, home)


@pytest.fixture
def run(later):
    return lambda: later("1s")


def put(s3, bucket, key="key", body=BODY, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)["VersionId"]


def in_west(account, west):
    return versioned(account, west, CreateBucketConfiguration={"LocationConstraint": WEST})


# -- Regions

def test_another_region(traveller, s3, west, run):
    source, target = versioned(traveller), in_west(traveller, west)
    replicate(s3, source, replicating_role(traveller, source, target), rule(target, to={"StorageClass": "GLACIER_IR"}))
    body = body_of(1_000_000)
    version = put(s3, source, body=body, Tagging="a=b")
    run()
    assert read(west, target, "key", VersionId=version) == body
    assert west.head_object(Bucket=target, Key="key")["StorageClass"] == "GLACIER_IR"
    assert (status_of(s3, source, "key"), status_of(west, target, "key")) == ("COMPLETED", "REPLICA")


def test_a_policy_on_the_region(traveller, s3, west, run):
    """aws:RequestedRegion is that of the bucket."""
    source, near, far = versioned(traveller), versioned(traveller), in_west(traveller, west)
    only = statement("s3:*", "Deny", Condition={"StringNotEquals": {"aws:RequestedRegion": EAST}})
    replicate(s3, source, replicating_role(traveller, source, near, far, more=[only]), rule(near, "near", 1),
              rule(far, "far", 2))
    put(s3, source)
    run()
    assert read(s3, near, "key") == BODY
    assert versions_of(west, far, "key") == []
    assert status_of(s3, source, "key") == "FAILED"


# -- Accounts

def lists_on(account, bucket, s3=None):
    """Object ownership as it was before ACLs were disabled."""
    (s3 or account.client("s3")).put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


def allow(account, bucket, role, *actions):
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(
        policy(grant(role, list(actions), f"{bucket}/*"))))


def owner_of(s3, bucket, key="key"):
    return s3.get_object_acl(Bucket=bucket, Key=key)["Owner"]["ID"]


def canonical(account):
    return account.client("s3").list_buckets()["Owner"]["ID"]


def test_another_account_has_to_allow_it(traveller, other, s3, run):
    theirs = other.client("s3")
    source, target = versioned(traveller), versioned(other)
    role = replicating_role(traveller, source, target)
    replicate(s3, source, role, rule(target, markers="Enabled"))
    put(s3, source, "before")
    run()
    assert status_of(s3, source, "before") == "FAILED"
    allow(other, target, role, "s3:ReplicateObject")
    version = put(s3, source, Tagging="a=b")
    run()
    assert read(theirs, target, "key", VersionId=version) == BODY
    assert tags_of(theirs, target, "key") == {"a": "b"}
    assert status_of(s3, source, "key") == "COMPLETED"
    assert owner_of(theirs, target) == canonical(other), "the owner of the bucket owns all that is in it"
    s3.delete_object(Bucket=source, Key="key")
    run()
    assert versions_of(theirs, target, "key") == [(version, False)], "markers are not allowed"
    allow(other, target, role, "s3:ReplicateObject", "s3:ReplicateDelete")
    put(s3, source, "gone")
    marker = s3.delete_object(Bucket=source, Key="gone")["VersionId"]
    run()
    assert versions_of(theirs, target, "gone")[0] == (marker, True)


def test_the_role_itself_has_to_allow_it_too(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(other)
    role = replicating_role(traveller, source)
    allow(other, target, role, *WRITE)
    replicate(s3, source, role, rule(target))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"


def test_a_replica_belongs_to_whom_its_source_belongs(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(other)
    lists_on(other, target)
    role = replicating_role(traveller, source, target)
    allow(other, target, role, *WRITE)
    replicate(s3, source, role, rule(target))
    version = put(s3, source)
    run()
    assert status_of(s3, source, "key") == "COMPLETED"
    assert owner_of(s3, target) == canonical(traveller)
    with refused("AccessDenied"):
        read(other.client("s3"), target, "key")
    assert read(s3, target, "key", VersionId=version) == BODY, "its owner may"


def test_the_owner_of_the_bucket_takes_it_over(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(other)
    lists_on(traveller, source)
    lists_on(other, target)
    to = {"Account": other.id, "AccessControlTranslation": {"Owner": "Destination"}}
    role = replicating_role(traveller, source, target, more=[statement(OVERRIDE, resource=everywhere(target))])
    allow(other, target, role, *WRITE)
    replicate(s3, source, role, rule(target, to=to))
    put(s3, source, "refused")
    run()
    assert status_of(s3, source, "refused") == "FAILED"
    allow(other, target, role, *WRITE, OVERRIDE)
    put(s3, source, ACL="bucket-owner-full-control")
    run()
    theirs = other.client("s3")
    assert read(theirs, target, "key") == BODY
    assert owner_of(theirs, target) == canonical(other)
    assert len(theirs.get_object_acl(Bucket=target, Key="key")["Grants"]) == 1
    s3.put_object_acl(Bucket=source, Key="key", GrantRead=f"id={canonical(other)}")
    run()
    assert len(theirs.get_object_acl(Bucket=target, Key="key")["Grants"]) == 1, "no later list comes either"
    assert status_of(s3, source, "key") == "COMPLETED"


def test_an_override_needs_its_permission_of_the_role(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(other)
    lists_on(other, target)
    role = replicating_role(traveller, source, target)
    allow(other, target, role, *WRITE, OVERRIDE)
    replicate(s3, source, role, rule(target, to={"Account": other.id, "AccessControlTranslation": {"Owner": "Destination"}}))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"


def test_the_bucket_may_be_another_account_s_by_then(traveller, other, s3, run):
    """Whoever takes the name of a bucket that is gone gets nothing that was meant for its owner."""
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target)
    replicate(s3, source, role, rule(target, to={"Account": traveller.id}))
    s3.delete_bucket(Bucket=target)
    theirs = other.client("s3")
    theirs.create_bucket(Bucket=target)
    theirs.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    allow(other, target, role, *WRITE)
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert versions_of(theirs, target, "key") == []


def test_no_requester_pays_in_another_account(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(other)
    role = replicating_role(traveller, source, target)
    allow(other, target, role, *WRITE)
    other.client("s3").put_bucket_request_payment(Bucket=target, RequestPaymentConfiguration={"Payer": "Requester"})
    replicate(s3, source, role, rule(target))
    put(s3, source)
    run()
    assert status_of(s3, source, "key") == "FAILED"


def test_objects_of_others_that_the_owner_of_the_bucket_may_not_read(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    lists_on(traveller, source)
    allow(traveller, source, f"arn:aws:iam::{other.id}:root", "s3:PutObject", "s3:PutObjectAcl")
    replicate(s3, source, replicating_role(traveller, source, target), rule(target))
    theirs = other.client("s3")
    put(theirs, source, "private")
    put(theirs, source, "shared", ACL="bucket-owner-full-control")
    run()
    assert versions_of(s3, target, "private") == []
    assert read(s3, target, "shared") == BODY


# -- Keys of KMS

SELECT = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}}


def kms_key(account, region=EAST):
    return account.client("kms", region=region).create_key()["KeyMetadata"]["Arn"]


def kms_rule(target, key, **more):
    return rule(target, to={"EncryptionConfiguration": {"ReplicaKmsKeyID": key}}, **SELECT, **more)


def encrypted(key):
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}


def test_under_another_key_in_another_region(traveller, s3, west, run):
    source, target = versioned(traveller), in_west(traveller, west)
    ours, far = kms_key(traveller), kms_key(traveller, WEST)
    role = replicating_role(traveller, source, target, more=[
        statement("kms:Decrypt", resource=ours, Condition={
            "StringLike": {"kms:ViaService": "s3.us-east-1.amazonaws.com",
                           "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{source}/*"}}),
        statement("kms:Encrypt", resource=far, Condition={
            "StringLike": {"kms:ViaService": f"s3.{WEST}.amazonaws.com",
                           "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{target}/*"}})])
    replicate(s3, source, role, kms_rule(target, far))
    for key, body in (("small", BODY), ("large", body_of(700_000))):
        put(s3, source, key, body, **encrypted(ours))
        put(s3, source, f"plain {key}", body)
    run()
    for key, body in (("small", BODY), ("large", body_of(700_000))):
        assert read(west, target, key) == body
        head = west.head_object(Bucket=target, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", far)
        assert head["ETag"] == s3.head_object(Bucket=source, Key=key)["ETag"]
        assert west.head_object(Bucket=target, Key=f"plain {key}")["ServerSideEncryption"] == "AES256"
    event = traveller.event("Encrypt", region=WEST)
    assert event["userIdentity"]["arn"].endswith("/s3-replication")
    assert event["userIdentity"]["invokedBy"] == "s3.amazonaws.com"
    assert traveller.event("Decrypt")["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role


@pytest.mark.parametrize("missing", ["kms:Decrypt", "kms:Encrypt"])
@pytest.mark.parametrize("size", [10, 100_000])
def test_each_key_needs_its_permission(traveller, s3, run, missing, size):
    source, target = versioned(traveller), versioned(traveller)
    ours, far = kms_key(traveller), kms_key(traveller)
    more = [statement(action, resource=key) for action, key in (("kms:Decrypt", ours), ("kms:Encrypt", far))
            if action != missing]
    replicate(s3, source, replicating_role(traveller, source, target, more=more), kms_rule(target, far))
    put(s3, source, body=body_of(size), **encrypted(ours))
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert versions_of(s3, target, "key") == []
    event = traveller.event(missing.split(":")[1])
    assert event["errorCode"] == "AccessDeniedException"


def test_what_is_under_keys_goes_only_where_the_rule_says_so(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    ours = kms_key(traveller)
    replicate(s3, source, replicating_role(traveller, source, target, more=[statement("kms:*")]), rule(target))
    put(s3, source, **encrypted(ours))
    run()
    assert status_of(s3, source, "key") is None
    assert versions_of(s3, target, "key") == []


@pytest.mark.parametrize("state", ["disabled", "none", "of another region"])
def test_keys_that_are_none(traveller, s3, run, state):
    source, target = versioned(traveller), versioned(traveller)
    ours = kms_key(traveller)
    far = kms_key(traveller, WEST if state == "of another region" else EAST)
    if state == "disabled":
        traveller.client("kms").disable_key(KeyId=far)
    if state == "none":
        far = far[:-3] + "000"
    replicate(s3, source, replicating_role(traveller, source, target, more=[statement("kms:*")]), kms_rule(target, far))
    put(s3, source, **encrypted(ours))
    run()
    assert status_of(s3, source, "key") == "FAILED"
    assert versions_of(s3, target, "key") == []


def test_a_key_of_the_other_account(traveller, other, s3, run):
    source, target = versioned(traveller), versioned(other)
    ours, theirs = kms_key(traveller), kms_key(other)
    role = replicating_role(traveller, source, target, more=[statement("kms:Decrypt", resource=ours),
                                                             statement(["kms:Encrypt", "kms:GenerateDataKey"], resource=theirs)])
    allow(other, target, role, *WRITE)
    replicate(s3, source, role, kms_rule(target, theirs))
    put(s3, source, "refused", **encrypted(ours))
    run()
    assert status_of(s3, source, "refused") == "FAILED"
    kms = other.client("kms")
    key_policy = json.loads(kms.get_key_policy(KeyId=theirs, PolicyName="default")["Policy"])
    key_policy["Statement"].append({"Sid": "replication", "Effect": "Allow", "Principal": {"AWS": role},
                                    "Action": ["kms:GenerateDataKey", "kms:Encrypt"], "Resource": "*"})
    kms.put_key_policy(KeyId=theirs, PolicyName="default", Policy=json.dumps(key_policy))
    put(s3, source, **encrypted(ours))
    run()
    assert read(other.client("s3"), target, "key") == BODY


def test_bucket_keys_of_the_target(traveller, s3, run):
    source, target = versioned(traveller), versioned(traveller)
    ours, far = kms_key(traveller), kms_key(traveller)
    s3.put_bucket_encryption(Bucket=target, ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ours}, "BucketKeyEnabled": True}]})
    role = replicating_role(traveller, source, target, more=[
        statement("kms:Decrypt", resource=ours),
        statement("kms:Encrypt", resource=far, Condition={
            "StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{target}"}})])
    replicate(s3, source, role, kms_rule(target, far))
    put(s3, source, **encrypted(ours))
    put(s3, source, "plain")
    run()
    head = s3.head_object(Bucket=target, Key="key")
    assert (head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == (far, True)
    assert read(s3, target, "key") == BODY
    assert s3.head_object(Bucket=target, Key="plain")["ServerSideEncryption"] == "AES256", "not the default of the target"


# -- Keys of customers

def wait_for(s3, bucket, key, wanted, **more):
    """The clock of this server stands."""
    end = time.monotonic() + 30
    while (found := status_of(s3, bucket, key, **more)) != wanted:
        assert time.monotonic() < end, found
        time.sleep(0.05)


def test_objects_under_keys_of_customers(tls_account, certificate):
    tls, s3 = tls_account, tls_client(tls_account, certificate)
    source, target = versioned(tls), versioned(tls)
    replicate(s3, source, replicating_role(tls, source, target), rule(target))
    large = body_of(200_000)
    put(s3, source, "small", **customer_key(1))
    version = put(s3, source, "large", large, **customer_key(2))
    parts = [body_of(5 * 1024 * 1024, 1), b"the end"]
    put_in_parts(s3, source, "parts", parts, sent=customer_key(3), **customer_key(3))
    for key, number, body in (("small", 1, BODY), ("large", 2, large), ("parts", 3, b"".join(parts))):
        wait_for(s3, source, key, "COMPLETED", **customer_key(number))
        assert read(s3, target, key, **customer_key(number)) == body
        with refused("AccessDenied"):
            read(s3, target, key, **customer_key(9))
        with refused("InvalidRequest"):
            read(s3, target, key)
    s3.delete_object(Bucket=source, Key="large", VersionId=version)
    assert read(s3, target, "large", **customer_key(2)) == large


def test_a_target_that_takes_no_keys_of_customers(tls_account, certificate):
    tls, s3 = tls_account, tls_client(tls_account, certificate)
    source, target = versioned(tls), versioned(tls)
    replicate(s3, source, replicating_role(tls, source, target), rule(target))
    body = (b"<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType>"
            b"</BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>")
    assert s3_request(tls, "PUT", f"/{target}?encryption", {"Content-MD5": content_md5(body)}, body).status == 200
    put(s3, source, **customer_key(1))
    wait_for(s3, source, "key", "FAILED", **customer_key(1))
    assert versions_of(s3, target, "key") == []
