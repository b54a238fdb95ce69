/* Does an event fit? Of an array any element may; what is asked of several fields of objects in an array must
 * hold in the same object. Depth is bounded by the pattern's, and by jansson's of the event. */
#include "services/events/pattern_model.h"

#include <string.h>

static bool same_text(struct str a, struct str b, bool nocase)
{
        return nocase ? str_eq_nocase(a, b) : str_eq(a, b);
}

static bool has_end(const struct event_test *test, struct str text)
{
        size_t len = test->text.len;

        if (text.len < len)
                return false;
        return same_text(test->kind == TEST_PREFIX ? str_part(text, 0, len) : str_from(text, text.len - len),
                         test->text, test->nocase);
}

/* What stands between two asterisks is taken where it first comes: later could never leave more to what is
 * behind it. So the steps grow with the text, and not with the product of text and pattern. */
static bool fits_wildcard(struct str pattern, struct str text)
{
        ptrdiff_t star = str_find_byte(pattern, '\0');

        if (star < 0)
                return str_eq(pattern, text);
        if (!str_starts(text, str_part(pattern, 0, (size_t)star)))
                return false;
        text = str_from(text, (size_t)star);
        pattern = str_from(pattern, (size_t)star + 1);
        while ((star = str_find_byte(pattern, '\0')) >= 0) {
                ptrdiff_t at = str_find(text, str_part(pattern, 0, (size_t)star));

                if (at < 0)
                        return false;
                text = str_from(text, (size_t)(at + star));
                pattern = str_from(pattern, (size_t)star + 1);
        }
        return str_ends(text, pattern);
}

static bool is_in_net(const struct event_test *test, struct str text)
{
        unsigned int whole = test->net_bits / 8, rest = test->net_bits % 8;
        struct in6_addr address;
        bool is_four;

        if (!event_address(text, &address, &is_four) ||
            memcmp(address.s6_addr, test->net.s6_addr, whole) != 0) /* both are public */
                return false;
        return rest == 0 || (address.s6_addr[whole] ^ test->net.s6_addr[whole]) >> (8 - rest) == 0;
}

static bool is_in_range(const struct event_test *test, double number)
{
        if (test->low.is_set && (test->low.is_open ? number <= test->low.value : number < test->low.value))
                return false;
        return !test->high.is_set ||
               (test->high.is_open ? number < test->high.value : number <= test->high.value);
}

static bool fits_text(const struct event_test *test, struct str text)
{
        switch (test->kind) {
        case TEST_TEXT:
                return same_text(test->text, text, test->nocase);
        case TEST_PREFIX:
        case TEST_SUFFIX:
                return has_end(test, text);
        case TEST_WILDCARD:
                return fits_wildcard(test->text, text);
        case TEST_CIDR:
                return is_in_net(test, text);
        default:
                return false;
        }
}

/* "an event carrying such a value is not treated as a number and will not match a numeric comparison" */
bool event_number_is_exact(const json_t *number)
{
        if (json_is_integer(number))
                return json_integer_value(number) >= -EVENT_INTEGER_MAX &&
                       json_integer_value(number) <= EVENT_INTEGER_MAX;
        return json_real_value(number) >= (double)-EVENT_INTEGER_MAX &&
               json_real_value(number) <= (double)EVENT_INTEGER_MAX;
}

/* "300, 300.0, and 3.0e2 are not considered equal": of them, what has a fraction is told apart. */
static bool is_same_number(const struct event_test *test, const json_t *number)
{
        double value = json_number_value(number);

        if (test->is_real || json_is_real(number))
                return test->is_real && json_is_real(number) && test->number <= value &&
                       test->number >= value;
        return test->integer == json_integer_value(number);
}

static bool fits_number(const struct event_test *test, const json_t *number)
{
        if (test->kind == TEST_RANGE)
                return event_number_is_exact(number) && is_in_range(test, json_number_value(number));
        return test->kind == TEST_NUMBER && is_same_number(test, number);
}

static bool fits_scalar(const struct event_test *test, const json_t *value);

static bool fits_none_of(const struct event_test *tests, const json_t *value)
{
        for (const struct event_test *test = tests; test; test = test->next)
                if (fits_scalar(test, value))
                        return false;
        return true;
}

static bool fits_scalar(const struct event_test *test, const json_t *value)
{
        if (test->kind == TEST_PRESENT)
                return true;
        if (test->kind == TEST_NONE_OF)
                return fits_none_of(test->none_of, value);
        switch (json_typeof(value)) {
        case JSON_STRING:
                return fits_text(test, event_text(value));
        case JSON_INTEGER:
        case JSON_REAL:
                return fits_number(test, value);
        case JSON_TRUE:
                return test->kind == TEST_TRUE;
        case JSON_FALSE:
                return test->kind == TEST_FALSE;
        case JSON_NULL:
                return test->kind == TEST_NULL;
        default:
                return false;
        }
}

/* An empty array is nothing. */
static bool is_absent(const json_t *value)
{
        return !value || (json_is_array(value) && json_array_size(value) == 0);
}

/* "works on leaf nodes only": an object is none, nor is what is within it. */
static bool has_leaf(const json_t *value)
{
        size_t i;
        json_t *one;

        if (!value || json_is_object(value))
                return false;
        if (!json_is_array(value))
                return true;
        json_array_foreach((json_t *)value, i, one) if (has_leaf(one)) return true;
        return false;
}

static bool fits_leaf(const struct event_test *test, const json_t *value)
{
        size_t i;
        json_t *one;

        if (!value || json_is_object(value))
                return false;
        if (!json_is_array(value))
                return fits_scalar(test, value);
        json_array_foreach((json_t *)value, i, one) if (fits_leaf(test, one)) return true;
        return false;
}

static bool fits_value(const struct event_test *test, const json_t *value)
{
        return test->kind == TEST_ABSENT ? !has_leaf(value) : fits_leaf(test, value);
}

static bool fits_field(const struct event_field *field, const json_t *value)
{
        if (field->inside)
                return event_pattern_matches(field->inside, value);
        for (const struct event_test *test = field->tests; test; test = test->next)
                if (fits_value(test, value))
                        return true;
        return false;
}

static json_t *member(const json_t *object, struct str name)
{
        return json_object_get(object, name.ptr);
}

static bool fits_choice(const struct event_choice *choice, const json_t *object)
{
        for (const struct event_pattern *one = choice->alternatives; one; one = one->next)
                if (event_pattern_matches(one, object))
                        return true;
        return false;
}

static bool fits_object(const struct event_pattern *pattern, const json_t *object)
{
        for (const struct event_field *field = pattern->fields; field; field = field->next)
                if (!fits_field(field, member(object, field->name)))
                        return false;
        for (const struct event_choice *choice = pattern->choices; choice; choice = choice->next)
                if (!fits_choice(choice, object))
                        return false;
        return true;
}

bool event_pattern_matches(const struct event_pattern *pattern, const json_t *event)
{
        size_t i;
        json_t *one;

        if (is_absent(event) || !json_is_array(event))
                return fits_object(pattern, json_is_object(event) ? event : NULL);
        json_array_foreach((json_t *)event, i, one) if (event_pattern_matches(pattern, one)) return true;
        return false;
}
