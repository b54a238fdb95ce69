/* Blobs: bytes of any length, each in a file of its own in a folder beside the store, sealed under the
 * caller's key. They are written from front to end and read from anywhere; what is held in memory is one
 * frame of each open writer and reader.
 *
 * A blob is there whole and on disk, or it is not there. Its id is made when it begins and given when it has
 * ended; whoever keeps the id in a record keeps the blob. A blob that no record names (the process died
 * between the two) is an orphan, to be found with blobs_each() between blobs_open() and the first writer. */
#pragma once

#include "store/store.h"

#define BLOB_ID_LEN  16
#define BLOB_KEY_LEN 32

struct blobs;
struct blob_writer;
struct blob_reader;

struct blob_id {
        uint8_t bytes[BLOB_ID_LEN]; /* random; not a secret */
};

/* What proves a blob's file to who has not the key that it is sealed under: that it is, byte by byte, what
 * was written. A key of its own, and the MAC of the whole file under it (crypto/mac.h). A secret: who reads
 * it can make another file of the same MAC; to be kept sealed. */
#define BLOB_PROOF_LEN 48
struct blob_proof {
        uint8_t bytes[BLOB_PROOF_LEN];
};

struct blobs_options {
        const char *folder;  /* made if it is not there; its parent is */
        size_t frame_len;    /* of new blobs, in clear bytes: a power of two, 512 bytes to 1 MiB; 0: 64 KiB */
        bool unsafe_no_sync; /* tests and benchmarks of CPU cost only */
};

/* Removes what unfinished writers of an earlier process left. -EBUSY: another process has the folder. -EPERM:
 * others could write there. problem is for the operator. */
must_check int blobs_open(const struct blobs_options *options, struct blobs **ret,
                          char problem[STORE_PROBLEM_MAX]);
void blobs_close(struct blobs *blobs); /* after its writers; readers may go on. NULL is fine */

/* -- Writing: any number at once, each by one thread at a time. */
must_check int blob_writer_begin(struct blobs *blobs, const uint8_t key[BLOB_KEY_LEN],
                                 struct blob_writer **ret);
/* Between begin and the first write: *proof, the caller's, is there when the blob has ended. */
must_check int blob_writer_prove(struct blob_writer *writer, struct blob_proof *proof);
/* Any piece of any length. -ENOSPC: the disk is full. After an error no more is taken. */
must_check int blob_write(struct blob_writer *writer, struct str bytes);
/* Gives 0 when the blob is on disk under its name. Frees the writer whatever it gives; after an error nothing
 * of the blob is left. */
must_check int blob_writer_end(struct blob_writer *writer, struct blob_id *ret_id, uint64_t *ret_size);
void blob_writer_abort(struct blob_writer *writer); /* removes and frees; NULL is fine */

/* -- Reading: any number at once, each by one thread at a time. */

/* -ENOENT: there is no such blob. -EBADMSG: it is damaged at its beginning or its end, was cut or extended,
 * is another, or the key is not its own. Opens the last frame, which tells the size. */
must_check int blob_reader_open(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                                struct blob_reader **ret);
/* The same without waiting for a disk: -EAGAIN when that would take it. */
must_check int blob_reader_open_now(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                                    struct blob_reader **ret);
void blob_reader_close(struct blob_reader *reader); /* NULL is fine */
static inline void blob_reader_closep(struct blob_reader **reader)
{
        blob_reader_close(*reader);
}
uint64_t blob_size(const struct blob_reader *reader);
/* Fewer than len bytes only at the end; none from there on. -EBADMSG: damaged there; of the frames that are,
 * nothing is given. */
must_check int blob_read_at(struct blob_reader *reader, uint64_t offset, void *out, size_t len,
                            size_t *ret_len);
/* The same without waiting for a disk: gives what is in memory, -EAGAIN when nothing is. */
must_check int blob_read_now(struct blob_reader *reader, uint64_t offset, void *out, size_t len,
                             size_t *ret_len);
/* Reads all of it: 0, or what blob_reader_open() and blob_read_at() give. */
must_check int blob_check(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN]);

/* -- Examining: the file as it lies on the disk. */

enum blob_fault {
        BLOB_SOUND,
        BLOB_MISSING,
        BLOB_SHORT,   /* of what it shall have */
        BLOB_LONG,    /* the same */
        BLOB_FOREIGN, /* its header is damaged, or another blob's */
        BLOB_CHANGED, /* other bytes than those that were written */
        BLOB_UNREADABLE,
};
struct blob_examination {
        uint64_t size; /* clear bytes that it shall have */
        /* By what it is proven, the first that is given; neither: then only its header and length are. */
        const uint8_t *key; /* BLOB_KEY_LEN */
        const struct blob_proof *proof;
        /* After every piece that was read; < 0 is the end of it. NULL: nothing. */
        int (*pause)(void *arg, size_t bytes);
        void *arg;
};
/* Holds one frame in memory. Takes back what the kernel has cached of the file, so that the disk is asked.
 * < 0: no memory, or what pause() gave. */
must_check int blob_examine(struct blobs *blobs, struct blob_id id, const struct blob_examination *how,
                            enum blob_fault *ret);
/* A proof of any bytes, and whether they are those: for pieces that lie elsewhere. -EBADMSG: they are not. */
must_check int blob_proof_make(struct str bytes, struct blob_proof *ret);
must_check int blob_proof_check(struct str bytes, const struct blob_proof *proof);

/* -- Pins: of what shall be read soon, for as long as that takes. They are in memory: who reads does not
 * outlive the process. */
struct blob_pin {
        struct blob_id id;
        bool is_in; /* the rest is this folder's own */
        bool is_deletion;
        struct blob_pin *next, **link; /* of its neighbours, under a lock that they share */
};
/* id is set; the pin is the caller's, and stays where it is until it is taken out. Whether the blob is there
 * is not asked: what is there afterwards (blob_written_ms()) stays. -ENOENT: it is being deleted, and the pin
 * is none. */
must_check int blob_pin(struct blobs *blobs, struct blob_pin *pin);
void blob_unpin(struct blobs *blobs, struct blob_pin *pin); /* fine on one that is out, or never was in */
/* As blob_delete(). -EBUSY: it is pinned, and stays. -EAGAIN: so does it, until the disk has given back more
 * of what was deleted before. */
must_check int blob_delete_unpinned(struct blobs *blobs, struct blob_id id);

/* -- All of them. */

/* -ENOENT. What has it open goes on; of pins nothing is asked. The space of a long one is free somewhat
 * later. After a crash of the machine it may be there again, as an orphan. */
must_check int blob_delete(struct blobs *blobs, struct blob_id id);
/* When its file was written to last, by the wall clock. -ENOENT. */
must_check int blob_written_ms(struct blobs *blobs, struct blob_id id, int64_t *ret);
/* Visits each that has ended, in no order; which of those that come and go meanwhile is open. file_len is
 * what it takes on disk. A visitor may delete; what it gives below 0 ends the walk. */
must_check int blobs_each(struct blobs *blobs, int (*visit)(void *arg, struct blob_id id, uint64_t file_len),
                          void *arg);

/* -- Taking them along: files as they are, sealed. */

/* From here on, until it is released as often, what is deleted can still be read by blob_file_open(): what
 * the records of a snapshot name that is begun after it stays as long as that is wanted. */
void blobs_hold(struct blobs *blobs);
void blobs_release(struct blobs *blobs);
/* A blob's file, to be read and closed. -ENOENT. */
must_check int blob_file_open(struct blobs *blobs, struct blob_id id, int *ret_fd, uint64_t *ret_len);

/* A file that is to become a blob's, to be written and closed. All of those that were made so get their names
 * at once, on disk; another file of that name goes. While somebody does this there are no writers. */
must_check int blob_file_make(struct blobs *blobs, struct blob_id id, int *ret_fd);
must_check int blob_files_name(struct blobs *blobs);
void blob_files_drop(struct blobs *blobs); /* those that have no names yet */

struct blobs_stats {
        uint64_t ended, aborted, deleted; /* failures count as aborted */
        uint64_t bytes_written;           /* clear bytes of those that ended */
        uint64_t folder_syncs;            /* shared by those that end at once */
        uint64_t synced_ahead;            /* times that a part of a file was, while the rest came */
};
void blobs_get_stats(struct blobs *blobs, struct blobs_stats *ret);
