#include "services/s3/access_point.h"

#define NAME_MIN     3
#define NAME_MAX     50
#define ACCOUNT_LEN  12
#define ALIAS_SUFFIX STR("-s3alias")

static bool is_lower_or_digit(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
 */
bool s3_point_name_is_valid(struct str name)
{
        if (name.len < NAME_MIN || name.len > NAME_MAX || str_starts(name, STR("xn--")) || s3_is_alias(name))
                return false;
        for (size_t i = 0; i < name.len; i++)
                if (!is_lower_or_digit(name.ptr[i]) && name.ptr[i] != '-')
                        return false;
        return name.ptr[0] != '-' && name.ptr[name.len - 1] != '-';
}

bool s3_is_alias(struct str name)
{
        return str_ends(name, ALIAS_SUFFIX);
}

struct str s3_point_arn(struct call *call, const s3_point *point)
{
        return arena_printf(&call->arena, "arn:%.*s:s3:%.*s:%.*s:accesspoint/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(point->region), STR_ARG(point->account),
                            STR_ARG(point->name));
}

struct str s3_addressed_arn(struct call *call)
{
        const struct s3_addressed *addressed = call->addressed;

        if (!addressed)
                return STR_NONE;
        return s3_point_arn(call, &(s3_point){.account = addressed->account,
                                              .region = addressed->region,
                                              .name = addressed->name});
}

static bool is_account(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                        return false;
        return text.len == ACCOUNT_LEN;
}

bool s3_point_of_label(struct str label, struct str *ret_name, struct str *ret_account)
{
        size_t tail = ACCOUNT_LEN + 1;

        if (label.len <= tail || label.ptr[label.len - tail] != '-')
                return false;
        *ret_name = str_part(label, 0, label.len - tail);
        *ret_account = str_from(label, label.len - ACCOUNT_LEN);
        return is_account(*ret_account) && s3_point_name_is_valid(*ret_name);
}

/* "accesspoint/" or, as the SDKs take it too, "accesspoint:". */
static bool skip_kind(struct str *rest)
{
        const struct str kind = STR("accesspoint");

        if (!str_starts(*rest, kind) || rest->len <= kind.len ||
            (rest->ptr[kind.len] != '/' && rest->ptr[kind.len] != ':'))
                return false;
        *rest = str_from(*rest, kind.len + 1);
        return true;
}

bool s3_point_of_arn(struct call *call, struct str arn, s3_point *ret, struct str *ret_rest)
{
        struct str rest = arn, parts[5]; /* arn, partition, service, region, account */

        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (!str_cut(&rest, ':', &parts[i]))
                        return false;
        *ret = (s3_point){.region = parts[3], .account = parts[4]};
        if (!str_is_set(rest) || !str_eq(parts[0], STR("arn")) || !str_eq(parts[1], call->host->partition) ||
            !str_eq(parts[2], STR("s3")) || !is_account(parts[4]) || !skip_kind(&rest))
                return false;
        (void)str_cut(&rest, '/', &ret->name);
        *ret_rest = rest;
        return s3_point_name_is_valid(ret->name);
}

/* -- Finding them */

int s3_find_point(struct call *call, s3_point *point)
{
        return call_get(call, &s3_control_access_point_record_type, point);
}

int s3_get_point(struct call *call, s3_point *point)
{
        struct str name = point->name;
        int r = s3_find_point(call, point);

        if (r != -ENOENT)
                return r;
        call_detail(call, STR("AccessPointName"), name);
        return fail(call, &s3_no_such_access_point, "The specified accesspoint does not exist");
}

int s3_find_point_by_alias(struct call *call, struct str alias, s3_point *ret)
{
        *ret = (s3_point){.alias = alias};
        return record_find(call->txn, &call->arena, &s3_control_access_point_record_type,
                           s3_control_access_point_by_alias, ret);
}

int s3_has_points(struct call *call, const struct s3_bucket_record *bucket)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const s3_point like = {.account = bucket->account, .region = bucket->region, .bucket = bucket->name};
        s3_point point = {};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_control_access_point_record_type,
                              s3_control_access_point_by_bucket, &like, 3, STR_NONE));
        r = record_scan_next(&scan, &point);
        return r == -ENOENT ? 0 : r < 0 ? r : 1;
}
