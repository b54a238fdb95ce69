/* Files are synced while they are still being written. What the kernel is told to write goes no further than
 * a disk's own cache, which may do nothing about it until it is flushed; then writers that end together, and
 * every small commit beside them, would wait for all that came before. All who asked while one round was on
 * share the next, and one flush, which is the whole disk's.
 *
 * It promises nothing: the end of a writer syncs what is left, and finds every error. */
#include <fcntl.h>
#include <unistd.h>

#include "store/blob_dir.h"
#include "store/folder.h"

static void sync_round(struct blobs *blobs, const int *files, size_t count)
{
        for (size_t i = 1; i < count; i++)
                (void)sync_file_range(files[i], 0, 0,
                                      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                              SYNC_FILE_RANGE_WAIT_AFTER);
        (void)fdatasync(files[0]);
        atomic_fetch_add(&blobs->synced_ahead, count);
        blob_close_all(blobs, files, count);
}

void blob_ahead_init(struct blobs *blobs)
{
        blob_thread_init(&blobs->ahead, blobs, sync_round);
}

/* By a descriptor of its own: the writer may be done before. */
void blob_ahead_ask(struct blobs *blobs, int fd)
{
        _cleanup_(closep) int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

        if (own >= 0 && blob_thread_give(&blobs->ahead, own))
                (void)steal(&own); /* it is the thread's */
}
