/* Checks requests that another program has signed. Standard input, for each: a line
 *         SERVICE LITERAL METHOD-LEN PATH-LEN QUERY-LEN HEADERS BODY-LEN TOKEN
 * (LITERAL is 1 for S3's path rule, QUERY-LEN is -1 for no query), then the bytes of method, path, query and
 * body, then for each header a line "NAME-LEN VALUE-LEN" and their bytes. The answer is a line with the
 * number of the problem (0: the signature holds) and AWS's words. */
#include "signer.h"

#define HEADERS 64

static struct str take(struct arena *arena, long len)
{
        char *bytes = arena_alloc(arena, (size_t)len + 1);

        if (!bytes || fread(bytes, 1, (size_t)len, stdin) != (size_t)len)
                exit(2);
        return str_make(bytes, (size_t)len);
}

static void take_headers(struct arena *arena, struct http_header *headers, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                long name, value;

                if (scanf("%ld %ld", &name, &value) != 2 || getchar() != '\n')
                        exit(2);
                headers[i].name = take(arena, name);
                headers[i].value = take(arena, value);
        }
}

static bool one(struct auth *auth, const struct auth_source *source)
{
        struct http_header headers[HEADERS];
        struct http_request request = {.headers = headers};
        struct auth_expectation expected = {};
        struct auth_result result;
        char service[32];
        long method, path, query, body;
        int literal, r;
        struct arena arena;

        if (scanf("%31s %d %ld %ld %ld %zu %ld", service, &literal, &method, &path, &query,
                  &request.header_count, &body) != 7 ||
            getchar() != '\n' || request.header_count > HEADERS)
                return false;
        arena_init(&arena, (size_t)8 << 20);
        request.method = take(&arena, method);
        request.path = take(&arena, path);
        request.query = query < 0 ? STR_NONE : take(&arena, query);
        request.body = take(&arena, body);
        take_headers(&arena, headers, request.header_count);
        expected.service = str_of(service);
        expected.path_is_literal = literal;
        r = auth_check(auth, &request, &expected, source, &arena, &result);
        printf("%d %.*s\n", r < 0 ? r : (int)result.problem, STR_ARG(result.message));
        (void)fflush(stdout);
        arena_done(&arena);
        return true;
}

int main(void)
{
        struct clock clock = {};
        struct keyring *keyring;
        struct key_store store = {};
        struct auth_source source = key_store_source(&store);
        struct auth *auth;

        if (keyring_ephemeral(&keyring) < 0 || auth_new(keyring, &clock, &auth) < 0)
                return 1;
        while (one(auth, &source))
                ;
        auth_free(auth);
        keyring_free(keyring);
        return 0;
}
