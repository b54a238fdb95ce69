#include "services/kms/ciphertext.h"

#include "base/ids.h"
#include "base/text.h"

#define VERSION      1
#define MULTI_REGION 1
#define ACCOUNT_LEN  5
#define ACCOUNT_MAX  UINT64_C(999999999999) /* twelve digits */
#define ID_LEN       16
#define MATERIAL_LEN 32
#define ID_AT        (2 + ACCOUNT_LEN)
#define MATERIAL_AT  (ID_AT + ID_LEN)
#define MRK          STR("mrk-")

_Static_assert(MATERIAL_AT + MATERIAL_LEN == KMS_HEAD_LEN, "the header says how long a head is");

static int write_id(struct str id, uint8_t *out)
{
        char hex[2 * ID_LEN];
        size_t len = 0;

        for (size_t i = 0; i < id.len; i++) {
                if (id.ptr[i] == '-')
                        continue;
                if (len == sizeof(hex))
                        return -EINVAL;
                hex[len++] = id.ptr[i];
        }
        return hex_decode(str_make(hex, len), out, ID_LEN);
}

int kms_write_head(struct str account, struct str key_id, struct str material_id, uint8_t *out)
{
        uint64_t number;

        if (str_to_u64(account, &number) < 0 || number > ACCOUNT_MAX)
                return -EINVAL;
        out[0] = VERSION;
        out[1] = str_starts(key_id, MRK) ? MULTI_REGION : 0;
        for (size_t i = 0; i < ACCOUNT_LEN; i++)
                out[2 + i] = (uint8_t)(number >> (8 * (ACCOUNT_LEN - 1 - i)));
        TRY(write_id(out[1] ? str_from(key_id, MRK.len) : key_id, out + ID_AT));
        return hex_decode(material_id, out + MATERIAL_AT, MATERIAL_LEN);
}

static struct str read_id(struct arena *arena, bool multi_region, const uint8_t *bytes)
{
        char hex[2 * ID_LEN];

        hex_write(hex, bytes, ID_LEN);
        if (multi_region)
                return arena_printf(arena, "mrk-%.*s", (int)sizeof(hex), hex);
        return arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

int kms_read_ciphertext(struct arena *arena, struct str blob, struct kms_ciphertext *ret)
{
        const uint8_t *bytes = (const uint8_t *)blob.ptr;
        uint64_t account = 0;

        if (blob.len < KMS_HEAD_LEN + SEAL_OVERHEAD || bytes[0] != VERSION || bytes[1] > MULTI_REGION)
                return -EBADMSG;
        for (size_t i = 0; i < ACCOUNT_LEN; i++)
                account = account << 8 | bytes[2 + i];
        if (account > ACCOUNT_MAX)
                return -EBADMSG;
        *ret = (struct kms_ciphertext){
                .account = arena_printf(arena, "%012llu", (unsigned long long)account),
                .key_id = read_id(arena, bytes[1] == MULTI_REGION, bytes + ID_AT),
                .material_id = hex_encode(arena, str_make(bytes + MATERIAL_AT, MATERIAL_LEN)),
                .head = str_part(blob, 0, KMS_HEAD_LEN),
                .sealed = str_from(blob, KMS_HEAD_LEN),
        };
        return arena->failed ? -ENOMEM : 0;
}
