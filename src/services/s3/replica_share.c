/* Bodies under keys of customers, which are never kept: nobody can seal them anew, so the replica has the
 * same files, each for as long as one of the two is there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html#replicationSSEC
 */
#include "services/s3/body.h"
#include "services/s3/replica.h"

#define PIECES_MAX ((size_t)10000)

struct sharing {
        struct call *call;
        int64_t body;
        struct s3_piece_record *records;
        size_t count;
};

/* A proof is bound to its record. */
static int move_proof(struct call *call, const struct s3_piece_record *from, struct s3_piece_record *to)
{
        _cleanup_(secret_done) struct secret proof = {};

        if (!str_is_set(from->proof))
                return 0;
        TRY(call_open(call, record_name(&call->arena, &s3_piece_record_type, from), from->proof, &proof));
        return call_seal(call, record_name(&call->arena, &s3_piece_record_type, to), secret_str(&proof),
                         &to->proof);
}

static int gather_one(struct sharing *sharing, const struct s3_piece_record *from)
{
        struct arena *arena = &sharing->call->arena;
        struct s3_piece_record *to = &sharing->records[sharing->count++];

        *to = *from;
        to->body = OPT_INT(sharing->body);
        to->blob = arena_dup(arena, from->blob);
        to->etag = arena_dup(arena, from->etag);
        to->checksum = arena_dup(arena, from->checksum);
        to->inline_ = arena_dup(arena, from->inline_);
        if (str_is_set(from->inline_) && !from->sealed_as.is_set)
                to->sealed_as = from->body;
        return move_proof(sharing->call, from, to);
}

/* First, for what is put moves what is walked over. */
static int gather(struct sharing *sharing, int64_t body)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct s3_piece_record from;
        int r;

        TRY(s3_pieces_begin(&pieces, sharing->call, body, 0));
        while ((r = s3_pieces_next(&pieces, &from)) == 0) {
                if (sharing->count == PIECES_MAX)
                        return -EBADMSG;
                TRY(gather_one(sharing, &from));
        }
        return r == -ENOENT ? 0 : r;
}

int s3_replica_share(struct s3_replica *replica, struct opt_int *ret_body)
{
        const struct s3_object_record *row = &replica->version.row;
        struct sharing sharing = {.call = replica->call};

        sharing.records = arena_new_array(&replica->call->arena, struct s3_piece_record, PIECES_MAX);
        if (!sharing.records)
                return -ENOMEM;
        TRY(s3_new_body(replica->call, &sharing.body));
        TRY(gather(&sharing, row->body.value));
        for (size_t i = 0; i < sharing.count; i++)
                TRY(call_put(replica->call, &s3_piece_record_type, &sharing.records[i]));
        *ret_body = OPT_INT(sharing.body);
        return 0;
}
