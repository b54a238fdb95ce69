/* Bodies: one or more pieces, in order, each sealed under the data key of the object that has it. Small
 * pieces lie in the store, others in files. */
#pragma once

#include "crypto/keyring.h"
#include "services/s3/s3.h"
#include "store/blob.h"

#define S3_INLINE_MAX ((size_t)16 * 1024)

/* A number that no body has had. */
must_check int s3_new_body(struct call *call, int64_t *ret);

/* Sets piece->inline_ to the sealed bytes. body and number are set. */
must_check int s3_seal_inline(struct call *call, const struct secret *data_key, struct str clear,
                              struct s3_piece_record *piece);
/* What those are bound to. */
struct str s3_inline_bound(struct arena *arena, const struct s3_piece_record *piece);

/* The pieces of a body, one by one, however many. What is given lives until the next. */
struct s3_pieces {
        struct arena arena;
        struct record_scan scan;
};
/* Those behind a number (0: all). s3_pieces_end() is due, whatever it gives. */
must_check int s3_pieces_begin(struct s3_pieces *pieces, struct call *call, int64_t body, int64_t behind);
must_check int s3_pieces_next(struct s3_pieces *pieces, struct s3_piece_record *ret); /* -ENOENT at the end */
void s3_pieces_end(struct s3_pieces *pieces);                                         /* fine on {} */

/* All pieces of a body; files go soon after the transaction. */
must_check int s3_drop_body(struct call *call, int64_t body);
must_check int s3_drop_piece(struct call *call, const struct s3_piece_record *piece);

/* The bytes from `from` on, `size` of them, as they are read: for call->answer, or for s3_body_read(). Takes
 * the data key over. Lives in the call's arena; its done() is due. Opens what lies first, so that damage
 * there is an error of the call. */
must_check int s3_body_open(struct call *call, int64_t body, struct secret *data_key, uint64_t from,
                            uint64_t size, struct http_source **ret);
