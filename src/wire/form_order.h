/* The parameters of a form in an order in which those of one value stand together: "Tags" and all "Tags.…"
 * are one run, and within it again all "Tags.member.…". Internal to the query protocols. */
#pragma once

#include "wire/form.h"

/* Parameters [begin, end) have the same first `at` characters of their names, which name the value. */
struct form_run {
        const struct str_pair *params;
        size_t begin, end;
        size_t at;
};

must_check int form_order(const struct wire_form *form, struct arena *arena, struct form_run *ret_all);

/* Takes the run of the next name segment off the front of *rest: "Tags" of "Tags.member.1.Key" at the top.
 * False at the end. Parameters of *rest that are the value itself (whose names end at `at`) must have been
 * taken before. */
bool form_next(struct form_run *rest, struct str *ret_segment, struct form_run *ret_run);

/* Takes the parameters that are the value itself off the front, and gives the last of them; absent when there
 * is none. */
struct str form_take_value(struct form_run *run);

static inline bool form_run_is_empty(const struct form_run *run)
{
        return run->begin == run->end;
}
