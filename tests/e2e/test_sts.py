"""STS: who asks, roles and what limits them, session tokens, federation, key ids, encoded messages."""
import json
import urllib.error
import urllib.request
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import Account, policy, statement
from harness.credentials import Credentials
from harness.refusals import denied, refused

HOUR = 3600


def trust(principal, actions=("sts:AssumeRole",), **condition):
    row = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}
    if condition:
        row["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [row]}


def assumer(account, *more):
    return account.user(policy=policy("sts:AssumeRole", *more))


def sts_of(account, creds, **more):
    """Leaves it to the server to find what is wrong with a request."""
    return account.client("sts", creds=creds, parameter_validation=False, **more)


def ask(account, creds, role, session="monday", **more):
    return sts_of(account, creds).assume_role(RoleArn=role, RoleSessionName=session, **more)


def lifetime(answer):
    return (answer["Credentials"]["Expiration"] - datetime.now(timezone.utc)).total_seconds()


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


# -- GetCallerIdentity

def test_who_am_i(account):
    root = account.client("sts").get_caller_identity()
    assert (root["UserId"], root["Account"], root["Arn"]) == (account.id, account.id, account.arn("root"))
    user = account.user("alice")
    me = user.client("sts").get_caller_identity()
    assert me["Arn"] == account.arn("user/alice") and me["UserId"].startswith("AIDA")


def test_who_am_i_under_an_explicit_deny(account):
    user = account.user(policy=policy(statement("*", "Deny")))
    assert user.client("sts").get_caller_identity()["Account"] == account.id


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-southeast-2"])
def test_every_region_answers(account, region):
    assert account.client("sts", region=region).get_caller_identity()["Account"] == account.id


def presigned(account, creds, **more):
    sts = account.client("sts", creds=creds)
    return sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET", **more)


def fetch(url, headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_presigned_url_says_who_signed_it(account):
    """What EKS asks for as proof of identity."""
    user = account.user("alice")
    status, text = fetch(presigned(account, user.creds))
    assert status == 200 and f"<Arn>{user.arn}</Arn>" in text
    session = account.assume(account.role("deploy"), assumer(account).creds)
    status, text = fetch(presigned(account, session))
    assert status == 200 and account.arn("assumed-role/deploy/session", "sts") in text


@pytest.mark.parametrize("change", [
    lambda url: url.replace("GetCallerIdentity", "GetSessionToken"), lambda url: url + "&DurationSeconds=900",
    lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
    lambda url: url[:-1] + ("0" if url[-1] != "0" else "1")])
def test_a_presigned_url_is_for_one_call(account, change):
    status, text = fetch(change(presigned(account, account.root)))
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text


def test_a_presigned_url_without_its_parts(account):
    url = presigned(account, account.root)
    status, text = fetch(url.replace("X-Amz-SignedHeaders=", "X-Other="))
    assert status == 400 and "<Code>IncompleteSignature</Code>" in text
    status, text = fetch(url, {"X-Amz-Security-Token": "x"})
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text


# -- AssumeRole

def test_assume_role(account):
    user, role = assumer(account), account.role("deploy", Path="/ci/")
    answer = ask(account, user.creds, role, "monday@home")
    creds = Credentials.of(answer["Credentials"])
    assert creds.access_key.startswith("ASIA") and len(creds.access_key) == 20 and len(creds.secret_key) == 40
    assert answer["AssumedRoleUser"]["Arn"] == account.arn("assumed-role/deploy/monday@home", "sts")
    assert answer["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA")
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":monday@home")
    assert HOUR - 60 < lifetime(answer) <= HOUR and "PackedPolicySize" not in answer
    me = sts_of(account, creds).get_caller_identity()
    assert me["Arn"] == answer["AssumedRoleUser"]["Arn"] and me["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def test_both_sides_must_allow_another_account(account, other_account):
    role = other_account.role("guest", trusted=account.arn("root"))
    with denied("sts:AssumeRole", role):
        ask(account, account.user().creds, role)
    assert ask(account, assumer(account).creds, role)["AssumedRoleUser"]["Arn"].startswith(
        other_account.arn("assumed-role/guest/", "sts"))
    with denied("sts:AssumeRole"):
        ask(account, assumer(account).creds, other_account.role("closed"))


def test_a_role_that_is_not_there_refuses_like_one_that_does_not_trust(account, other_account):
    user = assumer(account)
    there, not_there = other_account.role("there"), other_account.arn("role/not-there")
    texts = []
    for role in (there, not_there):
        with pytest.raises(ClientError) as caught:
            ask(account, user.creds, role)
        texts.append(caught.value.response["Error"]["Message"].replace(role, "ROLE"))
    assert texts[0] == texts[1] and f"User: {user.arn} is not authorized to perform: sts:AssumeRole" in texts[0]


@pytest.mark.parametrize("change", [lambda arn: arn.upper().replace("ARN:AWS:IAM", "arn:aws:iam").replace("ROLE", "role"),
                                    lambda arn: arn.replace("/ci/", "/"), lambda arn: arn + "x"])
def test_the_arn_must_be_right_to_the_letter(account, change):
    user, role = assumer(account), account.role("deploy", Path="/ci/")
    with denied("sts:AssumeRole"):
        ask(account, user.creds, change(role))


@pytest.mark.parametrize("arn", ["arn:aws:iam::123456789012:user/alice", "arn:aws:iam::12345:role/somebody",
                                 "arn:aws:sts::123456789012:role/x", "arn:aws:iam::123456789012:role/"])
def test_what_is_no_role(account, arn):
    with refused("ValidationError", "Request ARN is invalid", 400):
        ask(account, assumer(account).creds, arn)


def test_root_has_no_roles(account):
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        ask(account, account.root, account.role())


def test_external_id(account):
    role = account.role(trusted=trust(account.arn("root"), StringEquals={"sts:ExternalId": "4711"}))
    user = assumer(account)
    for more in ({}, {"ExternalId": "4712"}):
        with denied("sts:AssumeRole", role):
            ask(account, user.creds, role, **more)
    assert ask(account, user.creds, role, ExternalId="4711")


def test_contexts_that_nobody_vouches_for(account):
    """boto3 does not know the parameter yet."""
    contexts = {"ProvidedContexts.member.1.ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter",
                "ProvidedContexts.member.1.ContextAssertion": "assertion"}
    user = assumer(account, "sts:SetContext")
    for trusted, code in ((("sts:AssumeRole",), "AccessDenied"),
                          (("sts:AssumeRole", "sts:SetContext"), "ValidationError")):
        role = account.role(trusted=trust(user.arn, trusted))
        answer = raw.query(account.server, user.creds, "sts", "2011-06-15", "AssumeRole",
                           {"RoleArn": role, "RoleSessionName": "monday", **contexts})
        assert answer.code == code


def test_session_name_is_a_condition(account):
    role = account.role(trusted=trust(account.arn("root"), StringLike={"sts:RoleSessionName": "ci-*"}))
    user = assumer(account)
    with denied("sts:AssumeRole"):
        ask(account, user.creds, role, "monday")
    assert ask(account, user.creds, role, "ci-1")


def test_role_tags_are_conditions(account):
    tagged = account.role(Tags=tags(team="red"))
    plain = account.role()
    user = account.user(policy=policy(statement(
        "sts:AssumeRole", Condition={"StringEquals": {"iam:ResourceTag/team": "red", "aws:ResourceTag/team": "red"}})))
    assert ask(account, user.creds, tagged)
    with denied("sts:AssumeRole", plain):
        ask(account, user.creds, plain)


# -- Durations

def test_duration(account):
    user, role = assumer(account), account.role(MaxSessionDuration=7200)
    assert 840 < lifetime(ask(account, user.creds, role, DurationSeconds=900)) <= 900
    assert 7140 < lifetime(ask(account, user.creds, role, DurationSeconds=7200)) <= 7200
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
        ask(account, user.creds, role, DurationSeconds=7201)


@pytest.mark.parametrize("seconds", [899, 43201])
def test_durations_of_no_role(account, seconds):
    with refused("ValidationError", status=400):
        ask(account, assumer(account).creds, account.role(MaxSessionDuration=43200), DurationSeconds=seconds)


def test_chaining_is_limited_to_an_hour(account):
    role = account.role(MaxSessionDuration=43200, policy=policy("sts:AssumeRole"))
    first = account.assume(role, assumer(account).creds, DurationSeconds=43200)
    assert lifetime(ask(account, first, role)) <= HOUR
    with refused("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
                                    "role chaining."):
        ask(account, first, role, DurationSeconds=3601)


def test_a_session_ends_with_its_time(new_server, home):
    server = new_server()
    account = Account.create(server, home)
    creds = account.assume(account.role(), assumer(account).creds, DurationSeconds=900)
    assert sts_of(account, creds).get_caller_identity()
    server.merlon("clock", "advance", "901s")
    with refused("ExpiredToken", "The security token included in the request is expired", 403):
        sts_of(account, creds).get_caller_identity()
    assert account.client("sts").get_caller_identity()


def test_a_session_ends_with_its_role(account):
    role = account.role("short-lived")
    creds = account.assume(role, assumer(account).creds)
    account.iam.delete_role(RoleName="short-lived")
    account.role("short-lived")
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
        sts_of(account, creds).get_caller_identity()


# -- Session policies

def test_session_policy_limits(account):
    role = account.role(policy=policy("iam:ListUsers", "iam:ListRoles"))
    answer = ask(account, assumer(account).creds, role, Policy=json.dumps(policy("iam:ListUsers", "iam:ListGroups")))
    assert 1 <= answer["PackedPolicySize"] <= 10
    iam = account.client("iam", creds=Credentials.of(answer["Credentials"]))
    assert iam.list_users()
    with denied("iam:ListRoles"):
        iam.list_roles()
    with denied("iam:ListGroups"):
        iam.list_groups()


def test_session_policy_arns(account):
    role = account.role(policy=policy("iam:*"))
    arn = account.iam.create_policy(PolicyName="users", PolicyDocument=json.dumps(policy("iam:ListUsers")))["Policy"]["Arn"]
    iam = account.client("iam", creds=account.assume(role, assumer(account).creds, PolicyArns=[{"arn": arn}]))
    assert iam.list_users()
    with denied("iam:ListRoles"):
        iam.list_roles()
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(policy("iam:ListRoles")), SetAsDefault=True)
    assert iam.list_roles()
    with denied("iam:ListUsers"):
        iam.list_users()


def test_session_policies_that_cannot_be(account):
    user, role = assumer(account), account.role()
    with refused("MalformedPolicyDocument", status=400):
        ask(account, user.creds, role, Policy="{")
    with refused("MalformedPolicyDocument", status=400):
        ask(account, user.creds, role, Policy=json.dumps(trust("*")))
    with refused("ValidationError", status=400):
        ask(account, user.creds, role, Policy=json.dumps(policy("a" * 2048)))
    with refused("ValidationError", status=400):
        ask(account, user.creds, role, PolicyArns=[{"arn": account.arn("policy/nothing")}])
    with refused("ValidationError", status=400):
        ask(account, user.creds, role, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}] * 11)


def test_packed_policy_too_large(account):
    user, role = assumer(account, "sts:TagSession"), account.role()
    many = [{"Key": f"{i:03}" + "k" * 60, "Value": "v" * 100} for i in range(40)]
    with pytest.raises(ClientError) as caught:
        ask(account, user.creds, role, Tags=many)
    error = caught.value.response["Error"]
    assert error["Code"] == "PackedPolicyTooLarge"
    assert error["Message"] == "Packed size of session tags consumes 162% of allotted space."


# -- Session tags

def test_session_tags(account):
    role = account.role(Tags=tags(team="green", floor="3"), policy=policy(
        statement("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}),
        statement("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/floor": "3"}})))
    user = assumer(account, "sts:TagSession")
    plain = account.client("iam", creds=account.assume(role, user.creds))
    with denied("iam:ListUsers"):
        plain.list_users()
    red = account.client("iam", creds=account.assume(role, user.creds, Tags=tags(Team="red")))
    assert red.list_users() and red.list_roles()


def test_tagging_needs_its_permission_on_both_sides(account, other_account):
    role = account.role()
    with denied("sts:TagSession", role):
        ask(account, assumer(account).creds, role, Tags=tags(a="b"))
    closed = other_account.role(trusted=trust(account.arn("root")))
    with denied("sts:TagSession", closed):
        ask(account, assumer(account, "sts:TagSession").creds, closed, Tags=tags(a="b"))
    limited = account.user(policy=policy("sts:AssumeRole", statement(
        "sts:TagSession", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
                                     "StringEquals": {"aws:RequestTag/team": "red"}})))
    other = other_account.role(trusted=account.arn("root"))
    assert ask(account, limited.creds, other, Tags=tags(team="red"))
    with denied("sts:TagSession"):
        ask(account, limited.creds, other, Tags=tags(team="blue"))
    with denied("sts:TagSession"):
        ask(account, limited.creds, other, Tags=tags(team="red", more="x"))


@pytest.mark.parametrize("given, transitive", [
    (tags(team="a") + tags(TEAM="b"), []), (tags(team="a"), ["other"]), ([{"Key": "aws:x", "Value": "y"}], []),
    ([{"Key": f"k{i}", "Value": ""} for i in range(51)], [])])
def test_tags_that_cannot_be(account, given, transitive):
    with refused("ValidationError", status=400):
        ask(account, assumer(account, "sts:TagSession").creds, account.role(), Tags=given, TransitiveTagKeys=transitive)


def test_transitive_tags(account):
    first_role = account.role(policy=policy("sts:*"))
    red_only = policy("sts:*", statement("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}),
                      statement("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/once": "1"}}))
    second_role = account.role(policy=red_only, Tags=tags(team="green"))
    user = assumer(account, "sts:TagSession")
    first = account.assume(first_role, user.creds, Tags=tags(team="red", once="1"), TransitiveTagKeys=["team"])
    second = account.assume(second_role, first)
    third = account.assume(second_role, second)
    for creds in (second, third):
        iam = account.client("iam", creds=creds)
        assert iam.list_users()
        with denied("iam:ListRoles"):
            iam.list_roles()
        with refused("ValidationError", "One of the specified transitive tag keys can't be set because it conflicts with a "
                                        "transitive tag key from the calling session."):
            ask(account, creds, second_role, Tags=tags(Team="blue"))


def test_handing_tags_on_needs_the_permission(account):
    first = account.assume(account.role(policy=policy("sts:*")), assumer(account, "sts:TagSession").creds,
                           Tags=tags(team="red"), TransitiveTagKeys=["team"])
    closed = account.role(trusted=trust(account.arn("root")))
    with denied("sts:TagSession", closed):
        ask(account, first, closed)
    by_tag = account.role(trusted=trust(account.arn("root"), ["sts:AssumeRole", "sts:TagSession"],
                                        StringEquals={"aws:RequestTag/team": "red"}))
    assert ask(account, first, by_tag)


# -- Source identity

def test_source_identity_stays(account):
    user = assumer(account, "sts:SetSourceIdentity")
    role = account.role(policy=policy("sts:*", statement("iam:ListUsers", Condition={
        "StringEquals": {"aws:SourceIdentity": "alice"}})))
    answer = ask(account, user.creds, role, SourceIdentity="alice")
    assert answer["SourceIdentity"] == "alice"
    first = Credentials.of(answer["Credentials"])
    assert account.client("iam", creds=first).list_users()
    answer = ask(account, first, role)
    assert answer["SourceIdentity"] == "alice"
    assert account.client("iam", creds=Credentials.of(answer["Credentials"])).list_users()
    assert ask(account, first, role, SourceIdentity="alice")
    with refused("AccessDenied", status=403):
        ask(account, first, role, SourceIdentity="mallory")


def test_source_identity_needs_its_permission(account):
    with denied("sts:SetSourceIdentity"):
        ask(account, assumer(account).creds, account.role(trusted=trust(account.arn("root"))), SourceIdentity="alice")
    first = account.assume(account.role(policy=policy("sts:*")), assumer(account, "sts:SetSourceIdentity").creds,
                           SourceIdentity="alice")
    closed = account.role(trusted=trust(account.arn("root")))
    with denied("sts:SetSourceIdentity", closed):
        ask(account, first, closed)
    named = account.role(trusted=trust(account.arn("root"), ["sts:AssumeRole", "sts:SetSourceIdentity"],
                                       StringEquals={"sts:SourceIdentity": "bob"}))
    user = assumer(account, "sts:SetSourceIdentity")
    with denied("sts:AssumeRole"):
        ask(account, user.creds, named, SourceIdentity="alice")
    assert ask(account, user.creds, named, SourceIdentity="bob")
    with refused("ValidationError", status=400):
        ask(account, user.creds, named, SourceIdentity="aws:bob")


# -- MFA

@pytest.mark.parametrize("more, text", [
    ({"SerialNumber": "arn:aws:iam::123456789012:mfa/alice", "TokenCode": "123456"},
     "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
     "associated with this user."),
    ({"SerialNumber": "arn:aws:iam::123456789012:mfa/alice"},
     "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. "),
    ({"TokenCode": "123456"},
     "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. ")])
def test_mfa_codes_are_refused(account, more, text):
    user = assumer(account)
    with refused("AccessDenied", text, 403):
        user.client("sts").get_session_token(**more)
    with refused("AccessDenied", text, 403):
        ask(account, user.creds, account.role(), **more)


# -- GetSessionToken

def test_session_token(account):
    user = account.user("alice", policy("iam:ListUsers", statement("sts:*", "Deny")))
    answer = user.client("sts").get_session_token()
    assert 12 * HOUR - 60 < lifetime(answer) <= 12 * HOUR
    creds = Credentials.of(answer["Credentials"])
    assert sts_of(account, creds).get_caller_identity()["Arn"] == user.arn
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
        sts_of(account, creds).get_session_token()
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
        sts_of(account, account.assume(account.role(), assumer(account).creds)).get_session_token()


def test_session_token_durations(account):
    user = account.user()
    assert lifetime(user.client("sts").get_session_token(DurationSeconds=129600)) > 35 * HOUR
    for seconds in (899, 129601):
        with refused("ValidationError", status=400):
            sts_of(account, user.creds).get_session_token(DurationSeconds=seconds)
    root = account.client("sts").get_session_token(DurationSeconds=129600)
    assert lifetime(root) <= HOUR
    me = sts_of(account, Credentials.of(root["Credentials"])).get_caller_identity()
    assert me["Arn"] == account.arn("root")


def test_sessions_of_users_ask_sts_for_roles_and_themselves_only(account):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html"""
    user = account.user(policy=policy("sts:*"))
    sts = user.client("sts")
    session = Credentials.of(sts.get_session_token()["Credentials"])
    guest = Credentials.of(sts.get_federation_token(Name="guest", Policy=json.dumps(policy("sts:*")))["Credentials"])
    for creds in (session, guest):
        with refused("AccessDenied", "Cannot call GetAccessKeyInfo with session credentials", 403):
            sts_of(account, creds).get_access_key_info(AccessKeyId=user.creds.access_key)
        with refused("AccessDenied", "Cannot call DecodeAuthorizationMessage with session credentials", 403):
            sts_of(account, creds).decode_authorization_message(EncodedMessage="x")
    role = account.assume(account.role(policy=policy("sts:*")), user.creds)
    assert sts_of(account, role).get_access_key_info(AccessKeyId=user.creds.access_key)


def test_session_token_may_assume_roles(account):
    user = assumer(account)
    creds = Credentials.of(user.client("sts").get_session_token()["Credentials"])
    assert ask(account, creds, account.role(MaxSessionDuration=7200), DurationSeconds=7200)  # this is no role chaining


def test_session_token_ends_with_its_user(account):
    user = account.user("gone")
    creds = Credentials.of(user.client("sts").get_session_token()["Credentials"])
    account.iam.delete_access_key(UserName="gone", AccessKeyId=user.creds.access_key)
    assert sts_of(account, creds).get_caller_identity()
    account.iam.delete_user(UserName="gone")
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
        sts_of(account, creds).get_caller_identity()


# -- GetFederationToken

def test_federation_token(account):
    user = account.user(policy=policy("sts:GetFederationToken", "cloudtrail:LookupEvents"))
    answer = user.client("sts").get_federation_token(Name="guest", DurationSeconds=900, Policy=json.dumps(policy("*")))
    assert answer["FederatedUser"] == {"FederatedUserId": f"{account.id}:guest",
                                       "Arn": account.arn("federated-user/guest", "sts")}
    assert 840 < lifetime(answer) <= 900 and answer["PackedPolicySize"] >= 1
    creds = Credentials.of(answer["Credentials"])
    guest = sts_of(account, creds)
    me = guest.get_caller_identity()
    assert me["Arn"] == answer["FederatedUser"]["Arn"] and me["UserId"] == f"{account.id}:guest"
    assert "Events" in account.client("cloudtrail", creds=creds).lookup_events()
    with denied("sts:DecodeAuthorizationMessage"):  # the policy allows it, the user does not
        guest.decode_authorization_message(EncodedMessage="x")


def test_a_federated_user_without_policy_may_nothing(account):
    user = account.user(policy=policy("sts:*"))
    guest = Credentials.of(user.client("sts").get_federation_token(Name="guest")["Credentials"])
    with denied("sts:GetAccessKeyInfo"):
        sts_of(account, guest).get_access_key_info(AccessKeyId=user.creds.access_key)


def test_a_federated_user_asks_for_no_credentials(account):
    user = account.user(policy=policy("sts:*"))
    guest = Credentials.of(user.client("sts").get_federation_token(
        Name="guest", Policy=json.dumps(policy("sts:*")))["Credentials"])
    with denied("sts:AssumeRole"):
        ask(account, guest, account.role(trusted="*"))
    with refused("AccessDenied", "Cannot call GetFederationToken with session credentials", 403):
        sts_of(account, guest).get_federation_token(Name="guest")
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
        sts_of(account, guest).get_session_token()


def test_federation_needs_its_permission(account):
    with denied("sts:GetFederationToken", account.arn("federated-user/guest", "sts")):
        account.user().client("sts").get_federation_token(Name="guest")
    some = account.user(policy=policy(statement("sts:GetFederationToken",
                                                resource=account.arn("federated-user/team-*", "sts"))))
    assert some.client("sts").get_federation_token(Name="team-a")
    with denied("sts:GetFederationToken"):
        some.client("sts").get_federation_token(Name="guest")
    with denied("sts:TagSession"):
        some.client("sts").get_federation_token(Name="team-a", Tags=tags(a="b"))
    assert lifetime(account.client("sts").get_federation_token(Name="by-root", DurationSeconds=129600)) <= HOUR
    for name in ("x", "n" * 33, "a b"):
        with refused("ValidationError", status=400):
            sts_of(account, account.root).get_federation_token(Name=name)


def test_federated_tags(account):
    user = account.user(policy=policy("sts:GetFederationToken", "sts:TagSession", statement(
        "cloudtrail:LookupEvents", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})))

    def guest(team):
        answer = user.client("sts").get_federation_token(Name="guest", Tags=tags(team=team),
                                                         Policy=json.dumps(policy("cloudtrail:LookupEvents")))
        return account.client("cloudtrail", creds=Credentials.of(answer["Credentials"]))

    assert "Events" in guest("red").lookup_events()
    with refused("AccessDeniedException", status=400):
        guest("blue").lookup_events()


# -- GetAccessKeyInfo

def test_access_key_info(account, other_account):
    user = account.user(policy=policy("sts:GetAccessKeyInfo"))
    sts = user.client("sts")
    assert sts.get_access_key_info(AccessKeyId=user.creds.access_key)["Account"] == account.id
    assert sts.get_access_key_info(AccessKeyId=other_account.root.access_key)["Account"] == other_account.id
    session = Credentials.of(account.client("sts").get_session_token()["Credentials"])
    assert sts.get_access_key_info(AccessKeyId=session.access_key)["Account"] == account.id
    assert sts.get_access_key_info(AccessKeyId="ASIAY34FZKBOKMUTVV7A")["Account"] == "609629065308"
    with refused("ValidationError", status=400):
        sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    with denied("sts:GetAccessKeyInfo"):
        account.user().client("sts").get_access_key_info(AccessKeyId=user.creds.access_key)


# -- DecodeAuthorizationMessage

def encoded_message(user):
    with pytest.raises(ClientError) as caught:
        user.client("iam").list_users()
    return caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-merlon-authorization-message"]


def test_decode_authorization_message(account, other_account):
    user = account.user("alice", policy=policy(statement("iam:ListUsers", "Deny")))
    message = encoded_message(user)
    decoded = json.loads(account.client("sts").decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["explicitDeny"] is True
    assert decoded["context"]["action"] == "iam:ListUsers" and decoded["context"]["principal"]["arn"] == user.arn
    with denied("sts:DecodeAuthorizationMessage"):
        user.client("sts").decode_authorization_message(EncodedMessage=message)
    with refused("InvalidAuthorizationMessageException", status=400):
        other_account.client("sts").decode_authorization_message(EncodedMessage=message)
    with refused("InvalidAuthorizationMessageException", status=400):
        account.client("sts").decode_authorization_message(EncodedMessage=message[:-4])


# -- What is on record

def test_events_of_credentials(account):
    user, role = assumer(account, "sts:TagSession"), account.role("deploy")
    answer = ask(account, user.creds, role, Tags=tags(team="red"))
    event = account.event("AssumeRole", answer["ResponseMetadata"]["RequestId"])
    assert event["readOnly"] is True and event["eventSource"] == "sts.amazonaws.com"
    assert event["requestParameters"]["roleArn"] == role and event["requestParameters"]["roleSessionName"] == "monday"
    assert event["responseElements"]["assumedRoleUser"]["arn"] == answer["AssumedRoleUser"]["Arn"]
    assert event["responseElements"]["credentials"]["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
    assert answer["Credentials"]["SecretAccessKey"] not in json.dumps(event)
    assert event["resources"] == [{"accountId": account.id, "type": "AWS::IAM::Role", "ARN": role}]


# -- What is planned

@pytest.mark.parametrize("call, more", [
    ("assume_role_with_web_identity", {"RoleSessionName": "monday", "WebIdentityToken": "e30.e30.x"}),
    ("assume_role_with_saml", {"PrincipalArn": "arn:aws:iam::123456789012:saml-provider/x", "SAMLAssertion": "PHg+"})])
def test_unsigned_operations_give_nothing(account, call, more):
    role = account.role(trusted=trust("*", ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]))
    with pytest.raises(ClientError) as caught:
        getattr(account.client("sts", creds=None), call)(RoleArn=role, **more)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 501)
