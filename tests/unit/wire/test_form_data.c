/* multipart/form-data: the same whatever the pieces that it comes in, and every way of being none. */
#include "wire/form_data.h"
#include "base/buf.h"

#include "../check.h"

#define TYPE     "multipart/form-data; boundary=xYzZY"
#define TOLD_MAX ((size_t)256 * 1024)

/* What was told, as one text: "name=value;" and "[file name]" and the file. */
struct told {
        struct buf text;
        int answer; /* to the file's bytes */
};

static int take_field(void *arg, struct str name, struct str value)
{
        struct told *told = arg;

        buf_addf(&told->text, "%.*s=%.*s;", STR_ARG(name), STR_ARG(value));
        return 0;
}

static int take_file(void *arg, struct str file_name)
{
        struct told *told = arg;

        buf_add(&told->text, STR("["));
        buf_add(&told->text, str_is_set(file_name) ? file_name : STR("none"));
        buf_add(&told->text, STR("]"));
        return 0;
}

static int take_bytes(void *arg, struct str bytes)
{
        struct told *told = arg;

        assert_true(bytes.len > 0);
        buf_add(&told->text, bytes);
        return told->answer;
}

/* In a first piece, and then pieces of a size. */
static enum form_data_problem decode(const char *type, struct str body, size_t first, size_t piece,
                                     struct told *told)
{
        static struct form_data form;
        const struct form_data_taker taker = {take_field, take_file, take_bytes, told};
        int r = form_data_begin(&form, str_of(type));

        if (r == 0 && first)
                r = form_data_push(&form, str_part(body, 0, first), &taker);
        for (size_t at = first; r == 0 && at < body.len; at += piece)
                r = form_data_push(&form, str_part(body, at, piece), &taker);
        if (r == 0)
                r = form_data_end(&form);
        assert_int_equal(r, form.problem ? -EBADMSG : 0);
        if (r < 0) /* and it stays so */
                assert_int_equal(form_data_push(&form, body, &taker), -EBADMSG);
        assert_false(told->text.failed);
        return form.problem;
}

static enum form_data_problem decode_cut(struct str body, size_t first, size_t piece, struct buf *ret)
{
        struct told told = {};
        enum form_data_problem problem;

        buf_init(&told.text, TOLD_MAX);
        problem = decode(TYPE, body, first, piece, &told);
        *ret = told.text;
        return problem;
}

/* Cut in two at every byte, and in pieces of some sizes. */
static void assert_form(struct str body, const char *expected)
{
        static const size_t PIECES[] = {1, 2, 3, 7, 64};
        struct buf text;

        for (size_t cut = 0; cut <= body.len; cut++) {
                assert_int_equal(decode_cut(body, cut, body.len + 1, &text), FORM_DATA_OK);
                assert_str(buf_str(&text), str_of(expected));
                buf_done(&text);
        }
        for (size_t i = 0; i < ARRAY_LEN(PIECES); i++) {
                assert_int_equal(decode_cut(body, 0, PIECES[i], &text), FORM_DATA_OK);
                assert_str(buf_str(&text), str_of(expected));
                buf_done(&text);
        }
}

static void assert_refused(const char *body, enum form_data_problem problem)
{
        struct str all = str_of(body);
        struct buf text;

        for (size_t cut = 0; cut <= all.len; cut++) {
                assert_int_equal(decode_cut(all, cut, all.len + 1, &text), problem);
                buf_done(&text);
        }
        assert_int_equal(decode_cut(all, 0, 1, &text), problem);
        buf_done(&text);
}

#define PART(name, value) "--xYzZY\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_PART(more, bytes)                                                                               \
        "--xYzZY\r\nContent-Disposition: form-data; name=\"file\"" more "\r\n\r\n" bytes "\r\n"
#define END "--xYzZY--\r\n"

static void test_good(void **state)
{
        (void)state;
        assert_form(
                STR(PART("key", "k") PART("empty", "") FILE_PART("; filename=\"a.jpg\"", "some bytes") END),
                "key=k;empty=;[a.jpg]some bytes");
        assert_form(STR(FILE_PART("", "") END), "[none]");
        assert_form(STR("passed over\r\n" PART("a", "lines\r\nof\r\n--xYzZ\r\n\r\n")
                                FILE_PART("", "x") "--xYzZY"),
                    "a=lines\r\nof\r\n--xYzZ\r\n\r\n;[none]x");
        assert_form(STR(FILE_PART("", "first") PART("late", "x") FILE_PART("", "second") END "more"),
                    "[none]first");
        assert_form(
                STR("--xYzZY \t\r\nX-Other: a\r\ncontent-disposition:form-data;name=file\r\nContent-Type: "
                    "a/b\r\n\r\nx\r\n--xYzZY--"),
                "[none]x");
}

static void test_what_looks_like_a_delimiter(void **state)
{
        (void)state;
        assert_form(STR(FILE_PART("", "\r\r\n\r\n-\r\n--\r\n--xYzZ\r\n--xYzZX--xYzZY\r") END),
                    "[none]\r\r\n\r\n-\r\n--\r\n--xYzZ\r\n--xYzZX--xYzZY\r");
        assert_form(STR(FILE_PART("", "\r\n--\r\n--xYzZ") "\r\n--xYzZY--"), "[none]\r\n--\r\n--xYzZ\r\n");
}

static void test_names(void **state)
{
        (void)state;
        assert_form(STR(FILE_PART("; filename=\"C:\\dir\\a b.jpg\"", "x") END), "[a b.jpg]x");
        assert_form(STR(FILE_PART("; filename=\"/dir/a;b=c.jpg\"", "x") END), "[a;b=c.jpg]x");
        assert_form(STR(FILE_PART("; filename=\"\"", "x") END), "[]x");
        assert_form(STR(FILE_PART(";filename=a.jpg ; other=\"x\" ;", "x") END), "[a.jpg]x");
        assert_form(STR(PART("a\\\"b", "c") FILE_PART("", "x") END), "a\\\"b=c;[none]x");
        assert_form(STR("--xYzZY\r\nContent-Disposition: form-data; name=FILE\r\n\r\nx\r\n" END), "[none]x");
}

static void test_malformed(void **state)
{
        static const char *const HEADERS[] = {
                "Content-Disposition: form-data",
                "Content-Disposition: form-data; name=",
                "Content-Disposition: form-data; name=\"\"",
                "Content-Disposition: form-data; name=\"a",
                "Content-Disposition: form-data; name",
                "Content-Disposition: form-data; =\"a\"",
                "Content-Disposition: form-data; name=\"a\" b",
                "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
                "Content-Disposition: form-data; name=\"file\"; filename=\"b\"; filename=\"c\"",
                "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"a\"",
                "Content-Disposition: attachment; name=\"a\"",
                "Content-Disposition: form-data; name=\"a\nb\"",
                "Content-Disposition: form-data; name=\"a\rb\"",
                "Content-Disposition form-data",
                ": form-data",
                "Content-Type: a/b",
                "Content-Disposition: form-data; name=\"a\"\n",
        };
        char body[512];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(HEADERS); i++) {
                assert_true(snprintf(body, sizeof(body), "--xYzZY\r\n%s\r\n\r\nx\r\n" FILE_PART("", "x") END,
                                     HEADERS[i]) < (int)sizeof(body));
                assert_refused(body, FORM_DATA_MALFORMED);
        }
        assert_refused("", FORM_DATA_MALFORMED);
        assert_refused("nothing", FORM_DATA_MALFORMED);
        assert_refused("--xYzZYx\r\n", FORM_DATA_MALFORMED);
        assert_refused(PART("a", "b"), FORM_DATA_MALFORMED);
        assert_refused(FILE_PART("", "x"), FORM_DATA_MALFORMED);
        assert_refused(FILE_PART("", "x") "--xYzZ", FORM_DATA_MALFORMED);
        assert_refused(PART("a", "b") END, FORM_DATA_NO_FILE);
        assert_refused("--xYzZY--", FORM_DATA_NO_FILE);
}

static void test_boundaries(void **state)
{
        static const struct {
                const char *type;
                enum form_data_problem problem;
        } CASES[] = {
                {"Multipart/Form-Data ;Boundary=\"xYzZY\"", FORM_DATA_OK},
                {"multipart/form-data; charset=utf-8; boundary=xYzZY;", FORM_DATA_OK},
                {"multipart/form-data", FORM_DATA_MALFORMED},
                {"multipart/form-data; boundary=", FORM_DATA_MALFORMED},
                {"multipart/form-data; boundary=\"xYzZY", FORM_DATA_MALFORMED},
                {"multipart/form-data; boundary=xYzZY; boundary=xYzZY", FORM_DATA_MALFORMED},
                {"multipart/form-data boundary=xYzZY", FORM_DATA_MALFORMED},
                {"multipart/mixed; boundary=xYzZY", FORM_DATA_MALFORMED},
                {"multipart/form-data; boundary=\x7f", FORM_DATA_MALFORMED},
                {"multipart/form-data; boundary="
                 "12345678901234567890123456789012345678901234567890123456789012345678901",
                 FORM_DATA_MALFORMED},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                struct told told = {};

                buf_init(&told.text, TOLD_MAX);
                assert_int_equal(decode(CASES[i].type, STR(FILE_PART("", "x") END), 0, 5, &told),
                                 CASES[i].problem);
                buf_done(&told.text);
        }
        assert_true(form_data_is(STR("multipart/form-data; boundary=a")));
        assert_true(form_data_is(STR("MULTIPART/FORM-DATA")));
        assert_false(form_data_is(STR("multipart/form-datas")));
        assert_false(form_data_is(STR_NONE));
}

static enum form_data_problem decode_padded(size_t padding, size_t piece, size_t file)
{
        static char body[TOLD_MAX];
        struct buf text;
        size_t len = 0;
        enum form_data_problem problem;

        len += (size_t)snprintf(body, sizeof(body),
                                "--xYzZY\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
        memset(body + len, 'x', padding);
        len += padding;
        len += (size_t)snprintf(body + len, sizeof(body) - len, "\r\n" FILE_PART("", "") "");
        len -= 2;
        memset(body + len, 'y', file);
        len += file;
        len += (size_t)snprintf(body + len, sizeof(body) - len, "\r\n" END);
        problem = decode_cut(str_make(body, len), 0, piece, &text);
        if (problem == FORM_DATA_OK)
                assert_int_equal(text.len, padding + strlen("a=;[none]") + file);
        buf_done(&text);
        return problem;
}

/* A CR LF in front of it counts too. */
static void test_limit(void **state)
{
        static const size_t PIECES[] = {1, 999, 100000};
        size_t rest = strlen("\r\n" PART("a", "") FILE_PART("", "")) - 2;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(PIECES); i++)
                for (size_t file = 0; file < 100000; file += 33333) {
                        assert_int_equal(decode_padded(FORM_DATA_HEAD_MAX - rest, PIECES[i], file),
                                         FORM_DATA_OK);
                        assert_int_equal(decode_padded(FORM_DATA_HEAD_MAX - rest + 1, PIECES[i], file),
                                         FORM_DATA_TOO_LONG);
                }
}

static void test_an_end_by_who_is_told(void **state)
{
        static struct form_data form;
        struct told told = {.answer = -ENOSPC};
        const struct form_data_taker taker = {take_field, take_file, take_bytes, &told};

        (void)state;
        buf_init(&told.text, TOLD_MAX);
        assert_int_equal(form_data_begin(&form, STR(TYPE)), 0);
        assert_int_equal(form_data_push(&form, STR(FILE_PART("", "x") END), &taker), -ENOSPC);
        assert_int_equal(form_data_push(&form, STR("x"), &taker), -ENOSPC);
        assert_int_equal(form_data_end(&form), -ENOSPC);
        assert_int_equal(form.problem, FORM_DATA_OK);
        buf_done(&told.text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_what_looks_like_a_delimiter),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_boundaries),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_an_end_by_who_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
