/* The credential report: a table of all users and the state of their passwords and keys.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
#include "services/iam/access_key.h"
#include "services/iam/mfa.h"
#include "services/iam/login.h"

#define REPORT_LIFE_MS (4 * 60 * 60 * MS_PER_S)
#define REPORT_MAX     ((size_t)16 << 20)

static const struct str header = STR_INIT(
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
        "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
        "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
        "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
        "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
        "cert_2_active,cert_2_last_rotated,additional_credentials_info");

struct report {
        struct call *call;
        struct buf csv;
        struct opt_int max_age_days; /* of the account's password policy */
};

static void add_text(struct report *report, const char *text)
{
        buf_add_byte(&report->csv, ',');
        buf_add(&report->csv, str_of(text));
}

static void add_bool(struct report *report, bool value)
{
        add_text(report, value ? "true" : "false");
}

/* 2026-01-31T12:00:00+00:00 */
static void add_time(struct report *report, struct opt_int ms, const char *absent)
{
        char text[TIME_ISO_LEN];

        if (!ms.is_set) {
                add_text(report, absent);
                return;
        }
        time_iso_write(text, ms.value);
        buf_addf(&report->csv, ",%.*s+00:00", TIME_ISO_LEN - 1, text);
}

static int add_key(struct report *report, const struct iam_access_key_record *key)
{
        struct call *call = report->call;
        struct iam_last_use_record use = {.id = key->id};
        int result;

        if (!str_is_set(key->id)) {
                buf_add(&report->csv, STR(",false,N/A,N/A,N/A,N/A"));
                return 0;
        }
        result = call_get(call, &iam_last_use_record_type, &use);
        if (result < 0 && result != -ENOENT)
                return result;
        add_bool(report, str_eq(key->status, IAM_KEY_ACTIVE));
        add_time(report, key->created, "N/A");
        add_time(report, use.used, "N/A");
        buf_addf(&report->csv, ",%.*s,%.*s", STR_ARG(result == 0 ? use.region : STR("N/A")),
                 STR_ARG(result == 0 ? use.service : STR("N/A")));
        return 0;
}

static int add_keys(struct report *report, struct str owner_id)
{
        struct iam_access_keys keys = {};

        TRY(iam_access_keys_of(report->call->txn, &report->call->arena, owner_id, &keys));
        for (size_t i = keys.count; i < ARRAY_LEN(keys.items); i++)
                keys.items[i] = (struct iam_access_key_record){};
        for (size_t i = 0; i < ARRAY_LEN(keys.items); i++)
                TRY(add_key(report, &keys.items[i]));
        buf_add(&report->csv, STR(",false,N/A,false,N/A,\n"));
        return buf_check(&report->csv);
}

static int add_mfa(struct report *report, struct str owner_id)
{
        bool has;

        TRY(iam_has_mfa_device(report->call, owner_id, &has));
        add_bool(report, has);
        return 0;
}

static int add_root(struct report *report)
{
        struct call *call = report->call;
        struct iam_account_record account = {.id = call->account};

        TRY(call_get(call, &iam_account_record_type, &account));
        buf_addf(&report->csv, "<root_account>,%.*s", STR_ARG(iam_root_arn(&call->arena, call->account)));
        add_time(report, account.created, "N/A");
        buf_add(&report->csv, STR(",not_supported,no_information,not_supported,not_supported"));
        TRY(add_mfa(report, call->account));
        return add_keys(report, call->account);
}

static int add_password(struct report *report, struct str user_id)
{
        struct call *call = report->call;
        struct iam_login_profile_record profile = {.user_id = user_id};
        struct opt_int rotation = {};
        int result = call_get(call, &iam_login_profile_record_type, &profile);

        if (result == -ENOENT) {
                buf_add(&report->csv, STR(",false,N/A,N/A,N/A"));
                return 0;
        }
        TRY(result);
        if (report->max_age_days.is_set)
                rotation = OPT_INT(profile.changed.value + report->max_age_days.value * MS_PER_DAY);
        add_bool(report, true);
        add_time(report, profile.used, "no_information");
        add_time(report, profile.changed, "N/A");
        add_time(report, rotation, "N/A");
        return 0;
}

static int add_users(struct report *report)
{
        struct call *call = report->call;
        const struct iam_user_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_user_record user;
        int result;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_user_record_type, NULL, &like, 1,
                              STR_NONE));
        while ((result = record_scan_next(&scan, &user)) == 0) {
                buf_addf(&report->csv, "%.*s,%.*s", STR_ARG(user.name),
                         STR_ARG(iam_user_arn(&call->arena, &user)));
                add_time(report, user.created, "N/A");
                TRY(add_password(report, user.id));
                TRY(add_mfa(report, user.id));
                TRY(add_keys(report, user.id));
        }
        return result == -ENOENT ? 0 : result;
}

static int write_report(struct report *report)
{
        struct call *call = report->call;
        struct iam_password_policy_record policy;
        struct iam_credential_report_record record;
        int result = iam_password_policy_of(call->txn, &call->arena, call->account, &policy);

        if (result < 0 && result != -ENOENT)
                return result;
        report->max_age_days = policy.max_age_days;
        buf_addf(&report->csv, "%.*s\n", STR_ARG(header));
        TRY(add_root(report));
        TRY(add_users(report));
        record = (struct iam_credential_report_record){.account = call->account,
                                                       .generated = OPT_INT(call->now_ms),
                                                       .content = buf_str(&report->csv)};
        return call_put(call, &iam_credential_report_record_type, &record);
}

static bool is_fresh(struct call *call, const struct iam_credential_report_record *report)
{
        return call->now_ms - report->generated.value < REPORT_LIFE_MS;
}

/* A report is made at once, so what AWS calls STARTED is already done when it is said; asked again it is
 * COMPLETE. */
int iam_generate_credential_report(struct call *call, const struct iam_generate_credential_report_in *in,
                                   struct iam_generate_credential_report_out *out)
{
        struct iam_credential_report_record old = {.account = call->account};
        struct report report = {.call = call};
        int result = call_get(call, &iam_credential_report_record_type, &old);

        (void)in;
        if (result < 0 && result != -ENOENT)
                return result;
        if (result == 0 && is_fresh(call, &old)) {
                out->state = STR("COMPLETE");
                return 0;
        }
        buf_init(&report.csv, REPORT_MAX);
        result = write_report(&report);
        buf_done(&report.csv);
        out->state = STR("STARTED");
        out->description = STR("No report exists. Starting a new report generation task");
        return result;
}

int iam_get_credential_report(struct call *call, const struct iam_get_credential_report_in *in,
                              struct iam_get_credential_report_out *out)
{
        struct iam_credential_report_record report = {.account = call->account};
        int result = call_get(call, &iam_credential_report_record_type, &report);

        (void)in;
        if (result == -ENOENT)
                return fail(call, &iam_credential_report_not_present_exception,
                            "No report exists. Generate one with GenerateCredentialReport.");
        TRY(result);
        if (!is_fresh(call, &report))
                return fail(call, &iam_credential_report_expired_exception,
                            "The most recent credential report has expired. Generate a new one with "
                            "GenerateCredentialReport.");
        out->content = report.content;
        out->report_format = STR("text/csv");
        out->generated_time = report.generated;
        return 0;
}
