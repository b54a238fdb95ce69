/* Files are synced while they are still being written. What the kernel is told to write goes no further than
 * a disk's own cache, which may do nothing about it until it is flushed; then writers that end together, and
 * every small commit beside them, would wait for all that came before. All who asked while one round was on
 * share the next, and one flush, which is the whole disk's.
 *
 * It promises nothing: the end of a writer syncs what is left, and finds every error, also of what was
 * written here. For that the files are opened anew: descriptors that are duplicates of one another share what
 * each was told of errors, and what one was told the other is not (fsync(2), errors).
 *
 * Only the first file's sync may follow it while it grows as fast as the disk takes it, to its end at most.
 */
#include <fcntl.h>
#include <unistd.h>

#include "store/blob_dir.h"

static void sync_round(struct blobs *blobs, const struct blob_file *files, size_t count)
{
        for (size_t i = 1; i < count; i++)
                (void)sync_file_range(files[i].fd, 0, (off_t)files[i].len,
                                      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                              SYNC_FILE_RANGE_WAIT_AFTER);
        (void)fdatasync(files[0].fd);
        atomic_fetch_add(&blobs->synced_ahead, count);
        blob_close_all(blobs, files, count);
}

void blob_ahead_init(struct blobs *blobs)
{
        blob_thread_init(&blobs->ahead, blobs, sync_round);
}

void blob_ahead_ask(struct blobs *blobs, struct blob_id id, uint64_t len)
{
        struct blob_file file = {.id = id, .len = len};
        char name[BLOB_NAME_MAX];

        if (!blob_thread_takes(&blobs->ahead, id))
                return;
        blob_new_name(id, name);
        file.fd = openat(blobs->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file.fd >= 0 && !blob_thread_give(&blobs->ahead, &file))
                (void)close(file.fd);
}
