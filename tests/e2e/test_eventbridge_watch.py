"""What a security team watches for, by rules: to a queue, and to the bus of another account; and with a policy missing nothing
comes, and the reason can be found."""
import json

import pytest

from harness.account import policy, statement
from harness.buckets import new_bucket
from harness.event_rules import Queue, failures, put_rule, role_for_rules


def use_root(account, bucket):
    account.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    return "PutBucketTagging"


def change_bucket_policy(account, bucket):
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(statement(
        "s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*", Principal={"AWS": account.id}))))
    return "PutBucketPolicy"


def be_denied(account, bucket):
    client = account.user("stranger").client("iam")
    with pytest.raises(client.exceptions.ClientError):
        client.create_access_key(UserName="stranger")
    return "CreateAccessKey"


WATCHED = [
    (use_root, {"detail": {"userIdentity": {"type": ["Root"]}, "eventName": ["PutBucketTagging"]}}),
    (change_bucket_policy, {"source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {
        "eventName": ["PutBucketPolicy", "DeleteBucketPolicy", {"suffix": "Acl"}], "errorCode": [{"exists": False}]}}),
    (be_denied, {"detail": {"$or": [{"errorCode": [{"prefix": "AccessDenied"}]}, {"errorCode": ["UnauthorizedOperation"]}]}}),
]


@pytest.mark.parametrize("act, pattern", WATCHED, ids=lambda one: getattr(one, "__name__", ""))
def test_what_is_watched_comes_near_and_far(account, other_account, act, pattern):
    near, far, bucket = Queue(account, "near"), Queue(other_account, "far"), new_bucket(account)
    bus = other_account.client("events").create_event_bus(Name="security")["EventBusArn"]
    other_account.client("events").put_permission(EventBusName="security", StatementId="members", Action="events:PutEvents",
                                                  Principal=account.id)
    put_rule(other_account, "all", {"account": [account.id]}, far.arn, bus="security")
    role = role_for_rules(account, "to-security", policy(statement("events:PutEvents", resource=bus)))
    put_rule(account, "watch", pattern, near.arn, {"Arn": bus, "RoleArn": role})
    name = act(account, bucket)
    for queue in (near, far):
        event, = queue.events()
        assert event["detail"]["eventName"] == name and event["account"] == account.id
        assert event["detail"]["recipientAccountId"] == account.id and queue.is_empty()


@pytest.mark.parametrize("act, pattern", WATCHED, ids=lambda one: getattr(one, "__name__", ""))
def test_without_policies_nothing_comes_and_history_says_why(account, other_account, act, pattern):
    near, bucket = Queue(account, "near", policy=None), new_bucket(account)
    bus = other_account.client("events").create_event_bus(Name="security")["EventBusArn"]
    role = role_for_rules(account, "to-security", policy(statement("events:PutEvents", resource=bus)))
    rule = put_rule(account, "watch", pattern, near.arn, {"Arn": bus, "RoleArn": role})
    act(account, bucket)
    told = {one["targetArn"]: one["errorCode"] for one in failures(account, rule, 2)}
    assert told == {near.arn: "NO_PERMISSIONS", bus: "NO_PERMISSIONS"}
    assert near.is_empty()


def test_a_log_group(account):
    logs = account.client("logs")
    group = "/aws/events/watch"
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:{group}"
    rule = put_rule(account, "watch", {"source": ["my.app"]}, arn, {"Arn": arn + ":*", "InputTransformer": {
        "InputPathsMap": {"time": "$.time", "who": "$.detail.who"},
        "InputTemplate": '{"timestamp": <time>, "message": "it was <who>"}'}})
    events = account.client("events")
    entry = {"Source": "my.app", "DetailType": "x", "Detail": '{"who": "bob"}'}
    events.put_events(Entries=[entry])
    assert {one["errorCode"] for one in failures(account, rule, 2)} == {"NO_PERMISSIONS"}
    logs.put_resource_policy(policyName="events", policyDocument=json.dumps(policy(statement(
        ["logs:CreateLogStream", "logs:PutLogEvents"], resource=arn + ":*",
        Principal={"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        Condition={"ArnEquals": {"aws:SourceArn": rule}}))))
    event_id = events.put_events(Entries=[entry])["Entries"][0]["EventId"]
    found = []
    for _ in range(200):
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        found = [event["message"] for stream in streams for event in logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)["events"]]
        if len(found) == 2:
            break
    assert "it was bob" in found and [json.loads(one)["id"] for one in found if one.startswith("{")] == [event_id]
