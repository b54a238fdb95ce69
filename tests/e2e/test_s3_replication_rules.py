"""What may be rules of replication, and who may put them."""
import pytest

from harness.account import policy, statement
from harness.bucket_settings import arn_of, bucket, make_bucket, nobody, s3  # noqa: F401 (fixtures)
from harness.refusals import denied, refused

TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]


@pytest.fixture
def versioned(s3, make_bucket):
    def make(client=None):
        name = make_bucket(client)
        (client or s3).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name
    return make


@pytest.fixture
def source(versioned):
    return versioned()


@pytest.fixture
def target(versioned):
    return versioned()


@pytest.fixture
def role(account):
    return account.role()


def copying(target, name="one", priority=1, **more):
    """A rule of the second version; None takes a part out. to: more of its destination."""
    made = {"ID": name, "Status": "Enabled", "Priority": priority, "Filter": {"Prefix": "a/"},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": arn_of(target), **more.pop("to", {})}, **more}
    return {key: value for key, value in made.items() if value is not None}


def old_copying(target, name="one", prefix="a/", **more):
    return copying(target, name, **{"priority": None, "Filter": None, "DeleteMarkerReplication": None, "Prefix": prefix, **more})


def put_replication(s3, bucket, role, *rules):
    return s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": list(rules)})


RTC = {"ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
       "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}}
KMS_SOURCE = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
KMS_TARGET = {"EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-east-1:123456789012:key/k"}}


def test_replication_put_get_replace_delete(s3, source, target, role):
    with refused("ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404):
        s3.get_bucket_replication(Bucket=source)
    rules = [copying(target), copying(target, "two", 2, Filter={"Tag": TAGS[0]}, to=RTC),
             copying(target, "three", 3, Filter={"And": {"Prefix": "p", "Tags": TAGS}}, Status="Disabled",
                     SourceSelectionCriteria=KMS_SOURCE, to={**KMS_TARGET, "StorageClass": "STANDARD_IA"}),
             copying(target, "four", 4, DeleteMarkerReplication={"Status": "Enabled"}, Filter={"Prefix": ""},
                     SourceSelectionCriteria={"ReplicaModifications": {"Status": "Enabled"}})]
    put_replication(s3, source, role, *rules)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"] == {"Role": role, "Rules": rules}
    old = [old_copying(target), old_copying(target, "two", "b/")]
    put_replication(s3, source, role, *old)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"] == old
    for _ in range(2):
        assert s3.delete_bucket_replication(Bucket=source)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)


def test_replication_goes_with_its_bucket_and_holds_its_versioning(s3, source, target, role):
    put_replication(s3, source, role, copying(target))
    with refused("InvalidBucketState", status=409):
        s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket(Bucket=source)
    s3.create_bucket(Bucket=source)
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)


def test_replication_ids(s3, source, target, role):
    put_replication(s3, source, role, copying(target, None), copying(target, "", 2))
    made = [one["ID"] for one in s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"]]
    assert len(set(made)) == 2 and all(made)
    with refused("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule", 400):
        put_replication(s3, source, role, copying(target, "a"), copying(target, "a", 2))
    with refused("InvalidArgument", "ID length should not exceed allowed limit of 255", 400):
        put_replication(s3, source, role, copying(target, "x" * 256))


SCHEMA = "for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information."


@pytest.mark.parametrize("change,code,message", [
    ({"priority": None}, "InvalidRequest", f"Priority must be specified {SCHEMA}"),
    ({"DeleteMarkerReplication": None}, "InvalidRequest", f"DeleteMarkerReplication must be specified {SCHEMA}"),
    ({"Filter": None, "Prefix": "a"}, "InvalidRequest", f"Priority cannot be used {SCHEMA}"),
    ({"Filter": None, "Prefix": "a", "priority": None}, "InvalidRequest", f"DeleteMarkerReplication cannot be used {SCHEMA}"),
    ({"Filter": None}, "MalformedXML", None), ({"Prefix": "a"}, "MalformedXML", None),
    ({"Filter": {"Prefix": "a", "Tag": TAGS[0]}}, "MalformedXML", None), ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML", None),
    ({"Status": "On"}, "MalformedXML", None), ({"priority": -1}, "MalformedXML", None),
    ({"Filter": {"Tag": TAGS[0]}, "DeleteMarkerReplication": {"Status": "Enabled"}}, "InvalidRequest",
     "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more "
     "information."),
    ({"to": {"Bucket": "name"}}, "InvalidArgument", None), ({"to": {"Bucket": "arn:aws:s3:::none-there"}}, "InvalidRequest",
                                                            "Destination bucket must exist."),
    ({"to": {"Account": "123456789012"}}, "InvalidArgument",
     "The AWS account specified in the Account element must match the destination bucket owner."),
    ({"to": {"AccessControlTranslation": {"Owner": "Destination"}}}, "InvalidRequest", None),
    ({"to": {"StorageClass": "COLD"}}, "MalformedXML", None), ({"to": {"ReplicationTime": RTC["ReplicationTime"]}}, "InvalidRequest", None),
    ({"to": {**RTC, "Metrics": {"Status": "Disabled"}}}, "InvalidRequest", None),
    ({"to": {**RTC, "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 14}}}}, "InvalidArgument", None),
    ({"to": {"Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 30}}}}, "InvalidArgument", None),
    ({"to": KMS_TARGET}, "InvalidRequest", "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."),
    ({"SourceSelectionCriteria": KMS_SOURCE}, "InvalidRequest",
     "EncryptionConfiguration must be specified if SseKmsEncryptedObjects tag is Enabled.")])
def test_replication_rules_that_are_none(s3, source, target, role, change, code, message):
    with refused(code, message, 400):
        put_replication(s3, source, role, copying(target, "good", 99), copying(target, "bad", **change))
    with refused("ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=source)


def test_replication_rules_beside_each_other(s3, source, target, role, versioned):
    with refused("InvalidRequest", "Found duplicate Priority 7. The Priority of each rule must be unique.", 400):
        put_replication(s3, source, role, copying(target, "a", 7), copying(target, "b", 7))
    with refused("InvalidRequest", status=400):
        put_replication(s3, source, role, copying(target, "a"), old_copying(target, "b", "b/"))
    with refused("InvalidRequest", "Found overlapping prefixes 'a/' and 'a/b'", 400):
        put_replication(s3, source, role, old_copying(target, "a"), old_copying(target, "b", "a/b"))
    other = versioned()
    with refused("InvalidRequest", "Number of distinct destination bucket ARNs cannot exceed 1", 400):
        put_replication(s3, source, role, old_copying(target, "a"), old_copying(other, "b", "b"))
    put_replication(s3, source, role, copying(target, "a"), copying(other, "b", 2))
    for rules in ([], [copying(target, f"r{one}", one) for one in range(1001)]):
        with refused("MalformedXML", status=400):
            put_replication(s3, source, role, *rules)


def test_buckets_that_cannot_replicate(account, other_account, s3, bucket, source, target, role, versioned):
    with refused("InvalidRequest", "Versioning must be 'Enabled' on the bucket to apply a replication configuration", 400):
        put_replication(s3, bucket, role, copying(target))
    with refused("InvalidRequest", "Destination bucket must have versioning enabled.", 400):
        put_replication(s3, source, role, copying(bucket))
    with refused("InvalidRequest", status=400):
        put_replication(s3, source, role, copying(source))
    theirs = versioned(other_account.client("s3"))
    put_replication(s3, source, role, copying(theirs, to={"Account": other_account.id,
                                                          "AccessControlTranslation": {"Owner": "Destination"}}))


def test_who_may_give_a_role_to_replication(account, other_account, s3, source, target, role):
    def user(*statements):
        return account.user(policy=policy("s3:*", *statements)).client("s3")
    with denied("iam:PassRole", role):
        put_replication(user(), source, role, copying(target))
    with denied("iam:PassRole", role):
        put_replication(user(statement("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})),
                        source, role, copying(target))
    with denied("iam:PassRole"):
        put_replication(user(statement("iam:PassRole", resource=account.arn("role/other"))), source, role, copying(target))
    with refused("AccessDenied", status=403):
        put_replication(s3, source, other_account.role(), copying(target))
    for bad in ("role", account.arn("user/me"), "arn:aws:iam::123:role/"):
        with refused("InvalidArgument", status=400):
            put_replication(s3, source, bad, copying(target))
    with refused("ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=source)
    may = statement("iam:PassRole", resource=role, Condition={"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}})
    put_replication(user(may), source, role, copying(target))
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Role"] == role


def test_replication_permissions(account, other_account, s3, source, target, role, nobody):
    calls = {"s3:PutReplicationConfiguration": lambda client, of=source: put_replication(client, of, role, copying(target)),
             "s3:GetReplicationConfiguration": lambda client, of=source: client.get_bucket_replication(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(source)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    with denied("s3:PutReplicationConfiguration"):
        nobody.delete_bucket_replication(Bucket=source)
    with refused("NoSuchBucket", status=404):
        s3.delete_bucket_replication(Bucket=f"none-{account.id}")
