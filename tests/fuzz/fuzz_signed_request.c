/* A request as text (request line, headers, empty line, body) goes through all that reads signatures. */
#include "auth/canonical.h"
#include "auth/internal.h"
#include "auth/payload.h"
#include "auth/scope.h"
#include "auth/signature.h"

#include <assert.h>
#include <stddef.h>

#define HEADERS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct auth *the_auth(void)
{
        static struct clock clock;
        static struct keyring *keyring;
        static struct auth *auth;

        if (!auth && (keyring_ephemeral(&keyring) < 0 || auth_new(keyring, &clock, &auth) < 0))
                abort();
        return auth;
}

static int open_secret(struct check *check, void *arg, struct secret *ret)
{
        (void)check;
        (void)arg;
        return secret_copy(ret, STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
}

static void parse(struct str text, struct http_request *request, struct http_header *headers)
{
        struct str line = STR(""), target = STR("");

        request->headers = headers;
        (void)str_cut(&text, '\n', &line);
        (void)str_cut(&line, ' ', &request->method);
        (void)str_cut(&line, ' ', &target);
        (void)str_cut(&target, '?', &request->path);
        request->query = target;
        while (str_cut(&text, '\n', &line) && line.len)
                if (request->header_count < HEADERS &&
                    str_cut(&line, ':', &headers[request->header_count].name))
                        headers[request->header_count++].value = str_trim(line);
        request->body = text;
}

static void assert_printable(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                assert((s.ptr[i] >= ' ' && s.ptr[i] <= '~') || s.ptr[i] == '\n');
}

/* Whatever is wrong is said in words that any format can carry. */
static void assert_refused(const struct auth_result *result)
{
        assert(result->problem != AUTH_OK && result->message.len > 0);
        assert_printable(result->message);
        for (size_t i = 0; i < result->details.count; i++)
                assert_printable(result->details.items[i].value);
}

/* One spelling: making it canonical again changes nothing. */
static void assert_query_settled(struct str query, struct arena *arena)
{
        _cleanup_(buf_done) struct buf once, twice;

        buf_init(&once, (size_t)1 << 20);
        buf_init(&twice, (size_t)1 << 20);
        if (canonical_query(query, arena, &once) < 0 || canonical_query(buf_str(&once), arena, &twice) < 0)
                return;
        assert(str_eq(buf_str(&once), buf_str(&twice)));
}

/* Its refusals are of no consequence here: the seeds are long past. */
static void look_at_scope(struct check check)
{
        struct auth_result scope = {}, time = {};

        check.result = &scope;
        if (scope_check(&check) < 0 && !check.arena->failed)
                assert_refused(&scope);
        check.result = &time;
        if (time_check(&check) < 0 && !check.arena->failed)
                assert_refused(&time);
}

static void check_one(struct http_request *request, struct arena *arena)
{
        struct auth_expectation expected = {.service = STR("service"),
                                            .path_is_literal = request->body.len % 2};
        struct key_secret secret = {.version = STR("1"), .open = open_secret};
        struct auth_result result = {};
        struct check check = {.auth = the_auth(),
                              .request = request,
                              .expected = &expected,
                              .arena = arena,
                              .result = &result};
        struct str service, region;

        if (auth_peek_scope(request, &service, &region))
                assert(str_is_set(service) && str_is_set(region));
        if (claim_read(&check) < 0 || payload_read(&check) < 0) {
                if (!arena->failed)
                        assert_refused(&result);
                return;
        }
        look_at_scope(check);
        if (signature_check(&check, &secret) < 0) {
                if (!arena->failed)
                        assert_refused(&result);
                return;
        }
        request->method = STR("OTHER"); /* a signature holds for one request alone */
        assert(signature_check(&check, &secret) == -EACCES || arena->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct http_header headers[HEADERS] = {};
        struct http_request request = {};
        struct arena arena;

        arena_init(&arena, (size_t)1 << 22);
        parse(str_make(data, size), &request, headers);
        check_one(&request, &arena);
        assert_query_settled(request.query, &arena);
        arena_done(&arena);
        return 0;
}
