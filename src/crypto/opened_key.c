#include "crypto/opened_key.h"

void opened_key_done(struct opened_key *key)
{
        secret_done(&key->bytes);
        key_pair_unref(key->pair);
        *key = (struct opened_key){};
}

void counted_key_init(struct counted_key *counted, struct opened_key *key)
{
        counted->key = *key;
        atomic_init(&counted->holders, 1);
        *key = (struct opened_key){};
}

void counted_key_hold(struct counted_key *counted)
{
        atomic_fetch_add_explicit(&counted->holders, 1, memory_order_relaxed);
}

void opened_key_release(const struct opened_key *key)
{
        struct counted_key *counted = (struct counted_key *)(uintptr_t)key; /* its first member */

        /* What the other holders did with it comes before its end. */
        if (!counted || atomic_fetch_sub_explicit(&counted->holders, 1, memory_order_acq_rel) > 1)
                return;
        opened_key_done(&counted->key);
        free(counted);
}
