/* SSE-C: the customer's key comes with each request, over TLS, and is kept nowhere.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html */
#pragma once

#include "services/s3/encryption.h"

/* Are the three headers right, or none of them there? */
must_check int s3_check_customer_key(struct call *call, const struct s3_sse_headers *headers);
must_check int s3_customer_seal(struct call *call, const struct s3_sse_headers *headers, struct str data_key,
                                struct str *ret_sealed);
must_check int s3_customer_open(struct call *call, const struct s3_sse_headers *headers, struct str sealed,
                                struct secret *ret_data_key);
