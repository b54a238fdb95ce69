#include "server/body_proof.h"

#include "auth/chunked.h"
#include "base/text.h"
#include "server/authenticate.h"

struct body_proof {
        bool is_chunked, is_hashed;
        struct chunked chunked;
        struct sha256 hash;
};

/* S3's, the only service that has such bodies.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
#define ERROR(code, status)                                                                                  \
        {                                                                                                    \
                STR_INIT(code), STR_INIT(code), (status), true                                               \
        }
static const struct api_error ERRORS[] = {
        [CHUNKED_OK] = ERROR("InternalError", 500),
        [CHUNKED_MALFORMED] = ERROR("IncompleteBody", 400),
        [CHUNKED_WRONG_LENGTH] = ERROR("IncompleteBody", 400),
        [CHUNKED_NO_LENGTH] = ERROR("MissingContentLength", 411),
        [CHUNKED_BAD_SIGNATURE] = ERROR("SignatureDoesNotMatch", 403),
        [CHUNKED_SMALL_CHUNK] = ERROR("InvalidChunkSizeError", 403),
        [CHUNKED_BAD_TRAILER] = ERROR("MalformedTrailerError", 400),
        [CHUNKED_UNSUPPORTED_TRAILER] = ERROR("InvalidRequest", 400),
};

static int refuse_chunks(struct flight *flight, const struct chunked *chunked, int result)
{
        struct call *call = &flight->call;
        struct str words = chunked_words(chunked->problem);

        if (result != -EBADMSG)
                return result;
        if (chunked->problem == CHUNKED_SMALL_CHUNK) {
                call_detail(call, STR("Chunk"),
                            arena_printf(&call->arena, "%llu", (unsigned long long)chunked->chunk_number));
                call_detail(call, STR("BadChunkSize"),
                            arena_printf(&call->arena, "%llu", (unsigned long long)chunked->small_size));
        }
        return fail(call, &ERRORS[chunked->problem], "%.*s", STR_ARG(words));
}

int body_proof_begin(struct flight *flight)
{
        const struct auth_result *auth = &flight->auth;
        struct body_proof *proof = arena_new(&flight->call.arena, struct body_proof);
        int r = 0;

        if (!proof)
                return -ENOMEM;
        flight->proof = proof;
        if (payload_is_streamed(auth->payload)) {
                proof->is_chunked = true;
                r = chunked_begin(&proof->chunked, flight->call.request, auth->payload, &flight->stream);
        } else if (auth->payload == PAYLOAD_HASHED && flight->body_comes_later) {
                proof->is_hashed = true;
                sha256_begin(&proof->hash);
        }
        return refuse_chunks(flight, &proof->chunked, r);
}

int body_proof_add(struct flight *flight, struct str bytes, int (*give)(void *arg, struct str bytes),
                   void *arg)
{
        struct body_proof *proof = flight->proof;

        if (proof->is_chunked)
                return refuse_chunks(flight, &proof->chunked,
                                     chunked_push(&proof->chunked, bytes, give, arg));
        if (proof->is_hashed)
                sha256_add(&proof->hash, bytes);
        return give(arg, bytes);
}

static int keep_trailers(struct flight *flight, const struct chunked *chunked)
{
        struct str_map *trailers = &flight->call.trailers;
        struct arena *arena = &flight->call.arena;
        struct str name, value;
        size_t count = 0;

        for (size_t at = 0; chunked_next_trailer(chunked, &at, &name, &value);)
                count++;
        trailers->items = arena_new_array(arena, struct str_pair, count + 1);
        if (!trailers->items)
                return -ENOMEM;
        for (size_t at = 0; chunked_next_trailer(chunked, &at, &name, &value);)
                trailers->items[trailers->count++] =
                        (struct str_pair){arena_dup(arena, name), arena_dup(arena, value)};
        return 0;
}

static int check_hash(struct flight *flight, struct body_proof *proof)
{
        char actual[2 * SHA256_LEN];
        uint8_t hash[SHA256_LEN];

        proof->is_hashed = false;
        sha256_end(&proof->hash, hash);
        hex_write(actual, hash, sizeof(hash));
        if (str_eq(flight->auth.payload_hash, str_make(actual, sizeof(actual))))
                return 0;
        return authenticate_refuse(
                flight, AUTH_BAD_BODY_HASH,
                STR("The provided 'x-amz-content-sha256' header does not match what was computed."));
}

int body_proof_end(struct flight *flight)
{
        struct body_proof *proof = flight->proof;

        if (proof->is_hashed)
                return check_hash(flight, proof);
        if (!proof->is_chunked)
                return 0;
        TRY(refuse_chunks(flight, &proof->chunked, chunked_end(&proof->chunked)));
        return keep_trailers(flight, &proof->chunked);
}

void body_proof_done(struct flight *flight)
{
        struct body_proof *proof = flight->proof;
        uint8_t hash[SHA256_LEN];

        auth_stream_done(&flight->stream);
        if (!proof)
                return;
        if (proof->is_hashed)
                sha256_end(&proof->hash, hash);
        chunked_done(&proof->chunked);
        flight->proof = NULL;
}
