/* Request bodies that are streamed: they arrive whole and in order, wait when their sink does, and end in one
 * way only. */
#include "flow_site.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static const uint64_t SIZES[] = {0, 1, 65535, 65536, 65537, 262143, 262144, 262145, 524288, 524289, 3000000};

static void assert_count(struct client *client, uint64_t count)
{
        char text[32];

        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
        flow_assert_answer(client, 200, text);
}

/* One connection: each exchange leaves it in order for the next. */
static void bodies_of_any_length(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                flow_put(&client, "/sink", SIZES[i]);
                assert_count(&client, SIZES[i]);
                assert_true(flow_put_chunked(&client, "/sink", SIZES[i], 1000 + 7919 * i));
                assert_count(&client, SIZES[i]);
                client_sends(&client, "POST /else HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
                flow_assert_answer(&client, 200, "POST abc");
        }
        client_close(&client);
        assert_int_equal(site.ended, 2 * ARRAY_LEN(SIZES));
        flow_stop(&site);
}

/* All sent before anything is read. */
static void requests_in_a_row(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        for (int i = 0; i < 20; i++) {
                flow_put(&client, "/sink", 70000);
                client_sends(&client, "POST /else HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
        }
        for (int i = 0; i < 20; i++) {
                assert_count(&client, 70000);
                flow_assert_answer(&client, 200, "POST abc");
        }
        client_close(&client);
        flow_stop(&site);
}

static void a_client_that_asks_first(void **state)
{
        const char *head = "Content-Length: 100000\r\nExpect: 100-continue\r\n";
        struct flow_site site;
        struct client client;
        struct answer answer;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        flow_sends(&client, "PUT", "/sink", head);
        answer = flow_receive_head(&client);
        assert_int_equal(answer.status, 100);
        answer_done(&answer);
        assert_true(flow_send(&client, 0, 100000));
        assert_count(&client, 100000);
        flow_sends(&client, "PUT", "/refuse", head);
        flow_assert_answer(&client, 403, "not you"); /* not 100 */
        assert_true(client_sees_end(&client));
        client_close(&client);
        assert_int_equal(site.begun, 1);
        flow_stop(&site);
}

static void refused_before_the_body(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        flow_put(&client, "/refuse", 100000); /* little: the connection goes on */
        flow_assert_answer(&client, 403, "not you");
        flow_put(&client, "/refuse", 0);
        flow_assert_answer(&client, 403, "not you");
        client_sends(&client, "PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000000\r\n\r\n");
        (void)flow_send(&client, 0, 300000);
        flow_assert_answer(&client, 403, "not you");
        (void)client_sees_end(&client);
        client_close(&client);
        client = client_connect(site.address);
        (void)flow_put_chunked(&client, "/refuse", 300000, 10000);
        flow_assert_answer(&client, 403, "not you");
        client_close(&client);
        flow_assert_works(&site);
        flow_stop(&site);
}

static void what_can_be_read_in_two_ways_reaches_no_sink(void **state)
{
        static const char *const MORE[] = {"Content-Length: 3\r\nContent-Length: 4\r\n",
                                           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                           "Transfer-Encoding: gzip\r\n"};
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        for (size_t i = 0; i < ARRAY_LEN(MORE); i++) {
                struct client client = client_connect(site.address);
                struct answer answer;

                flow_sends(&client, "PUT", "/sink", MORE[i]);
                answer = client_receive(&client, false);
                assert_int_equal(answer.status, 400);
                answer_done(&answer);
                client_close(&client);
        }
        assert_int_equal(site.begun, 0);
        flow_stop(&site);
}

static void sinks_that_take_no_more(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        flow_put(&client, "/sink?fail=0", 1);
        flow_assert_answer(&client, 507, "no room");
        flow_put(&client, "/sink?fail=100000", 1000000); /* the rest is passed over */
        flow_assert_answer(&client, 507, "no room");
        flow_put(&client, "/sink?fail=999999", 1000000);
        flow_assert_answer(&client, 507, "no room");
        flow_put(&client, "/sink", 10);
        assert_count(&client, 10);
        client_close(&client);
        assert_int_equal(site.failed, 3);
        flow_stop(&site);
}

/* A client that looks for an answer while it sends, as good ones do. */
static void send_until_answered(struct client *client, uint64_t len)
{
        for (uint64_t at = 0; at < len; at += 10000) {
                struct pollfd wait = {.fd = client->fd, .events = POLLIN};

                if (poll(&wait, 1, 0) > 0 || !flow_send(client, at, 10000))
                        break;
        }
}

static void answers_amid_the_body(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        for (int i = 0; i < 10; i++) {
                client = client_connect(site.address);
                flow_sends(&client, "PUT", "/sink?fail=100000", "Content-Length: 5000000000\r\n");
                send_until_answered(&client, 5000000000);
                flow_assert_answer(&client, 507, "no room");
                (void)client_sees_end(&client);
                client_close(&client);
        }
        client = client_connect(site.address);
        (void)flow_put_chunked(&client, "/sink?fail=100000", 400000, 5000);
        flow_assert_answer(&client, 507, "no room");
        client_close(&client);
        assert_int_equal(site.failed, 11);
        flow_stop(&site);
}

static void answers_amid_the_body_that_come_late(void **state)
{
        struct flow_site site;
        struct client amid, after, gone;

        (void)state;
        flow_start(&site, flow_options());
        amid = client_connect(site.address);
        flow_sends(&amid, "PUT", "/sink?fail=100000&late=1", "Content-Length: 5000000\r\n");
        assert_true(flow_send(&amid, 0, 1000000));
        after = client_connect(site.address);
        flow_put(&after, "/sink?fail=100000&late=1", 200000);
        flow_wait_late(&site, 2);
        gone = client_connect(site.address);
        flow_sends(&gone, "PUT", "/sink?fail=100000&late=1", "Content-Length: 5000000\r\n");
        assert_true(flow_send(&gone, 0, 100001 + 65536));
        flow_wait_late(&site, 3);
        client_close(&gone);
        flow_assert_works(&site);
        flow_answer_late(&site);
        flow_assert_answer(&amid, 507, "no room, on second thoughts");
        flow_assert_answer(&after, 507, "no room, on second thoughts");
        client_close(&amid);
        client_close(&after);
        flow_stop(&site);
}

static void send_in_background(struct client *client, uint64_t len)
{
        int flags = fcntl(client->fd, F_GETFL);
        uint64_t at = 0;

        assert_int_equal(fcntl(client->fd, F_SETFL, flags | O_NONBLOCK), 0);
        for (int quiet = 0; quiet < 20 && at < len;) { /* until no more has been taken for a while */
                struct str bytes = flow_bytes(at, len - at < 65521 ? (size_t)(len - at) : 65521);
                ssize_t n = send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

                if (n > 0) {
                        at += (uint64_t)n;
                        quiet = 0;
                        continue;
                }
                assert_true(errno == EAGAIN);
                quiet++;
                usleep(10000);
        }
        assert_int_equal(fcntl(client->fd, F_SETFL, flags), 0);
        if (at == len)
                return;
        assert_true(at < len);
}

/* One thread of I/O, and sinks that wait: others are served, and little is held of what waits. */
static void a_sink_that_waits_delays_no_other(void **state)
{
        enum { SLOW = 20 };
        struct http_server_options options = flow_options();
        struct http_server_stats stats;
        struct flow_site site;
        struct client slow[SLOW], client;

        (void)state;
        options.threads = 1;
        flow_start(&site, options);
        flow_hold(&site);
        for (size_t i = 0; i < SLOW; i++) {
                slow[i] = client_connect(site.address);
                flow_sends(&slow[i], "PUT", "/sink?held=write", "Content-Length: 30000000\r\n");
        }
        for (size_t i = 0; i < SLOW; i++)
                send_in_background(&slow[i], 30000000);
        flow_wait_held(&site, SLOW);
        http_server_get_stats(site.server, &stats);
        assert_int_equal(stats.receiving, SLOW);
        assert_true(stats.received_bytes <= SLOW * MIB);
        assert_true(stats.flow_bytes <= SLOW * MIB);
        for (int i = 0; i < 50; i++)
                flow_assert_works(&site);
        client = client_connect(site.address);
        flow_put(&client, "/sink", 5000000);
        assert_count(&client, 5000000);
        client_close(&client);
        flow_let_go(&site);
        for (size_t i = 0; i < SLOW; i++)
                client_close(&slow[i]);
        flow_wait(&site.abandoned, SLOW);
        flow_stop(&site);
}

static void what_waited_arrives(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, flow_options());
        flow_hold(&site);
        client = client_connect(site.address);
        flow_put(&client, "/sink?held=write", 100000);
        flow_wait_held(&site, 1);
        flow_let_go(&site);
        assert_count(&client, 100000);
        flow_hold(&site);
        flow_put(&client, "/sink?held=end", 100000);
        flow_wait_held(&site, 1);
        flow_assert_works(&site);
        flow_let_go(&site);
        assert_count(&client, 100000);
        client_close(&client);
        flow_stop(&site);
}

/* Buffers become small when all together would take too much. */
static void buffers_have_a_budget(void **state)
{
        enum { MANY = 40 };
        struct http_server_options options = flow_options();
        struct http_server_stats stats;
        struct client clients[MANY];
        struct flow_site site;

        (void)state;
        options.max_flow_bytes = MIB;
        flow_start(&site, options);
        for (size_t i = 0; i < MANY; i++) {
                clients[i] = client_connect(site.address);
                flow_sends(&clients[i], "PUT", "/sink", "Content-Length: 1000000\r\n");
        }
        flow_wait(&site.begun, MANY);
        http_server_get_stats(site.server, &stats);
        assert_true(stats.flow_bytes <= MIB + MANY * 32768);
        for (size_t i = 0; i < MANY; i++) {
                assert_true(flow_send(&clients[i], 0, 1000000));
                assert_count(&clients[i], 1000000);
                client_close(&clients[i]);
        }
        flow_stop(&site);
}

static void leave(struct client *client, bool abruptly)
{
        struct linger now = {.l_onoff = 1};

        if (abruptly) /* a reset instead of an end */
                (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        client_close(client);
}

static void clients_may_leave_at_any_byte(void **state)
{
        static const char HEAD[] = "PUT /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\n";
        static const size_t AMID[] = {0, 1, 100, 199, 200};
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        for (size_t len = 0; len < sizeof(HEAD); len++) {
                struct client client = client_connect(site.address);

                client_send(&client, str_make(HEAD, len));
                leave(&client, len % 2);
        }
        for (size_t i = 0; i < 2 * ARRAY_LEN(AMID); i++) {
                struct client client = client_connect(site.address);

                client_sends(&client, HEAD);
                assert_true(flow_send(&client, 0, AMID[i / 2]));
                leave(&client, i % 2);
        }
        for (uint64_t sent = 0; sent < 2000000; sent += 150000) { /* and of a long one */
                struct client client = client_connect(site.address);

                flow_sends(&client, "PUT", "/sink", "Content-Length: 2000000\r\n");
                assert_true(flow_send(&client, 0, sent));
                leave(&client, sent % 300000 == 0);
                client = client_connect(site.address);
                flow_sends(&client, "PUT", "/sink", "Transfer-Encoding: chunked\r\n");
                client_sends(&client, "1000000\r\n");
                assert_true(flow_send(&client, 0, sent));
                leave(&client, sent % 300000 == 0);
        }
        flow_assert_works(&site);
        flow_stop(&site);
        assert_true(site.abandoned > 0);
}

static void clients_may_leave_while_the_sink_waits(void **state)
{
        static const char *const TARGETS[] = {"/sink?held=write", "/sink?held=end"};
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        flow_hold(&site);
        for (size_t i = 0; i < 20; i++) {
                struct client client = client_connect(site.address);

                flow_put(&client, TARGETS[i % 2], 70000);
                flow_wait_held(&site, i + 1);
                leave(&client, i % 4 < 2);
        }
        flow_let_go(&site);
        flow_stop(&site);
}

/* Chunks that are none. */
static void broken_chunks(void **state)
{
        static const char *const BROKEN[] = {"zz\r\n", "5\r\nhelloworld\r\n", "fffffffffffffffff\r\n"};
        struct flow_site site;

        (void)state;
        flow_start(&site, flow_options());
        for (size_t i = 0; i < ARRAY_LEN(BROKEN); i++) {
                struct client client = client_connect(site.address);

                flow_sends(&client, "PUT", "/sink?fail=0", "Transfer-Encoding: chunked\r\n");
                client_sends(&client, BROKEN[i]);
                (void)client_sees_end(&client);
                client_close(&client);
        }
        assert_int_equal(site.ended, 0);
        flow_stop(&site);
}

/* What follows a body is the next request, whatever the client thought. */
static void more_than_was_announced(void **state)
{
        struct flow_site site;
        struct client client;
        struct answer answer;

        (void)state;
        flow_start(&site, flow_options());
        client = client_connect(site.address);
        flow_put(&client, "/sink", 1000);
        client_sends(&client, "and some more\r\n\r\n");
        assert_count(&client, 1000);
        if (client_try_receive(&client, &answer)) {
                assert_int_equal(answer.status, 400);
                answer_done(&answer);
        }
        client_close(&client);
        assert_int_equal(site.begun, 1);
        flow_stop(&site);
}

static struct http_server_options hasty_options(void)
{
        struct http_server_options options = flow_options();

        options.body_timeout_s = 2;
        options.reply_timeout_s = 2;
        options.min_progress = 1000;
        return options;
}

static void a_client_that_dawdles_is_cut(void **state)
{
        struct http_server_stats stats;
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, hasty_options());
        client = client_connect(site.address);
        flow_sends(&client, "PUT", "/sink", "Content-Length: 1000000\r\n");
        for (;;) { /* some bytes, but never enough */
                struct pollfd wait = {.fd = client.fd, .events = POLLIN};

                if (poll(&wait, 1, 200) > 0 || !client_try_send(&client, flow_bytes(0, 1)))
                        break;
        }
        assert_true(client_sees_end(&client));
        client_close(&client);
        flow_wait(&site.abandoned, 1);
        http_server_get_stats(site.server, &stats);
        assert_int_equal(stats.timed_out, 1);
        assert_int_equal(stats.abandoned, 1);
        flow_stop(&site);
}

/* It takes longer than the time for a whole body, but goes on; and then the sink takes as long. */
static void a_slow_client_that_goes_on_is_not_cut(void **state)
{
        struct flow_site site;
        struct client client;

        (void)state;
        flow_start(&site, hasty_options());
        flow_hold(&site);
        client = client_connect(site.address);
        flow_sends(&client, "PUT", "/sink?held=end", "Content-Length: 100000\r\n");
        for (uint64_t at = 0; at < 100000; at += 2000) {
                assert_true(flow_send(&client, at, 2000));
                usleep(100000);
        }
        flow_wait_held(&site, 1);
        usleep(3500000);
        flow_let_go(&site);
        assert_count(&client, 100000);
        flow_hold(&site);
        flow_sends(&client, "PUT", "/sink?held=write", "Content-Length: 5000000\r\n");
        send_in_background(&client, 600000);
        flow_wait_held(&site, 1);
        usleep(3500000);
        flow_let_go(&site);
        assert_true(flow_send(&client, 600000, 4400000));
        assert_count(&client, 5000000);
        client_close(&client);
        flow_stop(&site);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bodies_of_any_length),
                cmocka_unit_test(requests_in_a_row),
                cmocka_unit_test(a_client_that_asks_first),
                cmocka_unit_test(refused_before_the_body),
                cmocka_unit_test(what_can_be_read_in_two_ways_reaches_no_sink),
                cmocka_unit_test(sinks_that_take_no_more),
                cmocka_unit_test(answers_amid_the_body),
                cmocka_unit_test(answers_amid_the_body_that_come_late),
                cmocka_unit_test(a_sink_that_waits_delays_no_other),
                cmocka_unit_test(what_waited_arrives),
                cmocka_unit_test(buffers_have_a_budget),
                cmocka_unit_test(clients_may_leave_at_any_byte),
                cmocka_unit_test(clients_may_leave_while_the_sink_waits),
                cmocka_unit_test(broken_chunks),
                cmocka_unit_test(more_than_was_announced),
                cmocka_unit_test(a_client_that_dawdles_is_cut),
                cmocka_unit_test(a_slow_client_that_goes_on_is_not_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
