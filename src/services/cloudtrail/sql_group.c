/* What SQLite would answer and Trino refuses: a column beside aggregates, or of a query that groups, that it
 * is not grouped by. Its value would be that of any row. */
#include "services/cloudtrail/sql.h"

#define ITEMS_MAX 256

struct span {
        const struct sql_token *at;
        size_t count;
};

struct items {
        struct span list[ITEMS_MAX];
        size_t count;
};

static bool is_word(const struct sql_token *token, const char *word)
{
        return token->kind == SQL_WORD && str_eq_nocase(token->text, str_of(word));
}

static bool is_sign(const struct sql_token *token, const char *sign)
{
        return token->kind == SQL_SIGN && str_eq(token->text, str_of(sign));
}

static bool is_one_of(const struct sql_token *token, const char *const *words, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (is_word(token, words[i]))
                        return true;
        return false;
}

/* -- A clause: its items, up to a word of the same depth that ends it */

static bool ends(const struct sql_token *token)
{
        static const char *const WORDS[] = {"from",  "where",  "group", "having", "order",
                                            "limit", "offset", "union", "except", "intersect"};

        return token->kind == SQL_END || is_sign(token, ";") || is_one_of(token, WORDS, ARRAY_LEN(WORDS));
}

static size_t change_of_depth(const struct sql_token *token)
{
        return is_sign(token, "(") ? 1 : is_sign(token, ")") ? SIZE_MAX : 0;
}

static const struct sql_token *read_items(const struct sql_token *at, struct items *ret)
{
        size_t depth = 0;

        ret->count = 0;
        ret->list[0] = (struct span){at, 0};
        for (;; at++) {
                if (depth == 0 && (ends(at) || is_sign(at, ")")))
                        break;
                if (at->kind == SQL_END)
                        break;
                depth += change_of_depth(at);
                if (depth == 0 && is_sign(at, ",") && ret->count + 2 < ITEMS_MAX)
                        ret->list[++ret->count] = (struct span){at + 1, 0};
                else
                        ret->list[ret->count].count++;
        }
        ret->count++;
        return at;
}

/* Behind FROM and WHERE, at the same depth. */
static const struct sql_token *find_group(const struct sql_token *at)
{
        size_t depth = 0;

        for (; at->kind != SQL_END && !(depth == 0 && (is_sign(at, ")") || is_sign(at, ";"))); at++) {
                depth += change_of_depth(at);
                if (depth == 0 && is_word(at, "group") && is_word(at + 1, "by"))
                        return at + 2;
                if (depth == 0 && (is_word(at, "union") || is_word(at, "except") || is_word(at, "intersect")))
                        return NULL;
        }
        return NULL;
}

/* -- An item */

static bool is_aggregate(const struct sql_token *token)
{
        return token->kind == SQL_WORD && sql_is_aggregate(token->text) && is_sign(token + 1, "(");
}

static bool has_aggregate(const struct items *items)
{
        for (size_t i = 0; i < items->count; i++)
                for (size_t k = 0; k < items->list[i].count; k++)
                        if (is_aggregate(&items->list[i].at[k]))
                                return true;
        return false;
}

static bool is_same(struct span a, struct span b)
{
        if (a.count != b.count)
                return false;
        for (size_t i = 0; i < a.count; i++)
                if (a.at[i].kind != b.at[i].kind ||
                    !(a.at[i].kind == SQL_STRING ? str_eq(a.at[i].text, b.at[i].text)
                                                 : str_eq_nocase(a.at[i].text, b.at[i].text)))
                        return false;
        return true;
}

static bool is_grouped(struct span item, const struct items *groups)
{
        for (size_t i = 0; i < groups->count; i++)
                if (is_same(item, groups->list[i]))
                        return true;
        return false;
}

static bool is_numbered(size_t number, const struct items *groups)
{
        for (size_t i = 0; i < groups->count; i++) {
                uint64_t given;

                if (groups->list[i].count == 1 && groups->list[i].at->kind == SQL_NUMBER &&
                    str_to_u64(groups->list[i].at->text, &given) == 0 && given == number)
                        return true;
        }
        return false;
}

static size_t path_len(struct span rest)
{
        size_t len = 1;

        for (;;) {
                if (len + 1 < rest.count && is_sign(&rest.at[len], "."))
                        len += 2;
                else if (len + 2 < rest.count && is_sign(&rest.at[len], "["))
                        len += 3;
                else
                        return len;
        }
}

static size_t call_len(struct span rest)
{
        size_t depth = 0, len = 1;

        do {
                depth += change_of_depth(&rest.at[len]);
                len++;
        } while (depth != 0 && len < rest.count);
        return len;
}

static struct span without_alias(struct span item)
{
        if (item.count > 2 && is_word(&item.at[item.count - 2], "as"))
                item.count -= 2;
        return item;
}

static bool is_name(struct span rest)
{
        const struct sql_token *token = rest.at;
        bool is_call = rest.count > 1 && is_sign(token + 1, "(");

        if (token->kind == SQL_QUOTED)
                return true;
        return token->kind == SQL_WORD && !sql_is_keyword(token->text) && !is_call &&
               !is_word(token, "current_timestamp") && !is_word(token, "current_date") &&
               !is_word(token, "timestamp") && !is_word(token, "date") && !is_word(token, "varchar") &&
               !is_word(token, "bigint") && !is_word(token, "integer") && !is_word(token, "double");
}

/* Its columns are grouped by, or stand within aggregates. */
static bool is_of_groups(struct span item, const struct items *groups, struct str *ret_name)
{
        for (size_t i = 0, len; i < item.count; i += len) {
                struct span rest = {item.at + i, item.count - i}, path = rest;

                len = is_aggregate(rest.at) ? call_len(rest) : 1;
                if (i > 0 && is_sign(rest.at - 1, ".")) /* of what a function gives */
                        continue;
                if (len > 1 || !(is_name(rest) || (i == 0 && is_sign(rest.at, "*"))))
                        continue;
                len = path.count = is_sign(rest.at, "*") ? 1 : path_len(rest);
                *ret_name = rest.at->text;
                if (!is_grouped(path, groups))
                        return false;
        }
        return true;
}

/* -- A query, which may stand in another */

static int check(const struct sql_token *select, struct str *ret_name)
{
        struct items items, groups = {};
        const struct sql_token *begin = select + 1, *group;

        if (is_word(begin, "distinct") || is_word(begin, "all"))
                begin++;
        group = find_group(read_items(begin, &items));
        if (group)
                (void)read_items(group, &groups);
        else if (!has_aggregate(&items))
                return 0;
        for (size_t i = 0; i < items.count; i++) {
                struct span item = without_alias(items.list[i]);

                if (!is_grouped(item, &groups) && !is_numbered(i + 1, &groups) &&
                    !is_of_groups(item, &groups, ret_name))
                        return -EINVAL;
        }
        return 0;
}

int sql_check_groups(const struct sql_token *tokens, struct str *ret_name)
{
        for (; tokens->kind != SQL_END; tokens++)
                if (is_word(tokens, "select"))
                        TRY(check(tokens, ret_name));
        return 0;
}
