/* cmocka with what it wants before it, and assertions about strings. */
#pragma once

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Content and length, zero bytes included; shows both when they differ. */
#define assert_str(actual, expected) assert_str_at((actual), (expected), __FILE__, __LINE__)

static inline void assert_str_at(struct str actual, struct str expected, const char *file, int line)
{
        if (str_eq(actual, expected) && str_is_set(actual) == str_is_set(expected))
                return;
        print_error("%s:%d: \"%.*s\" (%zu bytes), not \"%.*s\" (%zu bytes)\n", file, line, STR_ARG(actual),
                    actual.len, STR_ARG(expected), expected.len);
        _fail(file, line);
}
