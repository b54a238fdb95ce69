/* As much DER (X.690) as keys need, read and written where the bytes stand: libcrypto's own reader and writer
 * leave copies of a private key in memory that nobody wipes. For the files of this folder only. */
#pragma once

#include "base/str.h"

#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_OCTETS     0x04
#define DER_SEQUENCE   0x30
#define DER_CONTEXT(n) (0xa0 | (n)) /* [n], with elements in it */

/* Takes one element off the front of *rest and gives its content. -EBADMSG: another tag, a length that is not
 * in its shortest form or goes past the end. */
must_check int der_take(struct str *rest, uint8_t tag, struct str *ret);
/* The same for an element that may be missing, which gives STR_NONE. */
must_check int der_take_optional(struct str *rest, uint8_t tag, struct str *ret);
/* The only element: -EBADMSG if anything follows. */
must_check int der_only(struct str bytes, uint8_t tag, struct str *ret);
/* An INTEGER that is not negative, in its shortest form, as big-endian bytes without leading zeros: 0 has no
 * bytes. */
must_check int der_take_unsigned(struct str *rest, struct str *ret);
/* A BIT STRING of whole bytes. */
must_check int der_take_bits(struct str *rest, struct str *ret);

/* Writes backwards, from the end of the room to its start, so that each length is known when it is due. The
 * room must be large enough. */
struct der_writer {
        const uint8_t *start;
        uint8_t *at; /* what was written begins here */
};
void der_put(struct der_writer *writer, struct str bytes);
void der_put_unsigned(struct der_writer *writer, struct str big_endian); /* leading zeros are fine */
/* Makes one element of all from writer->at to end. */
void der_wrap(struct der_writer *writer, uint8_t tag, const uint8_t *end);
