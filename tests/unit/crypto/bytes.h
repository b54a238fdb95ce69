/* Bytes as hexadecimal text, as published vectors give them. */
#pragma once

#include "base/text.h"
#include "crypto/keyring.h"

#include "../check.h"

static inline struct str unhex(struct arena *arena, const char *hex)
{
        size_t len = strlen(hex) / 2;
        char *bytes = arena_alloc(arena, len);

        assert_non_null(bytes);
        assert_int_equal(hex_decode(str_of(hex), bytes, len), 0);
        return str_make(bytes, len);
}

static inline void assert_hex(struct arena *arena, struct str bytes, const char *hex)
{
        assert_str(hex_encode(arena, bytes), str_of(hex));
}

/* A copy with one bit turned. */
static inline struct str turned(struct arena *arena, struct str bytes, size_t bit)
{
        char *copy = arena_cstr(arena, bytes);

        assert_non_null(copy);
        assert_true(bit < bytes.len * 8);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        return str_make(copy, bytes.len);
}
