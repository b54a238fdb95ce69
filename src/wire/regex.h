/* Regular expressions whose work is bounded. Whether they match what takes more is not decided, which is
 * another answer than that they do not. A compiled one is for one thread at a time. */
#pragma once

#include "base/str.h"

struct regex;

/* What the matches of those that share it may take, in processor time of their thread: together; and, of
 * that, for each of what they are held against, so that one that takes long leaves time for the others. It
 * has to outlive them. */
struct regex_budget {
        int64_t left_ns;
        int64_t each_ns;
        int64_t spent_ns; /* on the one that is looked at */
};

/* They are held against another one now. */
static inline void regex_budget_next(struct regex_budget *budget)
{
        budget->spent_ns = 0;
}

/* The notation is PCRE2's, without captures; a point is any byte. -EINVAL: it is none. */
must_check int regex_compile(struct str text, struct regex_budget *budget, struct regex **ret);
/* Anywhere in the subject: 1 or 0. Not decided: -ETIME, nothing is left to any of them; -E2BIG, this one
 * takes too long, or too much memory. */
must_check int regex_match(const struct regex *regex, struct str subject);
/* With captures: of each group what it has matched. -EINVAL: it is none. */
must_check int regex_compile_groups(struct str text, struct regex_budget *budget, struct regex **ret);
size_t regex_group_count(const struct regex *regex);
/* From 0; absent: it has none. */
struct str regex_group_name(const struct regex *regex, size_t group);
/* As regex_match(). The first match; those of its groups that matched nothing are absent. Parts of the
 * subject. */
must_check int regex_capture(const struct regex *regex, struct str subject, struct str *ret, size_t count);
void regex_free(struct regex *regex); /* NULL is fine */
