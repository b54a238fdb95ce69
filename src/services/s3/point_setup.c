/* CreateAccessPoint, DeleteAccessPoint, GetAccessPoint.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPoint.html */
#include "base/ids.h"
#include "services/s3/access_point.h"
#include "services/s3/point_tags.h"

#define POINTS_MAX 10000

/* -- The bucket */

static int refuse_bucket(struct call *call, struct str name)
{
        call_detail(call, STR("BucketName"), name);
        return fail(call, &s3_control_no_such_bucket, "The specified bucket does not exist");
}

/* Where it has an owner of its own, that has to be said; "an access point doesn't provide access to the
 * bucket contents" by itself. */
static int find_bucket(struct call *call, const struct s3_control_create_access_point_in *in,
                       struct s3_bucket_record *ret)
{
        struct str owner = str_is_set(in->bucket_account_id) ? in->bucket_account_id : in->account_id;
        int r;

        *ret = (struct s3_bucket_record){.name = in->bucket};
        r = call_get(call, &s3_bucket_record_type, ret);
        if (r == -ENOENT)
                return refuse_bucket(call, in->bucket);
        TRY(r);
        if (!str_eq(owner, ret->account))
                return fail(call, &s3_control_access_denied, "Access Denied");
        if (!str_eq(ret->region, call->region))
                return fail(call, &s3_control_invalid_request,
                            "The bucket must be in the Region of the access point.");
        return 0;
}

/* -- What it shall be */

static int refuse_name(struct call *call, struct str name)
{
        call_detail(call, STR("AccessPointName"), name);
        return fail(call, &s3_control_invalid_access_point,
                    "The specified access point name or account is not valid.");
}

/* A bucket of another account would get what clients send to the access point, on hosts of one's own
 * (address.c). */
static int check_label(struct call *call, const s3_point *point)
{
        struct s3_bucket_record bucket = {.name = arena_printf(&call->arena, "%.*s-%.*s",
                                                               STR_ARG(point->name),
                                                               STR_ARG(point->account))};
        int r = str_is_set(bucket.name) ? call_get(call, &s3_bucket_record_type, &bucket) : -ENOMEM;

        if (r == -ENOENT)
                return 0;
        TRY(r);
        return str_eq(bucket.account, point->account) ? 0 : refuse_name(call, point->name);
}

static int check_new(struct call *call, const s3_point *point)
{
        s3_point there = {.account = point->account, .region = point->region, .name = point->name};
        int r = s3_find_point(call, &there);

        if (r == -ENOENT)
                return check_label(call, point);
        TRY(r);
        return fail(
                call, &s3_control_access_point_already_owned_by_you,
                "Your previous request to create the named accesspoint succeeded and you already own it.");
}

/* Scopes are for directory buckets. */
static int check(struct call *call, const struct s3_control_create_access_point_in *in)
{
        if (!s3_point_name_is_valid(in->name))
                return refuse_name(call, in->name);
        if (in->scope)
                return fail(call, &s3_control_invalid_request,
                            "Scope is not supported for access points of general purpose buckets.");
        return s3_check_point_tags(call, &in->tags);
}

/* "-34 characters-s3alias" behind the start of the name. */
static struct str make_alias(struct call *call, struct str name)
{
        struct str start = str_part(name, 0, name.len < 20 ? name.len : 20);
        struct str middle = id_from_alphabet(&call->arena, STR("0123456789abcdefghijklmnopqrstuvwxyz"), 34);

        while (str_ends(start, STR("-")))
                start = str_part(start, 0, start.len - 1);
        return arena_printf(&call->arena, "%.*s-%.*s-s3alias", STR_ARG(start), STR_ARG(middle));
}

static struct opt_bool on_unless(const struct opt_bool *told, bool has_block)
{
        return OPT_BOOL(!has_block || (told->is_set && told->value));
}

/* All on when nothing is said; of what is said, what is not named is off. */
static int set_block(struct call *call, const struct s3_control_public_access_block_configuration *told,
                     s3_point *point)
{
        static const struct s3_control_public_access_block_configuration NOTHING;
        struct s3_control_public_access_block_configuration *block =
                arena_new(&call->arena, struct s3_control_public_access_block_configuration);
        bool has_block = told != NULL;

        if (!block)
                return -ENOMEM;
        told = told ? told : &NOTHING;
        block->block_public_acls = on_unless(&told->block_public_acls, has_block);
        block->ignore_public_acls = on_unless(&told->ignore_public_acls, has_block);
        block->block_public_policy = on_unless(&told->block_public_policy, has_block);
        block->restrict_public_buckets = on_unless(&told->restrict_public_buckets, has_block);
        point->block = block;
        return 0;
}

/* -- How many there are */

static int count(struct call *call, struct str account, int by)
{
        struct s3_control_access_point_count_record record = {.account = account, .region = call->region};
        int r = call_get(call, &s3_control_access_point_count_record_type, &record);

        if (r < 0 && r != -ENOENT)
                return r;
        record.count = OPT_INT(record.count.value + by);
        if (record.count.value > POINTS_MAX)
                return fail(call, &s3_control_too_many_access_points,
                            "You have attempted to create more access points than allowed");
        return call_put(call, &s3_control_access_point_count_record_type, &record);
}

int s3_control_create_access_point(struct call *call, const struct s3_control_create_access_point_in *in,
                                   struct s3_control_create_access_point_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};
        struct s3_bucket_record bucket;

        TRY(check(call, in));
        TRY(find_bucket(call, in, &bucket));
        TRY(check_new(call, &point));
        point.bucket = bucket.name;
        point.bucket_account = bucket.account;
        point.vpc = in->vpc_configuration ? in->vpc_configuration->vpc_id : STR_NONE;
        point.created = OPT_INT(call->now_ms);
        point.alias = make_alias(call, in->name);
        point.tags = in->tags;
        TRY(set_block(call, in->public_access_block_configuration, &point));
        TRY(count(call, point.account, 1));
        out->access_point_arn = s3_point_arn(call, &point);
        out->alias = point.alias;
        return call_insert(call, &s3_control_access_point_record_type, &point);
}

int s3_control_delete_access_point(struct call *call, const struct s3_control_delete_access_point_in *in,
                                   struct s3_control_delete_access_point_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};

        (void)out;
        TRY(s3_get_point(call, &point));
        TRY(count(call, point.account, -1));
        call->status = 204;
        return call_delete(call, &s3_control_access_point_record_type, &point);
}

/* -- Telling of it */

static int tell_endpoints(struct call *call, struct str_map *ret)
{
        static const struct {
                const char *name, *host;
        } ENDPOINTS[] = {
                {"ipv4", "s3-accesspoint"},
                {"fips", "s3-accesspoint-fips"},
                {"fips_dualstack", "s3-accesspoint-fips.dualstack"},
                {"dualstack", "s3-accesspoint.dualstack"},
        };

        ret->items = arena_new_array(&call->arena, struct str_pair, ARRAY_LEN(ENDPOINTS));
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_LEN(ENDPOINTS); i++)
                ret->items[ret->count++] = (struct str_pair){
                        str_of(ENDPOINTS[i].name), arena_printf(&call->arena, "%s.%.*s.amazonaws.com",
                                                                ENDPOINTS[i].host, STR_ARG(call->region))};
        ret->is_set = true;
        return 0;
}

int s3_control_get_access_point(struct call *call, const struct s3_control_get_access_point_in *in,
                                struct s3_control_get_access_point_out *out)
{
        s3_point point = {.account = in->account_id, .region = call->region, .name = in->name};

        TRY(s3_get_point(call, &point));
        out->name = point.name;
        out->bucket = point.bucket;
        out->bucket_account_id = point.bucket_account;
        out->alias = point.alias;
        out->access_point_arn = s3_point_arn(call, &point);
        out->creation_date = point.created;
        out->public_access_block_configuration = point.block;
        out->network_origin = STR("Internet");
        if (str_is_set(point.vpc)) {
                out->network_origin = STR("VPC");
                out->vpc_configuration = arena_new(&call->arena, struct s3_control_vpc_configuration);
                if (!out->vpc_configuration)
                        return -ENOMEM;
                out->vpc_configuration->vpc_id = point.vpc;
        }
        return tell_endpoints(call, &out->endpoints);
}
