"""From a value to the message in a queue: metric, alarm, topic, subscription; and what is to be found when it does not come.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"""
import json

import pytest

from harness.account import Account
from harness.alarms import alarm_of, history_of, put_alarm, put_value, set_state
from harness.server import Server
from harness.alarm_topics import Topic


@pytest.fixture(scope="module")
def clocked():
    with Server() as running:
        yield running


@pytest.fixture
def account(clocked, home):
    return Account.create(clocked, home)


@pytest.fixture
def cloudwatch(account):
    return account.client("cloudwatch")


@pytest.fixture
def later(clocked):
    return clocked.admin.advance


@pytest.fixture
def topic(account):
    return Topic(account, "alerts")


def test_a_value_becomes_a_message_as_aws_writes_it(account, cloudwatch, topic, later):
    topic.let_alarms()
    put_alarm(cloudwatch, "high", AlarmDescription="too many", AlarmActions=[topic.arn], OKActions=[topic.arn],
              Dimensions=[{"Name": "Host", "Value": "a"}], DatapointsToAlarm=1)
    put_value(cloudwatch, 9, Dimensions=[{"Name": "Host", "Value": "a"}])
    later("1m")
    envelope = topic.queue.events()[0]
    assert envelope["Subject"] == 'ALARM: "high" in US East (N. Virginia)'
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", topic.arn)
    message = json.loads(envelope["Message"])
    times = [message.pop(key) for key in ("AlarmConfigurationUpdatedTimestamp", "StateChangeTime")]
    assert all(time.endswith("+0000") for time in times)
    assert message.pop("NewStateReason").startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0 (")
    assert message == {
        "AlarmName": "high", "AlarmDescription": "too many", "AWSAccountId": account.id, "NewStateValue": "ALARM",
        "Region": "US East (N. Virginia)", "AlarmArn": alarm_of(cloudwatch, "high")["AlarmArn"],
        "OldStateValue": "INSUFFICIENT_DATA", "OKActions": [topic.arn], "AlarmActions": [topic.arn],
        "InsufficientDataActions": [], "Trigger": {
            "MetricName": "Errors", "Namespace": "Test", "StatisticType": "Statistic", "Statistic": "SUM", "Unit": None,
            "Dimensions": [{"value": "a", "name": "Host"}], "Period": 60, "EvaluationPeriods": 1, "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0, "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": ""}}
    rows = history_of(cloudwatch, "high", "Action")
    assert [row["HistorySummary"] for row in rows] == [f"Successfully executed action {topic.arn}"]
    assert json.loads(rows[0]["HistoryData"]["publishedMessage"])["AlarmName"] == "high"


def test_a_subject_is_no_longer_than_sns_takes_it(account, cloudwatch, topic):
    topic.let_alarms()
    put_alarm(cloudwatch, "é" + "n" * 200, OKActions=[topic.arn])
    set_state(cloudwatch, "é" + "n" * 200, "OK")
    subject = topic.queue.events()[0]["Subject"]
    assert len(subject) <= 100 and subject.startswith('OK: "?') and subject.endswith('..." in US East (N. Virginia)')


def refused_by(account, cloudwatch, topic, name="high"):
    """Raises the alarm; what its history says of the action that failed."""
    put_alarm(cloudwatch, name, AlarmActions=[topic.arn], TreatMissingData="ignore")
    set_state(cloudwatch, name, "ALARM")
    assert alarm_of(cloudwatch, name)["StateValue"] == "ALARM"
    row = history_of(cloudwatch, name, "Action")[-1]
    assert row["HistorySummary"].startswith(f'Failed to execute action {topic.arn}. Received error: "')
    assert row["HistoryData"]["actionState"] == "Failed"
    return row["HistoryData"]["error"]


def test_without_the_topics_policy_nothing_comes_and_the_reason_can_be_found(account, cloudwatch, topic):
    topic.let_only_the_account()
    error = refused_by(account, cloudwatch, topic)
    assert error.startswith(f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {topic.arn}"), error
    assert topic.queue.is_empty()


def test_a_policy_for_another_alarm_lets_this_one_send_nothing(account, cloudwatch, topic):
    topic.let_alarms("low")
    assert "is not authorized to perform" in refused_by(account, cloudwatch, topic)
    assert topic.queue.is_empty()


def test_a_topic_that_has_gone_is_told(account, cloudwatch, topic):
    topic.sns.delete_topic(TopicArn=topic.arn)
    assert topic.arn in refused_by(account, cloudwatch, topic)


def test_one_action_that_fails_keeps_no_other_from_being_done(account, cloudwatch, topic):
    topic.let_alarms()
    gone = topic.arn + "-gone"
    put_alarm(cloudwatch, "both", AlarmActions=[gone, topic.arn])
    set_state(cloudwatch, "both", "ALARM")
    assert topic.messages()[0]["AlarmName"] == "both"
    states = [row["HistoryData"]["actionState"] for row in history_of(cloudwatch, "both", "Action")]
    assert states == ["Failed", "Succeeded"]


def test_an_action_is_done_once_for_a_change_and_not_again_while_it_lasts(account, cloudwatch, topic, later):
    topic.let_alarms()
    put_alarm(cloudwatch, "high", AlarmActions=[topic.arn])
    for _ in range(3):
        put_value(cloudwatch, 9)
        later("1m")
    assert len(topic.queue.events()) == 1 and topic.queue.is_empty()
    assert len(history_of(cloudwatch, "high", "Action")) == 1
