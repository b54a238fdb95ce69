#include "store/blob_proof.h"

#include "base/ids.h"

_Static_assert(BLOB_PROOF_LEN == MAC_KEY_LEN + MAC_LEN, "a proof is a key and a MAC");

struct blob_sum {
        struct blob_proof proof; /* its key from the beginning on */
        struct mac *mac;
};

static int begin(const struct blob_proof *proof, struct blob_sum **ret)
{
        struct blob_sum *sum = calloc(1, sizeof(*sum));
        int r;

        if (!sum)
                return -ENOMEM;
        if (proof)
                sum->proof = *proof;
        else
                random_fill(sum->proof.bytes, MAC_KEY_LEN);
        r = mac_new(sum->proof.bytes, &sum->mac);
        if (r < 0) {
                blob_sum_free(sum);
                return r;
        }
        *ret = sum;
        return 0;
}

int blob_sum_new(struct blob_sum **ret)
{
        return begin(NULL, ret);
}

int blob_sum_again(const struct blob_proof *proof, struct blob_sum **ret)
{
        return begin(proof, ret);
}

int blob_sum_add(struct blob_sum *sum, struct str bytes)
{
        return mac_add(sum->mac, bytes);
}

int blob_sum_end(struct blob_sum *sum, struct blob_proof *ret)
{
        TRY(mac_end(sum->mac, sum->proof.bytes + MAC_KEY_LEN));
        *ret = sum->proof;
        return 0;
}

int blob_sum_compare(struct blob_sum *sum, const struct blob_proof *proof)
{
        uint8_t mac[MAC_LEN];

        TRY(mac_end(sum->mac, mac));
        return secret_equal(str_make(mac, MAC_LEN), str_make(proof->bytes + MAC_KEY_LEN, MAC_LEN)) ? 0
                                                                                                   : -EBADMSG;
}

void blob_sum_free(struct blob_sum *sum)
{
        if (!sum)
                return;
        mac_free(sum->mac);
        secret_wipe(sum, sizeof(*sum));
        free(sum);
}

/* -- Bytes that lie elsewhere. */

int blob_proof_make(struct str bytes, struct blob_proof *ret)
{
        struct blob_sum *sum;
        int r;

        TRY(blob_sum_new(&sum));
        r = blob_sum_add(sum, bytes);
        if (r == 0)
                r = blob_sum_end(sum, ret);
        blob_sum_free(sum);
        return r;
}

int blob_proof_check(struct str bytes, const struct blob_proof *proof)
{
        struct blob_sum *sum;
        int r;

        TRY(blob_sum_again(proof, &sum));
        r = blob_sum_add(sum, bytes);
        if (r == 0)
                r = blob_sum_compare(sum, proof);
        blob_sum_free(sum);
        return r;
}
