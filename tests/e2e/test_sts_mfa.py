"""Sessions that an MFA device's code was given for: whose codes are good, how often, and what policies make of them."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness.account import Account, policy, statement
from harness.credentials import Credentials
from harness.mfa import Device, root_device, step_now, totp, user_device
from harness.refusals import denied, refused

WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
UNKNOWN = ("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
           "and associated with this user.")
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def session(user, device=None, **more):
    if device:
        more.update(SerialNumber=device.serial, TokenCode=device.code())
    return Credentials.of(user.client("sts").get_session_token(**more)["Credentials"])


def test_a_session_tells_of_its_code(account):
    user = account.user(policy=policy(statement("iam:ListUsers", Condition=WITH_MFA)))
    device = user_device(account, user)
    with denied("iam:ListUsers"):
        user.client("iam").list_users()
    creds = session(user, device)
    answer = account.client("iam", creds=creds).list_users()
    event = account.event("ListUsers", answer["ResponseMetadata"]["RequestId"])
    assert event["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    event = account.event("GetSessionToken")
    assert event["requestParameters"]["serialNumber"] == device.serial and "errorCode" not in event
    assert totp(device.seed, device.used) not in json.dumps(event)


def test_age(traveller, later):
    user = traveller.user(policy=policy(statement("iam:ListUsers", Condition={
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})))
    device = user_device(traveller, user)
    plain, creds = session(user), session(user, device)
    iam = traveller.client("iam", creds=creds)
    iam.list_users()
    later("59m")
    iam.list_users()
    later("2m")
    with denied("iam:ListUsers"):
        iam.list_users()
    with refused("InvalidClientTokenId", status=403):
        traveller.client("iam", creds=plain).list_users()  # without a code, IAM is not for sessions of users
    creds = session(user, user_device(traveller, user))  # the phone's clock has not been advanced
    traveller.client("iam", creds=creds).list_users()


def test_a_code_is_good_once(account):
    user = account.user()
    device = user_device(account, user)
    code = device.code()
    ask = {"SerialNumber": device.serial, "TokenCode": code}
    user.client("sts").get_session_token(**ask)
    for creds in (user.creds, user.creds):
        with refused("AccessDenied", WRONG, 403):
            account.client("sts", creds=creds).get_session_token(**ask)
    with refused("AccessDenied", WRONG, 403):  # and with it those before
        user.client("sts").get_session_token(SerialNumber=device.serial, TokenCode=totp(device.seed, device.used - 1))


def test_of_many_at_once_one_gets_in(account):
    user = account.user()
    device = user_device(account, user)
    sts, code = user.client("sts", max_pool_connections=8), device.code()

    def ask(_):
        try:
            return bool(sts.get_session_token(SerialNumber=device.serial, TokenCode=code))
        except ClientError as error:
            assert error.response["Error"]["Message"] == WRONG
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


def test_codes_of_the_steps_around_now(account):
    user = account.user()
    sts = user.client("sts")
    device = user_device(account, user)
    for offset in (-4, -3, 4, 5):
        with refused("AccessDenied", WRONG, 403):
            sts.get_session_token(SerialNumber=device.serial, TokenCode=totp(device.seed, step_now() + offset))
    with refused("AccessDenied", WRONG, 403):
        sts.get_session_token(SerialNumber=device.serial, TokenCode=device.wrong_code())
    sts.get_session_token(SerialNumber=device.serial, TokenCode=device.code())


def test_a_clock_that_goes_wrong_is_followed(account):
    """Two codes tell how far the device is off; from then on its own time counts."""
    user = account.user()
    device = Device(account.iam)
    ahead = step_now() + 40
    account.iam.enable_mfa_device(UserName=user.name, SerialNumber=device.serial,
                                  AuthenticationCode1=totp(device.seed, ahead - 1),
                                  AuthenticationCode2=totp(device.seed, ahead))
    sts = user.client("sts")
    with refused("AccessDenied", WRONG, 403):
        sts.get_session_token(SerialNumber=device.serial, TokenCode=totp(device.seed, step_now()))
    sts.get_session_token(SerialNumber=device.serial, TokenCode=totp(device.seed, ahead + 1))


def test_devices_of_others_are_none(account, other_account):
    ann, bob = account.user("ann", policy("sts:*")), account.user("bob", policy("sts:*"))
    device = user_device(account, ann)
    stranger = other_account.user("ann")
    code = {"SerialNumber": device.serial, "TokenCode": device.code()}
    for client in (bob.client("sts"), account.client("sts"), stranger.client("sts"), other_account.client("sts")):
        with refused("AccessDenied", UNKNOWN, 403):
            client.get_session_token(**code)
    unassigned = Device(account.iam)
    for serial in (unassigned.serial, device.serial.replace("device", "DEVICE"), device.serial + "x", "12345678901"):
        with refused("AccessDenied", UNKNOWN, 403):
            ann.client("sts").get_session_token(SerialNumber=serial, TokenCode="123456")
    role = account.role("actor", trusted=ann.arn)
    inner = account.assume(role, ann.creds)
    other = account.role("other", trusted=role, policy=policy("sts:*"))
    with refused("AccessDenied", UNKNOWN, 403):  # a role has no devices
        account.assume(other, inner, **code)
    ours = {"UserName": "ann", "SerialNumber": device.serial}
    account.iam.deactivate_mfa_device(**ours)
    with refused("AccessDenied", UNKNOWN, 403):
        ann.client("sts").get_session_token(**code)


def test_the_root_user(account):
    device = root_device(account)
    answer = account.client("sts").get_session_token(SerialNumber=device.serial, TokenCode=device.code())
    iam = account.client("iam", creds=Credentials.of(answer["Credentials"]))
    assert iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"] == device.serial
    event = account.event("ListMFADevices")
    assert event["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"


def test_a_role_that_asks_for_a_code(account):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account.arn("root")},
                                                     "Action": "sts:AssumeRole", "Condition": WITH_MFA}]}
    role = account.role("admin", trusted=trust, policy=policy(statement("iam:ListUsers", Condition=WITH_MFA)))
    user = account.user(policy=policy("sts:AssumeRole"))
    device = user_device(account, user)
    with denied("sts:AssumeRole", role):
        account.assume(role, user.creds)
    with denied("sts:AssumeRole", role):
        account.assume(role, session(user))
    with refused("AccessDenied", WRONG, 403):
        account.assume(role, user.creds, SerialNumber=device.serial, TokenCode=device.wrong_code())
    code = device.code()
    creds = account.assume(role, user.creds, SerialNumber=device.serial, TokenCode=code)
    account.client("iam", creds=creds).list_users()
    with refused("AccessDenied", WRONG, 403):
        account.assume(role, user.creds, SerialNumber=device.serial, TokenCode=code)
    second = user_device(account, user)
    creds = account.assume(role, session(user, second))
    with denied("iam:ListUsers"):  # what the caller's session proved, the role's does not say
        account.client("iam", creds=creds).list_users()


def test_the_age_of_a_code_that_comes_with_the_call(account):
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": account.arn("root")}, "Action": "sts:AssumeRole",
        "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}}]}
    role = account.role(trusted=trust)
    user = account.user(policy=policy("sts:AssumeRole"))
    device = user_device(account, user)
    with denied("sts:AssumeRole", role):
        account.assume(role, user.creds)
    account.assume(role, user.creds, SerialNumber=device.serial, TokenCode=device.code())


def test_refusals_tell_no_code(account):
    user = account.user()
    device = user_device(account, user)
    code = device.code()
    with pytest.raises(ClientError) as caught:
        account.assume(account.role(), user.creds, SerialNumber=device.serial, TokenCode=code)
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    event = account.event("AssumeRole", request_id)
    assert event["requestParameters"]["serialNumber"] == device.serial
    told = account.server.merlon("explain", request_id).stdout
    assert "sts:AssumeRole" in told
    assert code not in json.dumps(event["requestParameters"]) and code not in told


def test_a_bucket_that_asks_for_a_fresh_code(traveller, later):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-MFA"""
    user = traveller.user(policy=policy("s3:*"))
    bucket = f"taxes-{traveller.id}"
    s3 = traveller.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="taxdocuments/2026", Body=b"secret")
    s3.put_object(Bucket=bucket, Key="open", Body=b"open")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(
        statement("s3:*", "Deny", f"arn:aws:s3:::{bucket}/taxdocuments/*", Principal="*", Sid="a",
                  Condition={"Null": {"aws:MultiFactorAuthAge": "true"}}),
        statement("s3:*", "Deny", f"arn:aws:s3:::{bucket}/taxdocuments/*", Principal="*", Sid="b",
                  Condition={"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}))))
    fresh = traveller.client("s3", creds=session(user, user_device(traveller, user)))
    for client in (user.client("s3"), traveller.client("s3", creds=session(user))):
        assert client.get_object(Bucket=bucket, Key="open")["Body"].read() == b"open"
        with denied("s3:GetObject"):
            client.get_object(Bucket=bucket, Key="taxdocuments/2026")
    assert fresh.get_object(Bucket=bucket, Key="taxdocuments/2026")["Body"].read() == b"secret"
    later("61m")
    with denied("s3:GetObject"):
        fresh.get_object(Bucket=bucket, Key="taxdocuments/2026")


def test_a_refused_call_leaves_the_code_good(account):
    user = account.user()
    device = user_device(account, user)
    code = {"SerialNumber": device.serial, "TokenCode": device.code()}
    with denied("sts:AssumeRole"):
        account.assume(account.role("r", trusted=account.arn("root")), user.creds, **code)
    user.client("sts").get_session_token(**code)


@pytest.mark.parametrize("by_role", [False, True])
def test_guessing_ends_soon(account, by_role):
    user = account.user(policy=policy("sts:AssumeRole"))
    role = account.role(trusted=account.arn("root"))
    device = user_device(account, user)

    def ask(code):
        more = {"SerialNumber": device.serial, "TokenCode": code}
        return account.assume(role, user.creds, **more) if by_role else user.client("sts").get_session_token(**more)

    for _ in range(10):
        with refused("AccessDenied", WRONG, 403):
            ask(device.wrong_code())
    with refused("AccessDenied", WRONG, 403):
        ask(device.code())
    session(user, user_device(account, user))  # another device of the same user


def test_nine_wrong_ones_are_forgiven(account):
    user = account.user(policy=policy("sts:AssumeRole"))
    role = account.role(trusted=account.arn("root"))
    device = user_device(account, user)
    for _ in range(9):
        with refused("AccessDenied", WRONG, 403):
            account.assume(role, user.creds, SerialNumber=device.serial, TokenCode=device.wrong_code())
    account.assume(role, user.creds, SerialNumber=device.serial, TokenCode=device.code())


def test_used_codes_stay_used_over_a_restart(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    user = account.user()
    device, second = user_device(account, user), user_device(account, user)
    code = {"SerialNumber": device.serial, "TokenCode": device.code()}
    user.client("sts").get_session_token(**code)
    server.kill()
    server.start()
    server.merlon("master-key", "rotate")  # under which seeds are sealed
    account = Account(server, account.id, account.root, home)
    sts = account.client("sts", creds=user.creds)
    with refused("AccessDenied", WRONG, 403):
        sts.get_session_token(**code)
    sts.get_session_token(SerialNumber=second.serial, TokenCode=second.code())


def test_everything_denied_without_a_code(account):
    """The user guide's policy for people who see to their own devices: all else is denied until a code was given.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html"""
    user = account.user("ann", policy(
        "*", {"Effect": "Deny", "Resource": "*", "Condition": WITHOUT_MFA, "NotAction": [
            "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice",
            "iam:GetUser", "sts:GetSessionToken"]}))
    with refused("AccessDenied", f"User: {user.arn} is not authorized to perform: s3:ListAllMyBuckets with an explicit deny in an "
                                 "identity-based policy", 403):
        user.client("s3").list_buckets()
    made = user.cli("iam create-virtual-mfa-device --virtual-mfa-device-name ann --outfile seed --bootstrap-method "
                    "Base32StringSeed")["VirtualMFADevice"]
    device = Device.__new__(Device)
    device.serial, device.seed = made["SerialNumber"], (account.home / "seed").read_bytes()
    device.enable(user.client("iam"), "ann")
    answer = user.cli(f"sts get-session-token --serial-number {device.serial} --token-code {device.code()}")["Credentials"]
    creds = Credentials.of(answer)
    assert account.cli("s3api list-buckets", creds=creds)["Buckets"] == []
    account.cli("iam list-users", creds=creds)
    with denied("iam:ListUsers"):
        user.client("iam").list_users()
