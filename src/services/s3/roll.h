/* The roll of all bodies, for the server's scrub: every version of every object and every upload, bucket by
 * bucket, a page at a time, so that no snapshot is held for long. What comes and goes meanwhile may be on it
 * or not; what is there all the time is on it once.
 *
 * All functions take a call that has a snapshot and memory of its own, and is nobody's request. */
#pragma once

#include "services/s3/body.h"

#define S3_ROLL_PAGE   ((size_t)100)
#define S3_ROLL_PIECES ((size_t)32)

/* Where the roll stands; {} is its beginning. */
struct s3_roll_place {
        char bucket[64]; /* names have 63 at most */
        size_t bucket_len;
        bool is_inside;  /* of that bucket, not behind it */
        bool in_objects; /* not in its uploads, which come first: one that is completed meanwhile is met again
                          */
        bool has_key;    /* behind this one: */
        char key[S3_KEY_MAX];
        size_t key_len;
        int64_t order;
        bool is_end;
};

/* One that has a body. All in the arena that was given. */
struct s3_roll_item {
        struct str bucket, key;
        bool is_upload;
        struct s3_object_record
                row; /* its place, id, size, number of parts, body, encryption and key alone */
};

struct s3_roll {
        struct s3_roll_item items[S3_ROLL_PAGE];
        size_t count;
        struct str bucket; /* that the place was in */
        size_t damaged;    /* records that could not be read: of rows behind where the place was */
};

/* What follows the place, which moves on. An empty page is not the end: place->is_end is. */
must_check int s3_roll_next(struct call *call, struct s3_roll_place *place, struct arena *arena,
                            struct s3_roll *ret);

/* How many bytes the pieces of an item have, by their own count, and how many pieces there are. Reads its row
 * again, into the arena, since it may have been sealed anew. -ENOENT: it is not there any more, or has
 * another body. -EBADMSG: a record of it is damaged. */
must_check int s3_roll_measure(struct call *call, struct s3_roll_item *item, struct arena *arena,
                               int64_t *ret_size, int64_t *ret_pieces);
/* Pieces of its body behind a number, into the arena; no more at the end. -EBADMSG: one is damaged. */
must_check int s3_roll_pieces(struct call *call, const struct s3_roll_item *item, int64_t behind,
                              struct arena *arena, struct s3_piece_record pieces[S3_ROLL_PIECES],
                              size_t *ret_count);
/* A piece and its item once more, as they are now, each into its arena. -ENOENT: one of them is not there any
 * more. */
must_check int s3_roll_again(struct call *call, struct s3_roll_item *item, struct arena *arena,
                             struct s3_piece_record *piece, struct arena *piece_arena);
