"""Imported key material: openssl wraps it in every way there is, and it is refused in every way there is.
https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html"""
import os
from datetime import datetime, timedelta, timezone

import pytest

from harness import der
from harness.account import Account
from harness.kms_import import (FOREVER, create_key, external_key, import_material, imported_key, is_pair, parameters,
                                usual_wrapping, wrap)
from harness.json_client import newer_kms
from harness.refusals import refused

WRAPPING_SPECS = ("RSA_2048", "RSA_3072", "RSA_4096")
OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
WITH_AES = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
HMAC_LENGTHS = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
PAIRS = ("RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
         "ECC_NIST_EDWARDS25519")
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ENABLED, PENDING = "Enabled", "PendingImport"


def state(kms, key_id):
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]


def material_of(openssl, spec):
    if spec == "SYMMETRIC_DEFAULT":
        return os.urandom(32)
    return os.urandom(HMAC_LENGTHS[spec]) if spec in HMAC_LENGTHS else openssl.private_key(spec)


def wrappings(spec):
    """(algorithm, wrapping spec) that may carry material of this spec.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html"""
    algorithms = (WITH_AES if is_pair(spec) else ()) + (() if spec.startswith("RSA") else OAEP)
    return [(algorithm, wrapping) for algorithm in algorithms for wrapping in WRAPPING_SPECS
            if (spec, algorithm in OAEP, wrapping) != ("ECC_NIST_P521", True, "RSA_2048")]


def rotations(kms, key_id):
    return kms.list_key_rotations(KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]


def material_states(kms, key_id):
    return [(row["KeyMaterialState"], row["ImportState"]) for row in rotations(kms, key_id)]


def now():
    return datetime.now(timezone.utc)


# -- What may wrap what

@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", *HMAC_LENGTHS, *PAIRS])
def test_every_wrapping(account, openssl, spec):
    """The same material comes again each time, by another way."""
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Origin"], metadata["Enabled"]) == (PENDING, "EXTERNAL", False)
    material = material_of(openssl, spec)
    slow = [] if spec in ("SYMMETRIC_DEFAULT", "ECC_NIST_P521") else ["RSA_3072", "RSA_4096"]   # to be made
    for algorithm, wrapping in wrappings(spec):
        if wrapping in slow:
            continue
        import_material(kms, openssl, key_id, material, algorithm, wrapping)
        metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        assert (metadata["KeyState"], metadata["ExpirationModel"]) == (ENABLED, "KEY_MATERIAL_DOES_NOT_EXPIRE")
        kms.delete_imported_key_material(KeyId=key_id)
        assert state(kms, key_id) == PENDING
    if is_pair(spec):
        assert kms.get_public_key(KeyId=key_id)["PublicKey"] == openssl.public_of(material)


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_512", "RSA_2048", "ECC_NIST_P521", "ECC_NIST_P256"])
def test_wrappings_that_do_not_fit(account, spec):
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    for algorithm in OAEP + WITH_AES:
        for wrapping in WRAPPING_SPECS[:2]:
            if (algorithm, wrapping) not in wrappings(spec):
                with refused("ValidationException"):
                    parameters(kms, key_id, algorithm, wrapping)
    with refused("UnsupportedOperationException"):
        parameters(kms, key_id, "RSAES_PKCS1_V1_5")
    with refused("UnsupportedOperationException"):
        parameters(kms, key_id, "SM2PKE", "SM2")
    for algorithm, wrapping in (("RSAES_OAEP_SHA_512", "RSA_2048"), ("RSAES_OAEP_SHA_256", "RSA_1024")):
        with refused("ValidationException"):
            parameters(kms, key_id, algorithm, wrapping)


def test_parameters(account, openssl):
    kms = account.client("kms")
    key_id = external_key(kms)
    answers = [parameters(kms, key_id, wrapping_spec=spec) for spec in (*WRAPPING_SPECS, "RSA_2048")]
    assert len({answer["PublicKey"] for answer in answers}) == 4  # a pair of its own each time
    for answer, spec in zip(answers, WRAPPING_SPECS):
        text = openssl.run("pkey", "-pubin", "-inform", "DER", "-noout", "-text", data=answer["PublicKey"]).decode()
        assert f"({spec.removeprefix('RSA_')} bit)" in text
        assert abs(answer["ParametersValidTo"] - now() - timedelta(hours=24)) < timedelta(minutes=5)
        assert answer["KeyId"].endswith(key_id)
    for answer in answers[:2]:  # any of them may be used
        kms.import_key_material(
            KeyId=key_id, ImportToken=answer["ImportToken"], **FOREVER,
            EncryptedKeyMaterial=wrap(openssl, answer["PublicKey"], "RSAES_OAEP_SHA_256", b"k" * 32))


def test_keys_of_another_origin_import_nothing(account, openssl):
    kms = account.client("kms")
    mine, external = create_key(kms), external_key(kms)
    with refused("UnsupportedOperationException"):
        parameters(kms, mine)
    given = parameters(kms, external)
    with refused("UnsupportedOperationException"):
        kms.import_key_material(KeyId=mine, ImportToken=given["ImportToken"], **FOREVER,
                                EncryptedKeyMaterial=wrap(openssl, given["PublicKey"], "RSAES_OAEP_SHA_256", b"k" * 32))
    with refused("UnsupportedOperationException"):
        kms.delete_imported_key_material(KeyId=mine)


# -- Tokens

def test_tokens_that_do_not_belong(account, other_account, openssl):
    kms = account.client("kms")
    key_id, other = external_key(kms), external_key(kms)
    given = parameters(kms, key_id)
    foreign = other_account.client("kms")
    wrapped = wrap(openssl, given["PublicKey"], "RSAES_OAEP_SHA_256", b"k" * 32)
    token = given["ImportToken"]
    wrong = [parameters(kms, other)["ImportToken"], parameters(foreign, external_key(foreign))["ImportToken"],
             token[:-1], token + b"\0", token[1:], bytes([token[0] ^ 1]) + token[1:],
             token[:40] + bytes([token[40] ^ 1]) + token[41:], b"token", os.urandom(len(token))]
    for bad in wrong:
        with refused("InvalidImportTokenException", status=400):
            kms.import_key_material(KeyId=key_id, ImportToken=bad, EncryptedKeyMaterial=wrapped, **FOREVER)
    with refused("InvalidImportTokenException"):  # the right one, at another key
        kms.import_key_material(KeyId=other, ImportToken=token, EncryptedKeyMaterial=wrapped, **FOREVER)
    with refused("InvalidCiphertextException"):  # of another wrapping key
        kms.import_key_material(KeyId=key_id, ImportToken=parameters(kms, key_id)["ImportToken"],
                                EncryptedKeyMaterial=wrapped, **FOREVER)
    assert state(kms, key_id) == PENDING
    kms.import_key_material(KeyId=key_id, ImportToken=token, EncryptedKeyMaterial=wrapped, **FOREVER)


def test_a_token_is_good_for_a_day(clock_server, home, openssl):
    account = Account.create(clock_server, home)
    kms = account.client("kms")
    key_id = external_key(kms)
    given = parameters(kms, key_id)
    ask = {"KeyId": key_id, "ImportToken": given["ImportToken"], **FOREVER,
           "EncryptedKeyMaterial": wrap(openssl, given["PublicKey"], "RSAES_OAEP_SHA_256", b"k" * 32)}
    clock_server.admin.advance("23h50m")
    kms.import_key_material(**ask)
    clock_server.admin.advance("11m")
    with refused("ExpiredImportTokenException", status=400):
        kms.import_key_material(**ask)


# -- Wrapped bytes

@pytest.mark.parametrize("spec, algorithm", [("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"),
                                             ("ECC_NIST_P256", "RSA_AES_KEY_WRAP_SHA_256")])
def test_wrapped_bytes_that_do_not_open(account, openssl, spec, algorithm):
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    given = parameters(kms, key_id, algorithm)
    material = material_of(openssl, spec)
    good = wrap(openssl, given["PublicKey"], algorithm, material)
    of_sha_1 = wrap(openssl, given["PublicKey"], algorithm.replace("256", "1"), material)
    wrong = [good[:-1], good + b"\0", good[:-8], good + bytes(8), b"\0", os.urandom(256), bytes(256), b"\xff" * 256,
             good[:256], good[:272], of_sha_1, os.urandom(6144)]
    wrong += [good[:at] + bytes([good[at] ^ 1]) + good[at + 1:] for at in (0, 100, 255, len(good) - 1)]
    if len(good) > 256:  # an AES key of 128 bits; and none in the RSA part
        short = os.urandom(16)
        wrong.append(openssl.encrypt(given["PublicKey"], "sha256", short) + openssl.run(
            "enc", "-id-aes128-wrap-pad", "-K", short.hex(), "-iv", "A65959A6", "-in", openssl.file(material)))
        wrong.append(openssl.encrypt(given["PublicKey"], "sha256", material[:100]) + good[256:])
    for bad in wrong:
        if bad == good:
            continue
        with refused("InvalidCiphertextException", status=400):
            kms.import_key_material(KeyId=key_id, ImportToken=given["ImportToken"], EncryptedKeyMaterial=bad, **FOREVER)
    kms.import_key_material(KeyId=key_id, ImportToken=given["ImportToken"], EncryptedKeyMaterial=good, **FOREVER)


@pytest.mark.parametrize("spec, lengths", [
    ("SYMMETRIC_DEFAULT", [1, 16, 31, 33, 64]), ("HMAC_224", [1, 27, 129]), ("HMAC_256", [28, 31, 129]),
    ("HMAC_384", [32, 47, 129, 190]), ("HMAC_512", [48, 63, 129])])
def test_material_of_a_wrong_length(account, openssl, spec, lengths):
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    for length in lengths:
        with refused("IncorrectKeyMaterialException", status=400):
            import_material(kms, openssl, key_id, os.urandom(length))
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, b"")
    assert state(kms, key_id) == PENDING


@pytest.mark.parametrize("spec", HMAC_LENGTHS)
def test_hmac_material_may_be_longer_than_its_spec(account, openssl, spec):
    """"HMAC_256: 256-1024 bits": https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html"""
    kms = account.client("kms")
    for length in (HMAC_LENGTHS[spec], HMAC_LENGTHS[spec] + 1, 128):
        material = os.urandom(length)
        key_id = imported_key(kms, openssl, spec, material)
        algorithm = spec.replace("HMAC_", "HMAC_SHA_")
        mac = kms.generate_mac(KeyId=key_id, MacAlgorithm=algorithm, Message=b"m")["Mac"]
        assert mac == openssl.hmac(f"sha{spec.removeprefix('HMAC_')}", material, b"m")


# -- Private keys that are none

def wrong_rsa_keys(openssl, good):
    n = {name: int.from_bytes(number, "big") for name, number in openssl.private_numbers(good).items()}
    numbers = [n["modulus"], 65537, n["privateExponent"], n["prime1"], n["prime2"], n["exponent1"], n["exponent2"],
               n["coefficient"]]

    def key(*wanted, version=0):
        return der.pkcs8(der.RSA_ENCRYPTION + der.der(der.NULL),
                         der.der(der.SEQUENCE, der.integer(version), *map(der.integer, wanted)))

    assert key(*numbers) == good
    yield from (key(*numbers[:at], numbers[at] ^ 2, *numbers[at + 1:]) for at in range(8))
    yield from (key(*numbers[:at], 0, *numbers[at + 1:]) for at in range(8))
    yield key(*numbers, version=1)
    yield openssl.private_key("RSA_2048", "-pkeyopt", "rsa_keygen_primes:3")
    yield key(*numbers[:-1])
    yield key(*numbers, 1)
    yield openssl.run("rsa", "-inform", "DER", "-outform", "DER", "-traditional", data=good)


def wrong_ec_keys(openssl, good):
    spec, scalar = "ECC_NIST_P256", openssl.private_numbers(good)["priv"].rjust(32, b"\0")
    other = openssl.public_of(openssl.private_key(spec))[-65:]
    yield openssl.pkcs8(openssl.run("pkey", "-inform", "DER", "-ec_param_enc", "explicit", data=good))  # parameters
    yield der.ec_private(spec, 0)
    yield der.ec_private(spec, ORDER_P256)
    yield der.ec_private(spec, ORDER_P256 + 1)
    yield der.ec_private(spec, b"")
    yield der.ec_private(spec, b"\0" + scalar + b"\0")
    yield der.ec_private(spec, scalar, der.der(0xA1, der.der(der.BITS, b"\0", other)))  # another's public point
    yield der.ec_private(spec, scalar, der.der(0xA1, der.der(der.BITS, b"\0", other[:-1] + bytes([other[-1] ^ 1]))))
    yield der.ec_private(spec, scalar, der.der(0xA1, der.der(der.BITS, b"\0", b"\0")))  # the point at infinity
    yield der.ec_private(spec, scalar, der.der(0xA0, der.CURVES["ECC_NIST_P384"][0]))
    yield openssl.run("ec", "-inform", "DER", "-outform", "DER", data=good)  # SEC 1, not PKCS #8


def wrong_ed25519_keys(openssl, good):
    yield der.pkcs8(der.ED25519, der.der(der.OCTETS, os.urandom(31)))
    yield der.pkcs8(der.ED25519, der.der(der.OCTETS, os.urandom(33)))
    yield der.pkcs8(der.ED25519, os.urandom(32))
    yield der.pkcs8(der.ED25519 + der.der(der.NULL), good[-34:])
    yield openssl.run("genpkey", "-algorithm", "X25519", "-outform", "DER")


WRONG_KEYS = {"RSA_2048": wrong_rsa_keys, "ECC_NIST_P256": wrong_ec_keys, "ECC_NIST_EDWARDS25519": wrong_ed25519_keys}


@pytest.mark.parametrize("spec", WRONG_KEYS)
def test_private_keys_that_are_none(account, openssl, spec):
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    good = openssl.private_key(spec)
    given = parameters(kms, key_id, "RSA_AES_KEY_WRAP_SHA_256")
    password = openssl.run("pkcs8", "-topk8", "-inform", "DER", "-outform", "DER", "-passout", "pass:x", data=good)
    wrong = [good[:-1], good + b"\0", good[:len(good) // 2], b"\x30", b"\x30\x00", openssl.public_of(good), password,
             os.urandom(len(good)), openssl.run("pkey", "-inform", "DER", data=good),
             der.der(der.SEQUENCE, good), der.pkcs8(b"", b""), *WRONG_KEYS[spec](openssl, good)]
    wrong += [openssl.private_key(other) for other in ("RSA_2048", "RSA_3072", "ECC_NIST_P256", "ECC_NIST_P384",
                                                       "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519") if other != spec]
    for bad in wrong:
        with refused("IncorrectKeyMaterialException", status=400):
            kms.import_key_material(KeyId=key_id, ImportToken=given["ImportToken"], **FOREVER, EncryptedKeyMaterial=wrap(
                openssl, given["PublicKey"], "RSA_AES_KEY_WRAP_SHA_256", bad))
    assert state(kms, key_id) == PENDING
    import_material(kms, openssl, key_id, good, "RSA_AES_KEY_WRAP_SHA_256")
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == openssl.public_of(good)


def test_a_private_key_changed_anywhere_is_never_taken_for_another(account, openssl):
    """Whatever byte is changed, it is refused, or it is still a key that goes with its public half."""
    kms = account.client("kms")
    good = openssl.private_key("ECC_NIST_P256")
    key_id = external_key(kms, "ECC_NIST_P256")
    given = parameters(kms, key_id, "RSA_AES_KEY_WRAP_SHA_256")
    for at in range(len(good)):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
        with refused("IncorrectKeyMaterialException"):
            kms.import_key_material(KeyId=key_id, ImportToken=given["ImportToken"], **FOREVER, EncryptedKeyMaterial=wrap(
                openssl, given["PublicKey"], "RSA_AES_KEY_WRAP_SHA_256", bad))


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"])
def test_forms_of_ec_keys(account, openssl, spec):
    """"Public point coordinates: may be compressed, uncompressed, or projective." All are the same key, and so the same
    material."""
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    good = openssl.private_key(spec)
    scalar = openssl.private_numbers(good)["priv"].rjust(der.CURVES[spec][1], b"\0")
    forms = [good, der.ec_private(spec, scalar), der.ec_private(spec, scalar, der.der(0xA0, der.CURVES[spec][0])),
             openssl.pkcs8(openssl.run("ec", "-inform", "DER", "-conv_form", "compressed", data=good)),
             openssl.pkcs8(openssl.run("ec", "-inform", "DER", "-no_public", data=good))]
    assert len(set(forms)) >= 4
    for form in forms:
        import_material(kms, openssl, key_id, form, "RSA_AES_KEY_WRAP_SHA_256")
        assert kms.get_public_key(KeyId=key_id)["PublicKey"] == openssl.public_of(good)
    algorithm = kms.describe_key(KeyId=key_id)["KeyMetadata"]["SigningAlgorithms"][0]
    signature = kms.sign(KeyId=key_id, Message=b"m", SigningAlgorithm=algorithm)["Signature"]
    assert openssl.verifies(openssl.public_of(good), algorithm, b"m", signature)


# -- When it expires

def test_expiry_parameters(account, openssl):
    kms = account.client("kms")
    key_id = external_key(kms)
    given = parameters(kms, key_id)
    ask = {"KeyId": key_id, "ImportToken": given["ImportToken"],
           "EncryptedKeyMaterial": wrap(openssl, given["PublicKey"], "RSAES_OAEP_SHA_256", b"k" * 32)}
    expires = {"ExpirationModel": "KEY_MATERIAL_EXPIRES"}
    for more in (expires, {}, {**expires, "ValidTo": now() - timedelta(seconds=1)}, {**expires, "ValidTo": datetime(1970, 1, 1)},
                 {"ValidTo": now() + timedelta(days=365, minutes=5)}, {"ValidTo": datetime(9999, 1, 1)},
                 {**FOREVER, "ValidTo": now() + timedelta(days=1)}):
        with refused("ValidationException"):
            kms.import_key_material(**ask, **more)
    assert state(kms, key_id) == PENDING
    valid_to = (now() + timedelta(days=365) - timedelta(minutes=5)).replace(microsecond=0)
    kms.import_key_material(**ask, ValidTo=valid_to)
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (metadata["ExpirationModel"], metadata["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", valid_to)
    kms.import_key_material(**ask, **FOREVER)
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert metadata["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE" and "ValidTo" not in metadata


def clock_now(kms, key_id):
    """A server's clock, read off what it answers."""
    return parameters(kms, key_id)["ParametersValidTo"] - timedelta(hours=24)


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_256", "ECC_NIST_P256"])
def test_expiry_by_the_clock(clock_server, home, openssl, spec):
    account = Account.create(clock_server, home)
    kms = account.client("kms")
    key_id = external_key(kms, spec)
    material = material_of(openssl, spec)
    begin = kms.describe_key(KeyId=key_id)["KeyMetadata"]["CreationDate"]
    import_material(kms, openssl, key_id, material, usual_wrapping(spec), ValidTo=begin + timedelta(days=3))

    def use():
        if spec == "SYMMETRIC_DEFAULT":
            return kms.encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
        if spec == "HMAC_256":
            return kms.generate_mac(KeyId=key_id, Message=b"old", MacAlgorithm="HMAC_SHA_256")["Mac"]
        return kms.sign(KeyId=key_id, Message=b"old", SigningAlgorithm="ECDSA_SHA_256")["Signature"]

    made = use()
    clock_server.admin.advance("71h")
    use()
    clock_server.admin.advance("2h")
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"]) == (PENDING, False)
    assert "ValidTo" not in metadata and "ExpirationModel" not in metadata
    with refused("KMSInvalidStateException"):
        use()
    event = account.event("DeleteExpiredKeyMaterial")
    assert event["eventType"] == "AwsServiceEvent" and event["eventSource"] == "kms.amazonaws.com"
    assert event["resources"][0]["ARN"].endswith(key_id) and event["recipientAccountId"] == account.id

    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, material_of(openssl, spec), usual_wrapping(spec))
    import_material(kms, openssl, key_id, material, usual_wrapping(spec))
    assert state(kms, key_id) == ENABLED
    if spec == "SYMMETRIC_DEFAULT":
        assert kms.decrypt(CiphertextBlob=made)["Plaintext"] == b"old"
    elif spec == "HMAC_256":
        assert use() == made
    else:
        assert kms.verify(KeyId=key_id, Message=b"old", Signature=made, SigningAlgorithm="ECDSA_SHA_256")
    clock_server.admin.advance("400d")  # what was set before is no more
    assert state(kms, key_id) == ENABLED


def test_an_expiry_that_was_moved(clock_server, home, openssl):
    account = Account.create(clock_server, home)
    kms = account.client("kms")
    key_id = external_key(kms)
    begin = kms.describe_key(KeyId=key_id)["KeyMetadata"]["CreationDate"]
    material = os.urandom(32)
    import_material(kms, openssl, key_id, material, ValidTo=begin + timedelta(days=1))
    import_material(kms, openssl, key_id, material, ValidTo=begin + timedelta(days=3))
    clock_server.admin.advance("2d")
    assert state(kms, key_id) == ENABLED
    import_material(kms, openssl, key_id, material, ValidTo=clock_now(kms, key_id) + timedelta(hours=1))
    clock_server.admin.advance("2h")
    assert state(kms, key_id) == PENDING


# -- Again, deleted, and another

def test_deleted_and_imported_again(account, openssl):
    kms = newer_kms(account)
    key_id = external_key(kms)
    assert "KeyMaterialId" not in kms.delete_imported_key_material(KeyId=key_id)  # none was there
    material = os.urandom(32)
    made = import_material(kms, openssl, key_id, material)
    assert len(made["KeyMaterialId"]) == 64 and made["KeyId"].endswith(key_id)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    gone = kms.delete_imported_key_material(KeyId=key_id)
    assert gone == made
    assert state(kms, key_id) == PENDING
    with refused("KMSInvalidStateException", f"{made['KeyId']} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    kms.delete_imported_key_material(KeyId=key_id)
    for wrong in (os.urandom(32), bytes(32), material[::-1]):
        with refused("IncorrectKeyMaterialException"):
            import_material(kms, openssl, key_id, wrong)
    assert import_material(kms, openssl, key_id, material) == made
    opened = kms.decrypt(CiphertextBlob=blob)
    assert opened["Plaintext"] == b"old" and opened["KeyMaterialId"] == made["KeyMaterialId"]
    other = external_key(kms)  # the same bytes have another id there
    assert import_material(kms, openssl, other, material)["KeyMaterialId"] != made["KeyMaterialId"]


def test_a_key_pending_deletion_loses_material_and_keeps_its_state(account, openssl):
    kms = account.client("kms")
    key_id = imported_key(kms, openssl, "SYMMETRIC_DEFAULT", b"k" * 32)
    kms.schedule_key_deletion(KeyId=key_id)
    kms.delete_imported_key_material(KeyId=key_id)
    assert state(kms, key_id) == "PendingDeletion"
    with refused("KMSInvalidStateException"):
        parameters(kms, key_id)


@pytest.mark.parametrize("spec", ["HMAC_256", "ECC_NIST_P256"])
def test_only_symmetric_keys_have_several(account, openssl, spec):
    kms = newer_kms(account)
    key_id = external_key(kms, spec)
    material, wrapping = material_of(openssl, spec), usual_wrapping(spec)
    for more in ({"ImportType": "NEW_KEY_MATERIAL"}, {"ImportType": "EXISTING_KEY_MATERIAL"},
                 {"KeyMaterialDescription": "x"}, {"KeyMaterialId": "0" * 64}):
        with refused("ValidationException"):
            import_material(kms, openssl, key_id, material, wrapping, **more)
    import_material(kms, openssl, key_id, material, wrapping)
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, material_of(openssl, spec), wrapping)
    with refused("UnsupportedOperationException"):
        kms.rotate_key_on_demand(KeyId=key_id)


NEW, EXISTING = {"ImportType": "NEW_KEY_MATERIAL"}, {"ImportType": "EXISTING_KEY_MATERIAL"}


def test_rotation_to_new_material(account, openssl):
    kms = newer_kms(account)
    key_id = external_key(kms)
    first, second, third = (os.urandom(32) for _ in range(3))
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, first, **EXISTING)
    one = import_material(kms, openssl, key_id, first, **NEW, KeyMaterialDescription="vault 1")["KeyMaterialId"]
    old = kms.encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    with refused("KMSInvalidStateException"):
        kms.rotate_key_on_demand(KeyId=key_id)
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, first, **NEW)
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, second)  # EXISTING by default

    two = import_material(kms, openssl, key_id, second, **NEW, KeyMaterialDescription="vault 2")["KeyMaterialId"]
    assert material_states(kms, key_id) == [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"] == one
    with refused("KMSInvalidStateException"):
        import_material(kms, openssl, key_id, third, **NEW)  # one at a time
    kms.rotate_key_on_demand(KeyId=key_id)
    rows = rotations(kms, key_id)
    assert [(row["KeyMaterialId"], row["KeyMaterialState"], row["KeyMaterialDescription"]) for row in rows] == [
        (one, "NON_CURRENT", "vault 1"), (two, "CURRENT", "vault 2")]
    assert rows[1]["RotationType"] == "ON_DEMAND" and "RotationType" not in rows[0]
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"] == two
    new = kms.encrypt(KeyId=key_id, Plaintext=b"new")["CiphertextBlob"]
    for blob, clear, material in ((old, b"old", one), (new, b"new", two)):
        opened = kms.decrypt(CiphertextBlob=blob)
        assert (opened["Plaintext"], opened["KeyMaterialId"]) == (clear, material)
    assert kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["KeyMaterialId"] == two
    moved = kms.re_encrypt(CiphertextBlob=old, DestinationKeyId=key_id)
    assert (moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]) == (one, two)

    # All of them, or none.
    kms.delete_imported_key_material(KeyId=key_id, KeyMaterialId=one)
    assert state(kms, key_id) == PENDING
    assert material_states(kms, key_id) == [("NON_CURRENT", "PENDING_IMPORT"), ("CURRENT", "IMPORTED")]
    with refused("KMSInvalidStateException"):
        kms.encrypt(KeyId=key_id, Plaintext=b"new")
    kms.delete_imported_key_material(KeyId=key_id)
    import_material(kms, openssl, key_id, first, KeyMaterialId=one)
    assert state(kms, key_id) == PENDING
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, second, KeyMaterialId=one)
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, third, KeyMaterialId="0" * 64)
    with refused("ValidationException"):
        import_material(kms, openssl, key_id, third, **NEW, KeyMaterialId=two)
    import_material(kms, openssl, key_id, second, **EXISTING, KeyMaterialDescription="vault 3")
    assert state(kms, key_id) == ENABLED
    assert [row["KeyMaterialDescription"] for row in rotations(kms, key_id)] == ["vault 1", "vault 3"]
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    with refused("NotFoundException"):
        kms.delete_imported_key_material(KeyId=key_id, KeyMaterialId="0" * 64)


def test_pending_material_is_given_up(account, openssl):
    kms = newer_kms(account)
    key_id = external_key(kms)
    first, second, third = (os.urandom(32) for _ in range(3))
    import_material(kms, openssl, key_id, first)
    two = import_material(kms, openssl, key_id, second, **NEW)["KeyMaterialId"]
    kms.delete_imported_key_material(KeyId=key_id, KeyMaterialId=two)
    assert (state(kms, key_id), material_states(kms, key_id)) == (ENABLED, [("CURRENT", "IMPORTED")])
    with refused("IncorrectKeyMaterialException"):
        import_material(kms, openssl, key_id, second)
    import_material(kms, openssl, key_id, third, **NEW)
    kms.rotate_key_on_demand(KeyId=key_id)
    import_material(kms, openssl, key_id, second, **NEW)
    kms.rotate_key_on_demand(KeyId=key_id)
    assert [row["KeyMaterialState"] for row in rotations(kms, key_id)] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]


def test_pending_material_expires(clock_server, home, openssl):
    account = Account.create(clock_server, home)
    kms = newer_kms(account)
    key_id = external_key(kms)
    import_material(kms, openssl, key_id, os.urandom(32))
    begin = kms.describe_key(KeyId=key_id)["KeyMetadata"]["CreationDate"]
    import_material(kms, openssl, key_id, os.urandom(32), **NEW, ValidTo=begin + 3600)
    clock_server.admin.advance("2h")
    assert (state(kms, key_id), material_states(kms, key_id)) == (ENABLED, [("CURRENT", "IMPORTED")])
    with refused("KMSInvalidStateException"):
        kms.rotate_key_on_demand(KeyId=key_id)


# -- Multi-Region

HOME, AWAY = "us-east-1", "eu-west-1"


def everywhere(account):
    """The primary key, here, and a client for each region."""
    return newer_kms(account), newer_kms(account, region=AWAY)


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_256", "ECC_NIST_P256"])
def test_a_replica_has_its_own_import(account, openssl, spec):
    here, there = everywhere(account)
    key_id = external_key(here, spec, MultiRegion=True)
    material, wrapping = material_of(openssl, spec), usual_wrapping(spec)
    with refused("KMSInvalidStateException"):
        here.replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    import_material(here, openssl, key_id, material, wrapping)
    here.replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    assert (state(here, key_id), state(there, key_id)) == (ENABLED, PENDING)
    with refused("IncorrectKeyMaterialException"):
        import_material(there, openssl, key_id, material_of(openssl, spec), wrapping)
    import_material(there, openssl, key_id, material, wrapping)
    assert state(there, key_id) == ENABLED
    if spec == "SYMMETRIC_DEFAULT":
        blob = here.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
        assert there.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"x"
    elif spec == "HMAC_256":
        macs = [kms.generate_mac(KeyId=key_id, Message=b"x", MacAlgorithm="HMAC_SHA_256")["Mac"] for kms in (here, there)]
        assert macs[0] == macs[1]
    else:
        assert here.get_public_key(KeyId=key_id)["PublicKey"] == there.get_public_key(KeyId=key_id)["PublicKey"]
    there.delete_imported_key_material(KeyId=key_id)
    assert (state(here, key_id), state(there, key_id)) == (ENABLED, PENDING)


def replicated(account, openssl):
    here, there = everywhere(account)
    key_id = external_key(here, MultiRegion=True)
    first = os.urandom(32)
    import_material(here, openssl, key_id, first)
    here.replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    import_material(there, openssl, key_id, first)
    return here, there, key_id, first


def test_new_material_goes_to_the_primary_first(account, openssl):
    here, there, key_id, first = replicated(account, openssl)
    old = here.encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    second = os.urandom(32)
    with refused("IncorrectKeyMaterialException"):
        import_material(there, openssl, key_id, second, **NEW)
    with refused("IncorrectKeyMaterialException"):
        import_material(there, openssl, key_id, second)
    made = import_material(here, openssl, key_id, second, **NEW, KeyMaterialDescription="vault")
    waiting = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    assert material_states(here, key_id) == [("CURRENT", "IMPORTED"), (waiting, "IMPORTED")]
    assert material_states(there, key_id) == [("CURRENT", "IMPORTED"), (waiting, "PENDING_IMPORT")]
    assert (state(here, key_id), state(there, key_id)) == (ENABLED, ENABLED)
    with refused("KMSInvalidStateException"):
        here.rotate_key_on_demand(KeyId=key_id)
    assert import_material(there, openssl, key_id, second, **EXISTING)["KeyMaterialId"] == made["KeyMaterialId"]
    for kms in (here, there):
        assert material_states(kms, key_id) == [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]
        assert rotations(kms, key_id)[1]["KeyMaterialDescription"] == "vault"
    with refused("UnsupportedOperationException"):
        there.rotate_key_on_demand(KeyId=key_id)
    here.rotate_key_on_demand(KeyId=key_id)
    for kms in (here, there):
        assert material_states(kms, key_id) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]
        assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    new = there.encrypt(KeyId=key_id, Plaintext=b"new")["CiphertextBlob"]
    assert here.decrypt(CiphertextBlob=new)["KeyMaterialId"] == made["KeyMaterialId"]


def test_pending_material_deleted_at_the_primary_is_gone_everywhere(account, openssl):
    here, there, key_id, _ = replicated(account, openssl)
    second = os.urandom(32)
    two = import_material(here, openssl, key_id, second, **NEW)["KeyMaterialId"]
    import_material(there, openssl, key_id, second)
    here.delete_imported_key_material(KeyId=key_id, KeyMaterialId=two)
    for kms in (here, there):
        assert (state(kms, key_id), material_states(kms, key_id)) == (ENABLED, [("CURRENT", "IMPORTED")])


def test_pending_material_expired_at_the_primary_is_gone_everywhere(clock_server, home, openssl):
    here, there, key_id, _ = replicated(Account.create(clock_server, home), openssl)
    begin = there.describe_key(KeyId=key_id)["KeyMetadata"]["CreationDate"]
    second = os.urandom(32)
    import_material(here, openssl, key_id, second, **NEW, ValidTo=begin + 3600)
    import_material(there, openssl, key_id, second)
    clock_server.admin.advance("2h")
    for kms in (here, there):
        assert (state(kms, key_id), material_states(kms, key_id)) == (ENABLED, [("CURRENT", "IMPORTED")])


def test_pending_material_deleted_at_a_replica_waits_for_it_again(account, openssl):
    """"If you delete any key material of a replica Region key, the primary Region key and other replica Region keys
    remain unchanged."""
    here, there, key_id, _ = replicated(account, openssl)
    second = os.urandom(32)
    two = import_material(here, openssl, key_id, second, **NEW)["KeyMaterialId"]
    import_material(there, openssl, key_id, second)
    there.delete_imported_key_material(KeyId=key_id, KeyMaterialId=two)
    assert (state(here, key_id), state(there, key_id)) == (ENABLED, ENABLED)
    assert rotations(here, key_id)[1]["ImportState"] == "IMPORTED"
    assert rotations(there, key_id)[1]["ImportState"] == "PENDING_IMPORT"
    with refused("KMSInvalidStateException"):
        here.rotate_key_on_demand(KeyId=key_id)
    import_material(there, openssl, key_id, second)
    here.rotate_key_on_demand(KeyId=key_id)
    assert material_states(there, key_id) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]


def test_a_replica_made_while_material_is_pending(account, openssl):
    here, there = everywhere(account)
    key_id = external_key(here, MultiRegion=True)
    first, second = os.urandom(32), os.urandom(32)
    import_material(here, openssl, key_id, first)
    import_material(here, openssl, key_id, second, **NEW)
    assert material_states(here, key_id)[1] == ("PENDING_ROTATION", "IMPORTED")
    here.replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    waiting = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    assert material_states(here, key_id)[1] == (waiting, "IMPORTED")
    assert material_states(there, key_id) == [("CURRENT", "PENDING_IMPORT"), (waiting, "PENDING_IMPORT")]
    import_material(there, openssl, key_id, first)
    assert state(there, key_id) == ENABLED
    with refused("KMSInvalidStateException"):
        here.rotate_key_on_demand(KeyId=key_id)
    import_material(there, openssl, key_id, second)
    here.rotate_key_on_demand(KeyId=key_id)
    assert material_states(there, key_id) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]


def test_a_replica_that_goes_is_not_waited_for(clock_server, home, openssl):
    here, there, key_id, _ = replicated(Account.create(clock_server, home), openssl)
    second = os.urandom(32)
    import_material(here, openssl, key_id, second, **NEW)
    there.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    there.cancel_key_deletion(KeyId=key_id)
    assert state(there, key_id) == "Disabled"  # what it lacks is not in use yet
    there.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    with refused("KMSInvalidStateException"):
        here.rotate_key_on_demand(KeyId=key_id)
    clock_server.admin.advance("8d")
    assert material_states(here, key_id) == [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]
    here.rotate_key_on_demand(KeyId=key_id)


def test_descriptions_are_set_at_the_primary(account, openssl):
    """"... AWS KMS automatically propagates the key material description to replica Region keys."
    https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html"""
    here, there, key_id, first = replicated(account, openssl)
    import_material(here, openssl, key_id, first, KeyMaterialDescription="safe 7")
    for kms in (here, there):
        assert rotations(kms, key_id)[0]["KeyMaterialDescription"] == "safe 7"
    with refused("ValidationException"):
        import_material(there, openssl, key_id, first, KeyMaterialDescription="safe 8")
    import_material(there, openssl, key_id, first)
    assert rotations(there, key_id)[0]["KeyMaterialDescription"] == "safe 7"


# -- Events

def test_events_hold_no_material(account, openssl):
    kms = account.client("kms")
    key_id = imported_key(kms, openssl, "SYMMETRIC_DEFAULT", b"k" * 32)
    kms.delete_imported_key_material(KeyId=key_id)
    for name in ("GetParametersForImport", "ImportKeyMaterial", "DeleteImportedKeyMaterial"):
        event = account.event(name)
        assert event["resources"][0]["ARN"].endswith(key_id)
        shown = {**(event["requestParameters"] or {}), **(event["responseElements"] or {})}
        assert not {"importToken", "encryptedKeyMaterial", "publicKey"} & set(shown)
