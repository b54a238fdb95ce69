"""CloudTrail Insights: calls and errors at an unusual rate, told when it begins and when it has ended.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html"""
import time

import pytest
from botocore.exceptions import ClientError

from harness.buckets import bucket_policy, grant, new_bucket
from harness.lifecycle import keys_of
from harness.own_clock import later, past_the_jump, server  # noqa: F401 (fixtures)
from harness.refusals import refusal
from harness.trails import SERVICE, await_fed, new_feed, new_trail, new_trail_bucket, read_json, trail_arn

CALLS, ERRORS = {"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}


@pytest.fixture
def trails(account):
    return account.client("cloudtrail")


def insights(account, **more):
    """Records, the newest first."""
    return account.events(EventCategory="insight", **more)


def make_keys(account, count):
    """As many writes of one name."""
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    for number in range(count):
        account.client("kms").update_key_description(KeyId=key, Description=str(number))


def await_counted(account, name, count):
    """The events have come to the history, and to all others who read them."""
    end = time.monotonic() + 20
    while len(account.events_named(name)) < count or account.server.admin.metrics()["merlon_events_lag"] > 0:
        assert time.monotonic() < end
        time.sleep(0.02)


# -- Selectors

def test_selectors(account, trails):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket)
    error = refusal("InsightNotEnabledException", trails.get_insight_selectors, TrailName="trail")
    assert trail_arn(account, "trail") in error["Message"]
    answer = trails.put_insight_selectors(TrailName="trail", InsightSelectors=[CALLS, ERRORS])
    assert answer["InsightSelectors"] == [CALLS, ERRORS] and answer["TrailARN"] == trail_arn(account, "trail")
    assert trails.get_insight_selectors(TrailName="trail")["InsightSelectors"] == [CALLS, ERRORS]
    assert trails.get_trail(Name="trail")["Trail"]["HasInsightSelectors"] is True
    assert f"AWSLogs/{account.id}/CloudTrail-Insight/" in keys_of(account.client("s3"), bucket)
    refusal("InvalidInsightSelectorsException", trails.put_insight_selectors, TrailName="trail",
            InsightSelectors=[CALLS, CALLS])
    away = account.client("cloudtrail", region="eu-west-1")
    refusal("TrailNotFoundException", away.put_insight_selectors, TrailName="trail", InsightSelectors=[CALLS])
    trails.put_insight_selectors(TrailName="trail", InsightSelectors=[])
    refusal("InsightNotEnabledException", trails.get_insight_selectors, TrailName="trail")
    assert trails.get_trail(Name="trail")["Trail"]["HasInsightSelectors"] is False


def test_the_trail_must_log_what_is_counted(account, trails):
    new_trail(account, new_trail_bucket(account))
    for selectors in ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]},
                      {"AdvancedEventSelectors": [{"FieldSelectors": [
                          {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["true"]}]}]}):
        trails.put_event_selectors(TrailName="trail", **selectors)
        refusal("InvalidInsightSelectorsException", trails.put_insight_selectors, TrailName="trail", InsightSelectors=[CALLS])
        trails.put_insight_selectors(TrailName="trail", InsightSelectors=[ERRORS])


def test_the_bucket_must_take_them(account, trails):
    bucket = new_bucket(account)
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=bucket_policy(
        grant(SERVICE, "s3:GetBucketAcl", bucket), grant(SERVICE, "s3:PutObject", f"{bucket}/AWSLogs/{account.id}/CloudTrail/*")))
    new_trail(account, bucket)
    refusal("InsufficientS3BucketPolicyException", trails.put_insight_selectors, TrailName="trail", InsightSelectors=[CALLS])
    refusal("InsightNotEnabledException", trails.get_insight_selectors, TrailName="trail")


# -- Events

def as_agent(account, agent):
    def rename(request, **_):
        del request.headers["User-Agent"]
        request.headers["User-Agent"] = agent

    client = account.client("kms")
    client.meta.events.register("before-sign", rename)
    return client


def test_who_comes_late_is_told_all_the_same(account, trails, later):
    """Ten others came before him, in the same minute: whoever makes most of the calls is among those who do."""
    new_trail(account, new_trail_bucket(account))
    trails.put_insight_selectors(TrailName="trail", InsightSelectors=[CALLS])
    later("2m")
    later("48h")
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    agents = [f"quiet/{number}" for number in range(12)] + ["loud/1"] * 20
    for agent in agents:
        as_agent(account, agent).update_key_description(KeyId=key, Description="x")
    await_counted(account, "UpdateKeyDescription", len(agents))
    later("2m")
    (start,) = insights(account, LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdateKeyDescription"}])
    shares = {row["attribute"]: row["insight"] for row in start["insightDetails"]["insightContext"]["attributions"]}
    assert shares["userAgent"][0]["value"] == "loud/1"


def test_unusual_calls_begin_and_end(account, trails, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket, EnableLogFileValidation=True, **new_feed(account))
    trails.put_insight_selectors(TrailName="trail", InsightSelectors=[CALLS, ERRORS])
    later("2m")
    make_keys(account, 30)
    await_counted(account, "UpdateKeyDescription", 30)
    later("10m")
    assert insights(account) == [], "nobody knows yet what is usual"
    later("48h")
    make_keys(account, 40)
    await_counted(account, "UpdateKeyDescription", 70)
    later("2m")
    (start,) = insights(account, LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdateKeyDescription"}])
    details = start["insightDetails"]
    assert (start["eventType"], start["eventCategory"]) == ("AwsCloudTrailInsight", "Insight")
    assert (start["awsRegion"], start["recipientAccountId"]) == ("us-east-1", account.id)
    assert {name: details[name] for name in ("state", "eventSource", "eventName", "insightType")} == {
        "state": "Start", "eventSource": "kms.amazonaws.com", "eventName": "UpdateKeyDescription",
        "insightType": "ApiCallRateInsight"}
    statistics = details["insightContext"]["statistics"]
    assert statistics["insight"]["average"] >= 20 and statistics["insightDuration"] == 1
    assert statistics["baseline"]["average"] == pytest.approx(30 / statistics["baselineDuration"], rel=0.01)
    assert 2880 <= statistics["baselineDuration"] <= 2920
    shares = {row["attribute"]: row for row in details["insightContext"]["attributions"]}
    assert shares["userIdentityArn"]["insight"][0]["value"] == account.arn("root")
    assert shares["errorCode"]["insight"] == [{"value": "null", "average": statistics["insight"]["average"]}]
    assert shares["userIdentityArn"]["baseline"][0]["average"] == statistics["baseline"]["average"]
    later("10m")
    end, again = insights(account, LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}])
    assert again == start and end["insightDetails"]["state"] == "End"
    assert end["sharedEventID"] == start["sharedEventID"] and end["eventID"] != start["eventID"]
    assert end["eventTime"] > start["eventTime"]
    assert end["insightDetails"]["insightContext"]["statistics"]["baseline"] == statistics["baseline"]
    # In the bucket in a folder of their own, in the digest, and in the log group.
    later("61m")
    s3 = account.client("s3")
    files = [key for key in keys_of(s3, bucket) if "/CloudTrail-Insight/" in key and key.endswith(".gz")]
    assert all(key.split("/")[-1].startswith(f"{account.id}_CloudTrail-Insight_us-east-1_") for key in files)
    rows = [row for key in files for row in read_json(s3, bucket, key)["Records"]]
    assert sorted(row["eventID"] for row in rows) == sorted((start["eventID"], end["eventID"]))
    digests = [key for key in keys_of(s3, bucket) if "/CloudTrail-Digest/" in key and key.endswith(".gz")]
    listed = [one["s3Object"] for key in digests for one in read_json(s3, bucket, key)["logFiles"]]
    assert set(files) <= set(listed)
    assert not [row for key in keys_of(s3, bucket) if "/CloudTrail/" in key and key.endswith(".gz")
                for row in read_json(s3, bucket, key)["Records"] if row.get("eventCategory") == "Insight"]
    await_fed(account, lambda rows: {start["eventID"], end["eventID"]} <= {row["eventID"] for row in rows})


def test_unusual_errors(account, trails, later):
    new_trail(account, new_trail_bucket(account))
    trails.put_insight_selectors(TrailName="trail", InsightSelectors=[ERRORS])
    later("40h")
    for number in range(40):
        refusal("NoSuchEntity", account.iam.get_user, UserName=f"nobody-{number}")
    await_counted(account, "GetUser", 40)
    later("2m")
    (start,) = insights(account)
    details = start["insightDetails"]
    assert (details["insightType"], details["errorCode"], details["eventName"]) == (
        "ApiErrorRateInsight", "NoSuchEntity", "GetUser")
    assert details["insightContext"]["statistics"]["baseline"]["average"] == 0.0
    assert insights(account, LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "root"}]) == []
    assert insights(account, LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": start["eventID"]}]) == [start]


def refuse_many(account, services):
    """An error of each operation of some services, under a name each."""
    user = account.user()
    for service in services:
        client = user.client(service, parameter_validation=False)
        for name in client.meta.method_to_api_mapping:
            with pytest.raises(ClientError):
                getattr(client, name)()


def test_many_kinds_of_errors_in_one_minute(account, trails, later):
    """More than are judged at once; what is unusual stands behind all of them."""
    new_trail(account, new_trail_bucket(account))
    trails.put_insight_selectors(TrailName="trail", InsightSelectors=[ERRORS])
    later("40h")
    refuse_many(account, ["cloudtrail", "kms", "logs"])
    for number in range(40):
        refusal("NotFound", account.client("sns").get_topic_attributes, TopicArn=f"arn:aws:sns:us-east-1:{account.id}:t-{number}")
    await_counted(account, "GetTopicAttributes", 40)
    later("2m")
    (start,) = insights(account)
    assert (start["insightDetails"]["eventName"], start["insightDetails"]["state"]) == ("GetTopicAttributes", "Start")
    later("10m")
    assert [row["insightDetails"]["state"] for row in insights(account)] == ["End", "Start"]


def test_what_is_usual_is_not_told(account, trails, later):
    """The same rate, minute after minute."""
    new_trail(account, new_trail_bucket(account))
    trails.put_insight_selectors(TrailName="trail", InsightSelectors=[CALLS])
    for day in range(1, 4):
        make_keys(account, 9)
        await_counted(account, "UpdateKeyDescription", 9 * day)
        later("20h")
    assert insights(account) == []
