/* Names of buckets and of those who own them. */
#include "crypto/hash.h"
#include "services/s3/s3.h"

#include "base/text.h"

static bool is_lower_or_digit(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool has_only_allowed(struct str name)
{
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];

                if (!is_lower_or_digit(c) && c != '-' && c != '.')
                        return false;
                if (c == '.' && i > 0 && name.ptr[i - 1] == '.')
                        return false;
        }
        return is_lower_or_digit(name.ptr[0]) && is_lower_or_digit(name.ptr[name.len - 1]);
}

/* "192.168.5.4" */
static bool is_ip_address(struct str name)
{
        size_t dots = 0;

        for (size_t i = 0; i < name.len; i++) {
                if (name.ptr[i] == '.')
                        dots++;
                else if (name.ptr[i] < '0' || name.ptr[i] > '9')
                        return false;
        }
        return dots == 3;
}

static bool is_reserved(struct str name)
{
        static const struct str PREFIXES[] = {STR_INIT("xn--"), STR_INIT("sthree-"),
                                              STR_INIT("amzn-s3-demo-")};
        static const struct str SUFFIXES[] = {STR_INIT("-s3alias"), STR_INIT("--ol-s3"), STR_INIT(".mrap"),
                                              STR_INIT("--x-s3"), STR_INIT("--table-s3")};

        for (size_t i = 0; i < ARRAY_LEN(PREFIXES); i++)
                if (str_starts(name, PREFIXES[i]))
                        return true;
        for (size_t i = 0; i < ARRAY_LEN(SUFFIXES); i++)
                if (str_ends(name, SUFFIXES[i]))
                        return true;
        return false;
}

bool s3_bucket_name_is_valid(struct str name)
{
        return name.len >= 3 && name.len <= 63 && has_only_allowed(name) && !is_ip_address(name) &&
               !is_reserved(name);
}

struct str s3_bucket_arn(struct call *call, struct str bucket)
{
        return arena_printf(&call->arena, "arn:%.*s:s3:::%.*s", STR_ARG(call->host->partition),
                            STR_ARG(bucket));
}

struct str s3_object_arn(struct call *call, struct str bucket, struct str key)
{
        return arena_printf(&call->arena, "arn:%.*s:s3:::%.*s/%.*s", STR_ARG(call->host->partition),
                            STR_ARG(bucket), STR_ARG(key));
}

/* A hash of the account's number, and the number under a mask that the hash gives: nothing has to be kept to
 * find the account again. Neither is a secret; the id is only meant to look like AWS's. */
#define ID_LEN     SHA256_LEN
#define NUMBER_LEN ((size_t)12)
#define HASH_LEN   (ID_LEN - NUMBER_LEN)

static void mask(uint8_t id[ID_LEN])
{
        uint8_t hash[SHA256_LEN];

        sha256(str_make(id, HASH_LEN), hash);
        for (size_t i = 0; i < NUMBER_LEN; i++)
                id[HASH_LEN + i] ^= hash[i];
}

struct str s3_canonical_id(struct arena *arena, struct str account)
{
        struct str text = arena_printf(arena, "canonical user of account %.*s", STR_ARG(account));
        uint8_t id[ID_LEN];

        if (account.len != NUMBER_LEN)
                return STR_NONE;
        sha256(text, id);
        memcpy(id + HASH_LEN, account.ptr, NUMBER_LEN);
        mask(id);
        return hex_encode(arena, str_make(id, sizeof(id)));
}

struct str s3_account_of_id(struct arena *arena, struct str canonical_id)
{
        struct str account;
        uint8_t id[ID_LEN];

        if (hex_decode(canonical_id, id, sizeof(id)) < 0)
                return STR_NONE;
        mask(id);
        account = arena_dup(arena, str_make(id + HASH_LEN, NUMBER_LEN));
        return str_eq_nocase(s3_canonical_id(arena, account), canonical_id) ? account : STR_NONE;
}
