/* GetKeyLastUsage. Uses are noted with their events, at most once a minute for each key and operation.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html */
#include "services/kms/last_usage.h"

int kms_note_usage(struct call *call, const struct kms_key_record *key, struct str operation)
{
        return call_note(call, STR("kms.KeyUsage"),
                         arena_printf(&call->arena, "%.*s %.*s", STR_ARG(kms_subject(&call->arena, key)),
                                      STR_ARG(operation)));
}

int kms_key_usage_noted(struct txn *txn, struct arena *arena, struct str subject,
                        const struct api_noted *noted)
{
        struct kms_last_usage_record usage = {.time = OPT_INT(noted->time_ms),
                                              .event_id = noted->event_id,
                                              .request_id = noted->request_id};
        struct kms_key_record key = {};

        (void)arena;
        if (!str_cut(&subject, ' ', &usage.account) || !str_cut(&subject, ' ', &usage.region) ||
            !str_cut(&subject, ' ', &usage.key_id))
                return -EBADMSG;
        usage.operation = subject;
        key = (struct kms_key_record){.account = usage.account, .region = usage.region, .id = usage.key_id};
        if (!record_exists(txn, &kms_key_record_type, &key))
                return 0; /* gone by now */
        return record_put(txn, &kms_last_usage_record_type, &usage);
}

static int get_usage(struct call *call, const struct kms_key_record *key, struct kms_last_usage_record *ret)
{
        *ret = (struct kms_last_usage_record){
                .account = key->account, .region = key->region, .key_id = key->id};
        return call_get(call, &kms_last_usage_record_type, ret);
}

int kms_days_without_usage(struct call *call, const struct kms_key_record *key, int64_t *ret)
{
        struct kms_last_usage_record usage;
        int r = get_usage(call, key, &usage);
        int64_t since = r == 0 ? usage.time.value : key->created.value;

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = (call->now_ms - since) / MS_PER_DAY;
        return 0;
}

int kms_get_key_last_usage(struct call *call, const struct kms_get_key_last_usage_in *in,
                           struct kms_get_key_last_usage_out *out)
{
        struct kms_last_usage_record usage;
        struct kms_key_record key;
        int r;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        if (!str_eq(key.account, call->account))
                return kms_not_found(call, key.account, key.id);
        out->key_id = key.id;
        out->key_creation_date = out->tracking_start_date = key.created;
        r = get_usage(call, &key, &usage);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        out->key_last_usage = arena_new(&call->arena, struct kms_key_last_usage_data);
        if (!out->key_last_usage)
                return -ENOMEM;
        *out->key_last_usage = (struct kms_key_last_usage_data){
                .operation = usage.operation,
                .timestamp = usage.time,
                .cloud_trail_event_id = usage.event_id,
                .kms_request_id = usage.request_id,
        };
        return 0;
}
