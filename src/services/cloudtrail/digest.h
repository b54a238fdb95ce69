/* A digest: which files were delivered in an hour, chained to the digest before and signed.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
#pragma once

#include "services/cloudtrail/log_file.h"
#include "services/cloudtrail/signing_key.h"

struct trail_digest {
        struct trail_target target;
        struct cloudtrail_signing_key_record key;
        bool is_new_key; /* to be stored with the digest */
        int64_t begins_ms, ends_ms;
        int64_t *numbers; /* of its files */
        size_t count;
        bool is_all; /* that were delivered */
        struct str object, body;
        char hash[2 * SHA256_LEN];
        struct str signature;
};

must_check int digest_make(struct call *call, const struct cloudtrail_stream_record *stream,
                           const struct trail_target *target, struct trail_digest *ret);
