#include "buf.h"

#define FIRST_CAPACITY 256

void buf_init(struct buf *buf, size_t max)
{
        *buf = (struct buf){.max = max};
}

void buf_done(struct buf *buf)
{
        free(buf->data);
        *buf = (struct buf){.max = buf->max};
}

void buf_done_wiped(struct buf *buf)
{
        if (buf->data)
                explicit_bzero(buf->data, buf->capacity);
        buf_done(buf);
}

void buf_clear(struct buf *buf)
{
        buf->len = 0;
        buf->failed = false;
}

static bool grow(struct buf *buf, size_t need)
{
        size_t capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;
        char *data;

        while (capacity < need)
                if (__builtin_mul_overflow(capacity, 2U, &capacity))
                        return false;
        data = malloc(capacity); /* not realloc(): what it leaves behind could not be overwritten */
        if (!data)
                return false;
        if (buf->data) {
                memcpy(data, buf->data, buf->len);
                explicit_bzero(buf->data, buf->len);
        }
        free(buf->data);
        buf->data = data;
        buf->capacity = capacity;
        return true;
}

void buf_reserve(struct buf *buf, size_t len)
{
        if (len <= buf->max && len > buf->capacity && !grow(buf, len))
                buf->failed = true;
}

char *buf_extend_slowly(struct buf *buf, size_t len)
{
        char *room;

        if (buf->failed || len > buf->max - buf->len ||
            (buf->len + len > buf->capacity && !grow(buf, buf->len + len))) {
                buf->failed = true;
                return NULL;
        }
        if (!buf->data && !grow(buf, 1)) {
                buf->failed = true;
                return NULL;
        }
        room = buf->data + buf->len;
        buf->len += len;
        return room;
}

void buf_add_int(struct buf *buf, int64_t value)
{
        char digits[20]; /* of INT64_MIN with its sign */
        size_t at = sizeof(digits);
        uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

        do {
                digits[--at] = (char)('0' + rest % 10);
                rest /= 10;
        } while (rest);
        if (value < 0)
                digits[--at] = '-';
        buf_add_bytes(buf, digits + at, sizeof(digits) - at);
}

void buf_addf(struct buf *buf, const char *format, ...)
{
        char small[256];
        char *large;
        va_list args;
        int len;

        va_start(args, format);
        len = vsnprintf(small, sizeof(small), format, args);
        va_end(args);
        if (len < 0) {
                buf->failed = true;
                return;
        }
        if ((size_t)len < sizeof(small)) {
                buf_add_bytes(buf, small, (size_t)len);
                return;
        }
        va_start(args, format);
        len = vasprintf(&large, format, args);
        va_end(args);
        if (len < 0) {
                buf->failed = true;
                return;
        }
        buf_add_bytes(buf, large, (size_t)len); /* its NUL does not count against the maximum */
        free(large);
}
