#include "wire_test.h"

#include "wire/scalar.h"

#include <math.h>

static void scalars(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_form(
                        &b,
                        STR("Action=CreateSample&Version=2020-01-31&UserName=alice%2Fb+c&Enabled=true"
                            "&MaxItems=7&Size=-9223372036854775808&Ratio=0.5&Since=2020-01-31T12%3A00%3A00Z"
                            "&Data=aGVsbG8%3D&Device=arn&Changed=1.5")),
                0);
        assert_str(b.in.user_name, "alice/b c");
        assert_true(b.in.enabled.is_set && b.in.enabled.value);
        assert_int_equal(b.in.max_items.value, 7);
        assert_int_equal(b.in.size.value, INT64_MIN);
        assert_true(b.in.ratio.value == 0.5);
        assert_int_equal(b.in.since.value, INT64_C(1580472000000));
        assert_int_equal(b.in.changed.value, 1500);
        assert_str(b.in.data, "hello");
        assert_str(b.in.mfa_device, "arn");
        assert_false(str_is_set(b.in.password));
        assert_false(b.in.tags.is_set);
        assert_null(b.in.tree);
}

static void no_finite_numbers(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode_form(&b, STR("Action=CreateSample&Version=2020-01-31&Ratio=NaN")), 0);
        assert_true(isnan(b.in.ratio.value));
        assert_int_equal(decode_form(&b, STR("Action=CreateSample&Version=2020-01-31&Ratio=Infinity")), 0);
        assert_true(isinf(b.in.ratio.value) && b.in.ratio.value > 0);
        assert_int_equal(decode_form(&b, STR("Action=CreateSample&Version=2020-01-31&Ratio=-Infinity")), 0);
        assert_true(isinf(b.in.ratio.value) && b.in.ratio.value < 0);
}

static void empty_is_given(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode_form(&b, STR("UserName=&Tags=&Attributes=&Tree=&Flat=")), 0);
        assert_true(str_is_set(b.in.user_name) && b.in.user_name.len == 0);
        assert_true(b.in.tags.is_set && b.in.tags.count == 0);
        assert_true(b.in.attributes.is_set && b.in.attributes.count == 0);
        assert_true(b.in.flat.is_set && b.in.flat.count == 0);
        assert_non_null(b.in.tree);
        assert_int_equal(decode_form(&b, STR("UserName")), 0);
        assert_true(str_is_set(b.in.user_name));
        assert_int_equal(decode_form(&b, STR("")), 0);
        assert_false(str_is_set(b.in.user_name));
}

static void lists(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_form(&b, STR("Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=x"
                                    "&Tags.member.2.Value=&Flat.1=one&Flat.2=two&Tags-x=1&Tags2.member.1=q"
                                    "&Matrix.member.1.member.1=p&Matrix.member.1.member.2=q"
                                    "&Numbers.member.1=-5")),
                0);
        assert_int_equal(b.in.tags.count, 2);
        assert_str(b.in.tags.items[0].key, "a");
        assert_str(b.in.tags.items[0].value, "x");
        assert_str(b.in.tags.items[1].key, "b");
        assert_true(str_is_set(b.in.tags.items[1].value));
        assert_int_equal(b.in.flat.count, 2);
        assert_str(b.in.flat.items[1], "two");
        assert_int_equal(b.in.matrix.count, 1);
        assert_int_equal(((struct str_list *)b.in.matrix.items)->count, 2);
        assert_str(((struct str_list *)b.in.matrix.items)->items[1], "q");
        assert_int_equal(((struct opt_int *)b.in.numbers.items)->value, -5);
}

/* 1, 10, 11, ..., 2 as text; gaps close up. */
static void order_of_numbers(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_form(&b,
                            STR("TagKeys.member.1=a&TagKeys.member.10=j&TagKeys.member.2=b&TagKeys.member.3=c"
                                "&TagKeys.member.9=i&TagKeys.member.4=d&TagKeys.member.5=e&TagKeys.member.6=f"
                                "&TagKeys.member.7=g&TagKeys.member.8=h&TagKeys.member.900=z")),
                0);
        assert_int_equal(b.in.tag_keys.count, 11);
        for (size_t i = 0; i < 10; i++)
                assert_int_equal(b.in.tag_keys.items[i].ptr[0], 'a' + (char)i);
        assert_str(b.in.tag_keys.items[10], "z");
        assert_int_equal(decode_form(&b, STR("TagKeys.member.3=x&TagKeys.member.2=y")), 0);
        assert_int_equal(b.in.tag_keys.count, 2);
        assert_str(b.in.tag_keys.items[0], "y");
}

static void maps(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_form(&b,
                            STR("Attributes.entry.1.key=k&Attributes.entry.1.value=v&Attributes.entry.2.key=l"
                                "&Attributes.entry.2.value=w&FlatMap.1.key=f&FlatMap.1.value=g"
                                "&TagMap.entry.1.key=t&TagMap.entry.1.value.Key=kk&TagMap.entry.1.value."
                                "Value=vv")),
                0);
        assert_int_equal(b.in.attributes.count, 2);
        assert_str(b.in.attributes.items[1].key, "l");
        assert_str(b.in.attributes.items[1].value, "w");
        assert_str(b.in.flat_map.items[0].value, "g");
        assert_str(b.in.tag_map.items[0].value.value, "vv");
        assert_int_equal(
                decode_form(&b,
                            STR("Attributes.entry.1.key=k&Attributes.entry.1.value=1&Attributes.entry.2.key=l"
                                "&Attributes.entry.2.value=2&Attributes.entry.3.key=k&Attributes.entry.3."
                                "value=3")),
                0);
        assert_int_equal(b.in.attributes.count, 2);
        assert_str(b.in.attributes.items[0].key, "l");
        assert_str(b.in.attributes.items[1].value, "3");
}

/* Of flattened ones alone, which AWS's samples write so. */
static void sole_items_without_a_number(void **state)
{
        static const struct str REFUSED[] = {
                STR_INIT("Flat=one&Flat.1=two"),
                STR_INIT("FlatMap.key=f&FlatMap.value=g&FlatMap.1.key=h&FlatMap.1.value=i"),
                STR_INIT("FlatMap=x"),
                STR_INIT("FlatMap.key=f"),
                STR_INIT("Flat.x=one"),
                STR_INIT("Flat.-1=one"),
                STR_INIT("Tags.Key=a&Tags.Value=b"),
                STR_INIT("Tags.member.Key=a"),
                STR_INIT("Attributes.entry.key=k&Attributes.entry.value=v"),
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(decode_form(&b, STR("Flat=All&FlatMap.key=f&FlatMap.value=g")), 0);
        assert_int_equal(b.in.flat.count, 1);
        assert_str(b.in.flat.items[0], "All");
        assert_int_equal(b.in.flat_map.count, 1);
        assert_str(b.in.flat_map.items[0].key, "f");
        assert_str(b.in.flat_map.items[0].value, "g");
        for (size_t i = 0; i < ARRAY_LEN(REFUSED); i++)
                if (decode_form(&b, REFUSED[i]) != -EBADMSG)
                        fail_msg("accepted: %.*s", STR_ARG(REFUSED[i]));
}

static void nested(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_form(&b,
                            STR("Tree.Left.Left.Name=deep&Tree.Name=top&Tree.Children.member.1.Left.Name=c")),
                0);
        assert_str(b.in.tree->name, "top");
        assert_str(b.in.tree->left->left->name, "deep");
        assert_false(str_is_set(b.in.tree->left->name));
        assert_str(b.in.tree->children.items[0].left->name, "c");
}

static void repeated_and_unknown(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode_form(&b, STR("UserName=a&Nothing=1&UserName=b&Foo.member.1.Bar=x&&=y&.=z&..=w&.a=1")),
                0);
        assert_str(b.in.user_name, "b");
}

static void get_takes_the_query_string(void **state)
{
        struct http_request http = {.method = STR("GET"),
                                    .query = STR("Action=A&Version=1&UserName=x%20y"),
                                    .body = STR("UserName=body")};
        _cleanup_(bench_done) struct bench b = {};
        struct str action, version;
        struct wire_form form;

        (void)state;
        bench_init(&b);
        assert_int_equal(wire_form_parse(&http, &b.arena, &form, &b.fault), 0);
        wire_query_action(&form, &action, &version);
        assert_str(action, "A");
        assert_str(version, "1");
        assert_str(wire_form_value(&form, STR("UserName")), "x y");
        assert_false(str_is_set(wire_form_value(&form, STR("Nothing"))));
        http.method = STR("POST");
        assert_int_equal(wire_form_parse(&http, &b.arena, &form, &b.fault), 0);
        assert_str(wire_form_value(&form, STR("UserName")), "body");
}

static void refusals(void **state)
{
        static const struct {
                struct str body;
                struct str code;
                struct str message;
        } CASES[] = {
                {STR_INIT("UserName=%zz"), STR_INIT("MalformedQueryString"),
                 STR_INIT("The query string contains a syntax error.")},
                {STR_INIT("UserName=a%"), STR_INIT("MalformedQueryString"),
                 STR_INIT("The query string contains a syntax error.")},
                {STR_INIT("%=a"), STR_INIT("MalformedQueryString"),
                 STR_INIT("The query string contains a syntax error.")},
                {STR_INIT("UserName=%ff"), STR_INIT("MalformedInput"),
                 STR_INIT("The request contains bytes that are not valid UTF-8.")},
                {STR_INIT("UserName=\xc3"), STR_INIT("MalformedInput"),
                 STR_INIT("The request contains bytes that are not valid UTF-8.")},
                {STR_INIT("MaxItems=abc"), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to an Integer")},
                {STR_INIT("MaxItems="), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to an Integer")},
                {STR_INIT("MaxItems=2147483648"), STR_INIT("MalformedInput"),
                 STR_INIT("NUMBER_VALUE can not be converted to an Integer")},
                {STR_INIT("Size=9223372036854775808"), STR_INIT("MalformedInput"),
                 STR_INIT("NUMBER_VALUE can not be converted to a Long")},
                {STR_INIT("Enabled=yes"), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to a Boolean")},
                {STR_INIT("Ratio=0x10"), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to a Double")},
                {STR_INIT("Ratio=1e999"), STR_INIT("MalformedInput"),
                 STR_INIT("NUMBER_VALUE can not be converted to a Double")},
                {STR_INIT("Ratio=nan"), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to a Double")},
                {STR_INIT("Changed=NaN"), STR_INIT("MalformedInput"),
                 STR_INIT("NUMBER_VALUE can not be converted to a Date")},
                {STR_INIT("Since=yesterday"), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to a Date")},
                {STR_INIT("Data=a"), STR_INIT("MalformedInput"),
                 STR_INIT("STRING_VALUE can not be converted to a ByteBuffer")},
                {STR_INIT("UserName.member.1=a"), STR_INIT("MalformedInput"),
                 STR_INIT("Start of structure or map found where not expected")},
                {STR_INIT("Tags=x"), STR_INIT("MalformedInput"),
                 STR_INIT("Unexpected list element termination")},
                {STR_INIT("Tags.1.Key=x"), STR_INIT("MalformedInput"),
                 STR_INIT("Unexpected list element termination")},
                {STR_INIT("Tags.member=x"), STR_INIT("MalformedInput"),
                 STR_INIT("Unexpected list element termination")},
                {STR_INIT("Tags.member.1=x"), STR_INIT("MalformedInput"),
                 STR_INIT("Unexpected complex element termination")},
                {STR_INIT("Tree=x"), STR_INIT("MalformedInput"),
                 STR_INIT("Unexpected complex element termination")},
                {STR_INIT("Tags.member.x.Key=a"), STR_INIT("MalformedInput"),
                 STR_INIT("The number of a list's item is not a number from 1.")},
                {STR_INIT("Tags.member.01.Key=a"), STR_INIT("MalformedInput"),
                 STR_INIT("The number of a list's item is not a number from 1.")},
                {STR_INIT("Tags.member.0.Key=a"), STR_INIT("MalformedInput"),
                 STR_INIT("The number of a list's item is not a number from 1.")},
                {STR_INIT("Tags.member.-1.Key=a"), STR_INIT("MalformedInput"),
                 STR_INIT("The number of a list's item is not a number from 1.")},
                {STR_INIT("Tags.member.99999999999.Key=a"), STR_INIT("MalformedInput"),
                 STR_INIT("The number of a list's item is not a number from 1.")},
                {STR_INIT("Attributes.entry.1.key=a"), STR_INIT("MalformedInput"),
                 STR_INIT("An entry of a map has no value.")},
                {STR_INIT("Attributes.entry.1.value=a"), STR_INIT("MalformedInput"),
                 STR_INIT("An entry of a map has no key.")},
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                if (decode_form(&b, CASES[i].body) != -EBADMSG)
                        fail_msg("accepted: %.*s", STR_ARG(CASES[i].body));
                if (!str_eq(b.fault.error->code, CASES[i].code) || !str_eq(b.fault.message, CASES[i].message))
                        fail_msg("%.*s gave %.*s: %.*s", STR_ARG(CASES[i].body), STR_ARG(b.fault.error->code),
                                 STR_ARG(b.fault.message));
        }
}

static void bounds(void **state)
{
        _cleanup_(bench_done) struct bench b = {};
        _cleanup_(buf_done) struct buf body = {};

        (void)state;
        bench_init(&b);
        buf_init(&body, 1 << 20);
        for (int i = 0; i < WIRE_MAX_DEPTH + 2; i++)
                buf_add(&body, i ? STR(".Left") : STR("Tree"));
        buf_add(&body, STR("=x"));
        assert_int_equal(decode_form(&b, buf_str(&body)), -EBADMSG);
        assert_str(b.fault.message, "The input is nested too deeply.");
        buf_clear(&body);
        for (int i = 0; i <= WIRE_FORM_MAX_PARAMS; i++)
                buf_add(&body, STR("a&"));
        assert_int_equal(decode_form(&b, buf_str(&body)), -EBADMSG);
        assert_str(b.fault.error->code, "MalformedQueryString");
        buf_clear(&body);
        for (int i = 1; i <= 9999; i++)
                buf_addf(&body, "Tags.member.%d.Key=a%%20b&", i);
        assert_int_equal(decode_form(&b, buf_str(&body)), -ENOMEM); /* of this small arena */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scalars),
                cmocka_unit_test(no_finite_numbers),
                cmocka_unit_test(empty_is_given),
                cmocka_unit_test(lists),
                cmocka_unit_test(order_of_numbers),
                cmocka_unit_test(maps),
                cmocka_unit_test(sole_items_without_a_number),
                cmocka_unit_test(nested),
                cmocka_unit_test(repeated_and_unknown),
                cmocka_unit_test(get_takes_the_query_string),
                cmocka_unit_test(refusals),
                cmocka_unit_test(bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
