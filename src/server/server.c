#include "server/server.h"

#include "base/json_out.h"
#include "crypto/key_cache.h"
#include "crypto/tls_cert.h"
#include "events/couriers.h"
#include "events/recorder.h"
#include "events/subscriber.h"
#include "events/timers.h"
#include "net/listen.h"
#include "server/accounts.h"
#include "server/admin.h"
#include "server/due.h"
#include "server/files.h"
#include "server/key_check.h"
#include "server/master_key.h"
#include "server/orphans.h"
#include "server/pipeline.h"
#include "server/receive.h"
#include "server/time_travel.h"
#include "server/tls_material.h"
#include "server/use.h"
#include "server/waiting.h"
#include "server/workers.h"
#include "services/attempts.h"
#include "services/budgets.h"
#include "services/cloudtrail/history.h"
#include "services/cloudtrail/stream.h"
#include "services/events/api_call.h"
#include "services/events/pattern_cache.h"
#include "services/policy_cache.h"
#include "store/blob.h"
#include "wire/validate.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETUP_ARENA        ((size_t)4 * 1024 * 1024)
#define ATTEMPTS_NAMES_MAX 65536

/* What look-ups of the event history may take of the processor, of each account: five seconds at once, and
 * half of one core for long. */
#define LOOKUP_NAMES_MAX    10000
#define LOOKUP_MOST_NS      INT64_C(5000000000)
#define LOOKUP_SHARE        50
#define POLICY_CACHE_MAX    20000
#define PATTERN_CACHE_BYTES ((size_t)32 * 1024 * 1024)
#define POLICY_CACHE_BYTES  ((size_t)128 * 1024 * 1024)
/* Opened key material: as much as a busy server uses at a time, and not for longer than it is in use. */
#define KEY_CACHE_MAX      1000
#define KEY_CACHE_AGE_MS   (5 * 60 * MS_PER_S)
#define EVENTS_WAITING_MAX ((size_t)64 * 1024 * 1024)
#define BODIES_MAX         ((size_t)512 * 1024 * 1024)
#define HEADER_MAX         ((size_t)32 * 1024)
/* Streamed bodies: how many may wait for a disk at once, and how long a stop waits for them. */
#define FLOW_THREADS 32
#define STOP_GRACE_S 10
/* What is sent to others at once, to one of them, and by one account. */
#define SENDS_MAX      32
#define SENDS_TO_MAX   4
#define SENDS_FROM_MAX 16
#define PEM_MAX        ((size_t)256 * 1024)

/* Everything that reads the outbox. */
static const struct subscriber *const SUBSCRIBERS[] = {&cloudtrail_history, &cloudtrail_trails,
                                                       &events_api_calls};

static int complain(char problem[SERVER_PROBLEM_MAX], int error, const char *format, ...) _printf_(3, 4);
static int complain(char problem[SERVER_PROBLEM_MAX], int error, const char *format, ...)
{
        va_list args;
        int len;

        va_start(args, format);
        len = vsnprintf(problem, SERVER_PROBLEM_MAX, format, args);
        va_end(args);
        if (len > 0 && len < SERVER_PROBLEM_MAX)
                (void)snprintf(problem + len, (size_t)(SERVER_PROBLEM_MAX - len), ": %s",
                               strerrordesc_np(-error));
        return error;
}

/* -- The data folder ---------------------------------------------------------------------------------------
 */

static int make_temporary(struct server *server)
{
        const char *parent = getenv("TMPDIR");
        struct str template =
                arena_printf(&server->arena, "%s/merlon-XXXXXX", parent && *parent ? parent : "/tmp");

        server->data = arena_cstr(&server->arena, template);
        if (!server->data || !mkdtemp(server->data))
                return server->data ? -errno : -ENOMEM;
        server->data_is_temporary = true;
        return 0;
}

static int open_folder(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct stat info;
        int r;

        if (!str_is_set(server->config.data)) {
                r = make_temporary(server);
                return r < 0 ? complain(problem, r, "a temporary folder could not be made") : 0;
        }
        server->data = arena_cstr(&server->arena, server->config.data);
        if (!server->data)
                return -ENOMEM;
        r = folder_make(server->data);
        if (r < 0)
                return complain(problem, r, "data folder %s", server->data);
        if (stat(server->data, &info) < 0 || !S_ISDIR(info.st_mode))
                return complain(problem, -ENOTDIR, "data folder %s", server->data);
        if (info.st_mode & (S_IWGRP | S_IWOTH))
                return complain(problem, -EPERM, "data folder %s may be written by others", server->data);
        return 0;
}

static bool has_file(struct server *server, const char *name)
{
        const char *path = file_path(&server->arena, str_of(server->data), name);

        return path && access(path, F_OK) == 0;
}

/* A missing key beside existing data is a loss to report, not a reason to make a new one. */
static int open_keyring(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        const char *path = file_path(&server->arena, str_of(server->data), "master.key");
        int r;

        if (server->config.is_ephemeral)
                return keyring_ephemeral(&server->keyring);
        if (!path)
                return -ENOMEM;
        if (!has_file(server, "master.key") && has_file(server, "store.mdb"))
                return complain(problem, -ENOKEY,
                                "%s is missing, and what is stored cannot be opened without it", path);
        r = keyring_open_file(path, &server->keyring);
        if (r == -EPERM)
                return complain(problem, r, "%s may be read by others: it must have mode 0600", path);
        if (r == -EBADMSG)
                return complain(problem, r, "%s is not a master key", path);
        return r < 0 ? complain(problem, r, "%s", path) : 0;
}

static int open_store(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct store_options options = {
                .engine = server->config.is_ephemeral ? STORE_MEMORY : STORE_LMDB,
                .folder = server->data,
                .max_bytes = (size_t)server->config.store_max_bytes,
                .losses = &server->losses,
        };
        int r;

        TRY(store_open(&options, &server->store, problem));
        r = key_check(server);
        if (r == -EKEYREJECTED)
                return complain(problem, r, "%s/master.key is not the key of the store beside it",
                                server->data);
        return r < 0 ? complain(problem, r, "data folder %s", server->data) : 0;
}

/* Bodies of an ephemeral server are files too, in its temporary folder: under keys that go with it. */
static int open_blobs(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct blobs_options options = {.folder = file_path(&server->arena, str_of(server->data), "blobs")};

        return options.folder ? blobs_open(&options, &server->blobs, problem) : -ENOMEM;
}

/* Indexes follow the program: new ones are built, dropped ones go. */
static int prepare_records(struct server *server)
{
        _cleanup_(arena_done) struct arena arena = {};
        const struct record_type **types;
        size_t count = 0;

        arena_init(&arena, SETUP_ARENA);

        for (size_t i = 0; i < api_service_count; i++)
                count += api_services[i]->record_count;
        types = arena_new_array(&arena, const struct record_type *, count + 1);
        if (!types)
                return -ENOMEM;
        count = 0;
        for (size_t i = 0; i < api_service_count; i++)
                for (size_t k = 0; k < api_services[i]->record_count; k++)
                        types[count++] = api_services[i]->records[k];
        return record_prepare(server->store, types, count);
}

/* -- What calls need ---------------------------------------------------------------------------------------
 */

/* Opened keys do not outstay their time in the memory of a server that nobody asks anything. */
static void now_and_then(void *arg)
{
        struct server *server = arg;

        key_cache_drop_old(server->keys, clock_monotonic_ns() / 1000000);
}

static int start_timers(struct server *server)
{
        struct timers_options quick = {.store = server->store,
                                       .clock = &server->clock,
                                       .prepare = due_prepare,
                                       .fire = due_fire,
                                       .done = due_done,
                                       .look = now_and_then,
                                       .arg = server};
        struct timers_options slow = {.store = server->store,
                                      .clock = &server->clock,
                                      .lane = TIMER_SLOW,
                                      .prepare = due_prepare,
                                      .fire = due_fire,
                                      .done = due_done,
                                      .arg = server};

        struct timers_options longest = slow;

        longest.lane = TIMER_LONG;
        longest.is_fair = true;
        TRY(timers_start(&quick, &server->timers));
        TRY(timers_start(&slow, &server->slow_timers));
        return timers_start(&longest, &server->long_timers);
}

static int open_sender(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct sender_options options = {.networks = server->config.outbound_networks,
                                         .is_stopping = &server->is_stopping};
        int64_t until_ms;
        struct str text;
        int r;

        if (str_is_set(server->config.outbound_ca)) {
                options.ca_file = arena_cstr(&server->arena, server->config.outbound_ca);
                r = options.ca_file ? file_read(options.ca_file, &server->arena, PEM_MAX, &text) : -ENOMEM;
                if (r == 0)
                        r = tls_certificate_end(text, &until_ms);
                if (r < 0)
                        return complain(problem, r, "outbound-ca %.*s", STR_ARG(server->config.outbound_ca));
        }
        r = sender_new(&options, &server->sender);
        return r < 0 ? complain(problem, r, "outbound-networks") : 0;
}

/* When it is known where the operator is listened to: nothing is sent there. */
static int start_couriers(struct server *server)
{
        struct couriers_options options = {.timers = {.store = server->store,
                                                      .clock = &server->clock,
                                                      .lane = TIMER_OUT,
                                                      .prepare = due_prepare,
                                                      .fire = due_fire,
                                                      .done = due_done,
                                                      .arg = server},
                                           .at_once = SENDS_MAX,
                                           .at_once_to = SENDS_TO_MAX,
                                           .at_once_from = SENDS_FROM_MAX};
        ptrdiff_t colon = str_find_last_byte(server->admin_endpoint, ':');
        uint64_t port = 0;

        if (str_is_set(server->admin_endpoint))
                TRY(str_to_u64(str_from(server->admin_endpoint, (size_t)colon + 1), &port));
        sender_close_port(server->sender, (uint16_t)port);
        return couriers_start(&options, &server->couriers);
}

static int open_parts(struct server *server)
{
        struct recorder_options recorder = {.max_bytes = EVENTS_WAITING_MAX, .note = use_note};

        TRY(auth_new(server->keyring, &server->clock, &server->auth));
        TRY(policy_cache_new(POLICY_CACHE_MAX, POLICY_CACHE_BYTES, &server->policies));
        TRY(attempts_new(ATTEMPTS_NAMES_MAX, ATTEMPTS_MAX, &server->attempts));
        TRY(attempts_new(ATTEMPTS_NAMES_MAX, ATTEMPTS_MAX, &server->sign_ins));
        TRY(attempts_new(ATTEMPTS_NAMES_MAX, ATTEMPTS_MAX_OF_ADDRESS, &server->visitors));
        TRY(budgets_new(LOOKUP_NAMES_MAX, LOOKUP_MOST_NS, LOOKUP_SHARE, &server->lookups));
        TRY(event_pattern_cache_new(PATTERN_CACHE_BYTES, &server->event_patterns));
        TRY(key_cache_new(KEY_CACHE_MAX, KEY_CACHE_AGE_MS, &server->keys));
        TRY(wire_patterns_new(&server->patterns));
        TRY(use_table_new(&server->uses));
        TRY(workers_start((unsigned int)server->config.threads, &server->workers));
        TRY(waiting_start(server, pipeline_resume, &server->waiting));
        store_on_touch(server->store, waiting_touch, server->waiting);
        recorder.store = server->store;
        TRY(recorder_new(&recorder, &server->recorder));
        server->host = (struct host){
                .clock = &server->clock,
                .store = server->store,
                .blobs = server->blobs,
                .losses = &server->losses,
                .is_stopping = &server->is_stopping,
                .keyring = server->keyring,
                .auth = server->auth,
                .policies = server->policies,
                .attempts = server->attempts,
                .sign_ins = server->sign_ins,
                .visitors = server->visitors,
                .lookups = server->lookups,
                .damage = &server->damage,
                .patterns = server->event_patterns,
                .keys = server->keys,
                .partition = STR("aws"),
                .mail_server = server->config.smtp,
                .mail_from = server->config.smtp_from,
                .public_url = server->config.public_url,
                .endpoint = server->endpoint,
                .tls_endpoint = server->tls_endpoint,
                .names = server->config.tls_names,
                .trail_delay_ms = server->config.trail_delay_s * MS_PER_S,
        };
        server->metrics.started_ms = clock_wall_ms();
        TRY(dispatcher_start(server->store, SUBSCRIBERS, ARRAY_LEN(SUBSCRIBERS), &server->host,
                             &server->dispatcher));
        TRY(due_set_at_start(server));
        return start_timers(server);
}

/* -- Listeners
 * ----------------------------------------------------------------------------------------------- */

static struct http_server_options api_options(struct server *server, int fd)
{
        const struct config *config = &server->config;

        return (struct http_server_options){
                .listen_fd = fd,
                .threads = (unsigned int)config->threads,
                .max_body = (size_t)config->max_body,
                .max_body_all = BODIES_MAX,
                .max_header = HEADER_MAX,
                .max_connections = (unsigned int)config->max_connections,
                .max_per_address = (unsigned int)config->max_connections_per_address,
                .header_timeout_s = (unsigned int)config->header_timeout_s,
                .body_timeout_s = (unsigned int)config->body_timeout_s,
                .idle_timeout_s = (unsigned int)config->idle_timeout_s,
                .max_flow_threads = FLOW_THREADS,
                .stop_grace_s = STOP_GRACE_S,
                .on_headers = receive_headers,
                .on_request = pipeline_request,
                .on_refuse = pipeline_refuse,
                .arg = server,
        };
}

static int open_listener(struct server *server, struct str address, const char *scheme, int *ret_fd,
                         struct str *ret_endpoint, char problem[SERVER_PROBLEM_MAX])
{
        char text[64];
        int r = listen_tcp(address, ret_fd, text, sizeof(text));

        if (r < 0)
                return complain(problem, r, "cannot listen on %.*s", STR_ARG(address));
        *ret_endpoint = arena_printf(&server->arena, "%s://%s", scheme, text);
        return 0;
}

struct listeners {
        int plain, tls;
};

/* Before anything runs that tells others where it is. Who connects waits until it is served. */
static int open_listeners(struct server *server, struct listeners *ret, char problem[SERVER_PROBLEM_MAX])
{
        const struct config *config = &server->config;

        TRY(open_listener(server, config->listen, "http", &ret->plain, &server->endpoint, problem));
        if (!str_is_set(config->tls_listen))
                return 0;
        return open_listener(server, config->tls_listen, "https", &ret->tls, &server->tls_endpoint, problem);
}

static int start_api(struct server *server, int fd)
{
        const struct http_server_options options = api_options(server, fd);

        return http_server_start(&options, &server->api);
}

struct pem_pair {
        struct str certificate;
        struct secret key; /* NUL-terminated */
};

static int read_pem(struct server *server, struct pem_pair *ret, char problem[SERVER_PROBLEM_MAX])
{
        char *certificate = arena_cstr(&server->arena, server->config.tls_certificate);
        char *key = arena_cstr(&server->arena, server->config.tls_key);
        struct str text;
        int r;

        if (!certificate || !key)
                return -ENOMEM;
        r = file_read(certificate, &server->arena, PEM_MAX, &ret->certificate);
        if (r < 0)
                return complain(problem, r, "tls-certificate %s", certificate);
        r = file_read(key, &server->arena, PEM_MAX, &text);
        if (r < 0)
                return complain(problem, r, "tls-key %s", key);
        r = secret_copy(&ret->key, str_make(text.ptr, text.len + 1)); /* the arena gave a NUL behind it */
        secret_wipe((void *)(uintptr_t)text.ptr, text.len);
        return r;
}

static int start_api_tls(struct server *server, int fd, char problem[SERVER_PROBLEM_MAX])
{
        _cleanup_(secret_done) struct secret key = {};
        struct pem_pair pem = {};
        struct http_server_options options;
        int r;

        if (!str_is_set(server->config.tls_listen))
                return 0;
        r = str_is_set(server->config.tls_certificate)
                    ? read_pem(server, &pem, problem)
                    : tls_material_make(server, &pem.certificate, &pem.key);
        key = pem.key;
        if (r < 0)
                return *problem ? r : complain(problem, r, "the TLS certificate could not be made");
        options = api_options(server, fd);
        options.tls_certificate = arena_cstr(&server->arena, pem.certificate);
        options.tls_key = (const char *)key.bytes;
        r = http_server_start(&options, &server->api_tls);
        if (r < 0 && str_is_set(server->config.tls_certificate))
                return complain(problem, r,
                                "TLS could not be started with tls-certificate %.*s and tls-key %.*s",
                                STR_ARG(server->config.tls_certificate), STR_ARG(server->config.tls_key));
        return r < 0 ? complain(problem, r, "TLS could not be started") : 0;
}

/* Thousands of connections want descriptors; the usual soft limit is 1024. */
static void raise_descriptor_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

/* -- The ready file ---------------------------------------------------------------------------------------
 */

static int write_ready(struct server *server)
{
        _cleanup_(buf_done) struct buf text = {};
        struct json_out out = {.buf = &text};
        char *given = str_is_set(server->config.ready_file)
                              ? arena_cstr(&server->arena, server->config.ready_file)
                              : NULL;
        char *own = file_path(&server->arena, str_of(server->data), "server.json");
        char real[4096];

        buf_init(&text, 16384);
        json_open(&out, '{');
        json_pair(&out, STR("endpoint"), server->endpoint);
        json_pair(&out, STR("tls_endpoint"), server->tls_endpoint);
        json_pair(&out, STR("admin_endpoint"), server->admin_endpoint);
        json_pair(&out, STR("data"), str_of(realpath(server->data, real)));
        json_pair(&out, STR("region"), server->config.region);
        json_key(&out, STR("pid"));
        json_int(&out, getpid());
        json_close(&out, '}');
        buf_add_byte(&text, '\n');
        TRY(buf_check(&text));
        if (!own)
                return -ENOMEM;
        TRY(file_write(own, buf_str(&text)));
        return given ? file_write(given, buf_str(&text)) : 0;
}

int server_start(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct listeners listeners = {-1, -1};
        int r;

        arena_init(&server->arena, SETUP_ARENA);
        pthread_mutex_init(&server->resetting, NULL);
        job_init(&server->scrub);
        job_init(&server->saving);
        raise_descriptor_limit();
        TRY(open_folder(server, problem));
        TRY(open_keyring(server, problem));
        TRY(open_store(server, problem));
        TRY(open_blobs(server, problem));
        r = prepare_records(server);
        if (r < 0)
                return complain(problem, r, "the records of the data folder cannot be prepared");
        TRY(orphans_remove(server, problem));
        r = time_travel_resume(server);
        if (r < 0)
                return complain(problem, r, "the clock of the data folder cannot be read");
        TRY(accounts_prepare(server, problem));
        TRY(open_sender(server, problem));
        TRY(open_listeners(server, &listeners, problem));
        r = open_parts(server);
        if (r < 0)
                return complain(problem, r, "the server could not be set up");
        r = master_key_resume(server);
        if (r < 0)
                return complain(problem, r, "the rotation of the master key could not be finished");
        TRY(start_api(server, listeners.plain));
        TRY(start_api_tls(server, listeners.tls, problem));
        TRY(admin_start(server, problem));
        r = start_couriers(server);
        if (r < 0)
                return complain(problem, r, "nothing can be sent to others");
        r = write_ready(server);
        if (r < 0)
                return complain(problem, r, "the ready file could not be written");
        return 0;
}

/* -- The end -----------------------------------------------------------------------------------------------
 */

static void remove_file(struct server *server, const char *name)
{
        const char *path = file_path(&server->arena, str_of(server->data), name);

        if (path)
                (void)unlink(path);
}

/* Bodies whose keys are gone. */
static void remove_blobs(struct server *server)
{
        const char *path = file_path(&server->arena, str_of(server->data), "blobs");

        if (path)
                folder_remove(path);
}

static void remove_traces(struct server *server)
{
        if (!server->data)
                return;
        remove_file(server, "server.json");
        remove_file(server, "admin.sock");
        if (server->config.is_ephemeral) {
                remove_file(server, "root-credentials");
                remove_blobs(server);
        }
        if (server->data_is_temporary) {
                remove_file(server, "ca.pem");
                (void)rmdir(server->data);
        }
}

void server_stop(struct server *server)
{
        http_server_pause(server->api);
        http_server_pause(server->api_tls);
        http_server_stop(server->admin_tcp);
        http_server_stop(server->admin);
        job_done(&server->scrub);
        job_done(&server->saving);
        waiting_end(server->waiting);
        http_server_stop(server->api_tls);
        http_server_stop(server->api);
        atomic_store(&server->is_stopping, true);
        couriers_stop(server->couriers);
        timers_stop(server->long_timers);
        timers_stop(server->slow_timers);
        timers_stop(server->timers);
        sender_free(server->sender);
        workers_stop(server->workers);
        waiting_stop(server->waiting);
        dispatcher_stop(server->dispatcher);
        recorder_free(server->recorder);
        use_table_free(server->uses);
        wire_patterns_free(server->patterns);
        policy_cache_free(server->policies);
        attempts_free(server->attempts);
        attempts_free(server->sign_ins);
        attempts_free(server->visitors);
        budgets_free(server->lookups);
        event_pattern_cache_free(server->event_patterns);
        key_cache_free(server->keys);
        auth_free(server->auth);
        store_close(server->store);
        blobs_close(server->blobs);
        keyring_free(server->keyring);
        remove_traces(server);
        pthread_mutex_destroy(&server->resetting);
        arena_done(&server->arena);
}

static int drop_blob(void *arg, struct blob_id id, uint64_t file_len)
{
        int r = blob_delete(arg, id);

        (void)file_len;
        return r == -ENOENT ? 0 : r;
}

static int start_anew(struct server *server)
{
        char problem[SERVER_PROBLEM_MAX] = "";

        TRY(recorder_flush(server->recorder));
        TRY(store_clear(server->store));
        TRY(blobs_each(server->blobs, drop_blob, server->blobs)); /* no record names them any more */
        key_cache_clear(server->keys);
        TRY(prepare_records(server));
        clock_replay(&server->clock, (struct clock_step){clock_wall_ms(), 0});
        return accounts_prepare(server, problem);
}

int server_reset(struct server *server)
{
        int r;

        if (!server->config.is_ephemeral)
                return -EPERM;
        pthread_mutex_lock(&server->resetting);
        r = start_anew(server);
        pthread_mutex_unlock(&server->resetting);
        return r;
}
