/* Policies of resources as services keep them: what is enforced means users and roles by their unique ids, so
 * that another one of the same name has no access; the text is kept to be given back.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
#pragma once

#include "services/call.h"

struct resource_policy {
        struct str enforced; /* absent: there is no policy */
        struct str text;     /* as it was given, where that differs; else absent */
        struct str shown;    /* with it: a hash of the enforced one as it was shown then */
};

/* The document has passed policy_compile(). -EINVAL: a principal is none, or is not there: *ret_refused. */
must_check int resource_policy_set(struct call *call, struct str document, struct resource_policy *ret,
                                   struct str *ret_refused);
/* The text that was given, as long as everyone whom it names is still there and called so; else the enforced
 * one with the ARNs of now, and the ids of those who are gone. */
must_check int resource_policy_tell(struct call *call, const struct resource_policy *policy, struct str *ret);
