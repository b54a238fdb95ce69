/* Uses of credentials: noted at most once a minute for each key and service, role and region. */
#include "api/cloudtrail.h"
#include "server/server.h"
#include "server/use.h"

#include <pthread.h>

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

static struct server server;

static int open_table(void **state)
{
        (void)state;
        server = (struct server){};
        return use_table_new(&server.uses);
}

static int close_table(void **state)
{
        (void)state;
        use_table_free(server.uses);
        use_table_free(NULL);
        return 0;
}

static void flight_open(struct flight *flight, const char *key, int64_t now_ms)
{
        *flight = (struct flight){.server = &server, .service = api_services[0]};
        flight->auth.problem = AUTH_OK;
        arena_init(&flight->call.arena, 4096);
        flight->call.principal.kind = IAM_USER;
        flight->call.principal.access_key_id = str_of(key);
        flight->call.region = STR("us-east-1");
        flight->call.now_ms = now_ms;
}

static bool notes(const char *key, int64_t now_ms)
{
        struct flight flight;
        bool is_set;

        flight_open(&flight, key, now_ms);
        is_set = str_is_set(use_to_note(&flight));
        arena_done(&flight.call.arena);
        return is_set;
}

static void once_a_minute(void **state)
{
        (void)state;
        assert_true(notes("AKIA1", 1000000));
        assert_false(notes("AKIA1", 1000000));
        assert_false(notes("AKIA1", 1059999));
        assert_true(notes("AKIA2", 1059999)); /* each key for itself */
        assert_true(notes("AKIA1", 1060000));
        assert_false(notes("AKIA1", 1060001));
        assert_true(notes("AKIA1", 1060000 + 7 * MS_PER_DAY));
}

static void what_is_noted(void **state)
{
        struct flight flight;

        (void)state;
        flight_open(&flight, "AKIA1", 0);
        flight.call.region = STR("eu-west-1");
        assert_str(use_to_note(&flight), arena_printf(&flight.call.arena, "key AKIA1 %.*s eu-west-1",
                                                      STR_ARG(api_services[0]->signing_name)));
        arena_done(&flight.call.arena);
        flight_open(&flight, "ASIA1", 0);
        flight.call.principal.kind = ASSUMED_ROLE;
        flight.call.principal.session.issuer_id = STR("AROA1");
        assert_str(use_to_note(&flight), STR("role AROA1 - us-east-1"));
        arena_done(&flight.call.arena);
        flight_open(&flight, "ASIA2", 0); /* another session of the same role */
        flight.call.principal.kind = ASSUMED_ROLE;
        flight.call.principal.session.issuer_id = STR("AROA1");
        assert_str(use_to_note(&flight), STR_NONE);
        arena_done(&flight.call.arena);
}

static void a_call_has_one_answer(void **state)
{
        struct flight flight;

        (void)state;
        flight_open(&flight, "AKIA1", 0); /* a transaction may run again: the note must not be lost */
        assert_true(str_is_set(use_to_note(&flight)));
        assert_str(use_to_note(&flight), STR("key AKIA1 cloudtrail us-east-1"));
        arena_done(&flight.call.arena);
}

static void nothing_is_noted_of_what_was_not_authenticated(void **state)
{
        struct flight flight;

        (void)state;
        flight_open(&flight, "AKIA1", 0);
        flight.auth.problem = AUTH_BAD_SIGNATURE;
        assert_str(use_to_note(&flight), STR_NONE);
        arena_done(&flight.call.arena);
        flight_open(&flight, "AKIA1", 0);
        flight.service = NULL;
        assert_str(use_to_note(&flight), STR_NONE);
        arena_done(&flight.call.arena);
        flight_open(&flight, "", 0);
        assert_str(use_to_note(&flight), STR_NONE);
        arena_done(&flight.call.arena);
        assert_true(notes("AKIA1", 0)); /* and none of these took the minute */
}

static void a_clock_that_is_set_back(void **state)
{
        (void)state;
        assert_true(notes("AKIA1", 9 * MS_PER_DAY));          /* of a server that is reset then */
        assert_false(notes("AKIA1", 9 * MS_PER_DAY - 59999)); /* another thread looked at it before */
        assert_true(notes("AKIA1", 0));
        assert_false(notes("AKIA1", 59999));
}

/* -- What services note */

static void assert_notes(const char *const *texts, size_t count, int64_t now_ms, const char *expected)
{
        struct flight flight;

        flight_open(&flight, "AKIA1", now_ms);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(call_note(&flight.call, STR("kms.KeyUsage"), str_of(texts[i])), 0);
        assert_str(use_notes(&flight), str_of(expected));
        assert_str(use_notes(&flight), str_of(expected)); /* the same however often it is asked */
        arena_done(&flight.call.arena);
}

static void services_note_once_a_minute(void **state)
{
        static const char *const one[] = {"k Encrypt"}, *const two[] = {"k Encrypt", "l Decrypt"};
        static const char *const same[] = {"m ReEncrypt", "m ReEncrypt"};

        (void)state;
        assert_notes(NULL, 0, 0, NULL);
        assert_notes(one, 1, 0, "kms.KeyUsage k Encrypt");
        assert_notes(one, 1, 59999, NULL);
        assert_notes(two, 2, 59999, "kms.KeyUsage l Decrypt"); /* each for itself */
        assert_notes(same, 2, 59999, "kms.KeyUsage m ReEncrypt");
        assert_notes(two, 2, 7 * MS_PER_DAY, "kms.KeyUsage l Decrypt\nkms.KeyUsage k Encrypt");
}

static void a_note_wants_memory(void **state)
{
        struct call call = {};

        (void)state;
        arena_init(&call.arena, 8);
        assert_int_equal(call_note(&call, STR("kms.KeyUsage"), STR("k")), -ENOMEM);
        arena_done(&call.arena);
}

struct noting {
        struct str use;
        int result;
};

static int note(struct txn *txn, void *arg)
{
        struct noting *noting = arg;
        const struct event event = {
                .time_ms = 1000, .id = STR("event"), .request_id = STR("request"), .use = noting->use};

        noting->result = use_note(txn, &event);
        return 0;
}

/* Lines of the outbox are our own; one that nobody knows is told, and what is gone by then is dropped. */
static void what_is_stored(void **state)
{
        static const struct {
                struct str use;
                int result;
        } CASES[] = {
                {STR_INIT(""), 0},
                {STR_INIT("key AKIAGONE iam us-east-1"), 0},
                {STR_INIT("role AROAGONE - us-east-1"), 0},
                {STR_INIT("kms.KeyUsage 111122223333 us-east-1 gone Encrypt"), 0},
                {STR_INIT("key AKIAGONE iam us-east-1\nkms.KeyUsage 111122223333 us-east-1 gone Encrypt"), 0},
                {STR_INIT("kms.KeyUsage 111122223333"), -EBADMSG},
                {STR_INIT("kms.KeyUsage"), -EBADMSG},
                {STR_INIT("kms.Nothing 111122223333 us-east-1 gone Encrypt"), -EBADMSG},
                {STR_INIT("nothing.KeyUsage 111122223333 us-east-1 gone Encrypt"), -EBADMSG},
                {STR_INIT("nothing"), -EBADMSG},
                {STR_INIT("key"), -EBADMSG},
                {STR_INIT("key AKIAGONE iam us-east-1\n"), -EBADMSG},
        };
        const struct store_options options = {.engine = STORE_MEMORY};
        char problem[STORE_PROBLEM_MAX];
        struct store *store;

        (void)state;
        assert_int_equal(store_open(&options, &store, problem), 0);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct noting noting = {.use = CASES[i].use};

                assert_int_equal(store_write(store, note, &noting), 0);
                if (noting.result != CASES[i].result)
                        fail_msg("%.*s: %d", STR_ARG(CASES[i].use), noting.result);
        }
        store_close(store);
}

static void the_table_is_bounded(void **state)
{
        (void)state;
        for (unsigned int i = 0; i < 70000; i++) {
                char key[24];

                (void)snprintf(key, sizeof(key), "AKIA%u", i);
                assert_true(notes(key, 0));
        }
        assert_true(notes("AKIA0", 0)); /* forgotten on the way, noted once more */
        assert_false(notes("AKIA69999", 0));
}

static void *note_many(void *arg)
{
        _Atomic unsigned int *count = arg;

        for (int i = 0; i < 20000; i++)
                atomic_fetch_add(count, notes("AKIA1", 5));
        return NULL;
}

static void threads_note_once(void **state)
{
        _Atomic unsigned int count = 0;
        pthread_t threads[4];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, note_many, &count), 0);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(count, 1);
}

#define IN_TABLE(f) cmocka_unit_test_setup_teardown(f, open_table, close_table)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_TABLE(once_a_minute),
                IN_TABLE(what_is_noted),
                IN_TABLE(a_call_has_one_answer),
                IN_TABLE(nothing_is_noted_of_what_was_not_authenticated),
                IN_TABLE(the_table_is_bounded),
                IN_TABLE(threads_note_once),
                IN_TABLE(a_clock_that_is_set_back),
                IN_TABLE(services_note_once_a_minute),
                IN_TABLE(a_note_wants_memory),
                IN_TABLE(what_is_stored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
