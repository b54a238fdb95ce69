/* Bodies, headers, time and connections are bounded; what is over costs the client, not the server. */
#include "fixture.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static char letters[2000000];

static struct str body_of(size_t len)
{
        return str_make(letters, len);
}

static void send_head(struct client *client, size_t announced, const char *more)
{
        char text[256];

        (void)snprintf(text, sizeof(text), "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n%s\r\n",
                       announced, more);
        client_sends(client, text);
}

static void assert_status(struct client *client, unsigned int status)
{
        struct answer answer = client_receive(client, false);

        assert_int_equal(answer.status, status);
        answer_done(&answer);
}

static void assert_works(struct site *site)
{
        struct answer answer = ask(site->address, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");

        assert_int_equal(answer.status, 200);
        answer_done(&answer);
}

static void assert_too_large_count(struct site *site, uint64_t expected)
{
        struct http_server_stats stats;

        http_server_get_stats(site->server, &stats);
        assert_true(stats.too_large == expected);
}

static void announced_bodies(void **state)
{
        struct site site = {};
        struct client client;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        client = client_connect(site.address);
        send_head(&client, 100000, "");
        client_send(&client, body_of(100000));
        assert_status(&client, 200);
        send_head(&client, 100001, ""); /* a client that sends it all the same hears the answer */
        client_send(&client, body_of(100001));
        assert_status(&client, 413);
        client_close(&client);

        client = client_connect(site.address);
        send_head(&client, 100001, "Expect: 100-continue\r\n");
        assert_status(&client, 413); /* not 100 */
        client_close(&client);

        client = client_connect(site.address);
        send_head(&client, (size_t)1 << 40, "");
        assert_status(&client, 413);
        client_close(&client);
        assert_too_large_count(&site, 3);
        assert_int_equal(site.requests, 1);
        site_stop(&site);
}

static void chunked_bodies(void **state)
{
        struct site site = {.has_refusals = true};
        struct client client;
        struct answer answer;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        client = client_connect(site.address);
        client_sends(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 11; i++) { /* 110000 bytes */
                client_sends(&client, "2710\r\n");
                client_send(&client, body_of(10000));
                client_sends(&client, "\r\n");
        }
        client_sends(&client, "0\r\n\r\n");
        answer = client_receive(&client, false);
        assert_int_equal(answer.status, 413);
        assert_str(answer.body, STR("own words"));
        answer_done(&answer);
        client_close(&client);
        assert_int_equal(site.refused, 1);
        assert_int_equal(site.requests, 0);
        assert_works(&site);
        site_stop(&site);
}

static unsigned int status_of_large_body(struct site *site)
{
        struct client client = client_connect(site->address);
        struct answer answer;

        send_head(&client, 100000, "");
        client_send(&client, body_of(100000));
        answer = client_receive(&client, false);
        client_close(&client);
        answer_done(&answer);
        return answer.status;
}

static void all_bodies_together(void **state)
{
        struct http_server_options options = site_options();
        struct site site = {};
        struct client first;

        (void)state;
        options.max_body_all = 150000;
        site_start(&site, options, "127.0.0.1:0");
        first = client_connect(site.address);
        client_sends(&first, "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
        client_send(&first, body_of(100000));
        hold_wait(&site, 1);
        assert_int_equal(status_of_large_body(&site), 503);
        assert_int_equal(status_of_large_body(&site), 503); /* the one before holds nothing any more */
        assert_works(&site);
        hold_release(&site);
        assert_status(&first, 200);
        client_close(&first);
        while (status_of_large_body(&site) != 200) /* soon: when the exchange has ended */
                ;
        site_stop(&site);
}

/* A refusal while the client is still sending may break its connection: an answer is asserted only if it
 * comes. */
static unsigned int status_of_large_head(struct site *site, const char *before, const char *after)
{
        struct client client = client_connect(site->address);
        struct answer answer = {};
        unsigned int status = 0;

        client_sends(&client, before);
        if (client_try_send(&client, body_of(30000)) && client_try_send(&client, str_of(after)) &&
            client_try_receive(&client, &answer))
                status = answer.status;
        answer_done(&answer);
        client_close(&client);
        return status;
}

static void headers(void **state)
{
        struct site site = {};
        unsigned int status;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        status = status_of_large_head(&site, "GET /echo HTTP/1.1\r\nHost: h\r\nX-Large: ", "\r\n\r\n");
        assert_true(status == 0 || status == 431);
        status = status_of_large_head(&site, "GET /echo?", " HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_true(status == 0 || status == 414 || status == 431);
        assert_int_equal(site.requests, 0);
        assert_works(&site);
        site_stop(&site);
}

static void many_small_headers(void **state)
{
        struct site site = {};
        struct client client;
        struct answer answer;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        client = client_connect(site.address);
        client_sends(&client, "GET /echo HTTP/1.1\r\nHost: h\r\n");
        for (int i = 0; i < 20000 && client_try_send(&client, STR("a:b\r\n")); i++)
                ;
        (void)client_try_send(&client, STR("\r\n"));
        if (client_try_receive(&client, &answer)) {
                assert_int_equal(answer.status, 431);
                answer_done(&answer);
        }
        client_close(&client);
        assert_int_equal(site.requests, 0);
        assert_works(&site);
        site_stop(&site);
}

/* Sends a byte now and then until the server has had enough. */
static void dawdle(struct client *client, const char *text)
{
        for (;;) {
                struct pollfd wait = {.fd = client->fd, .events = POLLIN};

                if (poll(&wait, 1, 200) > 0)
                        break; /* an end or an answer */
                if (*text && !client_try_send(client, str_make(text++, 1)))
                        break;
        }
}

static struct http_server_options hasty_options(void)
{
        struct http_server_options options = site_options();

        options.header_timeout_s = 1;
        options.body_timeout_s = 1;
        options.idle_timeout_s = 1;
        return options;
}

static void slow_clients_are_cut(void **state)
{
        static const char *const BEFORE[] = {"", "GET /ec",
                                             "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
                                             "GET /echo HTTP/1.1\r\nHost: h\r\n\r\nGET /"};
        static const char *const THEN[] = {"GET /echo?abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
                                           "", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
                                           "echo?abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"};
        struct http_server_stats stats;
        struct site site = {};

        (void)state;
        site_start(&site, hasty_options(), "127.0.0.1:0");
        for (size_t i = 0; i < ARRAY_LEN(BEFORE); i++) {
                struct client client = client_connect(site.address);

                client_sends(&client, BEFORE[i]);
                if (i == 3)
                        assert_status(&client, 200);
                dawdle(&client, THEN[i]);
                (void)client_sees_end(&client);
                client_close(&client);
        }
        http_server_get_stats(site.server, &stats);
        assert_true(stats.timed_out >= 3);
        assert_int_equal(site.requests, 1);
        assert_works(&site);
        site_stop(&site);
}

/* The server's own work is no dawdling of the client. */
static void waiting_for_an_answer_is_not_cut(void **state)
{
        struct site site = {};
        struct client client;

        (void)state;
        site_start(&site, hasty_options(), "127.0.0.1:0");
        client = client_connect(site.address);
        client_sends(&client, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        hold_wait(&site, 1);
        usleep(3500000);
        hold_release(&site);
        assert_status(&client, 200);
        client_close(&client);
        site_stop(&site);
}

static void connections_of_one_address(void **state)
{
        struct http_server_options options = site_options();
        struct site site = {};
        struct client clients[4], one_more;

        (void)state;
        options.max_per_address = 4;
        site_start(&site, options, "127.0.0.1:0");
        for (size_t i = 0; i < 4; i++) {
                clients[i] = client_connect(site.address);
                client_sends(&clients[i], "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
                assert_status(&clients[i], 200);
        }
        one_more = client_connect(site.address);
        (void)client_try_send(&one_more, STR("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_true(client_sees_end(&one_more));
        client_close(&one_more);
        for (size_t i = 0; i < 4; i++) {
                client_sends(&clients[i], "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
                assert_status(&clients[i], 200);
                client_close(&clients[i]);
        }
        site_stop(&site);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(announced_bodies),
                cmocka_unit_test(chunked_bodies),
                cmocka_unit_test(all_bodies_together),
                cmocka_unit_test(headers),
                cmocka_unit_test(many_small_headers),
                cmocka_unit_test(slow_clients_are_cut),
                cmocka_unit_test(waiting_for_an_answer_is_not_cut),
                cmocka_unit_test(connections_of_one_address),
        };

        memset(letters, 'a', sizeof(letters));
        return cmocka_run_group_tests(tests, NULL, NULL);
}
