"""DER, as much of it as a private key takes, to write keys that no tool would write too."""

INTEGER, BITS, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30
EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
CURVES = {
    "ECC_NIST_P256": (bytes.fromhex("06082a8648ce3d030107"), 32),
    "ECC_NIST_P384": (bytes.fromhex("06052b81040022"), 48),
    "ECC_NIST_P521": (bytes.fromhex("06052b81040023"), 66),
    "ECC_SECG_P256K1": (bytes.fromhex("06052b8104000a"), 32),
}
ED25519 = bytes.fromhex("06032b6570")


def der(tag, *contents):
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(number):
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def pkcs8(algorithm, private_key, version=0, *more):
    return der(SEQUENCE, integer(version), der(SEQUENCE, algorithm), der(OCTETS, private_key), *more)


def ec_private(spec, scalar, *more):
    """PKCS #8 of an ECPrivateKey; more: its optional parts."""
    oid, length = CURVES[spec]
    if isinstance(scalar, int):
        scalar = scalar.to_bytes(length, "big")
    return pkcs8(EC_PUBLIC_KEY + oid, der(SEQUENCE, integer(1), der(OCTETS, scalar), *more))


def ec_public(spec, x, y):
    oid, length = CURVES[spec]
    point = b"\x04" + x.to_bytes(length, "big") + y.to_bytes(length, "big")
    return der(SEQUENCE, der(SEQUENCE, EC_PUBLIC_KEY, oid), der(BITS, b"\0", point))


def ecdsa_signature(r, s):
    return der(SEQUENCE, integer(r), integer(s))


def ed25519_private(seed):
    return pkcs8(ED25519, der(OCTETS, seed))


def ed25519_public(point):
    return der(SEQUENCE, der(SEQUENCE, ED25519), der(BITS, b"\0", point))
