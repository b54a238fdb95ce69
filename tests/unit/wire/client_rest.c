#include "client.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/value.h"

#include <assert.h>

#define MAX_HEADERS 20000

struct rest_out {
        struct arena *arena;
        const struct wire_type *type;
        const void *in;
        struct buf query;
        struct http_header *headers;
        size_t header_count;
};

/* -- Values as text. */

static struct str time_text(struct arena *arena, enum wire_time time, int64_t ms)
{
        if (time == WIRE_TIME_EPOCH)
                return arena_printf(arena, "%.3f", (double)ms / 1000);
        return time == WIRE_TIME_HTTP ? time_http(arena, ms) : time_iso_ms(arena, ms);
}

static struct str value_text(struct arena *arena, const struct wire_type *type, const void *value,
                             enum wire_time usual)
{
        switch (type->kind) {
        case WIRE_BLOB:
                return base64_encode(arena, *(const struct str *)value);
        case WIRE_BOOLEAN:
                return ((const struct opt_bool *)value)->value ? STR("true") : STR("false");
        case WIRE_INTEGER:
        case WIRE_LONG:
                return arena_printf(arena, "%lld", (long long)((const struct opt_int *)value)->value);
        case WIRE_DOUBLE:
                return arena_printf(arena, "%.17g", ((const struct opt_double *)value)->value);
        case WIRE_TIMESTAMP:
                return time_text(arena, type->time == WIRE_TIME_DEFAULT ? usual : type->time,
                                 ((const struct opt_int *)value)->value);
        default:
                return *(const struct str *)value;
        }
}

static struct str encoded(struct arena *arena, struct str text, bool keep_slash)
{
        struct buf out;
        struct str copy;

        buf_init(&out, 1 << 20);
        percent_encode(&out, text, keep_slash);
        copy = arena_dup(arena, buf_str(&out));
        buf_done(&out);
        return copy;
}

/* -- Path. */

static const struct wire_member *member_named(const struct wire_type *type, struct str name)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (str_eq(type->members[i].name, name))
                        return &type->members[i];
        return NULL;
}

/* "Key+" */
static struct str label_text(struct rest_out *out, struct str label)
{
        bool is_greedy = str_ends(label, STR("+"));
        const struct wire_member *member = member_named(out->type, str_part(label, 0, label.len - is_greedy));
        struct str text;

        assert(member && member->place == WIRE_IN_PATH);
        text = value_text(out->arena, member->type, wire_value_at(member, out->in), WIRE_TIME_ISO);
        return encoded(out->arena, text, is_greedy);
}

static struct str make_path(struct rest_out *out, struct str template)
{
        struct buf path;
        struct str copy;

        buf_init(&path, 1 << 20);
        while (template.len) {
                ptrdiff_t open = str_find_byte(template, '{'), close = str_find_byte(template, '}');

                if (open < 0) {
                        buf_add(&path, template);
                        break;
                }
                buf_add(&path, str_part(template, 0, (size_t)open));
                buf_add(&path,
                        label_text(out, str_part(template, (size_t)open + 1, (size_t)(close - open - 1))));
                template = str_from(template, (size_t)close + 1);
        }
        copy = arena_dup(out->arena, buf_str(&path));
        buf_done(&path);
        return copy;
}

/* -- Query. */

static void add_param(struct rest_out *out, struct str name, struct str value)
{
        if (out->query.len)
                buf_add_byte(&out->query, '&');
        buf_add(&out->query, encoded(out->arena, name, false));
        buf_add_byte(&out->query, '=');
        buf_add(&out->query, encoded(out->arena, value, false));
}

static void add_param_values(struct rest_out *out, struct str name, const struct wire_type *type,
                             const void *value)
{
        if (type->kind != WIRE_LIST) {
                add_param(out, name, value_text(out->arena, type, value, WIRE_TIME_ISO));
                return;
        }
        for (size_t i = 0; i < ((const struct wire_list *)value)->count; i++)
                add_param_values(out, name, type->element, wire_item(type, value, i));
}

static void add_query_member(struct rest_out *out, const struct wire_member *member, const void *value)
{
        const struct wire_map *map = value;

        if (member->type->kind != WIRE_MAP) {
                add_param_values(out, member->wire_name, member->type, value);
                return;
        }
        for (size_t i = 0; i < map->count; i++)
                add_param_values(out, wire_entry_key(member->type, map, i), member->type->element,
                                 wire_entry_value(member->type, map, i));
}

/* -- Headers. */

static void add_header(struct rest_out *out, struct str name, struct str value)
{
        assert(out->header_count < MAX_HEADERS);
        out->headers[out->header_count++] = (struct http_header){name, value};
}

/* All quoted but for what is a date or a number. */
static struct str list_text(struct arena *arena, const struct wire_type *type, const struct wire_list *list)
{
        struct buf text;
        struct str copy;

        buf_init(&text, 1 << 20);
        for (size_t i = 0; i < list->count; i++) {
                struct str item = value_text(arena, type->element, wire_item(type, list, i), WIRE_TIME_HTTP);
                bool is_quoted = type->element->kind == WIRE_STRING;

                buf_add(&text, i ? STR(",") : STR(" "));
                buf_add(&text, is_quoted ? STR("\"") : STR(""));
                for (size_t j = 0; j < item.len; j++) {
                        if (is_quoted && (item.ptr[j] == '"' || item.ptr[j] == '\\'))
                                buf_add_byte(&text, '\\');
                        buf_add_byte(&text, item.ptr[j]);
                }
                buf_add(&text, is_quoted ? STR("\"") : STR(""));
        }
        copy = arena_dup(arena, buf_str(&text));
        buf_done(&text);
        return copy;
}

static void add_header_member(struct rest_out *out, const struct wire_member *member, const void *value)
{
        const struct wire_map *map = value;

        if (member->type->kind == WIRE_LIST)
                add_header(out, member->wire_name, list_text(out->arena, member->type, value));
        else if (member->place == WIRE_IN_HEADER)
                add_header(out, member->wire_name,
                           value_text(out->arena, member->type, value, WIRE_TIME_HTTP));
        else
                for (size_t i = 0; i < map->count; i++)
                        add_header(out,
                                   arena_printf(out->arena, "X%.*s%.*s",
                                                STR_ARG(str_from(member->wire_name, 1)),
                                                STR_ARG(wire_entry_key(member->type, map, i))),
                                   *(const struct str *)wire_entry_value(member->type, map, i));
}

/* -- Body. */

static struct str json_body(struct arena *arena, const struct wire_type *type, const void *value)
{
        json_t *json = client_json_value(type, value);
        char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        struct str copy = arena_dup(arena, str_of(text));

        assert(text);
        free(text);
        json_decref(json);
        return copy;
}

static struct str document(const struct api_operation *operation, struct arena *arena, struct str root,
                           const struct wire_type *type, const void *value)
{
        struct buf xml;
        struct str copy;

        if (operation->service->protocol == API_REST_JSON)
                return json_body(arena, type, value);
        buf_init(&xml, 1 << 22);
        client_xml_request(type, value, root, &xml);
        assert(buf_check(&xml) == 0);
        copy = arena_dup(arena, buf_str(&xml));
        buf_done(&xml);
        return copy;
}

static bool is_raw(const struct wire_type *type)
{
        return type->kind == WIRE_STREAM || type->kind == WIRE_BLOB || type->kind == WIRE_STRING ||
               type->kind == WIRE_DOCUMENT;
}

static struct str make_body(const struct api_operation *operation, struct arena *arena, const void *in)
{
        const struct wire_type *type = operation->input;
        bool has_document = false;

        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];
                const void *value = wire_value_at(member, in);

                has_document |= member->place == WIRE_IN_BODY && wire_is_set(member, in);
                if (member->place != WIRE_IN_PAYLOAD)
                        continue;
                if (!wire_is_set(member, in))
                        return STR("");
                return is_raw(member->type)
                               ? *(const struct str *)value
                               : document(operation, arena, member->wire_name, member->type, value);
        }
        return has_document
                       ? document(operation, arena,
                                  str_is_set(type->root_name) ? type->root_name : STR("Anything"), type, in)
                       : STR("");
}

void client_rest_request(const struct api_operation *operation, const void *in, struct arena *arena,
                         struct http_request *ret)
{
        struct str query = operation->http_uri, path;
        struct rest_out out = {.arena = arena, .type = operation->input, .in = in};

        out.headers = arena_new_array(arena, struct http_header, MAX_HEADERS);
        assert(out.headers);
        buf_init(&out.query, 1 << 20);
        (void)str_cut(&query, '?', &path);
        buf_add(&out.query, query);
        for (size_t i = 0; i < out.type->member_count; i++) {
                const struct wire_member *member = &out.type->members[i];

                if (!wire_is_set(member, in))
                        continue;
                if (member->place == WIRE_IN_QUERY)
                        add_query_member(&out, member, wire_value_at(member, in));
                if (member->place == WIRE_IN_HEADER || member->place == WIRE_IN_HEADERS)
                        add_header_member(&out, member, wire_value_at(member, in));
        }
        *ret = (struct http_request){
                .method = operation->http_method,
                .path = make_path(&out, path),
                .query = arena_dup(arena, buf_str(&out.query)),
                .headers = out.headers,
                .header_count = out.header_count,
                .body = make_body(operation, arena, in),
        };
        buf_done(&out.query);
}

/* -- Answers. */

static const struct http_header *header_named(const struct http_response *response, struct str name)
{
        for (size_t i = 0; i < response->header_count; i++)
                if (str_eq_nocase(response->headers[i].name, name))
                        return &response->headers[i];
        return NULL;
}

static bool same_text(const struct wire_type *type, const void *value, struct str have)
{
        double real;
        int64_t ms;

        if (type->kind == WIRE_DOUBLE)
                return str_to_double(have, &real) == 0 && real == ((const struct opt_double *)value)->value;
        if (type->kind == WIRE_TIMESTAMP && type->time == WIRE_TIME_EPOCH)
                return str_to_double(have, &real) == 0 &&
                       (int64_t)(real * 1000 + 0.5) == ((const struct opt_int *)value)->value;
        if (type->kind == WIRE_TIMESTAMP)
                return (type->time == WIRE_TIME_ISO) == str_ends(have, STR("Z")) &&
                       time_parse(have, &ms) == 0 && ms == ((const struct opt_int *)value)->value;
        return false;
}

/* Unquotes as RFC 9110 says; dates take a comma each. */
static bool same_items(const struct wire_type *type, const struct wire_list *list, struct str have,
                       struct arena *arena)
{
        size_t at = 0;

        for (size_t i = 0; i < list->count; i++) {
                struct str want = value_text(arena, type->element, wire_item(type, list, i), WIRE_TIME_HTTP);
                bool is_quoted = at < have.len && have.ptr[at] == '"';
                size_t matched = 0;

                at += is_quoted;
                while (at < have.len && matched < want.len) {
                        if (is_quoted && have.ptr[at] == '\\')
                                at++;
                        if (at >= have.len || have.ptr[at++] != want.ptr[matched++])
                                return false;
                }
                at += is_quoted;
                if (matched < want.len ||
                    !str_starts(str_from(have, at), i + 1 < list->count ? STR(", ") : STR("")))
                        return false;
                at += i + 1 < list->count ? 2 : 0;
        }
        return at == have.len;
}

static bool same_header(const struct wire_member *member, const void *value, struct str have)
{
        struct arena arena;
        bool same;

        arena_init(&arena, 1 << 20);
        if (member->type->kind == WIRE_LIST)
                same = same_items(member->type, value, have, &arena);
        else if (member->type->kind == WIRE_DOUBLE || member->type->kind == WIRE_TIMESTAMP)
                same = same_text(member->type, value, have);
        else
                same = str_eq(value_text(&arena, member->type, value, WIRE_TIME_HTTP), have);
        arena_done(&arena);
        return same;
}

static bool same_map(const struct wire_member *member, const struct wire_map *map,
                     const struct http_response *response)
{
        size_t found = 0;

        for (size_t i = 0; i < response->header_count; i++)
                found += str_starts(response->headers[i].name, member->wire_name);
        for (size_t i = 0; i < map->count; i++) {
                struct str key = wire_entry_key(member->type, map, i);
                struct arena arena;
                const struct http_header *header;
                bool same;

                arena_init(&arena, 4096);
                header = header_named(
                        response, arena_printf(&arena, "%.*s%.*s", STR_ARG(member->wire_name), STR_ARG(key)));
                same = header &&
                       str_eq(header->value, *(const struct str *)wire_entry_value(member->type, map, i));
                arena_done(&arena);
                if (!same)
                        return false;
        }
        return found == map->count;
}

static bool same_document(const struct api_operation *operation, const struct wire_type *type,
                          const void *value, struct str body)
{
        json_t *json;
        bool same;

        if (operation->service->protocol == API_REST_XML)
                return str_starts(body, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")) &&
                       client_xml_matches(type, value, body, NULL);
        json = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
        same = json && client_json_matches(type, value, json);
        json_decref(json);
        return same;
}

static bool same_payload(const struct api_operation *operation, const struct wire_member *member,
                         const void *out, struct str body)
{
        const void *value = wire_value_at(member, out);

        if (!wire_is_set(member, out))
                return body.len == 0;
        if (is_raw(member->type))
                return str_eq(body, *(const struct str *)value);
        return same_document(operation, member->type, value, body);
}

/* The length is the server's to say, where there is a body. */
static bool is_length(const struct api_operation *operation, const struct wire_member *member)
{
        return str_eq(member->wire_name, STR("Content-Length")) &&
               !str_eq(operation->http_method, STR("HEAD"));
}

static bool same_member(const struct api_operation *operation, const struct wire_member *member,
                        const void *out, const struct http_response *response)
{
        const struct http_header *header = header_named(response, member->wire_name);
        const void *value = wire_value_at(member, out);

        switch (member->place) {
        case WIRE_IN_HEADER:
                if (is_length(operation, member))
                        return header == NULL;
                if (!wire_is_set(member, out))
                        return header == NULL || str_eq(header->name, STR("Content-Type"));
                return header && same_header(member, value, header->value);
        case WIRE_IN_HEADERS:
                return same_map(member, value, response);
        case WIRE_IN_PAYLOAD:
                return same_payload(operation, member, out, response->body);
        case WIRE_IN_STATUS:
                return !wire_is_set(member, out) ||
                       response->status == (unsigned int)((const struct opt_int *)value)->value;
        default:
                return true;
        }
}

bool client_rest_matches(const struct api_operation *operation, const void *out,
                         const struct http_response *response)
{
        const struct wire_type *type = operation->output;
        bool has_document = false, has_payload = false;

        for (size_t i = 0; i < type->member_count; i++) {
                if (!same_member(operation, &type->members[i], out, response))
                        return false;
                has_document |= type->members[i].place == WIRE_IN_BODY;
                has_payload |= type->members[i].place == WIRE_IN_PAYLOAD;
        }
        if (has_payload)
                return true;
        if (!has_document)
                return response->body.len == 0;
        if (type->flags & WIRE_UNWRAPPED)
                return client_xml_is_well_formed(response->body);
        return same_document(operation, type, out, response->body);
}
