/* AWS managed policies from a file, for all accounts of the server: `merlon policy import-managed FILE`.
 * The file is a JSON object of policies by name:
 *   {"NAME": {"arn": "arn:aws:iam::aws:policy/PATH/NAME", "version": "v3", "createdate":
 * "2015-02-06T18:39:46Z", "updatedate": ..., "document": {...}}, ...} Policies without an ARN (withdrawn by
 * AWS) are passed over. A policy that is there already is replaced, and keeps its id and its attachments. */
#pragma once

#include "base/arena.h"
#include "store/store.h"

#define IAM_IMPORT_PROBLEM_MAX 1024

struct iam_import_result {
        size_t imported;
        size_t passed_over;
        char problem[IAM_IMPORT_PROBLEM_MAX]; /* for -EINVAL: what is wrong, and with which policy */
};

/* In one transaction: all of the file, or with an error nothing of it. -EINVAL: the file is not as above. */
must_check int iam_import_managed(struct txn *txn, struct arena *arena, struct str json,
                                  struct iam_import_result *ret);
