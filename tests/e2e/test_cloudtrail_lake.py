"""CloudTrail Lake: event data stores, and SQL over them.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake.html"""
import json
import time

import pytest

from harness.account import policy
from harness.json_client import JsonClient
from harness.lake import ask, await_events, await_query, id_of, new_store, rows_of
from harness.refusals import refusal
from harness.server import Server


@pytest.fixture(scope="module")
def server():
    """Their clock is advanced by weeks."""
    with Server() as running:
        yield running


@pytest.fixture(autouse=True)
def past_the_jump(server):
    server.admin.past_the_jump()


@pytest.fixture
def later(server):
    def move(duration):
        server.admin.advance(duration)
        server.admin.past_the_jump()
    return move


@pytest.fixture
def trails(account):
    return account.client("cloudtrail")


# -- Stores

def test_a_store(account, trails):
    made = trails.create_event_data_store(Name="store", TagsList=[{"Key": "a", "Value": "b"}])
    arn = made["EventDataStoreArn"]
    assert arn.startswith(f"arn:aws:cloudtrail:us-east-1:{account.id}:eventdatastore/") and made["Status"] == "CREATED"
    assert (made["RetentionPeriod"], made["MultiRegionEnabled"], made["TerminationProtectionEnabled"]) == (366, True, True)
    for name in (arn, id_of(arn)):
        seen = trails.get_event_data_store(EventDataStore=name)
        assert (seen["Status"], seen["Name"], seen["EventDataStoreArn"]) == ("ENABLED", "store", arn)
    assert seen["AdvancedEventSelectors"][0]["FieldSelectors"] == [{"Field": "eventCategory", "Equals": ["Management"]}]
    assert trails.list_event_data_stores()["EventDataStores"] == [{"EventDataStoreArn": arn, "Name": "store"}]
    trails.add_tags(ResourceId=arn, TagsList=[{"Key": "c", "Value": "d"}])
    trails.remove_tags(ResourceId=arn, TagsList=[{"Key": "a"}])
    assert trails.list_tags(ResourceIdList=[arn])["ResourceTagList"] == [
        {"ResourceId": arn, "TagsList": [{"Key": "c", "Value": "d"}]}]
    refusal("EventDataStoreAlreadyExistsException", trails.create_event_data_store, Name="store")
    refusal("EventDataStoreTerminationProtectedException", trails.delete_event_data_store, EventDataStore=arn)
    changed = trails.update_event_data_store(EventDataStore=arn, Name="renamed", RetentionPeriod=90,
                                             TerminationProtectionEnabled=False, MultiRegionEnabled=False)
    assert (changed["Name"], changed["RetentionPeriod"], changed["MultiRegionEnabled"]) == ("renamed", 90, False)


def test_what_is_refused_of_stores(account, other_account, trails):
    arn = new_store(account)
    refusal("EventDataStoreARNInvalidException", trails.get_event_data_store, EventDataStore="store")
    refusal("EventDataStoreARNInvalidException", trails.get_event_data_store,
            EventDataStore=arn.replace("eventdatastore", "trail"))
    refusal("EventDataStoreNotFoundException", trails.get_event_data_store,
            EventDataStore=arn[:-12] + "000000000000")
    refusal("AccessDeniedException", other_account.client("cloudtrail").get_event_data_store, EventDataStore=arn)
    refusal("EventDataStoreNotFoundException", other_account.client("cloudtrail").get_event_data_store,
            EventDataStore=id_of(arn))
    refusal("OrganizationsNotInUseException", trails.create_event_data_store, Name="other", OrganizationEnabled=True)
    refusal("UnsupportedOperationException", trails.create_event_data_store, Name="other", KmsKeyId="alias/x")
    refusal("InvalidEventSelectorsException", trails.create_event_data_store, Name="other", AdvancedEventSelectors=[
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Nothing"]}]}])
    for number in range(9):
        new_store(account, f"store-{number}")
    refusal("EventDataStoreMaxLimitExceededException", trails.create_event_data_store, Name="eleventh")
    refusal("EventDataStoreMaxLimitExceededException",
            account.client("cloudtrail", region="eu-west-1").create_event_data_store, Name="shadow")


def test_deleted_and_restored(account, trails, later):
    arn = new_store(account)
    account.iam.create_user(UserName="before")
    await_events(account, arn, "CreateUser")
    trails.delete_event_data_store(EventDataStore=arn)
    assert trails.get_event_data_store(EventDataStore=arn)["Status"] == "PENDING_DELETION"
    refusal("InactiveEventDataStoreException", trails.delete_event_data_store, EventDataStore=arn)
    refusal("InactiveEventDataStoreException", trails.start_query, QueryStatement=f"SELECT eventID FROM {id_of(arn)}")
    account.iam.create_user(UserName="between")
    later("3d")
    assert trails.restore_event_data_store(EventDataStore=arn)["Status"] == "ENABLED"
    refusal("InvalidEventDataStoreStatusException", trails.restore_event_data_store, EventDataStore=arn)
    account.iam.create_user(UserName="after")
    await_events(account, arn, "CreateUser", 2)
    rows = ask(account, "SELECT element_at(requestParameters, 'userName') AS u FROM {store} WHERE eventName = 'CreateUser' "
                        "ORDER BY u", store=arn)
    assert [row["u"] for row in rows] == ["after", "before"]
    trails.delete_event_data_store(EventDataStore=arn)
    later("8d")
    refusal("EventDataStoreNotFoundException", trails.get_event_data_store, EventDataStore=arn)
    assert trails.list_event_data_stores()["EventDataStores"] == []


def test_ingestion_stops_and_starts(account, trails):
    arn = new_store(account)
    account.iam.create_user(UserName="one")
    newer = JsonClient(account, service="cloudtrail", target="CloudTrail_20131101")
    newer.stop_event_data_store_ingestion(EventDataStore=arn)
    assert trails.get_event_data_store(EventDataStore=arn)["Status"] == "STOPPED_INGESTION"
    refusal("InvalidEventDataStoreStatusException", newer.stop_event_data_store_ingestion, EventDataStore=arn)
    account.iam.create_user(UserName="two")
    newer.start_event_data_store_ingestion(EventDataStore=arn)
    account.iam.create_user(UserName="three")
    await_events(account, arn, "CreateUser", 2)
    rows = ask(account, "SELECT requestParameters['userName'] AS u FROM {store} WHERE eventName = 'CreateUser'", store=arn)
    assert sorted(row["u"] for row in rows) == ["one", "three"]


def test_retention(account, trails, later):
    arn = new_store(account, RetentionPeriod=7)
    account.iam.create_user(UserName="old")
    await_events(account, arn, "CreateUser")
    later("6d")
    account.iam.create_user(UserName="new")
    await_events(account, arn, "CreateUser", 2)
    later("2d")
    rows = ask(account, "SELECT element_at(requestParameters, 'userName') AS u FROM {store} WHERE eventName = 'CreateUser'",
               store=arn)
    assert [row["u"] for row in rows] == ["new"]


def test_what_a_store_wants(account, trails):
    """Its selectors and regions."""
    data = new_store(account, "data", AdvancedEventSelectors=[{"FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]}])
    local = new_store(account, "local", MultiRegionEnabled=False)
    everywhere = new_store(account, "everywhere")
    s3 = account.client("s3")
    s3.create_bucket(Bucket=f"lake-{account.id}")
    s3.put_object(Bucket=f"lake-{account.id}", Key="a", Body=b"x")
    account.client("kms", region="eu-west-1").create_key()
    account.client("kms").create_key()
    await_events(account, data, "PutObject")
    await_events(account, everywhere, "CreateKey", 2)
    await_events(account, local, "CreateKey")
    assert ask(account, "SELECT DISTINCT eventCategory FROM {store}", store=data) == [{"eventCategory": "Data"}]
    regions = "SELECT awsRegion, count(*) AS n FROM {store} WHERE eventName = 'CreateKey' GROUP BY awsRegion ORDER BY awsRegion"
    assert ask(account, regions, store=everywhere) == [{"awsRegion": "eu-west-1", "n": "1"}, {"awsRegion": "us-east-1", "n": "1"}]
    assert ask(account, regions, store=local) == [{"awsRegion": "us-east-1", "n": "1"}]


# -- Queries

@pytest.fixture(scope="module")
def world(server, tmp_path_factory):
    """An account with a store, and some calls in it."""
    from harness.account import Account
    server.admin.past_the_jump()
    account = Account.create(server, tmp_path_factory.mktemp("lake"))
    store = new_store(account)
    for name in ("alice", "bob", "carol"):
        account.iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": name}])
    for _ in range(2):
        refusal("NoSuchEntity", account.iam.get_user, UserName="nobody")
    account.client("kms").create_key()
    for name, count in (("CreateUser", 3), ("GetUser", 2), ("CreateKey", 1)):
        await_events(account, store, name, count)
    return account, store


def test_columns_and_members(world):
    account, store = world
    (row,) = ask(account, """
        SELECT eventName, userIdentity.arn, userIdentity.type AS kind, e.userIdentity.accountId AS account, readOnly,
               element_at(requestParameters, 'userName') AS name, requestParameters['path'] AS path, resources[1].ARN AS first,
               eventTime, eventJson, managementEvent, userIdentity
        FROM {store} AS e WHERE eventName = 'CreateUser' AND element_at(requestParameters, 'userName') = 'bob'""", store=store)
    event = json.loads(row["eventJson"])
    assert event["requestParameters"]["userName"] == "bob"
    assert row["eventTime"] == event["eventTime"].replace("T", " ").replace("Z", ".000")
    assert (row["eventName"], row["arn"], row["kind"]) == ("CreateUser", account.arn("root"), "Root")
    assert (row["account"], row["readOnly"], row["managementEvent"]) == (account.id, "false", "true")
    assert (row["name"], row["path"], row["first"]) == ("bob", "", event["resources"][0]["ARN"])
    assert json.loads(row["userIdentity"]) == event["userIdentity"]


@pytest.mark.parametrize("where, names", [
    ("eventName = 'CreateUser'", {"CreateUser"}),
    ("eventName LIKE 'Create%' AND eventName NOT LIKE '%Store'", {"CreateUser", "CreateKey"}),
    ("eventName LIKE 'create%'", set()),
    ("eventName IN ('GetUser', 'CreateKey')", {"GetUser", "CreateKey"}),
    ("errorCode IS NOT NULL", {"GetUser"}),
    ("readOnly = true AND eventSource = 'iam.amazonaws.com'", {"GetUser"}),
    ("eventTime > '2020-01-01 00:00:00' AND eventSource LIKE '%iam%'", {"CreateUser", "GetUser"}),
    ("eventTime > '2020-01-01T00:00:00Z' AND eventName = 'GetUser'", {"GetUser"}),
    ("eventTime >= timestamp '2020-01-01 00:00:00' AND eventName = 'GetUser'", {"GetUser"}),
    ("eventTime BETWEEN '2020-01-01' AND '2021-01-01'", set()),
    ("eventTime < now() AND eventTime > date_trunc('year', now()) AND eventName = 'CreateKey'", {"CreateKey"}),
    ("lower(eventName) = 'createkey' OR NOT (errorCode IS NULL)", {"CreateKey", "GetUser"}),
    ("userIdentity.type IS DISTINCT FROM 'Root' AND eventSource = 'iam.amazonaws.com'", set()),
    ("split_part(eventSource, '.', 1) = 'kms' AND eventName <> 'Decrypt'", {"CreateKey"}),
    ("cardinality(resources) > 0 AND eventName = 'CreateUser'", {"CreateUser"}),
    ("EVENTNAME = 'CreateKey' -- a comment", {"CreateKey"}),
    ("eventName LIKE '_re_teK%y' OR eventName LIKE '%G!_t%' ESCAPE '!'", {"CreateKey"}),
    ("eventName LIKE 'CreateKe' OR eventName LIKE 'reateKey' OR eventName LIKE 'CreateKey_'", set()),
    ("eventName LIKE '%e%e%Key%' AND eventName LIKE '%%y'", {"CreateKey"}),
    ("'é%é' LIKE '_!%_' ESCAPE '!' AND 'éax' NOT LIKE '%__a' AND '' LIKE '%' AND eventName = 'CreateKey'", {"CreateKey"}),
    ("replace(replace(eventName, 'e', 'ee'), 'User', '') = 'Creeatee' || replace('a', '', 'x') || 'x'", set()),
    ("replace(replace(eventName, 'e', 'ee'), 'Geet', '') = 'Useer' || replace('', 'a', 'x')", {"GetUser"}),
    ("json_extract_scalar(eventJson, '$.userIdentity.type') = 'Root' AND eventName = 'CreateKey'", {"CreateKey"}),
    ("CASE WHEN eventName = 'GetUser' THEN 1 ELSE 0 END = 1", {"GetUser"}),
    ("eventName = greatest('CreateKey', 'AddUser')", {"CreateKey"}),
    ("concat(eventName, '!') = 'GetUser!' OR eventName || '?' = 'CreateKey?'", {"GetUser", "CreateKey"}),
])
def test_conditions(world, where, names):
    account, store = world
    rows = ask(account, f"SELECT DISTINCT eventName FROM {{store}} WHERE {where}".replace("{{", "{"), store=store)
    assert {row["eventName"] for row in rows} == names


def test_groups_and_orders(world):
    account, store = world
    rows = ask(account, """
        SELECT eventName, count(*) AS n, count(DISTINCT errorCode) AS codes, max(eventTime) AS last FROM {store}
        WHERE eventSource = 'iam.amazonaws.com' GROUP BY eventName HAVING count(*) > 1 ORDER BY n DESC, eventName LIMIT 2;""",
               store=store)
    assert [(row["eventName"], row["n"], row["codes"]) for row in rows] == [("CreateUser", "3", "0"), ("GetUser", "2", "1")]
    for order in ("", "ASC", "DESC"):
        rows = ask(account, f"SELECT errorCode FROM {{store}} WHERE eventSource = 'iam.amazonaws.com' ORDER BY errorCode {order}",
                   store=store)
        assert rows[0]["errorCode"] and not rows[-1]["errorCode"], "nulls come last"
    rows = ask(account, "SELECT errorCode FROM {store} WHERE eventSource = 'iam.amazonaws.com' ORDER BY errorCode NULLS FIRST",
               store=store)
    assert not rows[0]["errorCode"]
    for select, group in (("lower(eventName)", "eventName"), ("userIdentity.type", "userIdentity.type"), ("eventName", "1"),
                          ("requestParameters['userName']", "requestParameters['userName']"),
                          ("CASE WHEN errorCode IS NULL THEN 'ok' ELSE 'not' END", "errorCode"),
                          ("date_trunc('day', eventTime)", "date_trunc('day', eventTime)"), ("1", "awsRegion")):
        rows = ask(account, f"SELECT {select} AS x, count(*) + 1 AS n FROM {{store}} WHERE eventName = 'GetUser' GROUP BY {group}",
                   store=store)
        assert rows and sum(int(row["n"]) - 1 for row in rows) == 2, select
    assert ask(account, "SELECT count(*) FROM {store} WHERE eventName = 'GetUser'", store=store) == [{"_col0": "2"}]
    assert ask(account, "SELECT CAST(count(*) AS varchar) AS n FROM {store} WHERE eventName = 'GetUser'", store=store) == [
        {"n": "2"}]


def test_several_stores(world):
    account, store = world
    other = new_store(account, "other")
    account.iam.create_group(GroupName="g")
    await_events(account, other, "CreateGroup")
    rows = ask(account, "SELECT eventName FROM {store} WHERE eventName = 'CreateKey' UNION ALL "
                        "SELECT eventName FROM {other} WHERE eventName = 'CreateGroup' ORDER BY eventName", store=store, other=other)
    assert [row["eventName"] for row in rows] == ["CreateGroup", "CreateKey"]
    await_events(account, store, "CreateGroup")
    rows = ask(account, "SELECT a.eventName, b.eventID AS id FROM {store} AS a LEFT JOIN {other} AS b ON a.eventID = b.eventID "
                        "WHERE a.eventName IN ('CreateGroup', 'CreateKey') ORDER BY a.eventName", store=store, other=other)
    assert [(row["eventName"], bool(row["id"])) for row in rows] == [("CreateGroup", True), ("CreateKey", False)]
    rows = ask(account, "WITH made AS (SELECT eventName, eventTime FROM {store} WHERE eventName LIKE 'Create%') "
                        "SELECT eventName FROM made WHERE eventName = 'CreateKey'", store=store)
    assert rows == [{"eventName": "CreateKey"}]


@pytest.mark.parametrize("statement", [
    "DELETE FROM {store}",
    "SELECT 1",
    "SELECT eventName FROM {store}; SELECT eventName FROM {store}",
    "SELECT nothing FROM {store}",
    "SELECT eventName.part FROM {store}",
    "SELECT eventName FROM {store} WHERE eventName GLOB 'C*'",
    "SELECT eventName FROM {store} WHERE eventName REGEXP 'C'",
    "SELECT eventJson -> 'eventName' FROM {store}",
    "SELECT rowid FROM {store}",
    "SELECT load_extension('x') FROM {store}",
    "SELECT readfile('/etc/passwd') FROM {store}",
    "SELECT eventName FROM {store}, sqlite_master",
    "SELECT eventName FROM {store} WHERE eventTime > now() - interval '1' day",
    "SELECT CAST(eventTime AS timestamp) FROM {store}",
    "SELECT any_match(resources, r -> r.arn = 'x') FROM {store}",
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c, {store}",
    "SELECT eventName FROM {store} WHERE eventName = \"CreateUser\"",
    "SELECT eventName FROM {store} LIMIT 1, 2",
    "SELECT eventName FROM {store} WHERE (eventName = 'x'",
    "SELECT eventName FROM {store} WHERE eventName = 'x",
    "PRAGMA table_info(x)",
    "ATTACH 'x' AS {store}",
    "SELECT eventName FROM {store} WHERE eventTime > timestamp 'yesterday'",
    "SELECT count(*) FROM pragma_function_list, {store}",
    "SELECT random() FROM {store}",
    "SELECT eventName, count(*) FROM {store}",
    "SELECT eventName, errorCode, count(*) FROM {store} GROUP BY eventName",
    "SELECT eventName || max(eventID) FROM {store}",
    "SELECT userIdentity.arn, count(*) FROM {store} GROUP BY userIdentity.type",
    "SELECT * FROM {store} GROUP BY eventName",
    "SELECT eventName COLLATE NOCASE FROM {store}",
    "SELECT userIdentity.\"x') || (SELECT sql FROM sqlite_temp_master) || ('\" FROM {store}",
    "SELECT userIdentity.\"it's\" FROM {store}",
    "SELECT \"sql\" FROM {store}, \"sqlite_temp_master\"",
    "SELECT count(*) FROM {store}, \"sqlite_master\"",
    "SELECT j.\"key\" FROM {store}, \"json_each\" AS j",
    "SELECT \"random\"() FROM {store}",
    "WITH a0 AS (SELECT 1 AS x FROM {store})" + "".join(
        f", a{n} AS (SELECT 1 AS x FROM a{n - 1}, \"A{n - 1}\")" for n in range(1, 20)) + " SELECT count(*) FROM a19",
    "WITH a0 AS (SELECT 1 AS x FROM {store})" + "".join(
        f", a{n} AS (SELECT (SELECT x FROM a{n - 1}) AS x)" for n in range(1, 150)) + " SELECT x FROM a149",
    "SELECT ((((" + "(" * 100 + "1" + ")" * 104 + " FROM {store}",
])
def test_what_is_refused(world, statement):
    account, store = world
    refusal("InvalidQueryStatementException", account.client("cloudtrail").start_query,
            QueryStatement=statement.format(store=id_of(store)))


def test_a_query_and_its_life(world, later):
    account, store = world
    trails = account.client("cloudtrail")
    statement = f"SELECT eventID FROM {id_of(store)} WHERE eventSource = 'iam.amazonaws.com' ORDER BY eventID"
    query_id = trails.start_query(QueryStatement=statement)["QueryId"]
    told = await_query(trails, query_id)
    assert (told["QueryStatus"], told["QueryString"]) == ("FINISHED", statement)
    assert told["QueryStatistics"]["EventsScanned"] >= told["QueryStatistics"]["EventsMatched"] >= 5
    assert told["QueryStatistics"]["BytesScanned"] > 1000
    all_rows = rows_of(trails, query_id)
    assert rows_of(trails, query_id, MaxQueryResults=2) == all_rows and len(all_rows) >= 5
    first = trails.get_query_results(QueryId=query_id, MaxQueryResults=2)
    assert first["QueryStatistics"]["ResultsCount"] == 2 and first["QueryStatistics"]["TotalResultsCount"] == len(all_rows)
    refusal("InvalidNextTokenException", trails.get_query_results, QueryId=query_id, NextToken="token")
    assert query_id in [one["QueryId"] for one in trails.list_queries(EventDataStore=store, QueryStatus="FINISHED")["Queries"]]
    assert trails.list_queries(EventDataStore=store, QueryStatus="FAILED")["Queries"] == []
    refusal("InactiveQueryException", trails.cancel_query, QueryId=query_id)
    refusal("QueryIdNotFoundException", trails.describe_query, QueryId="00000000-0000-0000-0000-000000000000")
    refusal("EventDataStoreNotFoundException", trails.start_query,
            QueryStatement="SELECT eventID FROM 00000000-0000-0000-0000-000000000000")
    later("8d")
    refusal("QueryIdNotFoundException", trails.get_query_results, QueryId=query_id)


def test_a_query_that_has_no_end(world):
    account, store = world
    trails = account.client("cloudtrail")
    many = ", ".join(f"{id_of(store)} AS t{number}" for number in range(12))
    query_id = trails.start_query(QueryStatement=f"SELECT count(*) FROM {many}")["QueryId"]
    assert await_query(trails, query_id)["QueryStatus"] == "TIMED_OUT"
    assert trails.get_query_results(QueryId=query_id)["QueryResultRows"] == []


@pytest.mark.parametrize("condition", [
    "replace(t, substr(t, 1, 300000) || 'b', 'x') = ''",
    "t LIKE '%' || substr(t, 1, 100000) || 'b%'",
])
def test_a_function_that_has_no_end(world, condition):
    """It is given up in the middle of a row."""
    account, store = world
    trails = account.client("cloudtrail")
    statement = (f"SELECT count(*) FROM (SELECT replace(replace(substr(eventJson, 1, 0) || '{'a' * 1000}', 'a', '{'a' * 80}'), "
                 f"'{'a' * 8}', '{'a' * 80}') AS t FROM {id_of(store)}) WHERE " + " OR ".join([condition] * 20))
    query_id = trails.start_query(QueryStatement=statement)["QueryId"]
    assert await_query(trails, query_id)["QueryStatus"] in ("TIMED_OUT", "FINISHED")


def test_characters_are_not_trimmed(world):
    account, store = world
    trails = account.client("cloudtrail")
    query_id = trails.start_query(QueryStatement=f"SELECT trim(eventName, 'C') FROM {id_of(store)}")["QueryId"]
    told = await_query(trails, query_id)
    assert (told["QueryStatus"], told["ErrorMessage"]) == ("FAILED", "Unexpected parameters of trim")


def test_names_take_room(world):
    account, store = world
    trails = account.client("cloudtrail")
    for length, status in ((9000, "FAILED"), (9, "FINISHED")):
        query_id = trails.start_query(QueryStatement=f"SELECT 1 AS {'n' * length} FROM {id_of(store)} AS a, {id_of(store)} AS b, "
                                                     f"{id_of(store)} AS c LIMIT 2000")["QueryId"]
        assert await_query(trails, query_id)["QueryStatus"] == status


def test_who_may_read_results(world):
    """Who may read one store's does not read another's that stands in the same query."""
    account, store = world
    other = new_store(account, "beside")
    query_id = account.client("cloudtrail").start_query(
        QueryStatement=f"SELECT eventID FROM {id_of(store)} UNION SELECT eventID FROM {id_of(other)}")["QueryId"]
    await_query(account.client("cloudtrail"), query_id)
    actions = ["cloudtrail:GetQueryResults", "cloudtrail:DescribeQuery", "cloudtrail:CancelQuery"]
    one = account.user(policy=policy({"Effect": "Allow", "Action": actions, "Resource": store})).client("cloudtrail")
    not_both = account.user(policy=policy("cloudtrail:*", {
        "Effect": "Deny", "Action": actions, "Resource": other})).client("cloudtrail")
    for user, more in ((one, {"EventDataStore": store}), (not_both, {"EventDataStore": store}), (not_both, {})):
        for ask_for in (user.get_query_results, user.describe_query, user.cancel_query):
            refusal("AccessDeniedException", ask_for, QueryId=query_id, **more)
    both = account.user(policy=policy("cloudtrail:*")).client("cloudtrail")
    assert both.get_query_results(QueryId=query_id)["QueryStatus"] == "FINISHED"


def test_who_may_ask(world):
    account, store = world
    other = new_store(account, "hidden")
    user = account.user(policy=policy("cloudtrail:StartQuery", {
        "Effect": "Deny", "Action": "cloudtrail:StartQuery", "Resource": other})).client("cloudtrail")
    user.start_query(QueryStatement=f"SELECT eventID FROM {id_of(store)} LIMIT 1")
    refusal("AccessDeniedException", user.start_query, QueryStatement=f"SELECT eventID FROM {id_of(other)} LIMIT 1")
    refusal("AccessDeniedException", user.start_query,
            QueryStatement=f"SELECT eventID FROM {id_of(store)} UNION SELECT eventID FROM {id_of(other)}")
    refusal("AccessDeniedException", user.list_queries, EventDataStore=store)
    stranger = account.user(policy=policy("iam:*")).client("cloudtrail")
    refusal("AccessDeniedException", stranger.start_query, QueryStatement=f"SELECT eventID FROM {id_of(store)} LIMIT 1")


def test_one_store_is_enough(world):
    """A policy that names a store, and a client that does not: EventDataStore is deprecated."""
    account, store = world
    other = new_store(account, "not-mine")
    user = account.user(policy=policy({"Effect": "Allow", "Resource": store, "Action": [
        "cloudtrail:StartQuery", "cloudtrail:GetQueryResults", "cloudtrail:DescribeQuery"]})).client("cloudtrail")
    query_id = user.start_query(QueryStatement=f"/* x */ SELECT count(*) AS n FROM \"{id_of(store).upper()}\"")["QueryId"]
    assert await_query(user, query_id)["QueryStatus"] == "FINISHED" and len(rows_of(user, query_id)) == 1
    refusal("AccessDeniedException", user.cancel_query, QueryId=query_id)
    refusal("AccessDeniedException", user.start_query, QueryStatement="SELECT 'x")
    for first, second in ((store, other), (other, store)):
        refusal("AccessDeniedException", user.start_query,
                QueryStatement=f"SELECT eventID FROM {id_of(first)} UNION SELECT eventID FROM {id_of(second)}")
    hidden = account.client("cloudtrail").start_query(QueryStatement=f"SELECT eventID FROM {id_of(other)}")["QueryId"]
    refusal("AccessDeniedException", user.get_query_results, QueryId=hidden)
    refusal("AccessDeniedException", user.get_query_results, QueryId="00000000-0000-0000-0000-000000000000")


def test_a_query_is_run_again_by_the_next_server(tmp_path):
    """It ends when the server has to, and its answer is none of that."""
    from harness.account import Account
    with Server(data=tmp_path / "data") as running:
        account = Account.create(running, tmp_path)
        store = new_store(account)
        many = ", ".join(f"{id_of(store)} AS t{number}" for number in range(12))
        for number in range(8):
            account.iam.create_user(UserName=f"user-{number}")
        await_events(account, store, "CreateUser", 8)
        query_id = account.client("cloudtrail").start_query(QueryStatement=f"SELECT count(*) FROM {many}")["QueryId"]
        begin = time.monotonic()
        assert running.stop() == 0 and time.monotonic() - begin < 4
        running.start()
        told = account.client("cloudtrail").describe_query(QueryId=query_id)
        assert told["QueryStatus"] == "QUEUED"
        told = await_query(account.client("cloudtrail"), query_id)
        assert told["QueryStatus"] == "TIMED_OUT" and told["QueryStatistics"]["ExecutionTimeInMillis"] >= 5000
