#include "auth/s3.h"

#include <assert.h>
#include <stdarg.h>

/* The words quote what the client sent, which may be any bytes. */
static struct str printable(char *text, size_t len, bool has_lines)
{
        for (size_t i = 0; i < len; i++)
                if ((text[i] < ' ' || text[i] > '~') && !(has_lines && text[i] == '\n'))
                        text[i] = '?';
        return str_make(text, len);
}

int refuse(struct check *check, enum auth_problem problem, const char *format, ...)
{
        va_list args;
        struct str message;

        va_start(args, format);
        message = arena_vprintf(check->arena, format, args);
        va_end(args);
        check->result->problem = problem;
        check->result->message = printable((char *)(uintptr_t)message.ptr, message.len, false);
        return -EACCES;
}

#define DETAILS_MAX 8

static void add_detail(struct check *check, const char *name, struct str value)
{
        struct str_map *details = &check->result->details;

        if (!details->items)
                details->items = arena_new_array(check->arena, struct str_pair, DETAILS_MAX);
        if (!details->items || !str_is_set(value)) /* the arena tells of it */
                return;
        assert(details->count < DETAILS_MAX);
        details->is_set = true;
        details->items[details->count++] = (struct str_pair){str_of(name), value};
}

void refuse_detail(struct check *check, const char *name, struct str value)
{
        struct str shown =
                arena_printf(check->arena, "%.*s", (int)(value.len < 1024 ? value.len : 1024), value.ptr);

        add_detail(check, name, printable((char *)(uintptr_t)shown.ptr, shown.len, false));
}

void refuse_detail_whole(struct check *check, const char *name, struct str value)
{
        struct str shown = arena_dup(check->arena, value);

        add_detail(check, name,
                   str_is_set(shown) ? printable((char *)(uintptr_t)shown.ptr, shown.len, true) : shown);
}

/* Takes the last of the parts that a separator splits. */
static struct str cut_last(struct str *s, char separator)
{
        ptrdiff_t at = str_find_last_byte(*s, separator);
        struct str last = *s;

        if (at < 0) {
                *s = STR_NONE;
                return last;
        }
        last = str_from(*s, (size_t)at + 1);
        *s = str_part(*s, 0, (size_t)at);
        return last;
}

bool claim_parse_credential(struct check *check, struct str credential)
{
        struct claim *claim = &check->claim;
        struct str rest = credential;

        claim->terminator = cut_last(&rest, '/');
        claim->service = cut_last(&rest, '/');
        claim->region = cut_last(&rest, '/');
        claim->date = cut_last(&rest, '/');
        claim->access_key_id = rest;
        if (rest.len == 0 || str_has_byte(rest, '/'))
                return false;
        claim->scope = str_from(credential, rest.len + 1);
        check->result->access_key_id = claim->access_key_id;
        check->result->scope_region = claim->region;
        check->result->scope_service = claim->service;
        return true;
}

int claim_split_credential(struct check *check, struct str credential)
{
        if (claim_parse_credential(check, credential))
                return 0;
        return refuse(check, AUTH_INCOMPLETE,
                      "Credential must have exactly 5 slash-delimited elements, e.g. "
                      "keyid/date/region/service/term, got '%.*s'",
                      SHOWN_ARG(credential));
}

int claim_set_timestamp(struct check *check, struct str text)
{
        if (time_parse_basic(text, &check->claim.signed_at_ms) < 0)
                return refuse(check, AUTH_INCOMPLETE,
                              "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                              "http://en.wikipedia.org/wiki/ISO_8601",
                              SHOWN_ARG(text));
        check->claim.timestamp = text;
        check->result->signed_at_ms = check->claim.signed_at_ms;
        return 0;
}

bool claim_has_two_headers(const struct http_request *request)
{
        size_t count = 0;

        for (size_t i = 0; i < request->header_count; i++)
                count += str_eq_nocase(request->headers[i].name, STR("Authorization"));
        return count > 1;
}

bool claim_is_in_query(const struct http_request *request)
{
        struct str value;

        return query_parameter(request, STR("X-Amz-Algorithm"), &value) ||
               query_parameter(request, STR("X-Amz-Credential"), &value) ||
               query_parameter(request, STR("X-Amz-Signature"), &value);
}

int claim_read(struct check *check)
{
        struct str authorization = http_header_value(check->request, STR("Authorization"));
        bool in_query = claim_is_in_query(check->request);

        if (check->expected->path_is_literal)
                return s3_claim_read(check);
        if (authorization.len == 0 && !in_query)
                return refuse(check, AUTH_MISSING,
                              check->expected->is_json ? "Missing Authentication Token"
                                                       : "Request is missing Authentication Token");
        if ((authorization.len && in_query) || claim_has_two_headers(check->request))
                return refuse(check, AUTH_INCOMPLETE, CLAIM_ONE_MECHANISM);
        return in_query ? claim_read_query(check) : claim_read_header(check, authorization);
}
