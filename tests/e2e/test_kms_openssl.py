"""KMS and the openssl command, each opening, verifying and agreeing on what the other made."""
import base64
import hashlib
import os

import pytest

from harness.kms_import import create_key, imported_key
from harness.json_client import newer_kms
from harness.refusals import refused

RSA = ("RSA_2048", "RSA_3072", "RSA_4096")
RSA_SIGNING = [f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)]
SIGNING = {
    **{spec: RSA_SIGNING for spec in RSA},
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
    "ECC_NIST_P521": ["ECDSA_SHA_512"],
    "ECC_SECG_P256K1": ["ECDSA_SHA_256"],
    "ECC_NIST_EDWARDS25519": ["ED25519_SHA_512"],
}
OAEP = {"RSAES_OAEP_SHA_1": ("sha1", 20), "RSAES_OAEP_SHA_256": ("sha256", 32)}
NIST = ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521")
MESSAGE = b"It was a bright cold day in April, and the clocks were striking thirteen."


def digest_of(algorithm, message):
    return hashlib.new("sha" + algorithm.rsplit("_", 1)[-1], message).digest()


def public_key(kms, key_id):
    return kms.get_public_key(KeyId=key_id)["PublicKey"]


def flip(data, bit=0):
    return bytes([data[0] ^ (1 << bit)]) + data[1:]


# -- Signatures

@pytest.mark.parametrize("spec", SIGNING)
def test_openssl_accepts_what_kms_signs(account, openssl, spec):
    kms = account.client("kms")
    key_id = create_key(kms, spec, "SIGN_VERIFY")
    answer = kms.get_public_key(KeyId=key_id)
    assert set(SIGNING[spec]) <= set(answer["SigningAlgorithms"])
    public = answer["PublicKey"]
    for algorithm in SIGNING[spec]:
        signature = kms.sign(KeyId=key_id, Message=MESSAGE, SigningAlgorithm=algorithm)["Signature"]
        assert openssl.verifies(public, algorithm, MESSAGE, signature), algorithm
        assert not openssl.verifies(public, algorithm, MESSAGE + b".", signature), algorithm
        if algorithm == "ED25519_SHA_512":
            continue
        digest = digest_of(algorithm, MESSAGE)
        signature = kms.sign(KeyId=key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm=algorithm)["Signature"]
        assert openssl.verifies(public, algorithm, MESSAGE, signature), algorithm
        assert openssl.verifies_digest(public, algorithm, digest, signature), algorithm


@pytest.mark.parametrize("spec", SIGNING)
def test_kms_accepts_what_openssl_signs(account, openssl, spec):
    kms = account.client("kms")
    private = openssl.private_key(spec)
    key_id = imported_key(kms, openssl, spec, private)
    assert public_key(kms, key_id) == openssl.public_of(private)
    for algorithm in SIGNING[spec]:
        signature = openssl.sign(private, algorithm, MESSAGE)
        how = {"KeyId": key_id, "SigningAlgorithm": algorithm, "Signature": signature}
        assert kms.verify(Message=MESSAGE, **how)["SignatureValid"] is True
        if algorithm != "ED25519_SHA_512":
            assert kms.verify(Message=digest_of(algorithm, MESSAGE), MessageType="DIGEST", **how)["SignatureValid"]
        for wrong in (flip(signature, 1), signature[:-1], signature + b"\0", b"\0"):
            with refused("KMSInvalidSignatureException"):
                kms.verify(Message=MESSAGE, **{**how, "Signature": wrong})
        with refused("KMSInvalidSignatureException"):
            kms.verify(Message=MESSAGE + b".", **how)


def test_a_salt_of_another_length_is_not_accepted(account, openssl):
    """"... and a 256-bit salt": https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html"""
    kms = account.client("kms")
    private = openssl.private_key("RSA_2048")
    key_id = imported_key(kms, openssl, "RSA_2048", private)
    for length in ("0", "20", "max"):
        signature = openssl.run("dgst", "-sha256", "-sign", openssl.file(private), "-keyform", "DER", "-sigopt",
                                "rsa_padding_mode:pss", "-sigopt", f"rsa_pss_saltlen:{length}", openssl.file(MESSAGE))
        with refused("KMSInvalidSignatureException"):
            kms.verify(KeyId=key_id, Message=MESSAGE, Signature=signature, SigningAlgorithm="RSASSA_PSS_SHA_256")


# -- Encryption

@pytest.mark.parametrize("spec", RSA)
def test_kms_opens_what_openssl_encrypts(account, openssl, spec):
    kms = account.client("kms")
    key_id = create_key(kms, spec, "ENCRYPT_DECRYPT")
    answer = kms.get_public_key(KeyId=key_id)
    assert answer["EncryptionAlgorithms"] == list(OAEP)
    for algorithm, (digest, digest_len) in OAEP.items():
        longest = os.urandom(int(spec.removeprefix("RSA_")) // 8 - 2 * digest_len - 2)
        for clear in (MESSAGE, b"x", longest):
            blob = openssl.encrypt(answer["PublicKey"], digest, clear)
            opened = kms.decrypt(KeyId=key_id, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
            assert opened["Plaintext"] == clear and opened["EncryptionAlgorithm"] == algorithm
            other = next(name for name in OAEP if name != algorithm)
            with refused("InvalidCiphertextException"):
                kms.decrypt(KeyId=key_id, CiphertextBlob=blob, EncryptionAlgorithm=other)
    mixed = openssl.run("pkeyutl", "-encrypt", "-pubin", "-inkey", openssl.file(answer["PublicKey"]), "-keyform", "DER",
                        "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt",
                        "rsa_mgf1_md:sha1", data=MESSAGE)
    with refused("InvalidCiphertextException"):
        kms.decrypt(KeyId=key_id, CiphertextBlob=mixed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")


@pytest.mark.parametrize("spec", RSA)
def test_openssl_opens_what_kms_encrypts(account, openssl, spec):
    kms = account.client("kms")
    private = openssl.private_key(spec)
    key_id = imported_key(kms, openssl, spec, private, "ENCRYPT_DECRYPT")
    for algorithm, (digest, digest_len) in OAEP.items():
        longest = os.urandom(int(spec.removeprefix("RSA_")) // 8 - 2 * digest_len - 2)
        for clear in (MESSAGE, longest):
            blob = kms.encrypt(KeyId=key_id, Plaintext=clear, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
            assert openssl.decrypt(private, digest, blob) == clear


# -- Key agreement

@pytest.mark.parametrize("spec", NIST)
def test_both_derive_the_same_secret(account, openssl, spec):
    kms = newer_kms(account)
    peer = openssl.private_key(spec)
    mine = openssl.private_key(spec)
    made = create_key(kms, spec, "KEY_AGREEMENT")
    imported = imported_key(kms, openssl, spec, mine, "KEY_AGREEMENT")
    for key_id, origin in ((made, "AWS_KMS"), (imported, "EXTERNAL")):
        answer = kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=openssl.public_of(peer))
        assert answer["SharedSecret"] == openssl.derive(peer, public_key(kms, key_id))
        assert (answer["KeyAgreementAlgorithm"], answer["KeyOrigin"]) == ("ECDH", origin)
    between = [kms.derive_shared_secret(KeyId=one, KeyAgreementAlgorithm="ECDH", PublicKey=public_key(kms, other))
               for one, other in ((made, imported), (imported, made))]
    assert between[0]["SharedSecret"] == between[1]["SharedSecret"]


def test_public_keys_that_agree_with_nothing(account, openssl):
    kms = newer_kms(account)
    key_id = create_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    good = openssl.public_of(openssl.private_key("ECC_NIST_P256"))
    off_the_curve = good[:-1] + bytes([good[-1] ^ 1])
    wrong = [openssl.public_of(openssl.private_key("ECC_NIST_P384")),
             openssl.public_of(openssl.private_key("ECC_SECG_P256K1")),
             openssl.public_of(openssl.private_key("ECC_NIST_EDWARDS25519")),
             openssl.private_key("ECC_NIST_P256"), off_the_curve, good + b"\0", good[:-1], good[:27], b"\0", os.urandom(91),
             good[:26] + bytes(65)]
    for public in wrong:
        with refused("ValidationException"):
            kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=public)
    compressed = openssl.run("pkey", "-inform", "DER", "-pubin", "-pubout", "-outform", "DER", "-ec_conv_form",
                             "compressed", data=good)
    secrets = [kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=public)["SharedSecret"]
               for public in (good, compressed)]
    assert secrets[0] == secrets[1]


# -- HMAC

@pytest.mark.parametrize("bits, length", [(224, 28), (256, 32), (384, 48), (512, 64), (256, 128)])
def test_both_compute_the_same_mac(account, openssl, bits, length):
    kms = account.client("kms")
    material = os.urandom(length)
    key_id = imported_key(kms, openssl, f"HMAC_{bits}", material)
    how = {"KeyId": key_id, "MacAlgorithm": f"HMAC_SHA_{bits}"}
    for message in (MESSAGE, b"\0", os.urandom(4096)):
        mac = kms.generate_mac(Message=message, **how)["Mac"]
        assert mac == openssl.hmac(f"sha{bits}", material, message)
        assert kms.verify_mac(Message=message, Mac=mac, **how)["MacValid"] is True
        for wrong in (flip(mac), mac[:-1], mac + b"\0"):
            with refused("KMSInvalidMacException"):
                kms.verify_mac(Message=message, Mac=wrong, **how)


# -- Data key pairs

@pytest.mark.parametrize("spec", SIGNING)
def test_data_key_pairs_are_keys_of_openssl(account, openssl, spec):
    kms = newer_kms(account)
    key_id = create_key(kms)
    context = {"pair": spec}
    made = kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec=spec, EncryptionContext=context)
    private, public = made["PrivateKeyPlaintext"], made["PublicKey"]
    assert openssl.public_of(private) == public and made["KeyPairSpec"] == spec
    assert openssl.pkcs8(openssl.run("pkey", "-inform", "DER", data=private)) == private
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == private and opened["KeyMaterialId"] == made["KeyMaterialId"]
    algorithm = SIGNING[spec][-1]
    assert openssl.verifies(public, algorithm, MESSAGE, openssl.sign(private, algorithm, MESSAGE))

    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key_id, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden
    private = kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert openssl.public_of(private) == hidden["PublicKey"] != public


# -- Envelopes

@pytest.mark.parametrize("spec, cipher", [("AES_256", "aes-256-ctr"), ("AES_128", "aes-128-cbc")])
def test_an_envelope_around_some_megabytes(account, openssl, spec, cipher):
    kms = account.client("kms")
    key_id = create_key(kms)
    context = {"file": "report.bin", "version": "3"}
    clear = os.urandom(3 * 1024 * 1024 + 17)
    made = kms.generate_data_key(KeyId=key_id, KeySpec=spec, EncryptionContext=context)
    iv = os.urandom(16).hex()
    sealed = openssl.run("enc", f"-{cipher}", "-K", made["Plaintext"].hex(), "-iv", iv, data=clear)
    data_key = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)["Plaintext"]
    assert openssl.run("enc", "-d", f"-{cipher}", "-K", data_key.hex(), "-iv", iv, data=sealed) == clear


# -- The same as people do it, with the AWS CLI

def cli_file(home, name, data):
    home.mkdir(parents=True, exist_ok=True)
    (home / name).write_bytes(data)
    return f"fileb://{home / name}"


def test_an_envelope_with_the_cli(account, openssl, home):
    key_id = account.cli("kms create-key --description envelope")["KeyMetadata"]["KeyId"]
    account.cli(f"kms create-alias --alias-name alias/envelope --target-key-id {key_id}")
    made = account.cli("kms generate-data-key --key-id alias/envelope --key-spec AES_256 "
                       "--encryption-context purpose=backup")
    clear, iv = os.urandom(2 * 1024 * 1024), os.urandom(16).hex()
    data_key = base64.b64decode(made["Plaintext"])
    sealed = openssl.run("enc", "-aes-256-cbc", "-K", data_key.hex(), "-iv", iv, data=clear)
    blob = cli_file(home, "key.sealed", base64.b64decode(made["CiphertextBlob"]))
    opened = account.cli(f"kms decrypt --ciphertext-blob {blob} --encryption-context purpose=backup")
    assert opened["KeyId"].endswith(f":key/{key_id}")
    data_key = base64.b64decode(opened["Plaintext"])
    assert openssl.run("enc", "-d", "-aes-256-cbc", "-K", data_key.hex(), "-iv", iv, data=sealed) == clear


def test_signing_with_the_cli(account, openssl, home):
    key_id = account.cli("kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    message = cli_file(home, "message", MESSAGE)
    signed = account.cli(f"kms sign --key-id {key_id} --message {message} --signing-algorithm ECDSA_SHA_256")
    signature = base64.b64decode(signed["Signature"])
    public = base64.b64decode(account.cli(f"kms get-public-key --key-id {key_id}")["PublicKey"])
    assert openssl.verifies(public, "ECDSA_SHA_256", MESSAGE, signature)
    file = cli_file(home, "signature", signature)
    verified = account.cli(f"kms verify --key-id {key_id} --message {message} --signature {file} "
                           "--signing-algorithm ECDSA_SHA_256")
    assert verified["SignatureValid"] is True


def test_importing_with_the_cli(account, openssl, home):
    material = os.urandom(32)
    key_id = account.cli("kms create-key --origin EXTERNAL")["KeyMetadata"]["KeyId"]
    given = account.cli(f"kms get-parameters-for-import --key-id {key_id} --wrapping-algorithm RSAES_OAEP_SHA_256 "
                        "--wrapping-key-spec RSA_3072")
    token = cli_file(home, "token", base64.b64decode(given["ImportToken"]))
    wrapped = cli_file(home, "wrapped", openssl.encrypt(base64.b64decode(given["PublicKey"]), "sha256", material))
    account.cli(f"kms import-key-material --key-id {key_id} --encrypted-key-material {wrapped} --import-token {token} "
                "--expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert account.cli(f"kms describe-key --key-id {key_id}")["KeyMetadata"]["KeyState"] == "Enabled"
    secret = cli_file(home, "secret", MESSAGE)
    blob = cli_file(home, "blob", base64.b64decode(account.cli(
        f"kms encrypt --key-id {key_id} --plaintext {secret}")["CiphertextBlob"]))
    assert base64.b64decode(account.cli(f"kms decrypt --ciphertext-blob {blob}")["Plaintext"]) == MESSAGE
