#include "services/sns/kind.h"

static const struct sns_kind *const KINDS[] = {&sns_queue_kind, &sns_http_kind, &sns_https_kind,
                                               &sns_email_kind, &sns_email_json_kind};

const struct sns_kind *sns_kind_of(struct str protocol)
{
        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
                if (str_eq(KINDS[i]->protocol, protocol))
                        return KINDS[i];
        return NULL;
}

bool sns_is_raw(const struct sns_subscription_record *subscription)
{
        return str_eq(sns_attribute(&subscription->attributes, STR("RawMessageDelivery")), STR("true"));
}

bool sns_is_signed(const struct sns_kind *kind, const struct sns_subscription_record *subscription)
{
        return kind && kind->deliver && !sns_is_raw(subscription);
}
