/* The folder of the blobs: who may open it, how it comes to be, and walks through it.
 *
 *   new/      blobs that are being written; emptied at the start
 *   kept/     blobs that were deleted while somebody holds them
 *   gone/     those, once nobody does: emptied then, and at the start, as kept/ is
 *   00/..ff/  blobs by the first byte of their id; made with their first
 *
 * The folder itself is locked (flock) by the process that has it open. */
#include "store/blob_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/ids.h"
#include "store/blob_format.h"
#include "store/folder.h"

#define IDS_A_DRAW 64 /* of the folder */

static void write_digits(const uint8_t *bytes, size_t count, char *out)
{
        static const char HEX[] = "0123456789abcdef";

        for (size_t i = 0; i < count; i++) {
                *out++ = HEX[bytes[i] >> 4];
                *out++ = HEX[bytes[i] & 15];
        }
        *out = '\0';
}

void blob_new_name(struct blob_id id, char name[BLOB_NAME_MAX])
{
        memcpy(name, BLOB_NEW_FOLDER "/", sizeof(BLOB_NEW_FOLDER));
        write_digits(id.bytes, BLOB_ID_LEN, name + sizeof(BLOB_NEW_FOLDER));
}

void blob_kept_name(struct blob_id id, char name[BLOB_NAME_MAX])
{
        memcpy(name, BLOB_KEPT_FOLDER "/", sizeof(BLOB_KEPT_FOLDER));
        write_digits(id.bytes, BLOB_ID_LEN, name + sizeof(BLOB_KEPT_FOLDER));
}

void blob_name(struct blob_id id, char name[BLOB_NAME_MAX])
{
        write_digits(id.bytes, 1, name);
        name[2] = '/';
        write_digits(id.bytes + 1, BLOB_ID_LEN - 1, name + 3);
}

static int digit_of(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_digits(const char *name, uint8_t *ret, size_t count)
{
        if (strlen(name) != 2 * count)
                return false;
        for (size_t i = 0; i < count; i++) {
                int high = digit_of(name[2 * i]), low = digit_of(name[2 * i + 1]);

                if (high < 0 || low < 0)
                        return false;
                ret[i] = (uint8_t)(high << 4 | low);
        }
        return true;
}

/* The id of a file of this name in this folder; false: not one of ours. */
static bool read_name(unsigned int folder, const char *name, struct blob_id *ret)
{
        ret->bytes[0] = (uint8_t)folder;
        return read_digits(name, ret->bytes + 1, BLOB_ID_LEN - 1);
}

struct blob_id blob_id_draw(struct blobs *blobs)
{
        struct blob_id id;

        random_fill(id.bytes, BLOB_ID_LEN);
        if (atomic_fetch_add(&blobs->begun, 1) % IDS_A_DRAW == 0)
                atomic_store(&blobs->folder, id.bytes[0]);
        id.bytes[0] = atomic_load(&blobs->folder);
        return id;
}

int blob_errno(int error)
{
        return error == EDQUOT || error == EFBIG ? -ENOSPC : -error;
}

/* -- Walks. */

static void closedirp(DIR **dir)
{
        if (*dir)
                (void)closedir(*dir);
}

/* NULL, and errno. */
static DIR *open_dir(const struct blobs *blobs, const char *name)
{
        _cleanup_(closep) int fd = openat(blobs->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);

        if (dir)
                (void)steal(&fd); /* it is the walk's */
        return dir;
}

/* NULL at the end; then errno says whether it is one. */
static const char *next_name(DIR *dir)
{
        const struct dirent *entry;

        do {
                errno = 0;
                entry = readdir(dir);
        } while (entry &&
                 (str_eq(str_of(entry->d_name), STR(".")) || str_eq(str_of(entry->d_name), STR(".."))));
        return entry ? entry->d_name : NULL;
}

typedef int (*visit_fn)(void *arg, struct blob_id id, uint64_t file_len);

static int visit_file(DIR *dir, const char *name, unsigned int folder, visit_fn visit, void *arg)
{
        struct blob_id id;
        struct stat st;

        if (!read_name(folder, name, &id))
                return 0;
        if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno; /* deleted meanwhile */
        return S_ISREG(st.st_mode) ? visit(arg, id, (uint64_t)st.st_size) : 0;
}

static int visit_folder(struct blobs *blobs, unsigned int folder, visit_fn visit, void *arg)
{
        _cleanup_(closedirp) DIR *dir = NULL;
        char folder_name[4];
        const char *name;

        (void)snprintf(folder_name, sizeof(folder_name), "%02x", folder);
        dir = open_dir(blobs, folder_name);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((name = next_name(dir)))
                TRY(visit_file(dir, name, folder, visit, arg));
        return -errno;
}

int blobs_each(struct blobs *blobs, visit_fn visit, void *arg)
{
        for (unsigned int folder = 0; folder < BLOB_FOLDERS; folder++)
                TRY(visit_folder(blobs, folder, visit, arg));
        return 0;
}

int blob_folder_empty(struct blobs *blobs, const char *name)
{
        _cleanup_(closedirp) DIR *dir = open_dir(blobs, name);
        const char *file;

        if (!dir)
                return -errno;
        while ((file = next_name(dir)))
                if (unlinkat(dirfd(dir), file, 0) < 0)
                        return -errno;
        return -errno;
}

int blob_folder_each(struct blobs *blobs, const char *name,
                     int (*visit)(struct blobs *blobs, struct blob_id id))
{
        _cleanup_(closedirp) DIR *dir = open_dir(blobs, name);
        struct blob_id id;
        const char *file;

        if (!dir)
                return -errno;
        while ((file = next_name(dir)))
                if (read_digits(file, id.bytes, BLOB_ID_LEN))
                        TRY(visit(blobs, id));
        return -errno;
}

int blob_written_ms(struct blobs *blobs, struct blob_id id, int64_t *ret)
{
        char name[BLOB_NAME_MAX];
        struct stat st;

        blob_name(id, name);
        if (fstatat(blobs->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        *ret = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
        return 0;
}

#define LONG ((off_t)1 << 20)

/* A name goes at once; a long file's pages and blocks, which a file system may tell the disk of one by one,
 * take a tenth of a second. Those go when nobody has it open any more: with a descriptor that another thread
 * closes. */
static int unlink_soon(struct blobs *blobs, struct blob_id id, const char *name)
{
        _cleanup_(closep) int fd = openat(blobs->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        const struct blob_file file = {.id = id, .fd = fd};
        struct stat st;

        if (unlinkat(blobs->fd, name, 0) < 0)
                return -errno;
        if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= LONG && blob_thread_give(&blobs->closing, &file))
                (void)steal(&fd); /* it is the thread's */
        return 0;
}

int blob_delete(struct blobs *blobs, struct blob_id id)
{
        char name[BLOB_NAME_MAX], kept[BLOB_NAME_MAX];
        int r;

        blob_name(id, name);
        blob_kept_name(id, kept);
        pthread_rwlock_rdlock(&blobs->hold_lock);
        if (blobs->holds)
                r = renameat(blobs->fd, name, blobs->fd, kept) < 0 ? -errno : 0;
        else
                r = unlink_soon(blobs, id, name);
        pthread_rwlock_unlock(&blobs->hold_lock);
        if (r == 0)
                atomic_fetch_add(&blobs->deleted, 1);
        return r;
}

/* -- Opening. */

static int make_folder(const struct blobs *blobs, const char *name)
{
        return mkdirat(blobs->fd, name, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int blob_name_new(struct blobs *blobs, struct blob_id id)
{
        char from[BLOB_NAME_MAX], to[BLOB_NAME_MAX], folder[4];

        blob_new_name(id, from);
        blob_name(id, to);
        if (renameat(blobs->fd, from, blobs->fd, to) == 0)
                return 0;
        if (errno != ENOENT)
                return blob_errno(errno);
        (void)snprintf(folder, sizeof(folder), "%02x", id.bytes[0]);
        if (mkdirat(blobs->fd, folder, 0700) < 0 && errno != EEXIST)
                return blob_errno(errno);
        return renameat(blobs->fd, from, blobs->fd, to) < 0 ? blob_errno(errno) : 0;
}

/* Those that are there after a sync of what holds them are there to stay. */
static int find_rooted(struct blobs *blobs)
{
        _cleanup_(closedirp) DIR *dir = open_dir(blobs, ".");
        const char *name;
        uint8_t folder;

        if (!dir)
                return -errno;
        while ((name = next_name(dir)))
                if (read_digits(name, &folder, 1))
                        blobs->is_rooted[folder] = true;
        return -errno;
}

static int make_folders(struct blobs *blobs)
{
        TRY(make_folder(blobs, BLOB_NEW_FOLDER));
        TRY(make_folder(blobs, BLOB_KEPT_FOLDER));
        TRY(make_folder(blobs, BLOB_GONE_FOLDER));
        if (!blobs->no_sync && fsync(blobs->fd) < 0)
                return -errno;
        return find_rooted(blobs);
}

/* A folder that was just made is part of its parent only when that is on disk. */
static int sync_parent(const struct blobs *blobs)
{
        _cleanup_(closep) int fd = openat(blobs->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return blobs->no_sync || (fd >= 0 && fsync(fd) == 0) ? 0 : -errno;
}

static int open_locked(struct blobs *blobs, const char *folder, char *problem)
{
        bool is_new = mkdir(folder, 0700) == 0;

        if (!is_new && errno != EEXIST)
                return folder_errno(problem, folder, "made");
        TRY(folder_check(folder, problem));
        blobs->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (blobs->fd < 0)
                return folder_errno(problem, folder, "opened");
        if (flock(blobs->fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK
                               ? folder_refuse(-EBUSY, problem, folder, "is in use by another process")
                               : folder_errno(problem, folder, "locked");
        return is_new ? sync_parent(blobs) : 0;
}

static int choose_frames(struct blobs *blobs, size_t frame_len)
{
        if (frame_len == 0)
                frame_len = (size_t)1 << BLOB_FRAME_LOG2;
        for (unsigned int log2 = BLOB_FRAME_LOG2_LEAST; log2 <= BLOB_FRAME_LOG2_MOST; log2++)
                if (frame_len == (size_t)1 << log2) {
                        blobs->frame_log2 = log2;
                        return 0;
                }
        return -EINVAL;
}

static int prepare(struct blobs *blobs, const struct blobs_options *options, char *problem)
{
        TRY(choose_frames(blobs, options->frame_len));
        TRY(open_locked(blobs, options->folder, problem));
        TRY(make_folders(blobs));
        /* What was being written when the process before ended, whose id nobody was ever given; what was
         * held. */
        TRY(blob_folder_empty(blobs, BLOB_NEW_FOLDER));
        TRY(blob_folder_empty(blobs, BLOB_GONE_FOLDER));
        return blob_folder_empty(blobs, BLOB_KEPT_FOLDER);
}

int blobs_open(const struct blobs_options *options, struct blobs **ret, char problem[STORE_PROBLEM_MAX])
{
        struct blobs *blobs = calloc(1, sizeof(*blobs));
        int r;

        problem[0] = '\0';
        if (!blobs)
                return -ENOMEM;
        blobs->fd = -1;
        blobs->no_sync = options->unsafe_no_sync;
        pthread_rwlock_init(&blobs->hold_lock, NULL);
        pthread_mutex_init(&blobs->sync_lock, NULL);
        pthread_cond_init(&blobs->synced, NULL);
        blob_pins_init(blobs);
        blob_ahead_init(blobs);
        blob_thread_init(&blobs->closing, blobs, blob_close_all);
        r = prepare(blobs, options, problem);
        if (r < 0) {
                if (!problem[0])
                        store_problem(problem, "the blobs in %s cannot be opened: %s", options->folder,
                                      strerror(-r));
                blobs_close(blobs);
                return r;
        }
        *ret = blobs;
        return 0;
}

void blobs_close(struct blobs *blobs)
{
        if (!blobs)
                return;
        blob_thread_done(&blobs->ahead);
        blob_thread_done(&blobs->closing);
        closep(&blobs->fd);
        blob_pins_done(blobs);
        pthread_cond_destroy(&blobs->synced);
        pthread_mutex_destroy(&blobs->sync_lock);
        pthread_rwlock_destroy(&blobs->hold_lock);
        free(blobs);
}

void blobs_get_stats(struct blobs *blobs, struct blobs_stats *ret)
{
        *ret = (struct blobs_stats){
                .ended = atomic_load(&blobs->ended),
                .aborted = atomic_load(&blobs->aborted),
                .deleted = atomic_load(&blobs->deleted),
                .bytes_written = atomic_load(&blobs->bytes_written),
                .folder_syncs = atomic_load(&blobs->folder_syncs),
                .synced_ahead = atomic_load(&blobs->synced_ahead),
        };
}
