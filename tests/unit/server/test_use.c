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
                IN_TABLE(once_a_minute),         IN_TABLE(what_is_noted),
                IN_TABLE(a_call_has_one_answer), IN_TABLE(nothing_is_noted_of_what_was_not_authenticated),
                IN_TABLE(the_table_is_bounded),  IN_TABLE(threads_note_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
