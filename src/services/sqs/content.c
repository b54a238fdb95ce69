#include "services/sqs/content.h"

#include "base/text.h"
#include "crypto/sums.h"

#define ATTRIBUTES_MAX 10
#define NAME_MAX_LEN   256
#define LENGTH         4 /* bytes of a length */

/* -- What may be sent */

static bool is_allowed(uint32_t c)
{
        return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
               (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

/* -1: all of it is allowed. */
static int64_t find_forbidden(struct str text)
{
        uint32_t c;

        while (text.len > 0)
                if (utf8_next(&text, &c) < 0 || !is_allowed(c))
                        return c;
        return -1;
}

int sqs_check_body(struct call *call, struct str body)
{
        int64_t forbidden = find_forbidden(body);

        if (body.len == 0)
                return sqs_missing(call, "MessageBody");
        if (forbidden < 0)
                return 0;
        return fail(call, &sqs_invalid_message_contents,
                    "Invalid binary character '#x%llX' was found in the message body, the set of allowed "
                    "characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
                    (unsigned long long)forbidden);
}

static bool is_name_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
}

static bool is_name(struct str name)
{
        if (name.len == 0 || name.len > NAME_MAX_LEN || name.ptr[0] == '.' || str_ends(name, STR(".")) ||
            str_find(name, STR("..")) >= 0 || str_starts_nocase(name, STR("AWS.")) ||
            str_starts_nocase(name, STR("Amazon.")))
                return false;
        for (size_t i = 0; i < name.len; i++)
                if (!is_name_byte(name.ptr[i]))
                        return false;
        return true;
}

static bool has_type(struct str type, struct str kind)
{
        return str_eq(type, kind) || (str_starts(type, kind) && type.len > kind.len + 1 &&
                                      type.ptr[kind.len] == '.' && type.len <= NAME_MAX_LEN);
}

/* "Number" of "Number.int". */
static struct str kind_of(struct str type)
{
        struct str kind;

        (void)str_cut(&type, '.', &kind);
        return kind;
}

static bool is_binary(struct str type)
{
        return has_type(type, STR("Binary"));
}

static int refuse(struct call *call, struct str name, const char *what)
{
        return fail(call, &sqs_invalid_parameter_value_exception, "The message attribute '%.*s' %s",
                    STR_ARG(name), what);
}

static int refuse_empty(struct call *call, const struct sqs_message_attribute_value_entry *entry)
{
        return fail(call, &sqs_invalid_parameter_value_exception,
                    "Message (user) attribute '%.*s' must contain a non-empty value of type '%.*s'.",
                    STR_ARG(entry->key), STR_ARG(kind_of(entry->value.data_type)));
}

static int check_value(struct call *call, const struct sqs_message_attribute_value_entry *entry)
{
        const struct sqs_message_attribute_value *value = &entry->value;
        double number;

        if (value->string_list_values.count || value->binary_list_values.count)
                return fail(call, &sqs_unsupported_operation,
                            "Message attribute list values in SendMessage operation are not supported.");
        if (is_binary(value->data_type)) {
                if (value->binary_value.len == 0 || str_is_set(value->string_value))
                        return refuse_empty(call, entry);
                return 0;
        }
        if (value->string_value.len == 0 || str_is_set(value->binary_value))
                return refuse_empty(call, entry);
        if (find_forbidden(value->string_value) >= 0)
                return refuse(call, entry->key, "contains characters outside the allowed set.");
        if (has_type(value->data_type, STR("Number")) && str_to_double(value->string_value, &number) < 0)
                return refuse(
                        call, entry->key,
                        "is invalid. Reason: Can't cast the value of the message attribute to a number.");
        return 0;
}

int sqs_check_attributes(struct call *call, const struct sqs_message_attribute_value_map *given)
{
        if (given->count > ATTRIBUTES_MAX)
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "Number of message attributes [%zu] exceeds the allowed maximum [%d].",
                            given->count, ATTRIBUTES_MAX);
        for (size_t i = 0; i < given->count; i++) {
                const struct sqs_message_attribute_value_entry *entry = &given->items[i];
                struct str type = entry->value.data_type;

                if (!is_name(entry->key))
                        return refuse(
                                call, entry->key,
                                "is invalid. Reason: The name can contain alphanumeric characters, "
                                "underscores, hyphens and periods, must not begin with AWS. or Amazon. "
                                "nor begin or end with a period, and can be up to 256 characters long.");
                if (!has_type(type, STR("String")) && !has_type(type, STR("Number")) && !is_binary(type))
                        return fail(call, &sqs_invalid_parameter_value_exception,
                                    "The type of message (user) attribute '%.*s' is invalid. You must use "
                                    "only the following supported type prefixes: Binary, Number, String.",
                                    STR_ARG(entry->key));
                TRY(check_value(call, entry));
        }
        return 0;
}

/* "Currently, the only supported message system attribute is AWSTraceHeader. Its type must be String". */
int sqs_check_system_attributes(struct call *call, const struct sqs_message_system_attribute_value_map *given,
                                struct str *ret_trace_header)
{
        *ret_trace_header = STR_NONE;
        for (size_t i = 0; i < given->count; i++) {
                const struct sqs_message_system_attribute_value *value = &given->items[i].value;

                if (!str_eq(given->items[i].key, STR("AWSTraceHeader")))
                        return fail(call, &sqs_invalid_parameter_value_exception,
                                    "Message system attribute name '%.*s' is invalid.",
                                    STR_ARG(given->items[i].key));
                if (!str_eq(value->data_type, STR("String")) || value->string_value.len == 0 ||
                    value->string_value.len > NAME_MAX_LEN || find_forbidden(value->string_value) >= 0)
                        return refuse(call, given->items[i].key,
                                      "must contain a non-empty value of type 'String'.");
                *ret_trace_header = value->string_value;
        }
        return 0;
}

static struct str value_of(const struct sqs_message_attribute_value *value)
{
        return is_binary(value->data_type) ? value->binary_value : value->string_value;
}

size_t sqs_size_of(struct str body, const struct sqs_message_attribute_value_map *attributes)
{
        size_t size = body.len;

        for (size_t i = 0; i < attributes->count; i++)
                size += attributes->items[i].key.len + attributes->items[i].value.data_type.len +
                        value_of(&attributes->items[i].value).len;
        return size;
}

/* -- How it is written */

static char *put(char *out, struct str text)
{
        const uint8_t length[LENGTH] = {(uint8_t)(text.len >> 24), (uint8_t)(text.len >> 16),
                                        (uint8_t)(text.len >> 8), (uint8_t)text.len};

        memcpy(out, length, LENGTH);
        if (text.len)
                memcpy(out + LENGTH, text.ptr, text.len);
        return out + LENGTH + text.len;
}

static bool take(struct str *from, struct str *ret)
{
        const uint8_t *p = (const uint8_t *)from->ptr;
        size_t len;

        if (from->len < LENGTH)
                return false;
        len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (from->len - LENGTH < len)
                return false;
        *ret = str_part(*from, LENGTH, len);
        *from = str_from(*from, LENGTH + len);
        return true;
}

static int by_name(const void *a, const void *b)
{
        const struct sqs_message_attribute_value_entry *left = a, *right = b;

        return str_cmp(left->key, right->key);
}

int sqs_write_attributes(struct call *call, const struct sqs_message_attribute_value_map *given,
                         struct str *ret)
{
        struct sqs_message_attribute_value_entry sorted[ATTRIBUTES_MAX];
        size_t len = sqs_size_of(STR(""), given) + given->count * (3 * LENGTH + 1);
        char *out, *at;

        if (given->count > ATTRIBUTES_MAX)
                return -EINVAL;
        at = out = arena_alloc(&call->arena, len + 1);
        if (!out)
                return -ENOMEM;
        if (given->count)
                memcpy(sorted, given->items, given->count * sizeof(*sorted));
        qsort(sorted, given->count, sizeof(*sorted), by_name);
        for (size_t i = 0; i < given->count; i++) {
                at = put(at, sorted[i].key);
                at = put(at, sorted[i].value.data_type);
                *at++ = is_binary(sorted[i].value.data_type) ? 2 : 1;
                at = put(at, value_of(&sorted[i].value));
        }
        *ret = str_make(out, len);
        return 0;
}

static int read_attribute(struct str *written, struct sqs_message_attribute_value_entry *ret)
{
        struct str value;

        *ret = (struct sqs_message_attribute_value_entry){};
        if (!take(written, &ret->key) || !take(written, &ret->value.data_type) || written->len == 0)
                return -EBADMSG;
        *written = str_from(*written, 1);
        if (!take(written, &value))
                return -EBADMSG;
        if (is_binary(ret->value.data_type))
                ret->value.binary_value = value;
        else
                ret->value.string_value = value;
        return 0;
}

int sqs_read_attributes(struct call *call, struct str written, struct sqs_message_attribute_value_map *ret)
{
        *ret = (struct sqs_message_attribute_value_map){
                .items = arena_new_array(&call->arena, struct sqs_message_attribute_value_entry,
                                         ATTRIBUTES_MAX)};
        if (!ret->items)
                return -ENOMEM;
        while (written.len > 0) {
                if (ret->count == ATTRIBUTES_MAX)
                        return -EBADMSG;
                TRY(read_attribute(&written, &ret->items[ret->count]));
                ret->count++;
        }
        ret->is_set = ret->count > 0;
        return 0;
}

struct str sqs_md5(struct call *call, struct str bytes)
{
        uint8_t digest[SUM_MAX];

        sum_of(SUM_MD5, bytes, digest);
        return hex_encode(&call->arena, str_make(digest, sum_len(SUM_MD5)));
}

int sqs_pack(struct call *call, const struct sqs_content *content, struct str *ret)
{
        size_t len = LENGTH + content->body.len + content->attributes.len;
        char *out = arena_alloc(&call->arena, len), *at;

        if (!out)
                return -ENOMEM;
        at = put(out, content->body);
        if (content->attributes.len)
                memcpy(at, content->attributes.ptr, content->attributes.len);
        *ret = str_make(out, len);
        return 0;
}

int sqs_unpack(struct str packed, struct sqs_content *ret)
{
        if (!take(&packed, &ret->body))
                return -EBADMSG;
        ret->attributes = packed;
        return 0;
}
