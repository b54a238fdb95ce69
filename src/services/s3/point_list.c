/* ListAccessPoints. https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html */
#include "services/marker.h"
#include "services/s3/access_point.h"

#define PAGE_MAX 1000

static int show(struct call *call, const s3_point *point, struct s3_control_access_point *ret)
{
        *ret = (struct s3_control_access_point){
                .name = point->name,
                .network_origin = str_is_set(point->vpc) ? STR("VPC") : STR("Internet"),
                .bucket = point->bucket,
                .access_point_arn = s3_point_arn(call, point),
                .alias = point->alias,
                .bucket_account_id = point->bucket_account,
        };
        if (!str_is_set(point->vpc))
                return 0;
        ret->vpc_configuration = arena_new(&call->arena, struct s3_control_vpc_configuration);
        if (!ret->vpc_configuration)
                return -ENOMEM;
        ret->vpc_configuration->vpc_id = point->vpc;
        return 0;
}

/* What the page is of: a token is good for the same question only. */
static struct str subject_of(struct call *call, const struct s3_control_list_access_points_in *in)
{
        return arena_printf(&call->arena, "ListAccessPoints %.*s %.*s", STR_ARG(call->region),
                            STR_ARG(str_is_set(in->bucket) ? in->bucket : STR("")));
}

static int list(struct call *call, const struct s3_control_list_access_points_in *in,
                struct record_scan *scan, struct s3_control_list_access_points_out *out)
{
        size_t limit = in->max_results.is_set ? (size_t)in->max_results.value : PAGE_MAX;
        struct str last = STR_NONE;
        s3_point point = {};
        int r;

        out->access_point_list.items =
                arena_new_array(&call->arena, struct s3_control_access_point, limit + 1);
        if (!out->access_point_list.items)
                return -ENOMEM;
        out->access_point_list.is_set = true;
        while (limit > 0 && (r = record_scan_next(scan, &point)) == 0) {
                if (out->access_point_list.count == limit)
                        return marker_make(call, subject_of(call, in), last, &out->next_token);
                TRY(show(call, &point, &out->access_point_list.items[out->access_point_list.count++]));
                last = record_scan_token(scan, &call->arena);
        }
        return limit == 0 || r == -ENOENT ? 0 : r;
}

int s3_control_list_access_points(struct call *call, const struct s3_control_list_access_points_in *in,
                                  struct s3_control_list_access_points_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const s3_point like = {.account = in->account_id, .region = call->region, .bucket = in->bucket};
        const struct record_index *index = str_is_set(in->bucket) ? s3_control_access_point_by_bucket : NULL;
        struct str after = STR_NONE;

        if (str_is_set(in->next_token) && marker_read(call, subject_of(call, in), in->next_token, &after) < 0)
                return fail(call, &s3_control_invalid_request, "The provided token is not valid.");
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_control_access_point_record_type, index,
                              &like, index ? 3 : 2, after));
        return list(call, in, &scan, out);
}
