"""KMS: each condition key of https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html, at least once
met and once not; in IAM policies and in key policies; with what counts when a parameter is left out."""
import pytest
from botocore.exceptions import ClientError

from harness.account import Account, policy, statement
from harness.key_policies import allow, deny, new_key, set_policy
from harness.json_client import newer_kms
from harness.refusals import OF_CIPHERTEXT, denied, refused

TEXT = b"attack at dawn"
TOKEN = {"ImportToken": b"token", "EncryptedKeyMaterial": b"material"}


class Lab:
    """An account, and its keys by what they are."""

    def __init__(self, account):
        self.account, self.keys = account, {}

    def key(self, kind="plain"):
        if kind not in self.keys:
            self.keys[kind] = new_key(self.account, **KINDS[kind])
        return self.keys[kind]

    def alias(self, name, kind="plain"):
        self.account.client("kms").create_alias(AliasName=name, TargetKeyId=self.key(kind))
        return name

    def blob(self, kind="plain", **more):
        return self.account.client("kms").encrypt(KeyId=self.key(kind), Plaintext=TEXT, **more)["CiphertextBlob"]

    def user(self, *statements):
        return newer_kms(self.account, creds=self.account.user(policy=policy(*statements)).creds)


KINDS = {
    "plain": {}, "other": {},
    "rsa": {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
    "signing": {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
    "agreement": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    "mac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "external": {"Origin": "EXTERNAL"},
    "multi": {"MultiRegion": True},
    "tagged": {"Tags": [{"TagKey": "team", "TagValue": "red"}]},
}


def is_allowed(call, **arguments):
    """What is refused for another reason was allowed."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDeniedException"
    return True


def settled(lab, arguments):
    return {name: value(lab) if callable(value) else value for name, value in arguments.items()}


@pytest.fixture
def lab(account):
    return Lab(account)


# -- What a request says: (condition, actions, operation, arguments, those that are allowed, those that are not)

def equals(key, value):
    return {"StringEquals": {key: value}}


PLAIN, RSA, MAC, SIGNING = ({"KeyId": lambda lab, kind=kind: lab.key(kind)} for kind in ("plain", "rsa", "mac", "signing"))
EXTERNAL, MULTI = ({"KeyId": lambda lab, kind=kind: lab.key(kind)} for kind in ("external", "multi"))
ENCRYPT = {**PLAIN, "Plaintext": TEXT}
DATA_KEY = {**PLAIN, "KeySpec": "AES_256"}
SIGN = {**SIGNING, "Message": b"\x11" * 32}
PSS, PKCS1 = {"SigningAlgorithm": "RSASSA_PSS_SHA_256"}, {"SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
GRANT = {**PLAIN, "GranteePrincipal": lambda lab: lab.account.arn("root"), "Operations": ["Encrypt"]}
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/"
SERVICE_GRANT = {**PLAIN, "Operations": ["Encrypt"], "Constraints": {"SourceArn": TABLE + "orders"}}
DYNAMODB, S3 = "dynamodb.amazonaws.com", "s3.amazonaws.com"
IT, HR, IT_AND_MORE = {"Department": "IT"}, {"Department": "HR"}, {"Department": "IT", "Project": "Alpha"}


def in_context(**pairs):
    return {"EncryptionContext": pairs}


def constrained(**constraints):
    return {"Constraints": constraints}


REQUESTS = {
    "EncryptionAlgorithm": (
        equals("kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256"), "kms:Encrypt", "encrypt", {**RSA, "Plaintext": TEXT},
        [{"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}], [{"EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}]),
    "EncryptionAlgorithm left out": (
        equals("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), "kms:Encrypt", "encrypt", {"Plaintext": TEXT},
        [PLAIN, {**PLAIN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}],
        [{**RSA, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}]),
    "EncryptionAlgorithm of Decrypt": (
        equals("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), "kms:Decrypt", "decrypt", {},
        [{"CiphertextBlob": lambda lab: lab.blob()}],
        [{**RSA, "CiphertextBlob": b"x" * 256, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}]),
    "EncryptionAlgorithm of a data key": (
        equals("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), "kms:GenerateDataKey", "generate_data_key", DATA_KEY,
        [{}], []),
    "EncryptionAlgorithm of a data key, another": (
        equals("kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256"), "kms:GenerateDataKey", "generate_data_key", DATA_KEY,
        [], [{}]),
    "EncryptionAlgorithm of ReEncrypt": (
        equals("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), "kms:ReEncrypt*", "re_encrypt",
        {"CiphertextBlob": lambda lab: lab.blob()},
        [{"DestinationKeyId": lambda lab: lab.key("other")}],
        [{"DestinationKeyId": lambda lab: lab.key("rsa"), "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}]),
    "EncryptionContext": (
        equals("kms:EncryptionContext:Department", "IT"), "kms:Encrypt", "encrypt", ENCRYPT,
        [in_context(**IT), in_context(**IT_AND_MORE), in_context(department="IT")],
        [{}, in_context(**HR), in_context(Department="it"), in_context(Project="IT")]),
    "EncryptionContext of Decrypt": (
        equals("kms:EncryptionContext:Department", "IT"), "kms:Decrypt", "decrypt", {},
        [{"CiphertextBlob": lambda lab: lab.blob(EncryptionContext=IT), **in_context(**IT)}],
        [{"CiphertextBlob": lambda lab: lab.blob(EncryptionContext=HR), **in_context(**HR)},
         {"CiphertextBlob": lambda lab: lab.blob()}]),
    "EncryptionContext of a data key": (
        equals("kms:EncryptionContext:Department", "IT"), "kms:GenerateDataKey*", "generate_data_key", DATA_KEY,
        [in_context(**IT)], [{}, in_context(**HR)]),
    "EncryptionContext of a data key pair": (
        equals("kms:EncryptionContext:Department", "IT"), "kms:GenerateDataKeyPair", "generate_data_key_pair",
        {**PLAIN, "KeyPairSpec": "ECC_NIST_P256"}, [in_context(**IT)], [{}, in_context(**HR)]),
    "EncryptionContext of each end of ReEncrypt": (
        equals("kms:EncryptionContext:Department", "IT"), "kms:ReEncrypt*", "re_encrypt",
        {"CiphertextBlob": lambda lab: lab.blob(EncryptionContext=IT), "DestinationKeyId": lambda lab: lab.key()},
        [{"SourceEncryptionContext": IT, "DestinationEncryptionContext": IT_AND_MORE}],
        [{"SourceEncryptionContext": IT}, {"SourceEncryptionContext": IT, "DestinationEncryptionContext": HR},
         {"SourceEncryptionContext": HR, "DestinationEncryptionContext": IT}]),
    "EncryptionContext of CreateGrant": (
        equals("kms:EncryptionContext:Department", "IT"), "kms:CreateGrant", "create_grant", GRANT,
        [constrained(EncryptionContextEquals=IT), constrained(EncryptionContextSubset=IT_AND_MORE)],
        [{}, constrained(EncryptionContextEquals=HR), constrained(EncryptionContextSubset=HR)]),
    "EncryptionContextKeys, any": (
        {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "Department"}}, "kms:Encrypt", "encrypt", ENCRYPT,
        [in_context(**HR), in_context(**IT_AND_MORE)], [{}, in_context(Project="Alpha"), in_context(department="IT")]),
    "EncryptionContextKeys, all": (
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Department", "Stage"]}}, "kms:Encrypt", "encrypt",
        ENCRYPT, [{}, in_context(**IT)], [in_context(**IT_AND_MORE), in_context(department="IT")]),
    "EncryptionContextKeys, some": (
        {"Null": {"kms:EncryptionContextKeys": "false"}}, "kms:GenerateDataKey", "generate_data_key", DATA_KEY,
        [in_context(**IT)], [{}]),
    "EncryptionContextKeys of CreateGrant": (
        {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "Project"}}, "kms:CreateGrant", "create_grant", GRANT,
        [constrained(EncryptionContextSubset=IT_AND_MORE)], [{}, constrained(EncryptionContextEquals=IT)]),
    "MessageType": (
        equals("kms:MessageType", "DIGEST"), "kms:Sign", "sign", {**SIGN, **PSS},
        [{"MessageType": "DIGEST"}], [{"MessageType": "RAW"}, {}]),
    "MessageType left out": (
        equals("kms:MessageType", "RAW"), "kms:Sign", "sign", {**SIGN, **PSS},
        [{}, {"MessageType": "RAW"}], [{"MessageType": "DIGEST"}]),
    "MessageType of Verify": (
        equals("kms:MessageType", "RAW"), "kms:Verify", "verify", {**SIGN, **PSS, "Signature": b"s" * 256},
        [{}], [{"MessageType": "DIGEST"}]),
    "SigningAlgorithm": (
        {"StringLike": {"kms:SigningAlgorithm": "RSASSA_PSS*"}}, "kms:Sign", "sign", SIGN, [PSS], [PKCS1]),
    "SigningAlgorithm of Verify": (
        {"StringLike": {"kms:SigningAlgorithm": "RSASSA_PSS*"}}, "kms:Verify", "verify", {**SIGN, "Signature": b"s" * 256},
        [PSS], [PKCS1]),
    "MacAlgorithm": (
        equals("kms:MacAlgorithm", "HMAC_SHA_256"), "kms:GenerateMac", "generate_mac", {**MAC, "Message": TEXT},
        [{"MacAlgorithm": "HMAC_SHA_256"}], [{"MacAlgorithm": "HMAC_SHA_512"}]),
    "MacAlgorithm of VerifyMac": (
        equals("kms:MacAlgorithm", "HMAC_SHA_256"), "kms:VerifyMac", "verify_mac", {**MAC, "Message": TEXT, "Mac": b"m"},
        [{"MacAlgorithm": "HMAC_SHA_256"}], [{"MacAlgorithm": "HMAC_SHA_512"}]),
    "KeyAgreementAlgorithm": (
        equals("kms:KeyAgreementAlgorithm", "ECDH"), "kms:DeriveSharedSecret", "derive_shared_secret",
        {"KeyId": lambda lab: lab.key("agreement"), "PublicKey": b"p"}, [{"KeyAgreementAlgorithm": "ECDH"}], []),
    "KeyAgreementAlgorithm, another": (
        equals("kms:KeyAgreementAlgorithm", "X25519"), "kms:DeriveSharedSecret", "derive_shared_secret",
        {"KeyId": lambda lab: lab.key("agreement"), "PublicKey": b"p"}, [], [{"KeyAgreementAlgorithm": "ECDH"}]),
    "DataKeyPairSpec": (
        {"StringLike": {"kms:DataKeyPairSpec": "RSA*"}}, "kms:GenerateDataKeyPair", "generate_data_key_pair", PLAIN,
        [{"KeyPairSpec": "RSA_2048"}], [{"KeyPairSpec": "ECC_NIST_P256"}]),
    "DataKeyPairSpec without plaintext": (
        {"StringLike": {"kms:DataKeyPairSpec": "ECC*"}}, "kms:GenerateDataKeyPairWithoutPlaintext",
        "generate_data_key_pair_without_plaintext", PLAIN, [{"KeyPairSpec": "ECC_NIST_P256"}],
        [{"KeyPairSpec": "RSA_2048"}]),
    "GrantOperations, all": (
        {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "ReEncryptTo"]}}, "kms:CreateGrant",
        "create_grant", GRANT, [{}, {"Operations": ["ReEncryptTo", "Encrypt"]}], [{"Operations": ["Encrypt", "Decrypt"]}]),
    "GrantOperations, any": (
        {"ForAnyValue:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}, "kms:CreateGrant", "create_grant", GRANT,
        [{}, {"Operations": ["Decrypt", "Encrypt"]}], [{"Operations": ["Decrypt"]}]),
    "GranteePrincipal": (
        {"StringLike": {"kms:GranteePrincipal": "arn:aws:iam::*:root"}}, "kms:CreateGrant", "create_grant", GRANT,
        [{}], [{"GranteePrincipal": lambda lab: lab.account.arn("assumed-role/a/b", "sts")}]),
    "RetiringPrincipal": (
        {"StringLike": {"kms:RetiringPrincipal": "arn:aws:iam::*:root"}}, "kms:CreateGrant", "create_grant", GRANT,
        [{"RetiringPrincipal": lambda lab: lab.account.arn("root")}],
        [{}, {"RetiringPrincipal": lambda lab: lab.account.arn("assumed-role/a/b", "sts")}]),
    "GrantConstraintType": (
        equals("kms:GrantConstraintType", "EncryptionContextEquals"), "kms:CreateGrant", "create_grant", GRANT,
        [constrained(EncryptionContextEquals=IT)],
        [{}, constrained(EncryptionContextSubset=IT), constrained(SourceArn=TABLE + "orders")]),
    "GrantConstraintType, subset": (
        equals("kms:GrantConstraintType", "EncryptionContextSubset"), "kms:CreateGrant", "create_grant", GRANT,
        [constrained(EncryptionContextSubset=IT)], [{}, constrained(EncryptionContextEquals=IT)]),
    "GrantConstraintSourceArn": (
        {"ArnLike": {"kms:GrantConstraintSourceArn": TABLE + "orders*"}}, "kms:CreateGrant", "create_grant", GRANT,
        [constrained(SourceArn=TABLE + "orders"), constrained(SourceArn=TABLE + "orders-2")],
        [{}, constrained(SourceArn=TABLE + "people"), constrained(EncryptionContextEquals=IT)]),
    "GrantIsForAWSResource": (
        {"Bool": {"kms:GrantIsForAWSResource": "false"}}, "kms:CreateGrant", "create_grant", GRANT, [{}], []),
    "GrantIsForAWSResource, of nobody": (
        {"Bool": {"kms:GrantIsForAWSResource": "true"}}, "kms:CreateGrant", "create_grant", GRANT, [], [{}]),
    "GrantIsForAWSResource of ListGrants": (
        {"Bool": {"kms:GrantIsForAWSResource": "true"}}, "kms:ListGrants", "list_grants", PLAIN, [], [{}]),
    "GrantIsForAWSResource of RevokeGrant": (
        {"Bool": {"kms:GrantIsForAWSResource": "true"}}, "kms:RevokeGrant", "revoke_grant", {**PLAIN, "GrantId": "a"},
        [], [{}]),
    "GranteeServicePrincipal": (
        equals("kms:GranteeServicePrincipal", DYNAMODB), "kms:CreateGrant", "create_grant",
        {**SERVICE_GRANT, "RetiringServicePrincipal": DYNAMODB},
        [{"GranteeServicePrincipal": DYNAMODB}],
        [{"GranteeServicePrincipal": S3}, {"GranteePrincipal": lambda lab: lab.account.arn("root")}]),
    "RetiringServicePrincipal": (
        equals("kms:RetiringServicePrincipal", DYNAMODB), "kms:CreateGrant", "create_grant",
        {**SERVICE_GRANT, "GranteeServicePrincipal": DYNAMODB},
        [{"RetiringServicePrincipal": DYNAMODB}],
        [{"RetiringServicePrincipal": S3}, {"RetiringPrincipal": lambda lab: lab.account.arn("root")}]),
    "ReEncryptOnSameKey": (
        {"Bool": {"kms:ReEncryptOnSameKey": "true"}}, "kms:ReEncrypt*", "re_encrypt",
        {"CiphertextBlob": lambda lab: lab.blob()},
        [{"DestinationKeyId": lambda lab: lab.key()}, {"DestinationKeyId": lambda lab: lab.key().split("/")[1]},
         {"DestinationKeyId": lambda lab: lab.alias("alias/same")}],
        [{"DestinationKeyId": lambda lab: lab.key("other")}]),
    "ReEncryptOnSameKey, on another": (
        {"Bool": {"kms:ReEncryptOnSameKey": "false"}}, "kms:ReEncrypt*", "re_encrypt",
        {"CiphertextBlob": lambda lab: lab.blob()},
        [{"DestinationKeyId": lambda lab: lab.key("other")}], [{"DestinationKeyId": lambda lab: lab.key()}]),
    "ScheduleKeyDeletionPendingWindowInDays": (
        {"NumericGreaterThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "21"}}, "kms:ScheduleKeyDeletion",
        "schedule_key_deletion", PLAIN, [{"PendingWindowInDays": 22}, {}], [{"PendingWindowInDays": 21}]),
    "ScheduleKeyDeletionPendingWindowInDays left out": (
        {"NumericEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}}, "kms:ScheduleKeyDeletion",
        "schedule_key_deletion", PLAIN, [{}], [{"PendingWindowInDays": 29}]),
    "RotationPeriodInDays": (
        {"NumericGreaterThan": {"kms:RotationPeriodInDays": "180"}}, "kms:EnableKeyRotation", "enable_key_rotation",
        PLAIN, [{"RotationPeriodInDays": 181}, {}], [{"RotationPeriodInDays": 180}]),
    "RotationPeriodInDays left out": (
        {"NumericEquals": {"kms:RotationPeriodInDays": "365"}}, "kms:EnableKeyRotation", "enable_key_rotation", PLAIN,
        [{}, {"RotationPeriodInDays": 365}], [{"RotationPeriodInDays": 366}]),
    "ExpirationModel": (
        equals("kms:ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"), "kms:ImportKeyMaterial", "import_key_material",
        {**EXTERNAL, **TOKEN}, [{"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}],
        [{}, {"ExpirationModel": "KEY_MATERIAL_EXPIRES"}]),
    "ExpirationModel left out": (
        {"Null": {"kms:ExpirationModel": "true"}}, "kms:ImportKeyMaterial", "import_key_material", {**EXTERNAL, **TOKEN},
        [{}], [{"ExpirationModel": "KEY_MATERIAL_EXPIRES"}]),
    "ValidTo": (
        {"NumericLessThanEquals": {"kms:ValidTo": "4070908800.0"}}, "kms:ImportKeyMaterial", "import_key_material",
        {**EXTERNAL, **TOKEN}, [{"ValidTo": 4070908800}, {"ValidTo": 4070908799}], [{}, {"ValidTo": 4070908801}]),
    "ValidTo as a date": (
        {"DateLessThan": {"kms:ValidTo": "2099-01-01T00:00:00Z"}}, "kms:ImportKeyMaterial", "import_key_material",
        {**EXTERNAL, **TOKEN}, [{"ValidTo": 4070908799}], [{}, {"ValidTo": 4070908800}]),
    "WrappingAlgorithm": (
        equals("kms:WrappingAlgorithm", "RSAES_OAEP_SHA_256"), "kms:GetParametersForImport", "get_parameters_for_import",
        {**EXTERNAL, "WrappingKeySpec": "RSA_2048"}, [{"WrappingAlgorithm": "RSAES_OAEP_SHA_256"}],
        [{"WrappingAlgorithm": "RSAES_OAEP_SHA_1"}]),
    "WrappingKeySpec": (
        equals("kms:WrappingKeySpec", "RSA_2048"), "kms:GetParametersForImport", "get_parameters_for_import",
        {**EXTERNAL, "WrappingAlgorithm": "RSAES_OAEP_SHA_256"}, [{"WrappingKeySpec": "RSA_2048"}],
        [{"WrappingKeySpec": "RSA_3072"}]),
    "BypassPolicyLockoutSafetyCheck": (
        {"Null": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}, "kms:PutKeyPolicy", "put_key_policy",
        {**PLAIN, "Policy": "{}"}, [{}], [{"BypassPolicyLockoutSafetyCheck": True}]),
    "PrimaryRegion": (
        {"StringLike": {"kms:PrimaryRegion": "eu-*"}}, "kms:UpdatePrimaryRegion", "update_primary_region", MULTI,
        [{"PrimaryRegion": "eu-west-1"}], [{"PrimaryRegion": "us-west-2"}]),
    "ReplicaRegion": (
        {"StringLike": {"kms:ReplicaRegion": "eu-*"}}, "kms:ReplicateKey", "replicate_key", MULTI,
        [{"ReplicaRegion": "eu-west-1"}], [{"ReplicaRegion": "us-west-2"}]),
    "RequestTag": (
        equals("aws:RequestTag/team", "red"), "kms:TagResource", "tag_resource", PLAIN,
        [{"Tags": [{"TagKey": "team", "TagValue": "red"}]}, {"Tags": [{"TagKey": "Team", "TagValue": "red"}]}],
        [{"Tags": [{"TagKey": "team", "TagValue": "blue"}]}, {"Tags": [{"TagKey": "stage", "TagValue": "red"}]}]),
    "TagKeys": (
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, "kms:TagResource", "tag_resource", PLAIN,
        [{"Tags": [{"TagKey": "team", "TagValue": "red"}]}],
        [{"Tags": [{"TagKey": "team", "TagValue": "red"}, {"TagKey": "stage", "TagValue": "test"}]}]),
    "TagKeys of UntagResource": (
        {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}, "kms:UntagResource", "untag_resource", PLAIN,
        [{"TagKeys": ["team"]}], [{"TagKeys": ["stage"]}]),
    "RequestAlias": (
        {"StringLike": {"kms:RequestAlias": "alias/*alpha*"}}, "kms:Encrypt", "encrypt", {"Plaintext": TEXT},
        [{"KeyId": lambda lab: lab.alias("alias/project-alpha")},
         {"KeyId": lambda lab: f"arn:aws:kms:us-east-1:{lab.account.id}:{lab.alias('alias/alphabet')}"}],
        [PLAIN, {"KeyId": lambda lab: lab.key().split("/")[1]}, {"KeyId": lambda lab: lab.alias("alias/beta")}]),
    "RequestAlias of DescribeKey": (
        equals("kms:RequestAlias", "alias/alpha"), "kms:DescribeKey", "describe_key", {},
        [{"KeyId": lambda lab: lab.alias("alias/alpha")}], [PLAIN]),
    "RequestAlias of GetPublicKey": (
        equals("kms:RequestAlias", "alias/alpha"), "kms:GetPublicKey", "get_public_key", {},
        [{"KeyId": lambda lab: lab.alias("alias/alpha", "signing")}], [SIGNING]),
}


@pytest.mark.parametrize("where", ["IAM policy", "key policy"])
@pytest.mark.parametrize("name", REQUESTS)
def test_requests(lab, name, where):
    condition, actions, operation, common, allowed, others = REQUESTS[name]
    if where == "IAM policy":
        user = lab.user(statement(actions, Condition=condition), "kms:CreateKey")
    else:
        person = lab.account.user(policy=policy("kms:CreateKey", statement(
            "kms:UpdatePrimaryRegion", resource="arn:aws:kms:eu-west-1:*:key/*")))
        user = newer_kms(lab.account, creds=person.creds)
    for want, choices in ((False, others), (True, allowed)):
        for choice in choices:
            arguments = settled(lab, {**common, **choice})
            if where == "key policy":
                for key in lab.keys.values():
                    set_policy(lab.account, key, allow(lab.account.arn("root")),
                               allow(person.arn, actions, Condition=condition))
            assert is_allowed(getattr(user, operation), **arguments) is want, arguments


def test_a_deny_takes_what_a_grant_gives(lab):
    """'The Deny takes precedence over all grants for this KMS key and its principals.'"""
    user = lab.account.user()
    key = lab.key("rsa")
    lab.account.client("kms").create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    set_policy(lab.account, key, allow(lab.account.arn("root")), deny(user.arn, "kms:Encrypt", Condition={
        "StringNotEquals": {"kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}}))
    kms = user.client("kms")
    assert kms.encrypt(KeyId=key, Plaintext=TEXT, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    with denied("kms:Encrypt", key):
        kms.encrypt(KeyId=key, Plaintext=TEXT, EncryptionAlgorithm="RSAES_OAEP_SHA_1")


def test_the_callers_name_in_a_context(account):
    """Each user opens his own: ${aws:username} in the value of a condition."""
    key = new_key(account, allow(account.arn("root")), allow(
        {"AWS": "*"}, ["kms:Encrypt", "kms:Decrypt"],
        Condition={"StringEquals": {"kms:EncryptionContext:user": "${aws:username}", "kms:CallerAccount": account.id}}))
    alice, bob = account.user("alice").client("kms"), account.user("bob").client("kms")
    blob = alice.encrypt(KeyId=key, Plaintext=TEXT, EncryptionContext={"user": "alice"})["CiphertextBlob"]
    assert alice.decrypt(CiphertextBlob=blob, EncryptionContext={"user": "alice"})["Plaintext"] == TEXT
    with denied("kms:Decrypt", place=OF_CIPHERTEXT):
        bob.decrypt(CiphertextBlob=blob, EncryptionContext={"user": "alice"})
    with refused("InvalidCiphertextException"):
        bob.decrypt(CiphertextBlob=blob, EncryptionContext={"user": "bob"})


# -- What a key is

KEY_CONDITIONS = {
    "kms:KeySpec": ("rsa", "RSA_2048", "SYMMETRIC_DEFAULT"),
    "kms:CustomerMasterKeySpec": ("plain", "SYMMETRIC_DEFAULT", "RSA_2048"),
    "kms:KeyUsage": ("signing", "SIGN_VERIFY", "ENCRYPT_DECRYPT"),
    "kms:CustomerMasterKeyUsage": ("mac", "GENERATE_VERIFY_MAC", "SIGN_VERIFY"),
    "kms:KeyOrigin": ("external", "EXTERNAL", "AWS_KMS"),
    "kms:MultiRegion": ("multi", "true", "false"),
    "kms:MultiRegionKeyType": ("multi", "PRIMARY", "REPLICA"),
    "aws:ResourceTag/team": ("tagged", "red", "blue"),
}


@pytest.mark.parametrize("where", ["IAM policy", "key policy"])
@pytest.mark.parametrize("name", KEY_CONDITIONS)
def test_keys(lab, name, where):
    kind, right, wrong = KEY_CONDITIONS[name]
    key = lab.key(kind)
    for value, want in ((right, True), (wrong, False)):
        row = {"Condition": equals(name, value)}
        person = lab.account.user(policy=policy(statement("kms:DescribeKey", **row)) if where == "IAM policy" else None)
        if where == "key policy":
            set_policy(lab.account, key, allow(lab.account.arn("root")), allow(person.arn, "kms:DescribeKey", **row))
        assert is_allowed(person.client("kms").describe_key, KeyId=key) is want


def test_a_single_region_key_has_no_type(lab):
    user = lab.user(statement("kms:DescribeKey", Condition={"Null": {"kms:MultiRegionKeyType": "true"}}))
    assert is_allowed(user.describe_key, KeyId=lab.key()) and not is_allowed(user.describe_key, KeyId=lab.key("multi"))
    user = lab.user(statement("kms:DescribeKey", Condition={"Bool": {"kms:MultiRegion": "false"}}))
    assert is_allowed(user.describe_key, KeyId=lab.key()) and not is_allowed(user.describe_key, KeyId=lab.key("multi"))


def test_a_replica_is_one(lab):
    key = lab.key("multi")
    lab.account.client("kms").replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    replica = key.replace("us-east-1", "eu-west-1")
    user = lab.account.user(policy=policy(statement(
        "kms:DescribeKey", Condition=equals("kms:MultiRegionKeyType", "REPLICA"))))
    assert is_allowed(user.client("kms", region="eu-west-1").describe_key, KeyId=replica)
    assert not is_allowed(user.client("kms").describe_key, KeyId=key)


def test_caller_account(lab, other_account):
    """Everybody of an account, and nobody else."""
    key = lab.key()
    set_policy(lab.account, key, allow(lab.account.arn("root")), allow(
        "*", "kms:Encrypt", Condition=equals("kms:CallerAccount", other_account.id)))
    assert is_allowed(other_account.user(policy=policy("kms:*")).client("kms").encrypt, KeyId=key, Plaintext=TEXT)
    assert not is_allowed(lab.account.user().client("kms").encrypt, KeyId=key, Plaintext=TEXT)
    third = Account.create(lab.account.server, lab.account.home)
    assert not is_allowed(third.user(policy=policy("kms:*")).client("kms").encrypt, KeyId=key, Plaintext=TEXT)


def test_no_service_is_between(lab):
    """kms:ViaService is absent when a client asks by itself."""
    call = {"KeyId": lab.key(), "Plaintext": TEXT}
    for condition, want in ((equals("kms:ViaService", "s3.us-east-1.amazonaws.com"), False),
                            ({"StringLike": {"kms:ViaService": "*"}}, False),
                            ({"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, True),
                            ({"Null": {"kms:ViaService": "true"}}, True)):
        assert is_allowed(lab.user(statement("kms:Encrypt", Condition=condition)).encrypt, **call) is want


def test_a_service_in_its_own_name_comes_through_none(server, lab):
    key = lab.key()
    for condition, want in (({"Null": {"kms:ViaService": "true"}}, 200),
                            ({"StringLike": {"kms:ViaService": "*"}}, 400),
                            ({"Null": {"kms:CallerAccount": "true"}}, 200)):
        set_policy(lab.account, key, allow(lab.account.arn("root")),
                   allow({"Service": S3}, "kms:DescribeKey", Condition=condition))
        status, answer = server.as_service(S3, "kms:DescribeKey", {"KeyId": key}, source_account=lab.account.id)
        assert status == want, answer


@pytest.mark.parametrize("operator, aliases, want", [
    ("ForAnyValue:StringEquals", [], False), ("ForAnyValue:StringEquals", ["alias/finance"], True),
    ("ForAnyValue:StringEquals", ["alias/beta", "alias/finance"], True),
    ("ForAnyValue:StringEquals", ["alias/beta"], False), ("ForAllValues:StringEquals", [], True),
    ("ForAllValues:StringEquals", ["alias/finance"], True),
    ("ForAllValues:StringEquals", ["alias/beta", "alias/finance"], False)])
def test_resource_aliases(lab, operator, aliases, want):
    """Of the key, however it is named."""
    user = lab.user(statement("kms:Encrypt", Condition={operator: {"kms:ResourceAliases": "alias/finance"}}))
    lab.key()
    for name in aliases:
        lab.alias(name)
    for name in (lab.key(), lab.key().split("/")[1], *aliases):
        assert is_allowed(user.encrypt, KeyId=name, Plaintext=TEXT) is want


def test_resource_aliases_follow_their_changes(lab):
    user = lab.user(statement("kms:Encrypt", Condition={
        "ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/project-*"}}))
    root = lab.account.client("kms")
    assert not is_allowed(user.encrypt, KeyId=lab.key(), Plaintext=TEXT)
    lab.alias("alias/project-x")
    assert is_allowed(user.encrypt, KeyId=lab.key(), Plaintext=TEXT)
    root.update_alias(AliasName="alias/project-x", TargetKeyId=lab.key("other"))
    assert not is_allowed(user.encrypt, KeyId=lab.key(), Plaintext=TEXT)
    assert is_allowed(user.encrypt, KeyId=lab.key("other"), Plaintext=TEXT)
    root.delete_alias(AliasName="alias/project-x")
    assert not is_allowed(user.encrypt, KeyId=lab.key("other"), Plaintext=TEXT)


# -- Keys that are not there yet

CREATIONS = {
    "KeySpec": (equals("kms:KeySpec", "RSA_2048"), [KINDS["rsa"]], [{}, KINDS["mac"]]),
    "KeySpec left out": (equals("kms:KeySpec", "SYMMETRIC_DEFAULT"), [{}, {"KeySpec": "SYMMETRIC_DEFAULT"}],
                         [KINDS["mac"]]),
    "CustomerMasterKeySpec": (equals("kms:KeySpec", "RSA_2048"),
                              [{"CustomerMasterKeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}], [{}]),
    "KeyUsage": (equals("kms:KeyUsage", "GENERATE_VERIFY_MAC"), [KINDS["mac"]], [{}, KINDS["signing"]]),
    "KeyUsage left out": (equals("kms:KeyUsage", "ENCRYPT_DECRYPT"), [{}, KINDS["rsa"]], [KINDS["signing"]]),
    "KeyOrigin": (equals("kms:KeyOrigin", "EXTERNAL"), [KINDS["external"]], [{}]),
    "KeyOrigin left out": (equals("kms:KeyOrigin", "AWS_KMS"), [{}], [KINDS["external"]]),
    "MultiRegion": ({"Bool": {"kms:MultiRegion": "true"}}, [KINDS["multi"]], [{}, {"MultiRegion": False}]),
    "MultiRegion left out": ({"Bool": {"kms:MultiRegion": "false"}}, [{}, {"MultiRegion": False}], [KINDS["multi"]]),
    "MultiRegionKeyType": (equals("kms:MultiRegionKeyType", "PRIMARY"), [KINDS["multi"]], [{}]),
    "BypassPolicyLockoutSafetyCheck": (
        {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}, [{"BypassPolicyLockoutSafetyCheck": True}],
        [{}, {"BypassPolicyLockoutSafetyCheck": False}]),
    "RequestTag": (equals("aws:RequestTag/team", "red"), [KINDS["tagged"]],
                   [{}, {"Tags": [{"TagKey": "team", "TagValue": "blue"}]}]),
    "TagKeys": ({"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}, [KINDS["tagged"]],
                [{}, {"Tags": [{"TagKey": "stage", "TagValue": "red"}]}]),
}


@pytest.mark.parametrize("name", CREATIONS)
def test_creations(lab, name):
    condition, allowed, others = CREATIONS[name]
    kms = lab.user(statement("kms:CreateKey", Condition=condition), "kms:TagResource")
    assert all(is_allowed(kms.create_key, **arguments) for arguments in allowed)
    assert not any(is_allowed(kms.create_key, **arguments) for arguments in others)


def test_caller_account_of_a_creation(lab):
    assert is_allowed(lab.user(statement(
        "kms:CreateKey", Condition=equals("kms:CallerAccount", lab.account.id))).create_key)
    assert not is_allowed(lab.user(statement(
        "kms:CreateKey", Condition=equals("kms:CallerAccount", "111122223333"))).create_key)


# -- In the other region

def replicator(lab, *conditions):
    return lab.user("kms:ReplicateKey", *(statement("kms:CreateKey", Condition=one) for one in conditions))


def test_replicas_need_a_creation_in_their_region(lab):
    """'kms:CreateKey permission in an IAM policy that is effective in the replica key Region.'"""
    call = {"KeyId": lab.key("multi"), "ReplicaRegion": "eu-west-1"}
    assert not is_allowed(replicator(lab).replicate_key, **call)
    assert not is_allowed(replicator(lab, equals("aws:RequestedRegion", "us-east-1")).replicate_key, **call)
    assert is_allowed(replicator(lab, equals("aws:RequestedRegion", "eu-west-1")).replicate_key, **call)


def test_replicas_are_multi_region_keys(lab):
    """Who may make no multi-Region keys may make no replicas."""
    call = {"KeyId": lab.key("multi"), "ReplicaRegion": "eu-west-1"}
    for condition in ({"Bool": {"kms:MultiRegion": "false"}}, equals("kms:MultiRegionKeyType", "PRIMARY"),
                      equals("kms:KeySpec", "RSA_2048")):
        assert not is_allowed(replicator(lab, condition).replicate_key, **call)
    assert is_allowed(replicator(lab, {"Bool": {"kms:MultiRegion": "true"}, **equals(
        "kms:MultiRegionKeyType", "REPLICA")}).replicate_key, **call)


def test_the_new_primary_needs_its_permission_there(lab):
    key = lab.key("multi")
    lab.account.client("kms").replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    call = {"KeyId": key, "PrimaryRegion": "eu-west-1"}
    here, there = (statement("kms:UpdatePrimaryRegion", Condition=equals("aws:RequestedRegion", region))
                   for region in ("us-east-1", "eu-west-1"))
    for given in ([here], [there]):
        assert not is_allowed(lab.user(*given).update_primary_region, **call)
    replica = key.replace("us-east-1", "eu-west-1")
    for resource in (key, replica):
        with denied("kms:UpdatePrimaryRegion", replica if resource == key else key):
            lab.user(statement("kms:UpdatePrimaryRegion", resource=resource)).update_primary_region(**call)
    lab.user(here, there).update_primary_region(**call)


# -- Retirement of grants: the constraint of the grant is what the condition sees

@pytest.mark.parametrize("condition", [
    equals("kms:EncryptionContext:Department", "IT"), equals("kms:GrantConstraintType", "EncryptionContextSubset"),
    {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "Department"}}, equals("aws:ResourceTag/team", "red")])
def test_retirement(lab, condition):
    user = lab.user(statement("kms:RetireGrant", "Deny", Condition=condition), "kms:RetireGrant")
    root = lab.account.client("kms")
    for kind, constraints, want in (("tagged", {"EncryptionContextSubset": IT}, False),
                                    ("plain", {"EncryptionContextEquals": HR | {"Project": "x"}}, True)):
        if "ForAnyValue:StringEquals" in condition and want:
            constraints = {"EncryptionContextEquals": {"Project": "x"}}
        grant = root.create_grant(KeyId=lab.key(kind), GranteePrincipal=lab.account.arn("root"), Operations=["Encrypt"],
                                  Constraints=constraints)
        assert is_allowed(user.retire_grant, KeyId=lab.key(kind), GrantId=grant["GrantId"]) is want


# -- How long a key was not used

def test_days_without_use(clock_server, home):
    account = Account.create(clock_server, home)
    key = new_key(account, allow(account.arn("root")), deny(
        "*", ["kms:ScheduleKeyDeletion", "kms:DisableKey"],
        Condition={"NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "2"}}))
    kms = account.client("kms")
    clock_server.admin.advance("71h")  # rounded down: 2 days since its creation
    with refused("AccessDeniedException"):
        kms.schedule_key_deletion(KeyId=key)
    clock_server.admin.advance("2h")
    kms.disable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    request_id = kms.encrypt(KeyId=key, Plaintext=TEXT)["ResponseMetadata"]["RequestId"]
    account.event("Encrypt", request_id)  # uses are noted with their events
    with refused("AccessDeniedException"):
        kms.disable_key(KeyId=key)
    clock_server.admin.advance("73h")
    kms.schedule_key_deletion(KeyId=key)


def test_days_without_use_concern_two_operations_alone(lab):
    user = lab.user(statement("kms:*", Condition={"NumericGreaterThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "0"}}))
    for call, want in ((user.disable_key, True), (user.enable_key, False), (user.describe_key, False)):
        assert is_allowed(call, KeyId=lab.key()) is want


# -- On aliases: their own permission has no condition of a key

def test_aliases_have_no_conditions_of_keys(lab):
    """'None (when controlling access to the alias).'"""
    alias = f"arn:aws:kms:us-east-1:{lab.account.id}:alias/blue"
    row = {"Condition": equals("kms:KeySpec", "SYMMETRIC_DEFAULT")}
    call = {"AliasName": "alias/blue", "TargetKeyId": lab.key()}
    assert not is_allowed(lab.user(statement("kms:CreateAlias", **row)).create_alias, **call)
    assert is_allowed(lab.user(statement("kms:CreateAlias", **row), statement("kms:CreateAlias", resource=alias)
                               ).create_alias, **call)


# -- Keys of the encryption context that differ in case

@pytest.mark.parametrize("condition", [
    {"Effect": "Deny", "Condition": {"StringEquals": {"kms:EncryptionContext:Department": "HR"}}},
    {"Effect": "Deny", "Condition": {"StringNotEquals": {"kms:EncryptionContext:Department": "IT"}}},
    {"Effect": "Allow", "Condition": {"StringEquals": {"kms:EncryptionContext:Department": "IT"}}}])
def test_no_pair_hides_another_from_a_condition(account, condition):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    rest = {"Action": "kms:Encrypt", "Resource": "*"}
    statements = [{**condition, **rest}]
    if condition["Effect"] == "Deny":
        statements.append({"Effect": "Allow", **rest})
    kms = account.user(policy={"Version": "2012-10-17", "Statement": statements}).client("kms")
    for context in ({"Department": "IT"}, {"dePARTment": "IT"}, {"Department": "IT", "other": "HR"}):
        assert kms.encrypt(KeyId=key, Plaintext=TEXT, EncryptionContext=context)
    for context in ({"Department": "IT", "DEPARTMENT": "HR"}, {"DEPARTMENT": "HR", "Department": "IT"},
                    {"Department": "HR", "DEPARTMENT": "IT"}, {"DEPARTMENT": "IT", "Department": "HR"}):
        with denied("kms:Encrypt"):
            kms.encrypt(KeyId=key, Plaintext=TEXT, EncryptionContext=context)
