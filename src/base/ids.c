#include "ids.h"

#include <sys/random.h>

void random_fill(void *bytes, size_t len)
{
        unsigned char *at = bytes;

        while (len) {
                ssize_t got = getrandom(at, len, 0);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        abort();
                at += got;
                len -= (size_t)got;
        }
}

static void write_uuid(unsigned char bytes[16], char out[UUID_LEN])
{
        static const char HEX[] = "0123456789abcdef";
        size_t at = 0;

        bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
        for (size_t i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        out[at++] = '-';
                out[at++] = HEX[bytes[i] >> 4];
                out[at++] = HEX[bytes[i] & 15];
        }
}

void id_uuid_write(char out[UUID_LEN])
{
        unsigned char bytes[16];

        random_fill(bytes, sizeof(bytes));
        write_uuid(bytes, out);
}

void id_uuid_pair(struct arena *arena, struct str *ret_first, struct str *ret_second)
{
        unsigned char bytes[32];
        char text[2 * UUID_LEN];
        struct str both;

        random_fill(bytes, sizeof(bytes));
        write_uuid(bytes, text);
        write_uuid(bytes + 16, text + UUID_LEN);
        both = arena_dup_bytes(arena, text, sizeof(text));
        *ret_first = str_part(both, 0, UUID_LEN);
        *ret_second = str_from(both, UUID_LEN);
}

struct str id_uuid(struct arena *arena)
{
        char text[UUID_LEN];

        id_uuid_write(text);
        return arena_dup_bytes(arena, text, sizeof(text));
}

struct str id_from_alphabet(struct arena *arena, struct str alphabet, size_t len)
{
        char *text = len == SIZE_MAX ? NULL : arena_alloc(arena, len + 1);
        unsigned int even =
                256 - 256 % (unsigned int)alphabet.len; /* bytes from here on would skew the draw */

        if (!text)
                return STR("");
        for (size_t i = 0; i < len;) {
                unsigned char bytes[64];

                random_fill(bytes, sizeof(bytes));
                for (size_t k = 0; k < sizeof(bytes) && i < len; k++)
                        if (bytes[k] < even)
                                text[i++] = alphabet.ptr[bytes[k] % alphabet.len];
        }
        return (struct str){text, len};
}

struct str id_with_prefix(struct arena *arena, struct str prefix, size_t total_len)
{
        struct str rest = id_from_alphabet(arena, STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
                                           total_len > prefix.len ? total_len - prefix.len : 0);

        return arena_printf(arena, "%.*s%.*s", STR_ARG(prefix), STR_ARG(rest));
}
