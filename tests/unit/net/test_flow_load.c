/* Much at once: bodies of a gigabyte in little memory, hundreds of connections, and a stop amid all of it. */
#include "flow_site.h"

#include <unistd.h>

#define GIB    ((uint64_t)1 << 30)
#define MANY   200
#define GROWTH ((size_t)96 << 20) /* what a test's own client and a sanitizer take is in it */

/* Bytes of memory of this process, which is client and server. */
static size_t memory(void)
{
        FILE *file = fopen("/proc/self/statm", "r");
        char line[128] = "";
        struct str rest, all, resident;
        uint64_t pages = 0;

        assert_non_null(file);
        assert_non_null(fgets(line, sizeof(line), file));
        (void)fclose(file);
        rest = str_of(line);
        assert_true(str_cut(&rest, ' ', &all) && str_cut(&rest, ' ', &resident));
        assert_int_equal(str_to_u64(resident, &pages), 0);
        return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void a_gigabyte_in(void **state)
{
        struct flow_site site;
        struct client client;
        size_t before;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        flow_put(&client, "/sink", 1000000);
        flow_assert_answer(&client, 200, "1000000");
        before = memory();
        flow_put(&client, "/sink", GIB);
        flow_assert_answer(&client, 200, "1073741824");
        assert_true(memory() < before + GROWTH);
        client_close(&client);
        flow_stop(&site);
}

static void a_gigabyte_out(void **state)
{
        struct flow_site site;
        struct client client;
        size_t before;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        before = memory();
        flow_sends(&client, "GET", "/source?size=1073741824", "");
        answer_done(&(struct answer[]){flow_receive_head(&client)}[0]);
        assert_int_equal(flow_receive(&client, GIB), GIB);
        assert_true(memory() < before + GROWTH);
        client_close(&client);
        flow_stop(&site);
}

struct asking {
        pthread_t thread;
        const char *address;
        unsigned int number;
        unsigned int wrong, answered;
};

/* No assertions here: they belong to the test's own thread. */
static bool put_one(struct client *client, uint64_t len, struct answer *ret)
{
        char head[128];

        (void)snprintf(head, sizeof(head), "PUT /sink HTTP/1.1\r\nHost: h\r\nContent-Length: %llu\r\n\r\n",
                       (unsigned long long)len);
        return client_try_send(client, str_of(head)) && flow_send(client, 0, len) &&
               client_try_receive(client, ret);
}

static bool get_one(struct client *client, uint64_t len, struct answer *ret)
{
        char head[128];

        (void)snprintf(head, sizeof(head), "GET /source?size=%llu HTTP/1.1\r\nHost: h\r\n\r\n",
                       (unsigned long long)len);
        return client_try_send(client, str_of(head)) && client_try_receive(client, ret);
}

static bool exchange_one(struct asking *asking, struct client *client, unsigned int round)
{
        uint64_t len = (asking->number * 7919 + round * 104729) % 700000;
        struct answer answer;

        if (!((asking->number + round) % 2 ? put_one(client, len, &answer) : get_one(client, len, &answer)))
                return false;
        asking->answered++;
        asking->wrong += answer.status != 200 && answer.status != 503;
        answer_done(&answer);
        return true;
}

static void *ask_some(void *arg)
{
        struct asking *asking = arg;
        struct client client = client_connect(asking->address);

        for (unsigned int round = 0; round < 4; round++)
                asking->wrong += !exchange_one(asking, &client, round);
        client_close(&client);
        return NULL;
}

static void *ask_until_closed(void *arg)
{
        struct asking *asking = arg;
        struct client client = client_connect(asking->address);

        for (unsigned int round = 0; exchange_one(asking, &client, round); round++)
                ;
        client_close(&client);
        return NULL;
}

static void start_all(struct asking *askings, size_t count, const struct flow_site *site,
                      void *(*work)(void *))
{
        for (unsigned int i = 0; i < count; i++) {
                askings[i] = (struct asking){.address = site->address, .number = i};
                assert_int_equal(pthread_create(&askings[i].thread, NULL, work, &askings[i]), 0);
        }
}

static void join_all(struct asking *askings, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                pthread_join(askings[i].thread, NULL);
                assert_int_equal(askings[i].wrong, 0);
        }
}

static void hundreds_at_once(void **state)
{
        static struct asking askings[MANY];
        struct http_server_stats stats;
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        start_all(askings, MANY, &site, ask_some);
        join_all(askings, MANY);
        assert_int_equal(site.ended, 2 * MANY);
        http_server_get_stats(site.server, &stats);
        assert_true(stats.received_bytes == site.taken && stats.sent_bytes == site.read);
        flow_stop(&site);
}

/* Those that go on are let go on. */
static void a_stop_waits_for_bodies(void **state)
{
        enum { CLIENTS = 8 };
        struct asking askings[CLIENTS];
        struct flow_site site;

        (void)state;
        for (int round = 0; round < 5; round++) {
                flow_start(&site, flow_options());
                start_all(askings, CLIENTS, &site, ask_until_closed);
                flow_wait(&site.ended, 30);
                flow_stop(&site);
                join_all(askings, CLIENTS);
                assert_int_equal(site.abandoned, 0);
        }
}

/* One in each phase: clients that send nothing more, or take nothing. */
static void a_stop_cuts_bodies_that_last(void **state)
{
        struct http_server_options options = flow_options();
        struct client receiving, chunked, sending;
        struct http_server_stats stats;
        struct flow_site site;

        (void)state;
        options.stop_grace_s = 0;
        flow_start(&site, options);
        receiving = client_connect(site.address);
        flow_sends(&receiving, "PUT", "/sink", "Content-Length: 5000000000\r\n");
        assert_true(flow_send(&receiving, 0, 1000000));
        chunked = client_connect(site.address);
        flow_sends(&chunked, "PUT", "/sink", "Transfer-Encoding: chunked\r\n");
        sending = client_connect(site.address);
        flow_sends(&sending, "GET", "/source?size=5000000000", "");
        answer_done(&(struct answer[]){flow_receive_head(&sending)}[0]);
        flow_wait(&site.begun, 2);
        http_server_get_stats(site.server, &stats);
        assert_int_equal(stats.receiving, 2);
        assert_int_equal(stats.sending, 1);
        flow_stop(&site);
        assert_int_equal(site.abandoned, 2);
        client_close(&receiving);
        client_close(&chunked);
        client_close(&sending);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_gigabyte_in),
                cmocka_unit_test(a_gigabyte_out),
                cmocka_unit_test(hundreds_at_once),
                cmocka_unit_test(a_stop_waits_for_bodies),
                cmocka_unit_test(a_stop_cuts_bodies_that_last),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
