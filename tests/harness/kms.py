"""What the tests of KMS share: key material wrapped for import, and pages."""
import base64
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def wrapping_parameters(kms, key_id, spec="RSA_2048"):
    return kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec=spec)


def import_wrapped(kms, key_id, parameters, material, **more):
    """Imports these bytes by a JsonClient, wrapped as the parameters want them."""
    more.setdefault("ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    public = serialization.load_der_public_key(base64.b64decode(parameters["PublicKey"]))
    wrapped = public.encrypt(material, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    return kms.import_key_material(KeyId=key_id, ImportToken=parameters["ImportToken"],
                                   EncryptedKeyMaterial=base64.b64encode(wrapped).decode(), **more)


def import_material(kms, key_id, material=None, **more):
    """Imports 32 random bytes, or these, into a key of the origin EXTERNAL; gives (material, answer)."""
    material = material or os.urandom(32)
    return material, import_wrapped(kms, key_id, wrapping_parameters(kms, key_id), material, **more)


def all_pages(call, key, size, **arguments):
    """Everything that a List operation of KMS gives, in pages of this size; checks Truncated and NextMarker."""
    items, marker = [], {}
    while True:
        answer = call(Limit=size, **marker, **arguments)
        assert len(answer[key]) <= size
        items += answer[key]
        if not answer["Truncated"]:
            assert "NextMarker" not in answer
            return items
        assert answer[key], "a truncated page is not empty"
        marker = {"Marker": answer["NextMarker"]}
