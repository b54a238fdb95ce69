/* Event data stores of CloudTrail Lake: events that are kept for years, and asked for by SQL.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake.html */
#pragma once

#include "events/outbox.h"
#include "services/cloudtrail/trail.h"

#define STORE_PENDING_DAYS 7

/* -- Which is meant (store_find.c) */

struct str store_arn(struct call *call, const struct cloudtrail_event_data_store_record *store);
struct str store_status(const struct cloudtrail_event_data_store_record *store);
/* What each operation that shows one tells of it: members of its output. */
#define STORE_SHOWN(call, store)                                                                             \
        .event_data_store_arn = store_arn(call, store), .name = (store)->name,                               \
        .status = store_status(store), .advanced_event_selectors = (store)->selectors,                       \
        .multi_region_enabled = (store)->multi_region, .organization_enabled = OPT_BOOL(false),              \
        .retention_period = (store)->retention, .termination_protection_enabled = (store)->protected,        \
        .created_timestamp = (store)->created, .updated_timestamp = (store)->updated,                        \
        .billing_mode = (store)->billing
/* By its ARN, or the id at its end. EventDataStoreARNInvalidException, EventDataStoreNotFoundException. */
must_check int store_find(struct call *call, struct str arn_or_id,
                          struct cloudtrail_event_data_store_record *ret);
/* One that is not pending. InactiveEventDataStoreException. */
must_check int store_find_active(struct call *call, struct str arn_or_id,
                                 struct cloudtrail_event_data_store_record *ret);
/* All of an account in all regions; the array is the arena's. */
must_check int store_list(struct call *call, struct cloudtrail_event_data_store_record **ret,
                          size_t *ret_count);

/* -- What it takes from now on is what the record says; stored with that. (store.c) */
must_check int store_keep(struct call *call, struct cloudtrail_event_data_store_record *store);
/* What both CreateEventDataStore and UpdateEventDataStore ask of it. */
must_check int store_check(struct call *call, const struct cloudtrail_event_data_store_record *store);
/* It is seen where it is, and there are not too many. EventDataStoreMaxLimitExceededException,
 * EventDataStoreAlreadyExistsException. */
must_check int store_check_room(struct call *call, const struct cloudtrail_event_data_store_record *store);

/* -- Its events (store_event.c) */

must_check int store_take(struct txn *txn, int64_t store, const struct event *event);
/* Looks for what has expired then, in place of what was awaited; the record is not stored. */
must_check int store_await(struct call *call, struct cloudtrail_event_data_store_record *store,
                           int64_t due_ms);
/* "ACCOUNT REGION ID": what timers are about. */
struct str store_subject(struct call *call, const struct cloudtrail_event_data_store_record *store);
/* The time before which its events have expired. */
int64_t store_cutoff_ms(const struct call *call, const struct cloudtrail_event_data_store_record *store);
