"""IAM of the account as a whole: alias, summary, authorization details, credential report."""
import csv
import io
import json
from datetime import datetime

import pytest

from harness.account import Account, policy
from harness.credentials import Credentials
from harness.refusals import denied, refused

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DETAILS = {"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"}


# -- Alias

def test_alias(account):
    alias = f"alias-{account.id}"
    assert account.iam.list_account_aliases()["AccountAliases"] == []
    account.iam.create_account_alias(AccountAlias=alias)
    answer = account.iam.list_account_aliases()
    assert answer["AccountAliases"] == [alias] and answer["IsTruncated"] is False
    assert account.iam.get_user()["User"]["UserName"] == alias
    account.iam.create_account_alias(AccountAlias=alias + "-2")
    assert account.iam.list_account_aliases()["AccountAliases"] == [alias + "-2"]
    with refused("NoSuchEntity", f"The account alias with name {alias} cannot be found.", 404):
        account.iam.delete_account_alias(AccountAlias=alias)
    account.iam.delete_account_alias(AccountAlias=alias + "-2")
    assert account.iam.list_account_aliases()["AccountAliases"] == []


def test_alias_is_unique_among_accounts(account, other_account):
    alias = f"unique-{account.id}"
    account.iam.create_account_alias(AccountAlias=alias)
    with refused("EntityAlreadyExists", f"The account alias {alias} already exists.", 409):
        other_account.iam.create_account_alias(AccountAlias=alias)
    with refused("EntityAlreadyExists", f"The account alias {alias} already exists.", 409):
        account.iam.create_account_alias(AccountAlias=alias)
    with refused("NoSuchEntity", status=404):
        other_account.iam.delete_account_alias(AccountAlias=alias)
    account.iam.delete_account_alias(AccountAlias=alias)
    other_account.iam.create_account_alias(AccountAlias=alias)


@pytest.mark.parametrize("alias", ["ab", "a" * 64, "Upper", "-lead", "trail-", "two--hyphens", "under_score"])
def test_bad_aliases(account, alias):
    with refused("ValidationError", status=400):
        account.client("iam", parameter_validation=False).create_account_alias(AccountAlias=alias)


def test_an_account_id_is_no_alias(account):
    with refused("InvalidInput", status=400):
        account.iam.create_account_alias(AccountAlias="123456789012")


# -- Summary

def test_summary(account):
    document = json.dumps(policy("iam:Get*"))
    account.user("u", policy("iam:Get*"))
    account.iam.create_group(GroupName="g")
    account.role("r")
    account.iam.create_instance_profile(InstanceProfileName="p")
    arn = account.iam.create_policy(PolicyName="m", PolicyDocument=document)["Policy"]["Arn"]
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)
    summary = account.iam.get_account_summary()["SummaryMap"]
    counted = {"Users": 1, "Groups": 1, "Roles": 1, "InstanceProfiles": 1, "Policies": 1, "PolicyVersionsInUse": 2,
               "MFADevices": 0, "MFADevicesInUse": 0, "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1,
               "AccountPasswordPresent": 0, "ServerCertificates": 0, "Providers": 0}
    quotas = {"UsersQuota": 5000, "GroupsQuota": 300, "RolesQuota": 1000, "PoliciesQuota": 1500,
              "InstanceProfilesQuota": 1000, "GroupsPerUserQuota": 10, "AccessKeysPerUserQuota": 2,
              "AttachedPoliciesPerUserQuota": 10, "AttachedPoliciesPerGroupQuota": 10, "VersionsPerPolicyQuota": 5,
              "PolicySizeQuota": 6144, "UserPolicySizeQuota": 2048, "GroupPolicySizeQuota": 5120,
              "RolePolicySizeQuota": 10240, "AssumeRolePolicySizeQuota": 2048, "PolicyVersionsInUseQuota": 10000,
              "SigningCertificatesPerUserQuota": 2, "ServerCertificatesQuota": 20}
    assert {**summary, **counted, **quotas} == summary


# -- Authorization details

@pytest.fixture
def peopled(account):
    iam = account.iam
    document = json.dumps(policy("iam:Get*"))
    local = iam.create_policy(PolicyName="local", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_policy(PolicyName="unused", PolicyDocument=document)
    for name in ["ann", "bob"]:
        iam.create_user(UserName=name, Tags=[{"Key": "who", "Value": name}])
    iam.create_group(GroupName="crew", Path="/p/")
    iam.add_user_to_group(GroupName="crew", UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document)
    iam.put_group_policy(GroupName="crew", PolicyName="shared", PolicyDocument=document)
    iam.attach_user_policy(UserName="ann", PolicyArn=local)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=READ_ONLY)
    account.role("actor", policy=policy("iam:List*"), Description="acts")
    iam.create_instance_profile(InstanceProfileName="box")
    iam.add_role_to_instance_profile(InstanceProfileName="box", RoleName="actor")
    account.local = local
    return account


def test_details(peopled):
    answer = peopled.iam.get_account_authorization_details()
    assert answer["IsTruncated"] is False
    ann, bob = answer["UserDetailList"]
    assert ann["UserName"] == "ann" and ann["Arn"] == peopled.arn("user/ann") and ann["GroupList"] == ["crew"]
    assert ann["UserPolicyList"] == [{"PolicyName": "own", "PolicyDocument": policy("iam:Get*")}]
    assert ann["AttachedManagedPolicies"] == [{"PolicyName": "local", "PolicyArn": peopled.local}]
    assert ann["Tags"] == [{"Key": "who", "Value": "ann"}]
    assert bob["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY and bob["GroupList"] == []
    group, = answer["GroupDetailList"]
    assert group["Arn"] == peopled.arn("group/p/crew") and group["GroupPolicyList"][0]["PolicyName"] == "shared"
    role, = answer["RoleDetailList"]
    assert role["RoleName"] == "actor" and role["RolePolicyList"][0]["PolicyDocument"] == policy("iam:List*")
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert role["InstanceProfileList"][0]["InstanceProfileName"] == "box"
    assert role["InstanceProfileList"][0]["Roles"][0]["RoleName"] == "actor"
    by_name = {row["PolicyName"]: row for row in answer["Policies"]}
    assert set(by_name) == {"local", "unused", "ReadOnlyAccess"}
    assert by_name["local"]["AttachmentCount"] == 1 and by_name["unused"]["AttachmentCount"] == 0
    assert by_name["local"]["PolicyVersionList"][0]["Document"] == policy("iam:Get*")
    assert by_name["local"]["PolicyVersionList"][0]["IsDefaultVersion"] is True
    assert by_name["ReadOnlyAccess"]["PermissionsBoundaryUsageCount"] == 1


@pytest.mark.parametrize("kinds, lists", [
    (["User"], {"UserDetailList": 2}), (["Group"], {"GroupDetailList": 1}), (["Role"], {"RoleDetailList": 1}),
    (["LocalManagedPolicy"], {"Policies": 2}), (["AWSManagedPolicy"], {"Policies": 1}),
    (["Role", "User"], {"UserDetailList": 2, "RoleDetailList": 1})])
def test_details_by_kind(peopled, kinds, lists):
    answer = peopled.iam.get_account_authorization_details(Filter=kinds)
    assert {key: len(answer[key]) for key in DETAILS if answer[key]} == lists


def test_details_of_no_such_kind(account):
    with refused("ValidationError", status=400):
        account.iam.get_account_authorization_details(Filter=["Robot"])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_details_in_pages(peopled, size):
    seen, marker = [], {}
    while True:
        answer = peopled.iam.get_account_authorization_details(MaxItems=size, **marker)
        page = [row["Arn"] for key in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]
                for row in answer[key]]
        assert len(page) <= size
        seen += page
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    whole = peopled.iam.get_account_authorization_details()
    assert seen == [row["Arn"] for key in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]
                    for row in whole[key]]
    assert len(seen) == len(set(seen)) == 7


# -- Credential report

def report(account):
    answer = account.iam.get_credential_report()
    assert answer["ReportFormat"] == "text/csv"
    return answer, list(csv.DictReader(io.StringIO(answer["Content"].decode())))


def test_credential_report(account):
    with refused("ReportNotPresent", status=410):
        account.iam.get_credential_report()
    user = account.user("u")
    account.iam.create_login_profile(UserName="u", Password="Sw0rd-fish")
    account.iam.create_user(UserName="v")
    account.iam.update_access_key(UserName="u", AccessKeyId=user.creds.access_key, Status="Inactive")
    assert account.iam.generate_credential_report()["State"] == "STARTED"
    assert account.iam.generate_credential_report()["State"] == "COMPLETE"
    answer, rows = report(account)
    root, u, v = rows
    assert root["user"] == "<root_account>" and root["arn"] == account.arn("root")
    assert root["password_enabled"] == "not_supported" and root["access_key_1_active"] == "true"
    assert u["user"] == "u" and u["arn"] == account.arn("user/u") and u["password_enabled"] == "true"
    assert u["password_last_used"] == "no_information" and u["password_next_rotation"] == "N/A"
    assert u["access_key_1_active"] == "false" and u["access_key_1_last_used_service"] == "N/A"
    assert datetime.fromisoformat(u["access_key_1_last_rotated"]).tzinfo
    assert v["password_enabled"] == "false" and v["password_last_used"] == "N/A" and v["mfa_active"] == "false"
    assert v["access_key_1_active"] == "false" and v["access_key_1_last_rotated"] == "N/A"
    assert answer["GeneratedTime"]


def test_credential_report_expires(new_server, home):
    server = new_server()
    account = Account.create(server, home)
    account.iam.generate_credential_report()
    server.admin.advance("3h")
    assert account.iam.generate_credential_report()["State"] == "COMPLETE"
    server.admin.advance("1h")
    with refused("ReportExpired", status=410):
        account.iam.get_credential_report()
    assert account.iam.generate_credential_report()["State"] == "STARTED"
    report(account)


# -- Who may not call IAM at all

def test_sessions_of_users_without_mfa_do_not_call_iam(account):
    sts = account.user("u", policy("*")).client("sts")
    session = sts.get_session_token()["Credentials"]
    federated = sts.get_federation_token(Name="guest", Policy=json.dumps(policy("*")))["Credentials"]
    for answer in (session, federated):
        creds = Credentials.of(answer)
        with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
            account.client("iam", creds=creds).list_users()
        assert account.client("sts", creds=creds).get_caller_identity()["Account"] == account.id


# -- Permission

@pytest.mark.parametrize("call, arguments, action", [
    ("create_account_alias", {"AccountAlias": "abc"}, "iam:CreateAccountAlias"),
    ("list_account_aliases", {}, "iam:ListAccountAliases"),
    ("delete_account_alias", {"AccountAlias": "abc"}, "iam:DeleteAccountAlias"),
    ("get_account_summary", {}, "iam:GetAccountSummary"),
    ("get_account_authorization_details", {}, "iam:GetAccountAuthorizationDetails"),
    ("generate_credential_report", {}, "iam:GenerateCredentialReport"),
    ("get_credential_report", {}, "iam:GetCredentialReport")])
def test_without_permission(account, call, arguments, action):
    client = account.user("weak").client("iam")
    with denied(action, "*"):
        getattr(client, call)(**arguments)
