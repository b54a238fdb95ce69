#include "services/events/route.h"

#include "base/log.h"
#include "events/timers.h"
#include "services/events/archive.h"
#include "services/events/event.h"
#include "services/events/input.h"
#include "services/events/json_path.h"
#include "services/events/listener.h"
#include "services/events/pattern_cache.h"

#define RETRIES_USUAL 185
#define AGE_USUAL_S   86400
/* Of one listener, or of the targets of one rule and their inputs: given back before the next, so that what
 * one event takes does not grow with its rules. */
#define SCRATCH_MEMORY ((size_t)16 * 1024 * 1024)
/* Of this thread, for all rules together. A list of hundreds of values against an array of as many thousands,
 * times the rules of a bus, would be many minutes, in which nobody else writes. */
#define MATCHING_NS INT64_C(250000000)

/* -- Deliveries */

/* As the target is now: what becomes of it later changes nothing for this event. */
static void fill_delivery(const struct events_bus *bus, const struct events_target_record *record,
                          struct events_delivery_record *ret)
{
        const struct events_target *target = record->target;
        const struct events_retry_policy *retry = target->retry_policy;

        ret->account = bus->account;
        ret->region = bus->region;
        ret->target_id = record->id;
        ret->target_arn = record->arn;
        ret->role_arn = target->role_arn;
        ret->group = target->sqs_parameters ? target->sqs_parameters->message_group_id : STR_NONE;
        ret->dead_letter = target->dead_letter_config ? target->dead_letter_config->arn : STR_NONE;
        ret->retries = retry && retry->maximum_retry_attempts.is_set ? retry->maximum_retry_attempts
                                                                     : OPT_INT(RETRIES_USUAL);
        ret->age_s = retry && retry->maximum_event_age_in_seconds.is_set ? retry->maximum_event_age_in_seconds
                                                                         : OPT_INT(AGE_USUAL_S);
}

/* "The entire value must be a JSON path": of a string in the event. Where there is none, it stands for
 * itself. */
static int fill_group(const struct events_desk *desk, const json_t *event,
                      struct events_delivery_record *delivery)
{
        _cleanup_(events_json_done) json_t *value = NULL;

        if (!str_starts(delivery->group, STR("$.")) || !json_path_is_valid(delivery->group))
                return 0;
        value = json_path_find(event, delivery->group);
        if (!json_is_string(value))
                return 0;
        delivery->group =
                arena_dup(desk->arena, str_make(json_string_value(value), json_string_length(value)));
        return str_is_set(delivery->group) ? 0 : -ENOMEM;
}

/* One that is too long for any target is refused when it is delivered, where that is told. */
static int fill_payload(const struct events_desk *desk, const struct events_target *target,
                        const struct events_input *input, struct events_delivery_record *delivery)
{
        int r = events_target_input(desk->arena, target, input, &delivery->payload);

        if (r != -EMSGSIZE)
                return r;
        delivery->error_code = STR("INVALID_PARAMETER");
        delivery->error_message = STR("The input of the target is too long.");
        return 0;
}

static int keep_delivery(const struct events_desk *desk, struct events_delivery_record *delivery)
{
        struct timer timer = {.due_ms = desk->now_ms, .name = STR("events.Deliver")};

        delivery->number.is_set = true;
        TRY(events_next_number(desk->txn, desk->arena, &delivery->number.value));
        timer.subject = events_delivery_subject(desk->arena, delivery);
        if (desk->arena->failed)
                return -ENOMEM;
        TRY(timer_set(desk->txn, &timer));
        return record_put(desk->txn, &events_delivery_record_type, delivery);
}

static int deliver(const struct events_desk *desk, const struct events_bus *bus,
                   const struct events_target_record *target, struct events_item *item)
{
        const struct events_input input = {
                .event = item->json,
                .rule_arn = events_rule_arn(desk->arena, bus, target->rule),
                .rule_name = target->rule,
                .taken_ms = desk->now_ms,
        };
        struct events_delivery_record delivery = {.rule_arn = input.rule_arn};

        fill_delivery(bus, target, &delivery);
        TRY(fill_group(desk, item->json, &delivery));
        TRY(fill_payload(desk, target->target, &input, &delivery));
        if (item->number == 0)
                TRY(events_next_number(desk->txn, desk->arena, &item->number));
        delivery.event = OPT_INT(item->number);
        item->left++;
        return keep_delivery(desk, &delivery);
}

int events_item_keep(const struct events_desk *desk, const struct events_item *item)
{
        const struct events_event_record event = {
                .number = OPT_INT(item->number),
                .event = item->text,
                .taken = OPT_INT(desk->now_ms),
                .is_read = OPT_BOOL(item->is_read),
                .is_forwarded = OPT_BOOL(item->is_forwarded),
                .left = OPT_INT(item->left),
        };

        return item->left > 0 ? record_put(desk->txn, &events_event_record_type, &event) : 0;
}

static int gather_targets(const struct events_desk *desk, const struct events_bus *bus, struct str rule,
                          struct events_target_record ret[EVENTS_TARGETS], size_t *ret_count)
{
        const struct events_target_record like = {.bus = bus->arn, .rule = rule};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, desk->txn, desk->arena, &events_target_record_type, NULL, &like, 2,
                              STR_NONE));
        while (*ret_count < EVENTS_TARGETS && (r = record_scan_next(&scan, &ret[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

static int hand_on(const struct events_desk *desk, const struct events_bus *bus,
                   const struct events_target_record *target, struct events_item *item)
{
        struct events_archive_record archive;

        return events_archive_parse(target->arn, &archive) ? events_archive_keep(desk, &archive, item)
                                                           : deliver(desk, bus, target, item);
}

int events_send(const struct events_desk *desk, const struct events_bus *bus, struct str rule,
                struct events_item *item)
{
        struct events_target_record targets[EVENTS_TARGETS] = {};
        _cleanup_(arena_done) struct arena scratch = {};
        struct events_desk own = *desk;
        size_t count;

        arena_init(&scratch, SCRATCH_MEMORY);
        own.arena = &scratch;
        TRY(gather_targets(&own, bus, rule, targets, &count));
        for (size_t i = 0; i < count; i++)
                TRY(hand_on(&own, bus, &targets[i], item));
        return 0;
}

/* -- Rules that take it. All are found first: what is written moves the store's pages under a scan. */

struct matches {
        struct str *rules;
        size_t count, room;
        int64_t end_ns; /* 0: it takes as long as it takes */
};

static int add_match(struct arena *arena, struct matches *matches, struct str rule)
{
        if (matches->count == matches->room) {
                size_t room = matches->room ? 2 * matches->room : 16;
                struct str *rules = arena_new_array(arena, struct str, room);

                if (!rules)
                        return -ENOMEM;
                if (matches->count)
                        memcpy(rules, matches->rules, matches->count * sizeof(*rules));
                matches->rules = rules;
                matches->room = room;
        }
        matches->rules[matches->count++] = arena_dup(arena, rule);
        return 0;
}

static void lose_rule(const struct events_desk *desk, struct arena *scratch,
                      const struct events_listener_record *listener)
{
        losses_add(desk->host->losses, LOSS_RULE_EVENTS, 1);
        log_event(LOG_WARNING, "the pattern of a rule of an older program cannot be read", "bus",
                  arena_cstr(scratch, listener->bus), "rule", arena_cstr(scratch, listener->rule), NULL);
}

/* The list is whole or not at all; what it holds was compiled when the rules were made. */
static int load(const struct events_desk *desk, struct str bus_arn, struct str source,
                struct event_listeners *listeners)
{
        const struct events_listener_record like = {.bus = bus_arn, .source = source};
        _cleanup_(arena_done) struct arena scratch = {};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        arena_init(&scratch, SCRATCH_MEMORY);
        TRY(record_scan_begin(&scan, desk->txn, &scratch, &events_listener_record_type, NULL, &like, 2,
                              STR_NONE));
        for (;; arena_reset(&scratch)) {
                struct events_listener_record record = {};
                struct event_listener listener = {};
                int r = record_scan_next(&scan, &record);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                listener.rule = record.rule;
                listener.takes_reads = record.takes_reads.value;
                r = event_pattern_cache_get(desk->host->patterns, record.pattern, &listener.pattern);
                if (r == 0)
                        r = event_listeners_add(listeners, &listener);
                if (r == -EINVAL)
                        lose_rule(desk, &scratch, &record);
                else
                        TRY(r);
        }
}

/* Those that listen to this source by name, or to any. The cache is this thread's. */
static int find_listeners(const struct events_desk *desk, const struct events_listening_record *bus,
                          struct str source, const struct event_listeners **ret)
{
        struct str key = arena_printf(desk->arena, "%.*s %.*s", STR_ARG(bus->bus), STR_ARG(source));
        struct event_listeners *made;

        *ret = event_pattern_cache_find(desk->host->patterns, key, bus->version);
        if (*ret)
                return 0;
        TRY(event_pattern_cache_add(desk->host->patterns, key, bus->version, &made));
        TRY(load(desk, bus->bus, source, made));
        TRY(event_listeners_end(desk->host->patterns, made));
        *ret = made;
        return 0;
}

/* -ENOENT: nobody ever listened. */
static int find_bus(const struct events_desk *desk, struct str bus_arn, struct events_listening_record *ret)
{
        *ret = (struct events_listening_record){.bus = bus_arn};
        return record_get(desk->txn, desk->arena, &events_listening_record_type, ret);
}

static int try_rule(const struct events_desk *desk, const struct event_listener *listener,
                    const struct events_item *item, struct matches *matches)
{
        if (matches->end_ns && clock_thread_ns() > matches->end_ns)
                return -E2BIG;
        if ((item->is_read && !listener->takes_reads) ||
            !event_pattern_matches(listener->pattern, item->json))
                return 0;
        return add_match(desk->arena, matches, listener->rule);
}

static int find_matches(const struct events_desk *desk, const struct events_listening_record *bus,
                        struct str source, const struct events_item *item, struct matches *matches)
{
        const struct event_listeners *listeners;
        uint64_t *bits;
        size_t words;

        TRY(find_listeners(desk, bus, source, &listeners));
        words = event_index_words(listeners->index);
        bits = arena_new_array(desk->arena, uint64_t, words + 1);
        if (!bits)
                return -ENOMEM;
        event_index_find(listeners->index, item->json, bits);
        for (size_t i = 0; i < words; i++)
                for (uint64_t left = bits[i]; left; left &= left - 1)
                        TRY(try_rule(desk, &listeners->items[i * 64 + (size_t)__builtin_ctzll(left)], item,
                                     matches));
        return 0;
}

static struct str source_of(const struct events_item *item)
{
        const json_t *source = json_object_get(item->json, "source");

        return str_make(json_string_value(source), json_string_length(source));
}

static int find_all_matches(const struct events_desk *desk, const struct events_listening_record *bus,
                            const struct events_item *item, struct matches *matches)
{
        TRY(find_matches(desk, bus, events_source_key(source_of(item)), item, matches));
        return find_matches(desk, bus, EVENTS_ANY_SOURCE, item, matches);
}

static bool is_meant(const struct events_desk *desk, const struct events_bus *bus, struct str rule,
                     const struct events_item *item)
{
        struct str arn;

        if (!item->rules)
                return true;
        arn = events_rule_arn(desk->arena, bus, rule);
        for (size_t i = 0; i < item->rules->count; i++)
                if (str_eq(item->rules->items[i], arn))
                        return true;
        return false;
}

int events_route(const struct events_desk *desk, const struct events_bus *bus, struct events_item *item)
{
        struct events_listening_record listening;
        struct matches matches = {};
        int r = find_bus(desk, bus->arn, &listening);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (item->is_foreign)
                matches.end_ns = clock_thread_ns() + MATCHING_NS;
        event_pattern_cache_begin(desk->host->patterns);
        r = find_all_matches(desk, &listening, item, &matches);
        event_pattern_cache_end(desk->host->patterns);
        TRY(r);
        for (size_t i = 0; i < matches.count; i++)
                if (is_meant(desk, bus, matches.rules[i], item))
                        TRY(events_send(desk, bus, matches.rules[i], item));
        return 0;
}

static int find_listener(const struct events_desk *desk, const struct events_listening_record *bus,
                         struct str source, bool is_read, bool *ret)
{
        const struct event_listeners *listeners;

        TRY(find_listeners(desk, bus, source, &listeners));
        for (size_t i = 0; i < listeners->count; i++)
                *ret |= !is_read || listeners->items[i].takes_reads;
        return 0;
}

int events_has_listener(const struct events_desk *desk, struct str bus_arn, struct str source, bool is_read,
                        bool *ret)
{
        struct events_listening_record bus;
        int r = find_bus(desk, bus_arn, &bus);

        *ret = false;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        event_pattern_cache_begin(desk->host->patterns);
        r = find_listener(desk, &bus, events_source_key(source), is_read, ret);
        if (r == 0)
                r = find_listener(desk, &bus, EVENTS_ANY_SOURCE, is_read, ret);
        event_pattern_cache_end(desk->host->patterns);
        return r;
}
