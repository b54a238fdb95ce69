#include "events/outbox.h"

#define OUTBOX_PREFIX                                                                                        \
        "\xfe"                                                                                               \
        "outbox\x00" /* records begin with a smaller byte */
#define PREFIX_LEN       (sizeof(OUTBOX_PREFIX) - 1)
#define KEY_LEN          (PREFIX_LEN + 8)
#define ENCODING_VERSION 1

static const struct str PREFIX = {OUTBOX_PREFIX, PREFIX_LEN};

static struct str make_key(char key[KEY_LEN], uint64_t number)
{
        memcpy(key, OUTBOX_PREFIX, PREFIX_LEN);
        for (size_t i = 0; i < 8; i++)
                key[PREFIX_LEN + i] = (char)(number >> (56 - 8 * i));
        return str_make(key, KEY_LEN);
}

static int number_of(struct str key, uint64_t *ret)
{
        uint64_t number = 0;

        if (key.len != KEY_LEN)
                return -EBADMSG;
        for (size_t i = PREFIX_LEN; i < KEY_LEN; i++)
                number = number << 8 | (unsigned char)key.ptr[i];
        *ret = number;
        return 0;
}

/* The number at one end; 0 when there is none. */
static int end_number(struct txn *txn, bool lowest, uint64_t *ret)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        int r;

        TRY(cursor_open(txn, PREFIX, STR_NONE, lowest, &cursor));
        r = cursor_next(cursor, &key, &value);
        if (r == -ENOENT) {
                *ret = 0;
                return 0;
        }
        return r < 0 ? r : number_of(key, ret);
}

int outbox_oldest(struct txn *txn, uint64_t *ret)
{
        return end_number(txn, true, ret);
}

int outbox_newest(struct txn *txn, uint64_t *ret)
{
        return end_number(txn, false, ret);
}

int outbox_append(struct txn *txn, struct str encoded)
{
        char key[KEY_LEN];
        uint64_t number;

        TRY(outbox_newest(txn, &number));
        return txn_put(txn, make_key(key, number + 1), encoded);
}

int outbox_read(struct txn *txn, uint64_t *after, size_t most,
                int (*visit)(void *arg, uint64_t number, struct str encoded), void *arg)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        char start[KEY_LEN];
        struct str key, value;
        int r = 0;

        TRY(cursor_open(txn, PREFIX, make_key(start, *after), true, &cursor));
        for (size_t i = 0; i < most && (r = cursor_next(cursor, &key, &value)) == 0; i++) {
                uint64_t number;

                TRY(number_of(key, &number));
                r = visit(arg, number, value);
                if (r < 0)
                        return r == -ECANCELED ? 0 : r;
                *after = number;
        }
        return r == -ENOENT ? 0 : r;
}

/* Numbers follow each other: what is deleted is not read. */
int outbox_trim(struct txn *txn, uint64_t through, size_t most)
{
        uint64_t number;

        TRY(outbox_oldest(txn, &number));
        if (number == 0)
                return 0;
        for (size_t i = 0; i < most && number <= through; i++, number++) {
                char key[KEY_LEN];
                int r = txn_delete(txn, make_key(key, number));

                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return 0;
}

/* -- The encoding: version byte, flags, time, then each string as 4 bytes of length and its bytes. */

static void add_u32(struct buf *out, size_t value)
{
        char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};

        if (value > UINT32_MAX)
                out->failed = true;
        buf_add_bytes(out, bytes, sizeof(bytes));
}

static void add_field(struct buf *out, struct str s)
{
        add_u32(out, s.len);
        buf_add(out, s);
}

void event_encode(const struct event *event, struct buf *out)
{
        const struct str fields[] = {event->id,         event->account,  event->region,        event->name,
                                     event->source,     event->username, event->access_key_id, event->use,
                                     event->request_id, event->trace};

        buf_add_byte(out, ENCODING_VERSION);
        buf_add_byte(out, (char)((event->is_read_only ? 1 : 0) | (event->is_data ? 2 : 0) |
                                 (event->is_insight ? 4 : 0)));
        add_u32(out, (size_t)((uint64_t)event->time_ms >> 32));
        add_u32(out, (size_t)((uint64_t)event->time_ms & UINT32_MAX));
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                add_field(out, fields[i]);
        add_u32(out, event->resource_count);
        for (size_t i = 0; i < event->resource_count; i++) {
                add_field(out, event->resources[i].arn);
                add_field(out, event->resources[i].type);
        }
        add_field(out, event->json);
}

static int take_u32(struct str *bytes, uint32_t *ret)
{
        const unsigned char *b = (const unsigned char *)bytes->ptr;

        if (bytes->len < 4)
                return -EBADMSG;
        *ret = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        *bytes = str_from(*bytes, 4);
        return 0;
}

static int take_field(struct str *bytes, struct str *ret)
{
        uint32_t len;

        TRY(take_u32(bytes, &len));
        if (len > bytes->len)
                return -EBADMSG;
        *ret = str_part(*bytes, 0, len);
        *bytes = str_from(*bytes, len);
        return 0;
}

int event_decode(struct str bytes, struct event *ret)
{
        struct event event = {};
        struct str *const fields[] = {&event.id,         &event.account,  &event.region,        &event.name,
                                      &event.source,     &event.username, &event.access_key_id, &event.use,
                                      &event.request_id, &event.trace};
        uint32_t high, low, count;

        if (bytes.len < 2 || bytes.ptr[0] != ENCODING_VERSION)
                return -EBADMSG;
        event.is_read_only = bytes.ptr[1] & 1;
        event.is_data = bytes.ptr[1] & 2;
        event.is_insight = bytes.ptr[1] & 4;
        bytes = str_from(bytes, 2);
        TRY(take_u32(&bytes, &high));
        TRY(take_u32(&bytes, &low));
        event.time_ms = (int64_t)((uint64_t)high << 32 | low);
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                TRY(take_field(&bytes, fields[i]));
        TRY(take_u32(&bytes, &count));
        if (count > OUTBOX_RESOURCES)
                return -EBADMSG;
        for (; event.resource_count < count; event.resource_count++) {
                TRY(take_field(&bytes, &event.resources[event.resource_count].arn));
                TRY(take_field(&bytes, &event.resources[event.resource_count].type));
        }
        TRY(take_field(&bytes, &event.json));
        if (bytes.len)
                return -EBADMSG;
        *ret = event;
        return 0;
}
