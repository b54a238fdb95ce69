#include "auth/s3_form.h"

#include "auth/s3.h"
#include "base/text.h"
#include "crypto/digest.h"

#include <stdarg.h>

#define SHA1_LEN 20

struct str s3_form_field(const struct check *check, struct str name)
{
        const struct str_map *fields = &check->expected->form->fields;

        for (size_t i = 0; i < fields->count; i++)
                if (str_eq_nocase(fields->items[i].key, name))
                        return fields->items[i].value;
        return STR_NONE;
}

/* Of what may be a secret nothing is given back. */
int s3_form_refuse(struct check *check, struct str name, const char *format, ...)
{
        va_list args;
        struct str message;

        va_start(args, format);
        message = arena_vprintf(check->arena, format, args);
        va_end(args);
        refuse_detail(check, "ArgumentName", name);
        return refuse(check, AUTH_BAD_ARGUMENT, "%.*s", STR_ARG(message));
}

/* -- What it claims. */

static int take(struct check *check, struct str name, struct str *ret)
{
        *ret = s3_form_field(check, name);
        if (ret->len > 0)
                return 0;
        return s3_form_refuse(
                check, name,
                "Bucket POST must contain a field named '%.*s'.  If it is specified, please check the "
                "order of the fields.",
                STR_ARG(name));
}

static int read_version_4(struct check *check)
{
        struct claim *claim = &check->claim;
        struct str credential = STR_NONE, date = STR_NONE;
        int64_t ms;

        TRY(take(check, STR("X-Amz-Algorithm"), &check->result->signature_version));
        TRY(take(check, STR("X-Amz-Credential"), &credential));
        TRY(take(check, STR("X-Amz-Date"), &date));
        TRY(take(check, STR("X-Amz-Signature"), &claim->signature));
        if (!str_eq(check->result->signature_version, STR(SIGNING_ALGORITHM)))
                return s3_form_refuse(check, STR("X-Amz-Algorithm"),
                                      "X-Amz-Algorithm only supports \"" SIGNING_ALGORITHM "\"");
        if (time_parse_basic(date, &ms) < 0)
                return s3_form_refuse(
                        check, STR("X-Amz-Date"),
                        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
        TRY(claim_set_timestamp(check, date));
        return s3_split_credential(check, credential);
}

static int read_version_2(struct check *check)
{
        check->result->signature_version = STR("AWS");
        check->claim.is_version_2 = true;
        TRY(take(check, STR("AWSAccessKeyId"), &check->claim.access_key_id));
        TRY(take(check, STR("signature"), &check->claim.signature));
        check->result->access_key_id = check->claim.access_key_id;
        return 0;
}

static bool has(const struct check *check, struct str name)
{
        return str_is_set(s3_form_field(check, name));
}

int s3_form_read(struct check *check)
{
        bool is_4 = has(check, STR("X-Amz-Signature")) || has(check, STR("X-Amz-Credential")) ||
                    has(check, STR("X-Amz-Algorithm")) || has(check, STR("X-Amz-Date"));
        bool is_2 = has(check, STR("AWSAccessKeyId")) || has(check, STR("signature"));
        struct str policy;

        check->claim.is_form = check->result->is_form = true;
        check->result->size_max = UINT64_MAX;
        if (!is_4 && !is_2 && !has(check, STR("policy")))
                return refuse(check, AUTH_MISSING, "Access Denied");
        if (is_4 && is_2)
                return s3_form_refuse(check, STR("AWSAccessKeyId"), "%s", CLAIM_ONE_MECHANISM);
        TRY(take(check, STR("policy"), &policy));
        check->claim.token = s3_form_field(check, STR("X-Amz-Security-Token"));
        return is_4 ? read_version_4(check) : read_version_2(check);
}

/* -- Its proof: the policy as it came is what is signed. */

static int sign_version_4(struct check *check, const struct key_secret *secret, struct str policy,
                          struct str *ret)
{
        uint8_t key[SHA256_LEN], mac[SHA256_LEN];

        TRY(signing_key(check, secret, key));
        hmac_sha256(str_make(key, sizeof(key)), policy, mac);
        secret_wipe(key, sizeof(key));
        *ret = hex_encode(check->arena, str_make(mac, sizeof(mac)));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

static int sign_version_2(struct check *check, const struct key_secret *secret, struct str policy,
                          struct str *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        uint8_t mac[DIGEST_MAX];

        TRY(secret->open(check, secret->arg, &clear));
        hmac_of(DIGEST_SHA1, secret_str(&clear), policy, mac);
        *ret = base64_encode(check->arena, str_make(mac, SHA1_LEN));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

int s3_form_signature_check(struct check *check, const struct key_secret *secret)
{
        struct str policy = s3_form_field(check, STR("policy")), expected;

        TRY(check->claim.is_version_2 ? sign_version_2(check, secret, policy, &expected)
                                      : sign_version_4(check, secret, policy, &expected));
        if (expected.len > 0 && secret_equal(expected, check->claim.signature))
                return 0;
        return refuse(check, AUTH_BAD_SIGNATURE,
                      "The request signature we calculated does not match the signature you provided. Check "
                      "your key "
                      "and signing method.");
}
