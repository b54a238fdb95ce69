/* Reading CBOR (RFC 8949) item by item, straight into structs. Internal to the codecs. It takes nothing but
 * strings in pieces, from the arena; lengths that are said are believed only as far as there are bytes. */
#pragma once

#include "base/arena.h"

/* All functions give -EINVAL for what is not well-formed, -ENOMEM, or -E2BIG for items nested deeper than
 * WIRE_MAX_DEPTH. */
struct cbor_read {
        const unsigned char *at, *end;
        struct arena *arena;
        unsigned int depth;
};

enum cbor_kind {
        CBOR_UNSIGNED, /* the first eight are the major types */
        CBOR_NEGATIVE,
        CBOR_BYTES,
        CBOR_TEXT,
        CBOR_ARRAY,
        CBOR_MAP,
        CBOR_TAG,
        CBOR_SIMPLE, /* one without a meaning here */
        CBOR_FALSE,
        CBOR_TRUE,
        CBOR_NULL, /* undefined, too */
        CBOR_FLOAT,
        CBOR_BREAK,
};

struct cbor_head {
        enum cbor_kind kind;
        bool is_indefinite; /* bytes, text, array, map: its end is marked */
        uint64_t value;     /* the number (of a negative one: -1 - value), the length, the count, the tag */
        double real;        /* of a float */
};

must_check int cbor_read_head(struct cbor_read *read, struct cbor_head *ret);
/* Bytes or text behind their head; in one piece they stay where they are. Text is valid UTF-8. */
must_check int cbor_read_string(struct cbor_read *read, const struct cbor_head *head, struct str *ret);

/* The items of an array, or the pairs of a map, behind its head. cbor_read_next(): 1: one follows; 0: that
 * was all. -E2BIG comes from open. */
struct cbor_items {
        bool is_indefinite;
        uint64_t left;
};
must_check int cbor_read_open(struct cbor_read *read, const struct cbor_head *head, struct cbor_items *ret);
must_check int cbor_read_next(struct cbor_read *read, struct cbor_items *items);

must_check int cbor_read_skip(struct cbor_read *read); /* one item, whatever it is */
