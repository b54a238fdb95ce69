/* Streamed bodies through TLS. A thread stands between the client and the server and turns one into the
 * other, so that the client is the same as in the other tests. */
#include "flow_site.h"

#include "base/clock.h"
#include "crypto/tls_cert.h"

#include <gnutls/gnutls.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct tunnel {
        pthread_t thread;
        int inner; /* the client's other end */
        struct client outer;
        gnutls_session_t session;
        gnutls_certificate_credentials_t credentials;
};

static bool send_sealed(struct tunnel *tunnel, const char *bytes, size_t len)
{
        while (len) {
                ssize_t n = gnutls_record_send(tunnel->session, bytes, len);

                if (n < 0 && gnutls_error_is_fatal((int)n))
                        return false;
                if (n > 0) {
                        bytes += n;
                        len -= (size_t)n;
                }
        }
        return true;
}

static bool pass_in(struct tunnel *tunnel)
{
        char bytes[16384];
        ssize_t n = recv(tunnel->inner, bytes, sizeof(bytes), 0);

        return n > 0 && send_sealed(tunnel, bytes, (size_t)n);
}

static bool pass_out(struct tunnel *tunnel)
{
        char bytes[16384];

        do {
                ssize_t n = gnutls_record_recv(tunnel->session, bytes, sizeof(bytes));

                if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
                        continue;
                if (n <= 0 || send(tunnel->inner, bytes, (size_t)n, MSG_NOSIGNAL) != n)
                        return false;
        } while (gnutls_record_check_pending(tunnel->session));
        return true;
}

/* What the server says is heard even when it takes no more. */
static void *dig(void *arg)
{
        struct tunnel *tunnel = arg;
        bool is_sending = true, is_open = true;

        while (is_open) {
                struct pollfd ends[2] = {{.fd = tunnel->outer.fd, .events = POLLIN},
                                         {.fd = is_sending ? tunnel->inner : -1, .events = POLLIN}};

                (void)poll(ends, 2, -1);
                if (ends[0].revents)
                        is_open = pass_out(tunnel);
                else if (ends[1].revents)
                        is_sending = pass_in(tunnel);
                if (!is_sending && ends[1].revents & POLLHUP)
                        break;
        }
        (void)shutdown(tunnel->inner, SHUT_RDWR);
        (void)shutdown(tunnel->outer.fd, SHUT_RDWR);
        return NULL;
}

static struct client tunnel_connect(struct tunnel *tunnel, const char *address)
{
        struct client client = {};
        int ends[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        tunnel->inner = ends[0];
        tunnel->outer = client_connect(address);
        assert_int_equal(gnutls_certificate_allocate_credentials(&tunnel->credentials), 0);
        assert_int_equal(gnutls_init(&tunnel->session, GNUTLS_CLIENT), 0);
        assert_int_equal(gnutls_set_default_priority(tunnel->session), 0);
        assert_int_equal(gnutls_credentials_set(tunnel->session, GNUTLS_CRD_CERTIFICATE, tunnel->credentials),
                         0);
        gnutls_transport_set_int(tunnel->session, tunnel->outer.fd);
        assert_int_equal(gnutls_handshake(tunnel->session), 0);
        assert_int_equal(pthread_create(&tunnel->thread, NULL, dig, tunnel), 0);
        client.fd = ends[1];
        buf_init(&client.received, (size_t)64 << 20);
        return client;
}

static void tunnel_close(struct tunnel *tunnel, struct client *client)
{
        (void)shutdown(client->fd, SHUT_RDWR);
        pthread_join(tunnel->thread, NULL);
        client_close(client);
        client_close(&tunnel->outer);
        (void)close(tunnel->inner);
        gnutls_deinit(tunnel->session);
        gnutls_certificate_free_credentials(tunnel->credentials);
}

struct identity {
        struct arena arena;
        struct tls_identity ca, server;
};

static void make_identity(struct identity *identity)
{
        struct tls_validity validity = {clock_wall_ms() - MS_PER_DAY, clock_wall_ms() + MS_PER_DAY};

        arena_init(&identity->arena, (size_t)1 << 20);
        assert_int_equal(tls_make_ca(validity, &identity->arena, &identity->ca), 0);
        assert_int_equal(
                tls_make_server(&identity->ca, NULL, 0, validity, &identity->arena, &identity->server), 0);
}

static void identity_done(struct identity *identity)
{
        tls_identity_done(&identity->ca);
        tls_identity_done(&identity->server);
        arena_done(&identity->arena);
}

static void start(struct flow_site *site, struct identity *identity)
{
        struct http_server_options options = flow_options();
        struct arena arena;

        make_identity(identity);
        arena_init(&arena, (size_t)1 << 20);
        options.tls_certificate = arena_cstr(&arena, identity->server.certificate);
        options.tls_key = arena_cstr(&arena, secret_str(&identity->server.key));
        flow_start(site, options);
        arena_done_wiped(&arena);
}

static void both_ways(void **state)
{
        struct identity identity = {};
        struct tunnel tunnel = {};
        struct flow_site site;
        struct client client;

        (void)state;
        start(&site, &identity);
        client = tunnel_connect(&tunnel, site.address);
        for (int i = 0; i < 3; i++) {
                flow_put(&client, "/sink", 5000000);
                flow_assert_answer(&client, 200, "5000000");
                assert_true(flow_put_chunked(&client, "/sink", 1000000, 50000));
                flow_assert_answer(&client, 200, "1000000");
                flow_sends(&client, "GET", "/source?size=5000000", "");
                answer_done(&(struct answer[]){flow_receive_head(&client)}[0]);
                assert_int_equal(flow_receive(&client, 5000000), 5000000);
                flow_sends(&client, "GET", "/else", "");
                flow_assert_answer(&client, 200, "GET ");
        }
        tunnel_close(&tunnel, &client);
        flow_stop(&site);
        identity_done(&identity);
}

static void answers_amid_the_body(void **state)
{
        struct identity identity = {};
        struct tunnel tunnel = {};
        struct flow_site site;
        struct client client;

        (void)state;
        start(&site, &identity);
        client = tunnel_connect(&tunnel, site.address);
        flow_sends(&client, "PUT", "/sink?fail=100000&late=1", "Content-Length: 5000000\r\n");
        assert_true(flow_send(&client, 0, 500000));
        flow_wait_late(&site, 1);
        flow_answer_late(&site);
        flow_assert_answer(&client, 507, "no room, on second thoughts");
        tunnel_close(&tunnel, &client);
        client = tunnel_connect(&tunnel, site.address);
        flow_sends(&client, "PUT", "/refuse", "Content-Length: 5000000\r\n");
        flow_assert_answer(&client, 403, "not you");
        tunnel_close(&tunnel, &client);
        flow_stop(&site);
        identity_done(&identity);
}

static void clients_may_leave(void **state)
{
        struct identity identity = {};
        struct flow_site site;

        (void)state;
        start(&site, &identity);
        for (int i = 0; i < 6; i++) {
                struct tunnel tunnel = {};
                struct client client = tunnel_connect(&tunnel, site.address);

                if (i % 2) {
                        flow_sends(&client, "PUT", "/sink", "Content-Length: 5000000\r\n");
                        assert_true(flow_send(&client, 0, 100000 * (uint64_t)i));
                } else {
                        flow_sends(&client, "GET", "/source?size=500000000", "");
                        answer_done(&(struct answer[]){flow_receive_head(&client)}[0]);
                }
                tunnel_close(&tunnel, &client);
        }
        flow_stop(&site);
        identity_done(&identity);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_ways),
                cmocka_unit_test(answers_amid_the_body),
                cmocka_unit_test(clients_may_leave),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
