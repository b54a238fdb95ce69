#include "services/s3/examination.h"

#include "base/text.h"
#include "crypto/seal.h"
#include "services/s3/encryption.h"

static int tell(struct s3_examination *exam, const char *fault)
{
        exam->fault = fault;
        return 0;
}

/* What is sealed under the server's keys. 1: it does not open, which is told as a fault. */
static int open_sealed(struct s3_examination *exam, const struct record_type *type, const void *record,
                       struct str sealed, const char *fault, struct secret *ret)
{
        struct str bound = record_name(exam->arena, type, record);
        int r;

        if (!str_is_set(bound))
                return -ENOMEM;
        r = keyring_open(exam->host->keyring, SEAL_RECORD, bound, sealed, ret);
        if (r != -EBADMSG)
                return r;
        exam->fault = fault;
        return 1;
}

/* -- In a file */

static int examine_file(struct s3_examination *exam, const struct s3_piece_record *piece, const uint8_t *key,
                        const struct blob_proof *proof)
{
        static const char *const FAULTS[] = {
                [BLOB_SOUND] = NULL,
                [BLOB_MISSING] = "its file is missing",
                [BLOB_SHORT] = "its file is too short",
                [BLOB_LONG] = "its file is too long",
                [BLOB_FOREIGN] = "its file does not begin as it should, or is another's",
                [BLOB_CHANGED] = "its file has other bytes than were written",
                [BLOB_UNREADABLE] = "its file cannot be read",
        };
        const struct blob_examination how = {.size = (uint64_t)piece->size.value,
                                             .key = key,
                                             .proof = proof,
                                             .pause = exam->pause,
                                             .arg = exam->arg};
        enum blob_fault fault;
        struct blob_id id = {};

        if (hex_decode(piece->blob, id.bytes, sizeof(id.bytes)) < 0)
                return tell(exam, "its record names no file");
        TRY(blob_examine(exam->host->blobs, id, &how, &fault));
        return tell(exam, FAULTS[fault]);
}

/* -- In the store */

static int open_inline(struct s3_examination *exam, const struct s3_piece_record *piece, const uint8_t *key)
{
        _cleanup_(secret_done) struct secret clear = {};
        int r = seal_open(key, s3_inline_bound(exam->arena, piece), piece->inline_, &clear);

        if (r == 0 && clear.len != (size_t)piece->size.value)
                r = -EBADMSG;
        return r;
}

static int examine_inline(struct s3_examination *exam, const struct s3_piece_record *piece,
                          const uint8_t *key, const struct blob_proof *proof)
{
        int r = 0;

        if (piece->inline_.len != (size_t)piece->size.value + SEAL_OVERHEAD)
                r = -EBADMSG;
        else if (key)
                r = open_inline(exam, piece, key);
        else if (proof)
                r = blob_proof_check(piece->inline_, proof);
        if (r == 0)
                r = exam->pause(exam->arg, piece->inline_.len);
        return r == -EBADMSG ? tell(exam, "it has other bytes than were written") : r;
}

/* -- Either */

static int examine(struct s3_examination *exam, const struct s3_piece_record *piece, const uint8_t *key,
                   const struct blob_proof *proof)
{
        exam->is_proven = key || proof;
        return str_is_set(piece->blob) ? examine_file(exam, piece, key, proof)
                                       : examine_inline(exam, piece, key, proof);
}

/* Those of earlier programs have no proof. */
static int examine_by_proof(struct s3_examination *exam, const struct s3_piece_record *piece)
{
        _cleanup_(secret_done) struct secret opened = {};
        int r;

        if (!str_is_set(piece->proof))
                return examine(exam, piece, NULL, NULL);
        r = open_sealed(exam, &s3_piece_record_type, piece, piece->proof, "its proof does not open", &opened);
        if (r != 0)
                return r < 0 ? r : 0;
        if (opened.len != BLOB_PROOF_LEN)
                return tell(exam, "its proof is none");
        return examine(exam, piece, NULL, (const struct blob_proof *)(const void *)opened.bytes);
}

int s3_examine_piece(struct s3_examination *exam, const struct s3_roll_item *item,
                     const struct s3_piece_record *piece)
{
        _cleanup_(secret_done) struct secret data_key = {};
        int r;

        exam->fault = NULL;
        exam->is_proven = false;
        r = open_sealed(exam, &s3_object_record_type, &item->row, item->row.data_key, "its key does not open",
                        &data_key);
        if (r != 0)
                return r < 0 ? r : 0;
        if (!s3_is_openable(&item->row))
                return examine_by_proof(exam, piece);
        if (data_key.len != S3_DATA_KEY_LEN)
                return tell(exam, "its key is none");
        return examine(exam, piece, data_key.bytes, NULL);
}
