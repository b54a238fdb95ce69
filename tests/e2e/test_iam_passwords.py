"""IAM login profiles, the change of one's own password, and the account's password policy."""
import pytest

from harness.account import policy
from harness.refusals import denied, refused
from harness.sign_in import Browser, is_in

GOOD, OTHER, THIRD = "Sw0rd-fish", "Tr0ut-salmon", "P1ke-and-perch"
NO_PROFILE = "Login Profile for User {} cannot be found."


def test_login_profile(account):
    account.iam.create_user(UserName="u")
    with refused("NoSuchEntity", NO_PROFILE.format("u"), 404):
        account.iam.get_login_profile(UserName="u")
    made = account.iam.create_login_profile(UserName="u", Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert made["UserName"] == "u" and made["PasswordResetRequired"] is True and made["CreateDate"]
    assert account.iam.get_login_profile(UserName="u")["LoginProfile"] == made
    with refused("EntityAlreadyExists", "Login Profile for user u already exists.", 409):
        account.iam.create_login_profile(UserName="u", Password=GOOD)
    account.iam.update_login_profile(UserName="u", Password=OTHER, PasswordResetRequired=False)
    changed = account.iam.get_login_profile(UserName="u")["LoginProfile"]
    assert changed["PasswordResetRequired"] is False and changed["CreateDate"] == made["CreateDate"]
    account.iam.delete_login_profile(UserName="u")
    for call in (account.iam.delete_login_profile, account.iam.update_login_profile):
        with refused("NoSuchEntity", NO_PROFILE.format("u"), 404):
            call(UserName="u")


@pytest.mark.parametrize("call, arguments", [
    ("create_login_profile", {"Password": GOOD}), ("get_login_profile", {}), ("update_login_profile", {}),
    ("delete_login_profile", {})])
def test_a_user_who_is_not_there(account, call, arguments):
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        getattr(account.iam, call)(UserName="nobody", **arguments)


@pytest.mark.parametrize("password", ["Sh0rt-p", "onlylowercase", "lower-and-symbols", "UPPERlower"])
def test_default_password_policy(account, password):
    account.iam.create_user(UserName="u")
    with refused("PasswordPolicyViolation", status=400):
        account.iam.create_login_profile(UserName="u", Password=password)
    with refused("NoSuchEntity", status=404):
        account.iam.get_login_profile(UserName="u")


@pytest.mark.parametrize("password", ["Abcdefg1", "abcdefg1-", "ABCDEFG1-", "Abcdefg-"])
def test_three_kinds_of_characters_are_enough(account, password):
    account.iam.create_user(UserName="u")
    account.iam.create_login_profile(UserName="u", Password=password)


def test_change_password(account):
    user = account.user("u", policy("iam:ChangePassword"))
    client = user.client("iam")
    with refused("NoSuchEntity", NO_PROFILE.format("u"), 404):
        client.change_password(OldPassword=GOOD, NewPassword=OTHER)
    account.iam.create_login_profile(UserName="u", Password=GOOD, PasswordResetRequired=True)
    with refused("AccessDenied", "The old password was incorrect.", 403):
        client.change_password(OldPassword=THIRD, NewPassword=OTHER)
    with refused("PasswordPolicyViolation", status=400):
        client.change_password(OldPassword=GOOD, NewPassword="weak")
    client.change_password(OldPassword=GOOD, NewPassword=OTHER)
    assert account.iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"] is False
    with refused("AccessDenied", status=403):
        client.change_password(OldPassword=GOOD, NewPassword=THIRD)
    client.change_password(OldPassword=OTHER, NewPassword=GOOD)


def test_only_users_change_their_password(account):
    with refused("InvalidUserType", status=400):
        account.iam.change_password(OldPassword=GOOD, NewPassword=OTHER)
    creds = account.assume(account.role(policy=policy("iam:*")), account.user(policy=policy("sts:*")).creds)
    with refused("InvalidUserType", status=400):
        account.client("iam", creds=creds).change_password(OldPassword=GOOD, NewPassword=OTHER)


def test_guesses_at_the_old_password_end(account):
    """An access key is no way to find out a password. Right ones are no guesses."""
    user = account.user("u", policy("iam:ChangePassword"))
    client = user.client("iam")
    account.iam.create_login_profile(UserName="u", Password=GOOD)
    for old, new in ((GOOD, OTHER), (OTHER, GOOD)):
        client.change_password(OldPassword=old, NewPassword=new)
    for number in range(10):
        with refused("AccessDenied", "The old password was incorrect."):
            client.change_password(OldPassword=f"Gu3ss-at-it-{number}", NewPassword=OTHER)
    with refused("AccessDenied", "The old password was incorrect."):
        client.change_password(OldPassword=GOOD, NewPassword=OTHER)
    assert is_in(Browser(account.server).sign_in(account, "u", GOOD))  # who knows it is not locked out by whoever guesses here


def test_change_password_needs_permission_or_the_password_policy(account):
    client = account.user("u").client("iam")
    account.iam.create_login_profile(UserName="u", Password=GOOD)
    with denied("iam:ChangePassword", account.arn("user/u")):
        client.change_password(OldPassword=GOOD, NewPassword=OTHER)
    with denied("iam:GetAccountPasswordPolicy"):
        client.get_account_password_policy()
    account.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    assert client.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    client.change_password(OldPassword=GOOD, NewPassword=OTHER)
    account.iam.update_account_password_policy(AllowUsersToChangePassword=False)
    with denied("iam:ChangePassword", account.arn("user/u")):
        client.change_password(OldPassword=OTHER, NewPassword=GOOD)


@pytest.mark.parametrize("path", ['/a"b\\/', "/*/", "/${aws:username}/"])
def test_the_password_policy_lets_users_of_any_path_change_their_password(account, path):
    account.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    client = account.user("u", Path=path).client("iam")
    account.iam.create_login_profile(UserName="u", Password=GOOD)
    client.change_password(OldPassword=GOOD, NewPassword=OTHER)


def test_password_policy(account):
    missing = f"The Password Policy with domain name {account.id} cannot be found."
    with refused("NoSuchEntity", missing, 404):
        account.iam.get_account_password_policy()
    with refused("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.", 404):
        account.iam.delete_account_password_policy()
    account.iam.update_account_password_policy()
    assert account.iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6, "RequireSymbols": False, "RequireNumbers": False,
        "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False, "ExpirePasswords": False, "HardExpiry": False}
    wanted = {"MinimumPasswordLength": 14, "RequireSymbols": True, "RequireNumbers": True,
              "RequireUppercaseCharacters": True, "RequireLowercaseCharacters": True,
              "AllowUsersToChangePassword": True, "MaxPasswordAge": 90, "PasswordReusePrevention": 24,
              "HardExpiry": True}
    account.iam.update_account_password_policy(**wanted)
    assert account.iam.get_account_password_policy()["PasswordPolicy"] == {**wanted, "ExpirePasswords": True}
    account.iam.update_account_password_policy(RequireNumbers=True)
    after = account.iam.get_account_password_policy()["PasswordPolicy"]
    assert after["RequireNumbers"] is True and after["RequireSymbols"] is False
    assert after["MinimumPasswordLength"] == 6 and "MaxPasswordAge" not in after
    account.iam.delete_account_password_policy()
    with refused("NoSuchEntity", missing, 404):
        account.iam.get_account_password_policy()


@pytest.mark.parametrize("arguments", [
    {"MinimumPasswordLength": 5}, {"MinimumPasswordLength": 129}, {"MaxPasswordAge": 0}, {"MaxPasswordAge": 1096},
    {"PasswordReusePrevention": 0}, {"PasswordReusePrevention": 25}])
def test_bounds_of_the_password_policy(account, arguments):
    with refused("ValidationError", status=400):
        account.client("iam", parameter_validation=False).update_account_password_policy(**arguments)


@pytest.mark.parametrize("rule, bad, good", [
    ({"MinimumPasswordLength": 12}, "Sw0rd-fish", "Sw0rd-fishes"), ({"RequireSymbols": True}, "Sw0rdfish", "Sw0rd-fish"),
    ({"RequireNumbers": True}, "Sword-fish", "Sw0rd-fish"),
    ({"RequireUppercaseCharacters": True}, "sw0rd-fish", "Sw0rd-fish"),
    ({"RequireLowercaseCharacters": True}, "SW0RD-FISH", "Sw0rd-fish"), ({}, "short", "lowers")])
def test_rules_are_enforced(account, rule, bad, good):
    account.iam.update_account_password_policy(**rule)
    account.iam.create_user(UserName="u")
    with refused("PasswordPolicyViolation", status=400):
        account.iam.create_login_profile(UserName="u", Password=bad)
    account.iam.create_login_profile(UserName="u", Password=good)
    with refused("PasswordPolicyViolation", status=400):
        account.iam.update_login_profile(UserName="u", Password=bad)


def test_reuse_prevention(account):
    account.iam.update_account_password_policy(AllowUsersToChangePassword=True, PasswordReusePrevention=2)
    client = account.user("u").client("iam")
    account.iam.create_login_profile(UserName="u", Password=GOOD)
    with refused("PasswordPolicyViolation", status=400):
        client.change_password(OldPassword=GOOD, NewPassword=GOOD)
    client.change_password(OldPassword=GOOD, NewPassword=OTHER)
    with refused("PasswordPolicyViolation", status=400):
        client.change_password(OldPassword=OTHER, NewPassword=GOOD)
    client.change_password(OldPassword=OTHER, NewPassword=THIRD)
    client.change_password(OldPassword=THIRD, NewPassword=GOOD)


def test_passwords_are_not_in_the_record(account):
    account.iam.create_user(UserName="u")
    answer = account.iam.create_login_profile(UserName="u", Password=GOOD)
    event = account.event("CreateLoginProfile", answer["ResponseMetadata"]["RequestId"])
    assert GOOD not in str(event) and event["requestParameters"]["userName"] == "u"


@pytest.mark.parametrize("call, arguments, action", [
    ("create_login_profile", {"UserName": "weak", "Password": GOOD}, "iam:CreateLoginProfile"),
    ("get_login_profile", {"UserName": "weak"}, "iam:GetLoginProfile"),
    ("update_login_profile", {"UserName": "weak", "Password": GOOD}, "iam:UpdateLoginProfile"),
    ("delete_login_profile", {"UserName": "weak"}, "iam:DeleteLoginProfile"),
    ("change_password", {"OldPassword": GOOD, "NewPassword": OTHER}, "iam:ChangePassword"),
    ("update_account_password_policy", {}, "iam:UpdateAccountPasswordPolicy"),
    ("get_account_password_policy", {}, "iam:GetAccountPasswordPolicy"),
    ("delete_account_password_policy", {}, "iam:DeleteAccountPasswordPolicy")])
def test_without_permission(account, call, arguments, action):
    client = account.user("weak").client("iam")
    with denied(action):
        getattr(client, call)(**arguments)
