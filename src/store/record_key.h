/* Keys of records and of their index entries. For the files of this folder.
 *
 *   record        type id (4, big-endian) · key members                        -> the encoded record
 *   index entry   type id with RECORD_INDEX_MARK (4) · index id (4) ·
 *                 index members · (unless unique) key members                  -> key members, as in the
 * record's key
 *
 * A key that would be longer than STORE_KEY_MAX fails for a record. An index entry's is cut, and its last
 * RECORD_KEY_HASH_LEN bytes are a hash of the whole: such entries are found by equality as ever, but stand in
 * order only as far as what was not cut. */
#pragma once

#include "crypto/hash.h"
#include "store/record.h"

#define RECORD_INDEX_MARK   UINT32_C(0x8000) /* record numbers are below it */
#define RECORD_KEY_HASH_LEN 16
#define RECORD_KEY_UNCUT    (STORE_KEY_MAX - RECORD_KEY_HASH_LEN)

/* A member's value, wherever it was read from. */
struct record_value {
        struct str string;
        int64_t integer;
        bool is_set;
        bool is_number; /* of struct record_values */
};

/* A key being built. */
struct record_key {
        uint8_t bytes[STORE_KEY_MAX];
        size_t len; /* of the whole; more than STORE_KEY_MAX: what is more went only into the hash */
        struct sha256 hash;
        bool has_hash; /* begun, for that */
};

/* Reads a member of a record for its key; the second form from encoded bytes: -EBADMSG. */
typedef int (*record_read)(const void *from, const struct wire_member *member, struct record_value *ret);
must_check int record_read_struct(const void *record, const struct wire_member *member,
                                  struct record_value *ret);
must_check int record_read_encoded(const void *str_of_bytes, const struct wire_member *member,
                                   struct record_value *ret);

/* All members of an encoded record that keys are made of, read in one pass; -EBADMSG. bytes must stay. */
#define RECORD_VALUES_MAX 32 /* numbers of fields below it; others are looked for one by one */
struct record_values {
        struct str bytes;
        struct record_value values[RECORD_VALUES_MAX];
};
must_check int record_values_read(struct record_values *values, struct str bytes);
must_check int record_read_values(const void *record_values, const struct wire_member *member,
                                  struct record_value *ret);

/* Where members come from. */
struct record_source {
        record_read read;
        const void *from;
};

/* A key must be ended once begun. */
void record_key_begin(struct record_key *key, const struct record_type *type,
                      const struct record_index *index);
/* The first count members of the index, or of the key when index is NULL. -ENODATA: one is absent. */
must_check int record_key_add(struct record_key *key, const struct record_type *type,
                              const struct record_index *index, size_t count, struct record_source source);
/* Gives what is in it: cut as an index entry's key (may_cut), or -ENAMETOOLONG. */
must_check int record_key_end(struct record_key *key, bool may_cut, struct str *ret);
/* As a prefix of keys that may be cut: the whole when it is short enough; else only what stands before the
 * hash in those, and a hash of the whole, to tell apart what shares that. */
struct str record_key_end_prefix(struct record_key *key, bool *ret_is_cut, uint8_t ret_hash[SHA256_LEN]);

/* The whole key of a record. -EINVAL: a member of it is absent. */
must_check int record_key_of(struct record_key *key, const struct record_type *type,
                             struct record_source source, struct str *ret);
/* The whole key of its entry in an index; an absent string when it has none, as a member is absent. */
must_check int record_index_key_of(struct record_key *key, const struct record_type *type,
                                   const struct record_index *index, struct record_source source,
                                   struct str *ret);

/* Behind the type id: what index entries hold. */
static inline struct str record_key_tail(struct str key)
{
        return str_from(key, sizeof(uint32_t));
}
/* The record's key again. -EBADMSG when it is too long. */
must_check int record_key_from_tail(struct record_key *key, const struct record_type *type, struct str tail,
                                    struct str *ret);
