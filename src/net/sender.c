#include "net/sender.h"

#include "base/buf.h"
#include "net/curl_library.h"
#include "net/reach.h"

#include <pthread.h>
#include <unistd.h>

#define IDLE_MAX        16 /* handles that are kept, each with the connections that it has open */
#define CONNECTIONS_MAX 4L /* that one of them keeps */
#define CONNECT_MS      5000L
#define ANSWER_HEAD_MAX ((size_t)64 * 1024)
#define URL_MAX         4096
#define SYSTEM_CAS      "/etc/ssl/certs"
#define NETWORK_PROBLEM "the address is not one that this server connects to"

struct sender {
        struct reach reach;
        const char *ca_file;
        const atomic_bool *is_stopping;
        _Atomic uint16_t closed_port;

        pthread_mutex_t lock;
        CURL *idle[IDLE_MAX];
        size_t idle_count;
};

/* One request on its way. */
struct errand {
        struct sender *sender;
        CURL *curl;
        struct curl_slist *headers;
        char problem[CURL_ERROR_SIZE];
        struct buf body;
        size_t head_len, answer_max;
        bool is_trusted, was_closed, was_cut;
        struct str mail; /* what is left of it */
};

/* -- What curl asks on its way */

/* Where the operator himself sends it, it goes. */
static bool is_closed(const struct errand *errand, const struct sockaddr *address)
{
        uint16_t closed_port = atomic_load(&errand->sender->closed_port);

        if (errand->is_trusted)
                return false;
        return !reach_allows(&errand->sender->reach, address) || reach_port_is_taken(reach_port(address)) ||
               (closed_port && reach_port(address) == closed_port && reach_is_own(address));
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
        struct errand *errand = arg;

        if (purpose != CURLSOCKTYPE_IPCXN || is_closed(errand, &address->addr)) {
                errand->was_closed = true;
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_head(char *bytes, size_t size, size_t count, void *arg)
{
        struct errand *errand = arg;

        (void)bytes;
        errand->head_len += size * count;
        return errand->head_len <= ANSWER_HEAD_MAX ? size * count : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
        struct errand *errand = arg;
        size_t len = size * count, room = errand->answer_max - errand->body.len;

        buf_add_bytes(&errand->body, bytes, len < room ? len : room);
        errand->was_cut = len > room;
        return errand->was_cut ? 0 : len;
}

static size_t give_mail(char *bytes, size_t size, size_t count, void *arg)
{
        struct errand *errand = arg;
        size_t len = size * count < errand->mail.len ? size * count : errand->mail.len;

        if (len > 0)
                memcpy(bytes, errand->mail.ptr, len);
        errand->mail = str_from(errand->mail, len);
        return len;
}

static int look(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
        const struct errand *errand = arg;

        (void)down_all, (void)down, (void)up_all, (void)up;
        return errand->sender->is_stopping && atomic_load(errand->sender->is_stopping);
}

/* -- Handles: with what is open to those who were asked before */

static CURL *take_handle(struct sender *sender)
{
        CURL *curl = NULL;

        pthread_mutex_lock(&sender->lock);
        if (sender->idle_count > 0)
                curl = sender->idle[--sender->idle_count];
        pthread_mutex_unlock(&sender->lock);
        return curl ? curl : curl_library()->easy_init();
}

/* Nothing of the errand stays: no header, no password. */
static void give_back(struct sender *sender, CURL *curl)
{
        curl_library()->easy_reset(curl);
        pthread_mutex_lock(&sender->lock);
        if (sender->idle_count < IDLE_MAX) {
                sender->idle[sender->idle_count++] = curl;
                curl = NULL;
        }
        pthread_mutex_unlock(&sender->lock);
        if (curl)
                curl_library()->easy_cleanup(curl);
}

static int begin(struct errand *errand, struct sender *sender, size_t answer_max)
{
        if (!curl_library())
                return -ENOSYS;
        *errand = (struct errand){.sender = sender, .curl = take_handle(sender), .answer_max = answer_max};
        buf_init(&errand->body, answer_max + 1);
        return errand->curl ? 0 : -ENOMEM;
}

static void end(struct errand *errand)
{
        if (errand->headers)
                curl_library()->slist_free_all(errand->headers);
        if (errand->curl)
                give_back(errand->sender, errand->curl);
        buf_done(&errand->body);
}

#define SET(errand, option, value)                                                                           \
        do {                                                                                                 \
                if (curl_library()->easy_setopt((errand)->curl, (option), (value)) != CURLE_OK)              \
                        return -ENOMEM;                                                                      \
        } while (0)

static int set_bounds(struct errand *errand, int64_t timeout_ms)
{
        SET(errand, CURLOPT_NOSIGNAL, 1L);
        SET(errand, CURLOPT_FOLLOWLOCATION, 0L);
        SET(errand, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
        SET(errand, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms < CONNECT_MS ? (long)timeout_ms : CONNECT_MS);
        SET(errand, CURLOPT_MAXCONNECTS, CONNECTIONS_MAX);
        SET(errand, CURLOPT_NOPROGRESS, 0L);
        SET(errand, CURLOPT_XFERINFOFUNCTION, look);
        SET(errand, CURLOPT_XFERINFODATA, errand);
        return 0;
}

/* The folder is looked into for the one that vouches; the file that curl would read whole is the same again.
 */
static int set_tls(struct errand *errand)
{
        SET(errand, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        SET(errand, CURLOPT_SSL_VERIFYPEER, 1L);
        SET(errand, CURLOPT_SSL_VERIFYHOST, 2L);
        SET(errand, CURLOPT_CAPATH, SYSTEM_CAS);
        SET(errand, CURLOPT_CAINFO, errand->sender->ca_file);
        return 0;
}

static int set_answer(struct errand *errand)
{
        SET(errand, CURLOPT_ERRORBUFFER, errand->problem);
        SET(errand, CURLOPT_HEADERFUNCTION, take_head);
        SET(errand, CURLOPT_HEADERDATA, errand);
        SET(errand, CURLOPT_WRITEFUNCTION, take_body);
        SET(errand, CURLOPT_WRITEDATA, errand);
        return 0;
}

/* No proxy of the environment, no file of passwords, no other protocol: nothing that was not said. */
static int set_common(struct errand *errand, const char *protocols, int64_t timeout_ms)
{
        SET(errand, CURLOPT_PROTOCOLS_STR, protocols);
        SET(errand, CURLOPT_PROXY, "");
        SET(errand, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        SET(errand, CURLOPT_OPENSOCKETDATA, errand);
        TRY(set_bounds(errand, timeout_ms));
        TRY(set_tls(errand));
        return set_answer(errand);
}

/* -- What is sent */

static bool is_one_line(struct str text)
{
        return !str_has_byte(text, '\r') && !str_has_byte(text, '\n') && !str_has_byte(text, '\0');
}

static int add_line(struct errand *errand, const char *line)
{
        struct curl_slist *longer = curl_library()->slist_append(errand->headers, line);

        if (!longer)
                return -ENOMEM;
        errand->headers = longer;
        return 0;
}

/* curl takes "Name:" for a header that shall not be sent, and "Name;" for an empty one. */
static int add_header(struct errand *errand, const struct http_header *header, struct arena *arena)
{
        struct str line;

        if (!is_one_line(header->name) || !is_one_line(header->value) || str_has_byte(header->name, ':') ||
            header->name.len == 0)
                return -EINVAL;
        line = header->value.len
                       ? arena_printf(arena, "%.*s: %.*s", STR_ARG(header->name), STR_ARG(header->value))
                       : arena_printf(arena, "%.*s;", STR_ARG(header->name));
        return arena->failed ? -ENOMEM : add_line(errand, line.ptr);
}

static int set_request(struct errand *errand, const struct sender_request *request, struct arena *arena)
{
        const char *url = arena_cstr(arena, request->url), *method = arena_cstr(arena, request->method);

        if (!is_one_line(request->url) || !is_one_line(request->method) || request->url.len > URL_MAX)
                return -EINVAL;
        if (!url || !method)
                return -ENOMEM;
        TRY(set_common(errand, "http,https", request->timeout_ms));
        for (size_t i = 0; i < request->header_count; i++)
                TRY(add_header(errand, &request->headers[i], arena));
        TRY(add_line(errand, "Expect:"));
        SET(errand, CURLOPT_URL, url);
        SET(errand, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        SET(errand, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
        if (request->body.len || str_eq(request->method, STR("POST"))) {
                SET(errand, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
                SET(errand, CURLOPT_POSTFIELDS, request->body.len ? request->body.ptr : "");
        }
        SET(errand, CURLOPT_CUSTOMREQUEST, method);
        SET(errand, CURLOPT_HTTPHEADER, errand->headers);
        return 0;
}

static int set_mail(struct errand *errand, const struct sender_mail *mail, struct arena *arena)
{
        struct str url = arena_printf(arena, "smtp://%.*s", STR_ARG(mail->server));
        struct str from = arena_printf(arena, "<%.*s>", STR_ARG(mail->from));
        struct str to = arena_printf(arena, "<%.*s>", STR_ARG(mail->to));

        if (!is_one_line(url) || !is_one_line(from) || !is_one_line(to))
                return -EINVAL;
        if (arena->failed)
                return -ENOMEM;
        errand->is_trusted = true;
        TRY(set_common(errand, "smtp", mail->timeout_ms));
        SET(errand, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
        TRY(add_line(errand, to.ptr));
        errand->mail = mail->text;
        SET(errand, CURLOPT_URL, url.ptr);
        SET(errand, CURLOPT_MAIL_FROM, from.ptr);
        SET(errand, CURLOPT_MAIL_RCPT, errand->headers);
        SET(errand, CURLOPT_UPLOAD, 1L);
        SET(errand, CURLOPT_READFUNCTION, give_mail);
        SET(errand, CURLOPT_READDATA, errand);
        return 0;
}

/* -- What came of it */

/* It may quote the other side, and where it ends: also in the middle of a character. */
static struct str tell(const struct errand *errand, CURLcode code, struct arena *arena)
{
        char *text;

        if (errand->was_closed)
                return STR(NETWORK_PROBLEM);
        text = arena_cstr(arena,
                          str_of(errand->problem[0] ? errand->problem : curl_library()->easy_strerror(code)));
        for (char *c = text; c && *c; c++)
                if (*c < ' ' || *c > '~')
                        *c = '?';
        return text ? str_of(text) : STR_NONE;
}

static int run(struct errand *errand, struct arena *arena, struct sender_answer *ret)
{
        CURLcode code = curl_library()->easy_perform(errand->curl);
        long status = 0;

        if (code == CURLE_ABORTED_BY_CALLBACK)
                return -ESHUTDOWN;
        if (code == CURLE_OUT_OF_MEMORY)
                return -ENOMEM;
        if (code == CURLE_WRITE_ERROR && errand->was_cut)
                code = CURLE_OK; /* enough was read of it */
        (void)curl_library()->easy_getinfo(errand->curl, CURLINFO_RESPONSE_CODE, &status);
        *ret = (struct sender_answer){.was_closed = code != CURLE_OK && errand->was_closed};
        if (code == CURLE_OK) {
                ret->status = (unsigned int)status;
                ret->body = arena_dup(arena, buf_str(&errand->body));
        } else {
                ret->problem = tell(errand, code, arena);
                ret->status =
                        errand->is_trusted ? (unsigned int)status : 0; /* what a mail server said of it */
        }
        return arena->failed ? -ENOMEM : 0;
}

int sender_send(struct sender *sender, const struct sender_request *request, struct arena *arena,
                struct sender_answer *ret)
{
        _cleanup_(end) struct errand errand = {};

        TRY(begin(&errand, sender, request->answer_max));
        TRY(set_request(&errand, request, arena));
        return run(&errand, arena, ret);
}

int sender_send_mail(struct sender *sender, const struct sender_mail *mail, struct arena *arena,
                     struct sender_answer *ret)
{
        _cleanup_(end) struct errand errand = {};

        TRY(begin(&errand, sender, 0));
        TRY(set_mail(&errand, mail, arena));
        return run(&errand, arena, ret);
}

/* -- The sender */

int sender_new(const struct sender_options *options, struct sender **ret)
{
        struct sender *sender = calloc(1, sizeof(*sender));
        int r;

        if (!sender)
                return -ENOMEM;
        r = reach_parse(options->networks, &sender->reach);
        if (r < 0) {
                free(sender);
                return r;
        }
        sender->ca_file = options->ca_file;
        sender->is_stopping = options->is_stopping;
        pthread_mutex_init(&sender->lock, NULL);
        *ret = sender;
        return 0;
}

void sender_free(struct sender *sender)
{
        if (!sender)
                return;
        while (sender->idle_count > 0)
                curl_library()->easy_cleanup(sender->idle[--sender->idle_count]);
        pthread_mutex_destroy(&sender->lock);
        free(sender);
}

void sender_close_port(struct sender *sender, uint16_t port)
{
        atomic_store(&sender->closed_port, port);
}
