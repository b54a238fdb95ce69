"""Key policies, and keys that have them."""
import json

from harness.account import REGION, statement


def allow(principal, actions="kms:*", **more):
    """A statement of a key policy. principal: an ARN, a list of them, or a whole Principal element."""
    if not isinstance(principal, dict):
        principal = {"AWS": principal}
    return statement(actions, Principal=principal, **more)


def deny(principal, actions="kms:*", **more):
    return allow(principal, actions, effect="Deny", **more)


def key_policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def new_key(account, *statements, region=REGION, **more):
    """The ARN of a key that root made. statements: its policy, whoever that locks out; none: the default one."""
    if statements:
        more.update(Policy=key_policy(*statements), BypassPolicyLockoutSafetyCheck=True)
    return account.client("kms", region=region).create_key(**more)["KeyMetadata"]["Arn"]


def set_policy(account, key, *statements):
    account.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(*statements),
                                         BypassPolicyLockoutSafetyCheck=True)
