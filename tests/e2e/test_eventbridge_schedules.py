"""Schedules, on the one clock.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html"""
from datetime import datetime, timedelta

import pytest

from harness.event_rules import Queue
from harness.server import Server


@pytest.fixture(scope="module")
def clock_server():
    """Of this file alone: schedules fire as long as there are rules, however far others move the clock."""
    with Server() as running:
        yield running


def time_of(event):
    return datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")


def put_schedule(account, name, expression, queue, **more):
    events = account.client("events")
    arn = events.put_rule(Name=name, ScheduleExpression=expression, **more)["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": queue.arn}])
    return arn


def test_a_rate(traveller, later):
    queue = Queue(traveller, "rate")
    arn = put_schedule(traveller, "rate", "rate(5 minutes)", queue)
    assert queue.is_empty()
    later("21m")
    events = sorted(queue.events(4), key=time_of)
    assert queue.is_empty()
    assert all(b - a == timedelta(minutes=5) for a, b in zip(map(time_of, events), map(time_of, events[1:])))
    first = events[0]
    assert len(first.pop("id")) == 36 and first.pop("time")
    assert first == {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "account": traveller.id,
                     "region": "us-east-1", "resources": [arn], "detail": {}}


def test_a_cron(traveller, later):
    queue = Queue(traveller, "cron")
    put_schedule(traveller, "cron", "cron(0/30 * * * ? *)", queue)
    later("2h")
    events = sorted(queue.events(4), key=time_of)
    assert {(time_of(event).minute, time_of(event).second) for event in events} == {(0, 0), (30, 0)}
    assert queue.is_empty()


def test_what_is_off_does_not_fire(traveller, later):
    queue, events = Queue(traveller, "off"), traveller.client("events")
    put_schedule(traveller, "off", "rate(1 hour)", queue, State="DISABLED")
    put_schedule(traveller, "deleted", "rate(1 hour)", queue)
    put_schedule(traveller, "changed", "rate(1 hour)", queue)
    put_schedule(traveller, "stopped", "rate(1 hour)", queue)
    events.remove_targets(Rule="deleted", Ids=["1"])
    events.delete_rule(Name="deleted")
    events.put_rule(Name="changed", ScheduleExpression="rate(90 minutes)", Description="new")
    events.disable_rule(Name="stopped")
    later("61m")
    assert queue.is_empty()
    later("30m")
    assert queue.events(1)[0]["resources"][0].endswith("rule/changed")
    events.enable_rule(Name="off")
    later("61m")
    assert queue.events(1)[0]["resources"][0].endswith("rule/off")
    assert queue.is_empty()


def test_a_schedule_is_not_set_back_by_the_same_one(traveller, later):
    queue = Queue(traveller, "same")
    put_schedule(traveller, "same", "rate(1 hour)", queue)
    later("40m")
    traveller.client("events").put_rule(Name="same", ScheduleExpression="rate(1 hour)", Description="new")
    later("21m")
    queue.events(1)
