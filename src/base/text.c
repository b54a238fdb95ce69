#include "text.h"

static const char HEX_LOWER[] = "0123456789abcdef";
static const char HEX_UPPER[] = "0123456789ABCDEF";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64_URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hex_write(char *out, const void *bytes, size_t len)
{
        const unsigned char *in = bytes;

        for (size_t i = 0; i < len; i++) {
                out[2 * i] = HEX_LOWER[in[i] >> 4];
                out[2 * i + 1] = HEX_LOWER[in[i] & 15];
        }
}

struct str hex_encode(struct arena *arena, struct str bytes)
{
        char *text = arena_alloc_array(arena, bytes.len + 1, 2);

        if (!text)
                return STR("");
        hex_write(text, bytes.ptr, bytes.len);
        return (struct str){text, bytes.len * 2};
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -EINVAL;
}

int hex_decode(struct str text, void *out, size_t len)
{
        unsigned char *to = out;

        if (text.len != 2 * len)
                return -EINVAL;
        for (size_t i = 0; i < len; i++) {
                int high = hex_digit(text.ptr[2 * i]);
                int low = hex_digit(text.ptr[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                to[i] = (unsigned char)(high << 4 | low);
        }
        return 0;
}

static size_t base64_write(char *out, struct str bytes, const char *alphabet, bool pad)
{
        const unsigned char *in = (const unsigned char *)bytes.ptr;
        size_t n = 0;

        for (size_t i = 0; i < bytes.len; i += 3) {
                size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
                uint32_t bits = (uint32_t)in[i] << 16;

                if (have > 1)
                        bits |= (uint32_t)in[i + 1] << 8;
                if (have > 2)
                        bits |= in[i + 2];
                for (size_t k = 0; k < 4; k++) {
                        if (k <= have)
                                out[n++] = alphabet[bits >> (18 - 6 * k) & 63];
                        else if (pad)
                                out[n++] = '=';
                }
        }
        return n;
}

static struct str base64_encode_with(struct arena *arena, struct str bytes, const char *alphabet, bool pad)
{
        char *text = arena_alloc_array(arena, bytes.len / 3 + 1, 4);

        if (!text)
                return STR("");
        return (struct str){text, base64_write(text, bytes, alphabet, pad)};
}

struct str base64_encode(struct arena *arena, struct str bytes)
{
        return base64_encode_with(arena, bytes, BASE64, true);
}

struct str base64url_encode(struct arena *arena, struct str bytes)
{
        return base64_encode_with(arena, bytes, BASE64_URL, false);
}

void base64_append(struct buf *buf, struct str bytes)
{
        char *room = buf_extend(buf, (bytes.len + 2) / 3 * 4);

        if (room)
                base64_write(room, bytes, BASE64, true);
}

static int base64_digit(char c, const char *alphabet)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == alphabet[62])
                return 62;
        if (c == alphabet[63])
                return 63;
        return -EINVAL;
}

static int base64_decode_with(struct arena *arena, struct str text, const char *alphabet, struct str *ret)
{
        unsigned char *out = arena_alloc(arena, text.len / 4 * 3 + 4);
        uint32_t bits = 0;
        unsigned int held = 0;
        size_t n = 0;

        if (!out)
                return -ENOMEM;
        if (text.len % 4 == 1)
                return -EINVAL;
        for (size_t i = 0; i < text.len; i++) {
                int digit = base64_digit(text.ptr[i], alphabet);

                if (digit < 0)
                        return -EINVAL;
                bits = bits << 6 | (uint32_t)digit;
                held += 6;
                if (held >= 8) {
                        held -= 8;
                        out[n++] = (unsigned char)(bits >> held);
                }
        }
        if (bits & ((1U << held) - 1)) /* one text for one value: leftover bits must be zero */
                return -EINVAL;
        out[n] = '\0';
        *ret = str_make(out, n);
        return 0;
}

int base64_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
        size_t pad = 0;

        if (text.len % 4 != 0)
                return -EINVAL;
        while (pad < 2 && text.len && text.ptr[text.len - 1] == '=') {
                text.len--;
                pad++;
        }
        return base64_decode_with(arena, text, BASE64, ret_bytes);
}

int base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
        return base64_decode_with(arena, text, BASE64_URL, ret_bytes);
}

static bool is_unreserved(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_' || c == '~';
}

void percent_encode(struct buf *buf, struct str s, bool keep_slash)
{
        for (size_t i = 0; i < s.len; i++) {
                unsigned char byte = (unsigned char)s.ptr[i];
                char triple[3] = {'%', HEX_UPPER[byte >> 4], HEX_UPPER[byte & 15]};

                if (is_unreserved(s.ptr[i]) || (keep_slash && s.ptr[i] == '/'))
                        buf_add_byte(buf, s.ptr[i]);
                else
                        buf_add_bytes(buf, triple, sizeof(triple));
        }
}

int percent_decode(struct arena *arena, struct str s, bool plus_is_space, struct str *ret)
{
        char *out = arena_cstr(arena, s);
        size_t n = 0;

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < s.len; i++) {
                unsigned char byte;

                if (s.ptr[i] == '+' && plus_is_space) {
                        out[n++] = ' ';
                } else if (s.ptr[i] == '%') {
                        TRY(hex_decode(str_part(s, i + 1, 2), &byte, 1));
                        out[n++] = (char)byte;
                        i += 2;
                } else {
                        out[n++] = s.ptr[i];
                }
        }
        out[n] = '\0';
        *ret = (struct str){out, n};
        return 0;
}

int utf8_next(struct str *s, uint32_t *ret_code_point)
{
        static const uint32_t SMALLEST[] = {0, 0x80, 0x800, 0x10000};
        const unsigned char *in = (const unsigned char *)s->ptr;
        size_t more = in[0] < 0x80 ? 0 : in[0] < 0xe0 ? 1 : in[0] < 0xf0 ? 2 : 3;
        uint32_t code = in[0];

        if (in[0] >= 0x80) {
                if (in[0] < 0xc2 || in[0] > 0xf4 || s->len <= more)
                        return -EINVAL;
                code = in[0] & (0x3fU >> more);
        }
        for (size_t i = 1; i <= more; i++) {
                if ((in[i] & 0xc0) != 0x80)
                        return -EINVAL;
                code = code << 6 | (in[i] & 0x3f);
        }
        if (code < SMALLEST[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                return -EINVAL;
        *s = str_from(*s, more + 1);
        *ret_code_point = code;
        return 0;
}

/* Bytes of plain ASCII from the front, counted eight at a time. */
static size_t ascii_run(struct str s)
{
        size_t n = 0;
        uint64_t eight;

        for (; n + sizeof(eight) <= s.len; n += sizeof(eight)) {
                memcpy(&eight, s.ptr + n, sizeof(eight));
                if (eight & 0x8080808080808080U)
                        break;
        }
        while (n < s.len && (unsigned char)s.ptr[n] < 0x80)
                n++;
        return n;
}

bool utf8_is_valid(struct str s)
{
        uint32_t code;

        for (;;) {
                s = str_from(s, ascii_run(s));
                if (s.len == 0)
                        return true;
                if (utf8_next(&s, &code) < 0)
                        return false;
        }
}

size_t utf8_length(struct str s)
{
        size_t count = 0;

        for (size_t i = 0; i < s.len; i++)
                count += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
        return count;
}

void utf8_append(struct buf *buf, uint32_t code)
{
        if (code < 0x80) {
                buf_add_byte(buf, (char)code);
        } else if (code < 0x800) {
                buf_add_byte(buf, (char)(0xc0 | code >> 6));
                buf_add_byte(buf, (char)(0x80 | (code & 0x3f)));
        } else if (code < 0x10000) {
                buf_add_byte(buf, (char)(0xe0 | code >> 12));
                buf_add_byte(buf, (char)(0x80 | (code >> 6 & 0x3f)));
                buf_add_byte(buf, (char)(0x80 | (code & 0x3f)));
        } else {
                buf_add_byte(buf, (char)(0xf0 | code >> 18));
                buf_add_byte(buf, (char)(0x80 | (code >> 12 & 0x3f)));
                buf_add_byte(buf, (char)(0x80 | (code >> 6 & 0x3f)));
                buf_add_byte(buf, (char)(0x80 | (code & 0x3f)));
        }
}
