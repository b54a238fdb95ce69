/* The parts that CompleteMultipartUpload names, put together: which of them count, and what the whole adds up
 * to. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
#pragma once

#include "crypto/sums.h"
#include "services/s3/body.h"

struct s3_assembly {
        struct call *call;
        const struct s3_object_record *upload;
        const struct s3_completed_part_list *named;
        size_t next; /* of the named ones */
        int64_t size;
        struct sums etags;
        enum sum checksum;
        struct sums checksums;   /* of the parts, if the checksum is a composite of them */
        uint8_t joined[SUM_MAX]; /* else of all that was before */
};

/* Is it a list of parts at all, in order, of at least one? */
must_check int s3_check_named_parts(struct call *call, const struct s3_object_record *upload,
                                    const struct s3_completed_multipart_upload *named);
/* Do they make up an object? All there with these ETags and checksums, none too small. Drops the pieces that
 * are not named. s3_assembly_done() is due, whatever it gives. */
must_check int s3_assemble(struct s3_assembly *assembly, struct call *call,
                           const struct s3_object_record *upload, const struct s3_completed_part_list *named);
/* Sets size, part_count, etag and the checksum of the row. */
must_check int s3_assembly_tell(struct s3_assembly *assembly, struct s3_object_record *row);
void s3_assembly_done(struct s3_assembly *assembly); /* fine on {} */
