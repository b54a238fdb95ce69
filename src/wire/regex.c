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

static int compile(struct str text, struct regex *ret)
{
        PCRE2_SIZE at;
        int error;

        ret->code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, PCRE2_NO_AUTO_CAPTURE | PCRE2_DOTALL,
                                  &error, &at, NULL);
        if (!ret->code)
                return -EINVAL;
        ret->data = pcre2_match_data_create(1, NULL);
        ret->context = pcre2_match_context_create(NULL);
        if (!ret->data || !ret->context)
                return -ENOMEM;
        (void)pcre2_set_match_limit(ret->context, STEPS_MAX);
        (void)pcre2_set_depth_limit(ret->context, STEPS_MAX);
        (void)pcre2_set_heap_limit(ret->context, HEAP_KIB);
        return 0;
}

int regex_compile(struct str text, struct regex **ret)
{
        struct regex *regex = calloc(1, sizeof(*regex));
        int r;

        if (!regex)
                return -ENOMEM;
        r = compile(text, regex);
        if (r < 0)
                regex_free(regex);
        else
                *ret = regex;
        return r;
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
