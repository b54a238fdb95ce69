#include "services/sns/sign.h"

#include "base/text.h"
#include "services/sns/signing_key.h"

/* "SignatureVersion1 - Uses an SHA1 hash of the message. SignatureVersion2 - Uses an SHA256 hash" */
static enum digest hash_for(struct str version)
{
        return str_eq(version, STR("2")) ? DIGEST_SHA256 : DIGEST_SHA1;
}

int sns_sign(struct call *call, struct str version, struct str region, struct str origin, struct str text,
             struct sns_signature *ret)
{
        _cleanup_(opened_key_releasep) const struct opened_key *opened = NULL;
        struct sns_signing_key_record key;
        struct str signature;
        int r;

        (void)region; /* the pair is the server's */
        if (!str_is_set(version))
                version = STR("1");
        TRY(sns_need_signing_key(call, &key));
        TRY(sns_open_signing_key(call, &key, &opened));
        r = key_pair_sign(opened->pair, SCHEME_PKCS1, hash_for(version), false, text, &call->arena,
                          &signature);
        secret_wipe_stack();
        TRY(r);
        *ret = (struct sns_signature){
                .version = version,
                .value = base64_encode(&call->arena, signature),
                .certificate_url = arena_printf(&call->arena, "%.*s/SimpleNotificationService-%.*s.pem",
                                                STR_ARG(origin), STR_ARG(key.id)),
        };
        return 0;
}
