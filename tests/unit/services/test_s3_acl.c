/* Lists as headers write them, what their permissions cover, and the ids of accounts.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
#include "services/s3/acl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* -- Headers */

struct pair {
        const char *kind, *value;
};

static void assert_grantees(const char *header, const struct pair *expected, size_t count, int end)
{
        struct str rest = str_of(header), kind, value;

        for (size_t i = 0; i < count; i++) {
                assert_int_equal(s3_grantee_next(&rest, &kind, &value), 1);
                assert_true(str_eq(kind, str_of(expected[i].kind)));
                assert_true(str_eq(value, str_of(expected[i].value)));
        }
        assert_int_equal(s3_grantee_next(&rest, &kind, &value), end);
}

static void test_grantees(void **state)
{
        static const struct pair ONE[] = {{"id", "79a5"}}, TWO[] = {{"id", "79a5"}, {"uri", "http://a/b"}},
                                 COMMA[] = {{"id", "7,9"}, {"id", "5"}},
                                 EQUALS[] = {{"uri", "http://a/?b=c"}};

        (void)state;
        assert_grantees("id=\"79a5\"", ONE, 1, 0);
        assert_grantees("id=79a5", ONE, 1, 0);
        assert_grantees("  id = \"79a5\"  ", ONE, 1, 0);
        assert_grantees("id=\"79a5\",uri=\"http://a/b\"", TWO, 2, 0);
        assert_grantees("id=79a5 , uri=http://a/b", TWO, 2, 0);
        assert_grantees("id=\"79a5\" ,\turi=http://a/b", TWO, 2, 0);
        assert_grantees("id=\"7,9\", id=5", COMMA, 2, 0);
        assert_grantees("uri=http://a/?b=c", EQUALS, 1, 0);
}

static void test_grantees_that_are_none(void **state)
{
        static const char *const WRONG[] = {"id",     "=",        "=x", "id=", "id=\"",     "id=\"\"",
                                            "id=\"x", "id=,id=x", ",",  " ",   "id=\"x\"y", "id=\"x\" y"};
        static const struct pair ONE[] = {{"id", "x"}};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
                struct str rest = str_of(WRONG[i]), kind, value;
                int r;

                while ((r = s3_grantee_next(&rest, &kind, &value)) > 0)
                        ;
                if (r != -EINVAL)
                        print_error("%s\n", WRONG[i]);
                assert_int_equal(r, -EINVAL);
        }
        assert_grantees("id=x,", ONE, 1, -EINVAL);
        assert_grantees("id=x,nonsense", ONE, 1, -EINVAL);
}

/* -- Permissions: the whole table of the user guide */

#define READ    1
#define WRITE   2
#define READ_A  4
#define WRITE_A 8

static const struct {
        const char *action;
        int on_bucket, on_object; /* what covers it, beside FULL_CONTROL */
} TABLE[] = {
        {"s3:ListBucket", READ, 0},
        {"s3:ListBucketVersions", READ, 0},
        {"s3:ListBucketMultipartUploads", READ, 0},
        {"s3:PutObject", WRITE, 0},
        {"s3:DeleteObject", WRITE, 0},
        {"s3:GetBucketAcl", READ_A, 0},
        {"s3:PutBucketAcl", WRITE_A, 0},
        {"s3:GetObject", 0, READ},
        {"s3:GetObjectVersion", 0, READ},
        {"s3:GetObjectAcl", 0, READ_A},
        {"s3:GetObjectVersionAcl", 0, READ_A},
        {"s3:PutObjectAcl", 0, WRITE_A},
        {"s3:PutObjectVersionAcl", 0, WRITE_A},
        {"s3:DeleteObjectVersion", 0, 0},
        {"s3:GetObjectTagging", 0, 0},
        {"s3:GetObjectAttributes", 0, 0},
        {"s3:GetBucketPolicy", 0, 0},
        {"s3:PutBucketPolicy", 0, 0},
        {"s3:DeleteBucket", 0, 0},
        {"s3:GetBucketLocation", 0, 0},
        {"s3:BypassGovernanceRetention", 0, 0},
        {"s3:*", 0, 0},
        {"", 0, 0},
};

static void test_what_is_covered(void **state)
{
        static const struct {
                const char *name;
                int bit;
        } PERMISSIONS[] = {{"READ", READ},         {"WRITE", WRITE},         {"READ_ACP", READ_A},
                           {"WRITE_ACP", WRITE_A}, {"FULL_CONTROL", 0xFFFF}, {"", 0},
                           {"full_control", 0}};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(TABLE); i++)
                for (size_t k = 0; k < ARRAY_LEN(PERMISSIONS); k++) {
                        struct str permission = str_of(PERMISSIONS[k].name), action = str_of(TABLE[i].action);
                        int bit = PERMISSIONS[k].bit;

                        assert_int_equal(s3_acl_covers(false, permission, action),
                                         (TABLE[i].on_bucket & bit) != 0);
                        assert_int_equal(s3_acl_covers(true, permission, action),
                                         (TABLE[i].on_object & bit) != 0);
                }
}

/* -- Lists */

static void test_lists(void **state)
{
        struct s3_grant_list list = {};
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 20);
        assert_true(s3_acl_is_private(&arena, &list, STR("111122223333")));
        assert_false(s3_acl_is_public(&list));
        assert_true(s3_acl_add(&arena, &list,
                               s3_grant_to_owner(&arena, STR("111122223333"), STR("FULL_CONTROL"))));
        assert_true(s3_acl_is_private(&arena, &list, STR("111122223333")));
        assert_false(s3_acl_is_private(&arena, &list, STR("444455556666")));
        assert_true(s3_acl_add(&arena, &list, s3_grant_to_group(&arena, S3_LOG_DELIVERY, STR("WRITE"))));
        assert_false(s3_acl_is_private(&arena, &list, STR("111122223333")));
        assert_false(s3_acl_is_public(&list));
        assert_true(
                s3_acl_add(&arena, &list, s3_grant_to_group(&arena, S3_AUTHENTICATED_USERS, STR("READ"))));
        assert_true(s3_acl_is_public(&list));
        while (list.count < S3_GRANTS_MAX)
                assert_true(s3_acl_add(&arena, &list, s3_grant_to_id(&arena, S3_EC2_ID, STR("READ"))));
        assert_false(s3_acl_add(&arena, &list, s3_grant_to_id(&arena, S3_EC2_ID, STR("READ"))));
        arena_done(&arena);
}

/* -- Ids */

static void test_ids_lead_back(void **state)
{
        static const char *const ACCOUNTS[] = {"111122223333", "000000000000", "999999999999",
                                               "123456789012"};
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 20);
        for (size_t i = 0; i < ARRAY_LEN(ACCOUNTS); i++) {
                struct str account = str_of(ACCOUNTS[i]), id = s3_canonical_id(&arena, account);
                char wrong[65];

                assert_int_equal(id.len, 64);
                assert_true(str_eq(s3_account_of_id(&arena, id), account));
                for (size_t k = 0; k < id.len; k++) {
                        memcpy(wrong, id.ptr, id.len);
                        wrong[k] = wrong[k] == '0' ? '1' : '0';
                        assert_false(str_is_set(s3_account_of_id(&arena, str_make(wrong, id.len))));
                }
                assert_false(str_is_set(s3_account_of_id(&arena, str_part(id, 0, 62))));
        }
        assert_false(str_is_set(s3_account_of_id(&arena, STR(""))));
        assert_false(str_is_set(s3_account_of_id(&arena, S3_EC2_ID)));
        assert_false(str_is_set(s3_canonical_id(&arena, STR(""))));
        assert_false(str_is_set(s3_canonical_id(&arena, STR("anonymous"))));
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_grantees),        cmocka_unit_test(test_grantees_that_are_none),
                cmocka_unit_test(test_what_is_covered), cmocka_unit_test(test_lists),
                cmocka_unit_test(test_ids_lead_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
