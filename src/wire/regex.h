/* Regular expressions whose work is bounded: what takes more does not match. A compiled one is for one thread
 * at a time. */
#pragma once

#include "base/str.h"

struct regex;

/* What the matches of those that share it may take together; behind that none of them matches any more. It
 * has to outlive them. */
struct regex_budget {
        int64_t left_ns;
};

/* The notation is PCRE2's, without captures; a point is any byte. -EINVAL: it is none. */
must_check int regex_compile(struct str text, struct regex_budget *budget, struct regex **ret);
/* Anywhere in the subject. */
bool regex_match(const struct regex *regex, struct str subject);
/* With captures: of each group what it has matched. -EINVAL: it is none. */
must_check int regex_compile_groups(struct str text, struct regex_budget *budget, struct regex **ret);
size_t regex_group_count(const struct regex *regex);
/* From 0; absent: it has none. */
struct str regex_group_name(const struct regex *regex, size_t group);
/* The first match; those of its groups that matched nothing are absent. Parts of the subject. */
bool regex_capture(const struct regex *regex, struct str subject, struct str *ret, size_t count);
void regex_free(struct regex *regex); /* NULL is fine */
