"""LookupEvents: which events a question finds, how pages join, what tokens are good for, and how far back it goes.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
What a single record says is the matter of test_events.py."""
import datetime
import json
import time

import pytest
from botocore.exceptions import ClientError

from harness.account import EVENT_S, Account, policy

SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


def attribute(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def found(account, client=None, **question):
    """The events of a question, over all pages."""
    pages = (client or account.client("cloudtrail")).get_paginator("lookup_events").paginate(**question)
    return [event for page in pages for event in page["Events"]]


def names(account, **question):
    return [event["EventName"] for event in found(account, **question)]


def wait_for(account, name, count=1, **question):
    """The events of this name, newest first, when there are so many."""
    end = time.monotonic() + EVENT_S
    while len(rows := found(account, **attribute("EventName", name), **question)) < count:
        assert time.monotonic() < end, f"{len(rows)} events {name}, not {count}"
        time.sleep(0.05)
    return rows


def code_of(call, *arguments, **more):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **more)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def past(account):
    """Seven groups, made by the user "maker", who does nothing else; all in the history."""
    maker = account.user("maker", policy("iam:CreateGroup")).client("iam")
    for number in range(7):
        maker.create_group(GroupName=f"group-{number}")
    wait_for(account, "CreateGroup", 7)
    return account


# -- What is found

def test_a_value_is_compared_whole_and_by_case(past):
    past.iam.create_user(UserName="bob")
    past.iam.create_user(UserName="bobby")
    wait_for(past, "CreateUser", 3)  # the maker too
    assert len(found(past, **attribute("ResourceName", "bob"))) == 1
    assert len(found(past, **attribute("ResourceName", "bobby"))) == 1
    assert len(found(past, **attribute("ResourceName", past.arn("user/bob")))) == 1
    for key, value in [("ResourceName", "bo"), ("ResourceName", "Bob"), ("EventName", "createuser"),
                       ("EventName", "Create"), ("ResourceType", "AWS::IAM"), ("Username", "Root"),
                       ("EventSource", "iam"), ("ReadOnly", "False"), ("ReadOnly", "no"),
                       ("AccessKeyId", past.root.access_key[:-1]), ("EventId", "0" * 36)]:
        assert found(past, **attribute(key, value)) == [], (key, value)


def test_resources_of_several_kinds(account):
    account.iam.create_user(UserName="x")
    account.iam.create_group(GroupName="x")
    account.iam.add_user_to_group(UserName="x", GroupName="x")
    account.role("x")
    wait_for(account, "CreateRole")
    assert set(names(account, **attribute("ResourceName", "x"))) >= {"CreateUser", "CreateGroup", "CreateRole"}
    users = names(account, **attribute("ResourceType", "AWS::IAM::User"))
    assert "CreateUser" in users and "CreateRole" not in users
    assert "CreateRole" in names(account, **attribute("ResourceType", "AWS::IAM::Role"))


def test_a_resource_is_what_is_named_not_what_permission_is_asked_on(account):
    logs, trails = account.client("logs"), account.client("cloudtrail")
    logs.create_log_group(logGroupName="rec")
    logs.describe_log_groups()
    account.iam.list_users()
    store = trails.create_event_data_store(Name="rec")["EventDataStoreArn"]
    trails.list_event_data_stores()
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:rec"
    wait_for(account, "CreateEventDataStore")
    assert names(account, **attribute("ResourceName", arn)) == ["CreateLogGroup"]
    assert names(account, **attribute("ResourceName", "rec")) == ["CreateLogGroup"]
    for event, resources in [("CreateLogGroup", [arn]), ("DescribeLogGroups", []), ("ListUsers", []),
                             ("CreateEventDataStore", [store])]:
        record = json.loads(wait_for(account, event)[0]["CloudTrailEvent"])
        assert [one["ARN"] for one in record.get("resources", [])] == resources, event


def test_all_attributes_of_one_event_lead_to_it(account):
    user = account.user("alice", policy("iam:*"))
    user.client("iam").create_group(GroupName="readers")
    event = wait_for(account, "CreateGroup")[0]
    for key, value in [("EventId", event["EventId"]), ("EventName", "CreateGroup"), ("ReadOnly", "false"),
                       ("Username", "alice"), ("ResourceType", "AWS::IAM::Group"), ("ResourceName", "readers"),
                       ("EventSource", "iam.amazonaws.com"), ("AccessKeyId", user.creds.access_key)]:
        assert event["EventId"] in [row["EventId"] for row in found(account, **attribute(key, value))], key


def test_changes_of_one_millisecond_keep_their_order(account):
    for number in range(60):  # two and more fall into one millisecond
        account.iam.create_group(GroupName=f"group-{number}")
    rows = wait_for(account, "CreateGroup", 60)
    groups = [json.loads(event["CloudTrailEvent"])["requestParameters"]["groupName"] for event in rows]
    assert groups == [f"group-{number}" for number in reversed(range(60))]
    rows = found(account, **attribute("ResourceType", "AWS::IAM::Group"))
    assert [json.loads(event["CloudTrailEvent"])["requestParameters"]["groupName"] for event in rows] == groups


def test_a_look_up_is_on_record(account):
    found(account, **attribute("EventName", "X"))
    event = wait_for(account, "LookupEvents")[-1]
    record = json.loads(event["CloudTrailEvent"])
    assert event["ReadOnly"] == "true" and event["EventSource"] == "cloudtrail.amazonaws.com"
    assert record["requestParameters"] == {
        "lookupAttributes": [{"attributeKey": "EventName", "attributeValue": "X"}]}


@pytest.mark.parametrize("call, name, code", [
    (lambda iam: iam.create_user(UserName="bad name"), "CreateUser", "ValidationError"),
    (lambda iam: iam.get_user(UserName="nobody"), "GetUser", "NoSuchEntity"),
])
def test_refusals_are_found_like_any(account, call, name, code):
    with pytest.raises(ClientError) as caught:
        call(account.iam)
    event = wait_for(account, name)[0]
    record = json.loads(event["CloudTrailEvent"])
    assert record["errorCode"].startswith(code)
    assert record["errorMessage"] == caught.value.response["Error"]["Message"]
    assert record["eventID"] == event["EventId"]


def test_insights_events_there_are_none(past):
    assert found(past, EventCategory="insight") == []
    client = past.client("cloudtrail", parameter_validation=False)
    assert code_of(client.lookup_events, EventCategory="management") in (
        "InvalidEventCategoryException", "ValidationException")


def test_both_accounts_of_a_cross_account_call_have_it(account, other_account):
    user = account.user("alice", policy("sts:AssumeRole"))
    role = other_account.role("guest", trusted=user.arn)
    account.assume(role, user.creds)
    mine = json.loads(wait_for(account, "AssumeRole")[0]["CloudTrailEvent"])
    theirs = json.loads(wait_for(other_account, "AssumeRole")[0]["CloudTrailEvent"])
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["eventID"] != theirs["eventID"] and mine["requestID"] == theirs["requestID"]
    assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (account.id, other_account.id)
    assert theirs["userIdentity"]["accountId"] == account.id
    assert theirs["requestParameters"]["roleArn"] == role
    assert found(other_account, **attribute("ResourceName", "guest"))


def test_a_refused_cross_account_call_stays_with_its_caller(account, other_account):
    user = account.user("alice", policy("sts:AssumeRole"))
    role = other_account.role("closed")
    assert code_of(account.assume, role, user.creds) == "AccessDenied"
    wait_for(account, "AssumeRole")
    wait_for(other_account, "CreateRole")
    assert found(other_account, **attribute("EventName", "AssumeRole")) == []


def test_passwords_are_in_no_event(account):
    user = account.user("alice", policy("iam:*"))
    account.iam.create_login_profile(UserName="alice", Password="First-Horse-1-Battery")
    user.client("iam").change_password(OldPassword="First-Horse-1-Battery", NewPassword="Second-Horse-2-Battery")
    with pytest.raises(ClientError):
        user.client("iam").change_password(OldPassword="Guess-Horse-3-Battery", NewPassword="Third-Horse-4-Battery")
    wait_for(account, "ChangePassword", 2)
    everything = json.dumps(found(account), default=str)
    assert "Horse" not in everything and user.creds.secret_key not in everything


# -- Time

def test_the_time_of_an_event_finds_it(past):
    event = wait_for(past, "CreateGroup", 7)[3]
    at = event["EventTime"]

    def ids(**question):
        return [row["EventId"] for row in found(past, **attribute("EventName", "CreateGroup"), **question)]
    assert event["EventId"] in ids(StartTime=at, EndTime=at)  # both ends belong to the range
    assert event["EventId"] in ids(StartTime=at)
    assert event["EventId"] in ids(EndTime=at)
    assert event["EventId"] not in ids(StartTime=at + SECOND)
    assert event["EventId"] not in ids(EndTime=at - SECOND)


@pytest.mark.parametrize("question", [{}, attribute("EventName", "CreateGroup"), attribute("Username", "maker"),
                                      attribute("ResourceType", "AWS::IAM::Group"), attribute("ReadOnly", "false")],
                         ids=["all", "name", "user", "type", "read-only"])
def test_ranges_hold_for_every_way_to_ask(past, question):
    now = datetime.datetime.now(datetime.timezone.utc)
    assert found(past, StartTime=now + DAY, EndTime=now + 2 * DAY, **question) == []
    assert found(past, StartTime=now - 2 * DAY, EndTime=now - DAY, **question) == []
    assert "CreateGroup" in names(past, StartTime=now - DAY, EndTime=now + DAY, **question)


def test_a_range_that_ends_before_it_starts(past):
    now = datetime.datetime.now(datetime.timezone.utc)
    client = past.client("cloudtrail")
    assert code_of(client.lookup_events, StartTime=now, EndTime=now - SECOND) == "InvalidTimeRangeException"
    assert client.lookup_events(StartTime=now - 3650 * DAY)["Events"]  # further back than there is anything: fine


def test_ninety_days(new_server, home):
    server = new_server()
    account = Account.create(server, home)
    account.iam.create_group(GroupName="old")
    wait_for(account, "CreateGroup")
    server.merlon("clock", "advance", "89d")
    assert len(found(account, **attribute("EventName", "CreateGroup"))) == 1
    account.iam.create_group(GroupName="new")
    wait_for(account, "CreateGroup", 2)
    server.merlon("clock", "advance", "2d")
    for question in (attribute("EventName", "CreateGroup"), attribute("ResourceType", "AWS::IAM::Group"),
                     {**attribute("EventName", "CreateGroup"), "StartTime": datetime.datetime(2020, 1, 1)}):
        rows = found(account, **question)
        assert [json.loads(row["CloudTrailEvent"])["requestParameters"]["groupName"] for row in rows] == ["new"]
    assert found(account, **attribute("ResourceName", "old")) == []


# -- Pages

@pytest.mark.parametrize("question", [attribute("EventName", "CreateGroup"), attribute("EventSource", "iam.amazonaws.com"),
                                      attribute("Username", "maker"), attribute("ReadOnly", "false"),
                                      attribute("ResourceType", "AWS::IAM::Group")],
                         ids=["name", "source", "user", "read-only", "type"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_pages_join_without_gap_or_double(past, question, size):
    end = wait_for(past, "CreateGroup", 7)[0]["EventTime"]  # root's look-ups add events, of other kinds
    whole = [event["EventId"] for event in found(past, EndTime=end, **question)]
    client, joined, sizes, more = past.client("cloudtrail"), [], [], {}
    while True:
        page = client.lookup_events(MaxResults=size, EndTime=end, **question, **more)
        joined += [event["EventId"] for event in page["Events"]]
        sizes.append(len(page["Events"]))
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert joined == whole and len(set(joined)) == len(joined) >= 6
    assert all(count == size for count in sizes[:-1])


def test_events_that_come_meanwhile_do_not_shift_pages(past):
    client, question = past.client("cloudtrail"), attribute("EventName", "CreateGroup")
    first = client.lookup_events(MaxResults=3, **question)
    past.iam.create_group(GroupName="meanwhile")
    wait_for(past, "CreateGroup", 8)
    second = client.lookup_events(MaxResults=50, NextToken=first["NextToken"], **question)
    groups = [json.loads(event["CloudTrailEvent"])["requestParameters"]["groupName"]
              for event in first["Events"] + second["Events"]]
    assert groups == [f"group-{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("size", [0, -1, 51, 1000])
def test_page_sizes_are_bounded(account, size):
    client = account.client("cloudtrail", parameter_validation=False)
    assert code_of(client.lookup_events, MaxResults=size) == "ValidationException"  # of the shape: before the operation


# -- Tokens

@pytest.fixture
def token(past):
    """Of a page of CreateGroup."""
    return past.client("cloudtrail").lookup_events(MaxResults=2, **attribute("EventName", "CreateGroup"))["NextToken"]


def refused(client, token, **question):
    return code_of(client.lookup_events, NextToken=token, **question) == "InvalidNextTokenException"


def test_a_token_is_good_for_its_question_alone(past, other_account, token):
    client, question = past.client("cloudtrail"), attribute("EventName", "CreateGroup")
    assert client.lookup_events(NextToken=token, **question)["Events"]
    assert refused(client, token)
    assert refused(client, token, **attribute("EventName", "CreateUser"))
    assert refused(client, token, **attribute("Username", "CreateGroup"))
    assert refused(client, token, **question, StartTime=datetime.datetime(2020, 1, 1))
    assert refused(client, token, **question, EndTime=datetime.datetime(2090, 1, 1))
    assert refused(past.client("cloudtrail", region="eu-west-1"), token, **question)
    assert refused(other_account.client("cloudtrail"), token, **question)


def test_forged_tokens(past, token):
    client, question = past.client("cloudtrail"), attribute("EventName", "CreateGroup")
    for at in range(len(token)):  # every digit counts, those behind zero bytes as well
        forged = token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1:]
        assert refused(client, forged, **question), at
    for forged in (token[:-2], token + "00", token[:32], token[32:], "", " ", "x" * 64, "0" * 4000, token * 2):
        if forged:
            assert refused(client, forged, **question), forged
    assert refused(client, token[:-1], **question)


# -- Who sees what

def test_other_regions_and_accounts_have_their_own(past, other_account):
    assert found(past, client=past.client("cloudtrail", region="ap-southeast-2"),
                 **attribute("EventName", "CreateGroup")) == []
    assert found(other_account, **attribute("EventName", "CreateGroup")) == []
    event = wait_for(past, "CreateGroup", 7)[0]
    assert found(other_account, **attribute("EventId", event["EventId"])) == []
    assert found(other_account, **attribute("AccessKeyId", past.root.access_key)) == []


def test_a_value_of_any_length_and_kind(account):
    client = account.client("cloudtrail")
    for value in ("x" * 2000, "\u00e4\U0001f600", "a\tb", "%s%n", "' or 1=1", "a\x00b"):
        for key in ("EventName", "Username", "ResourceName", "ResourceType", "EventId", "AccessKeyId"):
            assert client.lookup_events(**attribute(key, value))["Events"] == []
    assert code_of(client.lookup_events, **attribute("EventName", "x" * 2001)) == "ValidationException"


def test_more_than_one_attribute(account):
    question = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "A"},
                                     {"AttributeKey": "EventName", "AttributeValue": "A"}]}
    assert code_of(account.client("cloudtrail").lookup_events, **question) in (
        "InvalidLookupAttributesException", "ValidationException")


def test_the_use_of_a_key_that_only_writes_is_noted(account):
    user = account.user("alice", policy("iam:CreateGroup"))
    user.client("iam").create_group(GroupName="g")
    used = account.iam.get_access_key_last_used(AccessKeyId=user.creds.access_key)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("iam", "us-east-1")  # at once: it commits with the change
    assert abs(used["LastUsedDate"] - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=5)
