#include "services/sns/page.h"

#include "services/marker.h"

int sns_page_begin(struct call *call, struct str token, struct str subject, struct str *ret_after)
{
        *ret_after = STR_NONE;
        if (token.len && marker_read(call, subject, token, ret_after) < 0)
                return sns_invalid(call, "NextToken");
        return 0;
}

int sns_page_end(struct call *call, struct str after, struct str subject, struct str *ret_token)
{
        return str_is_set(after) ? marker_make(call, subject, after, ret_token) : 0;
}
