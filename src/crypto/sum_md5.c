/* MD5, which every upload needs and which costs more than all else that is done with its bytes. By
 * libcrypto's code for one message, unless threads with long pieces meet: see md5_table.h. */
#define OPENSSL_SUPPRESS_DEPRECATED /* MD5_CTX: its chain goes to the table, which EVP's does not */
#include <openssl/md5.h>

#include "crypto/algorithm.h" /* before all others of ours: see there */

#include "crypto/md5_table.h"
#include "crypto/sum_method.h"

static void begin(int which, union sum_state *state)
{
        (void)which;
        if (state->context == NULL)
                state->context = OPENSSL_malloc(sizeof(MD5_CTX));
        algorithm_must(state->context != NULL);
        algorithm_must(MD5_Init(state->context));
}

static void add_at_table(MD5_CTX *md5, struct str blocks)
{
        uint32_t chain[] = {md5->A, md5->B, md5->C, md5->D};
        uint64_t bits = ((uint64_t)md5->Nh << 32 | md5->Nl) + (uint64_t)blocks.len * 8;

        md5_table_add(chain, (const uint8_t *)blocks.ptr, blocks.len / MD5_CBLOCK);
        md5->A = chain[0], md5->B = chain[1], md5->C = chain[2], md5->D = chain[3];
        md5->Nl = (MD5_LONG)bits, md5->Nh = (MD5_LONG)(bits >> 32);
}

/* All but the ends, which are no whole blocks of the message. */
static struct str add_long(MD5_CTX *md5, struct str bytes)
{
        size_t first = (MD5_CBLOCK - md5->num) % MD5_CBLOCK;
        size_t rest = (bytes.len - first) % MD5_CBLOCK;

        algorithm_must(MD5_Update(md5, bytes.ptr, first));
        add_at_table(md5, str_part(bytes, first, bytes.len - first - rest));
        return str_from(bytes, bytes.len - rest);
}

static void add(int which, union sum_state *state, struct str bytes)
{
        (void)which;
        if (bytes.len >= MD5_TABLE_MIN && md5_table_is_open())
                bytes = add_long(state->context, bytes);
        algorithm_must(MD5_Update(state->context, bytes.ptr, bytes.len));
}

static void end(int which, union sum_state *state, uint8_t *ret)
{
        (void)which;
        algorithm_must(MD5_Final(ret, state->context));
}

/* The bytes of a body that was given up are in it yet. */
static void drop(union sum_state *state)
{
        OPENSSL_clear_free(state->context, sizeof(MD5_CTX));
        state->context = NULL;
}

const struct sum_method SUM_BY_MD5 = {begin, add, end, drop, NULL};
