#include "services/sns/sign.h"

#include "base/text.h"
#include "services/sns/signing_key.h"

/* "SignatureVersion1 - Uses an SHA1 hash of the message. SignatureVersion2 - Uses an SHA256 hash" */
static enum digest hash_for(struct str version)
{
        return str_eq(version, STR("2")) ? DIGEST_SHA256 : DIGEST_SHA1;
}

static int sign(struct call *call, struct str version, struct str text,
                const struct sns_signing_key_record *key, struct str *ret)
{
        _cleanup_(opened_key_releasep) const struct opened_key *opened = NULL;
        struct str signature;
        int r;

        TRY(sns_open_signing_key(call, key, &opened));
        r = key_pair_sign(opened->pair, SCHEME_PKCS1, hash_for(version), false, text, &call->arena,
                          &signature);
        secret_wipe_stack();
        TRY(r);
        *ret = base64_encode(&call->arena, signature);
        return 0;
}

/* A signature takes most of a millisecond, and the subscriptions of a topic get the same text one after the
 * other. */
struct last {
        struct str version, text, value;
        struct sns_signing_key_record key;
};

static int sign_once(struct call *call, struct str version, struct str text, const struct last **ret)
{
        const struct last *before = call->worked_out;
        struct last *last;

        *ret = before;
        if (before && str_eq(before->version, version) && str_eq(before->text, text))
                return 0;
        last = arena_new(&call->arena, struct last);
        if (!last)
                return -ENOMEM;
        *last = (struct last){.version = version, .text = text};
        TRY(sns_need_signing_key(call, &last->key));
        TRY(sign(call, version, text, &last->key, &last->value));
        call->worked_out = *ret = last;
        return 0;
}

int sns_sign(struct call *call, struct str version, struct str region, struct str origin, struct str text,
             struct sns_signature *ret)
{
        const struct last *last;

        (void)region; /* the pair is the server's */
        if (!str_is_set(version))
                version = STR("1");
        TRY(sign_once(call, version, text, &last));
        *ret = (struct sns_signature){
                .version = version,
                .value = last->value,
                .certificate_url = arena_printf(&call->arena, "%.*s/SimpleNotificationService-%.*s.pem",
                                                STR_ARG(origin), STR_ARG(last->key.id)),
        };
        return 0;
}
