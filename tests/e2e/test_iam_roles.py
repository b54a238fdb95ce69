"""IAM roles: their life, trust policies, limits, tags, conflicts."""
import json
import time
from datetime import datetime, timezone

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused

EC2 = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
NO_ROLE = "The role with name nobody cannot be found."


def trust(principal, **more):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}]}


def make(account, name, document=EC2, **more):
    return account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document), **more)["Role"]


def trusted(account, name):
    return account.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]


def test_create_and_get(account):
    made = make(account, "App", Path="/team/a/", Description="Runs the app", MaxSessionDuration=7200,
                Tags=[{"Key": "team", "Value": "red"}], PermissionsBoundary=READ_ONLY)
    assert made["Arn"] == account.arn("role/team/a/App") and made["Path"] == "/team/a/"
    assert made["RoleId"].startswith("AROA") and len(made["RoleId"]) == 21
    assert abs((datetime.now(timezone.utc) - made["CreateDate"]).total_seconds()) < 60
    assert made["AssumeRolePolicyDocument"] == EC2
    got = account.iam.get_role(RoleName="App")["Role"]
    assert got["Description"] == "Runs the app" and got["MaxSessionDuration"] == 7200
    assert got["Tags"] == [{"Key": "team", "Value": "red"}] and got["RoleLastUsed"] == {}
    assert got["PermissionsBoundary"] == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy",
                                          "PermissionsBoundaryArn": READ_ONLY}
    for member in ("Path", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"):
        assert got[member] == made[member]


def test_what_is_not_given(account):
    make(account, "plain")
    got = account.iam.get_role(RoleName="plain")["Role"]
    assert got["Path"] == "/" and got["MaxSessionDuration"] == 3600 and got["Arn"] == account.arn("role/plain")
    for member in ("Description", "Tags", "PermissionsBoundary"):
        assert member not in got


def test_names_are_one_whatever_their_case(account):
    make(account, "App")
    with refused("EntityAlreadyExists", "Role with name App already exists.", 409):
        make(account, "App")
    with refused("EntityAlreadyExists", "Role with name APP already exists.", 409):
        make(account, "APP", Path="/other/")
    assert account.iam.get_role(RoleName="app")["Role"]["RoleName"] == "App"


@pytest.mark.parametrize("call, arguments", [
    ("get_role", {}), ("delete_role", {}), ("update_role", {}), ("update_role_description", {"Description": "x"}),
    ("update_assume_role_policy", {"PolicyDocument": json.dumps(EC2)}), ("list_role_tags", {}),
    ("tag_role", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_role", {"TagKeys": ["k"]}),
    ("put_role_permissions_boundary", {"PermissionsBoundary": READ_ONLY}), ("delete_role_permissions_boundary", {}),
    ("attach_role_policy", {"PolicyArn": READ_ONLY}), ("detach_role_policy", {"PolicyArn": READ_ONLY}),
    ("list_attached_role_policies", {}), ("list_role_policies", {}), ("get_role_policy", {"PolicyName": "p"}),
    ("put_role_policy", {"PolicyName": "p", "PolicyDocument": json.dumps(policy("s3:*"))}),
    ("delete_role_policy", {"PolicyName": "p"}), ("list_instance_profiles_for_role", {}),
    ("delete_service_linked_role", {})])
def test_a_role_that_is_not_there(account, call, arguments):
    with refused("NoSuchEntity", NO_ROLE, 404):
        getattr(account.iam, call)(RoleName="nobody", **arguments)


@pytest.mark.parametrize("seconds", [3599, 43201, 0])
def test_session_durations_are_bounded(account, seconds):
    with refused("ValidationError", status=400):
        account.client("iam", parameter_validation=False).create_role(
            RoleName="r", AssumeRolePolicyDocument=json.dumps(EC2), MaxSessionDuration=seconds)


@pytest.mark.parametrize("seconds", [3600, 43200])
def test_the_bounds_of_session_durations(account, seconds):
    make(account, "r", MaxSessionDuration=seconds)
    assert account.iam.get_role(RoleName="r")["Role"]["MaxSessionDuration"] == seconds


@pytest.mark.parametrize("name", ["a" * 65, "sp ace", "sl/ash", "star*"])
def test_bad_names(account, name):
    with refused("ValidationError", status=400):
        make(account, name)


def test_a_description_too_long(account):
    with refused("ValidationError", status=400):
        make(account, "r", Description="d" * 1001)
    make(account, "r", Description="d" * 1000)


@pytest.mark.parametrize("document", [
    "not json", "{}", json.dumps(policy("sts:AssumeRole")),
    json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
         "Resource": "*"}]}),
    json.dumps(trust({"Service": "ec2.amazonaws.com"}, Condition={"Foo": {"a:b": "c"}})),
    json.dumps({"Version": "2012-10-16", "Statement": EC2["Statement"]})])
def test_malformed_trust_policies(account, document):
    with refused("MalformedPolicyDocument", status=400):
        account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)
    make(account, "r")
    with refused("MalformedPolicyDocument", status=400):
        account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=document)
    assert trusted(account, "r") == EC2


def test_the_size_of_a_trust_policy_does_not_count_white_space(account):
    wide = json.dumps(EC2, indent=200)
    assert len(wide) > 2048
    account.iam.create_role(RoleName="wide", AssumeRolePolicyDocument=wide)
    fat = trust({"Service": "ec2.amazonaws.com"}, Condition={"StringEquals": {"aws:userid": ["u" * 2048]}})
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409):
        make(account, "fat", fat)
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409):
        account.iam.update_assume_role_policy(RoleName="wide", PolicyDocument=json.dumps(fat))


def test_principals_must_be_there(account, other_account):
    for arn in [account.arn("user/nobody"), account.arn("role/nobody"), other_account.arn("user/nobody"),
                account.arn("user/some/path/nobody"), "AIDAAAAAAAAAAAAAAAAAA"]:
        with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"', 400):
            make(account, "r", trust({"AWS": arn}))
    account.iam.create_user(UserName="ann", Path="/staff/")
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{account.arn("user/ann")}"', 400):
        make(account, "r", trust({"AWS": account.arn("user/ann")}))
    account.iam.create_group(GroupName="crew")
    with refused("MalformedPolicyDocument", status=400):
        make(account, "r", trust({"AWS": account.arn("group/crew")}))


def test_services_are_called_as_aws_calls_them(account):
    for name in ["ec2", "ec2.example.com", "amazonaws.com"]:
        with refused("MalformedPolicyDocument", f'Invalid principal in policy: "SERVICE":"{name}"', 400):
            make(account, "r", trust({"Service": ["ec2.amazonaws.com", name]}))


def test_principals_of_all_kinds(account, other_account):
    ann = account.iam.create_user(UserName="ann", Path="/staff/")["User"]["Arn"]
    bob = other_account.iam.create_user(UserName="bob")["User"]["Arn"]
    role = make(other_account, "away")["Arn"]
    everyone = [ann, bob, role, account.arn("root"), "arn:aws:sts::%s:assumed-role/away/session" % other_account.id]
    document = trust({"AWS": everyone, "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"],
                      "Federated": "cognito-identity.amazonaws.com"})
    make(account, "r", document)
    assert trusted(account, "r") == document
    account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=json.dumps(trust({"AWS": other_account.id})))
    assert trusted(account, "r") == trust({"AWS": other_account.arn("root")})
    account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=json.dumps(trust("*")))
    assert trusted(account, "r") == trust("*")


def test_a_principal_is_meant_by_its_id(account):
    """Deleted and made again under its name, it is somebody else, whom the role does not trust."""
    may_assume = policy("sts:AssumeRole")
    ann = account.user("ann", may_assume)
    user_id = account.iam.get_user(UserName="ann")["User"]["UserId"]
    role = account.role("r", trusted=ann.arn)
    account.assume(role, ann.creds)
    assert trusted(account, "r")["Statement"][0]["Principal"] == {"AWS": ann.arn}
    key = account.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"][0]["AccessKeyId"]
    account.iam.delete_access_key(UserName="ann", AccessKeyId=key)
    account.iam.delete_user_policy(UserName="ann", PolicyName="inline")
    account.iam.delete_user(UserName="ann")
    assert trusted(account, "r")["Statement"][0]["Principal"] == {"AWS": user_id}
    again = account.user("ann", may_assume)
    assert trusted(account, "r")["Statement"][0]["Principal"] == {"AWS": user_id}
    with denied("sts:AssumeRole", role):
        account.assume(role, again.creds)
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{user_id}"', 400):
        account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=json.dumps(trusted(account, "r")))


def test_a_principal_keeps_its_trust_when_renamed(account):
    ann = account.user("ann", policy("sts:AssumeRole"))
    role = account.role("r", trusted=ann.arn)
    account.iam.update_user(UserName="ann", NewUserName="amy", NewPath="/new/")
    assert trusted(account, "r")["Statement"][0]["Principal"] == {"AWS": account.arn("user/new/amy")}
    account.assume(role, ann.creds)


def test_list(account):
    for name, path in [("zoe", "/"), ("Adam", "/a/"), ("beth", "/a/b/")]:
        make(account, name, Path=path, Description=name, Tags=[{"Key": "k", "Value": "v"}],
             PermissionsBoundary=READ_ONLY)
    answer = account.iam.list_roles()
    assert [r["RoleName"] for r in answer["Roles"]] == ["Adam", "beth", "zoe"] and answer["IsTruncated"] is False
    for role in answer["Roles"]:
        assert role["AssumeRolePolicyDocument"] == EC2 and role["Description"] == role["RoleName"]
        assert not {"Tags", "PermissionsBoundary", "RoleLastUsed"} & set(role)
    assert [r["RoleName"] for r in account.iam.list_roles(PathPrefix="/a/")["Roles"]] == ["Adam", "beth"]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages(account, size):
    names = [f"role-{i}" for i in range(5)]
    for name in names:
        make(account, name)
    assert [r["RoleName"] for r in pages(account.iam.list_roles, "Roles", size)] == names


def test_update(account):
    make(account, "r", Description="old", MaxSessionDuration=7200)
    account.iam.update_role(RoleName="r", Description="new", MaxSessionDuration=10800)
    got = account.iam.get_role(RoleName="r")["Role"]
    assert got["Description"] == "new" and got["MaxSessionDuration"] == 10800
    assert account.iam.update_role_description(RoleName="r", Description="newer")["Role"]["Description"] == "newer"
    account.iam.update_role(RoleName="r", MaxSessionDuration=3600)
    assert account.iam.get_role(RoleName="r")["Role"]["Description"] == "newer"
    with refused("ValidationError", status=400):
        account.client("iam", parameter_validation=False).update_role(RoleName="r", MaxSessionDuration=1)


def test_tags(account):
    make(account, "r", Tags=[{"Key": "a", "Value": "1"}])
    account.iam.tag_role(RoleName="r", Tags=[{"Key": "A", "Value": "2"}, {"Key": "b", "Value": "3"}])
    assert account.iam.list_role_tags(RoleName="r")["Tags"] == [{"Key": "A", "Value": "2"}, {"Key": "b", "Value": "3"}]
    account.iam.untag_role(RoleName="r", TagKeys=["a", "none"])
    assert account.iam.list_role_tags(RoleName="r")["Tags"] == [{"Key": "b", "Value": "3"}]
    many = [{"Key": f"k{i}", "Value": ""} for i in range(50)]
    with refused("LimitExceeded", status=409):
        account.iam.tag_role(RoleName="r", Tags=many)
    with refused("InvalidInput", status=400):
        account.iam.tag_role(RoleName="r", Tags=[{"Key": "aws:x", "Value": ""}])


@pytest.mark.parametrize("size", [1, 2])
def test_pages_of_tags(account, size):
    tags = [{"Key": key, "Value": "v"} for key in "abcde"]
    make(account, "r", Tags=tags)
    assert pages(account.iam.list_role_tags, "Tags", size, RoleName="r") == tags


def test_delete_waits_for_what_hangs_on_the_role(account):
    iam = account.iam
    make(account, "busy")
    iam.create_instance_profile(InstanceProfileName="p")
    steps = [
        ("remove roles from instance profile",
         lambda: iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="busy"),
         lambda: iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="busy")),
        ("detach all policies", lambda: iam.attach_role_policy(RoleName="busy", PolicyArn=READ_ONLY),
         lambda: iam.detach_role_policy(RoleName="busy", PolicyArn=READ_ONLY)),
        ("delete policies",
         lambda: iam.put_role_policy(RoleName="busy", PolicyName="p", PolicyDocument=json.dumps(policy("s3:*"))),
         lambda: iam.delete_role_policy(RoleName="busy", PolicyName="p"))]
    for what, tie, untie in steps:
        tie()
        with refused("DeleteConflict", f"Cannot delete entity, must {what} first.", 409):
            iam.delete_role(RoleName="busy")
        untie()
    iam.put_role_permissions_boundary(RoleName="busy", PermissionsBoundary=READ_ONLY)
    iam.delete_role(RoleName="busy")
    with refused("NoSuchEntity", "The role with name busy cannot be found.", 404):
        iam.get_role(RoleName="busy")
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["PermissionsBoundaryUsageCount"] == 0


def test_last_used(account):
    role = account.role("r", policy=policy("sts:GetCallerIdentity"))
    creds = account.assume(role, account.user(policy=policy("sts:AssumeRole")).creds)
    account.client("sts", creds=creds).get_caller_identity()

    def used():
        return account.iam.get_role(RoleName="r")["Role"]["RoleLastUsed"]

    end = time.monotonic() + 20
    while not used() and time.monotonic() < end:
        time.sleep(0.02)
    assert used()["Region"] == "us-east-1"
    assert abs((datetime.now(timezone.utc) - used()["LastUsedDate"]).total_seconds()) < 120


def test_creating_with_tags_or_a_boundary_asks_for_more(account):
    rule = policy(statement("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}))
    client = account.user("maker", rule).client("iam")
    document = json.dumps(EC2)
    with denied("iam:CreateRole", account.arn("role/a")):
        client.create_role(RoleName="a", AssumeRolePolicyDocument=document)
    with denied("iam:TagRole", account.arn("role/a")):
        client.create_role(RoleName="a", AssumeRolePolicyDocument=document, PermissionsBoundary=READ_ONLY,
                           Tags=[{"Key": "k", "Value": "v"}])
    client.create_role(RoleName="a", AssumeRolePolicyDocument=document, PermissionsBoundary=READ_ONLY)


@pytest.mark.parametrize("call, arguments", [
    ("create_role", {"RoleName": "new", "AssumeRolePolicyDocument": json.dumps(EC2)}),
    ("get_role", {}), ("update_role", {}), ("update_role_description", {"Description": "x"}), ("delete_role", {}),
    ("update_assume_role_policy", {"PolicyDocument": json.dumps(EC2)}), ("list_role_tags", {}),
    ("tag_role", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_role", {"TagKeys": ["k"]})])
def test_without_permission(account, call, arguments):
    make(account, "r")
    action = "iam:" + "".join(part.capitalize() for part in call.split("_"))
    with denied(action):
        getattr(account.user("poor").client("iam"), call)(**{"RoleName": "r", **arguments})


def test_accounts_do_not_see_each_other(account, other_account):
    make(account, "mine")
    with refused("NoSuchEntity", "The role with name mine cannot be found.", 404):
        other_account.iam.get_role(RoleName="mine")
    assert other_account.iam.list_roles()["Roles"] == []


def test_paths_of_services_are_theirs(account):
    with refused("InvalidInput", status=400):
        make(account, "r", Path="/aws-service-role/ec2.amazonaws.com/")
