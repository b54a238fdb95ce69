/* The picture that a phone reads a seed from. The text is that of AWS's own pictures, which name the issuer
 * beside what the API reference says of them.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html and
 * https://github.com/google/google-authenticator/wiki/Key-Uri-Format; PNG: ISO/IEC 15948 */
#include "base/text.h"
#include "services/iam/mfa.h"

#include <qrencode.h>
#include <zlib.h>

#define ISSUER   "Amazon%20Web%20Services"
#define TEXT_MAX 2048
#define PNG_MAX  65536

#define SCALE 4 /* pixels of a module */
#define QUIET 4 /* modules around the code, of ISO/IEC 18004 */

static int write_text(struct buf *text, struct str device_name, struct str account_name, struct str seed_text)
{
        buf_add(text, STR("otpauth://totp/" ISSUER ":"));
        percent_encode(text, device_name, false);
        buf_add_byte(text, '@');
        percent_encode(text, account_name, false);
        buf_add(text, STR("?secret="));
        buf_add(text, seed_text);
        buf_add(text, STR("&issuer=" ISSUER));
        return buf_check(text);
}

static void write_u32(uint8_t out[4], uint32_t value)
{
        for (size_t i = 0; i < 4; i++)
                out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_chunk(struct buf *png, const char kind[4], struct str data)
{
        uLong crc = crc32(crc32(0, (const Bytef *)kind, 4), (const Bytef *)data.ptr, (uInt)data.len);
        uint8_t number[4];

        write_u32(number, (uint32_t)data.len);
        buf_add_bytes(png, number, sizeof(number));
        buf_add_bytes(png, kind, 4);
        buf_add(png, data);
        write_u32(number, (uint32_t)crc);
        buf_add_bytes(png, number, sizeof(number));
}

static size_t side_of(const QRcode *code)
{
        return ((size_t)code->width + (size_t)2 * QUIET) * SCALE;
}

static bool is_dark(const QRcode *code, size_t x, size_t y)
{
        const size_t width = (size_t)code->width, column = x / SCALE, row = y / SCALE;

        if (column < QUIET || row < QUIET || column >= width + QUIET || row >= width + QUIET)
                return false;
        return code->data[(row - QUIET) * width + column - QUIET] & 1;
}

/* A bit a pixel, white is 1; each line begins with its filter: none. */
static void write_lines(const QRcode *code, uint8_t *out)
{
        const size_t side = side_of(code), line = 1 + (side + 7) / 8;

        for (size_t y = 0; y < side; y++)
                for (size_t x = 0; x < side; x++)
                        if (!is_dark(code, x, y))
                                out[y * line + 1 + x / 8] |= (uint8_t)(128 >> x % 8);
}

static int add_lines(struct call *call, const QRcode *code, struct buf *png)
{
        const size_t side = side_of(code), len = side * (1 + (side + 7) / 8);
        uint8_t *lines = arena_alloc_array(&call->arena, len, 1);
        uLongf packed_len = compressBound(len);
        uint8_t *packed = arena_alloc_array(&call->arena, packed_len, 1);

        if (!lines || !packed)
                return -ENOMEM;
        memset(lines, 0, len);
        write_lines(code, lines);
        if (compress2(packed, &packed_len, lines, len, Z_BEST_COMPRESSION) != Z_OK)
                return -ENOMEM;
        add_chunk(png, "IDAT", str_make(packed, packed_len));
        return 0;
}

/* Grey, one bit deep. */
static int write_png(struct call *call, const QRcode *code, struct buf *png)
{
        uint8_t header[13] = {[8] = 1};

        write_u32(header, (uint32_t)side_of(code));
        write_u32(header + 4, (uint32_t)side_of(code));
        buf_add(png, STR("\x89PNG\r\n\x1a\n"));
        add_chunk(png, "IHDR", str_make(header, sizeof(header)));
        TRY(add_lines(call, code, png));
        add_chunk(png, "IEND", STR(""));
        return buf_check(png);
}

static int draw(struct call *call, struct str text, struct buf *png)
{
        QRcode *code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
        int r;

        if (!code)
                return -errno;
        r = write_png(call, code, png);
        secret_wipe(code->data, (size_t)code->width * (size_t)code->width);
        QRcode_free(code);
        return r;
}

int iam_mfa_picture(struct call *call, struct str device_name, struct str account_name, struct str seed_text,
                    struct str *ret_png)
{
        _cleanup_(buf_done_wiped) struct buf text = {}, png = {};

        buf_init(&text, TEXT_MAX);
        buf_init(&png, PNG_MAX);
        TRY(write_text(&text, device_name, account_name, seed_text));
        TRY(draw(call, buf_str(&text), &png));
        *ret_png = arena_dup(&call->arena, buf_str(&png));
        return str_is_set(*ret_png) ? 0 : -ENOMEM;
}
