#include "store/record_key.h"

#include <assert.h>
#include <endian.h>

static void add_bytes(struct record_key *key, const void *bytes, size_t len)
{
        size_t room = key->len < STORE_KEY_MAX ? STORE_KEY_MAX - key->len : 0;

        if (len > room && !key->has_hash) {
                sha256_begin(&key->hash);
                sha256_add(&key->hash, (struct str){(const char *)key->bytes, key->len});
                key->has_hash = true;
        }
        if (key->has_hash)
                sha256_add(&key->hash, (struct str){bytes, len});
        if (room && len)
                memcpy(key->bytes + key->len, bytes, len < room ? len : room);
        key->len += len;
}

static void add_u32(struct record_key *key, uint32_t value)
{
        uint32_t big = htobe32(value);

        add_bytes(key, &big, sizeof(big));
}

static void add_integer(struct record_key *key, int64_t value)
{
        uint64_t big = htobe64((uint64_t)value ^ (UINT64_C(1) << 63));

        add_bytes(key, &big, sizeof(big));
}

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static void add_lowered(struct record_key *key, struct str s)
{
        char part[64];
        size_t len = 0;

        for (size_t i = 0; i < s.len; i++) {
                if (len == sizeof(part)) {
                        add_bytes(key, part, len);
                        len = 0;
                }
                part[len++] = lower(s.ptr[i]);
        }
        add_bytes(key, part, len);
}

/* Runs of bytes that stand for themselves go in at once. */
static void add_string(struct record_key *key, struct str s, bool nocase)
{
        ptrdiff_t zero;

        do {
                struct str run = s;

                zero = str_find_byte(s, '\0');
                if (zero >= 0)
                        run = str_part(s, 0, (size_t)zero);
                if (nocase)
                        add_lowered(key, run);
                else
                        add_bytes(key, run.ptr, run.len);
                if (zero >= 0) {
                        add_bytes(key, "\0\xFF", 2);
                        s = str_from(s, (size_t)zero + 1);
                }
        } while (zero >= 0);
        add_bytes(key, "\0\0", 2);
}

int record_read_struct(const void *record, const struct wire_member *member, struct record_value *ret)
{
        const char *at = (const char *)record + member->offset;

        if (member->type->kind == WIRE_STRING) {
                ret->string = *(const struct str *)(const void *)at;
                ret->is_set = str_is_set(ret->string);
        } else {
                const struct opt_int *integer = (const struct opt_int *)(const void *)at;

                ret->integer = integer->value;
                ret->is_set = integer->is_set;
        }
        return 0;
}

void record_key_begin(struct record_key *key, const struct record_type *type,
                      const struct record_index *index)
{
        assert(!(type->id & RECORD_INDEX_MARK));
        key->len = 0;
        key->has_hash = false;
        add_u32(key, index ? type->id | RECORD_INDEX_MARK : type->id);
        if (index)
                add_u32(key, index->id);
}

int record_key_add(struct record_key *key, const struct record_type *type, const struct record_index *index,
                   size_t count, struct record_source source)
{
        const struct wire_member *const *members = index ? index->members : type->key;

        for (size_t i = 0; i < count; i++) {
                struct record_value value = {};

                TRY(source.read(source.from, members[i], &value));
                if (!value.is_set)
                        return -ENODATA;
                if (members[i]->type->kind == WIRE_STRING)
                        add_string(key, value.string, members[i]->flags & WIRE_NOCASE);
                else
                        add_integer(key, value.integer);
        }
        return 0;
}

static void end_hash(struct record_key *key, uint8_t hash[SHA256_LEN])
{
        sha256_end(&key->hash, hash);
        key->has_hash = false;
}

int record_key_end(struct record_key *key, bool may_cut, struct str *ret)
{
        uint8_t hash[SHA256_LEN];
        size_t len = key->len;

        if (key->has_hash) {
                end_hash(key, hash);
                memcpy(key->bytes + RECORD_KEY_UNCUT, hash, RECORD_KEY_HASH_LEN);
                len = STORE_KEY_MAX;
                if (!may_cut)
                        return -ENAMETOOLONG;
        }
        *ret = (struct str){(const char *)key->bytes, len};
        return 0;
}

struct str record_key_end_prefix(struct record_key *key, bool *ret_is_cut, uint8_t ret_hash[SHA256_LEN])
{
        size_t len = key->len < STORE_KEY_MAX ? key->len : STORE_KEY_MAX;

        *ret_is_cut = key->len > RECORD_KEY_UNCUT;
        if (key->has_hash)
                end_hash(key, ret_hash);
        else if (*ret_is_cut)
                sha256((struct str){(const char *)key->bytes, len}, ret_hash);
        return (struct str){(const char *)key->bytes, *ret_is_cut ? RECORD_KEY_UNCUT : len};
}

/* Ends it also when a member could not be added. */
static int add_and_end(struct record_key *key, int added, bool may_cut, struct str *ret)
{
        int r = record_key_end(key, may_cut, ret);

        return added < 0 ? added : r;
}

int record_key_of(struct record_key *key, const struct record_type *type, struct record_source source,
                  struct str *ret)
{
        int r;

        record_key_begin(key, type, NULL);
        r = record_key_add(key, type, NULL, type->key_count, source);
        return add_and_end(key, r == -ENODATA ? -EINVAL : r, false, ret);
}

int record_index_key_of(struct record_key *key, const struct record_type *type,
                        const struct record_index *index, struct record_source source, struct str *ret)
{
        int r;

        record_key_begin(key, type, index);
        r = record_key_add(key, type, index, index->member_count, source);
        if (r >= 0 && !index->is_unique)
                r = record_key_add(key, type, NULL, type->key_count, source);
        r = add_and_end(key, r, true, ret);
        if (r == -ENODATA) {
                *ret = STR_NONE;
                return 0;
        }
        return r;
}

int record_key_from_tail(struct record_key *key, const struct record_type *type, struct str tail,
                         struct str *ret)
{
        record_key_begin(key, type, NULL);
        if (tail.len > STORE_KEY_MAX - key->len)
                return -EBADMSG;
        add_bytes(key, tail.ptr, tail.len);
        return record_key_end(key, false, ret);
}
