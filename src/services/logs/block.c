#include "services/logs/block.h"

#include <endian.h>

#define HEAD_LEN (3 * sizeof(uint64_t) + sizeof(uint32_t))

static void add_u64(struct buf *block, int64_t value)
{
        uint64_t big = htobe64((uint64_t)value);

        buf_add_bytes(block, &big, sizeof(big));
}

void logs_block_add(struct buf *block, const struct logs_event *event)
{
        uint32_t len = htobe32((uint32_t)event->message.len);

        add_u64(block, event->place.ms);
        add_u64(block, event->came_ms);
        add_u64(block, event->place.sequence);
        buf_add_bytes(block, &len, sizeof(len));
        buf_add(block, event->message);
}

static int64_t take_u64(struct str *block)
{
        uint64_t big;

        memcpy(&big, block->ptr, sizeof(big));
        *block = str_from(*block, sizeof(big));
        return (int64_t)be64toh(big);
}

int logs_block_next(struct str *block, struct logs_event *ret, bool *ret_is_there)
{
        uint32_t big;
        size_t len;

        *ret_is_there = block->len > 0;
        if (block->len == 0)
                return 0;
        if (block->len < HEAD_LEN)
                return -EBADMSG;
        ret->place.ms = take_u64(block);
        ret->came_ms = take_u64(block);
        ret->place.sequence = take_u64(block);
        memcpy(&big, block->ptr, sizeof(big));
        *block = str_from(*block, sizeof(big));
        len = be32toh(big);
        if (block->len < len)
                return -EBADMSG;
        ret->message = str_part(*block, 0, len);
        *block = str_from(*block, len);
        return 0;
}
