/* Which indexes the data have. A record is entered into the indexes that the program which writes it knows;
 * so when a program with more of them comes, those are built, and when one with fewer comes, what it will not
 * keep is dropped.
 *
 *   four zero bytes (no type has that id) · "index" · type id · index id      -> nothing: this index is
 * complete */
#include "store/record.h"

#include <endian.h>

#include "store/record_index.h"
#include "store/record_key.h"

#define COMPLETE_PREFIX STR("\0\0\0\0index")
#define COMPLETE_LEN    (4 + 5 + 8)

struct types {
        const struct record_type *const *types;
        size_t count;
};

static struct str complete_key(uint32_t type, uint32_t index, char room[COMPLETE_LEN])
{
        uint32_t ids[2] = {htobe32(type), htobe32(index)};

        memcpy(room, COMPLETE_PREFIX.ptr, COMPLETE_PREFIX.len);
        memcpy(room + COMPLETE_PREFIX.len, ids, sizeof(ids));
        return (struct str){room, COMPLETE_LEN};
}

static int complete_ids(struct str key, uint32_t *ret_type, uint32_t *ret_index)
{
        uint32_t ids[2];

        if (key.len != COMPLETE_LEN)
                return -EBADMSG;
        memcpy(ids, key.ptr + COMPLETE_PREFIX.len, sizeof(ids));
        *ret_type = be32toh(ids[0]);
        *ret_index = be32toh(ids[1]);
        return 0;
}

static bool is_known(const struct types *types, uint32_t type, uint32_t index)
{
        for (size_t i = 0; i < types->count; i++)
                for (size_t j = 0; types->types[i]->id == type && j < types->types[i]->index_count; j++)
                        if (types->types[i]->indexes[j].id == index)
                                return true;
        return false;
}

/* -- Dropping. */

static int drop_entries(struct txn *txn, uint32_t type, uint32_t index)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        uint32_t ids[2] = {htobe32(type | RECORD_INDEX_MARK), htobe32(index)};
        struct str key, value;
        int r;

        TRY(cursor_open(txn, (struct str){(const char *)ids, sizeof(ids)}, STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) >= 0)
                TRY(txn_delete(txn, key));
        return r == -ENOENT ? 0 : r;
}

static int drop_unknown(struct txn *txn, const struct types *types)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        char room[COMPLETE_LEN];
        struct str key, value;
        uint32_t type, index;
        int r;

        TRY(cursor_open(txn, COMPLETE_PREFIX, STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) >= 0) {
                TRY(complete_ids(key, &type, &index));
                if (is_known(types, type, index))
                        continue;
                TRY(drop_entries(txn, type, index));
                TRY(txn_delete(txn, complete_key(type, index, room)));
        }
        return r == -ENOENT ? 0 : r;
}

/* -- Building. */

static int enter_all(struct txn *txn, const struct record_type *type, const struct record_index *index)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        uint32_t id = htobe32(type->id);
        struct str key, bytes;
        int r;

        TRY(cursor_open(txn, (struct str){(const char *)&id, sizeof(id)}, STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &bytes)) >= 0)
                TRY(record_index_enter(txn, type, index, bytes));
        return r == -ENOENT ? 0 : r;
}

static int build_missing(struct txn *txn, const struct types *types)
{
        char room[COMPLETE_LEN];
        struct str value;

        for (size_t i = 0; i < types->count; i++)
                for (size_t j = 0; j < types->types[i]->index_count; j++) {
                        const struct record_index *index = &types->types[i]->indexes[j];
                        struct str key = complete_key(types->types[i]->id, index->id, room);
                        int r = txn_get(txn, key, &value);

                        if (r >= 0)
                                continue;
                        if (r != -ENOENT)
                                return r;
                        /* Entries that are there already are of an index that was never counted complete. */
                        TRY(drop_entries(txn, types->types[i]->id, index->id));
                        TRY(enter_all(txn, types->types[i], index));
                        TRY(txn_put(txn, key, STR("")));
                }
        return 0;
}

static int prepare(struct txn *txn, void *arg)
{
        TRY(drop_unknown(txn, arg));
        return build_missing(txn, arg);
}

/* -- Most starts find everything as it should be, and write nothing. */

static int count_known(struct txn *txn, const struct types *types, size_t *ret_known, size_t *ret_unknown)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        uint32_t type, index;
        int r;

        *ret_known = *ret_unknown = 0;
        TRY(cursor_open(txn, COMPLETE_PREFIX, STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) >= 0) {
                TRY(complete_ids(key, &type, &index));
                *(is_known(types, type, index) ? ret_known : ret_unknown) += 1;
        }
        return r == -ENOENT ? 0 : r;
}

int record_prepare(struct store *store, const struct record_type *const *types, size_t count)
{
        struct types all = {types, count};
        size_t known, unknown, expected = 0;
        struct txn *txn;
        int r;

        for (size_t i = 0; i < count; i++)
                expected += types[i]->index_count;
        TRY(store_read_begin(store, &txn));
        r = count_known(txn, &all, &known, &unknown);
        store_read_end(txn);
        if (r < 0 || (known == expected && unknown == 0))
                return r;
        return store_write_alone(store, prepare, &all);
}
