"""Events of CloudWatch Logs: put, refused, read in both directions, kept no longer than they should be.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
import random

import pytest

from harness.logs import DAY_MS, HOUR_MS, event, make_stream, messages, now_ms, put, read_all
from harness.refusals import denied, refused
from harness.account import policy, statement


@pytest.fixture
def logs(account):
    client = account.client("logs", parameter_validation=False)
    make_stream(client, "g")
    return client


def stream_of(logs, name="one"):
    return logs.describe_log_streams(logGroupName="g", logStreamNamePrefix=name)["logStreams"][0]


def stored_bytes(logs):
    return logs.describe_log_groups()["logGroups"][0]["storedBytes"]


def test_put_and_get(logs):
    at = now_ms()
    answer = put(logs, "g", [event("first", at - 5), event("second é\n", at), event("third", at)])
    assert answer["nextSequenceToken"].isdigit() and "rejectedLogEventsInfo" not in answer
    got = logs.get_log_events(logGroupName="g", logStreamName="one")
    assert messages(got) == ["first", "second é\n", "third"]
    assert [one["timestamp"] for one in got["events"]] == [at - 5, at, at]
    assert all(at - 1000 <= one["ingestionTime"] <= now_ms() + 1000 for one in got["events"])
    stream = stream_of(logs)
    assert stream["firstEventTimestamp"] == at - 5 and stream["lastEventTimestamp"] == at
    assert stream["lastIngestionTime"] == got["events"][0]["ingestionTime"]
    assert stored_bytes(logs) == 3 * 26 + len("first") + len("second é\n".encode()) + len("third")


def test_sequence_tokens_are_ignored(logs):
    for token in ("1", "nonsense"):
        logs.put_log_events(logGroupName="g", logStreamName="one", logEvents=[event(token)], sequenceToken=token)
    assert read_all(logs, "g") == ["1", "nonsense"]


def test_refused_batches(logs):
    at = now_ms()
    with refused("InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order."):
        put(logs, "g", [event("b", at), event("a", at - 1)])
    with refused("InvalidParameterException",
                 "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."):
        put(logs, "g", [event("a", at - DAY_MS - 1), event("b", at)])
    with refused("InvalidParameterException", "Upload too large: 1048577 bytes exceeds limit of 1048576"):
        put(logs, "g", [event("x" * (1048577 - 26), at)])
    for wrong in ([], [event("", at)], [event("x", -1)], [{"timestamp": at}], [{"message": "x"}],
                  [event("x", at)] * 10001):
        with refused("InvalidParameterException"):
            put(logs, "g", wrong)
    with refused("ResourceNotFoundException", "The specified log stream does not exist."):
        put(logs, "g", [event("x")], stream="none")
    with refused("ResourceNotFoundException", "The specified log group does not exist."):
        put(logs, "none", [event("x")])
    assert read_all(logs, "g") == [] and stored_bytes(logs) == 0


def test_the_largest_batches(logs):
    at = now_ms()
    put(logs, "g", [event("x" * (1048576 - 26), at)])
    put(logs, "g", [event(f"{number:05}", at + 1) for number in range(10000)])
    put(logs, "g", [event("early", at - DAY_MS + 1), event("late", at + 1)])
    assert len(read_all(logs, "g")) == 10003
    first = logs.get_log_events(logGroupName="g", logStreamName="one", startFromHead=True)
    assert messages(first) == ["early"], "a page has a megabyte at most"
    assert stored_bytes(logs) == 1048576 + 10000 * 31 + 26 + 5 + 26 + 4


def test_too_old_and_too_new(logs):
    at = now_ms()
    answer = put(logs, "g", [event("old", at - 15 * DAY_MS), event("older than 14 days", at - 14 * DAY_MS - HOUR_MS),
                             event("kept", at), event("ahead", at + 2 * HOUR_MS - 60000),
                             event("too new", at + 2 * HOUR_MS + 60000)])
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4}
    logs.put_retention_policy(logGroupName="g", retentionInDays=3)
    answer = put(logs, "g", [event("too old", at - 15 * DAY_MS), event("expired", at - 4 * DAY_MS), event("kept too", at)])
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}
    answer = put(logs, "g", [event("expired", at - 4 * DAY_MS)])
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert read_all(logs, "g") == ["kept", "kept too", "ahead"]


def test_pages_in_both_directions(logs):
    at = now_ms() - HOUR_MS
    expected = [f"m{number}" for number in range(25)]
    for begin in range(0, 25, 5):
        put(logs, "g", [event(one, at + int(one[1:]) // 2) for one in expected[begin:begin + 5]])
    assert read_all(logs, "g", limit=4) == expected
    assert read_all(logs, "g", forward=False, limit=4) == expected
    tail = logs.get_log_events(logGroupName="g", logStreamName="one", limit=3)
    assert messages(tail) == expected[-3:]
    assert tail["nextForwardToken"].startswith("f/") and tail["nextBackwardToken"].startswith("b/")
    put(logs, "g", [event("new", at + HOUR_MS)])
    later = logs.get_log_events(logGroupName="g", logStreamName="one", nextToken=tail["nextForwardToken"], startFromHead=True)
    assert messages(later) == ["new"]
    back = logs.get_log_events(logGroupName="g", logStreamName="one", nextToken=tail["nextBackwardToken"], limit=2)
    assert messages(back) == expected[-5:-3]
    forth = logs.get_log_events(logGroupName="g", logStreamName="one", nextToken=back["nextForwardToken"], limit=2)
    assert messages(forth) == expected[-3:-1]
    for wrong in ("x", "f/1", "f/" + "9" * 56, "g/" + tail["nextForwardToken"][2:]):
        with refused("InvalidParameterException", "The specified nextToken is invalid."):
            logs.get_log_events(logGroupName="g", logStreamName="one", nextToken=wrong)


def test_an_empty_stream_has_tokens_too(logs):
    for forward in (True, False):
        empty = logs.get_log_events(logGroupName="g", logStreamName="one", startFromHead=forward)
        assert empty["events"] == []
        again = logs.get_log_events(logGroupName="g", logStreamName="one", nextToken=empty["nextForwardToken"])
        assert again["nextForwardToken"] == empty["nextForwardToken"]
    put(logs, "g", [event("x")])
    assert messages(logs.get_log_events(logGroupName="g", logStreamName="one", nextToken=empty["nextForwardToken"],
                                        startFromHead=True)) == ["x"]


def test_times_bound_what_is_read(logs):
    at = now_ms() - HOUR_MS
    put(logs, "g", [event(str(number), at + number) for number in range(10)])

    def between(**more):
        return messages(logs.get_log_events(logGroupName="g", logStreamName="one", **more))

    assert between(startTime=at + 7) == ["7", "8", "9"]
    assert between(endTime=at + 2) == ["0", "1"]
    assert between(startTime=at + 3, endTime=at + 5) == ["3", "4"]
    assert between(startTime=at + 5, endTime=at + 3) == []
    assert between(startTime=at + 3, endTime=at + 9, limit=2) == ["7", "8"]
    assert between(startTime=at + 3, endTime=at + 9, limit=2, startFromHead=True) == ["3", "4"]


def test_uploads_out_of_order_are_read_in_order(logs):
    """Blocks of hours that overlap each other in every way."""
    draw, at = random.Random(7), now_ms() - 20 * HOUR_MS
    sent = []
    for batch in range(30):
        begin = at + draw.randrange(10 * HOUR_MS)
        times = sorted(begin + draw.randrange(draw.choice([10, HOUR_MS, 9 * HOUR_MS])) for _ in range(20))
        put(logs, "g", [event(f"{batch}.{number}", ms) for number, ms in enumerate(times)])
        sent += [(ms, batch, number) for number, ms in enumerate(times)]
    expected = [f"{batch}.{number}" for _, batch, number in sorted(sent)]
    assert read_all(logs, "g") == expected
    assert read_all(logs, "g", limit=7) == expected
    assert read_all(logs, "g", forward=False, limit=11) == expected


def test_streams_by_their_last_event(logs):
    for name in ("two", "three"):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    at = now_ms()
    put(logs, "g", [event("x", at)])
    put(logs, "g", [event("x", at - 5)], stream="two")

    def ordered(**more):
        return [one["logStreamName"]
                for one in logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", **more)["logStreams"]]

    assert ordered() == ["three", "two", "one"]
    assert ordered(descending=True) == ["one", "two", "three"]
    put(logs, "g", [event("x", at + 5)], stream="two")
    assert ordered(descending=True) == ["two", "one", "three"]
    with refused("InvalidParameterException"):
        ordered(logStreamNamePrefix="t")


def test_another_group_of_the_name_is_another(logs):
    put(logs, "g", [event("old")])
    logs.delete_log_stream(logGroupName="g", logStreamName="one")
    assert stored_bytes(logs) == 0
    logs.create_log_stream(logGroupName="g", logStreamName="one")
    assert read_all(logs, "g") == []
    put(logs, "g", [event("older")])
    logs.delete_log_group(logGroupName="g")
    with refused("ResourceNotFoundException"):
        read_all(logs, "g")
    make_stream(logs, "g")
    assert read_all(logs, "g") == [] and stored_bytes(logs) == 0


def test_permissions(account, logs):
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:g:log-stream:one"
    writer = account.user(policy=policy(statement("logs:PutLogEvents", resource=arn))).client("logs")
    put(writer, "g", [event("x")])
    logs.create_log_stream(logGroupName="g", logStreamName="two")
    with denied("logs:PutLogEvents", arn.replace("one", "two")):
        put(writer, "g", [event("x")], stream="two")
    with denied("logs:GetLogEvents", arn):
        writer.get_log_events(logGroupName="g", logStreamName="one")
    reader = account.user(policy=policy("logs:GetLogEvents")).client("logs")
    assert read_all(reader, "g") == ["x"]
    with denied("logs:Unmask"):
        reader.get_log_events(logGroupName="g", logStreamName="one", unmask=True)


def test_what_has_expired_is_gone(traveller, later):
    logs = traveller.client("logs")
    make_stream(logs, "g")
    at = logs_now(logs)
    put(logs, "g", [event("first", at - HOUR_MS)])
    put(logs, "g", [event("second", at)])
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    later("23h30m")
    assert read_all(logs, "g") == ["second"], "to the millisecond, whatever is still on the disk"
    later("1h")
    assert read_all(logs, "g") == []
    later("2h")
    assert stored_bytes(logs) == 0
    assert "firstEventTimestamp" not in stream_of(logs)
    put(logs, "g", [event("third", at + DAY_MS + 3 * HOUR_MS)])
    assert read_all(logs, "g") == ["third"]
    later("2d")
    assert stored_bytes(logs) == 0


def logs_now(logs):
    """Of a server whose clock may have been advanced: that of a group that was just made."""
    return logs.describe_log_groups()["logGroups"][0]["creationTime"]
