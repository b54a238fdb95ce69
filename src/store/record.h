/* Typed records over keys: what services store. A record is a generated struct (struct iam_user_record) with
 * a descriptor (iam_user_record_type). Its key, its indexes and its encoding by field number follow from the
 * descriptor; strings that records give are copied into the arena, or point into the snapshot of a read
 * transaction and then live as long as it.
 *
 * Keys: type id (4 bytes, big-endian), then each key member: a string's bytes (lowered when the member is
 * nocase) with 0x00 written as 0x00 0xFF and ended by 0x00 0x00; an integer as 8 bytes big-endian with the
 * sign bit flipped. So the order of keys is the order of their members. Key members may not be absent:
 * -EINVAL. A record of which an index member is absent is not in that index. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"
#include "wire/descriptor.h"

/* At start, before anything else, and after store_load(), with the types of all services: builds the indexes
 * that are younger than the data, and drops those that this program does not keep. -EEXIST: a new unique
 * index would have two records of one value. */
must_check int record_prepare(struct store *store, const struct record_type *const *types, size_t count);

/* The key members of *record are given; the rest is filled in. -ENOENT leaves *record as it was; that is also
 * the answer for a key that is too long, under which nothing can stand: keys come from strangers. */
must_check int record_get(struct txn *txn, struct arena *arena, const struct record_type *type, void *record);
bool record_exists(struct txn *txn, const struct record_type *type, const void *record);
/* Inserts or replaces, and keeps the indexes. -EEXIST: a unique index has another record of that value.
 * -ENAMETOOLONG: the key is too long. */
must_check int record_put(struct txn *txn, const struct record_type *type, const void *record);
/* As put, but -EEXIST when the key is already there. */
must_check int record_insert(struct txn *txn, const struct record_type *type, const void *record);
must_check int record_delete(struct txn *txn, const struct record_type *type,
                             const void *record); /* -ENOENT */
/* The first record by an index whose members of *record are given. -ENOENT. */
must_check int record_find(struct txn *txn, struct arena *arena, const struct record_type *type,
                           const struct record_index *index, void *record);

/* Walks the records whose first prefix_members key members (or index members) equal those of *like, in order
 * (by an index: in order of the first 490 bytes or so). record_scan_end() is needed only after a begin that
 * succeeded, and is fine after one that failed. -EINVAL: an absent member, or an impossible token. after: a
 * token that record_token() gave for the last one seen, or absent. struct record_scan scan;
 *         TRY(record_scan_begin(&scan, txn, arena, &type, NULL, &like, 1, after));
 *         while ((r = record_scan_next(&scan, &record)) == 0) ...
 *         record_scan_end(&scan);     // also by _cleanup_(record_scan_end)
 */
struct record_scan {
        struct txn *txn;
        struct arena *arena;
        const struct record_type *type;
        const struct record_index *index;
        struct cursor *cursor;
        struct str last_key;
        size_t prefix_members, prefix_len;
        bool is_prefix_cut; /* too long for a key: record_key.h */
        /* next() gave -EBADMSG for one row, whose place is known (record_scan_token()); it goes on behind it.
         */
        bool is_past_damage;
        uint8_t prefix_hash[32];
};
must_check int record_scan_begin(struct record_scan *scan, struct txn *txn, struct arena *arena,
                                 const struct record_type *type, const struct record_index *index,
                                 const void *like, size_t prefix_members, struct str after);
/* The same from the end to the beginning: after stands behind the first that is given. */
must_check int record_scan_begin_down(struct record_scan *scan, struct txn *txn, struct arena *arena,
                                      const struct record_type *type, const struct record_index *index,
                                      const void *like, size_t prefix_members, struct str after);
must_check int record_scan_next(struct record_scan *scan, void *record); /* -ENOENT at the end */
void record_scan_end(struct record_scan *scan);
/* Deletes the row that next() could not read (is_past_damage), of a type without indexes. */
must_check int record_scan_drop(struct record_scan *scan);
/* A token for a scan of the first prefix_members (without an index) that begins not at their first record but
 * at the first whose first `members` key members are those of *like, or come after them; with all members,
 * behind that record, be it there or not.
 * -EINVAL: an absent member, or too many. */
must_check int record_scan_token_at(struct arena *arena, const struct record_type *type, const void *like,
                                    size_t prefix_members, size_t members, struct str *ret);
/* The same for a scan by an index (NULL: without). */
must_check int record_scan_token_in(struct arena *arena, const struct record_type *type,
                                    const struct record_index *index, const void *like, size_t prefix_members,
                                    size_t members, struct str *ret);
/* Where the scan stands, as bytes to give back as `after`: opaque, without the prefix. */
struct str record_scan_token(const struct record_scan *scan, struct arena *arena);

/* What a record is called in one line, for what is sealed to be bound to it:
 * "Material/111122223333/us-east-1/1". Absent when a key member is, or when the arena is full. */
struct str record_name(struct arena *arena, const struct record_type *type, const void *record);

/* The codec alone: numbered fields, tag-length-value. Decoding ignores unknown fields; -EBADMSG for damage.
 */
must_check int record_encode(const struct wire_type *type, const void *record, struct buf *out);
must_check int record_decode(const struct wire_type *type, struct str bytes, struct arena *arena,
                             bool copy_strings, void *record);
