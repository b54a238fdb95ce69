/* One request against one policy. */
#pragma once

#include "policy/principal.h"

#define ACTION_MAX 256

/* What of a question is worth working out once. */
struct request {
        const struct policy_question *question;
        char buffer[ACTION_MAX];
        struct str action; /* lowered; absent if it is too long to be one */
        struct str vendor; /* with its colon */
        uint64_t action_hash, vendor_hash;
};

void request_init(struct request *request, const struct policy_question *question);

/* The strongest Allow found so far, in policies of one type. */
struct finding {
        const struct policy_ref *policy;
        int statement;
        enum policy_grant grant;
};

/* True when a Deny applies; *deny then says which. Otherwise *allow is updated. */
bool policy_scan(const struct request *request, const struct policy_ref *ref, struct finding *allow,
                 struct finding *deny);

/* The elements of a statement by themselves. */
bool statement_has_action(const struct statement *statement, struct str lowered_action);
bool statement_has_resource(const struct statement *statement, const struct policy_question *question);
enum policy_grant statement_applies(const struct statement *statement,
                                    const struct policy_question *question);
