#include "services/s3/etag.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "services/s3/encryption.h"

#define LEN 16

int s3_make_etag(struct call *call, const struct secret *data_key, struct str md5,
                 const struct s3_object_record *row, struct str *ret)
{
        uint8_t mac[SHA256_LEN];

        *ret = md5;
        if (s3_is_kms(row) || s3_is_customers(row)) {
                hmac_sha256(secret_str(data_key), md5, mac);
                *ret = hex_encode(&call->arena, str_make(mac, LEN));
        }
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

int s3_set_etag(struct call *call, const struct secret *data_key, struct str md5,
                struct s3_object_record *row)
{
        return s3_make_etag(call, data_key, md5, row, &row->etag);
}

struct str s3_quoted_etag(struct arena *arena, const struct s3_object_record *row)
{
        return arena_printf(arena, "\"%.*s\"", STR_ARG(row->etag));
}
