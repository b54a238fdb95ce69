/* ACLs as documents, and whether a grantee is one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
#include "services/iam/directory.h"
#include "services/s3/acl.h"

int s3_refuse_acl(struct call *call)
{
        return fail(call, &s3_malformed_acl_error,
                    "The XML you provided was not well-formed or did not validate against our published "
                    "schema");
}

static int refuse(struct call *call, const char *text, const char *name, struct str value)
{
        call_detail(call, STR("ArgumentName"), str_of(name));
        call_detail(call, STR("ArgumentValue"), value);
        return fail(call, &s3_invalid_argument, "%s", text);
}

/* "As of October 1, 2025, Amazon S3 has discontinued support for Email Grantee ACLs." */
int s3_refuse_email(struct call *call)
{
        return fail(call, &s3_method_not_allowed,
                    "The specified method is not allowed against this resource.");
}

/* AWS's own accounts are not here, but may be granted to as there. */
static bool is_of_aws(struct str id)
{
        return str_eq(id, S3_EC2_ID) || str_eq(id, S3_LOGS_DELIVERY_ID);
}

int s3_check_canonical_id(struct call *call, const char *name, struct str id)
{
        struct str account = s3_account_of_id(&call->arena, id);

        if (is_of_aws(id) || (str_is_set(account) && iam_account_exists(call->txn, account)))
                return 0;
        return refuse(call, "Invalid id", name, id);
}

int s3_check_group(struct call *call, const char *name, struct str uri)
{
        if (str_eq(uri, S3_ALL_USERS) || str_eq(uri, S3_AUTHENTICATED_USERS) || str_eq(uri, S3_LOG_DELIVERY))
                return 0;
        return refuse(call, "Invalid group uri", name, uri);
}

static bool is_permission(struct str permission)
{
        static const struct str KNOWN[] = {STR_INIT("FULL_CONTROL"), STR_INIT("READ"), STR_INIT("WRITE"),
                                           STR_INIT("READ_ACP"), STR_INIT("WRITE_ACP")};

        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
                if (str_eq(KNOWN[i], permission))
                        return true;
        return false;
}

/* Only what the kind of grantee has; names that are shown are not kept. */
static int add_grant(struct call *call, const struct s3_grant *given, struct s3_grant_list *list)
{
        const struct s3_grantee *to = given->grantee;
        struct s3_grant grant;

        if (!to || !is_permission(given->permission) || list->count == S3_GRANTS_MAX)
                return s3_refuse_acl(call);
        if (str_eq(to->type, STR("AmazonCustomerByEmail")))
                return s3_refuse_email(call);
        if (str_eq(to->type, STR("CanonicalUser")) && str_is_set(to->id)) {
                TRY(s3_check_canonical_id(call, "CanonicalUser/ID", to->id));
                grant = s3_grant_to_id(&call->arena, to->id, given->permission);
        } else if (str_eq(to->type, STR("Group")) && str_is_set(to->uri)) {
                TRY(s3_check_group(call, "Group/URI", to->uri));
                grant = s3_grant_to_group(&call->arena, to->uri, given->permission);
        } else {
                return s3_refuse_acl(call);
        }
        return s3_acl_add(&call->arena, list, grant) ? 0 : -ENOMEM;
}

/* An owner cannot be changed. */
static int of_document(struct call *call, const struct s3_access_control_policy *body,
                       const struct s3_acl_subject *subject, struct s3_grant_list *ret)
{
        if (!body->owner || !str_is_set(body->owner->id) || !body->grants.is_set)
                return s3_refuse_acl(call);
        if (!str_eq(body->owner->id, s3_owner_id(&call->arena, subject->owner)))
                return fail(call, &s3_access_denied, "Access Denied");
        ret->is_set = true;
        for (size_t i = 0; i < body->grants.count; i++)
                TRY(add_grant(call, &body->grants.items[i], ret));
        return 0;
}

int s3_acl_of_request(struct call *call, const struct s3_acl_headers *given,
                      const struct s3_access_control_policy *body, const struct s3_acl_subject *subject,
                      struct s3_grant_list *ret)
{
        if (s3_acl_is_given(given) && body)
                return fail(call, &s3_unexpected_content, "This request does not support content");
        if (s3_acl_is_given(given))
                return s3_acl_of_headers(call, given, subject, ret);
        if (body)
                return of_document(call, body, subject, ret);
        call_detail(call, STR("MissingHeaderName"), STR("x-amz-acl"));
        return fail(call, &s3_missing_security_header, "Your request was missing a required header");
}
