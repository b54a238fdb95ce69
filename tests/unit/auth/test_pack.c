#include "auth/pack.h"

#include "base/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena arena;

static struct principal sample(void)
{
        static struct str policies[] = {STR_INIT("{}")}, arns[] = {STR_INIT("arn:1"), STR_INIT("arn:2")};
        static struct str_pair tags[] = {{STR_INIT("team"), STR_INIT("blue")},
                                         {STR_INIT("empty"), STR_INIT("")}};
        static struct str keys[] = {STR_INIT("team")};

        return (struct principal){
                .kind = ASSUMED_ROLE,
                .account = STR("123456789012"),
                .arn = STR("arn:aws:sts::123456789012:assumed-role/r/s"),
                .id = STR("AROAEXAMPLE:s"),
                .name = STR("s"),
                .access_key_id = STR("ASIAEXAMPLE"),
                .is_temporary = true,
                .session = {.issued_ms = 1,
                            .expires_ms = INT64_C(1) << 42,
                            .mfa = true,
                            .has_policy = true,
                            .issuer_arn = STR("arn:aws:iam::123456789012:role/r"),
                            .issuer_id = STR(""),
                            .policies = {policies, 1, true},
                            .policy_arns = {arns, 2, true},
                            .tags = {tags, 2, true},
                            .transitive_tag_keys = {keys, 1, true}},
        };
}

static struct str packed(const struct principal *principal, size_t *ret_limited)
{
        _cleanup_(buf_done) struct buf out = {};

        buf_init(&out, (size_t)1 << 16);
        assert_int_equal(principal_pack(principal, &out, ret_limited), 0);
        return arena_dup(&arena, buf_str(&out));
}

static void test_round_trip(void **state)
{
        struct principal principal = sample(), back;
        size_t limited;
        struct str bytes = packed(&principal, &limited);

        (void)state;
        assert_int_equal(principal_unpack(bytes, &arena, &back), 0);
        assert_int_equal(back.kind, ASSUMED_ROLE);
        assert_true(back.is_temporary && back.session.mfa && back.session.has_policy &&
                    !back.session.is_role_chained);
        assert_true(str_eq(back.arn, principal.arn) && str_eq(back.id, principal.id));
        assert_true(str_eq(back.access_key_id, principal.access_key_id));
        assert_int_equal(back.session.issued_ms, 1);
        assert_int_equal(back.session.expires_ms, INT64_C(1) << 42);
        assert_true(str_is_set(back.session.issuer_id) && back.session.issuer_id.len == 0);
        assert_false(str_is_set(back.session.source_identity));
        assert_true(str_eq(back.session.policy_arns.items[1], STR("arn:2")));
        assert_int_equal(back.session.tags.count, 2);
        assert_true(str_eq(back.session.tags.items[0].value, STR("blue")));
        assert_true(str_eq(back.session.transitive_tag_keys.items[0], STR("team")));
        /* policies 1 + 3, ARNs 1 + 12, tags 1 + 10 + 7; each with its count before it */
        assert_int_equal(limited, 35);
}

static void test_cut_short(void **state)
{
        struct principal principal = sample(), back;
        size_t limited;
        struct str bytes = packed(&principal, &limited);

        (void)state;
        for (size_t len = 0; len < bytes.len; len++)
                assert_int_equal(principal_unpack(str_part(bytes, 0, len), &arena, &back), -EBADMSG);
        bytes.len++; /* the NUL behind it */
        assert_int_equal(principal_unpack(bytes, &arena, &back), -EBADMSG);
}

static void test_random_bytes(void **state)
{
        uint8_t bytes[64];
        struct principal back;

        (void)state;
        for (int i = 0; i < 20000; i++) {
                struct arena small;

                arena_init(&small, 4096);
                random_fill(bytes, sizeof(bytes));
                bytes[0] = 1;
                bytes[1] %= 6;
                (void)!principal_unpack(str_make(bytes, sizeof(bytes)), &small, &back);
                arena_done(&small);
        }
}

/* What was read from a snapshot outlives it. */
static void test_keep(void **state)
{
        char text[] = "123456789012";
        struct principal principal = {.kind = IAM_USER,
                                      .account = str_make(text, 12),
                                      .name = str_make(text + 4, 4),
                                      .id = str_make(text, 0)};
        struct arena small;

        (void)state;
        principal.session.issuer_name = str_make(text + 8, 4);
        assert_int_equal(principal_keep(&principal, &arena), 0);
        memset(text, 'x', sizeof(text) - 1);
        assert_true(str_eq(principal.account, STR("123456789012")));
        assert_true(str_eq(principal.name, STR("5678")));
        assert_true(str_eq(principal.session.issuer_name, STR("9012")));
        assert_true(str_is_set(principal.id) && principal.id.len == 0);
        assert_false(str_is_set(principal.arn));
        arena_init(&small, 8);
        assert_int_equal(principal_keep(&principal, &small), -ENOMEM);
        arena_done(&small);
}

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_cut_short),
                cmocka_unit_test(test_random_bytes),
                cmocka_unit_test(test_keep),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
