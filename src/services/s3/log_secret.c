/* What is in a URL that lets others do what its signer may. "Amazon S3 server access logs include the request
 * URI, but redact X-Amz-Signature":
 * https://docs.aws.amazon.com/prescriptive-guidance/latest/presigned-url-best-practices/logging-interactions.html
 * Tokens of sessions and keys of customers are no less secret. */
#include "base/text.h"
#include "services/s3/log_line.h"

#define HIDDEN STR("REDACTED")

/* As written, or percent-encoded, which means the same to who checks it. */
static bool is_secret(struct arena *arena, struct str name)
{
        static const struct str SECRETS[] = {
                STR_INIT("X-Amz-Signature"),
                STR_INIT("X-Amz-Security-Token"),
                STR_INIT("Signature"), /* version 2 */
                STR_INIT("x-amz-server-side-encryption-customer-key"),
                STR_INIT("x-amz-copy-source-server-side-encryption-customer-key"),
        };
        struct str decoded = name;

        if (percent_decode(arena, name, true, &decoded) < 0)
                decoded = name;
        for (size_t i = 0; i < ARRAY_LEN(SECRETS); i++)
                if (str_eq_nocase(decoded, SECRETS[i]))
                        return true;
        return false;
}

static void add_parameter(struct arena *arena, struct str parameter, struct buf *out)
{
        ptrdiff_t equals = str_find_byte(parameter, '=');

        if (equals < 0 || !is_secret(arena, str_part(parameter, 0, (size_t)equals))) {
                buf_add(out, parameter);
                return;
        }
        buf_add(out, str_part(parameter, 0, (size_t)equals + 1));
        buf_add(out, HIDDEN);
}

struct str s3_log_hide(struct arena *arena, struct str url)
{
        _cleanup_(buf_done) struct buf out = {};
        ptrdiff_t mark = str_find_byte(url, '?');
        struct str rest, parameter;

        if (mark < 0)
                return url;
        rest = str_from(url, (size_t)mark + 1);
        buf_init(&out, url.len + (url.len + 1) * HIDDEN.len);
        buf_add(&out, str_part(url, 0, (size_t)mark + 1));
        while (str_cut(&rest, '&', &parameter)) {
                add_parameter(arena, parameter, &out);
                if (str_is_set(rest))
                        buf_add_byte(&out, '&');
        }
        return buf_check(&out) == 0 ? arena_dup(arena, buf_str(&out)) : STR_NONE;
}
