/* A run of bytes that somebody else owns: pointer and length, passed by value. Not NUL-terminated.
 *
 * ptr == NULL means "not given" (an absent member of a request); ptr != NULL with len == 0 is the empty
 * string. A struct str is valid as long as its owner says: usually the arena of the call. */
#pragma once

#include "banned.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
        const char *ptr;
        size_t len;
};

/* Of a string literal; also usable in static initialisers. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_INIT(literal)                                                                                    \
        {                                                                                                    \
                "" literal, sizeof(literal) - 1                                                              \
        }
#define STR_NONE ((struct str){NULL, 0})

/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)((s).len), ((s).ptr ? (s).ptr : "")

struct str str_of(const char *nul_terminated); /* NULL gives STR_NONE */

/* What a request is read with, byte by byte and member by member, is inlined where it stands. */

static inline struct str str_make(const void *bytes, size_t len)
{
        return (struct str){bytes, len};
}

static inline bool str_is_set(struct str s)
{
        return s.ptr != NULL;
}

/* By content; not for secrets; absent equals empty. */
static inline bool str_eq(struct str a, struct str b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_starts(struct str s, struct str prefix)
{
        return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* Offset of the first match, or -1. */
static inline ptrdiff_t str_find_byte(struct str s, char byte)
{
        const char *found = s.len ? memchr(s.ptr, byte, s.len) : NULL;

        return found ? found - s.ptr : -1;
}

/* The rest from an offset (an empty string past the end), and a part. */
static inline struct str str_from(struct str s, size_t offset)
{
        if (offset > s.len)
                offset = s.len;
        return (struct str){offset ? s.ptr + offset : s.ptr, s.len - offset};
}

static inline struct str str_part(struct str s, size_t offset, size_t len)
{
        struct str rest = str_from(s, offset);

        if (rest.len > len)
                rest.len = len;
        return rest;
}

bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* bytewise order */
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has_byte(struct str s, char byte);
/* Offset, or -1. */
ptrdiff_t str_find_last_byte(struct str s, char byte);
ptrdiff_t str_find(struct str s, struct str needle);

struct str str_trim(struct str s); /* spaces and tabs at both ends */

/* Takes what stands before the separator from the front of *rest, and moves *rest behind the separator.
 * At the end the last piece is given and *rest becomes absent. False when *rest was absent already:
 *         for (struct str rest = s, piece; str_cut(&rest, ',', &piece);) */
bool str_cut(struct str *rest, char separator, struct str *ret_piece);

/* Decimal, whole string, no sign (i64: an optional minus). -EINVAL, -ERANGE. */
must_check int str_to_u64(struct str s, uint64_t *ret);
must_check int str_to_i64(struct str s, int64_t *ret);
/* Decimal with an optional sign, fraction and exponent; at most 63 characters; finite. -EINVAL, -ERANGE. */
must_check int str_to_double(struct str s, double *ret);

uint64_t str_hash(struct str s, uint64_t seed);

/* Copies at most size-1 bytes and terminates; -ENAMETOOLONG when it does not fit. */
must_check int str_to_buffer(struct str s, char *buffer, size_t size);
