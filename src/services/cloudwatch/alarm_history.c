/* What has happened to alarms: kept for thirty days, also of alarms that are gone.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html */
#include "base/json_out.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "events/timers.h"
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/alarm_configuration.h"

#define DATA_MAX    ((size_t)2 * 1024 * 1024) /* what is longer than may be kept is left out */
#define SWEEP_MS    INT64_C(3600000)
#define SWEPT_ONCE  200
#define DIGEST_HALF 16

struct str cloudwatch_history_digest(struct call *call, struct str name)
{
        struct str all = arena_printf(&call->arena, "%.*s %.*s %.*s", STR_ARG(call->account),
                                      STR_ARG(call->region), STR_ARG(name));
        uint8_t digest[SHA256_LEN];

        sha256(all, digest);
        return hex_encode(&call->arena, str_make(digest, DIGEST_HALF));
}

/* -- Additions */

/* One timer for what is added in an hour. */
static int await_end(struct call *call)
{
        const struct timer timer = {
                .due_ms = ((call->now_ms + CLOUDWATCH_HISTORY_MS) / SWEEP_MS + 1) * SWEEP_MS,
                .name = STR("cloudwatch.ExpireAlarmHistory"),
                .subject = arena_printf(&call->arena, "%.*s %.*s", STR_ARG(call->account),
                                        STR_ARG(call->region)),
        };

        return timer_set(call->txn, &timer);
}

/* Of UTF-8, no more than so many bytes: not in the middle of a character. */
static struct str cut(struct str text, size_t max)
{
        size_t len = text.len < max ? text.len : max;

        while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
                len--;
        return str_part(text, 0, len);
}

int cloudwatch_add_history(struct call *call, const struct cloudwatch_alarm_record *alarm,
                           const struct cloudwatch_history_item *item)
{
        struct cloudwatch_alarm_history_record row = {
                .account = call->account,
                .region = call->region,
                .at = OPT_INT(call->now_ms),
                .number = {.is_set = true},
                .alarm = cloudwatch_history_digest(call, alarm->name),
                .name = alarm->name,
                .kind = alarm->kind,
                .type = item->type,
                .summary = cut(item->summary, CLOUDWATCH_SUMMARY_MAX),
                .data = utf8_length(item->data) > CLOUDWATCH_HISTORY_DATA ? STR_NONE : item->data,
        };

        TRY(cloudwatch_next_number(call, STR("history"), &row.number.value));
        TRY(call_insert(call, &cloudwatch_alarm_history_record_type, &row));
        return await_end(call);
}

int cloudwatch_log_configuration(struct call *call, struct str operation,
                                 const struct cloudwatch_alarm_record *alarm)
{
        struct cloudwatch_history_item item = {
                .type = STR("ConfigurationUpdate"),
                .summary = arena_printf(&call->arena, "Alarm \"%.*s\" %.*s", STR_ARG(alarm->name),
                                        STR_ARG(operation)),
        };
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, DATA_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("version"), STR("1.0"));
        json_pair(&out, STR("type"),
                  str_eq(operation, STR("created"))   ? STR("Create")
                  : str_eq(operation, STR("updated")) ? STR("Update")
                                                      : STR("Delete"));
        json_key(&out, arena_printf(&call->arena, "%.*sAlarm", STR_ARG(operation)));
        cloudwatch_write_alarm(call, &out, alarm);
        json_close(&out, '}');
        TRY(buf_check(&buf));
        item.data = arena_dup(&call->arena, buf_str(&buf));
        return cloudwatch_add_history(call, alarm, &item);
}

static void write_state(struct json_out *out, const struct cloudwatch_alarm_record *alarm, bool with_data)
{
        json_open(out, '{');
        json_pair(out, STR("stateValue"), alarm->state);
        json_pair(out, STR("stateReason"), alarm->reason);
        if (with_data && alarm->reason_data.len > 0) {
                json_key(out, STR("stateReasonData"));
                json_raw(out, alarm->reason_data);
        }
        json_close(out, '}');
}

static int write_change(struct call *call, const struct cloudwatch_alarm_record *before,
                        const struct cloudwatch_alarm_record *alarm, int data, struct str *ret)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, DATA_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("version"), STR("1.0"));
        json_key(&out, STR("oldState"));
        write_state(&out, before, data > 1);
        json_key(&out, STR("newState"));
        write_state(&out, alarm, data > 0);
        json_close(&out, '}');
        TRY(buf_check(&buf));
        *ret = arena_dup(&call->arena, buf_str(&buf));
        return 0;
}

int cloudwatch_log_state(struct call *call, const struct cloudwatch_alarm_record *before,
                         const struct cloudwatch_alarm_record *alarm)
{
        struct cloudwatch_history_item item = {
                .type = STR("StateUpdate"),
                .summary = arena_printf(&call->arena, "Alarm updated from %.*s to %.*s",
                                        STR_ARG(before->state), STR_ARG(alarm->state)),
        };

        for (int data = 2; data >= 0; data--) {
                TRY(write_change(call, before, alarm, data, &item.data));
                if (utf8_length(item.data) <= CLOUDWATCH_HISTORY_DATA)
                        break;
        }
        return cloudwatch_add_history(call, alarm, &item);
}

/* -- Their end */

/* 1: there may be more. */
static int sweep(struct call *call, struct str account, struct str region)
{
        const struct cloudwatch_alarm_history_record like = {.account = account, .region = region};

        for (size_t i = 0; i < SWEPT_ONCE; i++) {
                struct cloudwatch_alarm_history_record row = {};
                struct record_scan scan;
                int r;

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudwatch_alarm_history_record_type,
                                      NULL, &like, 2, STR_NONE));
                r = record_scan_next(&scan, &row);
                record_scan_end(&scan);
                if (r == -ENOENT || (r == 0 && row.at.value > call->now_ms - CLOUDWATCH_HISTORY_MS))
                        return 0;
                TRY(r);
                TRY(call_delete(call, &cloudwatch_alarm_history_record_type, &row));
        }
        return 1;
}

int cloudwatch_expire_alarm_history_due(struct call *call, struct str subject)
{
        struct str region = subject, account;
        const struct timer again = {
                .due_ms = call->now_ms, .name = STR("cloudwatch.ExpireAlarmHistory"), .subject = subject};
        int r;

        if (!str_cut(&region, ' ', &account))
                return -EINVAL;
        r = sweep(call, account, region);
        TRY(r);
        TRY(r > 0 ? timer_set(call->txn, &again) : 0);
        return 1;
}
