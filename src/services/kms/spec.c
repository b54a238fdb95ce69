#include "services/kms/spec.h"

#define ENCRYPT   STR_INIT("ENCRYPT_DECRYPT")
#define SIGN      STR_INIT("SIGN_VERIFY")
#define MAC       STR_INIT("GENERATE_VERIFY_MAC")
#define AGREEMENT STR_INIT("KEY_AGREEMENT")

#define HMAC_SPEC(bits, len)                                                                                 \
        {                                                                                                    \
                .name = STR_INIT("HMAC_" #bits), .class = KMS_HMAC, .material_len = (len),                   \
                .material_max = HMAC_LONGEST, .usages = {MAC}, .mac = STR_INIT("HMAC_SHA_" #bits)            \
        }

#define RSA_SPEC(bits)                                                                                       \
        {                                                                                                    \
                .name = STR_INIT("RSA_" #bits), .class = KMS_RSA, .kind = KEY_RSA_##bits,                    \
                .is_data_key_pair = true, .takes_time = true, .usages = {ENCRYPT, SIGN},                     \
                .encryption = {STR_INIT("RSAES_OAEP_SHA_1"), STR_INIT("RSAES_OAEP_SHA_256")}, .signing = {   \
                        STR_INIT("RSASSA_PKCS1_V1_5_SHA_256"),                                               \
                        STR_INIT("RSASSA_PKCS1_V1_5_SHA_384"),                                               \
                        STR_INIT("RSASSA_PKCS1_V1_5_SHA_512"),                                               \
                        STR_INIT("RSASSA_PSS_SHA_256"),                                                      \
                        STR_INIT("RSASSA_PSS_SHA_384"),                                                      \
                        STR_INIT("RSASSA_PSS_SHA_512"),                                                      \
                }                                                                                            \
        }

/* Imported HMAC keys may be as long as 1,024 bits.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html */
#define HMAC_LONGEST 128

static const struct kms_spec SPECS[] = {
        {
                .name = STR_INIT("SYMMETRIC_DEFAULT"),
                .class = KMS_SYMMETRIC,
                .material_len = 32,
                .material_max = 32,
                .usages = {ENCRYPT},
                .encryption = {STR_INIT("SYMMETRIC_DEFAULT")},
        },
        HMAC_SPEC(224, 28),
        HMAC_SPEC(256, 32),
        HMAC_SPEC(384, 48),
        HMAC_SPEC(512, 64),
        RSA_SPEC(2048),
        RSA_SPEC(3072),
        RSA_SPEC(4096),
        {
                .name = STR_INIT("ECC_NIST_P256"),
                .class = KMS_ECC,
                .kind = KEY_P256,
                .is_data_key_pair = true,
                .usages = {SIGN, AGREEMENT},
                .signing = {STR_INIT("ECDSA_SHA_256")},
                .agreement = STR_INIT("ECDH"),
        },
        {
                .name = STR_INIT("ECC_NIST_P384"),
                .class = KMS_ECC,
                .kind = KEY_P384,
                .is_data_key_pair = true,
                .takes_time = true,
                .usages = {SIGN, AGREEMENT},
                .signing = {STR_INIT("ECDSA_SHA_384")},
                .agreement = STR_INIT("ECDH"),
        },
        {
                .name = STR_INIT("ECC_NIST_P521"),
                .class = KMS_ECC,
                .kind = KEY_P521,
                .is_data_key_pair = true,
                .takes_time = true,
                .usages = {SIGN, AGREEMENT},
                .signing = {STR_INIT("ECDSA_SHA_512")},
                .agreement = STR_INIT("ECDH"),
        },
        {
                .name = STR_INIT("ECC_SECG_P256K1"),
                .class = KMS_ECC,
                .kind = KEY_SECP256K1,
                .is_data_key_pair = true,
                .takes_time = true,
                .usages = {SIGN},
                .signing = {STR_INIT("ECDSA_SHA_256")},
        },
        {
                .name = STR_INIT("ECC_NIST_EDWARDS25519"),
                .class = KMS_ECC,
                .kind = KEY_ED25519,
                .is_data_key_pair = true,
                .usages = {SIGN},
                .signing = {STR_INIT("ED25519_SHA_512"), STR_INIT("ED25519_PH_SHA_512")},
        },
};

static const struct kms_signing SIGNING[] = {
        {STR_INIT("RSASSA_PSS_SHA_256"), SCHEME_PSS, DIGEST_SHA256},
        {STR_INIT("RSASSA_PSS_SHA_384"), SCHEME_PSS, DIGEST_SHA384},
        {STR_INIT("RSASSA_PSS_SHA_512"), SCHEME_PSS, DIGEST_SHA512},
        {STR_INIT("RSASSA_PKCS1_V1_5_SHA_256"), SCHEME_PKCS1, DIGEST_SHA256},
        {STR_INIT("RSASSA_PKCS1_V1_5_SHA_384"), SCHEME_PKCS1, DIGEST_SHA384},
        {STR_INIT("RSASSA_PKCS1_V1_5_SHA_512"), SCHEME_PKCS1, DIGEST_SHA512},
        {STR_INIT("ECDSA_SHA_256"), SCHEME_ECDSA, DIGEST_SHA256},
        {STR_INIT("ECDSA_SHA_384"), SCHEME_ECDSA, DIGEST_SHA384},
        {STR_INIT("ECDSA_SHA_512"), SCHEME_ECDSA, DIGEST_SHA512},
        {STR_INIT("ED25519_SHA_512"), SCHEME_ED25519, DIGEST_SHA512},
        {STR_INIT("ED25519_PH_SHA_512"), SCHEME_ED25519PH, DIGEST_SHA512},
};

const struct kms_spec *kms_spec_find(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(SPECS); i++)
                if (str_eq(SPECS[i].name, name))
                        return &SPECS[i];
        return NULL;
}

size_t kms_list_len(const struct str *list, size_t room)
{
        size_t len = 0;

        while (len < room && str_is_set(list[len]))
                len++;
        return len;
}

bool kms_list_has(const struct str *list, size_t room, struct str value)
{
        for (size_t i = 0; i < room && str_is_set(list[i]); i++)
                if (str_eq(list[i], value))
                        return true;
        return false;
}

bool kms_spec_has_usage(const struct kms_spec *spec, struct str usage)
{
        return kms_list_has(spec->usages, ARRAY_LEN(spec->usages), usage);
}

const struct kms_signing *kms_signing_find(struct str algorithm)
{
        for (size_t i = 0; i < ARRAY_LEN(SIGNING); i++)
                if (str_eq(SIGNING[i].name, algorithm))
                        return &SIGNING[i];
        return NULL;
}

bool kms_oaep_digest(struct str algorithm, enum digest *ret)
{
        *ret = str_ends(algorithm, STR("_SHA_1")) ? DIGEST_SHA1 : DIGEST_SHA256;
        return str_eq(algorithm, STR("RSAES_OAEP_SHA_1")) || str_eq(algorithm, STR("RSAES_OAEP_SHA_256"));
}

bool kms_mac_digest(struct str algorithm, enum digest *ret)
{
        static const struct {
                struct str name;
                enum digest digest;
        } MACS[] = {
                {STR_INIT("HMAC_SHA_224"), DIGEST_SHA224},
                {STR_INIT("HMAC_SHA_256"), DIGEST_SHA256},
                {STR_INIT("HMAC_SHA_384"), DIGEST_SHA384},
                {STR_INIT("HMAC_SHA_512"), DIGEST_SHA512},
        };

        for (size_t i = 0; i < ARRAY_LEN(MACS); i++)
                if (str_eq(MACS[i].name, algorithm)) {
                        *ret = MACS[i].digest;
                        return true;
                }
        return false;
}
