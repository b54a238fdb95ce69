/* What the files of queries share. */
#pragma once

#include <errno.h>
#include <jansson.h>

#include "services/logs/insights.h"
#include "services/logs/pattern.h"
#include "wire/regex.h"

/* -- Values */

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_NUMBER, VALUE_TIME, VALUE_TRUTH };

struct value {
        enum value_kind kind;
        double number; /* a time: milliseconds since 1970; a truth: 1 or 0, of JSON with a literal text */
        struct str text;
};

#define NO_VALUE        ((struct value){})
#define NUMBER_VALUE(n) ((struct value){.kind = VALUE_NUMBER, .number = (n)})
#define TEXT_VALUE(s)   ((struct value){.kind = VALUE_TEXT, .text = (s)})
#define TRUTH_VALUE(b)  ((struct value){.kind = VALUE_TRUTH, .number = (b) ? 1 : 0})
#define TIME_VALUE(n)   ((struct value){.kind = VALUE_TIME, .number = (n)})

bool value_to_number(const struct value *value, double *ret);
struct str value_to_text(const struct value *value, struct arena *arena); /* absent: there is none */
bool value_is_true(const struct value *value);
bool value_equals(const struct value *a, const struct value *b, struct arena *arena);
/* *ret < 0, 0, > 0; false: they cannot be compared. */
bool value_compare(const struct value *a, const struct value *b, struct arena *arena, int *ret);
/* For sorting: any two, those that are none first, then texts, then numbers. */
int value_order(const struct value *a, const struct value *b);

/* -- Reading a query */

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_PERIOD, TOKEN_TEXT, TOKEN_SIGN };

struct token {
        enum token_kind kind;
        struct str text; /* as it stands; of a name and a text: what it means */
        bool is_quoted;  /* a name between backticks: no word of the language */
        size_t start, end;
        double number;
        struct str unit; /* of a period */
};

struct query_text {
        struct str all;
        size_t at;
        struct token token; /* the next one */
        struct arena *arena;
        struct insights_error *error;
        unsigned int depth;
};

void query_say(struct query_text *text, const char *format, ...) _printf_(2, 3);
/* Says why it is refused, with the token at which. The value stands here, so that whoever reads the caller, a
 * checker too, sees that nothing goes on. */
#define query_refuse(...) (query_say(__VA_ARGS__), -EINVAL)
must_check int query_next(struct query_text *text);
bool query_is_sign(const struct query_text *text, const char *sign);
bool query_is_word(const struct query_text *text, const char *word);
/* 1: it was there, and is taken; 0: it is not there. */
must_check int query_take_sign(struct query_text *text, const char *sign);
must_check int query_take_word(struct query_text *text, const char *word);
must_check int query_need_sign(struct query_text *text, const char *sign);
/* "/.../", which begins at the token that is next. */
must_check int query_take_regex(struct query_text *text, struct str *ret);

/* -- Fields: each name that a query uses has a number */

#define SLOTS_MAX   128
#define COLUMNS_MAX 100

struct slot {
        struct str name;
        bool is_kept; /* of rows that wait for their order or the end */
        size_t kept_at;
        bool is_made; /* by the query: parse, fields, stats */
};

/* -- Expressions */

enum node_kind {
        NODE_VALUE,
        NODE_SLOT,
        NODE_CALL,
        NODE_AGGREGATE,
        NODE_AND,
        NODE_OR,
        NODE_NOT,
        NODE_NEGATIVE,
        NODE_ARITHMETIC,
        NODE_COMPARE,
        NODE_IN,
        NODE_LIKE,
        NODE_MATCH,
};

enum compare_kind {
        COMPARE_EQUAL,
        COMPARE_UNEQUAL,
        COMPARE_LESS,
        COMPARE_AT_MOST,
        COMPARE_MORE,
        COMPARE_AT_LEAST
};

#define ARGUMENTS_MAX  21
#define NODE_DEPTH_MAX 100

struct period {
        double count;
        char unit; /* 'l' milliseconds, s, m, h, d, w, 'o' months, 'q', 'y' */
};

struct insights_function;

struct node {
        enum node_kind kind;
        unsigned int depth;
        struct value value;
        size_t number; /* of a slot, or of an aggregate */
        char sign;     /* of arithmetic */
        enum compare_kind compare;
        struct node **nodes; /* operands, arguments, members of a list */
        size_t count;
        const struct insights_function *function;
        struct period period; /* of bin() and its kin */
        struct regex *regex;
};

/* -- Aggregates */

enum aggregate_kind {
        AGGREGATE_COUNT,
        AGGREGATE_DISTINCT,
        AGGREGATE_SUM,
        AGGREGATE_AVERAGE,
        AGGREGATE_LEAST,
        AGGREGATE_GREATEST,
        AGGREGATE_PERCENTILE,
        AGGREGATE_DEVIATION,
        AGGREGATE_VARIANCE,
        AGGREGATE_EARLIEST,
        AGGREGATE_LATEST,
        AGGREGATE_FIRST,
        AGGREGATE_LAST,
};

#define AGGREGATES_MAX 50

struct aggregate {
        enum aggregate_kind kind;
        const struct node *node; /* NULL: of count(*) */
        double percent;
};

/* What it has seen. */
struct tally {
        double count, sum, mean, squares;
        struct value best;
        char *room; /* of the best one's text */
        double best_ms;
        double *samples; /* of percentiles: all, up to a number; then a fair choice of them */
        size_t sample_count, sample_room;
        uint64_t *hashes; /* of distinct values: all, up to a number */
        size_t hash_count, hash_room;
        uint8_t *registers; /* then an estimate */
};

bool aggregate_find(struct str name, enum aggregate_kind *ret);
/* *bytes: what it takes of memory. */
must_check int tally_add(struct tally *tally, const struct aggregate *aggregate, const struct value *value,
                         double ms, struct arena *arena, size_t *bytes);
struct value tally_result(struct tally *tally, const struct aggregate *aggregate);
void tally_done(struct tally *tally);

/* -- Commands */

enum stage_kind {
        STAGE_FIELDS,
        STAGE_FILTER,
        STAGE_PARSE,
        STAGE_STATS,
        STAGE_SORT,
        STAGE_LIMIT,
        STAGE_DEDUP
};

struct column {
        const struct node *node;
        size_t slot;
        bool is_down; /* of sort */
};

#define PARSE_FIELDS_MAX 30

struct stage {
        enum stage_kind kind;
        struct column *columns; /* of fields, stats (what it is by), sort, dedup */
        size_t count;
        const struct node *node; /* of filter; what is parsed */
        size_t limit;
        /* stats */
        struct aggregate *aggregates;
        size_t aggregate_count;
        struct column *results;
        size_t result_count;
        /* parse */
        struct regex *regex; /* NULL: by the pieces between its stars */
        struct str *pieces;  /* one more than the fields */
        size_t slots[PARSE_FIELDS_MAX];
        size_t field_count;
};

#define STAGES_MAX 40

/* A row, or an event that is being looked at. */
struct row {
        struct value *values; /* of each slot */
        bool *is_loaded;      /* of an event: what is not made is looked for when it is asked for */
        const struct insights_event *event; /* NULL: of a row all is there */
        struct logs_pattern_message *message;
        const struct value *aggregates; /* while results of stats are worked out */
};

struct kept_row {
        const struct insights *insights;
        struct value *values; /* of the kept slots, in one piece of memory with their texts */
        size_t bytes;
        uint64_t order; /* in which they came: of two that are alike the first stays */
};

struct groups;

struct insights {
        struct arena arena;   /* of what was compiled */
        struct arena scratch; /* of the event that is looked at */
        struct insights_terms terms;
        struct slot slots[SLOTS_MAX];
        size_t slot_count;
        struct stage stages[STAGES_MAX];
        size_t stage_count;
        size_t columns[COLUMNS_MAX]; /* slots that are shown */
        size_t column_count;
        struct regex **regexes; /* to be freed */
        size_t regex_count, regex_room;
        struct regex_budget budget; /* of all of them */
        bool unmasks, has_stats, has_fields;
        bool is_blocked; /* a command was read that needs all rows */

        size_t streamed;             /* stages that each event passes on its way */
        size_t kept_count;           /* slots */
        const struct stage *sorting; /* NULL: by time, the newest first */
        size_t timestamp, pointer;   /* slots */
        struct kept_row *rows;
        size_t row_count, row_room;
        uint64_t came;
        struct groups *groups;
        size_t bytes; /* of all that is kept */
        struct value values[SLOTS_MAX];
        bool is_loaded[SLOTS_MAX];
};

#define INSIGHTS_SCRATCH_MAX ((size_t)16 * 1024 * 1024)
#define INSIGHTS_BYTES_MAX   ((size_t)64 * 1024 * 1024)

must_check int insights_slot(struct insights *insights, struct query_text *text, struct str name,
                             size_t *ret);
must_check int insights_regex(struct insights *insights, struct query_text *text, struct str pattern,
                              bool has_groups, struct regex **ret);
/* stage: of stats, which may hold aggregates; else NULL. */
must_check int insights_take_expression(struct insights *insights, struct query_text *text,
                                        struct stage *stage, struct node **ret);
must_check int insights_take_commands(struct insights *insights, struct query_text *text);

must_check int insights_evaluate(struct insights *insights, struct row *row, const struct node *node,
                                 struct value *ret);
must_check int insights_load(struct insights *insights, struct row *row, size_t slot, struct value *ret);
void insights_set(struct row *row, size_t slot, const struct value *value);
/* 1: it goes on; 0: it is left out. */
must_check int insights_pass(struct insights *insights, const struct stage *stage, struct row *row);

must_check int insights_keep_row(struct insights *insights, const struct row *row);
void insights_expand_row(const struct insights *insights, const struct kept_row *kept, struct row *ret);
void insights_drop_rows(struct insights *insights);
/* Stages from one on, over the rows that are kept. */
must_check int insights_finish_rows(struct insights *insights, size_t stage);

must_check int insights_group(struct insights *insights, const struct stage *stage, struct row *row);
/* Rows in place of groups. */
must_check int insights_end_groups(struct insights *insights, const struct stage *stage);
void insights_drop_groups(struct insights *insights);

/* -- Functions */

struct insights_call {
        struct insights *insights;
        struct arena *arena;
        struct row *row;
        const struct node *node;
        struct value arguments[ARGUMENTS_MAX];
        size_t count;
};

struct insights_function {
        struct str name;
        size_t least, most;
        struct value (*run)(struct insights_call *call); /* NULL: node by node */
        bool has_period;                                 /* its last argument is one */
};
const struct insights_function *insights_find_function(struct str name);

struct value query_time_function(const struct insights_call *call, bool is_up, double ms);
bool query_read_period(double count, struct str unit, struct period *ret);
struct str query_time_text(struct arena *arena, double ms);
struct value insights_ip_function(const struct insights_call *call);
bool query_is_ip(struct str text, int family);
bool query_is_in_subnet(struct str text, struct str subnet, int family);
