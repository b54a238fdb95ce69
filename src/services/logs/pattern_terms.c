/* Terms of unstructured messages: all that are wanted, none that is excluded; or one of several, each with a
 * question mark. */
#include <stdlib.h>

#include "services/logs/pattern_inside.h"

enum wish { WANTED, EXCLUDED, OPTIONAL };

struct term {
        enum wish wish;
        char *text;
        size_t len;
        struct regex *regex;
};

struct logs_pattern_terms {
        struct term items[PATTERN_MAX / 2 + 1];
        size_t count;
        bool is_choice; /* all are optional: one is enough */
};

static bool is_plain(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_end(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* "Enclose exact phrases and terms that include non-alphanumeric characters in double quotation marks". */
static int take_word(struct logs_pattern_text *text, struct term *term)
{
        size_t len = 0;
        bool is_valid = true;

        for (; len < text->rest.len && !is_end(text->rest.ptr[len]); len++)
                is_valid &= is_plain(text->rest.ptr[len]);
        if (!is_valid || len == 0)
                return logs_pattern_refuse(text, "Invalid character(s) in term '%.*s'",
                                           (int)(len < 64 ? len : 64), text->rest.ptr);
        term->text = malloc(len);
        if (!term->text)
                return -ENOMEM;
        memcpy(term->text, text->rest.ptr, len);
        term->len = len;
        text->rest = str_from(text->rest, len);
        return 0;
}

static int take_term(struct logs_pattern_text *text, struct term *term)
{
        if (logs_pattern_take(text, STR("-")))
                term->wish = EXCLUDED;
        else if (logs_pattern_take(text, STR("?")))
                term->wish = OPTIONAL;
        if (term->wish != WANTED)
                logs_pattern_skip_blanks(text);
        if (str_starts(text->rest, STR("\"")))
                return logs_pattern_take_quoted(text, &term->text, &term->len);
        if (str_starts(text->rest, STR("%")))
                return logs_pattern_take_regex(text, &term->regex);
        return take_word(text, term);
}

/* "If you combine "?" with other filter patterns, all question mark terms will be ignored." */
static void settle(struct logs_pattern_terms *terms)
{
        terms->is_choice = true;
        for (size_t i = 0; i < terms->count; i++)
                terms->is_choice &= terms->items[i].wish == OPTIONAL;
}

int logs_pattern_terms_compile(struct logs_pattern_text *text, struct logs_pattern_terms **ret)
{
        struct logs_pattern_terms *terms = calloc(1, sizeof(*terms));
        int r = 0;

        if (!terms)
                return -ENOMEM;
        *ret = terms; /* freed with the pattern */
        for (; r == 0 && text->rest.len; logs_pattern_skip_blanks(text)) {
                if (terms->count == sizeof(terms->items) / sizeof(terms->items[0]))
                        return logs_pattern_refuse(text, "Too many terms in filter pattern");
                r = take_term(text, &terms->items[terms->count++]);
        }
        settle(terms);
        return r;
}

/* A phrase of blanks alone matches everything: "You can match everything in your log events with double
 * quotation marks." */
static int is_there(const struct term *term, struct str message)
{
        struct str text = {term->text, term->len};

        if (term->regex)
                return regex_match(term->regex, message);
        return str_trim(text).len == 0 || str_find(message, text) >= 0;
}

static int fits(const struct term *term, struct str message)
{
        int r = is_there(term, message);

        return r < 0 ? r : r == (term->wish != EXCLUDED);
}

/* Of a choice one decides that fits, else one that does not. */
int logs_pattern_terms_match(const struct logs_pattern_terms *terms, struct str message)
{
        int answer = !terms->is_choice;

        for (size_t i = 0; i < terms->count; i++) {
                const struct term *term = &terms->items[i];
                int r;

                if (term->wish == OPTIONAL && !terms->is_choice)
                        continue;
                r = fits(term, message);
                if (r == terms->is_choice)
                        return r;
                answer = r < 0 ? r : answer;
        }
        return answer;
}

void logs_pattern_terms_free(struct logs_pattern_terms *terms)
{
        if (!terms)
                return;
        for (size_t i = 0; i < terms->count; i++) {
                free(terms->items[i].text);
                regex_free(terms->items[i].regex);
        }
        free(terms);
}
