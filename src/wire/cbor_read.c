#include "cbor_read.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/scalar.h"

#include <math.h>

#define BREAK_BYTE 0xFF

/* -- Heads */

static int take_number(struct cbor_read *read, size_t len, uint64_t *ret)
{
        *ret = 0;
        if ((size_t)(read->end - read->at) < len)
                return -EINVAL;
        for (size_t i = 0; i < len; i++)
                *ret = *ret << 8 | *read->at++;
        return 0;
}

static double half(uint64_t bits)
{
        double fraction = (double)(bits & 0x3FF);
        int exponent = (int)(bits >> 10 & 0x1F);
        double value = exponent ? ldexp(fraction + 1024, exponent - 25) : ldexp(fraction, -24);

        if (exponent == 0x1F)
                value = fraction > 0 ? (double)NAN : (double)INFINITY;
        return bits & 0x8000 ? -value : value;
}

static double single(uint64_t bits)
{
        uint32_t narrow = (uint32_t)bits;
        float value;

        memcpy(&value, &narrow, sizeof(value));
        return (double)value;
}

static double twofold(uint64_t bits)
{
        double value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

/* Behind the first byte, of major type 7; `more` is the number in it. */
static int read_simple(unsigned int more, struct cbor_head *head)
{
        static const enum cbor_kind KINDS[] = {CBOR_FALSE, CBOR_TRUE, CBOR_NULL, CBOR_NULL};

        head->kind = CBOR_SIMPLE;
        if (more >= 20 && more <= 23)
                head->kind = KINDS[more - 20];
        else if (more == 24 && head->value < 32)
                return -EINVAL; /* they have a shorter form */
        else if (more == 31)
                head->kind = CBOR_BREAK;
        if (more < 25 || more > 27)
                return 0;
        head->kind = CBOR_FLOAT;
        head->real = more == 25 ? half(head->value) : more == 26 ? single(head->value) : twofold(head->value);
        return 0;
}

int cbor_read_head(struct cbor_read *read, struct cbor_head *ret)
{
        unsigned int first, more;

        if (read->at >= read->end)
                return -EINVAL;
        first = *read->at++;
        more = first & 0x1F;
        *ret = (struct cbor_head){.kind = (enum cbor_kind)(first >> 5), .value = more};
        if (more >= 24 && more <= 27)
                TRY(take_number(read, (size_t)1 << (more - 24), &ret->value));
        else if (more >= 28 && more <= 30)
                return -EINVAL;
        if (ret->kind == CBOR_SIMPLE)
                return read_simple(more, ret);
        ret->is_indefinite = more == 31;
        return ret->is_indefinite && (ret->kind < CBOR_BYTES || ret->kind == CBOR_TAG) ? -EINVAL : 0;
}

/* -- Strings */

static int take_bytes(struct cbor_read *read, uint64_t len, struct str *ret)
{
        if ((uint64_t)(read->end - read->at) < len)
                return -EINVAL;
        *ret = str_make(read->at, (size_t)len);
        read->at += len;
        return 0;
}

static bool take_break(struct cbor_read *read)
{
        if (read->at >= read->end || *read->at != BREAK_BYTE)
                return false;
        read->at++;
        return true;
}

/* Pieces, each of which says its length; together they are no longer than what is left of the body. */
static int join(struct cbor_read *read, enum cbor_kind kind, struct str *ret)
{
        _cleanup_(buf_done) struct buf whole = {};
        struct cbor_head head;
        struct str piece;

        buf_init(&whole, (size_t)(read->end - read->at));
        while (!take_break(read)) {
                TRY(cbor_read_head(read, &head));
                if (head.kind != kind || head.is_indefinite)
                        return -EINVAL;
                TRY(take_bytes(read, head.value, &piece));
                buf_add(&whole, piece);
        }
        if (buf_check(&whole) < 0)
                return -ENOMEM;
        *ret = arena_dup(read->arena, buf_str(&whole));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

int cbor_read_string(struct cbor_read *read, const struct cbor_head *head, struct str *ret)
{
        if (head->kind != CBOR_BYTES && head->kind != CBOR_TEXT)
                return -EINVAL;
        TRY(head->is_indefinite ? join(read, head->kind, ret) : take_bytes(read, head->value, ret));
        return head->kind == CBOR_TEXT && !utf8_is_valid(*ret) ? -EINVAL : 0;
}

/* -- Arrays and maps */

int cbor_read_open(struct cbor_read *read, const struct cbor_head *head, struct cbor_items *ret)
{
        if (head->kind != CBOR_ARRAY && head->kind != CBOR_MAP)
                return -EINVAL;
        *ret = (struct cbor_items){head->is_indefinite, head->value};
        return ++read->depth > WIRE_MAX_DEPTH ? -E2BIG : 0;
}

int cbor_read_next(struct cbor_read *read, struct cbor_items *items)
{
        if (items->is_indefinite ? !take_break(read) : items->left > 0) {
                items->left--;
                return 1;
        }
        read->depth--;
        return 0;
}

/* -- What nobody asks for */

static int skip_items(struct cbor_read *read, const struct cbor_head *head)
{
        struct cbor_items items;
        int more;

        TRY(cbor_read_open(read, head, &items));
        while ((more = cbor_read_next(read, &items)) > 0) {
                TRY(cbor_read_skip(read));
                if (head->kind == CBOR_MAP)
                        TRY(cbor_read_skip(read));
        }
        return more;
}

int cbor_read_skip(struct cbor_read *read)
{
        struct cbor_head head;
        struct str ignored;

        TRY(cbor_read_head(read, &head));
        switch (head.kind) {
        case CBOR_BYTES:
        case CBOR_TEXT:
                return cbor_read_string(read, &head, &ignored);
        case CBOR_ARRAY:
        case CBOR_MAP:
                return skip_items(read, &head);
        case CBOR_TAG:
                if (++read->depth > WIRE_MAX_DEPTH)
                        return -E2BIG;
                TRY(cbor_read_skip(read));
                read->depth--;
                return 0;
        case CBOR_BREAK:
                return -EINVAL;
        default:
                return 0;
        }
}
