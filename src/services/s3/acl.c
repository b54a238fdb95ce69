#include "services/s3/acl.h"

static bool has_grants(const struct s3_acl_headers *given)
{
        return given->full_control.len || given->read.len || given->read_acp.len || given->write.len ||
               given->write_acp.len;
}

int s3_new_bucket_acl(struct call *call, const struct s3_create_bucket_in *in,
                      struct s3_bucket_record *bucket)
{
        const struct s3_acl_headers given = {in->acl,         in->grant_full_control,
                                             in->grant_read,  in->grant_read_acp,
                                             in->grant_write, in->grant_write_acp};

        if (s3_acls_are_disabled(bucket) && (has_grants(&given) || str_starts(given.canned, STR("public")) ||
                                             str_starts(given.canned, STR("authenticated"))))
                return fail(call, &s3_invalid_bucket_acl_with_object_ownership,
                            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
        return 0;
}

/* Without ACLs all in a bucket is its owner's. */
int s3_new_object_acl(struct call *call, const struct s3_bucket_record *bucket,
                      const struct s3_acl_headers *given, struct s3_object_record *row)
{
        bool is_plain = !str_is_set(given->canned) || str_eq(given->canned, STR("bucket-owner-full-control"));

        row->owner = bucket->account;
        if (has_grants(given) || !is_plain)
                return fail(call, &s3_access_control_list_not_supported, "The bucket does not allow ACLs");
        return 0;
}
