"""What may be rules of a lifecycle, and who may put them."""
from datetime import datetime, timezone

import pytest

from harness.bucket_settings import arn_of, bucket, make_bucket, nobody, s3, signed  # noqa: F401 (fixtures)
from harness.refusals import denied, refused


def put_lifecycle(s3, bucket, *rules, **more):
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **more)


def rule(name="one", **more):
    """A rule of a filter, that expires; None takes a part out."""
    made = {"ID": name, "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 365}, **more}
    return {key: value for key, value in made.items() if value is not None}


def midnight(year):
    return datetime(year, 3, 1, tzinfo=timezone.utc)


TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
SOUND_RULES = [
    rule("days", Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"},
                              {"Days": 150, "StorageClass": "DEEP_ARCHIVE"}]),
    rule("dates", Expiration={"Date": midnight(2031)}, Transitions=[{"Date": midnight(2030), "StorageClass": "GLACIER_IR"}]),
    rule("tag", Filter={"Tag": TAGS[0]}), rule("all", Filter={"Prefix": ""}, Status="Disabled"),
    rule("size", Filter={"ObjectSizeGreaterThan": 0}), rule("small", Filter={"ObjectSizeLessThan": 5 * 2 ** 40}),
    rule("and", Filter={"And": {"Prefix": "a", "Tags": TAGS, "ObjectSizeGreaterThan": 500, "ObjectSizeLessThan": 64000}}),
    rule("marker", Expiration={"ExpiredObjectDeleteMarker": True}),
    rule("at once", Expiration=None, Transitions=[{"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}]),
    rule("versions", Expiration=None, NoncurrentVersionExpiration={"NoncurrentDays": 61, "NewerNoncurrentVersions": 100},
         NoncurrentVersionTransitions=[{"NoncurrentDays": 30, "StorageClass": "ONEZONE_IA", "NewerNoncurrentVersions": 1},
                                       {"NoncurrentDays": 60, "StorageClass": "GLACIER"}]),
    rule("uploads", Expiration=None, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}, Filter={"Prefix": "up"})]


def test_lifecycle_put_get_replace_delete(s3, bucket):
    with refused("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    put_lifecycle(s3, bucket, *SOUND_RULES)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == SOUND_RULES
    old = {"ID": "old", "Prefix": "a/", "Status": "Enabled", "Expiration": {"Days": 1}}
    put_lifecycle(s3, bucket, old)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [old]
    for _ in range(2):
        assert s3.delete_bucket_lifecycle(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_lifecycle_of_everything(account, s3, bucket):
    document = b"<LifecycleConfiguration><Rule><Filter></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
    assert signed(account, bucket, "lifecycle", document).status == 200
    answer = signed(account, bucket, "lifecycle", b"", "GET")
    assert b"<Filter/>" in answer.body or b"<Filter></Filter>" in answer.body
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["ID"]) == 48


def test_lifecycle_ids(s3, bucket):
    put_lifecycle(s3, bucket, rule(None, ID=None), rule(ID=""), rule("x" * 255))
    made = [one["ID"] for one in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]]
    assert len(set(made)) == 3 and all(made) and made[2] == "x" * 255
    with refused("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule", 400):
        put_lifecycle(s3, bucket, rule("a"), rule("b"), rule("a"))
    with refused("InvalidArgument", "ID length should not exceed allowed limit of 255", 400):
        put_lifecycle(s3, bucket, rule("x" * 256))
    assert [one["ID"] for one in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == made


def test_lifecycle_count(s3, bucket):
    rules = [rule(f"r{number}", Filter={"Prefix": f"p{number}"}) for number in range(1001)]
    put_lifecycle(s3, bucket, *rules[:1000])
    with refused("MalformedXML", status=400):
        put_lifecycle(s3, bucket, *rules)
    with refused("MalformedXML", status=400):
        put_lifecycle(s3, bucket)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules[:1000]


def test_lifecycle_default_minimum(account, s3, bucket):
    document = b"<LifecycleConfiguration><Rule><Prefix/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
    name = "x-amz-transition-default-minimum-object-size"
    for given, told in ((None, "all_storage_classes_128K"), ("varies_by_storage_class", "varies_by_storage_class")):
        answer = signed(account, bucket, "lifecycle", document, headers={name: given} if given else {})
        assert (answer.status, answer.headers[name]) == (200, told), answer
        assert signed(account, bucket, "lifecycle", b"", "GET").headers[name] == told
    assert signed(account, bucket, "lifecycle", document, headers={name: "any"}).status == 400


def ia(days, storage_class="STANDARD_IA"):
    return {"Days": days, "StorageClass": storage_class}


def old_version(days, storage_class="STANDARD_IA", **more):
    return {"NoncurrentDays": days, "StorageClass": storage_class, **more}


@pytest.mark.parametrize("change,code,message", [
    ({"Expiration": None}, "InvalidRequest", "At least one action needs to be specified in a rule"),
    ({"Expiration": {"Days": 0}}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
    ({"Expiration": {"Days": -1}}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
    ({"Expiration": {"Date": datetime(2030, 1, 1, 12, tzinfo=timezone.utc)}}, "InvalidArgument", "'Date' must be at midnight GMT"),
    ({"Expiration": {"Days": 1, "Date": midnight(2030)}}, "MalformedXML", None),
    ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML", None),
    ({"Expiration": {}}, "MalformedXML", None),
    ({"Expiration": {"ExpiredObjectDeleteMarker": True}, "Filter": {"Tag": TAGS[0]}}, "InvalidRequest",
     "ExpiredObjectDeleteMarker cannot be specified with Tags."),
    ({"Filter": None}, "MalformedXML", None), ({"Prefix": "a"}, "MalformedXML", None), ({"Status": "On"}, "MalformedXML", None),
    ({"Filter": {"Prefix": "a", "Tag": TAGS[0]}}, "MalformedXML", None), ({"Filter": {"And": {"Prefix": "a"}}}, "MalformedXML", None),
    ({"Filter": {"And": {"Tags": [TAGS[0], TAGS[0]]}}}, "InvalidTag", None),
    ({"Filter": {"ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 2}}, "MalformedXML", None),
    ({"Filter": {"And": {"ObjectSizeGreaterThan": 2, "ObjectSizeLessThan": 2}}}, "InvalidRequest",
     "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."),
    ({"Filter": {"ObjectSizeGreaterThan": -1}}, "InvalidArgument", None),
    ({"Transitions": [ia(29)]}, "InvalidArgument",
     "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
    ({"Transitions": [ia(-1, "GLACIER")]}, "InvalidArgument", "'Days' in Transition action must be nonnegative"),
    ({"Transitions": [ia(30), ia(40)]}, "InvalidRequest",
     "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=logs/)'"),
    ({"Transitions": [ia(30), ia(59, "GLACIER")]}, "InvalidArgument", None),
    ({"Transitions": [ia(30, "GLACIER"), ia(60)]}, "InvalidArgument", None),
    ({"Transitions": [ia(4, "GLACIER_IR"), ia(93, "DEEP_ARCHIVE")]}, "InvalidArgument", None),
    ({"Transitions": [ia(30, "ONEZONE_IA"), ia(300, "GLACIER_IR")]}, "InvalidRequest", None),
    ({"Transitions": [ia(30, "STANDARD")]}, "MalformedXML", None), ({"Transitions": [{"Days": 30}]}, "MalformedXML", None),
    ({"Transitions": [{"StorageClass": "GLACIER"}]}, "MalformedXML", None),
    ({"Transitions": [{"Days": 1, "Date": midnight(2030), "StorageClass": "GLACIER"}]}, "MalformedXML", None),
    ({"Transitions": [ia(365)]}, "InvalidArgument",
     "'Days' in the Expiration action for filter '(prefix=logs/)' must be greater than 'Days' in the Transition action"),
    ({"Transitions": [{"Date": midnight(2030), "StorageClass": "GLACIER"}]}, "InvalidRequest",
     "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=logs/)'"),
    ({"Expiration": {"Date": midnight(2030)}, "Transitions": [{"Date": midnight(2030), "StorageClass": "GLACIER"}]},
     "InvalidArgument", None),
    ({"NoncurrentVersionExpiration": {"NoncurrentDays": 0}}, "InvalidArgument",
     "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"),
    ({"NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 5}}, "MalformedXML", None),
    ({"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}}, "InvalidArgument", None),
    ({"NoncurrentVersionTransitions": [old_version(29)]}, "InvalidArgument",
     "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
    ({"NoncurrentVersionTransitions": [old_version(30)], "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}, "InvalidArgument",
     "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the "
     "NoncurrentVersionTransition action"),
    ({"NoncurrentVersionTransitions": [old_version(30, NewerNoncurrentVersions=0)]}, "InvalidArgument", None),
    ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}}, "InvalidArgument",
     "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer"),
    ({"AbortIncompleteMultipartUpload": {}}, "MalformedXML", None),
    ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Filter": {"Tag": TAGS[0]}}, "InvalidRequest",
     "AbortIncompleteMultipartUpload cannot be specified with Tags."),
    ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Filter": {"ObjectSizeLessThan": 9}}, "InvalidRequest", None)])
def test_lifecycle_rules_that_are_none(s3, bucket, change, code, message):
    with refused(code, message, 400):
        put_lifecycle(s3, bucket, rule("good"), rule("bad", **change))
    with refused("NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_lifecycle_rules_beside_each_other(s3, bucket):
    def old(name, prefix, **more):
        return rule(name, Filter=None, Prefix=prefix, **more)
    with refused("InvalidRequest", "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.", 400):
        put_lifecycle(s3, bucket, rule("new"), old("old", "a"))
    with refused("InvalidRequest", "Found two rules with same prefix 'a' for same action type 'Expiration'", 400):
        put_lifecycle(s3, bucket, old("one", "a"), old("two", "a"))
    with refused("InvalidRequest", "Found overlapping prefixes 'a' and 'a/b' for same action type 'Expiration'", 400):
        put_lifecycle(s3, bucket, old("one", "a"), old("two", "a/b"))
    with refused("InvalidRequest", status=400):
        put_lifecycle(s3, bucket, old("one", "a", Expiration=None, NoncurrentVersionExpiration={"NoncurrentDays": 1,
                                                                                                "NewerNoncurrentVersions": 1}))
    put_lifecycle(s3, bucket, old("one", "a"), old("two", "b"), old("three", "a", Expiration=None, Transitions=[ia(30)]))
    put_lifecycle(s3, bucket, rule("one"), rule("two"))


def test_lifecycle_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutLifecycleConfiguration": lambda client, of=bucket: put_lifecycle(client, of, rule()),
             "s3:GetLifecycleConfiguration": lambda client, of=bucket: client.get_bucket_lifecycle_configuration(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    with denied("s3:PutLifecycleConfiguration"):
        nobody.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchBucket", status=404):
        s3.delete_bucket_lifecycle(Bucket=f"none-{account.id}")
    answer = put_lifecycle(s3, bucket, rule())
    event = account.event("PutBucketLifecycle", answer["ResponseMetadata"]["RequestId"])
    assert event["requestParameters"]["bucketName"] == bucket and event["readOnly"] is False
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
