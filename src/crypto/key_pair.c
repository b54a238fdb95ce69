#include "crypto/key_pair_inside.h" /* first: see there */

/* RFC 8017 A.1, with its NULL; RFC 5480 2.1.1, with a named curve; RFC 8410 3. */
#define RSA_ALGORITHM       STR_INIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")
#define EC_ALGORITHM(curve) STR_INIT("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" curve)

static const struct key_facts FACTS[] = {
        [KEY_RSA_2048] = {FAMILY_RSA, false, 256, NULL, RSA_ALGORITHM},
        [KEY_RSA_3072] = {FAMILY_RSA, false, 384, NULL, RSA_ALGORITHM},
        [KEY_RSA_4096] = {FAMILY_RSA, false, 512, NULL, RSA_ALGORITHM},
        [KEY_P256] = {FAMILY_EC, true, 32, "P-256", EC_ALGORITHM("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07")},
        [KEY_P384] = {FAMILY_EC, true, 48, "P-384", EC_ALGORITHM("\x06\x05\x2b\x81\x04\x00\x22")},
        [KEY_P521] = {FAMILY_EC, true, 66, "P-521", EC_ALGORITHM("\x06\x05\x2b\x81\x04\x00\x23")},
        [KEY_SECP256K1] = {FAMILY_EC, false, 32, "secp256k1", EC_ALGORITHM("\x06\x05\x2b\x81\x04\x00\x0a")},
        [KEY_ED25519] = {FAMILY_ED25519, false, 32, NULL, STR_INIT("\x06\x03\x2b\x65\x70")},
};

const struct key_facts *key_facts_of(enum key_kind kind)
{
        return &FACTS[kind];
}

static EVP_PKEY *generate(const struct key_facts *facts)
{
        switch (facts->family) {
        case FAMILY_RSA:
                return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", facts->len * 8);
        case FAMILY_EC:
                return EVP_PKEY_Q_keygen(NULL, NULL, "EC", facts->group);
        default:
                return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        }
}

int key_pair_make(enum key_kind kind, struct key_pair **ret)
{
        EVP_PKEY *key = generate(key_facts_of(kind));

        TRY(algorithm_check(key != NULL, -ENOMEM));
        return key_pair_hold(key, kind, ret);
}

int key_pair_hold(EVP_PKEY *key, enum key_kind kind, struct key_pair **ret)
{
        struct key_pair *pair = calloc(1, sizeof(*pair));

        if (!pair) {
                EVP_PKEY_free(key);
                return -ENOMEM;
        }
        pair->key = key;
        pair->kind = kind;
        atomic_init(&pair->holders, 1);
        *ret = pair;
        return 0;
}

struct key_pair *key_pair_ref(struct key_pair *pair)
{
        atomic_fetch_add_explicit(&pair->holders, 1, memory_order_relaxed);
        return pair;
}

void key_pair_unref(struct key_pair *pair)
{
        /* What the other holders did with it comes before its end. */
        if (!pair || atomic_fetch_sub_explicit(&pair->holders, 1, memory_order_acq_rel) > 1)
                return;
        EVP_PKEY_free(pair->key);
        free(pair);
}

enum key_kind key_pair_kind(const struct key_pair *pair)
{
        return pair->kind;
}

int key_from_parameters(const char *type, int selection, OSSL_PARAM *parameters, EVP_PKEY **ret)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
        EVP_PKEY *key = NULL;

        TRY(algorithm_check(context && EVP_PKEY_fromdata_init(context) == 1, -ENOMEM));
        TRY(algorithm_check(EVP_PKEY_fromdata(context, &key, selection, parameters), -EINVAL));
        *ret = key;
        return 0;
}

void key_turn_bytes(uint8_t *out, const uint8_t *in, size_t len)
{
        for (size_t i = 0; i < len; i++)
                out[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? len - 1 - i : i] = in[i];
}
