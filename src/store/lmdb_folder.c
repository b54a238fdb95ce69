/* The folder of the default engine: who may open it, how it comes to be, and that it is sound.
 *
 *   store.lock       held (flock) by the process that has the folder open; its text is that process's id
 *   store.mdb        the data
 *   store.mdb-lock   LMDB's table of readers; of no use once closed
 *   store.mdb-new    a store in the making: renamed to store.mdb when it is whole and on disk */
#include "store/folder.h"
#include "store/lmdb_env.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MAX ((size_t)1 << 40)
#define LEAST_MAX   ((size_t)1 << 26)
#define SUFFIX_MAX  32

static int path_of(char path[PATH_MAX], const char *folder, const char *name)
{
        int len = snprintf(path, PATH_MAX, "%s/%s", folder, name);

        return len < 0 || len >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int check_file(int fd, const char *path, char *problem)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return folder_errno(problem, path, "read");
        if (!S_ISREG(st.st_mode))
                return folder_refuse(-EPERM, problem, path, "is not a file");
        if (st.st_uid != geteuid())
                return folder_refuse(-EPERM, problem, path, "belongs to another user");
        if (st.st_mode & (S_IRWXG | S_IRWXO))
                return folder_refuse(-EPERM, problem, path, "is open to other users (chmod 600 would do)");
        return 0;
}

static int refuse_busy(int fd, const char *folder, char *problem)
{
        char pid[24];
        ssize_t len = pread(fd, pid, sizeof(pid) - 1, 0);
        uint64_t number;

        if (len > 0 && str_to_u64(str_part((struct str){pid, (size_t)len}, 0, (size_t)len - 1), &number) == 0)
                store_problem(problem, "%s is in use by process %llu", folder, (unsigned long long)number);
        else
                store_problem(problem, "%s is in use by another process", folder);
        return -EBUSY;
}

/* The process id is for people alone: on a full disk we start without it. */
static void write_pid(int fd)
{
        char pid[24];
        int len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

        if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)len, 0) < 0)
                errno = 0;
}

static int take_lock(const char *folder, int *ret_fd, char *problem)
{
        _cleanup_(closep) int fd = -1;
        char path[PATH_MAX];

        TRY(path_of(path, folder, "store.lock"));
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return folder_errno(problem, path, "opened");
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? refuse_busy(fd, folder, problem)
                                            : folder_errno(problem, path, "locked");
        TRY(check_file(fd, path, problem));
        write_pid(fd);
        *ret_fd = steal(&fd);
        return 0;
}

/* LMDB maps its table of readers and writes there: without blocks on disk a full disk would end the process.
 */
static int reserve_readers(const char *path, char *problem)
{
        _cleanup_(closep) int fd = -1;
        char lock_path[PATH_MAX + SUFFIX_MAX];

        (void)snprintf(lock_path, sizeof(lock_path), "%s-lock", path);
        fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return folder_errno(problem, lock_path, "opened");
        TRY(check_file(fd, lock_path, problem));
        errno = posix_fallocate(fd, 0, 4096 + LMDB_READERS * 64);
        return errno ? folder_errno(problem, lock_path, "allocated") : 0;
}

static int try_env_open(const char *path, size_t max_bytes, unsigned int flags, MDB_env **ret)
{
        MDB_env *env;
        int rc, dead;

        TRY(lmdb_error(mdb_env_create(&env)));
        rc = mdb_env_set_maxreaders(env, LMDB_READERS);
        if (rc == 0)
                rc = mdb_env_set_mapsize(env, max_bytes);
        if (rc == 0)
                rc = mdb_env_open(env, path, flags | MDB_NOSUBDIR | MDB_NOTLS, 0600);
        if (rc == 0)
                rc = mdb_reader_check(env, &dead);
        if (rc != 0) {
                mdb_env_close(env);
                return lmdb_error(rc);
        }
        *ret = env;
        return 0;
}

int lmdb_env_open(const char *path, size_t max_bytes, unsigned int flags, MDB_env **ret, char *problem)
{
        size_t most = max_bytes ? max_bytes : DEFAULT_MAX;
        int r;

        TRY(reserve_readers(path, problem));
        r = try_env_open(path, most, flags, ret);
        while (r == -ENOMEM && !max_bytes && most > LEAST_MAX) {
                most /= 2;
                r = try_env_open(path, most, flags, ret);
        }
        if (r < 0)
                store_problem(problem, "%s cannot be opened: %s", path, strerror(-r));
        return r;
}

static int sync_path(const char *path, int flags, char *problem)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | flags);

        return fd < 0 || fsync(fd) < 0 ? folder_errno(problem, path, "synced") : 0;
}

static int remove_if_there(const char *path, const char *suffix, char *problem)
{
        char whole[PATH_MAX + SUFFIX_MAX];

        (void)snprintf(whole, sizeof(whole), "%s%s", path, suffix);
        return unlink(whole) < 0 && errno != ENOENT ? folder_errno(problem, whole, "removed") : 0;
}

/* What a start that was cut short may have left is made anew. Nothing was ever acknowledged from it. */
static int make_store(const char *folder, const char *path, char *problem)
{
        char new_path[PATH_MAX];
        struct engine *engine = NULL;
        MDB_env *env = NULL;

        TRY(path_of(new_path, folder, "store.mdb-new"));
        TRY(remove_if_there(new_path, "", problem));
        TRY(lmdb_env_open(new_path, LEAST_MAX, MDB_NOSYNC, &env, problem));
        TRY(lmdb_engine_on(env, -1, true, &engine, problem));
        engine->ops->close(engine);
        TRY(remove_if_there(new_path, "-lock", problem));
        TRY(sync_path(new_path, 0, problem));
        if (rename(new_path, path) < 0)
                return folder_errno(problem, new_path, "renamed");
        return sync_path(folder, O_DIRECTORY, problem);
}

/* Gives -ENOENT, without a problem, when there is no store yet. */
static int check_store(const char *path, char *problem)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        if (fd < 0)
                return errno == ENOENT ? -ENOENT : folder_errno(problem, path, "opened");
        TRY(check_file(fd, path, problem));
        return lmdb_check(fd, path, problem);
}

static int open_locked(const struct store_options *options, int lock_fd, struct engine **ret, char *problem)
{
        char path[PATH_MAX];
        MDB_env *env = NULL;
        int r;

        TRY(path_of(path, options->folder, "store.mdb"));
        r = check_store(path, problem);
        if (r == -ENOENT)
                r = make_store(options->folder, path, problem);
        TRY(r);
        TRY(lmdb_env_open(path, options->max_bytes, options->unsafe_no_sync ? MDB_NOSYNC : 0, &env, problem));
        return lmdb_engine_on(env, lock_fd, false, ret, problem);
}

int lmdb_engine_open(const struct store_options *options, struct engine **ret, char *problem)
{
        _cleanup_(closep) int lock_fd = -1;

        TRY(folder_check(options->folder, problem));
        TRY(take_lock(options->folder, &lock_fd, problem));
        TRY(open_locked(options, lock_fd, ret, problem));
        (void)steal(&lock_fd); /* it is the engine's */
        return 0;
}
