#include "policy/pattern.h"

#include "policy/glob.h"
#include "policy/question.h"

#define SEGMENTS_OF_ARN 6

/* Text being compiled: a new part starts at each variable. */
struct compiler {
        struct arena *arena;
        unsigned flags;
        unsigned colons; /* seen so far, outside of variables */
        char *out;       /* room for the whole source */
        size_t start;    /* of the part being written */
        size_t len;
        struct pattern *pattern;
};

size_t variable_parse(struct str text, struct str *ret_name, struct str *ret_fallback)
{
        ptrdiff_t end;
        struct str inner;

        if (!str_starts(text, STR("${")))
                return 0;
        *ret_fallback = STR_NONE;
        for (size_t i = 2; i < text.len && text.ptr[i] != '}'; i++) {
                /* A default may hold a brace: "${key, 'default'}" ends behind its second quote. */
                if (!str_starts(str_from(text, i), STR(", '")))
                        continue;
                end = str_find(str_from(text, i + 3), STR("'}"));
                if (end < 0)
                        break;
                *ret_name = str_part(text, 2, i - 2);
                *ret_fallback = str_part(text, i + 3, (size_t)end);
                return ret_name->len > 0 ? i + 3 + (size_t)end + 2 : 0;
        }
        end = str_find_byte(text, '}');
        inner = end > 2 ? str_part(text, 2, (size_t)end - 2) : STR_NONE;
        *ret_name = inner;
        return inner.len > 0 ? (size_t)end + 1 : 0;
}

static char lower(char c)
{
        return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* A '*' that ends its segment may match beyond the colon; others, and '?', stay inside, but for the last
 * segment, which may have colons of its own.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
static char wildcard(const struct compiler *c, char byte, struct str rest)
{
        bool ends_segment = rest.len == 0 || rest.ptr[0] == ':';
        bool narrow = (c->flags & PATTERN_SEGMENTS) && c->colons + 1 < SEGMENTS_OF_ARN;

        if (byte == '?')
                return (char)(narrow ? GLOB_ONE_NARROW : GLOB_ONE);
        return (char)(narrow && !ends_segment ? GLOB_MANY_NARROW : GLOB_MANY);
}

static void put(struct compiler *c, char byte)
{
        c->out[c->len++] = byte;
}

/* Enough for each variable, the text before each, and the text at the end. */
static size_t parts_at_most(struct str source)
{
        size_t n = 1;

        for (size_t i = 0; i < source.len; i++)
                n += source.ptr[i] == '$' ? 2 : 0;
        return n;
}

static int add_part(struct compiler *c, struct pattern_part part)
{
        struct pattern *pattern = c->pattern;

        if (!pattern->parts)
                pattern->parts =
                        arena_new_array(c->arena, struct pattern_part, parts_at_most(pattern->source));
        if (!pattern->parts)
                return -ENOMEM;
        pattern->parts[pattern->part_count++] = part;
        return 0;
}

static int end_part(struct compiler *c)
{
        struct str text = str_make(c->out + c->start, c->len - c->start);

        c->start = c->len;
        return text.len ? add_part(c, (struct pattern_part){.text = text}) : 0;
}

/* ${*}, ${?} and ${$} are those characters themselves. */
static bool is_special(struct str name)
{
        return name.len == 1 && (name.ptr[0] == '*' || name.ptr[0] == '?' || name.ptr[0] == '$');
}

static int compile_variable(struct compiler *c, struct str name, struct str fallback)
{
        if (is_special(name) && !str_is_set(fallback)) {
                put(c, name.ptr[0]);
                return 0;
        }
        TRY(end_part(c));
        return add_part(c, (struct pattern_part){.key = name, .fallback = fallback});
}

static int compile_bytes(struct compiler *c, struct str source)
{
        for (size_t i = 0, n; i < source.len; i += n) {
                struct str name, fallback, rest = str_from(source, i + 1);
                char byte = source.ptr[i];

                n = c->flags & PATTERN_VARIABLES ? variable_parse(str_from(source, i), &name, &fallback) : 0;
                if (n > 0) {
                        TRY(compile_variable(c, name, fallback));
                        continue;
                }
                n = 1;
                if ((c->flags & PATTERN_WILDCARDS) && (byte == '*' || byte == '?'))
                        put(c, wildcard(c, byte, rest));
                else
                        put(c, c->flags & PATTERN_LOWER ? lower(byte) : byte);
                c->colons += byte == ':';
        }
        return 0;
}

static bool is_meta(char c)
{
        return (unsigned char)c >= GLOB_FIRST;
}

static void classify(struct pattern *pattern)
{
        struct str text = pattern->text;
        size_t metas = 0;

        for (size_t i = 0; i < text.len; i++) {
                metas += is_meta(text.ptr[i]);
                pattern->narrow |= (unsigned char)text.ptr[i] >= GLOB_MANY_NARROW;
        }
        pattern->shape = metas == 0 ? PATTERN_SHAPE_LITERAL : PATTERN_SHAPE_GLOB;
        if (metas != 1)
                return;
        if ((unsigned char)text.ptr[text.len - 1] == GLOB_MANY) {
                pattern->shape = text.len == 1 ? PATTERN_SHAPE_ANY : PATTERN_SHAPE_PREFIX;
                pattern->text.len--;
        } else if ((unsigned char)text.ptr[0] == GLOB_MANY) {
                pattern->shape = PATTERN_SHAPE_SUFFIX;
                pattern->text = str_from(text, 1);
        }
}

int pattern_compile(struct arena *arena, struct str source, unsigned flags, struct pattern *ret)
{
        struct compiler c = {.arena = arena, .flags = flags, .pattern = ret};

        *ret = (struct pattern){.source = source};
        c.out = arena_alloc(arena, source.len + 1);
        if (!c.out)
                return -ENOMEM;
        TRY(compile_bytes(&c, source));
        ret->text = str_make(c.out, c.len);
        classify(ret);
        if (!ret->parts)
                return 0;
        ret->text = str_make(c.out, c.len);
        ret->shape = PATTERN_SHAPE_DYNAMIC;
        return end_part(&c);
}

/* A value that holds bytes which mean wildcards to us is not text; it must not become a pattern. */
static bool is_plain(struct str value)
{
        for (size_t i = 0; i < value.len; i++)
                if (is_meta(value.ptr[i]))
                        return false;
        return true;
}

/* A key without a value, or with several, cannot stand for a variable.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
static bool part_value(const struct pattern_part *part, const struct policy_question *question,
                       struct str *ret)
{
        struct policy_key key;

        *ret = part->text;
        if (!str_is_set(part->key))
                return true;
        if (!question || !question_find_key(question, part->key, &key)) {
                *ret = part->fallback;
                return str_is_set(part->fallback);
        }
        *ret = key.values[0];
        return key.count == 1 && is_plain(*ret);
}

static bool expand(const struct pattern *pattern, const struct policy_question *question,
                   char out[PATTERN_EXPANDED_MAX], struct str *ret)
{
        size_t len = 0;

        for (size_t i = 0; i < pattern->part_count; i++) {
                struct str value;

                if (!part_value(&pattern->parts[i], question, &value))
                        return false;
                if (value.len > PATTERN_EXPANDED_MAX - len)
                        return false;
                if (value.len > 0)
                        memcpy(out + len, value.ptr, value.len);
                len += value.len;
        }
        *ret = str_make(out, len);
        return true;
}

static bool match_text(struct str compiled, bool narrow, struct str text)
{
        return narrow ? glob_match_narrow(compiled, text) : glob_match(compiled, text);
}

static bool match_dynamic(const struct pattern *pattern, struct str text,
                          const struct policy_question *question)
{
        char out[PATTERN_EXPANDED_MAX];
        struct str compiled;

        return expand(pattern, question, out, &compiled) && match_text(compiled, pattern->narrow, text);
}

bool pattern_match(const struct pattern *pattern, struct str text, const struct policy_question *question)
{
        switch (pattern->shape) {
        case PATTERN_SHAPE_ANY:
                return true;
        case PATTERN_SHAPE_LITERAL:
                return str_eq(pattern->text, text);
        case PATTERN_SHAPE_PREFIX:
                return str_starts(text, pattern->text);
        case PATTERN_SHAPE_SUFFIX:
                return str_ends(text, pattern->text);
        case PATTERN_SHAPE_GLOB:
                return match_text(pattern->text, pattern->narrow, text);
        case PATTERN_SHAPE_DYNAMIC:
                return match_dynamic(pattern, text, question);
        }
        return false;
}

bool pattern_equals_nocase(const struct pattern *pattern, struct str text,
                           const struct policy_question *question)
{
        char out[PATTERN_EXPANDED_MAX];
        struct str compiled = pattern->text;

        if (pattern->shape == PATTERN_SHAPE_DYNAMIC && !expand(pattern, question, out, &compiled))
                return false;
        return str_eq_nocase(compiled, text);
}

/* Takes the next part of an ARN; the sixth is all the rest. */
static bool take_segment(struct str *rest, int index, struct str *ret)
{
        ptrdiff_t colon = index + 1 < SEGMENTS_OF_ARN ? str_find_byte(*rest, ':') : (ptrdiff_t)rest->len;

        if (colon < 0)
                return false;
        *ret = str_part(*rest, 0, (size_t)colon);
        *rest = str_from(*rest, (size_t)colon + 1);
        return true;
}

static bool match_segments(struct str compiled, struct str text)
{
        for (int i = 0; i < SEGMENTS_OF_ARN; i++) {
                struct str p, t;

                if (!take_segment(&compiled, i, &p) || !take_segment(&text, i, &t) || !glob_match(p, t))
                        return false;
        }
        return true;
}

bool pattern_match_arn(const struct pattern *pattern, struct str text, const struct policy_question *question)
{
        char out[PATTERN_EXPANDED_MAX];
        struct str compiled = pattern->text;

        if (pattern->shape == PATTERN_SHAPE_ANY)
                return true;
        if (pattern->shape == PATTERN_SHAPE_DYNAMIC) {
                if (!expand(pattern, question, out, &compiled))
                        return false;
        } else if (pattern->shape == PATTERN_SHAPE_PREFIX || pattern->shape == PATTERN_SHAPE_SUFFIX) {
                /* The wildcard that classify() left out stands beside the text in memory. */
                compiled.len++;
                compiled.ptr -= pattern->shape == PATTERN_SHAPE_SUFFIX;
        }
        return match_segments(compiled, text);
}
