/* Finding a statement in the text of a policy: a walk over its brackets and strings. */
#include "services/iam/document.h"

struct walk {
        struct str text;
        size_t at;
        struct document_position here; /* of text.ptr[at] */
};

static bool at_end(const struct walk *walk)
{
        return walk->at >= walk->text.len;
}

static char peek(const struct walk *walk)
{
        return walk->text.ptr[walk->at];
}

static void step(struct walk *walk)
{
        unsigned char c = (unsigned char)walk->text.ptr[walk->at++];

        if (c == '\n') {
                walk->here.line++;
                walk->here.column = 1;
        } else if ((c & 0xC0) != 0x80) { /* not inside a character */
                walk->here.column++;
        }
}

static void skip_white(struct walk *walk)
{
        while (!at_end(walk) &&
               (peek(walk) == ' ' || peek(walk) == '\t' || peek(walk) == '\n' || peek(walk) == '\r'))
                step(walk);
}

/* A string with its quotes; gives what stands between them. */
static struct str skip_string(struct walk *walk)
{
        size_t start;

        step(walk);
        start = walk->at;
        while (!at_end(walk) && peek(walk) != '"') {
                if (peek(walk) == '\\')
                        step(walk);
                if (!at_end(walk))
                        step(walk);
        }
        if (!at_end(walk))
                step(walk);
        return str_part(walk->text, start, walk->at - start - 1);
}

/* A whole value: up to the comma or bracket that ends it. */
static void skip_value(struct walk *walk)
{
        size_t depth = 0;

        while (!at_end(walk)) {
                char c = peek(walk);

                if (c == '"') {
                        skip_string(walk);
                        continue;
                }
                if (c == '{' || c == '[')
                        depth++;
                if (depth == 0 && (c == ',' || c == '}' || c == ']'))
                        return;
                step(walk);
                if ((c == '}' || c == ']') && --depth == 0)
                        return;
        }
}

/* To behind the colon of the member "Statement" of the outermost object. */
static int find_statements(struct walk *walk)
{
        struct str name;

        skip_white(walk);
        while (!at_end(walk)) {
                step(walk); /* the brace, or the comma */
                skip_white(walk);
                if (at_end(walk) || peek(walk) != '"')
                        return -EINVAL;
                name = skip_string(walk);
                skip_white(walk);
                if (at_end(walk))
                        return -EINVAL;
                step(walk); /* the colon */
                skip_white(walk);
                if (str_eq(name, STR("Statement")))
                        return at_end(walk) ? -EINVAL : 0;
                skip_value(walk);
                skip_white(walk);
                if (at_end(walk) || peek(walk) != ',')
                        return -EINVAL;
        }
        return -EINVAL;
}

int iam_document_statement(struct str document, size_t index, struct document_position *ret_start,
                           struct document_position *ret_end)
{
        struct walk walk = {.text = document, .here = {1, 1}};
        bool is_list;

        TRY(find_statements(&walk));
        is_list = peek(&walk) == '[';
        if (!is_list) {
                ret_start->line = walk.here.line;
                ret_start->column = walk.here.column + 1;
                skip_value(&walk);
                *ret_end = walk.here;
                return index == 0 ? 0 : -EINVAL;
        }
        for (size_t i = 0; i <= index; i++) {
                step(&walk); /* the bracket, or the comma */
                *ret_start = walk.here;
                skip_white(&walk);
                if (at_end(&walk) || peek(&walk) != '{')
                        return -EINVAL;
                skip_value(&walk);
                *ret_end = walk.here;
                skip_white(&walk);
                if (i < index && (at_end(&walk) || peek(&walk) != ','))
                        return -EINVAL;
        }
        return 0;
}
