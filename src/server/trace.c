#include "server/trace.h"

#define BY_ID                                                                                                \
        "\xfe"                                                                                               \
        "trace-by-id\x00"
#define BY_NUMBER                                                                                            \
        "\xfe"                                                                                               \
        "trace\x00"
#define ID_MAX 64

static struct str id_key(char key[sizeof(BY_ID) + ID_MAX], struct str request_id)
{
        size_t prefix = sizeof(BY_ID) - 1;

        memcpy(key, BY_ID, prefix);
        if (request_id.len)
                memcpy(key + prefix, request_id.ptr, request_id.len);
        return str_make(key, prefix + request_id.len);
}

#define NUMBER_KEY_LEN (sizeof(BY_NUMBER) - 1 + 8)

static struct str number_key(char key[NUMBER_KEY_LEN], uint64_t number)
{
        size_t prefix = sizeof(BY_NUMBER) - 1;

        memcpy(key, BY_NUMBER, prefix);
        for (size_t i = 0; i < 8; i++)
                key[prefix + i] = (char)(number >> (56 - 8 * i));
        return str_make(key, NUMBER_KEY_LEN);
}

static uint64_t key_number(struct str key)
{
        uint64_t number = 0;

        for (size_t i = sizeof(BY_NUMBER) - 1; i < key.len; i++)
                number = number << 8 | (unsigned char)key.ptr[i];
        return number;
}

/* The lowest or highest number in use; 0 when there is none. *ret_id: the id that stands at the front of its
 * value. */
static int edge(struct txn *txn, bool lowest, uint64_t *ret, char id[ID_MAX], size_t *ret_id_len)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        ptrdiff_t end;
        int r;

        *ret = 0;
        TRY(cursor_open(txn, str_make(BY_NUMBER, sizeof(BY_NUMBER) - 1), STR_NONE, lowest, &cursor));
        r = cursor_next(cursor, &key, &value);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        *ret = key_number(key);
        end = str_find_byte(value, '\n');
        *ret_id_len = end > 0 && end <= ID_MAX ? (size_t)end : 0;
        memcpy(id, value.ptr, *ret_id_len);
        return 0;
}

static int drop_oldest(struct txn *txn, uint64_t newest)
{
        char id[ID_MAX];
        char by_id[sizeof(BY_ID) + ID_MAX];
        char by_number[NUMBER_KEY_LEN];
        size_t len = 0;
        uint64_t oldest;
        int r;

        TRY(edge(txn, true, &oldest, id, &len));
        if (oldest == 0 || newest - oldest < TRACE_KEPT)
                return 0;
        TRY(txn_delete(txn, number_key(by_number, oldest)));
        r = txn_delete(txn, id_key(by_id, str_make(id, len)));
        return r == -ENOENT ? 0 : r;
}

int trace_put(struct txn *txn, struct str request_id, struct str json)
{
        _cleanup_(buf_done) struct buf value = {};
        char id[ID_MAX];
        char by_id[sizeof(BY_ID) + ID_MAX];
        char by_number[NUMBER_KEY_LEN];
        size_t len = 0;
        uint64_t newest;
        struct str key;

        if (request_id.len == 0 || request_id.len > ID_MAX)
                return -EINVAL;
        TRY(edge(txn, false, &newest, id, &len));
        key = number_key(by_number, newest + 1);
        buf_init(&value, ID_MAX + 1 + json.len);
        buf_add(&value, request_id);
        buf_add_byte(&value, '\n');
        buf_add(&value, json);
        TRY(buf_check(&value));
        TRY(txn_put(txn, key, buf_str(&value)));
        TRY(txn_put(txn, id_key(by_id, request_id), key));
        return drop_oldest(txn, newest + 1);
}

int trace_get(struct txn *txn, struct arena *arena, struct str request_id, struct str *ret_json)
{
        char by_id[sizeof(BY_ID) + ID_MAX];
        struct str key, value;
        ptrdiff_t end;

        if (request_id.len == 0 || request_id.len > ID_MAX)
                return -ENOENT;
        TRY(txn_get(txn, id_key(by_id, request_id), &key));
        TRY(txn_get(txn, key, &value));
        end = str_find_byte(value, '\n');
        *ret_json = arena_dup(arena, str_from(value, (size_t)(end + 1)));
        return arena->failed ? -ENOMEM : 0;
}
