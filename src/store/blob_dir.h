/* The folder of the blobs, as its writers and readers see it. Inside this folder. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "store/blob.h"

struct sync_waiter;

/* Pins by their ids, which are random. */
#define BLOB_PIN_SHELVES 1024
struct blob_shelf {
        pthread_mutex_t lock;
        struct blob_pin *readers, *deletions; /* apart: a pin looks for deletions, of which there are few, and
                                               * not through those of all readers */
};

#define BLOB_FOLDERS 256

struct blob_file {
        struct blob_id id;
        int fd;
        uint64_t len; /* so far */
};
typedef void (*blob_work_fn)(struct blobs *blobs, const struct blob_file *files, size_t count);

/* A thread for what would keep others waiting for a disk: blob_thread.c. */
#define BLOB_THREAD_FILES 32
struct blob_thread {
        struct blobs *blobs;
        blob_work_fn work; /* closes them, too */
        pthread_mutex_t lock;
        pthread_cond_t wake;
        pthread_t thread;
        bool is_started, is_stopping;
        struct blob_file files[BLOB_THREAD_FILES];
        size_t count;
};

struct blobs {
        int fd; /* the folder; its lock goes with it */
        unsigned int frame_log2;
        bool no_sync;
        _Atomic uint8_t folder; /* where new ones go: see blob_id_draw() */
        _Atomic uint64_t begun;
        pthread_rwlock_t hold_lock; /* shared by deletions */
        unsigned int holds;
        pthread_mutex_t sync_lock;
        pthread_cond_t synced;
        struct sync_waiter *sync_waiting; /* for the next round */
        bool is_syncing;                  /* somebody does a round */
        bool is_rooted[BLOB_FOLDERS];     /* known to last, empty or not; of who does the round */
        struct blob_thread ahead, closing;
        struct blob_shelf pins[BLOB_PIN_SHELVES];
        _Atomic uint64_t ended, aborted, deleted, bytes_written, folder_syncs, synced_ahead;
};

/* Below the folder: "new/" and 32 digits while it is written, then two digits, a slash, and the other 30. */
#define BLOB_NAME_MAX 40
void blob_new_name(struct blob_id id, char name[BLOB_NAME_MAX]);
void blob_name(struct blob_id id, char name[BLOB_NAME_MAX]);
/* "kept/" and 32 digits: deleted while somebody holds them. */
void blob_kept_name(struct blob_id id, char name[BLOB_NAME_MAX]);

/* What was written as new/ gets its name, in a folder that is made if need be. blob_sync_folder() makes that
 * last. */
must_check int blob_name_new(struct blobs *blobs, struct blob_id id);

/* Folders whose files are nobody's. */
#define BLOB_NEW_FOLDER  "new"
#define BLOB_KEPT_FOLDER "kept"
#define BLOB_GONE_FOLDER "gone"
must_check int blob_folder_empty(struct blobs *blobs, const char *name);
/* Visits files whose names are ids. Moving them away is allowed. */
must_check int blob_folder_each(struct blobs *blobs, const char *name,
                                int (*visit)(struct blobs *blobs, struct blob_id id));

void blob_pins_init(struct blobs *blobs);
void blob_pins_done(struct blobs *blobs);

void blob_thread_init(struct blob_thread *thread, struct blobs *blobs, blob_work_fn work);
/* Neither waits for a disk. False: it has enough to do, and the file is still the caller's. */
bool blob_thread_give(struct blob_thread *thread, const struct blob_file *file);
bool blob_thread_takes(struct blob_thread *thread, struct blob_id id); /* has room, and no file of it waits */
void blob_thread_done(struct blob_thread *thread);                     /* closes what it has not come to */
void blob_close_all(struct blobs *blobs, const struct blob_file *files, size_t count);

void blob_ahead_init(struct blobs *blobs);
/* Wants the first len bytes of what is being written on disk, some time soon. Waits for no disk. */
void blob_ahead_ask(struct blobs *blobs, struct blob_id id, uint64_t len);

/* Random, but for the folder (the first byte), which is drawn anew for some ids at a time: those that are
 * written at once mostly share the sync of one folder, and over time all folders fill alike. */
struct blob_id blob_id_draw(struct blobs *blobs);

/* What a system call that failed means for a blob: a disk, a quota or a limit that is full are all one. */
int blob_errno(int error);

/* Gives 0 when what was renamed into this blob's folder before the call stays there. Those who come while a
 * round is on wait for the next and share it, each folder synced once. */
must_check int blob_sync_folder(struct blobs *blobs, struct blob_id id);
