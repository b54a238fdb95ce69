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
