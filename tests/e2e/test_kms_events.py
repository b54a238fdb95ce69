"""What CloudTrail's records say of KMS: never a plaintext or a ciphertext, always the key; and GetKeyLastUsage.
https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html"""
import base64
import json

import pytest

from harness.account import Account
from harness.json_client import JsonClient
from harness.kms import import_material
from harness.refusals import refused

SECRET = b"a plaintext that nobody shall read"
TEXT = base64.b64encode(SECRET).decode()
PLAIN = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
MAC = ("HMAC_256", "GENERATE_VERIFY_MAC")
SIGN = ("ECC_NIST_P256", "SIGN_VERIFY")


@pytest.fixture
def kms(account):
    return JsonClient(account)


def make(kms, kind=PLAIN, **more):
    return kms.create_key(KeySpec=kind[0], KeyUsage=kind[1], **more)["KeyMetadata"]


def key_row(account, arn):
    return {"accountId": account.id, "type": "AWS::KMS::Key", "ARN": arn}


# -- What reads

READS = [
    ("DescribeKey", {}), ("GetKeyPolicy", {}), ("GetKeyPolicy", {"PolicyName": "default"}),
    ("GetKeyRotationStatus", {}), ("ListGrants", {}), ("ListKeyPolicies", {}), ("ListKeyRotations", {}),
    ("ListResourceTags", {"Limit": 3}), ("GetKeyLastUsage", {})]


@pytest.mark.parametrize("operation, more", READS)
def test_reads(account, kms, operation, more):
    made = make(kms)
    kms.call(operation, KeyId=made["KeyId"], **more)
    event = account.event(operation)
    assert event["requestParameters"] == {"keyId": made["KeyId"], **{k[0].lower() + k[1:]: v for k, v in more.items()}}
    assert event["readOnly"] is True and event["responseElements"] is None
    assert event["resources"] == [key_row(account, made["Arn"])]
    assert (event["eventSource"], event["eventType"]) == ("kms.amazonaws.com", "AwsApiCall")


def test_listings(account, kms):
    kms.list_keys(Limit=5)
    kms.list_aliases()
    event = account.event("ListKeys")
    assert event["requestParameters"] == {"limit": 5} and event["readOnly"] is True
    assert not event.get("resources")
    assert account.event("ListAliases")["readOnly"] is True


# -- What keys do

def use(kms, made, operation):
    """Calls the operation; gives what its record must say of the request."""
    key = made["KeyId"]
    context = {"EncryptionContext": {"for": "test"}}
    as_told = {"encryptionContext": {"for": "test"}}
    data, told = {}, {}
    if operation == "Encrypt":
        data, told = {"Plaintext": TEXT, **context}, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", **as_told}
    elif operation in ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
        data, told = {"KeySpec": "AES_256", **context}, {"keySpec": "AES_256", **as_told}
    elif operation in ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"):
        data, told = {"KeyPairSpec": "ECC_NIST_P256", **context}, {"keyPairSpec": "ECC_NIST_P256", **as_told}
    elif operation == "GenerateMac":
        data, told = {"Message": TEXT, "MacAlgorithm": "HMAC_SHA_256"}, {"macAlgorithm": "HMAC_SHA_256"}
    elif operation == "VerifyMac":
        how = {"Message": TEXT, "MacAlgorithm": "HMAC_SHA_256"}
        data = {**how, "Mac": kms.generate_mac(KeyId=key, **how)["Mac"]}
        told = {"macAlgorithm": "HMAC_SHA_256"}
    elif operation == "Sign":
        data, told = {"Message": TEXT, "SigningAlgorithm": "ECDSA_SHA_256"}, {"signingAlgorithm": "ECDSA_SHA_256"}
    elif operation == "Verify":
        how = {"Message": TEXT, "SigningAlgorithm": "ECDSA_SHA_256"}
        data = {**how, "Signature": kms.sign(KeyId=key, **how)["Signature"]}
        told = {"signingAlgorithm": "ECDSA_SHA_256"}
    elif operation == "Decrypt":
        data = {"CiphertextBlob": kms.encrypt(KeyId=key, Plaintext=TEXT, **context)["CiphertextBlob"], **context}
        told = {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", **as_told}
    answer = kms.call(operation, KeyId=key, **data)
    return answer, {"keyId": key, **{name: value for name, value in told.items() if value}}


USES = [("Encrypt", PLAIN), ("Decrypt", PLAIN), ("GenerateDataKey", PLAIN), ("GenerateDataKeyWithoutPlaintext", PLAIN),
        ("GenerateDataKeyPair", PLAIN), ("GenerateDataKeyPairWithoutPlaintext", PLAIN), ("GenerateMac", MAC),
        ("VerifyMac", MAC), ("Sign", SIGN), ("Verify", SIGN), ("GetPublicKey", SIGN)]


@pytest.mark.parametrize("operation, kind", USES)
def test_uses(account, kms, operation, kind):
    made = make(kms, kind)
    answer, told = use(kms, made, operation)
    event = account.event(operation)
    assert event["requestParameters"] == told
    assert event["readOnly"] is True and event["responseElements"] is None and event["managementEvent"] is True
    assert event["resources"] == [key_row(account, made["Arn"])]
    material = {"keyMaterialId": made["CurrentKeyMaterialId"]} if kind == PLAIN else None
    assert event.get("additionalEventData") == material
    record = json.dumps(account.events())
    secrets = [answer[name] for name in ("Plaintext", "CiphertextBlob", "PrivateKeyPlaintext", "Signature", "Mac",
                                         "PrivateKeyCiphertextBlob") if name in answer]
    for secret in (TEXT, SECRET.decode(), *secrets):
        assert secret not in record


def test_a_re_encryption_names_both_keys(account, kms):
    first, second = make(kms), make(kms)
    blob = kms.encrypt(KeyId=first["KeyId"], Plaintext=TEXT)["CiphertextBlob"]
    answer = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=second["KeyId"],
                            DestinationEncryptionContext={"level": "3A"})
    event = account.event("ReEncrypt")
    assert event["requestParameters"] == {"destinationKeyId": second["KeyId"],
                                          "destinationEncryptionContext": {"level": "3A"},
                                          "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                                          "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    assert sorted(row["ARN"] for row in event["resources"]) == sorted([first["Arn"], second["Arn"]])
    assert event["additionalEventData"] == {"sourceKeyMaterialId": first["CurrentKeyMaterialId"],
                                            "destinationKeyMaterialId": second["CurrentKeyMaterialId"]}
    for text in (blob, answer["CiphertextBlob"], TEXT):
        assert text not in json.dumps(event)


def test_a_re_encryption_to_a_pair_names_one_material(account, kms):
    first, pair = make(kms), make(kms, ("RSA_2048", "ENCRYPT_DECRYPT"))
    blob = kms.encrypt(KeyId=first["KeyId"], Plaintext=TEXT)["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=pair["KeyId"],
                   DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert account.event("ReEncrypt")["additionalEventData"] == {"sourceKeyMaterialId": first["CurrentKeyMaterialId"]}


def test_random_bytes_are_not_recorded(account, kms):
    made = kms.generate_random(NumberOfBytes=32)["Plaintext"]
    event = account.event("GenerateRandom")
    assert event["requestParameters"] == {"numberOfBytes": 32} and event["responseElements"] is None
    assert made not in json.dumps(event) and event["readOnly"] is True


def test_an_alias_is_recorded_as_it_was_given(account, kms):
    made = make(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=made["KeyId"])
    kms.encrypt(KeyId="alias/app", Plaintext=TEXT)
    event = account.event("Encrypt")
    assert event["requestParameters"] == {"keyId": "alias/app", "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    assert event["resources"] == [key_row(account, made["Arn"])]


# -- What changes

CHANGES = [
    ("EnableKey", {}, True), ("DisableKey", {}, True), ("UpdateKeyDescription", {"Description": "new"}, True),
    ("EnableKeyRotation", {"RotationPeriodInDays": 180}, True), ("DisableKeyRotation", {}, True),
    ("TagResource", {"Tags": [{"TagKey": "Department", "TagValue": "IT"}]}, False),
    ("UntagResource", {"TagKeys": ["Department"]}, False)]


def lowered(value):
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: lowered(item) for name, item in value.items()}
    return [lowered(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("operation, more, tells_key", CHANGES)
def test_changes(account, kms, operation, more, tells_key):
    made = make(kms)
    assert kms.call(operation, KeyId=made["KeyId"], **more) == {}
    event = account.event(operation)
    assert event["requestParameters"] == {"keyId": made["KeyId"], **lowered(more)}
    assert event["responseElements"] == ({"keyId": made["Arn"]} if tells_key else None)
    assert event["readOnly"] is False and event["resources"] == [key_row(account, made["Arn"])]


def test_create_key(account, kms):
    made = make(kms, Description="mine", Tags=[{"TagKey": "a", "TagValue": "b"}])
    event = account.event("CreateKey")
    assert event["requestParameters"] == {
        "description": "mine", "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT",
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT", "origin": "AWS_KMS", "bypassPolicyLockoutSafetyCheck": False,
        "tags": [{"tagKey": "a", "tagValue": "b"}]}
    told = event["responseElements"]["keyMetadata"]
    assert (told["keyId"], told["arn"], told["keyState"]) == (made["KeyId"], made["Arn"], "Enabled")
    assert (told["aWSAccountId"], told["multiRegion"]) == (account.id, False)
    assert event["readOnly"] is False and event["resources"] == [key_row(account, made["Arn"])]


def test_put_key_policy(account, kms):
    made = make(kms)
    text = kms.get_key_policy(KeyId=made["KeyId"])["Policy"]
    kms.put_key_policy(KeyId=made["KeyId"], Policy=text, BypassPolicyLockoutSafetyCheck=True)
    event = account.event("PutKeyPolicy")
    assert event["requestParameters"] == {"keyId": made["KeyId"], "policy": text,
                                          "bypassPolicyLockoutSafetyCheck": True}
    assert event["responseElements"] == {"keyId": made["Arn"]}


def test_aliases(account, kms):
    """Both resources are recorded as keys."""
    first, second = make(kms), make(kms)
    alias = f"arn:aws:kms:us-east-1:{account.id}:alias/app"
    kms.create_alias(AliasName="alias/app", TargetKeyId=first["KeyId"])
    kms.update_alias(AliasName="alias/app", TargetKeyId=second["KeyId"])
    kms.delete_alias(AliasName="alias/app")
    for name, made, told in (("CreateAlias", first, {"targetKeyId": first["KeyId"]}),
                             ("UpdateAlias", second, {"targetKeyId": second["KeyId"]}), ("DeleteAlias", second, {})):
        event = account.event(name)
        assert event["requestParameters"] == {"aliasName": "alias/app", **told}
        assert event["responseElements"] == {"keyId": made["Arn"]}
        rows = event["resources"]
        assert key_row(account, alias) in rows and key_row(account, made["Arn"]) in rows


def test_grants(account, kms):
    made = make(kms)
    root = account.arn("root")
    grant = kms.create_grant(KeyId=made["KeyId"], GranteePrincipal=root, RetiringPrincipal=root,
                             Operations=["Decrypt"])
    other = kms.create_grant(KeyId=made["KeyId"], GranteePrincipal=root, RetiringPrincipal=root,
                             Operations=["Encrypt"])
    kms.revoke_grant(KeyId=made["KeyId"], GrantId=grant["GrantId"])
    kms.retire_grant(GrantToken=other["GrantToken"])
    assert account.event("RevokeGrant")["responseElements"] == {"keyId": made["Arn"]}
    assert account.event("RetireGrant")["responseElements"] == {"keyId": made["Arn"]}
    record = json.dumps(account.events())
    for token in (grant["GrantToken"], other["GrantToken"]):
        assert token not in record


def test_imports(account, kms):
    made = make(kms, Origin="EXTERNAL")
    material, answer = import_material(kms, made["KeyId"])
    event = account.event("ImportKeyMaterial")
    assert event["requestParameters"] == {"keyId": made["KeyId"], "expirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    assert event["responseElements"] == {"keyId": made["Arn"], "keyMaterialId": answer["KeyMaterialId"]}
    asked = account.event("GetParametersForImport")
    assert asked["requestParameters"] == {"keyId": made["KeyId"], "wrappingAlgorithm": "RSAES_OAEP_SHA_256",
                                          "wrappingKeySpec": "RSA_2048"}
    assert asked["responseElements"] is None
    assert base64.b64encode(material).decode() not in json.dumps(account.events())


def test_the_end_of_imported_material(clock_server, home):
    account = Account.create(clock_server, home)
    kms = JsonClient(account)
    made = make(kms, Origin="EXTERNAL")
    now = made["CreationDate"]
    _, answer = import_material(kms, made["KeyId"], ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=now + 86400)
    clock_server.admin.advance("1d1m")
    event = account.event("DeleteExpiredKeyMaterial")
    assert event["serviceEventDetails"] == {"keyId": made["KeyId"], "keyMaterialId": answer["KeyMaterialId"]}
    assert event["requestParameters"] is None and event["responseElements"] is None
    assert event["eventType"] == "AwsServiceEvent" and event["resources"] == [key_row(account, made["Arn"])]


# -- What is refused

def test_refusals(account, kms):
    made = make(kms)
    kms.disable_key(KeyId=made["KeyId"])
    with refused("DisabledException"):
        kms.encrypt(KeyId=made["KeyId"], Plaintext=TEXT)
    event = account.event("Encrypt")
    assert event["errorCode"] == "DisabledException" and event["errorMessage"] == f"{made['Arn']} is disabled."
    assert event["resources"] == [key_row(account, made["Arn"])] and TEXT not in json.dumps(event)
    with refused("KMSInvalidStateException"):
        kms.cancel_key_deletion(KeyId=made["KeyId"])
    event = account.event("CancelKeyDeletion")
    assert event["errorCode"] == "KMSInvalidStateException" and event["responseElements"] is None
    nobody = JsonClient(account, creds=account.user().creds)
    with refused("AccessDeniedException"):
        nobody.put_key_policy(KeyId=made["KeyId"], Policy="{}")
    event = account.event("PutKeyPolicy")
    assert event["errorCode"].startswith("AccessDenied") and event["responseElements"] is None


def test_a_dry_run_is_recorded_as_one(account, kms):
    made = make(kms)
    with refused("DryRunOperationException"):
        kms.encrypt(KeyId=made["KeyId"], Plaintext=TEXT, DryRun=True)
    event = account.event("Encrypt")
    assert event["errorCode"] == "DryRunOperationException" and event["requestParameters"]["dryRun"] is True


# -- Across accounts: each has a record of its own

def test_a_use_by_another_account_is_recorded_in_both(account, other_account, kms):
    made = make(kms)
    kms.put_key_policy(KeyId=made["KeyId"], Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [account.arn("root"), other_account.arn("root")]},
         "Action": "kms:*", "Resource": "*"}]}))
    JsonClient(other_account).encrypt(KeyId=made["Arn"], Plaintext=TEXT)
    theirs, ours = other_account.event("Encrypt"), account.event("Encrypt")
    assert theirs["requestID"] == ours["requestID"] and theirs["sharedEventID"] == ours["sharedEventID"]
    assert theirs["recipientAccountId"] == other_account.id and ours["recipientAccountId"] == account.id
    for event in (theirs, ours):
        assert event["resources"] == [key_row(account, made["Arn"])]
        assert event["userIdentity"]["accountId"] == other_account.id


# -- GetKeyLastUsage

def test_a_key_that_was_never_used(kms):
    made = make(kms)
    answer = kms.get_key_last_usage(KeyId=made["Arn"])
    assert answer == {"KeyId": made["KeyId"], "TrackingStartDate": made["CreationDate"],
                      "KeyCreationDate": made["CreationDate"]}


@pytest.mark.parametrize("operation, kind", [row for row in USES if row[0] != "GetPublicKey"])
def test_the_last_use(account, kms, operation, kind):
    made = make(kms, kind)
    use(kms, made, operation)
    event = account.event(operation)
    usage = kms.get_key_last_usage(KeyId=made["KeyId"])["KeyLastUsage"]
    assert usage["Operation"] == operation
    assert usage["CloudTrailEventId"] == event["eventID"] and usage["KmsRequestId"] == event["requestID"]
    assert usage["Timestamp"] >= made["CreationDate"]


def test_a_re_encryption_uses_both_keys(account, kms):
    first, second = make(kms), make(kms)
    blob = kms.encrypt(KeyId=first["KeyId"], Plaintext=TEXT)["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=second["KeyId"])
    event = account.event("ReEncrypt")
    for made in (first, second):
        usage = kms.get_key_last_usage(KeyId=made["KeyId"])["KeyLastUsage"]
        assert (usage["Operation"], usage["CloudTrailEventId"]) == ("ReEncrypt", event["eventID"])


def test_what_is_no_use(account, kms):
    made = make(kms, SIGN)
    kms.describe_key(KeyId=made["KeyId"])
    kms.get_public_key(KeyId=made["KeyId"])
    kms.disable_key(KeyId=made["KeyId"])
    with refused("DisabledException"):
        kms.sign(KeyId=made["KeyId"], Message=TEXT, SigningAlgorithm="ECDSA_SHA_256")
    kms.enable_key(KeyId=made["KeyId"])
    with refused("KMSInvalidSignatureException"):
        kms.verify(KeyId=made["KeyId"], Message=TEXT, Signature=TEXT, SigningAlgorithm="ECDSA_SHA_256")
    with refused("DryRunOperationException"):
        kms.sign(KeyId=made["KeyId"], Message=TEXT, SigningAlgorithm="ECDSA_SHA_256", DryRun=True)
    account.event("Verify"), account.event("Sign")
    assert "KeyLastUsage" not in kms.get_key_last_usage(KeyId=made["KeyId"])


def test_whose_usage_may_be_asked(account, other_account, kms):
    made = make(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=made["KeyId"])
    with refused("NotFoundException", "Invalid keyId 'alias/app'", 400):  # "Alias names are not supported."
        kms.get_key_last_usage(KeyId="alias/app")
    with refused("AccessDeniedException", status=400):
        JsonClient(other_account).get_key_last_usage(KeyId=made["Arn"])
    with refused("AccessDeniedException", status=400):
        JsonClient(account, creds=account.user().creds).get_key_last_usage(KeyId=made["KeyId"])
