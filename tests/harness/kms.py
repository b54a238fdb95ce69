"""What the tests of KMS share: key material wrapped for import, and pages."""
import base64
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def import_material(kms, key_id, material=None, **more):
    """Imports 32 bytes (or these) into an EXTERNAL key by a JsonClient; gives (material, answer)."""
    material = material or os.urandom(32)
    more.setdefault("ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    asked = kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm="RSAES_OAEP_SHA_256",
                                          WrappingKeySpec="RSA_2048")
    public = serialization.load_der_public_key(base64.b64decode(asked["PublicKey"]))
    wrapped = public.encrypt(material, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    return material, kms.import_key_material(KeyId=key_id, ImportToken=asked["ImportToken"],
                                             EncryptedKeyMaterial=base64.b64encode(wrapped).decode(), **more)


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
