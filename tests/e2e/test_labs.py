"""The classic exercises of an architect's first week, typed into the AWS CLI as a person would."""
import json

import pytest

from harness.account import policy, statement
from harness.aws_cli import CliError
from harness.credentials import Credentials


def refused(run, command, code="AccessDenied", **more):
    """Runs a command that must be refused with this code; gives the message."""
    with pytest.raises(CliError) as caught:
        run(command, **more)
    assert caught.value.code == code, caught.value.output
    return caught.value.message


def make_user(account, name):
    account.cli(f"iam create-user --user-name {name}")
    return Credentials.of(account.cli(f"iam create-access-key --user-name {name}")["AccessKey"])


def put(account, verb, target, document, name="lab"):
    """iam put-user-policy | put-group-policy | put-role-policy"""
    account.cli(["iam", f"put-{verb}-policy", f"--{verb}-name", target, "--policy-name", name,
                 "--policy-document", json.dumps(document)])


def assume(account, role_arn, creds, *more, session="lab"):
    answer = account.cli(["sts", "assume-role", "--role-arn", role_arn, "--role-session-name", session, *more],
                         creds=creds)
    return Credentials.of(answer["Credentials"])


def trust(*principals, **condition):
    row = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**row, **condition}]}


def make_role(account, name, trusted, document=None):
    answer = account.cli(["iam", "create-role", "--role-name", name, "--assume-role-policy-document",
                          json.dumps(trusted)])
    if document:
        put(account, "role", name, document)
    return answer["Role"]["Arn"]


def test_a_user_without_policies_lists_nothing(account):
    nobody = make_user(account, "nobody")
    me = account.cli("sts get-caller-identity", creds=nobody)
    assert me["Arn"] == account.arn("user/nobody") and me["Account"] == account.id
    for command, action, resource in [("iam list-users", "iam:ListUsers", "user/"),
                                      ("iam list-roles", "iam:ListRoles", "role/"),
                                      ("iam list-groups", "iam:ListGroups", "group/"),
                                      ("iam get-user --user-name nobody", "iam:GetUser", "user/nobody")]:
        assert refused(account.cli, command, creds=nobody) == (
            f"User: {account.arn('user/nobody')} is not authorized to perform: {action} on resource: "
            f"{account.arn(resource)} because no identity-based policy allows the {action} action")


def test_a_group_policy_with_wildcards_reaches_its_members(account):
    reader = make_user(account, "reader")
    account.cli("iam create-group --group-name auditors")
    put(account, "group", "auditors", policy(["iam:Get*", "iam:List*"]))
    refused(account.cli, "iam list-users", creds=reader)

    account.cli("iam add-user-to-group --group-name auditors --user-name reader")
    names = [user["UserName"] for user in account.cli("iam list-users", creds=reader)["Users"]]
    assert names == ["reader"]
    assert account.cli("iam get-group --group-name auditors", creds=reader)["Users"][0]["UserName"] == "reader"
    account.cli("iam list-attached-user-policies --user-name reader", creds=reader)
    message = refused(account.cli, "iam create-user --user-name mallory", creds=reader)
    assert message.endswith("because no identity-based policy allows the iam:CreateUser action")
    refused(account.cli, "iam delete-group --group-name auditors", creds=reader)

    account.cli("iam remove-user-from-group --group-name auditors --user-name reader")
    refused(account.cli, "iam list-users", creds=reader)


def test_an_administrator_minus_one_explicit_deny(account):
    admin = make_user(account, "admin")
    account.cli("iam attach-user-policy --user-name admin "
                "--policy-arn arn:aws:iam::aws:policy/AdministratorAccess")
    account.cli("iam create-user --user-name alice", creds=admin)
    account.cli("iam create-user --user-name bob", creds=admin)
    account.cli("iam delete-user --user-name alice", creds=admin)

    put(account, "user", "admin", policy(statement("iam:DeleteUser", "Deny")))
    message = refused(account.cli, "iam delete-user --user-name bob", creds=admin)
    assert message == (f"User: {account.arn('user/admin')} is not authorized to perform: iam:DeleteUser on resource: "
                       f"{account.arn('user/bob')} with an explicit deny in an identity-based policy")
    account.cli("iam create-user --user-name carol", creds=admin)
    assert {u["UserName"] for u in account.cli("iam list-users", creds=admin)["Users"]} == {"admin", "bob", "carol"}


def test_a_role_with_temporary_credentials_and_immediate_effect(account):
    dev = make_user(account, "dev")
    role = make_role(account, "deployer", trust(account.arn("user/dev")), policy("iam:ListUsers"))
    session = assume(account, role, dev, session="monday")
    assert session.access_key.startswith("ASIA") and session.token
    me = account.cli("sts get-caller-identity", creds=session)
    assert me["Arn"] == account.arn("assumed-role/deployer/monday", service="sts")
    assert me["UserId"].split(":") == [me["UserId"].split(":")[0], "monday"] and me["UserId"].startswith("AROA")
    account.cli("iam list-users", creds=session)
    refused(account.cli, "iam list-roles", creds=session)

    put(account, "role", "deployer", policy("iam:ListRoles"))
    message = refused(account.cli, "iam list-users", creds=session)
    assert message.startswith(f"User: {me['Arn']} is not authorized to perform: iam:ListUsers")
    account.cli("iam list-roles", creds=session)

    account.cli("iam delete-role-policy --role-name deployer --policy-name lab")
    refused(account.cli, "iam list-roles", creds=session)


def test_a_role_does_not_trust_everybody_of_its_account(account):
    make_user(account, "dev")
    other = make_user(account, "other")
    put(account, "user", "other", policy("sts:*"))
    role = make_role(account, "deployer", trust(account.arn("user/dev")))
    with pytest.raises(CliError) as caught:
        assume(account, role, other)
    assert caught.value.code == "AccessDenied"
    assert caught.value.message.startswith(
        f"User: {account.arn('user/other')} is not authorized to perform: sts:AssumeRole on resource: {role}")


def test_a_cross_account_role_with_an_external_id(account, other_account):
    """The third party's user needs three things: its own permission, to be trusted, and the external id."""
    vendor = make_user(other_account, "vendor")
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": "unit-4711"}}}
    role = make_role(account, "for-vendor", trust(f"arn:aws:iam::{other_account.id}:root", **condition),
                     policy("iam:ListUsers"))

    with pytest.raises(CliError, match="AccessDenied"):
        assume(other_account, role, vendor, "--external-id", "unit-4711")
    put(other_account, "user", "vendor", policy(statement("sts:AssumeRole", resource=role)))
    with pytest.raises(CliError, match="AccessDenied"):
        assume(other_account, role, vendor)
    with pytest.raises(CliError, match="AccessDenied"):
        assume(other_account, role, vendor, "--external-id", "unit-4712")

    session = assume(other_account, role, vendor, "--external-id", "unit-4711")
    assert other_account.cli("sts get-caller-identity", creds=session)["Account"] == account.id
    assert account.cli("iam list-users", creds=session)["Users"] == []  # of the role's account, which has none
    with pytest.raises(CliError, match="AccessDenied"):
        account.cli("iam list-roles", creds=session)


def test_a_federation_token_is_scoped_by_its_policy(account):
    """Both the user's policies and the token's must allow; and never IAM."""
    broker = make_user(account, "broker")
    put(account, "user", "broker", policy("sts:GetFederationToken", "cloudtrail:*", "iam:*"))
    scope = json.dumps(policy("cloudtrail:LookupEvents"))
    answer = account.cli(["sts", "get-federation-token", "--name", "guest", "--policy", scope], creds=broker)
    assert answer["FederatedUser"]["Arn"] == account.arn("federated-user/guest", service="sts")
    guest = Credentials.of(answer["Credentials"])

    assert account.cli("sts get-caller-identity", creds=guest)["Arn"] == answer["FederatedUser"]["Arn"]
    assert account.cli("cloudtrail lookup-events --max-results 1", creds=guest)["Events"]
    message = refused(account.cli, "cloudtrail describe-trails", code="AccessDeniedException", creds=guest)
    assert message.endswith("because no session policy allows the cloudtrail:DescribeTrails action")
    with pytest.raises(CliError) as caught:
        account.cli("iam list-users", creds=guest)
    assert caught.value.code in ("InvalidClientTokenId", "AccessDenied")

    put(account, "user", "broker", policy("sts:GetFederationToken"))
    refused(account.cli, "cloudtrail lookup-events --max-results 1", code="AccessDeniedException", creds=guest)


def test_a_federation_token_without_a_policy_may_nothing(account):
    broker = make_user(account, "broker")
    put(account, "user", "broker", policy("sts:GetFederationToken", "cloudtrail:*"))
    guest = Credentials.of(account.cli("sts get-federation-token --name guest", creds=broker)["Credentials"])
    refused(account.cli, "cloudtrail lookup-events --max-results 1", code="AccessDeniedException", creds=guest)


def test_a_boundary_caps_what_policies_give(account):
    capped = make_user(account, "capped")
    put(account, "user", "capped", policy("*"))
    made = account.cli(["iam", "create-policy", "--policy-name", "cap", "--policy-document",
                        json.dumps(policy("iam:List*"))])
    account.cli(f"iam put-user-permissions-boundary --user-name capped --permissions-boundary {made['Policy']['Arn']}")
    account.cli("iam list-users", creds=capped)
    message = refused(account.cli, "iam get-user --user-name capped", creds=capped)
    assert message.endswith("because no permissions boundary allows the iam:GetUser action")
    account.cli("iam delete-user-permissions-boundary --user-name capped")
    account.cli("iam get-user --user-name capped", creds=capped)


def test_a_new_default_version_of_a_managed_policy_acts_at_once(account):
    user = make_user(account, "versioned")
    made = account.cli(["iam", "create-policy", "--policy-name", "p", "--policy-document",
                        json.dumps(policy("iam:ListUsers"))])["Policy"]["Arn"]
    account.cli(f"iam attach-user-policy --user-name versioned --policy-arn {made}")
    account.cli("iam list-users", creds=user)
    account.cli(["iam", "create-policy-version", "--policy-arn", made, "--set-as-default", "--policy-document",
                 json.dumps(policy("iam:ListRoles"))])
    refused(account.cli, "iam list-users", creds=user)
    account.cli("iam list-roles", creds=user)
    account.cli(f"iam set-default-policy-version --policy-arn {made} --version-id v1")
    account.cli("iam list-users", creds=user)


def test_a_disabled_key_is_refused_and_a_second_key_takes_over(account):
    first = make_user(account, "rotated")
    account.cli("sts get-caller-identity", creds=first)
    second = Credentials.of(account.cli("iam create-access-key --user-name rotated")["AccessKey"])
    refused(account.cli, "iam create-access-key --user-name rotated", code="LimitExceeded")
    account.cli(f"iam update-access-key --user-name rotated --access-key-id {first.access_key} --status Inactive")
    refused(account.cli, "sts get-caller-identity", code="InvalidClientTokenId", creds=first)
    account.cli("sts get-caller-identity", creds=second)
    account.cli(f"iam delete-access-key --user-name rotated --access-key-id {first.access_key}")
    refused(account.cli, "sts get-caller-identity", code="InvalidClientTokenId", creds=first)


def test_an_instance_profile_carries_a_role(account):
    make_role(account, "web", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    account.cli("iam create-instance-profile --instance-profile-name web")
    account.cli("iam add-role-to-instance-profile --instance-profile-name web --role-name web")
    profile = account.cli("iam get-instance-profile --instance-profile-name web")["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["web"]
    refused(account.cli, "iam delete-role --role-name web", code="DeleteConflict")
    account.cli("iam remove-role-from-instance-profile --instance-profile-name web --role-name web")
    account.cli("iam delete-role --role-name web")


def test_accounts_do_not_see_each_other(account, other_account):
    make_user(account, "only-here")
    assert [u["UserName"] for u in account.cli("iam list-users")["Users"]] == ["only-here"]
    assert other_account.cli("iam list-users")["Users"] == []
    refused(other_account.cli, "iam get-user --user-name only-here", code="NoSuchEntity")
