"""Service-linked roles: made for a service, changed by nobody else."""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import denied, refused

SCALING = "autoscaling.amazonaws.com"
NAME = "AWSServiceRoleForAutoScaling"
POLICY = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
PROTECTED = f"Cannot perform the operation on the protected role '{NAME}' - this role is only modifiable by AWS"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": SCALING}, "Action": "sts:AssumeRole"}]}


@pytest.fixture
def linked(account):
    return account.iam.create_service_linked_role(AWSServiceName=SCALING, Description="Scales")["Role"]


def test_create(account, linked):
    assert linked["RoleName"] == NAME and linked["Path"] == f"/aws-service-role/{SCALING}/"
    assert linked["Arn"] == account.arn(f"role/aws-service-role/{SCALING}/{NAME}")
    assert linked["AssumeRolePolicyDocument"] == TRUST
    got = account.iam.get_role(RoleName=NAME)["Role"]
    assert got["Description"] == "Scales" and got["RoleId"] == linked["RoleId"]
    attached = account.iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AutoScalingServiceRolePolicy", "PolicyArn": POLICY}]
    below = account.iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]
    assert [r["RoleName"] for r in below] == [NAME]


def test_once(account, linked):
    with refused("InvalidInput", f"Service role name {NAME} has been taken in this account, please try a different "
                 "suffix.", 400):
        account.iam.create_service_linked_role(AWSServiceName=SCALING)
    again = account.iam.create_service_linked_role(AWSServiceName=SCALING, CustomSuffix="two")["Role"]
    assert again["RoleName"] == f"{NAME}_two"


def test_not_every_service_takes_a_suffix(account):
    with refused("InvalidInput", "Custom suffix is not allowed for es.amazonaws.com", 400):
        account.iam.create_service_linked_role(AWSServiceName="es.amazonaws.com", CustomSuffix="x")


def test_not_every_service_has_one(account):
    with refused("AccessDenied", "Cannot find Service Linked Role template for nothing.amazonaws.com", 403):
        account.iam.create_service_linked_role(AWSServiceName="nothing.amazonaws.com")


@pytest.mark.parametrize("call, arguments", [
    ("delete_role", {}), ("update_assume_role_policy", {"PolicyDocument": json.dumps(TRUST)}),
    ("update_role", {"MaxSessionDuration": 7200}), ("attach_role_policy", {"PolicyArn": READ_ONLY}),
    ("detach_role_policy", {"PolicyArn": POLICY}), ("delete_role_policy", {"PolicyName": "p"}),
    ("put_role_policy", {"PolicyName": "p", "PolicyDocument": json.dumps(policy("s3:*"))}),
    ("put_role_permissions_boundary", {"PermissionsBoundary": READ_ONLY}), ("delete_role_permissions_boundary", {})])
def test_protected(account, linked, call, arguments):
    with refused("UnmodifiableEntity", PROTECTED, 400):
        getattr(account.iam, call)(RoleName=NAME, **arguments)


def test_not_for_instances(account, linked):
    account.iam.create_instance_profile(InstanceProfileName="p")
    with refused("UnmodifiableEntity", PROTECTED, 400):
        account.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName=NAME)


def test_the_description_may_change(account, linked):
    account.iam.update_role_description(RoleName=NAME, Description="new")
    assert account.iam.get_role(RoleName=NAME)["Role"]["Description"] == "new"
    account.iam.update_role(RoleName=NAME, Description="newer")
    assert account.iam.get_role(RoleName=NAME)["Role"]["Description"] == "newer"


def test_delete(account, linked):
    task = account.iam.delete_service_linked_role(RoleName=NAME)["DeletionTaskId"]
    assert task.startswith(f"task/aws-service-role/{SCALING}/{NAME}/")
    assert account.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with refused("NoSuchEntity", f"The role with name {NAME} cannot be found.", 404):
        account.iam.get_role(RoleName=NAME)
    assert account.iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"] == 0
    account.iam.create_service_linked_role(AWSServiceName=SCALING)


def test_tasks_that_are_not_there(account, other_account, linked):
    task = account.iam.delete_service_linked_role(RoleName=NAME)["DeletionTaskId"]
    with refused("NoSuchEntity", status=404):
        other_account.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    with refused("InvalidInput", status=400):
        account.iam.get_service_linked_role_deletion_status(DeletionTaskId="nonsense")


def test_other_roles_are_deleted_otherwise(account):
    account.role("plain")
    with refused("InvalidInput", status=400):
        account.iam.delete_service_linked_role(RoleName="plain")


def test_without_permission(account, linked):
    client = account.user("poor").client("iam")
    with denied("iam:CreateServiceLinkedRole", account.arn("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")):
        client.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    with denied("iam:DeleteServiceLinkedRole"):
        client.delete_service_linked_role(RoleName=NAME)
    task = account.iam.delete_service_linked_role(RoleName=NAME)["DeletionTaskId"]
    with denied("iam:GetServiceLinkedRoleDeletionStatus"):
        client.get_service_linked_role_deletion_status(DeletionTaskId=task)


def test_a_permission_for_one_service(account):
    rule = statement("iam:CreateServiceLinkedRole", Condition={"StringEquals": {"iam:AWSServiceName": SCALING}})
    client = account.user("ops", policy(rule)).client("iam")
    with denied("iam:CreateServiceLinkedRole"):
        client.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    client.create_service_linked_role(AWSServiceName=SCALING)
