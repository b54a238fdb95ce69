"""Regular expressions that take too long say so, and take nothing from the log events around them. AWS's guide names the notation, and
no limit of what it may take: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions"""
import json

import pytest

from harness.logs import HOUR_MS, all_pages, event, make_stream, messages, newer_logs, now_ms, put
from harness.metrics import awaited, sums
from harness.refusals import refused
from test_logs_insights import answer_of, start

SLOW = "x*x*x*x*[yz]"
HOSTILE = "x" * 20000
MINUTE_MS = 60000


@pytest.fixture
def logs(account):
    client = account.client("logs", parameter_validation=False)
    make_stream(client, "g")
    return client


def test_a_page_of_events_is_refused(logs):
    at = now_ms() - HOUR_MS
    put(logs, "g", [event("xxy one", at), event(HOSTILE, at + 10), event("xxy two", at + 20)])
    with refused("InvalidParameterException", f"Invalid filter pattern: its regular expressions take too long to match the log event of "
                                              f"{at + 10}. Simplify them, or leave the event out by startTime and endTime."):
        logs.filter_log_events(logGroupName="g", filterPattern=f"%{SLOW}%")
    for more in ({"endTime": at + 9}, {"startTime": at + 11}):
        assert len(logs.filter_log_events(logGroupName="g", filterPattern=f"%{SLOW}%", **more)["events"]) == 1
    quick = logs.filter_log_events(logGroupName="g", filterPattern="%x{3}%")
    assert messages(quick) == [HOSTILE], "it is the expression that takes long, and not the event"


def test_what_decides_without_it_is_no_matter(logs):
    at = now_ms() - HOUR_MS
    rows = [json.dumps({"a": HOSTILE, "b": 1}), json.dumps({"a": "xy", "b": 2})]
    put(logs, "g", [event(row, at) for row in rows])
    assert messages(logs.filter_log_events(logGroupName="g", filterPattern="{ $.a = %%%s%% && $.b = 2 }" % SLOW)) == rows[1:]
    assert messages(logs.filter_log_events(logGroupName="g", filterPattern="{ $.b < 3 || $.a = %%%s%% }" % SLOW)) == rows
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName="g", filterPattern="{ $.a != %%%s%% && $.b > 0 }" % SLOW)


@pytest.mark.ordinary   # it is about the processor's time
def test_a_page_ends_when_its_time_is_used_up(account, logs):
    """Events that take some time each, and all of them more than a page has: none of them is left out. The newest first, which is the
    harder way: in a block they lie the other way round."""
    at = now_ms() - HOUR_MS
    rows = [f"{number} " + "x" * 1500 + ("y" if number % 10 == 9 else "") for number in range(30)]
    put(logs, "g", [event(row, at + number) for number, row in enumerate(rows)])
    found = messages({"events": all_pages(newer_logs(account).filter_log_events, "events", logGroupName="g", startFromHead=False,
                                          filterPattern="%x*x[yz]$%")})
    assert found == [row for row in rows[::-1] if row.endswith("y")]


def test_a_pattern_that_is_tried_is_refused(logs):
    with refused("InvalidParameterException", "Invalid filter pattern: its regular expressions take too long to match the log event messages."):
        logs.test_metric_filter(filterPattern=f"%{SLOW}%", logEventMessages=["xxy", HOSTILE])
    with refused("InvalidParameterException"):
        logs.test_metric_filter(filterPattern=f"-%{SLOW}%", logEventMessages=[HOSTILE])


def test_long_events_are_matched_all_the_same(logs):
    """Steps of matching grow with the event, and no count of them is a reason to leave it out."""
    long = "ERROR" + " " * 200000 + "end"
    put(logs, "g", [event(long), event("ERROR " + "-" * 200000)])
    assert messages(logs.filter_log_events(logGroupName="g", filterPattern="%ERROR.*end%")) == [long]


@pytest.mark.parametrize("command", ["filter @message like /%s/", "parse @message /(?<found>%s)/ | stats count(found)"])
def test_a_query_fails(server, logs, command):
    put(logs, "g", [event("xxy"), event(HOSTILE)])
    before = server.admin.metrics()['merlon_losses_total{of="log_queries"}']
    answer = answer_of(logs, start(logs, "fields @message | " + command % SLOW))
    assert answer["status"] == "Failed" and answer["results"] == []
    assert server.admin.metrics()['merlon_losses_total{of="log_queries"}'] > before


def test_hostile_events_do_not_blind_a_metric_filter(account, server, logs):
    """Each event that a filter does not decide is counted, in a metric that its owner can have an alarm on; those around them are
    found."""
    at = now_ms() // MINUTE_MS * MINUTE_MS - 10 * MINUTE_MS
    for name, pattern in (("slow", f"%{SLOW}%"), ("other", "secret")):
        logs.put_metric_filter(logGroupName="g", filterName=name, filterPattern=pattern, metricTransformations=[
            {"metricName": name, "metricNamespace": "ns", "metricValue": "1"}])
    before = server.admin.metrics()['merlon_losses_total{of="metric_filter_events"}']
    hostile = [event(HOSTILE + "secret", at)] * 4
    put(logs, "g", [event("xy first", at), *hostile, event("xy in between", at), *hostile, *hostile, event("xxz last", at)])
    cloudwatch = account.client("cloudwatch")
    assert awaited(lambda: sums(cloudwatch, "ns", "slow", at, at + HOUR_MS), {at: 3.0}) == {at: 3.0}
    assert sums(cloudwatch, "ns", "other", at, at + HOUR_MS) == {at: 12.0}, "another filter decides them"
    told = sums(cloudwatch, "AWS/Logs", "MetricFilterErrors", at, at + HOUR_MS, dimensions=[("LogGroupName", "g"), ("FilterName", "slow")])
    assert sum(told.values()) == 12.0
    assert server.admin.metrics()['merlon_losses_total{of="metric_filter_events"}'] >= before + 12
    lines = [line for line in server.log(last=1_000_000).splitlines() if "metric filter slow of log group g" in line and account.id in line]
    assert lines and all("secret" not in line and "xxxx" not in line for line in lines)


def test_an_undecided_event_is_no_minute_without_matches(account, logs):
    """The default value would say that nothing has matched."""
    at = now_ms() // MINUTE_MS * MINUTE_MS
    logs.put_metric_filter(logGroupName="g", filterName="f", filterPattern=f"%{SLOW}%", metricTransformations=[
        {"metricName": "m", "metricNamespace": "ns", "metricValue": "1", "defaultValue": 0.0}])
    put(logs, "g", [event(HOSTILE, at)])
    cloudwatch = account.client("cloudwatch")

    def told():
        return sum(sums(cloudwatch, "AWS/Logs", "MetricFilterErrors", at - HOUR_MS, at + HOUR_MS,
                        dimensions=[("LogGroupName", "g"), ("FilterName", "f")]).values())

    assert awaited(told, 1.0) == 1.0
    assert sums(cloudwatch, "ns", "m", at - HOUR_MS, at + HOUR_MS) == {}
