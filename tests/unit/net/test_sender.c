/* Requests to others: what is sent, what is read of the answer, and where nobody is asked. */
#include "fixture.h"

#include "net/reach.h"
#include "net/sender.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_bool is_stopping;

struct bench {
        struct site site;
        struct sender *sender;
        struct arena arena;
        struct sender_answer answer;
};

static int open_bench(void **state)
{
        const struct sender_options options = {.networks = STR("127.0.0.0/8"), .is_stopping = &is_stopping};
        struct bench *bench = calloc(1, sizeof(*bench));

        assert_non_null(bench);
        site_start(&bench->site, site_options(), "127.0.0.1:0");
        assert_int_equal(sender_new(&options, &bench->sender), 0);
        arena_init(&bench->arena, (size_t)16 << 20);
        *state = bench;
        return 0;
}

static int close_bench(void **state)
{
        struct bench *bench = *state;

        sender_free(bench->sender);
        sender_free(NULL);
        site_stop(&bench->site);
        arena_done(&bench->arena);
        free(bench);
        return 0;
}

static struct sender_request to(struct bench *bench, const char *address, const char *path)
{
        return (struct sender_request){
                .method = STR("POST"),
                .url = arena_printf(&bench->arena, "http://%s%s", address, path),
                .timeout_ms = 30000,
                .answer_max = 65536,
        };
}

static void send_it(struct bench *bench, const struct sender_request *request)
{
        assert_int_equal(sender_send(bench->sender, request, &bench->arena, &bench->answer), 0);
}

static bool has(struct str text, const char *part)
{
        return str_find(text, str_of(part)) >= 0;
}

static void what_is_sent(void **state)
{
        static const struct http_header HEADERS[] = {
                {STR_INIT("Content-Type"), STR_INIT("text/plain; charset=UTF-8")},
                {STR_INIT("x-empty"), STR_INIT("")}};
        struct bench *bench = *state;
        struct sender_request request = to(bench, bench->site.address, "/echo?a=b%20c");

        request.headers = HEADERS;
        request.header_count = ARRAY_LEN(HEADERS);
        request.body = str_make("one\0two", 7);
        send_it(bench, &request);
        assert_int_equal(bench->answer.status, 200);
        assert_false(str_is_set(bench->answer.problem));
        assert_true(str_starts(bench->answer.body, STR("POST\n/echo\na=b%20c\nHTTP/1.1\n127.0.0.1\n")));
        assert_true(has(bench->answer.body, "Content-Type=[text/plain; charset=UTF-8]\n"));
        assert_true(has(bench->answer.body, "x-empty=[]\n"));
        assert_true(has(bench->answer.body, "Content-Length=[7]\n"));
        assert_false(has(bench->answer.body, "Expect"));
        assert_true(str_ends(bench->answer.body, str_make("--\none\0two", 10)));
}

static void methods_and_users(void **state)
{
        struct bench *bench = *state;
        struct sender_request request = to(bench, bench->site.address, "/echo");

        request.method = STR("PUT");
        request.body = STR("x");
        send_it(bench, &request);
        assert_true(str_starts(bench->answer.body, STR("PUT\n")));
        request = to(bench, bench->site.address, "/echo");
        request.method = STR("GET");
        send_it(bench, &request);
        assert_true(str_starts(bench->answer.body, STR("GET\n")));
        request = to(bench, bench->site.address, "/echo"); /* without a body it is a POST all the same */
        send_it(bench, &request);
        assert_true(has(bench->answer.body, "Content-Length=[0]\n"));
}

static void what_could_be_read_in_two_ways(void **state)
{
        static const struct http_header BAD[] = {{STR_INIT("a"), STR_INIT("b\r\nc: d")},
                                                 {STR_INIT("a\n"), STR_INIT("b")},
                                                 {STR_INIT("a: b"), STR_INIT("c")},
                                                 {STR_INIT(""), STR_INIT("b")},
                                                 {STR_INIT("a"), STR_INIT("b\0c")}};
        struct bench *bench = *state;

        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                struct sender_request request = to(bench, bench->site.address, "/echo");

                request.headers = &BAD[i];
                request.header_count = 1;
                assert_int_equal(sender_send(bench->sender, &request, &bench->arena, &bench->answer),
                                 -EINVAL);
        }
        assert_int_equal(atomic_load(&bench->site.requests), 0);
}

/* -- Where nobody is asked */

static void closed_addresses(void **state)
{
        struct bench *bench = *state;
        const struct sender_options options = {.is_stopping = &is_stopping};
        struct sender_request request = to(bench, bench->site.address, "/echo");
        struct sender *strict;

        assert_int_equal(sender_new(&options, &strict), 0);
        assert_int_equal(sender_send(strict, &request, &bench->arena, &bench->answer), 0);
        assert_int_equal(bench->answer.status, 0);
        assert_true(bench->answer.was_closed);
        assert_true(has(bench->answer.problem, "not one that this server connects to"));
        request = to(bench, "169.254.169.254", "/latest/meta-data/");
        send_it(bench, &request);
        assert_true(bench->answer.was_closed);
        request = to(bench, "0x7f.1:1",
                     "/"); /* as it resolves, not as it is written: open here, closed there */
        assert_int_equal(sender_send(strict, &request, &bench->arena, &bench->answer), 0);
        assert_true(bench->answer.was_closed);
        sender_free(strict);
        assert_int_equal(atomic_load(&bench->site.requests), 0);
}

static void ports_of_others(void **state)
{
        static const char *const ADDRESSES[] = {"127.0.0.1:25", "127.0.0.1:587", "127.0.0.1:6379",
                                                "127.0.0.1:11211", "127.0.0.1:10080"};
        struct bench *bench = *state;

        for (size_t i = 0; i < ARRAY_LEN(ADDRESSES); i++) {
                struct sender_request request = to(bench, ADDRESSES[i], "/");

                send_it(bench, &request);
                assert_true(bench->answer.was_closed);
        }
        assert_false(reach_port_is_taken(80) || reach_port_is_taken(443) || reach_port_is_taken(8080) ||
                     reach_port_is_taken(40000));
}

static void a_closed_port(void **state)
{
        struct bench *bench = *state;
        struct sender_request request = to(bench, bench->site.address, "/echo");
        uint64_t port;

        assert_int_equal(str_to_u64(str_from(str_of(bench->site.address), sizeof("127.0.0.1:") - 1), &port),
                         0);
        sender_close_port(bench->sender, (uint16_t)port);
        send_it(bench, &request);
        assert_true(bench->answer.was_closed);
        sender_close_port(bench->sender, 0);
        send_it(bench, &request);
        assert_int_equal(bench->answer.status, 200);
}

static void other_protocols(void **state)
{
        struct bench *bench = *state;
        static const char *const URLS[] = {
                "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/x", "dict://127.0.0.1:1/",
                "smtp://127.0.0.1:1", "http://",          "//127.0.0.1:1/"};

        for (size_t i = 0; i < ARRAY_LEN(URLS); i++) {
                struct sender_request request = to(bench, "", "");

                request.url = str_of(URLS[i]);
                send_it(bench, &request);
                assert_int_equal(bench->answer.status, 0);
                assert_true(str_is_set(bench->answer.problem));
        }
}

/* -- Answers as they should not be: a server that says what it was given, to one */

struct canned {
        pthread_t thread;
        int fd;
        char address[64];
        struct str says;
        size_t repeats;
};

static void *say(void *arg)
{
        const struct canned *canned = arg;
        struct sockaddr_in peer;
        socklen_t len = sizeof(peer);
        char request[65536];
        int fd = accept4(canned->fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);

        (void)recv(fd, request, sizeof(request), 0);
        for (size_t i = 0; i < canned->repeats; i++)
                if (send(fd, canned->says.ptr, canned->says.len, MSG_NOSIGNAL) < 0)
                        break;
        (void)shutdown(fd, SHUT_WR);
        while (recv(fd, request, sizeof(request), 0) > 0)
                ;
        close(fd);
        return NULL;
}

static void canned_start(struct canned *canned, struct str says, size_t repeats)
{
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t len = sizeof(own);

        *canned = (struct canned){.says = says, .repeats = repeats};
        canned->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(canned->fd, (struct sockaddr *)&own, len), 0);
        assert_int_equal(listen(canned->fd, 4), 0);
        assert_int_equal(getsockname(canned->fd, (struct sockaddr *)&own, &len), 0);
        (void)snprintf(canned->address, sizeof(canned->address), "127.0.0.1:%u", ntohs(own.sin_port));
        assert_int_equal(pthread_create(&canned->thread, NULL, say, canned), 0);
}

static void canned_stop(struct canned *canned)
{
        (void)shutdown(canned->fd, SHUT_RDWR);
        pthread_join(canned->thread, NULL);
        close(canned->fd);
}

static void ask_canned(struct bench *bench, struct str says, size_t repeats)
{
        struct canned canned;
        struct sender_request request;

        canned_start(&canned, says, repeats);
        request = to(bench, canned.address, "/");
        send_it(bench, &request);
        sender_free(bench->sender); /* its connections */
        canned_stop(&canned);
        assert_int_equal(sender_new(&(struct sender_options){.networks = STR("127.0.0.0/8"),
                                                             .is_stopping = &is_stopping},
                                    &bench->sender),
                         0);
}

static void redirects_are_answers(void **state)
{
        struct bench *bench = *state;

        ask_canned(bench,
                   STR("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno"),
                   1);
        assert_int_equal(bench->answer.status, 302);
        assert_str(bench->answer.body, STR("no"));
}

static void long_answers_are_cut(void **state)
{
        static const char HEAD[] = "HTTP/1.1 200 OK\r\n\r\n";
        static char long_body[1 << 20];
        struct bench *bench = *state;

        memset(long_body, 'x', sizeof(long_body));
        memcpy(long_body, HEAD, sizeof(HEAD) - 1);
        ask_canned(bench, str_make(long_body, sizeof(long_body)), 100);
        assert_int_equal(bench->answer.status, 200);
        assert_int_equal(bench->answer.body.len, 65536);
}

static void endless_heads_are_no_answers(void **state)
{
        struct bench *bench = *state;

        ask_canned(bench,
                   STR("HTTP/1.1 200 OK\r\nx-a: "
                       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"),
                   3000);
        assert_int_equal(bench->answer.status, 0);
        ask_canned(bench, STR("SSH-2.0-x\r\n"), 1);
        assert_int_equal(bench->answer.status, 0);
        ask_canned(bench, STR(""), 1);
        assert_int_equal(bench->answer.status, 0);
        assert_true(str_is_set(bench->answer.problem));
}

static void silence_has_an_end(void **state)
{
        struct bench *bench = *state;
        struct sender_request request = to(bench, bench->site.address, "/hold");

        request.timeout_ms = 100;
        send_it(bench, &request);
        assert_int_equal(bench->answer.status, 0);
        assert_true(str_is_set(bench->answer.problem));
        hold_wait(&bench->site, 1);
        hold_release(&bench->site);
}

static void the_stop_ends_it(void **state)
{
        struct bench *bench = *state;
        struct sender_request request = to(bench, bench->site.address, "/hold");

        atomic_store(&is_stopping, true);
        assert_int_equal(sender_send(bench->sender, &request, &bench->arena, &bench->answer), -ESHUTDOWN);
        atomic_store(&is_stopping, false);
        hold_release(&bench->site);
}

static void a_bad_list(void **state)
{
        const struct sender_options options = {.networks = STR("everywhere")};
        struct sender *sender;

        (void)state;
        assert_int_equal(sender_new(&options, &sender), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_is_sent, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(methods_and_users, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(what_could_be_read_in_two_ways, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(closed_addresses, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(ports_of_others, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(a_closed_port, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(other_protocols, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(redirects_are_answers, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(long_answers_are_cut, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(endless_heads_are_no_answers, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(silence_has_an_end, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(the_stop_ends_it, open_bench, close_bench),
                cmocka_unit_test(a_bad_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
