/* GetLogRecord: an event by the @ptr of a query's row; GetLogGroupFields: what the newest events have in
 * them. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogRecord.html */
#include "crypto/seal.h"
#include "services/logs/query.h"
#include "services/logs/reader.h"

#define SAMPLED   1000
#define AROUND_MS (8 * INT64_C(60000)) /* "8 minutes before and 8 minutes after this time" */
#define BEFORE_MS (15 * INT64_C(60000))

/* Pointers can be made up: of groups of other accounts nothing is told, not even in a refusal. */
static int find_group(struct call *call, struct str text, struct query_pointer *pointer,
                      struct logs_log_group_record *ret)
{
        int r = query_pointer_read(&call->arena, text, pointer);

        *ret = (struct logs_log_group_record){.number = OPT_INT(pointer->group)};
        if (r == 0)
                r = call_get(call, &logs_log_group_record_type, ret);
        if (r == 0 && (!str_eq(ret->account, call->account) || !str_eq(ret->region, call->region)))
                return -ENOENT;
        return r == -EINVAL ? -ENOENT : r;
}

int logs_record_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct query_pointer pointer = {};
        struct logs_log_group_record group;
        struct str names[2] = {};
        int r = str_is_set(args[0]) ? find_group(call, args[0], &pointer, &group) : -ENOENT;

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                names[1] = logs_group_arn(call, &group);
        return logs_log_group_resource(call, names, ret);
}

static int no_record(struct call *call)
{
        return call_invalid(call, "The specified logRecordPointer is invalid.");
}

static int find_event(struct logs_keys *keys, const struct logs_block_record *block, int64_t sequence,
                      struct secret *clear, struct logs_event *ret)
{
        struct call *call = keys->call;
        const uint8_t *key;
        struct str events;
        bool is_there = true;

        TRY(logs_key(keys, block->data_key.value, &key));
        TRY(seal_open(key, record_name(&call->arena, &logs_block_record_type, block), block->body, clear));
        for (events = secret_str(clear); is_there;) {
                TRY(logs_block_next(&events, ret, &is_there));
                if (is_there && ret->place.sequence == sequence)
                        return ret->place.ms < logs_cutoff_ms(call, keys->group) ? -ENOENT : 0;
        }
        return -ENOENT;
}

static void add(struct str_map *map, struct str name, struct str value)
{
        map->items[map->count++] = (struct str_pair){name, value};
}

static int show(struct call *call, const struct logs_log_group_record *group, struct str stream,
                struct str pointer, const struct logs_event *event, struct str_map *ret)
{
        struct arena *arena = &call->arena;
        struct str_map fields;

        TRY(query_flatten(event->message, arena, &fields));
        *ret = (struct str_map){.items = arena_new_array(arena, struct str_pair, fields.count + 8),
                                .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        add(ret, STR("@ptr"), pointer);
        add(ret, STR("@timestamp"), arena_printf(arena, "%lld", (long long)event->place.ms));
        add(ret, STR("@ingestionTime"), arena_printf(arena, "%lld", (long long)event->came_ms));
        add(ret, STR("@message"), arena_dup(arena, event->message));
        add(ret, STR("@logStream"), stream);
        add(ret, STR("@log"),
            arena_printf(arena, "%.*s:%.*s", STR_ARG(group->account), STR_ARG(group->name)));
        for (size_t i = 0; i < fields.count; i++)
                add(ret, fields.items[i].key, fields.items[i].value);
        return 0;
}

static int get(struct call *call, const struct logs_log_group_record *group,
               const struct query_pointer *pointer, struct str text, struct str_map *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct logs_keys keys = {.call = call, .group = group};
        struct logs_log_stream_record stream = {};
        struct logs_block_record block = {.group = OPT_INT(pointer->group),
                                          .first = OPT_INT(pointer->first),
                                          .number = OPT_INT(pointer->number)};
        struct logs_event event = {};
        int r = call_get(call, &logs_block_record_type, &block);

        if (r == 0) {
                stream.number = block.stream;
                r = call_get(call, &logs_log_stream_record_type, &stream);
        }
        if (r == 0)
                r = find_event(&keys, &block, pointer->sequence, &clear, &event);
        logs_keys_done(&keys);
        if (r == -ENOENT)
                return fail(call, &logs_resource_not_found_exception,
                            "The specified log record does not exist.");
        TRY(r);
        return show(call, group, stream.name, text, &event, ret);
}

int logs_get_log_record(struct call *call, const struct logs_get_log_record_in *in,
                        struct logs_get_log_record_out *out)
{
        struct query_pointer pointer = {};
        struct logs_log_group_record group;
        int r;

        TRY(call_take_time(call));
        r = find_group(call, in->log_record_pointer, &pointer, &group);
        if (r == -ENOENT)
                return no_record(call);
        TRY(r);
        if (in->unmask.value)
                TRY(logs_check_unmask(call, &group));
        return get(call, &group, &pointer, in->log_record_pointer, &out->log_record);
}

/* -- GetLogGroupFields */

struct counted {
        struct logs_log_group_field *items;
        int64_t *counts;
        size_t count, room;
};

static int count_field(struct call *call, struct counted *counted, struct str name)
{
        (void)call;
        for (size_t i = 0; i < counted->count; i++)
                if (str_eq(counted->items[i].name, name)) {
                        counted->counts[i]++;
                        return 0;
                }
        if (counted->count == counted->room)
                return 0;
        counted->counts[counted->count] = 1;
        counted->items[counted->count++].name = name;
        return 0;
}

static int count_event(struct call *call, struct counted *counted, struct str message)
{
        static const char *const SYSTEM[] = {"@ingestionTime", "@log", "@logStream", "@message",
                                             "@timestamp"};
        struct arena arena;
        struct str_map fields;
        int r;

        for (size_t i = 0; i < ARRAY_LEN(SYSTEM); i++)
                TRY(count_field(call, counted, str_of(SYSTEM[i])));
        arena_init(&arena, (size_t)8 * 1024 * 1024);
        r = query_flatten(message, &arena, &fields);
        for (size_t i = 0; r == 0 && i < fields.count; i++)
                r = count_field(call, counted, arena_dup(&call->arena, fields.items[i].key));
        arena_done(&arena);
        return r == -ENOMEM ? 0 : r; /* one that is too large is passed over */
}

static int show_fields(struct call *call, const struct logs_selection *selection,
                       struct logs_log_group_field_list *ret)
{
        struct counted counted = {.room = QUERY_FIELDS_MAX};

        counted.items = arena_new_array(&call->arena, struct logs_log_group_field, counted.room);
        counted.counts = arena_new_array(&call->arena, int64_t, counted.room);
        if (!counted.items || !counted.counts)
                return -ENOMEM;
        for (size_t i = 0; i < selection->count; i++)
                TRY(count_event(call, &counted, selection->chosen[i].event.message));
        for (size_t i = 0; i < counted.count; i++)
                counted.items[i].percent = OPT_INT(counted.counts[i] * 100 / (int64_t)selection->count);
        *ret = (struct logs_log_group_field_list){
                .items = counted.items, .count = counted.count, .is_set = true};
        return 0;
}

int logs_get_log_group_fields(struct call *call, const struct logs_get_log_group_fields_in *in,
                              struct logs_get_log_group_fields_out *out)
{
        _cleanup_(logs_selection_done) struct logs_selection selection = {};
        struct logs_log_group_record group;
        int64_t time = in->time.is_set ? in->time.value < INT64_C(100000000000) ? in->time.value * 1000
                                                                                : in->time.value
                                       : 0;
        struct logs_reader reader = {.call = call, .group = &group, .selection = &selection};

        TRY(call_take_time(call));
        TRY(logs_need_either(call, in->log_group_name, in->log_group_identifier, &group));
        if (str_eq(group.class, LOGS_DELIVERY))
                return logs_refuse_class(call, &group, &logs_invalid_parameter_exception);
        reader.from = (struct logs_place){time ? time - AROUND_MS : call->now_ms - BEFORE_MS, INT64_MIN};
        reader.to = (struct logs_place){time ? time + AROUND_MS : call->now_ms + BEFORE_MS, INT64_MIN};
        logs_selection_init(&selection, SAMPLED, true);
        TRY(logs_read_events(&reader));
        return show_fields(call, &selection, &out->log_group_fields);
}
