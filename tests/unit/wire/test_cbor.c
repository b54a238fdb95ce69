#include "random_value.h"
#include "wire_test.h"

#include "wire/cbor_read.h"
#include "wire/scalar.h"

#include <math.h>

static int decode(struct bench *bench, struct str body)
{
        struct http_request http = {.method = STR("POST"), .path = STR("/"), .body = body};
        struct wire_request request = {.http = &http};

        bench->in = (struct sample_in){};
        return wire_decode(sample_json_operation, API_CBOR, &request, &bench->arena, &bench->in,
                           &bench->fault);
}

/* A map of one pair. */
static int decode_member(struct bench *bench, const char *name, struct str value)
{
        struct buf body;
        int r;

        buf_init(&body, 1 << 16);
        buf_add_byte(&body, (char)0xA1);
        buf_add_byte(&body, (char)(0x60 | strlen(name)));
        buf_add(&body, str_of(name));
        buf_add(&body, value);
        r = decode(bench, arena_dup(&bench->arena, buf_str(&body)));
        buf_done(&body);
        return r;
}

static void scalars(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode_member(&b, "UserName", STR("\x62\xC3\xBC")), 0);
        assert_str(b.in.user_name, "\u00fc");
        assert_int_equal(decode_member(&b, "Enabled", STR("\xF5")), 0);
        assert_true(b.in.enabled.is_set && b.in.enabled.value);
        assert_int_equal(decode_member(&b, "Size", STR("\x3B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")), 0);
        assert_true(b.in.size.value == INT64_MIN);
        assert_int_equal(decode_member(&b, "Size", STR("\x1B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")), 0);
        assert_true(b.in.size.value == INT64_MAX);
        assert_int_equal(decode_member(&b, "Data", STR("\x43\x00\x01\xFF")), 0);
        assert_int_equal(b.in.data.len, 3);
        assert_int_equal(decode_member(&b, "Since", STR("\xC1\xFB\x41\xD7\x8D\x07\x00\x20\x00\x00")), 0);
        assert_true(b.in.since.is_set);
        assert_int_equal(decode_member(&b, "Changed", STR("\xC1\x20")), 0);
        assert_int_equal(b.in.changed.value, -1000);
        assert_int_equal(decode(&b, STR("")), 0);
        assert_false(str_is_set(b.in.user_name));
        assert_int_equal(decode(&b, STR("\xA0")), 0);
}

static void floats(void **state)
{
        /* RFC 8949, appendix A */
        static const struct {
                struct str bytes;
                double value;
        } KNOWN[] = {
                {STR_INIT("\xF9\x3C\x00"), 1.0},
                {STR_INIT("\xF9\x3E\x00"), 1.5},
                {STR_INIT("\xF9\x7B\xFF"), 65504.0},
                {STR_INIT("\xF9\x00\x01"), 5.960464477539063e-8},
                {STR_INIT("\xF9\x04\x00"), 0.00006103515625},
                {STR_INIT("\xF9\xC4\x00"), -4.0},
                {STR_INIT("\xFA\x47\xC3\x50\x00"), 100000.0},
                {STR_INIT("\xFB\xC0\x10\x66\x66\x66\x66\x66\x66"), -4.1},
                {STR_INIT("\x18\x64"), 100.0},
                {STR_INIT("\x38\x63"), -100.0},
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
                assert_int_equal(decode_member(&b, "Ratio", KNOWN[i].bytes), 0);
                assert_true(b.in.ratio.value == KNOWN[i].value);
        }
        assert_int_equal(decode_member(&b, "MaxItems", STR("\xF9\x51\x00")),
                         0); /* a whole number all the same */
        assert_int_equal(b.in.max_items.value, 40);
        assert_int_equal(decode_member(&b, "Ratio", STR("\xF9\xFC\x00")), 0);
        assert_true(isinf(b.in.ratio.value) && b.in.ratio.value < 0);
        assert_int_equal(decode_member(&b, "Ratio", STR("\xF9\x7E\x00")), 0);
        assert_true(isnan(b.in.ratio.value));
        assert_int_equal(decode_member(&b, "MaxItems", STR("\xF9\x7C\x00")), -EBADMSG);
        assert_int_equal(decode_member(&b, "Since", STR("\xC1\xF9\x7E\x00")), -EBADMSG);
}

static void unknown_lengths(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode_member(&b, "UserName",
                                       STR("\x7F\x62"
                                           "al\x60\x63"
                                           "ice\xFF")),
                         0);
        assert_str(b.in.user_name, "alice");
        assert_int_equal(decode(&b, STR("\xBF\x67TagKeys\x9F\x61"
                                        "a\x61"
                                        "b\xFF\x6A"
                                        "Attributes\xBF\x61k\x61v\xFF\xFF")),
                         0);
        assert_int_equal(b.in.tag_keys.count, 2);
        assert_int_equal(b.in.attributes.count, 1);
}

static void null_unknown_and_repeated(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode(&b, STR("\xA4\x64None\x82\xC2\x41\x00\xA1\x01\xF7\x68UserName\x61"
                                        "a\x68UserName\x61"
                                        "b\x68Password\xF6")),
                         0);
        assert_str(b.in.user_name, "b");
        assert_false(str_is_set(b.in.password));
}

static void refusals(void **state)
{
        static const struct str BAD[] = {
                STR_INIT("\xA1"),                 /* a pair is missing */
                STR_INIT("\xA0\x00"),             /* something behind it */
                STR_INIT("\x80"),                 /* no map */
                STR_INIT("\xA1\x01\x01"),         /* a key that is no text */
                STR_INIT("\xA1\x68UserName\x01"), /* a number for a text */
                STR_INIT("\xA1\x68UserName\x41"
                         "a"),                        /* bytes for a text */
                STR_INIT("\xA1\x68UserName\x61\xFF"), /* no UTF-8 */
                STR_INIT("\xA1\x68UserName\x7F\x41"
                         "a\xFF"), /* pieces of another kind */
                STR_INIT("\xA1\x68UserName\x7F\x7F\x61"
                         "a\xFF\xFF"), /* pieces without a length */
                STR_INIT("\xA1\x68UserName\x7B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
                STR_INIT("\xA1\x67TagKeys\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x61"
                         "a"),
                STR_INIT("\xA1\x67TagKeys\x9F\x61"
                         "a"),                   /* no end */
                STR_INIT("\xBF\x67TagKeys\xFF"), /* an end for a value */
                STR_INIT("\xA1\x64Size\x1C"),    /* reserved */
                STR_INIT("\xA1\x64Size\x1F"),    /* a number has a length */
                STR_INIT("\xA1\x64Size\x1B\x80\x00\x00\x00\x00\x00\x00\x00"),
                STR_INIT("\xA1\x64Size\xF9\x3E\x00"),
                STR_INIT("\xA1\x65Since\x01"), /* a time has a tag */
                STR_INIT("\xA1\x65Since\xC0\x61"
                         "a"),
                STR_INIT("\xA1\x67"
                         "Enabled\xF8\x15"), /* true, too long */
                STR_INIT("\xFF"),
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                assert_int_equal(decode(&b, BAD[i]), -EBADMSG);
                assert_str(b.fault.error->code, "SerializationException");
        }
}

static void depth(void **state)
{
        static const char SIGNS[] = {(char)0x81, (char)0x9F, (char)0xC6};
        _cleanup_(bench_done) struct bench b = {};
        struct buf body;

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++) {
                buf_init(&body, 1 << 20);
                buf_add(&body, STR("\xA1\x64None"));
                for (size_t k = 0; k < 100000; k++)
                        buf_add_byte(&body, SIGNS[i]);
                assert_int_equal(decode(&b, buf_str(&body)), -EBADMSG);
                assert_str(b.fault.message, "The request body is nested too deeply.");
                buf_done(&body);
        }
}

static void there_and_back(void **state)
{
        struct random_source source = {.state = 7};
        struct buf body;

        (void)state;
        buf_init(&body, 1 << 22);
        for (unsigned int i = 0; i < 2000; i++) {
                _cleanup_(bench_done) struct bench b = {};
                struct http_response response;
                struct sample_in sent = {};

                bench_init(&b);
                b.arena.limit = 1 << 24;
                random_struct(&source, &sample_in_type, &b.arena, &sent);
                buf_clear(&body);
                assert_int_equal(wire_encode(sample_json_operation, API_CBOR, &sent, STR("id"), &b.arena,
                                             &body, &response),
                                 0);
                assert_int_equal(decode(&b, response.body), 0);
                assert_true(wire_equal(&sample_in_type, &sent, &b.in));
        }
        buf_done(&body);
}

static void errors(void **state)
{
        const struct wire_error error = {.error = wire_common_error(API_CBOR, WIRE_ERROR_ACCESS_DENIED),
                                         .message = STR("No.")};
        struct http_response response;
        struct arena arena;
        struct buf body;

        (void)state;
        arena_init(&arena, 1 << 16);
        buf_init(&body, 1 << 16);
        assert_int_equal(wire_encode_error(&sample_json_1_0, API_CBOR, &error, &arena, &body, &response), 0);
        assert_str(response.body, "\xA2\x66__type\x78\x2E"
                                  "com.amazon.coral.service#AccessDeniedException\x67message\x63No.");
        assert_str(response.headers[1].value, "application/cbor");
        assert_str(response.headers[2].name, "smithy-protocol");
        buf_done(&body);
        arena_done(&arena);
}

static void addresses(void **state)
{
        struct str service, operation;

        (void)state;
        assert_int_equal(
                wire_rpc_split(STR("/service/Sample_20200131/operation/CreateSample"), &service, &operation),
                0);
        assert_str(service, "Sample_20200131");
        assert_str(operation, "CreateSample");
        assert_int_equal(wire_rpc_split(STR("/service/A/operation/"), &service, &operation), -EINVAL);
        assert_int_equal(wire_rpc_split(STR("/service/A/operation/B/C"), &service, &operation), -EINVAL);
        assert_int_equal(wire_rpc_split(STR("/service//operation/B"), &service, &operation), -EINVAL);
        assert_int_equal(wire_rpc_split(STR("/bucket/A/operation/B"), &service, &operation), -EINVAL);
        assert_int_equal(wire_rpc_split(STR("/"), &service, &operation), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scalars),         cmocka_unit_test(floats),
                cmocka_unit_test(unknown_lengths), cmocka_unit_test(null_unknown_and_repeated),
                cmocka_unit_test(refusals),        cmocka_unit_test(depth),
                cmocka_unit_test(there_and_back),  cmocka_unit_test(errors),
                cmocka_unit_test(addresses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
