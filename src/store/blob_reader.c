#include "store/blob_reader.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "store/blob_dir.h"
#include "store/folder.h"

#define NO_FRAME UINT64_MAX

/* Whether a thread may be kept waiting for a disk. */
enum patience { MAY_WAIT, NOW };

struct blob_reader {
        int fd;
        struct frames *frames;
        struct blob_shape shape;
        uint64_t number; /* of the frame that is open in frame[]; NO_FRAME: none */
        uint8_t frame[]; /* sealed, then opened in place */
};

static size_t room_of(const struct blob_shape *shape)
{
        return blob_frame_len(shape, 0) + AEAD_TAG_LEN; /* the first is no shorter than any */
}

void blob_reader_close(struct blob_reader *reader)
{
        if (!reader)
                return;
        closep(&reader->fd);
        frames_free(reader->frames);
        secret_wipe(reader->frame, room_of(&reader->shape));
        free(reader);
}

static ssize_t read_some(int fd, uint64_t offset, uint8_t *out, size_t len, enum patience patience)
{
        struct iovec piece = {out, len};

        return preadv2(fd, &piece, 1, (off_t)offset, patience == MAY_WAIT ? 0 : RWF_NOWAIT);
}

/* -EBADMSG: the file is shorter. */
static int read_all(int fd, uint64_t offset, uint8_t *out, size_t len, enum patience patience)
{
        while (len) {
                ssize_t n = read_some(fd, offset, out, len, patience);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && patience == NOW && errno == EOPNOTSUPP)
                        return -EAGAIN; /* the file system cannot tell */
                if (n < 0)
                        return -errno;
                if (n == 0) /* some kernels say so where they would have to wait: preadv2(2), BUGS */
                        return patience == NOW ? -EAGAIN : -EBADMSG;
                out += n;
                offset += (uint64_t)n;
                len -= (size_t)n;
        }
        return 0;
}

int blob_read_exactly(int fd, uint64_t offset, uint8_t *out, size_t len)
{
        return read_all(fd, offset, out, len, MAY_WAIT);
}

/* Out may be where the sealed frame stands. */
static int open_frame_into(struct blob_reader *reader, uint64_t number, uint8_t *out, enum patience patience)
{
        const struct blob_shape *shape = &reader->shape;
        size_t len = blob_frame_len(shape, number) + AEAD_TAG_LEN;

        reader->number = NO_FRAME;
        TRY(read_all(reader->fd, blob_frame_at(shape, number), reader->frame, len, patience));
        return frames_open(reader->frames, number, number == shape->frames - 1, str_make(reader->frame, len),
                           out);
}

static int open_frame(struct blob_reader *reader, uint64_t number, enum patience patience)
{
        if (reader->number == number)
                return 0;
        TRY(open_frame_into(reader, number, reader->frame, patience));
        reader->number = number;
        return 0;
}

static int read_shape(int fd, struct blob_id id, enum patience patience, uint8_t header[BLOB_HEADER_LEN],
                      struct blob_shape *ret)
{
        unsigned int frame_log2;
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        TRY(read_all(fd, 0, header, BLOB_HEADER_LEN, patience));
        TRY(blob_header_check(header, id, &frame_log2));
        return blob_shape_of((uint64_t)st.st_size, frame_log2, ret);
}

static int open_on(int fd, struct blob_id id, const uint8_t key[BLOB_KEY_LEN], enum patience patience,
                   struct blob_reader **ret)
{
        _cleanup_(blob_reader_closep) struct blob_reader *reader = NULL;
        _cleanup_(closep) int owned = fd;
        uint8_t header[BLOB_HEADER_LEN];
        struct blob_shape shape = {};

        TRY(read_shape(fd, id, patience, header, &shape));
        reader = malloc(sizeof(*reader) + room_of(&shape));
        if (!reader)
                return -ENOMEM;
        *reader = (struct blob_reader){.fd = steal(&owned), .shape = shape, .number = NO_FRAME};
        TRY(blob_frames_new(key, header, FRAMES_OPEN, &reader->frames));
        TRY(open_frame(reader, shape.frames - 1, patience));
        *ret = reader;
        reader = NULL;
        return 0;
}

int blob_reader_on(int fd, struct blob_id id, const uint8_t key[BLOB_KEY_LEN], struct blob_reader **ret)
{
        return open_on(fd, id, key, MAY_WAIT, ret);
}

int blob_reader_open(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                     struct blob_reader **ret)
{
        char name[BLOB_NAME_MAX];
        int fd;

        blob_name(id, name);
        fd = openat(blobs->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        return fd < 0 ? -errno : blob_reader_on(fd, id, key, ret);
}

/* -EAGAIN also where the kernel cannot tell whether it would have to wait. */
static int open_cached(const struct blobs *blobs, const char *name)
{
        const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_CACHED};
        long fd = syscall(SYS_openat2, blobs->fd, name, &how, sizeof(how));

        if (fd < 0)
                return errno == ENOENT ? -ENOENT : -EAGAIN;
        return (int)fd;
}

int blob_reader_open_now(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                         struct blob_reader **ret)
{
        char name[BLOB_NAME_MAX];
        int fd;

        blob_name(id, name);
        fd = open_cached(blobs, name);
        return fd < 0 ? fd : open_on(fd, id, key, NOW, ret);
}

uint64_t blob_size(const struct blob_reader *reader)
{
        return reader->shape.size;
}

/* From one frame. A whole one that is not open yet is opened right where it is wanted. */
static int read_piece(struct blob_reader *reader, uint64_t offset, uint8_t *out, size_t len,
                      enum patience patience, size_t *ret_len)
{
        uint64_t number = offset / reader->shape.frame_len;
        size_t at = (size_t)(offset % reader->shape.frame_len);
        size_t left = blob_frame_len(&reader->shape, number) - at;

        *ret_len = len < left ? len : left;
        if (at == 0 && len >= left && reader->number != number)
                return open_frame_into(reader, number, out, patience);
        TRY(open_frame(reader, number, patience));
        memcpy(out, reader->frame + at, *ret_len);
        return 0;
}

static size_t at_most(const struct blob_reader *reader, uint64_t offset, size_t len)
{
        uint64_t left = offset < reader->shape.size ? reader->shape.size - offset : 0;

        return len < left ? len : (size_t)left;
}

int blob_read_at(struct blob_reader *reader, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        size_t wanted = at_most(reader, offset, len);

        for (size_t done = 0, piece; done < wanted; done += piece)
                TRY(read_piece(reader, offset + done, (uint8_t *)out + done, wanted - done, MAY_WAIT,
                               &piece));
        *ret_len = wanted;
        return 0;
}

int blob_read_now(struct blob_reader *reader, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        size_t wanted = at_most(reader, offset, len), done = 0;

        for (size_t piece; done < wanted; done += piece) {
                int r = read_piece(reader, offset + done, (uint8_t *)out + done, wanted - done, NOW, &piece);

                if (r == -EAGAIN && done > 0)
                        break;
                TRY(r);
        }
        *ret_len = done;
        return 0;
}

static int check_all(struct blob_reader *reader)
{
        for (uint64_t number = 0; number < reader->shape.frames; number++)
                TRY(open_frame(reader, number, MAY_WAIT));
        return 0;
}

int blob_check(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN])
{
        _cleanup_(blob_reader_closep) struct blob_reader *reader = NULL;
        int r = blob_reader_open(blobs, id, key, &reader);

        return r < 0 || !reader ? r : check_all(reader);
}
