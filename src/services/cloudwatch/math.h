/* Metric math: expressions over series of values. Pure: no I/O, no clock; all memory is the arena's.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
#pragma once

#include "base/arena.h"

/* -- Expressions */

enum math_kind {
        MATH_NUMBER,
        MATH_STRING, /* 'errors', "errors" */
        MATH_NAME,   /* m1: what is asked for elsewhere in the request */
        MATH_WORD,   /* REPEAT, DESC, AVG in SORT */
        MATH_LIST,   /* [m1, m2] */
        MATH_CALL,   /* SUM(...) */
        MATH_NEGATE,
        MATH_BINARY,
};

enum math_operator {
        MATH_ADD,
        MATH_SUBTRACT,
        MATH_MULTIPLY,
        MATH_DIVIDE,
        MATH_POWER,
        MATH_EQUAL,
        MATH_UNEQUAL,
        MATH_LESS,
        MATH_LESS_EQUAL,
        MATH_MORE,
        MATH_MORE_EQUAL,
        MATH_AND,
        MATH_OR,
};

#define MATH_ARGS_MAX 100

struct math_node {
        enum math_kind kind;
        enum math_operator operator;
        struct str text; /* of a string, a name, a word; the function of a call */
        double number;
        struct math_node **args;
        size_t arg_count;
};

/* Why an expression is refused: a sentence, in the arena. */
struct math_fault {
        struct str text;
};
/* -EINVAL: with *ret_fault. -ENOMEM. */
must_check int math_parse(struct arena *arena, struct str text, struct math_node **ret,
                          struct math_fault *ret_fault);
must_check int math_refuse(struct arena *arena, struct math_fault *fault, const char *format, ...)
        _printf_(3, 4);

/* -- Values */

struct math_series {
        struct str id, label;
        int64_t period_ms;
        int64_t *times; /* ms, ascending */
        double *values;
        size_t count;
};

enum math_type {
        MATH_SCALAR, /* may be NaN: of a series without values */
        MATH_SERIES,
        MATH_ARRAY,
        MATH_TEXT,
};

struct math_value {
        enum math_type type;
        double scalar;
        struct str text;
        struct math_series *series; /* of a series: one */
        size_t count;
};

/* What an expression is evaluated in. */
struct math_scope {
        struct arena *arena;
        struct math_fault *fault;
        int64_t from_ms, to_ms; /* periods begin in [from, to) */
        int64_t period_ms;      /* of series that come from nothing */
        size_t *work;           /* what takes time and no memory is added here, in about microseconds */
        /* The value of another query. -EINVAL: in *fault. */
        int (*find)(void *arg, struct str name, struct math_value *ret);
        /* METRICS(): all metrics of the request whose ids contain the text; absent: all. */
        int (*metrics)(void *arg, struct str part, struct math_value *ret);
        void *arg;
};

must_check int math_evaluate(const struct math_scope *scope, const struct math_node *node,
                             struct math_value *ret);

/* -- For the files of metric math */

typedef int (*math_function)(const struct math_scope *scope, const struct math_node *call,
                             struct math_value *args, struct math_value *ret);
/* NULL: there is none of this name. Numbers of arguments are checked already. */
struct math_signature {
        struct str name;
        size_t least, most;
        math_function run;
};
const struct math_signature *math_find_function(struct str name);
extern const struct math_signature math_series_functions[], math_array_functions[];
extern const size_t math_series_function_count, math_array_function_count;

must_check int math_new_series(struct arena *arena, const struct math_series *like, size_t room,
                               struct math_series *ret);
/* Appends; what is no finite number is dropped. */
void math_add_point(struct math_series *series, int64_t time_ms, double value);
/* Where the first point not before this time stands. */
size_t math_place(const struct math_series *series, int64_t time_ms);
bool math_value_at(const struct math_series *series, int64_t time_ms, double *ret);
must_check int math_of_series(struct arena *arena, const struct math_series *series, struct math_value *ret);
/* All moments of several series, each once. */
must_check int math_moments(struct arena *arena, const struct math_series *series, size_t count,
                            struct math_series *ret);
/* A series of all periods of the scope, by this period. */
must_check int math_grid(const struct math_scope *scope, int64_t period_ms, struct math_series *ret);

enum math_fold {
        MATH_FOLD_AVG,
        MATH_FOLD_SUM,
        MATH_FOLD_MIN,
        MATH_FOLD_MAX,
        MATH_FOLD_STDDEV,
        MATH_FOLD_COUNT,
};
double math_fold(enum math_fold fold, const double *values, size_t count);
must_check int math_wrong_arguments(const struct math_scope *scope, const struct math_node *call);
