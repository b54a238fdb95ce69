"""Alarms over other alarms, and actions that are held back.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html"""
import json
import re
import time

import pytest

from harness.account import Account, policy, statement
from harness.alarms import alarm_of, history_of, put_alarm, set_state, state_of, summaries
from harness.event_rules import Queue, put_rule
from harness.refusals import denied, refused
from harness.server import Server

SETTLED_S = 20
ACTION = "arn:aws:lambda:us-east-1:111122223333:function:f"  # done or not is told by the history


@pytest.fixture(scope="module")
def clocked():
    with Server() as running:
        yield running


@pytest.fixture
def account(clocked, home):
    return Account.create(clocked, home)


@pytest.fixture
def cloudwatch(account):
    client = account.client("cloudwatch")
    for name in "abcd":
        put_alarm(client, name, metric=name, TreatMissingData="ignore")  # a state that is set stays
    return client


@pytest.fixture
def later(clocked):
    return clocked.admin.advance


def put_composite(cloudwatch, name, rule, **more):
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)


def becomes(cloudwatch, name, state):
    """Composite alarms look at their children right behind the change."""
    end = time.monotonic() + SETTLED_S
    while (found := state_of(cloudwatch, name)) != state:
        assert time.monotonic() < end, f"{name} is {found}, not {state}"
        time.sleep(0.02)


def held(cloudwatch, name, by):
    end = time.monotonic() + SETTLED_S
    while (found := alarm_of(cloudwatch, name).get("ActionsSuppressedBy")) != by:
        assert time.monotonic() < end, f"{name} is held back by {found}, not {by}"
        time.sleep(0.02)


RULES = [  # with a in ALARM, b in OK, c and d in INSUFFICIENT_DATA
    ("TRUE", True), ("false", False), ("ALARM(a)", True), ('ALARM("a")', True), ("OK(a)", False), ("OK(b)", True),
    ("INSUFFICIENT_DATA(c)", True), ("NOT ALARM(a)", False), ("NOT NOT ALARM(a)", True), ("ALARM(a) AND OK(b)", True),
    ("ALARM(b) OR ALARM(a)", True), ("ALARM(b) OR ALARM(a) AND FALSE", False), ("(ALARM(b) OR ALARM(a)) AND TRUE", True),
    ("TRUE OR TRUE AND FALSE", True), ("NOT (ALARM(a) AND ALARM(b))", True), ("ALARM( a )AND(OK(b))", True),
    ("AT_LEAST(1, ALARM, (a, b, c))", True), ("AT_LEAST(2, ALARM, (a, b, c))", False), ("AT_LEAST(2, NOT ALARM, (a, b, c))", True),
    ("AT_LEAST(50%, INSUFFICIENT_DATA, (a, b, c, d))", True), ("AT_LEAST(51%, INSUFFICIENT_DATA, (a, b, c, d))", False),
]


def test_rules_say_what_their_words_say(cloudwatch):
    set_state(cloudwatch, "a", "ALARM")
    set_state(cloudwatch, "b", "OK")
    for number, (rule, _) in enumerate(RULES):
        put_composite(cloudwatch, f"r{number}", rule)
    for number, (rule, expected) in enumerate(RULES):
        becomes(cloudwatch, f"r{number}", "ALARM" if expected else "OK")


WRONG = [
    (" TRUE", "AlarmRule must not contain leading or trailing whitespace or be null"),
    ("()", "Error in AlarmRule [Unsupported token ')' at char 1, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or "
           "INSUFFICIENT_DATA]"),
    ("ALARM(a b)", "Error in AlarmRule [Unsupported token 'b' at char 8, must be: ')']"),
    ("ALARM(a) ALARM(b)", "Error in AlarmRule [Unsupported token 'ALARM' at char 9, must be: AND, OR or the end of the rule]"),
    ("ALARM(a) AND", "Error in AlarmRule [Unexpected end of rule at char 12, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, "
                     "ALARM, OK, or INSUFFICIENT_DATA]"),
    ('ALARM("a)', "Error in AlarmRule [Unexpected end of rule at char 9, must be: '\"']"),
    ("ALARM(a) OR ALARM(x) OR OK(y)", "Could not save the composite alarm as alarms [x, y] in the alarm rule do not exist"),
    ("(" * 501 + "TRUE" + ")" * 501, "Error in AlarmRule [The rule has more than 500 elements]"),
    ("NOT " * 2000 + "TRUE", None),
    ("AT_LEAST(0, ALARM, (a))", "Error in AlarmRule [Unsupported token '0' at char 9, must be: a number or a percentage]"),
]


@pytest.mark.parametrize("rule, text", WRONG, ids=range(len(WRONG)))
def test_what_is_no_rule_is_refused(cloudwatch, rule, text):
    if text is None:
        put_composite(cloudwatch, "long", rule)
        return
    with refused("ValidationError", text):
        put_composite(cloudwatch, "wrong", rule)


def test_names_with_blanks_and_quotes_and_arns_are_found(cloudwatch):
    name = 'disk "C" (full), really\\'
    put_alarm(cloudwatch, name)
    set_state(cloudwatch, name, "ALARM")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    put_composite(cloudwatch, "by-name", f'ALARM("{quoted}")')
    put_composite(cloudwatch, "by-arn", f"NOT OK({alarm_of(cloudwatch, 'a')['AlarmArn']})")
    becomes(cloudwatch, "by-name", "ALARM")
    becomes(cloudwatch, "by-arn", "ALARM")


def test_a_composite_alarm_follows_its_children(account, cloudwatch):
    put_composite(cloudwatch, "site", "ALARM(a) OR ALARM(b)", AlarmDescription="all of it", AlarmActions=[ACTION])
    becomes(cloudwatch, "site", "OK")
    alarm = alarm_of(cloudwatch, "site")
    arn = f"arn:aws:cloudwatch:us-east-1:{account.id}:alarm:site"
    assert (alarm["AlarmArn"], alarm["AlarmRule"], alarm["AlarmDescription"]) == (arn, "ALARM(a) OR ALARM(b)", "all of it")
    assert alarm["StateReason"] == f"{arn} was created and its alarm rule evaluates to OK"
    assert [child["state"]["value"] for child in json.loads(alarm["StateReasonData"])["triggeringAlarms"]] == [
        "INSUFFICIENT_DATA"] * 2
    set_state(cloudwatch, "b", "ALARM")
    becomes(cloudwatch, "site", "ALARM")
    alarm = alarm_of(cloudwatch, "site")
    child = arn.replace("site", "b")
    assert re.fullmatch(re.escape(child) + r" transitioned to ALARM at \w+day \d\d \w+, \d{4} \d\d:\d\d:\d\d UTC",
                        alarm["StateReason"])
    assert [row["arn"] for row in json.loads(alarm["StateReasonData"])["triggeringAlarms"]] == [child]
    assert summaries(cloudwatch, "site") == [
        'Alarm "site" created', "Alarm updated from INSUFFICIENT_DATA to OK", "Alarm updated from OK to ALARM",
        f'Failed to execute action {ACTION}. Received error: "This server has no AWS Lambda."']


def test_composite_alarms_stand_on_each_other(cloudwatch):
    put_composite(cloudwatch, "low", "ALARM(a)")
    put_composite(cloudwatch, "middle", "ALARM(low)")
    put_composite(cloudwatch, "top", "ALARM(middle) AND NOT ALARM(b)")
    set_state(cloudwatch, "a", "ALARM")
    becomes(cloudwatch, "top", "ALARM")
    set_state(cloudwatch, "b", "ALARM")
    becomes(cloudwatch, "top", "OK")

    def family(**question):
        answer = cloudwatch.describe_alarms(**question)
        return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]], [alarm["AlarmName"] for alarm in answer["CompositeAlarms"]]
    assert family(ChildrenOfAlarmName="top") == (["b"], ["middle"])
    assert family(ParentsOfAlarmName="a") == ([], ["low"]) and family(ParentsOfAlarmName="top") == ([], [])
    child = cloudwatch.describe_alarms(ChildrenOfAlarmName="top")["MetricAlarms"][0]
    assert set(child) == {"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}
    with refused("ValidationError"):
        family(ChildrenOfAlarmName="top", StateValue="OK")


def test_a_cycle_is_not_evaluated_until_it_is_broken(cloudwatch):
    put_composite(cloudwatch, "x", "ALARM(a)")
    becomes(cloudwatch, "x", "OK")
    put_composite(cloudwatch, "y", "ALARM(x)")
    put_composite(cloudwatch, "x", "NOT ALARM(y)")
    becomes(cloudwatch, "y", "OK")
    put_composite(cloudwatch, "z", "ALARM(y)")   # its turn comes behind that of x
    becomes(cloudwatch, "z", "OK")
    changes = len(history_of(cloudwatch, "x"))
    for state in ("ALARM", "OK"):
        set_state(cloudwatch, "y", state)
        becomes(cloudwatch, "z", state)
    with refused("ValidationError", "Cannot delete x as there are composite alarm(s) depending on it."):
        cloudwatch.delete_alarms(AlarmNames=["x"])
    assert len(history_of(cloudwatch, "x")) == changes
    put_composite(cloudwatch, "y", "FALSE")
    set_state(cloudwatch, "y", "ALARM")
    set_state(cloudwatch, "y", "OK")
    becomes(cloudwatch, "x", "ALARM")


def test_what_others_depend_on_is_not_deleted(cloudwatch):
    put_composite(cloudwatch, "one", "ALARM(a) OR ALARM(b)", ActionsSuppressor="c", ActionsSuppressorWaitPeriod=1,
                  ActionsSuppressorExtensionPeriod=1)
    put_composite(cloudwatch, "two", "TRUE")
    for names, told in ((["a"], "a as there are composite alarm(s) depending on it."),
                        (["a", "d", "c"], "a,c as there are composite alarm(s) depending on them.")):
        with refused("ValidationError", f"Cannot delete {told}"):
            cloudwatch.delete_alarms(AlarmNames=names)
    with refused("ValidationError", "Only one composite alarm can be deleted per request."):
        cloudwatch.delete_alarms(AlarmNames=["one", "two"])
    cloudwatch.delete_alarms(AlarmNames=["a", "one"])
    cloudwatch.delete_alarms(AlarmNames=["two", "b", "c"])
    assert [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]] == ["d"]


def test_names_are_shared_by_both_kinds(cloudwatch):
    put_composite(cloudwatch, "site", "TRUE")
    with refused("ValidationError"):
        put_alarm(cloudwatch, "site")
    with refused("ValidationError"):
        put_composite(cloudwatch, "a", "TRUE")
    with refused("ValidationError"):
        put_composite(cloudwatch, "stops", "TRUE", AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"])


def test_composite_alarms_want_a_permission_for_all_alarms(account, cloudwatch):
    put_composite(cloudwatch, "site", "TRUE")
    arn = f"arn:aws:cloudwatch:us-east-1:{account.id}:alarm:site"
    alice = account.user("alice", policy(statement("cloudwatch:*", resource=arn))).client("cloudwatch")
    with denied("cloudwatch:PutCompositeAlarm"):
        put_composite(alice, "site", "FALSE")
    with denied("cloudwatch:DescribeAlarms"):
        alice.describe_alarms(AlarmNames=["site"], AlarmTypes=["CompositeAlarm"])
    with denied("cloudwatch:DescribeAlarmHistory"):
        alice.describe_alarm_history(AlarmName="site", AlarmTypes=["CompositeAlarm"])


# -- Actions held back; the numbers are those of the guide's examples, a unit is ten seconds
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html

@pytest.fixture
def site(cloudwatch):
    """An alarm that waits 2 units for its suppressor, and stays still 3 units behind it."""
    set_state(cloudwatch, "b", "OK")
    put_composite(cloudwatch, "site", "ALARM(a)", AlarmActions=[ACTION], OKActions=[ACTION], ActionsSuppressor="b",
                  ActionsSuppressorWaitPeriod=20, ActionsSuppressorExtensionPeriod=30)
    becomes(cloudwatch, "site", "OK")
    held(cloudwatch, "site", "WaitPeriod")
    return "site"


def deeds(cloudwatch):
    return len(history_of(cloudwatch, "site", "Action"))


def test_actions_wait_and_are_done_when_nothing_holds_them(cloudwatch, later, site):
    later("20s")
    assert deeds(cloudwatch) == 1
    set_state(cloudwatch, "a", "ALARM")
    held(cloudwatch, site, "WaitPeriod")
    assert alarm_of(cloudwatch, site)["ActionsSuppressedReason"] == "Actions suppressed by WaitPeriod"
    later("10s")
    assert deeds(cloudwatch) == 1
    later("10s")
    assert deeds(cloudwatch) == 2 and "ActionsSuppressedBy" not in alarm_of(cloudwatch, site)


def test_a_suppressor_in_time_holds_them_and_lets_them_go_behind_the_extension(account, cloudwatch, later, site):
    later("20s")
    queue = Queue(account, "told")
    put_rule(account, "states", {"detail-type": ["CloudWatch Alarm State Change"], "detail": {"alarmName": ["site"]}}, queue.arn)
    set_state(cloudwatch, "a", "ALARM")
    held(cloudwatch, site, "WaitPeriod")
    set_state(cloudwatch, "b", "ALARM")
    held(cloudwatch, site, "Alarm")
    later("50s")
    assert deeds(cloudwatch) == 1 and alarm_of(cloudwatch, site)["ActionsSuppressedBy"] == "Alarm"
    set_state(cloudwatch, "b", "OK")
    held(cloudwatch, site, "ExtensionPeriod")
    later("20s")
    assert deeds(cloudwatch) == 1
    later("10s")
    assert deeds(cloudwatch) == 2
    states = [event["detail"]["state"].get("actionsSuppressedBy") for event in queue.events(4)]
    assert states == ["WaitPeriod", "Alarm", "ExtensionPeriod", None]


def test_a_change_in_the_extension_begins_a_wait(cloudwatch, later, site):
    set_state(cloudwatch, "b", "ALARM")
    set_state(cloudwatch, "a", "ALARM")
    becomes(cloudwatch, site, "ALARM")
    held(cloudwatch, site, "Alarm")
    set_state(cloudwatch, "b", "OK")
    held(cloudwatch, site, "ExtensionPeriod")
    set_state(cloudwatch, "a", "OK")
    held(cloudwatch, site, "WaitPeriod")
    later("20s")
    assert deeds(cloudwatch) == 1 and state_of(cloudwatch, site) == "OK"
    later("1m")
    assert deeds(cloudwatch) == 1


def test_another_suppressor_ends_what_the_first_one_held(cloudwatch, site):
    put_composite(cloudwatch, site, "ALARM(a)", ActionsSuppressor="c", ActionsSuppressorWaitPeriod=5,
                  ActionsSuppressorExtensionPeriod=5)
    alarm = alarm_of(cloudwatch, site)
    assert "ActionsSuppressedBy" not in alarm and alarm["ActionsSuppressor"] == "c"
    cloudwatch.delete_alarms(AlarmNames=["b"])


def test_suppressors_are_there_and_their_periods_with_them(cloudwatch):
    for more in ({"ActionsSuppressor": "b"}, {"ActionsSuppressorWaitPeriod": 1},
                 {"ActionsSuppressor": "none", "ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1},
                 {"ActionsSuppressor": "b", "ActionsSuppressorWaitPeriod": -1, "ActionsSuppressorExtensionPeriod": 1}):
        with refused("ValidationError"):
            put_composite(cloudwatch, "site", "TRUE", **more)
