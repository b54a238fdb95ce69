#include "services/s3/space.h"

static struct str part_at(struct str key, size_t depth)
{
        return str_part(key, depth * S3_PART_MAX, S3_PART_MAX);
}

int64_t s3_place_space(const struct s3_place *place)
{
        return place->spaces[place->depth - 1];
}

struct str s3_place_part(const struct s3_place *place)
{
        return part_at(place->key, place->depth - 1);
}

static struct s3_object_record branch_row(int64_t space, struct str part)
{
        return (struct s3_object_record){.space = OPT_INT(space), .part = part, .order = OPT_INT(S3_BRANCH)};
}

static int make_branch(struct call *call, struct s3_object_record *row)
{
        int64_t space;

        TRY(s3_new_space(call, &space));
        row->branch = OPT_INT(space);
        return call_put(call, &s3_object_record_type, row);
}

static int locate(struct call *call, int64_t space, struct str key, bool make, struct s3_place *ret)
{
        *ret = (struct s3_place){.spaces = {space}, .depth = 1, .key = key};
        while (key.len > ret->depth * S3_PART_MAX) {
                struct s3_object_record row = branch_row(s3_place_space(ret), s3_place_part(ret));
                int r = call_get(call, &s3_object_record_type, &row);

                if (ret->depth == S3_DEPTH_MAX)
                        return -ENAMETOOLONG;
                if (r == -ENOENT && make)
                        r = make_branch(call, &row);
                TRY(r);
                ret->spaces[ret->depth++] = row.branch.value;
        }
        return 0;
}

int s3_place_find(struct call *call, int64_t space, struct str key, struct s3_place *ret)
{
        return locate(call, space, key, false, ret);
}

int s3_place_make(struct call *call, int64_t space, struct str key, struct s3_place *ret)
{
        return locate(call, space, key, true, ret);
}

static struct s3_object_record row_at(const struct s3_place *place, int64_t order)
{
        return (struct s3_object_record){.space = OPT_INT(s3_place_space(place)),
                                         .part = s3_place_part(place),
                                         .order = OPT_INT(order)};
}

int s3_row_first(struct call *call, const struct s3_place *place, struct s3_object_record *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_object_record like = row_at(place, 0);
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_object_record_type, NULL, &like, 2,
                              STR_NONE));
        r = record_scan_next(&scan, ret);
        return r == 0 && ret->branch.is_set ? -ENOENT : r;
}

int s3_row_get(struct call *call, const struct s3_place *place, int64_t order, struct s3_object_record *ret)
{
        *ret = row_at(place, order);
        return call_get(call, &s3_object_record_type, ret);
}

int s3_row_put(struct call *call, const struct s3_place *place, struct s3_object_record *row)
{
        row->space = OPT_INT(s3_place_space(place));
        row->part = s3_place_part(place);
        return call_put(call, &s3_object_record_type, row);
}

static int is_empty(struct call *call, int64_t space)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_object_record like = {.space = OPT_INT(space)};
        struct s3_object_record row;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_object_record_type, NULL, &like, 1,
                              STR_NONE));
        r = record_scan_next(&scan, &row);
        return r == -ENOENT ? 1 : r;
}

int s3_row_delete(struct call *call, const struct s3_place *place, int64_t order)
{
        struct s3_object_record row = row_at(place, order);

        TRY(call_delete(call, &s3_object_record_type, &row));
        for (size_t depth = place->depth; depth > 1; depth--) {
                int r = is_empty(call, place->spaces[depth - 1]);

                TRY(r);
                if (r == 0)
                        return 0;
                row = branch_row(place->spaces[depth - 2], part_at(place->key, depth - 2));
                TRY(call_delete(call, &s3_object_record_type, &row));
        }
        return 0;
}
