/* A request of the query protocol, and the same bytes as one of EC2's: what is decoded and valid reads the
 * same when a client sends it again, and can be answered in well-formed XML and told to the event log. */
#include "client.h"
#include "sample.h"

#include <assert.h>

static struct wire_patterns *patterns;

static int decode_as(const struct api_operation *operation, struct arena *arena, struct str body,
                     struct sample_in *ret)
{
        struct http_request http = {.method = STR("POST"), .body = body};
        struct wire_form form;
        struct wire_request request = {.http = &http, .form = &form};
        struct wire_fault fault = {};
        int result = wire_form_parse(&http, arena, &form, &fault);

        if (result == 0)
                result = wire_decode(operation, operation->service->protocol, &request, arena, ret, &fault);
        assert(result == 0 || result == -EBADMSG || result == -ENOMEM);
        assert((result == -EBADMSG) == (fault.error != NULL));
        return result;
}

static int decode(struct arena *arena, struct str body, struct sample_in *ret)
{
        return decode_as(sample_query_operation, arena, body, ret);
}

/* EC2 refuses more: what it does not know. */
static void try_as_ec2(struct arena *arena, struct str body)
{
        const struct api_operation *operation = &sample_ec2.operations[0];
        struct sample_in in = {}, again = {};
        struct http_response response;
        struct json_out out;
        struct buf text;

        if (decode_as(operation, arena, body, &in) < 0)
                return;
        buf_init(&text, 1 << 24);
        client_ec2_request(&sample_in_type, &in, &text);
        assert(decode_as(operation, arena, buf_str(&text), &again) == 0);
        assert(wire_equal(&sample_in_type, &in, &again));
        buf_clear(&text);
        assert(wire_encode(operation, API_EC2, &in, STR("id"), arena, &text, &response) == 0);
        assert(client_xml_is_well_formed(buf_str(&text)));
        buf_clear(&text);
        out = (struct json_out){.buf = &text};
        (void)!wire_audit_ec2(&sample_in_type, &in, STR("id"), &out);
        buf_done(&text);
}

static void read_again(struct arena *arena, const struct sample_in *in)
{
        struct sample_in again = {};
        struct buf text;

        buf_init(&text, 1 << 24);
        client_query_request(&sample_in_type, in, &text);
        assert(buf_check(&text) == 0);
        assert(decode(arena, buf_str(&text), &again) == 0);
        assert(wire_equal(&sample_in_type, in, &again));
        buf_done(&text);
}

static void answer(struct arena *arena, const struct sample_in *out)
{
        struct http_response response;
        struct buf body;

        buf_init(&body, 1 << 24);
        assert(wire_encode(sample_query_operation, sample_query_operation->service->protocol, out, STR("id"),
                           arena, &body, &response) == 0);
        assert(client_xml_is_well_formed(buf_str(&body)));
        buf_done(&body);
}

static void audit(const struct sample_in *in)
{
        struct json_out out;
        struct buf text;
        json_t *json;

        buf_init(&text, 1 << 24);
        out = (struct json_out){.buf = &text};
        if (wire_audit_json(&sample_in_type, in, &out) == 0) {
                json = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
                assert(json ||
                       memchr(text.data, '0', text.len)); /* \u0000 in a name is more than jansson reads */
                json_decref(json);
        }
        buf_done(&text);
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
                int result = wire_validate(sample_query_operation, sample_query_operation->service->protocol,
                                           &in, patterns, &arena, &fault);

                assert(result == 0 || result == -EBADMSG);
                answer(&arena, &in);
                audit(&in);
                read_again(&arena, &in);
        }
        try_as_ec2(&arena, str_make(data, size));
        arena_done(&arena);
        return 0;
}
