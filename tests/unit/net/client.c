#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 60 /* a test that waits so long has failed */

static unsigned short port_of(const char *address)
{
        uint64_t port = 0;
        struct str text = str_of(address);

        assert_int_equal(str_to_u64(str_from(text, (size_t)str_find_last_byte(text, ':') + 1), &port), 0);
        return (unsigned short)port;
}

/* -errno: it was not taken. */
static int try_connect(const char *address)
{
        struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port_of(address))};
        struct sockaddr_in6 six = {
                .sin6_family = AF_INET6, .sin6_port = htons(port_of(address)), .sin6_addr = in6addr_loopback};
        bool is_six = address[0] == '[';
        int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int r;

        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_true(fd >= 0);
        r = is_six ? connect(fd, (struct sockaddr *)&six, sizeof(six))
                   : connect(fd, (struct sockaddr *)&four, sizeof(four));
        if (r == 0)
                return fd;
        r = -errno;
        close(fd);
        return r;
}

static int connect_to(const char *address)
{
        int fd = try_connect(address);

        assert_true(fd >= 0);
        return fd;
}

bool client_can_connect(const char *address)
{
        int fd = try_connect(address);

        if (fd >= 0)
                close(fd);
        else
                assert_int_equal(fd, -ECONNREFUSED);
        return fd >= 0;
}

struct client client_connect(const char *address)
{
        struct client client = {.fd = connect_to(address)};
        struct timeval patience = {.tv_sec = PATIENCE_S};

        assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
        buf_init(&client.received, (size_t)64 << 20);
        return client;
}

void client_close(struct client *client)
{
        close(client->fd);
        buf_done(&client->received);
}

bool client_try_send(struct client *client, struct str bytes)
{
        while (bytes.len) {
                ssize_t n = send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

                if (n <= 0)
                        return false;
                bytes = str_from(bytes, (size_t)n);
        }
        return true;
}

void client_send(struct client *client, struct str bytes)
{
        assert_true(client_try_send(client, bytes));
}

void client_sends(struct client *client, const char *text)
{
        client_send(client, str_of(text));
}

/* False at the end of the connection. */
static bool receive_some(struct client *client)
{
        char part[65536];
        ssize_t n = recv(client->fd, part, sizeof(part), 0);

        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
                fail_msg("nothing came for %d s", PATIENCE_S);
        if (n <= 0)
                return false;
        buf_add_bytes(&client->received, part, (size_t)n);
        assert_int_equal(buf_check(&client->received), 0);
        return true;
}

static void drop_front(struct buf *buf, size_t len)
{
        memmove(buf->data, buf->data + len, buf->len - len);
        buf->len -= len;
}

struct str answer_header(const struct answer *answer, struct str name)
{
        struct str rest = answer->head;
        struct str line, key;

        while (str_cut(&rest, '\n', &line))
                if (str_cut(&line, ':', &key) && str_is_set(line) && str_eq_nocase(key, name)) {
                        line = str_trim(line);
                        return str_ends(line, STR("\r")) ? str_part(line, 0, line.len - 1) : line;
                }
        return STR_NONE;
}

static size_t content_length(const struct answer *answer)
{
        struct str text = answer_header(answer, STR("Content-Length"));
        uint64_t length = 0;

        if (str_is_set(text))
                assert_int_equal(str_to_u64(text, &length), 0);
        return (size_t)length;
}

static bool receive(struct client *client, bool is_head, struct answer *ret)
{
        struct answer answer = {};
        ptrdiff_t end;
        uint64_t status;
        size_t whole;
        char *text;

        while ((end = str_find(buf_str(&client->received), STR("\r\n\r\n"))) < 0)
                if (!receive_some(client))
                        return false;
        answer.head = str_part(buf_str(&client->received), 0, (size_t)end + 2);
        whole = (size_t)end + 4 + (is_head ? 0 : content_length(&answer));
        while (client->received.len < whole)
                if (!receive_some(client))
                        return false;
        text = malloc(whole + 1);
        assert_non_null(text);
        memcpy(text, client->received.data, whole);
        drop_front(&client->received, whole);
        answer.text = str_make(text, whole);
        answer.head = str_part(answer.text, 0, (size_t)end + 2);
        answer.body = str_from(answer.text, (size_t)end + 4);
        assert_true(str_starts(answer.head, STR("HTTP/1.")));
        assert_int_equal(str_to_u64(str_part(answer.head, 9, 3), &status), 0);
        answer.status = (unsigned int)status;
        *ret = answer;
        return true;
}

struct answer client_receive(struct client *client, bool is_head)
{
        struct answer answer;

        if (!receive(client, is_head, &answer))
                fail_msg("the server closed without an answer");
        return answer;
}

bool client_try_receive(struct client *client, struct answer *ret)
{
        return receive(client, false, ret);
}

void answer_done(struct answer *answer)
{
        free((void *)(uintptr_t)answer->text.ptr);
}

bool client_sees_end(struct client *client)
{
        while (receive_some(client))
                ;
        return client->received.len == 0;
}

struct answer ask(const char *address, const char *request)
{
        struct client client = client_connect(address);
        struct answer answer;

        client_sends(&client, request);
        answer = client_receive(&client, false);
        client_close(&client);
        return answer;
}
