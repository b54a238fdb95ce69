"""Published answers, got through the API by importing the published keys."""
import hashlib

import pytest

from harness.der import ec_private, ec_public, ecdsa_signature, ed25519_private, ed25519_public
from harness.kms_import import imported_key
from harness.json_client import newer_kms
from harness.refusals import refused

# -- https://www.rfc-editor.org/rfc/rfc4231#section-4
# Keys are shorter than what may be imported, or longer: RFC 2104 fills the one kind up with zeros, and hashes the other.

LONG_KEY = b"\xaa" * 131
RFC_4231 = {
    1: (b"\x0b" * 20, b"Hi There", {
        224: "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
        256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        384: "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
        512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
             "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"}),
    2: (b"Jefe", b"what do ya want for nothing?", {
        224: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
        256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        384: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
             "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"}),
    3: (b"\xaa" * 20, b"\xdd" * 50, {
        224: "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
        256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        384: "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
        512: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
             "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"}),
    4: (bytes(range(1, 26)), b"\xcd" * 50, {
        224: "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a",
        256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        384: "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
        512: "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
             "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"}),
    6: (LONG_KEY, b"Test Using Larger Than Block-Size Key - Hash Key First", {
        224: "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
        256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        384: "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
        512: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
             "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"}),
    7: (LONG_KEY, b"This is a test using a larger than block-size key and a larger than block-size data. The key "
                  b"needs to be hashed before being used by the HMAC algorithm.", {
        224: "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1",
        256: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        384: "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
        512: "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
             "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"}),
}


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_hmac_of_rfc_4231(account, openssl, bits):
    kms = account.client("kms")
    keys = {}
    for key, message, macs in RFC_4231.values():
        material = hashlib.new(f"sha{bits}", key).digest() if key == LONG_KEY else key.ljust(bits // 8, b"\0")
        if material not in keys:
            keys[material] = imported_key(kms, openssl, f"HMAC_{bits}", material)
        how = {"KeyId": keys[material], "MacAlgorithm": f"HMAC_SHA_{bits}", "Message": message}
        assert kms.generate_mac(**how)["Mac"].hex() == macs[bits]
        assert kms.verify_mac(Mac=bytes.fromhex(macs[bits]), **how)["MacValid"] is True


# -- https://www.rfc-editor.org/rfc/rfc8032#section-7.1: its tests 2, 3 and SHA(abc)

RFC_8032 = [
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]


@pytest.mark.parametrize("seed, point, message, signature", [tuple(map(bytes.fromhex, row)) for row in RFC_8032])
def test_ed25519_of_rfc_8032(account, openssl, seed, point, message, signature):
    kms = account.client("kms")
    key_id = imported_key(kms, openssl, "ECC_NIST_EDWARDS25519", ed25519_private(seed))
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == ed25519_public(point)
    how = {"KeyId": key_id, "Message": message, "SigningAlgorithm": "ED25519_SHA_512"}
    assert kms.sign(**how)["Signature"] == signature
    assert kms.verify(Signature=signature, **how)["SignatureValid"] is True
    order = 2**252 + 27742317777372353535851937790883648493
    malleable = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    with refused("KMSInvalidSignatureException"):  # 5.1.7: S is below the order
        kms.verify(Signature=signature[:32] + malleable, **how)


# -- https://www.rfc-editor.org/rfc/rfc6979#appendix-A.2

RFC_6979 = {
    "ECC_NIST_P256": ("ECDSA_SHA_256", (
        0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721,
        0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
        0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299), {
        b"sample": (0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
                    0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8),
        b"test": (0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
                  0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083)}),
    "ECC_NIST_P384": ("ECDSA_SHA_384", (
        0x6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5,
        0xEC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13,
        0x8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720), {
        b"sample": (0x94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46,
                    0x99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8)}),
    "ECC_NIST_P521": ("ECDSA_SHA_512", (
        int("00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA8"
            "96EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538", 16),
        int("01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E5BCD3711"
            "23D46E45DB6B5D5370A7F20FB633155D38FFA16D2BD761DCAC474B9A2F5023A4", 16),
        int("00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F746A28A0"
            "DB25741B5B34A828008B22ACC23F924FAAFBD4D33F81EA66956DFEAA2BFDFCF5", 16)), {
        b"sample": (int("00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E"
                        "25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA", 16),
                    int("00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF2826"
                        "23EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A", 16))}),
}


@pytest.mark.parametrize("spec", RFC_6979)
def test_ecdsa_of_rfc_6979(account, openssl, spec):
    algorithm, (scalar, x, y), signatures = RFC_6979[spec]
    kms = account.client("kms")
    key_id = imported_key(kms, openssl, spec, ec_private(spec, scalar))
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == ec_public(spec, x, y)
    for message, (r, s) in signatures.items():
        how = {"KeyId": key_id, "Message": message, "SigningAlgorithm": algorithm}
        assert kms.verify(Signature=ecdsa_signature(r, s), **how)["SignatureValid"] is True
        for wrong in (ecdsa_signature(s, r), ecdsa_signature(r, 0), ecdsa_signature(0, s)):
            with refused("KMSInvalidSignatureException"):
                kms.verify(Signature=wrong, **how)


def test_ecdsa_on_secp256k1_with_the_smallest_key(account, openssl):
    """RFC 6979's way of signing on that curve, as wallets test themselves:
    https://bitcointalk.org/index.php?topic=285142.40"""
    kms = account.client("kms")
    key_id = imported_key(kms, openssl, "ECC_SECG_P256K1", ec_private("ECC_SECG_P256K1", 1))
    signature = ecdsa_signature(0x934B1EA10A4B3C1757E2B0C017D0B6143CE3C9A7E6A4A49860D7A6AB210EE3D8,
                                0x2442CE9D2B916064108014783E923EC36B49743E2FFA1C4496F01A512AAFD9E5)
    assert kms.verify(KeyId=key_id, Message=b"Satoshi Nakamoto", Signature=signature,
                      SigningAlgorithm="ECDSA_SHA_256")["SignatureValid"] is True


# -- RSASSA-PKCS1-v1_5 is deterministic: https://www.rfc-editor.org/rfc/rfc8017#section-8.2

@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_pkcs1_signatures_are_those_of_openssl(account, openssl, bits):
    kms = account.client("kms")
    private = openssl.private_key(f"RSA_{bits}")
    key_id = imported_key(kms, openssl, f"RSA_{bits}", private)
    for algorithm in (f"RSASSA_PKCS1_V1_5_SHA_{digest}" for digest in (256, 384, 512)):
        signed = kms.sign(KeyId=key_id, Message=b"sample", SigningAlgorithm=algorithm)
        assert signed["Signature"] == openssl.sign(private, algorithm, b"sample")


# -- https://www.rfc-editor.org/rfc/rfc5903#section-8

RFC_5903 = {
    "ECC_NIST_P256": (
        0xC88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433,
        (0xDAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180,
         0x5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3),
        0xC6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53,
        (0xD12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63,
         0x56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB),
        "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"),
    "ECC_NIST_P384": (
        0x099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194,
        (0x667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AEE95F41AA,
         0x9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C),
        0x41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD55A7448FC,
        (0xE558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0774A3571,
         0xDCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C),
        "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"),
    "ECC_NIST_P521": (
        int("0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A095AA"
            "85A30FE1C2952C6771D937BA9777F5957B2639BAB072462F68C27A57382D4A52", 16),
        (int("0015417E84DBF28C0AD3C278713349DC7DF153C897A1891BD98BAB4357C9ECBEE1E3"
             "BF42E00B8E380AEAE57C2D107564941885942AF5A7F4601723C4195D176CED3E", 16),
         int("017CAE20B6641D2EEB695786D8C946146239D099E18E1D5A514C739D7CB4A10AD8A7"
             "88015AC405D7799DC75E7B7D5B6CF2261A6A7F1507438BF01BEB6CA3926F9582", 16)),
        int("0145BA99A847AF43793FDD0E872E7CDFA16BE30FDC780F97BCCC3F078380201E9C67"
            "7D600B343757A3BDBF2A3163E4C2F869CCA7458AA4A4EFFC311F5CB151685EB9", 16),
        (int("00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A219B97"
             "C356436ADC6E95BB0352F6BE64A6C2912D4EF2D0433CED2B6171640012D9460F", 16),
         int("015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87220B"
             "6536C5C408A1D2AEBB8E86D678AE49CB57091F4732296579AB44FCD17F0FC56A", 16)),
        "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d142"
        "7e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea"),
}


@pytest.mark.parametrize("spec", RFC_5903)
def test_ecdh_of_rfc_5903(account, openssl, spec):
    i, initiator, r, responder, secret = RFC_5903[spec]
    kms = newer_kms(account)
    for scalar, own, peer in ((i, initiator, responder), (r, responder, initiator)):
        key_id = imported_key(kms, openssl, spec, ec_private(spec, scalar), "KEY_AGREEMENT")
        assert kms.get_public_key(KeyId=key_id)["PublicKey"] == ec_public(spec, *own)
        derived = kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=ec_public(spec, *peer))
        assert derived["SharedSecret"].hex() == secret
