"""KMS keys: what is made and refused, how they are named, their metadata, policies, states and pages."""
import base64
import json
import uuid
from datetime import datetime, timezone

import pytest

from harness.account import policy, statement
from harness.aws_cli import CliError
from harness.json_client import JsonClient
from harness.kms import all_pages
from harness.refusals import refused

RSA_SIGNING = [f"RSASSA_{kind}_SHA_{bits}" for kind in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)]
OAEP = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
# https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
KINDS = [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", ["SYMMETRIC_DEFAULT"])]
KINDS += [(f"HMAC_{bits}", "GENERATE_VERIFY_MAC", [f"HMAC_SHA_{bits}"]) for bits in (224, 256, 384, 512)]
KINDS += [(f"RSA_{bits}", "ENCRYPT_DECRYPT", OAEP) for bits in (2048, 3072, 4096)]
KINDS += [(f"RSA_{bits}", "SIGN_VERIFY", RSA_SIGNING) for bits in (2048, 3072, 4096)]
for curve, digest in (("P256", 256), ("P384", 384), ("P521", 512)):
    KINDS += [(f"ECC_NIST_{curve}", "SIGN_VERIFY", [f"ECDSA_SHA_{digest}"]),
              (f"ECC_NIST_{curve}", "KEY_AGREEMENT", ["ECDH"])]
KINDS += [("ECC_SECG_P256K1", "SIGN_VERIFY", ["ECDSA_SHA_256"]),
          ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", ["ED25519_PH_SHA_512", "ED25519_SHA_512"])]
USAGES = ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"]
REFUSED = [(spec, usage) for spec in dict.fromkeys(kind[0] for kind in KINDS) for usage in USAGES
           if (spec, usage) not in [kind[:2] for kind in KINDS]]
ALGORITHMS = {"ENCRYPT_DECRYPT": "EncryptionAlgorithms", "SIGN_VERIFY": "SigningAlgorithms",
              "GENERATE_VERIFY_MAC": "MacAlgorithms", "KEY_AGREEMENT": "KeyAgreementAlgorithms"}


@pytest.fixture
def kms(account):
    """Leaves it to the server to find what is wrong with a request."""
    return account.client("kms", parameter_validation=False)


@pytest.fixture
def newer(account):
    return JsonClient(account)


def make(client, **more):
    return client.create_key(**more)["KeyMetadata"]


def allow(account, principal, action="kms:*", **more):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def document(*rows):
    return json.dumps({"Version": "2012-10-17", "Statement": list(rows)})


def owner(account):
    return allow(account, account.arn("root"))


# -- Kinds

def test_a_key_without_wishes(account, newer):
    made = make(newer)
    assert uuid.UUID(made["KeyId"]) and len(made.pop("CurrentKeyMaterialId")) == 64
    assert abs(datetime.now(timezone.utc).timestamp() - made.pop("CreationDate")) < 60
    assert made == {
        "AWSAccountId": account.id, "KeyId": made["KeyId"],
        "Arn": f"arn:aws:kms:us-east-1:{account.id}:key/{made['KeyId']}", "Enabled": True, "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False}


@pytest.mark.parametrize("spec, usage, algorithms", KINDS)
def test_every_kind(newer, spec, usage, algorithms):
    made = make(newer, KeySpec=spec, KeyUsage=usage)
    assert newer.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made
    assert (made["KeySpec"], made["CustomerMasterKeySpec"], made["KeyUsage"]) == (spec, spec, usage)
    assert (made["KeyState"], made["Enabled"], made["Origin"]) == ("Enabled", True, "AWS_KMS")
    assert {name: sorted(made[name]) for name in ALGORITHMS.values() if name in made} == {
        ALGORITHMS[usage]: algorithms}
    assert ("CurrentKeyMaterialId" in made) == (spec == "SYMMETRIC_DEFAULT")


@pytest.mark.parametrize("spec, usage", REFUSED)
def test_a_spec_has_its_usages(newer, spec, usage):
    with refused("ValidationException", f"KeyUsage {usage} is not compatible with KeySpec {spec}", 400):
        newer.create_key(KeySpec=spec, KeyUsage=usage)


@pytest.mark.parametrize("spec", [s for s in dict.fromkeys(kind[0] for kind in KINDS) if s != "SYMMETRIC_DEFAULT"])
def test_the_usage_must_be_given(newer, spec):
    with refused("ValidationException", status=400):
        newer.create_key(KeySpec=spec)


def test_the_old_name_of_the_spec(newer):
    assert make(newer, CustomerMasterKeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeySpec"] == "RSA_2048"
    with refused("ValidationException", status=400):
        newer.create_key(CustomerMasterKeySpec="RSA_2048", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")


def test_specs_that_are_not_to_be_had(newer):
    with refused("UnsupportedOperationException", status=400):
        newer.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY")
    for more in ({"KeySpec": "RSA_1024"}, {"KeyUsage": "EVERYTHING"}, {"Origin": "NOWHERE"}):
        with refused("ValidationException", status=400):
            newer.create_key(**more)


@pytest.mark.parametrize("spec, usage", [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC"),
                                         ("RSA_2048", "SIGN_VERIFY"), ("ECC_NIST_P256", "KEY_AGREEMENT")])
def test_keys_for_imported_material(newer, spec, usage):
    made = make(newer, KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")
    assert (made["Origin"], made["KeyState"], made["Enabled"]) == ("EXTERNAL", "PendingImport", False)
    for member in ("ExpirationModel", "ValidTo", "CurrentKeyMaterialId"):
        assert member not in made


def test_there_are_no_custom_key_stores(newer):
    with refused("CustomKeyStoreNotFoundException", status=400):
        newer.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId="cks-1234567890abcdef0")
    for more in ({"Origin": "AWS_CLOUDHSM"}, {"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "x"}, {"XksKeyId": "x"}):
        with refused("ValidationException", status=400):
            newer.create_key(**more)


@pytest.mark.parametrize("spec, usage", [kind[:2] for kind in KINDS if kind[0][:4] != "RSA_"])
def test_keys_for_many_regions(newer, spec, usage):
    made = make(newer, KeySpec=spec, KeyUsage=usage, MultiRegion=True)
    assert made["KeyId"].startswith("mrk-") and len(made["KeyId"]) == 36 and made["MultiRegion"] is True
    assert made["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY", "PrimaryKey": {"Arn": made["Arn"], "Region": "us-east-1"}, "ReplicaKeys": []}


# -- Names

def test_ways_to_name_a_key(account, kms):
    made = make(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=made["Arn"])
    for name in (made["KeyId"], made["Arn"], "alias/app", f"arn:aws:kms:us-east-1:{account.id}:alias/app"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == made["Arn"]
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == made["Arn"]


@pytest.mark.parametrize("operation, more", [
    ("enable_key", {}), ("disable_key", {}), ("get_key_policy", {}), ("list_key_policies", {}),
    ("put_key_policy", {"Policy": "{}"}), ("update_key_description", {"Description": "x"}),
    ("schedule_key_deletion", {}), ("cancel_key_deletion", {}), ("list_resource_tags", {}), ("list_grants", {}),
    ("tag_resource", {"Tags": []}), ("untag_resource", {"TagKeys": []}), ("enable_key_rotation", {}),
    ("disable_key_rotation", {}), ("get_key_rotation_status", {}), ("rotate_key_on_demand", {}),
    ("list_key_rotations", {}), ("replicate_key", {"ReplicaRegion": "eu-west-1"}), ("get_key_last_usage", {}),
    ("update_primary_region", {"PrimaryRegion": "eu-west-1"}), ("list_aliases", {})])
def test_what_changes_a_key_knows_no_alias(newer, operation, more):
    newer.create_alias(AliasName="alias/app", TargetKeyId=make(newer)["KeyId"])
    with refused("NotFoundException", "Invalid keyId 'alias/app'", 400):
        getattr(newer, operation)(KeyId="alias/app", **more)


@pytest.mark.parametrize("name", ["app", "aws/s3", "1234", "key/11111111-2222-3333-4444-555555555555", "alias:app",
                                  "11111111-2222-3333-4444-55555555555", "11111111-2222-3333-4444-55555555555g",
                                  "mrk-1111", "with space", "schlüssel"])
def test_what_is_no_id(kms, name):
    for call in (kms.describe_key, kms.enable_key, kms.get_key_policy):
        with refused("NotFoundException", f"Invalid keyId '{name}'", 400):
            call(KeyId=name)


@pytest.mark.parametrize("key_id", ["11111111-2222-3333-4444-555555555555", "mrk-" + "1" * 32])
def test_a_key_that_is_not_there(account, kms, key_id):
    arn = f"arn:aws:kms:us-east-1:{account.id}:key/{key_id}"
    for name in (key_id, arn):
        for call in (kms.describe_key, kms.enable_key, kms.schedule_key_deletion):
            with refused("NotFoundException", f"Key '{arn}' does not exist", 400):
                call(KeyId=name)


def test_an_alias_that_is_not_there(account, kms):
    arn = f"arn:aws:kms:us-east-1:{account.id}:alias/none"
    for name in ("alias/none", arn):
        with refused("NotFoundException", f"Alias {arn} is not found.", 400):
            kms.describe_key(KeyId=name)


@pytest.mark.parametrize("change", [
    lambda arn: arn.replace(":aws:", ":aws-cn:"), lambda arn: arn.replace(":kms:", ":s3:"),
    lambda arn: ":".join(arn.split(":")[:5]), lambda arn: "arn:", lambda arn: arn.replace(":key", "1:key")])
def test_malformed_arns(kms, change):
    with refused("InvalidArnException", status=400):
        kms.describe_key(KeyId=change(make(kms)["Arn"]))


def test_the_arn_of_another_region(account, kms):
    made = make(kms)
    with refused("NotFoundException", "Invalid arn us-east-1", 400):
        account.client("kms", region="eu-west-1").describe_key(KeyId=made["Arn"])
    with refused("NotFoundException", status=400):
        account.client("kms", region="eu-west-1").describe_key(KeyId=made["KeyId"])


def test_keys_of_another_account(account, other_account, kms):
    theirs = make(other_account.client("kms"))
    arn = f"arn:aws:kms:us-east-1:{account.id}:key/{theirs['KeyId']}"
    with refused("NotFoundException", f"Key '{arn}' does not exist", 400):
        kms.describe_key(KeyId=theirs["KeyId"])
    not_there = theirs["Arn"][:-12] + "000000000000"
    for name in (theirs["Arn"], not_there):  # nothing is told of what is there
        with refused("AccessDeniedException", status=400):
            kms.describe_key(KeyId=name)


def test_what_a_policy_lets_another_account_do(account, other_account, kms):
    made = make(kms)
    kms.put_key_policy(KeyId=made["KeyId"], Policy=document(owner(account), allow(account, other_account.id)))
    theirs = other_account.client("kms", parameter_validation=False)
    assert theirs.describe_key(KeyId=made["Arn"])["KeyMetadata"]["AWSAccountId"] == account.id
    assert theirs.get_key_rotation_status(KeyId=made["Arn"])["KeyRotationEnabled"] is False
    for call, more in ((theirs.disable_key, {}), (theirs.get_key_policy, {}), (theirs.schedule_key_deletion, {}),
                       (theirs.put_key_policy, {"Policy": document(owner(account))}), (theirs.list_resource_tags, {}),
                       (theirs.tag_resource, {"Tags": []}), (theirs.enable_key_rotation, {}),
                       (JsonClient(other_account).get_key_last_usage, {})):
        with refused("AccessDeniedException", status=400):
            call(KeyId=made["Arn"], **more)


# -- Descriptions, tags, states

def test_descriptions(kms):
    words = "Größe, 鍵, 🔑 and \t tabs"
    made = make(kms, Description=words)
    assert made["Description"] == words
    kms.update_key_description(KeyId=made["Arn"], Description="d" * 8192)
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"] == "d" * 8192
    kms.update_key_description(KeyId=made["KeyId"], Description="")
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"] == ""
    for call, more in ((kms.update_key_description, {"KeyId": made["KeyId"]}), (kms.create_key, {})):
        with refused("ValidationException", status=400):
            call(Description="d" * 8193, **more)


def test_tags_at_creation(account, kms):
    tags = [{"TagKey": "Größe", "TagValue": "鍵 🔑"}, {"TagKey": "team", "TagValue": ""}]
    made = make(kms, Tags=tags)
    assert sorted(kms.list_resource_tags(KeyId=made["KeyId"])["Tags"], key=lambda t: t["TagKey"]) == tags
    user = account.user(policy=policy("kms:CreateKey"))
    make(user.client("kms"))
    with refused("AccessDeniedException", status=400):
        user.client("kms").create_key(Tags=tags)


def test_disable_and_enable(kms):
    made = make(kms)
    blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for _ in range(2):  # doing it again changes nothing
        kms.disable_key(KeyId=made["KeyId"])
        now = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
        assert (now["KeyState"], now["Enabled"]) == ("Disabled", False)
    with refused("DisabledException", f"{made['Arn']} is disabled.", 400):
        kms.decrypt(CiphertextBlob=blob)
    for _ in range(2):
        kms.enable_key(KeyId=made["Arn"])
        assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Enabled"] is True
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


# -- ListKeys

def test_pages_of_keys(account, kms):
    assert kms.list_keys()["Keys"] == []
    made = [make(kms) for _ in range(7)]
    make(account.client("kms", region="eu-west-1"))
    expected = sorted((key["KeyId"], key["Arn"]) for key in made)
    for size in (1, 3, 7, 1000):
        keys = all_pages(kms.list_keys, "Keys", size)
        assert sorted((key["KeyId"], key["KeyArn"]) for key in keys) == expected
    kms.describe_key(KeyId="alias/aws/s3")
    assert len(kms.list_keys()["Keys"]) == 8  # those of AWS too


@pytest.mark.parametrize("limit", [0, 1001, -1])
def test_limits_of_pages(kms, limit):
    with refused("ValidationException", status=400):
        kms.list_keys(Limit=limit)


def test_markers(kms):
    for _ in range(2):
        make(kms)
    marker = kms.list_keys(Limit=1)["NextMarker"]
    for call, given in ((kms.list_keys, "made-up"), (kms.list_keys, marker[:-1]), (kms.list_aliases, marker)):
        with refused("InvalidMarkerException", status=400):
            call(Marker=given)


def test_a_key_is_a_key_of_its_region(account, kms):
    make(kms)
    assert account.client("kms", region="eu-central-1").list_keys()["Keys"] == []


# -- DryRun

def test_dry_runs(newer):
    key = make(newer)["KeyId"]
    mac = make(newer, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    pair = make(newer, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyId"]
    text = base64.b64encode(b"x").decode()
    blob = newer.encrypt(KeyId=key, Plaintext=text)["CiphertextBlob"]
    calls = [
        (newer.encrypt, {"KeyId": key, "Plaintext": text}), (newer.decrypt, {"CiphertextBlob": blob}),
        (newer.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key}),
        (newer.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (newer.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
        (newer.generate_data_key_pair, {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (newer.generate_mac, {"KeyId": mac, "Message": text, "MacAlgorithm": "HMAC_SHA_256"}),
        (newer.sign, {"KeyId": pair, "Message": text, "SigningAlgorithm": "ECDSA_SHA_256"}),
        (newer.create_grant, {"KeyId": key, "GranteePrincipal": "000000000000", "Operations": ["Decrypt"]})]
    for call, data in calls[:-1]:
        with refused("DryRunOperationException",
                     "The request would have succeeded, but the DryRun option is set.", 400):
            call(**data, DryRun=True)
    newer.disable_key(KeyId=key)
    for call, data in calls[:6]:
        with refused("DisabledException", status=400):
            call(**data, DryRun=True)
    assert "KeyLastUsage" not in newer.get_key_last_usage(KeyId=pair)


def test_a_dry_run_needs_the_permission(account, newer):
    key = make(newer)["KeyId"]
    nobody = JsonClient(account, creds=account.user().creds)
    with refused("AccessDeniedException", status=400):
        nobody.encrypt(KeyId=key, Plaintext="eA==", DryRun=True)


# -- Policies

def test_the_default_policy(account, kms):
    key = make(kms)["KeyId"]
    answer = kms.get_key_policy(KeyId=key)
    assert json.loads(answer["Policy"]) == {
        "Version": "2012-10-17", "Id": "key-default-1", "Statement": [
            {"Sid": "Enable IAM User Permissions", **owner(account)}]}
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == answer["Policy"]
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


def test_a_policy_is_given_back_as_it_was_put(account, kms):
    user = account.user()
    text = json.dumps(json.loads(document(owner(account), allow(account, user.arn, "kms:Encrypt"))), indent=7)
    text = text.replace("kms:Encrypt", "kms:\\u0045ncrypt") + "\n\t \r\n"
    made = make(kms, Policy=text)
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == text
    other = document(owner(account))
    kms.put_key_policy(KeyId=made["Arn"], PolicyName="default", Policy=other)
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == other
    kms.put_key_policy(KeyId=made["Arn"], Policy=text)
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == text
    user.client("kms").encrypt(KeyId=made["KeyId"], Plaintext=b"x")


def test_there_is_one_policy_of_one_name(account, kms):
    key = make(kms)["KeyId"]
    for call, more in ((kms.get_key_policy, {}), (kms.put_key_policy, {"Policy": document(owner(account))})):
        with refused("NotFoundException", "No such policy exists", 400):
            call(KeyId=key, PolicyName="other", **more)
        with refused("ValidationException", status=400):
            call(KeyId=key, PolicyName="n" * 129, **more)


LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def test_nobody_locks_oneself_out(account, kms):
    user = account.user(policy=policy("kms:*"))
    mine = user.client("kms", parameter_validation=False)
    key = make(mine)["KeyId"]
    open_to_user = document(allow(account, user.arn))
    open_to_root = document(allow(account, account.arn("root")))
    only_use = document(allow(account, user.arn, "kms:Encrypt"))
    for call, more in ((mine.create_key, {}), (mine.put_key_policy, {"KeyId": key})):
        with refused("MalformedPolicyDocumentException", LOCKED_OUT, 400):
            call(Policy=only_use, **more)
        for good in (open_to_user, open_to_root):
            call(Policy=good, **more)
    mine.put_key_policy(KeyId=key, Policy=open_to_user)
    with refused("AccessDeniedException", status=400):
        kms.put_key_policy(KeyId=key, Policy=open_to_root)  # the root user has no power over it
    with refused("MalformedPolicyDocumentException", LOCKED_OUT, 400):
        kms.create_key(Policy=open_to_user)


def test_to_lock_oneself_out_on_purpose(account, kms):
    user = account.user()
    text = document(allow(account, user.arn))
    made = make(kms, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    with refused("AccessDeniedException", status=400):
        kms.get_key_policy(KeyId=made["KeyId"])
    assert user.client("kms", parameter_validation=False).get_key_policy(KeyId=made["KeyId"])["Policy"] == text
    user.client("kms", parameter_validation=False).put_key_policy(KeyId=made["KeyId"], Policy=document(owner(account)),
                                      BypassPolicyLockoutSafetyCheck=True)
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == document(owner(account))


def test_the_root_statement_makes_iam_policies_count(account, kms):
    user = account.user(policy=policy("kms:*"))
    with_root = make(kms)["KeyId"]
    admin = account.user()
    without = make(kms, Policy=document(allow(account, [admin.arn, account.arn("root")], "kms:PutKeyPolicy")))["KeyId"]
    assert user.client("kms").encrypt(KeyId=with_root, Plaintext=b"x")
    with refused("AccessDeniedException", status=400):
        user.client("kms").encrypt(KeyId=without, Plaintext=b"x")


def test_principals_must_be_there(account, other_account, kms):
    key = make(kms)["KeyId"]
    for name in (account.arn("user/nobody"), account.arn("role/nobody"), other_account.arn("user/nobody"),
                 "AIDAAAAAAAAAAAAAAAAAA"):
        text = document(owner(account), allow(account, name))
        for call, more in ((kms.create_key, {}), (kms.put_key_policy, {"KeyId": key})):
            with refused("MalformedPolicyDocumentException",
                         "Policy contains a statement with one or more invalid principals.", 400):
                call(Policy=text, **more)
    user, role = account.user(), account.role()
    text = document(owner(account), allow(account, [user.arn, role, other_account.id, other_account.arn("root"), "*"]),
                    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:*",
                     "Resource": "*"})
    kms.put_key_policy(KeyId=key, Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == text


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_principal_made_anew_is_not_the_one_that_is_meant(account, kms, kind):
    def create():
        if kind == "user":
            return account.user("app")
        role = account.role("app")
        creds = account.assume(role, account.user(policy=policy("sts:AssumeRole")).creds)
        return type("Role", (), {"arn": role, "client": lambda self, name: account.client(name, creds=creds)})()

    def delete():
        if kind == "role":
            account.iam.delete_role(RoleName="app")
            return
        for row in account.iam.list_access_keys(UserName="app")["AccessKeyMetadata"]:
            account.iam.delete_access_key(UserName="app", AccessKeyId=row["AccessKeyId"])
        account.iam.delete_user(UserName="app")

    first = create()
    text = document(owner(account), allow(account, first.arn))
    key = make(kms, Policy=text)["KeyId"]
    first.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    delete()
    shown = json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"]["AWS"]
    assert shown.startswith("AIDA" if kind == "user" else "AROA")
    second = create()
    with refused("AccessDeniedException", status=400):
        second.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    kms.put_key_policy(KeyId=key, Policy=text)
    second.client("kms").encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize("text", ["nonsense", "{}", "[]", '{"Version": "2012-10-17"}',
                                  '{"Version": "2012-10-16", "Statement": []}',
                                  json.dumps(policy("kms:*")),
                                  document({"Effect": "Maybe", "Principal": "*", "Action": "kms:*", "Resource": "*"}),
                                  document({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
                                            "Condition": {"Nonsense": {"a": "b"}}})])
def test_malformed_policies(kms, text):
    key = make(kms)["KeyId"]
    for call, more in ((kms.create_key, {}), (kms.put_key_policy, {"KeyId": key})):
        with refused("MalformedPolicyDocumentException", status=400):
            call(Policy=text, BypassPolicyLockoutSafetyCheck=True, **more)


def test_a_statement_without_action_or_resource_has_no_effect(account, kms):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html#API_PutKeyPolicy_RequestParameters"""
    key = make(kms)["KeyId"]
    user = account.user()
    for missing in ("Action", "Resource"):
        rows = [allow(account, user.arn), {**allow(account, "*"), "Effect": "Deny"}]
        for row in rows:
            row.pop(missing)
        text = document(owner(account), *rows)
        kms.put_key_policy(KeyId=key, Policy=text)
        assert kms.get_key_policy(KeyId=key)["Policy"] == text
        with refused("AccessDeniedException", status=400):
            user.client("kms").encrypt(KeyId=key, Plaintext=b"x")
        kms.encrypt(KeyId=key, Plaintext=b"x")


def test_the_size_of_a_policy(account, kms):
    key = make(kms)["KeyId"]
    text = document(owner(account))
    most = text + " " * (32768 - len(text))
    kms.put_key_policy(KeyId=key, Policy=most)
    assert kms.get_key_policy(KeyId=key)["Policy"] == most
    for call, more in ((kms.create_key, {}), (kms.put_key_policy, {"KeyId": key})):
        with refused("LimitExceededException", status=400):
            call(Policy=most + " ", **more)
        with refused("ValidationException", status=400):
            call(Policy=text + " " * 131072, **more)


def test_the_characters_of_a_policy(account, kms):
    text = json.dumps({"Version": "2012-10-17", "Id": "Größe", "Statement": [owner(account)]}, ensure_ascii=False)
    key = make(kms, Policy=text)["KeyId"]
    assert kms.get_key_policy(KeyId=key)["Policy"] == text
    with refused("ValidationException", status=400):
        kms.put_key_policy(KeyId=key, Policy=text.replace("ö", "鍵"))


# -- Keys that AWS manages

def test_a_managed_key_is_made_when_it_is_first_looked_at(account, kms):
    made = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (made["KeyManager"], made["KeyState"], made["Origin"]) == ("AWS", "Enabled", "AWS_KMS")
    assert kms.describe_key(KeyId=f"arn:aws:kms:us-east-1:{account.id}:alias/aws/s3")["KeyMetadata"] == made
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made
    elsewhere = account.client("kms", region="eu-west-1").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert elsewhere["KeyId"] != made["KeyId"]
    with refused("NotFoundException", status=400):
        kms.describe_key(KeyId="alias/aws/none")


@pytest.mark.parametrize("operation, more", [
    ("enable_key", {}), ("disable_key", {}), ("schedule_key_deletion", {}), ("put_key_policy", {"Policy": "{}"}),
    ("update_key_description", {"Description": "x"}), ("tag_resource", {"Tags": []}),
    ("untag_resource", {"TagKeys": []}), ("encrypt", {"Plaintext": "eA=="}),
    ("replicate_key", {"ReplicaRegion": "eu-west-1"})])
def test_nobody_changes_a_managed_key(newer, operation, more):
    key = newer.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
    with refused("AccessDeniedException", status=400):
        getattr(newer, operation)(KeyId=key, **more)


def test_a_managed_key_may_be_looked_at(kms):
    key = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyId"]
    assert "kms:ViaService" in kms.get_key_policy(KeyId=key)["Policy"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert [alias["AliasName"] for alias in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/aws/ssm"]


# -- Permissions

def test_permissions_are_asked_before_the_key(account, kms):
    nobody = account.user().client("kms")
    arn = f"arn:aws:kms:us-east-1:{account.id}:key/11111111-2222-3333-4444-555555555555"
    for name in (make(kms)["KeyId"], arn):
        with refused("AccessDeniedException", status=400):
            nobody.describe_key(KeyId=name)
    for call in (nobody.create_key, nobody.list_keys, nobody.list_aliases):
        with refused("AccessDeniedException", status=400):
            call()


def test_tags_decide(account, kms):
    user = account.user(policy=policy(statement("kms:DescribeKey", Condition={
        "StringEquals": {"aws:ResourceTag/team": "red"}})))
    red = make(kms, Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyId"]
    blue = make(kms, Tags=[{"TagKey": "team", "TagValue": "blue"}])["KeyId"]
    assert user.client("kms").describe_key(KeyId=red)
    with refused("AccessDeniedException", status=400):
        user.client("kms").describe_key(KeyId=blue)


# -- The command line

def test_a_key_s_life_on_the_command_line(account):
    key = account.cli(["kms", "create-key", "--description", "for the app", "--tags",
                       "TagKey=team,TagValue=red"])["KeyMetadata"]["KeyId"]
    account.cli(f"kms create-alias --alias-name alias/app --target-key-id {key}")
    assert account.cli("kms describe-key --key-id alias/app")["KeyMetadata"]["Description"] == "for the app"
    text = base64.b64encode(b"secret").decode()
    account.cli(["kms", "encrypt", "--key-id", "alias/app", "--plaintext", text, "--output", "json"])
    account.cli(f"kms disable-key --key-id {key}")
    with pytest.raises(CliError) as caught:
        account.cli("kms generate-data-key --key-id alias/app --key-spec AES_256")
    assert caught.value.code == "DisabledException"
    account.cli(f"kms enable-key --key-id {key}")
    answer = account.cli(f"kms schedule-key-deletion --key-id {key} --pending-window-in-days 7")
    assert answer["KeyState"] == "PendingDeletion" and answer["PendingWindowInDays"] == 7
    account.cli(f"kms cancel-key-deletion --key-id {key}")
    assert account.cli(f"kms describe-key --key-id {key}")["KeyMetadata"]["KeyState"] == "Disabled"
