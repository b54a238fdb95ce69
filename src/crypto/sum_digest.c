#include "crypto/algorithm.h" /* first: see there */

#include "crypto/sum_method.h"

static void begin(int which, union sum_state *state)
{
        if (state->context == NULL)
                state->context = EVP_MD_CTX_new();
        algorithm_must(state->context != NULL);
        algorithm_must(EVP_DigestInit_ex2(state->context, algorithm_digest((enum digest)which), NULL));
}

static void add(int which, union sum_state *state, struct str bytes)
{
        (void)which;
        algorithm_must(EVP_DigestUpdate(state->context, bytes.ptr, bytes.len));
}

static void end(int which, union sum_state *state, uint8_t *ret)
{
        (void)which;
        algorithm_must(EVP_DigestFinal_ex(state->context, ret, NULL));
}

static void drop(union sum_state *state)
{
        EVP_MD_CTX_free(state->context);
        state->context = NULL;
}

const struct sum_method SUM_BY_DIGEST = {begin, add, end, drop, NULL};
