/* Pages that memory ends before MaxItems does. */
#include "iam_fixture.h"

#define USERS 400

struct walk {
        struct fixture *fixture;
        struct str marker;
        size_t pages, users;
        bool is_more;
};

static int do_details(struct call *call, void *arg)
{
        struct walk *walk = arg;
        const struct iam_get_account_authorization_details_in in = {.max_items = OPT_INT(1000),
                                                                    .marker = walk->marker};
        struct iam_get_account_authorization_details_out out = {};

        TRY(iam_get_account_authorization_details(call, &in, &out));
        walk->users += out.user_detail_list.count;
        walk->is_more = out.is_truncated.value;
        walk->marker = arena_dup(&walk->fixture->arena, out.marker);
        walk->pages++;
        return 0;
}

/* A policy as long as a user's may be, all of it to be percent-encoded. */
static const char *long_policy(struct fixture *fixture)
{
        struct buf buf;
        const char *text;

        buf_init(&buf, 4096);
        buf_add(&buf, STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Resource\":\"*\","
                          "\"Action\":["));
        for (int i = 0; i < 120; i++)
                buf_addf(&buf, "\"iam:Get%06d\",", i);
        buf_add(&buf, STR("\"iam:*\"]}}"));
        text = arena_cstr(&fixture->arena, buf_str(&buf));
        buf_done(&buf);
        assert_non_null(text);
        return text;
}

static void test_large_items_make_short_pages(void **state)
{
        struct fixture *fixture = *state;
        struct walk walk = {.fixture = fixture, .is_more = true};
        const char *document = long_policy(fixture);

        for (int i = 0; i < USERS; i++) {
                struct str name = arena_printf(&fixture->arena, "user%03d", i);

                make_user(fixture, name.ptr, NULL);
                put_user_policy(fixture, name.ptr, "p", document);
        }
        while (walk.is_more)
                assert_int_equal(run(fixture, do_details, &walk), 0);
        assert_int_equal(walk.users, USERS);
        assert_true(walk.pages > 1 && walk.pages < 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_large_items_make_short_pages, fixture_setup,
                                                fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
