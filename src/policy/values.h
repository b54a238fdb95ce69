/* Typed values of conditions. Each parser takes a whole string and says whether it is one. */
#pragma once

#include "base/str.h"

/* Exact: a sign, the digits before and after the point without needless zeros. Points into the text. */
struct decimal {
        bool negative;
        struct str whole;
        struct str fraction;
};

struct ip_range {
        unsigned char bytes[16];
        unsigned bits; /* of the prefix */
        bool is_v6;
};

bool decimal_parse(struct str s, struct decimal *ret);
int decimal_cmp(const struct decimal *a, const struct decimal *b);

/* W3C forms of ISO 8601 (year; month; day; day and time, with seconds and fractions or without), or seconds
 * since 1970, with a fraction or without. A time without an offset is UTC; four digits are a year. */
bool policy_date_parse(struct str s, int64_t *ret_ms);

/* "203.0.113.0/24", "2001:db8::/32", or one address. */
bool ip_range_parse(struct str s, struct ip_range *ret);
bool ip_range_contains(const struct ip_range *range, const struct ip_range *address);

bool bool_parse(struct str s, bool *ret); /* "true" and "false" in any case */
bool base64_is_valid(struct str s);
