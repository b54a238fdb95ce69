"""Alarms of CloudWatch: what they take, what they tell, and what makes them change.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
import json
import re
import struct
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import Account, policy, statement
from harness.alarms import alarm_of, history_of, put_alarm, put_value, set_state, state_of, summaries
from harness.event_rules import Queue, put_rule
from harness.refusals import denied, refused
from harness.server import Server

TOPIC = "arn:aws:sns:us-east-1:111122223333:nowhere"


@pytest.fixture(scope="module")
def clocked():
    """A server of these tests: alarms that stay awake would make the clock of another one slow."""
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


# -- What they take and tell

def test_an_alarm_is_told_as_it_was_made(account, cloudwatch):
    put_alarm(cloudwatch, "high", AlarmDescription="too many", Dimensions=[{"Name": "Host", "Value": "a"}], Unit="Count",
              DatapointsToAlarm=2, EvaluationPeriods=3, TreatMissingData="notBreaching", AlarmActions=[TOPIC])
    alarm = cloudwatch.describe_alarms(AlarmNames=["high"])["MetricAlarms"][0]
    for key in ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp"):
        assert abs(alarm.pop(key) - datetime.now(timezone.utc)) < timedelta(days=1)
    assert alarm == {
        "AlarmName": "high", "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{account.id}:alarm:high",
        "AlarmDescription": "too many", "ActionsEnabled": True, "OKActions": [], "AlarmActions": [TOPIC],
        "InsufficientDataActions": [], "StateValue": "INSUFFICIENT_DATA", "MetricName": "Errors", "Namespace": "Test",
        "StateReason": "Unchecked: Initial alarm creation", "Statistic": "Sum", "Period": 60, "Unit": "Count",
        "Dimensions": [{"Name": "Host", "Value": "a"}], "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
        "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}


def test_times_have_fractions_in_xml(cloudwatch):
    """A thousandth of them have none."""
    put_alarm(cloudwatch, "high")
    for _ in range(5):
        set_state(cloudwatch, "high", "ALARM")
        set_state(cloudwatch, "high", "OK")
        if alarm_of(cloudwatch, "high")["StateUpdatedTimestamp"].microsecond:
            return
    raise AssertionError("no time has a fraction")


def test_an_update_overwrites_all_but_state_and_tags(cloudwatch):
    put_alarm(cloudwatch, "one", AlarmDescription="first", TreatMissingData="ignore", Tags=[{"Key": "team", "Value": "red"}])
    set_state(cloudwatch, "one", "ALARM")
    arn = alarm_of(cloudwatch, "one")["AlarmArn"]
    put_alarm(cloudwatch, "one", metric="Other", ActionsEnabled=False, Tags=[{"Key": "more", "Value": "x"}])
    alarm = alarm_of(cloudwatch, "one")
    assert (alarm["MetricName"], alarm["ActionsEnabled"], alarm["StateValue"]) == ("Other", False, "ALARM")
    assert "AlarmDescription" not in alarm
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "red"}]
    assert summaries(cloudwatch, "one", "ConfigurationUpdate") == ['Alarm "one" created', 'Alarm "one" updated']


WRONG = [
    ({"MetricName": None}, "MetricName must not be null"),
    ({"Namespace": None}, "Namespace must not be null"),
    ({"Period": None}, "Period must not be null"),
    ({"Period": 15}, "Period must be 10, 20, 30 or a multiple of 60"),
    ({"Period": 90}, "Period must be 10, 20, 30 or a multiple of 60"),
    ({"Threshold": None}, "Threshold must not be null"),
    ({"Statistic": None}, "Either Statistic or ExtendedStatistic must be set"),
    ({"ExtendedStatistic": "p99"}, "Statistic and ExtendedStatistic cannot both be set"),
    ({"Statistic": None, "ExtendedStatistic": "p101"}, "The value p101 for parameter ExtendedStatistic is not supported."),
    ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
    ({"EvaluationPeriods": 1441}, "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) "
                                  "for alarms using period < 3600"),
    ({"Period": 3600, "EvaluationPeriods": 169}, "Metrics cannot be checked across more than a week (EvaluationPeriods * Period "
                                                 "must be <= 604800) for alarms using period >= 3600"),
    ({"Dimensions": [{"Name": "Place", "Value": "K\u00f6ln"}]},
     "Dimensions must contain only ASCII characters, and at least one that is not a space."),
    ({"Statistic": None, "ExtendedStatistic": "p" + "0" * 64 + "9"}, None),
    ({"TreatMissingData": "never"}, "The value never is not supported for TreatMissingData parameter. Supported values are "
                                    "[breaching, notBreaching, ignore, missing]."),
    ({"AlarmActions": ["somewhere"]}, "Invalid arn syntax: somewhere"),
    ({"OKActions": ["arn:aws:sqs:us-east-1:111122223333:queue"]}, "Invalid arn syntax: arn:aws:sqs:us-east-1:111122223333:queue"),
    ({"AlarmActions": [TOPIC.replace("us-east-1", "eu-west-1")]},
     "Invalid region eu-west-1 specified. Only us-east-1 is supported."),
    ({"Metrics": [{"Id": "m1", "Expression": "1"}]}, "MetricName should not be set if list of Metrics is set."),
]


@pytest.mark.parametrize("more, text", WRONG)
def test_what_is_wrong_is_refused(cloudwatch, more, text):
    with refused("ValidationError", text):
        put_alarm(cloudwatch, "wrong", **more)


def test_names_have_no_control_characters_and_six_actions_are_too_many(cloudwatch):
    with refused("ValidationError", "AlarmName must not contain control characters."):
        put_alarm(cloudwatch, "a\tb")
    with refused("ValidationError"):
        put_alarm(cloudwatch, "busy", AlarmActions=[f"{TOPIC}{number}" for number in range(6)])


def test_alarms_are_found_by_what_they_are(cloudwatch):
    for name in ("web-1", "web-2", "db-1"):
        put_alarm(cloudwatch, name, AlarmActions=[f"{TOPIC}-{name}"], TreatMissingData="ignore")
    set_state(cloudwatch, "web-2", "ALARM")

    def names(**question):
        return [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms(**question)["MetricAlarms"]]
    assert names() == ["db-1", "web-1", "web-2"]
    assert names(AlarmNamePrefix="web-") == ["web-1", "web-2"]
    assert names(AlarmNames=["web-2", "none", "db-1"]) == ["web-2", "db-1"]
    assert names(StateValue="ALARM") == ["web-2"]
    assert names(ActionPrefix=f"{TOPIC}-db") == ["db-1"]
    assert names(AlarmTypes=["CompositeAlarm"]) == []
    with refused("ValidationError"):
        names(AlarmNames=["a"], AlarmNamePrefix="b")


def test_pages_lead_through_all_and_tokens_are_good_for_their_question(cloudwatch):
    for number in range(5):
        put_alarm(cloudwatch, f"n{number}")
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2}))
    assert [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in pages] == [["n0", "n1"], ["n2", "n3"], ["n4"]]
    named = cloudwatch.describe_alarms(AlarmNames=["n4", "n0", "n1"], MaxRecords=2)
    assert [alarm["AlarmName"] for alarm in named["MetricAlarms"]] == ["n4", "n0"]
    rest = cloudwatch.describe_alarms(AlarmNames=["n4", "n0", "n1"], MaxRecords=2, NextToken=named["NextToken"])
    assert [alarm["AlarmName"] for alarm in rest["MetricAlarms"]] == ["n1"] and "NextToken" not in rest
    for token in ("nonsense", pages[0]["NextToken"]):
        with refused("InvalidNextToken"):
            cloudwatch.describe_alarms(AlarmNamePrefix="n", NextToken=token)


def test_alarms_of_a_metric(cloudwatch):
    host = [{"Name": "Host", "Value": "a"}]
    put_alarm(cloudwatch, "all")
    put_alarm(cloudwatch, "a", Dimensions=host)
    put_alarm(cloudwatch, "a-max", Dimensions=host, Statistic="Maximum", Period=300)

    def names(**question):
        found = cloudwatch.describe_alarms_for_metric(Namespace="Test", MetricName="Errors", **question)
        return [alarm["AlarmName"] for alarm in found["MetricAlarms"]]
    assert names() == ["all"] and names(Dimensions=host) == ["a", "a-max"]
    assert names(Dimensions=host, Statistic="Maximum") == ["a-max"] and names(Dimensions=host, Period=60) == ["a"]
    cloudwatch.delete_alarms(AlarmNames=["a"])
    assert names(Dimensions=host) == ["a-max"]


def test_deleted_alarms_leave_their_history(cloudwatch):
    put_alarm(cloudwatch, "gone")
    cloudwatch.delete_alarms(AlarmNames=["gone", "never-was"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert summaries(cloudwatch, "gone") == ['Alarm "gone" created', 'Alarm "gone" deleted']
    with refused("ResourceNotFound"):
        cloudwatch.delete_alarms(AlarmNames=["gone"])


def test_tags_come_and_go_and_count_for_permissions(account, cloudwatch):
    put_alarm(cloudwatch, "mine", Tags=[{"Key": "team", "Value": "red"}])
    put_alarm(cloudwatch, "theirs", Tags=[{"Key": "team", "Value": "blue"}])
    arn = alarm_of(cloudwatch, "mine")["AlarmArn"]
    alice = account.user("alice", policy(statement("cloudwatch:*", Condition={
        "StringEquals": {"aws:ResourceTag/team": "red"}}))).client("cloudwatch")
    set_state(alice, "mine", "OK")
    with refused("AccessDenied"):
        set_state(alice, "theirs", "OK")
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "x", "Value": ""}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "x", "Value": ""}]
    with refused("InvalidParameterValue"):
        cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "aws:x", "Value": "1"}])
    with refused("ResourceNotFoundException"):
        cloudwatch.list_tags_for_resource(ResourceARN=arn + "x")


def test_making_an_alarm_with_tags_wants_both_permissions(account):
    alice = account.user("alice", policy("cloudwatch:PutMetricAlarm")).client("cloudwatch")
    put_alarm(alice, "plain")
    with denied("cloudwatch:TagResource"):
        put_alarm(alice, "tagged", Tags=[{"Key": "a", "Value": "b"}])


def test_actions_can_be_forbidden_by_where_they_go(account):
    alice = account.user("alice", policy("cloudwatch:PutMetricAlarm", statement(
        "cloudwatch:PutMetricAlarm", effect="Deny",
        Condition={"ForAnyValue:StringLike": {"cloudwatch:AlarmActions": "arn:aws:automate:*"}}))).client("cloudwatch")
    put_alarm(alice, "plain", AlarmActions=[TOPIC])
    with refused("AccessDenied"):
        put_alarm(alice, "stops", AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"])


def test_names_of_many_characters_are_alarms_like_others(cloudwatch, later):
    names = ["ü" * 255, "ü" * 254 + "x"]
    for name in names:
        put_alarm(cloudwatch, name, TreatMissingData="breaching")
    later("1m")
    assert [state_of(cloudwatch, name) for name in names] == ["ALARM", "ALARM"]
    assert summaries(cloudwatch, names[1], "StateUpdate") == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]


# -- Evaluation

def test_values_over_the_threshold_raise_an_alarm_and_others_end_it(cloudwatch, later):
    put_alarm(cloudwatch, "high")
    put_value(cloudwatch, 4)
    put_value(cloudwatch, 3)
    later("1m")
    alarm = alarm_of(cloudwatch, "high")
    assert alarm["StateValue"] == "ALARM"
    assert re.fullmatch(r"Threshold Crossed: 1 datapoint \[7\.0 \(\d\d/\d\d/\d\d \d\d:\d\d:00\)\] was greater than the "
                        r"threshold \(5\.0\)\.", alarm["StateReason"])
    data = json.loads(alarm["StateReasonData"])
    point = data["evaluatedDatapoints"][0]
    assert (data["version"], data["statistic"], data["period"], data["recentDatapoints"], data["threshold"]) == (
        "1.0", "Sum", 60, [7.0], 5.0)
    assert data["startDate"] == point["timestamp"] and (point["sampleCount"], point["value"]) == (2.0, 7.0)
    later("1m")
    put_value(cloudwatch, 1)
    later("1m")
    alarm = alarm_of(cloudwatch, "high")
    assert alarm["StateValue"] == "OK" and "[1.0 (" in alarm["StateReason"]
    assert "was not greater than the threshold (5.0)." in alarm["StateReason"]
    assert summaries(cloudwatch, "high", "StateUpdate") == ["Alarm updated from INSUFFICIENT_DATA to ALARM",
                                                           "Alarm updated from ALARM to OK"]
    change = history_of(cloudwatch, "high", "StateUpdate")[-1]["HistoryData"]
    assert change["oldState"]["stateValue"] == "ALARM" and change["newState"]["stateReasonData"]["recentDatapoints"] == [1.0]


TREATMENTS = {
    "missing": ("INSUFFICIENT_DATA", None),
    "ignore": ("INSUFFICIENT_DATA", None),
    "breaching": ("ALARM", "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated "
                           "as [Breaching]."),
    "notBreaching": ("OK", "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
                           "treated as [NonBreaching]."),
}


def test_missing_data_are_what_the_alarm_takes_them_for(cloudwatch, later):
    for treatment in TREATMENTS:
        put_alarm(cloudwatch, treatment, TreatMissingData=treatment)
    later("1m")
    for treatment, (state, reason) in TREATMENTS.items():
        alarm = alarm_of(cloudwatch, treatment)
        assert (alarm["StateValue"], alarm["StateReason"]) == (state, reason or "Unchecked: Initial alarm creation")


def test_when_data_end_the_state_follows_them_out_of_the_range(cloudwatch, later):
    for treatment in TREATMENTS:
        put_alarm(cloudwatch, treatment, TreatMissingData=treatment)
    put_value(cloudwatch, 9)
    later("1m")
    assert {state_of(cloudwatch, treatment) for treatment in TREATMENTS} == {"ALARM"}
    later("10m")
    assert [state_of(cloudwatch, treatment) for treatment in TREATMENTS] == ["INSUFFICIENT_DATA", "ALARM", "ALARM", "OK"]
    assert alarm_of(cloudwatch, "missing")["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_two_out_of_three(cloudwatch, later):
    put_alarm(cloudwatch, "some", EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="notBreaching")
    put_value(cloudwatch, 9)
    later("1m")
    assert state_of(cloudwatch, "some") == "OK"
    put_value(cloudwatch, 1)
    later("1m")
    put_value(cloudwatch, 8)
    later("1m")
    alarm = alarm_of(cloudwatch, "some")
    assert alarm["StateValue"] == "ALARM"
    assert re.fullmatch(r"Threshold Crossed: 2 out of the last 3 datapoints \[8\.0 \(.*\), 9\.0 \(.*\)\] were greater than the "
                        r"threshold \(5\.0\) \(minimum 2 datapoints for OK -> ALARM transition\)\.", alarm["StateReason"])


def test_a_window_of_five_minutes_moves_by_one(cloudwatch, later):
    put_alarm(cloudwatch, "wide", Period=300)
    put_value(cloudwatch, 3)
    later("2m")
    put_value(cloudwatch, 3)
    later("1m")
    assert state_of(cloudwatch, "wide") == "ALARM"
    assert json.loads(alarm_of(cloudwatch, "wide")["StateReasonData"])["recentDatapoints"] == [6.0]


def test_short_periods_are_looked_at_every_ten_seconds(cloudwatch, later):
    put_alarm(cloudwatch, "quick", Period=10)
    put_value(cloudwatch, 9, StorageResolution=1)
    later("10s")
    assert state_of(cloudwatch, "quick") == "ALARM"
    later("1m")
    assert state_of(cloudwatch, "quick") == "INSUFFICIENT_DATA"


def test_over_several_days_only_full_hours_count(cloudwatch, later):
    put_alarm(cloudwatch, "days", Period=86400, EvaluationPeriods=2, DatapointsToAlarm=1, TreatMissingData="notBreaching")
    put_value(cloudwatch, 9)
    later("1h")
    assert state_of(cloudwatch, "days") == "ALARM"
    later("4d")
    assert state_of(cloudwatch, "days") == "OK"


def test_percentiles_of_few_samples_can_be_ignored(cloudwatch, later):
    for name, choice in (("all", "evaluate"), ("enough", "ignore")):
        put_alarm(cloudwatch, name, Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile=choice)
    put_value(cloudwatch, 9)
    later("1m")
    assert (state_of(cloudwatch, "all"), state_of(cloudwatch, "enough")) == ("ALARM", "INSUFFICIENT_DATA")
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "Errors", "Values": [9.0], "Counts": [100.0]}])
    later("1m")
    assert state_of(cloudwatch, "enough") == "ALARM"


def test_data_that_were_there_before_the_alarm_count(cloudwatch, later):
    put_value(cloudwatch, 9)
    put_alarm(cloudwatch, "late")
    later("1m")
    assert state_of(cloudwatch, "late") == "ALARM"


def test_data_ahead_of_the_clock_count_when_it_comes_there(cloudwatch, later):
    now = alarm_clock(cloudwatch)
    put_alarm(cloudwatch, "ahead")
    put_value(cloudwatch, 9, Timestamp=now + timedelta(minutes=30))
    later("29m")
    assert state_of(cloudwatch, "ahead") == "INSUFFICIENT_DATA"
    later("2m")
    assert state_of(cloudwatch, "ahead") == "ALARM"


def alarm_clock(cloudwatch):
    """What the server's clock says."""
    put_alarm(cloudwatch, "clock", ActionsEnabled=False)
    return alarm_of(cloudwatch, "clock")["AlarmConfigurationUpdatedTimestamp"]


def test_a_state_that_was_set_lasts_until_the_next_comparison(cloudwatch, later):
    put_alarm(cloudwatch, "calm", TreatMissingData="notBreaching")
    later("1m")
    set_state(cloudwatch, "calm", "ALARM", "drill")
    alarm = alarm_of(cloudwatch, "calm")
    assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", "drill")
    later("1m")
    assert state_of(cloudwatch, "calm") == "OK"
    with refused("ResourceNotFound"):
        set_state(cloudwatch, "none", "OK")
    with refused("InvalidFormat"):
        cloudwatch.set_alarm_state(AlarmName="calm", StateValue="OK", StateReason="x", StateReasonData="{")


# -- History

def test_history_by_type_time_order_and_pages(cloudwatch, later):
    put_alarm(cloudwatch, "one", TreatMissingData="ignore")
    set_state(cloudwatch, "one", "OK")
    later("10s")
    set_state(cloudwatch, "one", "ALARM")
    set_state(cloudwatch, "one", "OK")
    put_alarm(cloudwatch, "two")
    everything = cloudwatch.describe_alarm_history()["AlarmHistoryItems"]
    assert [row["HistorySummary"] for row in everything] == [
        'Alarm "two" created', "Alarm updated from ALARM to OK", "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK", 'Alarm "one" created']
    pages = cloudwatch.get_paginator("describe_alarm_history").paginate(
        AlarmName="one", ScanBy="TimestampAscending", PaginationConfig={"PageSize": 3})
    found = [[row["HistorySummary"] for row in page["AlarmHistoryItems"]] for page in pages]
    assert [len(page) for page in found] == [3, 1] and found[0][0] == 'Alarm "one" created'
    late = everything[2]["Timestamp"]
    assert [len(cloudwatch.describe_alarm_history(AlarmName="one", **part)["AlarmHistoryItems"])
            for part in ({"StartDate": late}, {"EndDate": late})] == [2, 3]  # both with it
    assert cloudwatch.describe_alarm_history(AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"] == []
    created = history_of(cloudwatch, "one", "ConfigurationUpdate")[0]["HistoryData"]
    assert (created["type"], created["createdAlarm"]["metricName"]) == ("Create", "Errors")
    later("31d")
    assert cloudwatch.describe_alarm_history()["AlarmHistoryItems"] == []


# -- What is told of them

def test_eventbridge_is_told_of_states_and_configurations(account, cloudwatch, later):
    queue = Queue(account, "told")
    put_rule(account, "alarms", {"source": ["aws.cloudwatch"]}, queue.arn)
    put_alarm(cloudwatch, "high", AlarmDescription="why")
    made = queue.events()[0]
    assert (made["detail-type"], made["resources"]) == ("CloudWatch Alarm Configuration Change",
                                                        [f"arn:aws:cloudwatch:us-east-1:{account.id}:alarm:high"])
    assert (made["detail"]["operation"], made["detail"]["configuration"]["threshold"]) == ("create", 5.0)
    put_value(cloudwatch, 6)
    later("1m")
    change = queue.events()[0]
    detail = change["detail"]
    assert change["detail-type"] == "CloudWatch Alarm State Change" and detail["alarmName"] == "high"
    assert (detail["state"]["value"], detail["previousState"]["value"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert json.loads(detail["state"]["reasonData"])["recentDatapoints"] == [6.0]
    query = detail["configuration"]["metrics"][0]
    assert query["metricStat"] == {"metric": {"namespace": "Test", "name": "Errors", "dimensions": {}}, "period": 60,
                                   "stat": "Sum"}
    assert query["returnData"] is True and detail["configuration"]["description"] == "why"
    cloudwatch.disable_alarm_actions(AlarmNames=["high"])
    update = queue.events()[0]["detail"]
    assert (update["operation"], update["configuration"]["actionsEnabled"],
            update["previousConfiguration"]["actionsEnabled"]) == ("update", False, True)
    cloudwatch.delete_alarms(AlarmNames=["high"])
    assert queue.events()[0]["detail"]["operation"] == "delete"


ABSENT = {
    "arn:aws:lambda:us-east-1:111122223333:function:f": "This server has no AWS Lambda.",
    "arn:aws:automate:us-east-1:ec2:stop": "This server has no instances of Amazon EC2.",
    "arn:aws:ssm:us-east-1:111122223333:opsitem:1": "This server has no AWS Systems Manager.",
}


def test_actions_of_services_that_are_not_here_are_told_as_failed(cloudwatch):
    put_alarm(cloudwatch, "acts", AlarmActions=list(ABSENT))
    set_state(cloudwatch, "acts", "ALARM")
    rows = history_of(cloudwatch, "acts", "Action")
    assert [row["HistorySummary"] for row in rows] == [
        f'Failed to execute action {arn}. Received error: "{text}"' for arn, text in ABSENT.items()]
    assert rows[0]["HistoryData"]["actionState"] == "Failed"
    assert rows[0]["HistoryData"]["notificationResource"] in ABSENT


def test_disabled_actions_are_not_done(cloudwatch):
    put_alarm(cloudwatch, "quiet", AlarmActions=list(ABSENT))
    cloudwatch.disable_alarm_actions(AlarmNames=["quiet"])
    set_state(cloudwatch, "quiet", "ALARM")
    assert history_of(cloudwatch, "quiet", "Action") == []
    cloudwatch.enable_alarm_actions(AlarmNames=["quiet"])
    assert alarm_of(cloudwatch, "quiet")["ActionsEnabled"] is True


# -- Metric math

def rate(*, errors="errors", calls="calls", **more):
    """The share of calls that failed, in percent."""
    def metric(name, query):
        return {"Id": query, "ReturnData": False, "MetricStat": {
            "Metric": {"Namespace": "Test", "MetricName": name}, "Period": 60, "Stat": "Sum"}}
    return [{"Id": "e1", "Expression": "100 * m1 / m2", "Label": "rate", **more}, metric(errors, "m1"), metric(calls, "m2")]


def put_math_alarm(cloudwatch, name, queries, **more):
    put_alarm(cloudwatch, name, metric=None, Namespace=None, Statistic=None, Period=None, Metrics=queries, **more)


def test_an_alarm_can_watch_what_is_worked_out_of_metrics(account, cloudwatch, later):
    queue = Queue(account, "told")
    put_rule(account, "alarms", {"detail-type": ["CloudWatch Alarm State Change"]}, queue.arn)
    put_math_alarm(cloudwatch, "rate", rate())
    put_value(cloudwatch, 10, metric="calls")
    put_value(cloudwatch, 1, metric="errors")
    later("1m")
    alarm = alarm_of(cloudwatch, "rate")
    assert alarm["StateValue"] == "ALARM" and "[10.0 (" in alarm["StateReason"]
    data = json.loads(alarm["StateReasonData"])
    assert (data["period"], data["recentDatapoints"]) == (60, [10.0]) and "statistic" not in data
    assert [query["Id"] for query in alarm["Metrics"]] == ["e1", "m1", "m2"] and "MetricName" not in alarm
    metrics = queue.events()[0]["detail"]["configuration"]["metrics"]
    assert metrics[0] == {"id": "e1", "expression": "100 * m1 / m2", "label": "rate", "returnData": True}
    put_value(cloudwatch, 100, metric="calls")
    later("1m")
    put_value(cloudwatch, 100, metric="calls")
    put_value(cloudwatch, 1, metric="errors")
    later("1m")
    assert state_of(cloudwatch, "rate") == "OK"


def test_metric_math_sleeps_and_wakes(cloudwatch, later):
    """As what watches one metric does; and an alarm may become one of these, and be none any more."""
    put_math_alarm(cloudwatch, "rate", rate())
    later("5m")
    assert state_of(cloudwatch, "rate") == "INSUFFICIENT_DATA"
    for errors, state in ((10, "ALARM"), (1, "OK"), (10, "ALARM")):
        put_value(cloudwatch, 100, metric="calls")
        put_value(cloudwatch, errors, metric="errors")
        later("1m")
        assert state_of(cloudwatch, "rate") == state
    later("20m")
    assert state_of(cloudwatch, "rate") == "INSUFFICIENT_DATA"
    put_alarm(cloudwatch, "rate", metric="calls", Threshold=50)
    put_value(cloudwatch, 100, metric="calls")
    later("1m")
    assert state_of(cloudwatch, "rate") == "ALARM" and "Metrics" not in alarm_of(cloudwatch, "rate")
    put_math_alarm(cloudwatch, "rate", rate(), Threshold=50)
    put_value(cloudwatch, 100, metric="calls")
    put_value(cloudwatch, 10, metric="errors")
    later("1m")
    assert state_of(cloudwatch, "rate") == "OK"
    cloudwatch.delete_alarms(AlarmNames=["rate"])
    put_math_alarm(cloudwatch, "rate", rate())
    put_value(cloudwatch, 10, metric="errors")
    put_value(cloudwatch, 10, metric="calls")
    later("1m")
    assert state_of(cloudwatch, "rate") == "ALARM"


def test_what_cannot_be_evaluated_is_not_taken_for_missing(cloudwatch, later):
    """Two series where there should be one, as soon as there are data: the alarm says so, be it new, OK or in ALARM, and
    is never OK by it."""
    both = rate(Expression="SLICE(METRICS(), 0, 1 + DATAPOINT_COUNT(m1))")
    why = "Unchecked: The alarm could not be evaluated: The expression e1 must return a single time series."
    for name in ("new", "was-ok"):
        put_math_alarm(cloudwatch, name, both, TreatMissingData="notBreaching")
    set_state(cloudwatch, "was-ok", "OK")
    put_value(cloudwatch, 10, metric="calls")
    put_value(cloudwatch, 10, metric="errors")
    later("3m")
    for name in ("new", "was-ok"):
        alarm = alarm_of(cloudwatch, name)
        assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", why) and "StateReasonData" not in alarm
    assert summaries(cloudwatch, "new", "StateUpdate") == []
    assert summaries(cloudwatch, "was-ok", "StateUpdate") == ["Alarm updated from INSUFFICIENT_DATA to OK",
                                                              "Alarm updated from OK to INSUFFICIENT_DATA"]
    put_math_alarm(cloudwatch, "new", rate(), TreatMissingData="notBreaching")
    put_value(cloudwatch, 1, metric="calls")
    put_value(cloudwatch, 1, metric="errors")
    later("1m")
    assert state_of(cloudwatch, "new") == "ALARM"


def test_damaged_data_are_not_taken_for_missing(new_server, tmp_path, home):
    """Neither where an alarm is evaluated at once nor in the lane of what is costly."""
    server = new_server(data=tmp_path / "data")
    cloudwatch = Account.create(server, home).client("cloudwatch")
    put_alarm(cloudwatch, "plain", TreatMissingData="notBreaching")
    put_math_alarm(cloudwatch, "math", rate(errors="Errors", calls="Errors"), TreatMissingData="notBreaching")
    put_value(cloudwatch, 1234567.891)
    stored = struct.pack(">d", 1234567.891)
    (file,) = (tmp_path / "data").glob("*.mdb")
    content = file.read_bytes()
    with open(file, "r+b", buffering=0) as out:
        for found in re.finditer(re.escape(stored), content):
            out.seek(found.start())
            out.write(bytes([stored[0] ^ 0x10]))
    server.admin.advance("3m")
    for name in ("plain", "math"):
        alarm = alarm_of(cloudwatch, name)
        assert (alarm["StateValue"], alarm["StateReason"]) == (
            "INSUFFICIENT_DATA", "Unchecked: The alarm could not be evaluated: what is stored of its metrics cannot be read.")
    metrics = server.admin.metrics()
    assert metrics["merlon_damage_met_total"] >= 2 and metrics['merlon_losses_total{of="alarm_evaluations"}'] >= 2
    server.admin.advance("1d")
    assert {state_of(cloudwatch, name) for name in ("plain", "math")} == {"OK"}, "when that is out of the range"


def test_metric_math_tells_in_its_own_order(cloudwatch, later):
    """An hour of minutes at once: each turn sees what was known at its time."""
    put_math_alarm(cloudwatch, "rate", rate(), TreatMissingData="ignore")
    base = alarm_of(cloudwatch, "rate")["StateUpdatedTimestamp"].replace(second=0, microsecond=0)
    for minute in range(1, 30):
        at = {"Timestamp": base + timedelta(minutes=minute)}
        put_value(cloudwatch, 100, metric="calls", **at)
        put_value(cloudwatch, 90 if minute % 10 == 0 else 1, metric="errors", **at)
    later("1h")
    assert summaries(cloudwatch, "rate", "StateUpdate") == [
        "Alarm updated from INSUFFICIENT_DATA to OK", *["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"] * 2]


def test_what_is_wrong_with_queries_is_refused(cloudwatch):
    many = ("Metrics expression that return multi time series are only allowed for MetricsInsights expression with an "
            "ORDER BY clause")
    single = "Error in expression 'e1': The result of an expression must be a time series or an array of them"
    for queries, text in (
            (rate(Expression="[m1, m2]"), many), (rate(Expression="METRICS() * 2"), many),
            (rate(Expression="AVG(m1)"), single), (rate(Expression="5"), single), (rate(Expression="'m1'"), single),
            (rate(Expression="SUM(5)"), "Error in expression 'e1': Invalid arguments of function 'SUM'"),
            (rate(ReturnData=False), "Exactly one element of the metrics list should return data."),
            ([*rate(), {"Id": "e2", "Expression": "m1"}], "Exactly one element of the metrics list should return data."),
            ([*rate(), *({"Id": f"x{number}", "Expression": "m1", "ReturnData": False} for number in range(10))],
             "An alarm can have no more than 10 expressions."),
            (rate(Label="x" * 2049), "Label must not have more than 2048 bytes."),
            (rate(Expression="m1 / m9"), None), (rate(AccountId="111122223333"), None)):
        with refused("ValidationError", text):
            put_math_alarm(cloudwatch, "wrong", queries)
    for number, right in enumerate(("FIRST(SORT(METRICS(), MAX, DESC))", "SUM(METRICS())", "TIME_SERIES(AVG(m1))", "m1 > 5")):
        put_math_alarm(cloudwatch, f"right-{number}", rate(Expression=right))


def test_the_longest_alarm_changes_its_state_too(cloudwatch):
    """Its message is more than SNS takes: the action fails, and nothing else."""
    long = [{"Name": f"{number:0255}", "Value": '"' * 1000} for number in range(30)]
    queries = [{"Id": "e1", "Expression": "AVG(METRICS())"}, *(
        {"Id": f"m{number}", "ReturnData": False, "MetricStat": {
            "Metric": {"Namespace": "Test", "MetricName": f"m{number}", "Dimensions": long}, "Period": 60, "Stat": "Sum"}}
        for number in range(10))]
    for _ in range(2):
        put_math_alarm(cloudwatch, "longest", queries, AlarmActions=[TOPIC])
    set_state(cloudwatch, "longest", "ALARM")
    assert state_of(cloudwatch, "longest") == "ALARM"
    action, = cloudwatch.describe_alarm_history(AlarmName="longest", HistoryItemType="Action")["AlarmHistoryItems"]
    assert action["HistorySummary"].startswith("Failed to execute action")


def test_many_alarms_watch_one_metric(cloudwatch):
    """A request wakes each of them once, however many data it brings."""
    for number in range(350):
        put_alarm(cloudwatch, f"watch-{number}")
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "Errors", "Value": 1}] * 1000)
    assert len(cloudwatch.describe_alarms_for_metric(Namespace="Test", MetricName="Errors")["MetricAlarms"]) == 350
