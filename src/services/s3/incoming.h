/* The body of an upload on its way in: sealed as it comes, summed up, compared with what the client said of
 * it; in memory while it is small, in a file from there on. */
#pragma once

#include "crypto/sums.h"
#include "services/s3/body.h"

struct s3_incoming {
        struct body_sink sink;
        struct call *call; /* until it has ended */
        struct blobs *blobs;
        struct secret data_key;
        struct sums sums;
        enum sum checksum; /* that the object gets */
        bool is_said;      /* the client chose it */
        bool is_copy;      /* nothing is said of what is copied */
        struct str header; /* "x-amz-checksum-crc32": where it says its value, if it does */
        struct buf small;
        struct blob_writer *writer; /* once it is too long for that */
        struct blob_id blob;
        bool has_blob;
        bool wants_proof; /* the server alone cannot open it */
        struct blob_proof proof;
        uint64_t size;
};

/* What its row will say of the encryption, which is settled: to be told before any byte comes. */
void s3_incoming_for(struct body_sink *sink, const struct s3_object_record *row);
/* data_key: of an upload in parts, which has one already, and is copied; NULL: a new one. Reads what the
 * headers say of sums, and refuses what cannot be. */
must_check int s3_incoming_new(struct call *call, const struct secret *data_key, struct body_sink **ret);
/* Of a copy, whose request has no body that its headers could speak of. */
must_check int s3_incoming_new_copy(struct call *call, const struct secret *data_key, enum sum checksum,
                                    struct body_sink **ret);
/* Of a part: its checksum is of the upload's algorithm. */
must_check int s3_incoming_new_part(struct call *call, const struct secret *data_key,
                                    const struct s3_object_record *upload, struct body_sink **ret);
struct s3_incoming *s3_incoming_of(struct call *call);

/* The body as a piece: body, number and etag are set. */
must_check int s3_incoming_keep(struct call *call, struct s3_incoming *incoming,
                                struct s3_piece_record *piece);
/* The body as all of an object: a piece, and what the row says of it. The row's encryption is settled. */
must_check int s3_incoming_keep_all(struct call *call, struct s3_incoming *incoming,
                                    struct s3_object_record *row);
/* Of the ended body: hexadecimal MD5, and its checksum in base64. */
struct str s3_incoming_md5(struct call *call, const struct s3_incoming *incoming);
struct str s3_incoming_checksum(struct call *call, const struct s3_incoming *incoming);
