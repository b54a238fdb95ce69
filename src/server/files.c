#include "server/files.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, struct str content)
{
        while (content.len) {
                ssize_t n = write(fd, content.ptr, content.len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                content = str_from(content, (size_t)n);
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* So that the new name is there after a power cut, too. */
static int sync_folder_of(const char *path)
{
        char folder[PATH_MAX] = ".";
        ptrdiff_t slash = str_find_last_byte(str_of(path), '/');
        int fd;
        int r;

        if (slash >= 0)
                TRY(str_to_buffer(str_part(str_of(path), 0, (size_t)slash + 1), folder, sizeof(folder)));
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fsync(fd) < 0 && errno != EINVAL ? -errno : 0; /* EINVAL: not this kind of file system */
        close(fd);
        return r;
}

int file_write(const char *path, struct str content)
{
        char temporary[PATH_MAX];
        int fd;
        int r;

        if (snprintf(temporary, sizeof(temporary), "%s.%d.new", path, (int)getpid()) >=
            (int)sizeof(temporary))
                return -ENAMETOOLONG;
        (void)unlink(temporary);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, content);
        close(fd);
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(temporary);
        return r < 0 ? r : sync_folder_of(path);
}

static int read_all(int fd, char *text, size_t max, size_t *ret_len)
{
        *ret_len = 0;
        while (*ret_len <= max) {
                ssize_t n = read(fd, text + *ret_len, max + 1 - *ret_len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                *ret_len += (size_t)n;
        }
        return -EFBIG;
}

int file_read(const char *path, struct arena *arena, size_t max, struct str *ret)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char *text;
        size_t len = 0;
        int r;

        if (fd < 0)
                return -errno;
        text = arena_alloc(arena, max + 1);
        r = text ? read_all(fd, text, max, &len) : -ENOMEM;
        close(fd);
        TRY(r);
        *ret = str_make(text, len);
        return 0;
}

char *file_path(struct arena *arena, struct str folder, const char *name)
{
        struct str path = arena_printf(arena, "%.*s/%s", STR_ARG(folder), name);

        return arena->failed ? NULL : arena_cstr(arena, path);
}

/* 0 made, 1 there already. */
static int make_one(const char *path)
{
        if (mkdir(path, 0700) == 0)
                return 0;
        return errno == EEXIST ? 1 : -errno;
}

int folder_make(const char *path)
{
        char part[PATH_MAX];
        size_t len = strlen(path);

        if (len == 0 || len >= sizeof(part))
                return -ENAMETOOLONG;
        for (size_t i = 1; i < len; i++)
                if (path[i] == '/') {
                        memcpy(part, path, i);
                        part[i] = '\0';
                        TRY(make_one(part));
                }
        return make_one(path);
}

#define FOLDERS_OPEN 8

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
        (void)info;
        (void)kind;
        (void)place;
        (void)remove(path);
        return 0;
}

void folder_remove(const char *path)
{
        (void)nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}
