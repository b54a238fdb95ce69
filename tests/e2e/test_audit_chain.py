"""The audit spine from end to end, through stock clients: a call, its event in the trail's log group, a metric filter, an
alarm, a topic, and a queue where somebody reads of it. The filters are those of the CIS benchmark.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html"""
import json

import pytest
from botocore.exceptions import ClientError

from harness.account import Account
from harness.alarms import history_of, state_of
from harness.buckets import new_bucket
from harness.lifecycle import now
from harness.mfa import user_device
from harness.metrics import awaited, sums
from harness.server import Server
from harness.sign_in import Browser, is_in, login
from harness.alarm_topics import Topic
from harness.trails import feed_role, group_arn, new_feed, new_trail, new_trail_bucket

HOUR_MS = 3600_000
NAMESPACE = "Audit"


@pytest.fixture(scope="module")
def clocked():
    """A server of these tests: their trails, filters and alarms stay behind."""
    with Server() as running:
        yield running


@pytest.fixture
def account(clocked, home):
    clocked.admin.past_the_jump()
    return Account.create(clocked, home)


@pytest.fixture
def later(clocked):
    return clocked.admin.advance


@pytest.fixture
def chain(account):
    return Chain(account)


class Chain:
    """A trail that feeds a log group, and a topic with a queue behind it."""

    def __init__(self, account, feed=None):
        self.account, self.cloudwatch, self.logs = account, account.client("cloudwatch"), account.client("logs")
        self.feed = feed or new_feed(account)
        new_trail(account, new_trail_bucket(account), **self.feed)
        self.topic = Topic(account, "alerts")
        self.topic.let_alarms()

    def watch(self, pattern, threshold=1, operator="GreaterThanOrEqualToThreshold"):
        """Counts what fits in the group; an alarm on the sum of five minutes."""
        self.logs.put_metric_filter(logGroupName="trail", filterName="audit", filterPattern=pattern, metricTransformations=[
            {"metricName": "Found", "metricNamespace": NAMESPACE, "metricValue": "1"}])
        self.cloudwatch.put_metric_alarm(
            AlarmName="audit", MetricName="Found", Namespace=NAMESPACE, Statistic="Sum", Period=300, EvaluationPeriods=1,
            Threshold=threshold, ComparisonOperator=operator, TreatMissingData="notBreaching", AlarmActions=[self.topic.arn])

    def now_ms(self):
        return int(now(self.account.server).timestamp() * 1000)

    def put_record(self, **record):
        """An event of a service that is not here, as its trail would bring it."""
        stream = self.logs.describe_log_streams(logGroupName="trail")["logStreams"][0]["logStreamName"]
        self.logs.put_log_events(logGroupName="trail", logStreamName=stream, logEvents=[
            {"timestamp": self.now_ms(), "message": json.dumps({"eventVersion": "1.08", **record})}])

    def counted(self):
        """How many have been found."""
        now_ms = self.now_ms()
        return int(sum(sums(self.cloudwatch, NAMESPACE, "Found", now_ms - HOUR_MS, now_ms + HOUR_MS).values()))

    def await_count(self, least):
        assert awaited(lambda: self.counted() >= least, True), self.counted()

    def alert(self):
        """The message that has come to the queue."""
        message = self.topic.messages()[0]
        assert (message["AlarmName"], message["NewStateValue"]) == ("audit", "ALARM"), message
        return message


def use_root(chain):
    chain.account.client("kms").list_keys()


def change_a_bucket_policy(chain):
    bucket = new_bucket(chain.account)
    chain.account.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))


def change_a_security_group(chain):
    """The door that is found open most often."""
    chain.account.client("ec2").authorize_security_group_ingress(
        GroupName="default", IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])


def sign_in_without_mfa(chain):
    """And with it, and wrongly: of these the filter tells nobody."""
    browser = Browser(chain.account.server)
    alice = login(chain.account, "alice")
    assert is_in(browser.sign_in(chain.account, "alice"))
    device = user_device(chain.account, alice)
    assert is_in(browser.sign_in(chain.account, "alice", mfacode=device.code()))
    assert browser.sign_in(chain.account, "alice", "Wr0ng-wrong").status == 403


WATCHED = {
    "root use": (use_root, """{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS &&
                                $.eventType != "AwsServiceEvent" }"""),
    "bucket policy": (change_a_bucket_policy, """{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) ||
        ($.eventName = PutBucketPolicy) || ($.eventName = PutBucketCors) || ($.eventName = PutBucketLifecycle) ||
        ($.eventName = PutBucketReplication) || ($.eventName = DeleteBucketPolicy) || ($.eventName = DeleteBucketCors) ||
        ($.eventName = DeleteBucketLifecycle) || ($.eventName = DeleteBucketReplication)) }"""),
    "security group": (change_a_security_group, """{ ($.eventName = AuthorizeSecurityGroupIngress) ||
        ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) ||
        ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) ||
        ($.eventName = DeleteSecurityGroup) }"""),
    "sign-in without MFA": (sign_in_without_mfa, """{ ($.eventName = "ConsoleLogin") &&
        ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") &&
        ($.responseElements.ConsoleLogin = "Success") }"""),
}
DENIED = """{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }"""


@pytest.mark.parametrize("what", WATCHED)
def test_somebody_is_told(chain, later, what):
    act, pattern = WATCHED[what]
    chain.watch(" ".join(pattern.split()))
    act(chain)
    chain.await_count(1)
    later("1m")
    message = chain.alert()
    assert message["Trigger"]["MetricName"] == "Found"
    assert "greater than or equal to the threshold (1.0)" in message["NewStateReason"]


def deny(account, count):
    """A user that may nothing asks so often."""
    iam = account.user(f"mallory-{count}").client("iam")
    for _ in range(count):
        with pytest.raises(ClientError, match="AccessDenied"):
            iam.list_users()


def test_more_than_three_denials_in_five_minutes(account, chain, later):
    chain.watch(DENIED, threshold=3, operator="GreaterThanThreshold")
    deny(account, 3)
    chain.await_count(3)
    later("1m")
    assert state_of(chain.cloudwatch, "audit") == "OK"
    deny(account, 1)
    chain.await_count(4)
    later("1m")
    assert "[4.0 (" in chain.alert()["NewStateReason"]
    later("20m")  # the last values are looked at for some periods more
    assert state_of(chain.cloudwatch, "audit") == "OK"


def test_with_the_topics_policy_missing_nothing_comes_and_the_alarm_says_why(account, chain, later):
    chain.watch(DENIED)
    chain.topic.let_only_the_account()
    deny(account, 1)
    chain.await_count(1)
    later("1m")
    assert state_of(chain.cloudwatch, "audit") == "ALARM" and chain.topic.queue.is_empty()
    (row,) = history_of(chain.cloudwatch, "audit", "Action")
    assert row["HistorySummary"].startswith(f"Failed to execute action {chain.topic.arn}. Received error: ")
    assert "is not authorized to perform" in row["HistoryData"]["error"] and chain.topic.arn in row["HistoryData"]["error"]


def test_with_the_trails_role_missing_its_permission_nothing_comes_and_the_trail_says_why(account, later):
    account.client("logs").create_log_group(logGroupName="trail")
    role = feed_role(account, "trail")
    chain = Chain(account, feed={"CloudWatchLogsLogGroupArn": group_arn(account, "trail"), "CloudWatchLogsRoleArn": role})
    account.iam.delete_role_policy(RoleName="feed", PolicyName="inline")
    chain.watch(DENIED)
    deny(account, 1)
    trail = account.client("cloudtrail")
    status = awaited(lambda: "LatestCloudWatchLogsDeliveryError" in trail.get_trail_status(Name="trail"), True)
    assert status, trail.get_trail_status(Name="trail")
    later("1m")
    assert chain.counted() == 0 and chain.topic.queue.is_empty()
    assert state_of(chain.cloudwatch, "audit") == "OK"
