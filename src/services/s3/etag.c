#include "services/s3/etag.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "services/s3/encryption.h"

#define LEN 16

int s3_set_etag(struct call *call, const struct secret *data_key, struct str md5,
                struct s3_object_record *row)
{
        uint8_t mac[SHA256_LEN];

        row->etag = md5;
        if (s3_is_kms(row) || s3_is_customers(row)) {
                hmac_sha256(secret_str(data_key), md5, mac);
                row->etag = hex_encode(&call->arena, str_make(mac, LEN));
        }
        return str_is_set(row->etag) ? 0 : -ENOMEM;
}

struct str s3_quoted_etag(struct arena *arena, const struct s3_object_record *row)
{
        return arena_printf(arena, "\"%.*s\"", STR_ARG(row->etag));
}
