"""Buses, rules, targets and who may.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html"""
import json

import pytest

from harness.account import policy, statement
from harness.event_rules import put_slow_rules, refused
from harness.json_client import JsonClient

ANY = json.dumps({"source": ["my.app"]})


@pytest.fixture
def events(account):
    return account.client("events")


@pytest.fixture
def newer(account):
    """With what the installed SDK does not know."""
    return JsonClient(account, "events", "AWSEvents")


def arn(account, rest, region="us-east-1"):
    return f"arn:aws:events:{region}:{account.id}:{rest}"


# -- Buses

def test_the_default_bus_is_always_there(account, events, newer):
    assert events.describe_event_bus()["Arn"] == arn(account, "event-bus/default")
    assert account.client("events", region="eu-west-1").describe_event_bus(Name="default")["Name"] == "default"
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default"]
    told = newer.describe_event_bus()
    assert told["CreationTime"] and newer.list_event_buses()["EventBuses"][0]["CreationTime"] == told["CreationTime"]
    assert refused(events.create_event_bus, Name="default")[0] == "ResourceAlreadyExistsException"
    assert refused(events.delete_event_bus, Name="default") == ("ValidationException", "Cannot delete event bus default.")


def test_the_life_of_a_bus(account, events, newer):
    made = newer.create_event_bus(Name="orders", Description="d", Tags=[{"Key": "a", "Value": "1"}])
    assert made["EventBusArn"] == arn(account, "event-bus/orders") and made["Description"] == "d"
    assert refused(events.create_event_bus, Name="orders") == ("ResourceAlreadyExistsException", "Event bus orders already exists.")
    assert newer.update_event_bus(Name="orders", Description="e")["Description"] == "e"
    told = newer.describe_event_bus(Name=made["EventBusArn"])
    assert told["Name"] == "orders" and told["Description"] == "e" and told["CreationTime"] and "Policy" not in told
    events.put_rule(Name="r", EventBusName="orders", EventPattern=ANY)
    assert refused(events.delete_event_bus, Name="orders")[0] == "ValidationException"
    events.delete_rule(Name="r", EventBusName="orders")
    events.delete_event_bus(Name="orders")
    events.delete_event_bus(Name="orders")
    assert refused(events.describe_event_bus, Name="orders") == ("ResourceNotFoundException", "Event bus orders does not exist.")


def test_buses_by_prefix_and_page(events):
    for name in ("b1", "b2", "c1"):
        events.create_event_bus(Name=name)
    assert [bus["Name"] for bus in events.list_event_buses(NamePrefix="b")["EventBuses"]] == ["b1", "b2"]
    names, token = [], {}
    while True:
        page = events.list_event_buses(Limit=1, **token)
        assert len(page["EventBuses"]) == 1
        names += [bus["Name"] for bus in page["EventBuses"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(names) == ["b1", "b2", "c1", "default"]
    assert refused(events.list_event_buses, NextToken="x")[0] == "ValidationException"


@pytest.mark.parametrize("more", [{"KmsKeyIdentifier": "alias/x"}, {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:1:q"}},
                                  {"LogConfig": {"Level": "INFO"}}], ids=lambda more: next(iter(more)))
def test_what_a_bus_cannot_do_is_refused(newer, more):
    assert refused(newer.create_event_bus, Name="x", **more)[0] == "ValidationException"


@pytest.mark.parametrize("name", ["aws.partner/x/y", "a/b"])
def test_names_of_partners_are_reserved(events, name):
    assert refused(events.create_event_bus, Name=name)[0] == "ValidationException"


# -- Permissions on buses

def test_statements_of_a_bus(account, other_account, events, newer):
    events.put_permission(StatementId="one", Action="events:PutEvents", Principal=other_account.id)
    events.put_permission(StatementId="org", Action="events:PutEvents", Principal="*",
                          Condition={"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"})
    bus = newer.describe_event_bus()
    assert bus["CreationTime"] <= bus["LastModifiedTime"]
    told = json.loads(bus["Policy"])
    assert told == {"Version": "2012-10-17", "Statement": [
        {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other_account.id}:root"},
         "Action": "events:PutEvents", "Resource": arn(account, "event-bus/default")},
        {"Sid": "org", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
         "Resource": arn(account, "event-bus/default"), "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}]}
    events.put_permission(StatementId="one", Action="events:PutEvents", Principal="*")
    assert len(json.loads(events.describe_event_bus()["Policy"])["Statement"]) == 2
    assert refused(events.remove_permission, StatementId="two") == (
        "ResourceNotFoundException", "Statement with the provided id does not exist.")
    events.remove_permission(StatementId="one")
    events.remove_permission(StatementId="org")
    assert "Policy" not in events.describe_event_bus()
    assert refused(events.remove_permission, StatementId="one") == (
        "ResourceNotFoundException", "EventBus does not have a policy.")


def test_the_whole_policy_of_a_bus(account, events):
    document = json.dumps(policy(statement("events:PutEvents", resource=arn(account, "event-bus/default"), Principal="*")))
    events.put_permission(Policy=document)
    assert events.describe_event_bus()["Policy"] == document
    assert events.list_event_buses()["EventBuses"][0]["Policy"] == document
    events.remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus()


@pytest.mark.parametrize("arguments", [
    {"Policy": "{"}, {"Policy": json.dumps(policy("events:PutEvents"))}, {"StatementId": "x"}, {},
    {"Policy": json.dumps(policy(statement("events:PutEvents", Principal={"AWS": "arn:aws:iam::123456789012:user/nobody"})))},
    {"Policy": "{}", "StatementId": "x"},
    *({"StatementId": "x", "Action": "events:PutEvents", "Principal": "*",
       "Condition": {"Type": kind, "Key": key, "Value": "o-1"}}
      for kind, key in (("StringLike", "aws:PrincipalOrgID"), ("StringEquals", "aws:SourceAccount")))], ids=str)
def test_policies_that_are_none(events, arguments):
    assert refused(events.put_permission, **arguments)[0] == "ValidationException"


def test_a_policy_too_long(events):
    document = json.dumps(policy(statement("events:PutEvents", Principal="*", Sid="x" * 10240)))
    assert refused(events.put_permission, Policy=document)[0] == "PolicyLengthExceededException"


def test_another_account_makes_rules_by_the_policy_of_the_bus(account, other_account, events):
    bus = events.create_event_bus(Name="shared")["EventBusArn"]
    theirs = other_account.client("events")
    assert refused(theirs.put_rule, Name="r", EventBusName=bus, EventPattern=ANY)[0] == "AccessDeniedException"
    events.put_permission(EventBusName="shared", Policy=json.dumps(policy(statement(
        ["events:PutRule", "events:PutTargets", "events:DescribeRule"], resource=arn(account, "rule/shared/*"), Principal={"AWS": other_account.id},
        Condition={"StringEquals": {"events:creatorAccount": other_account.id}}))))
    assert theirs.put_rule(Name="r", EventBusName=bus, EventPattern=ANY)["RuleArn"] == arn(account, "rule/shared/r")
    assert theirs.describe_rule(Name="r", EventBusName=bus)["CreatedBy"] == other_account.id
    assert refused(theirs.put_targets, Rule="r", EventBusName=bus, Targets=[{"Id": "1", "Arn": arn(account, "event-bus/default")}]) == (
        "ValidationException", f"RoleArn is required for target {arn(account, 'event-bus/default')}.")
    events.put_rule(Name="own", EventBusName="shared", EventPattern=ANY)
    assert refused(theirs.put_rule, Name="own", EventBusName=bus, EventPattern=ANY)[0] == "AccessDeniedException"


# -- Rules

def test_the_life_of_a_rule(account, events):
    made = events.put_rule(Name="r", EventPattern=ANY, Description="d", Tags=[{"Key": "k", "Value": "v"}])
    assert made["RuleArn"] == arn(account, "rule/r")
    told = events.describe_rule(Name="r")
    told.pop("ResponseMetadata")
    assert told == {"Name": "r", "Arn": made["RuleArn"], "EventPattern": ANY, "State": "ENABLED", "Description": "d",
                    "EventBusName": "default", "CreatedBy": account.id}
    events.disable_rule(Name="r")
    assert events.describe_rule(Name="r")["State"] == "DISABLED"
    events.enable_rule(Name="r")
    events.put_rule(Name="r", ScheduleExpression="rate(5 minutes)", State="DISABLED")
    told = events.describe_rule(Name="r")
    assert told["ScheduleExpression"] == "rate(5 minutes)" and "EventPattern" not in told and "Description" not in told
    assert events.list_tags_for_resource(ResourceARN=made["RuleArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    events.delete_rule(Name="r")
    events.delete_rule(Name="r")
    assert refused(events.describe_rule, Name="r") == (
        "ResourceNotFoundException", "Rule r does not exist on EventBus default.")


@pytest.mark.parametrize("arguments, code, message", [
    ({}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."),
    ({"EventPattern": "{"}, "InvalidEventPatternException", "Event pattern is not valid. Reason: "),
    ({"EventPattern": '{"source": "x"}'}, "InvalidEventPatternException", "Event pattern is not valid. Reason: "),
    ({"EventPattern": '{"source": [{"anything-but": {"prefix": ""}}]}'}, "InvalidEventPatternException",
     "Event pattern is not valid. Reason: Null prefix/suffix not allowed"),
    ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({"ScheduleExpression": "rate(5 minute)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({"ScheduleExpression": "rate(0 minutes)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({"ScheduleExpression": "cron(0 12 * * * *)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({"ScheduleExpression": "cron(0 12 * * ?)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({"ScheduleExpression": "cron(60 12 * * ? *)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
    ({"EventPattern": ANY, "EventBusName": "none"}, "ResourceNotFoundException", "Event bus none does not exist."),
    ({"EventPattern": ANY, "RoleArn": "x"}, "ValidationException", "Parameter RoleArn is not valid."),
], ids=str)
def test_rules_that_are_none(events, arguments, code, message):
    told = refused(events.put_rule, Name="r", **arguments)
    assert told[0] == code and told[1].startswith(message), told


def test_schedules_are_for_the_default_bus(events):
    events.create_event_bus(Name="b")
    assert refused(events.put_rule, Name="r", EventBusName="b", ScheduleExpression="rate(1 hour)") == (
        "ValidationException", "ScheduleExpression is supported only on the default event bus.")


def test_rules_by_prefix_and_page(events):
    for name in ("a1", "a2", "a3", "b1"):
        events.put_rule(Name=name, EventPattern=ANY)
    assert [rule["Name"] for rule in events.list_rules(NamePrefix="a")["Rules"]] == ["a1", "a2", "a3"]
    first = events.list_rules(NamePrefix="a", Limit=2)
    rest = events.list_rules(NamePrefix="a", Limit=2, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in first["Rules"] + rest["Rules"]] == ["a1", "a2", "a3"] and "NextToken" not in rest
    assert refused(events.list_rules, NextToken=first["NextToken"])[0] == "ValidationException"


def test_wildcards_are_limited(events):
    for number in range(30):
        events.put_rule(Name=f"r{number}", EventPattern=json.dumps({"source": [{"wildcard": f"{number}*x"}]}))
    pattern = json.dumps({"source": [{"wildcard": "a*x"}]})
    for written in (pattern, pattern.replace("card", "\\u0063ard")):
        assert refused(events.put_rule, Name="one-more", EventPattern=written)[0] == "LimitExceededException"
    events.put_rule(Name="umlaut", EventPattern=json.dumps({"source": ["\u00fc"]}))
    events.put_rule(Name="r3", EventPattern=pattern)
    events.put_rule(Name="r3", EventPattern=ANY)
    events.put_rule(Name="one-more", EventPattern=pattern)


def test_the_pattern_is_tried_out(events):
    event = {"id": "1", "account": "123456789012", "source": "my.app", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
             "resources": [], "detail-type": "x", "detail": {"n": 5}}

    def test(pattern, one=event):
        return events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(one))["Result"]

    assert test({"source": ["my.app"], "detail": {"n": [{"numeric": [">", 4]}]}}) is True
    assert test({"source": ["your.app"]}) is False
    assert refused(test, {"source": "x"})[0] == "InvalidEventPatternException"
    assert refused(test, {"source": ["x"]}, {"source": "x"})[0] == "ValidationException"


# -- Targets

@pytest.fixture
def queue(account):
    return f"arn:aws:sqs:us-east-1:{account.id}:q"


def test_the_life_of_targets(events, queue):
    events.put_rule(Name="r", EventPattern=ANY)
    events.put_rule(Name="s", EventPattern=ANY)
    answer = events.put_targets(Rule="r", Targets=[{"Id": str(n), "Arn": queue + str(n)} for n in range(5)])
    assert answer["FailedEntryCount"] == 0 and answer["FailedEntries"] == []
    events.put_targets(Rule="r", Targets=[{"Id": "4", "Arn": queue + "0", "InputPath": "$.detail"}])
    events.put_targets(Rule="s", Targets=[{"Id": "x", "Arn": queue + "0", "RetryPolicy": {"MaximumRetryAttempts": 1}}])
    assert refused(events.put_targets, Rule="r", Targets=[{"Id": "5", "Arn": queue}])[0] == "LimitExceededException"
    targets = events.list_targets_by_rule(Rule="r")["Targets"]
    assert [target["Id"] for target in targets] == ["0", "1", "2", "3", "4"]
    assert targets[4] == {"Id": "4", "Arn": queue + "0", "InputPath": "$.detail"}
    assert len(events.list_targets_by_rule(Rule="r", Limit=2)["Targets"]) == 2
    assert events.list_rule_names_by_target(TargetArn=queue + "0")["RuleNames"] == ["r", "s"]
    assert events.list_rule_names_by_target(TargetArn=queue)["RuleNames"] == []
    assert refused(events.delete_rule, Name="r") == ("ValidationException", "Rule can't be deleted since it has targets.")
    events.remove_targets(Rule="r", Ids=["0", "1", "2", "3", "4", "none"])
    events.delete_rule(Name="r")
    assert events.list_rule_names_by_target(TargetArn=queue + "0")["RuleNames"] == ["s"]


@pytest.mark.parametrize("target", [
    {"Arn": "x"}, {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}, {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"},
    {"Input": "{"}, {"InputPath": "detail"}, {"InputPath": "$.a[x]"}, {"Input": "1", "InputPath": "$.a"},
    {"InputTransformer": {"InputTemplate": "<x>"}}, {"InputTransformer": {"InputPathsMap": {"x": "y"}, "InputTemplate": "1"}},
    {"InputTransformer": {"InputPathsMap": {"aws.x": "$.y"}, "InputTemplate": "1"}},
    {"Arn": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}, {"Arn": "arn:aws:sns:us-east-1:123456789012:t.fifo"},
    {"Arn": "arn:aws:sns:eu-west-1:123456789012:t"}, {"RoleArn": "arn:aws:iam::123456789012:role/r"},
    {"KinesisParameters": {"PartitionKeyPath": "$.x"}}, {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}},
    {"Arn": "arn:aws:events:us-east-1:123456789012:event-bus/x"}, {"RetryPolicy": {"MaximumRetryAttempts": 186}},
    {"DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}}], ids=str)
def test_targets_that_are_none(events, queue, target):
    events.put_rule(Name="r", EventPattern=ANY)
    told = refused(events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": queue, **target}])
    assert told[0] == "ValidationException", told
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []


def test_a_role_is_passed(account, events):
    role = account.role("r")
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    events.put_rule(Name="r", EventPattern=ANY)
    user = account.user("u", policy("events:*"))
    target = [{"Id": "1", "Arn": bus, "RoleArn": role}]
    code, message = refused(user.client("events").put_targets, Rule="r", Targets=target)
    assert code == "AccessDeniedException" and "iam:PassRole" in message
    user.put_policy(policy("events:*", statement("iam:PassRole", resource=role, Condition={
        "StringEquals": {"iam:PassedToService": "events.amazonaws.com"}})))
    user.client("events").put_targets(Rule="r", Targets=target)


# -- Tags

def test_tags_of_buses_and_rules(account, events):
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    rule = events.put_rule(Name="r", EventBusName="b", EventPattern=ANY)["RuleArn"]
    for one in (bus, rule):
        events.tag_resource(ResourceARN=one, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        events.tag_resource(ResourceARN=one, Tags=[{"Key": "a", "Value": "3"}])
        events.untag_resource(ResourceARN=one, TagKeys=["b", "c"])
        assert events.list_tags_for_resource(ResourceARN=one)["Tags"] == [{"Key": "a", "Value": "3"}]
        assert refused(events.tag_resource, ResourceARN=one, Tags=[{"Key": "aws:x", "Value": "1"}])[0] == "ValidationException"
    assert refused(events.list_tags_for_resource, ResourceARN=arn(account, "rule/none"))[0] == "ResourceNotFoundException"
    user = account.user("u", policy(statement("events:*", Condition={"StringEquals": {"aws:ResourceTag/a": "3"}})))
    user.client("events").describe_rule(Name="r", EventBusName="b")
    events.put_rule(Name="s", EventBusName="b", EventPattern=ANY)
    assert refused(user.client("events").describe_rule, Name="s", EventBusName="b")[0] == "AccessDeniedException"


# -- Condition keys. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html

@pytest.mark.parametrize("pattern, is_allowed", [
    ({"source": ["aws.ec2"]}, True), ({"source": ["aws.ec2", "aws.s3"]}, True), ({"source": ["aws.ec2", "aws.iam"]}, False),
    ({"detail-type": ["x"]}, False), ({"source": [{"prefix": "aws.ec2"}]}, False), ({"source": ["aws.ec2", {"exists": True}]}, False),
    ({"$or": [{"source": ["aws.ec2"]}, {"source": ["aws.iam"]}]}, False)], ids=str)
def test_rules_of_certain_sources(account, pattern, is_allowed):
    user = account.user("u", policy(statement("events:PutRule", Condition={
        "ForAllValues:StringEquals": {"events:source": ["aws.ec2", "aws.s3"]}, "Null": {"events:source": "false"}})))
    call = user.client("events").put_rule
    if is_allowed:
        call(Name="r", EventPattern=json.dumps(pattern))
    else:
        assert refused(call, Name="r", EventPattern=json.dumps(pattern))[0] == "AccessDeniedException"


def test_certain_targets(account, events, queue):
    events.put_rule(Name="r", EventPattern=ANY)
    user = account.user("u", policy(statement("events:PutTargets", Condition={
        "ForAllValues:ArnLike": {"events:TargetArn": queue}})))
    user.client("events").put_targets(Rule="r", Targets=[{"Id": "1", "Arn": queue}])
    assert refused(user.client("events").put_targets, Rule="r", Targets=[
        {"Id": "1", "Arn": queue}, {"Id": "2", "Arn": queue + "2"}])[0] == "AccessDeniedException"


# -- PutEvents

def test_entries_fail_one_by_one(events):
    good = {"Source": "my.app", "DetailType": "x", "Detail": "{}"}
    for number, code in [(2**63 - 1, None), (-2**63, None), (2**63, "MalformedDetail"), (-2**63 - 1, "MalformedDetail")]:
        answer = events.put_events(Entries=[{**good, "Detail": json.dumps({"a": [1, {"b": number}]})}])
        assert answer["Entries"][0].get("ErrorCode") == code, number
    rows = [good, {**good, "Source": "aws.ec2"}, {**good, "Detail": "[]"}, {**good, "Detail": "{"},
            {**good, "Detail": '{} , "account": 1'}, {"Source": "my.app", "DetailType": "x"}, {"Detail": "{}", "DetailType": "x"},
            {"Source": "my.app", "Detail": "{}"}, {**good, "EventBusName": "none"}]
    answer = events.put_events(Entries=rows)
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == [None, "NotAuthorizedForSourceException", "MalformedDetail", "MalformedDetail", "MalformedDetail",
                     "InvalidArgument", "InvalidArgument", "InvalidArgument", None]
    assert answer["FailedEntryCount"] == 7
    assert answer["Entries"][5]["ErrorMessage"] == "Parameter Detail is not valid. Reason: Detail is a required argument."
    assert all(("EventId" in entry) != ("ErrorCode" in entry) for entry in answer["Entries"])


def test_an_entry_that_takes_too_long_to_match(events):
    put_slow_rules(events)
    good = {"Source": "my.app", "DetailType": "x", "Detail": '{"a": "ff"}'}
    entries = events.put_events(Entries=[good, {**good, "Detail": json.dumps({"a": ["00"] * 100000})}, good])["Entries"]
    assert [entry.get("ErrorCode") for entry in entries] == [None, "InvalidArgument", None]
    assert entries[1]["ErrorMessage"].endswith("It takes too long to match it with the rules of the event bus.")


def test_a_detail_that_could_not_be_read_again_as_part_of_its_event(events):
    rows = [{"Source": "my.app", "DetailType": "x", "Detail": '{"a":' + "[" * deep + "1" + "]" * deep + "}"} for deep in (2045, 2046)]
    entries = events.put_events(Entries=rows)["Entries"]
    assert [entry.get("ErrorCode") for entry in entries] == [None, "MalformedDetail"]


def test_entries_are_limited(events):
    good = {"Source": "my.app", "DetailType": "x", "Detail": "{}"}
    assert refused(events.put_events, Entries=[good] * 11)[0] == "ValidationException"
    large = {**good, "Detail": json.dumps({"a": "x" * (1024 * 1024 - 100)})}
    assert events.put_events(Entries=[large])["FailedEntryCount"] == 0
    assert refused(events.put_events, Entries=[large, {**good, "Detail": json.dumps({"a": "x" * 100})}]) == (
        "ValidationException", "Total size of the entries in the request is over the limit.")


def test_each_bus_of_the_entries_is_asked(account, events):
    one, two = (events.create_event_bus(Name=name)["EventBusArn"] for name in ("one", "two"))
    user = account.user("u", policy(statement("events:PutEvents", resource=one, Condition={
        "StringEquals": {"events:detail-type": "good"}, "Bool": {"events:eventBusInvocation": "false"}})))

    def put(*entries):
        return user.client("events").put_events(Entries=[
            {"Source": "s", "DetailType": kind, "Detail": "{}", "EventBusName": bus} for kind, bus in entries])

    assert put(("good", "one"), ("good", one))["FailedEntryCount"] == 0
    for entries in ([("good", "one"), ("good", "two")], [("good", "one"), ("bad", "one")], [("good", "default")]):
        assert refused(put, *entries)[0] == "AccessDeniedException"
