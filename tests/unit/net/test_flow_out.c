/* Answers that are streamed: they arrive whole and in order, and their source is done once, whatever becomes
 * of the client. */
#include "flow_site.h"

#include <sys/socket.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static const uint64_t SIZES[] = {0, 1, 65535, 65536, 65537, 262143, 262144, 262145, 524288, 524289, 3000000};

static void ask_for(struct client *client, const char *method, uint64_t size, const char *more)
{
        char target[96];

        (void)snprintf(target, sizeof(target), "/source?size=%llu%s", (unsigned long long)size, more);
        flow_sends(client, method, target, "");
}

/* The head of an answer of this length; absent: of none that is told. */
static void assert_head(struct client *client, struct str length)
{
        struct answer answer = flow_receive_head(client);

        assert_int_equal(answer.status, 200);
        assert_str(answer_header(&answer, STR("Content-Length")), length);
        answer_done(&answer);
}

static void assert_length(struct client *client, uint64_t size)
{
        char text[32];

        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)size);
        assert_head(client, str_of(text));
}

static void answers_of_any_length(void **state)
{
        static const char *const KNOWN[] = {"", "&now=1", "&whole=1"};
        static const char *const UNKNOWN[] = {"&unknown=1", "&unknown=1&now=1"};
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                for (size_t k = 0; k < ARRAY_LEN(KNOWN); k++) {
                        ask_for(&client, "GET", SIZES[i], KNOWN[k]);
                        assert_length(&client, SIZES[i]);
                        assert_int_equal(flow_receive(&client, SIZES[i]), SIZES[i]);
                }
                for (size_t k = 0; k < ARRAY_LEN(UNKNOWN); k++) {
                        ask_for(&client, "GET", SIZES[i], UNKNOWN[k]);
                        assert_head(&client, STR_NONE);
                        assert_int_equal(flow_receive_chunked(&client), SIZES[i]);
                }
                flow_put(&client, "/sink", SIZES[i]);
                answer_done(&(struct answer[]){client_receive(&client, false)}[0]);
        }
        client_close(&client);
        assert_int_equal(site.sources, (ARRAY_LEN(KNOWN) + ARRAY_LEN(UNKNOWN)) * ARRAY_LEN(SIZES));
        flow_stop(&site);
}

static void requests_in_a_row(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        for (int i = 0; i < 20; i++) {
                ask_for(&client, "GET", 300000, i % 2 ? "" : "&now=1");
                client_sends(&client, "GET /else HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        for (int i = 0; i < 20; i++) {
                assert_length(&client, 300000);
                assert_int_equal(flow_receive(&client, 300000), 300000);
                flow_assert_answer(&client, 200, "GET ");
        }
        client_close(&client);
        flow_stop(&site);
}

/* A version of HTTP that knows no chunks: the end of the connection is the end. */
static void an_unknown_length_of_old(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        client_sends(&client, "GET /source?size=500000&unknown=1 HTTP/1.0\r\n\r\n");
        assert_head(&client, STR_NONE);
        assert_int_equal(flow_receive(&client, UINT64_MAX), 500000);
        client_close(&client);
        flow_stop(&site);
}

static void only_the_head(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                ask_for(&client, "HEAD", SIZES[i], "");
                assert_length(&client, SIZES[i]);
        }
        client_sends(&client, "GET /else HTTP/1.1\r\nHost: h\r\n\r\n");
        flow_assert_answer(&client, 200, "GET ");
        client_close(&client);
        assert_int_equal(site.read, 0);
        flow_stop(&site);
}

/* A client that does not read: others are served, and little is read for it. */
static void a_client_that_waits_delays_no_other(void **state)
{
        enum { SLOW = 10 };
        struct http_server_options options = flow_options();
        struct http_server_stats stats;
        struct client slow[SLOW];
        struct flow_site site;

        (void)state;
        options.threads = 1;
        flow_start(&site, options);
        for (size_t i = 0; i < SLOW; i++) {
                slow[i] = client_connect(site.address);
                ask_for(&slow[i], "GET", 1000 * MIB, i % 2 ? "" : "&now=1");
                assert_length(&slow[i], 1000 * MIB);
        }
        for (int i = 0; i < 50; i++)
                flow_assert_works(&site);
        http_server_get_stats(site.server, &stats);
        assert_int_equal(stats.sending, SLOW);
        assert_true(stats.flow_bytes <= SLOW * MIB);
        assert_true(site.read <= stats.sent_bytes + SLOW * MIB);
        for (size_t i = 0; i < SLOW; i++) {
                assert_int_equal(flow_receive(&slow[i], 20 * MIB), 20 * MIB);
                client_close(&slow[i]);
        }
        flow_wait(&site.done, SLOW);
        flow_stop(&site);
}

static void a_source_that_waits_delays_no_other(void **state)
{
        struct http_server_options options = flow_options();
        struct flow_site site;
        struct client clients[20];

        (void)state;
        options.threads = 1;
        flow_start(&site, options);
        flow_hold(&site);
        for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
                clients[i] = client_connect(site.address);
                ask_for(&clients[i], "GET", 1000000, "&held=1");
        }
        flow_wait_held(&site, ARRAY_LEN(clients));
        for (int i = 0; i < 50; i++)
                flow_assert_works(&site);
        flow_let_go(&site);
        for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
                assert_length(&clients[i], 1000000);
                assert_int_equal(flow_receive(&clients[i], 1000000), 1000000);
                client_close(&clients[i]);
        }
        flow_stop(&site);
}

/* Fewer threads than sources: each comes to its turn. */
static void more_sources_than_threads(void **state)
{
        struct http_server_options options = flow_options();
        struct client clients[30];
        struct flow_site site;

        (void)state;
        options.max_flow_threads = 2;
        flow_start(&site, options);
        for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
                clients[i] = client_connect(site.address);
                ask_for(&clients[i], "GET", 2000000, i % 2 ? "" : "&now=1");
        }
        for (size_t i = ARRAY_LEN(clients); i-- > 0;) {
                assert_length(&clients[i], 2000000);
                assert_int_equal(flow_receive(&clients[i], 2000000), 2000000);
                client_close(&clients[i]);
        }
        flow_stop(&site);
}

/* The client sees that something is missing. */
static void sources_that_fail(void **state)
{
        static const char *const FAIL[] = {"&fail=0", "&fail=400000", "&fail=999999", "&fail=0&now=1",
                                           "&fail=400000&now=1"};
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        for (size_t i = 0; i < ARRAY_LEN(FAIL); i++) {
                struct client client = client_connect(site.address);

                ask_for(&client, "GET", 1000000, FAIL[i]);
                assert_length(&client, 1000000);
                assert_true(flow_receive(&client, 1000000) < 1000000);
                client_close(&client);
        }
        flow_stop(&site);
}

static void clients_may_leave_at_any_byte(void **state)
{
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        for (uint64_t taken = 0; taken < 1500000; taken += 100000) {
                struct client client = client_connect(site.address);
                struct linger now = {.l_onoff = 1};

                ask_for(&client, "GET", 2000000,
                        taken % 300000 == 0   ? "&unknown=1"
                        : taken % 500000 == 0 ? ""
                                              : "&now=1");
                if (taken && taken % 300000) {
                        assert_length(&client, 2000000);
                        assert_int_equal(flow_receive(&client, taken), taken);
                }
                if (taken % 200000)
                        (void)setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
                client_close(&client);
        }
        flow_assert_works(&site);
        flow_stop(&site);
}

static void clients_may_leave_while_the_source_waits(void **state)
{
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        flow_hold(&site);
        for (size_t i = 0; i < 20; i++) {
                struct client client = client_connect(site.address);

                ask_for(&client, "GET", 2000000, "&held=1");
                flow_wait_held(&site, i + 1);
                client_close(&client);
        }
        flow_let_go(&site);
        flow_stop(&site);
}

static void a_client_that_dawdles_is_cut(void **state)
{
        struct http_server_options options = flow_options();
        struct http_server_stats stats;
        struct flow_site site;
        struct client client;

        (void)state;
        options.reply_timeout_s = 1;
        flow_start(&site, options);
        client = client_connect(site.address);
        ask_for(&client, "GET", 1000 * MIB, "");
        flow_wait(&site.done, 1);
        http_server_get_stats(site.server, &stats);
        assert_int_equal(stats.timed_out, 1);
        client_close(&client);
        flow_stop(&site);
}

/* Longer than the time for an answer: what the source takes, and a client that goes on. */
static void a_slow_exchange_that_goes_on_is_not_cut(void **state)
{
        struct http_server_options options = flow_options();
        struct flow_site site;
        struct client client;
        uint64_t taken = 0;

        (void)state;
        options.reply_timeout_s = 2;
        flow_start(&site, options);
        flow_hold(&site);
        client = client_connect(site.address);
        ask_for(&client, "GET", 40000000, "&held=1");
        flow_wait_held(&site, 1);
        usleep(3500000);
        flow_let_go(&site);
        assert_length(&client, 40000000);
        for (; taken < 40000000; usleep(100000))
                taken += flow_receive_from(&client, taken, 1000000);
        assert_int_equal(taken, 40000000);
        client_close(&client);
        flow_stop(&site);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(answers_of_any_length),
                cmocka_unit_test(requests_in_a_row),
                cmocka_unit_test(an_unknown_length_of_old),
                cmocka_unit_test(only_the_head),
                cmocka_unit_test(a_client_that_waits_delays_no_other),
                cmocka_unit_test(a_source_that_waits_delays_no_other),
                cmocka_unit_test(more_sources_than_threads),
                cmocka_unit_test(sources_that_fail),
                cmocka_unit_test(clients_may_leave_at_any_byte),
                cmocka_unit_test(clients_may_leave_while_the_source_waits),
                cmocka_unit_test(a_client_that_dawdles_is_cut),
                cmocka_unit_test(a_slow_exchange_that_goes_on_is_not_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
