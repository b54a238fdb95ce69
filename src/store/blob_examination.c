/* A blob's file, examined as it lies on the disk: with its key, or with a proof of it. */
#include <fcntl.h>
#include <sys/stat.h>

#include "store/blob_dir.h"
#include "store/blob_proof.h"
#include "store/blob_reader.h"
#include "store/folder.h"

struct examination {
        const struct blob_examination *how;
        int fd;
        struct blob_shape shape;
        struct frames *frames; /* with a key */
        struct blob_sum *sum;  /* with a proof */
        uint8_t *frame;
};

static void examination_done(struct examination *exam)
{
        closep(&exam->fd);
        frames_free(exam->frames);
        blob_sum_free(exam->sum);
        if (exam->frame)
                secret_wipe(exam->frame, exam->shape.frame_len + AEAD_TAG_LEN);
        free(exam->frame);
}

/* 1: what is wrong has been told in *ret. */
static int tell(enum blob_fault fault, enum blob_fault *ret)
{
        *ret = fault;
        return 1;
}

static int tell_error(int error, enum blob_fault *ret)
{
        switch (error) {
        case -ENOMEM:
        case -EMFILE:
        case -ENFILE:
                return error;
        case -ENOENT:
                return tell(BLOB_MISSING, ret);
        case -EBADMSG:
                return tell(BLOB_CHANGED, ret);
        default:
                return tell(BLOB_UNREADABLE, ret);
        }
}

static int open_file(struct examination *exam, struct blobs *blobs, struct blob_id id, enum blob_fault *ret)
{
        char name[BLOB_NAME_MAX];

        blob_name(id, name);
        exam->fd = openat(blobs->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (exam->fd < 0)
                return tell_error(-errno, ret);
        (void)posix_fadvise(exam->fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)posix_fadvise(exam->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        return 0;
}

static uint64_t wanted_len(uint64_t size, unsigned int frame_log2)
{
        uint64_t frame_len = UINT64_C(1) << frame_log2;
        uint64_t frames = size ? (size + frame_len - 1) / frame_len : 1;

        return BLOB_HEADER_LEN + size + frames * AEAD_TAG_LEN;
}

static int examine_header(struct examination *exam, struct blob_id id, uint8_t header[BLOB_HEADER_LEN],
                          enum blob_fault *ret)
{
        unsigned int frame_log2;
        uint64_t wanted;
        struct stat st;
        int r;

        if (fstat(exam->fd, &st) < 0)
                return tell_error(-errno, ret);
        if (st.st_size < BLOB_HEADER_LEN)
                return tell(BLOB_SHORT, ret);
        r = blob_read_exactly(exam->fd, 0, header, BLOB_HEADER_LEN);
        if (r < 0)
                return tell_error(r, ret);
        if (blob_header_check(header, id, &frame_log2) < 0)
                return tell(BLOB_FOREIGN, ret);
        wanted = wanted_len(exam->how->size, frame_log2);
        if ((uint64_t)st.st_size != wanted)
                return tell((uint64_t)st.st_size < wanted ? BLOB_SHORT : BLOB_LONG, ret);
        return blob_shape_of(wanted, frame_log2, &exam->shape);
}

static int begin_proof(struct examination *exam, const uint8_t header[BLOB_HEADER_LEN])
{
        if (exam->how->key)
                return blob_frames_new(exam->how->key, header, FRAMES_OPEN, &exam->frames);
        TRY(blob_sum_again(exam->how->proof, &exam->sum));
        return blob_sum_add(exam->sum, str_make(header, BLOB_HEADER_LEN));
}

static int examine_frame(struct examination *exam, uint64_t number, size_t *ret_len)
{
        const struct blob_shape *shape = &exam->shape;
        size_t len = blob_frame_len(shape, number) + AEAD_TAG_LEN;
        struct str sealed = str_make(exam->frame, len);

        *ret_len = len;
        TRY(blob_read_exactly(exam->fd, blob_frame_at(shape, number), exam->frame, len));
        if (exam->frames)
                return frames_open(exam->frames, number, number == shape->frames - 1, sealed, exam->frame);
        return blob_sum_add(exam->sum, sealed);
}

static int examine_frames(struct examination *exam, enum blob_fault *ret)
{
        size_t len;
        int r;

        exam->frame = malloc(exam->shape.frame_len + AEAD_TAG_LEN);
        if (!exam->frame)
                return -ENOMEM;
        for (uint64_t number = 0; number < exam->shape.frames; number++) {
                r = examine_frame(exam, number, &len);
                if (r < 0)
                        return tell_error(r, ret);
                if (exam->how->pause)
                        TRY(exam->how->pause(exam->how->arg, len));
        }
        r = exam->sum ? blob_sum_compare(exam->sum, exam->how->proof) : 0;
        return r < 0 ? tell_error(r, ret) : 0;
}

/* 0: sound as far as it was examined; 1: *ret says what is wrong. */
static int examine(struct examination *exam, struct blobs *blobs, struct blob_id id, enum blob_fault *ret)
{
        uint8_t header[BLOB_HEADER_LEN];
        int r = open_file(exam, blobs, id, ret);

        if (r == 0)
                r = examine_header(exam, id, header, ret);
        if (r != 0 || (!exam->how->key && !exam->how->proof))
                return r;
        TRY(begin_proof(exam, header));
        return examine_frames(exam, ret);
}

int blob_examine(struct blobs *blobs, struct blob_id id, const struct blob_examination *how,
                 enum blob_fault *ret)
{
        struct examination exam = {.how = how, .fd = -1};
        int r;

        *ret = BLOB_SOUND;
        r = examine(&exam, blobs, id, ret);
        examination_done(&exam);
        return r < 0 ? r : 0;
}
