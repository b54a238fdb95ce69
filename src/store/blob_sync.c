/* Syncing folders costs a write of the file system's journal, which makes durable whatever was renamed
 * before, in all folders. So those that end while a sync is on wait, and one of them then does it for all. */
#include "store/blob_dir.h"

#include <fcntl.h>

#include "store/folder.h"

struct sync_waiter {
        struct sync_waiter *next;
        uint8_t folder;
        bool is_done;
        int result;
};

static int sync_one(struct blobs *blobs, unsigned int folder)
{
        _cleanup_(closep) int fd = -1;
        char name[4];

        (void)snprintf(name, sizeof(name), "%02x", folder);
        fd = openat(blobs->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                return blob_errno(errno);
        atomic_fetch_add(&blobs->folder_syncs, 1);
        if (blobs->is_rooted[folder])
                return 0;
        if (fsync(blobs->fd) < 0) /* made lately */
                return blob_errno(errno);
        atomic_fetch_add(&blobs->folder_syncs, 1);
        blobs->is_rooted[folder] = true;
        return 0;
}

static void sync_all(struct blobs *blobs, struct sync_waiter *waiters)
{
        bool is_synced[BLOB_FOLDERS] = {};
        int results[BLOB_FOLDERS];

        for (struct sync_waiter *w = waiters; w; w = w->next) {
                if (!is_synced[w->folder])
                        results[w->folder] = sync_one(blobs, w->folder);
                is_synced[w->folder] = true;
                w->result = results[w->folder];
        }
}

/* With the lock held. A waiter may be gone as soon as it is done. */
static void do_round(struct blobs *blobs)
{
        struct sync_waiter *waiters = blobs->sync_waiting;

        blobs->sync_waiting = NULL;
        blobs->is_syncing = true;
        pthread_mutex_unlock(&blobs->sync_lock);
        sync_all(blobs, waiters);
        pthread_mutex_lock(&blobs->sync_lock);
        blobs->is_syncing = false;
        for (struct sync_waiter *next; waiters; waiters = next) {
                next = waiters->next;
                waiters->is_done = true;
        }
        pthread_cond_broadcast(&blobs->synced);
}

/* With the lock held; when it returns, nobody knows of the waiter any more. */
static void wait_for_round(struct blobs *blobs, struct sync_waiter *waiter)
{
        waiter->next = blobs->sync_waiting;
        blobs->sync_waiting = waiter;
        while (!waiter->is_done)
                if (blobs->is_syncing)
                        pthread_cond_wait(&blobs->synced, &blobs->sync_lock);
                else
                        do_round(blobs);
}

int blob_sync_folder(struct blobs *blobs, struct blob_id id)
{
        struct sync_waiter self = {.folder = id.bytes[0]};

        if (blobs->no_sync)
                return 0;
        pthread_mutex_lock(&blobs->sync_lock);
        wait_for_round(blobs, &self);
        pthread_mutex_unlock(&blobs->sync_lock);
        return self.result;
}
