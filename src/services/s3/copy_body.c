#include "services/s3/copy_body.h"

#define PIECE_LEN ((size_t)256 * 1024)

static int pump(struct http_source *from, struct body_sink *to, char *buffer)
{
        uint64_t offset = 0;

        while (offset < from->size) {
                size_t len;

                TRY(from->read(from, offset, buffer, PIECE_LEN, &len));
                TRY(to->write(to, str_make(buffer, len)));
                offset += len;
        }
        return to->end(to);
}

static int pump_wiped(struct http_source *from, struct body_sink *to)
{
        _cleanup_(buf_done_wiped) struct buf buffer = {};
        char *bytes;

        buf_init(&buffer, PIECE_LEN);
        bytes = buf_extend(&buffer, PIECE_LEN);
        return bytes ? pump(from, to, bytes) : -ENOMEM;
}

static int too_large(struct call *call)
{
        return fail(call, &s3_invalid_request,
                    "The specified copy source is larger than the maximum allowable size for a copy source: "
                    "%llu",
                    (unsigned long long)S3_COPY_MAX);
}

/* What has been deleted meanwhile has lost its files. */
static int interrupted(struct call *call)
{
        return fail(call, &s3_operation_aborted,
                    "A conflicting conditional operation is currently in progress against this resource. "
                    "Please try again.");
}

int s3_copy_body(struct call *call, const struct s3_copy_source *source, const struct s3_sse_headers *sse,
                 const struct s3_range *range, const struct secret *data_key, enum sum checksum,
                 const struct s3_object_record *to)
{
        _cleanup_(secret_done) struct secret opened = {};
        struct http_source *from;
        int r;

        if (range->size > S3_COPY_MAX)
                return too_large(call);
        TRY(s3_open_data_key(call, source->bucket_name, source->key, sse, &source->row, &opened));
        TRY(s3_body_open(call, source->row.body.value, &opened, range->from, range->size, &from));
        r = s3_incoming_new_copy(call, data_key, checksum, &call->received);
        if (r == 0) {
                s3_incoming_for(call->received, to);
                r = pump_wiped(from, call->received);
        }
        from->done(from);
        return r == -ENOENT ? interrupted(call) : r;
}
