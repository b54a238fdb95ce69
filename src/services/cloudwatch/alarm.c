/* Alarms by name and number; DeleteAlarms, EnableAlarmActions, DisableAlarmActions.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html */
#include "services/cloudwatch/alarm.h"

#include "services/cloudwatch/composite.h"

bool cloudwatch_is_composite(const struct cloudwatch_alarm_record *alarm)
{
        return str_eq(alarm->kind, CLOUDWATCH_COMPOSITE_ALARM);
}

int cloudwatch_find_alarm(struct call *call, struct str name, struct cloudwatch_alarm_record *ret)
{
        *ret = (struct cloudwatch_alarm_record){
                .account = call->account, .region = call->region, .name = name};
        return record_find(call->txn, &call->arena, &cloudwatch_alarm_record_type, cloudwatch_alarm_by_name,
                           ret);
}

int cloudwatch_get_alarm(struct call *call, int64_t number, struct cloudwatch_alarm_record *ret)
{
        *ret = (struct cloudwatch_alarm_record){.number = OPT_INT(number)};
        return call_get(call, &cloudwatch_alarm_record_type, ret);
}

int cloudwatch_read_alarm_arn(struct call *call, struct str arn, struct str *ret_name)
{
        struct str before = cloudwatch_arn(call, "alarm:", STR(""));

        if (!str_starts(arn, before) || arn.len == before.len)
                return -EINVAL;
        *ret_name = str_from(arn, before.len);
        return 0;
}

int cloudwatch_find_alarm_by(struct call *call, struct str name_or_arn, struct cloudwatch_alarm_record *ret)
{
        struct str name = name_or_arn;

        if (str_starts(name_or_arn, STR("arn:")) && cloudwatch_read_alarm_arn(call, name_or_arn, &name) < 0)
                return -ENOENT;
        return cloudwatch_find_alarm(call, name, ret);
}

struct str cloudwatch_alarm_arn(struct call *call, const struct cloudwatch_alarm_record *alarm)
{
        return cloudwatch_arn(call, "alarm:", alarm->name);
}

struct str cloudwatch_alarm_subject(struct call *call, int64_t number)
{
        return arena_printf(&call->arena, "%lld", (long long)number);
}

int cloudwatch_read_subject(struct str subject, int64_t *ret_number)
{
        return str_to_i64(subject, ret_number);
}

int cloudwatch_next_number(struct call *call, struct str of, int64_t *ret)
{
        struct cloudwatch_alarm_sequence_record sequence = {.of = of};
        int r = call_get(call, &cloudwatch_alarm_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = r == 0 ? sequence.last.value + 1 : 1;
        sequence.last = OPT_INT(*ret);
        return call_put(call, &cloudwatch_alarm_sequence_record_type, &sequence);
}

/* -- Deletion */

/* Those of the names that are there. */
struct found {
        struct cloudwatch_alarm_record *items;
        size_t count;
};

static bool has(const struct found *found, int64_t number)
{
        for (size_t i = 0; i < found->count; i++)
                if (found->items[i].number.value == number)
                        return true;
        return false;
}

static int find_all(struct call *call, const struct str_list *names, struct found *ret)
{
        *ret = (struct found){
                .items = arena_new_array(&call->arena, struct cloudwatch_alarm_record, names->count + 1)};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < names->count; i++) {
                struct cloudwatch_alarm_record alarm;
                int r = cloudwatch_find_alarm(call, names->items[i], &alarm);

                if (r < 0 && r != -ENOENT)
                        return r;
                if (r == 0 && !has(ret, alarm.number.value))
                        ret->items[ret->count++] = alarm;
        }
        return 0;
}

/* "This total can include no more than one composite alarm." */
static int check_kinds(struct call *call, const struct found *found)
{
        size_t composites = 0;

        for (size_t i = 0; i < found->count; i++)
                composites += cloudwatch_is_composite(&found->items[i]);
        return composites > 1 ? call_invalid(call, "Only one composite alarm can be deleted per request.")
                              : 0;
}

/* A composite alarm that goes in the same request is in nobody's way. */
static int check_parents(struct call *call, const struct found *found)
{
        struct str told = STR_NONE;
        size_t count = 0;

        for (size_t i = 0; i < found->count; i++) {
                struct cloudwatch_parents parents;

                TRY(cloudwatch_find_parents(call, found->items[i].number.value, &parents));
                for (size_t k = 0; k < parents.count; k++) {
                        if (has(found, parents.items[k].parent.value))
                                continue;
                        told = count++ == 0 ? found->items[i].name
                                            : arena_printf(&call->arena, "%.*s,%.*s", STR_ARG(told),
                                                           STR_ARG(found->items[i].name));
                        break;
                }
        }
        if (count == 0)
                return 0;
        return call_invalid(call, "Cannot delete %.*s as there are composite alarm(s) depending on %s.",
                            STR_ARG(told), count == 1 ? "it" : "them");
}

static int count_down(struct call *call)
{
        struct cloudwatch_alarm_count_record count = {.account = call->account, .region = call->region};

        TRY(call_get(call, &cloudwatch_alarm_count_record_type, &count));
        count.count = OPT_INT(count.count.value - 1);
        return call_put(call, &cloudwatch_alarm_count_record_type, &count);
}

static int delete (struct call *call, const struct cloudwatch_alarm_record *alarm)
{
        TRY(cloudwatch_log_configuration(call, STR("deleted"), alarm));
        TRY(cloudwatch_tell_configuration(call, STR("delete"), NULL, alarm));
        TRY(cloudwatch_unwatch(call, alarm->number.value));
        TRY(cloudwatch_drop_turn(call, alarm->number.value));
        TRY(cloudwatch_drop_children(call, alarm->number.value));
        TRY(count_down(call));
        return call_delete(call, &cloudwatch_alarm_record_type, alarm);
}

int cloudwatch_delete_alarms(struct call *call, const struct cloudwatch_delete_alarms_in *in,
                             struct cloudwatch_delete_alarms_out *out)
{
        struct found found;

        (void)out;
        TRY(find_all(call, &in->alarm_names, &found));
        if (found.count == 0 && in->alarm_names.count > 0)
                return fail(call, &cloudwatch_resource_not_found, "Alarm with name %.*s was not found.",
                            STR_ARG(in->alarm_names.items[0]));
        TRY(check_kinds(call, &found));
        TRY(check_parents(call, &found));
        for (size_t i = 0; i < found.count; i++)
                TRY(delete (call, &found.items[i]));
        return 0;
}

/* -- Actions on and off */

static int switch_actions(struct call *call, const struct str_list *names, bool enabled)
{
        struct found found;

        TRY(find_all(call, names, &found));
        for (size_t i = 0; i < found.count; i++) {
                const struct cloudwatch_alarm_record before = found.items[i];
                struct cloudwatch_alarm_record *alarm = &found.items[i];

                if (before.actions_enabled.value == enabled)
                        continue;
                alarm->actions_enabled = OPT_BOOL(enabled);
                alarm->configured = OPT_INT(call->now_ms);
                TRY(call_put(call, &cloudwatch_alarm_record_type, alarm));
                TRY(cloudwatch_log_configuration(call, STR("updated"), alarm));
                TRY(cloudwatch_tell_configuration(call, STR("update"), &before, alarm));
        }
        return 0;
}

int cloudwatch_enable_alarm_actions(struct call *call, const struct cloudwatch_enable_alarm_actions_in *in,
                                    struct cloudwatch_enable_alarm_actions_out *out)
{
        (void)out;
        return switch_actions(call, &in->alarm_names, true);
}

int cloudwatch_disable_alarm_actions(struct call *call, const struct cloudwatch_disable_alarm_actions_in *in,
                                     struct cloudwatch_disable_alarm_actions_out *out)
{
        (void)out;
        return switch_actions(call, &in->alarm_names, false);
}
