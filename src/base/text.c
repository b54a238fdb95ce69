#include "text.h"

static const char HEX_LOWER[] = "0123456789abcdef";
static const char HEX_UPPER[] = "0123456789ABCDEF";
static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
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

void base32_write(char *out, const void *bytes, size_t len)
{
        const unsigned char *in = bytes;

        for (size_t i = 0; i < len / 5 * 8; i++) {
                size_t bit = i * 5;
                unsigned int pair = (unsigned int)in[bit / 8] << 8;

                if (bit / 8 + 1 < len)
                        pair |= in[bit / 8 + 1];
                out[i] = BASE32[pair >> (11 - bit % 8) & 31];
        }
}

static size_t base64_write(char *out, struct str bytes, const char *alphabet, bool pad)
{
        const unsigned char *in = (const unsigned char *)bytes.ptr;
        size_t i = 0, n = 0;

        for (; i + 3 <= bytes.len; i += 3) {
                uint32_t bits = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];

                out[n++] = alphabet[bits >> 18];
                out[n++] = alphabet[bits >> 12 & 63];
                out[n++] = alphabet[bits >> 6 & 63];
                out[n++] = alphabet[bits & 63];
        }
        for (; i < bytes.len; i += 3) {
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

/* Of each character its digit and one, so that 0 is none. */
#define DIGITS                                                                                               \
        ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9,   \
        ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17,      \
        ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25,      \
        ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33,      \
        ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41,      \
        ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,      \
        ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,      \
        ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62

static const uint8_t BASE64_DIGITS[256] = {DIGITS, ['+'] = 63, ['/'] = 64};
static const uint8_t BASE64_URL_DIGITS[256] = {DIGITS, ['-'] = 63, ['_'] = 64};

/* Four characters are three bytes. */
static bool decode_four(const unsigned char *in, const uint8_t digits[256], unsigned char *out)
{
        uint8_t a = digits[in[0]], b = digits[in[1]], c = digits[in[2]], d = digits[in[3]];
        uint32_t bits = (uint32_t)(a - 1) << 18 | (uint32_t)(b - 1) << 12 | (uint32_t)(c - 1) << 6 |
                        (uint32_t)(d - 1);

        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
        return a && b && c && d;
}

/* Two or three characters at the end. One text for one value: what is left over must be zero. */
static int decode_rest(const unsigned char *in, size_t len, const uint8_t digits[256], unsigned char *out)
{
        uint32_t bits = 0;

        for (size_t i = 0; i < len; i++) {
                if (!digits[in[i]])
                        return -EINVAL;
                bits = bits << 6 | (uint32_t)(digits[in[i]] - 1);
        }
        if (len == 2) {
                out[0] = (unsigned char)(bits >> 4);
                return bits & 15 ? -EINVAL : 0;
        }
        out[0] = (unsigned char)(bits >> 10);
        out[1] = (unsigned char)(bits >> 2);
        return bits & 3 ? -EINVAL : 0;
}

static int base64_decode_with(struct arena *arena, struct str text, const uint8_t digits[256],
                              struct str *ret)
{
        const unsigned char *in = (const unsigned char *)text.ptr;
        unsigned char *out = arena_alloc(arena, text.len / 4 * 3 + 4);
        size_t rest = text.len % 4, n = 0;

        if (!out)
                return -ENOMEM;
        if (rest == 1)
                return -EINVAL;
        for (; n < text.len / 4; n++)
                if (!decode_four(in + 4 * n, digits, out + 3 * n))
                        return -EINVAL;
        if (rest)
                TRY(decode_rest(in + 4 * n, rest, digits, out + 3 * n));
        n = 3 * n + (rest ? rest - 1 : 0);
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
        return base64_decode_with(arena, text, BASE64_DIGITS, ret_bytes);
}

int base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
        return base64_decode_with(arena, text, BASE64_URL_DIGITS, ret_bytes);
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
