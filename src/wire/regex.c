#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "wire/regex.h"

#define STEPS_MAX 100000 /* of one match */
#define HEAP_KIB  1024

struct regex {
        pcre2_code *code;
        pcre2_match_data *data;
        pcre2_match_context *context;
};

static int compile(struct str text, uint32_t options, struct regex *ret)
{
        PCRE2_SIZE at;
        int error;

        ret->code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &error, &at, NULL);
        if (!ret->code)
                return -EINVAL;
        ret->data = options & PCRE2_NO_AUTO_CAPTURE ? pcre2_match_data_create(1, NULL)
                                                    : pcre2_match_data_create_from_pattern(ret->code, NULL);
        ret->context = pcre2_match_context_create(NULL);
        if (!ret->data || !ret->context)
                return -ENOMEM;
        (void)pcre2_set_match_limit(ret->context, STEPS_MAX);
        (void)pcre2_set_depth_limit(ret->context, STEPS_MAX);
        (void)pcre2_set_heap_limit(ret->context, HEAP_KIB);
        return 0;
}

static int make(struct str text, uint32_t options, struct regex **ret)
{
        struct regex *regex = calloc(1, sizeof(*regex));
        int r;

        if (!regex)
                return -ENOMEM;
        r = compile(text, options, regex);
        if (r < 0)
                regex_free(regex);
        else
                *ret = regex;
        return r;
}

int regex_compile(struct str text, struct regex **ret)
{
        return make(text, PCRE2_NO_AUTO_CAPTURE | PCRE2_DOTALL, ret);
}

int regex_compile_groups(struct str text, struct regex **ret)
{
        return make(text, PCRE2_DOTALL, ret);
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

bool regex_capture(const struct regex *regex, struct str subject, struct str *ret, size_t count)
{
        int found = pcre2_match(regex->code, (PCRE2_SPTR)(subject.len ? subject.ptr : ""), subject.len, 0, 0,
                                regex->data, regex->context);
        const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->data);

        if (found < 0)
                return false;
        for (size_t i = 0; i < count; i++) {
                bool is_there = i + 1 < (size_t)found && places[2 * (i + 1)] != PCRE2_UNSET &&
                                places[2 * (i + 1)] <= places[2 * (i + 1) + 1];

                ret[i] = is_there ? str_part(subject, places[2 * (i + 1)],
                                             places[2 * (i + 1) + 1] - places[2 * (i + 1)])
                                  : STR_NONE;
        }
        return true;
}

bool regex_match(const struct regex *regex, struct str subject)
{
        return pcre2_match(regex->code, (PCRE2_SPTR)(subject.len ? subject.ptr : ""), subject.len, 0, 0,
                           regex->data, regex->context) >= 0;
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
