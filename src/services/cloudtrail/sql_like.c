/* LIKE, as SQLite has it with case, but for an end to its time. */
#include "services/cloudtrail/sql.h"

#define STEPS 4096 /* between looks at the clock */

struct likeness {
        struct str pattern, text;
        int escape; /* -1: there is none */
        size_t at, text_at;
        size_t after_any, any_at; /* behind the last % there was, and what it ends at; 0: none */
};

static size_t next_character(struct str text, size_t at)
{
        for (at++; at < text.len && (text.ptr[at] & 0xc0) == 0x80;)
                at++;
        return at;
}

/* One of the pattern, at one of the text. */
static bool step(struct likeness *like)
{
        struct str rest = str_from(like->pattern, like->at);
        bool is_escaped = rest.len && (unsigned char)rest.ptr[0] == like->escape;

        if (!is_escaped && rest.len && rest.ptr[0] == '%') {
                like->after_any = ++like->at;
                like->any_at = like->text_at;
                return true;
        }
        if (!is_escaped && rest.len && rest.ptr[0] == '_') {
                like->at++;
                like->text_at = next_character(like->text, like->text_at);
                return true;
        }
        if (is_escaped) {
                rest = str_from(rest, 1);
                like->at++;
        }
        if (!rest.len || rest.ptr[0] != like->text.ptr[like->text_at])
                return false;
        like->at++;
        like->text_at++;
        return true;
}

static bool is_at_end(const struct likeness *like)
{
        size_t at = like->at;

        while (at < like->pattern.len && like->pattern.ptr[at] == '%' && like->escape != '%')
                at++;
        return at == like->pattern.len;
}

int sql_like(sqlite3_context *context, struct str pattern, struct str text, struct str escape)
{
        struct likeness like = {.pattern = pattern, .text = text, .escape = -1};

        if (escape.len)
                like.escape = (unsigned char)escape.ptr[0];
        for (size_t i = 0; like.text_at < text.len; i++) {
                if (i % STEPS == 0 && sql_is_late(context))
                        return -ETIME;
                if (step(&like))
                        continue;
                if (like.after_any == 0)
                        return false;
                like.at = like.after_any;
                like.text_at = like.any_at = next_character(text, like.any_at);
        }
        return is_at_end(&like);
}
