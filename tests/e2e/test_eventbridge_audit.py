"""What a security team watches for, by rules: to a queue, and to the bus of another account; and with a policy or a role missing
nothing comes, and the reason can be found: in the dead-letter queue, and in the event history."""
import json

import pytest

from harness.account import policy, statement
from harness.buckets import new_bucket
from harness.event_rules import Queue, failures, put_rule, role_for_rules
from harness.mfa import user_device
from harness.sign_in import Browser, is_in, login


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


def open_to_the_world(account, bucket):
    account.client("ec2").authorize_security_group_ingress(
        GroupName="default", IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    return "AuthorizeSecurityGroupIngress"


def sign_in_without_mfa(account, bucket):
    """And with it: of that nobody is told."""
    browser, person = Browser(account.server), login(account, "person")
    assert is_in(browser.sign_in(account, "person"))
    device = user_device(account, person)
    assert is_in(browser.sign_in(account, "person", mfacode=device.code()))
    return "ConsoleLogin"


API_CALL = {"detail-type": ["AWS API Call via CloudTrail"]}
WATCHED = [
    (use_root, {**API_CALL, "detail": {"userIdentity": {"type": ["Root"]}, "eventName": ["PutBucketTagging"]}}),
    (change_bucket_policy, {**API_CALL, "source": ["aws.s3"], "detail": {
        "eventName": ["PutBucketPolicy", "DeleteBucketPolicy", {"suffix": "Acl"}], "errorCode": [{"exists": False}]}}),
    (be_denied, {**API_CALL, "detail": {"$or": [{"errorCode": [{"prefix": "AccessDenied"}]}, {"errorCode": ["UnauthorizedOperation"]}]}}),
    (open_to_the_world, {**API_CALL, "source": ["aws.ec2"], "detail": {
        "eventName": [{"wildcard": "*SecurityGroup*gress"}], "requestParameters": {"ipPermissions": {"items": {
            "ipRanges": {"items": {"cidrIp": ["0.0.0.0/0", {"prefix": "::/"}]}}}}}}}),
    (sign_in_without_mfa, {"detail-type": ["AWS Console Sign In via CloudTrail"], "source": ["aws.signin"], "detail": {
        "eventName": ["ConsoleLogin"], "responseElements": {"ConsoleLogin": ["Success"]},
        "additionalEventData": {"MFAUsed": [{"anything-but": "Yes"}]}}}),
]
watched = pytest.mark.parametrize("act, pattern", WATCHED, ids=lambda one: getattr(one, "__name__", ""))


class Watch:
    """A rule of an account that tells a queue of its own and the bus of a security account."""

    def __init__(self, account, other_account, pattern, queue_policy="events", bus_policy=True, role_policy=True, trusted=True):
        self.near, self.far = Queue(account, "near", policy=queue_policy), Queue(other_account, "far")
        self.dead = Queue(account, "dead")
        events = other_account.client("events")
        self.bus = events.create_event_bus(Name="security")["EventBusArn"]
        if bus_policy:
            events.put_permission(EventBusName="security", StatementId="members", Action="events:PutEvents", Principal=account.id)
        put_rule(other_account, "all", {"account": [account.id]}, self.far.arn, bus="security")
        document = policy(statement("events:PutEvents", resource=self.bus)) if role_policy else None
        role = role_for_rules(account, "to-security", document) if trusted else account.role("to-security", policy=document)
        letters = {"DeadLetterConfig": {"Arn": self.dead.arn}}
        self.rule = put_rule(account, "watch", pattern, {"Arn": self.near.arn, **letters}, {"Arn": self.bus, "RoleArn": role, **letters})


@watched
def test_what_is_watched_comes_near_and_far(account, other_account, act, pattern):
    bucket, watch = new_bucket(account), Watch(account, other_account, pattern)
    name = act(account, bucket)
    for queue in (watch.near, watch.far):
        event, = queue.events()
        assert event["detail"]["eventName"] == name and event["account"] == account.id
        assert event["detail"]["recipientAccountId"] == account.id and queue.is_empty()
    assert watch.dead.is_empty()


BROKEN = [
    ({"queue_policy": None, "bus_policy": False}, {"near": "NO_PERMISSIONS", "bus": "NO_PERMISSIONS"}),
    ({"role_policy": False}, {"bus": "NO_PERMISSIONS"}),
    ({"trusted": False}, {"bus": "FAILED_TO_ASSUME_ROLE"}),
]


@watched
@pytest.mark.parametrize("missing, codes", BROKEN, ids=lambda one: "-".join(one))
def test_without_a_policy_nothing_comes_and_the_reason_can_be_found(account, other_account, act, pattern, missing, codes):
    bucket, watch = new_bucket(account), Watch(account, other_account, pattern, **missing)
    name = act(account, bucket)
    codes = {getattr(watch.near, "arn") if target == "near" else watch.bus: code for target, code in codes.items()}
    letters = watch.dead.receive(len(codes))
    for letter in letters:
        told = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
        assert told["ERROR_CODE"] == codes[told["TARGET_ARN"]] and told["ERROR_MESSAGE"] and told["RULE_ARN"] == watch.rule
        assert told["RETRY_ATTEMPTS"] == "0" and json.loads(letter["Body"])["detail"]["eventName"] == name
    history = {one["targetArn"]: one for one in failures(account, watch.rule, len(codes))}
    assert {target: one["errorCode"] for target, one in history.items()} == codes
    assert all(one["errorMessage"] and one["deadLetterArn"] == watch.dead.arn for one in history.values())
    assert watch.far.is_empty() and watch.near.is_empty() == (watch.near.arn in codes)


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
