/* Questions written as JSON with single quotes, so that they read well inside C. */
#pragma once

#include "policy/question_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Single quotes become double ones; "\x60" (a backtick) stands for a single quote. Freed by the caller. */
char *json_of(const char *quoted);

/* "Decision by type" of a question, or its problem. In a buffer that the next call reuses. */
const char *decide(const char *quoted_question);

#define assert_decision(question, expected) assert_string_equal(decide(question), expected)
