"""Archives of event buses, and replays of what they hold.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html"""
import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import Account, policy, statement
from harness.event_rules import Queue, put_event, put_rule, put_slow_rules, refused
from harness.server import Server

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def events(account):
    return account.client("events")


def bus_arn(account, name="default"):
    return f"arn:aws:events:us-east-1:{account.id}:event-bus/{name}"


def archive(account, name="a", bus="default", **more):
    return account.client("events").create_archive(ArchiveName=name, EventSourceArn=bus_arn(account, bus), **more)["ArchiveArn"]


def put_at(account, number, at, bus="default", **more):
    return put_event(account, detail={"n": number, **more}, bus=bus, Time=at)


def await_state(events, name, state="COMPLETED"):
    end = time.monotonic() + 20
    while (told := events.describe_replay(ReplayName=name))["State"] != state:
        assert time.monotonic() < end, told
        time.sleep(0.02)
    return told


def replay(account, source, name="r", bus="default", start=START - DAY, end=START + DAY, rules=None, **more):
    return account.client("events").start_replay(
        ReplayName=name, EventSourceArn=source, EventStartTime=start, EventEndTime=end,
        Destination={"Arn": bus_arn(account, bus), **({"FilterArns": rules} if rules else {})}, **more)


# -- Archives

def test_the_life_of_an_archive(account, events):
    pattern = json.dumps({"source": ["my.app"]})
    made = events.create_archive(ArchiveName="a", EventSourceArn=bus_arn(account), Description="d", EventPattern=pattern, RetentionDays=7)
    assert made["State"] == "ENABLED" and made["ArchiveArn"] == f"arn:aws:events:us-east-1:{account.id}:archive/a"
    told = events.describe_archive(ArchiveName="a")
    assert {key: told[key] for key in told if key not in ("ResponseMetadata", "CreationTime")} == {
        "ArchiveArn": made["ArchiveArn"], "ArchiveName": "a", "EventSourceArn": bus_arn(account), "Description": "d",
        "EventPattern": pattern, "State": "ENABLED", "RetentionDays": 7, "SizeBytes": 0, "EventCount": 0}
    assert refused(archive, account)[0] == "ResourceAlreadyExistsException"
    events.update_archive(ArchiveName="a", RetentionDays=0, EventPattern=json.dumps({"source": ["your.app"]}))
    told = events.describe_archive(ArchiveName="a")
    assert told["RetentionDays"] == 0 and told["Description"] == "d" and "your.app" in told["EventPattern"]
    events.delete_archive(ArchiveName="a")
    for call in (events.describe_archive, events.delete_archive, events.update_archive):
        assert refused(call, ArchiveName="a") == ("ResourceNotFoundException", "Archive a does not exist.")
    assert events.list_rules()["Rules"] == []


def test_archives_that_are_none(account, events, other_account):
    for more, code in (({"EventPattern": "{"}, "InvalidEventPatternException"), ({"EventSourceArn": bus_arn(account, "x")}, "ResourceNotFoundException"),
                       ({"EventSourceArn": bus_arn(account) + "/x"}, "ResourceNotFoundException"),
                       ({"EventSourceArn": f"arn:aws:events:us-east-1:{account.id}:rule/x"}, "ValidationException")):
        assert refused(events.create_archive, **{"ArchiveName": "a", "EventSourceArn": bus_arn(account), **more})[0] == code, more
    assert refused(events.create_archive, ArchiveName="a", EventSourceArn=bus_arn(other_account))[0] in (
        "AccessDeniedException", "ValidationException")
    assert events.list_archives()["Archives"] == [] and events.list_rules()["Rules"] == []


def test_the_managed_rule(account, events):
    source = archive(account, EventPattern=json.dumps({"source": ["my.app"]}))
    name = "Events-Archive-a"
    rule = events.describe_rule(Name=name)
    assert json.loads(rule["EventPattern"]) == {"source": ["my.app"], "replay-name": [{"exists": False}]}
    assert rule["ManagedBy"] == "prod.vhs.events.aws.internal" and events.list_rules()["Rules"][0]["ManagedBy"] == rule["ManagedBy"]
    target, = events.list_targets_by_rule(Rule=name)["Targets"]
    assert target["Arn"] == source
    for call, more in ((events.put_rule, {"Name": name, "EventPattern": "{\"source\":[\"x\"]}"}), (events.disable_rule, {"Name": name}),
                       (events.delete_rule, {"Name": name}), (events.remove_targets, {"Rule": name, "Ids": [target["Id"]]}),
                       (events.put_targets, {"Rule": name, "Targets": [{"Id": "x", "Arn": f"arn:aws:sqs:us-east-1:{account.id}:q"}]}),
                       (events.tag_resource, {"ResourceARN": rule["Arn"], "Tags": [{"Key": "a", "Value": "b"}]})):
        assert refused(call, **more)[0] == "ManagedRuleException", more
    events.remove_targets(Rule=name, Ids=[target["Id"]], Force=True)
    events.delete_rule(Name=name, Force=True)
    put_event(account)
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 0
    events.update_archive(ArchiveName="a", EventPattern=json.dumps({"source": ["my.app"]}))  # makes it anew
    put_event(account)
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 1
    events.delete_archive(ArchiveName="a")
    events.put_rule(Name="Events-Archive-b", EventPattern='{"source":["x"]}')
    assert refused(archive, account, "b")[0] == "ResourceAlreadyExistsException"
    assert refused(events.put_targets, Rule="Events-Archive-b", Targets=[{"Id": "x", "Arn": source}])[0] == "ValidationException"


def test_what_is_archived_is_counted(account, events):
    archive(account, EventPattern=json.dumps({"source": ["my.app"]}))
    archive(account, "all", RetentionDays=1)
    for number in range(3):
        put_at(account, number, datetime.now(timezone.utc), text="x" * 1000)
    put_event(account, source="other.app")
    told = events.describe_archive(ArchiveName="a")
    assert told["EventCount"] == 3 and 3000 < told["SizeBytes"] < 5000
    assert {row["ArchiveName"]: row["EventCount"] for row in events.list_archives()["Archives"]}["a"] == 3


def test_archives_by_page(account, events):
    events.create_event_bus(Name="b")
    for name in ("a1", "a2", "a3"):
        archive(account, name)
    archive(account, "c", bus="b")
    first = events.list_archives(NamePrefix="a", Limit=2)
    rest = events.list_archives(NamePrefix="a", Limit=2, NextToken=first["NextToken"])
    assert [row["ArchiveName"] for row in first["Archives"] + rest["Archives"]] == ["a1", "a2", "a3"] and "NextToken" not in rest
    assert [row["ArchiveName"] for row in events.list_archives(EventSourceArn=bus_arn(account, "b"))["Archives"]] == ["c"]
    assert len(events.list_archives(State="ENABLED")["Archives"]) == 4 and events.list_archives(State="DISABLED")["Archives"] == []
    assert refused(events.list_archives, NamePrefix="a", State="ENABLED")[0] == "ValidationException"


# -- Replays

def test_a_replay(account, events):
    queue, other = Queue(account, "q"), Queue(account, "o")
    source = archive(account, EventPattern=json.dumps({"source": ["my.app"]}))
    ids = [put_at(account, number, START + timedelta(seconds=number), text="ü\u0000" * number) for number in (3, 1, 0, 2)]
    put_at(account, 9, START - 2 * DAY)
    put_at(account, 9, START + 2 * DAY)
    rule = put_rule(account, "q", {"source": ["my.app"], "detail": {"n": [{"numeric": ["<", 3]}]}}, queue.arn)
    put_rule(account, "o", {"source": ["my.app"]}, other.arn)
    made = replay(account, source, rules=[rule], Description="again")
    assert made["State"] == "STARTING" and made["ReplayArn"] == f"arn:aws:events:us-east-1:{account.id}:replay/r"
    found = queue.events(3)
    assert sorted(event["detail"]["n"] for event in found) == [0, 1, 2] and {event["id"] for event in found} == set(ids[1:])
    assert all(event["replay-name"] == "r" and event["detail"]["text"] == "ü\0" * event["detail"]["n"] for event in found)
    told = await_state(events, "r")
    assert told["EventLastReplayedTime"] == START + timedelta(seconds=3) and told["ReplayEndTime"] >= told["ReplayStartTime"]
    assert told["Destination"] == {"Arn": bus_arn(account), "FilterArns": [rule]} and told["Description"] == "again"
    assert told["EventSourceArn"] == source and told["EventStartTime"] == START - DAY
    assert queue.is_empty() and other.is_empty()
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 6  # replayed events are not archived
    assert refused(replay, account, source)[0] == "ResourceAlreadyExistsException"
    assert refused(events.cancel_replay, ReplayName="r")[0] == "IllegalStatusException"
    replay(account, source, name="again")
    assert sorted(event["detail"]["n"] for event in other.events(4)) == [0, 1, 2, 3]


@pytest.mark.ordinary   # it is about the processor's time
def test_a_replay_tells_what_it_leaves_out(account, events, server):
    """An event that takes too long to match, for the rules have become more since it came; all others are there."""
    queue, source = Queue(account, "seen"), archive(account)
    for number, more in enumerate(({}, {"a": ["00"] * 100000}, {})):
        put_at(account, number, START + timedelta(minutes=number), **more)
    put_rule(account, "seen", {"source": ["my.app"], "replay-name": [{"exists": True}]}, queue.arn)
    put_slow_rules(events)
    before = server.admin.metrics()['merlon_losses_total{of="replayed_events"}']
    replay(account, source)
    told = await_state(events, "r", "FAILED")
    assert told["StateReason"] == ("1 of the archived events took too long to match with the rules of the event bus, and were left out. "
                                   "All others were replayed.")
    assert told["EventLastReplayedTime"] == START + timedelta(minutes=2)
    assert [event["detail"]["n"] for event in queue.events(2)] == [0, 2] and queue.is_empty()
    assert server.admin.metrics()['merlon_losses_total{of="replayed_events"}'] > before
    assert account.id in next(line for line in server.log(last=1_000_000).splitlines() if f"{account.id}:replay/r" in line)


def test_a_long_replay_comes_in_order_and_once(account, events):
    queue = Queue(account, "q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    events.create_event_bus(Name="b")
    source = archive(account, bus="b")
    entries = [{"Source": "my.app", "DetailType": "x", "Detail": json.dumps({"n": n}), "EventBusName": "b", "Time": START + timedelta(seconds=n)}
               for n in range(230)]
    for first in range(220, -1, -10):
        events.put_events(Entries=entries[first:first + 10])
    put_rule(account, "q", {"source": ["my.app"]}, {"Arn": queue.arn, "SqsParameters": {"MessageGroupId": "g"}}, bus="b")
    replay(account, source, bus="b", end=START + timedelta(seconds=219))
    assert [event["detail"]["n"] for event in queue.events(220)] == list(range(220))
    await_state(events, "r")
    assert queue.is_empty()


@pytest.mark.parametrize("change, code", [
    ({"EventSourceArn": "arn:aws:events:us-east-1:{id}:archive/none"}, "ResourceNotFoundException"),
    ({"EventSourceArn": "arn:aws:events:us-east-1:{id}:event-bus/default"}, "ValidationException"),
    ({"Destination": {"Arn": "arn:aws:events:us-east-1:{id}:event-bus/other"}}, "ValidationException"),
    ({"EventEndTime": START}, "ValidationException"),
    ({"Destination": {"Arn": "arn:aws:events:us-east-1:{id}:event-bus/default", "FilterArns": ["x"]}}, "ValidationException"),
    ({"Destination": {"Arn": "arn:aws:events:us-east-1:{id}:event-bus/default", "FilterArns": ["arn:aws:events:us-east-1:{id}:rule/none"]}},
     "ResourceNotFoundException")], ids=str)
def test_replays_that_are_none(account, events, change, code):
    archive(account)
    good = {"ReplayName": "r", "EventSourceArn": "arn:aws:events:us-east-1:{id}:archive/a", "EventStartTime": START,
            "EventEndTime": START + DAY, "Destination": {"Arn": "arn:aws:events:us-east-1:{id}:event-bus/default"}}
    text = json.dumps({**good, **change}, default=lambda at: at.isoformat()).replace("{id}", account.id)
    assert refused(events.start_replay, **json.loads(text))[0] == code
    assert events.list_replays()["Replays"] == []


def test_replays_are_listed_and_limited_and_cancelled(account, events, server):
    source = archive(account)
    entries = [{"Source": "my.app", "DetailType": "x", "Detail": "{}", "Time": START}] * 10
    for _ in range(60):
        events.put_events(Entries=entries)
    answers = []
    for number in range(14):  # as fast as they can be asked for: each takes a dozen rounds
        try:
            answers.append(replay(account, source, name=f"r{number:02}")["State"])
        except events.exceptions.LimitExceededException:
            answers.append("no")
    assert "no" in answers[10:] and "no" not in answers[:10]
    assert events.cancel_replay(ReplayName="r09")["State"] == "CANCELLING"
    await_state(events, "r09", "CANCELLED")
    for number in range(9):
        await_state(events, f"r{number:02}")
    assert [row["ReplayName"] for row in events.list_replays(State="CANCELLED")["Replays"]] == ["r09"]
    first = events.list_replays(NamePrefix="r0", Limit=6)
    rest = events.list_replays(NamePrefix="r0", Limit=6, NextToken=first["NextToken"])
    assert [row["ReplayName"] for row in first["Replays"] + rest["Replays"]] == [f"r{number:02}" for number in range(10)]
    assert refused(events.describe_replay, ReplayName="none") == ("ResourceNotFoundException", "Replay none does not exist.")
    replay(account, source, name="another")


def test_permissions(account, events):
    source = archive(account)
    user = account.user("u", policy(statement("events:StartReplay", resource=[source, f"arn:aws:events:us-east-1:{account.id}:replay/r*"])))
    ask = {"ReplayName": "r", "EventSourceArn": source, "EventStartTime": START, "EventEndTime": START + DAY,
           "Destination": {"Arn": bus_arn(account)}}
    code, message = refused(user.client("events").start_replay, **ask)
    assert code == "AccessDeniedException" and bus_arn(account) in message
    user.put_policy(policy(statement("events:StartReplay", resource=bus_arn(account))), "bus")
    assert refused(user.client("events").start_replay, **{**ask, "ReplayName": "x"})[0] == "AccessDeniedException"
    user.client("events").start_replay(**ask)


# -- By the clock, and what lies on the disk

@pytest.fixture(scope="module")
def own_server():
    with Server() as running:
        yield running


@pytest.fixture
def past(own_server, home):
    own_server.admin.past_the_jump()
    return Account.create(own_server, home)


def test_what_is_too_old_goes(past):
    admin, events = past.server.admin, past.client("events")
    archive(past, RetentionDays=3, EventPattern=json.dumps({"source": ["my.app"]}))
    archive(past, "ever", EventPattern=json.dumps({"source": ["my.app"]}))
    put_event(past, detail={"n": 1})
    admin.advance("2d")
    admin.past_the_jump()
    put_event(past, detail={"n": 2})
    admin.advance("1d")
    admin.past_the_jump()
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 1
    events.update_archive(ArchiveName="a", RetentionDays=1)
    admin.advance("1s")
    admin.past_the_jump()
    told = events.describe_archive(ArchiveName="a")
    assert told["EventCount"] == 0 and told["SizeBytes"] == 0
    assert events.describe_archive(ArchiveName="ever")["EventCount"] == 2


def test_replays_end_and_are_forgotten(past):
    admin, events = past.server.admin, past.client("events")
    source = archive(past)
    put_event(past)
    now = datetime.now(timezone.utc)
    replay(past, source, start=now - DAY, end=now + timedelta(days=300))
    await_state(events, "r")
    events.delete_archive(ArchiveName="a")
    archive(past, EventPattern=json.dumps({"source": ["my.app"]}))
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 0  # another one of the same name
    assert refused(replay, past, source + "x")[0] == "ResourceNotFoundException"
    admin.advance("89d")
    admin.past_the_jump()
    assert events.describe_replay(ReplayName="r")["State"] == "COMPLETED"
    admin.advance("2d")
    admin.past_the_jump()
    assert refused(events.describe_replay, ReplayName="r")[0] == "ResourceNotFoundException"


def test_nothing_of_it_lies_open_and_all_is_there_after_a_start(disk_server, home):
    account = Account.create(disk_server, home)
    source = archive(account, EventPattern=json.dumps({"source": ["my.app"]}))
    put_at(account, 1, START, text="very-secret-text " * 100)
    disk_server.kill()
    assert all(b"very-secret-text" not in path.read_bytes() for path in disk_server.data.rglob("*") if path.is_file())
    disk_server.start()
    queue = Queue(account, "q")
    put_rule(account, "q", {"source": ["my.app"]}, queue.arn)
    replay(account, source)
    event, = queue.events()
    assert event["detail"]["text"].startswith("very-secret-text")
