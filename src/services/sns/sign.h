/* Signatures of messages, by which subscribers know that SNS sent them.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
#pragma once

#include "services/sns/sns.h"

struct sns_signature {
        struct str version; /* "1" or "2" */
        struct str value;   /* base64; absent: it is not signed, and says nothing of it */
        struct str certificate_url;
};

/* text: the canonical form, names and values on lines of their own. origin: of the subscription. */
must_check int sns_sign(struct call *call, struct str version, struct str region, struct str origin,
                        struct str text, struct sns_signature *ret);
