/* ListLogGroups.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html */
#include "services/logs/logs.h"
#include "services/marker.h"

#define PAGE      50
#define LOOKED_AT 5000 /* groups in one call; then the page is what it is */

/* "^/aws/lambda|discovery": beginnings and parts of names, any of them. */
static bool fits_pattern(struct str name, struct str pattern)
{
        struct str part;

        if (!str_is_set(pattern))
                return true;
        while (pattern.len) {
                (void)str_cut(&pattern, '|', &part);
                if (str_starts(part, STR("^")) ? str_starts(name, str_from(part, 1))
                                               : str_find(name, part) >= 0)
                        return true;
        }
        return false;
}

static bool has_tag(const struct logs_log_group_record *group, const struct logs_tag_filter *filter)
{
        for (size_t i = 0; i < group->tags.count; i++) {
                if (!str_eq(group->tags.items[i].key, filter->key))
                        continue;
                for (size_t k = 0; k < filter->values.count; k++)
                        if (str_eq(group->tags.items[i].value, filter->values.items[k]))
                                return true;
                return filter->values.count == 0;
        }
        return false;
}

static bool is_wanted(const struct logs_list_log_groups_in *in, const struct logs_log_group_record *group)
{
        for (size_t i = 0; i < in->log_group_tags.count; i++)
                if (!has_tag(group, &in->log_group_tags.items[i]))
                        return false;
        return fits_pattern(group->name, in->log_group_name_pattern) &&
               (!str_is_set(in->log_group_class) || str_eq(in->log_group_class, group->class));
}

/* No account is linked to another, no group has a field index, and none comes of a data source. */
static bool asks_for_none(const struct call *call, const struct logs_list_log_groups_in *in)
{
        if (in->data_sources.count > 0 || in->field_index_names.count > 0)
                return true;
        if (!in->include_linked_accounts.value || in->account_identifiers.count == 0)
                return false;
        for (size_t i = 0; i < in->account_identifiers.count; i++)
                if (str_eq(in->account_identifiers.items[i], call->account))
                        return false;
        return true;
}

static int list(struct call *call, const struct logs_list_log_groups_in *in, size_t limit,
                struct logs_list_log_groups_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_log_group_record like = {.account = call->account, .region = call->region};
        struct logs_log_group_record group = {};
        struct str after, place = STR_NONE;
        int r;

        TRY(logs_read_token(call, STR("group-summaries"), in->next_token, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_log_group_record_type,
                              logs_log_group_by_name, &like, 2, after));
        for (size_t seen = 0; (r = record_scan_next(&scan, &group)) == 0; seen++) {
                if (out->log_groups.count == limit || seen == LOOKED_AT)
                        return marker_make(call, STR("group-summaries"), place, &out->next_token);
                place = record_scan_token(&scan, &call->arena);
                if (is_wanted(in, &group))
                        out->log_groups.items[out->log_groups.count++] = (struct logs_log_group_summary){
                                .log_group_name = group.name,
                                .log_group_arn = logs_group_arn(call, &group),
                                .log_group_class = group.class,
                        };
                group = (struct logs_log_group_record){};
        }
        return r == -ENOENT ? 0 : r;
}

int logs_list_log_groups(struct call *call, const struct logs_list_log_groups_in *in,
                         struct logs_list_log_groups_out *out)
{
        size_t limit = in->limit.is_set ? (size_t)in->limit.value : PAGE;

        out->log_groups.is_set = true;
        out->log_groups.items = arena_new_array(&call->arena, struct logs_log_group_summary, limit + 1);
        if (!out->log_groups.items)
                return -ENOMEM;
        return asks_for_none(call, in) ? 0 : list(call, in, limit, out);
}
