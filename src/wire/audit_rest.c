/* Requests of S3 as its events show them: what came in the path, the query, headers and the document, by the
 * names that it has there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html */
#include "audit.h"

#include "base/text.h"
#include "wire/json_read.h"
#include "wire/json_value.h"
#include "wire/scalar.h"
#include "wire/value.h"

#define HIDDEN     STR("HIDDEN_DUE_TO_SECURITY_REASONS")
#define SCALAR_MAX ((size_t)64 * 1024)
#define READ_MAX   ((size_t)256 * 1024)

/* -- Values of one piece */

static void add_text(struct buf *text, const struct wire_type *type, const void *value)
{
        if (type->kind == WIRE_BOOLEAN)
                buf_add(text, ((const struct opt_bool *)value)->value ? STR("true") : STR("false"));
        else if (type->kind == WIRE_TIMESTAMP)
                wire_timestamp_append(text, type->time, ((const struct opt_int *)value)->value);
        else if (type->kind == WIRE_DOUBLE)
                wire_double_append(text, ((const struct opt_double *)value)->value);
        else
                buf_add_int(text, ((const struct opt_int *)value)->value);
}

/* Outside of documents everything is a text. */
static void write_text(struct json_out *out, const struct wire_type *type, const void *value)
{
        _cleanup_(buf_done) struct buf text = {};

        if (type->kind == WIRE_STRING) {
                json_str(out, *(const struct str *)value);
                return;
        }
        buf_init(&text, SCALAR_MAX);
        add_text(&text, type, value);
        json_str(out, buf_str(&text));
}

static bool is_hidden(const struct wire_member *member)
{
        return (member->flags | member->type->flags) & WIRE_SECRET;
}

static bool is_recorded(const struct wire_member *member, const void *value)
{
        return wire_is_set(member, value) && member->type->kind != WIRE_STREAM &&
               !((member->flags | member->type->flags) & WIRE_UNRECORDED);
}

/* -- Documents: an element that is there once is a value, several are an array */

static void write_value(struct json_out *out, const struct wire_type *type, const void *value);

static void write_items(struct json_out *out, const struct wire_type *type, const struct wire_list *list)
{
        if (list->count != 1)
                json_open(out, '[');
        for (size_t i = 0; i < list->count; i++)
                write_value(out, type->element, wire_item(type, list, i));
        if (list->count != 1)
                json_close(out, ']');
}

static void write_member(struct json_out *out, const struct wire_member *member, const void *value)
{
        bool is_flat = (member->flags | member->type->flags) & WIRE_FLATTENED;

        json_key(out, member->wire_name);
        if (is_hidden(member))
                json_str(out, HIDDEN);
        else if (member->type->kind == WIRE_LIST && is_flat)
                write_items(out, member->type, wire_value_at(member, value));
        else
                write_value(out, member->type, wire_value_at(member, value));
}

static void write_members(struct json_out *out, const struct wire_type *type, const void *value)
{
        json_open(out, '{');
        for (size_t i = 0; i < type->member_count; i++)
                if (is_recorded(&type->members[i], value))
                        write_member(out, &type->members[i], value);
        json_close(out, '}');
}

static void write_value(struct json_out *out, const struct wire_type *type, const void *value)
{
        if (type->flags & WIRE_SECRET) {
                json_str(out, HIDDEN);
        } else if (type->kind == WIRE_STRUCT) {
                write_members(out, type, value);
        } else if (type->kind == WIRE_LIST) {
                json_open(out, '{');
                json_key(out, type->element_name);
                write_items(out, type, value);
                json_close(out, '}');
        } else if (type->kind == WIRE_TIMESTAMP) {
                write_text(out, type, value);
        } else {
                wire_json_value(out, type, value);
        }
}

/* -- By the place where a member travels */

static void write_in_path(struct json_out *out, const struct wire_member *member, const void *value)
{
        struct str name = member->name;

        if (str_eq(name, STR("Bucket")))
                name = STR("bucketName");
        else if (str_eq(name, STR("Key")))
                name = STR("key");
        json_key(out, name);
        write_text(out, member->type, wire_value_at(member, value));
}

static void write_texts(struct json_out *out, const struct wire_type *type, const struct wire_list *list)
{
        json_open(out, '[');
        for (size_t i = 0; i < list->count; i++)
                write_text(out, type->element, wire_item(type, list, i));
        json_close(out, ']');
}

static void write_map(struct json_out *out, const struct wire_member *member, const void *value)
{
        const struct wire_map *map = wire_value_at(member, value);
        struct str prefix = member->place == WIRE_IN_HEADERS ? member->wire_name : STR("");
        char name[512];

        for (size_t i = 0; i < map->count; i++) {
                struct str key = wire_entry_key(member->type, map, i);
                int len = snprintf(name, sizeof(name), "%.*s%.*s", STR_ARG(prefix), STR_ARG(key));

                json_key(out, str_make(name, (size_t)len < sizeof(name) ? (size_t)len : sizeof(name) - 1));
                write_text(out, member->type->element, wire_entry_value(member->type, map, i));
        }
}

/* Of a query or a header. How long a body is, and its sums, says nothing of what was asked. */
static void write_parameter(struct json_out *out, const struct wire_member *member, const void *value)
{
        if (str_eq(member->wire_name, STR("Content-Length")) || str_eq(member->wire_name, STR("Content-MD5")))
                return;
        if (member->type->kind == WIRE_MAP) {
                write_map(out, member, value);
                return;
        }
        json_key(out, member->wire_name);
        if (is_hidden(member))
                json_str(out, HIDDEN);
        else if (member->type->kind == WIRE_LIST)
                write_texts(out, member->type, wire_value_at(member, value));
        else
                write_text(out, member->type, wire_value_at(member, value));
}

static bool is_json(struct str text)
{
        _cleanup_(arena_done) struct arena arena = {};
        struct json_read read = {.at = text.ptr, .end = text.ptr + text.len, .arena = &arena};

        arena_init(&arena, READ_MAX);
        return utf8_is_valid(text) && json_read_peek(&read) == JSON_IS_OBJECT &&
               json_read_skip(&read, NULL) == 0 && json_read_end(&read) == 0;
}

/* A policy is the only body that is not a document of XML. */
static void write_payload(struct json_out *out, const struct wire_member *member, const void *value)
{
        struct str text;

        if (member->type->kind != WIRE_STRING) {
                write_member(out, member, value);
                return;
        }
        text = *(const struct str *)wire_value_at(member, value);
        json_key(out, STR("bucketPolicy"));
        if (is_json(text))
                json_raw(out, text);
        else
                json_str(out, text);
}

static void write_placed(struct json_out *out, const struct wire_member *member, const void *value)
{
        switch (member->place) {
        case WIRE_IN_PATH:
                write_in_path(out, member, value);
                return;
        case WIRE_IN_QUERY:
        case WIRE_IN_HEADER:
        case WIRE_IN_HEADERS:
                write_parameter(out, member, value);
                return;
        case WIRE_IN_PAYLOAD:
                write_payload(out, member, value);
                return;
        case WIRE_IN_BODY:
                write_member(out, member, value);
                return;
        case WIRE_IN_STATUS:
                return;
        }
}

/* -- All of it */

/* "acl": "", of an operation on /{Bucket}?acl */
static void write_literals(struct json_out *out, struct str uri)
{
        struct str query = uri, parameter, name;

        (void)str_cut(&query, '?', &parameter);
        while (str_is_set(query) && str_cut(&query, '&', &parameter)) {
                struct str value = parameter;

                (void)str_cut(&value, '=', &name);
                if (!str_eq(name, STR("x-id")))
                        json_pair(out, name, str_is_set(value) ? value : STR(""));
        }
}

static int bound(struct json_out *out, struct json_out before, size_t len)
{
        if (!out->buf->failed && out->buf->len - len <= WIRE_AUDIT_MAX)
                return 0;
        *out = before;
        out->buf->len = len;
        out->buf->failed = false;
        return -EMSGSIZE;
}

int wire_audit_request(const struct api_operation *operation, const void *in, struct str host,
                       struct json_out *out)
{
        const struct wire_type *type = operation->input;
        struct json_out before = *out;
        size_t len = out->buf->len;

        if (out->buf->failed)
                return -EMSGSIZE;
        json_open(out, '{');
        for (size_t i = 0; i < type->member_count; i++)
                if (is_recorded(&type->members[i], in))
                        write_placed(out, &type->members[i], in);
        json_pair_opt(out, STR("Host"), host);
        write_literals(out, operation->http_uri);
        json_close(out, '}');
        return bound(out, before, len);
}

static bool is_shown(const struct wire_member *member, const void *value)
{
        return member->place == WIRE_IN_HEADER && str_starts_nocase(member->wire_name, STR("x-amz-")) &&
               is_recorded(member, value);
}

int wire_audit_answer(const struct api_operation *operation, const void *answer, struct json_out *out)
{
        const struct wire_type *type = operation->output;
        struct json_out before = *out;
        size_t len = out->buf->len, shown = 0;

        for (size_t i = 0; i < type->member_count; i++)
                if (is_shown(&type->members[i], answer)) {
                        if (shown++ == 0)
                                json_open(out, '{');
                        write_parameter(out, &type->members[i], answer);
                }
        if (shown)
                json_close(out, '}');
        else
                json_nil(out);
        return bound(out, before, len);
}
