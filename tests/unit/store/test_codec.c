/* Records as bytes: what goes in comes out, whoever reads it, and damage hurts nobody. */
#include <setjmp.h>
#include <stdarg.h>

#include "shapes.h"

#include <cmocka.h>
#include <math.h>

struct fixture {
        struct arena arena;
        struct buf bytes;
        uint64_t seed;
};

static int set_up(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));

        assert_non_null(fixture);
        arena_init(&fixture->arena, (size_t)64 << 20);
        buf_init(&fixture->bytes, (size_t)64 << 20);
        fixture->seed = 3;
        *state = fixture;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *fixture = *state;

        arena_done(&fixture->arena);
        buf_done(&fixture->bytes);
        free(fixture);
        return 0;
}

/* -- Two values are the same when they are encoded alike; the reference for that is written out here by hand.
 */

static void assert_same_str(struct str a, struct str b)
{
        assert_int_equal(str_is_set(a), str_is_set(b));
        assert_true(str_eq(a, b));
}

static void assert_same_int(struct opt_int a, struct opt_int b)
{
        assert_int_equal(a.is_set, b.is_set);
        assert_true(!a.is_set || a.value == b.value);
}

static void assert_same_tag(const struct tag *a, const struct tag *b)
{
        assert_int_equal(!a, !b);
        if (!a)
                return;
        assert_same_str(a->key, b->key);
        assert_same_str(a->value, b->value);
        assert_same_int(a->count, b->count);
}

static void assert_same_tags(const struct tag_list *a, const struct tag_list *b)
{
        assert_int_equal(a->is_set, b->is_set);
        assert_int_equal(a->count, b->count);
        for (size_t i = 0; i < a->count; i++)
                assert_same_tag(&a->items[i], &b->items[i]);
}

static void assert_same_node(const struct node *a, const struct node *b)
{
        for (; a && b; a = a->inner, b = b->inner) {
                assert_same_str(a->name, b->name);
                assert_same_tags(&a->tags, &b->tags);
        }
        assert_true(!a && !b);
}

static void assert_same_things(const struct thing *a, const struct thing *b)
{
        assert_same_str(a->account, b->account);
        assert_same_str(a->name, b->name);
        assert_same_str(a->id, b->id);
        assert_same_str(a->path, b->path);
        assert_same_str(a->secret, b->secret);
        assert_same_str(a->document, b->document);
        assert_int_equal(a->flag.is_set, b->flag.is_set);
        assert_true(!a->flag.is_set || a->flag.value == b->flag.value);
        assert_same_int(a->number, b->number);
        assert_same_int(a->created, b->created);
        assert_int_equal(a->ratio.is_set, b->ratio.is_set);
        if (a->ratio.is_set)
                assert_memory_equal(&a->ratio.value, &b->ratio.value, sizeof(double));
        assert_int_equal(a->words.is_set, b->words.is_set);
        assert_int_equal(a->words.count, b->words.count);
        for (size_t i = 0; i < a->words.count; i++)
                assert_same_str(a->words.items[i], b->words.items[i]);
        assert_int_equal(a->attributes.is_set, b->attributes.is_set);
        assert_int_equal(a->attributes.count, b->attributes.count);
        for (size_t i = 0; i < a->attributes.count; i++) {
                assert_same_str(a->attributes.items[i].key, b->attributes.items[i].key);
                assert_same_str(a->attributes.items[i].value, b->attributes.items[i].value);
        }
        assert_same_tags(&a->tags, &b->tags);
        assert_int_equal(a->tags_by_name.is_set, b->tags_by_name.is_set);
        assert_int_equal(a->tags_by_name.count, b->tags_by_name.count);
        for (size_t i = 0; i < a->tags_by_name.count; i++) {
                assert_same_str(a->tags_by_name.items[i].key, b->tags_by_name.items[i].key);
                assert_same_tag(&a->tags_by_name.items[i].value, &b->tags_by_name.items[i].value);
        }
        assert_int_equal(a->numbers.is_set, b->numbers.is_set);
        assert_int_equal(a->numbers.count, b->numbers.count);
        for (size_t i = 0; i < a->numbers.count; i++)
                assert_same_int(a->numbers.items[i], b->numbers.items[i]);
        assert_same_tag(a->tag, b->tag);
        assert_same_node(a->node, b->node);
}

/* -- Values at random, absent ones and empty ones among them. */

static uint32_t draw(struct fixture *fixture, uint32_t below)
{
        fixture->seed = fixture->seed * 6364136223846793005U + 1442695040888963407U;
        return (uint32_t)(fixture->seed >> 33) % below;
}

static struct str draw_str(struct fixture *fixture)
{
        size_t len = draw(fixture, 4) ? draw(fixture, 20) : draw(fixture, 400);
        char *bytes;

        if (draw(fixture, 5) == 0)
                return draw(fixture, 2) ? STR_NONE : STR("");
        bytes = arena_alloc(&fixture->arena, len + 1);
        assert_non_null(bytes);
        for (size_t i = 0; i < len; i++)
                bytes[i] = (char)draw(fixture, 256);
        return (struct str){bytes, len};
}

static struct opt_int draw_int(struct fixture *fixture)
{
        static const int64_t corners[] = {0,   1,         -1,        63,        64,       -64,
                                          -65, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

        if (draw(fixture, 4) == 0)
                return (struct opt_int){};
        if (draw(fixture, 2))
                return OPT_INT(corners[draw(fixture, ARRAY_LEN(corners))]);
        return OPT_INT((int64_t)((uint64_t)draw(fixture, UINT32_MAX) << draw(fixture, 32)));
}

static struct tag draw_tag(struct fixture *fixture)
{
        return (struct tag){.key = draw_str(fixture), .value = draw_str(fixture), .count = draw_int(fixture)};
}

/* A list or map of the form { items, count, is_set }, filled by an expression in i. */
#define DRAW_ITEMS(list_, type_, expression_)                                                                \
        do {                                                                                                 \
                (list_).is_set = draw(fixture, 4) != 0;                                                      \
                (list_).count = (list_).is_set ? draw(fixture, 5) : 0;                                       \
                (list_).items = arena_new_array(&fixture->arena, type_, (list_).count + 1);                  \
                assert_non_null((list_).items);                                                              \
                for (size_t i = 0; i < (list_).count; i++)                                                   \
                        (list_).items[i] = (expression_);                                                    \
        } while (0)

static struct str draw_key(struct fixture *fixture)
{
        struct str key = draw_str(fixture);

        return str_is_set(key) ? key : STR("");
}

static struct node *draw_node(struct fixture *fixture, int most)
{
        struct node *node;

        if (most == 0 || draw(fixture, 3) == 0)
                return NULL;
        node = arena_new(&fixture->arena, struct node);
        assert_non_null(node);
        node->name = draw_str(fixture);
        DRAW_ITEMS(node->tags, struct tag, draw_tag(fixture));
        node->inner = draw_node(fixture, most - 1);
        return node;
}

static void draw_thing(struct fixture *fixture, struct thing *thing)
{
        *thing = (struct thing){.account = draw_str(fixture),
                                .name = draw_str(fixture),
                                .id = draw_str(fixture),
                                .path = draw_str(fixture),
                                .secret = draw_str(fixture),
                                .document = draw_str(fixture),
                                .number = draw_int(fixture),
                                .created = draw_int(fixture)};
        if (draw(fixture, 3))
                thing->flag = OPT_BOOL(draw(fixture, 2));
        if (draw(fixture, 3))
                thing->ratio =
                        (struct opt_double){true, draw(fixture, 9) ? draw(fixture, 1000) / 7.0 : -INFINITY};
        DRAW_ITEMS(thing->words, struct str, draw_str(fixture));
        DRAW_ITEMS(thing->attributes, struct str_pair,
                   ((struct str_pair){draw_key(fixture), draw_str(fixture)}));
        DRAW_ITEMS(thing->tags, struct tag, draw_tag(fixture));
        DRAW_ITEMS(thing->tags_by_name, struct tag_entry,
                   ((struct tag_entry){draw_key(fixture), draw_tag(fixture)}));
        DRAW_ITEMS(thing->numbers, struct opt_int, draw_int(fixture));
        if (draw(fixture, 2)) {
                thing->tag = arena_new(&fixture->arena, struct tag);
                assert_non_null(thing->tag);
                *thing->tag = draw_tag(fixture);
        }
        thing->node = draw_node(fixture, 20);
}

static struct str encode(struct fixture *fixture, const struct wire_type *type, const void *record)
{
        buf_clear(&fixture->bytes);
        assert_int_equal(record_encode(type, record, &fixture->bytes), 0);
        return arena_dup(&fixture->arena, buf_str(&fixture->bytes));
}

static void random_things_come_back(void **state)
{
        struct fixture *fixture = *state;
        struct thing in, out;

        for (int n = 0; n < 20000; n++) {
                struct str bytes;

                arena_reset(&fixture->arena);
                draw_thing(fixture, &in);
                bytes = encode(fixture, &thing_type, &in);
                memset(&out, 0xAA, sizeof(out));
                assert_int_equal(record_decode(&thing_type, bytes, &fixture->arena, n % 2, &out), 0);
                assert_same_things(&in, &out);
        }
}

/* As they stand in people's files: this may never change. */
static void the_bytes_are_these(void **state)
{
        static const struct str expected = STR_INIT("\x06\x02"
                                                    "ac"                       /* 1, bytes */
                                                    "\x1c\x02"                 /* 7, number */
                                                    "\x20\x03"                 /* 8 */
                                                    "\x29\0\0\0\0\0\0\xf8\x3f" /* 10, double */
                                                    "\x2e\x04\x02\x01w\x03" /* 11, a word and an absent one */
                                                    "\x46\x0f\x02\x03Key\x01k" /* 17, by names */
                                                    "\x00\x05"
                                                    "Count\x01");
        struct fixture *fixture = *state;
        struct tag tag = {.key = STR("k"), .count = OPT_INT(-1)};
        struct str words[] = {STR("w"), STR_NONE};
        struct thing thing = {.account = STR("ac"),
                              .flag = OPT_BOOL(true),
                              .number = OPT_INT(-2),
                              .ratio = {true, 1.5},
                              .words = {words, 2, true},
                              .tag = &tag};

        assert_true(str_eq(encode(fixture, &thing_type, &thing), expected));
}

static void absent_and_empty_differ(void **state)
{
        struct fixture *fixture = *state;
        struct thing in = {.account = STR(""), .words = {.is_set = true}, .attributes = {.is_set = true}},
                     out;
        struct tag tag = {};

        in.tag = &tag;
        assert_int_equal(
                record_decode(&thing_type, encode(fixture, &thing_type, &in), &fixture->arena, true, &out),
                0);
        assert_same_things(&in, &out);
        assert_non_null(out.account.ptr);
        assert_true(out.words.is_set && out.attributes.is_set && !out.tags.is_set);
        assert_non_null(out.tag);
        assert_null(out.node);
}

static void strings_point_into_the_bytes_unless_copied(void **state)
{
        struct fixture *fixture = *state;
        struct thing in = {.account = STR("somebody")}, out;
        struct str bytes = encode(fixture, &thing_type, &in);

        assert_int_equal(record_decode(&thing_type, bytes, &fixture->arena, false, &out), 0);
        assert_true(out.account.ptr > bytes.ptr && out.account.ptr < bytes.ptr + bytes.len);
        assert_int_equal(record_decode(&thing_type, bytes, &fixture->arena, true, &out), 0);
        assert_false(out.account.ptr >= bytes.ptr && out.account.ptr < bytes.ptr + bytes.len);
}

/* -- Evolution. */

static void an_older_program_passes_over_what_it_does_not_know(void **state)
{
        struct fixture *fixture = *state;
        struct newer_tag tag = {.key = STR("k"), .value = STR("v"), .weight = {true, 2.5}};
        struct newer_thing in = {
                .account = STR("a"), .name = STR("n"), .extra = STR("x"), .tag = &tag, .more = &tag};
        struct thing out;

        assert_int_equal(record_decode(&thing_type, encode(fixture, &newer_thing_type, &in), &fixture->arena,
                                       false, &out),
                         0);
        assert_same_str(out.account, in.account);
        assert_same_str(out.name, in.name);
        assert_false(str_is_set(out.id));
        assert_same_tag(out.tag, &(struct tag){.key = STR("k"), .value = STR("v")});
        assert_null(out.node);
}

static void a_newer_program_finds_absent_what_was_not_there(void **state)
{
        struct fixture *fixture = *state;
        struct newer_thing out;
        struct thing in;

        for (int n = 0; n < 500; n++) {
                arena_reset(&fixture->arena);
                draw_thing(fixture, &in);
                assert_int_equal(record_decode(&newer_thing_type, encode(fixture, &thing_type, &in),
                                               &fixture->arena, false, &out),
                                 0);
                assert_same_str(out.account, in.account);
                assert_same_str(out.id, in.id);
                assert_false(str_is_set(out.extra));
                assert_null(out.more);
                assert_int_equal(!out.tag, !in.tag);
                if (!in.tag)
                        continue;
                assert_same_str(out.tag->key, in.tag->key);
                assert_same_str(out.tag->value, in.tag->value);
                assert_false(out.tag->weight.is_set);
        }
}

/* -- Damage. */

static void any_bytes_are_survived(void **state)
{
        struct fixture *fixture = *state;
        struct thing thing;
        char *bytes;

        for (int n = 0; n < 20000; n++) {
                struct str whole;
                size_t len;

                arena_reset(&fixture->arena);
                draw_thing(fixture, &thing);
                whole = encode(fixture, &thing_type, &thing);
                len = draw(fixture, 2) ? whole.len : draw(fixture, (uint32_t)whole.len + 1);
                bytes = malloc(len ? len : 1); /* so that reading past the end is seen */
                assert_non_null(bytes);
                memcpy(bytes, whole.ptr, len);
                for (uint32_t flips = draw(fixture, 4); flips > 0 && len > 0; flips--)
                        bytes[draw(fixture, (uint32_t)len)] = (char)draw(fixture, 256);
                for (int copy = 0; copy < 2; copy++) {
                        int r = record_decode(&thing_type, (struct str){bytes, len}, &fixture->arena, copy,
                                              &thing);

                        assert_true(r == 0 || r == -EBADMSG);
                        if (r == 0) {
                                buf_clear(&fixture->bytes);
                                assert_int_equal(record_encode(&thing_type, &thing, &fixture->bytes), 0);
                        }
                }
                free(bytes);
        }
}

static int try_decode(struct fixture *fixture, struct str bytes)
{
        struct thing thing;

        return record_decode(&thing_type, bytes, &fixture->arena, false, &thing);
}

static void damage_is_named(void **state)
{
        struct fixture *fixture = *state;
        static const struct str damaged[] = {
                STR_INIT("\x80"),                                          /* unfinished number */
                STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"),      /* more than 64 bits */
                STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),  /* too long */
                STR_INIT("\x06"),                                          /* no length */
                STR_INIT("\x06\x05two"),                                   /* fewer bytes than it says */
                STR_INIT("\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), /* length wraps */
                STR_INIT("\x07"),                                          /* a field that is nothing */
                STR_INIT("\x04\x02"),         /* a number where a string is due */
                STR_INIT("\x29\0\0\0"),       /* half a double */
                STR_INIT("\x2e\x01\x02"),     /* list with half an item */
                STR_INIT("\x2e\x02\x04\x00"), /* list with an item of no form */
                STR_INIT("\x32\x02\x01k"),    /* map with half an entry */
                STR_INIT("\x02\x04Key"),      /* name cut short */
        };

        for (size_t i = 0; i < ARRAY_LEN(damaged); i++)
                if (try_decode(fixture, damaged[i]) != -EBADMSG)
                        fail_msg("damage %zu was not seen", i);
        assert_int_equal(try_decode(fixture, STR("")), 0);
        assert_int_equal(try_decode(fixture, STR("\x06\x02"
                                                 "ok")),
                         0);
}

static void depth_is_bounded(void **state)
{
        struct fixture *fixture = *state;
        struct node nodes[40] = {};
        struct thing thing = {.node = nodes}, out;
        struct str bytes;

        for (size_t i = 0; i + 1 < 30; i++)
                nodes[i].inner = &nodes[i + 1];
        bytes = encode(fixture, &thing_type, &thing);
        assert_int_equal(record_decode(&thing_type, bytes, &fixture->arena, false, &out), 0);
        assert_same_things(&thing, &out);
        for (size_t i = 0; i + 1 < 40; i++)
                nodes[i].inner = &nodes[i + 1];
        buf_clear(&fixture->bytes);
        assert_int_equal(record_encode(&thing_type, &thing, &fixture->bytes), -E2BIG);

        /* The same from outside: "Inner" in itself, from the innermost out. */
        bytes = STR("");
        for (int i = 0; i < 100 && bytes.len < 100; i++)
                bytes = arena_printf(&fixture->arena, "\x02\x05Inner%c%.*s", (int)bytes.len, STR_ARG(bytes));
        assert_int_equal(record_decode(&node_type, bytes, &fixture->arena, false, &nodes[0]), -EBADMSG);
}

static void memory_is_bounded(void **state)
{
        struct fixture *fixture = *state;
        struct arena small;
        struct thing thing;
        char *many;
        struct str bytes;

        /* 50,000 absent items take a byte each here, and 56 in memory. */
        many = arena_alloc(&fixture->arena, 50000 + 4);
        assert_non_null(many);
        memcpy(many, "\x36\xd0\x86\x03", 4);
        memset(many + 4, 3, 50000);
        bytes = (struct str){many, 50004};
        assert_int_equal(try_decode(fixture, bytes), 0);
        arena_init(&small, 100000);
        assert_int_equal(record_decode(&thing_type, bytes, &small, false, &thing), -ENOMEM);
        arena_done(&small);

        buf_done(&fixture->bytes);
        buf_init(&fixture->bytes, 10);
        thing = (struct thing){.name = STR("longer than ten bytes")};
        assert_int_equal(record_encode(&thing_type, &thing, &fixture->bytes), -EMSGSIZE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                TEST(random_things_come_back),
                TEST(the_bytes_are_these),
                TEST(absent_and_empty_differ),
                TEST(strings_point_into_the_bytes_unless_copied),
                TEST(an_older_program_passes_over_what_it_does_not_know),
                TEST(a_newer_program_finds_absent_what_was_not_there),
                TEST(any_bytes_are_survived),
                TEST(damage_is_named),
                TEST(depth_is_bounded),
                TEST(memory_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
