"""IAM users: their life, names, paths, boundaries, tags, pages."""
import json
from datetime import datetime, timezone

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused

NO_ONE = "The user with name nobody cannot be found."
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def names(answer):
    return [user["UserName"] for user in answer]


def test_create_and_get(account):
    made = account.iam.create_user(UserName="Alice", Path="/staff/eu/", Tags=[{"Key": "team", "Value": "red"}])["User"]
    assert made["Arn"] == account.arn("user/staff/eu/Alice") and made["Path"] == "/staff/eu/"
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    assert abs((datetime.now(timezone.utc) - made["CreateDate"]).total_seconds()) < 60
    assert made["Tags"] == [{"Key": "team", "Value": "red"}] and "PasswordLastUsed" not in made
    assert account.iam.get_user(UserName="Alice")["User"] == made


def test_the_path_is_a_slash_unless_given(account):
    made = account.iam.create_user(UserName="bob")["User"]
    assert made["Path"] == "/" and made["Arn"] == account.arn("user/bob")
    assert "Tags" not in made and "PermissionsBoundary" not in made


def test_names_are_one_whatever_their_case(account):
    account.iam.create_user(UserName="Bob")
    with refused("EntityAlreadyExists", "User with name bob already exists.", 409):
        account.iam.create_user(UserName="bob")
    with refused("EntityAlreadyExists", "User with name Bob already exists.", 409):
        account.iam.create_user(UserName="Bob", Path="/elsewhere/")
    assert account.iam.get_user(UserName="BOB")["User"]["UserName"] == "Bob"


def test_accounts_do_not_see_each_other(account, other_account):
    account.iam.create_user(UserName="carol")
    with refused("NoSuchEntity", "The user with name carol cannot be found.", 404):
        other_account.iam.get_user(UserName="carol")
    other_account.iam.create_user(UserName="carol")
    assert account.iam.get_user(UserName="carol")["User"]["Arn"] == account.arn("user/carol")


@pytest.mark.parametrize("name", ["sp ace", "sl/ash", "star*", "ünder"])
def test_bad_names(account, name):
    with refused("ValidationError", "The specified value for userName is invalid. It must contain only alphanumeric "
                 "characters and/or the following: +=,.@_-", 400):
        account.iam.create_user(UserName=name)


def test_long_names(account):
    name = "a" * 65
    with refused("ValidationError", f"1 validation error detected: Value '{name}' at 'userName' failed to satisfy "
                 "constraint: Member must have length less than or equal to 64", 400):
        account.iam.create_user(UserName=name)


@pytest.mark.parametrize("name", ["a", "a" * 64, "a_b+c=d,e.f@g-h"])
def test_good_names(account, name):
    assert account.iam.create_user(UserName=name)["User"]["UserName"] == name


@pytest.mark.parametrize("path", ["no-slashes", "/open", "open/", "/sp ace/"])
def test_bad_paths(account, path):
    with refused("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain "
                 "only alphanumeric characters and/or / characters.", 400):
        account.iam.create_user(UserName="dave", Path=path)


def test_long_paths(account):
    with refused("ValidationError", status=400):
        account.iam.create_user(UserName="dave", Path="/" + "a" * 512 + "/")


@pytest.mark.parametrize("call, arguments", [
    ("get_user", {}), ("update_user", {}), ("delete_user", {}), ("list_user_tags", {}),
    ("tag_user", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_user", {"TagKeys": ["k"]}),
    ("delete_user_permissions_boundary", {}), ("put_user_permissions_boundary", {"PermissionsBoundary": READ_ONLY})])
def test_a_user_who_is_not_there(account, call, arguments):
    with refused("NoSuchEntity", NO_ONE, 404):
        getattr(account.iam, call)(UserName="nobody", **arguments)


def test_get_oneself(account):
    user = account.user("erin", policy("iam:GetUser"))
    assert user.client("iam").get_user()["User"]["UserName"] == "erin"
    root = account.iam.get_user()["User"]
    assert root["Arn"] == account.arn("root") and root["UserId"] == account.id and "UserName" not in root


def test_a_session_of_a_role_is_no_user(account):
    creds = account.assume(account.role(policy=policy("iam:*")), account.user(policy=policy("sts:*")).creds)
    with refused("ValidationError", "Must specify userName when calling with non-User credentials", 400):
        account.client("iam", creds=creds).get_user()


def test_list_is_ordered_by_name_and_filtered_by_path(account):
    for name, path in [("zoe", "/"), ("Adam", "/a/"), ("beth", "/a/b/"), ("aaron", "/ab/")]:
        account.iam.create_user(UserName=name, Path=path, Tags=[{"Key": "k", "Value": "v"}])
    every = account.iam.list_users()
    assert names(every["Users"]) == ["aaron", "Adam", "beth", "zoe"] and every["IsTruncated"] is False
    assert all("Tags" not in user for user in every["Users"])
    assert names(account.iam.list_users(PathPrefix="/a/")["Users"]) == ["Adam", "beth"]
    assert names(account.iam.list_users(PathPrefix="/a")["Users"]) == ["aaron", "Adam", "beth"]
    assert names(account.iam.list_users(PathPrefix="/none/")["Users"]) == []
    with refused("ValidationError", status=400):
        account.iam.list_users(PathPrefix="a/")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages(account, size):
    made = [f"user-{i}" for i in range(7)]
    for i, name in enumerate(made):
        account.iam.create_user(UserName=name, Path="/even/" if i % 2 == 0 else "/odd/")
    assert names(pages(account.iam.list_users, "Users", size)) == made
    assert names(pages(account.iam.list_users, "Users", size, PathPrefix="/even/")) == made[::2]


def test_a_page_holds_a_hundred(account):
    for i in range(101):
        account.iam.create_user(UserName=f"user-{i:03}")
    first = account.iam.list_users()
    assert len(first["Users"]) == 100 and first["IsTruncated"] is True
    rest = account.iam.list_users(Marker=first["Marker"])
    assert names(rest["Users"]) == ["user-100"] and rest["IsTruncated"] is False
    assert len(account.iam.list_users(MaxItems=1000)["Users"]) == 101


def test_markers_are_checked(account, other_account):
    for name in "ab":
        account.iam.create_user(UserName=name)
        account.iam.create_group(GroupName=name)
    marker = account.iam.list_users(MaxItems=1)["Marker"]
    for wrong in ["nonsense", marker[:-1], marker + "A", marker.swapcase()]:
        with refused("ValidationError", "Invalid Marker.", 400):
            account.iam.list_users(Marker=wrong)
    with refused("ValidationError", "Invalid Marker.", 400):
        account.iam.list_groups(Marker=marker)
    with refused("ValidationError", "Invalid Marker.", 400):
        other_account.iam.list_users(Marker=marker)


@pytest.mark.parametrize("count", [0, 1001])
def test_max_items_is_bounded(account, count):
    with refused("ValidationError", status=400):
        account.client("iam", parameter_validation=False).list_users(MaxItems=count)


def test_a_page_goes_on_where_it_ended_though_users_come_and_go(account):
    for name in ["a", "c", "e"]:
        account.iam.create_user(UserName=name)
    marker = account.iam.list_users(MaxItems=2)["Marker"]
    account.iam.delete_user(UserName="c")
    account.iam.create_user(UserName="d")
    assert names(account.iam.list_users(Marker=marker)["Users"]) == ["d", "e"]


def test_rename_keeps_everything_but_the_name(account):
    user = account.user("old", policy("iam:ListUsers"))
    account.iam.create_group(GroupName="crew")
    account.iam.add_user_to_group(GroupName="crew", UserName="old")
    account.iam.attach_user_policy(UserName="old", PolicyArn=READ_ONLY)
    before = account.iam.get_user(UserName="old")["User"]
    account.iam.update_user(UserName="old", NewUserName="new", NewPath="/moved/")
    after = account.iam.get_user(UserName="new")["User"]
    assert after["UserId"] == before["UserId"] and after["CreateDate"] == before["CreateDate"]
    assert after["Arn"] == account.arn("user/moved/new")
    with refused("NoSuchEntity", "The user with name old cannot be found.", 404):
        account.iam.get_user(UserName="old")
    assert names(account.iam.get_group(GroupName="crew")["Users"]) == ["new"]
    assert account.iam.list_user_policies(UserName="new")["PolicyNames"] == ["inline"]
    entities = account.iam.list_entities_for_policy(PolicyArn=READ_ONLY)
    assert [u["UserName"] for u in entities["PolicyUsers"]] == ["new"]
    assert user.client("sts").get_caller_identity()["Arn"] == after["Arn"]
    assert user.client("iam").list_users()["Users"]


def test_rename_to_a_name_that_is_taken(account):
    account.iam.create_user(UserName="one")
    account.iam.create_user(UserName="two")
    with refused("EntityAlreadyExists", "User with name TWO already exists.", 409):
        account.iam.update_user(UserName="one", NewUserName="TWO")
    assert account.iam.get_user(UserName="one")
    account.iam.update_user(UserName="one", NewUserName="ONE")
    assert names(account.iam.list_users()["Users"]) == ["ONE", "two"]


def test_rename_needs_permission_on_both_names(account):
    rule = policy(statement("iam:UpdateUser", resource=account.arn("user/a*")))
    client = account.user("actor", rule).client("iam")
    account.iam.create_user(UserName="ann")
    with denied("iam:UpdateUser", account.arn("user/bea")):
        client.update_user(UserName="ann", NewUserName="bea")
    with denied("iam:UpdateUser", account.arn("user/x/ann")):
        client.update_user(UserName="ann", NewPath="/x/")
    client.update_user(UserName="ann", NewUserName="amy")
    assert account.iam.get_user(UserName="amy")


def test_delete(account):
    account.iam.create_user(UserName="gone")
    account.iam.delete_user(UserName="gone")
    with refused("NoSuchEntity", status=404):
        account.iam.get_user(UserName="gone")
    again = account.iam.create_user(UserName="gone")["User"]
    assert again["Arn"] == account.arn("user/gone")


def test_delete_waits_for_what_hangs_on_the_user(account):
    iam = account.iam
    iam.create_user(UserName="busy")
    iam.create_group(GroupName="crew")
    document = json.dumps(policy("iam:Get*"))
    steps = [
        ("remove users from group", lambda: iam.add_user_to_group(GroupName="crew", UserName="busy"),
         lambda: iam.remove_user_from_group(GroupName="crew", UserName="busy")),
        ("detach all policies", lambda: iam.attach_user_policy(UserName="busy", PolicyArn=READ_ONLY),
         lambda: iam.detach_user_policy(UserName="busy", PolicyArn=READ_ONLY)),
        ("delete policies",
         lambda: iam.put_user_policy(UserName="busy", PolicyName="p", PolicyDocument=document),
         lambda: iam.delete_user_policy(UserName="busy", PolicyName="p")),
        ("delete login profile", lambda: iam.create_login_profile(UserName="busy", Password="Sw0rd-fish"),
         lambda: iam.delete_login_profile(UserName="busy"))]
    for what, tie, untie in steps:
        tie()
        with refused("DeleteConflict", f"Cannot delete entity, must {what} first.", 409):
            iam.delete_user(UserName="busy")
        untie()
    key = iam.create_access_key(UserName="busy")["AccessKey"]["AccessKeyId"]
    with refused("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409):
        iam.delete_user(UserName="busy")
    iam.delete_access_key(UserName="busy", AccessKeyId=key)
    iam.put_user_permissions_boundary(UserName="busy", PermissionsBoundary=READ_ONLY)
    iam.delete_user(UserName="busy")
    assert iam.list_entities_for_policy(PolicyArn=READ_ONLY)["PolicyUsers"] == []


def test_boundary(account):
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": READ_ONLY}
    made = account.iam.create_user(UserName="fenced", PermissionsBoundary=READ_ONLY)["User"]
    assert made["PermissionsBoundary"] == boundary
    account.iam.delete_user_permissions_boundary(UserName="fenced")
    assert "PermissionsBoundary" not in account.iam.get_user(UserName="fenced")["User"]
    account.iam.put_user_permissions_boundary(UserName="fenced", PermissionsBoundary=READ_ONLY)
    assert account.iam.get_user(UserName="fenced")["User"]["PermissionsBoundary"] == boundary
    account.iam.put_user_permissions_boundary(
        UserName="fenced", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    assert account.iam.list_entities_for_policy(PolicyArn=READ_ONLY)["PolicyUsers"] == []


def test_boundary_that_is_not_there_leaves_no_user_behind(account):
    with refused("NoSuchEntity", status=404):
        account.iam.create_user(UserName="unborn", PermissionsBoundary=account.arn("policy/none"))
    with refused("NoSuchEntity", status=404):
        account.iam.get_user(UserName="unborn")


def test_boundary_as_a_condition(account):
    """A delegated administrator may make users only inside the boundary; the classic of the user guide."""
    rule = policy(statement(["iam:CreateUser", "iam:PutUserPermissionsBoundary"], Condition={
        "StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}))
    client = account.user("delegate", rule).client("iam")
    with denied("iam:CreateUser"):
        client.create_user(UserName="free")
    client.create_user(UserName="bound", PermissionsBoundary=READ_ONLY)
    with denied("iam:PutUserPermissionsBoundary"):
        client.put_user_permissions_boundary(UserName="bound",
                                             PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    client.put_user_permissions_boundary(UserName="bound", PermissionsBoundary=READ_ONLY)


# -- Tags

def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_tags_live(account):
    account.iam.create_user(UserName="t", Tags=tags(b="2", a="1"))
    account.iam.tag_user(UserName="t", Tags=tags(c="3", b="two"))
    assert account.iam.list_user_tags(UserName="t")["Tags"] == tags(a="1", b="two", c="3")
    account.iam.untag_user(UserName="t", TagKeys=["a", "never"])
    assert account.iam.get_user(UserName="t")["User"]["Tags"] == tags(b="two", c="3")
    account.iam.untag_user(UserName="t", TagKeys=["b", "c"])
    assert account.iam.list_user_tags(UserName="t")["Tags"] == []
    assert "Tags" not in account.iam.get_user(UserName="t")["User"]


def test_tag_keys_of_users_have_no_case(account):
    account.iam.create_user(UserName="t", Tags=tags(Department="finance"))
    account.iam.tag_user(UserName="t", Tags=tags(department="hr"))
    assert account.iam.list_user_tags(UserName="t")["Tags"] == tags(department="hr")
    account.iam.untag_user(UserName="t", TagKeys=["DEPARTMENT"])
    assert account.iam.list_user_tags(UserName="t")["Tags"] == []


def test_tags_that_are_refused(account):
    twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    with refused("InvalidInput", twice, 400):
        account.iam.create_user(UserName="t", Tags=tags(a="1", A="2"))
    account.iam.create_user(UserName="t")
    with refused("InvalidInput", twice, 400):
        account.iam.tag_user(UserName="t", Tags=[*tags(a="1"), *tags(a="2")])
    with refused("InvalidInput", status=400):
        account.iam.tag_user(UserName="t", Tags=[{"Key": "aws:mine", "Value": "x"}])
    for key, value in [("", "x"), ("k" * 129, "x"), ("k", "v" * 257), ("bad!", "x"), ("k", "bad!")]:
        with refused("ValidationError", status=400):
            account.client("iam", parameter_validation=False).tag_user(
                UserName="t", Tags=[{"Key": key, "Value": value}])
    assert account.iam.list_user_tags(UserName="t")["Tags"] == []


def test_at_most_fifty_tags(account):
    account.iam.create_user(UserName="t", Tags=tags(**{f"k{i}": "v" for i in range(50)}))
    with refused("LimitExceeded", "Cannot exceed quota for TagsPerUser: 50", 409):
        account.iam.tag_user(UserName="t", Tags=tags(one="more"))
    account.iam.tag_user(UserName="t", Tags=tags(k0="new"))
    with refused("ValidationError", status=400):
        account.iam.tag_user(UserName="t", Tags=tags(**{f"k{i}": "v" for i in range(51)}))
    assert len(pages(account.iam.list_user_tags, "Tags", 7, UserName="t")) == 50


def test_tags_are_conditions(account):
    rule = policy(statement("iam:GetUser", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}),
                  statement("iam:ListUserTags", Condition={"StringEquals": {"iam:ResourceTag/team": "red"}}),
                  statement(["iam:CreateUser", "iam:TagUser"],
                            Condition={"StringEquals": {"aws:RequestTag/team": "red"},
                                       "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}))
    client = account.user("tagger", rule).client("iam")
    account.iam.create_user(UserName="r", Tags=tags(team="red"))
    account.iam.create_user(UserName="b", Tags=tags(team="blue"))
    assert client.get_user(UserName="r") and client.list_user_tags(UserName="r")
    with denied("iam:GetUser", account.arn("user/b")):
        client.get_user(UserName="b")
    with denied("iam:ListUserTags", account.arn("user/b")):
        client.list_user_tags(UserName="b")
    client.create_user(UserName="n", Tags=tags(team="red"))
    with denied("iam:CreateUser"):
        client.create_user(UserName="m", Tags=tags(team="blue"))
    with denied("iam:CreateUser"):
        client.create_user(UserName="m", Tags=tags(team="red", more="x"))


def test_tagging_at_creation_needs_the_permission_to_tag(account):
    client = account.user("maker", policy("iam:CreateUser")).client("iam")
    client.create_user(UserName="plain")
    with denied("iam:TagUser", account.arn("user/tagged")):
        client.create_user(UserName="tagged", Tags=tags(a="b"))


# -- Permission

@pytest.mark.parametrize("call, arguments, action", [
    ("create_user", {"UserName": "x"}, "iam:CreateUser"), ("get_user", {"UserName": "victim"}, "iam:GetUser"),
    ("get_user", {}, "iam:GetUser"), ("list_users", {}, "iam:ListUsers"),
    ("update_user", {"UserName": "victim", "NewUserName": "x"}, "iam:UpdateUser"),
    ("delete_user", {"UserName": "victim"}, "iam:DeleteUser"), ("delete_user", {"UserName": "none"}, "iam:DeleteUser"),
    ("tag_user", {"UserName": "victim", "Tags": tags(a="b")}, "iam:TagUser"),
    ("untag_user", {"UserName": "victim", "TagKeys": ["a"]}, "iam:UntagUser"),
    ("list_user_tags", {"UserName": "victim"}, "iam:ListUserTags"),
    ("put_user_permissions_boundary", {"UserName": "victim", "PermissionsBoundary": READ_ONLY},
     "iam:PutUserPermissionsBoundary"),
    ("delete_user_permissions_boundary", {"UserName": "victim"}, "iam:DeleteUserPermissionsBoundary")])
def test_without_permission(account, call, arguments, action):
    account.iam.create_user(UserName="victim")
    client = account.user("weak").client("iam")
    with denied(action):
        getattr(client, call)(**arguments)
    assert account.iam.get_user(UserName="victim")["User"]["UserName"] == "victim"


def test_users_are_counted_to_their_quota(account):
    summary = account.iam.get_account_summary()["SummaryMap"]
    assert summary["Users"] == 0 and summary["UsersQuota"] == 5000
    account.iam.create_user(UserName="a")
    account.iam.create_user(UserName="b")
    account.iam.delete_user(UserName="a")
    assert account.iam.get_account_summary()["SummaryMap"]["Users"] == 1
