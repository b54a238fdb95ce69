/* Files of blobs on their way to another place and back, sealed as they are. */
#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/blob_dir.h"
#include "store/folder.h"

/* -- Out */

void blobs_hold(struct blobs *blobs)
{
        pthread_rwlock_wrlock(&blobs->hold_lock);
        blobs->holds++;
        pthread_rwlock_unlock(&blobs->hold_lock);
}

/* As one, since deletions wait meanwhile. */
static int put_aside(const struct blobs *blobs)
{
        if (renameat(blobs->fd, BLOB_KEPT_FOLDER, blobs->fd, BLOB_GONE_FOLDER) < 0 ||
            mkdirat(blobs->fd, BLOB_KEPT_FOLDER, 0700) < 0)
                return blob_errno(errno);
        return 0;
}

/* What cannot be removed goes at the next start. */
void blobs_release(struct blobs *blobs)
{
        bool is_last;
        int r = 0;

        pthread_rwlock_wrlock(&blobs->hold_lock);
        is_last = --blobs->holds == 0;
        if (is_last)
                r = put_aside(blobs);
        pthread_rwlock_unlock(&blobs->hold_lock);
        if (is_last && r == 0)
                r = blob_folder_empty(blobs, BLOB_GONE_FOLDER);
        if (r < 0)
                log_event(LOG_WARNING, "deleted blobs could not be removed", "error", strerror(-r), NULL);
}

static int open_either(struct blobs *blobs, struct blob_id id)
{
        char name[BLOB_NAME_MAX];
        int fd;

        blob_name(id, name);
        fd = openat(blobs->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 || errno != ENOENT)
                return fd;
        blob_kept_name(id, name);
        return openat(blobs->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int blob_file_open(struct blobs *blobs, struct blob_id id, int *ret_fd, uint64_t *ret_len)
{
        _cleanup_(closep) int fd = open_either(blobs, id);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -ENOENT;
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        *ret_len = (uint64_t)st.st_size;
        *ret_fd = steal(&fd);
        return 0;
}

/* -- In */

int blob_file_make(struct blobs *blobs, struct blob_id id, int *ret_fd)
{
        char name[BLOB_NAME_MAX];

        blob_new_name(id, name);
        *ret_fd = openat(blobs->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        return *ret_fd < 0 ? blob_errno(errno) : 0;
}

static int sync_all(const struct blobs *blobs)
{
        return blobs->no_sync || syncfs(blobs->fd) == 0 ? 0 : blob_errno(errno);
}

/* One sync of the whole file system before and after, not two for each file: nobody else is waiting. */
int blob_files_name(struct blobs *blobs)
{
        TRY(sync_all(blobs));
        TRY(blob_folder_each(blobs, BLOB_NEW_FOLDER, blob_name_new));
        return sync_all(blobs);
}

void blob_files_drop(struct blobs *blobs)
{
        int r = blob_folder_empty(blobs, BLOB_NEW_FOLDER);

        if (r < 0)
                log_event(LOG_WARNING, "unfinished blobs could not be removed", "error", strerror(-r), NULL);
}
