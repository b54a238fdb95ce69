#include "auth/scope.h"

#include "auth/internal.h"
#include "auth/s3.h"

#define SKEW_MIN   5 /* as IAM and STS allow */
#define MS_PER_MIN (60 * MS_PER_S)

/* Two letters, words, and a number: us-east-1, us-gov-west-1, ap-southeast-5. New regions come without a new
 * version. */
static bool is_region_name(struct str s)
{
        struct str last = STR_NONE;
        size_t words = 0;

        if (s.len > 32)
                return false;
        for (struct str rest = s, word; str_cut(&rest, '-', &word); words++) {
                if (word.len == 0 || (words == 0 && word.len != 2))
                        return false;
                for (size_t i = 0; i < word.len; i++)
                        if (!((word.ptr[i] >= 'a' && word.ptr[i] <= 'z') ||
                              (words > 0 && word.ptr[i] >= '0' && word.ptr[i] <= '9')))
                                return false;
                last = word;
        }
        return words >= 3 && last.len == 1 && last.ptr[0] >= '1' && last.ptr[0] <= '9';
}

bool scope_is_right_region(const struct check *check)
{
        if (str_is_set(check->expected->region))
                return str_eq(check->claim.region, check->expected->region);
        return is_region_name(check->claim.region);
}

/* AWS says everything that is wrong with a scope at once. */
int scope_check(struct check *check)
{
        const struct claim *claim = &check->claim;
        struct str day = str_part(claim->timestamp, 0, 8), texts[4] = {};

        if (check->expected->path_is_literal)
                return s3_scope_check(check);
        if (!scope_is_right_region(check))
                texts[0] = arena_printf(check->arena,
                                        "Credential should be scoped to a valid region, not '%.*s'. ",
                                        SHOWN_ARG(claim->region));
        if (!str_eq(claim->service, check->expected->service))
                texts[1] =
                        arena_printf(check->arena, "Credential should be scoped to correct service: '%.*s'. ",
                                     STR_ARG(check->expected->service));
        if (!str_eq(claim->terminator, STR(SIGNING_TERMINATOR)))
                texts[2] = arena_printf(
                        check->arena,
                        "Credential should be scoped with a valid terminator: 'aws4_request', not '%.*s'. ",
                        SHOWN_ARG(claim->terminator));
        if (!str_eq(claim->date, day))
                texts[3] = arena_printf(
                        check->arena,
                        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                        "from HTTP: '%.*s' != '%.*s', from '%.*s'. ",
                        SHOWN_ARG(claim->date), STR_ARG(day), STR_ARG(claim->timestamp));
        if (texts[0].len + texts[1].len + texts[2].len + texts[3].len == 0)
                return 0;
        return refuse(check, AUTH_WRONG_SCOPE, "%.*s%.*s%.*s%.*s", STR_ARG(texts[0]), STR_ARG(texts[1]),
                      STR_ARG(texts[2]), STR_ARG(texts[3]));
}

/* Both ways of being wrong name the three times that were compared. */
static int refuse_skew(struct check *check, bool is_late, int64_t now_ms)
{
        struct str now = time_basic(check->arena, now_ms);
        struct str edge = time_basic(check->arena, now_ms + (is_late ? -1 : 1) * SKEW_MIN * MS_PER_MIN);

        return refuse(check, AUTH_SKEWED,
                      is_late ? "Signature expired: %.*s is now earlier than %.*s (%.*s - %d min.)"
                              : "Signature not yet current: %.*s is still later than %.*s (%.*s + %d min.)",
                      STR_ARG(check->claim.timestamp), STR_ARG(edge), STR_ARG(now), SKEW_MIN);
}

/* The client's clock is compared with ours as nobody has advanced it; only the end of a presigned request,
 * like all that expires, goes by the clock that an operator may advance. */
int time_check(struct check *check)
{
        const struct claim *claim = &check->claim;
        int64_t now_ms = clock_wall_ms();

        if (check->expected->path_is_literal)
                return s3_time_check(check);
        if (claim->signed_at_ms > now_ms + SKEW_MIN * MS_PER_MIN)
                return refuse_skew(check, false, now_ms);
        if (claim->lifetime_s == 0)
                return claim->signed_at_ms < now_ms - SKEW_MIN * MS_PER_MIN ? refuse_skew(check, true, now_ms)
                                                                            : 0;
        if (clock_now_ms(check->auth->clock) >
            clock_at(check->auth->clock, claim->signed_at_ms) + claim->lifetime_s * MS_PER_S)
                return refuse(check, AUTH_EXPIRED_REQUEST, "Request has expired.");
        return 0;
}
