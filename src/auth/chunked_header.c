#include "auth/chunked_inside.h"

#define LEAST_CHUNK 8192 /* of all but the last; AWS has it for unsigned chunks too */
#define CHUNK_PROOF ";chunk-signature="
#define SIZE_DIGITS 16

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_size(struct chunked *chunked, struct str digits)
{
        uint64_t size = 0;

        if (digits.len == 0 || digits.len > SIZE_DIGITS)
                return chunked_refuse(chunked, CHUNKED_MALFORMED);
        for (size_t i = 0; i < digits.len; i++) {
                int value = hex_value(digits.ptr[i]);

                if (value < 0)
                        return chunked_refuse(chunked, CHUNKED_MALFORMED);
                size = size << 4 | (uint64_t)value;
        }
        chunked->chunk_len = size;
        return 0;
}

/* IntHexBase(chunk-size) + ";chunk-signature=" + signature; without signatures the size alone. */
static int read_header(struct chunked *chunked, struct str line)
{
        size_t proof_len = chunked_is_signed(chunked) ? sizeof(CHUNK_PROOF) - 1 + CHUNKED_SIGNATURE : 0;
        struct str proof;

        if (line.len < proof_len)
                return chunked_refuse(chunked, CHUNKED_MALFORMED);
        proof = str_from(line, line.len - proof_len);
        if (proof_len) {
                if (!str_starts(proof, STR(CHUNK_PROOF)))
                        return chunked_refuse(chunked, CHUNKED_MALFORMED);
                memcpy(chunked->signature, proof.ptr + sizeof(CHUNK_PROOF) - 1, CHUNKED_SIGNATURE);
        }
        return read_size(chunked, str_part(line, 0, line.len - proof_len));
}

/* AWS sees that a chunk was too small when another comes, and names it by that one's number. */
static int check_size(struct chunked *chunked, uint64_t previous_len)
{
        if (chunked->chunk_len && chunked->chunk_number > 1 && previous_len < LEAST_CHUNK) {
                chunked->small_size = previous_len;
                return chunked_refuse(chunked, CHUNKED_SMALL_CHUNK);
        }
        if (chunked->chunk_len > chunked->decoded_len - chunked->total ||
            (chunked->chunk_len == 0 && chunked->total != chunked->decoded_len))
                return chunked_refuse(chunked, CHUNKED_WRONG_LENGTH);
        return 0;
}

int chunked_read_header(struct chunked *chunked, struct str line)
{
        uint64_t previous_len = chunked->chunk_len;

        TRY(read_header(chunked, line));
        chunked->chunk_number++;
        TRY(check_size(chunked, previous_len));
        chunked->total += chunked->chunk_len;
        return 0;
}
