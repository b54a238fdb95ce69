#include "server_fixture.h"

#include "events/recorder.h"
#include "events/subscriber.h"
#include "events/timers.h"
#include "server/invoke.h"
#include "services/iam/directory.h"

#include <stdlib.h>

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

struct server the_server;
struct arena fixture_arena;

static struct arena setup_arena;

static int nothing(void *arg)
{
        (void)arg;
        return 0;
}

int fixture_start(void **state)
{
        char *arguments[] = {(char *)(uintptr_t) "--ephemeral", (char *)(uintptr_t) "--listen",
                             (char *)(uintptr_t) "127.0.0.1:0", (char *)(uintptr_t) "--test-clock", NULL};
        char *environment[] = {NULL};
        char problem[SERVER_PROBLEM_MAX] = "";

        (void)state;
        arena_init(&setup_arena, (size_t)1 << 20);
        arena_init(&fixture_arena, (size_t)64 << 20);
        assert_int_equal(config_read(&the_server.config, &setup_arena, 4, arguments, environment, problem),
                         0);
        if (server_start(&the_server, problem) < 0)
                fail_msg("%s", problem);
        dispatcher_stop(the_server.dispatcher);
        the_server.dispatcher = NULL;
        /* What the start made due is done before a test puts what it would find. */
        assert_int_equal(timers_advance(the_server.timers, nothing, NULL), 0);
        return 0;
}

int fixture_stop(void **state)
{
        (void)state;
        server_stop(&the_server);
        arena_done(&fixture_arena);
        arena_done(&setup_arena);
        return 0;
}

/* -- People */

static int create_account(struct txn *txn, void *arg)
{
        struct iam_root_key *key = arg;
        const struct iam_new_account account = {.name = STR("unit")};

        return iam_create_account(txn, &fixture_arena, the_server.keyring, clock_now_ms(&the_server.clock),
                                  &account, key);
}

struct principal new_account(void)
{
        struct iam_root_key key;

        assert_int_equal(store_write(the_server.store, create_account, &key), 0);
        return (struct principal){
                .kind = ROOT_USER,
                .account = key.account,
                .id = key.account,
                .name = STR(""),
                .arn = arena_printf(&fixture_arena, "arn:aws:iam::%.*s:root", STR_ARG(key.account)),
                .access_key_id = key.access_key_id,
        };
}

struct new_user {
        const char *name, *policy;
        struct principal user;
};

static int create_user(struct call *call, void *arg)
{
        struct new_user *asked = arg;
        const struct iam_create_user_in user = {.user_name = str_of(asked->name)};
        const struct iam_put_user_policy_in policy = {.user_name = str_of(asked->name),
                                                      .policy_name = STR("inline"),
                                                      .policy_document = str_of(asked->policy)};
        struct iam_create_user_out made = {};
        struct iam_put_user_policy_out put = {};

        TRY(iam_create_user(call, &user, &made));
        asked->user = (struct principal){
                .kind = IAM_USER,
                .account = call->account,
                .arn = arena_dup(&fixture_arena, made.user->arn),
                .id = arena_dup(&fixture_arena, made.user->user_id),
                .name = arena_dup(&fixture_arena, made.user->user_name),
                .access_key_id = arena_printf(&fixture_arena, "AKIA%.*s", STR_ARG(made.user->user_id)),
        };
        return asked->policy ? iam_put_user_policy(call, &policy, &put) : 0;
}

struct principal new_user(const struct principal *root, const char *name, const char *policy)
{
        struct new_user asked = {.name = name, .policy = policy};
        struct outer outer = {.principal = root, .is_write = true};

        assert_int_equal(run_outer(&outer, create_user, &asked), 0);
        return asked.user;
}

/* -- Calls of a service that is not there */

static const struct api_service ELSEWHERE = {
        .name = STR_INIT("elsewhere"),
        .signing_name = STR_INIT("elsewhere"),
        .event_source = STR_INIT("elsewhere.amazonaws.com"),
        .protocol = API_JSON_1_1,
};
static const struct api_operation OPERATION = {.service = &ELSEWHERE, .name = STR_INIT("Elsewhere")};
static const struct http_header HEADERS[] = {{STR_INIT("User-Agent"), STR_INIT("client/1.0")}};
static const struct http_request REQUEST = {.method = STR_INIT("POST"),
                                            .path = STR_INIT("/"),
                                            .headers = HEADERS,
                                            .header_count = ARRAY_LEN(HEADERS),
                                            .source_ip = STR_INIT("192.0.2.7")};

static struct flight *fly(const struct outer *outer)
{
        struct flight *flight = flight_new(&the_server, &REQUEST);

        assert_non_null(flight);
        flight->service = &ELSEWHERE;
        flight->call.protocol = ELSEWHERE.protocol;
        flight->auth.principal = flight->call.principal = *outer->principal;
        flight->call.operation = &OPERATION;
        flight->call.account = str_is_set(outer->account) ? outer->account : outer->principal->account;
        flight->call.region = str_is_set(outer->region) ? outer->region : REGION;
        flight->call.may_take_time = outer->is_write || outer->may_take_time;
        return flight;
}

struct running {
        struct outer *outer;
        struct flight *flight;
        in_call what;
        void *arg;
};

static int run_once(struct running *running, struct txn *txn)
{
        struct call *call = &running->flight->call;

        call->error = NULL;
        call->wish = CALL_WISH_NONE;
        call->txn = txn;
        running->outer->inner_result = running->what(call, running->arg);
        assert_false(call->arena.failed);
        return running->outer->forgives ? 0 : running->outer->inner_result;
}

static int run_in(struct txn *txn, void *arg)
{
        struct running *running = arg;
        int r = run_once(running, txn);

        if (running->outer->begins_again) {
                invoke_forget(running->flight);
                r = run_once(running, txn);
        }
        if (r == 0 && txn_is_write(txn))
                r = invoke_append(running->flight, txn);
        return r;
}

static int run_in_snapshot(struct running *running)
{
        struct txn *txn;
        int r;

        assert_int_equal(store_read_begin(the_server.store, &txn), 0);
        r = run_in(txn, running);
        store_read_end(txn);
        return r;
}

int run_outer(struct outer *outer, in_call what, void *arg)
{
        struct running running = {outer, fly(outer), what, arg};
        struct flight *flight = running.flight;
        int r = outer->is_write ? store_write(the_server.store, run_in, &running) : run_in_snapshot(&running);

        if (r < 0 || !outer->is_write)
                assert_int_equal(invoke_queue(flight), 0);
        outer->wish = flight->call.wish;
        outer->error = flight->call.error ? flight->call.error->code : STR_NONE;
        outer->message = arena_dup(&fixture_arena, flight->call.error_message);
        outer->request_id = arena_dup(&fixture_arena, flight->call.request_id);
        flight_free(flight);
        return r;
}

/* -- Events */

struct looking {
        struct str account, name;
        json_t *found;
};

static int look_at(void *arg, uint64_t number, struct str encoded)
{
        struct looking *looking = arg;
        struct event event;
        json_t *json;

        (void)number;
        assert_int_equal(event_decode(encoded, &event), 0);
        if (!str_eq(event.account, looking->account) || !str_eq(event.name, looking->name))
                return 0;
        json = json_loadb(event.json.ptr, event.json.len, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        assert_int_equal(json_array_append_new(looking->found, json), 0);
        return 0;
}

json_t *events_of(struct str account, const char *name)
{
        struct looking looking = {account, str_of(name), json_array()};
        struct txn *txn;
        uint64_t after = 0;

        assert_int_equal(recorder_flush(the_server.recorder), 0);
        assert_int_equal(store_read_begin(the_server.store, &txn), 0);
        assert_int_equal(outbox_read(txn, &after, SIZE_MAX, look_at, &looking), 0);
        store_read_end(txn);
        return looking.found;
}

struct str event_member(json_t *event, const char *path)
{
        struct str rest = str_of(path), word;
        json_t *at = event;

        while (at && str_cut(&rest, '.', &word))
                at = json_object_get(at, arena_cstr(&fixture_arena, word));
        return arena_dup(&fixture_arena, str_of(json_string_value(at)));
}
