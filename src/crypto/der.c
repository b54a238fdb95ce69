#include "crypto/der.h"

#include <assert.h>

#define LONG_FORM     0x80
#define LENGTH_BYTES  2 /* up to 64 KiB: no key is larger */
#define SIGN          0x80
#define HEAD_MAX      (2 + LENGTH_BYTES)
#define BYTE_OF(s, i) ((uint8_t)(s).ptr[i])

static int take_long_length(struct str *rest, size_t count, size_t *ret)
{
        size_t len = 0;

        if (count == 0 || count > LENGTH_BYTES || rest->len < count)
                return -EBADMSG;
        for (size_t i = 0; i < count; i++)
                len = len << 8 | BYTE_OF(*rest, i);
        if (len < LONG_FORM || BYTE_OF(*rest, 0) == 0)
                return -EBADMSG;
        *rest = str_from(*rest, count);
        *ret = len;
        return 0;
}

static int take_length(struct str *rest, size_t *ret)
{
        uint8_t first;

        if (rest->len == 0)
                return -EBADMSG;
        first = BYTE_OF(*rest, 0);
        *rest = str_from(*rest, 1);
        if (first >= LONG_FORM)
                return take_long_length(rest, (size_t)(first - LONG_FORM), ret);
        *ret = first;
        return 0;
}

static bool next_is(struct str rest, uint8_t tag)
{
        return rest.len > 0 && BYTE_OF(rest, 0) == tag;
}

int der_take(struct str *rest, uint8_t tag, struct str *ret)
{
        struct str content;
        size_t len;

        if (!next_is(*rest, tag))
                return -EBADMSG;
        content = str_from(*rest, 1);
        TRY(take_length(&content, &len));
        if (len > content.len)
                return -EBADMSG;
        *rest = str_from(content, len);
        *ret = str_part(content, 0, len);
        return 0;
}

int der_take_optional(struct str *rest, uint8_t tag, struct str *ret)
{
        if (next_is(*rest, tag))
                return der_take(rest, tag, ret);
        *ret = STR_NONE;
        return 0;
}

int der_only(struct str bytes, uint8_t tag, struct str *ret)
{
        struct str content;

        TRY(der_take(&bytes, tag, &content));
        if (bytes.len)
                return -EBADMSG;
        *ret = content;
        return 0;
}

int der_take_unsigned(struct str *rest, struct str *ret)
{
        struct str number;

        TRY(der_take(rest, DER_INTEGER, &number));
        if (number.len == 0 || (BYTE_OF(number, 0) & SIGN))
                return -EBADMSG;
        if (BYTE_OF(number, 0) == 0) {
                number = str_from(number, 1);
                if (number.len && !(BYTE_OF(number, 0) & SIGN))
                        return -EBADMSG;
        }
        *ret = number;
        return 0;
}

int der_take_bits(struct str *rest, struct str *ret)
{
        struct str bits;

        TRY(der_take(rest, DER_BIT_STRING, &bits));
        if (bits.len == 0 || bits.ptr[0] != 0)
                return -EBADMSG;
        *ret = str_from(bits, 1);
        return 0;
}

/* -- Writing. */

void der_put(struct der_writer *writer, struct str bytes)
{
        assert((size_t)(writer->at - writer->start) >= bytes.len);
        writer->at -= bytes.len;
        memcpy(writer->at, bytes.ptr, bytes.len);
}

void der_put_unsigned(struct der_writer *writer, struct str big_endian)
{
        const uint8_t *end = writer->at;

        while (big_endian.len && big_endian.ptr[0] == 0)
                big_endian = str_from(big_endian, 1);
        if (big_endian.len)
                der_put(writer, big_endian);
        if (big_endian.len == 0 || (*writer->at & SIGN))
                der_put(writer, STR("\0"));
        der_wrap(writer, DER_INTEGER, end);
}

void der_wrap(struct der_writer *writer, uint8_t tag, const uint8_t *end)
{
        size_t len = (size_t)(end - writer->at);
        uint8_t head[HEAD_MAX] = {tag, (uint8_t)len};
        size_t head_len = 2;

        assert(len >> (8 * LENGTH_BYTES) == 0);
        if (len >> 8) {
                head[1] = LONG_FORM | 2;
                head[2] = (uint8_t)(len >> 8);
                head[3] = (uint8_t)len;
                head_len = 4;
        } else if (len >= LONG_FORM) {
                head[1] = LONG_FORM | 1;
                head[2] = (uint8_t)len;
                head_len = 3;
        }
        der_put(writer, str_make(head, head_len));
}
