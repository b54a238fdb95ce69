/* What the handler sees of a request, byte for byte, and what the client sees of the answer. */
#include "base/clock.h"
#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

static struct site site;

static int start(void **state)
{
        (void)state;
        site_start(&site, site_options(), "127.0.0.1:0");
        return 0;
}

static int stop(void **state)
{
        (void)state;
        site_stop(&site);
        return 0;
}

static void assert_answer(struct answer answer, unsigned int status, const char *body)
{
        assert_int_equal(answer.status, status);
        assert_str(answer.body, str_of(body));
        answer_done(&answer);
}

static void a_request_as_it_is(void **state)
{
        struct answer answer =
                ask(site.address, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\na\r\nb");

        (void)state;
        assert_str(answer_header(&answer, STR("Content-Type")), STR("text/plain"));
        assert_true(str_find(answer.head, STR("X-Twice: 1\r\nX-Twice: 2\r\n")) > 0);
        assert_answer(answer, 200,
                      "POST\n/echo\n(none)\nHTTP/1.1\n127.0.0.1\nHost=[h]\nContent-Length=[4]\n--\na\r\nb");
}

static void connections_are_kept(void **state)
{
        struct client client = client_connect(site.address);

        (void)state;
        for (int i = 0; i < 20; i++) {
                client_sends(&client, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
                assert_answer(client_receive(&client, false), 200,
                              "GET\n/echo\n(none)\nHTTP/1.1\n127.0.0.1\nHost=[h]\n--\n");
        }
        client_close(&client);
}

static void connections_are_closed_when_asked(void **state)
{
        static const char *const REQUESTS[] = {"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                                               "GET /echo HTTP/1.0\r\n\r\n"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(REQUESTS); i++) {
                struct client client = client_connect(site.address);
                struct answer answer;

                client_sends(&client, REQUESTS[i]);
                answer = client_receive(&client, false);
                assert_int_equal(answer.status, 200);
                answer_done(&answer);
                assert_true(client_sees_end(&client));
                client_close(&client);
        }
}

static void pipelined_requests_are_answered_in_order(void **state)
{
        struct client client = client_connect(site.address);
        struct buf text;

        (void)state;
        buf_init(&text, 100000);
        for (int i = 0; i < 50; i++) /* every other from another thread */
                buf_addf(&text, "POST %s?%d HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab",
                         i % 2 ? "/later" : "/echo", i);
        client_send(&client, buf_str(&text));
        buf_done(&text);
        for (int i = 0; i < 50; i++) {
                char expected[128];

                (void)snprintf(expected, sizeof(expected),
                               "POST\n%s\n%d\nHTTP/1.1\n127.0.0.1\nHost=[h]\nContent-Length=[2]\n--\nab",
                               i % 2 ? "/later" : "/echo", i);
                assert_answer(client_receive(&client, false), 200, expected);
        }
        client_close(&client);
}

static void chunked_bodies(void **state)
{
        struct client client = client_connect(site.address);
        struct answer answer;

        (void)state;
        client_sends(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3\r\nabc\r\nA;name=value\r\n0123456789\r\n");
        client_sends(&client, "1\r\n\r\r\n0\r\nX-Trailer: t\r\n\r\n");
        answer = client_receive(&client, false);
        assert_int_equal(answer.status, 200);
        assert_true(str_ends(answer.body, STR("--\nabc0123456789\r")));
        answer_done(&answer);
        client_sends(&client,
                     "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        answer = client_receive(&client, false);
        assert_true(str_ends(answer.body, STR("--\n")));
        answer_done(&answer);
        client_close(&client);
}

static void bodies_in_small_pieces(void **state)
{
        struct client client = client_connect(site.address);
        const char *text = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
        struct answer answer;

        (void)state;
        for (size_t i = 0; text[i]; i++) {
                client_send(&client, str_make(text + i, 1));
                usleep(500);
        }
        answer = client_receive(&client, false);
        assert_true(str_ends(answer.body, STR("--\nhello")));
        answer_done(&answer);
        client_close(&client);
}

static void the_server_says_continue(void **state)
{
        struct client client = client_connect(site.address);
        struct answer answer;

        (void)state;
        client_sends(&client,
                     "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        answer = client_receive(&client, false);
        assert_int_equal(answer.status, 100);
        answer_done(&answer);
        client_sends(&client, "hello");
        answer = client_receive(&client, false);
        assert_int_equal(answer.status, 200);
        assert_true(str_ends(answer.body, STR("--\nhello")));
        answer_done(&answer);
        client_close(&client);
}

static void head_has_the_length_and_no_body(void **state)
{
        struct client client = client_connect(site.address);
        struct answer answer;

        (void)state;
        client_sends(&client, "HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\nGET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
        answer = client_receive(&client, true);
        assert_int_equal(answer.status, 200);
        assert_str(answer_header(&answer, STR("Content-Length")), STR("49"));
        answer_done(&answer);
        assert_answer(client_receive(&client, false), 200,
                      "GET\n/echo\n(none)\nHTTP/1.1\n127.0.0.1\nHost=[h]\n--\n");
        client_close(&client);
}

static void headers_keep_order_doubles_and_case(void **state)
{
        (void)state;
        assert_answer(ask(site.address,
                          "GET /echo HTTP/1.1\r\nX-B: 1\r\nhost: h\r\nX-A:2\r\nx-b:  \t3 4 \t \r\n"
                          "X-Empty:\r\nX-B: 1\r\nX-Utf: \xc3\xa4\r\nX-Colon: a:b=c\r\n\r\n"),
                      200,
                      "GET\n/echo\n(none)\nHTTP/1.1\n127.0.0.1\nX-B=[1]\nhost=[h]\nX-A=[2]\nx-b=[3 4]\n"
                      "X-Empty=[]\nX-B=[1]\nX-Utf=[\xc3\xa4]\nX-Colon=[a:b=c]\n--\n");
}

static void targets_are_left_as_sent(void **state)
{
        static const struct {
                const char *target, *path, *query;
        } ROWS[] = {
                {"/echo/a%2Fb", "/echo/a%2Fb", "(none)"},
                {"/echo/a%2fb%20c%zz%", "/echo/a%2fb%20c%zz%", "(none)"},
                {"/echo/../x/./y//z/", "/echo/../x/./y//z/", "(none)"},
                {"//echo", "//echo", "(none)"},
                {"/echo+a;b,c@d:e!$&'()*=", "/echo+a;b,c@d:e!$&'()*=", "(none)"},
                {"/echo?", "/echo", ""},
                {"/echo??a?b", "/echo", "?a?b"},
                {"/echo?a=%20+&b&=&&c=%2B%26&a=2", "/echo", "a=%20+&b&=&&c=%2B%26&a=2"},
                {"/echo?Action=x#part", "/echo", "Action=x#part"},
                {"/echo/\xc3\xa4", "/echo/\xc3\xa4", "(none)"},
                {"*", "*", "(none)"},
                {"http://other/echo?a", "http://other/echo", "a"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                char request[256], expected[256];

                (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n",
                               ROWS[i].target);
                (void)snprintf(expected, sizeof(expected), "GET\n%s\n%s\nHTTP/1.1\n127.0.0.1\nHost=[h]\n--\n",
                               ROWS[i].path, ROWS[i].query);
                assert_answer(ask(site.address, request), 200, expected);
        }
}

static void any_method_is_passed_on(void **state)
{
        static const char *const METHODS[] = {"PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(METHODS); i++) {
                char request[128];
                struct answer answer;

                (void)snprintf(request, sizeof(request), "%s /echo HTTP/1.1\r\nHost: h\r\n\r\n", METHODS[i]);
                answer = ask(site.address, request);
                assert_int_equal(answer.status, 200);
                assert_true(str_starts(answer.body, str_of(METHODS[i])));
                answer_done(&answer);
        }
}

/* Nothing of these reaches the handler: two readers could read them in two ways. */
static void malformed_requests_are_refused(void **state)
{
        static const struct str BAD[] = {
                STR_INIT("\r\n\r\nnonsense\r\n\r\n"),
                STR_INIT("GET\r\n\r\n"),
                STR_INIT("GET /echo\r\n\r\n"),
                STR_INIT("GET /echo HTTP/1.1\r\n\r\n"), /* no Host */
                STR_INIT("GET /echo HTTP/9.9\r\nHost: h\r\n\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
                STR_INIT(
                        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: "
                         "chunked\r\n\r\n"
                         "0\r\n\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                         "chunked\r\n\r\n3\r\nabcdef\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"),
                STR_INIT("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
                STR_INIT("GET /echo HTTP/1.1\r\nHost: h\r\nX(A: 1\r\n\r\n"),
                STR_INIT("GET /echo HTTP/1.1\r\nHost: h\r\nX A: 1\r\n\r\n"),
                STR_INIT("GET /echo HTTP/1.1\r\nHost: h\r\nX-A : 1\r\n\r\n"),
                STR_INIT("GET /echo HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n"),
                STR_INIT("GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        };
        size_t wrong = 0;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                struct client client = client_connect(site.address);
                unsigned long before = atomic_load(&site.requests);
                bool taken = false;
                struct answer answer;

                client_send(&client, BAD[i]);
                (void)shutdown(client.fd, SHUT_WR);
                if (client_try_receive(&client, &answer)) {
                        taken = answer.status < 400;
                        if (taken)
                                print_error("request %zu was taken:\n%.*s\n", i, STR_ARG(answer.text));
                        answer_done(&answer);
                }
                client_close(&client);
                wrong += taken || atomic_load(&site.requests) != before;
        }
        assert_int_equal(wrong, 0);
        assert_answer(ask(site.address, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"), 200,
                      "GET\n/echo\n(none)\nHTTP/1.1\n127.0.0.1\nHost=[h]\n--\n");
}

/* An end that comes with the last bytes of a body that is not whole: noticed in seconds, not when the body's
 * time is over. Many, since libmicrohttpd sees those that come a moment later by itself. */
static void clients_that_end_amid_a_gathered_body(void **state)
{
        enum { CLIENTS = 20 };
        struct client clients[CLIENTS];
        unsigned long before = atomic_load(&site.requests);
        int64_t start = clock_monotonic_ns();

        (void)state;
        for (size_t i = 0; i < CLIENTS; i++) {
                clients[i] = client_connect(site.address);
                client_sends(&clients[i], "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
                (void)shutdown(clients[i].fd, SHUT_WR);
        }
        for (size_t i = 0; i < CLIENTS; i++) {
                (void)client_sees_end(&clients[i]);
                client_close(&clients[i]);
        }
        assert_true(clock_monotonic_ns() - start < INT64_C(20) * 1000000000);
        assert_int_equal(atomic_load(&site.requests), before);
}

/* A socket of both kinds gives the address of an IPv4 peer in the form that policies name it by. */
static void peers_of_version_4_on_a_socket_of_version_6(void **state)
{
        struct site both = {};
        char text[64], address[64];
        struct answer answer;
        int fd;

        (void)state;
        if (listen_tcp(STR("[::]:0"), &fd, text, sizeof(text)) < 0)
                return; /* a machine without IPv6 */
        close(fd);
        site_start(&both, site_options(), "[::]:0");
        (void)snprintf(address, sizeof(address), "127.0.0.1%s", strrchr(both.address, ':'));
        assert_answer(ask(address, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"), 200,
                      "GET\n/echo\n(none)\nHTTP/1.1\n127.0.0.1\nHost=[h]\n--\n");
        (void)snprintf(address, sizeof(address), "[::1]%s", strrchr(both.address, ':'));
        answer = ask(address, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_true(str_find(answer.body, STR("\n::1\n")) > 0);
        answer_done(&answer);
        site_stop(&both);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_request_as_it_is),
                cmocka_unit_test(connections_are_kept),
                cmocka_unit_test(connections_are_closed_when_asked),
                cmocka_unit_test(pipelined_requests_are_answered_in_order),
                cmocka_unit_test(chunked_bodies),
                cmocka_unit_test(bodies_in_small_pieces),
                cmocka_unit_test(the_server_says_continue),
                cmocka_unit_test(head_has_the_length_and_no_body),
                cmocka_unit_test(headers_keep_order_doubles_and_case),
                cmocka_unit_test(targets_are_left_as_sent),
                cmocka_unit_test(any_method_is_passed_on),
                cmocka_unit_test(malformed_requests_are_refused),
                cmocka_unit_test(clients_that_end_amid_a_gathered_body),
                cmocka_unit_test(peers_of_version_4_on_a_socket_of_version_6),
        };

        return cmocka_run_group_tests(tests, start, stop);
}
