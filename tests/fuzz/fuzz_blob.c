/* A blob's file that was changed in any way: either it is refused, or what is given is what was written; and
 * when any byte differs, some frame is refused.
 *
 * The input says how long the blob is (two bytes) and what is done to its file: steps of five bytes, each a
 * kind, a place (two bytes) and two more. So changes reach every part of it; random bytes never would. */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/blob_reader.h"

#define LOG2      BLOB_FRAME_LOG2_LEAST
#define FRAME_LEN ((size_t)1 << LOG2)
#define SIZE_MOST (FRAME_LEN * 8)
#define FILE_MOST ((size_t)16384)

static const uint8_t KEY[BLOB_KEY_LEN] = {'f', 'u', 'z', 'z'};
static const struct blob_id ID = {{1, 2, 3, 4}};

struct file {
        uint8_t bytes[FILE_MOST];
        size_t len;
};

static void write_blob(const uint8_t *clear, size_t size, struct file *file)
{
        struct frames *frames;

        blob_header_write(file->bytes, ID, LOG2);
        file->len = BLOB_HEADER_LEN;
        assert(blob_frames_new(KEY, file->bytes, FRAMES_SEAL, &frames) == 0);
        for (bool is_last = false; !is_last;) {
                size_t len = size < FRAME_LEN ? size : FRAME_LEN;

                is_last = len == size;
                assert(frames_seal(frames, is_last, str_make(clear, len), file->bytes + file->len) == 0);
                file->len += len + AEAD_TAG_LEN;
                clear += len;
                size -= len;
        }
        frames_free(frames);
}

/* Changes a byte, cuts, extends, copies a frame over another, or moves the rest by a frame. */
static void change(struct file *file, const uint8_t step[5])
{
        size_t place = (size_t)(step[1] << 8 | step[2]), other = step[3], whole = FRAME_LEN + AEAD_TAG_LEN;
        uint8_t *from = file->bytes + BLOB_HEADER_LEN + other % 8 * whole;
        uint8_t *to = file->bytes + BLOB_HEADER_LEN + place % 8 * whole;

        if (step[0] % 5 == 0 && file->len)
                file->bytes[place % file->len] ^= step[4];
        else if (step[0] % 5 == 1)
                file->len = file->len ? place % file->len : 0;
        else if (step[0] % 5 == 2 && file->len + other < FILE_MOST)
                file->len += other;
        else if (step[0] % 5 == 3)
                memmove(to, from, whole);
        else if (step[0] % 5 == 4)
                memmove(to, from, FILE_MOST - BLOB_HEADER_LEN - 7 * whole);
}

static int read_pieces(struct blob_reader *reader, const uint8_t *clear, size_t size)
{
        static uint8_t got[SIZE_MOST];
        int result = 0;

        assert(blob_size(reader) == size); /* the last frame vouches for it */
        for (size_t at = 0, len; at < size; at += FRAME_LEN) {
                int r = blob_read_at(reader, at, got, FRAME_LEN, &len);

                assert(r == 0 || r == -EBADMSG);
                if (r == 0)
                        assert(len == (size - at < FRAME_LEN ? size - at : FRAME_LEN) &&
                               memcmp(got, clear + at, len) == 0);
                else
                        result = r;
        }
        return result;
}

static int read_file(const struct file *file, const uint8_t *clear, size_t size)
{
        int fd = memfd_create("blob", MFD_CLOEXEC);
        struct blob_reader *reader;
        int r;

        assert(fd >= 0 && write(fd, file->bytes, file->len) == (ssize_t)file->len);
        r = blob_reader_on(fd, ID, KEY, &reader);
        if (r == 0) {
                r = read_pieces(reader, clear, size);
                blob_reader_close(reader);
        }
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static uint8_t clear[SIZE_MOST];
        static struct file sound, file;
        size_t len;
        bool is_same;

        if (size < 2)
                return 0;
        len = (size_t)(data[0] << 8 | data[1]) % (SIZE_MOST + 1);
        for (size_t i = 0; i < len; i++)
                clear[i] = (uint8_t)(i * 31 + (i >> 8));
        memset(&sound, 0, sizeof(sound));
        write_blob(clear, len, &sound);
        file = sound;
        for (size_t at = 2; at + 5 <= size; at += 5)
                change(&file, data + at);
        is_same = file.len == sound.len && memcmp(file.bytes, sound.bytes, file.len) == 0;
        assert(read_file(&file, clear, len) == (is_same ? 0 : -EBADMSG));
        return 0;
}
