#include "auth/auth.h"

#include "base/ids.h"
#include "base/text.h"

#include <assert.h>

#define PREFIX_LEN   4
#define BITS_LEN     10 /* bytes that the 16 characters after the prefix stand for */
#define CHARS_LEN    16
#define ACCOUNT_LAST UINT64_C(999999999999)

/* The first 48 bits: a one, the account, and 7 bits without meaning. */
#define ACCOUNT_SHIFT 7
#define ACCOUNT_MASK  ((UINT64_C(1) << 40) - 1)
#define HAS_ACCOUNT   (UINT64_C(1) << 47)

struct str auth_make_access_key_id(struct str prefix, struct str account, struct arena *arena)
{
        uint8_t bytes[BITS_LEN];
        char chars[CHARS_LEN];
        uint64_t number;
        int r = str_to_u64(account, &number);

        assert(r == 0 && number <= ACCOUNT_LAST && prefix.len == PREFIX_LEN);
        random_fill(bytes, sizeof(bytes));
        number = HAS_ACCOUNT | number << ACCOUNT_SHIFT | (bytes[5] & ((1 << ACCOUNT_SHIFT) - 1));
        for (size_t i = 0; i < 6; i++)
                bytes[i] = (uint8_t)(number >> (40 - 8 * i));
        base32_write(chars, bytes, sizeof(bytes));
        return arena_printf(arena, "%.*s%.*s", STR_ARG(prefix), CHARS_LEN, chars);
}

int auth_account_of_key(struct str access_key_id, struct arena *arena, struct str *ret)
{
        uint64_t bits = 0, account;

        if (access_key_id.len != PREFIX_LEN + CHARS_LEN)
                return -ENOENT;
        for (size_t i = PREFIX_LEN; i < access_key_id.len; i++) {
                ptrdiff_t value =
                        str_find_byte(STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), access_key_id.ptr[i]);

                if (value < 0)
                        return -ENOENT;
                if (i < PREFIX_LEN + 10) /* 50 bits: the first 48 and two more */
                        bits = bits << 5 | (uint64_t)value;
        }
        bits >>= 2;
        account = bits >> ACCOUNT_SHIFT & ACCOUNT_MASK;
        if (!(bits & HAS_ACCOUNT) || account > ACCOUNT_LAST)
                return -ENOENT;
        *ret = arena_printf(arena, "%012llu", (unsigned long long)account);
        return 0;
}
