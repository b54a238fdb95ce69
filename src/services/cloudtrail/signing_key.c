#include "services/cloudtrail/signing_key.h"

#include "base/text.h"
#include "crypto/sums.h"

#define VALID_MS  (30 * MS_PER_DAY)
#define KEYS_MOST 512 /* of a region: of more than forty years */

/* -- Pairs */

static struct str fingerprint_of(struct arena *arena, struct str public_der)
{
        uint8_t digest[SUM_MAX];

        sum_of(SUM_MD5, public_der, digest);
        return hex_encode(arena, str_make(digest, sum_len(SUM_MD5)));
}

static struct str name_of(struct call *call, const struct cloudtrail_signing_key_record *key)
{
        return record_name(&call->arena, &cloudtrail_signing_key_record_type, key);
}

int signing_key_make(struct call *call, int64_t end_ms, struct cloudtrail_signing_key_record *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        _cleanup_(secret_done) struct secret private = {};
        struct cloudtrail_signing_key_record key = {
                .region = call->region,
                .begins = OPT_INT(end_ms - end_ms % MS_PER_S),
        };

        key.ends = OPT_INT(key.begins.value + VALID_MS);
        TRY(key_pair_make(KEY_RSA_2048, &pair));
        TRY(key_pair_public_pkcs1(pair, &call->arena, &key.public_der));
        key.fingerprint = fingerprint_of(&call->arena, key.public_der);
        TRY(key_pair_private_der(pair, &private));
        TRY(call_seal(call, name_of(call, &key), secret_str(&private), &key.sealed));
        *ret = key;
        return 0;
}

int signing_key_sign(struct call *call, const struct cloudtrail_signing_key_record *key, struct str text,
                     struct str *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        _cleanup_(secret_done) struct secret private = {};
        struct str signature;

        TRY(call_open(call, name_of(call, key), key->sealed, &private));
        TRY(key_pair_parse_own(secret_str(&private), KEY_RSA_2048, &pair));
        TRY(key_pair_sign(pair, SCHEME_PKCS1, DIGEST_SHA256, false, text, &call->arena, &signature));
        *ret = hex_encode(&call->arena, signature);
        return 0;
}

/* -- What is kept of them */

static int list(struct call *call, struct cloudtrail_signing_key_record **ret, size_t *ret_count)
{
        const struct cloudtrail_signing_key_record like = {.region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        *ret_count = 0;
        *ret = arena_new_array(&call->arena, struct cloudtrail_signing_key_record, KEYS_MOST);
        if (!*ret)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_signing_key_record_type, NULL,
                              &like, 1, STR_NONE));
        while (*ret_count < KEYS_MOST && (r = record_scan_next(&scan, &(*ret)[*ret_count])) == 0)
                ++*ret_count;
        return r == -ENOENT ? 0 : r;
}

int signing_key_find(struct call *call, int64_t end_ms, struct cloudtrail_signing_key_record *ret)
{
        struct cloudtrail_signing_key_record *keys;
        size_t count;

        TRY(list(call, &keys, &count));
        while (count-- > 0)
                if (keys[count].begins.value <= end_ms && end_ms < keys[count].ends.value) {
                        *ret = keys[count];
                        return 0;
                }
        return -ENOENT;
}

/* -- ListPublicKeys: those that were valid at some time of the range.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html */

static int check_range(struct call *call, const struct cloudtrail_list_public_keys_in *in, int64_t *ret_start,
                       int64_t *ret_end)
{
        *ret_start = in->start_time.is_set ? in->start_time.value : call->now_ms;
        *ret_end = in->end_time.is_set ? in->end_time.value : call->now_ms;
        if (str_is_set(in->next_token))
                return fail(call, &cloudtrail_invalid_token_exception, "Reserved for future use.");
        if (in->start_time.is_set && in->end_time.is_set && *ret_start > *ret_end)
                return fail(call, &cloudtrail_invalid_time_range_exception,
                            "Invalid time range: start time must be before end time.");
        if (*ret_start > *ret_end) /* only one of them is given, and lies on the other side of now */
                *ret_start = *ret_end;
        return 0;
}

int cloudtrail_list_public_keys(struct call *call, const struct cloudtrail_list_public_keys_in *in,
                                struct cloudtrail_list_public_keys_out *out)
{
        struct cloudtrail_signing_key_record *keys;
        int64_t start_ms, end_ms;
        size_t count;

        TRY(check_range(call, in, &start_ms, &end_ms));
        TRY(list(call, &keys, &count));
        out->public_key_list.items = arena_new_array(&call->arena, struct cloudtrail_public_key, count + 1);
        if (!out->public_key_list.items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                if (keys[i].ends.value < start_ms || keys[i].begins.value > end_ms)
                        continue;
                out->public_key_list.items[out->public_key_list.count++] = (struct cloudtrail_public_key){
                        .value = keys[i].public_der,
                        .validity_start_time = keys[i].begins,
                        .validity_end_time = keys[i].ends,
                        .fingerprint = keys[i].fingerprint,
                };
        }
        out->public_key_list.is_set = true;
        return 0;
}
