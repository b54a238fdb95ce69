#include "store/record.h"

#include "store/record_index.h"
#include "store/record_key.h"

/* The token is what follows the prefix in the key of the last record seen: it tells its bearer nothing about
 * the prefix, and given back it cannot lead out of it. */
static int after_of(struct str prefix, struct str token, char room[STORE_KEY_MAX], struct str *ret)
{
        *ret = STR_NONE;
        if (!str_is_set(token))
                return 0;
        if (token.len > STORE_KEY_MAX - prefix.len)
                return -EINVAL;
        memcpy(room, prefix.ptr, prefix.len);
        if (token.len)
                memcpy(room + prefix.len, token.ptr, token.len);
        *ret = (struct str){room, prefix.len + token.len};
        return 0;
}

static int begin(struct record_scan *scan, const void *like, struct str after, bool ascending)
{
        const struct record_type *type = scan->type;
        const struct record_index *index = scan->index;
        size_t prefix_members = scan->prefix_members;
        struct record_source source = {record_read_struct, like};
        char room[STORE_KEY_MAX];
        struct record_key key;
        struct str prefix, start;
        int r;

        if (prefix_members > (index ? index->member_count : type->key_count))
                return -EINVAL;
        record_key_begin(&key, type, index);
        r = record_key_add(&key, type, index, prefix_members, source);
        prefix = record_key_end_prefix(&key, &scan->is_prefix_cut, scan->prefix_hash);
        if (r < 0)
                return r == -ENODATA ? -EINVAL : r;
        scan->prefix_len = prefix.len;
        TRY(after_of(prefix, after, room, &start));
        return cursor_open(scan->txn, prefix, start, ascending, &scan->cursor);
}

int record_scan_begin(struct record_scan *scan, struct txn *txn, struct arena *arena,
                      const struct record_type *type, const struct record_index *index, const void *like,
                      size_t prefix_members, struct str after)
{
        *scan = (struct record_scan){
                .txn = txn, .arena = arena, .type = type, .index = index, .prefix_members = prefix_members};
        return begin(scan, like, after, true);
}

int record_scan_begin_down(struct record_scan *scan, struct txn *txn, struct arena *arena,
                           const struct record_type *type, const struct record_index *index, const void *like,
                           size_t prefix_members, struct str after)
{
        *scan = (struct record_scan){
                .txn = txn, .arena = arena, .type = type, .index = index, .prefix_members = prefix_members};
        return begin(scan, like, after, false);
}

void record_scan_end(struct record_scan *scan)
{
        if (scan->cursor)
                cursor_close(scan->cursor);
        scan->cursor = NULL;
}

/* Of keys that were cut the prefix is only the beginning of what was asked for. */
static bool has_whole_prefix(const struct record_scan *scan, const struct str *bytes)
{
        struct record_source source = {record_read_encoded, bytes};
        uint8_t hash[SHA256_LEN];
        struct record_key key;
        bool is_cut;
        int r;

        if (!scan->is_prefix_cut)
                return true;
        record_key_begin(&key, scan->type, scan->index);
        r = record_key_add(&key, scan->type, scan->index, scan->prefix_members, source);
        (void)record_key_end_prefix(&key, &is_cut, hash);
        return r >= 0 && memcmp(hash, scan->prefix_hash, sizeof(hash)) == 0;
}

static int next_bytes(struct record_scan *scan, struct str *ret_bytes)
{
        struct str value, key = STR_NONE;

        do {
                int r = cursor_next(scan->cursor, &key, &value);

                if (str_is_set(key))
                        scan->last_key = key;
                scan->is_past_damage = r == -EBADMSG && str_is_set(key);
                TRY(r);
                if (scan->index)
                        TRY(record_index_follow(scan->txn, scan->type, value, ret_bytes));
                else
                        *ret_bytes = value;
        } while (!has_whole_prefix(scan, ret_bytes));
        /* In a write transaction the key may move with the next put. */
        if (txn_is_write(scan->txn))
                scan->last_key = arena_dup(scan->arena, scan->last_key);
        return 0;
}

int record_scan_next(struct record_scan *scan, void *record)
{
        struct str bytes;
        int r;

        TRY(next_bytes(scan, &bytes));
        r = record_decode(scan->type->type, bytes, scan->arena, txn_is_write(scan->txn), record);
        scan->is_past_damage = r == -EBADMSG;
        return r;
}

int record_scan_drop(struct record_scan *scan)
{
        char room[STORE_KEY_MAX];

        if (!scan->is_past_damage || scan->type->index_count > 0)
                return -EINVAL;
        memcpy(room, scan->last_key.ptr, scan->last_key.len);
        return txn_delete(scan->txn, str_make(room, scan->last_key.len));
}

struct str record_scan_token(const struct record_scan *scan, struct arena *arena)
{
        if (!str_is_set(scan->last_key))
                return STR_NONE;
        return arena_dup(arena, str_from(scan->last_key, scan->prefix_len));
}

static int key_prefix_of(struct record_key *key, const struct record_type *type,
                         const struct record_index *index, const void *like, size_t members, struct str *ret)
{
        struct record_source source = {record_read_struct, like};
        uint8_t hash[SHA256_LEN];
        bool is_cut;

        record_key_begin(key, type, index);
        if (record_key_add(key, type, index, members, source) < 0)
                return -EINVAL;
        *ret = record_key_end_prefix(key, &is_cut, hash);
        return is_cut ? -EINVAL : 0;
}

/* Scans begin behind a key, and this one is the beginning of those that are wanted: it stands before them
 * all. Of a whole key nothing stands behind it but what comes after that record. */
int record_scan_token_in(struct arena *arena, const struct record_type *type,
                         const struct record_index *index, const void *like, size_t prefix_members,
                         size_t members, struct str *ret)
{
        struct record_key key;
        struct str prefix, whole;
        size_t len;

        if (members > (index ? index->member_count : type->key_count) || prefix_members > members)
                return -EINVAL;
        TRY(key_prefix_of(&key, type, index, like, prefix_members, &prefix));
        len = prefix.len;
        TRY(key_prefix_of(&key, type, index, like, members, &whole));
        *ret = arena_dup(arena, str_from(whole, len));
        return arena->failed ? -ENOMEM : 0;
}

int record_scan_token_at(struct arena *arena, const struct record_type *type, const void *like,
                         size_t prefix_members, size_t members, struct str *ret)
{
        return record_scan_token_in(arena, type, NULL, like, prefix_members, members, ret);
}
