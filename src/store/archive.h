/* A store and its blobs as one file, of no engine's format: sealed as they are, and whole or not there. */
#pragma once

#include "store/blob.h"

struct archive_progress {
        uint64_t blobs, blobs_total;
        uint64_t bytes, bytes_total; /* of files of blobs while saving; of the archive, read three times, in
                                        loading */
};

struct archive_options {
        struct store *store;
        struct blobs *blobs; /* NULL: of the store alone */
        /* Saving: visits what the records of a snapshot name, each once. */
        int (*each_blob)(struct txn *txn, int (*visit)(void *arg, struct blob_id id), void *arg);
        /* Now and then; < 0: it shall end, with that. NULL: nothing. */
        int (*tell)(void *arg, const struct archive_progress *progress);
        void *arg;
};
struct archive_counts {
        uint64_t keys, blobs, missing; /* missing: named, but not to be found when it was saved */
};

/* A consistent copy of everything as it is at one moment, made while others write. What is deleted meanwhile
 * stays readable for it. The file is there when it is whole and on disk; one of that name before stays until
 * then. */
must_check int archive_save(const struct archive_options *options, const char *file,
                            struct archive_counts *ret);

/* -ENOTEMPTY: it has keys. */
must_check int archive_store_is_empty(struct store *store);
/* -EBADMSG: damaged, cut short, or not an archive. -ENOTSUP: of a newer program. Changes nothing. */
must_check int archive_check(const struct archive_options *options, const char *file,
                             struct archive_counts *ret);
/* Of an archive that was checked, with what that gave; nobody else uses the store and the blobs meanwhile.
 * First the files of blobs, which get their names when all are there; then the keys, into an empty store
 * (-ENOTEMPTY), in one transaction. Whatever comes between leaves no key in the store. An archive without
 * blobs leaves those that are there alone. */
must_check int archive_load_blobs(const struct archive_options *options, const char *file);
must_check int archive_load_keys(const struct archive_options *options, const char *file,
                                 const struct archive_counts *counts);
