/* Queries that are kept to be run again.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html */
#include "base/ids.h"
#include "services/logs/query.h"
#include "services/marker.h"

#define PAGE            100
#define DEFINITIONS_MAX 1000 /* "Up to 1000 query definitions per Region, per account" */

static int find(struct call *call, struct str id, struct logs_query_definition_record *ret)
{
        int r;

        *ret = (struct logs_query_definition_record){
                .account = call->account, .region = call->region, .id = id};
        r = call_get(call, &logs_query_definition_record_type, ret);
        return r == -ENOENT ? fail(call, &logs_resource_not_found_exception,
                                   "The specified query definition does not exist.")
                            : r;
}

/* One that the same token has made, or -ENOENT; *ret_count: how many there are. */
static int look(struct call *call, struct str token, struct str *ret_id, size_t *ret_count)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_query_definition_record like = {.account = call->account, .region = call->region};
        struct logs_query_definition_record definition = {};
        int r;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_query_definition_record_type, NULL, &like,
                              2, STR_NONE));
        while ((r = record_scan_next(&scan, &definition)) == 0) {
                (*ret_count)++;
                if (str_is_set(token) && str_eq(definition.token, token)) {
                        *ret_id = definition.id;
                        return 0;
                }
                definition = (struct logs_query_definition_record){};
        }
        return r;
}

static int make(struct call *call, const struct logs_put_query_definition_in *in,
                struct logs_query_definition_record *definition, bool *ret_is_there)
{
        size_t count;
        int r = look(call, in->client_token, &definition->id, &count);

        *ret_is_there = r == 0;
        if (r != -ENOENT)
                return r;
        if (count >= DEFINITIONS_MAX)
                return fail(call, &logs_limit_exceeded_exception, "Resource limit exceeded.");
        definition->account = call->account;
        definition->region = call->region;
        definition->id = id_uuid(&call->arena);
        definition->token = in->client_token;
        return 0;
}

int logs_put_query_definition(struct call *call, const struct logs_put_query_definition_in *in,
                              struct logs_put_query_definition_out *out)
{
        struct logs_query_definition_record definition = {};
        bool is_there = false;

        if (str_is_set(in->query_language) && !str_eq(in->query_language, STR("CWLI")))
                return call_invalid(call, "The query language %.*s is not supported.",
                                    STR_ARG(in->query_language));
        if (str_is_set(in->query_definition_id))
                TRY(find(call, in->query_definition_id, &definition));
        else
                TRY(make(call, in, &definition, &is_there));
        out->query_definition_id = definition.id;
        if (is_there)
                return 0;
        definition.name = in->name;
        definition.text = in->query_string;
        definition.groups = in->log_group_names;
        definition.parameters = in->parameters;
        definition.modified = OPT_INT(call->now_ms);
        return call_put(call, &logs_query_definition_record_type, &definition);
}

int logs_delete_query_definition(struct call *call, const struct logs_delete_query_definition_in *in,
                                 struct logs_delete_query_definition_out *out)
{
        struct logs_query_definition_record definition;

        TRY(find(call, in->query_definition_id, &definition));
        out->success = OPT_BOOL(true);
        return call_delete(call, &logs_query_definition_record_type, &definition);
}

static struct logs_query_definition show(const struct logs_query_definition_record *definition)
{
        return (struct logs_query_definition){
                .query_language = STR("CWLI"),
                .query_definition_id = definition->id,
                .name = definition->name,
                .query_string = definition->text,
                .last_modified = definition->modified,
                .log_group_names = definition->groups,
                .parameters = definition->parameters,
        };
}

int logs_describe_query_definitions(struct call *call, const struct logs_describe_query_definitions_in *in,
                                    struct logs_describe_query_definitions_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_query_definition_record like = {.account = call->account, .region = call->region};
        size_t limit = in->max_results.is_set ? (size_t)in->max_results.value : PAGE;
        struct logs_query_definition_record definition = {};
        struct str after, place = STR_NONE, prefix = in->query_definition_name_prefix;
        int r;

        TRY(logs_read_token(call, STR("query definitions"), in->next_token, &after));
        out->query_definitions.is_set = true;
        out->query_definitions.items = arena_new_array(&call->arena, struct logs_query_definition, limit + 1);
        if (!out->query_definitions.items)
                return -ENOMEM;
        if (str_is_set(in->query_language) && !str_eq(in->query_language, STR("CWLI")))
                return 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_query_definition_record_type,
                              logs_query_definition_by_query_name, &like, 2, after));
        while ((r = record_scan_next(&scan, &definition)) == 0) {
                if (!str_is_set(prefix) || str_starts(definition.name, prefix)) {
                        if (out->query_definitions.count == limit)
                                return marker_make(call, STR("query definitions"), place, &out->next_token);
                        out->query_definitions.items[out->query_definitions.count++] = show(&definition);
                }
                place = record_scan_token(&scan, &call->arena);
                definition = (struct logs_query_definition_record){};
        }
        return r == -ENOENT ? 0 : r;
}
