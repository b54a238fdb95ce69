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

/* On a mismatch only the last wildcard needs to take one byte more: an earlier one could never do better. */
static bool fits_wildcard(struct str pattern, struct str text)
{
        size_t i = 0, j = 0, star = SIZE_MAX, resume = 0;

        while (j < text.len) {
                if (i < pattern.len && pattern.ptr[i] == '\0') {
                        star = i++;
                        resume = j;
                } else if (i < pattern.len && pattern.ptr[i] == text.ptr[j]) {
                        i++;
                        j++;
                } else if (star != SIZE_MAX) {
                        i = star + 1;
                        j = ++resume;
                } else {
                        return false;
                }
        }
        while (i < pattern.len && pattern.ptr[i] == '\0')
                i++;
        return i == pattern.len;
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

/* "300, 300.0, and 3.0e2 are not considered equal": of them, what has a fraction is told apart. */
static bool fits_number(const struct event_test *test, const json_t *number)
{
        double value = json_number_value(number);

        if (test->kind == TEST_RANGE)
                return is_in_range(test, value);
        return test->kind == TEST_NUMBER && test->is_real == json_is_real(number) && test->number <= value &&
               test->number >= value;
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

static bool fits_value(const struct event_test *test, const json_t *value)
{
        size_t i;
        json_t *one;

        if (is_absent(value) || json_is_object(value))
                return test->kind == TEST_ABSENT; /* "works on leaf nodes only" */
        if (!json_is_array(value))
                return fits_scalar(test, value);
        json_array_foreach((json_t *)value, i,
                           one) if (fits_value(test, one) && test->kind != TEST_ABSENT) return true;
        return false;
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
