/* Event buses. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html */
#include "services/events/page.h"
#include "services/iam/directory.h"
#include "services/resource_policy.h"

/* The default bus comes with its account, and has a row only when something was put on it. */
static int get_default(struct call *call, struct events_bus_record *bus)
{
        struct iam_account_record account = {.id = bus->account};
        int r = call_get(call, &events_bus_record_type, bus);

        if (bus->created.is_set || (r < 0 && r != -ENOENT))
                return r;
        TRY(call_get(call, &iam_account_record_type, &account));
        bus->created = account.created;
        if (!bus->modified.is_set)
                bus->modified = bus->created;
        return 0;
}

int events_get_bus(struct call *call, const struct events_bus *bus, struct events_bus_record *ret)
{
        *ret = (struct events_bus_record){.account = bus->account, .region = bus->region, .name = bus->name};
        return str_eq(bus->name, EVENTS_DEFAULT_BUS) ? get_default(call, ret)
                                                     : call_get(call, &events_bus_record_type, ret);
}

int events_need_bus(struct call *call, const struct events_bus *bus, struct events_bus_record *ret)
{
        int r = str_eq(bus->region, call->region) ? events_get_bus(call, bus, ret) : -ENOENT;

        if (r == -ENOENT)
                return fail(call, &events_resource_not_found_exception, "Event bus %.*s does not exist.",
                            STR_ARG(bus->name));
        return r;
}

/* -- One more, one less */

static int count_bus(struct call *call, int64_t more)
{
        struct events_bus_count_record count = {.account = call->account, .region = call->region};
        int r = call_get(call, &events_bus_count_record_type, &count);

        if (r < 0 && r != -ENOENT)
                return r;
        count.count = OPT_INT(count.count.value + more);
        if (more > 0 && count.count.value >= EVENTS_BUSES) /* the default one counts */
                return fail(call, &events_limit_exceeded_exception,
                            "The requested resource exceeds the maximum number allowed.");
        return call_put(call, &events_bus_count_record_type, &count);
}

static bool has_option(struct str kms_key, const struct events_dead_letter_config *dead_letter,
                       const struct events_log_config *log)
{
        return kms_key.len || (dead_letter && dead_letter->arn.len) ||
               (log && str_is_set(log->level) && !str_eq(log->level, STR("OFF")));
}

/* Rather than take it and not do it. */
static int refuse_options(struct call *call)
{
        return call_invalid(call, "Customer managed keys, dead-letter queues and logs of event buses are not "
                                  "supported by this server.");
}

static int check_name(struct call *call, struct str name)
{
        if (str_starts(name, STR("aws.")) || str_has_byte(name, '/'))
                return call_invalid(call, "Event bus name %.*s is reserved for partner event sources.",
                                    STR_ARG(name));
        if (str_eq(name, EVENTS_DEFAULT_BUS))
                return fail(call, &events_resource_already_exists_exception,
                            "Event bus default already exists.");
        return 0;
}

int events_create_event_bus(struct call *call, const struct events_create_event_bus_in *in,
                            struct events_create_event_bus_out *out)
{
        const struct events_bus named = events_bus_named(call, in->name);
        struct events_bus_record bus = {.account = call->account,
                                        .region = call->region,
                                        .name = in->name,
                                        .created = OPT_INT(call->now_ms),
                                        .modified = OPT_INT(call->now_ms),
                                        .description = in->description};
        int r;

        TRY(check_name(call, in->name));
        if (str_is_set(in->event_source_name))
                return fail(call, &events_resource_not_found_exception, "Event source %.*s does not exist.",
                            STR_ARG(in->event_source_name));
        if (has_option(in->kms_key_identifier, in->dead_letter_config, in->log_config))
                return refuse_options(call);
        TRY(events_merge_tags(call, &in->tags, &bus.tags));
        r = call_insert(call, &events_bus_record_type, &bus);
        if (r == -EEXIST)
                return fail(call, &events_resource_already_exists_exception, "Event bus %.*s already exists.",
                            STR_ARG(in->name));
        TRY(r);
        out->event_bus_arn = named.arn;
        out->description = in->description;
        return count_bus(call, 1);
}

/* One that is not there is deleted, too: no other error is documented. */
int events_delete_event_bus(struct call *call, const struct events_delete_event_bus_in *in,
                            struct events_delete_event_bus_out *out)
{
        const struct events_bus named = events_bus_named(call, in->name);
        struct events_bus_record bus;
        int r;

        (void)out;
        if (str_eq(in->name, EVENTS_DEFAULT_BUS))
                return call_invalid(call, "Cannot delete event bus default.");
        r = events_get_bus(call, &named, &bus);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (bus.rule_count.value > 0)
                return call_invalid(call, "Event bus %.*s can't be deleted since it has rules.",
                                    STR_ARG(in->name));
        TRY(call_delete(call, &events_bus_record_type, &bus));
        return count_bus(call, -1);
}

int events_update_event_bus(struct call *call, const struct events_update_event_bus_in *in,
                            struct events_update_event_bus_out *out)
{
        const struct events_bus named = events_bus_named(call, in->name);
        struct events_bus_record bus;

        TRY(events_need_bus(call, &named, &bus));
        if (has_option(in->kms_key_identifier, in->dead_letter_config, in->log_config))
                return refuse_options(call);
        if (str_is_set(in->description))
                bus.description = in->description;
        bus.modified = OPT_INT(call->now_ms);
        out->arn = named.arn;
        out->name = bus.name;
        out->description = bus.description;
        return call_put(call, &events_bus_record_type, &bus);
}

static int tell_policy(struct call *call, const struct events_bus_record *bus, struct str *ret)
{
        const struct resource_policy policy = {bus->policy, bus->policy_text, bus->policy_shown};

        return str_is_set(bus->policy) ? resource_policy_tell(call, &policy, ret) : 0;
}

int events_describe_event_bus(struct call *call, const struct events_describe_event_bus_in *in,
                              struct events_describe_event_bus_out *out)
{
        const struct events_bus named = events_bus_named(call, in->name);
        struct events_bus_record bus = {};

        TRY(events_need_bus(call, &named, &bus));
        *out = (struct events_describe_event_bus_out){
                .name = bus.name,
                .arn = named.arn,
                .description = bus.description,
                .creation_time = bus.created,
                .last_modified_time = bus.modified,
        };
        return tell_policy(call, &bus, &out->policy);
}

/* -- ListEventBuses: in the order of names, the default one in its place */

struct listing {
        struct events_page page;
        struct record_scan scan;
        struct str prefix;
        struct events_event_bus_list *out;
};

static int tell(struct listing *listing, const struct events_bus_record *bus)
{
        struct call *call = listing->page.call;
        struct events_event_bus *item = &listing->out->items[listing->out->count++];

        *item = (struct events_event_bus){
                .name = bus->name,
                .arn = events_bus_named(call, bus->name).arn,
                .description = bus->description,
                .creation_time = bus->created,
                .last_modified_time = bus->modified,
        };
        return tell_policy(call, bus, &item->policy);
}

/* Without a row it comes first, on the first page. */
static int tell_default(struct listing *listing)
{
        struct call *call = listing->page.call;
        struct events_bus_record bus = {
                .account = call->account, .region = call->region, .name = EVENTS_DEFAULT_BUS};

        if (str_is_set(listing->page.after) || !str_starts(bus.name, listing->prefix) ||
            record_exists(call->txn, &events_bus_record_type, &bus))
                return 0;
        TRY(get_default(call, &bus));
        TRY(tell(listing, &bus));
        listing->page.count++;
        return record_scan_token_at(&call->arena, &events_bus_record_type, &bus, 2, 2, &listing->page.last);
}

static int fill(struct listing *listing, bool *ret_more)
{
        int r;

        TRY(tell_default(listing));
        for (;;) {
                struct events_bus_record bus = {};

                r = record_scan_next(&listing->scan, &bus);
                *ret_more = r == 0;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (!str_starts(bus.name, listing->prefix))
                        continue;
                if (events_page_is_full(&listing->page))
                        return 0;
                if (str_eq(bus.name, EVENTS_DEFAULT_BUS))
                        TRY(get_default(listing->page.call, &bus));
                TRY(tell(listing, &bus));
                events_page_add(&listing->page, &listing->scan);
        }
}

static void listing_done(struct listing *listing)
{
        record_scan_end(&listing->scan);
}

int events_list_event_buses(struct call *call, const struct events_list_event_buses_in *in,
                            struct events_list_event_buses_out *out)
{
        _cleanup_(listing_done) struct listing listing = {
                .out = &out->event_buses,
                .prefix = str_is_set(in->name_prefix) ? in->name_prefix : STR(""),
        };
        const struct events_bus_record like = {.account = call->account, .region = call->region};
        bool is_more;

        TRY(events_page_begin(&listing.page, call, in->next_token, in->limit, listing.prefix));
        out->event_buses.is_set = true;
        out->event_buses.items = arena_new_array(&call->arena, struct events_event_bus, listing.page.limit);
        if (!out->event_buses.items)
                return -ENOMEM;
        TRY(record_scan_begin(&listing.scan, call->txn, &call->arena, &events_bus_record_type, NULL, &like, 2,
                              listing.page.after));
        TRY(fill(&listing, &is_more));
        return events_page_end(&listing.page, is_more, &out->next_token);
}
