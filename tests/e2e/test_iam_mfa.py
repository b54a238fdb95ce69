"""Virtual MFA devices: made, assigned, told of, taken away. What their codes are good for: test_sts_mfa.py."""
import base64
import csv
import io
import json
import subprocess
import zlib
from datetime import datetime, timezone

import pytest

from harness import raw
from harness.account import Account, policy, statement
from harness.mfa import Device, root_device, step_now, totp, user_device
from harness.refusals import denied, pages, refused

NOT_VALID = "Authentication code for device is not valid."


def got(account, serial, creds=None, **more):
    """GetMFADevice, which the installed SDK does not know yet."""
    return raw.query(account.server, creds or account.root, "iam", "2010-05-08", "GetMFADevice",
                     {"SerialNumber": serial, **more})


def enable(iam, device, user, codes):
    iam.enable_mfa_device(UserName=user, SerialNumber=device.serial, AuthenticationCode1=codes[0],
                          AuthenticationCode2=codes[1])


# -- Making

def test_a_device_is_made_with_a_seed(account):
    device = Device(account.iam, "phone", Path="/people/", Tags=[{"Key": "k", "Value": "v"}])
    assert device.serial == account.arn("mfa/people/phone")
    assert len(device.seed) == 64 and set(device.seed) <= set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert device.made["Tags"] == [{"Key": "k", "Value": "v"}] and "User" not in device.made
    assert Device(account.iam).seed != device.seed


@pytest.mark.parametrize("name, shown", [("phone", "phone"), ("a+b=c,d@e.f-g_h", "a%2Bb%3Dc%2Cd%40e.f-g_h"), ("x" * 220, "x" * 220)])
def test_the_picture_says_what_apps_read(account, tmp_path, name, shown):
    device = Device(account.iam, name)
    png = tmp_path / "code.png"
    png.write_bytes(device.made["QRCodePNG"])
    done = subprocess.run(["zbarimg", "--raw", "-q", str(png)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (f"otpauth://totp/Amazon%20Web%20Services:{shown}@{account.id}"
                                   f"?secret={device.seed.decode()}&issuer=Amazon%20Web%20Services")


def test_the_picture_names_the_alias(account, tmp_path):
    account.iam.create_account_alias(AccountAlias=f"shop-{account.id}")
    (tmp_path / "code.png").write_bytes(Device(account.iam, "phone").made["QRCodePNG"])
    done = subprocess.run(["zbarimg", "--raw", "-q", str(tmp_path / "code.png")], capture_output=True, text=True, check=True)
    assert f":phone@shop-{account.id}?" in done.stdout


def test_the_cli_writes_seed_and_picture(account):
    for method in ("Base32StringSeed", "QRCodePNG"):
        account.cli(f"iam create-virtual-mfa-device --virtual-mfa-device-name {method} --outfile out-{method} "
                    f"--bootstrap-method {method}")
    assert len((account.home / "out-Base32StringSeed").read_bytes()) == 64
    png = (account.home / "out-QRCodePNG").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and zlib.crc32(png[12:29]) == int.from_bytes(png[29:33], "big")


def test_names_are_taken_once(account, other_account):
    device = Device(account.iam, "phone")
    for name in ("phone", "PHONE"):
        with refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409):
            Device(account.iam, name)
    Device(account.iam, "phone", Path="/other/")
    Device(other_account.iam, "phone")
    account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    assert Device(account.iam, "phone").seed != device.seed


def test_bad_input(account):
    iam = account.client("iam", parameter_validation=False)
    for more in ({"VirtualMFADeviceName": "a b"}, {"VirtualMFADeviceName": ""}, {"VirtualMFADeviceName": "a", "Path": "x"}):
        with refused("ValidationError", status=400):
            iam.create_virtual_mfa_device(**more)
    with refused("InvalidInput", status=400):
        iam.create_virtual_mfa_device(VirtualMFADeviceName="a" * 250)
    with refused("InvalidInput", status=400):
        iam.create_virtual_mfa_device(VirtualMFADeviceName="a", Tags=[{"Key": "aws:x", "Value": ""}])
    device = Device(account.iam)
    for codes in (("12345", "123456"), ("123456", "12345x"), ("123456", "1234567")):
        with refused("ValidationError", status=400):
            enable(iam, device, "root", codes)
    assert len(account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


# -- Assigning

def test_a_device_is_enabled_by_two_codes(account):
    user = account.user("ann")
    device = user_device(account, user)
    rows = account.iam.list_mfa_devices(UserName="ann")["MFADevices"]
    assert [(row["UserName"], row["SerialNumber"]) for row in rows] == [("ann", device.serial)]
    assert abs((datetime.now(timezone.utc) - rows[0]["EnableDate"]).total_seconds()) < 300
    text = got(account, device.serial, UserName="ann").text
    assert "<UserName>ann</UserName>" in text and f"<SerialNumber>{device.serial}</SerialNumber>" in text
    assert rows[0]["EnableDate"].strftime("<EnableDate>%Y-%m-%dT%H:%M:%SZ</EnableDate>") in text
    assert account.iam.list_mfa_devices()["MFADevices"] == []  # the root user's own


def test_oathtool_makes_the_same_codes(account):
    account.user("ann")
    device = Device(account.iam)
    when = f"@{(step_now() - 1) * 30}"
    done = subprocess.run(["oathtool", "--totp", "-b", "-w", "1", "-N", when, device.seed.decode()], capture_output=True,
                          text=True, check=True)
    account.cli(f"iam enable-mfa-device --user-name ann --serial-number {device.serial} --authentication-code1 "
                f"{done.stdout.split()[0]} --authentication-code2 {done.stdout.split()[1]}")
    assert len(account.iam.list_mfa_devices(UserName="ann")["MFADevices"]) == 1


def test_users_see_to_their_own(account):
    mine = "arn:aws:iam::*:user/${aws:username}"
    user = account.user("ann", policy(
        statement(["iam:*VirtualMFADevice", "iam:ListVirtualMFADevices"], resource="arn:aws:iam::*:mfa/*"),
        statement(["iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:GetMFADevice",
                   "iam:DeactivateMFADevice"], resource=mine)))
    account.user("bob")
    iam = user.client("iam")
    device = Device(iam, "ann").enable(iam, "ann")
    assert [row["SerialNumber"] for row in iam.list_mfa_devices()["MFADevices"]] == [device.serial]
    assert "<UserName>ann</UserName>" in got(account, device.serial, user.creds).text
    with denied("iam:EnableMFADevice", account.arn("user/bob")):
        Device(iam, "bob").enable(iam, "bob")
    with denied("iam:ListMFADevices", account.arn("user/bob")):
        iam.list_mfa_devices(UserName="bob")
    user.client("iam", parameter_validation=False).deactivate_mfa_device(SerialNumber=device.serial)
    assert iam.list_mfa_devices()["MFADevices"] == []
    with denied("iam:TagMFADevice", device.serial):
        iam.tag_mfa_device(SerialNumber=device.serial, Tags=[{"Key": "k", "Value": "v"}])


def test_the_root_user_has_devices_of_its_own(account):
    first, second = root_device(account, name="a"), root_device(account, name="b")
    rows = account.iam.list_mfa_devices()["MFADevices"]
    assert [row["SerialNumber"] for row in rows] == [first.serial, second.serial]
    assert {row["UserName"] for row in rows} == {"root"}
    shown = account.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert [one["User"]["Arn"] for one in shown] == [f"arn:aws:iam::{account.id}:root"] * 2
    assert {one["User"]["UserId"] for one in shown} == {account.id}
    admin = account.user("admin", policy("*")).client("iam", parameter_validation=False)
    with refused("NoSuchEntity", "The user with name root cannot be found.", 404):
        admin.deactivate_mfa_device(UserName="root", SerialNumber=first.serial)
    with refused("NoSuchEntity", status=404):
        admin.deactivate_mfa_device(SerialNumber=first.serial)  # its own: it has none
    with refused("DeleteConflict", status=409):
        admin.delete_virtual_mfa_device(SerialNumber=first.serial)
    account.iam.deactivate_mfa_device(UserName="root", SerialNumber=first.serial)
    account.client("iam", parameter_validation=False).deactivate_mfa_device(SerialNumber=second.serial)
    assert account.iam.list_mfa_devices()["MFADevices"] == []


def test_a_user_of_the_name_root_is_that_user(account):
    user = account.user("root")
    device = root_device(account)
    assert account.iam.list_mfa_devices()["MFADevices"] == []
    assert account.iam.list_mfa_devices(UserName=user.name)["MFADevices"][0]["SerialNumber"] == device.serial


def test_wrong_codes_enable_nothing(account):
    account.user("ann")
    device = Device(account.iam)
    now = step_now()
    codes = {i: totp(device.seed, now + i) for i in range(-200, 3)}
    for pair in ((codes[0], codes[-1]), (codes[-2], codes[0]), (codes[0], codes[0]), (codes[-200], codes[-199]),
                 (codes[-1], device.wrong_code()), (device.wrong_code(), codes[0])):
        with refused("InvalidAuthenticationCode", NOT_VALID, 403):
            enable(account.iam, device, "ann", pair)
    assert account.iam.list_mfa_devices(UserName="ann")["MFADevices"] == []
    enable(account.iam, device, "ann", (codes[-1], codes[0]))


def test_codes_are_good_once(account):
    account.user("ann")
    device = Device(account.iam)
    pair = device.pair()
    enable(account.iam, device, "ann", pair)
    ours = {"UserName": "ann", "SerialNumber": device.serial}
    with refused("InvalidAuthenticationCode", NOT_VALID, 403):
        account.iam.resync_mfa_device(**ours, AuthenticationCode1=pair[0], AuthenticationCode2=pair[1])
    account.iam.deactivate_mfa_device(**ours)
    with refused("InvalidAuthenticationCode", NOT_VALID, 403):
        enable(account.iam, device, "ann", pair)


def test_resync(account):
    user = account.user("ann")
    device = user_device(account, user)
    ours = {"UserName": "ann", "SerialNumber": device.serial}
    account.iam.resync_mfa_device(**ours, AuthenticationCode1=totp(device.seed, device.used + 20),
                                  AuthenticationCode2=totp(device.seed, device.used + 21))
    sts = user.client("sts")
    with refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 403):
        sts.get_session_token(SerialNumber=device.serial, TokenCode=device.code())
    for codes in (("000000", "000000"), (totp(device.seed, device.used + 20), totp(device.seed, device.used + 21))):
        with refused("InvalidAuthenticationCode", NOT_VALID, 403):
            account.iam.resync_mfa_device(**ours, AuthenticationCode1=codes[0], AuthenticationCode2=codes[1])
    account.user("bob")
    with refused("NoSuchEntity", status=404):
        account.iam.resync_mfa_device(**{**ours, "UserName": "bob"}, AuthenticationCode1="000000", AuthenticationCode2="000000")


def test_a_device_serves_one_user(account, other_account):
    ann = account.user("ann")
    account.user("bob")
    device = user_device(account, ann)
    for user in ("ann", "bob"):
        with refused("EntityAlreadyExists", "MFA Device is already in use.", 409):
            enable(account.iam, device, user, device.pair())
    text = f"MFA Device with serial number {device.serial} does not exist for user bob."
    with refused("NoSuchEntity", text, 404):
        account.iam.deactivate_mfa_device(UserName="bob", SerialNumber=device.serial)
    answer = got(account, device.serial, UserName="bob")
    assert (answer.status, answer.code, answer.message) == (404, "NoSuchEntity", text)
    other_account.user("ann")
    gone = f"VirtualMFADevice with serial number {device.serial} doesn't exist."
    with refused("NoSuchEntity", gone, 404):
        enable(other_account.iam, device, "ann", device.pair())
    with refused("NoSuchEntity", gone, 404):
        other_account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        enable(account.iam, device, "nobody", ("123456", "123456"))


def test_eight_devices_a_user(account):
    user = account.user("ann")
    serials = [user_device(account, user).serial for _ in range(8)]
    with refused("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8", 409):
        user_device(account, user)
    rows = pages(account.iam.list_mfa_devices, "MFADevices", 3, UserName="ann")
    assert sorted(row["SerialNumber"] for row in rows) == sorted(serials) and len(rows) == 8
    account.iam.deactivate_mfa_device(UserName="ann", SerialNumber=serials[0])
    user_device(account, user)


# -- Lists, tags, deleting

def test_lists_by_assignment(account):
    user = account.user("ann")
    kept = [Device(account.iam, f"free-{i}", Tags=[{"Key": "k", "Value": "v"}]).serial for i in range(3)]
    used = user_device(account, user).serial

    def listed(size, **more):
        rows = pages(account.iam.list_virtual_mfa_devices, "VirtualMFADevices", size, **more)
        assert not any({"Base32StringSeed", "QRCodePNG", "Tags"} & set(row) for row in rows)
        return [row["SerialNumber"] for row in rows]

    assert listed(2) == listed(1, AssignmentStatus="Any") == sorted([*kept, used])
    assert listed(1, AssignmentStatus="Assigned") == [used]
    assert listed(2, AssignmentStatus="Unassigned") == kept
    row = account.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][0]
    assert row["User"]["Arn"] == user.arn and row["User"]["UserName"] == "ann" and row["EnableDate"]
    with refused("ValidationError", status=400):
        account.client("iam", parameter_validation=False).list_virtual_mfa_devices(AssignmentStatus="Some")
    with denied("iam:ListVirtualMFADevices"):
        user.client("iam").list_virtual_mfa_devices()


def test_tags(account):
    device = Device(account.iam, "phone", Tags=[{"Key": "a", "Value": "1"}])
    iam, ours = account.iam, {"SerialNumber": device.serial}
    iam.tag_mfa_device(**ours, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert pages(iam.list_mfa_device_tags, "Tags", 1, **ours) == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    iam.untag_mfa_device(**ours, TagKeys=["a", "none"])
    assert iam.list_mfa_device_tags(**ours)["Tags"] == [{"Key": "b", "Value": ""}]
    with refused("LimitExceeded", "Cannot exceed quota for TagsPerMFADevice: 50", 409):
        iam.tag_mfa_device(**ours, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(50)])
    user = account.user("ann", policy(statement("iam:DeleteVirtualMFADevice", Condition={
        "StringEquals": {"aws:ResourceTag/b": "mine"}})))
    with denied("iam:DeleteVirtualMFADevice", device.serial):
        user.client("iam").delete_virtual_mfa_device(**ours)
    iam.tag_mfa_device(**ours, Tags=[{"Key": "b", "Value": "mine"}])
    user.client("iam").delete_virtual_mfa_device(**ours)
    with refused("NoSuchEntity", f"VirtualMFADevice with serial number {device.serial} doesn't exist.", 404):
        iam.list_mfa_device_tags(**ours)


def test_what_is_in_use_is_not_deleted(account):
    user = account.user("ann")
    account.iam.delete_access_key(UserName="ann", AccessKeyId=user.creds.access_key)
    device = user_device(account, user)
    with refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409):
        account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    with refused("DeleteConflict", "Cannot delete entity, must delete MFA device first.", 409):
        account.iam.delete_user(UserName="ann")
    account.iam.update_user(UserName="ann", NewUserName="anna")
    assert account.iam.list_mfa_devices(UserName="anna")["MFADevices"][0]["UserName"] == "anna"
    account.iam.deactivate_mfa_device(UserName="anna", SerialNumber=device.serial)
    account.iam.delete_user(UserName="anna")
    account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    assert account.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


# -- What is said of the account

def test_summary_and_report(account):
    user, _ = account.user("ann"), account.user("bob")
    user_device(account, user)
    Device(account.iam)

    def told():
        summary = account.iam.get_account_summary()["SummaryMap"]
        return summary["MFADevices"], summary["MFADevicesInUse"], summary["AccountMFAEnabled"]

    assert told() == (2, 1, 0)
    device = root_device(account)
    assert told() == (3, 2, 1)
    account.iam.generate_credential_report()
    text = account.iam.get_credential_report()["Content"].decode()
    rows = {row["user"]: row["mfa_active"] for row in csv.DictReader(io.StringIO(text))}
    assert rows == {"<root_account>": "true", "ann": "true", "bob": "false"}
    account.iam.deactivate_mfa_device(UserName="root", SerialNumber=device.serial)
    account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    assert told() == (2, 1, 0)


def test_codes_are_in_no_event(account):
    account.user("ann")
    device = Device(account.iam)
    pair = device.pair()
    with refused("InvalidAuthenticationCode", NOT_VALID, 403):
        enable(account.iam, device, "ann", pair[::-1])
    refusal = account.event("EnableMFADevice")
    assert refusal["errorCode"] == "InvalidAuthenticationCode"
    enable(account.iam, device, "ann", pair)
    rows = account.events_named("EnableMFADevice")
    assert all(row["requestParameters"]["serialNumber"] == device.serial for row in rows)
    assert not any(code in json.dumps(row["requestParameters"]) for row in rows for code in pair)


def test_seeds_are_in_no_event_file_or_log(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    device = root_device(account)
    event = account.event("CreateVirtualMFADevice")
    assert event["responseElements"]["virtualMFADevice"]["serialNumber"] == device.serial
    secrets = [device.seed, base64.b32decode(device.seed), base64.b64encode(device.seed), device.made["QRCodePNG"]]
    account.event("EnableMFADevice")
    server.stop()
    texts = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    texts += [json.dumps(event).encode(), server.log(last=10_000_000).encode()]
    for text in texts:
        assert not any(secret in text for secret in secrets)
