/* MFA codes passed with a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html */
#include "services/iam/directory.h"
#include "services/sts/session.h"

static int check_both(struct call *call, struct str serial_number, struct str token_code)
{
        if (str_is_set(serial_number) == str_is_set(token_code))
                return 0;
        return fail(call, &sts_access_denied,
                    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass "
                    "code. ");
}

static int told(struct call *call, int r)
{
        if (r == -ENOENT)
                return fail(
                        call, &sts_access_denied,
                        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
                        "MFA serial number is valid and associated with this user.");
        if (r == -EACCES)
                return fail(call, &sts_access_denied,
                            "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
        return r;
}

int sts_check_mfa(struct call *call, struct str serial_number, struct str token_code)
{
        call->has_mfa_code = false;
        TRY(check_both(call, serial_number, token_code));
        if (!str_is_set(serial_number))
                return 0;
        TRY(told(call, iam_check_mfa_code(call, serial_number, token_code)));
        call->has_mfa_code = true;
        return 0;
}

int sts_use_mfa(struct call *call, struct str serial_number, struct str token_code, struct session *session)
{
        TRY(check_both(call, serial_number, token_code));
        if (!str_is_set(serial_number))
                return 0;
        TRY(told(call, iam_use_mfa_code(call, serial_number, token_code)));
        session->mfa = true;
        return 0;
}
