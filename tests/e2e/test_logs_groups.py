"""Log groups: made, described, kept, deleted; their names, ARNs, tags and permissions.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""
import pytest

from harness.account import policy, statement
from harness.logs import all_pages, answer_of, event, make_stream, newer_logs, now_ms, put, start
from harness.refusals import denied, refused

DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]


@pytest.fixture
def logs(account):
    return account.client("logs", parameter_validation=False)


def names(answer):
    return [group["logGroupName"] for group in answer]


def test_made_and_described(account, logs):
    before = now_ms()
    logs.create_log_group(logGroupName="/app/web", tags={"team": "red"})
    group, = newer_logs(account).describe_log_groups()["logGroups"]
    assert before - 1000 <= group.pop("creationTime") <= now_ms() + 1000
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:/app/web"
    assert group == {"logGroupName": "/app/web", "arn": arn + ":*", "logGroupArn": arn, "metricFilterCount": 0,
                     "storedBytes": 0, "logGroupClass": "STANDARD", "deletionProtectionEnabled": False}
    with refused("ResourceAlreadyExistsException", "The specified log group already exists", 400):
        logs.create_log_group(logGroupName="/app/web")
    logs.delete_log_group(logGroupName="/app/web")
    assert logs.describe_log_groups()["logGroups"] == []
    with refused("ResourceNotFoundException", "The specified log group does not exist.", 400):
        logs.delete_log_group(logGroupName="/app/web")


def test_names(logs):
    logs.create_log_group(logGroupName="x" * 512)
    logs.create_log_group(logGroupName="x" * 511 + "y")
    logs.create_log_group(logGroupName="a-Z_0/9.#")
    found = names(logs.describe_log_groups()["logGroups"])
    assert found[0] == "a-Z_0/9.#" and set(found[1:]) == {"x" * 512, "x" * 511 + "y"}
    for wrong in ("", "x" * 513, "a b", "a:b", "a*", "é"):
        with refused("InvalidParameterException", status=400):
            logs.create_log_group(logGroupName=wrong)
    with refused("InvalidParameterException", "1 validation error detected: Value 'a b' at 'logGroupName' failed to "
                 r"satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"):
        logs.create_log_group(logGroupName="a b")
    with refused("InvalidParameterException", "Log groups starting with aws/ are reserved for AWS."):
        logs.create_log_group(logGroupName="aws/mine")


def test_lists(account, logs, other_account):
    made = [f"/p/{number:02}" for number in range(55)]
    for name in reversed(made):
        logs.create_log_group(logGroupName=name)
    logs.create_log_group(logGroupName="/other/p")
    other_account.client("logs").create_log_group(logGroupName="/p/00")
    account.client("logs", region="eu-west-1").create_log_group(logGroupName="/p/elsewhere")
    assert len(logs.describe_log_groups()["logGroups"]) == 50
    assert names(all_pages(logs.describe_log_groups, "logGroups")) == ["/other/p", *made]
    assert names(all_pages(logs.describe_log_groups, "logGroups", logGroupNamePrefix="/p/0", limit=3)) == made[:10]
    found = all_pages(logs.describe_log_groups, "logGroups", logGroupNamePattern="p/5")
    assert names(found) == made[50:] and set(found[0]) == {"logGroupName", "arn", "creationTime"}
    assert logs.describe_log_groups(logGroupNamePrefix="/q")["logGroups"] == []
    with refused("InvalidParameterException"):
        logs.describe_log_groups(logGroupNamePrefix="/p", logGroupNamePattern="p")
    with refused("InvalidParameterException"):
        logs.describe_log_groups(limit=51)
    token = logs.describe_log_groups(limit=1)["nextToken"]
    for wrong in ("x", token[:-1] + ("A" if token[-1] != "A" else "B")):
        with refused("InvalidParameterException", "The specified nextToken is invalid."):
            logs.describe_log_groups(nextToken=wrong)
    with refused("InvalidParameterException"):
        other_account.client("logs").describe_log_groups(nextToken=token)


def test_groups_by_their_identifiers(account, logs):
    client = newer_logs(account)
    for name in ("a", "b", "c"):
        logs.create_log_group(logGroupName=name)
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:c"
    found = client.describe_log_groups(logGroupIdentifiers=["a", arn, "none"])["logGroups"]
    assert names(found) == ["a", "c"]
    with refused("InvalidParameterException"):
        client.describe_log_groups(logGroupIdentifiers=["a"], logGroupNamePrefix="a")


def test_classes(account, logs):
    client = newer_logs(account)
    client.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    client.create_log_group(logGroupName="gone", logGroupClass="DELIVERY")
    assert names(client.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"]) == ["rare"]
    assert client.describe_log_groups(logGroupClass="DELIVERY")["logGroups"][0]["retentionInDays"] == 1
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName="gone", retentionInDays=7)
    with refused("InvalidParameterException"):
        client.create_log_group(logGroupName="x", logGroupClass="COLD")


def test_what_a_class_does_not_have_is_refused(account, logs):
    client = newer_logs(account)
    for name, kind in (("rare", "INFREQUENT_ACCESS"), ("gone", "DELIVERY")):
        client.create_log_group(logGroupName=name, logGroupClass=kind)
        logs.create_log_stream(logGroupName=name, logStreamName="one")
        put(logs, name, [event("kept")])
        with refused("InvalidOperationException", f"The log group {name} is of log-group-class {kind}. "
                     "FilterLogEvents is not supported for this log class.", 400):
            logs.filter_log_events(logGroupName=name)
        with refused("InvalidParameterException", "This operation is only supported on the Standard log class.", 400):
            logs.describe_metric_filters(logGroupName=name)
    with refused("InvalidOperationException", "The log group rare is of log-group-class INFREQUENT_ACCESS. "
                 "GetLogEvents is not supported for this log class.", 400):
        logs.get_log_events(logGroupName="rare", logStreamName="one")
    with refused("InvalidParameterException", "The log group gone is of log-group-class DELIVERY. StartQuery is not "
                 "supported for this log class.", 400):
        start(logs, "fields @message", logGroupNames=["rare", "gone"])
    with refused("InvalidParameterException"):
        logs.get_log_group_fields(logGroupName="gone")
    answer = answer_of(logs, start(logs, "fields @message", logGroupName="rare"))
    assert [row[0]["value"] for row in answer["results"]] == ["kept"]
    assert len(logs.get_log_group_fields(logGroupName="rare")["logGroupFields"]) == 5
    assert logs.describe_metric_filters()["metricFilters"] == []


def test_deletion_protection(account, logs):
    client = newer_logs(account)
    client.create_log_group(logGroupName="kept", deletionProtectionEnabled=True)
    logs.create_log_stream(logGroupName="kept", logStreamName="s")
    assert client.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"] is True
    with refused("ValidationException"):
        logs.delete_log_group(logGroupName="kept")
    with refused("ValidationException"):
        logs.delete_log_stream(logGroupName="kept", logStreamName="s")
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:kept"
    client.put_log_group_deletion_protection(logGroupIdentifier=arn, deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="kept")


def test_retention(logs):
    logs.create_log_group(logGroupName="g")
    for days in DAYS:
        logs.put_retention_policy(logGroupName="g", retentionInDays=days)
        assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == days
    for wrong in (0, -1, 2, 4, 366, 3654):
        with refused("InvalidParameterException"):
            logs.put_retention_policy(logGroupName="g", retentionInDays=wrong)
    logs.delete_retention_policy(logGroupName="g")
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]
    with refused("ResourceNotFoundException"):
        logs.put_retention_policy(logGroupName="none", retentionInDays=1)


def test_tags_both_ways(account, logs):
    logs.create_log_group(logGroupName="g", tags={"a": "1", "b": ""})
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:g"
    logs.tag_log_group(logGroupName="g", tags={"a": "2"})
    logs.tag_resource(resourceArn=arn, tags={"c": "x y"})
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"a": "2", "b": "", "c": "x y"}
    logs.untag_log_group(logGroupName="g", tags=["a", "none"])
    logs.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "x y"}
    with refused("InvalidParameterException"):
        logs.tag_resource(resourceArn=arn, tags={"aws:x": "1"})
    with refused("TooManyTagsException"):
        logs.tag_resource(resourceArn=arn, tags={f"k{number}": "" for number in range(50)})
    with refused("InvalidParameterException"):
        logs.tag_log_group(logGroupName="g", tags={f"k{number}": "" for number in range(50)})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "x y"}
    with refused("ResourceNotFoundException"):
        logs.list_tags_for_resource(resourceArn=arn + "x")
    with refused("InvalidParameterException"):
        logs.list_tags_for_resource(resourceArn="g")


def test_permissions_are_asked_on_groups_and_streams(account, logs):
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:mine"
    user = account.user(policy=policy(statement(["logs:*"], resource=arn + ":*"), statement("logs:TagResource", resource=arn)))
    mine = user.client("logs")
    make_stream(mine, "mine", tags={"a": "b"})
    assert mine.describe_log_streams(logGroupName="mine")["logStreams"][0]["logStreamName"] == "one"
    with denied("logs:CreateLogGroup", f"arn:aws:logs:us-east-1:{account.id}:log-group:mine2:log-stream:"):
        mine.create_log_group(logGroupName="mine2")
    with denied("logs:CreateLogStream", f"arn:aws:logs:us-east-1:{account.id}:log-group:theirs:log-stream:s"):
        mine.create_log_stream(logGroupName="theirs", logStreamName="s")
    with denied("logs:DescribeLogGroups", f"arn:aws:logs:us-east-1:{account.id}:log-group::log-stream:"):
        mine.describe_log_groups()
    with denied("logs:ListTagsForResource", arn):
        mine.list_tags_for_resource(resourceArn=arn)
    with denied("logs:TagLogGroup"):
        account.user(policy=policy("logs:CreateLogGroup")).client("logs").create_log_group(logGroupName="x", tags={"a": "b"})
    assert len(logs.describe_log_groups()["logGroups"]) == 1


def test_tags_in_conditions(account, logs):
    logs.create_log_group(logGroupName="red", tags={"team": "red"})
    logs.create_log_group(logGroupName="blue", tags={"team": "blue"})
    user = account.user(policy=policy(
        statement(["logs:CreateLogStream", "logs:DeleteLogGroup"],
                  Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}),
        statement("logs:Tag*", Condition={"StringEquals": {"aws:RequestTag/stage": "test"},
                                          "ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]}})))
    mine = user.client("logs")
    mine.create_log_stream(logGroupName="red", logStreamName="s")
    with denied("logs:CreateLogStream"):
        mine.create_log_stream(logGroupName="blue", logStreamName="s")
    mine.tag_log_group(logGroupName="blue", tags={"stage": "test"})
    with denied("logs:TagLogGroup"):
        mine.tag_log_group(logGroupName="blue", tags={"stage": "test", "team": "red"})
    with denied("logs:DeleteLogGroup"):
        mine.delete_log_group(logGroupName="blue")
    mine.delete_log_group(logGroupName="red")


def test_other_accounts_are_shut_out(account, other_account, logs):
    make_stream(logs, "g")
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:g"
    stranger = other_account.client("logs", parameter_validation=False)
    with denied("logs:TagResource", arn):
        stranger.tag_resource(resourceArn=arn, tags={"a": "b"})
    with denied("logs:GetLogEvents"):
        stranger.get_log_events(logGroupIdentifier=arn, logStreamName="one")
    with denied("logs:DescribeLogStreams"):
        stranger.describe_log_streams(logGroupIdentifier=arn)


def test_streams(account, logs):
    logs.create_log_group(logGroupName="g")
    made = ["a/1", "a/2", "[$LATEST]é", "z" * 512]
    for name in made:
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    with refused("ResourceAlreadyExistsException", "The specified log stream already exists"):
        logs.create_log_stream(logGroupName="g", logStreamName="a/1")
    for wrong in ("", "a:b", "a*", "z" * 513):
        with refused("InvalidParameterException"):
            logs.create_log_stream(logGroupName="g", logStreamName=wrong)
    with refused("ResourceNotFoundException", "The specified log group does not exist."):
        logs.create_log_stream(logGroupName="none", logStreamName="s")
    of = [stream["logStreamName"] for stream in all_pages(logs.describe_log_streams, "logStreams", logGroupName="g", limit=1)]
    assert of == ["[$LATEST]é", "a/1", "a/2", "z" * 512]
    down = all_pages(logs.describe_log_streams, "logStreams", logGroupName="g", descending=True, limit=3)
    assert [stream["logStreamName"] for stream in down] == of[::-1]
    for descending, expected in ((False, ["a/1", "a/2"]), (True, ["a/2", "a/1"])):
        found = all_pages(logs.describe_log_streams, "logStreams", logGroupName="g", logStreamNamePrefix="a/",
                          descending=descending, limit=1)
        assert [stream["logStreamName"] for stream in found] == expected
    stream = logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="a/1")["logStreams"][0]
    assert stream["arn"] == f"arn:aws:logs:us-east-1:{account.id}:log-group:g:log-stream:a/1"
    assert stream["storedBytes"] == 0 and "firstEventTimestamp" not in stream
    logs.delete_log_stream(logGroupName="g", logStreamName="a/1")
    with refused("ResourceNotFoundException", "The specified log stream does not exist."):
        logs.delete_log_stream(logGroupName="g", logStreamName="a/1")
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:g"
    assert len(logs.describe_log_streams(logGroupIdentifier=arn)["logStreams"]) == 3
    for wrong in ({}, {"logGroupName": "g", "logGroupIdentifier": arn}):
        with refused("InvalidParameterException"):
            logs.describe_log_streams(**wrong)


def test_calls_are_recorded(account, logs):
    make_stream(logs, "g", tags={"a": "b"})
    logs.put_log_events(logGroupName="g", logStreamName="one", logEvents=[{"timestamp": now_ms(), "message": "private"}])
    request_id = logs.get_log_events(logGroupName="g", logStreamName="one")["ResponseMetadata"]["RequestId"]
    read = account.event("GetLogEvents", request_id)
    assert read["readOnly"] is True and read["managementEvent"] is True
    made = account.event("CreateLogGroup")
    assert made["eventSource"] == "logs.amazonaws.com" and made["readOnly"] is False
    assert made["requestParameters"] == {"logGroupName": "g", "tags": {"a": "b"}}
    assert account.event("CreateLogStream")["requestParameters"] == {"logGroupName": "g", "logStreamName": "one"}
    assert account.events_named("PutLogEvents") == []


# -- ListLogGroups

def test_summaries(account):
    logs, plain = newer_logs(account), account.client("logs")
    for name, more in (("/aws/lambda/a", {"tags": {"team": "red", "x": "1"}}), ("/aws/lambda/b", {"tags": {"team": "blue"}}),
                       ("discovery", {"logGroupClass": "INFREQUENT_ACCESS"}), ("my/discovery-2", {})):
        logs.create_log_group(logGroupName=name, **more)

    def listed(**question):
        return names(logs.list_log_groups(**question)["logGroups"])

    everything = ["/aws/lambda/a", "/aws/lambda/b", "discovery", "my/discovery-2"]
    assert listed() == everything
    assert logs.list_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"] == [{
        "logGroupName": "discovery", "logGroupClass": "INFREQUENT_ACCESS",
        "logGroupArn": f"arn:aws:logs:us-east-1:{account.id}:log-group:discovery"}]
    for pattern, found in (("^/aws/lambda", everything[:2]), ("discovery", everything[2:]), ("^discovery|bda/b", everything[1:3]),
                           ("^lambda", []), ("Discovery", [])):
        assert listed(logGroupNamePattern=pattern) == found
    for tags, found in (([{"key": "team"}], everything[:2]), ([{"key": "team", "values": ["blue", "green"]}], everything[1:2]),
                        ([{"key": "team", "values": ["red"]}, {"key": "x", "values": ["2"]}], []), ([{"key": "none"}], [])):
        assert listed(logGroupTags=tags) == found
    assert listed(fieldIndexNames=["a"]) == [] and listed(dataSources=[{"name": "amazon_vpc"}]) == []
    assert listed(includeLinkedAccounts=True, accountIdentifiers=["000000000000"]) == []
    assert listed(includeLinkedAccounts=True, accountIdentifiers=[account.id]) == everything
    assert names(all_pages(logs.list_log_groups, "logGroups", limit=1)) == everything
    for wrong in ({"logGroupNamePattern": "a.*b"}, {"logGroupNamePattern": "ab"}, {"limit": 1001}, {"nextToken": "x"}):
        with refused("InvalidParameterException"):
            logs.list_log_groups(**wrong)
    user = account.user(policy=policy("logs:Describe*"))
    with denied("logs:ListLogGroups"):
        newer_logs(account, creds=user.creds).list_log_groups()
    assert len(plain.describe_log_groups()["logGroups"]) == 4
