"""Attaching managed policies to users, groups and roles; permissions boundaries."""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
IAM_READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
LINKED = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
EC2 = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
QUOTAS = {"user": 10, "group": 10, "role": 20}


class Owner:
    """A user, group or role, and the operations on its policies under one name each."""

    def __init__(self, account, kind, name="owner"):
        self.iam, self.kind, self.name = account.iam, kind, {f"{kind.capitalize()}Name": name}
        if kind == "role":
            account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)
        else:
            getattr(account.iam, f"create_{kind}")(**self.name)

    def attach(self, arn):
        getattr(self.iam, f"attach_{self.kind}_policy")(**self.name, PolicyArn=arn)

    def detach(self, arn):
        getattr(self.iam, f"detach_{self.kind}_policy")(**self.name, PolicyArn=arn)

    def list_call(self):
        return getattr(self.iam, f"list_attached_{self.kind}_policies")

    def attached(self, **more):
        return {p["PolicyName"] for p in self.list_call()(**self.name, **more)["AttachedPolicies"]}


@pytest.fixture(params=["user", "group", "role"])
def owner(request, account):
    return Owner(account, request.param)


def make(account, name, **more):
    return account.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy("s3:*")), **more)["Policy"]["Arn"]


def count(account, arn):
    return account.iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"]


def test_attach_and_detach(account, owner):
    own = make(account, "own", Path="/team/")
    owner.attach(own)
    owner.attach(ADMIN)
    owner.attach(own)  # again is no error
    listed = owner.list_call()(**owner.name)
    assert {p["PolicyArn"]: p["PolicyName"] for p in listed["AttachedPolicies"]} == {
        own: "own", ADMIN: "AdministratorAccess"}
    assert listed["IsTruncated"] is False
    assert owner.attached(PathPrefix="/team/") == {"own"} and owner.attached(PathPrefix="/none/") == set()
    assert count(account, own) == 1 and count(account, ADMIN) == 1
    owner.detach(own)
    assert owner.attached() == {"AdministratorAccess"} and count(account, own) == 0
    with refused("NoSuchEntity", f"Policy {own} was not found.", 404):
        owner.detach(own)


def test_a_policy_that_is_not_there(account, owner):
    for arn in [account.arn("policy/nothing"), "arn:aws:iam::aws:policy/NothingOfAWS"]:
        with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404):
            owner.attach(arn)
        with refused("NoSuchEntity", f"Policy {arn} was not found.", 404):
            owner.detach(arn)
    wrong = account.arn("role/not-a-policy")
    for call in (owner.attach, owner.detach):
        with refused("InvalidInput", f"ARN {wrong} is not valid.", 400):
            call(wrong)


def test_policies_of_linked_roles_are_for_them_alone(owner):
    with refused("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.", 400):
        owner.attach(LINKED)


def test_the_quota(account, owner):
    quota = QUOTAS[owner.kind]
    made = [make(account, f"p{i}") for i in range(quota + 1)]
    for arn in made[:-1]:
        owner.attach(arn)
    with refused("LimitExceeded", f"Cannot exceed quota for PoliciesPer{owner.kind.capitalize()}: {quota}", 409):
        owner.attach(made[-1])
    owner.attach(made[0])
    owner.detach(made[0])
    owner.attach(made[-1])


@pytest.mark.parametrize("size", [1, 3])
def test_pages(account, owner, size):
    made = [make(account, f"p{i}") for i in range(5)] + [ADMIN]
    for arn in made:
        owner.attach(arn)
    listed = pages(owner.list_call(), "AttachedPolicies", size, **owner.name)
    assert [p["PolicyArn"] for p in listed] == made


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_an_owner_that_is_not_there(account, kind):
    name = {f"{kind.capitalize()}Name": "nobody"}
    for call in (f"attach_{kind}_policy", f"detach_{kind}_policy"):
        with refused("NoSuchEntity", f"The {kind} with name nobody cannot be found.", 404):
            getattr(account.iam, call)(**name, PolicyArn=ADMIN)
    with refused("NoSuchEntity", f"The {kind} with name nobody cannot be found.", 404):
        getattr(account.iam, f"list_attached_{kind}_policies")(**name)


def test_without_permission(account, owner):
    client = account.user("poor").client("iam")
    for verb in ("attach", "detach"):
        with denied(f"iam:{verb.capitalize()}{owner.kind.capitalize()}Policy"):
            getattr(client, f"{verb}_{owner.kind}_policy")(**owner.name, PolicyArn=ADMIN)
    with denied(f"iam:ListAttached{owner.kind.capitalize()}Policies"):
        getattr(client, f"list_attached_{owner.kind}_policies")(**owner.name)


def test_attaching_may_be_limited_to_some_policies(account, owner):
    rule = statement(f"iam:Attach{owner.kind.capitalize()}Policy",
                     Condition={"ArnEquals": {"iam:PolicyARN": IAM_READ}})
    client = account.user("helper", policy(rule)).client("iam")
    call = getattr(client, f"attach_{owner.kind}_policy")
    with denied(f"iam:Attach{owner.kind.capitalize()}Policy"):
        call(**owner.name, PolicyArn=ADMIN)
    call(**owner.name, PolicyArn=IAM_READ)


def test_attached_policies_work_at_once(account):
    user = account.user("u")
    client = user.client("iam")
    with denied("iam:ListUsers"):
        client.list_users()
    account.iam.attach_user_policy(UserName="u", PolicyArn=IAM_READ)
    client.list_users()
    with denied("iam:CreateGroup"):
        client.create_group(GroupName="g")
    account.iam.detach_user_policy(UserName="u", PolicyArn=IAM_READ)
    with denied("iam:ListUsers"):
        client.list_users()
    account.iam.create_group(GroupName="crew")
    account.iam.attach_group_policy(GroupName="crew", PolicyArn=ADMIN)
    account.iam.add_user_to_group(GroupName="crew", UserName="u")
    client.create_group(GroupName="g")


# -- Boundaries

def test_a_boundary_limits(account):
    user = account.user("u", policy("iam:*"))
    account.iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=READ_ONLY)
    client = user.client("iam")
    client.list_users()
    with denied("iam:CreateGroup"):
        client.create_group(GroupName="g")
    account.iam.delete_user_permissions_boundary(UserName="u")
    client.create_group(GroupName="g")


def test_who_may_only_touch_the_bounded(account):
    """iam:PermissionsBoundary is a key of some operations, not of all that concern a user."""
    only_bounded = statement("iam:*", Condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}})
    client = account.user("delegate", policy(only_bounded)).client("iam")
    client.create_user(UserName="bounded", PermissionsBoundary=READ_ONLY)
    client.attach_user_policy(UserName="bounded", PolicyArn=READ_ONLY)
    client.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=READ_ONLY)
    with denied("iam:PutUserPermissionsBoundary", account.arn("user/bounded")):
        client.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=ADMIN)
    with denied("iam:CreateAccessKey", account.arn("user/bounded")):
        client.create_access_key(UserName="bounded")
    with denied("iam:DeleteUser", account.arn("user/bounded")):
        client.delete_user(UserName="bounded")
    client.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, PermissionsBoundary=READ_ONLY)
    client.update_assume_role_policy(RoleName="r", PolicyDocument=EC2)
    with denied("iam:TagRole", account.arn("role/r")):
        client.tag_role(RoleName="r", Tags=[{"Key": "a", "Value": "b"}])


@pytest.mark.parametrize("kind", ["user", "role"])
def test_put_and_delete_boundaries(account, kind):
    owner = Owner(account, kind)
    own = make(account, "own")
    put = getattr(account.iam, f"put_{kind}_permissions_boundary")
    drop = getattr(account.iam, f"delete_{kind}_permissions_boundary")

    def shown():
        return getattr(account.iam, f"get_{kind}")(**owner.name)[kind.capitalize()].get("PermissionsBoundary")

    def uses(arn):
        return account.iam.get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"]

    put(**owner.name, PermissionsBoundary=own)
    assert shown() == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": own}
    assert uses(own) == 1 and count(account, own) == 0
    put(**owner.name, PermissionsBoundary=READ_ONLY)
    assert shown()["PermissionsBoundaryArn"] == READ_ONLY and uses(own) == 0 and uses(READ_ONLY) == 1
    assert owner.attached() == set()
    drop(**owner.name)
    assert shown() is None and uses(READ_ONLY) == 0
    missing = account.arn("policy/nothing")
    with refused("NoSuchEntity", f"Scope ARN: {missing} does not exist or is not attachable.", 404):
        put(**owner.name, PermissionsBoundary=missing)
    with refused("InvalidInput", status=400):
        put(**owner.name, PermissionsBoundary=account.arn("user/not-a-policy"))
    with refused("PolicyNotAttachable", status=400):
        put(**owner.name, PermissionsBoundary=LINKED)
    for call, more in [(put, {"PermissionsBoundary": own}), (drop, {})]:
        with refused("NoSuchEntity", f"The {kind} with name nobody cannot be found.", 404):
            call(**{key: "nobody" for key in owner.name}, **more)
    poor = account.user("poor").client("iam")
    for verb, more in [("put", {"PermissionsBoundary": own}), ("delete", {})]:
        with denied(f"iam:{verb.capitalize()}{kind.capitalize()}PermissionsBoundary"):
            getattr(poor, f"{verb}_{kind}_permissions_boundary")(**owner.name, **more)


def test_a_boundary_at_creation_must_be_there(account):
    missing = account.arn("policy/nothing")
    text = f"Scope ARN: {missing} does not exist or is not attachable."
    with refused("NoSuchEntity", text, 404):
        account.iam.create_user(UserName="u", PermissionsBoundary=missing)
    with refused("NoSuchEntity", text, 404):
        account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, PermissionsBoundary=missing)
    assert account.iam.list_users()["Users"] == [] and account.iam.list_roles()["Roles"] == []
