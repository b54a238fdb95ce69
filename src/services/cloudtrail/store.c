/* CreateEventDataStore, and what each store has to be.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html */
#include "services/cloudtrail/store.h"

#include "base/ids.h"

#define STORES_MAX                                                                                           \
        10 /* of a region:                                                                                   \
              https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
#define EXTENDABLE     STR("EXTENDABLE_RETENTION_PRICING")
#define FIXED          STR("FIXED_RETENTION_PRICING")
#define FIXED_DAYS     2557 /* the most, and the default */
#define DAYS           366
#define SELECTORS_MOST 5

/* -- What it has to be */

int store_check(struct call *call, const struct cloudtrail_event_data_store_record *store)
{
        if (str_eq(store->billing, FIXED) && store->retention.value > FIXED_DAYS)
                return fail(call, &cloudtrail_invalid_parameter_exception,
                            "RetentionPeriod must not exceed %d days with the billing mode %.*s.", FIXED_DAYS,
                            STR_ARG(FIXED));
        if (store->selectors.count > SELECTORS_MOST)
                return fail(call, &cloudtrail_invalid_event_selectors_exception,
                            "Number of advanced event selectors must not exceed %d.", SELECTORS_MOST);
        return selectors_check_advanced(call, &store->selectors, true);
}

static bool is_in(const struct cloudtrail_event_data_store_record *store, struct str region)
{
        return store->multi_region.value || str_eq(store->region, region);
}

static int check_count(struct call *call, const struct cloudtrail_event_data_store_record *store,
                       const struct cloudtrail_event_data_store_record *others, size_t count,
                       struct str region)
{
        size_t here = 0;

        for (size_t i = 0; i < count; i++)
                here += others[i].number.value != store->number.value && is_in(&others[i], region);
        if (here >= STORES_MAX)
                return fail(call, &cloudtrail_event_data_store_max_limit_exceeded_exception,
                            "Your account has used the maximum number of event data stores.");
        return 0;
}

int store_check_room(struct call *call, const struct cloudtrail_event_data_store_record *store)
{
        struct cloudtrail_event_data_store_record *others;
        size_t count;

        TRY(store_list(call, &others, &count));
        for (size_t i = 0; i < count; i++)
                if (others[i].number.value != store->number.value &&
                    str_eq(others[i].region, store->region) && str_eq(others[i].name, store->name))
                        return fail(call, &cloudtrail_event_data_store_already_exists_exception,
                                    "An event data store with the name %.*s already exists.",
                                    STR_ARG(store->name));
        TRY(check_count(call, store, others, count, store->region));
        for (size_t i = 0; i < count && store->multi_region.value; i++)
                TRY(check_count(call, store, others, count, others[i].region));
        return 0;
}

/* -- What it takes: it watches as a trail does */

int store_keep(struct call *call, struct cloudtrail_event_data_store_record *store)
{
        struct cloudtrail_trail_record as_trail = {
                .account = store->account,
                .region = store->region,
                .name = store->name,
                .number = store->number,
                .multi_region = store->multi_region,
                .global_events = OPT_BOOL(true),
                .logging = OPT_BOOL(!store->stopped.value && !store->deletes.is_set),
                .advanced = store->selectors,
                .watch = store->watch,
                .watched_until = store->watched_until,
        };

        TRY(trail_watch_as_store(call, &as_trail));
        store->watch = as_trail.watch;
        store->watched_until = as_trail.watched_until;
        return call_put(call, &cloudtrail_event_data_store_record_type, store);
}

/* -- CreateEventDataStore */

/* "By default, event data stores log management events." */
static int choose(struct call *call, const struct cloudtrail_advanced_event_selector_list *given,
                  struct cloudtrail_advanced_event_selector_list *ret)
{
        struct cloudtrail_advanced_event_selector *selector =
                arena_new(&call->arena, struct cloudtrail_advanced_event_selector);
        struct cloudtrail_advanced_field_selector *field =
                arena_new(&call->arena, struct cloudtrail_advanced_field_selector);
        struct str *value = arena_new(&call->arena, struct str);

        *ret = *given;
        if (given->count > 0)
                return 0;
        if (!selector || !field || !value)
                return -ENOMEM;
        *value = STR("Management");
        field->field = STR("eventCategory");
        field->equals = (struct str_list){.items = value, .count = 1, .is_set = true};
        selector->name = STR("Default management events");
        selector->field_selectors =
                (struct cloudtrail_advanced_field_selector_list){.items = field, .count = 1, .is_set = true};
        *ret = (struct cloudtrail_advanced_event_selector_list){
                .items = selector, .count = 1, .is_set = true};
        return 0;
}

static int refuse_missing(struct call *call, const struct cloudtrail_create_event_data_store_in *in)
{
        if (in->organization_enabled.value)
                return fail(call, &cloudtrail_organizations_not_in_use_exception,
                            "Your account is not a member of an organization.");
        if (str_is_set(in->kms_key_id))
                return fail(call, &cloudtrail_unsupported_operation_exception,
                            "Event data stores are not encrypted with keys of KMS here.");
        return 0;
}

static int fill_new(struct call *call, const struct cloudtrail_create_event_data_store_in *in,
                    struct cloudtrail_event_data_store_record *store)
{
        struct str billing = str_is_set(in->billing_mode) ? in->billing_mode : EXTENDABLE;

        *store = (struct cloudtrail_event_data_store_record){
                .account = call->account,
                .region = call->region,
                .id = id_uuid(&call->arena),
                .name = in->name,
                .multi_region = OPT_BOOL(!in->multi_region_enabled.is_set || in->multi_region_enabled.value),
                .retention = OPT_INT(in->retention_period.is_set ? in->retention_period.value
                                     : str_eq(billing, FIXED)    ? FIXED_DAYS
                                                                 : DAYS),
                .protected = OPT_BOOL(!in->termination_protection_enabled.is_set ||
                                      in->termination_protection_enabled.value),
                .billing = billing,
                .stopped = OPT_BOOL(in->start_ingestion.is_set && !in->start_ingestion.value),
                .created = OPT_INT(call->now_ms),
                .updated = OPT_INT(call->now_ms),
                .tags = in->tags_list,
        };
        return choose(call, &in->advanced_event_selectors, &store->selectors);
}

int cloudtrail_create_event_data_store(struct call *call,
                                       const struct cloudtrail_create_event_data_store_in *in,
                                       struct cloudtrail_create_event_data_store_out *out)
{
        struct cloudtrail_event_data_store_record store;

        TRY(refuse_missing(call, in));
        TRY(trail_check_tags(call, &in->tags_list));
        TRY(fill_new(call, in, &store));
        TRY(store_check(call, &store));
        TRY(store_check_room(call, &store));
        TRY(trail_new_number(call, &store.number.value));
        store.number.is_set = true;
        TRY(store_await(call, &store, call->now_ms + store.retention.value * MS_PER_DAY));
        TRY(store_keep(call, &store));
        *out = (struct cloudtrail_create_event_data_store_out){
                STORE_SHOWN(call, &store),
                .tags_list = store.tags,
        };
        if (!store.stopped.value)
                out->status = STR("CREATED");
        call_touch(call, out->event_data_store_arn, STR("AWS::CloudTrail::EventDataStore"));
        return 0;
}
