/* https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html */
#include "services/events/event.h"
#include "services/events/rule_keys.h"

#include <stdlib.h>

static int give(struct call *call, const struct str *values, size_t count, struct policy_key *ret)
{
        struct str *copies = arena_new_array(&call->arena, struct str, count);

        if (!copies)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                copies[i] = arena_dup(&call->arena, values[i]);
        ret->values = copies;
        ret->count = count;
        return 1;
}

/* Who made the rule, or makes it now. */
static int creator(struct call *call, const struct resource *resource, struct policy_key *ret)
{
        const struct events_rule_record *rule = resource->of;
        struct str account = str_is_set(rule->created_by) ? rule->created_by : call->account;

        return give(call, &account, 1, ret);
}

static int target_arns(struct call *call, struct policy_key *ret)
{
        const struct events_put_targets_in *in = call->in;
        struct str *arns;

        if (!str_eq(call->operation->name, STR("PutTargets")))
                return 0;
        arns = arena_new_array(&call->arena, struct str, in->targets.count);
        if (!arns)
                return -ENOMEM;
        for (size_t i = 0; i < in->targets.count; i++)
                arns[i] = in->targets.items[i].arn;
        return give(call, arns, in->targets.count, ret);
}

/* -- Of the pattern: what a field may be, word for word. Any other filter, and "$or", which might let it be
 * anything, is given as its JSON, so that no word equals it. */

static int add_value(struct call *call, const json_t *value, struct str *ret)
{
        char *text;

        if (json_is_string(value)) {
                *ret = str_make(json_string_value(value), json_string_length(value));
                return 0;
        }
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!text)
                return -ENOMEM;
        *ret = arena_dup(&call->arena, str_of(text));
        free(text);
        return 0;
}

static int add_values(struct call *call, const json_t *field, const json_t *choice, struct policy_key *ret)
{
        size_t count = json_array_size(field), more = choice ? 1 : 0;
        struct str *values = arena_new_array(&call->arena, struct str, count + 1);

        if (!values)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                TRY(add_value(call, json_array_get(field, i), &values[i]));
        if (choice)
                TRY(add_value(call, choice, &values[count]));
        return count + more > 0 ? give(call, values, count + more, ret) : 0;
}

static int of_pattern(struct call *call, struct str path, struct policy_key *ret)
{
        const struct events_put_rule_in *in = call->in;
        _cleanup_(events_json_done) json_t *pattern = NULL;
        const json_t *at, *choice = NULL;

        if (!str_eq(call->operation->name, STR("PutRule")) || !str_is_set(in->event_pattern))
                return 0;
        pattern = json_loadb(in->event_pattern.ptr, in->event_pattern.len, 0, NULL);
        at = pattern;
        for (struct str rest = path, piece; str_cut(&rest, '.', &piece);) {
                const json_t * or = json_object_get(at, "$or");

                choice = or ? or : choice;
                at = json_object_getn(at, piece.ptr, piece.len);
        }
        return add_values(call, at, choice, ret);
}

int events_find_rule_key(struct call *call, const struct resource *resource, struct str name,
                         struct policy_key *ret)
{
        static const struct str OF_PATTERN[] = {
                STR_INIT("source"),
                STR_INIT("detail-type"),
                STR_INIT("detail.service"),
                STR_INIT("detail.eventTypeCode"),
                STR_INIT("detail.userIdentity.principalId"),
        };

        if (!str_starts_nocase(name, STR("events:")))
                return 0;
        ret->name = name;
        name = str_from(name, strlen("events:"));
        if (str_eq_nocase(name, STR("creatorAccount")))
                return creator(call, resource, ret);
        if (str_eq_nocase(name, STR("TargetArn")))
                return target_arns(call, ret);
        for (size_t i = 0; i < ARRAY_LEN(OF_PATTERN); i++)
                if (str_eq_nocase(name, OF_PATTERN[i]))
                        return of_pattern(call, OF_PATTERN[i], ret);
        return 0;
}
