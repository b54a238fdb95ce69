/* From a message to its subscribers, in pages: ten thousand of them do not make one transaction. */
#include "services/sns/delivery.h"
#include "services/sns/envelope.h"
#include "services/sns/filter.h"

#define PAGE_MAX   100
#define PAGE_BYTES ((size_t)2 * 1024 * 1024) /* of messages in a transaction */

struct fan_out {
        struct call *call;
        struct sns_notice_record notice;
        struct sns_content_record content;
        struct sns_message_filter filter;
        struct sns_failures failures;
        bool is_full; /* as much as a transaction takes has been delivered: the rest waits */
};

static void fan_out_done(struct fan_out *fan_out)
{
        sns_filter_done(&fan_out->filter);
}

/* -- One subscription */

static bool is_meant(const struct fan_out *fan_out, const struct sns_subscription_record *subscription)
{
        return subscription->is_confirmed.value &&
               subscription->number.value <= fan_out->notice.subscribed.value;
}

/* What cannot be delivered now waits, and so does what stands behind it in its group. */
static int keep(struct fan_out *fan_out, const struct sns_parcel *parcel, int64_t pause_ms)
{
        struct sns_delivery_record delivery;

        TRY(sns_new_delivery(fan_out->call, parcel, &fan_out->notice, &delivery));
        return sns_deliver_at(fan_out->call, &delivery, fan_out->call->now_ms + pause_ms);
}

static int must_wait(struct fan_out *fan_out, const struct sns_parcel *parcel, bool *ret)
{
        const struct sns_delivery_record like = {
                .topic = fan_out->notice.topic,
                .subscription = parcel->subscription->id,
                .group = str_is_set(fan_out->notice.group) ? fan_out->notice.group : STR(""),
        };

        *ret = false;
        return fan_out->notice.is_fifo.value ? sns_group_waits(fan_out->call, &like, ret) : 0;
}

static int begin(struct fan_out *fan_out, const struct sns_kind *kind, const struct sns_parcel *parcel)
{
        struct sns_delivery_record delivery;

        TRY(sns_new_delivery(fan_out->call, parcel, &fan_out->notice, &delivery));
        return kind->begin(fan_out->call, &delivery);
}

static int attempt(struct fan_out *fan_out, const struct sns_kind *kind, const struct sns_parcel *parcel)
{
        struct sns_delivery_record failed = {.attempts = OPT_INT(1)};
        struct call *call = fan_out->call;
        int64_t pause_ms;
        int r = kind->deliver(call, parcel);

        if (r != -ECALL)
                return r;
        failed.error_code = call->error->code;
        failed.error_message = arena_dup(&call->arena, call->error_message);
        pause_ms = sns_managed_pause_ms(call->error, 1);
        call_forgive(call);
        if (pause_ms >= 0)
                return keep(fan_out, parcel, pause_ms);
        return sns_give_up(call, parcel, &failed, &fan_out->failures);
}

static int deliver_to(struct fan_out *fan_out, const struct sns_subscription_record *subscription)
{
        struct sns_parcel parcel = {
                .notice = &fan_out->notice, .content = &fan_out->content, .subscription = subscription};
        const struct sns_kind *kind = sns_kind_of(subscription->protocol);
        bool fits, waits;

        if (!kind || !is_meant(fan_out, subscription))
                return 0;
        TRY(sns_filter_fits(&fan_out->filter, subscription, &fits));
        if (!fits)
                return 0;
        TRY(sns_filter_text(&fan_out->filter, subscription->protocol, &parcel.message));
        TRY(must_wait(fan_out, &parcel, &waits));
        if (waits || fan_out->is_full)
                return keep(fan_out, &parcel, 0);
        return kind->begin ? begin(fan_out, kind, &parcel) : attempt(fan_out, kind, &parcel);
}

/* -- A page */

static size_t delivered_at_once(const struct fan_out *fan_out)
{
        size_t count = PAGE_BYTES / (fan_out->notice.sealed.len + PAGE_BYTES / PAGE_MAX);

        return count > 0 ? count : 1;
}

/* All subscriptions of a FIFO topic see a message before the next one: those that are too many for a
 * transaction have a delivery of their own, behind which the next one of the group waits. */
static size_t page_size(const struct fan_out *fan_out)
{
        return fan_out->notice.is_fifo.value ? PAGE_MAX : delivered_at_once(fan_out);
}

/* *ret_after: where the next page begins; absent: there is none. */
static int read_page(struct fan_out *fan_out, struct sns_subscription_record *page, size_t *ret_count,
                     struct str *ret_after)
{
        const struct sns_subscription_record like = {.topic = fan_out->notice.topic};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = fan_out->call;
        size_t most = page_size(fan_out), count = 0;
        int r = 0;

        *ret_after = STR_NONE;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_subscription_record_type, NULL, &like, 1,
                              fan_out->notice.after));
        while (count < most && (r = record_scan_next(&scan, &page[count])) == 0)
                count++;
        *ret_count = count;
        if (r == 0 && count == most)
                *ret_after = record_scan_token(&scan, &call->arena);
        return r == -ENOENT ? 0 : r;
}

static int run_page(struct fan_out *fan_out)
{
        struct call *call = fan_out->call;
        struct sns_subscription_record *page =
                arena_new_array(&call->arena, struct sns_subscription_record, PAGE_MAX);
        struct str after;
        size_t count;

        if (!page)
                return -ENOMEM;
        TRY(read_page(fan_out, page, &count, &after));
        for (size_t i = 0; i < count; i++) {
                fan_out->is_full = i >= delivered_at_once(fan_out);
                TRY(deliver_to(fan_out, &page[i]));
        }
        if (!str_is_set(after))
                return sns_release_notice(call, &fan_out->notice);
        fan_out->notice.after = after;
        TRY(sns_fan_out_at(call, &fan_out->notice, call->now_ms));
        return call_put(call, &sns_notice_record_type, &fan_out->notice);
}

/* -- Falling due */

/* subject: the number of a notice. -ENOENT: it has gone. */
static int load(struct fan_out *fan_out, struct str subject)
{
        struct call *call = fan_out->call;
        int64_t number;

        if (str_to_i64(subject, &number) < 0)
                return -ENOENT;
        TRY(sns_get_notice(call, number, &fan_out->notice));
        call->account = fan_out->notice.account;
        call->region = fan_out->notice.region;
        TRY(sns_open(call, &fan_out->notice, &fan_out->content));
        sns_filter_begin(call, &fan_out->content, &fan_out->filter);
        return 0;
}

/* 1: it has been signed for this one, and so for all. */
static int sign_for(struct fan_out *fan_out, const struct sns_subscription_record *subscription)
{
        struct sns_parcel parcel = {
                .notice = &fan_out->notice, .content = &fan_out->content, .subscription = subscription};
        bool fits;

        if (!sns_is_signed(sns_kind_of(subscription->protocol), subscription) ||
            !is_meant(fan_out, subscription))
                return 0;
        TRY(sns_filter_fits(&fan_out->filter, subscription, &fits));
        if (!fits)
                return 0;
        TRY(sns_filter_text(&fan_out->filter, subscription->protocol, &parcel.message));
        TRY(sns_sign_notification_ahead(fan_out->call, &parcel));
        return 1;
}

static int sign_page(struct fan_out *fan_out)
{
        struct sns_subscription_record *page =
                arena_new_array(&fan_out->call->arena, struct sns_subscription_record, PAGE_MAX);
        struct str after;
        size_t count;
        int r = 0;

        if (!page)
                return -ENOMEM;
        TRY(read_page(fan_out, page, &count, &after));
        for (size_t i = 0; i < count && r == 0; i++)
                r = sign_for(fan_out, &page[i]);
        return r < 0 ? r : 0;
}

int sns_deliver_prepare(struct call *call, struct str subject)
{
        _cleanup_(fan_out_done) struct fan_out fan_out = {.call = call};
        int r = load(&fan_out, subject);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return fan_out.notice.is_fifo.value ? 0 : sign_page(&fan_out);
}

int sns_deliver_due(struct call *call, struct str subject)
{
        _cleanup_(fan_out_done) struct fan_out fan_out = {.call = call};
        int r = load(&fan_out, subject);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        TRY(run_page(&fan_out));
        return fan_out.failures.count ? sns_tell_failures(call, &fan_out.notice, &fan_out.failures) : 1;
}
