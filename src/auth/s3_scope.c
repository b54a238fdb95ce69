#include "auth/canonical.h"
#include "auth/internal.h"
#include "auth/s3.h"
#include "auth/scope.h"

#define SKEW_MS    (15 * 60 * MS_PER_S)
#define SKEW_WORDS "900000"

/* -- Where a signature is good for. S3 says the first thing that is wrong. */

static bool is_day(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (s.ptr[i] < '0' || s.ptr[i] > '9')
                        return false;
        return s.len == 8;
}

static int check_region(struct check *check)
{
        struct str region = check->claim.region, expected = check->expected->region;

        if (scope_is_right_region(check))
                return 0;
        if (!str_is_set(expected))
                return s3_refuse_credential(
                        check, arena_printf(check->arena, "the region '%.*s' is wrong", SHOWN_ARG(region)));
        refuse_detail(check, "Region", expected);
        return s3_refuse_credential(check,
                                    arena_printf(check->arena, "the region '%.*s' is wrong; expecting '%.*s'",
                                                 SHOWN_ARG(region), STR_ARG(expected)));
}

int s3_scope_check(struct check *check)
{
        const struct claim *claim = &check->claim;
        struct str day = str_part(claim->timestamp, 0, 8), words = STR_NONE;

        if (!is_day(claim->date))
                words = arena_printf(
                        check->arena,
                        "incorrect date format \"%.*s\". This date in the credential must be in the format "
                        "\"yyyyMMdd\".",
                        SHOWN_ARG(claim->date));
        else if (!str_eq(claim->service, check->expected->service))
                words = arena_printf(check->arena,
                                     "incorrect service \"%.*s\". This endpoint belongs to \"%.*s\".",
                                     SHOWN_ARG(claim->service), STR_ARG(check->expected->service));
        else if (!str_eq(claim->terminator, STR(SIGNING_TERMINATOR)))
                words = arena_printf(check->arena,
                                     "incorrect terminal \"%.*s\". This endpoint uses \"" SIGNING_TERMINATOR
                                     "\".",
                                     SHOWN_ARG(claim->terminator));
        else if (!str_eq(claim->date, day))
                words = arena_printf(check->arena,
                                     "Invalid credential date \"%.*s\". This date is not the same as "
                                     "X-Amz-Date: \"%.*s\".",
                                     SHOWN_ARG(claim->date), STR_ARG(day));
        return str_is_set(words) ? s3_refuse_credential(check, words) : check_region(check);
}

/* -- When. */

static int refuse_skew(struct check *check, int64_t now_ms)
{
        refuse_detail(check, "RequestTime", check->claim.timestamp);
        refuse_detail(check, "ServerTime", time_iso(check->arena, now_ms));
        refuse_detail(check, "MaxAllowedSkewMilliseconds", STR(SKEW_WORDS));
        return refuse(check, AUTH_SKEWED,
                      "The difference between the request time and the current time is too large.");
}

static int refuse_early(struct check *check, int64_t now_ms)
{
        refuse_detail(check, "X-Amz-Date", check->claim.timestamp);
        refuse_detail(check, "ServerTime", time_iso(check->arena, now_ms));
        return refuse(check, AUTH_EXPIRED_REQUEST, "Request is not yet valid");
}

static int refuse_late(struct check *check, int64_t end_ms, int64_t now_ms)
{
        refuse_detail(check, "X-Amz-Expires",
                      arena_printf(check->arena, "%lld", (long long)check->claim.lifetime_s));
        refuse_detail(check, "Expires", time_iso(check->arena, end_ms));
        refuse_detail(check, "ServerTime", time_iso(check->arena, now_ms));
        return refuse(check, AUTH_EXPIRED_REQUEST, "Request has expired");
}

/* The clocks are those of time_check(). */
int s3_time_check(struct check *check)
{
        const struct claim *claim = &check->claim;
        int64_t wall_ms = clock_wall_ms(), now_ms = clock_now_ms(check->auth->clock), end_ms;

        if (!claim->is_presigned)
                return claim->signed_at_ms > wall_ms + SKEW_MS || claim->signed_at_ms < wall_ms - SKEW_MS
                               ? refuse_skew(check, wall_ms)
                               : 0;
        if (claim->signed_at_ms > wall_ms + SKEW_MS)
                return refuse_early(check, wall_ms);
        end_ms = clock_at(check->auth->clock, claim->signed_at_ms) + claim->lifetime_s * MS_PER_S;
        return now_ms > end_ms || claim->lifetime_s == 0 ? refuse_late(check, end_ms, now_ms) : 0;
}

/* -- What it covers. */

/* S3 names them all. */
int s3_signed_headers_check(struct check *check)
{
        const struct http_request *request = check->request;
        bool has_host = is_signed_header(check->claim.signed_headers, STR("host"));
        struct str names = has_host ? STR_NONE : STR("host");

        for (size_t i = 0; i < request->header_count; i++) {
                struct str name = request->headers[i].name;

                if (str_starts_nocase(name, STR("x-amz-")) &&
                    !is_signed_header(check->claim.signed_headers, name))
                        names = arena_printf(check->arena, "%.*s%s%.*s", SHOWN_ARG(names),
                                             names.len ? ", " : "",
                                             SHOWN_ARG(arena_lower(check->arena, name)));
        }
        if (!str_is_set(names))
                return 0;
        refuse_detail(check, "HeadersNotSigned", names);
        return refuse(check, AUTH_DENIED, "There were headers present in the request which were not signed");
}
