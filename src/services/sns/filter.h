/* Which messages a subscription wants: filter policies.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html */
#pragma once

#include <jansson.h>

#include "services/sns/content.h"

/* A message that is held against many of them. */
struct sns_message_filter {
        struct call *call;
        const struct sns_content_record *content;
        json_t *attributes;        /* as what is matched; made when first needed */
        struct str protocol, text; /* the text for a protocol, which the next subscription mostly has, too */
};

void sns_filter_begin(struct call *call, const struct sns_content_record *content,
                      struct sns_message_filter *ret);
must_check int sns_filter_fits(struct sns_message_filter *filter,
                               const struct sns_subscription_record *subscription, bool *ret);
void sns_filter_done(struct sns_message_filter *filter);
/* What it says for a protocol: sns_text_for(), made once. */
must_check int sns_filter_text(struct sns_message_filter *filter, struct str protocol, struct str *ret);

/* -- What a policy may be: filter_check.c */

/* Absent, and {}, are none. */
bool sns_is_filter(struct str policy);
bool sns_filters_body(const struct sns_subscription_record *subscription);
/* The policy and its scope together. */
must_check int sns_check_filter(struct call *call, const struct sns_subscription_record *subscription);
