"""FilterLogEvents and TestMetricFilter through stock clients; what patterns mean is in tests/unit/services/test_logs_pattern.c.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
import json
import random

import pytest

from harness.account import policy, statement
from harness.logs import HOUR_MS, all_pages, event, make_stream, messages, newer_logs, now_ms, put
from harness.refusals import denied, refused

APACHE = ['127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534',
          '127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 500 5324',
          '127.0.0.1 - frank [10/Oct/2000:13:50:35 -0700] "GET /apache_pb.gif HTTP/1.0" 200 4355']


@pytest.fixture
def logs(account):
    client = account.client("logs", parameter_validation=False)
    make_stream(client, "g")
    for name in ("two", "three"):
        client.create_log_stream(logGroupName="g", logStreamName=name)
    return client


def found(logs, **more):
    return messages({"events": all_pages(logs.filter_log_events, "events", logGroupName="g", **more)})


def test_streams_are_interleaved(logs):
    at = now_ms() - HOUR_MS
    for number in range(9):
        put(logs, "g", [event(str(number), at + number // 2)], stream=("one", "two", "three")[number % 3])
    answer = logs.filter_log_events(logGroupName="g")
    assert messages(answer) == [str(number) for number in range(9)]
    assert answer["searchedLogStreams"] == [] and "nextToken" not in answer
    first = answer["events"][0]
    assert first["logStreamName"] == "one" and first["timestamp"] == at and first["ingestionTime"] >= at
    assert len({one["eventId"] for one in answer["events"]}) == 9
    assert all(len(one["eventId"]) == 56 and one["eventId"].isdigit() for one in answer["events"])
    assert [one["eventId"] for one in answer["events"]] == sorted(one["eventId"] for one in answer["events"])
    assert found(logs, limit=2) == [str(number) for number in range(9)]
    assert found(logs, logStreamNames=["two"]) == ["1", "4", "7"]
    assert found(logs, logStreamNames=["two", "one"], limit=1) == ["0", "1", "3", "4", "6", "7"]
    assert found(logs, logStreamNamePrefix="t") == ["1", "2", "4", "5", "7", "8"]
    assert found(logs, logStreamNamePrefix="none") == []
    assert found(logs, startTime=at + 1, endTime=at + 2) == ["2", "3", "4", "5"], "its end is part of it"
    with refused("ResourceNotFoundException", "The specified log stream does not exist."):
        found(logs, logStreamNames=["one", "none"])
    with refused("InvalidParameterException"):
        found(logs, logStreamNames=["one"], logStreamNamePrefix="t")


def test_the_newest_first(account, logs):
    client, at = newer_logs(account), now_ms() - HOUR_MS
    draw, sent = random.Random(3), []
    for batch in range(20):
        begin = at - draw.randrange(5 * HOUR_MS)
        times = sorted(begin + draw.randrange(3 * HOUR_MS) for _ in range(10))
        put(logs, "g", [event(f"{batch}.{number}", ms) for number, ms in enumerate(times)],
            stream=("one", "two", "three")[batch % 3])
        sent += [(ms, batch, number) for number, ms in enumerate(times)]
    expected = [f"{batch}.{number}" for _, batch, number in sorted(sent)]
    for limit in (7, 1000):
        assert found(logs, limit=limit) == expected
        down = all_pages(client.filter_log_events, "events", logGroupName="g", startFromHead=False, limit=limit)
        assert messages({"events": down}) == expected[::-1]
    with refused("InvalidParameterException"):
        client.filter_log_events(logGroupName="g", startFromHead=False, startTime=1700000000000)


def test_patterns(logs):
    at = now_ms()
    rows = ["[ERROR] no such key", "[WARN] slow", json.dumps({"errorCode": "AccessDenied", "userIdentity": {"type": "Root"}}),
            json.dumps({"errorCode": "AccessDeniedException", "userIdentity": {"type": "IAMUser"}}), APACHE[1]]
    put(logs, "g", [event(row, at) for row in rows])
    assert found(logs, filterPattern="ERROR") == rows[:1]
    assert found(logs, filterPattern="?ERROR ?WARN") == rows[:2]
    assert found(logs, filterPattern='{ $.errorCode = "AccessDenied*" && $.userIdentity.type != "Root" }') == rows[3:4]
    assert found(logs, filterPattern="[..., status=5*, size > 1000]") == rows[4:]
    assert found(logs, filterPattern="%^.WARN%") == rows[1:2]
    assert found(logs, filterPattern="") == rows
    for wrong in ("{ $.a = }", "[a", "a.b", "x" * 1025):
        with refused("InvalidParameterException"):
            found(logs, filterPattern=wrong)


def test_pages_of_rare_matches_end(logs):
    """Most of what is looked at does not match: pages may be empty, and each leads further."""
    at = now_ms() - HOUR_MS
    for number in range(20):
        put(logs, "g", [event("y" * 1000000, at + number * 60000)])
    put(logs, "g", [event("x marks it", at + 20 * 60000)])
    assert found(logs, filterPattern="marks") == ["x marks it"]
    first = logs.filter_log_events(logGroupName="g", filterPattern="marks")
    assert first["events"] == [] and first["nextToken"]
    assert found(logs, filterPattern="marks", limit=1) == ["x marks it"]


def test_tokens_are_of_their_group(account, logs):
    put(logs, "g", [event("a"), event("b")])
    make_stream(logs, "other")
    token = logs.filter_log_events(logGroupName="g", limit=1)["nextToken"]
    for group, wrong in (("other", token), ("g", token[:-2]), ("g", "x")):
        with refused("InvalidParameterException", "The specified nextToken is invalid."):
            logs.filter_log_events(logGroupName=group, nextToken=wrong)


def test_deleted_streams_are_not_searched(logs):
    put(logs, "g", [event("gone")])
    put(logs, "g", [event("kept")], stream="two")
    logs.delete_log_stream(logGroupName="g", logStreamName="one")
    assert found(logs) == ["kept"]


def test_permissions(account, logs):
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:g"
    user = account.user(policy=policy(statement("logs:FilterLogEvents", resource=arn + ":*")))
    client = user.client("logs")
    assert messages(client.filter_log_events(logGroupName="g")) == []
    with denied("logs:FilterLogEvents", f"arn:aws:logs:us-east-1:{account.id}:log-group:h:log-stream:"):
        client.filter_log_events(logGroupName="h")
    with denied("logs:Unmask"):
        client.filter_log_events(logGroupName="g", unmask=True)
    with denied("logs:TestMetricFilter"):
        client.test_metric_filter(filterPattern="a", logEventMessages=["a"])
    with refused("ResourceNotFoundException", "The specified log group does not exist."):
        logs.filter_log_events(logGroupName="h")


def test_a_pattern_on_trial(logs):
    """The reference's own examples."""
    answer = logs.test_metric_filter(filterPattern="[..., status_code=200, size]", logEventMessages=APACHE)
    assert answer["matches"] == [
        {"eventNumber": number, "eventMessage": APACHE[number], "extractedValues": {
            "$status_code": "200", "$size": size, "$4": time, "$5": "GET /apache_pb.gif HTTP/1.0", "$2": "-",
            "$3": "frank", "$1": "127.0.0.1"}}
        for number, size, time in ((0, "1534", "10/Oct/2000:13:25:15 -0700"), (2, "4355", "10/Oct/2000:13:50:35 -0700"))]
    assert len(logs.test_metric_filter(filterPattern="[]", logEventMessages=APACHE)["matches"][0]["extractedValues"]) == 7
    sample = ["02 May 2014 00:34:12,525 [INFO] Starting", "02 May 2014 00:34:16,142 [ERROR] Unhanded exception"]
    answer = logs.test_metric_filter(filterPattern='"[ERROR]"', logEventMessages=sample)
    assert answer["matches"] == [{"eventNumber": 1, "eventMessage": sample[1], "extractedValues": {}}]
    with refused("InvalidParameterException"):
        logs.test_metric_filter(filterPattern="[a", logEventMessages=["x"])
    for wrong in ([], ["x"] * 51, [""]):
        with refused("InvalidParameterException"):
            logs.test_metric_filter(filterPattern="a", logEventMessages=wrong)


def test_the_command_line_reads_along(account, logs):
    put(logs, "g", [event("first"), event("second")])
    assert messages(account.cli("logs filter-log-events --log-group-name g --filter-pattern second")) == ["second"]
    lines = account.cli("logs tail g --since 1h --format short").splitlines()
    assert [line.split()[1] for line in lines] == ["first", "second"]
