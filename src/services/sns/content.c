#include "services/sns/content.h"

#include "base/text.h"

#include <jansson.h>

#define ATTRIBUTE_NAME_MAX 256
#define ID_MAX             128 /* of groups and deduplication */

static void json_done(json_t **json)
{
        json_decref(*json);
}

/* -- Subjects and messages */

/* "Subjects must be UTF-8 text with no line breaks or control characters, and less than 100 characters long."
 */
static int check_subject(struct call *call, struct str subject)
{
        bool is_valid = subject.len > 0 && utf8_length(subject) <= SNS_SUBJECT_MAX;

        if (!str_is_set(subject))
                return 0;
        for (size_t i = 0; i < subject.len; i++)
                is_valid &= (unsigned char)subject.ptr[i] >= ' ' && subject.ptr[i] != '\x7f';
        return is_valid ? 0 : sns_invalid(call, "Subject");
}

size_t sns_size_limit(const struct sns_topic_record *topic)
{
        int64_t limit;

        if (str_to_i64(sns_attribute(&topic->attributes, STR("MaximumMessageSize")), &limit) < 0)
                return SNS_SIZE;
        return (size_t)limit;
}

static struct str value_of(const struct sns_message_attribute_value *value)
{
        return str_is_set(value->binary_value) ? value->binary_value : value->string_value;
}

size_t sns_size_of(const struct sns_message *message)
{
        size_t size = message->text.len;

        for (size_t i = 0; i < message->attributes->count; i++)
                size += message->attributes->items[i].key.len +
                        message->attributes->items[i].value.data_type.len +
                        value_of(&message->attributes->items[i].value).len;
        return size;
}

/* "Duplicate keys are not allowed." "contain at least a top-level JSON key of "default" with a value that is
 * a string." */
static int check_structure(struct call *call, struct str text)
{
        _cleanup_(json_done) json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);

        if (!json_is_object(json))
                return sns_invalid(call, "Message Structure - JSON message body failed to parse");
        if (!json_is_string(json_object_get(json, "default")))
                return sns_invalid(call, "Message Structure - No default entry in JSON message body");
        return 0;
}

/* "Non-string values will cause the key to be ignored." */
int sns_text_for(struct call *call, const struct sns_content_record *content, struct str protocol,
                 struct str *ret)
{
        _cleanup_(json_done) json_t *json = NULL;
        const json_t *found;

        *ret = content->message;
        if (!content->is_json.value)
                return 0;
        json = json_loadb(content->message.ptr, content->message.len, 0, NULL);
        found = json_object_getn(json, protocol.ptr, protocol.len);
        if (!json_is_string(found))
                found = json_object_get(json, "default");
        if (!json_is_string(found))
                return -EBADMSG;
        *ret = arena_dup(&call->arena, str_make(json_string_value(found), json_string_length(found)));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

/* -- Attributes */

static int bad_attribute(struct call *call, struct str name, const char *what)
{
        return fail(call, &sns_invalid_parameter_value_exception, "The message attribute '%.*s' %s",
                    STR_ARG(name), what);
}

static bool is_name(struct str name)
{
        if (name.len == 0 || name.len > ATTRIBUTE_NAME_MAX || name.ptr[0] == '.' ||
            str_ends(name, STR(".")) || str_find(name, STR("..")) >= 0 ||
            str_starts_nocase(name, STR("AWS.")) || str_starts_nocase(name, STR("Amazon.")))
                return false;
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.'))
                        return false;
        }
        return true;
}

static bool is_kind(struct str type, struct str kind)
{
        return str_eq(type, kind) || (str_starts(type, kind) && type.len > kind.len + 1 &&
                                      type.ptr[kind.len] == '.' && type.len <= ATTRIBUTE_NAME_MAX);
}

static bool is_array(struct str text, bool is_of_numbers)
{
        _cleanup_(json_done) json_t *json = json_loadb(text.ptr, text.len, 0, NULL);
        bool is_flat = json_is_array(json);
        size_t i;
        json_t *one;

        json_array_foreach(json, i, one) is_flat &=
                is_of_numbers ? json_is_number(one) : !json_is_array(one) && !json_is_object(one);
        return is_flat;
}

static int check_value(struct call *call, struct str name, const struct sns_message_attribute_value *value)
{
        bool is_binary = is_kind(value->data_type, STR("Binary"));
        bool is_numbers = str_eq(value->data_type, STR("Number.Array"));
        double number;

        if (!is_binary && !is_kind(value->data_type, STR("String")) &&
            !is_kind(value->data_type, STR("Number")))
                return bad_attribute(call, name,
                                     "has an invalid message attribute type, the set of supported type "
                                     "prefixes is Binary, Number, and String.");
        if (str_is_set(is_binary ? value->string_value : value->binary_value) ||
            (is_binary ? value->binary_value : value->string_value).len == 0)
                return fail(call, &sns_invalid_parameter_value_exception,
                            "The message attribute '%.*s' must contain non-empty message attribute value "
                            "for message attribute type '%.*s'.",
                            STR_ARG(name), STR_ARG(value->data_type));
        if (is_numbers && !is_array(value->string_value, true))
                return bad_attribute(call, name,
                                     "has an invalid value for its type: it is no array of numbers.");
        if (!is_numbers && is_kind(value->data_type, STR("Number")) &&
            str_to_double(value->string_value, &number) < 0)
                return bad_attribute(call, name, "has an invalid value for its type: it is no number.");
        if (str_eq(value->data_type, STR("String.Array")) && !is_array(value->string_value, false))
                return bad_attribute(call, name,
                                     "has an invalid value for its type: it is no array of strings, "
                                     "numbers, true, false and null.");
        return 0;
}

static int check_attributes(struct call *call, const struct sns_message_attribute_value_map *attributes)
{
        for (size_t i = 0; i < attributes->count; i++) {
                if (!is_name(attributes->items[i].key))
                        return bad_attribute(call, attributes->items[i].key, "has an invalid name.");
                TRY(check_value(call, attributes->items[i].key, &attributes->items[i].value));
        }
        return 0;
}

/* -- FIFO topics */

static int check_id(struct call *call, struct str id, const char *parameter)
{
        bool is_valid = id.len > 0 && id.len <= ID_MAX;

        if (!str_is_set(id))
                return 0;
        for (size_t i = 0; i < id.len; i++)
                is_valid &= id.ptr[i] > ' ' && id.ptr[i] <= '~';
        return is_valid ? 0
                        : sns_invalid(call,
                                      "%s Reason: can only include alphanumeric and punctuation characters. "
                                      "1 to %d in length",
                                      parameter, ID_MAX);
}

static int check_fifo(struct call *call, const struct sns_topic_record *topic,
                      const struct sns_message *message)
{
        if (!str_is_set(message->group))
                return sns_invalid(call, "The MessageGroupId parameter is required for FIFO topics");
        if (!str_is_set(message->dedup_id) &&
            !str_eq(sns_attribute(&topic->attributes, STR("ContentBasedDeduplication")), STR("true")))
                return sns_invalid(call, "The topic should either have ContentBasedDeduplication enabled or "
                                         "MessageDeduplicationId provided explicitly");
        return 0;
}

int sns_check_message(struct call *call, const struct sns_topic_record *topic,
                      const struct sns_message *message)
{
        if (message->text.len == 0)
                return sns_invalid(call, "Empty message");
        if (sns_size_of(message) > sns_size_limit(topic))
                return sns_invalid(call, "Message too long");
        TRY(check_subject(call, message->subject));
        if (message->is_json)
                TRY(check_structure(call, message->text));
        TRY(check_attributes(call, message->attributes));
        TRY(check_id(call, message->group, "MessageGroupId"));
        TRY(check_id(call, message->dedup_id, "MessageDeduplicationId"));
        if (sns_is_fifo(topic))
                return check_fifo(call, topic, message);
        if (str_is_set(message->dedup_id))
                return sns_invalid(call, "MessageDeduplicationId Reason: The request includes "
                                         "MessageDeduplicationId parameter that is not valid for this topic "
                                         "type");
        return 0;
}
