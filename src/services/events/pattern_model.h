/* What a compiled pattern is made of. For the files pattern_*.c alone. */
#pragma once

#include <netinet/in.h>

#include "services/events/pattern.h"

/* Up to which "integers are matched exactly": 2^53. */
#define EVENT_INTEGER_MAX INT64_C(9007199254740992)

enum event_test_kind {
        TEST_TEXT,
        TEST_NUMBER,
        TEST_TRUE,
        TEST_FALSE,
        TEST_NULL,
        TEST_PREFIX,
        TEST_SUFFIX,
        TEST_WILDCARD,
        TEST_RANGE,
        TEST_CIDR,
        TEST_PRESENT,
        TEST_ABSENT,
        TEST_NONE_OF, /* anything-but */
};

struct event_bound {
        bool is_set, is_open; /* open: the value itself is outside */
        double value;
};

/* One of the values of a field, any of which may fit. */
struct event_test {
        enum event_test_kind kind;
        bool nocase;
        struct str text; /* of a wildcard: an asterisk that stands for any bytes is a NUL */
        bool is_real;
        double number;
        int64_t integer; /* the same, when it is none with a fraction */
        struct event_bound low, high;
        struct in6_addr net;
        unsigned int net_bits;
        const struct event_test *none_of;
        const struct event_test *next;
};

struct event_field {
        struct str name;
        const struct event_test *tests;     /* NULL: an object */
        const struct event_pattern *inside; /* of an object */
        const struct event_field *next;
};

struct event_choice {
        const struct event_pattern *alternatives; /* one of these */
        size_t ways;
        const struct event_choice *next;
};

/* All fields and all choices must fit. */
struct event_pattern {
        const struct event_field *fields;
        const struct event_choice *choices;
        size_t ways;                      /* how many patterns without "$or" it would be */
        const struct event_pattern *next; /* alternative */
};

/* While one is made. */
struct event_compiler {
        struct arena *arena;
        struct str reason;
        bool is_new; /* not stored yet */
};

/* What a field may be: the array behind its name. -EINVAL, with the reason. */
must_check int event_tests_compile(struct event_compiler *compiler, const json_t *values,
                                   const struct event_test **ret);
must_check int event_pattern_refuse(struct event_compiler *compiler, const char *format, ...) _printf_(2, 3);

bool event_number_is_exact(const json_t *number);
struct str event_text(const json_t *string);
/* An IPv4 address as IPv6 has it. */
bool event_address(struct str text, struct in6_addr *ret, bool *ret_is_four);
