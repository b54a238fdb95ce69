#include "wire_test.h"

#include <pthread.h>

struct fixture {
        struct bench b;
        struct wire_patterns *patterns;
        struct wire_violations found;
};

static void fixture_done(struct fixture *f)
{
        bench_done(&f->b);
        wire_patterns_free(f->patterns);
}

static void fixture_init(struct fixture *f)
{
        *f = (struct fixture){};
        bench_init(&f->b);
        assert_int_equal(wire_patterns_new(&f->patterns), 0);
        f->b.in.user_name = STR("alice");
}

static void validate(struct fixture *f)
{
        assert_int_equal(wire_validate_value(&sample_in_type, &f->b.in, f->patterns, &f->b.arena, &f->found),
                         0);
}

static struct str long_text(struct fixture *f, char c, size_t len)
{
        char *text = arena_alloc(&f->b.arena, len + 1);

        assert_non_null(text);
        memset(text, c, len);
        return (struct str){text, len};
}

static void good(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        f.b.in.status = STR("Active");
        f.b.in.max_items = OPT_INT(1000);
        f.b.in.password = STR("four");
        f.b.in.tags = (struct sample_tag_list){(struct sample_tag[]){{STR("\u00e9 k"), STR("")}}, 1, true};
        validate(&f);
        assert_int_equal(f.found.count, 0);
        f.b.in.user_name = long_text(&f, 'x', 64);
        validate(&f);
        assert_int_equal(f.found.count, 0);
}

static void missing(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};
        struct wire_fault fault;

        (void)state;
        fixture_init(&f);
        f.b.in.user_name = STR_NONE;
        validate(&f);
        assert_int_equal(f.found.count, 1);
        assert_str(f.found.message,
                   "1 validation error detected: Value null at 'userName' failed to satisfy constraint: "
                   "Member must not be null");
        assert_int_equal(wire_validate(sample_query_operation, sample_query_operation->service->protocol,
                                       &f.b.in, f.patterns, &f.b.arena, &fault),
                         -EBADMSG);
        assert_str(fault.error->code, "ValidationError");
        assert_true(str_eq(fault.message, f.found.message));
        assert_int_equal(wire_validate(sample_json_operation, sample_json_operation->service->protocol,
                                       &f.b.in, f.patterns, &f.b.arena, &fault),
                         -EBADMSG);
        assert_str(fault.error->code, "ValidationException");
}

/* A service may have a name of its own for it, and says which parameter of a form it is. */
static void missing_by_its_own_name(void **state)
{
        static const struct api_error MISSING = {.code = STR_INIT("MissingParameter"), .status = 400};
        struct api_service service = *sample_query_operation->service;
        struct api_operation operation = *sample_query_operation;
        _cleanup_(fixture_done) struct fixture f = {};
        struct wire_fault fault;

        (void)state;
        fixture_init(&f);
        service.missing = &MISSING;
        operation.service = &service;
        f.b.in.user_name = STR_NONE;
        assert_int_equal(wire_validate(&operation, service.protocol, &f.b.in, f.patterns, &f.b.arena, &fault),
                         -EBADMSG);
        assert_ptr_equal(fault.error, &MISSING);
        assert_str(fault.message, "The request must contain the parameter UserName.");
        f.b.in.user_name = STR("alice");
        f.b.in.tags = (struct sample_tag_list){
                (struct sample_tag[]){{STR("k"), STR("")}, {STR_NONE, STR("")}}, 2, true};
        f.b.in.max_items = OPT_INT(1 << 30);
        validate(&f);
        assert_str(f.found.missing, "Tags.2.Key");
        f.b.in.tags = (struct sample_tag_list){};
        f.b.in.tag_map = (struct sample_tag_map){
                (struct sample_tag_entry[]){{STR("k"), {STR_NONE, STR("v")}}}, 1, true};
        validate(&f);
        assert_str(f.found.missing, "TagMap.1.value.Key");
        f.b.in.tag_map = (struct sample_tag_map){};
        assert_int_equal(wire_validate(&operation, service.protocol, &f.b.in, f.patterns, &f.b.arena, &fault),
                         -EBADMSG);
        assert_str(fault.error->code, "ValidationError");
}

static void strings(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        f.b.in.user_name = STR("");
        validate(&f);
        assert_str(f.found.message, "2 validation errors detected: Value '' at 'userName' failed to satisfy "
                                    "constraint: Member must have length "
                                    "greater than or equal to 1; Value '' at 'userName' failed to satisfy "
                                    "constraint: Member must satisfy "
                                    "regular expression pattern: [\\w+=,.@-]+");
        f.b.in.user_name = STR("a b\n");
        validate(&f);
        assert_str(f.found.message, "1 validation error detected: Value 'a b\n' at 'userName' failed to "
                                    "satisfy constraint: Member must "
                                    "satisfy regular expression pattern: [\\w+=,.@-]+");
        f.b.in.user_name = STR("abc\n"); /* a pattern's end is the value's end, not its last line's */
        validate(&f);
        assert_int_equal(f.found.count, 1);
        f.b.in.user_name = long_text(&f, 'x', 65);
        validate(&f);
        assert_str(
                f.found.message,
                "1 validation error detected: Value "
                "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at "
                "'userName' failed to satisfy constraint: Member must have length less than or equal to 64");
        f.b.in.user_name = STR("ok");
        f.b.in.status = STR("active");
        validate(&f);
        assert_str(f.found.message, "1 validation error detected: Value 'active' at 'status' failed to "
                                    "satisfy constraint: Member must "
                                    "satisfy enum value set: [Active, Inactive]");
}

/* 64 characters of four bytes each are 64, not 256. */
static void characters_not_bytes(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};
        _cleanup_(buf_done) struct buf text = {};

        (void)state;
        fixture_init(&f);
        buf_init(&text, 1024);
        for (int i = 0; i < 128; i++)
                buf_add(&text, STR("\U00020000"));
        f.b.in.tag_keys = (struct str_list){(struct str[]){buf_str(&text)}, 1, true};
        validate(&f);
        assert_int_equal(f.found.count, 0);
        buf_add(&text, STR("x"));
        f.b.in.tag_keys.items[0] = buf_str(&text);
        validate(&f);
        assert_int_equal(f.found.count, 1);
}

static void numbers_and_blobs(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        f.b.in.max_items = OPT_INT(1001);
        validate(&f);
        assert_str(f.found.message, "1 validation error detected: Value '1001' at 'maxItems' failed to "
                                    "satisfy constraint: Member must "
                                    "have value less than or equal to 1000");
        f.b.in.max_items = OPT_INT(0);
        f.b.in.data = long_text(&f, 0, 17);
        validate(&f);
        assert_str(f.found.message, "2 validation errors detected: Value '0' at 'maxItems' failed to satisfy "
                                    "constraint: Member must have value greater "
                                    "than or equal to 1; Value 'java.nio.HeapByteBuffer[pos=0 lim=17 "
                                    "cap=17]' at 'data' failed to satisfy constraint: "
                                    "Member must have length less than or equal to 16");
}

static void secrets_are_not_quoted(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        f.b.in.password = STR("pw");
        f.b.in.secret_data = long_text(&f, 'S', 17);
        validate(&f);
        assert_str(f.found.message, "2 validation errors detected: Value at 'password' failed to satisfy "
                                    "constraint: Member must have length greater than "
                                    "or equal to 4; Value at 'secretData' failed to satisfy constraint: "
                                    "Member must have length less than or equal to 16");
}

static void nested(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};
        struct sample_tag tags[] = {{STR("good"), STR("x")}, {STR("a{}"), STR_NONE}};
        struct sample_tag_entry entry = {STR("k1"), {STR("good"), STR("?")}};

        (void)state;
        fixture_init(&f);
        f.b.in.tags = (struct sample_tag_list){tags, 2, true};
        f.b.in.tag_map = (struct sample_tag_map){&entry, 1, true};
        validate(&f);
        assert_str(f.found.message, "3 validation errors detected: Value 'a{}' at 'tags.2.member.key' failed "
                                    "to satisfy constraint: Member must satisfy "
                                    "regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+; Value null "
                                    "at 'tags.2.member.value' failed to satisfy "
                                    "constraint: Member must not be null; Value '?' at "
                                    "'tagMap.k1.member.value' failed to satisfy constraint: Member must "
                                    "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");
}

static void lists_and_maps_of_scalars(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        f.b.in.tag_keys = (struct str_list){(struct str[]){STR("ok"), STR("{"), STR("}")}, 3, true};
        validate(&f);
        assert_str(f.found.message,
                   "1 validation error detected: Value '[ok, {, }]' at 'tagKeys' failed to satisfy "
                   "constraint: Member must satisfy "
                   "constraint: [Member must have length less than or equal to 128, Member must have length "
                   "greater than or equal to "
                   "1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+]");
        f.b.in.tag_keys.is_set = false;
        f.b.in.attributes = (struct str_map){(struct str_pair[]){{STR("k"), STR("a,b")}}, 1, true};
        validate(&f);
        assert_str(f.found.message,
                   "1 validation error detected: Value '{k=a,b}' at 'attributes' failed to satisfy "
                   "constraint: Map value must satisfy "
                   "constraint: [Member must have length less than or equal to 256, Member must have length "
                   "greater than or equal to "
                   "0, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*]");
        f.b.in.attributes.is_set = false;
        f.b.in.numbers = (struct wire_list){(struct opt_int[]){{}}, 1, true};
        validate(&f);
        assert_str(f.found.message, "1 validation error detected: Value '[null]' at 'numbers' failed to "
                                    "satisfy constraint: Member must "
                                    "satisfy constraint: [Member must not be null]");
}

static void too_many(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};
        struct sample_tag *tags;

        (void)state;
        fixture_init(&f);
        tags = arena_new_array(&f.b.arena, struct sample_tag, 51);
        for (size_t i = 0; i < 51; i++)
                tags[i] = (struct sample_tag){STR("k"), STR("v")};
        f.b.in.tags = (struct sample_tag_list){tags, 51, true};
        validate(&f);
        assert_int_equal(f.found.count, 1);
        assert_true(str_starts(
                f.found.message,
                STR("1 validation error detected: Value '[Tag(key=k, value=v), Tag(key=k, value=v), ")));
        assert_true(str_ends(f.found.message, STR("...' at 'tags' failed to satisfy constraint: Member must "
                                                  "have length less than or equal to 50")));
        for (size_t i = 0; i < 51; i++)
                tags[i].key = long_text(&f, '{', 2000);
        validate(&f);
        assert_true(f.found.count >= 50);
        assert_true(f.found.message.len <= WIRE_VIOLATIONS_MAX_MESSAGE + 64);
}

static void steps_are_limited(void **state)
{
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        assert_int_equal(wire_pattern_match(f.patterns, &f.b.arena, STR("(a+)+b"), long_text(&f, 'a', 60)),
                         0);
        assert_int_equal(
                wire_pattern_match(f.patterns, &f.b.arena, STR("(a|b)*"), long_text(&f, 'a', 100000)), 1);
        assert_int_equal(wire_pattern_match(f.patterns, &f.b.arena, STR("["), STR("a")), -EINVAL);
}

static void java_patterns(void **state)
{
        static const struct {
                struct str pattern, yes, no;
        } CASES[] = {
                {STR_INIT("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"), STR_INIT("/ab/"),
                 STR_INIT("/a b/")},
                {STR_INIT("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"), STR_INIT("a\n\u00e9"),
                 STR_INIT("\u0100")},
                {STR_INIT("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*"),
                 STR_INIT("\U0001F600\t"), STR_INIT("\n")},
                {STR_INIT("\\p{ASCII}+"), STR_INIT("abc"), STR_INIT("\u00e9")},
                {STR_INIT("[\\p{Alnum}\\-]+"), STR_INIT("a-9"), STR_INIT("a_9")},
                {STR_INIT("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"), STR_INIT("\u00e9\u4e2d1"), STR_INIT("a b")},
                {STR_INIT("^[a-z]+$"), STR_INIT("abc"), STR_INIT("abc\n")},
                {STR_INIT("a|ab"), STR_INIT("ab"), STR_INIT("abc")},
                {STR_INIT("[\\w-/.]+"), STR_INIT("a-/"), STR_INIT("a,b")},
                {STR_INIT("[\\p{L}-:]+"), STR_INIT("a-:"), STR_INIT("a1")},
                {STR_INIT("^.{2,100000}$"), STR_INIT("ab"), STR_INIT("a")},
                {STR_INIT("[a-zA-Z0-9-_]+"), STR_INIT("a-_"), STR_INIT("a.")},
                {STR_INIT(".+"), STR_INIT("a b"), STR_INIT("a\rb")},
                {STR_INIT("[\\]\\[]+"), STR_INIT("[]"), STR_INIT("a")},
        };
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                int yes = wire_pattern_match(f.patterns, &f.b.arena, CASES[i].pattern, CASES[i].yes);
                int no = wire_pattern_match(f.patterns, &f.b.arena, CASES[i].pattern, CASES[i].no);

                if (yes != 1 || no != 0)
                        fail_msg("%.*s: %d %d", STR_ARG(CASES[i].pattern), yes, no);
        }
}

#define THREADS 4

/* Each thread meets every pattern, most of them for the first time along with the others. */
static void *match_all(void *patterns)
{
        struct arena arena;
        long wrong = 0;

        for (int i = 0; i < 200; i++) {
                char pattern[32], value[32];

                arena_init(&arena, 1 << 16);
                (void)snprintf(pattern, sizeof(pattern), "[a-z]{%d}", i);
                (void)snprintf(value, sizeof(value), "%.*s", i % 26, "abcdefghijklmnopqrstuvwxyz");
                wrong += wire_pattern_match(patterns, &arena, str_of(pattern), str_of(value)) != (i < 26);
                arena_done(&arena);
        }
        return (void *)(uintptr_t)wrong;
}

static void threads_share_patterns(void **state)
{
        _cleanup_(wire_patterns_freep) struct wire_patterns *patterns = NULL;
        pthread_t threads[THREADS];
        void *wrong;

        (void)state;
        assert_int_equal(wire_patterns_new(&patterns), 0);
        for (size_t i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, match_all, patterns), 0);
        for (size_t i = 0; i < THREADS; i++) {
                assert_int_equal(pthread_join(threads[i], &wrong), 0);
                assert_null(wrong);
        }
}

/* Some services word a pattern that does not match themselves; another violation goes first. */
static void words_of_the_service(void **state)
{
        static const struct wire_type name_type = {.name = STR_INIT("nameType"),
                                                   .kind = WIRE_STRING,
                                                   .size = sizeof(struct str),
                                                   .flags = WIRE_HAS_MAX,
                                                   .max = 4,
                                                   .pattern = STR_INIT("[a-z]+"),
                                                   .says = STR_INIT("Letters only.")};
        static const struct wire_member members[] = {
                {.name = STR_INIT("UserName"), .wire_name = STR_INIT("UserName"), .type = &name_type},
                {.name = STR_INIT("Path"),
                 .wire_name = STR_INIT("Path"),
                 .type = &name_type,
                 .offset = sizeof(struct str)},
        };
        static const struct wire_type type = {.name = STR_INIT("Input"),
                                              .kind = WIRE_STRUCT,
                                              .size = 2 * sizeof(struct str),
                                              .members = members,
                                              .member_count = 2};
        struct str values[2] = {STR("ab1"), STR_NONE};
        _cleanup_(fixture_done) struct fixture f = {};

        (void)state;
        fixture_init(&f);
        assert_int_equal(wire_validate_value(&type, values, f.patterns, &f.b.arena, &f.found), 0);
        assert_int_equal(f.found.count, 1);
        assert_str(f.found.message, "The specified value for userName is invalid. Letters only.");
        values[1] = STR("abcde");
        assert_int_equal(wire_validate_value(&type, values, f.patterns, &f.b.arena, &f.found), 0);
        assert_int_equal(f.found.count, 1);
        assert_str(f.found.message, "1 validation error detected: Value 'abcde' at 'path' failed to satisfy "
                                    "constraint: Member must have length less than or equal to 4");
        values[0] = values[1] = STR("abc");
        assert_int_equal(wire_validate_value(&type, values, f.patterns, &f.b.arena, &f.found), 0);
        assert_int_equal(f.found.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good),
                cmocka_unit_test(missing),
                cmocka_unit_test(missing_by_its_own_name),
                cmocka_unit_test(strings),
                cmocka_unit_test(characters_not_bytes),
                cmocka_unit_test(numbers_and_blobs),
                cmocka_unit_test(secrets_are_not_quoted),
                cmocka_unit_test(nested),
                cmocka_unit_test(lists_and_maps_of_scalars),
                cmocka_unit_test(too_many),
                cmocka_unit_test(steps_are_limited),
                cmocka_unit_test(java_patterns),
                cmocka_unit_test(threads_share_patterns),
                cmocka_unit_test(words_of_the_service),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
