#include "crypto/key_file.h"

#include "base/ids.h"
#include "base/text.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX   "merlon-master-key-1 "
#define LINE_LEN (sizeof(PREFIX) - 1 + 2 * KEY_FILE_KEY_LEN + 1)

static void closep(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}

/* Whoever else can read the file can open everything that is sealed: better not to start. */
static int check_private(int fd)
{
        struct stat status;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return -EBADMSG;
        if ((status.st_mode & (S_IRWXG | S_IRWXO)) || status.st_uid != geteuid())
                return -EPERM;
        return 0;
}

static int read_all(int fd, struct secret *line)
{
        size_t done = 0;

        while (done < line->len) {
                ssize_t got = read(fd, line->bytes + done, line->len - done);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -errno;
                if (got == 0)
                        break;
                done += (size_t)got;
        }
        line->len = done;
        return 0;
}

static int parse(struct str line, struct secret *ret)
{
        if (str_ends(line, STR("\n")))
                line.len--;
        if (!str_starts(line, STR(PREFIX)))
                return -EBADMSG;
        TRY(secret_new(ret, KEY_FILE_KEY_LEN));
        if (hex_decode(str_from(line, sizeof(PREFIX) - 1), ret->bytes, ret->len) < 0) {
                secret_done(ret);
                return -EBADMSG;
        }
        return 0;
}

static int read_key(const char *path, struct secret *ret)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        _cleanup_(secret_done) struct secret memory = {};
        struct secret line;

        if (fd < 0)
                return -errno;
        TRY(check_private(fd));
        TRY(secret_new(&memory, LINE_LEN + 1)); /* one more shows a longer file */
        line = memory;
        TRY(read_all(fd, &line));
        return parse(secret_str(&line), ret);
}

static int write_all(int fd, struct str bytes)
{
        while (bytes.len) {
                ssize_t put = write(fd, bytes.ptr, bytes.len);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put < 0)
                        return -errno;
                bytes = str_from(bytes, (size_t)put);
        }
        return fsync(fd) < 0 ? -errno : 0;
}

static int write_new_line(int fd)
{
        _cleanup_(secret_done) struct secret key = {}, line = {};

        TRY(secret_new(&key, KEY_FILE_KEY_LEN));
        TRY(secret_new(&line, LINE_LEN));
        random_fill(key.bytes, key.len);
        memcpy(line.bytes, PREFIX, sizeof(PREFIX) - 1);
        hex_write((char *)line.bytes + sizeof(PREFIX) - 1, key.bytes, key.len);
        line.bytes[LINE_LEN - 1] = '\n';
        return write_all(fd, secret_str(&line));
}

/* The name itself must survive a power cut, or all that was sealed under the key is lost. */
static int sync_folder_of(const char *path)
{
        char copy[PATH_MAX];
        _cleanup_(closep) int fd = -1;

        TRY(str_to_buffer(str_of(path), copy, sizeof(copy)));
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                return -errno;
        return 0;
}

/* Written beside and then linked into place: the file is never there in part, and of two servers that start
 * at once only one makes it. */
static int make_key(const char *path)
{
        char temporary[PATH_MAX];
        _cleanup_(closep) int fd = -1;
        int r;

        if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
                return -ENAMETOOLONG;
        fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
        if (fd < 0)
                return -errno;
        r = write_new_line(fd);
        if (r == 0 && link(temporary, path) < 0 && errno != EEXIST)
                r = -errno;
        (void)unlink(temporary);
        return r < 0 ? r : sync_folder_of(path);
}

int key_file_read_or_make(const char *path, struct secret *ret)
{
        int r = read_key(path, ret);

        if (r != -ENOENT)
                return r;
        TRY(make_key(path));
        return read_key(path, ret);
}
