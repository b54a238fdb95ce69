/* A store as one file, of no engine's format:
 *
 *   "merlon-store 1\n", then for each key in order
 *   'K', key length (4 bytes, little-endian), value length (4), key, value, checksum of all these (4)
 *   and at the end 'E', number of keys (8), checksum of the whole file so far (4) */
#include "store/engine.h"

#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"

#define HEADER STR("merlon-store 1\n")
#define ENTRY  'K'
#define END    'E'

struct archive {
        FILE *file;
        uint32_t entry_sum, whole_sum;
        uint64_t count;
        char *value; /* reading: room for the value at hand */
        size_t value_size;
};

static void archive_done(struct archive *archive)
{
        if (archive->file)
                (void)fclose(archive->file);
        free(archive->value);
}

/* -- Writing. */

static int put(struct archive *archive, struct str bytes)
{
        archive->entry_sum = crc32c(archive->entry_sum, bytes);
        archive->whole_sum = crc32c(archive->whole_sum, bytes);
        errno = EIO;
        return bytes.len && fwrite(bytes.ptr, bytes.len, 1, archive->file) != 1 ? -errno : 0;
}

static int put_u32(struct archive *archive, uint32_t value)
{
        uint32_t little = htole32(value);

        return put(archive, (struct str){(const char *)&little, sizeof(little)});
}

static int put_entry(struct archive *archive, struct str key, struct str value)
{
        const char kind = ENTRY;

        archive->entry_sum = 0;
        archive->count++;
        TRY(put(archive, (struct str){&kind, 1}));
        TRY(put_u32(archive, (uint32_t)key.len));
        TRY(put_u32(archive, (uint32_t)value.len));
        TRY(put(archive, key));
        TRY(put(archive, value));
        return put_u32(archive, archive->entry_sum);
}

static int put_end(struct archive *archive)
{
        const char kind = END;
        uint64_t count = htole64(archive->count);

        TRY(put(archive, (struct str){&kind, 1}));
        TRY(put(archive, (struct str){(const char *)&count, sizeof(count)}));
        TRY(put_u32(archive, archive->whole_sum));
        if (fflush(archive->file) != 0 || fsync(fileno(archive->file)) < 0)
                return -errno;
        return 0;
}

static int put_all(struct archive *archive, struct txn *txn)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        int r;

        TRY(put(archive, HEADER));
        TRY(cursor_open(txn, STR(""), STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) >= 0)
                TRY(put_entry(archive, key, value));
        return r == -ENOENT ? put_end(archive) : r;
}

static int sync_folder_of(const char *file)
{
        char path[PATH_MAX];
        char *slash;
        int fd, r;

        TRY(str_to_buffer(str_of(file), path, sizeof(path)));
        slash = strrchr(path, '/');
        if (slash)
                slash[slash == path] = '\0';
        fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fsync(fd) < 0 ? -errno : 0;
        (void)close(fd);
        return r;
}

static int save_to(struct store *store, const char *path)
{
        _cleanup_(archive_done) struct archive archive = {};
        struct txn *txn;
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        int r;

        if (fd < 0)
                return -errno;
        archive.file = fdopen(fd, "we");
        if (!archive.file) {
                (void)close(fd);
                return -ENOMEM;
        }
        TRY(store_read_begin(store, &txn));
        r = put_all(&archive, txn);
        store_read_end(txn);
        return r;
}

int store_save(struct store *store, const char *file)
{
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s.new", file), r;

        if (len < 0 || (size_t)len >= sizeof(path))
                return -ENAMETOOLONG;
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        r = save_to(store, path);
        if (r >= 0 && rename(path, file) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlink(path);
                return r;
        }
        return sync_folder_of(file);
}

/* -- Reading. */

static int take(struct archive *archive, void *to, size_t len)
{
        struct str bytes = {to, len};

        if (len && fread(to, len, 1, archive->file) != 1)
                return ferror(archive->file) ? -EIO : -EBADMSG;
        archive->entry_sum = crc32c(archive->entry_sum, bytes);
        archive->whole_sum = crc32c(archive->whole_sum, bytes);
        return 0;
}

static int take_u32(struct archive *archive, uint32_t *ret)
{
        TRY(take(archive, ret, sizeof(*ret)));
        *ret = le32toh(*ret);
        return 0;
}

static int take_sum(struct archive *archive, uint32_t expected)
{
        uint32_t sum;

        TRY(take_u32(archive, &sum));
        return sum == expected ? 0 : -EBADMSG;
}

/* Grows as the bytes come: a wrong length does not take memory that the file cannot fill. */
static int take_value(struct archive *archive, size_t len)
{
        const size_t step = (size_t)1 << 20;

        for (size_t done = 0, part; done < len || !archive->value; done += part) {
                part = len - done < step ? len - done : step;
                if (done + part >= archive->value_size) {
                        size_t size = 2 * (done + part) + 1;
                        char *bigger = realloc(archive->value, size);

                        if (!bigger)
                                return -ENOMEM;
                        archive->value = bigger;
                        archive->value_size = size;
                }
                TRY(take(archive, archive->value + done, part));
        }
        return 0;
}

static int take_entry(struct archive *archive, struct txn *txn)
{
        char key[STORE_KEY_MAX];
        uint32_t key_len, value_len;

        TRY(take_u32(archive, &key_len));
        TRY(take_u32(archive, &value_len));
        if (key_len == 0 || key_len > sizeof(key))
                return -EBADMSG;
        TRY(take(archive, key, key_len));
        TRY(take_value(archive, value_len));
        TRY(take_sum(archive, archive->entry_sum));
        archive->count++;
        return txn ? txn_put(txn, (struct str){key, key_len}, (struct str){archive->value, value_len}) : 0;
}

static int take_end(struct archive *archive)
{
        uint64_t count;

        TRY(take(archive, &count, sizeof(count)));
        if (le64toh(count) != archive->count)
                return -EBADMSG;
        TRY(take_sum(archive, archive->whole_sum));
        return fgetc(archive->file) == EOF ? 0 : -EBADMSG;
}

/* txn NULL: only verifies. */
static int take_all(struct archive *archive, struct txn *txn)
{
        char header[32];
        char kind;

        TRY(take(archive, header, HEADER.len));
        if (!str_eq((struct str){header, HEADER.len}, HEADER))
                return -EBADMSG;
        for (;;) {
                archive->entry_sum = 0;
                TRY(take(archive, &kind, 1));
                if (kind == END)
                        return take_end(archive);
                if (kind != ENTRY)
                        return -EBADMSG;
                TRY(take_entry(archive, txn));
        }
}

static int read_archive(const char *path, struct txn *txn)
{
        _cleanup_(archive_done) struct archive archive = {.file = fopen(path, "re")};

        return archive.file ? take_all(&archive, txn) : -errno;
}

static int load(struct txn *txn, void *arg)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        int r;

        TRY(cursor_open(txn, STR(""), STR_NONE, true, &cursor));
        r = cursor_next(cursor, &key, &value);
        if (r != -ENOENT)
                return r < 0 ? r : -ENOTEMPTY;
        return read_archive(arg, txn);
}

int store_load(struct store *store, const char *file)
{
        TRY(read_archive(file, NULL));
        return store_write_alone(store, load, (void *)(uintptr_t)file);
}
