#include "audit.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/json_value.h"
#include "wire/scalar.h"
#include "wire/value.h"
#include "wire/violation.h"

#define HIDDEN STR("HIDDEN_DUE_TO_SECURITY_REASONS")

/* EC2's events have the names of its documents, what they hold several of in "items", and lists that are not
 * there as empty objects. The names of some are older than the API's: `@event` of the .api files.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-with-cloudtrail.html */
enum audit_style { AUDIT_USUAL, AUDIT_OF_EC2, AUDIT_ENCLOSED, AUDIT_ENCLOSED_ANSWER };

struct audit_out {
        struct json_out *json;
        enum audit_style style;
        struct str request_id; /* EC2's, in front of what was answered; absent: none */
        struct str xml_namespace;
        const char *enclosed; /* "Request": by the operation's name and this; NULL: it is not */
        struct str operation;
        size_t number; /* of the item that is written next, when items are numbered; 0: none */
        unsigned int depth;
};

static void write_value(struct audit_out *out, const struct wire_type *type, const void *value);

/* "Oct 2, 2019 11:12:29 PM", in UTC.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html (responseElements of
 * AssumeRole) */
static void write_time(struct json_out *out, int64_t ms)
{
        time_t seconds = (time_t)(ms / MS_PER_S - (ms % MS_PER_S < 0));
        char text[64];
        struct tm tm;
        size_t len = 0;

        if (gmtime_r(&seconds, &tm))
                len = strftime(text, sizeof(text), "%b %-d, %Y %-I:%M:%S %p", &tm);
        json_str(out, str_make(text, len));
}

/* Texts in a list of EC2's are called by the name of its items: {"items": [{"groupId": "sg-1"}]} */
static void write_item(struct audit_out *out, const struct wire_type *type, const void *item)
{
        bool is_named = out->style == AUDIT_OF_EC2 && wire_is_scalar(type->element) &&
                        !str_eq(type->element_name, STR("item"));

        if (is_named) {
                json_open(out->json, '{');
                json_key(out->json, type->element_name);
        }
        write_value(out, type->element, item);
        if (is_named)
                json_close(out->json, '}');
}

static bool is_enclosed(const struct audit_out *out)
{
        return out->style == AUDIT_ENCLOSED || out->style == AUDIT_ENCLOSED_ANSWER;
}

static void write_array(struct audit_out *out, const struct wire_type *type, const struct wire_list *list)
{
        json_open(out->json, '[');
        for (size_t i = 0; i < list->count; i++)
                write_item(out, type, wire_item(type, list, i));
        json_close(out->json, ']');
}

/* A structure has its number among its members. */
static void write_numbered(struct audit_out *out, const struct wire_type *type, const struct wire_list *list,
                           size_t i)
{
        bool is_scalar = wire_is_scalar(type->element);

        out->number = i + 1;
        if (is_scalar) {
                json_open(out->json, '{');
                json_key(out->json, STR("tag"));
                json_int(out->json, (int64_t)i + 1);
                json_key(out->json, STR("content"));
                out->number = 0;
        }
        write_value(out, type->element, wire_item(type, list, i));
        if (is_scalar)
                json_close(out->json, '}');
}

static void write_numbered_list(struct audit_out *out, const struct wire_type *type,
                                const struct wire_list *list)
{
        if (list->count != 1)
                json_open(out->json, '[');
        for (size_t i = 0; i < list->count; i++)
                write_numbered(out, type, list, i);
        if (list->count != 1)
                json_close(out->json, ']');
}

static void write_list(struct audit_out *out, const struct wire_type *type, uint32_t flags,
                       const struct wire_list *list)
{
        if (is_enclosed(out)) {
                write_numbered_list(out, type, list);
                return;
        }
        if (out->style != AUDIT_OF_EC2 || (flags & WIRE_BARE)) {
                write_array(out, type, list);
                return;
        }
        json_open(out->json, '{');
        json_key(out->json, STR("items"));
        write_array(out, type, list);
        json_close(out->json, '}');
}

static void write_map(struct audit_out *out, const struct wire_type *type, const struct wire_map *map)
{
        json_open(out->json, '{');
        for (size_t i = 0; i < map->count; i++) {
                json_key(out->json, wire_entry_key(type, map, i));
                write_value(out, type->element, wire_entry_value(type, map, i));
        }
        json_close(out->json, '}');
}

/* CloudTrail's names have the first letter in lower case: "userName", "mFADevices". */
static void write_lowered(struct json_out *out, struct str name)
{
        char text[128];
        struct buf lowered = {.data = text, .capacity = sizeof(text), .max = sizeof(text)};

        violation_add_lowered(&lowered, name);
        json_key(out, lowered.failed ? name : buf_str(&lowered));
}

static void write_name(struct audit_out *out, const struct wire_member *member)
{
        struct str name = out->style == AUDIT_OF_EC2 ? member->wire_name : member->name;

        if (out->style == AUDIT_ENCLOSED)
                json_key(out->json, wire_form_name(member));
        else if (out->style == AUDIT_ENCLOSED_ANSWER)
                json_key(out->json, member->wire_name);
        else if (str_is_set(member->event_name))
                json_key(out->json, member->event_name);
        else if (out->style == AUDIT_OF_EC2 && str_eq(name, STR("return")))
                json_key(out->json, STR("_return")); /* as AWS has it: the other is a word of Java */
        else
                write_lowered(out->json, name);
}

/* Of lists and maps also by what is in them. What an object holds is no part of what was asked. */
static bool is_recorded(const struct wire_member *member, const void *value)
{
        const struct wire_type *type = member->type;
        uint32_t flags = member->flags | type->flags | (type->element ? type->element->flags : 0);

        return wire_is_set(member, value) && !(flags & WIRE_UNRECORDED) && type->kind != WIRE_STREAM;
}

static bool is_told_empty(const struct audit_out *out, const struct wire_member *member, const void *value)
{
        return out->style == AUDIT_OF_EC2 && out->depth > 1 && member->type->kind == WIRE_LIST &&
               ((const struct wire_list *)wire_at(member, value))->count == 0;
}

static void write_member(struct audit_out *out, const struct wire_member *member, const void *value)
{
        if (is_told_empty(out, member, value)) {
                write_name(out, member);
                json_raw(out->json, STR("{}"));
                return;
        }
        if (!is_recorded(member, value))
                return;
        write_name(out, member);
        if (member->flags & WIRE_SECRET)
                json_str(out->json, HIDDEN);
        else if (member->type->kind == WIRE_LIST && !(member->type->flags & WIRE_SECRET))
                write_list(out, member->type, member->flags, wire_value_at(member, value));
        else
                write_value(out, member->type, wire_value_at(member, value));
}

static void write_number(struct audit_out *out)
{
        if (out->number == 0)
                return;
        json_key(out->json, STR("tag"));
        json_int(out->json, (int64_t)out->number);
        out->number = 0;
}

static void write_members(struct audit_out *out, const struct wire_type *type, const void *value)
{
        json_open(out->json, '{');
        write_number(out);
        if (out->depth++ == 0) {
                json_pair_opt(out->json, STR("xmlns"), out->xml_namespace);
                json_pair_opt(out->json, STR("requestId"), out->request_id);
        }
        for (size_t i = 0; i < type->member_count; i++)
                write_member(out, &type->members[i], value);
        out->depth--;
        json_close(out->json, '}');
}

static void write_value(struct audit_out *out, const struct wire_type *type, const void *value)
{
        if (type->flags & WIRE_SECRET)
                json_str(out->json, HIDDEN);
        else if (type->kind == WIRE_LIST)
                write_list(out, type, 0, value);
        else if (type->kind == WIRE_MAP)
                write_map(out, type, value);
        else if (type->kind == WIRE_STRUCT)
                write_members(out, type, value);
        else if (type->kind == WIRE_TIMESTAMP && wire_scalar_is_set(type, value))
                write_time(out->json, ((const struct opt_int *)value)->value);
        else
                wire_json_value(out->json, type, value);
}

static bool is_any_set(const struct wire_type *type, const void *value)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (is_recorded(&type->members[i], value))
                        return true;
        return false;
}

static void write_document(const struct wire_type *type, const void *value, struct audit_out *writer)
{
        char name[128];

        if (writer->enclosed) {
                (void)snprintf(name, sizeof(name), "%.*s%s", STR_ARG(writer->operation), writer->enclosed);
                json_open(writer->json, '{');
                json_key(writer->json, str_of(name));
        }
        write_members(writer, type, value);
        if (writer->enclosed)
                json_close(writer->json, '}');
}

/* All or nothing: what does not fit is not begun. */
static int write_whole(const struct wire_type *type, const void *value, struct audit_out *writer)
{
        struct json_out *out = writer->json, before = *out;
        size_t len = out->buf->len;

        if (out->buf->failed)
                return -EMSGSIZE;
        if (!is_any_set(type, value) && !str_is_set(writer->request_id)) {
                json_nil(out);
                return buf_check(out->buf);
        }
        write_document(type, value, writer);
        if (!out->buf->failed && out->buf->len - len <= WIRE_AUDIT_MAX)
                return 0;
        *out = before;
        out->buf->len = len;
        out->buf->failed = false; /* what was in it fits */
        return -EMSGSIZE;
}

int wire_audit_json(const struct wire_type *type, const void *value, struct json_out *out)
{
        struct audit_out writer = {.json = out};

        return write_whole(type, value, &writer);
}

int wire_audit_ec2(const struct wire_type *type, const void *value, struct str request_id,
                   struct json_out *out)
{
        struct audit_out writer = {.json = out, .style = AUDIT_OF_EC2, .request_id = request_id};

        return write_whole(type, value, &writer);
}

int wire_audit_enclosed(const struct api_operation *operation, const void *in, struct json_out *out)
{
        struct audit_out writer = {
                .json = out, .style = AUDIT_ENCLOSED, .enclosed = "Request", .operation = operation->name};

        return write_whole(operation->input, in, &writer);
}

int wire_audit_enclosed_answer(const struct api_operation *operation, const void *answer,
                               struct str request_id, struct json_out *out)
{
        struct audit_out writer = {
                .json = out,
                .style = AUDIT_ENCLOSED_ANSWER,
                .enclosed = "Response",
                .operation = operation->name,
                .request_id = request_id,
                .xml_namespace = operation->service->xml_namespace,
        };

        return write_whole(operation->output, answer, &writer);
}
