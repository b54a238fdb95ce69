/* Block Public Access of an account, and what comes of it and of a bucket's own.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
#include "services/s3/access_point.h"

static void add(struct s3_block *block, const struct s3_public_access_block_configuration *more)
{
        block->public_acls |= more->block_public_acls.value;
        block->ignored_acls |= more->ignore_public_acls.value;
        block->public_policy |= more->block_public_policy.value;
        block->restricted |= more->restrict_public_buckets.value;
}

static void add_control(struct s3_block *block,
                        const struct s3_control_public_access_block_configuration *more)
{
        block->public_acls |= more->block_public_acls.value;
        block->ignored_acls |= more->ignore_public_acls.value;
        block->public_policy |= more->block_public_policy.value;
        block->restricted |= more->restrict_public_buckets.value;
}

static int add_of(struct call *call, struct str account, struct s3_block *block)
{
        struct s3_control_account_block_record record = {.account = account};
        int r = call_get(call, &s3_control_account_block_record_type, &record);

        if (r == 0 && record.block)
                add_control(block, record.block);
        return r == -ENOENT ? 0 : r;
}

int s3_block_add_point(struct call *call, const s3_point *point, struct s3_block *block)
{
        if (point->block)
                add_control(block, point->block);
        return add_of(call, point->account, block);
}

/* Of an access point that the request came through. */
static int add_addressed(struct call *call, const struct s3_bucket_record *bucket, struct s3_block *block)
{
        const struct s3_addressed *addressed = call->addressed;
        s3_point point;

        if (!addressed || !str_eq(addressed->bucket, bucket->name))
                return 0;
        point = (s3_point){
                .account = addressed->account, .region = addressed->region, .name = addressed->name};
        TRY(s3_get_point(call, &point));
        return s3_block_add_point(call, &point, block);
}

/* "Amazon S3 applies the most restrictive combination of the access point, bucket, and account settings" */
int s3_block_of(struct call *call, const struct s3_bucket_record *bucket, struct s3_block *ret)
{
        struct s3_block block = {};

        TRY(add_of(call, bucket->account, &block));
        TRY(add_addressed(call, bucket, &block));
        if (bucket->public_access)
                add(&block, bucket->public_access);
        *ret = block;
        return 0;
}

/* -- Its operations. What is not named is off, but something has to be named. */

static struct opt_bool told(struct opt_bool wanted)
{
        return OPT_BOOL(wanted.value);
}

int s3_control_put_public_access_block(struct call *call,
                                       const struct s3_control_put_public_access_block_in *in,
                                       struct s3_control_put_public_access_block_out *out)
{
        struct s3_control_public_access_block_configuration block = *in->public_access_block_configuration;
        struct s3_control_account_block_record record = {.account = in->account_id, .block = &block};

        (void)out;
        if (!block.block_public_acls.is_set && !block.ignore_public_acls.is_set &&
            !block.block_public_policy.is_set && !block.restrict_public_buckets.is_set)
                return fail(call, &s3_control_invalid_request, "Must specify at least one configuration.");
        block.block_public_acls = told(block.block_public_acls);
        block.ignore_public_acls = told(block.ignore_public_acls);
        block.block_public_policy = told(block.block_public_policy);
        block.restrict_public_buckets = told(block.restrict_public_buckets);
        return call_put(call, &s3_control_account_block_record_type, &record);
}

int s3_control_get_public_access_block(struct call *call,
                                       const struct s3_control_get_public_access_block_in *in,
                                       struct s3_control_get_public_access_block_out *out)
{
        struct s3_control_account_block_record record = {.account = in->account_id};
        int r = call_get(call, &s3_control_account_block_record_type, &record);

        if (r == -ENOENT) {
                call_detail(call, STR("AccountId"), in->account_id);
                return fail(call, &s3_control_no_such_public_access_block_configuration,
                            "The public access block configuration was not found");
        }
        TRY(r);
        out->public_access_block_configuration = record.block;
        return 0;
}

int s3_control_delete_public_access_block(struct call *call,
                                          const struct s3_control_delete_public_access_block_in *in,
                                          struct s3_control_delete_public_access_block_out *out)
{
        const struct s3_control_account_block_record record = {.account = in->account_id};
        int r = call_delete(call, &s3_control_account_block_record_type, &record);

        (void)out;
        call->status = 204;
        return r == -ENOENT ? 0 : r;
}
