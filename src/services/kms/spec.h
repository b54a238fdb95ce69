/* What a key spec means: which material, which usages, which algorithms. One table.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html */
#pragma once

#include "base/str.h"
#include "crypto/digest.h"
#include "crypto/key_pair.h"

enum kms_class { KMS_SYMMETRIC, KMS_HMAC, KMS_RSA, KMS_ECC };

struct kms_spec {
        struct str name;
        enum kms_class class;
        size_t material_len;   /* bytes, of symmetric and HMAC keys */
        size_t material_max;   /* HMAC: of imported material; else the same */
        enum key_kind kind;    /* of key pairs */
        bool is_data_key_pair; /* also a DataKeyPairSpec */
        bool takes_time;       /* its private key works for a good part of a millisecond, or more */
        struct str usages[2];
        struct str encryption[2];
        struct str signing[6];
        struct str mac;
        struct str agreement;
};

/* NULL: unknown, or not to be had here. */
const struct kms_spec *kms_spec_find(struct str name);
bool kms_spec_has_usage(const struct kms_spec *spec, struct str usage);
static inline bool kms_spec_is_pair(const struct kms_spec *spec)
{
        return spec->class == KMS_RSA || spec->class == KMS_ECC;
}
/* Absent strings end the lists of a spec. */
size_t kms_list_len(const struct str *list, size_t room);
bool kms_list_has(const struct str *list, size_t room, struct str value);

/* How a signing algorithm works; NULL: none that is known here. */
struct kms_signing {
        struct str name;
        enum scheme scheme;
        enum digest digest;
};
const struct kms_signing *kms_signing_find(struct str algorithm);

/* Of RSAES_OAEP_SHA_1 and RSAES_OAEP_SHA_256, also as wrapping algorithms; false: of no other. */
bool kms_oaep_digest(struct str algorithm, enum digest *ret);
/* Of HMAC_SHA_...; false: none. */
bool kms_mac_digest(struct str algorithm, enum digest *ret);
