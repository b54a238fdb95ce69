#include "wire_test.h"

static void values(struct bench *b, struct str member, size_t want_count, struct str want_first)
{
        const struct str *have;
        size_t count;

        assert_int_equal(wire_member_values(wire_find_member(&sample_in_type, member), &b->in, &b->arena,
                                            &have, &count),
                         0);
        assert_int_equal(count, want_count);
        if (count && !str_eq(have[0], want_first))
                fail_msg("%.*s: %.*s", STR_ARG(member), STR_ARG(have[0]));
}

static void as_text(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        values(&b, STR("UserName"), 0, STR_NONE);
        values(&b, STR("TagKeys"), 0, STR_NONE);
        b.in = (struct sample_in){
                .user_name = STR("alice"),
                .enabled = OPT_BOOL(false),
                .size = OPT_INT(-7),
                .ratio = {true, 2.5},
                .since = OPT_INT(0),
                .data = STR("bytes"),
                .tag_keys = {(struct str[]){STR("a"), STR("b")}, 2, true},
                .numbers = {(struct opt_int[]){{}, OPT_INT(3)}, 2, true},
                .attributes = {(struct str_pair[]){{STR("a"), STR("b")}}, 1, true},
                .tree = &(struct sample_node){},
        };
        values(&b, STR("UserName"), 1, STR("alice"));
        values(&b, STR("Enabled"), 1, STR("false"));
        values(&b, STR("Size"), 1, STR("-7"));
        values(&b, STR("Ratio"), 1, STR("2.5"));
        values(&b, STR("Since"), 1, STR("1970-01-01T00:00:00Z"));
        values(&b, STR("TagKeys"), 2, STR("a"));
        values(&b, STR("Numbers"), 1, STR("3"));
        values(&b, STR("Data"), 0, STR_NONE);
        values(&b, STR("Attributes"), 0, STR_NONE);
        values(&b, STR("Tree"), 0, STR_NONE);
        assert_null(wire_find_member(&sample_in_type, STR("Device"))); /* that is its wire name */
        assert_null(wire_find_member(&sample_in_type, STR("userName")));
}

static void tags(void **state)
{
        _cleanup_(bench_done) struct bench b = {};
        struct str_map found;
        const struct str *keys;
        size_t count;

        (void)state;
        bench_init(&b);
        assert_int_equal(wire_tags(&sample_in_type, &b.in, &b.arena, &found), 0);
        assert_false(found.is_set);
        assert_int_equal(wire_tag_keys(&sample_in_type, &b.in, &b.arena, &keys, &count), 0);
        assert_int_equal(count, 0);
        b.in.tags = (struct sample_tag_list){
                (struct sample_tag[]){{STR("k"), STR_NONE}, {}, {STR("l"), STR("v")}}, 3, true};
        b.in.tag_keys = (struct str_list){(struct str[]){STR("a")}, 1, true};
        assert_int_equal(wire_tags(&sample_in_type, &b.in, &b.arena, &found), 0);
        assert_true(found.is_set);
        assert_int_equal(found.count, 2);
        assert_str(found.items[0].key, "k");
        assert_true(str_is_set(found.items[0].value));
        assert_str(found.items[1].value, "v");
        assert_int_equal(wire_tag_keys(&sample_in_type, &b.in, &b.arena, &keys, &count), 0);
        assert_int_equal(count, 1);
        assert_str(keys[0], "a");
}

static void tags_as_map(void **state)
{
        static const struct wire_type STRING = {.kind = WIRE_STRING, .size = sizeof(struct str)};
        static const struct wire_type MAP = {.kind = WIRE_MAP,
                                             .size = sizeof(struct str_map),
                                             .key = &STRING,
                                             .element = &STRING,
                                             .value_offset = sizeof(struct str)};
        static const struct wire_member MEMBERS[] = {{.name = STR_INIT("Tags"), .type = &MAP}};
        static const struct wire_type TYPE = {.kind = WIRE_STRUCT, .members = MEMBERS, .member_count = 1};
        struct str_map in = {(struct str_pair[]){{STR("k"), STR("v")}}, 1, true}, found;
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(wire_tags(&TYPE, &in, &b.arena, &found), 0);
        assert_int_equal(found.count, 1);
        assert_str(found.items[0].value, "v");
}

static void equality(void **state)
{
        struct sample_node a = {.name = STR("x")}, b = {.name = STR("x")};
        struct sample_in left = {.user_name = STR(""), .tree = &a},
                         right = {.user_name = STR(""), .tree = &b};

        (void)state;
        assert_true(wire_equal(&sample_in_type, &left, &right));
        right.user_name = STR_NONE;
        assert_false(wire_equal(&sample_in_type, &left, &right));
        right.user_name = STR("");
        b.name = STR("y");
        assert_false(wire_equal(&sample_in_type, &left, &right));
        right.tree = NULL;
        assert_false(wire_equal(&sample_in_type, &left, &right));
        right.tree = &a;
        right.tags.is_set = true;
        assert_false(wire_equal(&sample_in_type, &left, &right));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(as_text),
                cmocka_unit_test(tags),
                cmocka_unit_test(tags_as_map),
                cmocka_unit_test(equality),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
