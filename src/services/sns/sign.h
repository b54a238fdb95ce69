/* Signatures of messages, by which subscribers know that SNS sent them. Each takes most of a millisecond:
 * they are made before the transaction that needs them, in which everybody else waits.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
#pragma once

#include "services/sns/sns.h"

struct sns_signed;

struct sns_signature {
        struct str version; /* "1" or "2" */
        struct str value;   /* base64; absent: it is not signed, and says nothing of it */
        struct str certificate_url;
};

/* What a request to confirm says that nobody can guess. */
struct sns_asking {
        struct str token, message_id;
};

/* What prepare functions of this service leave in call->prepared for their transactions. */
struct sns_prepared {
        const struct sns_signed *signature; /* the last one that was made; NULL: none */
        struct sns_asking asking;           /* absent: nobody is asked */
};

/* text: the canonical form, names and values on lines of their own. origin: of the subscription. -ENOENT, in
 * a snapshot: there is nothing yet to sign with. */
must_check int sns_sign(struct call *call, struct str version, struct str region, struct str origin,
                        struct str text, struct sns_signature *ret);
/* In a prepare function: what has been signed in its snapshot is there for the transaction, which signs
 * itself what differs. asking: NULL, nobody is asked. */
must_check int sns_keep_signature(struct call *call, const struct sns_asking *asking);
