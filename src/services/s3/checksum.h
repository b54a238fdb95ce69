/* Checksums of bodies: chosen by headers, compared, shown.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
#pragma once

#include "crypto/sums.h"
#include "services/s3/s3.h"

/* Which one the headers of a request with a body ask for; where they say its value (in a header or a trailer
 * of this name; absent: they do not). S3 takes CRC64NVME when nothing is said. */
must_check int s3_choose_checksum(struct call *call, enum sum *ret, struct str *ret_header,
                                  bool *ret_is_said);
/* Are ended sums what the client said: Content-MD5, and the one of that header or trailer? BadDigest. */
must_check int s3_check_sums(struct call *call, const struct sums *sums, enum sum checksum,
                             struct str header);

/* The checksum that the part of an upload gets, *ret being what its headers say (is_said) or what is usual.
 */
must_check int s3_check_part_checksum(struct call *call, const struct s3_object_record *upload, bool is_said,
                                      enum sum *ret);
/* The one of an upload; CRC64NVME if none was asked for when it began. */
enum sum s3_upload_checksum(const struct s3_object_record *upload);

/* Puts a checksum into the member of an answer that is for its algorithm. `first` is the answer's
 * checksum_crc32; the others follow it in the order of api/s3.api, in every shape. */
void s3_tell_checksum(struct str *first, struct str algorithm, struct str value);
/* And the other way, of inputs. */
struct str s3_said_checksum(const struct str *first, struct str algorithm);
