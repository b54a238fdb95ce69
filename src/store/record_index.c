#include "store/record_index.h"

/* One index: the entry that goes, and the one that comes; absent where there is none. */
struct change {
        struct record_key old_key, new_key;
        struct str old, new;
};

static int entry_key(struct record_key *key, const struct record_type *type, const struct record_index *index,
                     const struct record_values *values, struct str *ret)
{
        *ret = STR_NONE;
        if (!str_is_set(values->bytes))
                return 0;
        return record_index_key_of(key, type, index, (struct record_source){record_read_values, values}, ret);
}

static int tail_of(struct record_key *key, const struct record_type *type, const struct record_values *values,
                   struct str *ret)
{
        struct str whole;

        TRY(record_key_of(key, type, (struct record_source){record_read_values, values}, &whole));
        *ret = record_key_tail(whole);
        return 0;
}

static int put_entry(struct txn *txn, const struct record_index *index, struct str key, struct str tail)
{
        struct str there;
        int r = txn_get(txn, key, &there);

        if (r == -ENOENT)
                return txn_put(txn, key, tail);
        if (r < 0)
                return r;
        return index->is_unique && !str_eq(there, tail) ? -EEXIST : 0;
}

static int apply(struct txn *txn, const struct record_index *index, const struct change *change,
                 struct str tail)
{
        int r = 0;

        if (str_is_set(change->old) && str_is_set(change->new) && str_eq(change->old, change->new))
                return 0;
        if (str_is_set(change->new))
                TRY(put_entry(txn, index, change->new, tail));
        if (str_is_set(change->old))
                r = txn_delete(txn, change->old);
        return r == -ENOENT ? -EBADMSG : r;
}

/* All keys are made before the first write, after which `before` may point to anything. */
int record_index_update(struct txn *txn, const struct record_type *type, struct str before, struct str now)
{
        struct change changes[RECORD_INDEXES];
        struct record_values old, new;
        struct record_key key;
        struct str tail;

        if (type->index_count == 0)
                return 0;
        if (type->index_count > RECORD_INDEXES)
                return -EINVAL;
        TRY(record_values_read(&old, before));
        TRY(record_values_read(&new, now));
        TRY(tail_of(&key, type, str_is_set(now) ? &new : &old, &tail));
        for (size_t i = 0; i < type->index_count; i++) {
                const struct record_index *index = &type->indexes[i];

                TRY(entry_key(&changes[i].old_key, type, index, &old, &changes[i].old));
                TRY(entry_key(&changes[i].new_key, type, index, &new, &changes[i].new));
        }
        for (size_t i = 0; i < type->index_count; i++)
                TRY(apply(txn, &type->indexes[i], &changes[i], tail));
        return 0;
}

int record_index_enter(struct txn *txn, const struct record_type *type, const struct record_index *index,
                       struct str bytes)
{
        struct record_key tail_key, key;
        struct record_values values;
        struct str tail, entry;

        TRY(record_values_read(&values, bytes));
        TRY(tail_of(&tail_key, type, &values, &tail));
        TRY(entry_key(&key, type, index, &values, &entry));
        return str_is_set(entry) ? put_entry(txn, index, entry, tail) : 0;
}

int record_index_follow(struct txn *txn, const struct record_type *type, struct str entry_value,
                        struct str *ret_bytes)
{
        struct record_key key;
        struct str whole;
        int r;

        TRY(record_key_from_tail(&key, type, entry_value, &whole));
        r = txn_get(txn, whole, ret_bytes);
        return r == -ENOENT ? -EBADMSG : r;
}
