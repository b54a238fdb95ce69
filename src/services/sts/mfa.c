/* MFA codes passed with a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html */
#include "services/sts/session.h"

int sts_check_mfa(struct call *call, struct str serial_number, struct str token_code)
{
        if (!str_is_set(serial_number) && !str_is_set(token_code))
                return 0;
        if (!str_is_set(serial_number) || !str_is_set(token_code))
                return fail(call, &sts_access_denied,
                            "MultiFactorAuthentication failed, must provide both MFA serial number and one "
                            "time pass "
                            "code. ");
        /* Operations that register devices are planned: there is none whose code could be right. */
        return fail(call, &sts_access_denied,
                    "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
}
