#include "services/s3/lock.h"

#define BYPASS STR("x-amz-bypass-governance-retention")

#define DAY_MS  (INT64_C(86400) * MS_PER_S)
#define YEAR_MS (365 * DAY_MS)

int s3_may_bypass(struct call *call, const struct s3_bucket_record *bucket, struct str key, bool *ret)
{
        struct str said = http_header_value(call->request, BYPASS);
        struct resource resource;

        *ret = false;
        if (!str_eq_nocase(said, STR("true")))
                return 0;
        TRY(s3_resource_of(call, bucket->name, key, STR_NONE, &resource));
        TRY(call->authorise(call, STR("s3:BypassGovernanceRetention"), &resource));
        *ret = true;
        return 0;
}

static int locked(struct call *call)
{
        return fail(call, &s3_access_denied, "Access Denied because object protected by object lock.");
}

int s3_check_not_retained(struct call *call, const struct s3_bucket_record *bucket,
                          const struct s3_version *version)
{
        const struct s3_object_record *row = &version->row;
        bool may_bypass;

        if (!row->lock_until.is_set || row->lock_until.value <= call->now_ms)
                return 0;
        if (!str_eq(row->lock_mode, STR("GOVERNANCE")))
                return locked(call);
        TRY(s3_may_bypass(call, bucket, version->place.key, &may_bypass));
        return may_bypass ? 0 : locked(call);
}

int s3_check_unlocked(struct call *call, const struct s3_bucket_record *bucket,
                      const struct s3_version *version)
{
        if (str_eq(version->row.legal_hold, STR("ON")))
                return locked(call);
        return s3_check_not_retained(call, bucket, version);
}

int s3_check_bypass(struct call *call, const struct s3_bucket_record *bucket)
{
        if (bucket->has_lock.value || !str_is_set(http_header_value(call->request, BYPASS)))
                return 0;
        call_detail(call, STR("ArgumentName"), BYPASS);
        return fail(call, &s3_invalid_argument,
                    "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.");
}

/* -- New versions */

static int check_asked(struct call *call, const struct s3_bucket_record *bucket, struct str mode,
                       struct opt_int until)
{
        if (!bucket->has_lock.value)
                return fail(call, &s3_invalid_request, "Bucket is missing ObjectLockConfiguration");
        if (str_is_set(mode) != until.is_set)
                return fail(call, &s3_invalid_argument,
                            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be "
                            "supplied");
        if (until.is_set && until.value <= call->now_ms)
                return fail(call, &s3_invalid_argument, "The retain until date must be in the future!");
        return 0;
}

static void lock_by_default(const struct call *call, const struct s3_bucket_record *bucket,
                            struct s3_object_record *row)
{
        const struct s3_default_retention *usual =
                bucket->lock_rule ? bucket->lock_rule->default_retention : NULL;

        if (!usual || !str_is_set(usual->mode))
                return;
        row->lock_mode = usual->mode;
        row->lock_until = OPT_INT(call->now_ms + (usual->days.is_set ? usual->days.value * DAY_MS
                                                                     : usual->years.value * YEAR_MS));
}

int s3_lock_new(struct call *call, const struct s3_bucket_record *bucket, struct str mode,
                struct opt_int until, struct str legal_hold, struct s3_object_record *row)
{
        if (str_is_set(mode) || until.is_set || str_is_set(legal_hold))
                TRY(check_asked(call, bucket, mode, until));
        row->legal_hold = legal_hold;
        row->lock_mode = mode;
        row->lock_until = until;
        if (!str_is_set(mode) && bucket->has_lock.value)
                lock_by_default(call, bucket, row);
        return 0;
}
