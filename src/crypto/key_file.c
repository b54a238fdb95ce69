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

void master_keys_done(struct master_keys *keys)
{
        secret_done(&keys->current);
        secret_done(&keys->earlier);
}

static int parse_line(struct str line, struct secret *ret)
{
        if (!str_starts(line, STR(PREFIX)))
                return -EBADMSG;
        TRY(secret_new(ret, KEY_FILE_KEY_LEN));
        if (hex_decode(str_from(line, sizeof(PREFIX) - 1), ret->bytes, ret->len) < 0) {
                secret_done(ret);
                return -EBADMSG;
        }
        return 0;
}

static int parse(struct str text, struct master_keys *ret)
{
        struct str rest = text, line;
        int r;

        (void)str_cut(&rest, '\n', &line);
        TRY(parse_line(line, &ret->current));
        if (rest.len == 0)
                return 0;
        (void)str_cut(&rest, '\n', &line);
        r = rest.len ? -EBADMSG : parse_line(line, &ret->earlier);
        if (r < 0)
                master_keys_done(ret);
        return r;
}

static int read_key(const char *path, struct master_keys *ret)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        _cleanup_(secret_done) struct secret memory = {};
        struct secret line;

        if (fd < 0)
                return -errno;
        TRY(check_private(fd));
        TRY(secret_new(&memory, 2 * LINE_LEN + 1)); /* one more shows a longer file */
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

static void write_line(const struct secret *key, uint8_t *line)
{
        memcpy(line, PREFIX, sizeof(PREFIX) - 1);
        hex_write((char *)line + sizeof(PREFIX) - 1, key->bytes, key->len);
        line[LINE_LEN - 1] = '\n';
}

static int write_lines(int fd, const struct master_keys *keys)
{
        _cleanup_(secret_done) struct secret lines = {};

        TRY(secret_new(&lines, keys->earlier.bytes ? 2 * LINE_LEN : LINE_LEN));
        write_line(&keys->current, lines.bytes);
        if (keys->earlier.bytes)
                write_line(&keys->earlier, lines.bytes + LINE_LEN);
        return write_all(fd, secret_str(&lines));
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

static int link_new(const char *temporary, const char *path)
{
        int r = link(temporary, path) < 0 && errno != EEXIST ? -errno : 0;

        (void)unlink(temporary);
        return r;
}

static int move_over(const char *temporary, const char *path)
{
        int r = rename(temporary, path) < 0 ? -errno : 0;

        if (r < 0)
                (void)unlink(temporary);
        return r;
}

/* Written beside and then put into place: the file is never there in part. */
static int write_beside(const char *path, const struct master_keys *keys,
                        int (*put)(const char *temporary, const char *path))
{
        char temporary[PATH_MAX];
        _cleanup_(closep) int fd = -1;
        int r;

        if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
                return -ENAMETOOLONG;
        fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
        if (fd < 0)
                return -errno;
        r = write_lines(fd, keys);
        if (r < 0)
                (void)unlink(temporary);
        else
                r = put(temporary, path);
        return r < 0 ? r : sync_folder_of(path);
}

int key_file_write(const char *path, const struct master_keys *keys)
{
        return write_beside(path, keys, move_over);
}

/* Of two servers that start at once only one makes it. */
static int make_key(const char *path)
{
        _cleanup_(master_keys_done) struct master_keys keys = {};

        TRY(secret_new(&keys.current, KEY_FILE_KEY_LEN));
        random_fill(keys.current.bytes, keys.current.len);
        return write_beside(path, &keys, link_new);
}

int key_file_read_or_make(const char *path, struct master_keys *ret)
{
        int r = read_key(path, ret);

        if (r != -ENOENT)
                return r;
        TRY(make_key(path));
        return read_key(path, ret);
}
