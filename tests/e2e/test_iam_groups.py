"""IAM groups and who is in them."""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def group_names(rows):
    return [row["GroupName"] for row in rows]


def user_names(rows):
    return [row["UserName"] for row in rows]


def test_create_and_get(account):
    made = account.iam.create_group(GroupName="Devs", Path="/eu/")["Group"]
    assert made["Arn"] == account.arn("group/eu/Devs") and made["GroupId"].startswith("AGPA")
    assert len(made["GroupId"]) == 21 and made["CreateDate"]
    answer = account.iam.get_group(GroupName="Devs")
    assert answer["Group"] == made and answer["Users"] == [] and answer["IsTruncated"] is False


def test_names(account):
    account.iam.create_group(GroupName="ADMINS")
    with refused("EntityAlreadyExists", "Group with name admins already exists.", 409):
        account.iam.create_group(GroupName="admins")
    account.iam.create_group(GroupName="g" * 128)
    for name in ["g" * 129, "sp ace", "a/b"]:
        with refused("ValidationError", status=400):
            account.iam.create_group(GroupName=name)


@pytest.mark.parametrize("call, arguments", [
    ("get_group", {}), ("delete_group", {}), ("update_group", {}), ("add_user_to_group", {"UserName": "u"}),
    ("remove_user_from_group", {"UserName": "u"})])
def test_a_group_that_is_not_there(account, call, arguments):
    account.iam.create_user(UserName="u")
    with refused("NoSuchEntity", "The group with name none cannot be found.", 404):
        getattr(account.iam, call)(GroupName="none", **arguments)


def test_list(account):
    for name, path in [("zebras", "/"), ("Ants", "/a/"), ("bees", "/a/b/")]:
        account.iam.create_group(GroupName=name, Path=path)
    assert group_names(account.iam.list_groups()["Groups"]) == ["Ants", "bees", "zebras"]
    assert group_names(account.iam.list_groups(PathPrefix="/a/b")["Groups"]) == ["bees"]
    assert group_names(pages(account.iam.list_groups, "Groups", 1)) == ["Ants", "bees", "zebras"]
    with refused("ValidationError", "Invalid Marker.", 400):
        account.iam.list_groups(Marker="x")


def test_members(account):
    iam = account.iam
    for name in ["uma", "Bo", "al"]:
        iam.create_user(UserName=name)
    for name in ["one", "Two"]:
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="Bo")
    iam.add_user_to_group(GroupName="one", UserName="uma")
    iam.add_user_to_group(GroupName="one", UserName="uma")
    iam.add_user_to_group(GroupName="one", UserName="al")
    assert user_names(iam.get_group(GroupName="one")["Users"]) == ["al", "Bo", "uma"]
    assert user_names(pages(iam.get_group, "Users", 2, GroupName="one")) == ["al", "Bo", "uma"]
    assert group_names(iam.list_groups_for_user(UserName="Bo")["Groups"]) == ["one", "Two"]
    assert group_names(pages(iam.list_groups_for_user, "Groups", 1, UserName="Bo")) == ["one", "Two"]
    iam.remove_user_from_group(GroupName="one", UserName="Bo")
    assert user_names(iam.get_group(GroupName="one")["Users"]) == ["al", "uma"]
    assert group_names(iam.list_groups_for_user(UserName="Bo")["Groups"]) == ["Two"]
    iam.remove_user_from_group(GroupName="one", UserName="Bo")


def test_members_must_exist(account):
    account.iam.create_group(GroupName="g")
    for call in (account.iam.add_user_to_group, account.iam.remove_user_from_group):
        with refused("NoSuchEntity", "The user with name none cannot be found.", 404):
            call(GroupName="g", UserName="none")
    with refused("NoSuchEntity", "The user with name none cannot be found.", 404):
        account.iam.list_groups_for_user(UserName="none")


def test_at_most_ten_groups_a_user(account):
    account.iam.create_user(UserName="u")
    for i in range(11):
        account.iam.create_group(GroupName=f"g{i}")
    for i in range(10):
        account.iam.add_user_to_group(GroupName=f"g{i}", UserName="u")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", 409):
        account.iam.add_user_to_group(GroupName="g10", UserName="u")
    account.iam.add_user_to_group(GroupName="g0", UserName="u")
    assert len(account.iam.list_groups_for_user(UserName="u")["Groups"]) == 10


def test_three_hundred_groups_an_account(account):
    for i in range(300):
        account.iam.create_group(GroupName=f"g{i}")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 300", 409):
        account.iam.create_group(GroupName="one-more")
    account.iam.delete_group(GroupName="g7")
    account.iam.create_group(GroupName="one-more")
    summary = account.iam.get_account_summary()["SummaryMap"]
    assert summary["Groups"] == 300 and summary["GroupsQuota"] == 300


def test_rename(account):
    iam = account.iam
    user = account.user("u")
    iam.create_group(GroupName="old")
    iam.add_user_to_group(GroupName="old", UserName="u")
    iam.attach_group_policy(GroupName="old", PolicyArn=READ_ONLY)
    before = iam.get_group(GroupName="old")["Group"]
    iam.update_group(GroupName="old", NewGroupName="new", NewPath="/p/")
    after = iam.get_group(GroupName="new")
    assert after["Group"]["GroupId"] == before["GroupId"] and after["Group"]["Arn"] == account.arn("group/p/new")
    assert user_names(after["Users"]) == ["u"]
    assert group_names(iam.list_groups_for_user(UserName="u")["Groups"]) == ["new"]
    assert group_names(iam.list_entities_for_policy(PolicyArn=READ_ONLY)["PolicyGroups"]) == ["new"]
    assert user.client("iam").list_users()["Users"]
    iam.create_group(GroupName="other")
    with refused("EntityAlreadyExists", "Group with name other already exists.", 409):
        iam.update_group(GroupName="new", NewGroupName="other")


def test_delete_waits_for_what_hangs_on_the_group(account):
    iam = account.iam
    iam.create_group(GroupName="g")
    iam.create_user(UserName="u")
    iam.add_user_to_group(GroupName="g", UserName="u")
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first.", 409):
        iam.delete_group(GroupName="g")
    iam.remove_user_from_group(GroupName="g", UserName="u")
    iam.attach_group_policy(GroupName="g", PolicyArn=READ_ONLY)
    with refused("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409):
        iam.delete_group(GroupName="g")
    iam.detach_group_policy(GroupName="g", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=json.dumps(policy("iam:Get*")))
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first.", 409):
        iam.delete_group(GroupName="g")
    iam.delete_group_policy(GroupName="g", PolicyName="p")
    iam.delete_group(GroupName="g")
    with refused("NoSuchEntity", status=404):
        iam.get_group(GroupName="g")


def test_group_policies_reach_members_while_they_are_members(account):
    client = account.user("member").client("iam")
    account.iam.create_group(GroupName="readers")
    account.iam.put_group_policy(GroupName="readers", PolicyName="p",
                                 PolicyDocument=json.dumps(policy("iam:ListUsers")))
    with denied("iam:ListUsers"):
        client.list_users()
    account.iam.add_user_to_group(GroupName="readers", UserName="member")
    assert client.list_users()["Users"]
    account.iam.put_group_policy(GroupName="readers", PolicyName="no",
                                 PolicyDocument=json.dumps(policy(statement("iam:ListUsers", "Deny"))))
    with denied("iam:ListUsers"):
        client.list_users()
    account.iam.delete_group_policy(GroupName="readers", PolicyName="no")
    assert client.list_users()["Users"]
    account.iam.remove_user_from_group(GroupName="readers", UserName="member")
    with denied("iam:ListUsers"):
        client.list_users()


def test_a_deleted_user_leaves_its_groups_free(account):
    account.iam.create_group(GroupName="g")
    account.iam.create_user(UserName="u")
    account.iam.add_user_to_group(GroupName="g", UserName="u")
    account.iam.remove_user_from_group(GroupName="g", UserName="u")
    account.iam.delete_user(UserName="u")
    account.iam.create_user(UserName="u")
    assert account.iam.list_groups_for_user(UserName="u")["Groups"] == []
    account.iam.delete_group(GroupName="g")


@pytest.mark.parametrize("call, arguments, action, resource", [
    ("create_group", {"GroupName": "x"}, "iam:CreateGroup", "group/x"),
    ("create_group", {"GroupName": "x", "Path": "/p/"}, "iam:CreateGroup", "group/p/x"),
    ("get_group", {"GroupName": "g"}, "iam:GetGroup", "group/p/g"), ("list_groups", {}, "iam:ListGroups", "group/"),
    ("update_group", {"GroupName": "g", "NewGroupName": "x"}, "iam:UpdateGroup", "group/p/g"),
    ("delete_group", {"GroupName": "g"}, "iam:DeleteGroup", "group/p/g"),
    ("add_user_to_group", {"GroupName": "g", "UserName": "weak"}, "iam:AddUserToGroup", "group/p/g"),
    ("remove_user_from_group", {"GroupName": "g", "UserName": "weak"}, "iam:RemoveUserFromGroup", "group/p/g"),
    ("list_groups_for_user", {"UserName": "weak"}, "iam:ListGroupsForUser", "user/weak")])
def test_without_permission(account, call, arguments, action, resource):
    account.iam.create_group(GroupName="g", Path="/p/")
    client = account.user("weak").client("iam")
    with denied(action, account.arn(resource)):
        getattr(client, call)(**arguments)
