/* What the tests of blobs share: a folder of its own, blobs whose bytes follow from their number, and a
 * blob's file as bytes to be damaged. Each function asserts that it works. */
#pragma once

#include <limits.h>

#include "../check.h"
#include "store/blob.h"

#define FRAME_LEN ((size_t)512) /* of the small frames that most tests use */

extern const uint8_t BLOB_KEY[BLOB_KEY_LEN];

struct blob_fixture {
        char top[64];    /* holds the folder */
        char folder[80]; /* of the blobs */
        struct blobs *blobs;
        size_t frame_len;
};

/* cmocka set-ups and tear-down; *state is the fixture. */
int blob_fixture_small(void **state); /* FRAME_LEN; in memory, for thousands of files that need not last */
int blob_fixture_usual(void **state); /* frames and disk as they are in earnest */
int blob_fixture_done(void **state);

void blobs_start(struct blob_fixture *fixture);
int blobs_try_start(struct blob_fixture *fixture, struct blobs **ret, char problem[STORE_PROBLEM_MAX]);
void blobs_stop(struct blob_fixture *fixture);

/* Bytes [offset, offset + len) of the blob of this number. */
void blob_fill(unsigned int number, uint64_t offset, char *out, size_t len);
struct blob_id blob_put(struct blob_fixture *fixture, unsigned int number, size_t size);
/* Reads all of it in pieces of that length, and compares. */
void assert_blob(struct blob_fixture *fixture, struct blob_id id, unsigned int number, size_t size,
                 size_t piece);
void assert_no_blob(struct blob_fixture *fixture, struct blob_id id);

/* 0, or the first error on the way to all of its bytes; asserts that those which come are right. */
int blob_try_read(struct blob_fixture *fixture, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                  unsigned int number, size_t size);

void blob_path(const struct blob_fixture *fixture, struct blob_id id, char path[PATH_MAX]);
struct str blob_file_read(const struct blob_fixture *fixture, struct blob_id id); /* to be freed */
void blob_file_write(const struct blob_fixture *fixture, struct blob_id id, struct str bytes);

/* How many blobs there are, and how many files that have no name yet. */
size_t blob_count(struct blob_fixture *fixture);
size_t unfinished_count(const struct blob_fixture *fixture);
