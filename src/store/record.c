#include "store/record.h"

#include "store/record_index.h"
#include "store/record_key.h"

/* LMDB takes more, but a record of this size is a mistake: large things go to the blob store. */
#define RECORD_MAX ((size_t)64 << 20)

static struct record_source source_of(const void *record)
{
        return (struct record_source){record_read_struct, record};
}

/* What a snapshot gives stays while the snapshot does. What a write transaction gives may go with its next
 * write. */
static int decode(struct txn *txn, struct arena *arena, const struct record_type *type, struct str bytes,
                  void *record)
{
        return record_decode(type->type, bytes, arena, txn_is_write(txn), record);
}

/* Nothing stands under a key that is too long to be put. */
static int existing_key_of(struct record_key *key, const struct record_type *type, const void *record,
                           struct str *ret)
{
        int r = record_key_of(key, type, source_of(record), ret);

        return r == -ENAMETOOLONG ? -ENOENT : r;
}

int record_get(struct txn *txn, struct arena *arena, const struct record_type *type, void *record)
{
        struct record_key key;
        struct str whole, bytes;

        TRY(existing_key_of(&key, type, record, &whole));
        TRY(txn_get(txn, whole, &bytes));
        return decode(txn, arena, type, bytes, record);
}

bool record_exists(struct txn *txn, const struct record_type *type, const void *record)
{
        struct record_key key;
        struct str whole, bytes;

        return record_key_of(&key, type, source_of(record), &whole) >= 0 && txn_get(txn, whole, &bytes) >= 0;
}

static void buf_donep(struct buf *buf)
{
        buf_done(buf);
}

/* What a change replaces. In no index it matters only that it is there: what is damaged can be replaced. */
static int get_before(struct txn *txn, const struct record_type *type, struct str key, struct str *ret)
{
        int r = txn_get(txn, key, ret);

        if (r != -EBADMSG || type->index_count > 0)
                return r;
        *ret = STR("");
        return 0;
}

static int put(struct txn *txn, const struct record_type *type, const void *record, bool may_replace)
{
        _cleanup_(buf_donep) struct buf encoded = {};
        struct record_key key;
        struct str whole, before = STR_NONE;
        int r;

        buf_init(&encoded, RECORD_MAX);
        TRY(record_key_of(&key, type, source_of(record), &whole));
        TRY(record_encode(type->type, record, &encoded));
        r = get_before(txn, type, whole, &before);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0 && !may_replace)
                return -EEXIST;
        TRY(record_index_update(txn, type, before, buf_str(&encoded)));
        return txn_put(txn, whole, buf_str(&encoded));
}

int record_put(struct txn *txn, const struct record_type *type, const void *record)
{
        return put(txn, type, record, true);
}

int record_insert(struct txn *txn, const struct record_type *type, const void *record)
{
        return put(txn, type, record, false);
}

int record_delete(struct txn *txn, const struct record_type *type, const void *record)
{
        struct record_key key;
        struct str whole, before;

        TRY(existing_key_of(&key, type, record, &whole));
        TRY(get_before(txn, type, whole, &before));
        TRY(record_index_update(txn, type, before, STR_NONE));
        return txn_delete(txn, whole);
}

static int find_unique(struct txn *txn, struct arena *arena, const struct record_type *type,
                       const struct record_index *index, void *record)
{
        struct record_key key;
        struct str entry, tail, bytes;

        TRY(record_index_key_of(&key, type, index, source_of(record), &entry));
        if (!str_is_set(entry))
                return -EINVAL;
        TRY(txn_get(txn, entry, &tail));
        TRY(record_index_follow(txn, type, tail, &bytes));
        return decode(txn, arena, type, bytes, record);
}

int record_find(struct txn *txn, struct arena *arena, const struct record_type *type,
                const struct record_index *index, void *record)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};

        if (index->is_unique)
                return find_unique(txn, arena, type, index, record);
        TRY(record_scan_begin(&scan, txn, arena, type, index, record, index->member_count, STR_NONE));
        return record_scan_next(&scan, record);
}

struct str record_name(struct arena *arena, const struct record_type *type, const void *record)
{
        struct str name = type->name;

        for (size_t i = 0; i < type->key_count; i++) {
                struct record_value value = {};

                if (record_read_struct(record, type->key[i], &value) < 0 || !value.is_set)
                        return STR_NONE;
                name = str_is_set(value.string)
                               ? arena_printf(arena, "%.*s/%.*s", STR_ARG(name), STR_ARG(value.string))
                               : arena_printf(arena, "%.*s/%lld", STR_ARG(name), (long long)value.integer);
        }
        return arena->failed ? STR_NONE : name;
}
