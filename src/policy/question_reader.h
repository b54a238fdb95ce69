/* A question written as JSON, for `merlon policy evaluate`, tests and fuzzing:
 *
 *   {"id": "1", "principal": ARN, "action": "s3:GetObject", "resource": ARN, "resource_account":
 * "111122223333", "context": {"aws:SourceIp": ["203.0.113.7"]}, "identity": [document, ...], "boundary":
 * document, "session": [document, ...], "resource_policy": document, "grants": [{"name": text, "grantee":
 * ARN}, {"group": "AllUsers"}, ...], "scps": [[document, ...], ...], "rcps": [[document, ...], ...],
 * "endpoint_policy": document}
 *
 * A document is a JSON object, or a string that holds one. What is left out is filled in as AWS would: see
 * question_defaults.c. */
#pragma once

#include "policy/policy.h"

#include "base/arena.h"

#define QUESTION_MAX ((size_t)8 * 1024 * 1024)

struct read_question {
        struct arena *arena; /* the caller's: everything but the policies */
        struct str id;       /* as JSON; "null" if there is none to be read */
        struct policy_question question;
        struct policy **policies; /* owned */
        size_t policy_count;
};

#define QUESTION_PROBLEM_MAX (POLICY_PROBLEM_MAX + 64)

/* -EINVAL with a text in problem, -ENOMEM. Even then *ret has the id if there was one, and is to be done with
 * read_question_done(). The question points into the arena. */
must_check int question_read(struct str json, struct arena *arena, struct read_question *ret,
                             char problem[QUESTION_PROBLEM_MAX]);
void read_question_done(struct read_question *read);

/* Works out the kind of principal from how it is written; -EINVAL if it is none. The keys are those that the
 * question gives: an assumed role's own ARN may be among them. */
must_check int question_principal(struct arena *arena, struct str text, struct str action,
                                  const struct policy_question *keys, struct policy_principal *ret);
struct json_t;
/* The member "grants", NULL if there is none. On -EINVAL, *problem says why. */
must_check int question_grants(struct arena *arena, const struct json_t *list,
                               struct policy_question *question, const char **problem);
/* Adds what every request to AWS carries and this question does not say. */
must_check int question_defaults(struct arena *arena, struct policy_question *question);
