/* NextToken: the pages of this service's List operations, of a hundred each. */
#pragma once

#include "services/sns/sns.h"

/* *ret_after: where the page before ended; absent: it is the first. */
must_check int sns_page_begin(struct call *call, struct str token, struct str subject, struct str *ret_after);
must_check int sns_page_end(struct call *call, struct str after, struct str subject, struct str *ret_token);
