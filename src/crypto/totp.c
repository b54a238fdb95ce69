#include "crypto/totp.h"

#include "crypto/digest.h"
#include "crypto/keyring.h"

/* RFC 4226, 5.3: 31 bits from where the last byte says, as decimal digits. */
void totp_code(struct str seed, int64_t step, char ret[TOTP_DIGITS])
{
        uint8_t counter[8], sum[DIGEST_MAX];
        const uint8_t *at;
        uint32_t number;

        for (size_t i = 0; i < sizeof(counter); i++)
                counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
        hmac_of(DIGEST_SHA1, seed, str_make(counter, sizeof(counter)), sum);
        at = &sum[sum[19] & 15];
        number = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        for (size_t i = TOTP_DIGITS; i-- > 0; number /= 10)
                ret[i] = (char)('0' + number % 10);
        secret_wipe(sum, sizeof(sum));
}

bool totp_is(struct str seed, int64_t step, struct str code)
{
        char right[TOTP_DIGITS];
        bool is;

        totp_code(seed, step, right);
        is = secret_equal(code, str_make(right, sizeof(right)));
        secret_wipe(right, sizeof(right));
        return is;
}
