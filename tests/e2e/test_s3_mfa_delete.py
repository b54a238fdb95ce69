"""MFA delete: who turns it on, what needs a code then, and what a code is good for."""
import json

import pytest

from harness.account import Account, policy
from harness.mfa import root_device, step_now, totp, user_device
from harness.points import Point
from harness.refusals import refused
from harness.tls import tls_client

NEEDED = "Mfa Authentication must be used for this request"
NOT_ROOT = "DevPay and Mfa are mutually exclusive authorization methods."
NOT_VALID = "The serial number and/or token code you provided is not valid."
NOT_OWNED = "The device that generated the token is not owned by the authenticated user."
ON = {"Status": "Enabled", "MFADelete": "Enabled"}
RULES = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]}


class Vault:
    """A bucket with MFA delete, and an object of two versions in it."""

    def __init__(self, account, certificate):
        self.account, self.certificate = account, certificate
        self.s3 = tls_client(account, certificate)
        self.name = f"vault-{account.id}"
        self.s3.create_bucket(Bucket=self.name)
        self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration=ON, MFA=self.code())
        self.versions = [self.put(), self.put()]

    def put(self, key="key"):
        return self.s3.put_object(Bucket=self.name, Key=key, Body=b"body")["VersionId"]

    def code(self):
        """Of a device of its own each: codes of one come every half a minute."""
        device = root_device(self.account)
        code = f"{device.serial} {device.code()}"
        self.used = device
        return code

    def left(self):
        rows = self.s3.list_object_versions(Bucket=self.name)
        return [row["VersionId"] for row in rows.get("Versions", [])], len(rows.get("DeleteMarkers", []))


@pytest.fixture
def vault(tls_account, certificate):
    return Vault(tls_account, certificate)


def test_turned_on_and_off_by_the_root_user(vault):
    assert vault.s3.get_bucket_versioning(Bucket=vault.name)["MFADelete"] == "Enabled"
    for wanted in ({"Status": "Suspended"}, {"Status": "Enabled"}, {"Status": "Enabled", "MFADelete": "Disabled"}):
        with refused("AccessDenied", NEEDED, 403):
            vault.s3.put_bucket_versioning(Bucket=vault.name, VersioningConfiguration=wanted)
    admin = vault.account.user(policy=policy("*"))
    device = user_device(vault.account, admin)
    for code in (f"{device.serial} {device.code()}", vault.code()):
        with refused("InvalidRequest", NOT_ROOT, 400):
            tls_client(vault.account, vault.certificate, admin.creds).put_bucket_versioning(
                Bucket=vault.name, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Disabled"}, MFA=code)
    vault.s3.put_bucket_versioning(Bucket=vault.name, VersioningConfiguration={"Status": "Suspended"}, MFA=vault.code())
    told = vault.s3.get_bucket_versioning(Bucket=vault.name)
    assert (told["Status"], told["MFADelete"]) == ("Suspended", "Enabled")
    off = {"Status": "Enabled", "MFADelete": "Disabled"}
    vault.s3.put_bucket_versioning(Bucket=vault.name, VersioningConfiguration=off, MFA=vault.code())
    vault.s3.delete_object(Bucket=vault.name, Key="key", VersionId=vault.versions[0])
    assert vault.left() == ([vault.versions[1]], 0)


def test_only_to_go_for_good_needs_a_code(vault):
    vault.s3.delete_object(Bucket=vault.name, Key="key")
    assert vault.left() == (vault.versions[::-1], 1)
    marker = vault.s3.list_object_versions(Bucket=vault.name)["DeleteMarkers"][0]["VersionId"]
    for version in (vault.versions[0], marker, "null"):
        with refused("AccessDenied", NEEDED, 403):
            vault.s3.delete_object(Bucket=vault.name, Key="key", VersionId=version)
    assert vault.left() == (vault.versions[::-1], 1)
    vault.s3.delete_object(Bucket=vault.name, Key="key", VersionId=marker, MFA=vault.code())
    vault.s3.delete_object(Bucket=vault.name, Key="key", VersionId=vault.versions[0], MFA=vault.code())
    assert vault.left() == ([vault.versions[1]], 0)


def test_wrong_codes(vault):
    version = {"Bucket": vault.name, "Key": "key", "VersionId": vault.versions[0]}
    device = root_device(vault.account)
    used = f"{vault.used.serial} {totp(vault.used.seed, vault.used.used)}"
    for code in (used, f"{device.serial} {device.wrong_code()}", f"{device.serial} {totp(device.seed, step_now() - 5)}",
                 device.serial, f"{device.serial} ", f"{device.serial}  {totp(device.seed, device.used + 1)}",
                 f"{device.serial} {totp(device.seed, device.used + 1)} ."):
        with refused("TokenCodeInvalidError", NOT_VALID, 400):
            vault.s3.delete_object(**version, MFA=code)
    admin = vault.account.user(policy=policy("*"))
    of_user = user_device(vault.account, admin)
    for code in (f"{of_user.serial} {of_user.code()}", f"{device.serial}x 123456", "20899872 301749"):
        with refused("NotDeviceOwnerError", NOT_OWNED, 400):
            vault.s3.delete_object(**version, MFA=code)
    assert vault.left() == (vault.versions[::-1], 0)
    vault.s3.delete_object(**version, MFA=f"{device.serial} {device.code()}")


def test_over_tls_alone(vault):
    plain = vault.account.client("s3")
    code = vault.code()
    with refused("InvalidRequest", "Requests that include x-amz-mfa must use HTTPS.", 400):
        plain.delete_object(Bucket=vault.name, Key="key", VersionId=vault.versions[0], MFA=code)
    with refused("InvalidRequest", "Requests that include x-amz-mfa must use HTTPS.", 400):
        plain.delete_objects(Bucket=vault.name, MFA=code, Delete={"Objects": [{"Key": "key"}]})
    vault.s3.delete_object(Bucket=vault.name, Key="key", VersionId=vault.versions[0], MFA=code)


def test_others_with_all_permissions(vault, tls_server, home):
    account, version = vault.account, {"Bucket": vault.name, "Key": "key", "VersionId": vault.versions[0]}
    admin = account.user(policy=policy("*"))
    creds = account.assume(account.role(policy=policy("*"), trusted=account.arn("root")), admin.creds)
    for one in (admin.creds, creds):
        s3 = tls_client(account, vault.certificate, one)
        with refused("AccessDenied", NEEDED, 403):
            s3.delete_object(**version)
        with refused("InvalidRequest", NOT_ROOT, 400):
            s3.delete_object(**version, MFA=vault.code())
    other = Account.create(tls_server, home)
    vault.s3.put_bucket_policy(Bucket=vault.name, Policy=f"""{{"Version": "2012-10-17", "Statement": [{{
        "Effect": "Allow", "Principal": {{"AWS": "{other.id}"}}, "Action": "s3:*", "Resource": "arn:aws:s3:::{vault.name}/*"}}]}}""")
    device = root_device(other)
    with refused("AccessDenied", "This operation may only be performed by the bucket owner", 403):
        tls_client(other, vault.certificate).delete_object(**version, MFA=f"{device.serial} {device.code()}")
    assert vault.left() == (vault.versions[::-1], 0)


def test_one_code_is_for_the_whole_batch(vault):
    def batch(objects, **more):
        return vault.s3.delete_objects(Bucket=vault.name, Delete={"Objects": objects}, **more)

    versions = [{"Key": "key", "VersionId": one} for one in vault.versions]
    vault.put("plain")
    with refused("AccessDenied", NEEDED, 403):
        batch([{"Key": "plain"}, *versions])
    with refused("TokenCodeInvalidError", NOT_VALID, 400):
        batch([{"Key": "plain"}], MFA=f"{vault.used.serial} {vault.used.wrong_code()}")
    assert vault.left()[1] == 0 and len(vault.left()[0]) == 3
    assert len(batch([{"Key": "plain"}])["Deleted"]) == 1
    assert len(batch([{"Key": "other"}, *versions], MFA=vault.code())["Deleted"]) == 3
    assert len(vault.left()[0]) == 1


def test_lifecycles_and_mfa_delete_exclude_each_other(vault):
    s3 = vault.s3
    with refused("InvalidBucketState", status=409):
        s3.put_bucket_lifecycle_configuration(Bucket=vault.name, LifecycleConfiguration=RULES)
    other = f"other-{vault.account.id}"
    s3.create_bucket(Bucket=other)
    s3.put_bucket_lifecycle_configuration(Bucket=other, LifecycleConfiguration=RULES)
    code = vault.code()
    with refused("InvalidBucketState", "Mfa Authentication is not supported on a bucket with lifecycle configuration. "
                 "Delete lifecycle configuration before enabling Mfa Authentication.", 409):
        s3.put_bucket_versioning(Bucket=other, VersioningConfiguration=ON, MFA=code)
    s3.delete_bucket_lifecycle(Bucket=other)
    s3.put_bucket_versioning(Bucket=other, VersioningConfiguration=ON, MFA=code)  # a refused call has not used it


def test_through_an_access_point(vault):
    alias = Point(vault.account, vault.name).alias
    with refused("AccessDenied", NEEDED, 403):
        vault.s3.delete_object(Bucket=alias, Key="key", VersionId=vault.versions[0])
    vault.s3.delete_object(Bucket=alias, Key="key", VersionId=vault.versions[0], MFA=vault.code())
    assert vault.left() == ([vault.versions[1]], 0)


def test_codes_are_in_no_event(vault):
    event = vault.account.event("PutBucketVersioning")
    assert vault.name in json.dumps(event["requestParameters"])
    assert totp(vault.used.seed, vault.used.used) not in json.dumps(event["requestParameters"])


def test_the_cli(vault, tls_server):
    cli = {"env": {"AWS_CA_BUNDLE": vault.certificate[0]}}
    flags = f"--endpoint-url {tls_server.tls_endpoint}"
    vault.account.cli(["s3api", "delete-object", "--bucket", vault.name, "--key", "key", "--version-id", vault.versions[0],
                       "--mfa", vault.code(), *flags.split()], **cli)
    vault.account.cli(["s3api", "put-bucket-versioning", "--bucket", vault.name, "--versioning-configuration",
                       "Status=Enabled,MFADelete=Disabled", "--mfa", vault.code(), *flags.split()], **cli)
    assert vault.left() == ([vault.versions[1]], 0)
    assert vault.s3.get_bucket_versioning(Bucket=vault.name)["MFADelete"] == "Disabled"
