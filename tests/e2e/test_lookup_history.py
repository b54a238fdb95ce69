"""LookupEvents over a long history, of which most is compressed: what is found, in which order, and how pages join across
what is compressed and what is not yet. (How that is kept is the matter of unit tests.)
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""
import datetime
import json
import time

import pytest

from harness.account import EVENT_S, Account
from harness.quick_iam import QuickIam
from harness.server import Server

CALLS = 1300  # the last hundreds are not compressed
ROUND = 100


def attribute(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def found(account, region="us-east-1", **question):
    pages = account.client("cloudtrail", region=region).get_paginator("lookup_events").paginate(**question)
    return [event for page in pages for event in page["Events"]]


def name_of(event):
    """Of the user that was asked for."""
    return json.loads(event["CloudTrailEvent"])["requestParameters"]["userName"]


def ask(account, count, first=0):
    """Reads that are refused: {name: request id}."""
    iam = QuickIam(account.server, account.root)
    return {f"nobody-{number}": iam.call("GetUser", UserName=f"nobody-{number}")[1] for number in range(first, first + count)}


def wait_for(account, name):
    end = time.monotonic() + EVENT_S
    while not found(account, **attribute("ResourceName", name)):
        assert time.monotonic() < end, f"no event of {name}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def long_server(tmp_path_factory):
    with Server(data=tmp_path_factory.mktemp("history") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def past(long_server, tmp_path_factory):
    """An account with a long history; .asked: {name: request id}"""
    account = Account.create(long_server, tmp_path_factory.mktemp("home"))
    account.iam.create_group(GroupName="first")
    account.asked = ask(account, CALLS)
    wait_for(account, f"nobody-{CALLS - 1}")
    return account


def test_all_is_there_once_and_in_order(past):
    events = found(past, **attribute("EventName", "GetUser"))
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    assert {record["requestParameters"]["userName"]: record["requestID"] for record in records} == past.asked
    assert len(events) == len(past.asked)
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True)
    numbers = [int(name_of(event).removeprefix("nobody-")) for event in events]
    assert numbers == sorted(numbers, reverse=True)


def test_each_attribute_finds_what_is_compressed(past):
    event = found(past, **attribute("ResourceName", "nobody-3"))[0]
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestID"] == past.asked["nobody-3"]
    assert (event["EventName"], event["ReadOnly"], event["Username"]) == ("GetUser", "true", "root")
    assert event["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": "nobody-3"},
                                  {"ResourceType": "AWS::IAM::User", "ResourceName": past.arn("user/nobody-3")}]
    for key, value in [("EventId", event["EventId"]), ("EventName", "GetUser"), ("ReadOnly", "true"), ("Username", "root"),
                       ("ResourceType", "AWS::IAM::User"), ("ResourceName", past.arn("user/nobody-3")),
                       ("EventSource", "iam.amazonaws.com"), ("AccessKeyId", past.root.access_key)]:
        assert event["EventId"] in [one["EventId"] for one in found(past, **attribute(key, value))], key
    assert [name["EventName"] for name in found(past, **attribute("ResourceName", "first"))] == ["CreateGroup"]
    assert found(past, **attribute("ResourceName", "nobody-")) == []
    assert found(past, **attribute("EventName", "getuser")) == []


@pytest.mark.parametrize("size", [7, 49, 50])
def test_pages_join_across_what_is_compressed(past, size):
    client, names, more = past.client("cloudtrail"), [], {}
    while True:
        page = client.lookup_events(MaxResults=size, **attribute("EventName", "GetUser"), **more)
        names += [name_of(event) for event in page["Events"]]
        if "NextToken" not in page:
            break
        assert len(page["Events"]) == size
        more = {"NextToken": page["NextToken"]}
    assert names == [f"nobody-{number}" for number in reversed(range(CALLS))]


def test_ranges_within_what_is_compressed(past):
    events = found(past, **attribute("EventName", "GetUser"))
    at = events[CALLS // 2]["EventTime"]
    for question in ({"StartTime": at}, {"EndTime": at}, {"StartTime": at, "EndTime": at}):
        expected = [event["EventId"] for event in events
                    if question.get("StartTime", at) <= event["EventTime"] or "StartTime" not in question]
        expected = [event["EventId"] for event in events if event["EventId"] in expected
                    and ("EndTime" not in question or event["EventTime"] <= question["EndTime"])]
        assert [event["EventId"] for event in found(past, **question, **attribute("EventName", "GetUser"))] == expected
    assert found(past, StartTime=at - datetime.timedelta(days=2), EndTime=at - datetime.timedelta(days=1)) == []


def test_a_page_goes_on_when_what_it_told_of_was_compressed_meanwhile(long_server, home):
    account = Account.create(long_server, home)
    ask(account, 300)
    wait_for(account, "nobody-299")
    client, question = account.client("cloudtrail"), attribute("EventName", "GetUser")
    first = client.lookup_events(MaxResults=50, **question)
    ask(account, 700, first=300)
    wait_for(account, "nobody-999")
    names, token = [name_of(event) for event in first["Events"]], first["NextToken"]
    while token:
        page = client.lookup_events(MaxResults=50, NextToken=token, **question)
        names += [name_of(event) for event in page["Events"]]
        token = page.get("NextToken")
    assert names == [f"nobody-{number}" for number in reversed(range(300))]


def test_accounts_and_regions_have_their_own(past, long_server, home):
    other = Account.create(long_server, home)
    event = found(past, **attribute("ResourceName", "nobody-5"))[0]
    for account, region in ((other, "us-east-1"), (past, "eu-west-1")):
        for key, value in [("EventId", event["EventId"]), ("ResourceName", "nobody-5"), ("EventName", "GetUser")]:
            assert found(account, region=region, **attribute(key, value)) == []


def test_it_is_there_after_a_kill_and_gone_after_ninety_days(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    asked = ask(account, 900)
    wait_for(account, "nobody-899")
    server.kill()
    server.start()
    events = found(account, **attribute("EventName", "GetUser"))
    assert {name_of(event): json.loads(event["CloudTrailEvent"])["requestID"] for event in events} == asked
    server.admin.advance("89d")
    assert len(found(account, **attribute("EventName", "GetUser"))) == 900
    server.admin.advance("2d")
    server.admin.past_the_jump()
    keys = json.loads(server.admin.call("GET", "/status"))["keys"]
    assert found(account, **attribute("EventName", "GetUser")) == []
    ask(account, ROUND, first=5000)
    wait_for(account, f"nobody-{5000 + ROUND - 1}")
    assert json.loads(server.admin.call("GET", "/status"))["keys"] < keys
    assert len(found(account, **attribute("EventName", "GetUser"))) == ROUND
    assert found(account, **attribute("ResourceName", "nobody-5")) == []


def damage_blocks(data):
    """A byte in each of what is compressed, under the running server: it begins as every Zstandard frame does."""
    (file,) = data.glob("*.mdb")
    content, at, count = file.read_bytes(), 0, 0
    with open(file, "r+b", buffering=0) as out:
        while (at := content.find(b"\x28\xb5\x2f\xfd", at + 1)) > 0:
            out.seek(at + 1000)
            out.write(bytes([content[at + 1000] ^ 0x10]))
            count += 1
    return count


def test_damage_hides_nothing_else_and_is_told(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    ask(account, 900)
    wait_for(account, "nobody-899")
    assert server.admin.metrics()["merlon_damage_met_total"] == 0
    assert damage_blocks(tmp_path / "data") > 0
    for question in ({}, attribute("EventName", "GetUser")):
        names = [name_of(event) for event in found(account, **question) if event["EventName"] == "GetUser"]
        assert 300 < len(names) < 900 and names == [f"nobody-{number}" for number in range(899, 899 - len(names), -1)]
    assert server.admin.metrics()["merlon_damage_met_total"] >= 2
    told = server.merlon("scrub", check=False)
    *lines, summary = told.stdout.splitlines()
    assert told.returncode == 1 and f", {len(lines)} records damaged" in summary
    assert {line.split("\t")[0] for line in lines} == {account.id} and lines[0].endswith("\ta block of the history cannot be read")
    assert '"what":"a block of the history","account":"' + account.id + '","region":"us-east-1","until":"20' in server.log()
    ask(account, 300, first=900)
    wait_for(account, "nobody-1199")
