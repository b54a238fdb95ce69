/* A growing byte buffer with a maximum. Once an append does not fit (or memory is short) the buffer is
 * marked failed and stays so; callers append freely and look once, at the end. */
#pragma once

#include "str.h"

#include <stdarg.h>

struct buf {
        char *data; /* owned; NULL while nothing was appended */
        size_t len;
        size_t capacity;
        size_t max;
        bool failed;
};

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);
void buf_done_wiped(struct buf *buf); /* overwritten first */
/* Room for len bytes in one step, for those who know about how much will come. */
void buf_reserve(struct buf *buf, size_t len);
void buf_clear(struct buf *buf); /* empty again, memory kept */

must_check char *buf_extend_slowly(struct buf *buf, size_t len); /* for the below alone */

/* Room for len more bytes at the end, to be written by the caller; NULL when it does not fit. */
must_check static inline char *buf_extend(struct buf *buf, size_t len)
{
        char *room;

        if (!buf->data || buf->failed || len > buf->capacity - buf->len || len > buf->max - buf->len)
                return buf_extend_slowly(buf, len);
        room = buf->data + buf->len;
        buf->len += len;
        return room;
}

static inline void buf_add_bytes(struct buf *buf, const void *bytes, size_t len)
{
        char *room = buf_extend(buf, len);

        if (room && len)
                memcpy(room, bytes, len);
}

static inline void buf_add(struct buf *buf, struct str s)
{
        buf_add_bytes(buf, s.ptr, s.len);
}

static inline void buf_add_byte(struct buf *buf, char byte)
{
        buf_add_bytes(buf, &byte, 1);
}

void buf_add_int(struct buf *buf, int64_t value); /* decimal */
void buf_addf(struct buf *buf, const char *format, ...) _printf_(2, 3);

/* What is in it; valid until the next append. An untouched buffer gives the empty string. */
static inline struct str buf_str(const struct buf *buf)
{
        return buf->data ? (struct str){buf->data, buf->len} : (struct str){"", 0};
}

/* 0, or -EMSGSIZE when anything did not fit. */
static inline int buf_check(const struct buf *buf)
{
        return buf->failed ? -EMSGSIZE : 0;
}
