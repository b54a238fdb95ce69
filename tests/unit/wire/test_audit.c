#include "wire_test.h"

#include "crate.h"

static void shows_all_but_secrets(void **state)
{
        struct sample_node tree = {.name = STR("n")};
        struct sample_in in = {
                .user_name = STR("alice"),
                .password = STR("pa55word"),
                .max_items = OPT_INT(5),
                .enabled = OPT_BOOL(true),
                .since = OPT_INT(INT64_C(1570057949000)),
                .data = STR("hello"),
                .secret_data = STR("topsecret"),
                .tags = {(struct sample_tag[]){{STR("Key"), STR("v")}}, 1, true},
                .tag_keys = {.is_set = true},
                .attributes = {(struct str_pair[]){{STR("Mixed"), STR("v")}}, 1, true},
                .tree = &tree,
                .mfa_device = STR("arn"),
        };
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        (void)state;
        buf_init(&buf, 1 << 16);
        json_open(&out, '{');
        json_key(&out, STR("requestParameters"));
        assert_int_equal(wire_audit_json(&sample_in_type, &in, &out), 0);
        json_key(&out, STR("responseElements"));
        assert_int_equal(wire_audit_json(&sample_in_type, &(struct sample_in){}, &out), 0);
        json_close(&out, '}');
        assert_str(buf_str(&buf), "{\"requestParameters\":{\"userName\":\"alice\",\"password\":\"HIDDEN_DUE_"
                                  "TO_SECURITY_REASONS\",\"enabled\":true,"
                                  "\"maxItems\":5,\"since\":\"Oct 2, 2019 11:12:29 "
                                  "PM\",\"data\":\"aGVsbG8=\",\"tags\":[{\"key\":\"Key\",\"value\":\"v\"}],"
                                  "\"tagKeys\":[],\"attributes\":{\"Mixed\":\"v\"},\"tree\":{\"name\":\"n\"},"
                                  "\"secretData\":\"HIDDEN_DUE_TO_SECURITY_REASONS\",\"mFADevice\":\"arn\"},"
                                  "\"responseElements\":null}");
}

static void times(void **state)
{
        static const struct {
                int64_t ms;
                struct str text;
        } CASES[] = {
                {0, STR_INIT("{\"since\":\"Jan 1, 1970 12:00:00 AM\"}")},
                {-1, STR_INIT("{\"since\":\"Dec 31, 1969 11:59:59 PM\"}")},
                {INT64_C(1395773140999), STR_INIT("{\"since\":\"Mar 25, 2014 6:45:40 PM\"}")},
                {INT64_C(1767268800000), STR_INIT("{\"since\":\"Jan 1, 2026 12:00:00 PM\"}")},
        };
        _cleanup_(buf_done) struct buf buf = {};

        (void)state;
        buf_init(&buf, 1024);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct sample_in in = {.since = OPT_INT(CASES[i].ms)};
                struct json_out out = {.buf = &buf};

                buf_clear(&buf);
                assert_int_equal(wire_audit_json(&sample_in_type, &in, &out), 0);
                if (!str_eq(buf_str(&buf), CASES[i].text))
                        fail_msg("%.*s", STR_ARG(buf_str(&buf)));
        }
}

static void streams_are_left_out(void **state)
{
        struct crate_put_crate_in in = {.key = STR("k"), .body = STR("\xff")};
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};
        const struct wire_type *type = wire_find_operation(&crate_service, STR("PutCrate"))->input;

        (void)state;
        buf_init(&buf, 1000);
        assert_int_equal(wire_audit_json(type, &in, &out), 0);
        assert_str(buf_str(&buf), "{\"key\":\"k\"}");
        buf_clear(&buf);
        out = (struct json_out){.buf = &buf};
        in.key = STR_NONE;
        assert_int_equal(wire_audit_json(type, &in, &out), 0);
        assert_str(buf_str(&buf), "null");
}

static void too_large_is_left_out(void **state)
{
        static char large[WIRE_AUDIT_MAX + 1];
        struct sample_in in = {.user_name = {large, sizeof(large)}};
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        (void)state;
        memset(large, 'x', sizeof(large));
        buf_init(&buf, 4 * sizeof(large));
        json_open(&out, '{');
        json_key(&out, STR("a"));
        assert_int_equal(wire_audit_json(&sample_in_type, &in, &out), -EMSGSIZE);
        json_str(&out, STR("omitted"));
        json_close(&out, '}');
        assert_str(buf_str(&buf), "{\"a\":\"omitted\"}");
        buf.max = 1000;
        buf_clear(&buf);
        out = (struct json_out){.buf = &buf};
        assert_int_equal(wire_audit_json(&sample_in_type, &in, &out), -EMSGSIZE);
        assert_int_equal(buf.len, 0);
        assert_int_equal(buf_check(&buf), 0);
}

/* -- What events leave out */

struct quiet {
        struct str name, cipher, note, both;
        struct str_list tokens, ciphers;
        struct str_map by_name;
        struct quiet *inner;
};

static const struct wire_type TEXT = {
        .name = STR_INIT("string"), .kind = WIRE_STRING, .size = sizeof(struct str)};
static const struct wire_type CIPHER = {
        .name = STR_INIT("cipher"), .kind = WIRE_BLOB, .size = sizeof(struct str), .flags = WIRE_UNRECORDED};
static const struct wire_type TOKENS = {.name = STR_INIT("tokens"),
                                        .kind = WIRE_LIST,
                                        .size = sizeof(struct wire_list),
                                        .element = &TEXT,
                                        .flags = WIRE_UNRECORDED};
static const struct wire_type CIPHERS = {
        .name = STR_INIT("ciphers"), .kind = WIRE_LIST, .size = sizeof(struct wire_list), .element = &CIPHER};
static const struct wire_type BY_NAME = {.name = STR_INIT("byName"),
                                         .kind = WIRE_MAP,
                                         .size = sizeof(struct wire_map),
                                         .key = &TEXT,
                                         .element = &CIPHER,
                                         .value_offset = sizeof(struct str)};
static const struct wire_type QUIET;

#define QUIET_MEMBER(text, field, of, of_flags)                                                              \
        {                                                                                                    \
                .name = STR_INIT(text), .wire_name = STR_INIT(text), .type = &(of), .flags = (of_flags),     \
                .offset = offsetof(struct quiet, field)                                                      \
        }

static const struct wire_member QUIET_MEMBERS[] = {
        QUIET_MEMBER("Name", name, TEXT, 0),
        QUIET_MEMBER("Cipher", cipher, CIPHER,
                     WIRE_UNRECORDED), /* as apigen writes it: the type's flag too */
        QUIET_MEMBER("Note", note, TEXT, WIRE_UNRECORDED),
        QUIET_MEMBER("Both", both, TEXT, WIRE_UNRECORDED | WIRE_SECRET),
        QUIET_MEMBER("Tokens", tokens, TOKENS, WIRE_UNRECORDED),
        QUIET_MEMBER("Ciphers", ciphers, CIPHERS, 0),
        QUIET_MEMBER("ByName", by_name, BY_NAME, 0),
        QUIET_MEMBER("Inner", inner, QUIET, 0),
};
static const struct wire_type QUIET = {.name = STR_INIT("Quiet"),
                                       .kind = WIRE_STRUCT,
                                       .size = sizeof(struct quiet),
                                       .members = QUIET_MEMBERS,
                                       .member_count = ARRAY_LEN(QUIET_MEMBERS)};

static void assert_shown(const struct quiet *quiet, struct str expected)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, 1 << 16);
        assert_int_equal(wire_audit_json(&QUIET, quiet, &out), 0);
        if (!str_eq(buf_str(&buf), expected))
                fail_msg("%.*s", STR_ARG(buf_str(&buf)));
}

static void what_is_unrecorded_is_left_out(void **state)
{
        struct str two[] = {STR("one"), STR("two")};
        struct str_pair pair[] = {{STR("k"), STR("v")}};
        struct quiet inner = {.name = STR("in"), .cipher = STR("c"), .both = STR("b")};
        struct quiet quiet = {.cipher = STR("c"),
                              .note = STR("n"),
                              .both = STR("b"),
                              .tokens = {two, 2, true},
                              .ciphers = {two, 2, true},
                              .by_name = {pair, 1, true}};

        (void)state;
        assert_shown(&quiet, STR("null")); /* nothing is left to be told */
        quiet.name = STR("n");
        assert_shown(&quiet, STR("{\"name\":\"n\"}"));
        quiet.inner = &inner;
        assert_shown(&quiet, STR("{\"name\":\"n\",\"inner\":{\"name\":\"in\"}}"));
        inner.name = STR_NONE;
        assert_shown(&quiet, STR("{\"name\":\"n\",\"inner\":{}}"));
}

/* However large: it is not looked at. */
static void what_is_unrecorded_takes_no_room(void **state)
{
        static char large[2 * WIRE_AUDIT_MAX];
        const struct quiet quiet = {.name = STR("n"), .cipher = {large, sizeof(large)}};

        (void)state;
        assert_shown(&quiet, STR("{\"name\":\"n\"}"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_all_but_secrets),
                cmocka_unit_test(times),
                cmocka_unit_test(streams_are_left_out),
                cmocka_unit_test(too_large_is_left_out),
                cmocka_unit_test(what_is_unrecorded_is_left_out),
                cmocka_unit_test(what_is_unrecorded_takes_no_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
