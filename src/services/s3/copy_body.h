/* The bytes of a copy: read as GetObject reads them, sealed anew under a key of their own, as if they had
 * been uploaded. */
#pragma once

#include "services/s3/copy_source.h"
#include "services/s3/incoming.h"
#include "services/s3/range.h"

#define S3_COPY_MAX (UINT64_C(5) * 1024 * 1024 * 1024)

/* For prepare functions, which run on a thread that may wait, before the transaction. Makes call->received,
 * which the handler finds with s3_incoming_of() and keeps with s3_incoming_keep(); it goes with a call that
 * fails. data_key: as of s3_incoming_new(). checksum: that the copy gets. to: what the copy
 * goes to, whose encryption is settled. */
must_check int s3_copy_body(struct call *call, const struct s3_copy_source *source,
                            const struct s3_sse_headers *sse, const struct s3_range *range,
                            const struct secret *data_key, enum sum checksum,
                            const struct s3_object_record *to);
