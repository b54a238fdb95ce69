#include <fcntl.h>

#include "store/blob_dir.h"
#include "store/blob_format.h"
#include "store/blob_proof.h"
#include "store/folder.h"

#define WRITEBACK ((uint64_t)8 << 20)
/* A frame and its tag are no whole pages. What is written is, but at the end, so that the kernel keeps it in
 * few large pieces, and neither it nor a later reader is held up by borders. */
#define ALIGNED ((size_t)16 * 1024)

struct blob_writer {
        struct blobs *blobs;
        struct blob_id id;
        int fd;
        bool is_named; /* under its final name */
        int error;     /* the first; what comes after it is not taken */
        struct frames *frames;
        struct blob_sum *sum;     /* of the file, while somebody wants a proof of it; else NULL */
        struct blob_proof *proof; /* where that goes */
        size_t frame_len;
        size_t kept;    /* bytes of the file at the front of room[] that are not written yet */
        size_t waiting; /* clear bytes behind them: sealed when more come, so that the last is known */
        uint64_t size;  /* clear bytes taken */
        uint64_t written, begun; /* bytes of the file; those that are on their way to the disk */
        uint8_t room[];
};

static size_t room_of(size_t frame_len)
{
        return ALIGNED + frame_len + AEAD_TAG_LEN;
}

static int write_all(int fd, struct str bytes)
{
        while (bytes.len) {
                ssize_t n = write(fd, bytes.ptr, bytes.len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return blob_errno(errno);
                bytes = str_from(bytes, (size_t)n);
        }
        return 0;
}

static void writer_free(struct blob_writer *writer)
{
        closep(&writer->fd);
        frames_free(writer->frames);
        blob_sum_free(writer->sum);
        secret_wipe(writer->room, room_of(writer->frame_len));
        free(writer);
}

static void remove_file(struct blob_writer *writer)
{
        char name[BLOB_NAME_MAX];

        if (writer->is_named)
                blob_name(writer->id, name);
        else
                blob_new_name(writer->id, name);
        if (writer->fd >= 0)
                (void)unlinkat(writer->blobs->fd, name, 0);
}

void blob_writer_abort(struct blob_writer *writer)
{
        if (!writer)
                return;
        remove_file(writer);
        atomic_fetch_add(&writer->blobs->aborted, 1);
        writer_free(writer);
}

/* -- From the caller's bytes to frames in the file. */

/* So that the disk is at work while the rest comes, and little is left to do at the end, or in the way of
 * others meanwhile: the kernel begins at once, and the disk's own cache is emptied behind it (blob_ahead.c).
 * That it helps is all that is asked: the end syncs whatever became of it. */
static void begin_writeback(struct blob_writer *writer)
{
        if (writer->blobs->no_sync || writer->written - writer->begun < WRITEBACK)
                return;
        (void)sync_file_range(writer->fd, (off_t)writer->begun, (off_t)(writer->written - writer->begun),
                              SYNC_FILE_RANGE_WRITE);
        writer->begun = writer->written;
        blob_ahead_ask(writer->blobs, writer->id, writer->written);
}

static int write_kept(struct blob_writer *writer, bool is_last)
{
        size_t rest = is_last ? 0 : writer->kept % ALIGNED;
        size_t len = writer->kept - rest;

        TRY(write_all(writer->fd, str_make(writer->room, len)));
        memmove(writer->room, writer->room + len, rest);
        writer->kept = rest;
        writer->written += len;
        begin_writeback(writer);
        return 0;
}

static int seal_frame(struct blob_writer *writer, bool is_last, struct str clear)
{
        uint8_t *out = writer->room + writer->kept;
        size_t len = clear.len + AEAD_TAG_LEN;

        TRY(frames_seal(writer->frames, is_last, clear, out));
        if (writer->sum)
                TRY(blob_sum_add(writer->sum, str_make(out, len)));
        writer->kept += len;
        return write_kept(writer, is_last);
}

static int seal_waiting(struct blob_writer *writer, bool is_last)
{
        size_t len = writer->waiting;

        writer->waiting = 0;
        return seal_frame(writer, is_last, str_make(writer->room + writer->kept, len));
}

static void keep_waiting(struct blob_writer *writer, struct str *bytes)
{
        size_t room = writer->frame_len - writer->waiting;
        size_t len = bytes->len < room ? bytes->len : room;

        memcpy(writer->room + writer->kept + writer->waiting, bytes->ptr, len);
        writer->waiting += len;
        *bytes = str_from(*bytes, len);
}

static int take(struct blob_writer *writer, struct str bytes)
{
        while (bytes.len) {
                if (writer->waiting == writer->frame_len)
                        TRY(seal_waiting(writer, false));
                if (writer->waiting || bytes.len <= writer->frame_len) {
                        keep_waiting(writer, &bytes);
                        continue;
                }
                TRY(seal_frame(writer, false, str_part(bytes, 0, writer->frame_len)));
                bytes = str_from(bytes, writer->frame_len);
        }
        return 0;
}

int blob_write(struct blob_writer *writer, struct str bytes)
{
        if (writer->error == 0)
                writer->error = take(writer, bytes);
        writer->size += bytes.len;
        return writer->error;
}

/* -- Beginning and end. */

static int begin_file(struct blob_writer *writer, const uint8_t key[BLOB_KEY_LEN])
{
        char name[BLOB_NAME_MAX];

        blob_header_write(writer->room, writer->id, writer->blobs->frame_log2);
        writer->kept = BLOB_HEADER_LEN;
        TRY(blob_frames_new(key, writer->room, FRAMES_SEAL, &writer->frames));
        blob_new_name(writer->id, name);
        writer->fd =
                openat(writer->blobs->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        return writer->fd < 0 ? blob_errno(errno) : 0;
}

int blob_writer_begin(struct blobs *blobs, const uint8_t key[BLOB_KEY_LEN], struct blob_writer **ret)
{
        size_t frame_len = (size_t)1 << blobs->frame_log2;
        struct blob_writer *writer = malloc(sizeof(*writer) + room_of(frame_len));
        int r;

        if (!writer)
                return -ENOMEM;
        *writer = (struct blob_writer){
                .blobs = blobs, .id = blob_id_draw(blobs), .fd = -1, .frame_len = frame_len};
        r = begin_file(writer, key);
        if (r < 0) {
                blob_writer_abort(writer);
                return r;
        }
        *ret = writer;
        return 0;
}

int blob_writer_prove(struct blob_writer *writer, struct blob_proof *proof)
{
        uint8_t header[BLOB_HEADER_LEN];

        blob_header_write(header, writer->id, writer->blobs->frame_log2);
        TRY(blob_sum_new(&writer->sum));
        writer->proof = proof;
        return blob_sum_add(writer->sum, str_make(header, sizeof(header)));
}

/* Its bytes are on disk before it has its name, and its name before anybody knows of it. */
static int publish(struct blob_writer *writer)
{
        struct blobs *blobs = writer->blobs;

        TRY(writer->error);
        TRY(seal_waiting(writer, true));
        if (writer->sum)
                TRY(blob_sum_end(writer->sum, writer->proof));
        if (!blobs->no_sync && fdatasync(writer->fd) < 0)
                return blob_errno(errno);
        TRY(blob_name_new(blobs, writer->id));
        writer->is_named = true;
        return blob_sync_folder(blobs, writer->id);
}

int blob_writer_end(struct blob_writer *writer, struct blob_id *ret_id, uint64_t *ret_size)
{
        int r = publish(writer);

        if (r < 0) {
                blob_writer_abort(writer);
                return r;
        }
        atomic_fetch_add(&writer->blobs->ended, 1);
        atomic_fetch_add(&writer->blobs->bytes_written, writer->size);
        *ret_id = writer->id;
        *ret_size = writer->size;
        writer_free(writer);
        return 0;
}
