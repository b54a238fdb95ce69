#include "wire_test.h"

#include "wire/scalar.h"

#include <math.h>

static void scalars(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_json(&b, STR(" {\"UserName\" : \"al\\u00e9\\n\\ud83d\\ude00\\\"\", "
                                    "\"Enabled\":false,\"MaxItems\":1e2,"
                                    "\"Size\":9223372036854775807,\"Ratio\":-2.5e-1,\"Since\":1580472000.25,"
                                    "\"Seen\":\"2020-01-31T12:00:00.5Z\",\"Changed\":-1,\"Data\":\"aGVsbG8="
                                    "\",\"Device\":\"d\"}\n")),
                0);
        assert_str(b.in.user_name, "al\u00e9\n\U0001F600\"");
        assert_true(b.in.enabled.is_set && !b.in.enabled.value);
        assert_int_equal(b.in.max_items.value, 100);
        assert_int_equal(b.in.size.value, INT64_MAX);
        assert_true(b.in.ratio.value == -0.25);
        assert_int_equal(b.in.since.value, INT64_C(1580472000250));
        assert_int_equal(b.in.seen.value, INT64_C(1580472000500));
        assert_int_equal(b.in.changed.value, -1000);
        assert_str(b.in.data, "hello");
        assert_str(b.in.mfa_device, "d");
}

static void no_finite_numbers(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode_json(&b, STR("{\"Ratio\":\"NaN\"}")), 0);
        assert_true(isnan(b.in.ratio.value));
        assert_int_equal(decode_json(&b, STR("{\"Ratio\":\"Infinity\"}")), 0);
        assert_true(isinf(b.in.ratio.value) && b.in.ratio.value > 0);
        assert_int_equal(decode_json(&b, STR("{\"Ratio\":\"-Infinity\"}")), 0);
        assert_true(isinf(b.in.ratio.value) && b.in.ratio.value < 0);
}

static void shapes(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_json(&b,
                            STR("{\"Tags\":[{\"Key\":\"a\",\"Value\":\"x\"},{\"Key\":\"b\"}],\"TagKeys\":[],"
                                "\"Attributes\":{\"k\":\"v\",\"gone\":null,\"l\":\"w\"},\"Flat\":[\"1\","
                                "\"2\",\"3\",\"4\",\"5\"],"
                                "\"TagMap\":{\"t\":{\"Key\":\"kk\"}},\"Tree\":{\"Left\":{\"Name\":\"n\"}},"
                                "\"Matrix\":[[\"a\"],[]],\"Numbers\":[1,2]}")),
                0);
        assert_int_equal(b.in.tags.count, 2);
        assert_str(b.in.tags.items[1].key, "b");
        assert_false(str_is_set(b.in.tags.items[1].value));
        assert_true(b.in.tag_keys.is_set && b.in.tag_keys.count == 0);
        assert_int_equal(b.in.attributes.count, 2);
        assert_str(b.in.attributes.items[1].value, "w");
        assert_int_equal(b.in.flat.count, 5);
        assert_str(b.in.flat.items[0], "1");
        assert_str(b.in.flat.items[4], "5");
        assert_str(b.in.tag_map.items[0].value.key, "kk");
        assert_str(b.in.tree->left->name, "n");
        assert_int_equal(b.in.matrix.count, 2);
        assert_true(((struct str_list *)b.in.matrix.items)[1].is_set);
        assert_int_equal(((struct opt_int *)b.in.numbers.items)[1].value, 2);
}

static void null_unknown_and_repeated(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_json(&b,
                            STR("{\"UserName\":null,\"Tree\":null,\"Tags\":null,\"Nothing\":{\"a\":[1,{\"b\":"
                                "\"\\u0000\"}]},"
                                "\"Device\":\"a\",\"Device\":\"b\",\"Tree\":{\"Name\":\"x\"},\"Tree\":{}}")),
                0);
        assert_false(str_is_set(b.in.user_name));
        assert_false(b.in.tags.is_set);
        assert_str(b.in.mfa_device, "b");
        assert_non_null(b.in.tree);
        assert_false(str_is_set(b.in.tree->name));
        assert_int_equal(decode_json(&b, STR("{\"Attributes\":{\"k\":\"1\",\"l\":\"2\",\"k\":\"3\"},"
                                             "\"Device\":\"a\",\"Device\":null}")),
                         0);
        assert_int_equal(b.in.attributes.count, 2);
        assert_str(b.in.attributes.items[1].value, "3");
        assert_false(str_is_set(b.in.mfa_device));
}

static void wrong_types(void **state)
{
        static const struct {
                struct str body;
                struct str message;
        } CASES[] = {
                {STR_INIT("{\"MaxItems\":\"7\"}"),
                 STR_INIT("STRING_VALUE can not be converted to an Integer")},
                {STR_INIT("{\"MaxItems\":1.5}"), STR_INIT("NUMBER_VALUE can not be converted to an Integer")},
                {STR_INIT("{\"MaxItems\":2147483648}"),
                 STR_INIT("NUMBER_VALUE can not be converted to an Integer")},
                {STR_INIT("{\"Size\":9223372036854775808}"),
                 STR_INIT("NUMBER_VALUE can not be converted to a Long")},
                {STR_INIT("{\"MaxItems\":true}"), STR_INIT("TRUE_VALUE can not be converted to an Integer")},
                {STR_INIT("{\"UserName\":7}"), STR_INIT("NUMBER_VALUE can not be converted to a String")},
                {STR_INIT("{\"UserName\":{}}"),
                 STR_INIT("Start of structure or map found where not expected.")},
                {STR_INIT("{\"UserName\":[]}"), STR_INIT("Start of list found where not expected")},
                {STR_INIT("{\"Enabled\":\"true\"}"),
                 STR_INIT("STRING_VALUE can not be converted to a Boolean")},
                {STR_INIT("{\"Ratio\":1e999}"), STR_INIT("NUMBER_VALUE can not be converted to a Double")},
                {STR_INIT("{\"Ratio\":\"1\"}"), STR_INIT("STRING_VALUE can not be converted to a Double")},
                {STR_INIT("{\"Ratio\":\"inf\"}"), STR_INIT("STRING_VALUE can not be converted to a Double")},
                {STR_INIT("{\"MaxItems\":\"NaN\"}"),
                 STR_INIT("STRING_VALUE can not be converted to an Integer")},
                {STR_INIT("{\"Since\":\"NaN\"}"),
                 STR_INIT("STRING_VALUE can not be converted to milliseconds since epoch")},
                {STR_INIT("{\"Since\":\"x\"}"),
                 STR_INIT("STRING_VALUE can not be converted to milliseconds since epoch")},
                {STR_INIT("{\"Since\":1e300}"),
                 STR_INIT("NUMBER_VALUE can not be converted to milliseconds since epoch")},
                {STR_INIT("{\"Data\":\"a\"}"), STR_INIT("STRING_VALUE can not be converted to a ByteBuffer")},
                {STR_INIT("{\"Tags\":{}}"), STR_INIT("Start of structure or map found where not expected.")},
                {STR_INIT("{\"Tags\":\"x\"}"), STR_INIT("STRING_VALUE can not be converted to a List")},
                {STR_INIT("{\"Tags\":[null]}"), STR_INIT("NULL_VALUE can not be converted to a Structure")},
                {STR_INIT("{\"Matrix\":[null]}"), STR_INIT("NULL_VALUE can not be converted to a List")},
                {STR_INIT("{\"Attributes\":[]}"), STR_INIT("Start of list found where not expected")},
                {STR_INIT("{\"Matrix\":[null]}"), STR_INIT("NULL_VALUE can not be converted to a List")},
                {STR_INIT("{\"Tree\":false}"), STR_INIT("FALSE_VALUE can not be converted to a Structure")},
                {STR_INIT("[]"), STR_INIT("Start of list found where not expected")},
                {STR_INIT("null"), STR_INIT("NULL_VALUE can not be converted to a Structure")},
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                if (decode_json(&b, CASES[i].body) != -EBADMSG)
                        fail_msg("accepted: %.*s", STR_ARG(CASES[i].body));
                assert_true(str_eq(b.fault.error->code, STR("SerializationException")));
                if (!str_eq(b.fault.message, CASES[i].message))
                        fail_msg("%.*s gave %.*s", STR_ARG(CASES[i].body), STR_ARG(b.fault.message));
        }
}

static void syntax(void **state)
{
        static const struct str CASES[] = {
                STR_INIT("{"),
                STR_INIT("{\"a\"}"),
                STR_INIT("{\"a\":}"),
                STR_INIT("{\"a\":1,}"),
                STR_INIT("{,}"),
                STR_INIT("{\"a\":01}"),
                STR_INIT("{\"a\":1.}"),
                STR_INIT("{\"a\":.5}"),
                STR_INIT("{\"a\":-}"),
                STR_INIT("{\"a\":1e}"),
                STR_INIT("{\"a\":+1}"),
                STR_INIT("{\"a\":nul}"),
                STR_INIT("{\"a\":[1 2]}"),
                STR_INIT("{\"a\":[1}"),
                STR_INIT("{\"a\":\"\n\"}"),
                STR_INIT("{\"a\":\"\\x\"}"),
                STR_INIT("{\"a\":\"\\u12\"}"),
                STR_INIT("{\"a\":\"\\ud800\"}"),
                STR_INIT("{\"a\":\"\\udc00\"}"),
                STR_INIT("{\"a\":\"\\ud800\\u0041\"}"),
                STR_INIT("{\"a\":\"x"),
                STR_INIT("{\"a\":\"\\"),
                STR_INIT("{} x"),
                STR_INIT("{}{}"),
                STR_INIT("x"),
                STR_INIT("{'a':1}"),
                STR_INIT("{a:1}"),
                STR_INIT("{\"a\":NaN}"),
                STR_INIT("\f{}"),
                STR_INIT("{\"UserName\":x}"),
                STR_INIT("{\"Since\":x}"),
                STR_INIT("{\"Tags\":x}"),
                STR_INIT("{\"Tags\":[{},]}"),
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                if (decode_json(&b, CASES[i]) != -EBADMSG)
                        fail_msg("accepted: %.*s", STR_ARG(CASES[i]));
                assert_str(b.fault.message, "The request body is not valid JSON.");
        }
        assert_int_equal(decode_json(&b, STR("")), -EBADMSG);
        assert_int_equal(decode_json(&b, STR("{\"UserName\":\"\xff\"}")), -EBADMSG);
        assert_str(b.fault.message, "Invalid UTF-8");
        assert_int_equal(decode_json(&b, STR(" {\t}\r\n")), 0);
}

static void depth(void **state)
{
        _cleanup_(bench_done) struct bench b = {};
        _cleanup_(buf_done) struct buf body = {};

        (void)state;
        bench_init(&b);
        for (size_t levels = WIRE_MAX_DEPTH - 1; levels <= WIRE_MAX_DEPTH; levels++) {
                buf_init(&body, 4096);
                buf_add(&body, STR("{\"a\":"));
                for (size_t i = 0; i < levels; i++)
                        buf_add_byte(&body, '[');
                for (size_t i = 0; i < levels; i++)
                        buf_add_byte(&body, ']');
                buf_add_byte(&body, '}');
                assert_int_equal(decode_json(&b, buf_str(&body)), levels < WIRE_MAX_DEPTH ? 0 : -EBADMSG);
                if (levels < WIRE_MAX_DEPTH)
                        buf_done(&body);
        }
        assert_str(b.fault.message, "The request body is nested too deeply.");
}

/* A body of "{}" items wants much more memory than its size: the arena says no. */
static void memory(void **state)
{
        _cleanup_(bench_done) struct bench b = {};
        _cleanup_(buf_done) struct buf body = {};

        (void)state;
        bench_init(&b);
        buf_init(&body, 1 << 20);
        buf_add(&body, STR("{\"Tags\":[{}"));
        for (size_t i = 0; i < 100000; i++)
                buf_add(&body, STR(",{}"));
        buf_add(&body, STR("]}"));
        assert_int_equal(decode_json(&b, buf_str(&body)), -ENOMEM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scalars),     cmocka_unit_test(no_finite_numbers),
                cmocka_unit_test(shapes),      cmocka_unit_test(null_unknown_and_repeated),
                cmocka_unit_test(wrong_types), cmocka_unit_test(syntax),
                cmocka_unit_test(depth),       cmocka_unit_test(memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
