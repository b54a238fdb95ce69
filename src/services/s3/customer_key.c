#include "services/s3/customer_key.h"

#include "base/text.h"
#include "crypto/seal.h"
#include "crypto/sums.h"

#define BOUND STR("s3 data key under a customer's key")

static int refuse(struct call *call, const char *text)
{
        call_detail(call, STR("ArgumentName"), STR("x-amz-server-side-encryption"));
        call_detail(call, STR("ArgumentValue"), STR("null"));
        return fail(call, &s3_invalid_argument, "%s", text);
}

static int read_key(struct call *call, const struct s3_sse_headers *headers, struct str *ret)
{
        if (base64_decode(&call->arena, headers->customer_key, ret) < 0 || ret->len != SEAL_KEY_LEN)
                return refuse(call, "The secret key was invalid for the specified algorithm.");
        return 0;
}

static int check_md5(struct call *call, struct str key, struct str claimed)
{
        uint8_t md5[SUM_MAX];

        sum_of(SUM_MD5, key, md5);
        if (!str_eq(base64_encode(&call->arena, str_make(md5, sum_len(SUM_MD5))), claimed))
                return refuse(call, "The calculated MD5 hash of the key did not match the hash that was "
                                    "provided.");
        return 0;
}

int s3_check_customer_key(struct call *call, const struct s3_sse_headers *headers)
{
        struct str key;

        if (!headers->customer_algorithm.len && !headers->customer_key.len && !headers->customer_md5.len)
                return 0;
        if (!str_is_set(call->request->tls_version))
                return fail(call, &s3_invalid_request,
                            "Requests specifying Server Side Encryption with Customer provided keys must be "
                            "made over a secure connection.");
        if (!headers->customer_algorithm.len)
                return refuse(call, "Requests specifying Server Side Encryption with Customer provided keys "
                                    "must provide a valid encryption algorithm.");
        if (!str_eq(headers->customer_algorithm, STR("AES256")))
                return fail(call, &s3_invalid_encryption_algorithm_error,
                            "The encryption request that you specified is not valid. The valid value is "
                            "AES256.");
        if (!headers->customer_key.len)
                return refuse(call, "Requests specifying Server Side Encryption with Customer provided keys "
                                    "must provide an appropriate secret key.");
        if (!headers->customer_md5.len)
                return refuse(call, "Requests specifying Server Side Encryption with Customer provided keys "
                                    "must provide the client calculated MD5 of the secret key.");
        TRY(read_key(call, headers, &key));
        return check_md5(call, key, headers->customer_md5);
}

int s3_customer_seal(struct call *call, const struct s3_sse_headers *headers, struct str data_key,
                     struct str *ret_sealed)
{
        uint8_t *out = arena_alloc(&call->arena, data_key.len + SEAL_OVERHEAD);
        struct str key;

        if (!out)
                return -ENOMEM;
        TRY(read_key(call, headers, &key));
        *ret_sealed = str_make(out, data_key.len + SEAL_OVERHEAD);
        return seal_bytes((const uint8_t *)key.ptr, BOUND, data_key, out);
}

/* Its MD5 has fitted: a key that does not open it all the same is another. */
int s3_customer_open(struct call *call, const struct s3_sse_headers *headers, struct str sealed,
                     struct secret *ret_data_key)
{
        struct str key;
        int r;

        TRY(read_key(call, headers, &key));
        r = seal_open((const uint8_t *)key.ptr, BOUND, sealed, ret_data_key);
        return r == -EBADMSG ? fail(call, &s3_access_denied, "Access Denied") : r;
}
