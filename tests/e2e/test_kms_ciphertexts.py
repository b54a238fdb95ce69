"""What KMS encrypts and signs, and every way in which it is not what it was."""
import base64
import hashlib
import json
import os

import pytest

from harness.account import Account
from harness.kms_import import create_key
from harness.json_client import newer_kms
from harness.refusals import refused

HEAD = {"version": 0, "kind of id": 1, "account": 2, "key id": 7, "material id": 23}  # its parts, by where they begin
SEALED = {"version": 55, "salt": 56, "nonce": 72, "text": 84}
INVALID = "InvalidCiphertextException"


def change(blob, at, bit=0):
    return blob[:at] + bytes([blob[at] ^ (1 << bit)]) + blob[at + 1:]


def wire_kms(account, **more):
    """Sends what boto3's own checks would not let through."""
    return account.client("kms", parameter_validation=False, **more)


# -- Lengths

@pytest.mark.parametrize("length", [1, 15, 16, 17, 4095, 4096])
def test_plaintexts_come_back(account, length):
    kms = account.client("kms")
    key_id = create_key(kms)
    clear = os.urandom(length)
    first, second = (kms.encrypt(KeyId=key_id, Plaintext=clear)["CiphertextBlob"] for _ in range(2))
    assert first != second and len(first) == len(second)
    for blob in (first, second):
        opened = kms.decrypt(CiphertextBlob=blob)
        assert opened["Plaintext"] == clear and opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
        assert opened["KeyId"].endswith(f":key/{key_id}")


def test_plaintexts_of_a_wrong_length(account):
    kms = newer_kms(account)
    key_id = create_key(kms)
    for length in (0, 4097, 10_000):
        with refused("ValidationException", status=400):
            kms.encrypt(KeyId=key_id, Plaintext=os.urandom(length))
    for length in (0, 6145):
        with refused("ValidationException", status=400):
            kms.decrypt(CiphertextBlob=os.urandom(length))
    with refused("ValidationException"):
        kms.encrypt(KeyId=key_id)
    with refused("ValidationException"):
        kms.decrypt(KeyId=key_id)
    for bad in (b'{"KeyId": "%s", "Plaintext": "***"}', b'{"KeyId": "%s", "Plaintext": "YQ"}',
                b'{"KeyId": "%s", "Plaintext": 5}', b'{"KeyId": "%s", "Plaintext": "YQ==YQ=="}'):
        with refused("SerializationException"):
            kms.send("Encrypt", bad.replace(b"%s", key_id.encode()))


# -- Bytes

def test_no_byte_of_a_ciphertext_may_change(account):
    """Without a key named, a part that names the key or its account leads elsewhere; with it named, nowhere."""
    kms = account.client("kms")
    key_id = create_key(kms)
    context = {"a": "b"}
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"the secret", EncryptionContext=context)["CiphertextBlob"]
    assert len(blob) == SEALED["text"] + len(b"the secret") + 16
    for at in range(len(blob)):
        bad = change(blob, at, at % 8)
        elsewhere = HEAD["account"] <= at < HEAD["material id"] or bad[:2] == b"\1\1"
        with refused("AccessDeniedException" if elsewhere else INVALID, status=400):
            kms.decrypt(CiphertextBlob=bad, EncryptionContext=context)
        with refused("IncorrectKeyException" if elsewhere else INVALID, status=400):
            kms.decrypt(CiphertextBlob=bad, EncryptionContext=context, KeyId=key_id)
    for version in (0, 2, 3, 0x7F, 0xFF):
        with refused(INVALID):
            kms.decrypt(CiphertextBlob=bytes([version]) + blob[1:], EncryptionContext=context)
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"the secret"


def test_ciphertexts_of_another_length(account):
    kms = account.client("kms")
    key_id = create_key(kms)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"the secret")["CiphertextBlob"]
    for length in [*range(1, 8), *range(8, len(blob), 7), *range(len(blob) - 4, len(blob))]:
        with refused(INVALID, status=400):
            kms.decrypt(CiphertextBlob=blob[:length])
        with refused(INVALID, status=400):
            kms.decrypt(CiphertextBlob=blob[:length], KeyId=key_id)
    for more in (b"\0", blob, bytes(16), os.urandom(4000)):
        with refused(INVALID):
            kms.decrypt(CiphertextBlob=blob + more)
    for noise in (b"\0", b"\1", b"x" * 100, bytes(6144), os.urandom(20)):
        with refused(INVALID):
            kms.decrypt(CiphertextBlob=noise)
        with refused(INVALID):
            kms.decrypt(CiphertextBlob=noise, KeyId=key_id)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"the secret"


def test_parts_of_two_ciphertexts_do_not_fit(account):
    kms = account.client("kms")
    keys = [create_key(kms) for _ in range(2)]
    one, two = (kms.encrypt(KeyId=key_id, Plaintext=b"the secret")["CiphertextBlob"] for key_id in keys)
    same = kms.encrypt(KeyId=keys[0], Plaintext=b"the secret")["CiphertextBlob"]
    for mixed in (one[:SEALED["version"]] + two[SEALED["version"]:], one[:SEALED["nonce"]] + same[SEALED["nonce"]:],
                  one[:-16] + same[-16:], one[:HEAD["material id"]] + two[HEAD["material id"]:SEALED["version"]]
                  + one[SEALED["version"]:]):
        with refused(INVALID):
            kms.decrypt(CiphertextBlob=mixed)


def test_the_account_number_in_a_ciphertext_opens_nothing(account, other_account):
    """Neither does it lead into another account's keys, nor does the answer tell what is there."""
    kms, others = account.client("kms"), other_account.client("kms")
    key_id, foreign = create_key(kms), create_key(others)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    theirs = others.encrypt(KeyId=foreign, Plaintext=b"x")["CiphertextBlob"]
    number = int(other_account.id).to_bytes(5, "big")
    assert blob[2:7] == int(account.id).to_bytes(5, "big") and theirs[2:7] == number
    nobody = (999999999999).to_bytes(5, "big")
    answers = []
    for bad in (theirs, blob[:2] + number + blob[7:], blob[:2] + theirs[2:23] + blob[23:], blob[:2] + nobody + blob[7:]):
        with refused("AccessDeniedException", status=400):
            kms.decrypt(CiphertextBlob=bad)
        user = account.user(policy={"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}).client("kms")
        with pytest.raises(user.exceptions.ClientError) as caught:
            user.decrypt(CiphertextBlob=bad)
        answers.append(caught.value.response["Error"]["Code"])
    assert set(answers) == {"AccessDeniedException"}


# -- Another key

def test_another_key_named(account):
    kms = account.client("kms")
    key_id, other = create_key(kms), create_key(kms)
    kms.create_alias(AliasName="alias/right", TargetKeyId=key_id)
    kms.create_alias(AliasName="alias/wrong", TargetKeyId=other)
    blob = kms.encrypt(KeyId="alias/right", Plaintext=b"x")["CiphertextBlob"]
    arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    for name in (key_id, arn, "alias/right", arn.split(":key/")[0] + ":alias/right"):
        assert kms.decrypt(CiphertextBlob=blob, KeyId=name)["KeyId"] == arn
    for name in (other, "alias/wrong"):
        with refused("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this "
                                              "operation.", 400):
            kms.decrypt(CiphertextBlob=blob, KeyId=name)
        with refused("IncorrectKeyException"):
            kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=name, DestinationKeyId=key_id)


def test_another_algorithm_named(account):
    kms = account.client("kms")
    key_id, rsa, sign, mac = (create_key(kms), create_key(kms, "RSA_2048", "ENCRYPT_DECRYPT"),
                              create_key(kms, "ECC_NIST_P256"), create_key(kms, "HMAC_256"))
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    for algorithm in ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"):
        with refused("InvalidKeyUsageException"):
            kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionAlgorithm=algorithm)
        with refused("InvalidKeyUsageException"):
            kms.decrypt(CiphertextBlob=blob, EncryptionAlgorithm=algorithm, KeyId=key_id)
    for key, algorithm in ((rsa, "SYMMETRIC_DEFAULT"), (rsa, "SM2PKE"), (sign, "SYMMETRIC_DEFAULT"),
                           (mac, "SYMMETRIC_DEFAULT")):
        with refused("InvalidKeyUsageException"):
            kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm=algorithm)
        with refused("InvalidKeyUsageException"):
            kms.decrypt(KeyId=key, CiphertextBlob=b"x" * 256, EncryptionAlgorithm=algorithm)
    with refused("InvalidKeyUsageException"):
        kms.encrypt(KeyId=rsa, Plaintext=b"x")  # SYMMETRIC_DEFAULT is what is meant then
    with refused("ValidationException"):
        wire_kms(account).encrypt(KeyId=key_id, Plaintext=b"x", EncryptionAlgorithm="AES")


# -- Encryption contexts

def test_contexts_that_are_not_the_one(account):
    kms = account.client("kms")
    key_id = create_key(kms)
    context = {"purpose": "test", "user": "alice"}
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    wrong = [None, {}, {"purpose": "test"}, {"user": "alice"}, {"purpose": "alice", "user": "test"},
             {"purpose": "test", "user": "Alice"}, {"Purpose": "test", "user": "alice"},
             {"purpose": "test", "user": "alice", "more": ""}, {"purpose": "test", "user": "alice "},
             {"purpos": "etest", "user": "alice"}, {"purpose": "testuser", "": "alice"},
             {"purpose": "test\0\0\0\4useralice"}]
    for bad in wrong:
        more = {} if bad is None else {"EncryptionContext": bad}
        with refused(INVALID, status=400):
            kms.decrypt(CiphertextBlob=blob, **more)
    reordered = dict(reversed(context.items()))
    assert list(reordered) != list(context)
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=reordered)["Plaintext"] == b"x"
    without = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=without, EncryptionContext={})["Plaintext"] == b"x"
    with refused(INVALID):
        kms.decrypt(CiphertextBlob=without, EncryptionContext=context)


UNICODE = [{"ключ": "значение", "鍵": "値", "😀": "🔑"}, {"e\u0301": "decomposed"}, {"": ""}, {"a": ""}, {"\0": "\0\1\u2028"},
           {f"key {number}": str(number) for number in range(200)}]


@pytest.mark.parametrize("context", UNICODE, ids=range(len(UNICODE)))
def test_contexts_of_any_text(account, context):
    kms = account.client("kms")
    key_id = create_key(kms)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
    with refused(INVALID):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={**context, "more": "x"})


def test_text_is_not_normalised(account):
    """Two texts that look alike are two contexts."""
    kms = account.client("kms")
    key_id = create_key(kms)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext={"caf\u00e9": "1"})["CiphertextBlob"]
    with refused(INVALID):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"cafe\u0301": "1"})


def test_a_key_that_stands_twice_in_the_json(account):
    """The last one counts, for encryption, decryption, conditions and the record alike."""
    kms = newer_kms(account)
    key_id = create_key(kms)
    text = '{"KeyId": "%s", "Plaintext": "eA==", "EncryptionContext": {"a": "first", "b": "2", "a": "last"}}' % key_id
    blob = kms.send("Encrypt", text.encode())["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "last", "b": "2"})["Plaintext"] == b"x"
    with refused(INVALID):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "first", "b": "2"})
    text = '{"CiphertextBlob": "%s", "EncryptionContext": {"a": "x", "a": "last", "b": "2"}}'
    assert kms.send("Decrypt", (text % base64.b64encode(blob).decode()).encode())["Plaintext"] == b"x"
    escaped = text.replace('"a": "last"', '"\\u0061": "last"')
    assert kms.send("Decrypt", (escaped % base64.b64encode(blob).decode()).encode())["Plaintext"] == b"x"


def test_the_largest_context(account):
    kms = account.client("kms")
    key_id = create_key(kms)
    most = {"k" * 4096: "v" * 4096}
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext=most)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=most)["Plaintext"] == b"x"
    more = {**most, "k": ""}
    for call in (lambda: kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext=more),
                 lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext=more),
                 lambda: kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=more),
                 lambda: kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec="ECC_NIST_P256", EncryptionContext=more),
                 lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_id, SourceEncryptionContext=more),
                 lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_id, SourceEncryptionContext=most,
                                        DestinationEncryptionContext=more)):
        with refused("ValidationException"):
            call()


def test_contexts_that_are_no_text(account):
    kms = newer_kms(account)
    key_id = create_key(kms)
    for bad in ({"a": 1}, {"a": {"b": "c"}}, {"a": ["b"]}, [["a", "b"]], "a=b"):
        with refused("SerializationException"):
            kms.send("Encrypt", json.dumps({"KeyId": key_id, "Plaintext": "eA==", "EncryptionContext": bad}).encode())


# -- ReEncrypt

def test_re_encrypt_between_kinds_of_keys(account):
    kms = newer_kms(account)
    first, second, rsa = create_key(kms), create_key(kms), create_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    one, two = {"step": "1"}, {"step": "2"}
    blob = kms.encrypt(KeyId=first, Plaintext=b"x", EncryptionContext=one)["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=one, DestinationKeyId=second,
                           DestinationEncryptionContext=two)
    assert moved["SourceKeyId"].endswith(first) and moved["KeyId"].endswith(second)
    assert moved["SourceEncryptionAlgorithm"] == moved["DestinationEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=two)["Plaintext"] == b"x"
    for context in (one, {}):
        with refused(INVALID):
            kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=context)

    to_rsa = kms.re_encrypt(CiphertextBlob=moved["CiphertextBlob"], SourceEncryptionContext=two, DestinationKeyId=rsa,
                            DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_1")
    assert len(to_rsa["CiphertextBlob"]) == 256 and "DestinationKeyMaterialId" not in to_rsa
    within = kms.re_encrypt(CiphertextBlob=to_rsa["CiphertextBlob"], SourceKeyId=rsa, DestinationKeyId=rsa,
                            SourceEncryptionAlgorithm="RSAES_OAEP_SHA_1",
                            DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256")
    back = kms.re_encrypt(CiphertextBlob=within["CiphertextBlob"], SourceKeyId=rsa, DestinationKeyId=first,
                          SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256", DestinationEncryptionContext=one)
    assert "SourceKeyMaterialId" not in back and len(back["DestinationKeyMaterialId"]) == 64
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"], EncryptionContext=one)["Plaintext"] == b"x"


def test_re_encrypt_refused(account):
    kms = account.client("kms")
    key_id, rsa = create_key(kms), create_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    oaep = {"DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    large = kms.encrypt(KeyId=key_id, Plaintext=b"x" * 191)["CiphertextBlob"]
    with refused(INVALID):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_id)
    with refused(INVALID):
        kms.re_encrypt(CiphertextBlob=change(blob, 90), DestinationKeyId=key_id, SourceEncryptionContext={"a": "b"})
    with refused("ValidationException", "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger "
                                        "than 190 bytes."):
        kms.re_encrypt(CiphertextBlob=large, **oaep)
    with refused("ValidationException"):
        kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationEncryptionContext={"a": "b"},
                       **oaep)
    with refused("InvalidKeyUsageException"):
        kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=rsa)
    with refused(INVALID):  # an RSA ciphertext does not say whose it is
        kms.re_encrypt(CiphertextBlob=b"\7" * 256, DestinationKeyId=key_id,
                       SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256")


# -- Data keys and random bytes

def test_data_key_parameters(account):
    kms = newer_kms(account)
    key_id, rsa = create_key(kms), create_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    for spec, length in (("AES_128", 16), ("AES_256", 32)):
        made = kms.generate_data_key(KeyId=key_id, KeySpec=spec)
        assert len(made["Plaintext"]) == length
        assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
        hidden = kms.generate_data_key_without_plaintext(KeyId=key_id, KeySpec=spec)
        assert "Plaintext" not in hidden and hidden["KeyMaterialId"] == made["KeyMaterialId"]
        assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == length
    for length in (1, 24, 1024):
        assert len(kms.generate_data_key(KeyId=key_id, NumberOfBytes=length)["Plaintext"]) == length
    for call in (kms.generate_data_key, kms.generate_data_key_without_plaintext):
        for bad in ({}, {"KeySpec": "AES_256", "NumberOfBytes": 32}, {"NumberOfBytes": 0}, {"NumberOfBytes": 1025},
                    {"NumberOfBytes": -1}, {"KeySpec": "AES_192"}, {"KeySpec": ""}):
            with refused("ValidationException", status=400):
                call(KeyId=key_id, **bad)
        with refused("InvalidKeyUsageException"):
            call(KeyId=rsa, KeySpec="AES_256")
    for call in (kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext):
        with refused("ValidationException"):
            call(KeyId=key_id, KeyPairSpec="RSA_1024")
        with refused("ValidationException"):
            call(KeyId=key_id)
        with refused("InvalidKeyUsageException"):
            call(KeyId=rsa, KeyPairSpec="ECC_NIST_P256")
        with refused("UnsupportedOperationException"):
            call(KeyId=key_id, KeyPairSpec="SM2")


def test_random_bytes(account):
    kms = newer_kms(account)
    for length in (1, 32, 1024):
        assert len(kms.generate_random(NumberOfBytes=length)["Plaintext"]) == length
    assert len({kms.generate_random(NumberOfBytes=16)["Plaintext"] for _ in range(20)}) == 20
    for bad in ({}, {"NumberOfBytes": 0}, {"NumberOfBytes": 1025}, {"NumberOfBytes": -5}):
        with refused("ValidationException", status=400):
            kms.generate_random(**bad)
    with refused("CustomKeyStoreNotFoundException"):
        kms.generate_random(NumberOfBytes=16, CustomKeyStoreId="cks-1234567890abcdef0")


# -- RSA

@pytest.mark.parametrize("spec, algorithm, most", [
    ("RSA_2048", "RSAES_OAEP_SHA_1", 214), ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
    ("RSA_3072", "RSAES_OAEP_SHA_1", 342), ("RSA_3072", "RSAES_OAEP_SHA_256", 318),
    ("RSA_4096", "RSAES_OAEP_SHA_1", 470), ("RSA_4096", "RSAES_OAEP_SHA_256", 446)])
def test_rsa_plaintext_limits(account, spec, algorithm, most):
    """https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html#key-spec-rsa-encryption"""
    kms = account.client("kms")
    key_id = create_key(kms, spec, "ENCRYPT_DECRYPT")
    how = {"KeyId": key_id, "EncryptionAlgorithm": algorithm}
    clear = os.urandom(most)
    blob = kms.encrypt(Plaintext=clear, **how)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, **how)["Plaintext"] == clear
    for length in (most + 1, 4096):
        with refused("ValidationException", f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than "
                                            f"{most} bytes."):
            kms.encrypt(Plaintext=os.urandom(length), **how)


def test_rsa_ciphertexts_that_do_not_open(account):
    kms = account.client("kms")
    keys = [create_key(kms, "RSA_2048", "ENCRYPT_DECRYPT") for _ in range(2)]
    how = {"KeyId": keys[0], "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(Plaintext=b"x", **how)["CiphertextBlob"]
    for bad in (change(blob, 0), change(blob, 128), change(blob, 255), blob[:-1], blob[1:], blob + b"\0", b"\0" + blob,
                bytes(256), b"\xff" * 256, b"x", kms.encrypt(KeyId=keys[1], Plaintext=b"x", EncryptionAlgorithm=how[
                    "EncryptionAlgorithm"])["CiphertextBlob"]):
        with refused(INVALID, status=400):
            kms.decrypt(CiphertextBlob=bad, **how)
    with refused(INVALID):
        kms.decrypt(CiphertextBlob=blob, **{**how, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})
    for call, data in ((kms.encrypt, {"Plaintext": b"x"}), (kms.decrypt, {"CiphertextBlob": blob})):
        with refused("ValidationException"):
            call(EncryptionContext={"a": "b"}, **data, **how)


# -- Signatures

SIGNING = {"RSA_2048": "RSASSA_PSS_SHA_256", "ECC_NIST_P256": "ECDSA_SHA_256", "ECC_NIST_EDWARDS25519": "ED25519_SHA_512"}


@pytest.mark.parametrize("spec", SIGNING)
def test_no_bit_of_a_signature_may_change(account, spec):
    kms = account.client("kms")
    key_id = create_key(kms, spec)
    how = {"KeyId": key_id, "Message": b"message", "SigningAlgorithm": SIGNING[spec]}
    signature = kms.sign(**how)["Signature"]
    for at in range(len(signature)):
        with refused("KMSInvalidSignatureException", status=400):
            kms.verify(Signature=change(signature, at, at % 8), **how)
    other = create_key(kms, spec)
    with refused("KMSInvalidSignatureException"):
        kms.verify(Signature=signature, **{**how, "KeyId": other})
    assert kms.verify(Signature=signature, **how)["SignatureValid"] is True


@pytest.mark.parametrize("spec, algorithm, length", [
    ("RSA_2048", "RSASSA_PSS_SHA_256", 32), ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384", 48),
    ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512", 64), ("ECC_NIST_P256", "ECDSA_SHA_256", 32),
    ("ECC_NIST_P384", "ECDSA_SHA_384", 48), ("ECC_NIST_P521", "ECDSA_SHA_512", 64),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256", 32)])
def test_digests_of_a_wrong_length(account, spec, algorithm, length):
    kms = account.client("kms")
    how = {"KeyId": create_key(kms, spec, "SIGN_VERIFY"), "SigningAlgorithm": algorithm, "MessageType": "DIGEST"}
    signature = kms.sign(Message=os.urandom(length), **how)["Signature"]
    for wrong in {1, 20, 28, 32, 48, 64, length - 1, length + 1, 4096} - {length}:
        for call, more in ((kms.sign, {}), (kms.verify, {"Signature": signature})):
            with refused("ValidationException", f"Digest is invalid length for algorithm {algorithm}.", 400):
                call(Message=os.urandom(wrong), **more, **how)


def test_algorithms_of_other_specs(account):
    kms = account.client("kms")
    of = {"RSA_2048": {f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)},
          "ECC_NIST_P256": {"ECDSA_SHA_256"}, "ECC_NIST_P384": {"ECDSA_SHA_384"}, "ECC_NIST_P521": {"ECDSA_SHA_512"},
          "ECC_SECG_P256K1": {"ECDSA_SHA_256"}, "ECC_NIST_EDWARDS25519": {"ED25519_SHA_512", "ED25519_PH_SHA_512"}}
    everything = set().union(*of.values()) | {"SM2DSA", "ML_DSA_SHAKE_256"}
    for spec, algorithms in of.items():
        key_id = create_key(kms, spec)
        for algorithm in sorted(everything - algorithms):
            text = f"Algorithm {algorithm} and key spec {spec} are incompatible."
            with refused("InvalidKeyUsageException", text, 400):
                kms.sign(KeyId=key_id, Message=b"m", SigningAlgorithm=algorithm)
            with refused("InvalidKeyUsageException", text, 400):
                kms.verify(KeyId=key_id, Message=b"m", Signature=b"s", SigningAlgorithm=algorithm)
    with refused("ValidationException"):
        kms.sign(KeyId=key_id, Message=b"m", SigningAlgorithm="ECDSA_SHA_1")


def test_message_types_of_ed25519(account):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html#KMS-Sign-request-MessageType"""
    kms = account.client("kms")
    key_id = create_key(kms, "ECC_NIST_EDWARDS25519")
    digest = hashlib.sha512(b"m").digest()
    for algorithm, wrong, message in (("ED25519_SHA_512", "DIGEST", digest), ("ED25519_PH_SHA_512", "RAW", b"m"),
                                      ("ED25519_SHA_512", "EXTERNAL_MU", digest),
                                      ("ED25519_PH_SHA_512", "EXTERNAL_MU", digest)):
        how = {"KeyId": key_id, "Message": message, "MessageType": wrong, "SigningAlgorithm": algorithm}
        with refused("ValidationException"):
            kms.sign(**how)
        with refused("ValidationException"):
            kms.verify(Signature=bytes(64), **how)
    with refused("ValidationException"):  # RAW is what is meant then
        kms.sign(KeyId=key_id, Message=digest, SigningAlgorithm="ED25519_PH_SHA_512")
    for message in (b"m", os.urandom(4096)):
        how = {"KeyId": key_id, "Message": message, "SigningAlgorithm": "ED25519_SHA_512"}
        first, second = kms.sign(**how)["Signature"], kms.sign(MessageType="RAW", **how)["Signature"]
        assert first == second and len(first) == 64
    for length in (1, 32, 63, 65):
        with refused("ValidationException", "Digest is invalid length for algorithm ED25519_PH_SHA_512."):
            kms.sign(KeyId=key_id, Message=os.urandom(length), MessageType="DIGEST",
                     SigningAlgorithm="ED25519_PH_SHA_512")


def test_messages_of_a_wrong_length(account):
    kms = newer_kms(account)
    sign, mac = create_key(kms, "ECC_NIST_P256"), create_key(kms, "HMAC_256")
    for length in (0, 4097):
        with refused("ValidationException"):
            kms.sign(KeyId=sign, Message=os.urandom(length), SigningAlgorithm="ECDSA_SHA_256")
        with refused("ValidationException"):
            kms.generate_mac(KeyId=mac, Message=os.urandom(length), MacAlgorithm="HMAC_SHA_256")
    for algorithm in ("HMAC_SHA_224", "HMAC_SHA_384", "HMAC_SHA_512"):
        with refused("InvalidKeyUsageException"):
            kms.generate_mac(KeyId=mac, Message=b"m", MacAlgorithm=algorithm)
        with refused("InvalidKeyUsageException"):
            kms.verify_mac(KeyId=mac, Message=b"m", MacAlgorithm=algorithm, Mac=bytes(32))
    signature = kms.sign(KeyId=sign, Message=os.urandom(4096), SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    with refused("ValidationException"):
        kms.verify(KeyId=sign, Message=b"m", Signature=signature + bytes(6144), SigningAlgorithm="ECDSA_SHA_256")


# -- A key in another region, and a rotated one

def test_ciphertexts_stay_in_their_region(account):
    kms, away = newer_kms(account), newer_kms(account, region="eu-west-1")
    key_id = create_key(kms)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        away.decrypt(CiphertextBlob=blob)
    shared = create_key(kms, MultiRegion=True)
    blob = kms.encrypt(KeyId=shared, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        away.decrypt(CiphertextBlob=blob)
    kms.replicate_key(KeyId=shared, ReplicaRegion="eu-west-1")
    assert away.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    moved = away.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=moved, KeyId=shared)["Plaintext"] == b"x"


def test_old_ciphertexts_open_after_rotations(clock_server, home):
    kms = newer_kms(Account.create(clock_server, home))
    key_id = create_key(kms)
    blobs = [kms.encrypt(KeyId=key_id, Plaintext=b"0")["CiphertextBlob"]]
    for number in range(1, 4):
        kms.rotate_key_on_demand(KeyId=key_id)
        blobs.append(kms.encrypt(KeyId=key_id, Plaintext=b"%d" % number)["CiphertextBlob"])
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    clock_server.admin.advance("91d")
    blobs.append(kms.encrypt(KeyId=key_id, Plaintext=b"4")["CiphertextBlob"])
    opened = [kms.decrypt(CiphertextBlob=blob) for blob in blobs]
    assert [answer["Plaintext"] for answer in opened] == [b"0", b"1", b"2", b"3", b"4"]
    assert len({answer["KeyMaterialId"] for answer in opened}) == 5
    material = slice(HEAD["material id"], SEALED["version"])
    mixed = blobs[0][:HEAD["material id"]] + blobs[1][material] + blobs[0][SEALED["version"]:]
    with refused(INVALID):
        kms.decrypt(CiphertextBlob=mixed)
