#include "services/s3/incoming.h"

#include "base/ids.h"
#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/encryption.h"
#include "services/s3/etag.h"

#define SIZE_MAX_PUT (UINT64_C(5) * 1024 * 1024 * 1024) /* of one request */

struct s3_incoming *s3_incoming_of(struct call *call)
{
        return (struct s3_incoming *)(void *)call->received;
}

static struct s3_incoming *of(struct body_sink *sink)
{
        return (struct s3_incoming *)(void *)sink;
}

/* -- As it comes */

static int start_file(struct s3_incoming *incoming)
{
        TRY(blob_writer_begin(incoming->blobs, incoming->data_key.bytes, &incoming->writer));
        if (incoming->wants_proof)
                TRY(blob_writer_prove(incoming->writer, &incoming->proof));
        TRY(blob_write(incoming->writer, buf_str(&incoming->small)));
        buf_done_wiped(&incoming->small);
        return 0;
}

static int too_large(struct call *call, uint64_t size)
{
        call_detail(call, STR("ProposedSize"), arena_printf(&call->arena, "%llu", (unsigned long long)size));
        call_detail(call, STR("MaxSizeAllowed"),
                    arena_printf(&call->arena, "%llu", (unsigned long long)SIZE_MAX_PUT));
        return fail(call, &s3_entity_too_large, "Your proposed upload exceeds the maximum allowed size");
}

static int take(struct body_sink *sink, struct str bytes)
{
        struct s3_incoming *incoming = of(sink);

        incoming->size += bytes.len;
        if (incoming->size > SIZE_MAX_PUT)
                return too_large(incoming->call, incoming->size);
        sums_add(&incoming->sums, bytes);
        if (!incoming->writer && incoming->size > S3_INLINE_MAX)
                TRY(start_file(incoming));
        if (incoming->writer)
                return blob_write(incoming->writer, bytes);
        buf_add(&incoming->small, bytes);
        return buf_check(&incoming->small);
}

static int end_file(struct s3_incoming *incoming)
{
        struct blob_writer *writer = incoming->writer;
        uint64_t size;

        if (!writer)
                return 0;
        incoming->writer = NULL; /* it goes, whatever comes of it */
        TRY(blob_writer_end(writer, &incoming->blob, &size));
        incoming->has_blob = true;
        return size == incoming->size ? 0 : -EIO;
}

static int end(struct body_sink *sink)
{
        struct s3_incoming *incoming = of(sink);

        sums_end(&incoming->sums);
        if (!incoming->is_copy)
                TRY(s3_check_sums(incoming->call, &incoming->sums, incoming->checksum, incoming->header));
        return end_file(incoming);
}

static void done(struct body_sink *sink, bool succeeded)
{
        struct s3_incoming *incoming = of(sink);

        blob_writer_abort(incoming->writer);
        if (incoming->has_blob && !succeeded)
                (void)!blob_delete(incoming->blobs, incoming->blob);
        sums_done(&incoming->sums);
        secret_done(&incoming->data_key);
        secret_wipe(&incoming->proof, sizeof(incoming->proof));
        buf_done_wiped(&incoming->small);
        free(incoming);
}

/* -- Before it comes */

static int make_data_key(struct s3_incoming *incoming, const struct secret *data_key)
{
        if (data_key)
                return secret_copy(&incoming->data_key, secret_str(data_key));
        TRY(secret_new(&incoming->data_key, S3_DATA_KEY_LEN));
        random_fill(incoming->data_key.bytes, incoming->data_key.len);
        return 0;
}

/* S3 takes no body whose length nobody says: of all transfer codings it knows none. One that is too long is
 * refused before it comes. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static int check_length(struct call *call)
{
        struct str said = http_header_value(call->request, STR("x-amz-decoded-content-length"));
        bool has_coding = str_is_set(http_header_value(call->request, STR("Transfer-Encoding")));
        uint64_t size;

        if (!str_is_set(said))
                said = http_header_value(call->request, STR("Content-Length"));
        if (call->auth->is_form && !has_coding) /* the file is a field of what has a length */
                return 0;
        if (str_is_set(said))
                return str_to_u64(said, &size) == 0 && size > SIZE_MAX_PUT ? too_large(call, size) : 0;
        if (!has_coding)
                return fail(call, &s3_missing_content_length,
                            "You must provide the Content-Length HTTP header.");
        call_detail(call, STR("Header"), STR("Transfer-Encoding"));
        return fail(call, &s3_not_implemented,
                    "A header you provided implies functionality that is not implemented");
}

static int make(struct call *call, const struct secret *data_key, struct body_sink **ret)
{
        struct s3_incoming *incoming = calloc(1, sizeof(*incoming));

        if (!incoming)
                return -ENOMEM;
        incoming->sink = (struct body_sink){.write = take, .end = end, .done = done};
        incoming->call = call;
        incoming->blobs = call->host->blobs;
        buf_init(&incoming->small, S3_INLINE_MAX);
        *ret = &incoming->sink; /* the call's from now on, whatever follows */
        return make_data_key(incoming, data_key);
}

void s3_incoming_for(struct body_sink *sink, const struct s3_object_record *row)
{
        of(sink)->wants_proof = !s3_is_openable(row);
}

int s3_incoming_new(struct call *call, const struct secret *data_key, struct body_sink **ret)
{
        struct s3_incoming *incoming;

        TRY(check_length(call));
        TRY(make(call, data_key, ret));
        incoming = of(*ret);
        TRY(s3_choose_checksum(call, &incoming->checksum, &incoming->header, &incoming->is_said));
        sums_begin(&incoming->sums, SUM_BIT(SUM_MD5) | SUM_BIT(incoming->checksum));
        return 0;
}

int s3_incoming_new_copy(struct call *call, const struct secret *data_key, enum sum checksum,
                         struct body_sink **ret)
{
        struct s3_incoming *incoming;

        TRY(make(call, data_key, ret));
        incoming = of(*ret);
        incoming->is_copy = true;
        incoming->checksum = checksum;
        sums_begin(&incoming->sums, SUM_BIT(SUM_MD5) | SUM_BIT(checksum));
        return 0;
}

int s3_incoming_new_part(struct call *call, const struct secret *data_key,
                         const struct s3_object_record *upload, struct body_sink **ret)
{
        struct s3_incoming *incoming;

        TRY(check_length(call));
        TRY(make(call, data_key, ret));
        incoming = of(*ret);
        s3_incoming_for(*ret, upload);
        TRY(s3_choose_checksum(call, &incoming->checksum, &incoming->header, &incoming->is_said));
        TRY(s3_check_part_checksum(call, upload, incoming->is_said, &incoming->checksum));
        sums_begin(&incoming->sums, SUM_BIT(SUM_MD5) | SUM_BIT(incoming->checksum));
        return 0;
}

/* -- When it is there */

/* Bodies that the server alone can open need none: what opens them proves them. */
static int keep_proof(struct call *call, struct s3_incoming *incoming, struct s3_piece_record *piece)
{
        if (!incoming->wants_proof)
                return 0;
        if (!incoming->has_blob)
                TRY(blob_proof_make(piece->inline_, &incoming->proof));
        return call_seal(call, record_name(&call->arena, &s3_piece_record_type, piece),
                         str_make(incoming->proof.bytes, sizeof(incoming->proof.bytes)), &piece->proof);
}

int s3_incoming_keep(struct call *call, struct s3_incoming *incoming, struct s3_piece_record *piece)
{
        piece->size = OPT_INT((int64_t)incoming->size);
        piece->checksum = s3_incoming_checksum(call, incoming);
        piece->modified = OPT_INT(call->now_ms);
        if (incoming->has_blob)
                piece->blob = hex_encode(&call->arena,
                                         str_make(incoming->blob.bytes, sizeof(incoming->blob.bytes)));
        else
                TRY(s3_seal_inline(call, &incoming->data_key, buf_str(&incoming->small), piece));
        TRY(keep_proof(call, incoming, piece));
        return call_put(call, &s3_piece_record_type, piece);
}

int s3_incoming_keep_all(struct call *call, struct s3_incoming *incoming, struct s3_object_record *row)
{
        struct s3_piece_record piece = {.number = OPT_INT(1)};

        TRY(s3_new_body(call, &row->body.value));
        row->body.is_set = true;
        piece.body = row->body;
        TRY(s3_set_etag(call, &incoming->data_key, s3_incoming_md5(call, incoming), row));
        piece.etag = row->etag;
        TRY(s3_incoming_keep(call, incoming, &piece));
        row->size = piece.size;
        row->checksum_algorithm = sum_name(incoming->checksum);
        row->checksum_type = STR("FULL_OBJECT");
        row->checksum = piece.checksum;
        return 0;
}

struct str s3_incoming_md5(struct call *call, const struct s3_incoming *incoming)
{
        return hex_encode(&call->arena, sums_get(&incoming->sums, SUM_MD5));
}

struct str s3_incoming_checksum(struct call *call, const struct s3_incoming *incoming)
{
        return base64_encode(&call->arena, sums_get(&incoming->sums, incoming->checksum));
}
