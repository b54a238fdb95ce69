/* The verbs that speak to a running server. */
#include "base/json_out.h"
#include "base/text.h"
#include "cli/errand.h"
#include "cli/verbs.h"
#include "crypto/keyring.h"
#include "server/files.h"

#include <jansson.h>
#include <stdio.h>

#define FILE_LIMIT ((size_t)32 * 1024 * 1024)

static void print(struct str text)
{
        (void)fwrite(text.ptr, 1, text.len, stdout);
        if (!str_ends(text, STR("\n")))
                (void)putchar('\n');
}

/* A JSON answer as indented text. */
static void print_pretty(struct str json)
{
        json_error_t error;
        json_t *parsed = json_loadb(json.ptr, json.len, 0, &error);

        if (!parsed || json_dumpf(parsed, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0)
                print(json);
        else
                (void)putchar('\n');
        json_decref(parsed);
}

/* -- env: what a shell needs
 * ------------------------------------------------------------------------------------ */

static int read_beside(struct errand *errand, const char *name, struct str *ret)
{
        const char *path = file_path(&errand->arena, errand->data, name);
        int r = path ? file_read(path, &errand->arena, FILE_LIMIT, ret) : -ENOMEM;

        if (r < 0)
                (void)fprintf(stderr, "merlon: %.*s/%s: %s\n", STR_ARG(errand->data), name,
                              strerrordesc_np(-r));
        return r;
}

static void print_export(const char *name, struct str value)
{
        printf("export %s='%.*s'\n", name, STR_ARG(value));
}

static void print_environment(struct str ready, struct str credentials)
{
        json_error_t error;
        json_t *parsed = json_loadb(ready.ptr, ready.len, 0, &error);
        struct str line, key;

        print_export("AWS_ENDPOINT_URL", str_of(json_string_value(json_object_get(parsed, "endpoint"))));
        print_export("AWS_DEFAULT_REGION", str_of(json_string_value(json_object_get(parsed, "region"))));
        print_export("AWS_REGION", str_of(json_string_value(json_object_get(parsed, "region"))));
        while (str_cut(&credentials, '\n', &line))
                if (str_starts(line, STR("AWS_")) && str_cut(&line, '=', &key) &&
                    !str_eq(key, STR("AWS_ACCOUNT_ID")))
                        printf("export %.*s='%.*s'\n", STR_ARG(key), STR_ARG(line));
        printf("unset AWS_SESSION_TOKEN AWS_PROFILE\n");
        json_decref(parsed);
}

int verb_env(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        struct str data = STR_NONE, ready, credentials;
        const struct option options[] = {{"--data", &data, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        if (read_beside(&errand, "server.json", &ready) < 0 ||
            read_beside(&errand, "root-credentials", &credentials) < 0)
                return 1;
        print_environment(ready, credentials);
        return 0;
}

/* -- Questions to the server
 * ---------------------------------------------------------------------------------------- */

int verb_status(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        struct str data = STR_NONE;
        const struct option options[] = {{"--data", &data, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        if (errand_ask(&errand, STR("GET"), STR("/status"), STR("")) != 0)
                return 1;
        print_pretty(errand.answer);
        return 0;
}

static void print_account(struct str json)
{
        json_error_t error;
        json_t *parsed = json_loadb(json.ptr, json.len, 0, &error);

        printf("account            %s\naccess key id      %s\nsecret access key  %s\n",
               json_string_value(json_object_get(parsed, "id")),
               json_string_value(json_object_get(parsed, "access_key_id")),
               json_string_value(json_object_get(parsed, "secret_access_key")));
        json_decref(parsed);
}

int verb_account_create(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        _cleanup_(buf_done) struct buf body = {};
        struct str data = STR_NONE, name = STR_NONE, id = STR_NONE, key = STR_NONE, secret = STR_NONE;
        bool wants_json = false;
        const struct option options[] = {
                {"--name", &name, NULL, true},
                {"--id", &id, NULL, false},
                {"--data", &data, NULL, false},
                {"--root-access-key-id", &key, NULL, false},
                {"--root-secret-access-key", &secret, NULL, false},
                {"--json", NULL, &wants_json, false},
        };
        struct json_out out = {.buf = &body};

        buf_init(&body, 65536);
        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        json_open(&out, '{');
        json_pair(&out, STR("name"), name);
        json_pair_opt(&out, STR("id"), id);
        json_pair_opt(&out, STR("root_access_key_id"), key);
        json_pair_opt(&out, STR("root_secret_access_key"), secret);
        json_close(&out, '}');
        if (errand_ask(&errand, STR("POST"), STR("/accounts"), buf_str(&body)) != 0)
                return 1;
        if (wants_json)
                print(errand.answer);
        else
                print_account(errand.answer);
        return 0;
}

static void print_accounts(struct str json)
{
        json_error_t error;
        json_t *parsed = json_loadb(json.ptr, json.len, 0, &error);
        json_t *account;
        size_t i;

        json_array_foreach(parsed, i, account)
                printf("%s  %s\n", json_string_value(json_object_get(account, "id")),
                       json_string_value(json_object_get(account, "name")));
        json_decref(parsed);
}

int verb_account_list(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        struct str data = STR_NONE;
        bool wants_json = false;
        const struct option options[] = {{"--data", &data, NULL, false},
                                         {"--json", NULL, &wants_json, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        if (errand_ask(&errand, STR("GET"), STR("/accounts"), STR("")) != 0)
                return 1;
        if (wants_json)
                print(errand.answer);
        else
                print_accounts(errand.answer);
        return 0;
}

int verb_explain(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        _cleanup_(buf_done) struct buf path = {};
        struct str data = STR_NONE, id = STR_NONE;
        bool wants_json = false;
        const struct option options[] = {{NULL, &id, NULL, true},
                                         {"--data", &data, NULL, false},
                                         {"--json", NULL, &wants_json, false}};

        buf_init(&path, 4096);
        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        buf_add(&path, STR("/explain/"));
        percent_encode(&path, id, false);
        if (errand_ask(&errand, STR("GET"), buf_str(&path), STR("")) != 0)
                return 1;
        if (wants_json)
                print(errand.answer);
        else
                print_pretty(errand.answer);
        return 0;
}

/* The answer of the call, also when it is a refusal (then the status is 1). */
int verb_as_service(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        _cleanup_(buf_done) struct buf body = {};
        struct str data = STR_NONE, principal = STR_NONE, operation = STR_NONE, input = STR("{}"),
                   region = STR_NONE, source_arn = STR_NONE, source_account = STR_NONE;
        const struct option options[] = {{NULL, &principal, NULL, true},
                                         {NULL, &operation, NULL, true},
                                         {"--input", &input, NULL, false},
                                         {"--region", &region, NULL, false},
                                         {"--source-arn", &source_arn, NULL, false},
                                         {"--source-account", &source_account, NULL, false},
                                         {"--data", &data, NULL, false}};
        struct json_out out = {.buf = &body};

        buf_init(&body, FILE_LIMIT);
        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        json_open(&out, '{');
        json_pair(&out, STR("principal"), principal);
        json_pair(&out, STR("operation"), operation);
        json_pair_opt(&out, STR("region"), region);
        json_pair_opt(&out, STR("source_arn"), source_arn);
        json_pair_opt(&out, STR("source_account"), source_account);
        json_key(&out, STR("input"));
        json_raw(&out, input);
        json_close(&out, '}');
        if (errand_ask(&errand, STR("POST"), STR("/as-service"), buf_str(&body)) != 0)
                return 1;
        print_pretty(errand.answer);
        return 0;
}

/* -- Orders to the server
 * --------------------------------------------------------------------------------------------- */

static void tell_status(struct str answer)
{
        json_error_t error;
        json_t *parsed = json_loadb(answer.ptr, answer.len, 0, &error);

        print(str_of(json_string_value(json_object_get(parsed, "status"))));
        json_decref(parsed);
}

/* POST of {"member": value}; prints the server's status text. */
static int order(struct str data, struct str path, struct str member, struct str value)
{
        _cleanup_(errand_done) struct errand errand = {};
        _cleanup_(buf_done) struct buf body = {};
        struct json_out out = {.buf = &body};

        buf_init(&body, 65536);
        errand_init(&errand, data);
        json_open(&out, '{');
        json_pair_opt(&out, member, value);
        json_close(&out, '}');
        if (errand_ask(&errand, STR("POST"), path, buf_str(&body)) != 0)
                return 1;
        tell_status(errand.answer);
        return 0;
}

int verb_clock_advance(int count, char **arguments)
{
        struct str data = STR_NONE, duration = STR_NONE;
        const struct option options[] = {{NULL, &duration, NULL, true}, {"--data", &data, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        return order(data, STR("/clock"), STR("advance"), duration);
}

int verb_master_key_rotate(int count, char **arguments)
{
        struct str data = STR_NONE;
        const struct option options[] = {{"--data", &data, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        return order(data, STR("/master-key/rotate"), STR("rotate"), STR_NONE);
}

int verb_reset(int count, char **arguments)
{
        struct str data = STR_NONE;
        const struct option options[] = {{"--data", &data, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        return order(data, STR("/reset"), STR("reset"), STR_NONE);
}

int verb_policy_import_managed(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        struct str data = STR_NONE, file = STR_NONE, content;
        const struct option options[] = {{NULL, &file, NULL, true}, {"--data", &data, NULL, false}};
        const char *path;
        int r;

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        path = arena_cstr(&errand.arena, file);
        r = path ? file_read(path, &errand.arena, FILE_LIMIT, &content) : -ENOMEM;
        if (r < 0) {
                (void)fprintf(stderr, "merlon: %.*s: %s\n", STR_ARG(file), strerrordesc_np(-r));
                return 1;
        }
        if (errand_ask(&errand, STR("POST"), STR("/managed-policies"), content) != 0)
                return 1;
        tell_status(errand.answer);
        return 0;
}
