#include "services/kms/directory.h"

#include "base/ids.h"
#include "crypto/seal.h"
#include "services/kms/kms.h"

int kms_invoke(struct call *call, struct str operation, const void *in, void *out, struct str via_service)
{
        for (size_t i = 0; i < kms_service.operation_count; i++)
                if (str_eq(kms_service.operations[i].name, operation))
                        return call->invoke(call, &kms_service.operations[i], in, out, via_service);
        return -EINVAL;
}

int kms_has_key(struct call *call, struct str key_id)
{
        struct kms_name name = {};
        struct kms_key_record key;
        int r = kms_read_name(call, key_id, KMS_BY_ALIAS_TOO, &name);

        if (r == -ECALL) {
                call_forgive(call);
                return -ENOENT;
        }
        TRY(r);
        if (!str_eq(name.account, call->account))
                return 0;
        return str_is_set(name.key_id) ? kms_get_key(call, name.account, name.key_id, &key) : -ENOENT;
}

/* -- AWS owned keys: one of each service and region */

static int make_owned(struct call *call, struct kms_owned_key_record *key)
{
        _cleanup_(secret_done) struct secret bytes = {};

        TRY(call_need_write(call));
        TRY(secret_new(&bytes, SEAL_KEY_LEN));
        random_fill(bytes.bytes, bytes.len);
        TRY(call_seal(call, record_name(&call->arena, &kms_owned_key_record_type, key), secret_str(&bytes),
                      &key->sealed));
        return call_insert(call, &kms_owned_key_record_type, key);
}

static int open_owned(struct call *call, struct str service, bool may_make, struct secret *ret)
{
        struct kms_owned_key_record key = {.service = service, .region = call->region};
        int r = call_get(call, &kms_owned_key_record_type, &key);

        if (r == -ENOENT)
                r = may_make ? make_owned(call, &key) : -EBADMSG; /* under no key nothing was sealed */
        TRY(r);
        return call_open(call, record_name(&call->arena, &kms_owned_key_record_type, &key), key.sealed, ret);
}

int kms_owned_seal(struct call *call, struct str service, struct str bound, struct str clear,
                   struct str *ret_sealed)
{
        _cleanup_(secret_done) struct secret key = {};
        size_t len = clear.len + SEAL_OVERHEAD;
        uint8_t *out = arena_alloc(&call->arena, len);

        if (!out)
                return -ENOMEM;
        TRY(open_owned(call, service, true, &key));
        TRY(seal_bytes(key.bytes, bound, clear, out));
        *ret_sealed = str_make(out, len);
        return 0;
}

int kms_owned_open(struct call *call, struct str service, struct str bound, struct str sealed,
                   struct secret *ret_clear)
{
        _cleanup_(secret_done) struct secret key = {};

        TRY(open_owned(call, service, false, &key));
        return seal_open(key.bytes, bound, sealed, ret_clear);
}
