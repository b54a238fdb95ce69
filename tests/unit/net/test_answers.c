/* Answers from other threads, clients that leave, and the stop: each exchange is answered or given up, once.
 */
#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS  16
#define REQUESTS 300

struct asking {
        pthread_t thread;
        const char *address;
        const char *request;
        int wrong;
        unsigned int answered;
};

/* No assertions here: they belong to the test's own thread. */
static void *keep_asking(void *arg)
{
        struct asking *asking = arg;
        struct client client = client_connect(asking->address);

        for (int i = 0; i < REQUESTS; i++) {
                struct answer answer;

                if (!client_try_send(&client, str_of(asking->request)) ||
                    !client_try_receive(&client, &answer)) {
                        asking->wrong++;
                        break;
                }
                asking->wrong += answer.status != 200;
                asking->answered++;
                answer_done(&answer);
        }
        client_close(&client);
        return NULL;
}

static void thousands_of_answers_from_other_threads(void **state)
{
        struct asking askings[CLIENTS];
        struct site site = {};

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        for (size_t i = 0; i < CLIENTS; i++) {
                askings[i] = (struct asking){
                        .address = site.address,
                        .request = "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"};
                assert_int_equal(pthread_create(&askings[i].thread, NULL, keep_asking, &askings[i]), 0);
        }
        for (size_t i = 0; i < CLIENTS; i++) {
                pthread_join(askings[i].thread, NULL);
                assert_int_equal(askings[i].wrong, 0);
        }
        assert_int_equal(site.requests, CLIENTS * REQUESTS);
        site_stop(&site);
}

static void one_that_waits_delays_no_other(void **state)
{
        struct http_server_options options = site_options();
        struct site site = {};
        struct client waiting;
        struct answer answer;

        (void)state;
        options.threads = 1;
        site_start(&site, options, "127.0.0.1:0");
        waiting = client_connect(site.address);
        client_sends(&waiting, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        hold_wait(&site, 1);
        for (int i = 0; i < 100; i++) {
                answer = ask(site.address, i % 2 ? "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"
                                                 : "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
                assert_int_equal(answer.status, 200);
                answer_done(&answer);
        }
        hold_release(&site);
        answer = client_receive(&waiting, false);
        assert_int_equal(answer.status, 200);
        answer_done(&answer);
        client_close(&waiting);
        site_stop(&site);
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
        const char *request = "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
        struct site site = {};
        struct answer answer;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        for (size_t len = 0; len <= strlen(request); len++)
                for (int abruptly = 0; abruptly < 2; abruptly++) {
                        struct client client = client_connect(site.address);

                        client_send(&client, str_make(request, len));
                        leave(&client, abruptly);
                }
        answer = ask(site.address, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_int_equal(answer.status, 200);
        answer_done(&answer);
        site_stop(&site);
}

static void clients_may_leave_while_they_wait(void **state)
{
        struct site site = {};

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        for (size_t i = 0; i < 40; i++) {
                struct client client = client_connect(site.address);

                client_sends(&client, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
                hold_wait(&site, i + 1);
                leave(&client, i % 2);
        }
        hold_release(&site);
        site_stop(&site); /* asserts that each was released */
}

static void *stop_server(void *arg)
{
        struct site *site = arg;

        http_server_stop(site->server);
        site->server = NULL;
        return NULL;
}

static void a_stop_waits_for_answers(void **state)
{
        struct site site = {};
        struct client waiting, kept;
        struct answer answer;
        pthread_t thread;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        waiting = client_connect(site.address);
        client_sends(&waiting, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        hold_wait(&site, 1);
        kept = client_connect(site.address);
        client_sends(&kept, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
        answer = client_receive(&kept, false);
        answer_done(&answer);
        assert_int_equal(pthread_create(&thread, NULL, stop_server, &site), 0);
        do { /* requests on open connections are refused once the stop has begun */
                client_sends(&kept, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
                answer = client_receive(&kept, false);
                answer_done(&answer);
        } while (answer.status == 200);
        assert_int_equal(answer.status, 503);
        hold_release(&site);
        answer = client_receive(&waiting, false);
        assert_int_equal(answer.status, 200);
        answer_done(&answer);
        pthread_join(thread, NULL);
        client_close(&waiting);
        client_close(&kept);
        site_stop(&site);
}

static void *ask_until_closed(void *arg)
{
        struct asking *asking = arg;
        struct client client = client_connect(asking->address);
        struct answer answer;

        while (client_try_send(&client, str_of(asking->request)) && client_try_receive(&client, &answer)) {
                asking->wrong += answer.status != 200 && answer.status != 503;
                asking->answered++;
                answer_done(&answer);
        }
        client_close(&client);
        return NULL;
}

static void a_stop_ends_under_load(void **state)
{
        struct asking askings[CLIENTS];
        struct site site = {};

        (void)state;
        for (int round = 0; round < 5; round++) {
                site_start(&site, site_options(), "127.0.0.1:0");
                for (size_t i = 0; i < CLIENTS; i++) {
                        askings[i] = (struct asking){.address = site.address,
                                                     .request = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n"};
                        assert_int_equal(
                                pthread_create(&askings[i].thread, NULL, ask_until_closed, &askings[i]), 0);
                }
                while (atomic_load(&site.replies_sent) < 500)
                        usleep(1000);
                site_stop(&site);
                for (size_t i = 0; i < CLIENTS; i++) {
                        pthread_join(askings[i].thread, NULL);
                        assert_int_equal(askings[i].wrong, 0);
                }
        }
}

static void a_paused_server_takes_no_connection(void **state)
{
        struct site site = {};
        struct client kept;
        struct answer answer;

        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        kept = client_connect(site.address);
        client_sends(&kept, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
        answer = client_receive(&kept, false);
        answer_done(&answer);
        http_server_pause(site.server);
        client_sends(&kept, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"); /* what is open goes on */
        answer = client_receive(&kept, false);
        assert_int_equal(answer.status, 200);
        answer_done(&answer);
        client_close(&kept);
        assert_false(client_can_connect(site.address));
        http_server_pause(NULL);
        http_server_stop(NULL);
        site_stop(&site);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(thousands_of_answers_from_other_threads),
                cmocka_unit_test(one_that_waits_delays_no_other),
                cmocka_unit_test(clients_may_leave_at_any_byte),
                cmocka_unit_test(clients_may_leave_while_they_wait),
                cmocka_unit_test(a_stop_waits_for_answers),
                cmocka_unit_test(a_stop_ends_under_load),
                cmocka_unit_test(a_paused_server_takes_no_connection),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
