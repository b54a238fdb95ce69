#include "services/cloudtrail/trail_target.h"

#include "services/kms/directory.h"
#include "services/s3/directory.h"
#include "wire/wire.h"

#define PREFIX_MAX 200

struct trail_target trail_target_of(const struct cloudtrail_trail_record *trail)
{
        return (struct trail_target){
                .account = trail->account,
                .home = trail->region,
                .name = trail->name,
                .bucket = trail->bucket,
                .prefix = trail->prefix,
                .kms_key = trail->kms_key,
        };
}

struct str trail_folder(struct arena *arena, const struct trail_target *target)
{
        return arena_printf(arena, "%.*s%sAWSLogs/%.*s/", STR_ARG(target->prefix),
                            target->prefix.len ? "/" : "", STR_ARG(target->account));
}

/* -- Something is put there */

/* The context that key policies of the guide name.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html */
static int set_key(struct call *call, const struct trail_target *target, struct str arn,
                   struct s3_delivery *delivery)
{
        struct str_pair *pair = arena_new(&call->arena, struct str_pair);

        if (!pair)
                return -ENOMEM;
        *pair = (struct str_pair){STR("aws:cloudtrail:arn"), arn};
        delivery->kms_key = target->kms_key;
        delivery->kms_context = (struct str_map){.items = pair, .count = 1, .is_set = true};
        return 0;
}

/* It is called where the bucket is, which may be another region than the trail's. */
static int put_where_it_is(struct call *call, const struct trail_target *target,
                           const struct s3_delivery *delivery)
{
        struct str region = call->region, owner;
        int r = s3_find_bucket(call->txn, &call->arena, target->bucket, &call->region, &owner);

        if (r == 0)
                r = s3_deliver(call, delivery);
        else if (r == -ENOENT)
                r = fail(call, &s3_no_such_bucket, "The specified bucket does not exist");
        call->region = region;
        return r;
}

int trail_put(struct call *call, const struct trail_target *target, const struct trail_file *file)
{
        struct str arn = trail_arn_of(call, target->home, target->account, target->name);
        struct s3_delivery delivery = {
                .service = TRAIL_SERVICE,
                .source_arn = arn,
                .source_account = target->account,
                .bucket = target->bucket,
                .key = file->key,
                .body = file->body,
                .acl = STR("bucket-owner-full-control"),
                .metadata = file->metadata,
        };

        if (file->body.len) {
                delivery.content_type = STR("application/json");
                delivery.content_encoding = STR("gzip");
        }
        if (str_is_set(target->kms_key))
                TRY(set_key(call, target, arn, &delivery));
        return put_where_it_is(call, target, &delivery);
}

int trail_prepare(struct call *call, const struct trail_target *target, const struct trail_file *file)
{
        int r = trail_put(call, target, file);

        if (r != -ECALL)
                return r;
        call_forgive(call);
        return 0;
}

/* -- Whether it may be: asked of S3 and KMS as CloudTrail, on behalf of the trail */

int trail_speaks(struct call *call, const struct cloudtrail_trail_record *trail, struct call_by_service *ret)
{
        static const struct http_header AGENT = {STR_INIT("User-Agent"),
                                                 STR_INIT("cloudtrail.amazonaws.com")};
        static const struct http_request REQUEST = {
                .source_ip = STR_INIT("cloudtrail.amazonaws.com"),
                .headers = &AGENT,
                .header_count = 1,
                .tls_version = STR_INIT("TLSv1.3"),
                .tls_cipher = STR_INIT("TLS_AES_256_GCM_SHA384"),
        };

        *ret = (struct call_by_service){
                .principal = TRAIL_SERVICE,
                .source_arn = trail_arn(call, trail),
                .source_account = trail->account,
                .request = &REQUEST,
        };
        return call->arena.failed ? -ENOMEM : 0;
}

static int speak(struct call *call, const struct cloudtrail_trail_record *trail,
                 const struct api_operation *operation, const void *in, void *out)
{
        struct call_by_service by;

        TRY(trail_speaks(call, trail, &by));
        return call->as_service(call, &by, operation, in, out);
}

static int refuse_policy(struct call *call, const struct cloudtrail_trail_record *trail)
{
        call_forgive(call);
        return fail(call, &cloudtrail_insufficient_s3_bucket_policy_exception,
                    "Incorrect S3 bucket policy is detected for bucket: %.*s", STR_ARG(trail->bucket));
}

static int refuse_key(struct call *call)
{
        struct str code = call->error->code;

        call_forgive(call);
        if (str_eq(code, STR("NotFoundException")) || str_eq(code, STR("KMS.NotFoundException")))
                return fail(call, &cloudtrail_kms_key_not_found_exception, "KMS key does not exist.");
        if (str_eq(code, STR("DisabledException")) || str_eq(code, STR("KMS.DisabledException")) ||
            str_ends(code, STR("KMSInvalidStateException")))
                return fail(call, &cloudtrail_kms_key_disabled_exception, "KMS key is disabled.");
        if (str_eq(code, STR("AccessDeniedException")) || str_eq(code, STR("AccessDenied")))
                return fail(call, &cloudtrail_insufficient_encryption_policy_exception,
                            "Insufficient permissions to access S3 bucket or KMS key.");
        return fail(call, &cloudtrail_invalid_kms_key_id_exception, "Invalid KMS key ID.");
}

static int check_bucket(struct call *call, const struct cloudtrail_trail_record *trail)
{
        const struct s3_get_bucket_acl_in in = {.bucket = trail->bucket};
        struct s3_get_bucket_acl_out out;
        int r = speak(call, trail, wire_find_operation(&s3_service, STR("GetBucketAcl")), &in, &out);

        return r == -ECALL ? refuse_policy(call, trail) : r;
}

/* The region of an ARN; absent: it is none. */
static struct str region_of(struct str arn)
{
        struct str rest = arn, part = STR_NONE;

        for (size_t i = 0; i < 4; i++)
                if (!str_cut(&rest, ':', &part))
                        return STR_NONE;
        return str_starts(arn, STR("arn:")) ? part : STR_NONE;
}

static int describe_key(struct call *call, const struct cloudtrail_trail_record *trail,
                        struct kms_describe_key_out *ret)
{
        const struct kms_describe_key_in in = {.key_id = trail->kms_key};
        struct str region = call->region;
        int r;

        if (str_is_set(region_of(trail->kms_key)))
                call->region = region_of(trail->kms_key);
        r = kms_has_key(call, trail->kms_key);
        if (r == 0)
                r = speak(call, trail, wire_find_operation(&kms_service, STR("DescribeKey")), &in, ret);
        call->region = region;
        if (r == -ENOENT)
                return fail(call, &cloudtrail_kms_key_not_found_exception, "KMS key does not exist.");
        return r == -ECALL ? refuse_key(call) : r;
}

static int check_key(struct call *call, struct cloudtrail_trail_record *trail, struct str bucket_region)
{
        struct kms_describe_key_out out = {};

        TRY(describe_key(call, trail, &out));
        if (!out.key_metadata)
                return -EIO;
        trail->kms_key = out.key_metadata->arn;
        if (!str_eq(region_of(trail->kms_key), bucket_region))
                return fail(call, &cloudtrail_kms_key_not_found_exception,
                            "The KMS key and the S3 bucket must be in the same Region.");
        if (!str_eq(out.key_metadata->key_state, STR("Enabled")))
                return fail(call, &cloudtrail_kms_key_disabled_exception, "KMS key is disabled.");
        return 0;
}

static bool is_of_key(const struct call *call)
{
        return str_starts(call->error->code, STR("KMS.")) || str_find(call->error_message, STR("kms:")) >= 0;
}

int trail_try_folder(struct call *call, const struct cloudtrail_trail_record *trail, const char *kind)
{
        const struct trail_target target = trail_target_of(trail);
        const struct trail_file file = {
                .key = arena_printf(&call->arena, "%.*s%s/", STR_ARG(trail_folder(&call->arena, &target)),
                                    kind),
                .body = STR(""),
        };
        int r = trail_put(call, &target, &file);

        if (r != -ECALL)
                return r;
        return is_of_key(call) ? refuse_key(call) : refuse_policy(call, trail);
}

/* Of a key, or an alias. */
static bool is_key_arn(struct str arn)
{
        struct str part = STR_NONE;

        for (size_t i = 0; i < 5; i++)
                if (!str_cut(&arn, ':', &part) || part.len == 0 || (i == 2 && !str_eq(part, STR("kms"))))
                        return false;
        return (str_starts(arn, STR("key/")) && arn.len > strlen("key/")) ||
               (str_starts(arn, STR("alias/")) && arn.len > strlen("alias/"));
}

static int check_words(struct call *call, const struct cloudtrail_trail_record *trail)
{
        if (trail->bucket.len < 3 || trail->bucket.len > 63)
                return fail(call, &cloudtrail_invalid_s3_bucket_name_exception,
                            "Bucket name must be between 3 and 63 characters long.");
        if (!s3_bucket_name_is_valid(trail->bucket))
                return fail(call, &cloudtrail_invalid_s3_bucket_name_exception,
                            "Bucket name is not valid: %.*s", STR_ARG(trail->bucket));
        if (str_starts(trail->kms_key, STR("arn:")) && !is_key_arn(trail->kms_key))
                return fail(call, &cloudtrail_invalid_kms_key_id_exception,
                            "The KMS key ARN is not valid: %.*s", STR_ARG(trail->kms_key));
        if (trail->prefix.len > PREFIX_MAX)
                return fail(call, &cloudtrail_invalid_s3_prefix_exception,
                            "The S3 prefix is longer than %d characters.", PREFIX_MAX);
        return 0;
}

int trail_check_target(struct call *call, struct cloudtrail_trail_record *trail)
{
        struct str region, owner;
        int r;

        TRY(check_words(call, trail));
        r = s3_find_bucket(call->txn, &call->arena, trail->bucket, &region, &owner);
        if (r == -ENOENT)
                return fail(call, &cloudtrail_s3_bucket_does_not_exist_exception,
                            "S3 bucket %.*s does not exist!", STR_ARG(trail->bucket));
        TRY(r);
        TRY(check_bucket(call, trail));
        if (str_is_set(trail->kms_key))
                TRY(check_key(call, trail, region));
        TRY(trail_try_folder(call, trail, "CloudTrail"));
        return trail->validated.value ? trail_try_folder(call, trail, "CloudTrail-Digest") : 0;
}
