/* UpdateEventDataStore, DeleteEventDataStore, RestoreEventDataStore; whether one takes new events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store-cli.html */
#include "events/timers.h"
#include "services/cloudtrail/store.h"

/* -- UpdateEventDataStore */

static int fill_changed(struct call *call, const struct cloudtrail_update_event_data_store_in *in,
                        struct cloudtrail_event_data_store_record *store)
{
        if (str_eq(in->billing_mode, STR("FIXED_RETENTION_PRICING")) &&
            !str_eq(in->billing_mode, store->billing))
                return fail(call, &cloudtrail_invalid_parameter_exception,
                            "The billing mode cannot be changed from EXTENDABLE_RETENTION_PRICING to "
                            "FIXED_RETENTION_PRICING.");
        if (str_is_set(in->name))
                store->name = in->name;
        if (in->advanced_event_selectors.count > 0)
                store->selectors = in->advanced_event_selectors;
        if (in->multi_region_enabled.is_set)
                store->multi_region = in->multi_region_enabled;
        if (in->retention_period.is_set)
                store->retention = in->retention_period;
        if (in->termination_protection_enabled.is_set)
                store->protected = in->termination_protection_enabled;
        if (str_is_set(in->billing_mode))
                store->billing = in->billing_mode;
        store->updated = OPT_INT(call->now_ms);
        return 0;
}

static int refuse_missing(struct call *call, const struct cloudtrail_update_event_data_store_in *in)
{
        if (in->organization_enabled.value)
                return fail(call, &cloudtrail_organizations_not_in_use_exception,
                            "Your account is not a member of an organization.");
        if (str_is_set(in->kms_key_id))
                return fail(call, &cloudtrail_unsupported_operation_exception,
                            "Event data stores are not encrypted with keys of KMS here.");
        return 0;
}

int cloudtrail_update_event_data_store(struct call *call,
                                       const struct cloudtrail_update_event_data_store_in *in,
                                       struct cloudtrail_update_event_data_store_out *out)
{
        struct cloudtrail_event_data_store_record store;

        TRY(store_find_active(call, in->event_data_store, &store));
        TRY(refuse_missing(call, in));
        TRY(fill_changed(call, in, &store));
        TRY(store_check(call, &store));
        TRY(store_check_room(call, &store));
        TRY(store_await(call, &store, call->now_ms));
        TRY(store_keep(call, &store));
        *out = (struct cloudtrail_update_event_data_store_out){STORE_SHOWN(call, &store)};
        return 0;
}

/* -- Deletion: "a wait period of seven days" */

static struct timer timer_of(struct call *call, const struct cloudtrail_event_data_store_record *store,
                             int64_t due_ms)
{
        return (struct timer){
                .due_ms = due_ms,
                .name = STR("cloudtrail.DropStore"),
                .subject = store_subject(call, store),
        };
}

int cloudtrail_delete_event_data_store(struct call *call,
                                       const struct cloudtrail_delete_event_data_store_in *in,
                                       struct cloudtrail_delete_event_data_store_out *out)
{
        struct cloudtrail_event_data_store_record store;
        struct timer timer;

        (void)out;
        TRY(store_find_active(call, in->event_data_store, &store));
        if (store.protected.value)
                return fail(call, &cloudtrail_event_data_store_termination_protected_exception,
                            "The event data store cannot be deleted because termination protection is "
                            "enabled for it.");
        store.deletes = OPT_INT(call->now_ms + STORE_PENDING_DAYS * MS_PER_DAY);
        store.updated = OPT_INT(call->now_ms);
        timer = timer_of(call, &store, store.deletes.value);
        TRY(timer_set(call->txn, &timer));
        return store_keep(call, &store);
}

int cloudtrail_restore_event_data_store(struct call *call,
                                        const struct cloudtrail_restore_event_data_store_in *in,
                                        struct cloudtrail_restore_event_data_store_out *out)
{
        struct cloudtrail_event_data_store_record store;
        struct timer timer;

        TRY(store_find(call, in->event_data_store, &store));
        if (!store.deletes.is_set || store.deletes.value <= call->now_ms)
                return fail(call, &cloudtrail_invalid_event_data_store_status_exception,
                            "The event data store is not in a status that supports the operation.");
        timer = timer_of(call, &store, store.deletes.value);
        TRY(timer_take_back(call->txn, &timer));
        store.deletes = (struct opt_int){};
        store.updated = OPT_INT(call->now_ms);
        TRY(store_keep(call, &store));
        *out = (struct cloudtrail_restore_event_data_store_out){STORE_SHOWN(call, &store)};
        return 0;
}

/* -- Ingestion */

static int turn(struct call *call, struct str arn, bool stopped)
{
        struct cloudtrail_event_data_store_record store;

        TRY(store_find(call, arn, &store));
        if (store.deletes.is_set || store.stopped.value == stopped)
                return fail(call, &cloudtrail_invalid_event_data_store_status_exception,
                            "The event data store is not in a status that supports the operation.");
        store.stopped = OPT_BOOL(stopped);
        store.updated = OPT_INT(call->now_ms);
        return store_keep(call, &store);
}

int cloudtrail_start_event_data_store_ingestion(
        struct call *call, const struct cloudtrail_start_event_data_store_ingestion_in *in,
        struct cloudtrail_start_event_data_store_ingestion_out *out)
{
        (void)out;
        return turn(call, in->event_data_store, false);
}

int cloudtrail_stop_event_data_store_ingestion(struct call *call,
                                               const struct cloudtrail_stop_event_data_store_ingestion_in *in,
                                               struct cloudtrail_stop_event_data_store_ingestion_out *out)
{
        (void)out;
        return turn(call, in->event_data_store, true);
}
