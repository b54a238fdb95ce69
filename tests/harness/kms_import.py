"""Imports key material the way that the developer's guide shows it, with openssl doing the wrapping.
https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html"""
import os

FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
USAGES = {"RSA": "SIGN_VERIFY", "ECC": "SIGN_VERIFY", "HMAC": "GENERATE_VERIFY_MAC", "SYMMETRIC": "ENCRYPT_DECRYPT"}


def is_pair(spec):
    return spec.startswith(("RSA", "ECC"))


def create_key(kms, spec="SYMMETRIC_DEFAULT", usage=None, **more):
    """The id of a new key of this spec."""
    usage = usage or USAGES[spec.split("_")[0]]
    return kms.create_key(KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]["KeyId"]


def external_key(kms, spec="SYMMETRIC_DEFAULT", usage=None, **more):
    """The id of a new key that waits for its material."""
    return create_key(kms, spec, usage, Origin="EXTERNAL", **more)


def parameters(kms, key_id, algorithm="RSAES_OAEP_SHA_256", wrapping_spec="RSA_2048"):
    return kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping_spec)


def wrap(openssl, public_key, algorithm, material):
    digest = "sha1" if algorithm.endswith("_SHA_1") else "sha256"
    if algorithm.startswith("RSAES"):
        return openssl.encrypt(public_key, digest, material)
    aes_key = os.urandom(32)
    return openssl.encrypt(public_key, digest, aes_key) + openssl.wrap(aes_key, material)


def usual_wrapping(spec):
    return "RSA_AES_KEY_WRAP_SHA_256" if is_pair(spec) else "RSAES_OAEP_SHA_256"


def import_material(kms, openssl, key_id, material, algorithm="RSAES_OAEP_SHA_256", wrapping_spec="RSA_2048", **more):
    """ImportKeyMaterial's answer; without ValidTo or ExpirationModel it does not expire."""
    given = parameters(kms, key_id, algorithm, wrapping_spec)
    if "ValidTo" not in more and "ExpirationModel" not in more:
        more = {**more, **FOREVER}
    return kms.import_key_material(KeyId=key_id, ImportToken=given["ImportToken"],
                                   EncryptedKeyMaterial=wrap(openssl, given["PublicKey"], algorithm, material), **more)


def imported_key(kms, openssl, spec, material, usage=None, **more):
    """The id of a new key of this material; more goes to CreateKey."""
    key_id = external_key(kms, spec, usage, **more)
    import_material(kms, openssl, key_id, material, usual_wrapping(spec))
    return key_id
