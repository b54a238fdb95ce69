/* CreateArchive, UpdateArchive, DeleteArchive, DescribeArchive.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html */
#include "services/events/archive.h"
#include "services/events/event.h"

#include <stdlib.h>

#define ARCHIVE STR("archive/")
#define ENABLED STR("ENABLED")

struct str events_archive_arn(struct arena *arena, const struct host *host,
                              const struct events_archive_record *archive)
{
        return arena_printf(arena, "arn:%.*s:events:%.*s:%.*s:archive/%.*s", STR_ARG(host->partition),
                            STR_ARG(archive->region), STR_ARG(archive->account), STR_ARG(archive->name));
}

bool events_archive_parse(struct str arn, struct events_archive_record *ret)
{
        struct str name = events_arn_part(arn, 6);

        if (!str_eq(events_arn_part(arn, 3), STR("events")) || !str_starts(name, ARCHIVE) ||
            name.len == ARCHIVE.len)
                return false;
        *ret = (struct events_archive_record){
                .account = events_arn_part(arn, 5),
                .region = events_arn_part(arn, 4),
                .name = str_from(name, ARCHIVE.len),
        };
        return true;
}

int events_need_archive(struct call *call, struct str name, struct events_archive_record *ret)
{
        int r;

        *ret = (struct events_archive_record){.account = call->account, .region = call->region, .name = name};
        r = call_get(call, &events_archive_record_type, ret);
        return r == -ENOENT ? fail(call, &events_resource_not_found_exception, "Archive %.*s does not exist.",
                                   STR_ARG(name))
                            : r;
}

/* -- What it is of */

static int find_source(struct call *call, struct str arn, struct events_bus *ret)
{
        struct events_bus_record record;

        if (!events_bus_parse(arn, ret))
                return call_invalid(call,
                                    "Parameter EventSourceArn is not valid. Reason: it is not the ARN of an "
                                    "event bus.");
        if (!str_eq(ret->account, call->account) || !str_eq(ret->region, call->region))
                return call_invalid(call,
                                    "Parameter EventSourceArn is not valid. Reason: the event bus is of "
                                    "another account or Region.");
        return events_need_bus(call, ret, &record);
}

/* Rather than take it and not do it. */
static int refuse_key(struct call *call, struct str key)
{
        return key.len ? call_invalid(call,
                                      "Customer managed keys of archives are not supported by this server.")
                       : 0;
}

static void text_done(char **text)
{
        free(*text);
}

/* With what keeps replayed events out. */
static int make_pattern(struct call *call, struct str given, struct str *ret)
{
        _cleanup_(events_json_done) json_t *pattern =
                given.len ? json_loadb(given.ptr, given.len, 0, NULL) : json_object();
        _cleanup_(text_done) char *text = NULL;

        json_object_set_new(pattern, "replay-name", json_pack("[{s:b}]", "exists", 0));
        text = json_dumps(pattern, JSON_COMPACT);
        if (!text)
                return -ENOMEM;
        *ret = arena_dup(&call->arena, str_of(text));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

static struct str rule_name(struct call *call, const struct events_archive_record *archive)
{
        return arena_printf(&call->arena, "Events-Archive-%.*s", STR_ARG(archive->name));
}

static int manage(struct call *call, const struct events_archive_record *archive)
{
        struct events_bus bus = events_bus_named(call, archive->bus);
        struct str pattern;

        TRY(make_pattern(call, archive->pattern, &pattern));
        return events_manage_rule(call, &bus, rule_name(call, archive), pattern,
                                  events_archive_arn(&call->arena, call->host, archive));
}

/* -- The operations */

int events_create_archive(struct call *call, const struct events_create_archive_in *in,
                          struct events_create_archive_out *out)
{
        struct events_archive_record archive = {
                .account = call->account,
                .region = call->region,
                .name = in->archive_name,
                .number = {.is_set = true},
                .bus = in->event_source_arn,
                .description = in->description,
                .pattern = in->event_pattern.len ? in->event_pattern : STR_NONE,
                .retention_days = OPT_INT(in->retention_days.value),
                .created = OPT_INT(call->now_ms),
        };
        struct events_bus bus;
        int r;

        TRY(find_source(call, in->event_source_arn, &bus));
        TRY(refuse_key(call, in->kms_key_identifier));
        TRY(events_next_number(call->txn, &call->arena, &archive.number.value));
        r = call_insert(call, &events_archive_record_type, &archive);
        if (r == -EEXIST)
                return fail(call, &events_resource_already_exists_exception, "Archive %.*s already exists.",
                            STR_ARG(in->archive_name));
        TRY(r);
        if (in->event_pattern.len)
                TRY(events_check_pattern(call, in->event_pattern));
        TRY(manage(call, &archive));
        out->archive_arn = events_archive_arn(&call->arena, call->host, &archive);
        out->state = ENABLED;
        out->creation_time = archive.created;
        return 0;
}

/* What is not given stays. */
int events_update_archive(struct call *call, const struct events_update_archive_in *in,
                          struct events_update_archive_out *out)
{
        struct events_archive_record archive;

        TRY(events_need_archive(call, in->archive_name, &archive));
        TRY(refuse_key(call, in->kms_key_identifier));
        if (str_is_set(in->description))
                archive.description = in->description;
        if (str_is_set(in->event_pattern))
                archive.pattern = in->event_pattern.len ? in->event_pattern : STR_NONE;
        if (in->retention_days.is_set)
                archive.retention_days = in->retention_days;
        if (in->event_pattern.len)
                TRY(events_check_pattern(call, in->event_pattern));
        TRY(call_put(call, &events_archive_record_type, &archive));
        TRY(manage(call, &archive));
        TRY(events_archive_review(call, archive.number.value));
        out->archive_arn = events_archive_arn(&call->arena, call->host, &archive);
        out->state = ENABLED;
        out->creation_time = archive.created;
        return 0;
}

int events_delete_archive(struct call *call, const struct events_delete_archive_in *in,
                          struct events_delete_archive_out *out)
{
        struct events_archive_record archive;
        struct events_bus bus;

        (void)out;
        TRY(events_need_archive(call, in->archive_name, &archive));
        bus = events_bus_named(call, archive.bus);
        TRY(events_drop_managed_rule(call, &bus, rule_name(call, &archive)));
        TRY(call_delete(call, &events_archive_record_type, &archive));
        return events_archive_review(call, archive.number.value);
}

int events_describe_archive(struct call *call, const struct events_describe_archive_in *in,
                            struct events_describe_archive_out *out)
{
        struct events_archive_record archive;
        struct events_archive_state_record state;

        TRY(events_need_archive(call, in->archive_name, &archive));
        TRY(events_archive_state(call, archive.number.value, &state));
        *out = (struct events_describe_archive_out){
                .archive_arn = events_archive_arn(&call->arena, call->host, &archive),
                .archive_name = archive.name,
                .event_source_arn = archive.bus,
                .description = archive.description,
                .event_pattern = archive.pattern,
                .state = ENABLED,
                .retention_days = archive.retention_days,
                .size_bytes = OPT_INT(state.bytes.value),
                .event_count = OPT_INT(state.events.value),
                .creation_time = archive.created,
        };
        return 0;
}
