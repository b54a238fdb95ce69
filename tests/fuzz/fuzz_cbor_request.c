/* A request in CBOR: what is decoded reads the same when it is written and read again. */
#include "client.h"
#include "sample.h"

#include <assert.h>

static struct wire_patterns *patterns;

static int decode(struct arena *arena, struct str body, struct sample_in *ret)
{
        struct http_request http = {.method = STR("POST"), .body = body};
        struct wire_request request = {.http = &http};
        struct wire_fault fault = {};
        int result = wire_decode(sample_json_operation, API_CBOR, &request, arena, ret, &fault);

        assert(result == 0 || result == -EBADMSG || result == -ENOMEM);
        assert((result == -EBADMSG) == (fault.error != NULL));
        return result;
}

static void read_again(struct arena *arena, const struct sample_in *in)
{
        struct http_response response;
        struct sample_in again = {};
        struct buf body;

        buf_init(&body, 1 << 24);
        assert(wire_encode(sample_json_operation, API_CBOR, in, STR("id"), arena, &body, &response) == 0);
        assert(decode(arena, response.body, &again) == 0);
        assert(wire_equal(&sample_in_type, in, &again));
        buf_done(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sample_in in = {};
        struct wire_fault fault;
        struct arena arena;

        if (!patterns)
                assert(wire_patterns_new(&patterns) == 0);
        arena_init(&arena, 1 << 26);
        if (decode(&arena, str_make(data, size), &in) == 0) {
                int result = wire_validate(sample_json_operation, API_CBOR, &in, patterns, &arena, &fault);

                assert(result == 0 || result == -EBADMSG);
                if (result == 0)
                        read_again(&arena, &in);
        }
        arena_done(&arena);
        return 0;
}
