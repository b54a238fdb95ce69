/* What the pipeline asks of IAM: keys, sessions, policies, tags, accounts. */
#include "iam_fixture.h"

#define ALLOW                                                                                                \
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:Get*\","           \
        "\"Resource\":\"*\"}}"

struct look {
        struct fixture *fixture;
        struct str key_id;
        struct auth_key key;
        struct str secret;
        struct principal principal;
        struct iam_policy_set set;
        struct str names[8];
        struct str_map tags;
        int64_t now_ms;
};

/* -- Keys */

static int do_find_key(struct call *call, void *arg)
{
        struct look *look = arg;
        struct iam_key_source source = {call->txn, call->host->keyring};
        _cleanup_(secret_done) struct secret secret = {};

        TRY(iam_find_access_key(&source, &look->fixture->arena, look->key_id, &look->key));
        TRY(iam_open_secret(&source, look->key_id, &look->key, &secret));
        look->secret = arena_dup(&look->fixture->arena, secret_str(&secret));
        return 0;
}

static void test_keys_of_users(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture};
        struct iam_access_key made;

        make_user(fixture, "bob", "/staff/");
        made = make_key(fixture, "bob");
        look.key_id = made.access_key_id;
        assert_int_equal(run(fixture, do_find_key, &look), 0);
        assert_true(look.key.is_active);
        assert_int_equal(look.key.principal.kind, IAM_USER);
        assert_true(str_eq(look.key.principal.arn, STR("arn:aws:iam::123456789012:user/staff/bob")));
        assert_true(str_eq(look.key.principal.account, ACCOUNT));
        assert_true(str_eq(look.key.principal.access_key_id, made.access_key_id));
        assert_true(str_starts(look.key.principal.id, STR("AIDA")));
        assert_true(str_eq(look.secret, made.secret_access_key));
        /* At rest it is sealed. */
        assert_int_equal(str_find(look.key.sealed_secret, made.secret_access_key), -1);
}

static void test_keys_of_the_root_user(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture, .key_id = fixture->root.access_key_id};

        assert_int_equal(run(fixture, do_find_key, &look), 0);
        assert_int_equal(look.key.principal.kind, ROOT_USER);
        assert_true(str_eq(look.key.principal.arn, STR("arn:aws:iam::123456789012:root")));
        assert_true(str_eq(look.key.principal.id, ACCOUNT));
        assert_true(str_eq(look.secret, fixture->root.secret_access_key));
}

static void test_unknown_key(void **state)
{
        struct look look = {.fixture = *state, .key_id = STR("AKIAIOSFODNN7EXAMPLE")};

        assert_int_equal(run(*state, do_find_key, &look), -ENOENT);
}

static int do_swap_secrets(struct call *call, void *arg)
{
        struct str *ids = arg;
        struct iam_access_key_record one = {.id = ids[0]}, two = {.id = ids[1]};
        struct str sealed;

        TRY(call_get(call, &iam_access_key_record_type, &one));
        TRY(call_get(call, &iam_access_key_record_type, &two));
        sealed = one.secret;
        one.secret = two.secret;
        two.secret = sealed;
        TRY(call_put(call, &iam_access_key_record_type, &one));
        return call_put(call, &iam_access_key_record_type, &two);
}

static void test_a_secret_opens_for_its_own_key_only(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture};
        struct str ids[2];

        make_user(fixture, "bob", NULL);
        ids[0] = make_key(fixture, "bob").access_key_id;
        ids[1] = make_key(fixture, "bob").access_key_id;
        assert_int_equal(run(fixture, do_swap_secrets, ids), 0);
        look.key_id = ids[0];
        assert_int_equal(run(fixture, do_find_key, &look), -EBADMSG);
}

/* -- Sessions */

static int do_check_session(struct call *call, void *arg)
{
        struct look *look = arg;
        int result = iam_check_session(call->txn, &call->arena, &look->principal);

        look->principal.arn = arena_dup(&look->fixture->arena, look->principal.arn);
        look->principal.name = arena_dup(&look->fixture->arena, look->principal.name);
        return result;
}

static int do_rename(struct call *call, void *arg)
{
        const struct iam_update_user_in in = {.user_name = STR("bob"), .new_user_name = STR("rob")};
        struct iam_update_user_out out = {};

        (void)arg;
        return iam_update_user(call, &in, &out);
}

static int do_delete(struct call *call, void *arg)
{
        const struct iam_delete_user_in in = {.user_name = str_of(arg)};
        struct iam_delete_user_out out = {};

        return iam_delete_user(call, &in, &out);
}

static struct principal user_principal(struct fixture *fixture, const char *name)
{
        struct look look = {.fixture = fixture, .key_id = make_key(fixture, name).access_key_id};

        assert_int_equal(run(fixture, do_find_key, &look), 0);
        return look.key.principal;
}

static int do_delete_keys(struct call *call, void *arg)
{
        const struct principal *principal = arg;
        const struct iam_delete_access_key_in in = {.user_name = STR("bob"),
                                                    .access_key_id = principal->access_key_id};
        struct iam_delete_access_key_out out = {};

        return iam_delete_access_key(call, &in, &out);
}

static void test_a_session_follows_its_user_until_he_is_gone(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture};

        make_user(fixture, "bob", NULL);
        look.principal = user_principal(fixture, "bob");
        look.principal.is_temporary = true;
        assert_int_equal(run(fixture, do_check_session, &look), 0);
        assert_int_equal(run(fixture, do_delete_keys, &look.principal), 0);
        assert_int_equal(run(fixture, do_rename, NULL), 0);
        assert_int_equal(run(fixture, do_check_session, &look), 0);
        assert_true(str_eq(look.principal.arn, STR("arn:aws:iam::123456789012:user/rob")));
        assert_true(str_eq(look.principal.name, STR("rob")));
        assert_int_equal(run(fixture, do_delete, (void *)"rob"), 0);
        assert_int_equal(run(fixture, do_check_session, &look), -EACCES);
        /* Another user of the same name is another user. */
        make_user(fixture, "rob", NULL);
        assert_int_equal(run(fixture, do_check_session, &look), -EACCES);
}

static void test_sessions_of_roles_that_never_were(void **state)
{
        struct look look = {.fixture = *state,
                            .principal = {.kind = ASSUMED_ROLE,
                                          .account = ACCOUNT,
                                          .is_temporary = true,
                                          .session = {.issuer_id = STR("AROAAAAAAAAAAAAAAAAAA")}}};

        assert_int_equal(run(*state, do_check_session, &look), -EACCES);
        look.principal = (struct principal){.kind = FEDERATED_USER,
                                            .account = ACCOUNT,
                                            .is_temporary = true,
                                            .session = {.issuer_id = ACCOUNT}};
        assert_int_equal(run(*state, do_check_session, &look), 0);
        look.principal.session.issuer_id = look.principal.account = STR("999999999999");
        assert_int_equal(run(*state, do_check_session, &look), -EACCES);
}

/* -- Policies */

static int do_collect(struct call *call, void *arg)
{
        struct look *look = arg;

        TRY(iam_collect_policies(call, &look->set));
        assert_true(look->set.identity.count <= ARRAY_LEN(look->names));
        for (size_t i = 0; i < look->set.identity.count; i++)
                look->names[i] = arena_dup(&look->fixture->arena, look->set.identity.items[i].name);
        return 0;
}

static int do_break_policy(struct call *call, void *arg)
{
        const struct principal *principal = arg;
        const struct iam_inline_policy_record row = {
                .owner_id = principal->id, .name = STR("broken"), .document = STR("{\"Version\":")};

        return call_put(call, &iam_inline_policy_record_type, &row);
}

static void test_policies_of_a_user_and_its_groups(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture};
        struct principal bob;

        make_user(fixture, "bob", NULL);
        make_group(fixture, "crew");
        make_group(fixture, "strangers");
        join(fixture, "bob", "crew");
        put_user_policy(fixture, "bob", "own", ALLOW);
        put_group_policy(fixture, "crew", "shared", ALLOW);
        put_group_policy(fixture, "strangers", "theirs", ALLOW);
        bob = user_principal(fixture, "bob");
        assert_int_equal(run_as(fixture, &bob, do_collect, &look), 0);
        assert_int_equal(look.set.identity.count, 2);
        assert_true(str_eq(look.names[0], STR("own")));
        assert_true(str_eq(look.names[1], STR("shared")));
        assert_null(look.set.boundary);
        assert_false(look.set.has_session);
}

static void test_a_broken_policy_closes(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture};
        struct principal bob;

        make_user(fixture, "bob", NULL);
        put_user_policy(fixture, "bob", "own", ALLOW);
        bob = user_principal(fixture, "bob");
        assert_int_equal(run(fixture, do_break_policy, &bob), 0);
        assert_int_equal(run_as(fixture, &bob, do_collect, &look), -EACCES);
}

static void test_session_policies(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture};
        struct str document = STR(ALLOW), arn = STR("arn:aws:iam::aws:policy/ReadOnlyAccess");
        struct principal federated = {.kind = FEDERATED_USER,
                                      .account = ACCOUNT,
                                      .is_temporary = true,
                                      .session = {.issuer_id = ACCOUNT,
                                                  .has_policy = true,
                                                  .policies = {&document, 1, true},
                                                  .policy_arns = {&arn, 1, true}}};

        assert_int_equal(run_as(fixture, &federated, do_collect, &look), 0);
        assert_true(look.set.has_session);
        assert_int_equal(look.set.session.count, 2);
        assert_int_equal(look.set.identity.count, 1);
        arn = STR("arn:aws:iam::123456789012:policy/gone");
        assert_int_equal(run_as(fixture, &federated, do_collect, &look), -EACCES);
}

static void test_root_has_no_policies(void **state)
{
        struct look look = {.fixture = *state};

        assert_int_equal(run(*state, do_collect, &look), 0);
        assert_int_equal(look.set.identity.count, 0);
}

/* -- Tags */

static int do_tag(struct call *call, void *arg)
{
        struct iam_tag tag = {STR("Team"), STR("red")};
        const struct iam_tag_user_in in = {.user_name = str_of(arg), .tags = {&tag, 1, true}};
        struct iam_tag_user_out out = {};

        return iam_tag_user(call, &in, &out);
}

static int do_principal_tags(struct call *call, void *arg)
{
        struct str_map tags;

        (void)arg;
        TRY(iam_principal_tags(call, &tags));
        assert_int_equal(tags.count, 1);
        assert_true(str_eq(tags.items[0].key, STR("Team")) && str_eq(tags.items[0].value, STR("red")));
        return 0;
}

static void test_principal_tags(void **state)
{
        struct fixture *fixture = *state;
        struct principal bob;

        make_user(fixture, "bob", NULL);
        bob = user_principal(fixture, "bob");
        assert_int_equal(run(fixture, do_tag, (void *)"bob"), 0);
        assert_int_equal(run_as(fixture, &bob, do_principal_tags, NULL), 0);
}

/* -- Use of keys */

static int do_note(struct call *call, void *arg)
{
        const struct look *look = arg;

        return iam_note_key_use(call->txn, &call->arena, look->key_id, STR("sts"), STR("eu-west-1"),
                                look->now_ms);
}

static int do_last_use(struct call *call, void *arg)
{
        struct look *look = arg;
        struct iam_last_use_record use = {.id = look->key_id};

        TRY(call_get(call, &iam_last_use_record_type, &use));
        look->now_ms = use.used.value;
        return 0;
}

static void test_uses_are_noted_by_quarters_of_an_hour(void **state)
{
        struct fixture *fixture = *state;
        struct look look = {.fixture = fixture, .key_id = fixture->root.access_key_id, .now_ms = 1000000};
        const int64_t minute = 60 * MS_PER_S;

        assert_int_equal(run(fixture, do_note, &look), 0);
        look.now_ms += 14 * minute;
        assert_int_equal(run(fixture, do_note, &look), 0);
        assert_int_equal(run(fixture, do_last_use, &look), 0);
        assert_int_equal(look.now_ms, 1000000);
        look.now_ms += 15 * minute;
        assert_int_equal(run(fixture, do_note, &look), 0);
        assert_int_equal(run(fixture, do_last_use, &look), 0);
        assert_int_equal(look.now_ms, 1000000 + 15 * minute);
        /* Of a key that is gone nothing is kept. */
        look.key_id = STR("AKIAIOSFODNN7EXAMPLE");
        assert_int_equal(run(fixture, do_note, &look), 0);
        assert_int_equal(run(fixture, do_last_use, &look), -ENOENT);
}

/* -- Accounts */

static int do_create_account(struct call *call, void *arg)
{
        struct iam_root_key key;

        return iam_create_account(call->txn, &call->arena, call->host->keyring, call->now_ms, arg, &key);
}

static void test_accounts(void **state)
{
        struct fixture *fixture = *state;
        struct iam_new_account fresh = {.name = STR("two"),
                                        .root_key_id = STR("AKIAMERLONEXAMPLE000"),
                                        .root_secret = STR("a secret of some length")};

        assert_int_equal(run(fixture, do_create_account, &fresh), 0);
        assert_int_equal(run(fixture, do_create_account, &fresh), -EEXIST); /* the key id */
        fresh = (struct iam_new_account){.id = ACCOUNT};
        assert_int_equal(run(fixture, do_create_account, &fresh), -EEXIST);
}

static void test_malformed_accounts(void **state)
{
        const struct iam_new_account bad[] = {
                {.id = STR("12345678901")},
                {.id = STR("12345678901x")},
                {.root_key_id = STR("AKIAMERLONEXAMPLE000")},
                {.root_secret = STR("a secret of some length")},
                {.root_key_id = STR("short"), .root_secret = STR("a secret of some length")},
                {.root_key_id = STR("ASIAMERLONEXAMPLE000"), .root_secret = STR("a secret of some length")},
                {.root_key_id = STR("AKIA MERLON EXAMPLE0"), .root_secret = STR("a secret of some length")},
                {.root_key_id = STR("AKIAMERLONEXAMPLE000"), .root_secret = STR("short")},
        };

        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                struct iam_new_account account = bad[i];

                assert_int_equal(run(*state, do_create_account, &account), -EINVAL);
        }
}

static int do_list_accounts(struct call *call, void *arg)
{
        struct iam_account_record *accounts;
        size_t count;

        (void)arg;
        for (int i = 0; i < 40; i++) {
                struct iam_new_account account = {.name = STR("many")};

                TRY(do_create_account(call, &account));
        }
        TRY(iam_list_accounts(call->txn, &call->arena, &accounts, &count));
        assert_int_equal(count, 41);
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(accounts[i].id.len, IAM_ACCOUNT_ID_LEN);
                assert_true(i == 0 || str_cmp(accounts[i - 1].id, accounts[i].id) < 0);
                assert_true(iam_account_exists(call->txn, accounts[i].id));
        }
        assert_false(iam_account_exists(call->txn, STR("000000000000")));
        return 0;
}

static void test_listing_accounts(void **state)
{
        assert_int_equal(run(*state, do_list_accounts, NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_keys_of_users),
                TEST(test_keys_of_the_root_user),
                TEST(test_unknown_key),
                TEST(test_a_secret_opens_for_its_own_key_only),
                TEST(test_a_session_follows_its_user_until_he_is_gone),
                TEST(test_sessions_of_roles_that_never_were),
                TEST(test_policies_of_a_user_and_its_groups),
                TEST(test_a_broken_policy_closes),
                TEST(test_session_policies),
                TEST(test_root_has_no_policies),
                TEST(test_principal_tags),
                TEST(test_uses_are_noted_by_quarters_of_an_hour),
                TEST(test_accounts),
                TEST(test_malformed_accounts),
                TEST(test_listing_accounts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
