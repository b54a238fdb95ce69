/* What a statement grows to before it runs. Each name of a query stands for all of that query, so that a few
 * lines, each of which names the one above twice, are more than any machine has room for; and queries within
 * queries take the stack. */
#include "services/cloudtrail/sql.h"

#define QUERIES_MOST 200
#define NAMES_MAX    64

struct named {
        struct str name;
        size_t before, size; /* size: 0, it has not come to its end */
        size_t depth;        /* of the brackets around it */
};

struct sizing {
        struct named names[NAMES_MAX];
        size_t count, depth, size;
};

static bool is_sign(const struct sql_token *token, const char *sign)
{
        return token->kind == SQL_SIGN && str_eq(token->text, str_of(sign));
}

static bool is_word(const struct sql_token *token, const char *word)
{
        return token->kind == SQL_WORD && str_eq_nocase(token->text, str_of(word));
}

static bool is_name(const struct sql_token *token)
{
        return token->kind == SQL_QUOTED || (token->kind == SQL_WORD && !sql_is_keyword(token->text));
}

static struct str name_of(const struct sql_token *token)
{
        return token->kind == SQL_QUOTED ? str_part(token->text, 1, token->text.len - 2) : token->text;
}

/* Whatever is called so: columns may be, too. */
static size_t size_of(const struct sizing *sizing, struct str name)
{
        size_t most = 0;

        for (size_t i = 0; i < sizing->count; i++)
                if (str_eq_nocase(sizing->names[i].name, name) && sizing->names[i].size > most)
                        most = sizing->names[i].size;
        return most;
}

/* "name AS (" */
static bool add_name(struct sizing *sizing, const struct sql_token *token)
{
        if (sizing->count == NAMES_MAX)
                return false;
        sizing->names[sizing->count++] =
                (struct named){.name = name_of(token), .before = sizing->size, .depth = sizing->depth};
        return true;
}

static void close_bracket(struct sizing *sizing)
{
        sizing->depth -= sizing->depth > 0;
        for (size_t i = 0; i < sizing->count; i++)
                if (sizing->names[i].size == 0 && sizing->names[i].depth == sizing->depth)
                        sizing->names[i].size = sizing->size - sizing->names[i].before + 1;
}

int sql_check_size(const struct sql_token *tokens)
{
        struct sizing sizing = {};

        for (; tokens->kind != SQL_END; tokens++) {
                if (is_sign(tokens, "("))
                        sizing.depth++;
                else if (is_sign(tokens, ")"))
                        close_bracket(&sizing);
                else if (is_word(tokens, "select"))
                        sizing.size++;
                else if (is_name(tokens) && is_word(tokens + 1, "as") && is_sign(tokens + 2, "(")) {
                        if (!add_name(&sizing, tokens))
                                return -EINVAL;
                } else if (is_name(tokens))
                        sizing.size += size_of(&sizing, name_of(tokens));
                if (sizing.size > QUERIES_MOST)
                        return -EINVAL;
        }
        return 0;
}
