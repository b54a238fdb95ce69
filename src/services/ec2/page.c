/* Pages of listings.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination */
#include "services/ec2/ec2.h"
#include "services/marker.h"

int ec2_page_begin(struct call *call, struct str token, struct str *ret_after)
{
        *ret_after = STR_NONE;
        if (token.len && marker_read(call, call->operation->name, token, ret_after) < 0)
                return fail(call, &ec2_invalid_next_token, "The specified token is not valid.");
        return 0;
}

int ec2_page_end(struct call *call, struct str after, struct str *ret_token)
{
        return str_is_set(after) ? marker_make(call, call->operation->name, after, ret_token) : 0;
}
