/* A JSON request: what is decoded is JSON to jansson too; what is also valid reads the same when a client
 * sends it again. */
#include "client.h"
#include "sample.h"

#include <assert.h>

static struct wire_patterns *patterns;

static int decode(struct arena *arena, struct str body, struct sample_in *ret)
{
        struct http_request http = {.method = STR("POST"), .body = body};
        struct wire_request request = {.http = &http};
        struct wire_fault fault = {};
        int result = wire_decode(sample_json_operation, sample_json_operation->service->protocol, &request,
                                 arena, ret, &fault);

        assert(result == 0 || result == -EBADMSG || result == -ENOMEM);
        assert((result == -EBADMSG) == (fault.error != NULL));
        return result;
}

/* Jansson refuses NUL in names, and numbers that it cannot hold, even where nobody asks for them. */
static void compare_with_jansson(struct str body)
{
        json_error_t error;
        json_t *json = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, &error);
        enum json_error_code code = json_error_code(&error);

        assert(json || code == json_error_null_byte_in_key || code == json_error_numeric_overflow);
        json_decref(json);
}

static void read_again(struct arena *arena, const struct sample_in *in)
{
        json_t *json = client_json_value(&sample_in_type, in);
        char *text = json_dumps(json, JSON_COMPACT);
        struct sample_in again = {};

        if (text) { /* NUL in a key of a map is not for jansson */
                assert(decode(arena, str_of(text), &again) == 0);
                assert(wire_equal(&sample_in_type, in, &again));
        }
        free(text);
        json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct str body = str_make(data, size);
        struct sample_in in = {};
        struct wire_fault fault;
        struct arena arena;

        if (!patterns)
                assert(wire_patterns_new(&patterns) == 0);
        arena_init(&arena, 1 << 26);
        if (decode(&arena, body, &in) == 0) {
                int result = wire_validate(sample_json_operation, sample_json_operation->service->protocol,
                                           &in, patterns, &arena, &fault);

                assert(result == 0 || result == -EBADMSG);
                compare_with_jansson(body);
                if (result == 0)
                        read_again(&arena, &in);
        }
        arena_done(&arena);
        return 0;
}
