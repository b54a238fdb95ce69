"""CloudTrail Lake: event data stores, and SQL over them.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake.html"""
import datetime
import json
import time

import pytest

from harness.account import policy
from harness.json_client import JsonClient
from harness.lake import ask, await_events, await_query, id_of, new_store, rows_of
from harness.own_clock import later, past_the_jump, server  # noqa: F401 (fixtures)
from harness.refusals import refusal
from harness.server import Server


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


def test_what_of_management_a_store_wants(account, trails):
    """Stores may select by more than trails: AWS's page of AdvancedFieldSelector."""
    user = account.user("selected", policy("iam:*"))

    def selectors(*fields):
        return [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, *fields]}]

    wanted = selectors({"Field": "eventName", "StartsWith": ["Create"]}, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
                       {"Field": "userIdentity.arn", "EndsWith": ["/selected"]}, {"Field": "eventType", "Equals": ["AwsApiCall"]},
                       {"Field": "sessionCredentialFromConsole", "NotEquals": ["true"]})
    store = new_store(account, "some", AdvancedEventSelectors=wanted)
    everything = new_store(account, "all")
    user.client("iam").list_groups()
    account.iam.create_group(GroupName="theirs")
    user.client("iam").create_group(GroupName="mine")
    await_events(account, everything, "CreateGroup", 2)
    await_events(account, store, "CreateGroup")
    assert ask(account, "SELECT eventName, userIdentity.userName AS who FROM {store}", store=store) == [
        {"eventName": "CreateGroup", "who": "selected"}]
    refusal("InvalidEventSelectorsException", trails.create_event_data_store, Name="none",
            AdvancedEventSelectors=selectors({"Field": "resources.ARN", "Equals": ["x"]}))


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
    ("eventTime > date_add('week', -1, CURRENT_TIMESTAMP) AND eventName = 'CreateKey'", {"CreateKey"}),
    ("eventTime > date_add('day', 1, now())", set()),
    ("eventTime >= current_date AND date(eventTime) = current_date AND date(eventTime) >= date_trunc('day', now()) "
     "AND eventName = 'CreateKey'", {"CreateKey"}),
    ("date(eventTime) < date '2020-01-02' OR timestamp '2020-01-02 00:00:00' = date '2020-01-02' AND eventName = 'GetUser'",
     {"GetUser"}),
    ("date_diff('second', eventTime, now()) BETWEEN 0 AND 9999 AND eventName = 'GetUser'", {"GetUser"}),
    ("day_of_week(eventTime) = day_of_week(now()) AND second(eventTime) < 60 AND eventName = 'GetUser'", {"GetUser"}),
    ("element_at(resources, 1).arn LIKE '%:user/%' AND eventName = 'GetUser'", {"GetUser"}),
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


MOMENTS = [
    ("date_add('month', 1, timestamp '2024-01-31 10:00:00')", "2024-02-29 10:00:00.000"),
    ("date_add('year', -1, date '2024-02-29')", "2023-02-28"),
    ("date_add('week', 2, date '2024-12-25')", "2025-01-08"),
    ("date_add('quarter', -1, date '2024-01-31')", "2023-10-31"),
    ("date_add('millisecond', 1, timestamp '2024-12-31 23:59:59.999')", "2025-01-01 00:00:00.000"),
    ("date_diff('day', date '2024-03-01', date '2024-02-28')", "-2"),
    ("date_diff('month', date '2024-01-31', date '2024-02-29')", "1"),
    ("date_diff('month', timestamp '2024-01-15 12:00:00', timestamp '2024-02-15 11:00:00')", "0"),
    ("date_diff('year', date '2020-01-01', date '2023-12-31')", "3"),
    ("date_trunc('week', timestamp '2024-05-15 12:34:56')", "2024-05-13 00:00:00.000"),
    ("date_trunc('quarter', date '2024-05-15')", "2024-04-01"),
    ("date_trunc('hour', from_iso8601_timestamp('2024-05-15T12:34:56Z'))", "2024-05-15 12:00:00.000"),
    ("day_of_week(date '2024-05-19')", "7"),
    ("day_of_year(date '2024-12-31')", "366"),
    ("from_unixtime(1715776496)", "2024-05-15 12:34:56.000"),
    ("to_unixtime(timestamp '2024-05-15 12:34:56')", "1715776496.0"),
    ("date_format(timestamp '2024-05-05 02:34:56', '%Y/%m/%d %H:%i:%s %W %e %%')", "2024/05/05 02:34:56 Sunday 5 %"),
]


def test_moments(world):
    account, store = world
    columns = ", ".join(f"{expression} AS x{number}" for number, (expression, _) in enumerate(MOMENTS))
    (row,) = ask(account, f"SELECT {columns.replace('{', '{{')}, CAST(date(eventTime) AS varchar) AS day FROM {{store}} "
                          "WHERE eventName = 'CreateKey'", store=store)
    assert [row[f"x{number}"] for number in range(len(MOMENTS))] == [value for _, value in MOMENTS]
    assert len(row["day"]) == 10


@pytest.mark.parametrize("expression", [
    "date()", "date('now')", "date('now', 'localtime')", "date('now', '+1 day')", "date_add('day', 99999999999, now())",
    "date_add('fortnight', 1, now())", "date_add('year', 9000, now())", "date_add('day', 9223372036854775807, now())",
    "date_add('millisecond', -9223372036854775807, timestamp '1970-01-01 00:00:00')"])
def test_no_other_clock(world, expression):
    """SQLite's is the machine's."""
    account, store = world
    trails = account.client("cloudtrail")
    told = await_query(trails, trails.start_query(QueryStatement=f"SELECT {expression} FROM {id_of(store)} LIMIT 1")["QueryId"])
    assert told["QueryStatus"] == "FAILED" and told["ErrorMessage"]


@pytest.mark.parametrize("select, rows", [
    ("eventName, arbitrary(eventSource) AS x, count(*) AS n", [("CreateKey", "kms.amazonaws.com"), ("CreateUser", "iam.amazonaws.com")]),
    ("eventName, approx_distinct(requestParameters['userName']) AS x", [("CreateKey", "0"), ("CreateUser", "3")]),
    ("eventName, max_by(element_at(requestParameters, 'userName'), eventID || eventName) IS NULL AS x",
     [("CreateKey", "1"), ("CreateUser", "0")]),
    ("eventName, max_by(requestParameters['userName'], requestParameters['userName']) AS x",
     [("CreateKey", ""), ("CreateUser", "carol")]),
    ("eventName, min_by(requestParameters['userName'], requestParameters['userName']) AS x",
     [("CreateKey", ""), ("CreateUser", "alice")]),
    ("eventName, count_if(requestParameters['userName'] > 'b') AS x", [("CreateKey", "0"), ("CreateUser", "2")]),
    ("eventName, element_at(resources, 1).type AS x", [("CreateKey", "AWS::KMS::Key"), ("CreateUser", "AWS::IAM::User")]),
])
def test_aggregates(world, select, rows):
    account, store = world
    group = "eventName, element_at(resources, 1).type" if "resources" in select else "eventName"
    found = ask(account, f"SELECT {select} FROM {{store}} WHERE eventName IN ('CreateKey', 'CreateUser') GROUP BY {group} "
                         "ORDER BY eventName", store=store)
    assert [(row["eventName"], row["x"]) for row in found] == rows


# Of the guide's pages "Example queries" and "Optimize CloudTrail Lake queries", and of the samples that it points to.
SAMPLES = """
SELECT userIdentity.principalid, eventName FROM {store} WHERE userIdentity.principalid IS NOT NULL AND eventTime > '2023-01-22 00:00:00' AND eventName='CreateUser'
SELECT eventID, eventName, eventSource, eventTime FROM {store} WHERE userIdentity.username = 'bob' OR eventTime > '2023-01-22 00:00:00'
SELECT eventSource, eventName, COUNT(*) AS apiCount FROM {store} WHERE eventTime > '2023-01-01 00:00:00' GROUP BY eventSource, eventName ORDER BY apiCount DESC
SELECT eventTime, useridentity.arn, awsRegion FROM {store} WHERE awsRegion in ('us-east-1', 'us-west-2') AND eventName = 'CreateUser'
SELECT element_at(responseElements, 'queryId'), element_at(requestParameters, 'queryStatement') FROM {store} WHERE eventName='StartQuery' AND eventSource = 'cloudtrail.amazonaws.com' AND responseElements IS NOT NULL
SELECT * FROM {store} WHERE eventtime >='2023-01-05 13:51:00' and eventtime <='2123-01-19 13:51:00'
Select eventId, eventName from {store} UNION Select eventId, eventName from {store} UNION ALL Select eventId, eventName from {store} ORDER BY eventId LIMIT 10;
SELECT edsA.eventName, edsB.eventName, element_at(edsA.requestParameters, 'test') FROM {store} as edsA LEFT JOIN {store} as edsB ON edsA.eventId = edsB.eventId WHERE edsA.eventtime >= '2020-01-01' AND edsA.eventName = 'CreateUser' ORDER BY edsB.eventName;
SELECT eventName, eventSource, arbitrary(eventType), count(*) FROM {store} GROUP BY eventName, eventSource
SELECT element_at(requestParameters, 'userName') as keyId, max_by(element_at(requestParameters, 'path'), eventTime) as mostRecentAlias FROM {store} WHERE eventsource = 'iam.amazonaws.com' AND eventName in ('CreateUser', 'UpdateAlias') AND eventTime > DATE_ADD('week', -1, CURRENT_TIMESTAMP) GROUP BY element_at(requestParameters, 'userName')
SELECT day_of_week(eventTime ) as weekday, COUNT(* ) as eventCount FROM {store} WHERE eventTime > '2022-01-01 00:00:00' GROUP BY day_of_week(eventTime )ORDER BY day_of_week(eventTime )
SELECT userIdentity.sessionContext.attributes.creationDate, userIdentity.sessionContext.sessionIssuer.username, userIdentity.sessionContext.webidfederationData.attributes, tlsDetails.tlsVersion, eventJsonChecksum FROM {store} -- all of it
SELECT eventName, userIdentity.arn AS user, element_at(requestParameters, 'userName') AS rule FROM {store} WHERE element_at(requestParameters, 'userName') LIKE '%b%' UNION ALL SELECT eventName, userIdentity.arn AS user, json_extract_scalar(element_at(requestParameters, 'tags'), '$.key') rule FROM {store} ORDER BY eventName DESC
SELECT eventSource, tlsDetails.tlsVersion, COUNT(*) AS n FROM {store} WHERE tlsDetails.tlsVersion LIKE 'TLSv%' AND CAST(REPLACE(tlsDetails.tlsVersion, 'TLSv', '') AS DOUBLE) <= 1.4 OR true GROUP BY eventSource, tlsDetails.tlsVersion ORDER BY n DESC
SELECT DISTINCT element_at(requestParameters, 'userName') AS Bucket, awsRegion AS Region, recipientAccountId AS AccountID FROM {store} ORDER BY recipientAccountId, awsRegion
SELECT userIdentity.arn AS user, userIdentity, eventTime, resources FROM {store} WHERE (eventName LIKE '%Create%' OR eventName LIKE '%Put%') AND resources IS NOT NULL AND (userIdentity.sessioncontext.sessionissuer.username IS NULL OR userIdentity.sessioncontext.sessionissuer.username NOT IN ('')) AND sourceIpAddress != 'cloudformation.amazonaws.com'ORDER BY eventTime DESC
SELECT useridentity.accountid FROM {store} WHERE useridentity.accountid != '555555555555' GROUP by useridentity.accountid;
SELECT eventid, eventtime, userIdentity.sessioncontext.sessionissuer.arn as RoleARN FROM {store} WHERE errorcode IS NULL and userIdentity.arn != element_at(resources,1 ).arn
SELECT element_at(requestParameters, 'bucketName' ) as bucketName, element_at(requestParameters, 'key' ) as key, COUNT(* ) as requestCount FROM {store} WHERE eventName = 'GetUser' GROUP BY requestParameters ORDER BY requestCount DESC LIMIT 20;
SELECT errorCode, errorMessage, COUNT(* ) as eventCount FROM {store} WHERE (errorCode is not null or errorMessage is not null ) GROUP BY errorCode, errorMessage ORDER BY eventCount DESC LIMIT 10;
""".strip().splitlines()


@pytest.mark.parametrize("statement", SAMPLES)
def test_samples(world, statement):
    account, store = world
    wants_none = "StartQuery" in statement and "responseElements" not in statement
    assert ask(account, statement, store=store) or wants_none


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
    assert query_id not in [one["QueryId"] for one in trails.list_queries(EventDataStore=store, QueryStatus="FAILED")["Queries"]]
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
    quick = {"QueryStatement": f"SELECT count(*) FROM {id_of(store)}"}
    waiting = [trails.start_query(**quick)["QueryId"] for _ in range(9)]
    refusal("MaxConcurrentQueriesException", trails.start_query, **quick)
    assert trails.cancel_query(QueryId=waiting[0])["QueryStatus"] == "CANCELLED"
    waiting[0] = trails.start_query(**quick)["QueryId"]
    assert await_query(trails, query_id)["QueryStatus"] == "TIMED_OUT"
    assert trails.get_query_results(QueryId=query_id)["QueryResultRows"] == []
    assert {await_query(trails, one)["QueryStatus"] for one in waiting} == {"FINISHED"}


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


def test_the_one_clock(world, later):
    account, store = world
    later("30d")
    (row,) = ask(account, "SELECT now() AS a, current_timestamp AS b, CURRENT_DATE AS c, date(now()) AS d, date_diff('day', "
                          "max(eventTime), now()) AS e FROM {store} WHERE eventName = 'CreateKey'", store=store)
    assert row["a"] == row["b"] and row["c"] == row["d"] == row["a"][:10]
    ahead = datetime.datetime.fromisoformat(row["a"]) - datetime.datetime.utcnow()
    assert ahead > datetime.timedelta(days=29) and int(row["e"]) >= 30
