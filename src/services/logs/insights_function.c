/* Functions of queries. What gets an argument that is none, or of another kind, gives none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
#include <math.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "services/logs/insights_inside.h"

typedef struct insights_call call_t;

static bool number_at(const call_t *call, size_t at, double *ret)
{
        return at < call->count && value_to_number(&call->arguments[at], ret);
}

static struct str text_at(const call_t *call, size_t at)
{
        return at < call->count ? value_to_text(&call->arguments[at], call->arena) : STR_NONE;
}

static struct value number_or_none(double number)
{
        return isfinite(number) ? NUMBER_VALUE(number) : NO_VALUE;
}

/* -- Numbers */

static struct value of_number(const call_t *call, double (*function)(double))
{
        double number;

        return number_at(call, 0, &number) ? number_or_none(function(number)) : NO_VALUE;
}

static struct value run_abs(call_t *call)
{
        return of_number(call, fabs);
}

static struct value run_ceil(call_t *call)
{
        return of_number(call, ceil);
}

static struct value run_floor(call_t *call)
{
        return of_number(call, floor);
}

static struct value run_log(call_t *call)
{
        return of_number(call, log);
}

static struct value run_sqrt(call_t *call)
{
        return of_number(call, sqrt);
}

static struct value run_to_number(call_t *call)
{
        double number;

        return number_at(call, 0, &number) ? NUMBER_VALUE(number) : NO_VALUE;
}

static struct value run_to_int(call_t *call)
{
        return of_number(call, trunc);
}

static struct value run_round(call_t *call)
{
        double number, digits = 0;

        if (!number_at(call, 0, &number) || (call->count > 1 && !number_at(call, 1, &digits)))
                return NO_VALUE;
        digits = pow(10, fmax(-15, fmin(15, trunc(digits))));
        return number_or_none(round(number * digits) / digits);
}

static struct value utmost(const call_t *call, bool is_greatest)
{
        double best = 0, number;
        bool is_set = false;

        for (size_t i = 0; i < call->count; i++)
                if (number_at(call, i, &number) &&
                    (!is_set || (is_greatest ? number > best : number < best))) {
                        best = number;
                        is_set = true;
                }
        return is_set ? NUMBER_VALUE(best) : NO_VALUE;
}

static struct value run_greatest(call_t *call)
{
        return utmost(call, true);
}

static struct value run_least(call_t *call)
{
        return utmost(call, false);
}

/* -- Times */

static struct value run_bin(call_t *call)
{
        struct value value;

        if (insights_load(call->insights, call->row, call->node->number, &value) < 0 ||
            value.kind != VALUE_TIME)
                return NO_VALUE;
        return query_time_function(call, false, value.number);
}

static struct value run_date_floor(call_t *call)
{
        double ms;

        return number_at(call, 0, &ms) ? query_time_function(call, false, ms) : NO_VALUE;
}

static struct value run_date_ceil(call_t *call)
{
        double ms;

        return number_at(call, 0, &ms) ? query_time_function(call, true, ms) : NO_VALUE;
}

static struct value run_from_millis(call_t *call)
{
        double ms;

        return number_at(call, 0, &ms) ? TIME_VALUE(ms) : NO_VALUE;
}

static struct value run_now(call_t *call)
{
        return NUMBER_VALUE(floor((double)call->insights->terms.now_ms / 1000));
}

static struct value run_start(call_t *call)
{
        return NUMBER_VALUE((double)call->insights->terms.start_ms);
}

static struct value run_end(call_t *call)
{
        return NUMBER_VALUE((double)call->insights->terms.end_ms);
}

static struct value run_range(call_t *call)
{
        return NUMBER_VALUE((double)(call->insights->terms.end_ms - call->insights->terms.start_ms));
}

/* -- Any */

static struct value run_is_present(call_t *call)
{
        return TRUTH_VALUE(call->arguments[0].kind != VALUE_NONE);
}

static struct value run_coalesce(call_t *call)
{
        for (size_t i = 0; i < call->count; i++)
                if (call->arguments[i].kind != VALUE_NONE)
                        return call->arguments[i];
        return NO_VALUE;
}

static struct value run_case(call_t *call)
{
        for (size_t i = 0; i + 1 < call->count; i += 2)
                if (value_is_true(&call->arguments[i]))
                        return call->arguments[i + 1];
        return call->count % 2 ? call->arguments[call->count - 1] : NO_VALUE;
}

static struct value run_is_numeric(call_t *call)
{
        double number;

        return TRUTH_VALUE(number_at(call, 0, &number));
}

static struct value run_size(call_t *call)
{
        struct str text = text_at(call, 0);

        return str_is_set(text) ? NUMBER_VALUE((double)text.len) : NO_VALUE;
}

static struct value run_unmask(call_t *call)
{
        return call->arguments[0];
}

/* -- Texts */

static struct value run_is_empty(call_t *call)
{
        return TRUTH_VALUE(text_at(call, 0).len == 0);
}

static bool is_blank(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct str trimmed(const call_t *call, bool left, bool right)
{
        struct str text = text_at(call, 0), set = text_at(call, 1);
        bool has_set = call->count > 1;

        while (left && text.len && (has_set ? str_has_byte(set, text.ptr[0]) : is_blank(text.ptr[0])))
                text = str_from(text, 1);
        while (right && text.len &&
               (has_set ? str_has_byte(set, text.ptr[text.len - 1]) : is_blank(text.ptr[text.len - 1])))
                text.len--;
        return text;
}

static struct value made(struct str text)
{
        return str_is_set(text) ? TEXT_VALUE(text) : NO_VALUE;
}

static struct value run_is_blank(call_t *call)
{
        call->count = 1;
        return TRUTH_VALUE(trimmed(call, true, true).len == 0);
}

static struct value run_trim(call_t *call)
{
        return made(trimmed(call, true, true));
}

static struct value run_left_trim(call_t *call)
{
        return made(trimmed(call, true, false));
}

static struct value run_right_trim(call_t *call)
{
        return made(trimmed(call, false, true));
}

static struct value run_concat(call_t *call)
{
        size_t len = 0, at = 0;
        char *out;

        for (size_t i = 0; i < call->count; i++)
                len += text_at(call, i).len;
        out = arena_alloc(call->arena, len + 1);
        for (size_t i = 0; out && i < call->count; i++) {
                struct str text = text_at(call, i);

                if (text.len)
                        memcpy(out + at, text.ptr, text.len);
                at += text.len;
        }
        return out ? TEXT_VALUE(str_make(out, at)) : NO_VALUE;
}

static struct value run_length(call_t *call)
{
        struct str text = text_at(call, 0);

        return str_is_set(text) ? NUMBER_VALUE((double)utf8_length(text)) : NO_VALUE;
}

/* ASCII letters; others stay. */
static struct value cased(const call_t *call, char first, char last)
{
        struct str text = text_at(call, 0);
        char *out = str_is_set(text) ? arena_alloc(call->arena, text.len + 1) : NULL;

        if (!out)
                return NO_VALUE;
        for (size_t i = 0; i < text.len; i++)
                out[i] = text.ptr[i] >= first && text.ptr[i] <= last ? (char)(text.ptr[i] ^ 0x20)
                                                                     : text.ptr[i];
        return TEXT_VALUE(str_make(out, text.len));
}

static struct value run_upper(call_t *call)
{
        return cased(call, 'a', 'z');
}

static struct value run_lower(call_t *call)
{
        return cased(call, 'A', 'Z');
}

/* Where a character begins. */
static size_t offset_of(struct str text, double characters)
{
        struct str rest = text;
        uint32_t point;

        for (size_t i = 0; (double)i < characters && rest.len; i++)
                if (utf8_next(&rest, &point) < 0)
                        rest = str_from(rest, 1);
        return text.len - rest.len;
}

static struct value run_part(call_t *call)
{
        struct str text = text_at(call, 0);
        double start, len;

        if (!str_is_set(text) || !number_at(call, 1, &start) || start < 0)
                return NO_VALUE;
        text = str_from(text, offset_of(text, start));
        if (call->count == 2)
                return TEXT_VALUE(text);
        return number_at(call, 2, &len) ? TEXT_VALUE(str_part(text, 0, offset_of(text, len))) : NO_VALUE;
}

static size_t count_of(struct str text, struct str wanted)
{
        size_t count = 0;

        for (ptrdiff_t at; (at = str_find(text, wanted)) >= 0; count++)
                text = str_from(text, (size_t)at + wanted.len);
        return count;
}

static struct value run_replace(call_t *call)
{
        struct str text = text_at(call, 0), wanted = text_at(call, 1), other = text_at(call, 2);
        size_t len = 0;
        ptrdiff_t at;
        char *out;

        if (!str_is_set(text) || wanted.len == 0 || !str_is_set(other))
                return made(text);
        out = arena_alloc(call->arena, text.len + count_of(text, wanted) * other.len + 1);
        for (; out && (at = str_find(text, wanted)) >= 0; text = str_from(text, (size_t)at + wanted.len)) {
                memcpy(out + len, text.ptr, (size_t)at);
                len += (size_t)at;
                memcpy(out + len, other.ptr, other.len);
                len += other.len;
        }
        if (!out)
                return NO_VALUE;
        memcpy(out + len, text.ptr, text.len);
        return TEXT_VALUE(str_make(out, len + text.len));
}

static struct value run_contains(call_t *call)
{
        struct str text = text_at(call, 0), wanted = text_at(call, 1);

        if (call->count > 2 && value_is_true(&call->arguments[2])) {
                text = arena_lower(call->arena, text);
                wanted = arena_lower(call->arena, wanted);
        }
        return TRUTH_VALUE(str_is_set(text) && str_is_set(wanted) &&
                           (wanted.len == 0 || str_find(text, wanted) >= 0));
}

static struct value run_starts(call_t *call)
{
        return TRUTH_VALUE(str_is_set(text_at(call, 0)) && str_starts(text_at(call, 0), text_at(call, 1)));
}

static struct value run_ends(call_t *call)
{
        return TRUTH_VALUE(str_is_set(text_at(call, 0)) && str_ends(text_at(call, 0), text_at(call, 1)));
}

static struct value run_url_encode(call_t *call)
{
        struct str text = text_at(call, 0);
        struct value value;
        struct buf buf;

        if (!str_is_set(text))
                return NO_VALUE;
        buf_init(&buf, 3 * text.len + 1);
        percent_encode(&buf, text, false);
        value = TEXT_VALUE(arena_dup(call->arena, buf_str(&buf)));
        buf_done(&buf);
        return value;
}

/* What is decoded is shown, and so has to be a text. */
static struct value decoded(struct str text, int r)
{
        return r == 0 && utf8_is_valid(text) ? TEXT_VALUE(text) : NO_VALUE;
}

static struct value run_url_decode(call_t *call)
{
        struct str text = text_at(call, 0), out = STR_NONE;

        return str_is_set(text) ? decoded(out, percent_decode(call->arena, text, true, &out)) : NO_VALUE;
}

static struct value run_base64_encode(call_t *call)
{
        struct str text = text_at(call, 0);

        return str_is_set(text) ? TEXT_VALUE(base64_encode(call->arena, text)) : NO_VALUE;
}

static struct value run_base64_decode(call_t *call)
{
        struct str text = text_at(call, 0), out = STR_NONE;
        int r = str_is_set(text) ? base64_decode(call->arena, text, &out) : -EINVAL;

        return decoded(out, r);
}

static struct value digested(const call_t *call, enum digest digest)
{
        struct str text = text_at(call, 0);
        uint8_t bytes[DIGEST_MAX];

        if (!str_is_set(text))
                return NO_VALUE;
        digest_of(digest, text, bytes);
        return made(hex_encode(call->arena, str_make((const char *)bytes, digest_len(digest))));
}

static struct value run_md5(call_t *call)
{
        return digested(call, DIGEST_MD5);
}

static struct value run_sha1(call_t *call)
{
        return digested(call, DIGEST_SHA1);
}

static struct value run_sha256(call_t *call)
{
        return digested(call, DIGEST_SHA256);
}

/* -- Addresses */

static struct value run_is_ip(call_t *call)
{
        return TRUTH_VALUE(query_is_ip(text_at(call, 0), 0));
}

static struct value run_is_ip4(call_t *call)
{
        return TRUTH_VALUE(query_is_ip(text_at(call, 0), 4));
}

static struct value run_is_ip6(call_t *call)
{
        return TRUTH_VALUE(query_is_ip(text_at(call, 0), 6));
}

static struct value run_in_subnet(call_t *call)
{
        return TRUTH_VALUE(query_is_in_subnet(text_at(call, 0), text_at(call, 1), 0));
}

static struct value run_in_subnet4(call_t *call)
{
        return TRUTH_VALUE(query_is_in_subnet(text_at(call, 0), text_at(call, 1), 4));
}

static struct value run_in_subnet6(call_t *call)
{
        return TRUTH_VALUE(query_is_in_subnet(text_at(call, 0), text_at(call, 1), 6));
}

static struct value run_is_private(call_t *call)
{
        static const char *const NETS[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"};
        bool is_private = false;

        for (size_t i = 0; i < ARRAY_LEN(NETS); i++)
                is_private |= query_is_in_subnet(text_at(call, 0), str_of(NETS[i]), 4);
        return TRUTH_VALUE(is_private);
}

static const struct insights_function FUNCTIONS[] = {
        {STR_INIT("abs"), 1, 1, run_abs, false},
        {STR_INIT("ceil"), 1, 1, run_ceil, false},
        {STR_INIT("floor"), 1, 1, run_floor, false},
        {STR_INIT("greatest"), 1, 20, run_greatest, false},
        {STR_INIT("least"), 1, 20, run_least, false},
        {STR_INIT("log"), 1, 1, run_log, false},
        {STR_INIT("round"), 1, 2, run_round, false},
        {STR_INIT("sqrt"), 1, 1, run_sqrt, false},
        {STR_INIT("toNumber"), 1, 1, run_to_number, false},
        {STR_INIT("toInt"), 1, 1, run_to_int, false},
        {STR_INIT("toLong"), 1, 1, run_to_int, false},
        {STR_INIT("toDouble"), 1, 1, run_to_number, false},
        {STR_INIT("bin"), 1, 1, run_bin, true},
        {STR_INIT("datefloor"), 2, 2, run_date_floor, true},
        {STR_INIT("dateceil"), 2, 2, run_date_ceil, true},
        {STR_INIT("fromMillis"), 1, 1, run_from_millis, false},
        {STR_INIT("toMillis"), 1, 1, run_to_number, false},
        {STR_INIT("now"), 0, 0, run_now, false},
        {STR_INIT("queryStartTime"), 0, 0, run_start, false},
        {STR_INIT("queryEndTime"), 0, 0, run_end, false},
        {STR_INIT("queryTimeRange"), 0, 0, run_range, false},
        {STR_INIT("ispresent"), 1, 1, run_is_present, false},
        {STR_INIT("coalesce"), 1, 20, run_coalesce, false},
        {STR_INIT("case"), 2, 21, run_case, false},
        {STR_INIT("if"), 3, 3, run_case, false},
        {STR_INIT("isNumeric"), 1, 1, run_is_numeric, false},
        {STR_INIT("messageSize"), 1, 1, run_size, false},
        {STR_INIT("unmask"), 1, 1, run_unmask, false},
        {STR_INIT("isempty"), 1, 1, run_is_empty, false},
        {STR_INIT("isblank"), 1, 1, run_is_blank, false},
        {STR_INIT("concat"), 1, 20, run_concat, false},
        {STR_INIT("trim"), 1, 2, run_trim, false},
        {STR_INIT("ltrim"), 1, 2, run_left_trim, false},
        {STR_INIT("rtrim"), 1, 2, run_right_trim, false},
        {STR_INIT("strlen"), 1, 1, run_length, false},
        {STR_INIT("toupper"), 1, 1, run_upper, false},
        {STR_INIT("tolower"), 1, 1, run_lower, false},
        {STR_INIT("substr"), 2, 3, run_part, false},
        {STR_INIT("replace"), 3, 3, run_replace, false},
        {STR_INIT("strcontains"), 2, 3, run_contains, false},
        {STR_INIT("startsWith"), 2, 2, run_starts, false},
        {STR_INIT("endsWith"), 2, 2, run_ends, false},
        {STR_INIT("urlencode"), 1, 1, run_url_encode, false},
        {STR_INIT("urldecode"), 1, 1, run_url_decode, false},
        {STR_INIT("base64encode"), 1, 1, run_base64_encode, false},
        {STR_INIT("base64decode"), 1, 1, run_base64_decode, false},
        {STR_INIT("md5"), 1, 1, run_md5, false},
        {STR_INIT("sha1"), 1, 1, run_sha1, false},
        {STR_INIT("sha256"), 1, 1, run_sha256, false},
        {STR_INIT("isValidIp"), 1, 1, run_is_ip, false},
        {STR_INIT("isValidIpV4"), 1, 1, run_is_ip4, false},
        {STR_INIT("isValidIpV6"), 1, 1, run_is_ip6, false},
        {STR_INIT("isIpInSubnet"), 2, 2, run_in_subnet, false},
        {STR_INIT("isIpv4InSubnet"), 2, 2, run_in_subnet4, false},
        {STR_INIT("isIpv6InSubnet"), 2, 2, run_in_subnet6, false},
        {STR_INIT("isPrivateIP"), 1, 1, run_is_private, false},
};

const struct insights_function *insights_find_function(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
                if (str_eq_nocase(FUNCTIONS[i].name, name))
                        return &FUNCTIONS[i];
        return NULL;
}
