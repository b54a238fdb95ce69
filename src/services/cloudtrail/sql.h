/* SQL over event data stores. A statement is CloudTrail Lake's (Trino's SELECT); what can be said in SQLite's
 * words is rewritten into those, everything else is refused. It runs in memory, reads events alone, and ends
 * at its limits.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-limitations.html */
#pragma once

#include "services/cloudtrail/store.h"

#include <jansson.h>
#include <sqlite3.h>
#include <time.h>

#define SQL_STORES_MAX 10
#define SQL_ROWS_MAX   10000
#define SQL_BYTES_MAX  ((size_t)8 * 1024 * 1024) /* of a result */

/* -- Tokens (sql_token.c) */

enum sql_kind { SQL_END, SQL_WORD, SQL_QUOTED, SQL_STRING, SQL_NUMBER, SQL_STORE, SQL_SIGN };
struct sql_token {
        enum sql_kind kind;
        struct str text; /* of a quoted name and a string: with its quotes; of a store: its id */
};
/* Takes one off the front, without comments. -EINVAL: it is none. */
must_check int sql_take_token(struct str *rest, struct sql_token *ret);

/* -- Groups (sql_group.c) */

/* -EINVAL: *ret_name is neither grouped by nor within an aggregate. tokens: up to the end, which is repeated.
 */
must_check int sql_check_groups(const struct sql_token *tokens, struct str *ret_name);

/* -- Size (sql_size.c) */

/* -EINVAL: it would grow too large. */
must_check int sql_check_size(const struct sql_token *tokens);

/* -- Words (sql_word.c) */

bool sql_is_keyword(struct str word);
bool sql_is_refused(struct str word); /* that would mean something else, or has no like */
bool sql_is_function(struct str word);
bool sql_is_aggregate(struct str word);
bool sql_gives_moment(struct str word); /* a function, whose answer is compared as a moment is */

/* -- The statement (sql_rewrite.c) */

struct sql_plan {
        struct str text;
        struct str stores[SQL_STORES_MAX]; /* ids */
        size_t store_count;
};
/* -EINVAL: *ret_reason. */
must_check int sql_rewrite(struct arena *arena, struct str statement, struct sql_plan *ret,
                           struct str *ret_reason);

/* -- Tables (sql_table.c): an event data store each */

enum sql_type { SQL_TEXT, SQL_MOMENT, SQL_BOOLEAN, SQL_JSON };
struct sql_column {
        struct str name; /* also the member of the record */
        enum sql_type type;
};
const struct sql_column *sql_find_column(struct str name);

struct sql_table {
        struct str id;
        int64_t number, cutoff_ms;
};
struct sql_world {
        struct call *call;
        const struct sql_table *tables;
        size_t table_count;
        int64_t events, bytes; /* that were read */
        int64_t deadline_ns;
        bool has_failed; /* the store, not the statement */
};
must_check int sql_add_tables(sqlite3 *db, struct sql_world *world);

/* -- Functions (sql_function.c, sql_like.c, sql_moment.c, sql_unit.c, sql_date_format.c,
 * sql_aggregate.c, sql_json.c) */

struct str sql_text_of(sqlite3_value *value); /* of null the empty string */
bool sql_has_null(int argc, sqlite3_value **argv);
void sql_give(sqlite3_context *context, struct str text);
int sql_compare(sqlite3_value *a, sqlite3_value *b); /* texts as texts, numbers as numbers */

/* A function may take long, where no steps are counted: it gives the error that ends the statement. */
bool sql_is_late(sqlite3_context *context);
/* Of one whose user data is the world. -ETIME: it is late. */
must_check int sql_like(sqlite3_context *context, struct str pattern, struct str text, struct str escape);

must_check int sql_add_functions(sqlite3 *db, struct sql_world *world);
must_check int sql_add_unit_functions(sqlite3 *db);
must_check int sql_add_format_function(sqlite3 *db);
must_check int sql_add_moment_functions(sqlite3 *db, struct sql_world *world);
must_check int sql_add_aggregates(sqlite3 *db);
must_check int sql_add_json_functions(sqlite3 *db);
void sql_give_json(sqlite3_context *context, const json_t *value);
/* "2026-01-31 12:00:00.000", as Lake shows a timestamp, of that or of ISO 8601, with less of it. -EINVAL. */
#define SQL_MOMENT_LEN 23
#define SQL_DATE_LEN   10
must_check int sql_moment(struct str text, char ret[SQL_MOMENT_LEN]);

struct sql_time {
        int64_t ms;
        bool is_date; /* it has no time of the day, and what is made of it has none */
};
/* false: it is none, and the statement fails. */
bool sql_read_time(sqlite3_context *context, sqlite3_value *value, struct sql_time *ret);
void sql_give_time(sqlite3_context *context, struct sql_time time);
struct tm sql_parts_of(int64_t ms);
int64_t sql_floor_to(int64_t ms, int64_t unit);

/* -- Running (sql_run.c) */

struct sql_row {
        struct str_list values;
};
struct sql_result {
        struct str_list names;
        struct sql_row *rows;
        size_t count;
        struct str reason; /* set: it has failed */
        bool timed_out;
        size_t kept; /* bytes of the rows */
        int64_t events, bytes, took_ms;
};
/* Whether it could run. -EINVAL: *ret_reason. */
must_check int sql_check(struct call *call, const struct sql_plan *plan, const struct sql_table *tables,
                         struct str *ret_reason);
must_check int sql_run(struct call *call, const struct sql_plan *plan, const struct sql_table *tables,
                       struct sql_result *ret);
