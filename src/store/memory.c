/* The memory engine: LMDB on files of a memory file system that have no name. They are unlinked before the
 * first key is written, so nothing is left of them when the process ends, however it ends.
 *
 * Between making the folder and unlinking it stand a few system calls. A process that is killed just there
 * leaves an empty store; whoever opens the next one sweeps it away, as its lock is free. */
#include "store/lmdb_env.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MAX ((size_t)4 << 30)
#define NAME_PREFIX "merlon-memory-"
#define MAKE_TRIES  10

static const char *const file_names[] = {"store.mdb", "store.mdb-lock"};

static void closep(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}

static int steal(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}

static void closedirp(DIR **dir)
{
        if (*dir)
                (void)closedir(*dir);
}

/* Memory if there is such a place; else a folder for temporary files, whose pages need never be written
 * either, as nothing asks for it. */
static const char *place(void)
{
        const char *temporary = getenv("TMPDIR");

        if (access("/dev/shm", W_OK | X_OK) == 0)
                return "/dev/shm";
        return temporary && temporary[0] == '/' ? temporary : "/tmp";
}

/* Removes the folder that fd is open on. */
static void unlink_folder(int parent_fd, const char *name, int fd)
{
        for (size_t i = 0; i < ARRAY_LEN(file_names); i++)
                (void)unlinkat(fd, file_names[i], 0);
        (void)unlinkat(parent_fd, name, AT_REMOVEDIR);
}

/* Opens and locks a folder of ours: -EBUSY when somebody uses it, -ENOENT when it is gone. */
static int open_own_folder(int parent_fd, const char *name, int *ret_fd)
{
        _cleanup_(closep) int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_nlink == 0)
                return -ENOENT;
        if (st.st_uid != geteuid())
                return -EPERM;
        *ret_fd = steal(&fd);
        return 0;
}

static void sweep(const char *parent)
{
        _cleanup_(closedirp) DIR *dir = opendir(parent);
        const struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                _cleanup_(closep) int fd = -1;

                if (str_starts(str_of(entry->d_name), STR(NAME_PREFIX)) &&
                    open_own_folder(dirfd(dir), entry->d_name, &fd) == 0)
                        unlink_folder(dirfd(dir), entry->d_name, fd);
        }
}

/* A sweep may come between making and locking: then another is made. */
static int make_folder(const char *parent, char path[PATH_MAX], int *ret_fd)
{
        int r = -EAGAIN;

        for (int i = 0; i < MAKE_TRIES && r < 0; i++) {
                (void)snprintf(path, PATH_MAX, "%.3000s/" NAME_PREFIX "XXXXXX", parent);
                if (!mkdtemp(path))
                        return -errno;
                r = open_own_folder(AT_FDCWD, path, ret_fd);
        }
        return r;
}

static int open_in(const char *path, const struct store_options *options, MDB_env **ret, char *problem)
{
        char file[PATH_MAX];

        (void)snprintf(file, sizeof(file), "%.3500s/%s", path, file_names[0]);
        return lmdb_env_open(file, options->max_bytes ? options->max_bytes : DEFAULT_MAX, MDB_NOSYNC, ret,
                             problem);
}

int memory_engine_open(const struct store_options *options, struct engine **ret, char *problem)
{
        _cleanup_(closep) int fd = -1;
        const char *parent = place();
        char path[PATH_MAX];
        MDB_env *env;
        int r;

        sweep(parent);
        r = make_folder(parent, path, &fd);
        if (r < 0) {
                store_problem(problem, "no memory store can be made in %s: %s", parent, strerror(-r));
                return r;
        }
        r = open_in(path, options, &env, problem);
        unlink_folder(AT_FDCWD, path, fd);
        TRY(r);
        return lmdb_engine_on(env, -1, true, ret, problem);
}
