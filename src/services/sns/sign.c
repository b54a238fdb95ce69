#include "services/sns/sign.h"

#include "base/text.h"
#include "services/sns/signing_key.h"

struct sns_signed {
        enum digest hash;
        struct str text, value, key_id;
};

/* "SignatureVersion1 - Uses an SHA1 hash of the message. SignatureVersion2 - Uses an SHA256 hash" */
static enum digest hash_for(struct str version)
{
        return str_eq(version, STR("2")) ? DIGEST_SHA256 : DIGEST_SHA1;
}

static int sign(struct call *call, const struct sns_signing_key_record *key, struct sns_signed *ret)
{
        _cleanup_(opened_key_releasep) const struct opened_key *opened = NULL;
        struct str signature;
        int r;

        TRY(sns_open_signing_key(call, key, &opened));
        r = key_pair_sign(opened->pair, SCHEME_PKCS1, ret->hash, false, ret->text, &call->arena, &signature);
        secret_wipe_stack();
        TRY(r);
        ret->value = base64_encode(&call->arena, signature);
        ret->key_id = arena_dup(&call->arena, key->id); /* it may outlive the snapshot */
        return call->arena.failed ? -ENOMEM : 0;
}

static bool is_same(const struct sns_signed *one, enum digest hash, struct str text)
{
        return one && one->hash == hash && str_eq(one->text, text);
}

/* The subscriptions of a topic get the same text one after the other. */
static int sign_once(struct call *call, enum digest hash, struct str text, const struct sns_signed **ret)
{
        const struct sns_prepared *prepared = call->prepared;
        struct sns_signing_key_record key;
        struct sns_signed *new;

        *ret = call->worked_out;
        if (is_same(*ret, hash, text))
                return 0;
        *ret = prepared ? prepared->signature : NULL;
        if (is_same(*ret, hash, text))
                return 0;
        new = arena_new(&call->arena, struct sns_signed);
        if (!new)
                return -ENOMEM;
        *new = (struct sns_signed){.hash = hash, .text = text};
        TRY(sns_need_signing_key(call, &key));
        TRY(sign(call, &key, new));
        call->worked_out = *ret = new;
        return 0;
}

int sns_sign(struct call *call, struct str version, struct str region, struct str origin, struct str text,
             struct sns_signature *ret)
{
        const struct sns_signed *made;

        (void)region; /* the pair is the server's */
        if (!str_is_set(version))
                version = STR("1");
        TRY(sign_once(call, hash_for(version), text, &made));
        *ret = (struct sns_signature){
                .version = version,
                .value = made->value,
                .certificate_url =
                        arena_printf(&call->arena, "%.*s/SimpleNotificationService-%.*s.pem",
                                     STR_ARG(sns_told_origin(call, origin)), STR_ARG(made->key_id)),
        };
        return 0;
}

int sns_keep_signature(struct call *call, const struct sns_asking *asking)
{
        struct sns_prepared *prepared = arena_new(&call->arena, struct sns_prepared);

        if (!prepared)
                return -ENOMEM;
        prepared->signature = call->worked_out;
        if (asking)
                prepared->asking = *asking;
        call->prepared = prepared;
        return 0;
}
