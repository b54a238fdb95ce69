#include "crypto/key_pair_inside.h" /* first: see there */

/* SubjectPublicKeyInfo: https://www.rfc-editor.org/rfc/rfc5480#section-2 */
static int take_point(const struct key_facts *facts, struct str der, struct str *ret)
{
        struct str rest, algorithm;

        TRY(der_only(der, DER_SEQUENCE, &rest));
        TRY(der_take(&rest, DER_SEQUENCE, &algorithm));
        if (!str_eq(algorithm, facts->algorithm))
                return -EINVAL;
        TRY(der_take_bits(&rest, ret));
        return rest.len ? -EBADMSG : 0;
}

static int parse_peer(const struct key_facts *facts, struct str der, EVP_PKEY **ret)
{
        struct str point;

        if (take_point(facts, der, &point) < 0)
                return -EINVAL;
        return key_ec_public(facts, point, ret);
}

int key_pair_agree(const struct key_pair *pair, struct str peer_public_der, struct secret *ret)
{
        const struct key_facts *facts = key_facts_of(pair->kind);
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context =
                EVP_PKEY_CTX_new_from_pkey(NULL, pair->key, NULL);
        _cleanup_(key_freep) EVP_PKEY *peer = NULL;
        _cleanup_(secret_done) struct secret shared = {};
        size_t len = facts->len;

        if (!facts->is_nist_curve)
                return -EINVAL;
        TRY(parse_peer(facts, peer_public_der, &peer));
        TRY(algorithm_check(context && EVP_PKEY_derive_init(context) == 1, -ENOMEM));
        TRY(algorithm_check(EVP_PKEY_derive_set_peer(context, peer), -EINVAL)); /* checks it once more */
        TRY(secret_new(&shared, len));
        TRY(algorithm_check(EVP_PKEY_derive(context, shared.bytes, &len), -EIO));
        if (len != shared.len)
                return -EIO;
        *ret = shared;
        shared = (struct secret){};
        return 0;
}
