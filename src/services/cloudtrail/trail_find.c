/* Names and ARNs of trails, and which trail is meant by one. A trail of all regions is seen in each as a
 * shadow of the one at home.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html */
#include "services/cloudtrail/trail.h"

/* More than an account can have: five in each of AWS's regions. */
#define TRAILS_MOST 512

/* -- Names */

static bool is_alphanumeric(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_mark(char c)
{
        return c == '.' || c == '_' || c == '-';
}

static bool has_other_bytes(struct str name)
{
        for (size_t i = 0; i < name.len; i++)
                if (!is_alphanumeric(name.ptr[i]) && !is_mark(name.ptr[i]))
                        return true;
        return false;
}

static bool has_adjacent_marks(struct str name)
{
        for (size_t i = 1; i < name.len; i++)
                if (is_mark(name.ptr[i - 1]) && is_mark(name.ptr[i]))
                        return true;
        return false;
}

/* Four numbers of at most three digits. */
static bool is_address(struct str name)
{
        struct str rest = name, part;
        size_t parts = 0;
        uint64_t number;

        while (str_is_set(rest) && str_cut(&rest, '.', &part) && parts < 5) {
                if (part.len > 3 || str_to_u64(part, &number) < 0)
                        return false;
                parts++;
                if (rest.len == 0)
                        break;
        }
        return parts == 4;
}

int trail_check_name(struct call *call, struct str name)
{
        const struct api_error *error = &cloudtrail_invalid_trail_name_exception;

        if (name.len == 0)
                return fail(call, error, "Trail name cannot be blank!");
        if (name.len < TRAIL_NAME_MIN)
                return fail(call, error,
                            "Trail name too short. Minimum allowed length: %d characters. Specified name "
                            "length: %zu characters.",
                            TRAIL_NAME_MIN, name.len);
        if (name.len > TRAIL_NAME_MAX)
                return fail(call, error,
                            "Trail name too long. Maximum allowed length: %d characters. Specified name "
                            "length: %zu characters.",
                            TRAIL_NAME_MAX, name.len);
        if (has_other_bytes(name))
                return fail(call, error,
                            "Trail name or ARN can only contain uppercase letters, lowercase letters, "
                            "numbers, periods (.), hyphens (-), and underscores (_).");
        if (!is_alphanumeric(name.ptr[0]))
                return fail(call, error, "Trail name must starts with a letter or number.");
        if (!is_alphanumeric(name.ptr[name.len - 1]))
                return fail(call, error, "Trail name must ends with a letter or number.");
        if (has_adjacent_marks(name))
                return fail(call, error, "Trail name must not have adjacent periods, underscores or dashes.");
        if (is_address(name))
                return fail(call, error, "Trail name must not be in IP address format.");
        return 0;
}

/* -- ARNs */

struct str trail_arn_of(struct call *call, struct str region, struct str account, struct str name)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudtrail:%.*s:%.*s:trail/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(region), STR_ARG(account), STR_ARG(name));
}

struct str trail_arn(struct call *call, const struct cloudtrail_trail_record *trail)
{
        return trail_arn_of(call, trail->region, trail->account, trail->name);
}

static int read_arn(struct call *call, struct str arn, struct cloudtrail_trail_record *ret)
{
        struct str rest = arn, service = STR(""), kind = STR("");

        (void)str_cut(&rest, ':', &kind);
        (void)str_cut(&rest, ':', &kind);
        if (str_eq(kind, call->host->partition) && str_cut(&rest, ':', &service) &&
            str_eq(service, STR("cloudtrail")) && str_cut(&rest, ':', &ret->region) &&
            str_cut(&rest, ':', &ret->account) && str_cut(&rest, '/', &kind) && str_eq(kind, STR("trail"))) {
                ret->name = rest;
                return trail_check_name(call, rest);
        }
        return fail(call, &cloudtrail_cloud_trail_arn_invalid_exception,
                    "The ARN %.*s is not valid. The format of a trail ARN is: "
                    "arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail",
                    STR_ARG(arn));
}

/* -- The trail */

static int refuse_unknown(struct call *call, const struct cloudtrail_trail_record *asked)
{
        struct str arn = trail_arn(call, asked);

        return fail(call, &cloudtrail_trail_not_found_exception, "Unknown trail: %.*s for the user: %.*s",
                    STR_ARG(arn), STR_ARG(call->account));
}

static int get(struct call *call, struct str name_or_arn, struct cloudtrail_trail_record *ret)
{
        *ret = (struct cloudtrail_trail_record){
                .account = call->account, .region = call->region, .name = name_or_arn};
        if (str_starts(name_or_arn, STR("arn:")))
                TRY(read_arn(call, name_or_arn, ret));
        else
                TRY(trail_check_name(call, name_or_arn));
        if (!str_eq(ret->account, call->account))
                return -ENOENT;
        return call_get(call, &cloudtrail_trail_record_type, ret);
}

int trail_find(struct call *call, struct str name_or_arn, struct cloudtrail_trail_record *ret)
{
        int r = get(call, name_or_arn, ret);

        if (r == -ENOENT || (r == 0 && !trail_is_in(ret, call->region)))
                return refuse_unknown(call, ret);
        return r;
}

static int refuse_elsewhere(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct str arn = trail_arn(call, trail);

        return fail(call, &cloudtrail_invalid_home_region_exception,
                    "The trail %.*s can only be changed in its home Region, %.*s.", STR_ARG(arn),
                    STR_ARG(trail->region));
}

/* A shadow's name. */
static int find_shadow(struct call *call, struct str name, struct cloudtrail_trail_record *ret)
{
        struct cloudtrail_trail_record *trails;
        size_t count;

        TRY(trail_list(call, &trails, &count));
        for (size_t i = 0; i < count; i++)
                if (trails[i].multi_region.value && str_eq(trails[i].name, name)) {
                        *ret = trails[i];
                        return 0;
                }
        return -ENOENT;
}

int trail_find_at_home(struct call *call, struct str name_or_arn, struct cloudtrail_trail_record *ret)
{
        struct cloudtrail_trail_record asked;
        int r = get(call, name_or_arn, ret);

        asked = *ret;
        if (r == -ENOENT && !str_starts(name_or_arn, STR("arn:")))
                r = find_shadow(call, name_or_arn, ret);
        if (r == -ENOENT || (r == 0 && !trail_is_in(ret, call->region)))
                return refuse_unknown(call, &asked);
        TRY(r);
        return str_eq(ret->region, call->region) ? 0 : refuse_elsewhere(call, ret);
}

int trail_list(struct call *call, struct cloudtrail_trail_record **ret, size_t *ret_count)
{
        const struct cloudtrail_trail_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct cloudtrail_trail_record *trails =
                arena_new_array(&call->arena, struct cloudtrail_trail_record, TRAILS_MOST);
        int r = 0;

        *ret_count = 0;
        if (!trails)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_trail_record_type, NULL, &like, 1,
                              STR_NONE));
        while (*ret_count < TRAILS_MOST && (r = record_scan_next(&scan, &trails[*ret_count])) == 0)
                ++*ret_count;
        *ret = trails;
        return r == -ENOENT ? 0 : r;
}

int trail_new_number(struct call *call, int64_t *ret)
{
        struct cloudtrail_sequence_record sequence = {.name = STR("number")};
        int r = call_get(call, &cloudtrail_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = sequence.last.is_set ? sequence.last.value + 1 : 1;
        sequence.last = OPT_INT(*ret);
        return call_put(call, &cloudtrail_sequence_record_type, &sequence);
}
