/* An archive's file, as it is written and read: every byte goes into the sum of all, and those of an entry
 * into its own. Inside this folder.
 *
 *   "merlon-store 1\n" or "merlon-store 2\n", then for each key in order
 *   'K', key length (4 bytes, little-endian), value length (4), key, value, checksum of all these (4);
 *   in 2 for each blob that these name
 *   'N', id (16)
 *   and for each of them, in the same order
 *   'B', id (16), length of its file (8), the file, checksum of all these (4), or
 *   'M', id (16), when it was missing;
 *   and at the end 'E', number of keys (8), in 2 number of blobs (8), checksum of the whole file so far (4)
 */
#pragma once

#include <stdio.h>

#include "store/archive.h"

#define ARCHIVE_HEADER       STR("merlon-store 1\n")
#define ARCHIVE_HEADER_BLOBS STR("merlon-store 2\n")

enum archive_kind {
        ARCHIVE_KEY = 'K',
        ARCHIVE_NAME = 'N',
        ARCHIVE_BLOB = 'B',
        ARCHIVE_MISSING = 'M',
        ARCHIVE_END = 'E',
};
#define ARCHIVE_NAME_LEN (1 + BLOB_ID_LEN) /* of an 'N' */
#define ARCHIVE_PIECE    ((size_t)256 * 1024)

struct archive_stream {
        FILE *file;
        uint32_t entry_sum, whole_sum;
        uint64_t keys, blobs; /* so far */
        char *room;           /* for a value, or a piece of a file */
        size_t room_size;
        const struct archive_options *options;
        struct archive_progress progress;
};

void archive_stream_done(struct archive_stream *stream);
/* Room for so many bytes; what is there stays. */
must_check int archive_stream_room(struct archive_stream *stream, size_t len);
/* More bytes have been done. < 0: it shall end. */
must_check int archive_stream_tell(struct archive_stream *stream, uint64_t bytes);

must_check int archive_put(struct archive_stream *stream, struct str bytes);
must_check int archive_put_kind(struct archive_stream *stream, enum archive_kind kind); /* begins an entry */
must_check int archive_put_u32(struct archive_stream *stream, uint32_t value);
must_check int archive_put_u64(struct archive_stream *stream, uint64_t value);

/* -EBADMSG: the file ends before. */
must_check int archive_take(struct archive_stream *stream, void *to, size_t len);
must_check int archive_take_kind(struct archive_stream *stream, enum archive_kind *ret);
must_check int archive_take_u32(struct archive_stream *stream, uint32_t *ret);
must_check int archive_take_u64(struct archive_stream *stream, uint64_t *ret);
/* -EBADMSG: another sum stands there. */
must_check int archive_take_sum(struct archive_stream *stream, uint32_t expected);
