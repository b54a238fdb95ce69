/* What a field may be: values, and objects with the name of an operator. */
#include "services/events/pattern_model.h"

#include <arpa/inet.h>
#include <string.h>

static struct event_test *new_test(struct event_compiler *compiler, enum event_test_kind kind)
{
        struct event_test *test = arena_new(compiler->arena, struct event_test);

        if (test)
                test->kind = kind;
        return test;
}

static int push(struct event_test *test, const struct event_test **list)
{
        if (!test)
                return -ENOMEM;
        test->next = *list;
        *list = test;
        return 0;
}

static int push_text(struct event_compiler *compiler, enum event_test_kind kind, const json_t *string,
                     bool nocase, const struct event_test **list)
{
        struct event_test *test = new_test(compiler, kind);

        if (!test)
                return -ENOMEM;
        test->nocase = nocase;
        test->text = arena_dup(compiler->arena, event_text(string));
        return str_is_set(test->text) ? push(test, list) : -ENOMEM;
}

static int push_number(struct event_compiler *compiler, const json_t *number, const struct event_test **list)
{
        struct event_test *test = new_test(compiler, TEST_NUMBER);

        if (!test)
                return -ENOMEM;
        test->number = json_number_value(number);
        test->integer = json_integer_value(number);
        test->is_real = json_is_real(number);
        return push(test, list);
}

/* -- Operators */

static int need_text(struct event_compiler *compiler, const char *operator, const json_t * value)
{
        return json_is_string(value)
                       ? 0
                       : event_pattern_refuse(compiler, "%s match pattern must be a string", operator);
}

static int add_end(struct event_compiler *compiler, const char *operator, enum event_test_kind kind,
                   const json_t *value, const struct event_test **list)
{
        const json_t *folded = json_object_get(value, "equals-ignore-case");
        bool nocase = json_is_object(value) && json_object_size(value) == 1 && folded;

        TRY(need_text(compiler, operator, nocase ? folded : value));
        return push_text(compiler, kind, nocase ? folded : value, nocase, list);
}

static int add_prefix(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        return add_end(compiler, "prefix", TEST_PREFIX, value, list);
}

static int add_suffix(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        return add_end(compiler, "suffix", TEST_SUFFIX, value, list);
}

static int add_folded(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        TRY(need_text(compiler, "equals-ignore-case", value));
        return push_text(compiler, TEST_TEXT, value, true, list);
}

/* "a backslash to escape": \* is an asterisk, \\ a backslash. */
static int read_wildcard(struct event_compiler *compiler, struct str text, char *out, size_t *ret_len)
{
        size_t len = 0;

        for (size_t i = 0; i < text.len; i++) {
                if (text.ptr[i] == '*' && i + 1 < text.len && text.ptr[i + 1] == '*')
                        return event_pattern_refuse(compiler, "Consecutive wildcard characters at pos %zu",
                                                    i);
                if (text.ptr[i] == '\\' && (i + 1 == text.len || !strchr("*\\", text.ptr[i + 1])))
                        return event_pattern_refuse(compiler, "Invalid escape character at pos %zu", i);
                if (text.ptr[i] == '\0')
                        return event_pattern_refuse(compiler, "Invalid character at pos %zu", i);
                out[len++] = text.ptr[i] == '\\' ? text.ptr[++i] : text.ptr[i] == '*' ? '\0' : text.ptr[i];
        }
        *ret_len = len;
        return 0;
}

static int add_wildcard(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        struct event_test *test = new_test(compiler, TEST_WILDCARD);
        char *out;

        TRY(need_text(compiler, "wildcard", value));
        out = arena_alloc(compiler->arena, json_string_length(value) + 1);
        if (!test || !out)
                return -ENOMEM;
        TRY(read_wildcard(compiler, event_text(value), out, &test->text.len));
        test->text.ptr = out;
        return push(test, list);
}

static int add_exists(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        if (!json_is_boolean(value))
                return event_pattern_refuse(compiler, "exists match pattern must be either true or false.");
        return push(new_test(compiler, json_is_true(value) ? TEST_PRESENT : TEST_ABSENT), list);
}

/* -- Numbers: ["=", 5], [">", 0], [">=", 0, "<", 5] */

static int take_bound(struct event_compiler *compiler, const char *sign, double number,
                      struct event_test *test)
{
        struct event_bound bound = {.is_set = true, .is_open = !strchr(sign, '='), .value = number};
        struct event_bound *place = sign[0] == '<' ? &test->high : &test->low;

        /* Only the lower bound begins a range, as in AWS's own engine:
         * https://github.com/aws/event-ruler */
        if (place->is_set || (compiler->is_new && test->high.is_set))
                return event_pattern_refuse(compiler, "Too many elements in numeric expression");
        *place = bound;
        if (str_eq(str_of(sign), STR("=")))
                test->high = bound;
        return 0;
}

static bool is_sign(const char *text)
{
        static const char *const SIGNS[] = {"=", "<", "<=", ">", ">="};

        for (size_t i = 0; text && i < sizeof(SIGNS) / sizeof(*SIGNS); i++)
                if (str_eq(str_of(text), str_of(SIGNS[i])))
                        return true;
        return false;
}

static int take_pair(struct event_compiler *compiler, const json_t *sign, const json_t *number,
                     struct event_test *test)
{
        const char *text = json_string_value(sign);

        if (!is_sign(text))
                return event_pattern_refuse(compiler, "Unrecognized numeric range operator: %s",
                                            text ? text : "not a string");
        if (!json_is_number(number))
                return event_pattern_refuse(compiler, "Value of %s must be numeric", text);
        if (!event_number_is_exact(number))
                return event_pattern_refuse(compiler, "Value must be between -2^53 and 2^53, inclusive");
        return take_bound(compiler, text, json_number_value(number), test);
}

static int check_range(struct event_compiler *compiler, const struct event_test *test)
{
        bool may_be_equal = !test->low.is_open && !test->high.is_open;

        if (!test->low.is_set || !test->high.is_set || test->low.value < test->high.value)
                return 0;
        if (may_be_equal && test->low.value <= test->high.value)
                return 0;
        return event_pattern_refuse(compiler, "Bottom must be less than top");
}

static int add_numeric(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        struct event_test *test = new_test(compiler, TEST_RANGE);
        size_t size = json_array_size(value);

        if (!test)
                return -ENOMEM;
        if (size != 2 && size != 4)
                return event_pattern_refuse(compiler,
                                            "Numeric match must be an array of operators and numbers");
        for (size_t i = 0; i < size; i += 2)
                TRY(take_pair(compiler, json_array_get(value, i), json_array_get(value, i + 1), test));
        TRY(check_range(compiler, test));
        return push(test, list);
}

/* -- Addresses */

bool event_address(struct str text, struct in6_addr *ret, bool *ret_is_four)
{
        char buffer[INET6_ADDRSTRLEN];
        struct in_addr four;

        if (str_to_buffer(text, buffer, sizeof(buffer)) < 0 || strlen(buffer) != text.len)
                return false;
        *ret_is_four = inet_pton(AF_INET, buffer, &four) == 1;
        if (!*ret_is_four)
                return inet_pton(AF_INET6, buffer, ret) == 1;
        *ret = (struct in6_addr){.s6_addr = {[10] = 0xFF, [11] = 0xFF}};
        memcpy(&ret->s6_addr[12], &four, sizeof(four));
        return true;
}

static int add_cidr(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        struct event_test *test = new_test(compiler, TEST_CIDR);
        struct str bits, address;
        uint64_t count;
        bool is_four;

        if (!test)
                return -ENOMEM;
        TRY(need_text(compiler, "CIDR", value));
        bits = event_text(value);
        if (!str_cut(&bits, '/', &address) || !str_is_set(bits) || str_has_byte(bits, '/'))
                return event_pattern_refuse(compiler, "Malformed CIDR, one '/' required");
        if (!event_address(address, &test->net, &is_four))
                return event_pattern_refuse(compiler, "Malformed IP: %.*s", STR_ARG(address));
        if (str_to_u64(bits, &count) < 0 || count > (is_four ? 32 : 128))
                return event_pattern_refuse(compiler,
                                            "Malformed CIDR, mask bits must be an integer of at most %d",
                                            is_four ? 32 : 128);
        test->net_bits = (unsigned int)count + (is_four ? 96 : 0);
        return push(test, list);
}

/* -- anything-but */

/* "lists that contain only strings, or only numbers" */
static int check_kinds(struct event_compiler *compiler, const json_t *values)
{
        size_t i;
        json_t *one;

        json_array_foreach((json_t *)values, i, one) if (
                json_is_string(one) !=
                json_is_string(json_array_get(
                        values,
                        0))) return event_pattern_refuse(compiler,
                                                         "Inside anything but list, either all values are "
                                                         "number or string, mixed type is not supported");
        return 0;
}

static int add_excluded(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        if (json_is_string(value))
                return push_text(compiler, TEST_TEXT, value, false, list);
        if (json_is_number(value))
                return push_number(compiler, value, list);
        return event_pattern_refuse(compiler,
                                    "Inside anything but list, start|null|boolean is not supported.");
}

static int add_each(struct event_compiler *compiler, const json_t *value, const struct event_test **list,
                    int (*add)(struct event_compiler *, const json_t *, const struct event_test **))
{
        size_t i;
        json_t *one;

        if (!json_is_array(value))
                return add(compiler, value, list);
        if (json_array_size(value) == 0)
                return event_pattern_refuse(compiler, "Empty arrays are not allowed");
        json_array_foreach((json_t *)value, i, one) TRY(add(compiler, one, list));
        return 0;
}

static const struct excluding {
        const char *name;
        int (*add)(struct event_compiler *, const json_t *, const struct event_test **);
} EXCLUDING[] = {
        {"prefix", add_prefix},
        {"suffix", add_suffix},
        {"equals-ignore-case", add_folded},
        {"wildcard", add_wildcard},
};

/* It would exclude every text. https://github.com/aws/event-ruler */
static int check_ends(struct event_compiler *compiler, const struct event_test *list)
{
        for (const struct event_test *test = list; compiler->is_new && test; test = test->next)
                if ((test->kind == TEST_PREFIX || test->kind == TEST_SUFFIX) && test->text.len == 0)
                        return event_pattern_refuse(compiler, "Null prefix/suffix not allowed");
        return 0;
}

static int add_excluded_by(struct event_compiler *compiler, const json_t *value,
                           const struct event_test **list)
{
        for (size_t i = 0; i < sizeof(EXCLUDING) / sizeof(*EXCLUDING); i++) {
                const json_t *what = json_object_get(value, EXCLUDING[i].name);

                if (what && json_object_size(value) == 1)
                        return add_each(compiler, what, list, EXCLUDING[i].add);
        }
        return event_pattern_refuse(compiler, "Unsupported anything-but pattern");
}

static int add_anything_but(struct event_compiler *compiler, const json_t *value,
                            const struct event_test **list)
{
        struct event_test *test = new_test(compiler, TEST_NONE_OF);

        if (!test)
                return -ENOMEM;
        TRY(check_kinds(compiler, value));
        if (json_is_object(value))
                TRY(add_excluded_by(compiler, value, &test->none_of));
        else
                TRY(add_each(compiler, value, &test->none_of, add_excluded));
        TRY(check_ends(compiler, test->none_of));
        return push(test, list);
}

/* -- One of the values of a field */

static const struct excluding OPERATORS[] = {
        {"prefix", add_prefix},
        {"suffix", add_suffix},
        {"equals-ignore-case", add_folded},
        {"exists", add_exists},
        {"numeric", add_numeric},
        {"wildcard", add_wildcard},
        {"cidr", add_cidr},
        {"anything-but", add_anything_but},
};

static int add_operator(struct event_compiler *compiler, const json_t *object, const struct event_test **list)
{
        const char *name = json_object_iter_key(json_object_iter((json_t *)object));

        if (json_object_size(object) != 1)
                return event_pattern_refuse(compiler, "Only one key allowed in match expression");
        for (size_t i = 0; i < sizeof(OPERATORS) / sizeof(*OPERATORS); i++)
                if (str_eq(str_of(name), str_of(OPERATORS[i].name)))
                        return OPERATORS[i].add(compiler, json_object_get(object, name), list);
        return event_pattern_refuse(compiler, "Unrecognized match type %s", name);
}

static int add_value(struct event_compiler *compiler, const json_t *value, const struct event_test **list)
{
        switch (json_typeof(value)) {
        case JSON_STRING:
                return push_text(compiler, TEST_TEXT, value, false, list);
        case JSON_INTEGER:
        case JSON_REAL:
                return push_number(compiler, value, list);
        case JSON_TRUE:
                return push(new_test(compiler, TEST_TRUE), list);
        case JSON_FALSE:
                return push(new_test(compiler, TEST_FALSE), list);
        case JSON_NULL:
                return push(new_test(compiler, TEST_NULL), list);
        case JSON_OBJECT:
                return add_operator(compiler, value, list);
        case JSON_ARRAY:
                break;
        }
        return event_pattern_refuse(compiler, "Match value must be String, number, true, false, or null");
}

int event_tests_compile(struct event_compiler *compiler, const json_t *values, const struct event_test **ret)
{
        const struct event_test *list = NULL;

        TRY(add_each(compiler, values, &list, add_value));
        *ret = list;
        return 0;
}
