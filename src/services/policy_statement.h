/* Statements of policies that are added and removed by their labels: AddPermission and RemovePermission.
 * Documents as JSON, which has passed policy_compile(). */
#pragma once

#include <jansson.h>

#include "services/call.h"

/* The list of its statements, also where a single one stands without a list around it. */
json_t *policy_statements(json_t *policy);
/* -1: none has this Sid. */
ptrdiff_t policy_find_statement(json_t *policy, struct str label);
/* As text, in the call's arena. */
must_check int policy_write(struct call *call, const json_t *policy, struct str *ret);
/* "arn:aws:iam::111122223333:root", of each; -EINVAL: *ret_refused is no account. */
must_check int policy_add_accounts(struct call *call, const struct str_list *accounts, json_t *list,
                                   struct str *ret_refused);
json_t *policy_text(struct str value);
