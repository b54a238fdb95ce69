"""Trails of CloudTrail: how they are made, changed, seen and deleted, and what is refused.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html"""
import json

import pytest

from harness.account import policy
from harness.buckets import bucket_policy, grant, new_bucket
from harness.refusals import refusal
from harness.trails import SERVICE, new_trail, new_trail_bucket, trail_arn, trail_policy


@pytest.fixture
def trails(account):
    return account.client("cloudtrail")


@pytest.fixture
def bucket(account):
    return new_trail_bucket(account)


# -- Names

@pytest.mark.parametrize("name, text", [
    ("", "Trail name cannot be blank!"),
    ("ab", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters."),
    ("a" * 129, "Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters."),
    ("-abc", "Trail name must starts with a letter or number."),
    ("abc_", "Trail name must ends with a letter or number."),
    ("my--trail", "adjacent"),
    ("my-_trail", "adjacent"),
    ("my trail", "can only contain"),
    ("trail/x", "can only contain"),
    ("192.168.5.4", "IP address"),
])
def test_names(trails, bucket, name, text):
    error = refusal("InvalidTrailNameException", trails.create_trail, Name=name, S3BucketName=bucket)
    assert text in error["Message"]


def test_names_at_their_limits(trails, bucket):
    for name in ("abc", "a" * 128, "1.2.3.4.5", "A-b_c.d", "1.2.3.x"):
        trails.create_trail(Name=name, S3BucketName=bucket)
    assert len(trails.list_trails()["Trails"]) == 5


# -- A trail and what is seen of it

def test_a_trail_as_it_was_made(account, trails, bucket):
    made = trails.create_trail(Name="trail", S3BucketName=bucket, TagsList=[{"Key": "team", "Value": "security"}])
    arn = trail_arn(account, "trail")
    assert made["TrailARN"] == arn and made["S3BucketName"] == bucket and made["Name"] == "trail"
    assert made["IncludeGlobalServiceEvents"] is True and made["IsMultiRegionTrail"] is False
    assert made["LogFileValidationEnabled"] is False and made["IsOrganizationTrail"] is False
    assert "S3KeyPrefix" not in made and "KmsKeyId" not in made
    seen = trails.get_trail(Name="trail")["Trail"]
    assert seen == trails.describe_trails(trailNameList=[arn])["trailList"][0]
    assert seen["HomeRegion"] == "us-east-1" and seen["HasCustomEventSelectors"] is False
    assert trails.list_trails()["Trails"] == [{"TrailARN": arn, "Name": "trail", "HomeRegion": "us-east-1"}]
    status = trails.get_trail_status(Name=arn)
    assert status["IsLogging"] is False and "StartLoggingTime" not in status
    assert trails.list_tags(ResourceIdList=[arn])["ResourceTagList"] == [
        {"ResourceId": arn, "TagsList": [{"Key": "team", "Value": "security"}]}]


def test_logging_starts_and_stops(trails, bucket):
    trails.create_trail(Name="trail", S3BucketName=bucket)
    trails.start_logging(Name="trail")
    trails.start_logging(Name="trail")
    started = trails.get_trail_status(Name="trail")
    assert started["IsLogging"] is True and started["StartLoggingTime"] and started["TimeLoggingStopped"] == ""
    trails.stop_logging(Name="trail")
    stopped = trails.get_trail_status(Name="trail")
    assert stopped["IsLogging"] is False and stopped["StopLoggingTime"] >= stopped["StartLoggingTime"]
    assert stopped["TimeLoggingStarted"] == started["TimeLoggingStarted"]


def test_a_trail_is_changed(account, trails, bucket):
    trails.create_trail(Name="trail", S3BucketName=bucket)
    other = new_bucket(account)
    account.client("s3").put_bucket_policy(Bucket=other, Policy=trail_policy(other, account, prefix="logs"))
    trails.update_trail(Name="trail", S3BucketName=other, S3KeyPrefix="logs", EnableLogFileValidation=True,
                        IsMultiRegionTrail=True)
    seen = trails.get_trail(Name="trail")["Trail"]
    assert (seen["S3BucketName"], seen["S3KeyPrefix"]) == (other, "logs")
    assert seen["IsMultiRegionTrail"] and seen["LogFileValidationEnabled"]
    trails.update_trail(Name="trail", EnableLogFileValidation=False)
    assert trails.get_trail(Name="trail")["Trail"] == {**seen, "LogFileValidationEnabled": False}
    refusal("InsufficientS3BucketPolicyException", trails.update_trail, Name="trail", S3KeyPrefix="elsewhere")
    assert trails.get_trail(Name="trail")["Trail"]["S3KeyPrefix"] == "logs"


def test_a_trail_is_deleted(account, trails, bucket):
    arn = new_trail(account, bucket)
    trails.delete_trail(Name=arn)
    text = f"Unknown trail: {arn} for the user: {account.id}"
    for call in (trails.get_trail, trails.get_trail_status, trails.start_logging, trails.stop_logging, trails.delete_trail):
        assert refusal("TrailNotFoundException", call, Name="trail")["Message"] == text
    assert trails.describe_trails()["trailList"] == []
    assert trails.describe_trails(trailNameList=["trail"])["trailList"] == []
    new_trail(account, bucket)


def test_a_name_is_taken_once(account, trails, bucket):
    trails.create_trail(Name="trail", S3BucketName=bucket)
    error = refusal("TrailAlreadyExistsException", trails.create_trail, Name="trail", S3BucketName=bucket)
    assert error["Message"] == f"Trail trail already exists for customer: {account.id}"


def test_five_trails_a_region(account, trails, bucket):
    elsewhere = account.client("cloudtrail", region="eu-west-1")
    elsewhere.create_trail(Name="everywhere", S3BucketName=bucket, IsMultiRegionTrail=True)
    for number in range(4):
        trails.create_trail(Name=f"trail-{number}", S3BucketName=bucket)
    error = refusal("MaximumNumberOfTrailsExceededException", trails.create_trail, Name="trail-4", S3BucketName=bucket)
    assert error["Message"] == f"User: {account.id} already has 5 trails in us-east-1."
    elsewhere.create_trail(Name="trail-5", S3BucketName=bucket)


def test_a_shadow_needs_room_as_well(account, trails, bucket):
    elsewhere = account.client("cloudtrail", region="eu-west-1")
    for number in range(5):
        elsewhere.create_trail(Name=f"trail-{number}", S3BucketName=bucket)
    trails.create_trail(Name="local", S3BucketName=bucket)
    text = f"User: {account.id} already has 5 trails in eu-west-1."
    for call, more in ((trails.create_trail, {"Name": "everywhere", "S3BucketName": bucket}),
                       (trails.update_trail, {"Name": "local"})):
        error = refusal("MaximumNumberOfTrailsExceededException", call, IsMultiRegionTrail=True, **more)
        assert error["Message"] == text
    elsewhere.delete_trail(Name="trail-0")
    trails.update_trail(Name="local", IsMultiRegionTrail=True)


# -- Regions

def test_a_shadow_is_seen_everywhere_and_changed_at_home(account, trails, bucket):
    arn = new_trail(account, bucket, "everywhere", IsMultiRegionTrail=True)
    trails.create_trail(Name="local", S3BucketName=bucket)
    away = account.client("cloudtrail", region="eu-west-1")
    assert [one["TrailARN"] for one in away.describe_trails()["trailList"]] == [arn]
    assert away.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert away.describe_trails(trailNameList=["everywhere"])["trailList"] == []
    assert away.describe_trails(trailNameList=[arn])["trailList"][0]["HomeRegion"] == "us-east-1"
    assert len(trails.describe_trails(includeShadowTrails=False)["trailList"]) == 2
    assert len(away.list_trails()["Trails"]) == 2
    assert away.get_trail_status(Name=arn)["IsLogging"] is True
    assert away.get_event_selectors(TrailName=arn)["TrailARN"] == arn
    refusal("TrailNotFoundException", away.get_trail_status, Name="everywhere")
    for name in ("everywhere", arn):
        for call in (away.stop_logging, away.start_logging, away.delete_trail, away.update_trail):
            refusal("InvalidHomeRegionException", call, Name=name)
        refusal("InvalidHomeRegionException", away.put_event_selectors, TrailName=name,
                EventSelectors=[{"ReadWriteType": "All"}])
    refusal("TrailNotFoundException", away.get_trail, Name=trail_arn(account, "local"))
    refusal("TrailNotFoundException", away.stop_logging, Name=trail_arn(account, "local"))
    refusal("TrailAlreadyExistsException", away.create_trail, Name="everywhere", S3BucketName=bucket)
    away.create_trail(Name="local", S3BucketName=bucket)
    refusal("TrailAlreadyExistsException", trails.update_trail, Name="local", IsMultiRegionTrail=True)


def test_all_regions_are_all_services(trails, bucket):
    error = refusal("InvalidParameterCombinationException", trails.create_trail, Name="trail", S3BucketName=bucket,
                    IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False)
    assert error["Message"] == "Multi-Region trail must include global service events."


def test_arns(account, other_account, trails, bucket):
    for arn in ("arn:aws:s3:::x", "arn:aws:cloudtrail:us-east-1", f"arn:aws:cloudtrail:us-east-1:{account.id}:dashboard/x"):
        refusal("CloudTrailARNInvalidException", trails.get_event_selectors, TrailName=arn)
    new_trail(account, bucket)
    # Nobody sees another account's.
    refusal("AccessDeniedException", other_account.client("cloudtrail").get_trail, Name=trail_arn(account, "trail"))
    assert other_account.client("cloudtrail").describe_trails(trailNameList=[trail_arn(account, "trail")])["trailList"] == []


# -- Its bucket

def test_the_bucket_must_be_there(trails):
    error = refusal("S3BucketDoesNotExistException", trails.create_trail, Name="trail", S3BucketName="no-such-bucket-here")
    assert error["Message"] == "S3 bucket no-such-bucket-here does not exist!"
    for name in ("x", "UPPER-bucket", "a..b", "192.168.1.1", "b_c"):
        refusal("InvalidS3BucketNameException", trails.create_trail, Name="trail", S3BucketName=name)
    for key in ("arn:aws:kms:us-east-1:111122223333", "arn:aws:kms:us-east-1:111122223333:key/",
                "arn:aws:s3:us-east-1:111122223333:key/x"):
        refusal("InvalidKmsKeyIdException", trails.create_trail, Name="trail", S3BucketName="bucket", KmsKeyId=key)
    refusal("InvalidS3PrefixException", trails.create_trail, Name="trail", S3BucketName="bucket", S3KeyPrefix="p" * 201)


def test_the_bucket_must_let_the_trail_in(account, trails):
    s3, name = account.client("s3"), new_bucket(account)
    whole = json.loads(trail_policy(name, account))
    look, write = whole["Statement"]
    arn = trail_arn(account, "trail")
    wrong = [
        None,
        [write],
        [look],
        json.loads(trail_policy(name, account, source=trail_arn(account, "other")))["Statement"],
        [look, {**write, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}}],
        [look, {**write, "Principal": {"Service": "config.amazonaws.com"}}],
        json.loads(trail_policy(name, account, prefix="logs"))["Statement"],
        [look, write, grant("*", "s3:PutObject", f"{name}/*", effect="Deny")],
    ]
    for statements in wrong:
        if statements:
            s3.put_bucket_policy(Bucket=name, Policy=bucket_policy(*statements))
        error = refusal("InsufficientS3BucketPolicyException", trails.create_trail, Name="trail", S3BucketName=name)
        assert error["Message"] == f"Incorrect S3 bucket policy is detected for bucket: {name}"
    assert trails.list_trails()["Trails"] == []
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
    s3.put_bucket_policy(Bucket=name, Policy=trail_policy(name, account, source=arn))
    trails.create_trail(Name="trail", S3BucketName=name)
    # As in AWS the folder is there from then on.
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]] == [f"AWSLogs/{account.id}/CloudTrail/"]


# -- Its key

def test_the_key_must_let_the_trail_in(account, trails, bucket):
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]
    refusal("InsufficientEncryptionPolicyException", trails.create_trail, Name="trail", S3BucketName=bucket,
            KmsKeyId=key["KeyId"])
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "kms:DescribeKey", "Resource": "*"},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceArn": trail_arn(account, "trail")},
            "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{account.id}:trail/*"}}})))
    kms.create_alias(AliasName="alias/trail", TargetKeyId=key["KeyId"])
    refusal("InsufficientEncryptionPolicyException", trails.create_trail, Name="other", S3BucketName=bucket,
            KmsKeyId=key["Arn"])
    made = trails.create_trail(Name="trail", S3BucketName=bucket, KmsKeyId="alias/trail")
    assert made["KmsKeyId"] == key["Arn"]
    refusal("KmsKeyNotFoundException", trails.update_trail, Name="trail", KmsKeyId="alias/none")
    away = account.client("kms", region="eu-west-1").create_key(Policy=json.dumps(policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "kms:*", "Resource": "*"})))["KeyMetadata"]["Arn"]
    refusal("KmsKeyNotFoundException", trails.update_trail, Name="trail", KmsKeyId=away)
    trails.update_trail(Name="trail", KmsKeyId="")
    assert "KmsKeyId" not in trails.get_trail(Name="trail")["Trail"]
    kms.disable_key(KeyId=key["KeyId"])
    refusal("KmsKeyDisabledException", trails.update_trail, Name="trail", KmsKeyId=key["KeyId"])


# -- What is not here

def test_other_services(trails, bucket):
    base = {"Name": "trail", "S3BucketName": bucket}
    refusal("OrganizationsNotInUseException", trails.create_trail, **base, IsOrganizationTrail=True)


# -- Their own events

def test_what_is_recorded_of_them(account, trails, bucket):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html"""
    made = trails.create_trail(Name="trail", S3BucketName=bucket, EnableLogFileValidation=True,
                               TagsList=[{"Key": "a", "Value": "b"}])
    event = account.event("CreateTrail")
    assert event["requestParameters"] == {"name": "trail", "s3BucketName": bucket, "enableLogFileValidation": True,
                                          "tagsList": [{"key": "a", "value": "b"}]}
    assert event["responseElements"] == {
        "name": "trail", "s3BucketName": bucket, "includeGlobalServiceEvents": True, "isMultiRegionTrail": False,
        "trailARN": made["TrailARN"], "logFileValidationEnabled": True, "isOrganizationTrail": False}
    assert {"ARN": made["TrailARN"], "accountId": account.id, "type": "AWS::CloudTrail::Trail"} in event["resources"]
    trails.start_logging(Name=made["TrailARN"])
    event = account.event("StartLogging")
    assert event["requestParameters"] == {"name": made["TrailARN"]} and event["responseElements"] is None
    # It is CloudTrail that looks at the bucket, on behalf of the trail.
    look = account.event("GetBucketAcl")
    assert look["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert look["sourceIPAddress"] == look["userAgent"] == "cloudtrail.amazonaws.com"


# -- Tags

def test_tags(account, trails, bucket):
    arn = new_trail(account, bucket)
    trails.add_tags(ResourceId=arn, TagsList=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    trails.add_tags(ResourceId=arn, TagsList=[{"Key": "a", "Value": "3"}])

    def tags():
        found = trails.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
        return {tag["Key"]: tag["Value"] for tag in found}

    assert tags() == {"a": "3", "b": "2"}
    trails.remove_tags(ResourceId=arn, TagsList=[{"Key": "b"}, {"Key": "a", "Value": "1"}, {"Key": "none"}])
    assert tags() == {"a": "3"}
    refusal("TagsLimitExceededException", trails.add_tags, ResourceId=arn,
            TagsList=[{"Key": f"k{number}", "Value": "v"} for number in range(50)])
    refusal("InvalidTagParameterException", trails.add_tags, ResourceId=arn,
            TagsList=[{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}])
    refusal("InvalidTagParameterException", trails.add_tags, ResourceId=arn, TagsList=[{"Key": "aws:x", "Value": "1"}])
    refusal("ResourceNotFoundException", trails.list_tags, ResourceIdList=[trail_arn(account, "none")])
    refusal("CloudTrailARNInvalidException", trails.list_tags, ResourceIdList=["trail"])
    assert tags() == {"a": "3"}


def test_tags_are_listed_by_who_may_see_those_of_the_trail(account, bucket):
    shown, hidden = (new_trail(account, bucket, name) for name in ("shown", "hidden"))
    one = account.user(policy=policy(
        {"Effect": "Allow", "Action": "cloudtrail:ListTags", "Resource": shown})).client("cloudtrail")
    others = account.user(policy=policy(
        "cloudtrail:ListTags", {"Effect": "Deny", "Action": "cloudtrail:*", "Resource": hidden})).client("cloudtrail")
    for user in (one, others):
        assert user.list_tags(ResourceIdList=[shown])["ResourceTagList"] == [{"ResourceId": shown, "TagsList": []}]
        refusal("AccessDeniedException", user.list_tags, ResourceIdList=[shown, hidden])
    refusal("AccessDeniedException", one.list_tags, ResourceIdList=[trail_arn(account, "none")])


def test_tags_decide(account, trails, bucket):
    """"aws:ResourceTag" of trails and event data stores, by whichever name."""
    arns = {name: new_trail(account, bucket, name=name) for name in ("open", "shut")}
    stores = {name: trails.create_event_data_store(Name=name, TerminationProtectionEnabled=False)["EventDataStoreArn"]
              for name in ("open", "shut")}
    for kept in (arns, stores):
        trails.add_tags(ResourceId=kept["shut"], TagsList=[{"Key": "door", "Value": "shut"}])
        trails.add_tags(ResourceId=kept["open"], TagsList=[{"Key": "door", "Value": "open"}])
    user = account.user(policy=policy("cloudtrail:*", {
        "Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/door": "shut"}}})).client("cloudtrail")
    only = account.user(policy=policy({
        "Effect": "Allow", "Action": "cloudtrail:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/door": "open"}}})).client("cloudtrail")
    for who in (user, only):
        for trail in ("open", arns["open"]):
            assert who.get_trail(Name=trail)["Trail"]["Name"] == "open"
        assert who.list_tags(ResourceIdList=[arns["open"], stores["open"]])["ResourceTagList"][1]["TagsList"]
        for store in (stores["open"], stores["open"].split("/")[1]):
            assert who.get_event_data_store(EventDataStore=store)["Name"] == "open"
        who.start_query(QueryStatement=f"SELECT eventID FROM {stores['open'].split('/')[1]} LIMIT 1")
        for trail in ("shut", arns["shut"]):
            for call in (who.get_trail, who.stop_logging, who.delete_trail):
                refusal("AccessDeniedException", call, Name=trail)
        for store in (stores["shut"], stores["shut"].split("/")[1]):
            for call in (who.get_event_data_store, who.delete_event_data_store, who.list_queries):
                refusal("AccessDeniedException", call, EventDataStore=store)
            refusal("AccessDeniedException", who.start_query, QueryStatement=f"SELECT eventID FROM {store.split('/')[-1]}")
        for arn in (arns["shut"], stores["shut"]):
            refusal("AccessDeniedException", who.list_tags, ResourceIdList=[arn])
            refusal("AccessDeniedException", who.remove_tags, ResourceId=arn, TagsList=[{"Key": "door"}])


# -- Who may

def test_permissions(account, trails, bucket):
    new_trail(account, bucket)
    user = account.user(policy=policy("cloudtrail:Describe*", "cloudtrail:GetTrailStatus")).client("cloudtrail")
    assert user.describe_trails()["trailList"]
    assert user.get_trail_status(Name="trail")["IsLogging"]
    for call in (user.stop_logging, user.delete_trail, user.get_trail):
        refusal("AccessDeniedException", call, Name="trail")
    refusal("AccessDeniedException", user.create_trail, Name="other", S3BucketName=bucket)
    assert trails.get_trail_status(Name="trail")["IsLogging"]
    # The one who makes it needs no permission of the bucket: the trail does.
    maker = account.user(policy=policy("cloudtrail:CreateTrail")).client("cloudtrail")
    maker.create_trail(Name="made", S3BucketName=bucket)
    refusal("AccessDeniedException", maker.create_trail, Name="tagged", S3BucketName=bucket,
            TagsList=[{"Key": "a", "Value": "b"}])
