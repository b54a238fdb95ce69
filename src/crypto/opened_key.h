/* How it is counted who holds an opened key. For the files of this folder only. */
#pragma once

#include "crypto/key_cache.h"

#include <stdatomic.h>

/* Begins a piece of memory of malloc(), which is freed with it. */
struct counted_key {
        struct opened_key key;
        atomic_uint holders;
};

void opened_key_done(struct opened_key *key); /* what is in it */
/* Takes the key over (*key is emptied); held once. */
void counted_key_init(struct counted_key *counted, struct opened_key *key);
void counted_key_hold(struct counted_key *counted);
