/* A line of a server access log: its fields, and how they are written.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
#pragma once

#include "base/buf.h"
#include "services/s3/s3.h"

/* What is absent, or zero, is a "-". */
struct s3_log_entry {
        struct str owner, bucket; /* the owner's canonical id */
        int64_t time_ms;
        struct str address, requester, request_id, operation, key;
        bool is_request; /* of a client: then it has a line, a referer and an agent, be they empty */
        struct str request_line;
        unsigned int status;
        struct str error;
        uint64_t sent;
        struct opt_int size, total_ms, turn_around_ms;
        struct str referer, user_agent, version_id, host_id, signature_version, cipher, authentication, host,
                tls, access_point;
        bool is_acl_required;
};

/* Without a line feed. Whatever clients sent, it is one line of these fields: what would end a field is
 * percent-encoded. */
void s3_write_log_line(const struct s3_log_entry *entry, struct buf *line);

/* A URL, or what is like one, whose query keeps no secret; absent: no memory (log_secret.c). */
struct str s3_log_hide(struct arena *arena, struct str url);

/* "REST.GET.OBJECT": of an operation, by what its URI asks for. */
struct str s3_log_operation(struct call *call, struct str method);
