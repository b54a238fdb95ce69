/* A form's policy while it is read:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html For this folder only. */
#pragma once

#include "auth/claim.h"
#include "wire/json_read.h"

struct form_policy {
        struct check *check;
        struct json_read json;
        int64_t end_ms;
        bool has_end, has_conditions;
        bool *is_covered; /* by the number of the field; the last is the bucket */
        struct str
                failed; /* as JSON, the first condition that the form does not meet; absent: it meets all */
};

must_check int form_policy_refuse(struct check *check, const char *what); /* AUTH_BAD_POLICY */
/* What a function of json_read.h gave, with its errors as refusals. */
must_check int form_policy_json(struct form_policy *policy, int result);

/* Both forms of a condition; ranges of sizes go to check->result. */
must_check int form_policy_read_simple(struct form_policy *policy);
must_check int form_policy_read_list(struct form_policy *policy);
