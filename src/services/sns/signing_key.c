#include "services/sns/signing_key.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/tls_cert.h"
#include "events/timers.h"

#define NAME        "sns.amazonaws.com" /* of the certificate: as AWS's */
#define PATH_BEGIN  STR("/SimpleNotificationService-")
#define PATH_END    STR(".pem")
#define BACKDATE_MS MS_PER_DAY /* clocks differ */
#define VALID_MS    (397 * MS_PER_DAY)
#define RENEWED_MS  (30 * MS_PER_DAY) /* before the end */
#define KEYS_MOST   512

/* -- Making one */

static int set_timer(struct call *call, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms, .name = STR("sns.MakeSigningKey"), .subject = STR(""), .lane = TIMER_SLOW};

        return timer_set(call->txn, &timer);
}

static int seal(struct call *call, const struct key_pair *pair, struct sns_signing_key_record *key)
{
        _cleanup_(secret_done) struct secret private = {};

        TRY(key_pair_private_der(pair, &private));
        return call_seal(call, record_name(&call->arena, &sns_signing_key_record_type, key),
                         secret_str(&private), &key->sealed);
}

static int make(struct call *call, struct sns_signing_key_record *ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        struct tls_validity validity = {call->now_ms - BACKDATE_MS, call->now_ms + VALID_MS};
        struct sns_signing_key_record key = {.begins = OPT_INT(call->now_ms),
                                             .ends = OPT_INT(validity.until_ms)};

        TRY(key_pair_make(KEY_RSA_2048, &pair));
        TRY(tls_make_signer(pair, NAME, validity, &call->arena, &key.certificate));
        key.id = str_part(sha256_text(&call->arena, key.certificate), 0, SHA256_LEN); /* the first half */
        TRY(seal(call, pair, &key));
        *ret = key;
        return 0;
}

static int keep(struct call *call, const struct sns_signing_key_record *key)
{
        TRY(call_insert(call, &sns_signing_key_record_type, key));
        return set_timer(call, key->ends.value - RENEWED_MS);
}

/* -- The one in use: the newest */

static int find(struct call *call, struct sns_signing_key_record *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sns_signing_key_record key = {}, newest = {};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_signing_key_record_type, NULL, &key, 0,
                              STR_NONE));
        for (size_t i = 0; i < KEYS_MOST && (r = record_scan_next(&scan, &key)) == 0; i++) {
                if (!newest.begins.is_set || key.begins.value > newest.begins.value)
                        newest = key;
                key = (struct sns_signing_key_record){};
        }
        if (r < 0 && r != -ENOENT)
                return r;
        *ret = newest;
        return newest.begins.is_set ? 0 : -ENOENT;
}

static bool is_old(const struct call *call, const struct sns_signing_key_record *key)
{
        return key->ends.value - RENEWED_MS <= call->now_ms;
}

int sns_want_signing_key(struct call *call)
{
        struct sns_signing_key_record key;
        int r = find(call, &key);

        return r == -ENOENT ? set_timer(call, 0) : r;
}

int sns_need_signing_key(struct call *call, struct sns_signing_key_record *ret)
{
        int r = find(call, ret);

        if (r != -ENOENT || !txn_is_write(call->txn))
                return r;
        TRY(make(call, ret));
        return keep(call, ret);
}

int sns_open_signing_key(struct call *call, const struct sns_signing_key_record *key,
                         const struct opened_key **ret)
{
        _cleanup_(secret_done) struct secret private = {};
        struct opened_key opened = {};
        int64_t now_ms = clock_monotonic_ns() / 1000000;

        *ret = key_cache_get(call->host->keys, key->sealed, now_ms);
        if (*ret)
                return 0;
        TRY(call_open(call, record_name(&call->arena, &sns_signing_key_record_type, key), key->sealed,
                      &private));
        TRY(key_pair_parse_own(secret_str(&private), KEY_RSA_2048, &opened.pair));
        *ret = key_cache_put(call->host->keys, key->sealed, now_ms, &opened);
        return *ret ? 0 : -ENOMEM;
}

/* -- Falling due: when there is none, and before the one in use ends */

int sns_make_signing_key_prepare(struct call *call, struct str subject)
{
        struct sns_signing_key_record *key = arena_new(&call->arena, struct sns_signing_key_record);
        int r;

        (void)subject;
        if (!key)
                return -ENOMEM;
        r = find(call, key);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && !is_old(call, key))
                return 0;
        TRY(make(call, key));
        call->prepared = key;
        return 0;
}

/* No account's event: it is the server's own. */
int sns_make_signing_key_due(struct call *call, struct str subject)
{
        struct sns_signing_key_record now;
        int r;

        (void)subject;
        if (!call->prepared)
                return 1;
        r = find(call, &now);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT || is_old(call, &now))
                TRY(keep(call, call->prepared));
        return 1;
}

/* -- Its certificate: "/SimpleNotificationService-0123...ef.pem" */

int sns_show_document(struct call *call, struct str path, struct api_document *ret)
{
        struct sns_signing_key_record key = {};

        if (!str_starts(path, PATH_BEGIN) || !str_ends(path, PATH_END) ||
            path.len != PATH_BEGIN.len + SHA256_LEN + PATH_END.len)
                return -ENOENT;
        key.id = str_part(path, PATH_BEGIN.len, SHA256_LEN);
        TRY(call_get(call, &sns_signing_key_record_type, &key));
        *ret = (struct api_document){STR("application/x-pem-file"), key.certificate};
        return 0;
}
