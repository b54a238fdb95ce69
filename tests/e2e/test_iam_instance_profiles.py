"""Instance profiles: one role each, given by whom iam:PassRole lets."""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused

EC2 = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
NO_PROFILE = "Instance Profile nothing cannot be found."


def make_role(account, name):
    return account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)["Role"]


def test_create_and_get(account):
    made = account.iam.create_instance_profile(InstanceProfileName="Web", Path="/app/",
                                               Tags=[{"Key": "k", "Value": "v"}])["InstanceProfile"]
    assert made["Arn"] == account.arn("instance-profile/app/Web") and made["Roles"] == []
    assert made["InstanceProfileId"].startswith("AIPA") and len(made["InstanceProfileId"]) == 21
    got = account.iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert got == made and got["Tags"] == [{"Key": "k", "Value": "v"}]
    with refused("EntityAlreadyExists", "Instance Profile Web already exists.", 409):
        account.iam.create_instance_profile(InstanceProfileName="Web")


def test_a_profile_holds_one_role(account):
    for name in ("one", "two"):
        make_role(account, name)
    account.iam.create_instance_profile(InstanceProfileName="p")
    account.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="one")
    got = account.iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    assert [r["RoleName"] for r in got["Roles"]] == ["one"] and got["Roles"][0]["Arn"] == account.arn("role/one")
    assert got["Roles"][0]["AssumeRolePolicyDocument"] == json.loads(EC2)
    for name in ("two", "one"):
        with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409):
            account.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName=name)
    with refused("NoSuchEntity", status=404):
        account.iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="two")
    account.iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="one")
    account.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="two")


@pytest.mark.parametrize("call, arguments", [
    ("get_instance_profile", {}), ("delete_instance_profile", {}), ("list_instance_profile_tags", {}),
    ("add_role_to_instance_profile", {"RoleName": "r"}), ("remove_role_from_instance_profile", {"RoleName": "r"}),
    ("tag_instance_profile", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_instance_profile", {"TagKeys": ["k"]})])
def test_a_profile_that_is_not_there(account, call, arguments):
    make_role(account, "r")
    with refused("NoSuchEntity", NO_PROFILE, 404):
        getattr(account.iam, call)(InstanceProfileName="nothing", **arguments)


def test_a_role_that_is_not_there(account):
    account.iam.create_instance_profile(InstanceProfileName="p")
    for call in (account.iam.add_role_to_instance_profile, account.iam.remove_role_from_instance_profile):
        with refused("NoSuchEntity", "The role with name nobody cannot be found.", 404):
            call(InstanceProfileName="p", RoleName="nobody")


def test_delete(account):
    make_role(account, "r")
    account.iam.create_instance_profile(InstanceProfileName="p")
    account.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    with refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409):
        account.iam.delete_instance_profile(InstanceProfileName="p")
    account.iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    account.iam.delete_instance_profile(InstanceProfileName="p")
    with refused("NoSuchEntity", "Instance Profile p cannot be found.", 404):
        account.iam.get_instance_profile(InstanceProfileName="p")
    account.iam.delete_role(RoleName="r")


def test_filling_a_profile_needs_to_pass_the_role(account):
    make_role(account, "r")
    account.iam.create_instance_profile(InstanceProfileName="p")
    user = account.user("ops", policy("iam:AddRoleToInstanceProfile"))
    with denied("iam:PassRole", account.arn("role/r")):
        user.client("iam").add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    user.put_policy(policy("iam:AddRoleToInstanceProfile",
                           statement("iam:PassRole", resource=account.arn("role/r"))))
    user.client("iam").add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")


@pytest.mark.parametrize("size", [1, 2, 4])
def test_lists(account, size):
    make_role(account, "r")
    names = ["a", "b", "c", "d"]
    for i, name in enumerate(names):
        account.iam.create_instance_profile(InstanceProfileName=name, Path="/x/" if i % 2 else "/")
        account.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="r")
    listed = pages(account.iam.list_instance_profiles, "InstanceProfiles", size)
    assert [p["InstanceProfileName"] for p in listed] == names
    assert all([r["RoleName"] for r in p["Roles"]] == ["r"] for p in listed)
    below = pages(account.iam.list_instance_profiles, "InstanceProfiles", size, PathPrefix="/x/")
    assert [p["InstanceProfileName"] for p in below] == ["b", "d"]
    of_role = pages(account.iam.list_instance_profiles_for_role, "InstanceProfiles", size, RoleName="r")
    assert [p["InstanceProfileName"] for p in of_role] == names


def test_tags(account):
    account.iam.create_instance_profile(InstanceProfileName="p")
    account.iam.tag_instance_profile(InstanceProfileName="p", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    account.iam.untag_instance_profile(InstanceProfileName="p", TagKeys=["a"])
    assert account.iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize("call, arguments", [
    ("create_instance_profile", {"InstanceProfileName": "new"}), ("get_instance_profile", {}),
    ("delete_instance_profile", {}), ("add_role_to_instance_profile", {"RoleName": "r"}),
    ("remove_role_from_instance_profile", {"RoleName": "r"}), ("list_instance_profile_tags", {}),
    ("tag_instance_profile", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_instance_profile", {"TagKeys": ["k"]})])
def test_without_permission(account, call, arguments):
    make_role(account, "r")
    account.iam.create_instance_profile(InstanceProfileName="p")
    action = "iam:" + "".join(part.capitalize() for part in call.split("_"))
    with denied(action):
        getattr(account.user("poor").client("iam"), call)(**{"InstanceProfileName": "p", **arguments})


def test_lists_without_permission(account):
    make_role(account, "r")
    client = account.user("poor").client("iam")
    with denied("iam:ListInstanceProfiles"):
        client.list_instance_profiles()
    with denied("iam:ListInstanceProfilesForRole"):
        client.list_instance_profiles_for_role(RoleName="r")
