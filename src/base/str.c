#include "str.h"

#include <math.h>

struct str str_of(const char *nul_terminated)
{
        if (!nul_terminated)
                return STR_NONE;
        return (struct str){nul_terminated, strlen(nul_terminated)};
}

static unsigned char lower(char c)
{
        unsigned char u = (unsigned char)c;

        return (unsigned char)(u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u);
}

bool str_eq_nocase(struct str a, struct str b)
{
        return a.len == b.len && str_starts_nocase(a, b);
}

int str_cmp(struct str a, struct str b)
{
        size_t n = a.len < b.len ? a.len : b.len;
        int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

        if (order != 0)
                return order;
        return (a.len > b.len) - (a.len < b.len);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
        if (s.len < prefix.len)
                return false;
        for (size_t i = 0; i < prefix.len; i++)
                if (lower(s.ptr[i]) != lower(prefix.ptr[i]))
                        return false;
        return true;
}

bool str_ends(struct str s, struct str suffix)
{
        return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

bool str_has_byte(struct str s, char byte)
{
        return str_find_byte(s, byte) >= 0;
}

ptrdiff_t str_find_last_byte(struct str s, char byte)
{
        for (size_t i = s.len; i > 0; i--)
                if (s.ptr[i - 1] == byte)
                        return (ptrdiff_t)(i - 1);
        return -1;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
        const char *found;

        if (needle.len == 0 || needle.len > s.len)
                return needle.len == 0 ? 0 : -1;
        found = memmem(s.ptr, s.len, needle.ptr,
                       needle.len); /* in steps that grow with both, not their product */
        return found ? found - s.ptr : -1;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
        while (s.len && is_blank(s.ptr[0]))
                s = str_from(s, 1);
        while (s.len && is_blank(s.ptr[s.len - 1]))
                s.len--;
        return s;
}

bool str_cut(struct str *rest, char separator, struct str *ret_piece)
{
        ptrdiff_t at;

        if (!str_is_set(*rest))
                return false;
        at = str_find_byte(*rest, separator);
        if (at < 0) {
                *ret_piece = *rest;
                *rest = STR_NONE;
                return true;
        }
        *ret_piece = str_part(*rest, 0, (size_t)at);
        *rest = str_from(*rest, (size_t)at + 1);
        return true;
}

int str_to_u64(struct str s, uint64_t *ret)
{
        uint64_t value = 0;

        if (s.len == 0)
                return -EINVAL;
        for (size_t i = 0; i < s.len; i++) {
                if (s.ptr[i] < '0' || s.ptr[i] > '9')
                        return -EINVAL;
                if (__builtin_mul_overflow(value, 10U, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
                        return -ERANGE;
        }
        *ret = value;
        return 0;
}

int str_to_i64(struct str s, int64_t *ret)
{
        bool negative = s.len && s.ptr[0] == '-';
        uint64_t magnitude;

        TRY(str_to_u64(negative ? str_from(s, 1) : s, &magnitude));
        if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
                return -ERANGE;
        *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
        return 0;
}

/* strtod() alone would also take blanks in front, hexadecimal, "inf" and "nan". */
static bool is_decimal_byte(char c)
{
        return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

int str_to_double(struct str s, double *ret)
{
        char text[64];
        char *end;
        double value;

        if (s.len == 0 || str_to_buffer(s, text, sizeof(text)) < 0)
                return -EINVAL;
        for (size_t i = 0; i < s.len; i++)
                if (!is_decimal_byte(s.ptr[i]))
                        return -EINVAL;
        value = strtod(text, &end);
        if (end != text + s.len)
                return -EINVAL;
        if (!isfinite(value))
                return -ERANGE;
        *ret = value;
        return 0;
}

/* FNV-1a with a seed, finished with a multiply-shift: short keys only, tables seeded per process. */
uint64_t str_hash(struct str s, uint64_t seed)
{
        uint64_t h = 0xcbf29ce484222325U ^ seed;

        for (size_t i = 0; i < s.len; i++)
                h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3U;
        h ^= h >> 32;
        h *= 0x9fb21c651e98df25U;
        return h ^ (h >> 28);
}

int str_to_buffer(struct str s, char *buffer, size_t size)
{
        if (s.len >= size)
                return -ENAMETOOLONG;
        if (s.len)
                memcpy(buffer, s.ptr, s.len);
        buffer[s.len] = '\0';
        return 0;
}
