#include "signer.h"

#include "auth/canonical.h"
#include "auth/signing_key.h"
#include "base/text.h"

#include <assert.h>

struct signer signer_default(struct arena *arena)
{
        return (struct signer){
                .access_key_id = STR(SIGNER_KEY_ID),
                .secret = STR(SIGNER_SECRET),
                .region = STR("us-east-1"),
                .service = STR("iam"),
                .terminator = STR(SIGNING_TERMINATOR),
                .signed_headers = STR("host;x-amz-date"),
                .at_ms = clock_wall_ms() / MS_PER_S * MS_PER_S,
                .arena = arena,
        };
}

void signable_init(struct signable *signable)
{
        *signable = (struct signable){};
        signable->request = (struct http_request){
                .method = STR("GET"),
                .path = STR("/"),
                .version = STR("HTTP/1.1"),
                .body = STR(""),
                .headers = signable->headers,
        };
        signable_add_header(signable, "Host", STR("iam.amazonaws.com"));
}

void signable_add_header(struct signable *signable, const char *name, struct str value)
{
        assert(signable->request.header_count < HEADERS_MAX);
        signable->headers[signable->request.header_count++] = (struct http_header){str_of(name), value};
}

static struct str scope_of(const struct signer *signer, struct str timestamp)
{
        struct str date = str_is_set(signer->date) ? signer->date : str_part(timestamp, 0, 8);

        return arena_printf(signer->arena, "%.*s/%.*s/%.*s/%.*s", STR_ARG(date), STR_ARG(signer->region),
                            STR_ARG(signer->service), STR_ARG(signer->terminator));
}

static struct str signature_of(const struct signer *signer, const struct http_request *request,
                               struct str timestamp, bool is_presigned)
{
        struct claim claim = {.date = str_is_set(signer->date) ? signer->date : str_part(timestamp, 0, 8),
                              .region = signer->region,
                              .service = signer->service,
                              .terminator = signer->terminator,
                              .signed_headers = signer->signed_headers,
                              .is_presigned = is_presigned};
        struct str scope = scope_of(signer, timestamp), text;
        struct str payload = http_header_value(request, STR("X-Amz-Content-Sha256"));
        char body_hash[64], hash[64];
        uint8_t key[SHA256_LEN], mac[SHA256_LEN];
        _cleanup_(buf_done) struct buf canonical = {};
        int r;

        buf_init(&canonical, 1 << 20);
        sha256_hex(request->body, body_hash);
        r = canonical_request(request, &claim, false, str_is_set(payload) ? payload : str_make(body_hash, 64),
                              signer->arena, &canonical);
        assert(r == 0);
        sha256_hex(buf_str(&canonical), hash);
        text = arena_printf(signer->arena, SIGNING_ALGORITHM "\n%.*s\n%.*s\n%.*s", STR_ARG(timestamp),
                            STR_ARG(scope), 64, hash);
        r = signing_key_derive(signer->secret, &claim, key);
        assert(r == 0);
        hmac_sha256(str_make(key, SHA256_LEN), text, mac);
        return hex_encode(signer->arena, str_make(mac, SHA256_LEN));
}

void signer_sign(const struct signer *signer, struct signable *signable)
{
        struct str timestamp = time_basic(signer->arena, signer->at_ms);
        struct str scope = scope_of(signer, timestamp), signature;

        signable_add_header(signable, "X-Amz-Date", timestamp);
        if (str_is_set(signer->token))
                signable_add_header(signable, "X-Amz-Security-Token", signer->token);
        signature = signature_of(signer, &signable->request, timestamp, false);
        signable_add_header(
                signable, "Authorization",
                arena_printf(signer->arena,
                             "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
                             STR_ARG(signer->access_key_id), STR_ARG(scope), STR_ARG(signer->signed_headers),
                             STR_ARG(signature)));
}

static struct str encoded(struct arena *arena, struct str s)
{
        _cleanup_(buf_done) struct buf buf = {};

        buf_init(&buf, 1 << 16);
        percent_encode(&buf, s, false);
        return arena_dup(arena, buf_str(&buf));
}

void signer_presign(const struct signer *signer, struct signable *signable)
{
        struct str timestamp = time_basic(signer->arena, signer->at_ms);
        struct str scope = scope_of(signer, timestamp);
        struct str credential =
                arena_printf(signer->arena, "%.*s/%.*s", STR_ARG(signer->access_key_id), STR_ARG(scope));
        struct str headers = encoded(signer->arena, signer->signed_headers), token, signature, query;

        credential = encoded(signer->arena, credential);
        token = encoded(signer->arena, signer->token);
        query = arena_printf(signer->arena,
                             "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-"
                             "Amz-Credential"
                             "=%.*s&X-Amz-Date=%.*s&X-Amz-SignedHeaders=%.*s%s%.*s",
                             STR_ARG(credential), STR_ARG(timestamp), STR_ARG(headers),
                             token.len ? "&X-Amz-Security-Token=" : "", STR_ARG(token));
        if (signer->lifetime_s)
                query = arena_printf(signer->arena, "%.*s&X-Amz-Expires=%lld", STR_ARG(query),
                                     (long long)signer->lifetime_s);
        signable->request.query = query;
        signature = signature_of(signer, &signable->request, timestamp, true);
        signable->request.query =
                arena_printf(signer->arena, "%.*s&X-Amz-Signature=%.*s", STR_ARG(query), STR_ARG(signature));
}

/* -- The key store: "sealed" secrets are the secrets with a word before them. */

static int find_key(void *arg, struct arena *arena, struct str access_key_id, struct auth_key *ret)
{
        const struct key_store *store = arg;

        if (!str_eq(access_key_id, STR(SIGNER_KEY_ID)))
                return -ENOENT;
        *ret = (struct auth_key){
                .principal = {.kind = IAM_USER,
                              .account = STR("123456789012"),
                              .arn = STR("arn:aws:iam::123456789012:user/alice"),
                              .id = STR("AIDAEXAMPLE"),
                              .name = STR("alice")},
                .is_active = !store->is_inactive,
                .sealed_secret = arena_printf(arena, "sealed %.*s", STR_ARG(store->secret)),
        };
        return 0;
}

static int open_secret(void *arg, struct str access_key_id, const struct auth_key *key, struct secret *ret)
{
        struct key_store *store = arg;

        assert(str_eq(access_key_id, STR(SIGNER_KEY_ID)));
        store->opened++;
        return secret_copy(ret, str_from(key->sealed_secret, 7));
}

struct auth_source key_store_source(struct key_store *store)
{
        if (!str_is_set(store->secret))
                store->secret = STR(SIGNER_SECRET);
        return (struct auth_source){find_key, open_secret, store};
}
