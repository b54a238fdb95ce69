#include "auth/chunked_inside.h"
#include "base/text.h"

/* SHA-256 of nothing, which stands in the text that a chunk's signature is made of. */
#define HASH_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Algorithm, time, scope and previous signature, then what differs between chunks and trailers. */
static int prove(struct chunked *chunked, struct str algorithm, struct str rest, struct str signature)
{
        const struct str line = STR("\n");
        const struct str pieces[] = {
                algorithm,
                line,
                str_make(chunked->timestamp, sizeof(chunked->timestamp)),
                line,
                str_make(chunked->scope, chunked->scope_len),
                line,
                str_make(chunked->previous, CHUNKED_SIGNATURE),
                line,
                rest,
        };
        uint8_t mac[SHA256_LEN];
        char expected[CHUNKED_SIGNATURE];

        hmac_sha256_pieces(secret_str(&chunked->signing_key), pieces, ARRAY_LEN(pieces), mac);
        hex_write(expected, mac, sizeof(mac));
        if (!secret_equal(str_make(expected, sizeof(expected)), signature))
                return chunked_refuse(chunked, CHUNKED_BAD_SIGNATURE);
        memcpy(chunked->previous, expected, sizeof(expected));
        return 0;
}

int chunked_prove_chunk(struct chunked *chunked, const uint8_t hash[SHA256_LEN])
{
        char rest[sizeof(HASH_OF_NOTHING) + CHUNKED_SIGNATURE] = HASH_OF_NOTHING "\n";

        hex_write(rest + sizeof(HASH_OF_NOTHING), hash, SHA256_LEN);
        return prove(chunked, STR("AWS4-HMAC-SHA256-PAYLOAD"), str_make(rest, sizeof(rest)),
                     str_make(chunked->signature, CHUNKED_SIGNATURE));
}

int chunked_prove_trailers(struct chunked *chunked, struct str signature)
{
        char hash[CHUNKED_SIGNATURE];

        sha256_hex(str_make(chunked->trailers, chunked->trailers_len), hash);
        return prove(chunked, STR("AWS4-HMAC-SHA256-TRAILER"), str_make(hash, sizeof(hash)), signature);
}
