"""Alarms of CloudWatch: made for a test, and asked what they say."""
import json

NAMESPACE = "Test"


def put_alarm(cloudwatch, name, metric="Errors", **more):
    """An alarm on a metric: more than 5 in a minute, unless said otherwise. None leaves a member out."""
    settings = {"Namespace": NAMESPACE, "MetricName": metric, "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
                "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold", **more}
    cloudwatch.put_metric_alarm(AlarmName=name, **{key: value for key, value in settings.items() if value is not None})


def put_value(cloudwatch, value, metric="Errors", **more):
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[{"MetricName": metric, "Value": value, **more}])


def alarm_of(cloudwatch, name):
    answer = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = answer["MetricAlarms"] + answer["CompositeAlarms"]
    assert len(found) == 1, f"{name}: {answer}"
    return found[0]


def state_of(cloudwatch, name):
    return alarm_of(cloudwatch, name)["StateValue"]


def history_of(cloudwatch, name, kind=None, **more):
    """The oldest first; HistoryData is read."""
    if kind:
        more["HistoryItemType"] = kind
    rows = cloudwatch.describe_alarm_history(AlarmName=name, AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                                             ScanBy="TimestampAscending", **more)["AlarmHistoryItems"]
    return [{**row, "HistoryData": json.loads(row["HistoryData"])} if "HistoryData" in row else row for row in rows]


def summaries(cloudwatch, name, kind=None):
    return [row["HistorySummary"] for row in history_of(cloudwatch, name, kind)]


def set_state(cloudwatch, name, value, reason="a test"):
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)
