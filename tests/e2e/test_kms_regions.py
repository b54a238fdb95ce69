"""Multi-Region KMS keys: replicas, what they share and what is their own, and which of them is the primary.
https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html"""
import base64
import json

import pytest

from harness.account import policy, statement
from harness.json_client import JsonClient
from harness.kms import import_material
from harness.refusals import refused

TEXT = base64.b64encode(b"text").decode()
HOME, IRELAND, FRANKFURT = "us-east-1", "eu-west-1", "eu-central-1"


@pytest.fixture
def kms(account):
    return JsonClient(account)


@pytest.fixture
def ireland(account):
    return JsonClient(account, region=IRELAND)


def make(kms, **more):
    return kms.create_key(MultiRegion=True, **more)["KeyMetadata"]


def describe(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]


def arn_in(region, made):
    return made["Arn"].replace(f":{HOME}:", f":{region}:")


def test_a_replica(kms, ireland):
    made = make(kms, Description="first", Tags=[{"TagKey": "team", "TagValue": "red"}])
    key = made["KeyId"]
    answer = kms.replicate_key(KeyId=made["Arn"], ReplicaRegion=IRELAND)
    replica = answer["ReplicaKeyMetadata"]
    assert replica == describe(ireland, key)
    regions = {"PrimaryKey": {"Arn": made["Arn"], "Region": HOME},
               "ReplicaKeys": [{"Arn": arn_in(IRELAND, made), "Region": IRELAND}]}
    assert replica["MultiRegionConfiguration"] == {"MultiRegionKeyType": "REPLICA", **regions}
    assert describe(kms, key)["MultiRegionConfiguration"] == {"MultiRegionKeyType": "PRIMARY", **regions}
    for member in ("KeyId", "KeySpec", "KeyUsage", "Origin", "EncryptionAlgorithms", "CurrentKeyMaterialId",
                   "AWSAccountId", "KeyManager", "KeyState"):
        assert replica[member] == made[member]
    assert replica["Arn"] == arn_in(IRELAND, made) and replica["Description"] == ""
    assert replica["CreationDate"] >= made["CreationDate"]
    assert json.loads(answer["ReplicaPolicy"])["Id"] == "key-default-1"
    assert answer["ReplicaPolicy"] == ireland.get_key_policy(KeyId=key)["Policy"]
    assert ireland.list_resource_tags(KeyId=key)["Tags"] == []
    assert [row["KeyArn"] for row in ireland.list_keys()["Keys"]] == [replica["Arn"]]


def test_a_replica_with_everything_of_its_own(account, kms, ireland):
    key = make(kms, Description="first")["KeyId"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account.arn("root")}, "Action": "kms:*", "Resource": "*"}]}, indent=3)
    tags = [{"TagKey": "stage", "TagValue": "test"}, {"TagKey": "team", "TagValue": "blue"}]
    answer = kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND, Description="second", Tags=tags, Policy=text)
    assert answer["ReplicaPolicy"] == text == ireland.get_key_policy(KeyId=key)["Policy"]
    assert answer["ReplicaTags"] == tags == ireland.list_resource_tags(KeyId=key)["Tags"]
    assert answer["ReplicaKeyMetadata"]["Description"] == "second"
    assert describe(kms, key)["Description"] == "first" and kms.list_resource_tags(KeyId=key)["Tags"] == []


def test_what_is_sealed_in_one_region_is_opened_in_the_other(kms, ireland):
    key = make(kms)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    context = {"EncryptionContext": {"for": "both"}}
    for here, there in ((kms, ireland), (ireland, kms)):
        blob = here.encrypt(KeyId=key, Plaintext=TEXT, **context)["CiphertextBlob"]
        answer = there.decrypt(CiphertextBlob=blob, **context)
        assert answer["Plaintext"] == TEXT and answer["KeyId"] == describe(there, key)["Arn"]
        assert there.decrypt(CiphertextBlob=blob, KeyId=key, **context)["Plaintext"] == TEXT
        with refused("InvalidCiphertextException", status=400):
            there.decrypt(CiphertextBlob=blob)
        data = here.generate_data_key(KeyId=key, KeySpec="AES_256")
        assert there.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]


def test_a_key_of_one_region_is_not_opened_in_another(kms, ireland):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    with refused("AccessDeniedException", status=400):
        ireland.decrypt(CiphertextBlob=blob)


@pytest.mark.parametrize("spec, usage", [("HMAC_384", "GENERATE_VERIFY_MAC"), ("RSA_2048", "SIGN_VERIFY"),
                                         ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"), ("RSA_2048", "ENCRYPT_DECRYPT")])
def test_replicas_of_every_kind(kms, ireland, spec, usage):
    key = make(kms, KeySpec=spec, KeyUsage=usage)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    if usage == "GENERATE_VERIFY_MAC":
        how = {"KeyId": key, "Message": TEXT, "MacAlgorithm": "HMAC_SHA_384"}
        assert ireland.verify_mac(Mac=kms.generate_mac(**how)["Mac"], **how)["MacValid"] is True
        return
    assert kms.get_public_key(KeyId=key)["PublicKey"] == ireland.get_public_key(KeyId=key)["PublicKey"]
    if usage == "SIGN_VERIFY":
        how = {"KeyId": key, "Message": TEXT, "SigningAlgorithm": (
            "ED25519_SHA_512" if spec.startswith("ECC") else "RSASSA_PSS_SHA_256")}
        assert kms.verify(Signature=ireland.sign(**how)["Signature"], **how)["SignatureValid"] is True
        return
    how = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(Plaintext=TEXT, **how)["CiphertextBlob"]
    assert ireland.decrypt(CiphertextBlob=blob, **how)["Plaintext"] == TEXT


def test_states_policies_tags_and_grants_are_each_region_s_own(account, kms, ireland):
    key = make(kms)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    ireland.disable_key(KeyId=key)
    ireland.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "red"}])
    ireland.update_key_description(KeyId=key, Description="there")
    ireland.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=account.arn("root"), Operations=["Decrypt"])
    user = account.user(policy=policy("kms:*"))
    deny = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account.arn("root")}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": "kms:DescribeKey", "Resource": "*"}]}
    ireland.put_key_policy(KeyId=key, Policy=json.dumps(deny))
    here = describe(kms, key)
    assert (here["KeyState"], here["Description"]) == ("Enabled", "")
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [] and kms.list_aliases(KeyId=key)["Aliases"] == []
    assert ireland.list_grants(KeyId=key)["Grants"] == []
    assert describe(JsonClient(account, creds=user.creds), key)["KeyState"] == "Enabled"
    with refused("AccessDeniedException", status=400):
        describe(JsonClient(account, creds=user.creds, region=IRELAND), key)
    assert kms.encrypt(KeyId=key, Plaintext=TEXT)
    with refused("DisabledException", status=400):
        ireland.encrypt(KeyId=key, Plaintext=TEXT)


def test_usage_is_each_region_s_own(account, kms, ireland):
    key = make(kms)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    request = account.client("kms").encrypt(KeyId=key, Plaintext=b"x")["ResponseMetadata"]["RequestId"]
    account.event("Encrypt", request)
    assert kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]["Operation"] == "Encrypt"
    assert "KeyLastUsage" not in ireland.get_key_last_usage(KeyId=key)


# -- What ReplicateKey refuses

def test_only_a_primary_is_replicated(kms, ireland):
    plain, key = kms.create_key()["KeyMetadata"]["KeyId"], make(kms)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    for client, name in ((kms, plain), (ireland, key)):
        with refused("UnsupportedOperationException", status=400):
            client.replicate_key(KeyId=name, ReplicaRegion=FRANKFURT)
        with refused("UnsupportedOperationException", status=400):
            client.update_primary_region(KeyId=name, PrimaryRegion=FRANKFURT)


def test_one_replica_in_a_region(kms):
    key = make(kms)["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    for region in (IRELAND, HOME):
        with refused("AlreadyExistsException", status=400):
            kms.replicate_key(KeyId=key, ReplicaRegion=region)


@pytest.mark.parametrize("region", ["eu-west-99", "cn-north-1", "us-gov-west-1", "Ireland", "", "eu-west-1 "])
def test_regions_that_are_not_to_be_had(kms, region):
    key = make(kms)["KeyId"]
    with refused("ValidationException", status=400):
        kms.replicate_key(KeyId=key, ReplicaRegion=region)


def test_what_else_a_replica_is_refused_for(account, kms, ireland):
    key = make(kms)["KeyId"]
    user = account.user()
    lock = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:*", "Resource": "*"}]})
    for code, more in (("MalformedPolicyDocumentException", {"Policy": lock}),
                       ("MalformedPolicyDocumentException", {"Policy": "{}"}),
                       ("TagException", {"Tags": [{"TagKey": "aws:x", "TagValue": ""}]}),
                       ("LimitExceededException", {"Policy": lock + " " * 32768}),
                       ("ValidationException", {"Description": "d" * 8193})):
        with refused(code, status=400):
            kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND, **more)
    assert describe(kms, key)["MultiRegionConfiguration"]["ReplicaKeys"] == [] and ireland.list_keys()["Keys"] == []
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND, Policy=lock, BypassPolicyLockoutSafetyCheck=True)
    with refused("AccessDeniedException", status=400):
        describe(ireland, key)
    assert describe(JsonClient(account, creds=user.creds, region=IRELAND), key)["KeyId"] == key


def test_permissions_to_replicate(account, kms):
    key = make(kms)["KeyId"]
    tags = [{"TagKey": "a", "TagValue": "b"}]
    for actions, more, is_enough in (
            (["kms:ReplicateKey"], {}, False), (["kms:CreateKey"], {}, False),
            (["kms:ReplicateKey", "kms:CreateKey"], {"Tags": tags}, False),
            (["kms:ReplicateKey", "kms:CreateKey"], {}, True)):
        client = JsonClient(account, creds=account.user(policy=policy(actions)).creds)
        if is_enough:
            client.replicate_key(KeyId=key, ReplicaRegion=IRELAND, **more)
            continue
        with refused("AccessDeniedException", status=400):
            client.replicate_key(KeyId=key, ReplicaRegion=IRELAND, **more)


def test_the_condition_on_the_region_of_a_replica(account, kms):
    key = make(kms)["KeyId"]
    user = account.user(policy=policy("kms:CreateKey", statement("kms:ReplicateKey", Condition={
        "StringEquals": {"kms:ReplicaRegion": [FRANKFURT]}})))
    client = JsonClient(account, creds=user.creds)
    with refused("AccessDeniedException", status=400):
        client.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    client.replicate_key(KeyId=key, ReplicaRegion=FRANKFURT)


def test_a_replica_of_an_imported_key_has_its_material_imported_too(kms, ireland):
    key = make(kms, Origin="EXTERNAL")["KeyId"]
    with refused("KMSInvalidStateException", status=400):
        kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    material, _ = import_material(kms, key)
    replica = kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)["ReplicaKeyMetadata"]
    assert replica["KeyState"] == "PendingImport" and replica["Enabled"] is False
    blob = kms.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    with refused("KMSInvalidStateException", status=400):
        ireland.decrypt(CiphertextBlob=blob)
    with refused("IncorrectKeyMaterialException", status=400):
        import_material(ireland, key)
    import_material(ireland, key, material)
    assert describe(ireland, key)["KeyState"] == "Enabled"
    assert ireland.decrypt(CiphertextBlob=blob)["Plaintext"] == TEXT


# -- UpdatePrimaryRegion

def test_the_primary_moves(account, kms, ireland):
    made = make(kms)
    key = made["KeyId"]
    for region in (IRELAND, FRANKFURT):
        kms.replicate_key(KeyId=key, ReplicaRegion=region)
    assert kms.update_primary_region(KeyId=key, PrimaryRegion=IRELAND) == {}
    expected = {
        "PrimaryKey": {"Arn": arn_in(IRELAND, made), "Region": IRELAND},
        "ReplicaKeys": [{"Arn": arn_in(FRANKFURT, made), "Region": FRANKFURT}, {"Arn": made["Arn"], "Region": HOME}]}
    for client, kind in ((ireland, "PRIMARY"), (kms, "REPLICA"), (JsonClient(account, region=FRANKFURT), "REPLICA")):
        now = describe(client, key)["MultiRegionConfiguration"]
        now["ReplicaKeys"].sort(key=lambda row: row["Region"])
        assert now == {"MultiRegionKeyType": kind, **expected}
    with refused("UnsupportedOperationException", status=400):
        kms.update_primary_region(KeyId=key, PrimaryRegion=FRANKFURT)
    with refused("UnsupportedOperationException", status=400):
        kms.replicate_key(KeyId=key, ReplicaRegion="ap-south-1")
    ireland.replicate_key(KeyId=key, ReplicaRegion="ap-south-1")
    ireland.update_primary_region(KeyId=key, PrimaryRegion=HOME)
    assert describe(kms, key)["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"


def test_it_moves_only_to_where_a_replica_is(kms):
    made = make(kms)
    for region in (IRELAND, "eu-west-99"):
        with refused("NotFoundException", f"Key '{arn_in(region, made)}' does not exist", 400):
            kms.update_primary_region(KeyId=made["KeyId"], PrimaryRegion=region)
    with refused("ValidationException", status=400):
        kms.update_primary_region(KeyId=made["KeyId"], PrimaryRegion="Ireland")


def test_both_keys_must_be_enabled(kms, ireland):
    made = make(kms)
    key = made["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    ireland.disable_key(KeyId=key)
    with refused("DisabledException", f"{arn_in(IRELAND, made)} is disabled.", 400):
        kms.update_primary_region(KeyId=key, PrimaryRegion=IRELAND)
    ireland.schedule_key_deletion(KeyId=key)
    with refused("KMSInvalidStateException", f"{arn_in(IRELAND, made)} is pending deletion.", 400):
        kms.update_primary_region(KeyId=key, PrimaryRegion=IRELAND)
    assert describe(kms, key)["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"


def test_permissions_to_move_the_primary(account, kms):
    made = make(kms)
    key = made["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=IRELAND)
    for resource in (made["Arn"], arn_in(IRELAND, made)):
        user = account.user(policy=policy(statement("kms:UpdatePrimaryRegion", resource=resource)))
        with refused("AccessDeniedException", status=400):
            JsonClient(account, creds=user.creds).update_primary_region(KeyId=key, PrimaryRegion=IRELAND)
    user = account.user(policy=policy(statement("kms:UpdatePrimaryRegion", resource=f"arn:aws:kms:*:*:key/{key}")))
    JsonClient(account, creds=user.creds).update_primary_region(KeyId=key, PrimaryRegion=IRELAND)


# -- Events

def test_the_events_of_replicating(account, kms):
    made = make(kms)
    kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion=IRELAND, Description="there")
    event = account.event("ReplicateKey")
    assert event["requestParameters"] == {"keyId": made["KeyId"], "replicaRegion": IRELAND, "description": "there"}
    assert event["responseElements"]["replicaKeyMetadata"]["arn"] == arn_in(IRELAND, made)
    assert event["responseElements"]["replicaKeyMetadata"]["aWSAccountId"] == account.id
    assert event["readOnly"] is False and made["Arn"] in [row["ARN"] for row in event["resources"]]
    kms.update_primary_region(KeyId=made["KeyId"], PrimaryRegion=IRELAND)
    event = account.event("UpdatePrimaryRegion")
    assert event["responseElements"] == {"keyId": made["Arn"]}
