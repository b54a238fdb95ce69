#include <xxhash.h>

#include "crypto/sum_method.h"

/* As algorithm_must(): these fail for want of memory only. */
static void must(bool is_well)
{
        if (!is_well)
                abort();
}

static void begin_64(int which, union sum_state *state)
{
        (void)which;
        if (state->context == NULL)
                state->context = XXH64_createState();
        must(state->context && XXH64_reset(state->context, 0) == XXH_OK);
}

static void add_64(int which, union sum_state *state, struct str bytes)
{
        (void)which;
        must(XXH64_update(state->context, bytes.ptr, bytes.len) == XXH_OK);
}

static void end_64(int which, union sum_state *state, uint8_t *ret)
{
        XXH64_canonical_t value;

        (void)which;
        XXH64_canonicalFromHash(&value, XXH64_digest(state->context));
        memcpy(ret, value.digest, sizeof(value.digest));
}

static void drop_64(union sum_state *state)
{
        XXH64_freeState(state->context);
        state->context = NULL;
}

static void begin_3(int which, union sum_state *state)
{
        (void)which;
        if (state->context == NULL)
                state->context = XXH3_createState();
        must(state->context && XXH3_64bits_reset(state->context) == XXH_OK);
}

static void add_3(int which, union sum_state *state, struct str bytes)
{
        (void)which;
        must(XXH3_64bits_update(state->context, bytes.ptr, bytes.len) == XXH_OK);
}

static void end_3(int which, union sum_state *state, uint8_t *ret)
{
        XXH64_canonical_t value;

        (void)which;
        XXH64_canonicalFromHash(&value, XXH3_64bits_digest(state->context));
        memcpy(ret, value.digest, sizeof(value.digest));
}

static void drop_3(union sum_state *state)
{
        XXH3_freeState(state->context);
        state->context = NULL;
}

static void begin_128(int which, union sum_state *state)
{
        (void)which;
        if (state->context == NULL)
                state->context = XXH3_createState();
        must(state->context && XXH3_128bits_reset(state->context) == XXH_OK);
}

static void add_128(int which, union sum_state *state, struct str bytes)
{
        (void)which;
        must(XXH3_128bits_update(state->context, bytes.ptr, bytes.len) == XXH_OK);
}

static void end_128(int which, union sum_state *state, uint8_t *ret)
{
        XXH128_canonical_t value;

        (void)which;
        XXH128_canonicalFromHash(&value, XXH3_128bits_digest(state->context));
        memcpy(ret, value.digest, sizeof(value.digest));
}

const struct sum_method SUM_BY_XXHASH64 = {begin_64, add_64, end_64, drop_64, NULL};
const struct sum_method SUM_BY_XXHASH3 = {begin_3, add_3, end_3, drop_3, NULL};
const struct sum_method SUM_BY_XXHASH128 = {begin_128, add_128, end_128, drop_3, NULL};
