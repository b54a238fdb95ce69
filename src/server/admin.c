#include "server/admin.h"

#include "events/couriers.h"
#include "events/recorder.h"
#include "events/subscriber.h"
#include "events/timers.h"
#include "net/listen.h"
#include "server/files.h"
#include "server/master_key.h"
#include "server/time_travel.h"
#include "server/trace.h"
#include "server/visit.h"
#include "server/waiting.h"
#include "services/iam/directory.h"
#include "services/iam/import.h"

#include <unistd.h>

#define ADMIN_ARENA    ((size_t)64 * 1024 * 1024)
#define ADMIN_BODY_MAX ((size_t)32 * 1024 * 1024)
#define ANSWER_MAX     ((size_t)16 * 1024 * 1024)
#define ADVANCE_MAX_MS (INT64_C(100) * 366 * MS_PER_DAY)

static void visit_free(void *arg)
{
        struct visit *visit = arg;

        json_decref(visit->given);
        secret_wipe(visit->body.data, visit->body.len); /* may have held a new root key */
        buf_done_wiped(&visit->body);
        arena_done_wiped(&visit->arena);
        free(visit);
}

/* -- For all -------------------------------------------------------------------------------------------- */

static int get_health(struct visit *visit)
{
        return visit_say(visit, 200, "ok");
}

static int get_metrics(struct visit *visit)
{
        metrics_write(visit->server, &visit->body);
        return 0;
}

static int get_status(struct visit *visit)
{
        struct server *server = visit->server;
        struct store_stats store;
        struct json_out *out = &visit->out;

        store_get_stats(server->store, &store);
        json_open(out, '{');
        json_pair(out, STR("version"), STR(MERLON_VERSION));
        json_pair(out, STR("endpoint"), server->endpoint);
        json_pair(out, STR("tls_endpoint"), server->tls_endpoint);
        json_pair(out, STR("data"), str_of(server->data));
        json_key(out, STR("ephemeral"));
        json_bool(out, server->config.is_ephemeral);
        json_key(out, STR("pid"));
        json_int(out, getpid());
        json_pair(out, STR("started"), time_iso(&visit->arena, server->metrics.started_ms));
        json_pair(out, STR("time"), time_iso(&visit->arena, clock_now_ms(&server->clock)));
        json_key(out, STR("waiting_calls"));
        json_int(out, (int64_t)waiting_count(server->waiting));
        json_key(out, STR("clock_advanced_ms"));
        json_int(out, atomic_load(&server->clock.advanced_ms));
        json_key(out, STR("keys"));
        json_int(out, (int64_t)store.keys);
        json_key(out, STR("bytes"));
        json_int(out, (int64_t)store.bytes_used);
        json_key(out, STR("events_lag"));
        json_int(out, (int64_t)dispatcher_lag(server->dispatcher));
        json_close(out, '}');
        return 0;
}

static int post_reset(struct visit *visit)
{
        if (!visit->server->config.is_ephemeral)
                return visit_say(visit, 403, "only an ephemeral server can be reset");
        TRY(server_reset(visit->server));
        return visit_say(visit, 200, "reset");
}

struct advance {
        struct server *server;
        int64_t ms;
};

static int advance_clock(void *arg)
{
        const struct advance *advance = arg;

        return time_travel_advance(advance->server, advance->ms);
}

static int advance_quick(void *arg)
{
        struct advance *advance = arg;

        return timers_advance(advance->server->timers, advance_clock, advance);
}

static int advance_slow(void *arg)
{
        struct advance *advance = arg;

        TRY(timers_advance(advance->server->slow_timers, advance_quick, advance));
        return timers_advance(advance->server->timers, NULL, NULL); /* what the slow ones have set */
}

static int advance_long(void *arg)
{
        struct advance *advance = arg;

        TRY(timers_advance(advance->server->long_timers, advance_slow, advance));
        return timers_advance(advance->server->timers, NULL, NULL);
}

/* All other lanes stand while the clock moves: their own threads would take what fell due in between for what
 * is due only now, and skip its hours. */
static int advance_all(struct server *server, struct advance *advance)
{
        TRY(couriers_advance(server->couriers, advance_long, advance));
        return timers_advance(server->timers, NULL, NULL);
}

/* What was recorded is with all subscribers. */
static int hand_on(struct server *server)
{
        TRY(recorder_flush(server->recorder));
        return dispatcher_drain(server->dispatcher);
}

/* Answered when everything that fell due has been done: timers, and what was recorded by then is handed to
 * all subscribers. */
static int post_clock(struct visit *visit)
{
        struct server *server = visit->server;
        struct str duration = visit_member(visit, "advance");
        struct advance advance = {.server = server};

        if (!server->config.has_test_clock)
                return visit_say(visit, 403, "this server was not started with a test clock");
        if (duration_parse(duration, &advance.ms) < 0 ||
            advance.ms > ADVANCE_MAX_MS - atomic_load(&server->clock.advanced_ms))
                return visit_say(visit, 400, "advance: not a duration such as 7d, 12h, 30m, 45s");
        TRY(hand_on(server)); /* what was before it belongs before it */
        TRY(advance_all(server, &advance));
        TRY(hand_on(server));
        TRY(timers_advance(server->slow_timers, NULL, NULL)); /* what events have set that came meanwhile */
        TRY(couriers_advance(server->couriers, NULL, NULL));
        TRY(hand_on(server));
        return visit_say(visit, 200, "%.*s", STR_ARG(time_iso(&visit->arena, clock_now_ms(&server->clock))));
}

/* -- For the operator on the machine -------------------------------------------------------------------- */

static int get_accounts(struct visit *visit)
{
        struct iam_account_record *accounts;
        struct txn *txn;
        size_t count;
        int r;

        TRY(store_read_begin(visit->server->store, &txn));
        r = iam_list_accounts(txn, &visit->arena, &accounts, &count);
        json_open(&visit->out, '[');
        for (size_t i = 0; r == 0 && i < count; i++) {
                json_open(&visit->out, '{');
                json_pair(&visit->out, STR("id"), accounts[i].id);
                json_pair(&visit->out, STR("name"), accounts[i].name);
                json_close(&visit->out, '}');
        }
        json_close(&visit->out, ']');
        store_read_end(txn);
        return r;
}

struct creation {
        struct visit *visit;
        struct iam_new_account account;
        struct iam_root_key key;
};

static int create_account(struct txn *txn, void *arg)
{
        struct creation *creation = arg;
        struct visit *visit = creation->visit;

        return iam_create_account(txn, &visit->arena, visit->server->keyring,
                                  clock_now_ms(&visit->server->clock), &creation->account, &creation->key);
}

static int post_accounts(struct visit *visit)
{
        struct creation creation = {
                .visit = visit,
                .account = {.id = visit_member(visit, "id"),
                            .name = visit_member(visit, "name"),
                            .root_key_id = visit_member(visit, "root_access_key_id"),
                            .root_secret = visit_member(visit, "root_secret_access_key")},
        };
        int r;

        if (creation.account.name.len == 0)
                return visit_say(visit, 400, "name: missing");
        r = store_write(visit->server->store, create_account, &creation);
        if (r == -EINVAL)
                return visit_say(visit, 400, "the account id or its root key is malformed");
        if (r == -EEXIST)
                return visit_say(visit, 409, "the account or its root key exists already");
        TRY(r);
        json_open(&visit->out, '{');
        json_pair(&visit->out, STR("id"), creation.key.account);
        json_pair(&visit->out, STR("name"), creation.account.name);
        json_pair(&visit->out, STR("access_key_id"), creation.key.access_key_id);
        json_pair(&visit->out, STR("secret_access_key"), creation.key.secret_access_key);
        json_close(&visit->out, '}');
        return 0;
}

static int get_explain(struct visit *visit)
{
        struct str id = str_from(visit->request->path, strlen("/explain/"));
        struct str json;
        struct txn *txn;
        int r;

        TRY(recorder_flush(visit->server->recorder));
        TRY(store_read_begin(visit->server->store, &txn));
        r = trace_get(txn, &visit->arena, id, &json);
        store_read_end(txn);
        if (r == -ENOENT)
                return visit_say(visit, 404, "no denial is known under this request id");
        TRY(r);
        json_raw(&visit->out, json);
        return 0;
}

static int post_master_key(struct visit *visit)
{
        int r = master_key_rotate(visit->server);

        if (r == -EALREADY)
                return visit_say(visit, 409, "the master key is being rotated already");
        TRY(r);
        return visit_say(visit, 200, "the master key was rotated; sessions from before have ended");
}

struct import {
        struct visit *visit;
        struct iam_import_result result;
};

static int import_policies(struct txn *txn, void *arg)
{
        struct import *import = arg;

        return iam_import_managed(txn, &import->visit->arena, import->visit->request->body, &import->result);
}

static int post_managed_policies(struct visit *visit)
{
        struct import import = {.visit = visit};
        int r = store_write(visit->server->store, import_policies, &import);

        if (r == -EINVAL)
                return visit_say(visit, 400, "%s", import.result.problem);
        TRY(r);
        return visit_say(visit, 200, "%zu policies imported, %zu passed over", import.result.imported,
                         import.result.passed_over);
}

/* -- Which is which ----------------------------------------------------------------------------------------
 */

static const struct page {
        struct str method, path;
        bool is_prefix;
        bool is_local; /* only over the Unix socket */
        bool takes_json;
        int (*show)(struct visit *visit);
        struct str content_type;
} PAGES[] = {
        {STR_INIT("GET"), STR_INIT("/health"), false, false, false, get_health, STR_INIT("application/json")},
        {STR_INIT("GET"), STR_INIT("/metrics"), false, false, false, get_metrics,
         STR_INIT("text/plain; version=0.0.4; charset=utf-8")},
        {STR_INIT("GET"), STR_INIT("/status"), false, false, false, get_status, STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/reset"), false, false, false, post_reset, STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/clock"), false, false, true, post_clock, STR_INIT("application/json")},
        {STR_INIT("GET"), STR_INIT("/accounts"), false, true, false, get_accounts,
         STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/accounts"), false, true, true, post_accounts,
         STR_INIT("application/json")},
        {STR_INIT("GET"), STR_INIT("/explain/"), true, true, false, get_explain,
         STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/master-key/rotate"), false, true, false, post_master_key,
         STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/as-service"), false, true, true, admin_as_service,
         STR_INIT("application/json")},
        {STR_INIT("GET"), STR_INIT("/notifications"), false, true, false, admin_notifications,
         STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/scrub"), false, true, true, admin_post_scrub,
         STR_INIT("application/json")},
        {STR_INIT("GET"), STR_INIT("/scrub/"), true, true, false, admin_get_scrub,
         STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/snapshot"), false, true, true, admin_post_snapshot,
         STR_INIT("application/json")},
        {STR_INIT("GET"), STR_INIT("/snapshot/"), true, true, false, admin_get_snapshot,
         STR_INIT("application/json")},
        {STR_INIT("POST"), STR_INIT("/managed-policies"), false, true, false, post_managed_policies,
         STR_INIT("application/json")},
};

static const struct page *find_page(const struct visit *visit)
{
        for (size_t i = 0; i < ARRAY_LEN(PAGES); i++) {
                const struct page *page = &PAGES[i];
                bool fits = page->is_prefix ? str_starts(visit->request->path, page->path)
                                            : str_eq(visit->request->path, page->path);

                if (fits && str_eq(visit->request->method, page->method) &&
                    (visit->is_local || !page->is_local))
                        return page;
        }
        return NULL;
}

/* The address that we listen on, or localhost: not some name that leads to it. */
static bool names_us(const struct visit *visit, struct str host)
{
        return str_starts(host, STR("localhost:")) ||
               str_eq(host, str_from(visit->server->admin_endpoint, strlen("http://")));
}

/* A web page in the operator's browser must not move the clock, or read through a name of its own that leads
 * to loopback: browsers say where a POST comes from, and which name they asked. */
static bool is_from_browser(const struct visit *visit)
{
        return !visit->is_local && (str_is_set(http_header_value(visit->request, STR("Origin"))) ||
                                    !names_us(visit, http_header_value(visit->request, STR("Host"))));
}

static int show(struct visit *visit, const struct page *page)
{
        json_error_t error;

        if (is_from_browser(visit))
                return visit_say(visit, 403, "not for web pages");
        if (!page)
                return visit_say(visit, 404, "there is nothing here");
        if (page->takes_json) {
                visit->given = json_loadb(visit->request->body.ptr, visit->request->body.len,
                                          JSON_REJECT_DUPLICATES, &error);
                if (!json_is_object(visit->given))
                        return visit_say(visit, 400, "the body is not a JSON object: %s", error.text);
        }
        return page->show(visit);
}

static void finish(struct visit *visit, const struct page *page, int result)
{
        struct http_header *header = arena_new(&visit->arena, struct http_header);

        if (result == 0)
                result = buf_check(&visit->body);
        if (result < 0)
                (void)!visit_say(visit, 500, "%s", strerrordesc_np(-result));
        if (header) {
                *header = (struct http_header){STR("Content-Type"), page && visit->response.status < 400
                                                                            ? page->content_type
                                                                            : STR("application/json")};
                visit->response.headers = header;
                visit->response.header_count = 1;
        }
        visit->response.body = buf_str(&visit->body);
}

static void serve(struct server *server, struct http_exchange *exchange, bool is_local)
{
        struct visit *visit = calloc(1, sizeof(*visit));
        const struct page *page;

        if (!visit)
                abort();
        visit->server = server;
        visit->request = http_exchange_request(exchange);
        visit->is_local = is_local;
        arena_init(&visit->arena, ADMIN_ARENA);
        buf_init(&visit->body, ANSWER_MAX);
        visit->out = (struct json_out){.buf = &visit->body};
        visit->response.status = 200;
        page = find_page(visit);
        finish(visit, page, show(visit, page));
        http_reply(exchange, &visit->response, visit_free, visit);
}

static void on_local(void *arg, struct http_exchange *exchange)
{
        serve(arg, exchange, true);
}

static void on_loopback(void *arg, struct http_exchange *exchange)
{
        serve(arg, exchange, false);
}

static int start_listener(struct server *server, int fd, void (*on_request)(void *, struct http_exchange *),
                          struct http_server **ret)
{
        struct http_server_options options = {
                .listen_fd = fd,
                .threads = 1,
                .max_body = ADMIN_BODY_MAX,
                .max_body_all = 2 * ADMIN_BODY_MAX,
                .max_header = 16384,
                .max_connections = 64,
                .header_timeout_s = 10,
                .body_timeout_s = 60,
                .idle_timeout_s = 60,
                .on_request = on_request,
                .arg = server,
        };

        return http_server_start(&options, ret);
}

static bool is_loopback(struct str address)
{
        return str_starts(address, STR("127.")) || str_starts(address, STR("[::1]:")) ||
               str_starts(address, STR("localhost:"));
}

static int start_loopback(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct str address = server->config.admin_listen;
        char text[64];
        int fd;
        int r;

        if (!str_is_set(address))
                return 0;
        if (!is_loopback(address)) {
                (void)snprintf(problem, SERVER_PROBLEM_MAX, "admin-listen: %.*s is not a loopback address",
                               STR_ARG(address));
                return -EINVAL;
        }
        r = listen_tcp(address, &fd, text, sizeof(text));
        if (r < 0) {
                (void)snprintf(problem, SERVER_PROBLEM_MAX, "cannot listen on %.*s: %s", STR_ARG(address),
                               strerrordesc_np(-r));
                return r;
        }
        server->admin_endpoint = arena_printf(&server->arena, "http://%s", text);
        return start_listener(server, fd, on_loopback, &server->admin_tcp);
}

int admin_start(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        const char *path = file_path(&server->arena, str_of(server->data), "admin.sock");
        int fd;
        int r;

        if (!path)
                return -ENOMEM;
        r = listen_unix(path, &fd);
        if (r < 0) {
                (void)snprintf(problem, SERVER_PROBLEM_MAX, "cannot listen on %s: %s", path,
                               strerrordesc_np(-r));
                return r;
        }
        TRY(start_listener(server, fd, on_local, &server->admin));
        return start_loopback(server, problem);
}
