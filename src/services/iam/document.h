/* What is asked of a policy document beside its grammar: how long it counts, and how it is given back. */
#pragma once

#include "base/arena.h"

/* Characters without white space: what AWS's size quotas count.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
size_t iam_document_length(struct str document);

/* As responses carry documents: percent-encoded by RFC 3986. */
struct str iam_document_encode(struct arena *arena, struct str document);

/* True when the document says version 2012-10-17, as managed policies must. */
bool iam_document_is_current(struct str document);

/* True when some statement allows some action of the service ("s3"), whatever the resource and conditions. */
bool iam_document_grants(struct str document, struct str service);

/* Where a statement stands in a document, as the simulators say it: lines and columns from 1; from behind
 * what opens the statement (the bracket of the list, the comma, the brace of a lone statement) to behind its
 * end. */
struct document_position {
        int64_t line, column;
};
/* For a document that is a policy; index from 0. -EINVAL: it has no such statement. */
must_check int iam_document_statement(struct str document, size_t index, struct document_position *ret_start,
                                      struct document_position *ret_end);
