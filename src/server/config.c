#include "server/config.h"

#include "base/log.h"
#include "net/reach.h"
#include "services/regions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENVIRONMENT_PREFIX "MERLON_"
#define FILE_MAX           ((size_t)64 * 1024)
#define PUBLIC_HOST_MAX    261 /* with a port */

enum setting_kind { SETTING_TEXT, SETTING_FLAG, SETTING_NUMBER };

struct setting {
        struct str name; /* as in the file and, with "--", as a flag */
        enum setting_kind kind;
        size_t offset;
        int64_t least, most; /* of a number */
        const char *help;
};

#define TEXT(name, member, help)                                                                             \
        {                                                                                                    \
                STR_INIT(name), SETTING_TEXT, offsetof(struct config, member), 0, 0, help                    \
        }
#define FLAG(name, member, help)                                                                             \
        {                                                                                                    \
                STR_INIT(name), SETTING_FLAG, offsetof(struct config, member), 0, 0, help                    \
        }
#define NUMBER(name, member, least, most, help)                                                              \
        {                                                                                                    \
                STR_INIT(name), SETTING_NUMBER, offsetof(struct config, member), (least), (most), help       \
        }

static const struct setting SETTINGS[] = {
        TEXT("listen", listen, "ADDRESS:PORT of the API (127.0.0.1:4566; port 0: a free one)"),
        TEXT("tls-listen", tls_listen, "ADDRESS:PORT of the API over TLS (none)"),
        TEXT("tls-certificate", tls_certificate, "PEM file of the certificate chain (one is made)"),
        TEXT("tls-key", tls_key, "PEM file of its key"),
        TEXT("tls-names", tls_names, "further names, split by commas, of the certificate that is made"),
        TEXT("admin-listen", admin_listen,
             "loopback ADDRESS:PORT of the admin interface (only its Unix socket)"),
        TEXT("data", data, "folder of everything that is kept (./merlon-data)"),
        FLAG("ephemeral", is_ephemeral, "keep nothing beyond the life of the process"),
        FLAG("test-clock", has_test_clock, "let the operator advance the clock"),
        TEXT("account-id", account_id, "12 digits of the management account, at first start"),
        TEXT("root-access-key-id", root_access_key_id, "of its root user, at first start (one is made)"),
        TEXT("root-secret-access-key", root_secret_access_key, "of its root user, at first start"),
        TEXT("region", region, "region that `merlon env` names (us-east-1)"),
        TEXT("public-url", public_url,
             "URL under which others reach the API: links in messages, cookies (the address it listens on)"),
        TEXT("store", store, "lmdb: (the only engine of this build beside --ephemeral)"),
        TEXT("ready-file", ready_file, "file to write when serving: JSON with endpoint, data, pid"),
        TEXT("log-level", log_level, "debug, info, warning or error (info)"),
        TEXT("outbound-networks", outbound_networks,
             "not public, but may be sent to: 127.0.0.0/8,10.1.0.0/16 (none)"),
        TEXT("outbound-ca", outbound_ca,
             "PEM file of CAs that are trusted beside the system's, where it sends"),
        TEXT("smtp", smtp, "HOST:PORT that mails are handed to (none: none are sent)"),
        TEXT("smtp-from", smtp_from, "address that they come from (no-reply@sns.amazonaws.com)"),
        NUMBER("threads", threads, 1, 256, "I/O threads (one a processor)"),
        NUMBER("max-connections", max_connections, 1, 1000000, "open at once (20000)"),
        NUMBER("max-connections-per-address", max_connections_per_address, 1, 1000000, "of one peer (2000)"),
        NUMBER("max-body", max_body, 1024, INT64_C(1) << 30, "bytes of a request's body (4194304)"),
        NUMBER("header-timeout", header_timeout_s, 1, 3600, "seconds for the headers of a request (10)"),
        NUMBER("body-timeout", body_timeout_s, 1, 3600, "seconds for its body (60)"),
        NUMBER("idle-timeout", idle_timeout_s, 1, 3600, "seconds between two requests (60)"),
        NUMBER("store-max-bytes", store_max_bytes, INT64_C(1) << 20, INT64_C(1) << 46,
               "ceiling of the store"),
        NUMBER("trail-delay", trail_delay_s, 1, 3600,
               "seconds between an event and CloudTrail's file with it (300)"),
};

/* The stronger first. */
enum source { FROM_NOWHERE, FROM_FLAGS, FROM_ENVIRONMENT, FROM_FILE };

struct reading {
        struct config *config;
        struct arena *arena;
        enum source source; /* that is being read */
        enum source given_by[ARRAY_LEN(SETTINGS)];
        enum source file_given_by; /* the name of the configuration file */
        char *problem;
};

static int complain(struct reading *reading, const char *format, ...) _printf_(2, 3);
static int complain(struct reading *reading, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(reading->problem, CONFIG_PROBLEM_MAX, format, args);
        va_end(args);
        return -EINVAL;
}

static const struct setting *find_setting(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(SETTINGS); i++)
                if (str_eq(SETTINGS[i].name, name))
                        return &SETTINGS[i];
        return NULL;
}

static int parse_flag(struct str text, bool *ret)
{
        if (str_eq(text, STR("true")) || str_eq(text, STR("1")) || str_eq(text, STR("yes")))
                *ret = true;
        else if (str_eq(text, STR("false")) || str_eq(text, STR("0")) || str_eq(text, STR("no")))
                *ret = false;
        else
                return -EINVAL;
        return 0;
}

/* The value is not quoted in a complaint: it may be a secret. */
static int put(struct reading *reading, const struct setting *setting, struct str value, void *target,
               const char *source)
{
        int64_t number;

        switch (setting->kind) {
        case SETTING_TEXT:
                *(struct str *)target = arena_dup(reading->arena, value);
                return value.len ? 0 : complain(reading, "%s: empty", source);
        case SETTING_FLAG:
                return parse_flag(value, target) < 0 ? complain(reading, "%s: neither true nor false", source)
                                                     : 0;
        case SETTING_NUMBER:
                if (str_to_i64(value, &number) < 0 || number < setting->least || number > setting->most)
                        return complain(reading, "%s: not a number from %lld to %lld", source,
                                        (long long)setting->least, (long long)setting->most);
                *(int64_t *)target = number;
                return 0;
        }
        return -EINVAL;
}

/* A value that a stronger source overrules is checked all the same. */
static int set(struct reading *reading, const struct setting *setting, struct str value, const char *source)
{
        enum source *given_by = &reading->given_by[setting - SETTINGS];
        union {
                struct str text;
                bool flag;
                int64_t number;
        } unused;

        if (*given_by == reading->source)
                return complain(reading, "%s: given twice", source);
        if (*given_by != FROM_NOWHERE)
                return put(reading, setting, value, &unused, source);
        *given_by = reading->source;
        return put(reading, setting, value, (char *)reading->config + setting->offset, source);
}

static int set_file(struct reading *reading, struct str value, const char *source, struct str *ret_file)
{
        if (reading->file_given_by == reading->source)
                return complain(reading, "%s: given twice", source);
        if (value.len == 0)
                return complain(reading, "%s: empty", source);
        if (reading->file_given_by == FROM_NOWHERE) {
                reading->file_given_by = reading->source;
                *ret_file = value;
        }
        return 0;
}

/* -- Flags: --name VALUE, --name=VALUE, --flag */

static int read_arguments(struct reading *reading, int count, char *const *arguments, struct str *ret_file)
{
        reading->source = FROM_FLAGS;
        for (int i = 0; i < count; i++) {
                struct str word = str_of(arguments[i]);
                ptrdiff_t equals = str_find_byte(word, '=');
                struct str name = equals < 0 ? word : str_part(word, 0, (size_t)equals);
                struct str value = equals < 0 ? STR_NONE : str_from(word, (size_t)equals + 1);
                const struct setting *setting;
                char source[64];

                if (!str_starts(name, STR("--")))
                        return complain(reading, "unexpected argument: %s", arguments[i]);
                (void)snprintf(source, sizeof(source), "%.*s", STR_ARG(name));
                setting = find_setting(str_from(name, 2));
                if (!setting && !str_eq(name, STR("--config")))
                        return complain(reading, "unknown flag: %s", source);
                if (!str_is_set(value) && setting && setting->kind == SETTING_FLAG)
                        value = STR("true");
                if (!str_is_set(value)) {
                        if (i + 1 >= count)
                                return complain(reading, "%s wants a value", source);
                        value = str_of(arguments[++i]);
                }
                TRY(setting ? set(reading, setting, value, source)
                            : set_file(reading, value, source, ret_file));
        }
        return 0;
}

/* -- Environment: MERLON_TLS_LISTEN */

static void name_of_variable(struct str variable, char name[64])
{
        size_t n = 0;

        for (size_t i = 0; i < variable.len && n < 63; i++) {
                char c = variable.ptr[i];

                name[n++] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
        name[n] = '\0';
}

static int read_environment(struct reading *reading, char *const *environment, struct str *ret_file)
{
        reading->source = FROM_ENVIRONMENT;
        for (; environment && *environment; environment++) {
                struct str entry = str_of(*environment);
                struct str key;
                char name[64];
                char source[96];
                const struct setting *setting;

                if (!str_starts(entry, STR(ENVIRONMENT_PREFIX)))
                        continue;
                (void)str_cut(&entry, '=', &key);
                (void)snprintf(source, sizeof(source), "environment variable %.*s", STR_ARG(key));
                name_of_variable(str_from(key, sizeof(ENVIRONMENT_PREFIX) - 1), name);
                setting = find_setting(str_of(name));
                if (setting)
                        TRY(set(reading, setting, entry, source));
                else if (!str_eq(str_of(name), STR("config")))
                        return complain(reading, "unknown %s", source);
                else
                        TRY(set_file(reading, entry, source, ret_file));
        }
        return 0;
}

/* -- File: `name = value` a line; # begins a comment line */

static int read_line(struct reading *reading, struct str line, const char *file, int number)
{
        struct str key;
        char source[160];
        const struct setting *setting;

        if (str_ends(line, STR("\r")))
                line.len--;
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
                return 0;
        (void)str_cut(&line, '=', &key);
        key = str_trim(key);
        (void)snprintf(source, sizeof(source), "%s, line %d: %.*s", file, number, STR_ARG(key));
        setting = find_setting(key);
        if (!setting)
                return complain(reading, "unknown key in %s", source);
        if (!str_is_set(line))
                return complain(reading, "%s: no value", source);
        return set(reading, setting, str_trim(line), source);
}

static int read_whole(const char *path, struct arena *arena, struct str *ret)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char *text = arena_alloc(arena, FILE_MAX + 1);
        ssize_t got;

        if (fd < 0)
                return -errno;
        got = text ? read(fd, text, FILE_MAX + 1) : -1;
        close(fd);
        if (got < 0 || (size_t)got > FILE_MAX)
                return -EFBIG;
        *ret = str_make(text, (size_t)got);
        return 0;
}

static int read_file(struct reading *reading, struct str path)
{
        char *name = arena_cstr(reading->arena, path);
        struct str rest, line;
        int number = 0;
        int r;

        reading->source = FROM_FILE;
        if (!name)
                return -ENOMEM;
        r = read_whole(name, reading->arena, &rest);
        if (r < 0)
                return complain(reading, "configuration file %s: %s", name, strerrordesc_np(-r));
        while (str_cut(&rest, '\n', &line))
                TRY(read_line(reading, line, name, ++number));
        return 0;
}

/* -- What no single value shows */

static bool is_account_id(struct str id)
{
        uint64_t number;

        return id.len == 12 && str_to_u64(id, &number) == 0;
}

/* "mail.example.com:25" */
static bool is_host_and_port(struct str text)
{
        ptrdiff_t colon = str_find_last_byte(text, ':');
        uint64_t port;

        return colon > 0 && str_to_u64(str_from(text, (size_t)colon + 1), &port) == 0 && port > 0 &&
               port < 65536 && str_find(text, STR("/")) < 0;
}

static int check_outbound(struct reading *reading)
{
        const struct config *c = reading->config;
        struct reach reach;

        if (str_is_set(c->outbound_networks) && reach_parse(c->outbound_networks, &reach) < 0)
                return complain(reading,
                                "outbound-networks: not a list of up to %d networks such as 10.1.0.0/16",
                                REACH_NETWORKS_MAX);
        if (str_is_set(c->smtp) && !is_host_and_port(c->smtp))
                return complain(reading, "smtp: not HOST:PORT");
        if (str_find_byte(c->smtp_from, '@') <= 0 || str_find_byte(c->smtp_from, '>') >= 0)
                return complain(reading, "smtp-from: not an address of mail");
        return 0;
}

/* "https://merlon.example:8443": it goes in front of paths, and into mails. */
static bool is_origin(struct str text)
{
        struct str scheme = str_starts(text, STR("http://")) ? STR("http://") : STR("https://");
        struct str host = str_starts(text, scheme) ? str_from(text, scheme.len) : STR("");

        for (size_t i = 0; i < host.len; i++) {
                char c = host.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      str_has_byte(STR("-._:[]"), c)))
                        return false;
        }
        return host.len > 0 && host.len <= PUBLIC_HOST_MAX;
}

static int check(struct reading *reading)
{
        const struct config *c = reading->config;
        enum log_level level;

        if (str_is_set(c->tls_certificate) != str_is_set(c->tls_key))
                return complain(reading, "tls-certificate and tls-key go together");
        if (str_is_set(c->root_access_key_id) != str_is_set(c->root_secret_access_key))
                return complain(reading, "root-access-key-id and root-secret-access-key go together");
        if (str_is_set(c->account_id) && !is_account_id(c->account_id))
                return complain(reading, "account-id: not 12 digits");
        if (!region_is_known(c->region))
                return complain(reading, "region: %.*s is no region", STR_ARG(c->region));
        if (str_is_set(c->public_url) && !is_origin(c->public_url))
                return complain(reading, "public-url: not http:// or https://, a host and perhaps a port");
        if (!str_eq(c->store, STR("lmdb:")))
                return complain(reading, "store: this build has lmdb: only");
        if (log_level_parse(c->log_level, &level) < 0)
                return complain(reading, "log-level: not one of debug, info, warning, error");
        return check_outbound(reading);
}

int config_read(struct config *ret, struct arena *arena, int count, char *const *arguments,
                char *const *environment, char problem[CONFIG_PROBLEM_MAX])
{
        struct reading reading = {.config = ret, .arena = arena, .problem = problem};
        struct str file = STR_NONE;
        long processors = sysconf(_SC_NPROCESSORS_ONLN);

        *ret = (struct config){
                .listen = STR("127.0.0.1:4566"),
                .region = STR("us-east-1"),
                .store = STR("lmdb:"),
                .log_level = STR("info"),
                .smtp_from = STR("no-reply@sns.amazonaws.com"),
                .threads = processors > 0 ? processors : 1,
                .max_connections = 20000,
                .max_connections_per_address = 2000,
                .max_body = INT64_C(4) << 20,
                .header_timeout_s = 10,
                .body_timeout_s = 60,
                .idle_timeout_s = 60,
                .trail_delay_s = 300,
        };
        TRY(read_arguments(&reading, count, arguments, &file));
        TRY(read_environment(&reading, environment, &file));
        if (str_is_set(file))
                TRY(read_file(&reading, file));
        if (!str_is_set(ret->data) && !ret->is_ephemeral)
                ret->data = STR("merlon-data");
        return check(&reading);
}

void config_print_help(void)
{
        for (size_t i = 0; i < ARRAY_LEN(SETTINGS); i++)
                printf("  --%-32.*s %s\n", STR_ARG(SETTINGS[i].name), SETTINGS[i].help);
        printf("  --%-32s %s\n", "config", "file of settings, `name = value` a line");
}
