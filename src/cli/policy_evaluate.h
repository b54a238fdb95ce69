/* `merlon policy evaluate`: decisions offline, for other people's tests.
 *
 * One question a line (policy/question_reader.h), one answer a line:
 *   {"id": as asked, "decision": "Allow|ExplicitDeny|ImplicitDeny", "by": type of policy, "statements":
 * [...]} "by" is "identity", "boundary", "session", "resource", "scp", "rcp", "endpoint", "grant" (then
 * "grant" is its place among the grants), "root" (the root user needs no policy) or "none". "statements" are
 * those that matched and decided: for ExplicitDeny every Deny that applies, for Allow every Allow of the type
 * in "by", for ImplicitDeny none; each with its type, the policy's place among those of its type, its own
 * place in the policy, its Sid and its effect. A line that cannot be read is answered with "error" and
 * ImplicitDeny, and the next one is read. */
#pragma once

#include "base/buf.h"

#include <stdio.h>

/* The exit status: 0; 1 when any line could not be read, or nothing more could be written. */
int cli_policy_evaluate(FILE *in, FILE *out);

/* Appends the answer to one question, with a newline; -EINVAL when it could not be read. */
must_check int cli_policy_answer(struct str line, struct buf *answer);

/* `merlon policy validate`: one document on in; nothing when it is good, else AWS's text and 1. The kind is
 * that of enum policy_kind in lower case: identity, session, resource, trust, scp, rcp, endpoint, key. */
int cli_policy_validate(FILE *in, FILE *out, struct str kind);
