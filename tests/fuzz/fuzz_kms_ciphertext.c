/* Ciphertexts of symmetric keys: any bytes are a head and something sealed, or none of ours; a head that is
 * read is written the same; and nothing opens that was not sealed. */
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "services/kms/ciphertext.h"
#include "services/kms/context.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t KEY[SEAL_KEY_LEN] = "the one key of this fuzz target.";

static struct str_pair PAIRS[] = {{STR_INIT("bucket"), STR_INIT("b")},
                                  {STR_INIT("aws:s3:arn"), STR_INIT("")}};
static const struct str_map CONTEXT = {.items = PAIRS, .count = ARRAY_LEN(PAIRS), .is_set = true};

/* The first eight bytes of the SHA-256 of those in the corpus that were sealed under KEY. */
static const uint64_t GENUINE[] = {
        UINT64_C(0x65c4df716fdb9fa2),
        UINT64_C(0xa4fd94d5cc0637f0),
        UINT64_C(0x076a6e5e9a3235a9),
        UINT64_C(0xe808be543c561f43),
};

static bool is_genuine(struct str blob)
{
        uint8_t hash[SHA256_LEN];
        uint64_t first = 0;

        sha256(blob, hash);
        for (size_t i = 0; i < 8; i++)
                first = first << 8 | hash[i];
        for (size_t i = 0; i < ARRAY_LEN(GENUINE); i++)
                if (GENUINE[i] == first)
                        return true;
        return false;
}

static void write_again(const struct kms_ciphertext *ciphertext)
{
        uint8_t head[KMS_HEAD_LEN];

        assert(kms_write_head(ciphertext->account, ciphertext->key_id, ciphertext->material_id, head) == 0);
        assert(str_eq(str_make(head, sizeof(head)), ciphertext->head));
}

static void try_open(struct call *call, struct str blob, const struct kms_ciphertext *ciphertext,
                     const struct str_map *context)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str bound;
        int r;

        assert(kms_bound(call, ciphertext->head, context, &bound) == 0);
        r = seal_open(KEY, bound, ciphertext->sealed, &clear);
        assert(r == -EBADMSG || (r == 0 && is_genuine(blob)));
        assert(r < 0 ? clear.bytes == NULL : clear.len == ciphertext->sealed.len - SEAL_OVERHEAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct host HOST;
        struct str blob = str_make(data, size);
        struct kms_ciphertext ciphertext;
        struct call call;
        int r;

        call_init(&call, &HOST, (size_t)1 << 20);
        r = kms_read_ciphertext(&call.arena, blob, &ciphertext);
        assert(r == 0 || r == -EBADMSG);
        if (r == 0) {
                write_again(&ciphertext);
                try_open(&call, blob, &ciphertext, NULL);
                try_open(&call, blob, &ciphertext, &CONTEXT);
        }
        call_done(&call);
        return 0;
}
