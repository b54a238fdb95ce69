/* Who pays for requests. https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html */
#include "services/s3/s3.h"
#include "wire/value.h"

static bool accepts(const struct call *call)
{
        const struct str name = STR("x-amz-request-payer"), yes = STR("requester");

        return str_eq(http_header_value(call->request, name), yes) ||
               str_eq(http_query_value(call->request, name), yes);
}

static bool is_told(const struct call *call, struct str name)
{
        for (const struct call_header *header = call->headers; header; header = header->next)
                if (str_eq(header->header.name, name))
                        return true;
        return false;
}

/* "For DELETE, GET, HEAD, POST, and PUT requests, include x-amz-request-payer": of all operations that know
 * it. "anonymous access to that bucket is not allowed".
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html */
int s3_check_payer(struct call *call, const struct s3_bucket_record *bucket)
{
        const struct str told = STR("x-amz-request-charged");

        if (!str_eq(bucket->payer, STR("Requester")) || call->principal.kind == AWS_SERVICE ||
            str_eq(call->principal.account, bucket->account))
                return 0;
        if (call->principal.kind == ANONYMOUS)
                return fail(call, &s3_access_denied, "Access Denied");
        if (!wire_find_member(call->operation->input, STR("RequestPayer")))
                return 0;
        if (!accepts(call))
                return fail(call, &s3_access_denied, "Access Denied");
        if (!is_told(call, told))
                call_header(call, told, STR("requester"));
        return 0;
}

int s3_put_bucket_request_payment(struct call *call, const struct s3_put_bucket_request_payment_in *in,
                                  struct s3_put_bucket_request_payment_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        bucket.payer = in->request_payment_configuration->payer;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_request_payment(struct call *call, const struct s3_get_bucket_request_payment_in *in,
                                  struct s3_get_bucket_request_payment_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        out->payer = str_is_set(bucket.payer) ? bucket.payer : STR("BucketOwner");
        return 0;
}
