/* A marker is the place behind a short code that binds it to its question, in the URL-safe alphabet. */
#include "services/marker.h"

#include "base/text.h"

#define CODE_LEN 9 /* bytes; a multiple of 3 keeps the text free of padding */

static void make_code(struct call *call, struct str subject, struct str place, uint8_t ret[32])
{
        struct str hex = hex_encode(&call->arena, place); /* a place is bytes */
        struct str text =
                arena_printf(&call->arena, "marker %.*s %.*s %.*s %.*s %.*s", STR_ARG(call->operation->name),
                             STR_ARG(call->account), STR_ARG(call->region), STR_ARG(subject), STR_ARG(hex));

        keyring_mac(call->host->keyring, SEAL_MESSAGE, text, ret);
}

int marker_make(struct call *call, struct str subject, struct str place, struct str *ret)
{
        char *bytes = arena_alloc(&call->arena, CODE_LEN + place.len);
        uint8_t code[32];

        if (!bytes)
                return -ENOMEM;
        make_code(call, subject, place, code);
        memcpy(bytes, code, CODE_LEN);
        memcpy(bytes + CODE_LEN, place.ptr, place.len);
        *ret = base64url_encode(&call->arena, str_make(bytes, CODE_LEN + place.len));
        return 0;
}

int marker_read(struct call *call, struct str subject, struct str marker, struct str *ret_place)
{
        struct str bytes = STR_NONE;
        uint8_t code[32];

        if (base64url_decode(&call->arena, marker, &bytes) < 0 || bytes.len < CODE_LEN)
                return -EINVAL;
        *ret_place = str_from(bytes, CODE_LEN);
        make_code(call, subject, *ret_place, code);
        return secret_equal(str_part(bytes, 0, CODE_LEN), str_make(code, CODE_LEN)) ? 0 : -EINVAL;
}
