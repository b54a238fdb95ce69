"""Which operation is done in which state of a key: the documentation's table, each of its cells called for real.
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html#key-state-table"""
import base64
import contextlib
import os

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.api import operations
from harness.json_client import JsonClient
from harness.kms import import_wrapped, wrapping_parameters
from harness.refusals import refused

# The columns: Enabled, Disabled, Pending deletion and Pending replica deletion, Pending import. The numbers are the
# page's notes; where it says "[2] or [3]", KMSInvalidStateException is what is seen.
TABLE = """
    CancelKeyDeletion                    4    4    done 4
    CreateAlias                          done done 3    done
    CreateGrant                          done 1    3    5
    Decrypt                              done 1    3    5
    DeleteAlias                          done done done done
    DeleteImportedKeyMaterial            done done done done
    DeriveSharedSecret                   done 1    3    5
    DescribeKey                          done done done done
    DisableKey                           done done 3    5
    DisableKeyRotation                   done 1    3    6
    EnableKey                            done done 3    5
    EnableKeyRotation                    done 1    3    6
    Encrypt                              done 1    3    5
    GenerateDataKey                      done 1    3    5
    GenerateDataKeyPair                  done 1    3    5
    GenerateDataKeyPairWithoutPlaintext  done 1    3    5
    GenerateDataKeyWithoutPlaintext      done 1    3    5
    GenerateMac                          done 1    3    5
    GetKeyPolicy                         done done done done
    GetKeyRotationStatus                 done done done 6
    GetParametersForImport               done done 3    done
    GetPublicKey                         done done 3    done
    ImportKeyMaterial                    done done 3    done
    ListAliases                          done done done done
    ListGrants                           done done done done
    ListKeyPolicies                      done done done done
    ListKeyRotations                     done done done done
    ListResourceTags                     done done done done
    PutKeyPolicy                         done done done done
    ReEncrypt                            done 1    3    5
    ReplicateKey                         done 1    3    5
    RetireGrant                          done done done done
    RevokeGrant                          done done done done
    RotateKeyOnDemand                    done 1    3    5
    ScheduleKeyDeletion                  done done 3    done
    Sign                                 done 1    3    5
    TagResource                          done done 3    done
    UntagResource                        done done 3    done
    UpdateKeyDescription                 done done 3    done
    UpdatePrimaryRegion                  done 1    3    5
    Verify                               done 1    3    5
    VerifyMac                            done 1    3    5
"""
STATES = ["Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport"]
COLUMN_OF = {"Enabled": 0, "Disabled": 1, "PendingDeletion": 2, "PendingReplicaDeletion": 2, "PendingImport": 3}
CODES = {"1": "DisabledException", "3": "KMSInvalidStateException", "4": "KMSInvalidStateException",
         "5": "KMSInvalidStateException", "6": "UnsupportedOperationException"}
CELLS = [(name, state, cells[COLUMN_OF[state]]) for name, *cells in map(str.split, TABLE.strip().splitlines())
         for state in STATES]
ELSEWHERE = "eu-west-1"
TEXT = base64.b64encode(b"text").decode()


def message(note, arn, state):
    pending = "pending replica deletion" if state == "PendingReplicaDeletion" else "pending deletion"
    return {"1": f"{arn} is disabled.", "3": f"{arn} is {pending}.", "4": f"{arn} is not pending deletion.",
            "5": f"{arn} is pending import", "6": f"{arn} origin is EXTERNAL which is not valid for this operation."}[note]


# What operations need beside a plain key: (spec, usage).
PLAIN = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
KIND_OF = {
    **dict.fromkeys(["GenerateMac", "VerifyMac"], ("HMAC_256", "GENERATE_VERIFY_MAC")),
    **dict.fromkeys(["Sign", "Verify", "GetPublicKey"], ("ECC_NIST_P256", "SIGN_VERIFY")),
    "DeriveSharedSecret": ("ECC_NIST_P256", "KEY_AGREEMENT")}
FOR_IMPORTED = ["DeleteImportedKeyMaterial", "GetParametersForImport", "ImportKeyMaterial"]


def new_pair():
    return ec.generate_private_key(ec.SECP256R1())


def private_der(pair):
    return pair.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption())


def public_text(pair):
    return base64.b64encode(pair.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).decode()


class Prepared:
    """A key in a state, and what was made of it while it was enabled."""

    def __init__(self, account, operation, state):
        self.account, self.kms = account, JsonClient(account)
        self.spec, self.usage = KIND_OF.get(operation, PLAIN)
        self.is_imported = state == "PendingImport" or operation in FOR_IMPORTED
        self.other = self.kms.create_key(KeySpec=self.spec, KeyUsage=self.usage)["KeyMetadata"]["KeyId"]
        self.create()
        self.use()
        # A primary key that has replicas waits for their end before its own.
        if state == "PendingReplicaDeletion" or (operation == "UpdatePrimaryRegion" and state != "PendingDeletion"):
            self.replicate()
        self.bring_into(state)

    def create(self):
        made = self.kms.create_key(KeySpec=self.spec, KeyUsage=self.usage, MultiRegion=True,
                                   **({"Origin": "EXTERNAL"} if self.is_imported else {}))["KeyMetadata"]
        if self.is_imported:
            self.material = private_der(new_pair()) if self.spec.startswith("ECC") else os.urandom(32)
            self.parameters = wrapping_parameters(self.kms, made["KeyId"])
            import_wrapped(self.kms, made["KeyId"], self.parameters, self.material)
        self.key, self.arn = made["KeyId"], made["Arn"]

    def use(self):
        kms, key, root = self.kms, self.key, self.account.arn("root")
        if self.usage == "ENCRYPT_DECRYPT":
            self.blob = kms.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
        elif self.usage == "SIGN_VERIFY":
            self.signature = kms.sign(KeyId=key, Message=TEXT, SigningAlgorithm="ECDSA_SHA_256")["Signature"]
        elif self.usage == "GENERATE_VERIFY_MAC":
            self.mac = kms.generate_mac(KeyId=key, Message=TEXT, MacAlgorithm="HMAC_SHA_256")["Mac"]
        kms.create_alias(AliasName="alias/there", TargetKeyId=key)
        self.grant = kms.create_grant(KeyId=key, GranteePrincipal=root, RetiringPrincipal=root,
                                      Operations=["DescribeKey"])

    def replicate(self):
        self.kms.replicate_key(KeyId=self.key, ReplicaRegion=ELSEWHERE)

    def bring_into(self, state):
        if state == "Disabled":
            self.kms.disable_key(KeyId=self.key)
        elif state in ("PendingDeletion", "PendingReplicaDeletion"):
            self.kms.schedule_key_deletion(KeyId=self.key, PendingWindowInDays=7)
        elif state == "PendingImport":
            self.kms.delete_imported_key_material(KeyId=self.key)
        assert self.kms.describe_key(KeyId=self.key)["KeyMetadata"]["KeyState"] == state


def call_of(operation, p):
    """The arguments of an operation on the prepared key, beside its KeyId."""
    text = {"Plaintext": TEXT}
    mac = {"Message": TEXT, "MacAlgorithm": "HMAC_SHA_256"}
    signing = {"Message": TEXT, "SigningAlgorithm": "ECDSA_SHA_256"}
    return {
        "CreateAlias": lambda: {"AliasName": "alias/new", "TargetKeyId": p.key},
        "CreateGrant": lambda: {"GranteePrincipal": p.account.arn("root"), "Operations": ["DescribeKey"]},
        "Decrypt": lambda: {"CiphertextBlob": p.blob},
        "DeleteAlias": lambda: {"AliasName": "alias/there"},
        "DeriveSharedSecret": lambda: {"KeyAgreementAlgorithm": "ECDH", "PublicKey": public_text(new_pair())},
        "Encrypt": lambda: text,
        "GenerateDataKey": lambda: {"KeySpec": "AES_256"},
        "GenerateDataKeyWithoutPlaintext": lambda: {"KeySpec": "AES_256"},
        "GenerateDataKeyPair": lambda: {"KeyPairSpec": "ECC_NIST_P256"},
        "GenerateDataKeyPairWithoutPlaintext": lambda: {"KeyPairSpec": "ECC_NIST_P256"},
        "GenerateMac": lambda: mac,
        "GetParametersForImport": lambda: {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
        "PutKeyPolicy": lambda: {"Policy": p.kms.get_key_policy(KeyId=p.key)["Policy"]},
        "ReEncrypt": lambda: {"CiphertextBlob": p.blob, "DestinationKeyId": p.other},
        "ReplicateKey": lambda: {"ReplicaRegion": "eu-central-1"},
        "RetireGrant": lambda: {"GrantId": p.grant["GrantId"], "KeyId": p.arn},
        "RevokeGrant": lambda: {"GrantId": p.grant["GrantId"]},
        "Sign": lambda: signing,
        "TagResource": lambda: {"Tags": [{"TagKey": "team", "TagValue": "red"}]},
        "UntagResource": lambda: {"TagKeys": ["team"]},
        "UpdateKeyDescription": lambda: {"Description": "new"},
        "UpdatePrimaryRegion": lambda: {"PrimaryRegion": ELSEWHERE},
        "Verify": lambda: {**signing, "Signature": p.signature},
        "VerifyMac": lambda: {**mac, "Mac": p.mac},
    }.get(operation, dict)()


def do(operation, p):
    if operation == "ImportKeyMaterial":
        return import_wrapped(p.kms, p.key, p.parameters, p.material)
    data = call_of(operation, p)
    if operation == "ReEncrypt":
        data.setdefault("SourceKeyId", p.key)
    elif operation not in ("CreateAlias", "DeleteAlias"):
        data.setdefault("KeyId", p.key)
    return p.kms.call(operation, **data)


@contextlib.contextmanager
def expected(verdict, arn, state):
    if verdict == "done":
        yield
        return
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == CODES[verdict], error
    assert error["Message"].startswith(message(verdict, arn, state)), error


@pytest.mark.parametrize("operation, state, verdict", CELLS)
def test_a_cell_of_the_table(account, operation, state, verdict):
    p = Prepared(account, operation, state)
    if operation == "ImportKeyMaterial" and state == "PendingImport":
        p.parameters = wrapping_parameters(p.kms, p.key)
    p.last = p.kms.describe_key(KeyId=p.key)
    with expected(verdict, p.arn, state):
        do(operation, p)
    if verdict != "done":  # and nothing has happened
        assert p.kms.describe_key(KeyId=p.key) == p.last


@pytest.mark.parametrize("state, verdict", [(state, "done" if state == "Enabled" else note) for state, note in [
    ("Enabled", ""), ("Disabled", "1"), ("PendingDeletion", "3"), ("PendingReplicaDeletion", "3"),
    ("PendingImport", "5")]])
def test_both_keys_of_a_re_encryption_must_be_enabled(account, state, verdict):
    p = Prepared(account, "ReEncrypt", state)
    blob = p.kms.encrypt(KeyId=p.other, Plaintext=TEXT)["CiphertextBlob"]
    with expected(verdict, p.arn, state):
        p.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=p.key)


@pytest.mark.parametrize("state", STATES)
def test_an_alias_may_leave_any_key(account, state):
    """Note [10] for the source."""
    p = Prepared(account, "UpdateAlias", state)
    p.kms.update_alias(AliasName="alias/there", TargetKeyId=p.other)
    assert p.kms.describe_key(KeyId="alias/there")["KeyMetadata"]["KeyId"] == p.other


@pytest.mark.parametrize("state", STATES)
def test_an_alias_may_not_go_to_a_key_that_is_pending_deletion(account, state):
    """Note [10] for the destination."""
    p = Prepared(account, "UpdateAlias", state)
    p.kms.create_alias(AliasName="alias/mine", TargetKeyId=p.other)
    with expected("3" if state.endswith("Deletion") else "done", p.arn, state):
        p.kms.update_alias(AliasName="alias/mine", TargetKeyId=p.key)


@pytest.mark.parametrize("operation", FOR_IMPORTED)
@pytest.mark.parametrize("state", ["Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion"])
def test_a_key_of_kms_has_no_imported_material(account, operation, state):
    """Note [9]."""
    p = Prepared(account, "DescribeKey", state)
    data = {"ImportKeyMaterial": {"ImportToken": TEXT, "EncryptedKeyMaterial": TEXT}}.get(
        operation, call_of(operation, p))
    with refused("UnsupportedOperationException",
                 f"{p.arn} origin is AWS_KMS which is not valid for this operation.", 400):
        p.kms.call(operation, KeyId=p.key, **data)


def test_get_key_last_usage_is_done_in_every_state(account):
    for state in STATES:
        p = Prepared(account, "GetKeyLastUsage", state)
        assert p.kms.get_key_last_usage(KeyId=p.key)["KeyId"] == p.key
        p.kms.delete_alias(AliasName="alias/there")


def test_the_public_key_of_material_that_never_came(account):
    """The table lets GetPublicKey be done of keys pending import; but there is nothing to be given yet."""
    kms = JsonClient(account)
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Origin="EXTERNAL")["KeyMetadata"]
    with expected("5", made["Arn"], "PendingImport"):
        kms.get_public_key(KeyId=made["KeyId"])


def test_the_table_has_every_operation_on_keys():
    """That a new one of the API is not forgotten."""
    elsewhere = ["CreateKey", "GenerateRandom", "GetKeyLastUsage", "ListKeys", "ListRetirableGrants", "UpdateAlias"]
    ours = [op.name for op in operations() if op.service.name == "kms" and not op.is_planned]
    assert sorted({name for name, _, _ in CELLS} | set(elsewhere)) == sorted(ours)
