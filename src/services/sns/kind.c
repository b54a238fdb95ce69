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
