/* Mails as they are handed to a mail server: RFC 5322 and MIME, so that any text is told as it is. */
#pragma once

#include "services/sns/sns.h"

struct sns_mail {
        struct str to, subject, text;
        bool is_json;
};

must_check int sns_write_mail(struct call *call, const struct sns_mail *mail, struct str *ret);
/* One that can be written to: somebody at a host, and nothing by which a header could end. */
bool sns_mail_address_is_valid(struct str address);
