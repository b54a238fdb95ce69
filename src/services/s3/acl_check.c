/* Whether a bucket takes a list: object ownership and Block Public Access.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
#include "services/s3/acl.h"

/* Where ACLs are disabled, only what would change nothing passes: the canned bucket-owner-full-control "or
 * equivalent forms of this ACL expressed in XML". "private" does not. */
static bool says_nothing(struct call *call, const struct s3_acl_headers *given,
                         const struct s3_acl_subject *subject, const struct s3_grant_list *list)
{
        if (given->canned.len > 0)
                return str_eq(given->canned, STR("bucket-owner-full-control"));
        return list->count == 1 && str_eq(list->items[0].permission, STR("FULL_CONTROL")) &&
               s3_acl_is_private(&call->arena, list, subject->bucket->account);
}

/* Why is told within the account alone. */
static int refuse_public(struct call *call, const struct s3_bucket_record *bucket, struct str action,
                         struct str arn)
{
        if (!str_eq(call->principal.account, bucket->account))
                return fail(call, &s3_access_denied, "Access Denied");
        return fail(call, &s3_access_denied,
                    "User: %.*s is not authorized to perform: %.*s on resource: \"%.*s\" because public "
                    "access control lists (ACLs) are blocked by the BlockPublicAcls block public access "
                    "setting.",
                    STR_ARG(call->principal.arn), STR_ARG(action), STR_ARG(arn));
}

int s3_acl_check(struct call *call, const struct s3_acl_headers *given, const struct s3_acl_subject *subject,
                 const struct s3_grant_list *list, struct str action, struct str arn)
{
        struct s3_block block;

        if (s3_acls_are_disabled(subject->bucket)) {
                if (says_nothing(call, given, subject, list))
                        return 1;
                return fail(call, &s3_access_control_list_not_supported, "The bucket does not allow ACLs");
        }
        TRY(s3_block_of(call, subject->bucket, &block));
        if (block.public_acls && s3_acl_is_public(list))
                return refuse_public(call, subject->bucket, action, arn);
        return 0;
}
