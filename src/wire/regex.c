#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "wire/regex.h"

#define HEAP_KIB  1024
#define WATCH     "(?C1)" /* in front, so that nothing there changes how the rest is read */
#define LOOK_EACH 32      /* items: between two of them one of them runs over the subject at most once */

struct regex {
        pcre2_code *code;
        pcre2_match_data *data;
        pcre2_match_context *context;
        struct regex_budget *budget;
};

struct watch {
        int64_t end_ns;
        unsigned int looks;
};

/* The library's own limit is of steps from one place, some of which run over all of the subject, and many of
 * which are needed for ".*" in a long one. So the time is what counts. Called before each item of the
 * expression, at each place. */
static int look(pcre2_callout_block *block, void *arg)
{
        struct watch *watch = arg;

        (void)block;
        return ++watch->looks % LOOK_EACH || clock_thread_ns() < watch->end_ns ? 0 : PCRE2_ERROR_MATCHLIMIT;
}

static int compile_watched(struct str text, uint32_t options, struct regex *ret)
{
        char *watched = malloc(text.len + sizeof(WATCH));
        PCRE2_SIZE at;
        int error;

        if (!watched)
                return -ENOMEM;
        memcpy(watched, WATCH, sizeof(WATCH) - 1);
        if (text.len)
                memcpy(watched + sizeof(WATCH) - 1, text.ptr, text.len);
        ret->code =
                pcre2_compile((PCRE2_SPTR)watched, text.len + sizeof(WATCH) - 1, options, &error, &at, NULL);
        free(watched);
        return ret->code ? 0 : -EINVAL;
}

static int compile(struct str text, uint32_t options, struct regex *ret)
{
        TRY(compile_watched(text, options, ret));
        ret->data = options & PCRE2_NO_AUTO_CAPTURE ? pcre2_match_data_create(1, NULL)
                                                    : pcre2_match_data_create_from_pattern(ret->code, NULL);
        ret->context = pcre2_match_context_create(NULL);
        if (!ret->data || !ret->context)
                return -ENOMEM;
        (void)pcre2_set_match_limit(ret->context, UINT32_MAX);
        (void)pcre2_set_heap_limit(ret->context, HEAP_KIB);
        return 0;
}

static int make(struct str text, uint32_t options, struct regex_budget *budget, struct regex **ret)
{
        struct regex *regex = calloc(1, sizeof(*regex));
        int r;

        if (!regex)
                return -ENOMEM;
        regex->budget = budget;
        r = compile(text, options, regex);
        if (r < 0)
                regex_free(regex);
        else
                *ret = regex;
        return r;
}

int regex_compile(struct str text, struct regex_budget *budget, struct regex **ret)
{
        return make(text, PCRE2_NO_AUTO_CAPTURE | PCRE2_DOTALL | PCRE2_AUTO_CALLOUT, budget, ret);
}

int regex_compile_groups(struct str text, struct regex_budget *budget, struct regex **ret)
{
        return make(text, PCRE2_DOTALL | PCRE2_AUTO_CALLOUT, budget, ret);
}

size_t regex_group_count(const struct regex *regex)
{
        uint32_t count = 0;

        (void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
        return count;
}

struct str regex_group_name(const struct regex *regex, size_t group)
{
        uint32_t count = 0, size = 0;
        PCRE2_SPTR names = NULL; /* a row of each: its number in two bytes, its name, a NUL */

        (void)pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
        (void)pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
        (void)pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &names);
        for (uint32_t i = 0; i < count; i++) {
                const unsigned char *row = names + (size_t)i * size;

                if (((size_t)row[0] << 8 | row[1]) == group + 1)
                        return str_of((const char *)row + 2);
        }
        return STR_NONE;
}

static int run(const struct regex *regex, struct str subject, int64_t time_ns)
{
        struct regex_budget *budget = regex->budget;
        int64_t begun_ns = clock_thread_ns(), took_ns;
        struct watch watch = {.end_ns = begun_ns + time_ns};
        int found;

        (void)pcre2_set_callout(regex->context, look, &watch);
        found = pcre2_match(regex->code, (PCRE2_SPTR)(subject.len ? subject.ptr : ""), subject.len, 0, 0,
                            regex->data, regex->context);
        took_ns = clock_thread_ns() - begun_ns;
        budget->left_ns -= took_ns;
        budget->spent_ns += took_ns;
        return found;
}

/* How many of the groups have a place in what was found, and one for the whole of it. */
static int find(const struct regex *regex, struct str subject)
{
        const struct regex_budget *budget = regex->budget;
        int64_t one_ns = budget->each_ns - budget->spent_ns;
        int found;

        if (budget->left_ns <= 0)
                return -ETIME;
        if (one_ns <= 0)
                return -E2BIG;
        found = run(regex, subject, one_ns < budget->left_ns ? one_ns : budget->left_ns);
        if (found >= 0)
                return found > 0 ? found : 1; /* 0: it has more than there is room for */
        if (found == PCRE2_ERROR_NOMATCH)
                return 0;
        return budget->left_ns <= 0 ? -ETIME : -E2BIG;
}

int regex_capture(const struct regex *regex, struct str subject, struct str *ret, size_t count)
{
        int found = find(regex, subject);
        const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->data);

        if (found <= 0)
                return found;
        for (size_t i = 0; i < count; i++) {
                bool is_there = i + 1 < (size_t)found && places[2 * (i + 1)] != PCRE2_UNSET &&
                                places[2 * (i + 1)] <= places[2 * (i + 1) + 1];

                ret[i] = is_there ? str_part(subject, places[2 * (i + 1)],
                                             places[2 * (i + 1) + 1] - places[2 * (i + 1)])
                                  : STR_NONE;
        }
        return 1;
}

int regex_match(const struct regex *regex, struct str subject)
{
        int found = find(regex, subject);

        return found > 0 ? 1 : found;
}

void regex_free(struct regex *regex)
{
        if (!regex)
                return;
        pcre2_code_free(regex->code);
        pcre2_match_data_free(regex->data);
        pcre2_match_context_free(regex->context);
        free(regex);
}
