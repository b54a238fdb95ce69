"""What the audit event of a call says, for each kind of caller and outcome, and how it is looked up.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"""
import datetime
import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import Account, policy
from harness.credentials import Credentials


def ids_of(record):
    return uuid.UUID(record["requestID"]), uuid.UUID(record["eventID"])


def test_the_record_of_a_change_is_whole(account):
    answer = account.iam.create_user(UserName="alice", Path="/staff/", Tags=[{"Key": "team", "Value": "blue"}])
    record = account.event("CreateUser")
    ids_of(record)
    major, minor = map(int, record["eventVersion"].split("."))
    assert (major, minor) >= (1, 9)
    expected = {
        "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1", "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True,
        "eventCategory": "Management", "recipientAccountId": account.id,
        "requestID": answer["ResponseMetadata"]["RequestId"],
        "requestParameters": {"userName": "alice", "path": "/staff/", "tags": [{"key": "team", "value": "blue"}]},
    }
    assert {name: record.get(name) for name in expected} == expected
    assert record["userAgent"].startswith("Boto3/")
    assert "errorCode" not in record and "errorMessage" not in record
    user = record["responseElements"]["user"]
    assert (user["userName"], user["arn"], user["userId"]) == (
        "alice", answer["User"]["Arn"], answer["User"]["UserId"])
    when = datetime.datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ")
    assert abs(when - answer["User"]["CreateDate"].replace(tzinfo=None)) < datetime.timedelta(seconds=5)


def test_the_root_user(account):
    account.client("sts").get_caller_identity()
    identity = account.event("GetCallerIdentity")["userIdentity"]
    assert identity == {"type": "Root", "principalId": account.id, "arn": account.arn("root"),
                        "accountId": account.id, "accessKeyId": account.root.access_key}


def test_an_iam_user(account):
    user = account.user("alice")
    user_id = account.iam.get_user(UserName="alice")["User"]["UserId"]
    user.client("sts").get_caller_identity()
    assert account.event("GetCallerIdentity")["userIdentity"] == {
        "type": "IAMUser", "principalId": user_id, "arn": user.arn, "accountId": account.id,
        "accessKeyId": user.creds.access_key, "userName": "alice"}


def test_a_session_of_a_user(account):
    user = account.user("alice")
    session = Credentials.of(user.client("sts").get_session_token()["Credentials"])
    account.client("sts", creds=session).get_caller_identity()
    identity = account.event("GetCallerIdentity")["userIdentity"]
    assert (identity["type"], identity["userName"], identity["accessKeyId"]) == (
        "IAMUser", "alice", session.access_key)
    attributes = identity["sessionContext"]["attributes"]
    assert attributes["mfaAuthenticated"] == "false"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", attributes["creationDate"])


def test_an_assumed_role(account):
    user = account.user("alice", policy("sts:AssumeRole"))
    role = account.role("deployer")
    role_id = account.iam.get_role(RoleName="deployer")["Role"]["RoleId"]
    session = account.assume(role, user.creds, "monday")
    account.client("sts", creds=session).get_caller_identity()
    identity = account.event("GetCallerIdentity")["userIdentity"]
    context = identity.pop("sessionContext")
    assert identity == {
        "type": "AssumedRole", "principalId": f"{role_id}:monday", "accountId": account.id,
        "arn": account.arn("assumed-role/deployer/monday", service="sts"), "accessKeyId": session.access_key}
    assert context["sessionIssuer"] == {"type": "Role", "principalId": role_id, "arn": role, "accountId": account.id,
                                        "userName": "deployer"}
    assert context["attributes"]["mfaAuthenticated"] == "false"

    made = account.event("AssumeRole")
    assert made["requestParameters"]["roleArn"] == role
    assert made["requestParameters"]["roleSessionName"] == "monday"
    assert made["responseElements"]["credentials"]["accessKeyId"] == session.access_key
    assert {"ARN": role, "accountId": account.id, "type": "AWS::IAM::Role"} in made["resources"]
    assert made["readOnly"] is True


def test_a_federated_user(account):
    user = account.user("broker", policy("sts:GetFederationToken"))
    guest = Credentials.of(user.client("sts").get_federation_token(Name="guest")["Credentials"])
    account.client("sts", creds=guest).get_caller_identity()
    identity = account.event("GetCallerIdentity")["userIdentity"]
    assert (identity["type"], identity["principalId"], identity["arn"]) == (
        "FederatedUser", f"{account.id}:guest", account.arn("federated-user/guest", service="sts"))
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["arn"], issuer["userName"]) == ("IAMUser", user.arn, "broker")


def test_a_denial(account):
    user = account.user("alice")
    with pytest.raises(ClientError) as caught:
        user.client("iam").delete_user(UserName="bob")
    record = account.event("DeleteUser")
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"] == caught.value.response["Error"]["Message"]
    assert record["userIdentity"]["userName"] == "alice"
    assert record.get("responseElements") is None


def test_a_failure_of_the_handler(account):
    with pytest.raises(ClientError):
        account.iam.delete_user(UserName="nobody")
    record = account.event("DeleteUser")
    assert record["errorCode"] in ("NoSuchEntity", "NoSuchEntityException")
    assert record["errorMessage"] and record["requestParameters"] == {"userName": "nobody"}


def test_a_wrong_signature(account):
    user = account.user("alice")
    with pytest.raises(ClientError):
        account.client("iam", creds=user.creds._replace(secret_key="x" * 40)).list_users()
    record = account.event("ListUsers")
    assert record["errorCode"] == "SignatureDoesNotMatch"
    assert record["userIdentity"]["accessKeyId"] == user.creds.access_key


def test_reads_are_on_record_without_what_they_gave(account):
    account.iam.list_users(PathPrefix="/staff/")
    record = account.event("ListUsers")
    assert record["readOnly"] is True and record.get("responseElements") is None
    assert record["requestParameters"] == {"pathPrefix": "/staff/"}


def test_no_secret_is_in_any_record(account):
    key = account.user("alice").creds
    account.iam.create_login_profile(UserName="alice", Password="Correct-Horse-9-Battery")
    account.iam.update_login_profile(UserName="alice", Password="Another-Horse-8-Battery")
    session = account.assume(account.role("r"), account.user("bob", policy("*")).creds)
    token = Credentials.of(account.client("sts", creds=key).get_session_token()["Credentials"])
    account.event("GetSessionToken")
    everything = json.dumps(account.events())
    for secret in (key.secret_key, "Correct-Horse", "Another-Horse", session.secret_key, token.secret_key):
        assert secret not in everything


def test_logs_hold_no_secrets(account, server):
    user = account.user("alice")
    account.iam.create_login_profile(UserName="alice", Password="Correct-Horse-9-Battery")
    log = server.log(last=10_000_000)
    assert user.creds.secret_key not in log and "Correct-Horse" not in log and account.root.secret_key not in log


# -- lookup-events

@pytest.fixture
def history(account):
    """An account with a known past."""
    user = account.user("alice", policy("iam:*"))
    user.client("iam").create_group(GroupName="readers")
    user.client("iam").list_groups()
    account.client("sts", region="eu-west-1").get_caller_identity()
    account.event("ListGroups")
    account.event("GetCallerIdentity", region="eu-west-1")
    account.alice = user
    return account


def names(account, key=None, value=None, **more):
    if key:
        more["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    return [record["eventName"] for record in account.events(**more)]


def test_look_up_by_each_attribute(history):
    group = history.event("CreateGroup")
    assert names(history, "EventName", "CreateGroup") == ["CreateGroup"]
    assert names(history, "EventId", group["eventID"]) == ["CreateGroup"]
    assert set(names(history, "Username", "alice")) >= {"CreateGroup", "ListGroups"}
    assert "CreateUser" not in names(history, "AccessKeyId", history.alice.creds.access_key)
    assert set(names(history, "EventSource", "iam.amazonaws.com")) >= {"CreateUser", "CreateGroup", "ListGroups"}
    assert "CreateGroup" in names(history, "ResourceName", "readers")
    assert "CreateGroup" in names(history, "ResourceType", "AWS::IAM::Group")
    assert "ListGroups" in names(history, "ReadOnly", "true")
    assert "ListGroups" not in names(history, "ReadOnly", "false")
    assert names(history, "EventName", "NoSuchName") == []


def test_the_newest_comes_first_and_pages_join(history):
    client = history.client("cloudtrail")
    whole = client.lookup_events()["Events"]
    times = [event["EventTime"] for event in whole]
    assert times == sorted(times, reverse=True)
    end = max(times) + datetime.timedelta(seconds=1)  # the look-ups themselves add events: a fixed window
    first = client.lookup_events(MaxResults=2, EndTime=end)
    second = client.lookup_events(MaxResults=2, EndTime=end, NextToken=first["NextToken"])
    assert len(first["Events"]) == len(second["Events"]) == 2
    seen = [event["EventId"] for event in first["Events"] + second["Events"]]
    assert len(set(seen)) == 4


def test_an_events_summary_agrees_with_its_record(history):
    lookup = [{"AttributeKey": "EventName", "AttributeValue": "CreateGroup"}]
    event = history.client("cloudtrail").lookup_events(LookupAttributes=lookup)["Events"][0]
    record = json.loads(event["CloudTrailEvent"])
    assert (event["EventId"], event["EventName"], event["EventSource"], event["Username"], event["ReadOnly"]) == (
        record["eventID"], "CreateGroup", "iam.amazonaws.com", "alice", "false")
    assert event["AccessKeyId"] == record["userIdentity"]["accessKeyId"]
    group = next(one for one in event["Resources"] if one["ResourceType"] == "AWS::IAM::Group")
    assert group["ResourceName"] in ("readers", history.arn("group/readers"))


def test_look_up_within_a_time(history, admin):
    boundary = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=400)
    assert names(history, StartTime=boundary, EndTime=boundary + datetime.timedelta(days=1)) == []
    with pytest.raises(ClientError) as caught:
        names(history, StartTime=boundary, EndTime=boundary - datetime.timedelta(days=1))
    assert caught.value.response["Error"]["Code"] == "InvalidTimeRangeException"


def test_regions_keep_their_own_history(history):
    assert "GetCallerIdentity" in names(history, region="eu-west-1")
    assert "CreateGroup" not in names(history, region="eu-west-1")
    assert history.event("GetCallerIdentity", region="eu-west-1")["awsRegion"] == "eu-west-1"


def test_accounts_keep_their_own_history(history, other_account):
    other_account.iam.list_users()
    other_account.event("ListUsers")
    assert "CreateGroup" not in names(other_account)
    assert {record["recipientAccountId"] for record in other_account.events()} == {other_account.id}


def keys_of(server):
    server.admin.advance("1s")  # answered when all events are in the history
    return json.loads(server.admin.call("GET", "/status"))["keys"]


def test_what_is_too_old_to_be_shown_goes(new_server, home):
    server = new_server()
    account = Account.create(server, home)
    account.iam.create_user(UserName="bob")
    before = keys_of(server)
    for _ in range(30):
        account.iam.get_user(UserName="bob")
    grown = keys_of(server)
    server.admin.advance("91d")
    for _ in range(12):
        account.iam.get_user(UserName="bob")
    assert before < keys_of(server) <= before + (grown - before) * 12 // 30 + 2
    assert len(account.events_named("GetUser")) == 12
    assert account.events_named("CreateUser") == []
    resource = [{"AttributeKey": "ResourceName", "AttributeValue": "bob"}]
    assert len(account.events(LookupAttributes=resource)) == 12


def test_strangers_fill_no_history(new_server):
    server = new_server()
    stranger = Credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    sizes = []
    for _ in range(2):
        for creds in [None, stranger] * 10:
            raw.query(server, creds, "sts", "2011-06-15", "GetCallerIdentity")
        sizes.append(keys_of(server))
    assert sizes[0] == sizes[1]


def test_a_call_that_is_refused_is_none_of_the_other_accounts_business(account, other_account):
    """Else anyone could write into anyone's history."""
    stranger = other_account.user("stranger")
    with pytest.raises(ClientError):
        stranger.client("sts").assume_role(RoleArn=account.arn("role/vault"), RoleSessionName="graffiti")
    assert other_account.event("AssumeRole")["errorCode"] == "AccessDenied"
    account.iam.list_users()
    account.event("ListUsers")
    assert "AssumeRole" not in names(account)


def test_both_accounts_have_what_was_done_between_them(account, other_account):
    friend = other_account.user("friend", policy=policy("sts:AssumeRole"))
    account.assume(account.role("door", trusted=friend.arn), friend.creds)
    mine, theirs = account.event("AssumeRole"), other_account.event("AssumeRole")
    assert mine["sharedEventID"] == theirs["sharedEventID"] and mine["eventID"] != theirs["eventID"]
    assert [mine["recipientAccountId"], theirs["recipientAccountId"]] == [account.id, other_account.id]


@pytest.mark.parametrize("arguments, code", [
    ({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "A"},
                           {"AttributeKey": "Username", "AttributeValue": "B"}]}, "InvalidLookupAttributesException"),
    ({"MaxResults": 51}, ("InvalidMaxResultsException", "ValidationException")),
    ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
])
def test_look_ups_that_cannot_be(account, arguments, code):
    client = account.client("cloudtrail", parameter_validation=False)
    with pytest.raises(ClientError) as caught:
        client.lookup_events(**arguments)
    assert caught.value.response["Error"]["Code"] in ([code] if isinstance(code, str) else code)


def test_looking_up_needs_permission(account):
    user = account.user("alice", policy("iam:*"))
    account.event("CreateUser")
    with pytest.raises(ClientError) as caught:
        user.client("cloudtrail").lookup_events()
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert "is not authorized to perform: cloudtrail:LookupEvents" in error["Message"]
    user.put_policy(policy("cloudtrail:LookupEvents"))
    assert user.client("cloudtrail").lookup_events(MaxResults=1)["Events"]


# -- Size

def test_a_field_that_is_too_long_is_omitted(account):
    """"When the field size exceeds 100 KB, the requestParameters content is omitted.\""""
    document = json.dumps(policy("s3:GetObject"))
    for name, blanks in (("short", 90_000), ("long", 110_000)):
        answer = account.iam.create_policy(PolicyName=name, PolicyDocument=document + " " * blanks)
        account.event("CreatePolicy", answer["ResponseMetadata"]["RequestId"])
    long, short = account.events_named("CreatePolicy")
    assert len(short["requestParameters"]["policyDocument"]) == 90_000 + len(document)
    assert long["requestParameters"] == {"reason": "requestParameters too large", "omitted": True,
                                         "originalSize": long["requestParameters"]["originalSize"]}
    assert 110_000 < long["requestParameters"]["originalSize"] < 111_000
    assert long["responseElements"]["policy"]["policyName"] == "long" and long["resources"]
