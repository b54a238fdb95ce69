/* From Trino's words to SQLite's. What differs:
 * - A store stands by its id, which is no name for SQLite.
 * - Members of columns, "userIdentity.arn" and "requestParameters['bucketName']", are functions' work.
 * - Nulls come last, whatever the order.
 * - Types of casts have other names. */
#include "services/cloudtrail/sql.h"

#define TEXT_MAX    ((size_t)256 * 1024)
#define TOKENS_MAX  8192
#define NESTING_MAX 64
#define PARTS_MAX   16

struct nesting {
        bool is_cast, is_ordering, has_nulls;
        bool is_moment; /* the brackets of a function that gives one */
        size_t begin;   /* of the function, in the text */
};

struct rewriting {
        struct arena *arena;
        struct sql_token *tokens;
        size_t at;
        struct nesting nesting[NESTING_MAX];
        size_t depth;
        struct buf text;
        struct sql_plan *plan;
        struct str *reason;
};

static int refuse(struct rewriting *rewriting, const char *why, struct str what)
{
        *rewriting->reason = arena_printf(rewriting->arena, "%s%.*s", why, STR_ARG(what));
        return -EINVAL;
}

static const struct sql_token *token(const struct rewriting *rewriting, size_t ahead)
{
        return &rewriting->tokens[rewriting->at + ahead];
}

static bool is_word(const struct sql_token *one, const char *word)
{
        return one->kind == SQL_WORD && str_eq_nocase(one->text, str_of(word));
}

static bool is_sign(const struct sql_token *one, const char *sign)
{
        return one->kind == SQL_SIGN && str_eq(one->text, str_of(sign));
}

static void add(struct rewriting *rewriting, struct str text)
{
        buf_add_byte(&rewriting->text, ' ');
        buf_add(&rewriting->text, text);
}

/* -- Stores */

static int add_store(struct rewriting *rewriting)
{
        struct str id = arena_lower(rewriting->arena, token(rewriting, 0)->text);
        struct sql_plan *plan = rewriting->plan;
        size_t i = 0;

        while (i < plan->store_count && !str_eq(plan->stores[i], id))
                i++;
        if (i == SQL_STORES_MAX)
                return refuse(rewriting, "Too many event data stores.", STR(""));
        plan->stores[i] = id;
        if (i == plan->store_count)
                plan->store_count++;
        buf_addf(&rewriting->text, " \"%.*s\"", STR_ARG(id));
        rewriting->at++;
        return 0;
}

/* -- Columns, and what is in them */

static struct str name_of(const struct sql_token *one)
{
        return one->kind == SQL_QUOTED ? str_part(one->text, 1, one->text.len - 2) : one->text;
}

static bool is_name(const struct sql_token *one)
{
        return one->kind == SQL_WORD || one->kind == SQL_QUOTED;
}

static void add_name(struct rewriting *rewriting, struct str name)
{
        buf_addf(&rewriting->text, "\"%.*s\"", STR_ARG(name));
}

struct path {
        const struct sql_token *parts[PARTS_MAX]; /* names, and what stands in brackets */
        bool is_index[PARTS_MAX];
        size_t count;
};

static int take_path(struct rewriting *rewriting, struct path *path)
{
        path->parts[path->count++] = token(rewriting, 0);
        rewriting->at++;
        for (;;) {
                bool is_dot = is_sign(token(rewriting, 0), ".") && is_name(token(rewriting, 1));
                bool is_index = is_sign(token(rewriting, 0), "[") &&
                                (token(rewriting, 1)->kind == SQL_STRING ||
                                 token(rewriting, 1)->kind == SQL_NUMBER) &&
                                is_sign(token(rewriting, 2), "]");

                if (!is_dot && !is_index)
                        return 0;
                if (path->count == PARTS_MAX)
                        return refuse(rewriting, "Too many members: ", token(rewriting, 1)->text);
                path->is_index[path->count] = is_index;
                path->parts[path->count++] = token(rewriting, 1);
                rewriting->at += is_index ? 3 : 2;
        }
}

static void add_members(struct rewriting *rewriting, const struct path *path, size_t base)
{
        for (size_t i = path->count; i > base; i--)
                buf_add(&rewriting->text,
                        path->is_index[i - 1] ? STR(" element_at(") : STR(" merlon_member("));
        for (size_t i = 0; i < base; i++) {
                buf_add_byte(&rewriting->text, i ? '.' : ' ');
                add_name(rewriting, name_of(path->parts[i]));
        }
        for (size_t i = base; i < path->count; i++)
                if (path->is_index[i])
                        buf_addf(&rewriting->text, ", %.*s)", STR_ARG(path->parts[i]->text));
                else
                        buf_addf(&rewriting->text, ", '%.*s')", STR_ARG(name_of(path->parts[i])));
}

/* A name stands between quotes; that of a member becomes a text. */
static bool is_plain(struct str name, bool is_member)
{
        return !str_has_byte(name, '"') && !(is_member && str_has_byte(name, '\''));
}

/* Which part is the column: the first, or that behind the name of a table. */
static int add_path(struct rewriting *rewriting)
{
        const struct sql_column *column;
        struct path path = {};
        size_t base = 1;

        TRY(take_path(rewriting, &path));
        column = sql_find_column(name_of(path.parts[0]));
        if (!column && path.count > 1 && !path.is_index[1]) {
                column = sql_find_column(name_of(path.parts[1]));
                base = 2;
        }
        if (path.count > base && (!column || column->type != SQL_JSON))
                return refuse(rewriting,
                              "Column cannot be resolved, or has no members: ", path.parts[0]->text);
        if (is_sign(token(rewriting, 0), "("))
                return refuse(rewriting, "Unsupported function: ", path.parts[0]->text);
        for (size_t i = 0; i < path.count; i++)
                if (!path.is_index[i] && !is_plain(name_of(path.parts[i]), i >= base))
                        return refuse(rewriting, "Name is not valid: ", path.parts[i]->text);
        add_members(rewriting, &path, base);
        return 0;
}

/* -- Words */

static int add_moment(struct rewriting *rewriting)
{
        struct str text = token(rewriting, 1)->text;
        char moment[SQL_MOMENT_LEN];

        if (sql_moment(str_part(text, 1, text.len - 2), moment) < 0)
                return refuse(rewriting, "Not a timestamp: ", text);
        buf_addf(&rewriting->text, " '%.*s' COLLATE merlon_moment",
                 is_word(token(rewriting, 0), "date") ? SQL_DATE_LEN : SQL_MOMENT_LEN, moment);
        rewriting->at += 2;
        return 0;
}

static int add_type(struct rewriting *rewriting)
{
        static const struct {
                const char *theirs, *ours;
        } TYPES[] = {{"varchar", "TEXT"}, {"bigint", "INTEGER"}, {"integer", "INTEGER"}, {"double", "REAL"}};

        for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
                if (is_word(token(rewriting, 1), TYPES[i].theirs)) {
                        buf_addf(&rewriting->text, " AS %s", TYPES[i].ours);
                        rewriting->at += 2;
                        return 0;
                }
        return refuse(rewriting, "Unsupported type of a CAST: ", token(rewriting, 1)->text);
}

static int add_as(struct rewriting *rewriting)
{
        if (rewriting->nesting[rewriting->depth].is_cast)
                return add_type(rewriting);
        add(rewriting, STR("AS"));
        rewriting->at++;
        if (is_name(token(rewriting, 0)) && !str_has_byte(name_of(token(rewriting, 0)), '"')) {
                buf_add_byte(&rewriting->text, ' ');
                add_name(rewriting, name_of(token(rewriting, 0)));
                rewriting->at++;
        }
        return 0;
}

/* "NULLS LAST is the default, regardless of the ordering direction." */
static void end_order(struct rewriting *rewriting)
{
        struct nesting *here = &rewriting->nesting[rewriting->depth];

        if (here->is_ordering && !here->has_nulls)
                add(rewriting, STR("NULLS LAST"));
        here->has_nulls = false;
}

static void end_ordering(struct rewriting *rewriting)
{
        end_order(rewriting);
        rewriting->nesting[rewriting->depth].is_ordering = false;
}

static int add_keyword(struct rewriting *rewriting)
{
        struct nesting *here = &rewriting->nesting[rewriting->depth];
        const struct sql_token *one = token(rewriting, 0);

        if (is_word(one, "as"))
                return add_as(rewriting);
        if (is_word(one, "limit") || is_word(one, "offset"))
                end_ordering(rewriting);
        if (is_word(one, "limit") && is_sign(token(rewriting, 2), ","))
                return refuse(rewriting, "LIMIT takes one number.", STR(""));
        here->has_nulls |= is_word(one, "nulls");
        here->is_ordering |= is_word(one, "order") && is_word(token(rewriting, 1), "by");
        add(rewriting, one->text);
        rewriting->at++;
        return 0;
}

static int open_bracket(struct rewriting *rewriting, struct nesting nesting)
{
        if (rewriting->depth + 1 == NESTING_MAX)
                return refuse(rewriting, "Too many brackets.", STR(""));
        rewriting->nesting[++rewriting->depth] = nesting;
        return 0;
}

/* With its bracket. */
static int add_function(struct rewriting *rewriting)
{
        struct str name = token(rewriting, 0)->text;
        struct nesting nesting = {.is_moment = sql_gives_moment(name), .begin = rewriting->text.len};
        bool is_counted = str_eq_nocase(name, STR("approx_distinct"));

        if (!is_counted && !sql_is_function(name))
                return refuse(rewriting, "Unsupported function: ", name);
        add(rewriting, is_counted ? STR("count(DISTINCT") : name);
        if (!is_counted)
                add(rewriting, STR("("));
        rewriting->at += 2;
        return open_bracket(rewriting, nesting);
}

/* "element_at(resources, 1).arn" */
static int add_member(struct rewriting *rewriting, size_t begin)
{
        static const struct str CALL = STR_INIT(" merlon_member(");
        struct str name = name_of(token(rewriting, 1));
        struct buf *text = &rewriting->text;

        if (!is_plain(name, true))
                return refuse(rewriting, "Name is not valid: ", token(rewriting, 1)->text);
        if (!buf_extend(text, CALL.len))
                return -ENOMEM;
        memmove(text->data + begin + CALL.len, text->data + begin, text->len - CALL.len - begin);
        memcpy(text->data + begin, CALL.ptr, CALL.len);
        buf_addf(text, ", '%.*s')", STR_ARG(name));
        rewriting->at += 2;
        return 0;
}

static int close_bracket(struct rewriting *rewriting)
{
        const struct nesting here = rewriting->nesting[rewriting->depth];

        end_ordering(rewriting);
        if (rewriting->depth == 0)
                return refuse(rewriting, "Mismatched input: ", STR(")"));
        rewriting->depth--;
        add(rewriting, STR(")"));
        rewriting->at++;
        if (here.is_moment)
                add(rewriting, STR("COLLATE merlon_moment"));
        while (here.begin > 0 && is_sign(token(rewriting, 0), ".") && is_name(token(rewriting, 1)))
                TRY(add_member(rewriting, here.begin));
        return 0;
}

static int add_word(struct rewriting *rewriting)
{
        const struct sql_token *one = token(rewriting, 0), *next = token(rewriting, 1);

        if (sql_is_keyword(one->text))
                return add_keyword(rewriting);
        if (sql_is_refused(one->text))
                return refuse(rewriting, "Unsupported keyword: ", one->text);
        if ((is_word(one, "timestamp") || is_word(one, "date")) && next->kind == SQL_STRING)
                return add_moment(rewriting);
        if (is_word(one, "current_timestamp") || is_word(one, "current_date")) {
                add(rewriting, is_word(one, "current_date") ? STR("date(now()) COLLATE merlon_moment")
                                                            : STR("now() COLLATE merlon_moment"));
                rewriting->at++;
                return 0;
        }
        return is_sign(next, "(") ? add_function(rewriting) : add_path(rewriting);
}

/* -- Signs */

static int add_sign(struct rewriting *rewriting)
{
        const struct sql_token *one = token(rewriting, 0);
        bool is_cast = rewriting->at > 0 && is_word(&rewriting->tokens[rewriting->at - 1], "cast");

        if (is_sign(one, "[") || is_sign(one, "]"))
                return refuse(rewriting, "Unsupported expression: ", one->text);
        if (is_sign(one, ";") && token(rewriting, 1)->kind != SQL_END)
                return refuse(rewriting, "Only one statement is allowed.", STR(""));
        if (is_sign(one, ","))
                end_order(rewriting);
        if (is_sign(one, "("))
                TRY(open_bracket(rewriting, (struct nesting){.is_cast = is_cast}));
        if (is_sign(one, ")"))
                return close_bracket(rewriting);
        if (!is_sign(one, ";"))
                add(rewriting, one->text);
        rewriting->at++;
        return 0;
}

/* -- All of it */

static int read_tokens(struct rewriting *rewriting, struct str statement)
{
        rewriting->tokens = arena_new_array(rewriting->arena, struct sql_token, TOKENS_MAX + 4);
        if (!rewriting->tokens)
                return -ENOMEM;
        for (size_t i = 0; i < TOKENS_MAX; i++) { /* what is behind the end is an end */
                if (sql_take_token(&statement, &rewriting->tokens[i]) < 0)
                        return refuse(rewriting, "Mismatched input: ", str_part(statement, 0, 20));
                if (rewriting->tokens[i].kind == SQL_END)
                        return 0;
        }
        return refuse(rewriting, "The statement is too long.", STR(""));
}

static int add_one(struct rewriting *rewriting)
{
        const struct sql_token *one = token(rewriting, 0);

        switch (one->kind) {
        case SQL_STORE:
                return add_store(rewriting);
        case SQL_WORD:
                return add_word(rewriting);
        case SQL_QUOTED:
                return add_path(rewriting);
        case SQL_SIGN:
                return add_sign(rewriting);
        case SQL_STRING:
        case SQL_NUMBER:
        case SQL_END:
                break;
        }
        add(rewriting, one->text);
        rewriting->at++;
        return 0;
}

static int rewrite(struct rewriting *rewriting, struct str statement)
{
        struct str name = STR("");

        TRY(read_tokens(rewriting, statement));
        if (!is_word(token(rewriting, 0), "select") && !is_word(token(rewriting, 0), "with"))
                return refuse(rewriting, "Only SELECT statements are allowed.", STR(""));
        if (sql_check_size(rewriting->tokens) < 0)
                return refuse(rewriting, "Too many queries in one statement.", STR(""));
        if (sql_check_groups(rewriting->tokens, &name) < 0)
                return refuse(rewriting,
                              "Must be an aggregate expression or appear in GROUP BY clause: ", name);
        while (token(rewriting, 0)->kind != SQL_END)
                TRY(add_one(rewriting));
        end_ordering(rewriting);
        if (rewriting->plan->store_count == 0)
                return refuse(rewriting, "The statement names no event data store.", STR(""));
        return buf_check(&rewriting->text);
}

int sql_rewrite(struct arena *arena, struct str statement, struct sql_plan *ret, struct str *ret_reason)
{
        struct rewriting rewriting = {.arena = arena, .plan = ret, .reason = ret_reason};
        int r;

        *ret = (struct sql_plan){};
        buf_init(&rewriting.text, TEXT_MAX);
        r = rewrite(&rewriting, statement);
        if (r == 0)
                ret->text = arena_dup(arena, buf_str(&rewriting.text));
        buf_done(&rewriting.text);
        return r;
}
