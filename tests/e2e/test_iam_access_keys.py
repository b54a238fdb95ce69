"""IAM access keys: two a user, switched off and on, deleted, seen in use."""
import time
from datetime import datetime, timezone

import pytest

from harness.account import policy, statement
from harness.credentials import Credentials
from harness.refusals import denied, pages, refused


def key_ids(answer):
    return [row["AccessKeyId"] for row in answer]


def test_create(account):
    account.iam.create_user(UserName="u")
    key = account.iam.create_access_key(UserName="u")["AccessKey"]
    assert key["UserName"] == "u" and key["Status"] == "Active" and key["CreateDate"]
    assert key["AccessKeyId"].startswith("AKIA") and len(key["AccessKeyId"]) == 20
    assert len(key["SecretAccessKey"]) == 40
    me = account.client("sts", creds=Credentials.of(key)).get_caller_identity()
    assert me["Arn"] == account.arn("user/u") and me["Account"] == account.id


def test_list_shows_no_secrets(account):
    account.iam.create_user(UserName="u")
    made = [account.iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    rows = account.iam.list_access_keys(UserName="u")["AccessKeyMetadata"]
    assert sorted(key_ids(rows)) == sorted(made)
    assert all(set(row) == {"UserName", "AccessKeyId", "Status", "CreateDate"} for row in rows)
    assert key_ids(pages(account.iam.list_access_keys, "AccessKeyMetadata", 1, UserName="u")) == key_ids(rows)


def test_at_most_two(account):
    account.iam.create_user(UserName="u")
    keys = [account.iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409):
        account.iam.create_access_key(UserName="u")
    account.iam.update_access_key(UserName="u", AccessKeyId=keys[0], Status="Inactive")
    with refused("LimitExceeded", status=409):
        account.iam.create_access_key(UserName="u")
    account.iam.delete_access_key(UserName="u", AccessKeyId=keys[0])
    account.iam.create_access_key(UserName="u")


def test_inactive_and_active_again(account):
    user = account.user("u", policy("iam:ListUsers"))
    key = user.creds.access_key
    client = user.client("iam")
    assert client.list_users()["Users"]
    account.iam.update_access_key(UserName="u", AccessKeyId=key, Status="Inactive")
    assert account.iam.list_access_keys(UserName="u")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
        client.list_users()
    account.iam.update_access_key(UserName="u", AccessKeyId=key, Status="Active")
    assert client.list_users()["Users"]


def test_deleted_key(account):
    user = account.user("u", policy("iam:ListUsers"))
    account.iam.delete_access_key(UserName="u", AccessKeyId=user.creds.access_key)
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
        user.client("iam").list_users()
    assert account.iam.list_access_keys(UserName="u")["AccessKeyMetadata"] == []


def test_status_must_be_one_of_two(account):
    key = account.user("u").creds.access_key
    with refused("ValidationError", status=400):
        account.iam.update_access_key(UserName="u", AccessKeyId=key, Status="Asleep")
    with refused("InvalidInput", status=400):
        account.iam.update_access_key(UserName="u", AccessKeyId=key, Status="Expired")


def test_keys_of_others_cannot_be_found(account, other_account):
    mine, other = account.user("mine"), account.user("other")
    foreign = other_account.user("foreign").creds.access_key
    for key in [other.creds.access_key, foreign, "AKIAIOSFODNN7EXAMPLE"]:
        missing = f"The Access Key with id {key} cannot be found."
        with refused("NoSuchEntity", missing, 404):
            account.iam.delete_access_key(UserName="mine", AccessKeyId=key)
        with refused("NoSuchEntity", missing, 404):
            account.iam.update_access_key(UserName="mine", AccessKeyId=key, Status="Inactive")
    with refused("NoSuchEntity", f"The Access Key with id {foreign} cannot be found.", 404):
        account.iam.get_access_key_last_used(AccessKeyId=foreign)
    assert mine.client("sts").get_caller_identity()


@pytest.mark.parametrize("call, arguments", [
    ("create_access_key", {}), ("list_access_keys", {}), ("delete_access_key", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
    ("update_access_key", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active"})])
def test_a_user_who_is_not_there(account, call, arguments):
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        getattr(account.iam, call)(UserName="nobody", **arguments)


def test_users_keep_their_own_keys(account):
    """Without a name the caller is meant; the self-service policy of the user guide names only its own user."""
    user = account.user("self", policy(statement("iam:*AccessKey*", resource=account.arn("user/${aws:username}"))))
    client = user.client("iam")
    second = client.create_access_key()["AccessKey"]
    assert second["UserName"] == "self"
    assert len(client.list_access_keys()["AccessKeyMetadata"]) == 2
    client.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    client.delete_access_key(AccessKeyId=second["AccessKeyId"])
    account.iam.create_user(UserName="other")
    with denied("iam:CreateAccessKey", account.arn("user/other")):
        client.create_access_key(UserName="other")


def test_keys_of_the_root_user(account):
    assert key_ids(account.iam.list_access_keys()["AccessKeyMetadata"]) == [account.root.access_key]
    key = account.iam.create_access_key()["AccessKey"]
    assert "UserName" not in key
    again = account.client("iam", creds=Credentials.of(key))
    assert again.get_user()["User"]["Arn"] == account.arn("root")
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409):
        account.iam.create_access_key()
    assert account.iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 1
    account.iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    with refused("InvalidClientTokenId", status=403):
        again.get_user()


def test_sessions_have_no_keys_of_their_own(account):
    creds = account.assume(account.role(policy=policy("iam:*")), account.user(policy=policy("sts:*")).creds)
    client = account.client("iam", creds=creds)
    for call in (client.list_access_keys, client.create_access_key):
        with refused("ValidationError", "Must specify userName when calling with non-User credentials", 400):
            call()


def test_last_used(account):
    user = account.user("u", policy("sts:*", "iam:*"))
    key = user.creds.access_key
    never = account.iam.get_access_key_last_used(AccessKeyId=key)
    assert never["UserName"] == "u"
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    user.client("sts", region="eu-west-1").get_caller_identity()
    end = time.monotonic() + 20
    while "LastUsedDate" not in (row := account.iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]):
        assert time.monotonic() < end, "the use was not noted"
        time.sleep(0.05)
    assert row["ServiceName"] == "sts" and row["Region"] == "eu-west-1"
    assert abs((datetime.now(timezone.utc) - row["LastUsedDate"]).total_seconds()) < 120


@pytest.mark.parametrize("call, arguments, action", [
    ("create_access_key", {"UserName": "victim"}, "iam:CreateAccessKey"),
    ("create_access_key", {}, "iam:CreateAccessKey"),
    ("list_access_keys", {"UserName": "victim"}, "iam:ListAccessKeys"),
    ("update_access_key", {"UserName": "victim", "Status": "Inactive"}, "iam:UpdateAccessKey"),
    ("delete_access_key", {"UserName": "victim"}, "iam:DeleteAccessKey"),
    ("get_access_key_last_used", {}, "iam:GetAccessKeyLastUsed")])
def test_without_permission(account, call, arguments, action):
    victim = account.user("victim").creds.access_key
    client = account.user("weak").client("iam")
    if "access_key" in call and call not in ("create_access_key", "list_access_keys"):
        arguments = {**arguments, "AccessKeyId": victim}
    with denied(action, account.arn("user/")):
        getattr(client, call)(**arguments)
    assert account.iam.list_access_keys(UserName="victim")["AccessKeyMetadata"][0]["Status"] == "Active"
