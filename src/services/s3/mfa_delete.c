#include "services/s3/mfa_delete.h"

#include "services/iam/directory.h"

/* "only the root user can permanently delete object versions or change the versioning configuration"
 * https://repost.aws/knowledge-center/s3-bucket-mfa-delete */
static int check_caller(struct call *call, const struct s3_bucket_record *bucket)
{
        if (call->principal.kind != ROOT_USER)
                return fail(call, &s3_invalid_request,
                            "DevPay and Mfa are mutually exclusive authorization methods.");
        if (!str_eq(call->principal.account, bucket->account))
                return fail(call, &s3_access_denied,
                            "This operation may only be performed by the bucket owner");
        return 0;
}

/* A code goes over no wire in clear, even one that will be refused.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
static int check_wire(struct call *call)
{
        if (str_is_set(call->request->tls_version))
                return 0;
        return fail(call, &s3_invalid_request, "Requests that include x-amz-mfa must use HTTPS.");
}

int s3_use_mfa(struct call *call, const struct s3_bucket_record *bucket, struct str given)
{
        struct str code = given, serial;
        int r;

        if (given.len == 0)
                return fail(call, &s3_access_denied, "Mfa Authentication must be used for this request");
        TRY(check_caller(call, bucket));
        TRY(check_wire(call));
        if (!str_cut(&code, ' ', &serial) || !str_is_set(code))
                return fail(call, &s3_token_code_invalid_error,
                            "The serial number and/or token code you provided is not valid.");
        r = iam_use_mfa_code(call, serial, code);
        if (r == -ENOENT)
                return fail(call, &s3_not_device_owner_error,
                            "The device that generated the token is not owned by the authenticated user.");
        if (r == -EACCES)
                return fail(call, &s3_token_code_invalid_error,
                            "The serial number and/or token code you provided is not valid.");
        return r;
}
