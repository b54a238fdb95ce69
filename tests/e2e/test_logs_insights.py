"""Logs Insights through stock clients; what the language means is in tests/unit/services/test_logs_insights.c.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html"""
import json
import time

import pytest

from harness.account import Account, policy, statement
from harness.logs import HOUR_MS, all_pages, answer_of, event, make_stream, newer_logs, now_ms, put, start
from harness.refusals import denied, refused
from harness.server import Server

ROWS = [{"eventName": "GetUser", "errorCode": "AccessDenied", "userIdentity": {"type": "IAMUser"}},
        {"eventName": "GetUser", "userIdentity": {"type": "Root"}},
        {"eventName": "PutObject", "userIdentity": {"type": "Root"}, "items": [{"id": "i-1"}]}]


@pytest.fixture
def logs(account):
    client = account.client("logs", parameter_validation=False)
    make_stream(client, "g")
    return client


def rows_of(answer):
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]


def run(logs, query, **more):
    answer = answer_of(logs, start(logs, query, **more))
    assert answer["status"] == "Complete"
    return rows_of(answer)


def test_rows(account, logs):
    at = now_ms() // 60000 * 60000
    put(logs, "g", [event(json.dumps(row), at + number) for number, row in enumerate(ROWS)])
    put(logs, "g", [event("text", at - 2 * HOUR_MS)])
    logs.create_log_stream(logGroupName="g", logStreamName="two")
    put(logs, "g", [event("other", at + 10)], stream="two")
    answer = answer_of(logs, start(logs, "fields @message, @logStream, @log"))
    assert rows_of(answer) == [{"@message": "other", "@logStream": "two", "@log": f"{account.id}:g"}] + [
        {"@message": json.dumps(row), "@logStream": "one", "@log": f"{account.id}:g"} for row in ROWS[::-1]]
    statistics = answer["statistics"]
    assert statistics["recordsScanned"] == statistics["recordsMatched"] == 4
    assert statistics["bytesScanned"] == sum(26 + len(json.dumps(row)) for row in ROWS) + 26 + 5
    assert run(logs, "filter userIdentity.type = 'Root' | stats count(*) as n by eventName | sort eventName") == [
        {"eventName": "GetUser", "n": "1"}, {"eventName": "PutObject", "n": "1"}]
    assert run(logs, "fields items.0.id | filter ispresent(items.0.id)") == [{"items.0.id": "i-1"}]
    shown = run(logs, "sort @timestamp asc | limit 1")
    assert list(shown[0]) == ["@timestamp", "@message"] and shown[0]["@timestamp"].endswith(":00.000")
    pointer = answer["results"][1][-1]
    assert pointer["field"] == "@ptr"
    record = logs.get_log_record(logRecordPointer=pointer["value"])["logRecord"]
    assert record["@message"] == json.dumps(ROWS[2]) and record["items.0.id"] == "i-1" and record["@logStream"] == "one"
    assert record["@timestamp"] == str(at + 2) and record["userIdentity.type"] == "Root"


def test_several_groups(account, logs):
    make_stream(logs, "h")
    for group in "gh":
        put(logs, group, [event(f"in {group}")])
    assert sorted(row["@message"] for row in run(logs, "fields @message", logGroupNames=["g", "h"])) == ["in g", "in h"]
    arns = [f"arn:aws:logs:us-east-1:{account.id}:log-group:{name}" for name in "gh"]
    newer = newer_logs(account)
    assert run(newer, "stats count(*) as n by @log | sort @log", logGroupIdentifiers=arns) == [
        {"@log": f"{account.id}:g", "n": "1"}, {"@log": f"{account.id}:h", "n": "1"}]
    with refused("InvalidParameterException"):
        start(logs, "fields a", logGroupName="g", logGroupNames=["h"])
    with refused("InvalidParameterException"):
        logs.start_query(startTime=1, endTime=2, queryString="fields a")
    with refused("ResourceNotFoundException", f"Log group 'none' does not exist for account ID '{account.id}'"):
        start(logs, "fields a", logGroupNames=["g", "none"])
    with refused("InvalidParameterException"):
        logs.start_query(startTime=2, endTime=1, queryString="fields a", logGroupName="g")
    with refused("InvalidParameterException"):
        start(newer, "SELECT 1", logGroupName="g", queryLanguage="SQL")


def test_malformed_queries(account, logs):
    with pytest.raises(logs.exceptions.MalformedQueryException) as raised:
        start(logs, "fields @message | filter (a = 1")
    error = raised.value.response
    assert error["queryCompileError"]["location"] == {"startCharOffset": 31, "endCharOffset": 31}
    assert error["queryCompileError"]["message"] and error["Error"]["Code"] == "MalformedQueryException"
    for wrong in ("", "nonsense", "stats a", "filter a like /(/", "fields nofunction(a)", "limit 10001"):
        with refused("MalformedQueryException"):
            start(logs, wrong)
    assert logs.describe_queries()["queries"] == []


def test_ranges_that_end_before_a_group_began(logs):
    """Before it was made, or before its retention: events that are older than the group can be asked for all the same."""
    make_stream(logs, "kept", tags={"of": "a day"})
    put(logs, "g", [event("older", now_ms() - 5 * HOUR_MS)])
    text = "fields @message"
    why = ("Query's end date and time is either before the log groups creation time or exceeds the log groups log retention "
           "settings ([0,15])")
    for more in ({}, {"logGroupNames": ["g", "kept"]}):
        with pytest.raises(logs.exceptions.MalformedQueryException) as raised:
            start(logs, text, at=now_ms() - 2 * HOUR_MS, **more)
        error = raised.value.response
        assert error["Error"]["Message"] == error["queryCompileError"]["message"] == why
        assert error["queryCompileError"]["location"] == {"startCharOffset": 0, "endCharOffset": 15}
    query = logs.start_query(startTime=now_ms() - 6 * HOUR_MS, endTime=now_ms() + HOUR_MS, queryString=text, logGroupName="g")
    assert rows_of(answer_of(logs, query["queryId"])) == [{"@message": "older"}]


@pytest.fixture
def own_server():
    """Whose clock is advanced."""
    with Server() as running:
        yield running


def test_ranges_that_end_before_the_retention(own_server, home):
    """Of several groups the one that goes back furthest counts."""
    logs = Account.create(own_server, home).client("logs")
    for name in ("long", "short"):
        make_stream(logs, name)
    logs.put_retention_policy(logGroupName="short", retentionInDays=1)
    before = now_ms()
    own_server.admin.advance("3d")
    with refused("MalformedQueryException"):
        start(logs, "fields @message", at=before, logGroupName="short")
    for names in (["long"], ["short", "long"]):
        start(logs, "fields @message", at=before, logGroupNames=names)


def test_permissions(account, other_account, logs):
    make_stream(logs, "h")
    put(logs, "g", [event("a")])
    put(logs, "h", [event("b")])
    only_g = [f"arn:aws:logs:*:{account.id}:log-group:g:*"]
    user = account.user("u", policy(statement(["logs:StartQuery", "logs:GetQueryResults", "logs:GetLogRecord"],
                                              Resource=only_g))).client("logs")
    assert run(user, "fields @message") == [{"@message": "a"}]
    for groups in (["h"], ["g", "h"], ["h", "g"], ["g", "none"]):
        with denied("logs:StartQuery"):
            start(user, "fields @message", logGroupNames=groups)
    both = start(logs, "fields @message", logGroupNames=["g", "h"])
    found = answer_of(logs, both)
    with denied("logs:GetQueryResults"):
        user.get_query_results(queryId=both)
    pointers = {row[0]["value"]: row[-1]["value"] for row in found["results"]}
    assert user.get_log_record(logRecordPointer=pointers["a"])["logRecord"]["@message"] == "a"
    with denied("logs:GetLogRecord"):
        user.get_log_record(logRecordPointer=pointers["b"])
    with denied("logs:Unmask"):
        start(user, "fields unmask(@message)")
    stranger = other_account.client("logs")
    with refused("ResourceNotFoundException"):
        stranger.get_query_results(queryId=both)
    with refused("InvalidParameterException", "The specified logRecordPointer is invalid."):
        stranger.get_log_record(logRecordPointer=pointers["a"])
    with refused("InvalidParameterException"):
        logs.get_log_record(logRecordPointer="x")


def test_lists_and_stops(logs):
    put(logs, "g", [event("a")])
    first = start(logs, "fields @message")
    answer_of(logs, first)
    second = start(logs, "stats count(*)")
    answer_of(logs, second)
    assert [one["queryId"] for one in all_pages(logs.describe_queries, "queries", maxResults=1)] == [second, first]
    shown = logs.describe_queries(logGroupName="g", status="Complete")["queries"]
    assert [one["queryString"] for one in shown] == ["stats count(*)", "fields @message"]
    assert shown[0]["status"] == "Complete" and shown[0]["logGroupName"] == "g"
    assert logs.describe_queries(logGroupName="h")["queries"] == [] == logs.describe_queries(status="Failed")["queries"]
    with refused("InvalidParameterException"):
        logs.stop_query(queryId=first)
    with refused("ResourceNotFoundException"):
        logs.stop_query(queryId="none")
    with refused("ResourceNotFoundException"):
        logs.get_query_results(queryId="none")


def test_pages_of_results(account, logs):
    at = now_ms()
    for batch in range(4):
        put(logs, "g", [event(f"{batch}.{number} " + "x" * 1500, at + batch * 1000 + number) for number in range(600)])
    query = start(logs, "fields @message | sort @timestamp asc")
    answer_of(logs, query)
    newer, found, token, pages = newer_logs(account), [], {}, 0
    while True:
        answer = newer.get_query_results(queryId=query, **token)
        found += [row[0]["value"].split()[0] for row in answer["results"]]
        pages += 1
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert found == [f"{batch}.{number}" for batch in range(4) for number in range(600)] and pages > 1
    small = newer.get_query_results(queryId=query, maxItems=7)
    assert len(small["results"]) == 7 and small["nextToken"]
    with refused("InvalidParameterException"):
        newer.get_query_results(queryId=query, nextToken="x")


def test_too_much_is_no_answer(logs):
    """A query whose rows have more than some megabytes fails, rather than leave out some of them."""
    at = now_ms()
    put(logs, "g", [event("x" * 250000, at), event("y" * 250000, at), event("z" * 250000, at)])
    wide = ", ".join(f"concat(@message, '{number}') as c{number}" for number in range(45))
    answer = answer_of(logs, start(logs, f"fields {wide}"))
    assert answer["status"] == "Failed" and answer["results"] == []
    again = run(logs, "fields @message | limit 1")
    assert again == [{"@message": "z" * 250000}]


def test_definitions(logs):
    names = ["b/two", "a", "b/one"]
    ids = {name: logs.put_query_definition(name=name, queryString="fields @message", logGroupNames=["g"])["queryDefinitionId"]
           for name in names}
    assert [one["name"] for one in all_pages(logs.describe_query_definitions, "queryDefinitions", maxResults=1)] == sorted(names)
    assert [one["name"] for one in logs.describe_query_definitions(queryDefinitionNamePrefix="b/")["queryDefinitions"]] == [
        "b/one", "b/two"]
    assert logs.put_query_definition(name="c", queryString="stats count(*)", queryDefinitionId=ids["a"])[
        "queryDefinitionId"] == ids["a"]
    changed = logs.describe_query_definitions(queryDefinitionNamePrefix="c")["queryDefinitions"][0]
    assert changed["queryString"] == "stats count(*)" and "logGroupNames" not in changed
    assert logs.delete_query_definition(queryDefinitionId=ids["b/one"])["success"] is True
    for call in (lambda: logs.delete_query_definition(queryDefinitionId=ids["b/one"]),
                 lambda: logs.put_query_definition(name="x", queryString="x", queryDefinitionId=ids["b/one"])):
        with refused("ResourceNotFoundException"):
            call()


def test_fields_of_a_group(logs):
    put(logs, "g", [event(json.dumps({"a": {"b": 1}})), event(json.dumps({"a": {"b": 2}, "c": [True]})), event("text")])
    found = {one["name"]: one["percent"] for one in logs.get_log_group_fields(logGroupName="g")["logGroupFields"]}
    assert found == {"@ingestionTime": 100, "@log": 100, "@logStream": 100, "@message": 100, "@timestamp": 100, "a.b": 66, "c.0": 33}
    with refused("ResourceNotFoundException"):
        logs.get_log_group_fields(logGroupName="none")


def test_encrypted_groups_need_the_key(account, logs):
    kms = account.client("kms")
    rows = policy(statement("kms:*", Principal={"AWS": f"arn:aws:iam::{account.id}:root"}),
                  statement(["kms:Decrypt", "kms:GenerateDataKey*", "kms:Describe*"],
                            Principal={"Service": "logs.us-east-1.amazonaws.com"}))
    key = kms.create_key(Policy=json.dumps(rows))["KeyMetadata"]["Arn"]
    make_stream(logs, "secret", kmsKeyId=key)
    put(logs, "secret", [event("hidden")])
    assert run(logs, "fields @message", logGroupName="secret") == [{"@message": "hidden"}]
    user = account.user("u", policy("logs:*")).client("logs")
    with refused("AccessDeniedException"):
        start(user, "fields @message", logGroupName="secret")


def test_the_groups_of_a_query(account, logs):
    newer = newer_logs(account)
    make_stream(logs, "other/group")
    query = start(logs, "fields @message", logGroupNames=["g", "other/group"])
    answer = newer.list_log_groups_for_query(queryId=query)
    assert answer == {"logGroupIdentifiers": [f"arn:aws:logs:us-east-1:{account.id}:log-group:{name}" for name in ("g", "other/group")]}
    with refused("ResourceNotFoundException"):
        newer.list_log_groups_for_query(queryId="none")
    with refused("InvalidParameterException"):
        newer.list_log_groups_for_query(queryId=query, nextToken="x")
    user = account.user(policy=policy("logs:StartQuery", "logs:GetQueryResults"))
    with denied("logs:ListLogGroupsForQuery"):
        newer_logs(account, creds=user.creds).list_log_groups_for_query(queryId=query)
