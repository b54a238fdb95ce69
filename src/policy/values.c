#include "policy/values.h"

#include <arpa/inet.h>

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static size_t count_digits(struct str s)
{
        size_t n = 0;

        while (n < s.len && is_digit(s.ptr[n]))
                n++;
        return n;
}

bool decimal_parse(struct str s, struct decimal *ret)
{
        bool negative = s.len > 0 && s.ptr[0] == '-';
        struct str whole, fraction = {"", 0};

        if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
                s = str_from(s, 1);
        whole = str_part(s, 0, count_digits(s));
        s = str_from(s, whole.len);
        if (s.len > 0 && s.ptr[0] == '.') {
                s = str_from(s, 1);
                fraction = str_part(s, 0, count_digits(s));
                s = str_from(s, fraction.len);
                if (fraction.len == 0)
                        return false;
        }
        if (s.len > 0 || whole.len + fraction.len == 0)
                return false;
        while (whole.len > 0 && whole.ptr[0] == '0')
                whole = str_from(whole, 1);
        while (fraction.len > 0 && fraction.ptr[fraction.len - 1] == '0')
                fraction.len--;
        *ret = (struct decimal){negative && whole.len + fraction.len > 0, whole, fraction};
        return true;
}

static int cmp_magnitude(const struct decimal *a, const struct decimal *b)
{
        if (a->whole.len != b->whole.len)
                return a->whole.len < b->whole.len ? -1 : 1;
        int order = str_cmp(a->whole, b->whole);

        return order != 0 ? order : str_cmp(a->fraction, b->fraction);
}

int decimal_cmp(const struct decimal *a, const struct decimal *b)
{
        if (a->negative != b->negative)
                return a->negative ? -1 : 1;
        return a->negative ? cmp_magnitude(b, a) : cmp_magnitude(a, b);
}

/* Takes exactly n digits off the front. */
static bool take_number(struct str *s, size_t n, int *ret)
{
        int value = 0;

        if (s->len < n)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (!is_digit(s->ptr[i]))
                        return false;
                value = value * 10 + (s->ptr[i] - '0');
        }
        *s = str_from(*s, n);
        *ret = value;
        return true;
}

static bool take_byte(struct str *s, char byte)
{
        if (s->len == 0 || s->ptr[0] != byte)
                return false;
        *s = str_from(*s, 1);
        return true;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar; years counted from March make leap days last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
        y -= m <= 2;
        int64_t era = (y >= 0 ? y : y - 399) / 400;
        int64_t year_of_era = y - era * 400;
        int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
        int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

        return era * 146097 + day_of_era - 719468;
}

static bool is_day(int y, int m, int d)
{
        static const int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

        if (m < 1 || m > 12 || d < 1)
                return false;
        return d <= LENGTHS[m - 1] + (m == 2 && leap ? 1 : 0);
}

/* Milliseconds of ".123456"; digits after the third are dropped. */
static bool take_fraction(struct str *s, int64_t *ret_ms)
{
        int64_t ms = 0;

        *ret_ms = 0;
        if (!take_byte(s, '.'))
                return true;
        size_t n = count_digits(*s);

        if (n == 0)
                return false;
        for (size_t i = 0; i < 3; i++)
                ms = ms * 10 + (i < n ? s->ptr[i] - '0' : 0);
        *s = str_from(*s, n);
        *ret_ms = ms;
        return true;
}

static bool take_offset(struct str *s, int64_t *ret_minutes)
{
        int hours, minutes, sign = 1;

        *ret_minutes = 0;
        if (s->len == 0 || take_byte(s, 'Z'))
                return true;
        if (take_byte(s, '-'))
                sign = -1;
        else if (!take_byte(s, '+'))
                return false;
        if (!take_number(s, 2, &hours) || !take_byte(s, ':') || !take_number(s, 2, &minutes))
                return false;
        if (hours > 23 || minutes > 59)
                return false;
        *ret_minutes = sign * (hours * 60 + minutes);
        return true;
}

static bool take_time(struct str *s, int64_t *ret_ms)
{
        int hour, minute, second = 0;
        int64_t ms = 0, offset;

        if (!take_number(s, 2, &hour) || !take_byte(s, ':') || !take_number(s, 2, &minute))
                return false;
        if (take_byte(s, ':') && (!take_number(s, 2, &second) || !take_fraction(s, &ms)))
                return false;
        if (hour > 23 || minute > 59 || second > 60 || !take_offset(s, &offset))
                return false;
        *ret_ms = ((int64_t)hour * 3600 + (int64_t)minute * 60 + second - offset * 60) * 1000 + ms;
        return true;
}

static bool parse_iso(struct str s, int64_t *ret_ms)
{
        int year, month = 1, day = 1;
        int64_t time_ms = 0;

        if (!take_number(&s, 4, &year))
                return false;
        if (take_byte(&s, '-') && !take_number(&s, 2, &month))
                return false;
        else if (take_byte(&s, '-')) {
                if (!take_number(&s, 2, &day))
                        return false;
                if (take_byte(&s, 'T') && !take_time(&s, &time_ms))
                        return false;
        }
        if (s.len > 0 || !is_day(year, month, day))
                return false;
        *ret_ms = days_from_civil(year, month, day) * INT64_C(86400000) + time_ms;
        return true;
}

static bool parse_epoch(struct str s, int64_t *ret_ms)
{
        bool negative = take_byte(&s, '-');
        size_t n = count_digits(s);
        int64_t seconds = 0, ms;

        if (n == 0 || n > 15)
                return false;
        for (size_t i = 0; i < n; i++)
                seconds = seconds * 10 + (s.ptr[i] - '0');
        s = str_from(s, n);
        if (!take_fraction(&s, &ms) || s.len > 0)
                return false;
        *ret_ms = (negative ? -1 : 1) * (seconds * 1000 + ms);
        return true;
}

bool policy_date_parse(struct str s, int64_t *ret_ms)
{
        return parse_iso(s, ret_ms) || parse_epoch(s, ret_ms);
}

static bool parse_prefix_length(struct str s, unsigned max, unsigned *ret)
{
        unsigned value = 0;

        if (s.len == 0 || s.len > 3 || count_digits(s) != s.len)
                return false;
        for (size_t i = 0; i < s.len; i++)
                value = value * 10 + (unsigned)(s.ptr[i] - '0');
        *ret = value;
        return value <= max;
}

bool ip_range_parse(struct str s, struct ip_range *ret)
{
        char text[INET6_ADDRSTRLEN];
        ptrdiff_t slash = str_find_byte(s, '/');
        struct str address = slash >= 0 ? str_part(s, 0, (size_t)slash) : s;

        *ret = (struct ip_range){};
        ret->is_v6 = str_has_byte(address, ':');
        if (str_has_byte(address, '\0') || str_to_buffer(address, text, sizeof(text)) < 0)
                return false;
        if (inet_pton(ret->is_v6 ? AF_INET6 : AF_INET, text, ret->bytes) != 1)
                return false;
        ret->bits = ret->is_v6 ? 128 : 32;
        return slash < 0 || parse_prefix_length(str_from(s, (size_t)slash + 1), ret->bits, &ret->bits);
}

bool ip_range_contains(const struct ip_range *range, const struct ip_range *address)
{
        size_t whole = range->bits / 8;
        unsigned rest = range->bits % 8;

        if (range->is_v6 != address->is_v6 || memcmp(range->bytes, address->bytes, whole) != 0)
                return false;
        return rest == 0 || ((range->bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

bool bool_parse(struct str s, bool *ret)
{
        *ret = str_eq_nocase(s, STR("true"));
        return *ret || str_eq_nocase(s, STR("false"));
}

static bool is_base64_digit(char c)
{
        return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
}

bool base64_is_valid(struct str s)
{
        size_t padding = 0;

        while (padding < 2 && padding < s.len && s.ptr[s.len - 1 - padding] == '=')
                padding++;
        for (size_t i = 0; i + padding < s.len; i++)
                if (!is_base64_digit(s.ptr[i]))
                        return false;
        return s.len % 4 == 0;
}
