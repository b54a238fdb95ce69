#include "services/sns/filter.h"

#include "services/events/directory.h"

static void json_done(json_t **json)
{
        json_decref(*json);
}

void sns_filter_begin(struct call *call, const struct sns_content_record *content,
                      struct sns_message_filter *ret)
{
        *ret = (struct sns_message_filter){.call = call, .content = content};
}

void sns_filter_done(struct sns_message_filter *filter)
{
        json_decref(filter->attributes);
}

/* -- What is held against a policy */

static json_t *number_of(struct str text)
{
        int64_t integer;
        double real;

        if (str_to_i64(text, &integer) == 0)
                return json_integer(integer);
        return str_to_double(text, &real) == 0 ? json_real(real) : NULL;
}

/* "compares policy properties only to message attributes that have the following data types: String,
 * String.Array"; "Number is supported"; "ignores message attributes with the Binary data type". NULL: one of
 * these. Number.Array: https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html */
static json_t *value_of(const struct sns_message_attribute_value *value)
{
        if (str_starts(value->data_type, STR("Binary")))
                return NULL;
        if (str_starts(value->data_type, STR("String.Array")) ||
            str_eq(value->data_type, STR("Number.Array")))
                return json_loadb(value->string_value.ptr, value->string_value.len, 0, NULL);
        if (str_starts(value->data_type, STR("Number")))
                return number_of(value->string_value);
        return json_stringn(value->string_value.ptr, value->string_value.len);
}

static json_t *read_attributes(const struct sns_message_attribute_value_map *attributes)
{
        json_t *object = json_object();

        for (size_t i = 0; i < attributes->count; i++) {
                json_t *value = value_of(&attributes->items[i].value);

                if (value)
                        json_object_setn_new(object, attributes->items[i].key.ptr,
                                             attributes->items[i].key.len, value);
        }
        return object;
}

static int matches(struct call *call, struct str policy, const json_t *message, bool *ret)
{
        const struct event_pattern *pattern;
        int r;

        event_pattern_cache_begin(call->host->patterns);
        r = event_pattern_cache_get(call->host->patterns, policy, &pattern);
        *ret = r == 0 && event_pattern_matches(pattern, message);
        event_pattern_cache_end(call->host->patterns);
        return r == -EINVAL ? 0 : r; /* of an earlier build: nothing comes through */
}

int sns_filter_text(struct sns_message_filter *filter, struct str protocol, struct str *ret)
{
        if (!str_is_set(filter->text) || !str_eq(filter->protocol, protocol))
                TRY(sns_text_for(filter->call, filter->content, protocol, &filter->text));
        filter->protocol = protocol;
        *ret = filter->text;
        return 0;
}

/* A body that is no object fits no policy. */
static int body_matches(struct sns_message_filter *filter, struct str policy, struct str protocol, bool *ret)
{
        _cleanup_(json_done) json_t *body = NULL;
        struct str text;

        *ret = false;
        TRY(sns_filter_text(filter, protocol, &text));
        body = json_loadb(text.ptr, text.len, 0, NULL);
        return json_is_object(body) ? matches(filter->call, policy, body, ret) : 0;
}

int sns_filter_fits(struct sns_message_filter *filter, const struct sns_subscription_record *subscription,
                    bool *ret)
{
        struct str policy = sns_attribute(&subscription->attributes, STR("FilterPolicy"));

        *ret = true;
        if (!sns_is_filter(policy))
                return 0;
        if (sns_filters_body(subscription))
                return body_matches(filter, policy, subscription->protocol, ret);
        if (!filter->attributes)
                filter->attributes = read_attributes(&filter->content->attributes);
        return matches(filter->call, policy, filter->attributes, ret);
}
