/* Trust policies as they are kept. A user or role that a trust policy names is meant by its unique id, so
 * that another of the same name, made after it was deleted, is not trusted. Deciding works on the stored
 * form: the policy language knows unique ids. People are shown the ARN as long as the id lives.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
#pragma once

#include "services/call.h"

/* Checks the document (MalformedPolicyDocument, "Invalid principal in policy: ...", size) and gives the form
 * to store: without white space. */
must_check int iam_trust_store(struct call *call, struct str document, struct str *ret_stored);
/* The stored form as it is shown. An id that is gone stays an id. */
must_check int iam_trust_document(struct txn *txn, struct arena *arena, struct str stored, struct str *ret);
