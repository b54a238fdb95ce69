"""KMS: grants. What they allow, under which constraints, to whom; who makes, lists, retires and revokes them."""
import base64
import itertools

import pytest
from botocore.exceptions import ClientError

from harness.account import Account, policy, statement
from harness.key_policies import allow, new_key, set_policy
from harness.json_client import newer_kms
from harness.refusals import HIDDEN, OF_CIPHERTEXT, denied, refused

TEXT = b"attack at dawn"
DYNAMODB, S3 = "dynamodb.amazonaws.com", "s3.amazonaws.com"
IT, IT_AND_MORE = {"Department": "IT"}, {"Department": "IT", "Purpose": "Test"}
SYMMETRIC = {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
             "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}
SIGNING, AGREEMENT, MAC = {"Sign", "Verify"}, {"DeriveSharedSecret"}, {"GenerateMac", "VerifyMac"}
OF_EVERY_KEY = {"CreateGrant", "RetireGrant", "DescribeKey"}
OPERATIONS = SYMMETRIC | SIGNING | AGREEMENT | MAC | OF_EVERY_KEY | {"GetPublicKey"}


def granted(account, key, grantee, *operations, **more):
    """A grant by root: GrantId and GrantToken."""
    return newer_kms(account).create_grant(KeyId=key, GranteePrincipal=grantee, Operations=list(operations), **more)


def service_grant(account, key, table, *operations, retirer=None, **constraints):
    return newer_kms(account).create_grant(
        KeyId=key, GranteeServicePrincipal=DYNAMODB, Operations=list(operations),
        Constraints={"SourceArn": table, **constraints}, **(retirer or {"RetiringServicePrincipal": DYNAMODB}))


def ids(answer):
    return [row["GrantId"] for row in answer["Grants"]]


def grants_on(account, key, **more):
    return newer_kms(account).list_grants(KeyId=key, **more)["Grants"]


def is_allowed(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return False
        raise
    return True


def table_of(account, name="orders"):
    return f"arn:aws:dynamodb:us-east-1:{account.id}:table/{name}"


def text(data):
    return base64.b64encode(data).decode()


# -- Constraints

EQUALS, SUBSET = "EncryptionContextEquals", "EncryptionContextSubset"


@pytest.mark.parametrize("constraint, pairs, context, want", [
    (EQUALS, IT, IT, True),
    (EQUALS, IT, IT_AND_MORE, False),
    (EQUALS, IT, {}, False),
    (EQUALS, IT, {"Department": "HR"}, False),
    (EQUALS, IT, {"Department": "it"}, False),
    (EQUALS, IT, {"department": "IT"}, False),  # "an exact, case-sensitive match": create-grant-overview.html
    (EQUALS, IT_AND_MORE, dict(reversed(IT_AND_MORE.items())), True),
    (EQUALS, IT_AND_MORE, IT, False),
    (SUBSET, IT, IT, True),
    (SUBSET, IT, IT_AND_MORE, True),
    (SUBSET, IT, dict(reversed(IT_AND_MORE.items())), True),
    (SUBSET, IT, {}, False),
    (SUBSET, IT, {"Purpose": "Test"}, False),
    (SUBSET, IT, {"Department": "it"}, False),
    (SUBSET, IT, {"department": "IT"}, False),
    (SUBSET, IT_AND_MORE, IT, False),
    (SUBSET, IT_AND_MORE, {**IT_AND_MORE, "Stage": "x"}, True),
])
def test_context_constraints(account, constraint, pairs, context, want):
    key, user, root = new_key(account), account.user(), account.client("kms")
    blob = root.encrypt(KeyId=key, Plaintext=TEXT, EncryptionContext=context)["CiphertextBlob"]
    granted(account, key, user.arn, "Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo",
            Constraints={constraint: pairs})
    kms = user.client("kms")
    assert is_allowed(kms.encrypt, KeyId=key, Plaintext=TEXT, EncryptionContext=context) is want
    assert is_allowed(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context) is want
    assert is_allowed(kms.generate_data_key, KeyId=key, KeySpec="AES_256", EncryptionContext=context) is want
    for other, both in ((IT_AND_MORE, want and is_fit(constraint, pairs, IT_AND_MORE)), (context, want)):
        assert is_allowed(kms.re_encrypt, CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=key,
                          DestinationEncryptionContext=other) is both


def is_fit(constraint, pairs, context):
    return context == pairs if constraint == EQUALS else pairs.items() <= context.items()


@pytest.mark.parametrize("constraint", [EQUALS, SUBSET])
def test_constraints_do_not_concern_what_has_no_context(account, constraint):
    key, user = new_key(account), account.user()
    grant = granted(account, key, user.arn, "DescribeKey", "RetireGrant", "Encrypt", Constraints={constraint: IT})
    assert user.client("kms").describe_key(KeyId=key)
    assert not is_allowed(user.client("kms").encrypt, KeyId=key, Plaintext=TEXT)
    user.client("kms").retire_grant(KeyId=key, GrantId=grant["GrantId"])


def test_one_grant_that_fits_is_enough(account):
    key, user = new_key(account), account.user()
    for department in ("IT", "HR"):
        granted(account, key, user.arn, "Encrypt", Constraints={EQUALS: {"Department": department}})
    for department, want in (("IT", True), ("HR", True), ("PR", False)):
        assert is_allowed(user.client("kms").encrypt, KeyId=key, Plaintext=TEXT,
                          EncryptionContext={"Department": department}) is want


@pytest.mark.parametrize("constraint", [EQUALS, SUBSET])
def test_limits_of_constraints(account, constraint):
    """'Up to 8 encryption context pairs. The encryption context value cannot exceed 384 characters.'"""
    key, grantee = new_key(account), account.user().arn
    granted(account, key, grantee, "Encrypt", Constraints={constraint: {str(n): "v" for n in range(8)}})
    granted(account, key, grantee, "Encrypt", Constraints={constraint: {"k": "\u00e4" * 384}})
    for pairs in ({str(n): "v" for n in range(9)}, {"k": "v" * 385}):
        with refused("ValidationException", status=400):
            granted(account, key, grantee, "Encrypt", Constraints={constraint: pairs})


def test_only_one_constraint_on_the_context(account):
    with refused("ValidationException", status=400):
        granted(account, new_key(account), account.user().arn, "Encrypt", Constraints={EQUALS: IT, SUBSET: IT})


@pytest.mark.parametrize("spec, usage, operation", [
    ("RSA_2048", "ENCRYPT_DECRYPT", "Decrypt"), ("ECC_NIST_P256", "SIGN_VERIFY", "Sign"),
    ("HMAC_256", "GENERATE_VERIFY_MAC", "GenerateMac")])
def test_context_constraints_are_for_symmetric_keys(account, spec, usage, operation):
    """But SourceArn is for all."""
    key, grantee = new_key(account, KeySpec=spec, KeyUsage=usage), account.user().arn
    for constraint in (EQUALS, SUBSET):
        with refused("ValidationException", status=400):
            granted(account, key, grantee, operation, Constraints={constraint: IT})
    granted(account, key, grantee, operation, Constraints={"SourceArn": table_of(account)})


# -- Services

def as_dynamodb(server, operation, data, **more):
    return server.as_service(DYNAMODB, f"kms:{operation}", data, **more)


def test_a_service_may_decrypt_for_one_context_only(server, account):
    key, table = new_key(account), table_of(account)
    mine, other = {"aws:dynamodb:tableName": "orders"}, {"aws:dynamodb:tableName": "people"}
    blobs = {name: text(account.client("kms").encrypt(KeyId=key, Plaintext=TEXT, EncryptionContext=context)["CiphertextBlob"])
             for name, context in (("mine", mine), ("other", other))}
    service_grant(account, key, table, "Decrypt", "DescribeKey", EncryptionContextSubset=mine)
    call = {"CiphertextBlob": blobs["mine"], "EncryptionContext": mine}
    status, answer = as_dynamodb(server, "Decrypt", call, source_arn=table)
    assert status == 200 and base64.b64decode(answer["Plaintext"]) == TEXT
    for data, more in ((call, {"source_arn": table_of(account, "people")}), (call, {"source_account": account.id}),
                       (call, {}), (call, {"source_arn": table + "/index/x"}),
                       ({"CiphertextBlob": blobs["other"], "EncryptionContext": other}, {"source_arn": table}),
                       ({"CiphertextBlob": blobs["mine"]}, {"source_arn": table})):
        status, answer = as_dynamodb(server, "Decrypt", data, **more)
        assert (status, answer["__type"]) == (400, "AccessDeniedException"), answer
    status, answer = server.as_service(S3, "kms:Decrypt", call, source_arn=table)
    assert (status, answer["__type"]) == (400, "AccessDeniedException")
    status, answer = as_dynamodb(server, "Encrypt", {"KeyId": key, "Plaintext": text(TEXT), "EncryptionContext": mine},
                                 source_arn=table)
    assert (status, answer["__type"]) == (400, "AccessDeniedException")


@pytest.mark.parametrize("source, want", [("orders", 200), ("people", 400), (None, 400)])
def test_the_source_binds_looking_too(server, account, source, want):
    key = new_key(account)
    service_grant(account, key, table_of(account), "DescribeKey")
    more = {"source_arn": table_of(account, source)} if source else {"source_account": account.id}
    status, _ = as_dynamodb(server, "DescribeKey", {"KeyId": key}, **more)
    assert status == want


def test_a_source_binds_a_principal_too(account):
    """Nobody asks on behalf of the resource when the grantee asks by itself."""
    key, user = new_key(account), account.user()
    granted(account, key, user.arn, "Encrypt", Constraints={"SourceArn": table_of(account)})
    assert not is_allowed(user.client("kms").encrypt, KeyId=key, Plaintext=TEXT)


def test_a_name_of_a_service_is_no_principal(account):
    with refused("InvalidArnException", status=400):
        granted(account, new_key(account), DYNAMODB, "Encrypt")


RETIRER = {"RetiringServicePrincipal": DYNAMODB}


@pytest.mark.parametrize("change", [
    {"Constraints": None}, {"Constraints": {EQUALS: IT}}, {"RetiringServicePrincipal": None},
    {"GranteePrincipal": "root"}, {"GranteeServicePrincipal": None}, {"RetiringPrincipal": "root"},
    {"Constraints": {"SourceArn": "arn:aws:s3:::bucket-without-account"}},
    {"GranteeServicePrincipal": "no service"}])
def test_what_a_grant_to_a_service_demands(account, change):
    call = {"KeyId": new_key(account), "GranteeServicePrincipal": DYNAMODB, "Operations": ["Encrypt"], **RETIRER,
            "Constraints": {"SourceArn": table_of(account)}}
    newer_kms(account).create_grant(**call)
    call.update({name: account.arn("root") if value == "root" else value for name, value in change.items()})
    with refused("ValidationException", status=400):
        newer_kms(account).create_grant(**{name: value for name, value in call.items() if value is not None})


def test_a_service_grant_as_it_is_listed(account):
    key = new_key(account)
    made = service_grant(account, key, table_of(account), "Encrypt", "Decrypt", EncryptionContextSubset=IT)
    row = grants_on(account, key)[0]
    assert row["GrantId"] == made["GrantId"] and row["IssuingAccount"] == account.arn("root") and row["KeyId"] == key
    assert row["GranteeServicePrincipal"] == row["RetiringServicePrincipal"] == DYNAMODB
    assert "GranteePrincipal" not in row and "RetiringPrincipal" not in row
    assert row["Constraints"] == {"EncryptionContextSubset": IT, "SourceArn": table_of(account)}
    assert row["Operations"] == ["Encrypt", "Decrypt"] and row["Name"] == ""


# -- Operations

@pytest.mark.parametrize("spec, usage, fitting", [
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", SYMMETRIC),
    ("RSA_2048", "ENCRYPT_DECRYPT", {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"}),
    ("RSA_2048", "SIGN_VERIFY", SIGNING | {"GetPublicKey"}),
    ("ECC_NIST_P256", "SIGN_VERIFY", SIGNING | {"GetPublicKey"}),
    ("ECC_NIST_P256", "KEY_AGREEMENT", AGREEMENT | {"GetPublicKey"}),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", SIGNING | {"GetPublicKey"}),
    ("HMAC_256", "GENERATE_VERIFY_MAC", MAC)])
def test_operations_that_fit_the_key(account, spec, usage, fitting):
    key = newer_kms(account).create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    grantee = account.user().arn
    granted(account, key, grantee, *(fitting | OF_EVERY_KEY))
    for operation in OPERATIONS - fitting - OF_EVERY_KEY:
        with refused("ValidationException", status=400):
            granted(account, key, grantee, operation)
        with refused("ValidationException", status=400):
            granted(account, key, grantee, *fitting, operation)


@pytest.mark.parametrize("operations", [[], ["ScheduleKeyDeletion"], ["*"], ["kms:Encrypt"], ["encrypt"], ["ReEncrypt"]])
def test_no_operations(account, operations):
    with refused("ValidationException", status=400):
        granted(account, new_key(account), account.user().arn, *operations)


CALLS = {
    "Encrypt": ("encrypt", {"Plaintext": TEXT}), "Decrypt": ("decrypt", {"CiphertextBlob": "blob"}),
    "GenerateDataKey": ("generate_data_key", {"KeySpec": "AES_256"}),
    "GenerateDataKeyWithoutPlaintext": ("generate_data_key_without_plaintext", {"KeySpec": "AES_256"}),
    "GenerateDataKeyPair": ("generate_data_key_pair", {"KeyPairSpec": "ECC_NIST_P256"}),
    "GenerateDataKeyPairWithoutPlaintext": ("generate_data_key_pair_without_plaintext", {"KeyPairSpec": "ECC_NIST_P256"}),
    "DescribeKey": ("describe_key", {}),
}


@pytest.mark.parametrize("operation", CALLS)
def test_an_operation_is_that_and_no_other(account, operation):
    key, user = new_key(account), account.user()
    blob = account.client("kms").encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    granted(account, key, user.arn, operation)
    for name, (call, arguments) in CALLS.items():
        arguments = {key_: blob if value == "blob" else value for key_, value in arguments.items()}
        assert is_allowed(getattr(user.client("kms"), call), KeyId=key, **arguments) is (name == operation)


def test_operations_of_pairs_and_macs(account):
    user = account.user()
    kms = newer_kms(account, creds=user.creds)
    signing = new_key(account, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    agreement = new_key(account, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    mac = new_key(account, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    public = account.client("kms").get_public_key(KeyId=signing)["PublicKey"]
    sign = {"KeyId": signing, "Message": TEXT, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = account.client("kms").sign(**sign)["Signature"]
    tag = {"KeyId": mac, "Message": TEXT, "MacAlgorithm": "HMAC_SHA_256"}
    code = account.client("kms").generate_mac(**tag)["Mac"]
    calls = [(signing, "Sign", kms.sign, sign), (signing, "Verify", kms.verify, {**sign, "Signature": signature}),
             (signing, "GetPublicKey", kms.get_public_key, {"KeyId": signing}),
             (agreement, "DeriveSharedSecret", kms.derive_shared_secret,
              {"KeyId": agreement, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public}),
             (mac, "GenerateMac", kms.generate_mac, tag), (mac, "VerifyMac", kms.verify_mac, {**tag, "Mac": code})]
    for key, operation, call, arguments in calls:
        assert not is_allowed(call, **arguments)
        granted(account, key, user.arn, operation)
        assert is_allowed(call, **arguments)


@pytest.mark.parametrize("is_from", [True, False])
def test_re_encryption_has_two_ends(account, is_from):
    first, second, user = new_key(account), new_key(account), account.user()
    blob = account.client("kms").encrypt(KeyId=first, Plaintext=TEXT)["CiphertextBlob"]
    call = {"CiphertextBlob": blob, "DestinationKeyId": second}
    granted(account, *((first, user.arn, "ReEncryptFrom") if is_from else (second, user.arn, "ReEncryptTo")))
    with denied("kms:ReEncryptTo", second) if is_from else denied("kms:ReEncryptFrom", place=OF_CIPHERTEXT):
        user.client("kms").re_encrypt(**call)
    granted(account, *((second, user.arn, "ReEncryptTo") if is_from else (first, user.arn, "ReEncryptFrom")))
    assert user.client("kms").re_encrypt(**call)["KeyId"] == second


def test_a_grant_is_for_one_key(account):
    first, second, user = new_key(account), new_key(account), account.user()
    granted(account, first, user.arn, "Encrypt")
    assert user.client("kms").encrypt(KeyId=first, Plaintext=TEXT)
    with denied("kms:Encrypt", second):
        user.client("kms").encrypt(KeyId=second, Plaintext=TEXT)


def test_a_grant_is_for_one_region(account):
    key, user = new_key(account, MultiRegion=True), account.user()
    account.client("kms").replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    granted(account, key, user.arn, "Encrypt")
    assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    with refused("AccessDeniedException"):
        user.client("kms", region="eu-west-1").encrypt(KeyId=key.split("/")[1], Plaintext=TEXT)


# -- Making them

def test_making_needs_its_permission(account):
    key, user = new_key(account), account.user()
    call = {"KeyId": key, "GranteePrincipal": user.arn, "Operations": ["Decrypt"]}
    with denied("kms:CreateGrant", key):
        user.client("kms").create_grant(**call)
    user.put_policy(policy(statement("kms:CreateGrant", resource=key)))
    user.client("kms").create_grant(**call)


def test_who_makes_grants_by_a_policy_need_not_have_what_it_grants(account):
    maker, user, key = account.user(policy=policy("kms:CreateGrant")), account.user(), new_key(account)
    with denied("kms:Encrypt"):
        maker.client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    maker.client("kms").create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)


@pytest.mark.parametrize("member", ["GranteePrincipal", "RetiringPrincipal"])
def test_principals_must_be_there(account, member):
    key = new_key(account)
    account.iam.create_group(GroupName="people")
    account.role("deploy", Path="/ci/")
    for principal in (account.arn("user/nobody"), account.arn("role/nobody"), account.arn("role/deploy"),
                      account.arn("group/people"), "arn:aws:iam::999999999999:root", "999999999999",
                      "arn:aws:iam::999999999999:user/somebody", "somebody", "AIDAAAAAAAAAAAAAAAAAA",
                      "arn:aws:s3:::bucket", account.arn("user")):
        call = {"KeyId": key, "GranteePrincipal": account.arn("root"), "Operations": ["Decrypt"], member: principal}
        with refused("InvalidArnException", status=400):
            newer_kms(account).create_grant(**call)
    assert grants_on(account, key) == []


@pytest.mark.parametrize("member", ["GranteePrincipal", "RetiringPrincipal"])
def test_principals(account, other_account, member):
    key = new_key(account)
    good = [account.arn("root"), account.user().arn, account.role("deploy", Path="/ci/"),
            account.arn("assumed-role/deploy/monday", "sts"), account.arn("federated-user/guest", "sts"),
            other_account.arn("root"), other_account.user().arn]
    for principal in good:
        newer_kms(account).create_grant(**{"KeyId": key, "GranteePrincipal": good[0], "Operations": ["Decrypt"],
                                           member: principal})
    assert {row[member] for row in grants_on(account, key)} == set(good)


@pytest.mark.parametrize("member", ["GranteePrincipal", "RetiringPrincipal"])
def test_an_account_is_named_by_its_arn(account, other_account, member):
    """By its number it would pass by conditions on kms:GranteePrincipal that are written with ARNs."""
    call = {"KeyId": new_key(account), "GranteePrincipal": account.arn("root"), "Operations": ["Encrypt"],
            member: other_account.id}
    with refused("InvalidArnException", status=400):
        newer_kms(account).create_grant(**call)


def test_the_answer(account):
    key = new_key(account)
    made = granted(account, key, account.user().arn, "Decrypt")
    assert len(made["GrantId"]) == 64 and int(made["GrantId"], 16) >= 0
    assert made["GrantToken"] and made["GrantId"] not in made["GrantToken"]


def test_a_name_makes_a_retry_the_same_grant(account):
    key, grantee, retirer = new_key(account), account.user().arn, account.user().arn
    call = {"Name": "batch-7", "Constraints": {SUBSET: IT_AND_MORE}, "RetiringPrincipal": retirer}
    first = granted(account, key, grantee, "Encrypt", "Decrypt", **call)
    call["Constraints"] = {SUBSET: dict(reversed(IT_AND_MORE.items()))}
    again = granted(account, key, grantee, "Decrypt", "Encrypt", **call)
    assert again["GrantId"] == first["GrantId"] and again["GrantToken"] != first["GrantToken"]
    assert [row["Name"] for row in grants_on(account, key)] == ["batch-7"]
    others = [granted(account, key, account.user().arn, "Encrypt", "Decrypt", **call),
              granted(account, key, grantee, "Encrypt", **call),
              granted(account, key, grantee, "Encrypt", "Decrypt", **{**call, "Name": "batch-8"}),
              granted(account, key, grantee, "Encrypt", "Decrypt", **{**call, "Constraints": {EQUALS: IT_AND_MORE}}),
              granted(account, key, grantee, "Encrypt", "Decrypt", **{**call, "Constraints": {SUBSET: IT}}),
              granted(account, key, grantee, "Encrypt", "Decrypt", **{**call, "RetiringPrincipal": grantee})]
    assert len({first["GrantId"], *(one["GrantId"] for one in others)}) == 7


def test_without_a_name_each_is_a_new_one(account):
    key, grantee = new_key(account), account.user().arn
    assert granted(account, key, grantee, "Encrypt")["GrantId"] != granted(account, key, grantee, "Encrypt")["GrantId"]
    assert len(grants_on(account, key)) == 2


def test_all_tokens_of_a_grant_are_its_tokens(account):
    key, user = new_key(account), account.user()
    first, again = (granted(account, key, user.arn, "Encrypt", "RetireGrant", Name="n") for _ in range(2))
    for token in (first, again):
        assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[token["GrantToken"]])
    user.client("kms").retire_grant(GrantToken=first["GrantToken"])
    assert grants_on(account, key) == []


# -- Tokens

def test_a_grant_is_in_force_at_once(account):
    """With its token and without."""
    key, user = new_key(account), account.user()
    made = granted(account, key, user.arn, "Encrypt")
    kms = user.client("kms")
    assert kms.encrypt(KeyId=key, Plaintext=TEXT)
    assert kms.encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[made["GrantToken"]])
    account.client("kms").revoke_grant(KeyId=key, GrantId=made["GrantId"])
    with denied("kms:Encrypt", key):
        kms.encrypt(KeyId=key, Plaintext=TEXT)
    with denied("kms:Encrypt", key):
        kms.encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[made["GrantToken"]])


def test_a_token_is_no_permission(account):
    """In another's hands it is worth nothing."""
    key = new_key(account)
    token = granted(account, key, account.user().arn, "Encrypt")["GrantToken"]
    with denied("kms:Encrypt", key):
        account.user().client("kms").encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[token])


def test_a_token_of_a_grant_that_is_gone_harms_nothing(account):
    key, root = new_key(account), account.client("kms")
    made = granted(account, key, account.user().arn, "Encrypt")
    root.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert root.encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[made["GrantToken"]])
    with refused("NotFoundException"):
        root.retire_grant(GrantToken=made["GrantToken"])


def token_calls(account, key):
    root = account.client("kms")
    yield lambda **more: root.encrypt(KeyId=key, Plaintext=TEXT, **more)
    yield lambda **more: root.describe_key(KeyId=key, **more)
    yield lambda **more: root.generate_data_key(KeyId=key, KeySpec="AES_256", **more)
    yield lambda **more: root.create_grant(KeyId=key, GranteePrincipal=account.arn("root"), Operations=["Encrypt"], **more)


def forged(token):
    for at in (0, len(token) // 2, len(token) - 2):
        yield token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
    yield token[:-4]
    yield text(b"a token that nobody gave")
    yield "!" * 40


def test_forged_tokens(account):
    key = new_key(account)
    token = granted(account, key, account.user().arn, "Encrypt")["GrantToken"]
    for call in token_calls(account, key):
        call(GrantTokens=[token])
        for bad in forged(token):
            with refused("InvalidGrantTokenException", status=400):
                call(GrantTokens=[token, bad])
    for bad in forged(token):
        with refused("InvalidGrantTokenException", status=400):
            account.client("kms").retire_grant(GrantToken=bad)


def test_a_token_of_another_servers_making(account, new_server, home):
    foreign = Account.create(new_server(), home)
    token = granted(foreign, new_key(foreign), foreign.user().arn, "Encrypt")["GrantToken"]
    for call in token_calls(account, new_key(account)):
        with refused("InvalidGrantTokenException"):
            call(GrantTokens=[token])
    with refused("InvalidGrantTokenException"):
        account.client("kms").retire_grant(GrantToken=token)


def test_a_token_of_another_region(account):
    key = new_key(account)
    token = granted(account, key, account.user().arn, "Encrypt")["GrantToken"]
    elsewhere = account.client("kms", region="eu-west-1")
    with refused("InvalidGrantTokenException"):
        elsewhere.retire_grant(GrantToken=token)
    with refused("InvalidGrantTokenException"):
        elsewhere.encrypt(KeyId=new_key(account, region="eu-west-1"), Plaintext=TEXT, GrantTokens=[token])
    assert len(grants_on(account, key)) == 1


def test_at_most_ten_tokens(account):
    key = new_key(account)
    token = granted(account, key, account.user().arn, "Encrypt")["GrantToken"]
    kms = account.client("kms", parameter_validation=False)
    assert kms.encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[token] * 10)
    with refused("ValidationException"):
        kms.encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[token] * 11)


# -- The end of a grant

class Stage:
    """A key, its account, another that made the grant, and those who might retire it."""

    def __init__(self, account, other, third):
        self.account, self.other, self.third = account, other, third
        self.key = new_key(account, allow([account.arn("root"), other.arn("root")]))
        self.grantee, self.retirer = account.user(), account.user()

    def make(self, maker=None, operations=("Decrypt",), **more):
        call = {"KeyId": self.key, "GranteePrincipal": self.grantee.arn, "Operations": list(operations), **more}
        return newer_kms(maker or self.account).create_grant(**call)

    def may(self, creds, grant, account=None):
        """Whether creds may retire it, by its token and by its id; what is retired is gone."""
        kms = newer_kms(account or self.account, creds=creds)
        left = is_allowed(kms.retire_grant, KeyId=self.key, GrantId=grant["GrantId"])
        assert (grant["GrantId"] in [row["GrantId"] for row in grants_on(self.account, self.key)]) is not left
        return left


@pytest.fixture
def stage(account, other_account, server, home):
    return Stage(account, other_account, Account.create(server, home))


def with_policy(account, *statements):
    return account.user(policy=policy(*statements) if statements else None).creds


def test_the_retiring_principal_retires(stage):
    assert stage.may(stage.retirer.creds, stage.make(RetiringPrincipal=stage.retirer.arn))
    assert not stage.may(stage.retirer.creds, stage.make())
    grant = stage.make(RetiringPrincipal=stage.retirer.arn)
    stage.retirer.client("kms").retire_grant(GrantToken=grant["GrantToken"])
    assert grants_on(stage.account, stage.key)[0]["GrantId"] != grant["GrantId"]


def test_a_retiring_role(stage):
    role = stage.account.role("retirer")
    creds = stage.account.assume(role, with_policy(stage.account, "sts:AssumeRole"))
    assert stage.may(creds, stage.make(RetiringPrincipal=role))
    assert not stage.may(creds, stage.make(RetiringPrincipal=stage.account.arn("assumed-role/retirer/other", "sts")))
    assert stage.may(creds, stage.make(RetiringPrincipal=stage.account.arn("assumed-role/retirer/session", "sts")))


def test_a_retiring_principal_of_another_account(stage):
    user = stage.third.user()
    assert stage.may(user.creds, stage.make(RetiringPrincipal=user.arn), stage.third)


def test_a_retiring_account_hands_it_on(stage):
    """'Administrators in the other account can use kms:RetireGrant to delegate permission to retire the grant.'"""
    third = stage.third
    grants = [stage.make(RetiringPrincipal=third.arn("root")) for _ in range(3)]
    assert not stage.may(with_policy(third), grants[0], third)
    assert stage.may(with_policy(third, "kms:RetireGrant"), grants[0], third)
    assert stage.may(with_policy(third, statement("kms:RetireGrant", resource=stage.key)), grants[1], third)
    assert stage.may(third.root, grants[2], third)


def test_a_grantee_retires_if_the_grant_says_so(stage):
    assert not stage.may(stage.grantee.creds, stage.make())
    assert stage.may(stage.grantee.creds, stage.make(operations=("Decrypt", "RetireGrant")))


def test_the_account_of_the_key_retires(stage):
    """Its root, and whom its policies let; a policy of the key lets nobody."""
    account = stage.account
    for maker in (account, stage.other):
        assert stage.may(account.root, stage.make(maker))
        assert stage.may(with_policy(account, "kms:RetireGrant"), stage.make(maker))
        assert not stage.may(with_policy(account), stage.make(maker))
        assert not stage.may(with_policy(account, "kms:RevokeGrant"), stage.make(maker))
    set_policy(account, stage.key, allow(account.arn("root")), allow(stage.retirer.arn, "kms:*"))
    assert not stage.may(stage.retirer.creds, stage.make())


def test_the_account_that_made_it_retires(stage):
    other = stage.other
    assert stage.may(other.root, stage.make(other), other)
    assert stage.may(with_policy(other, "kms:RetireGrant"), stage.make(other), other)
    assert not stage.may(with_policy(other), stage.make(other), other)
    assert not stage.may(with_policy(other, "kms:RetireGrant"), stage.make(), other)
    assert not stage.may(other.root, stage.make(), other)


def test_nobody_else_retires(stage):
    for creds in (stage.third.root, with_policy(stage.third, "kms:*")):
        for operations in (("Decrypt",), ("Decrypt", "RetireGrant")):
            assert not stage.may(creds, stage.make(operations=operations), stage.third)


@pytest.mark.parametrize("who", ["retirer", "grantee"])
def test_iam_can_deny_it(stage, who):
    """'To deny permission to retire a grant, you can use a Deny action with kms:RetireGrant in your IAM policies.'"""
    getattr(stage, who).put_policy(policy(statement("kms:RetireGrant", "Deny")))
    grant = stage.make(operations=("Decrypt", "RetireGrant"), RetiringPrincipal=stage.retirer.arn)
    assert not stage.may(getattr(stage, who).creds, grant)


def test_services_retire_what_names_them(server, account):
    key, table = new_key(account), table_of(account)
    user = account.user()
    grants = [service_grant(account, key, table, "Decrypt"), service_grant(account, key, table, "Decrypt", "RetireGrant",
                                                                           retirer={"RetiringPrincipal": user.arn})]
    other = service_grant(account, key, table, "Decrypt", retirer={"RetiringPrincipal": user.arn})
    for grant in grants:
        call = {"KeyId": key, "GrantId": grant["GrantId"]}
        assert server.as_service(S3, "kms:RetireGrant", call)[0] == 400
        status, answer = as_dynamodb(server, "RetireGrant", call)
        assert status == 200, answer
    assert as_dynamodb(server, "RetireGrant", {"KeyId": key, "GrantId": other["GrantId"]})[0] == 400
    assert [row["GrantId"] for row in grants_on(account, key)] == [other["GrantId"]]
    user.client("kms").retire_grant(KeyId=key, GrantId=other["GrantId"])


def test_what_is_not_there_to_retire(account, other_account):
    key, root = new_key(account), account.client("kms")
    with refused("NotFoundException", f"Grant ID {'a' * 64} not found", 400):
        root.retire_grant(KeyId=key, GrantId="a" * 64)
    with denied("kms:RetireGrant", key):
        account.user().client("kms").retire_grant(KeyId=key, GrantId="a" * 64)
    with denied("kms:RetireGrant", place=HIDDEN):
        other_account.client("kms").retire_grant(KeyId=key, GrantId="a" * 64)
    for call in ({}, {"KeyId": key}, {"GrantId": "a" * 64}):
        with refused("ValidationException", status=400):
            root.retire_grant(**call)


def test_revocation(account, other_account):
    key, user = new_key(account), account.user()
    grant = granted(account, key, user.arn, "Decrypt", "RetireGrant", RetiringPrincipal=user.arn)["GrantId"]
    call = {"KeyId": key, "GrantId": grant}
    for creds in (user.creds, with_policy(account, "kms:RetireGrant")):  # a grant gives no such permission
        with denied("kms:RevokeGrant", key):
            account.client("kms", creds=creds).revoke_grant(**call)
    with denied("kms:RevokeGrant", place=HIDDEN):
        other_account.client("kms").revoke_grant(**call)
    account.client("kms", creds=with_policy(account, "kms:RevokeGrant")).revoke_grant(**call)
    with refused("NotFoundException", f"Grant ID {grant} not found", 400):
        account.client("kms").revoke_grant(**call)
    with refused("NotFoundException"):
        account.client("kms").revoke_grant(KeyId=new_key(account), GrantId=grant)


# -- Lists

def paged(call, limit, **arguments):
    """All ids, page by page; the last page alone has no NextMarker."""
    found, marker = [], {}
    while True:
        answer = call(Limit=limit, **marker, **arguments)
        assert len(answer["Grants"]) <= limit
        found += ids(answer)
        if not answer["Truncated"]:
            assert "NextMarker" not in answer
            return found
        assert len(answer["Grants"]) == limit
        marker = {"Marker": answer["NextMarker"]}


@pytest.fixture
def listed(account):
    """A key, two users, and the ids of the grants that each has."""
    key, users = new_key(account), [account.user().arn for _ in range(2)]
    made = {user: [granted(account, key, user, "Decrypt")["GrantId"] for _ in range(count)]
            for user, count in zip(users, (5, 2))}
    return key, users, made


def test_list_grants(account, listed):
    key, users, made = listed
    kms = newer_kms(account)
    everything = set(itertools.chain(*made.values()))
    assert set(ids(kms.list_grants(KeyId=key))) == everything
    for user in users:
        assert set(ids(kms.list_grants(KeyId=key, GranteePrincipal=user))) == set(made[user])
    one = made[users[0]][3]
    assert ids(kms.list_grants(KeyId=key, GrantId=one)) == [one]
    assert ids(kms.list_grants(KeyId=key, GrantId=one, GranteePrincipal=users[0])) == [one]
    assert ids(kms.list_grants(KeyId=key, GrantId=one, GranteePrincipal=users[1])) == []
    assert ids(kms.list_grants(KeyId=key, GranteePrincipal=account.arn("root"))) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7, 100])
def test_pages_of_grants(account, listed, limit):
    key, users, made = listed
    call = newer_kms(account).list_grants
    found = paged(call, limit, KeyId=key)
    assert len(found) == 7 and set(found) == set(itertools.chain(*made.values()))
    found = paged(call, limit, KeyId=key, GranteePrincipal=users[0])
    assert len(found) == 5 and set(found) == set(made[users[0]])


def test_markers_are_for_what_they_were_given_for(account, listed):
    key, users, _ = listed
    kms = newer_kms(account)
    marker = kms.list_grants(KeyId=key, Limit=1)["NextMarker"]
    for call in ({"KeyId": new_key(account)}, {"KeyId": key, "GranteePrincipal": users[0]}):
        with refused("InvalidMarkerException", status=400):
            kms.list_grants(Marker=marker, **call)
    with refused("InvalidMarkerException", status=400):
        kms.list_grants(KeyId=key, Marker="made-up")
    for limit in (0, 101):
        with refused("ValidationException", status=400):
            kms.list_grants(KeyId=key, Limit=limit)


def test_who_lists_grants(account, listed):
    key, users, made = listed
    with denied("kms:ListGrants", key):  # a grant gives no such permission
        account.user().client("kms").list_grants(KeyId=key)
    assert newer_kms(account, creds=with_policy(account, "kms:ListGrants")).list_grants(KeyId=key)["Grants"]


def test_a_filter_by_service_is_for_services(server, account):
    key = new_key(account, allow(account.arn("root")), allow({"Service": DYNAMODB}, "kms:ListGrants"))
    made = service_grant(account, key, table_of(account), "Decrypt")["GrantId"]
    granted(account, key, account.user().arn, "Decrypt")
    with refused("ValidationException", status=400):
        newer_kms(account).list_grants(KeyId=key, GranteeServicePrincipal=DYNAMODB)
    status, answer = as_dynamodb(server, "ListGrants", {"KeyId": key, "GranteeServicePrincipal": DYNAMODB})
    assert status == 200 and ids(answer) == [made], answer
    with refused("ValidationException", status=400):
        newer_kms(account).list_grants(KeyId=key, GranteeServicePrincipal=DYNAMODB, GranteePrincipal=account.arn("root"))


def test_list_retirable_grants(account, other_account):
    """Those of all keys, in this account and in others, in this region."""
    retirer = account.user()
    mine = [granted(account, new_key(account), account.arn("root"), "Decrypt", RetiringPrincipal=retirer.arn)["GrantId"]
            for _ in range(3)]
    theirs = granted(other_account, new_key(other_account), retirer.arn, "Decrypt", RetiringPrincipal=retirer.arn)["GrantId"]
    granted(account, new_key(account), retirer.arn, "Decrypt")
    elsewhere = newer_kms(account, region="eu-west-1")
    elsewhere.create_grant(KeyId=new_key(account, region="eu-west-1"), GranteePrincipal=retirer.arn, Operations=["Decrypt"],
                           RetiringPrincipal=retirer.arn)
    kms = newer_kms(account, creds=with_policy(account, "kms:ListRetirableGrants"))
    assert set(ids(kms.list_retirable_grants(RetiringPrincipal=retirer.arn))) == {*mine, theirs}
    assert len(ids(elsewhere.list_retirable_grants(RetiringPrincipal=retirer.arn))) == 1
    for limit in (1, 2, 3, 4, 100):
        found = paged(kms.list_retirable_grants, limit, RetiringPrincipal=retirer.arn)
        assert len(found) == 4 and set(found) == {*mine, theirs}


def test_who_lists_retirable_grants(account, other_account):
    """'The authorized resource in ListRetirableGrants calls is the retiring principal specified in the request.'"""
    retirer, other = account.user(), account.user()
    call = {"RetiringPrincipal": retirer.arn}
    with denied("kms:ListRetirableGrants", retirer.arn):
        retirer.client("kms").list_retirable_grants(**call)
    one = account.user(policy=policy(statement("kms:ListRetirableGrants", resource=retirer.arn))).client("kms")
    assert one.list_retirable_grants(**call)["Grants"] == []
    with denied("kms:ListRetirableGrants", other.arn):
        one.list_retirable_grants(RetiringPrincipal=other.arn)
    for principal in (other_account.arn("root"), other_account.user().arn, f"arn:aws:iam::{other_account.id}:role/::{account.id}:/x"):
        with refused("InvalidArnException", status=400):
            account.client("kms").list_retirable_grants(RetiringPrincipal=principal)
    for wrong in ({}, {**call, "RetiringServicePrincipal": DYNAMODB}, {"RetiringServicePrincipal": DYNAMODB}):
        with refused("ValidationException", status=400):
            newer_kms(account).list_retirable_grants(**wrong)


def test_services_list_their_own_retirable_grants(server, account):
    made = service_grant(account, new_key(account), table_of(account), "Decrypt")["GrantId"]
    status, answer = as_dynamodb(server, "ListRetirableGrants", {"RetiringServicePrincipal": DYNAMODB, "Limit": 100})
    assert status == 200 and made in ids(answer), answer
    status, answer = server.as_service(S3, "kms:ListRetirableGrants", {"RetiringServicePrincipal": DYNAMODB})
    assert (status, answer["__type"]) == (400, "AccessDeniedException")
    status, answer = as_dynamodb(server, "ListRetirableGrants", {"RetiringPrincipal": account.arn("root")})
    assert (status, answer["__type"]) == (400, "AccessDeniedException")


# -- Grants by those who have the permission from a grant

PARENT = ("GenerateDataKey", "Decrypt", "CreateGrant")


def child_of(account, parent_constraints, operations, constraints, parent_operations=PARENT):
    """Whether the holder of the parent may make the child."""
    key, holder = new_key(account), account.user()
    granted(account, key, holder.arn, *parent_operations, **({"Constraints": parent_constraints} if parent_constraints else {}))
    return is_allowed(newer_kms(account, creds=holder.creds).create_grant, KeyId=key, GranteePrincipal=account.user().arn,
                      Operations=list(operations), **({"Constraints": constraints} if constraints else {}))


@pytest.mark.parametrize("operations, want", [
    (("Decrypt",), True), (("CreateGrant", "Decrypt"), True), (PARENT, True), (("Encrypt",), False),
    (("Decrypt", "Encrypt"), False), (("DescribeKey",), False), (("RetireGrant",), False)])
def test_a_child_has_no_other_operations(account, operations, want):
    assert child_of(account, None, operations, None) is want
    assert child_of(account, {SUBSET: IT}, operations, {SUBSET: IT}) is want


@pytest.mark.parametrize("parent, child, want", [
    (None, None, True), (None, {SUBSET: IT}, True), (None, {EQUALS: IT}, True),
    ({SUBSET: IT}, None, False), ({SUBSET: IT}, {SUBSET: IT}, True), ({SUBSET: IT}, {SUBSET: IT_AND_MORE}, True),
    ({SUBSET: IT}, {EQUALS: IT}, True), ({SUBSET: IT}, {EQUALS: IT_AND_MORE}, True),
    ({SUBSET: IT}, {SUBSET: {"Department": "HR"}}, False), ({SUBSET: IT}, {EQUALS: {"Purpose": "Test"}}, False),
    ({SUBSET: IT_AND_MORE}, {SUBSET: IT}, False), ({SUBSET: IT_AND_MORE}, {EQUALS: IT}, False),
    ({EQUALS: IT}, {EQUALS: IT}, True), ({EQUALS: IT}, {SUBSET: IT}, False), ({EQUALS: IT}, None, False),
    ({EQUALS: IT}, {EQUALS: IT_AND_MORE}, False), ({EQUALS: IT_AND_MORE}, {EQUALS: dict(reversed(IT_AND_MORE.items()))}, True),
    ({SUBSET: {}}, None, True), ({EQUALS: {}}, None, False)])
def test_a_child_is_as_strict(account, parent, child, want):
    assert child_of(account, parent, ("Decrypt",), child) is want


def test_one_parent_must_cover_the_child(account):
    """Two parents do not add up."""
    key, holder = new_key(account), account.user()
    for operation in ("Encrypt", "Decrypt"):
        granted(account, key, holder.arn, operation, "CreateGrant")
    make = newer_kms(account, creds=holder.creds).create_grant
    for operations, want in ((["Encrypt"], True), (["Decrypt"], True), (["Encrypt", "Decrypt"], False)):
        assert is_allowed(make, KeyId=key, GranteePrincipal=account.user().arn, Operations=operations) is want


def test_children_of_children(account):
    key, first, second, third = new_key(account), account.user(), account.user(), account.user()
    granted(account, key, first.arn, *PARENT, Constraints={SUBSET: IT})
    first.client("kms").create_grant(KeyId=key, GranteePrincipal=second.arn, Operations=["Decrypt", "CreateGrant"],
                                     Constraints={EQUALS: IT})
    make = second.client("kms").create_grant
    call = {"KeyId": key, "GranteePrincipal": third.arn}
    assert not is_allowed(make, **call, Operations=["GenerateDataKey"], Constraints={EQUALS: IT})
    assert not is_allowed(make, **call, Operations=["Decrypt"], Constraints={SUBSET: IT})
    assert is_allowed(make, **call, Operations=["Decrypt"], Constraints={EQUALS: IT})
    blob = account.client("kms").encrypt(KeyId=key, Plaintext=TEXT, EncryptionContext=IT)["CiphertextBlob"]
    assert third.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=IT)["Plaintext"] == TEXT


def test_a_policy_makes_no_parent(account):
    """'These limitations don't apply to principals who get CreateGrant permission from a policy.'"""
    key, holder = new_key(account), account.user(policy=policy("kms:CreateGrant"))
    granted(account, key, holder.arn, *PARENT, Constraints={EQUALS: IT})
    assert holder.client("kms").create_grant(KeyId=key, GranteePrincipal=account.user().arn, Operations=["Encrypt"])


def test_a_child_of_another_account(account, other_account):
    """Made by the grantee in its account, which is the one that issued it."""
    key, holder = new_key(account), other_account.user()
    granted(account, key, holder.arn, *PARENT)
    make = holder.client("kms").create_grant
    made = make(KeyId=key, GranteePrincipal=other_account.role("deploy"), Operations=["Decrypt"])["GrantId"]
    row = next(row for row in grants_on(account, key) if row["GrantId"] == made)
    assert row["IssuingAccount"] == other_account.arn("root")
    assert not is_allowed(make, KeyId=key, GranteePrincipal=other_account.arn("root"), Operations=["Encrypt"])


# -- Those who are not who they were

def remove_user(account, user):
    account.iam.delete_access_key(UserName=user.name, AccessKeyId=user.creds.access_key)
    account.iam.delete_user(UserName=user.name)


def test_a_user_made_anew_has_no_grants(account):
    key, user = new_key(account), account.user("alice")
    made = granted(account, key, user.arn, "Encrypt", "RetireGrant", RetiringPrincipal=user.arn, Name="n")
    assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    remove_user(account, user)
    again = account.user("alice")
    with denied("kms:Encrypt", key):
        again.client("kms").encrypt(KeyId=key, Plaintext=TEXT, GrantTokens=[made["GrantToken"]])
    with denied("kms:RetireGrant", key):
        again.client("kms").retire_grant(GrantToken=made["GrantToken"])
    other = granted(account, key, again.arn, "Encrypt", "RetireGrant", RetiringPrincipal=again.arn, Name="n")
    assert other["GrantId"] != made["GrantId"]
    assert again.client("kms").encrypt(KeyId=key, Plaintext=TEXT)


def test_a_role_made_anew_has_no_grants(account):
    key, assumer = new_key(account), account.user(policy=policy("sts:AssumeRole"))
    role = account.role("deploy")
    granted(account, key, role, "Encrypt")
    assert account.client("kms", creds=account.assume(role, assumer.creds)).encrypt(KeyId=key, Plaintext=TEXT)
    account.iam.delete_role(RoleName="deploy")
    creds = account.assume(account.role("deploy"), assumer.creds)
    with denied("kms:Encrypt", key):
        account.client("kms", creds=creds).encrypt(KeyId=key, Plaintext=TEXT)


def test_a_renamed_user_keeps_its_grants(account):
    key, user = new_key(account), account.user("alice")
    made = granted(account, key, user.arn, "Encrypt", RetiringPrincipal=user.arn)
    account.iam.update_user(UserName="alice", NewUserName="bob")
    assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    with denied("kms:Encrypt", key):
        account.user("alice").client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    user.client("kms").retire_grant(GrantToken=made["GrantToken"])


# -- Dry runs

def test_dry_runs(account):
    key, user = new_key(account), account.user()
    kms, theirs = newer_kms(account), newer_kms(account, creds=user.creds)
    create = {"KeyId": key, "GranteePrincipal": user.arn, "Operations": ["Decrypt"], "DryRun": True}
    with refused("DryRunOperationException", status=400):
        kms.create_grant(**create)
    with refused("AccessDeniedException"):
        theirs.create_grant(**create)
    with refused("ValidationException"):
        kms.create_grant(**{**create, "Operations": ["Sign"]})
    assert grants_on(account, key) == []
    made = granted(account, key, user.arn, "Decrypt")
    end = {"KeyId": key, "GrantId": made["GrantId"], "DryRun": True}
    for call in ("revoke_grant", "retire_grant"):
        with refused("DryRunOperationException", status=400):
            getattr(kms, call)(**end)
        with refused("AccessDeniedException"):
            getattr(theirs, call)(**end)
        with refused("NotFoundException"):
            getattr(kms, call)(**{**end, "GrantId": "a" * 64})
    with refused("DryRunOperationException"):
        kms.retire_grant(GrantToken=made["GrantToken"], DryRun=True)
    assert ids({"Grants": grants_on(account, key)}) == [made["GrantId"]]
    kms.create_grant(**{**create, "DryRun": False})


def test_dry_runs_of_what_a_grant_allows(account):
    key, user = new_key(account), account.user()
    theirs = newer_kms(account, creds=user.creds)
    call = {"KeyId": key, "Plaintext": TEXT, "DryRun": True}
    with refused("AccessDeniedException"):
        theirs.encrypt(**call)
    granted(account, key, user.arn, "Encrypt")
    with refused("DryRunOperationException"):
        theirs.encrypt(**call)


# -- Explanations

def explained(server, call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return server.merlon("explain", caught.value.response["ResponseMetadata"]["RequestId"]).stdout


def test_explain_names_the_grant_that_was_not_enough(server, account):
    """To the account: its user needs an allow of its own."""
    key, user = new_key(account), account.user(policy=policy("kms:DescribeKey"))
    grant = granted(account, key, account.arn("root"), "Encrypt")["GrantId"]
    said = explained(server, user.client("kms").encrypt, KeyId=key, Plaintext=TEXT)
    assert grant in said and account.arn("root") in said and "inline" in said and "key policy" in said


def test_explain_tells_the_truth_of_another_accounts_key(server, account, other_account):
    """The caller is told nothing; the operator sees the policy of the key."""
    key = new_key(account)
    account.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    said = explained(server, other_account.client("kms").describe_key,
                     KeyId=f"arn:aws:kms:us-east-1:{account.id}:alias/blue")
    assert key in said and "key policy" in said
