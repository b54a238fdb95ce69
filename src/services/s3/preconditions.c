#include "services/s3/preconditions.h"

static struct str unquoted(struct str etag)
{
        if (etag.len >= 2 && str_starts(etag, STR("\"")) && str_ends(etag, STR("\"")))
                return str_part(etag, 1, etag.len - 2);
        return etag;
}

bool s3_etag_is(struct str etag, struct str said)
{
        return str_eq(etag, unquoted(str_trim(said)));
}

/* A list of ETags, or "*". */
static bool matches(struct str etag, struct str list)
{
        struct str piece;

        while (str_cut(&list, ',', &piece))
                if (str_eq(str_trim(piece), STR("*")) || s3_etag_is(etag, piece))
                        return true;
        return false;
}

static int failed(struct call *call, const char *condition)
{
        call_detail(call, STR("Condition"), str_of(condition));
        return fail(call, &s3_precondition_failed,
                    "At least one of the pre-conditions you specified did not hold");
}

/* HTTP's dates have no fractions. */
static bool is_newer(const struct s3_object_record *row, int64_t than_ms)
{
        return row->modified.value / MS_PER_S > than_ms / MS_PER_S;
}

static int check_positive(struct call *call, const struct s3_preconditions *given,
                          const struct s3_object_record *row)
{
        if (str_is_set(given->if_match)) {
                if (!matches(row->etag, given->if_match))
                        return failed(call, "If-Match");
        } else if (given->if_unmodified_since.is_set && is_newer(row, given->if_unmodified_since.value)) {
                return failed(call, "If-Unmodified-Since");
        }
        return 0;
}

static bool is_as_before(const struct s3_preconditions *given, const struct s3_object_record *row)
{
        if (str_is_set(given->if_none_match))
                return matches(row->etag, given->if_none_match);
        return given->if_modified_since.is_set && !is_newer(row, given->if_modified_since.value);
}

int s3_check_read(struct call *call, const struct s3_preconditions *given, const struct s3_object_record *row)
{
        TRY(check_positive(call, given, row));
        if (!is_as_before(given, row))
                return 0;
        call_header(call, STR("ETag"), arena_printf(&call->arena, "\"%.*s\"", STR_ARG(row->etag)));
        call_header(call, STR("Last-Modified"), time_http(&call->arena, row->modified.value));
        return fail(call, &s3_not_modified, "Not Modified");
}

int s3_check_source(struct call *call, const struct s3_preconditions *given,
                    const struct s3_object_record *row)
{
        TRY(check_positive(call, given, row));
        if (is_as_before(given, row))
                return failed(call, str_is_set(given->if_none_match) ? "x-amz-copy-source-If-None-Match"
                                                                     : "x-amz-copy-source-If-Modified-Since");
        return 0;
}

int s3_check_write(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                   struct str if_match, struct str if_none_match)
{
        struct s3_version newest;
        bool is_there;
        int r;

        if (!str_is_set(if_match) && !str_is_set(if_none_match))
                return 0;
        if (str_is_set(if_none_match) && !str_eq(if_none_match, STR("*"))) {
                call_detail(call, STR("Header"), STR("If-None-Match"));
                return fail(call, &s3_not_implemented,
                            "A header you provided implies functionality that is not implemented");
        }
        r = s3_newest(call, bucket, key, &newest);
        if (r < 0 && r != -ENOENT)
                return r;
        is_there = r == 0 && !s3_is_marker(&newest.row);
        if (str_is_set(if_none_match) && is_there)
                return failed(call, "If-None-Match");
        if (!str_is_set(if_match))
                return 0;
        if (!is_there) {
                call_detail(call, STR("Key"), key);
                return fail(call, &s3_no_such_key, "The specified key does not exist.");
        }
        return matches(newest.row.etag, if_match) ? 0 : failed(call, "If-Match");
}
