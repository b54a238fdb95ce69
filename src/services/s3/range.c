#include "services/s3/range.h"

static int unsatisfiable(struct call *call, struct str header, uint64_t total)
{
        call_detail(call, STR("RangeRequested"), header);
        call_detail(call, STR("ActualObjectSize"),
                    arena_printf(&call->arena, "%llu", (unsigned long long)total));
        return fail(call, &s3_invalid_range, "The requested range is not satisfiable");
}

/* "5-9" into 5 and 9; false: not a range of one. */
static bool read_ends(struct str spec, struct str *ret_first, struct str *ret_last)
{
        if (!str_starts(spec, STR("bytes=")) || str_has_byte(spec, ','))
                return false;
        spec = str_from(spec, strlen("bytes="));
        if (!str_has_byte(spec, '-'))
                return false;
        (void)str_cut(&spec, '-', ret_first);
        *ret_last = str_is_set(spec) ? spec : STR("");
        return ret_first->len || ret_last->len;
}

static int read_suffix(struct call *call, struct str header, uint64_t len, struct s3_range *range)
{
        if (len == 0)
                return unsatisfiable(call, header, range->total);
        if (len > range->total)
                len = range->total;
        range->from = range->total - len;
        range->size = len;
        range->is_part = true;
        return 0;
}

static int read_span(struct call *call, struct str header, uint64_t first, uint64_t last,
                     struct s3_range *range)
{
        if (first >= range->total)
                return unsatisfiable(call, header, range->total);
        if (last >= range->total)
                last = range->total - 1;
        range->from = first;
        range->size = last - first + 1;
        range->is_part = true;
        return 0;
}

int s3_range_read(struct call *call, struct str header, uint64_t total, struct s3_range *ret)
{
        struct str first_text, last_text;
        uint64_t first, last = UINT64_MAX;

        *ret = (struct s3_range){.size = total, .total = total};
        if (!read_ends(header, &first_text, &last_text))
                return 0;
        if (last_text.len && str_to_u64(last_text, &last) < 0)
                return 0;
        if (!first_text.len)
                return read_suffix(call, header, last, ret);
        if (str_to_u64(first_text, &first) < 0 || last < first)
                return 0;
        return read_span(call, header, first, last, ret);
}

static int no_such_part(struct call *call, const struct s3_object_record *row, int64_t number)
{
        int64_t count = row->part_count.is_set ? row->part_count.value : 1;

        call_detail(call, STR("PartNumberRequested"), arena_printf(&call->arena, "%lld", (long long)number));
        call_detail(call, STR("ActualPartCount"), arena_printf(&call->arena, "%lld", (long long)count));
        return fail(call, &s3_invalid_part_number, "The requested partnumber is not satisfiable");
}

int s3_range_of_part(struct call *call, const struct s3_object_record *row, int64_t number,
                     struct s3_range *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_piece_record like = {.body = row->body};
        struct s3_piece_record piece = {};
        int64_t seen = 0;

        *ret = (struct s3_range){.total = (uint64_t)row->size.value, .is_part = true};
        if (number < 1)
                return no_such_part(call, row, number);
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_piece_record_type, NULL, &like, 1,
                              STR_NONE));
        for (;;) {
                int r = record_scan_next(&scan, &piece);

                if (r == -ENOENT)
                        return no_such_part(call, row, number);
                TRY(r);
                ret->size = (uint64_t)piece.size.value;
                if (++seen == number) {
                        ret->checksum = piece.checksum;
                        return 0;
                }
                ret->from += ret->size;
                piece = (struct s3_piece_record){};
        }
}

struct str s3_range_told(struct arena *arena, const struct s3_range *range)
{
        if (!range->is_part || range->size == 0)
                return STR_NONE;
        return arena_printf(arena, "bytes %llu-%llu/%llu", (unsigned long long)range->from,
                            (unsigned long long)(range->from + range->size - 1),
                            (unsigned long long)range->total);
}

int s3_range_length(struct call *call, const struct s3_range *range)
{
        struct http_source *length = arena_new(&call->arena, struct http_source);

        if (!length)
                return -ENOMEM;
        *length = (struct http_source){.size = range->size}; /* never read for HEAD */
        call->answer = length;
        return 0;
}
