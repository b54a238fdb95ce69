#include "services/s3/replica.h"

#include "base/ids.h"
#include "base/text.h"
#include "services/s3/body.h"
#include "services/s3/encryption.h"

/* Of a step: what it copies before it is looked whether there is something else to be done. */
#define STEP_PIECES ((size_t)256)
#define STEP_BYTES  (UINT64_C(64) * 1024 * 1024)
#define CHUNK       ((size_t)256 * 1024)

struct piece {
        int64_t number;
        uint64_t size;
        struct blob_id blob;
        bool has_blob;
        struct blob_proof proof; /* of the file, where the server alone cannot open it */
        struct buf small;        /* its clear bytes, where it has none */
};

/* A sink, so that it goes with the call that has it: nothing is written to it. */
struct s3_replica_step {
        struct body_sink sink;
        struct blobs *blobs;
        struct secret data_key; /* the replica's */
        int64_t behind;         /* the number of the piece before the first */
        struct piece pieces[STEP_PIECES];
        size_t count;
        uint64_t size;
        bool wants_proofs, is_last, is_kept;
        int error;
};

static struct s3_replica_step *of(struct body_sink *sink)
{
        return (struct s3_replica_step *)(void *)sink;
}

static void done(struct body_sink *sink, bool succeeded)
{
        struct s3_replica_step *step = of(sink);

        for (size_t i = 0; i < step->count; i++) {
                if (step->pieces[i].has_blob && !(succeeded && step->is_kept))
                        (void)!blob_delete(step->blobs, step->pieces[i].blob);
                buf_done_wiped(&step->pieces[i].small);
                secret_wipe(&step->pieces[i].proof, sizeof(step->pieces[i].proof));
        }
        secret_done(&step->data_key);
        free(step);
}

struct s3_replica_step *s3_replica_step_of(struct s3_replica *replica)
{
        return replica->call->received ? of(replica->call->received) : NULL;
}

int s3_replica_step_error(const struct s3_replica_step *step)
{
        return step->error;
}

bool s3_replica_step_is_last(const struct s3_replica_step *step)
{
        return step->is_last;
}

const struct secret *s3_replica_step_key(const struct s3_replica_step *step)
{
        return &step->data_key;
}

/* -- Which pieces */

static void add(struct s3_replica_step *step, const struct s3_piece_record *record)
{
        struct piece *piece = &step->pieces[step->count++];

        piece->number = record->number.value;
        piece->size = (uint64_t)record->size.value;
        buf_init(&piece->small, S3_INLINE_MAX);
        step->size += piece->size;
}

/* A long one by itself, so that no file waits for long until a record names it. */
static bool has_room(const struct s3_replica_step *step, const struct s3_piece_record *record)
{
        return step->count == 0 ||
               (step->count < STEP_PIECES && step->size + (uint64_t)record->size.value <= STEP_BYTES);
}

static int choose(struct s3_replica *replica, struct s3_replica_step *step)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct s3_piece_record record;
        int r;

        TRY(s3_pieces_begin(&pieces, replica->call, replica->version.row.body.value, step->behind));
        while ((r = s3_pieces_next(&pieces, &record)) == 0 && has_room(step, &record))
                add(step, &record);
        step->is_last = r == -ENOENT;
        return r == -ENOENT ? 0 : r;
}

/* -- Their bytes */

struct copy {
        struct s3_replica *replica;
        struct s3_replica_step *step;
        struct http_source *from;
        uint64_t offset; /* in it */
        char *chunk;
};

static int read_chunk(struct copy *copy, uint64_t left, struct str *ret)
{
        size_t len;

        if (atomic_load(copy->replica->call->host->is_stopping))
                return -ESHUTDOWN;
        TRY(copy->from->read(copy->from, copy->offset, copy->chunk, left < CHUNK ? (size_t)left : CHUNK,
                             &len));
        if (len == 0)
                return -EBADMSG;
        copy->offset += len;
        *ret = str_make(copy->chunk, len);
        return 0;
}

static int pump(struct copy *copy, const struct piece *piece, struct blob_writer *writer)
{
        struct str bytes;

        for (uint64_t left = piece->size; left > 0; left -= bytes.len) {
                TRY(read_chunk(copy, left, &bytes));
                TRY(blob_write(writer, bytes));
        }
        return 0;
}

static int copy_to_file(struct copy *copy, struct piece *piece)
{
        struct blob_writer *writer;
        uint64_t size;
        int r;

        TRY(blob_writer_begin(copy->step->blobs, copy->step->data_key.bytes, &writer));
        r = copy->step->wants_proofs ? blob_writer_prove(writer, &piece->proof) : 0;
        if (r == 0)
                r = pump(copy, piece, writer);
        if (r < 0) {
                blob_writer_abort(writer);
                return r;
        }
        TRY(blob_writer_end(writer, &piece->blob, &size));
        piece->has_blob = true;
        return size == piece->size ? 0 : -EIO;
}

static int copy_small(struct copy *copy, struct piece *piece)
{
        struct str bytes;

        for (uint64_t left = piece->size; left > 0; left -= bytes.len) {
                TRY(read_chunk(copy, left, &bytes));
                buf_add(&piece->small, bytes);
        }
        return buf_check(&piece->small);
}

static int copy_pieces(struct copy *copy)
{
        for (size_t i = 0; i < copy->step->count; i++) {
                struct piece *piece = &copy->step->pieces[i];

                TRY(piece->size > S3_INLINE_MAX ? copy_to_file(copy, piece) : copy_small(copy, piece));
        }
        return 0;
}

static int copy_with_chunk(struct copy *copy)
{
        _cleanup_(buf_done_wiped) struct buf chunk = {};

        buf_init(&chunk, CHUNK);
        copy->chunk = buf_extend(&chunk, CHUNK);
        return copy->chunk ? copy_pieces(copy) : -ENOMEM;
}

/* In the name of the role, by which the key was opened. */
static int copy_step(struct call *call, struct secret *data_key, void *arg)
{
        struct copy *copy = arg;
        const struct s3_replica *replica = copy->replica;
        int r;

        TRY(s3_body_open(call, replica->version.row.body.value, data_key,
                         (uint64_t)replica->task.copied.value, copy->step->size, &copy->from));
        r = copy_with_chunk(copy);
        copy->from->done(copy->from);
        return r;
}

/* -- A step */

static int open_key(struct s3_replica *replica, struct s3_replica_step *step)
{
        struct call *call = replica->call;

        if (str_is_set(replica->task.data_key))
                return call_open(call, record_name(&call->arena, &s3_replication_record_type, &replica->task),
                                 replica->task.data_key, &step->data_key);
        TRY(secret_new(&step->data_key, S3_DATA_KEY_LEN));
        random_fill(step->data_key.bytes, step->data_key.len);
        return 0;
}

static int take_step(struct s3_replica *replica, struct s3_replica_step *step)
{
        struct copy copy = {.replica = replica, .step = step};
        const struct s3_replica_reading reading = {.replica = replica, .work = copy_step, .arg = &copy};

        TRY(open_key(replica, step));
        TRY(choose(replica, step));
        TRY(s3_replica_assume(replica));
        return s3_replica_read(&reading);
}

int s3_replica_copy(struct s3_replica *replica)
{
        struct s3_replica_step *step = calloc(1, sizeof(*step));

        if (!step)
                return -ENOMEM;
        step->sink.done = done;
        step->blobs = replica->call->host->blobs;
        step->behind = replica->task.number.value;
        step->wants_proofs = !s3_is_openable(&replica->version.row);
        replica->call->received = &step->sink; /* its own from now on */
        step->error = take_step(replica, step);
        return step->error == -ESHUTDOWN ? step->error : 0;
}

/* -- In the transaction */

/* First, for what is put moves what is walked over. */
static int gather(struct s3_replica *replica, const struct s3_replica_step *step,
                  struct s3_piece_record *ret_records)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct arena *arena = &replica->call->arena;

        TRY(s3_pieces_begin(&pieces, replica->call, replica->version.row.body.value, step->behind));
        for (size_t i = 0; i < step->count; i++) {
                struct s3_piece_record source;

                TRY(s3_pieces_next(&pieces, &source));
                if (source.number.value != step->pieces[i].number ||
                    (uint64_t)source.size.value != step->pieces[i].size)
                        return -EBADMSG; /* a body does not change */
                ret_records[i] = (struct s3_piece_record){
                        .body = replica->task.body,
                        .number = source.number,
                        .size = source.size,
                        .etag = arena_dup(arena, source.etag),
                        .checksum = arena_dup(arena, source.checksum),
                        .modified = source.modified,
                };
        }
        return 0;
}

static int keep_proof(struct call *call, const struct piece *piece, struct s3_piece_record *record)
{
        struct blob_proof proof = piece->proof;
        int r = piece->has_blob ? 0 : blob_proof_make(record->inline_, &proof);

        if (r == 0)
                r = call_seal(call, record_name(&call->arena, &s3_piece_record_type, record),
                              str_make(proof.bytes, sizeof(proof.bytes)), &record->proof);
        secret_wipe(&proof, sizeof(proof));
        return r;
}

static int keep_piece(struct call *call, const struct s3_replica_step *step, const struct piece *piece,
                      struct s3_piece_record *record)
{
        if (piece->has_blob)
                record->blob =
                        hex_encode(&call->arena, str_make(piece->blob.bytes, sizeof(piece->blob.bytes)));
        else
                TRY(s3_seal_inline(call, &step->data_key, buf_str(&piece->small), record));
        if (step->wants_proofs)
                TRY(keep_proof(call, piece, record));
        return call_put(call, &s3_piece_record_type, record);
}

static int keep_pieces(struct s3_replica *replica, const struct s3_replica_step *step)
{
        struct s3_piece_record *records =
                arena_new_array(&replica->call->arena, struct s3_piece_record, step->count + 1);

        if (!records)
                return -ENOMEM;
        TRY(gather(replica, step, records));
        for (size_t i = 0; i < step->count; i++)
                TRY(keep_piece(replica->call, step, &step->pieces[i], &records[i]));
        return 0;
}

int s3_replica_keep(struct s3_replica *replica, struct s3_replica_step *step)
{
        struct s3_replication_record *task = &replica->task;
        struct call *call = replica->call;

        if (!task->body.is_set) {
                TRY(s3_new_body(call, &task->body.value));
                task->body.is_set = true;
        }
        TRY(keep_pieces(replica, step));
        step->is_kept = true;
        if (step->count)
                task->number = OPT_INT(step->pieces[step->count - 1].number);
        task->copied = OPT_INT(task->copied.value + (int64_t)step->size);
        return step->is_last ? 0
                             : call_seal(call, record_name(&call->arena, &s3_replication_record_type, task),
                                         secret_str(&step->data_key), &task->data_key);
}
