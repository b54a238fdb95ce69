#include "iam_fixture.h"

#include "services/policy_cache.h"

static const struct api_operation operation = {.name = STR_INIT("Test")};

struct work {
        struct fixture *fixture;
        const struct principal *principal;
        in_call what;
        void *arg;
};

static int work_in(struct txn *txn, void *arg)
{
        const struct work *work = arg;
        struct fixture *fixture = work->fixture;
        struct call call;
        int result;

        call_init(&call, &fixture->host, 4 << 20);
        call.txn = txn;
        call.operation = &operation;
        call.principal = *work->principal;
        call.account = work->principal->account;
        call.now_ms = clock_now_ms(&fixture->clock);
        result = work->what(&call, work->arg);
        assert_false(call.arena.failed);
        fixture->error = call.error ? arena_dup(&fixture->arena, call.error->code) : STR_NONE;
        fixture->message = arena_dup(&fixture->arena, call.error_message);
        call_done(&call);
        return result;
}

int run_as(struct fixture *fixture, const struct principal *principal, in_call what, void *arg)
{
        struct work work = {fixture, principal, what, arg};

        return store_write(fixture->store, work_in, &work);
}

int run(struct fixture *fixture, in_call what, void *arg)
{
        const struct principal root = {.kind = ROOT_USER,
                                       .account = ACCOUNT,
                                       .id = ACCOUNT,
                                       .arn = STR("arn:aws:iam::123456789012:root")};

        return run_as(fixture, &root, what, arg);
}

static int found(struct txn *txn, void *arg)
{
        struct fixture *fixture = arg;
        const struct iam_new_account account = {.id = ACCOUNT, .name = STR("unit")};

        return iam_create_account(txn, &fixture->arena, fixture->keyring, clock_now_ms(&fixture->clock),
                                  &account, &fixture->root);
}

int fixture_setup(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        const struct store_options options = {.engine = STORE_MEMORY};
        char problem[STORE_PROBLEM_MAX];

        assert_non_null(fixture);
        arena_init(&fixture->arena, 4 << 20);
        assert_int_equal(store_open(&options, &fixture->store, problem), 0);
        assert_int_equal(keyring_ephemeral(&fixture->keyring), 0);
        fixture->host = (struct host){.clock = &fixture->clock,
                                      .store = fixture->store,
                                      .keyring = fixture->keyring,
                                      .partition = STR("aws")};
        assert_int_equal(policy_cache_new(64, SIZE_MAX, &fixture->host.policies), 0);
        assert_int_equal(store_write(fixture->store, found, fixture), 0);
        *state = fixture;
        return 0;
}

int fixture_teardown(void **state)
{
        struct fixture *fixture = *state;

        store_close(fixture->store);
        policy_cache_free(fixture->host.policies);
        keyring_free(fixture->keyring);
        arena_done(&fixture->arena);
        free(fixture);
        return 0;
}

/* -- What tests need */

static int do_make_user(struct call *call, void *arg)
{
        struct iam_create_user_out out = {};

        return iam_create_user(call, arg, &out);
}

void make_user(struct fixture *fixture, const char *name, const char *path)
{
        struct iam_create_user_in in = {.user_name = str_of(name), .path = str_of(path)};

        assert_int_equal(run(fixture, do_make_user, &in), 0);
}

static int do_make_group(struct call *call, void *arg)
{
        struct iam_create_group_out out = {};

        return iam_create_group(call, arg, &out);
}

void make_group(struct fixture *fixture, const char *name)
{
        struct iam_create_group_in in = {.group_name = str_of(name)};

        assert_int_equal(run(fixture, do_make_group, &in), 0);
}

static int do_join(struct call *call, void *arg)
{
        struct iam_add_user_to_group_out out = {};

        return iam_add_user_to_group(call, arg, &out);
}

void join(struct fixture *fixture, const char *user, const char *group)
{
        struct iam_add_user_to_group_in in = {.user_name = str_of(user), .group_name = str_of(group)};

        assert_int_equal(run(fixture, do_join, &in), 0);
}

static int do_put_user_policy(struct call *call, void *arg)
{
        struct iam_put_user_policy_out out = {};

        return iam_put_user_policy(call, arg, &out);
}

void put_user_policy(struct fixture *fixture, const char *user, const char *name, const char *document)
{
        struct iam_put_user_policy_in in = {
                .user_name = str_of(user), .policy_name = str_of(name), .policy_document = str_of(document)};

        assert_int_equal(run(fixture, do_put_user_policy, &in), 0);
}

static int do_put_group_policy(struct call *call, void *arg)
{
        struct iam_put_group_policy_out out = {};

        return iam_put_group_policy(call, arg, &out);
}

void put_group_policy(struct fixture *fixture, const char *group, const char *name, const char *document)
{
        struct iam_put_group_policy_in in = {.group_name = str_of(group),
                                             .policy_name = str_of(name),
                                             .policy_document = str_of(document)};

        assert_int_equal(run(fixture, do_put_group_policy, &in), 0);
}

struct key_wish {
        struct fixture *fixture;
        struct str user;
        struct iam_access_key key;
};

static int do_make_key(struct call *call, void *arg)
{
        struct key_wish *wish = arg;
        struct iam_create_access_key_in in = {.user_name = wish->user};
        struct iam_create_access_key_out out = {};
        struct arena *arena = &wish->fixture->arena;

        TRY(iam_create_access_key(call, &in, &out));
        wish->key.access_key_id = arena_dup(arena, out.access_key->access_key_id);
        wish->key.secret_access_key = arena_dup(arena, out.access_key->secret_access_key);
        return 0;
}

struct iam_access_key make_key(struct fixture *fixture, const char *user)
{
        struct key_wish wish = {.fixture = fixture, .user = str_of(user)};

        assert_int_equal(run(fixture, do_make_key, &wish), 0);
        return wish.key;
}
