#include "services/cloudtrail/lookup.h"

#include "base/text.h"

#define TOKEN_MAC    16
#define TOKEN_ORDER  8
#define TOKEN_MAX    (TOKEN_MAC + TOKEN_ORDER + STORE_KEY_MAX)
#define QUESTION_MAX ((size_t)64 * 1024)

/* Every part with its length, since values may hold any byte. */
static void add_part(struct buf *question, struct str part)
{
        buf_addf(question, "%zu ", part.len);
        buf_add(question, part);
}

static int token_mac(const struct lookup *lookup, struct str after, uint8_t mac[32])
{
        const struct call *call = lookup->call;
        const struct cloudtrail_lookup_events_in *in = lookup->in;
        _cleanup_(buf_done) struct buf question = {};

        buf_init(&question, QUESTION_MAX);
        buf_add(&question, STR("lookup-events "));
        add_part(&question, call->account);
        add_part(&question, call->region);
        add_part(&question, lookup->key);
        add_part(&question, lookup->question.value);
        add_part(&question, in->event_category);
        buf_addf(&question, "%d %lld %d %lld ", in->start_time.is_set, (long long)in->start_time.value,
                 in->end_time.is_set, (long long)in->end_time.value);
        add_part(&question, after);
        TRY(buf_check(&question));
        keyring_mac(call->host->keyring, SEAL_MESSAGE, buf_str(&question), mac);
        return 0;
}

/* What a token says: the order of an event as 8 bytes, and its id. */
static struct str place_of(const struct lookup *lookup)
{
        struct arena *arena = &lookup->call->arena;
        char *out = arena_alloc(arena, TOKEN_ORDER + lookup->last_id.len);

        if (!out)
                return STR_NONE;
        for (size_t i = 0; i < TOKEN_ORDER; i++)
                out[i] = (char)((uint64_t)lookup->last >> (56 - 8 * i));
        if (lookup->last_id.len)
                memcpy(out + TOKEN_ORDER, lookup->last_id.ptr, lookup->last_id.len);
        return str_make(out, TOKEN_ORDER + lookup->last_id.len);
}

int lookup_make_token(const struct lookup *lookup, struct str *ret)
{
        struct arena *arena = &lookup->call->arena;
        struct str place = place_of(lookup);
        uint8_t mac[32];

        if (!str_is_set(place))
                return -ENOMEM;
        TRY(token_mac(lookup, place, mac));
        *ret = arena_printf(arena, "%.*s%.*s", STR_ARG(hex_encode(arena, str_make(mac, TOKEN_MAC))),
                            STR_ARG(hex_encode(arena, place)));
        return 0;
}

static void go_on_at(struct lookup *lookup, struct str place)
{
        uint64_t order = 0;

        for (size_t i = 0; i < TOKEN_ORDER; i++)
                order = order << 8 | (unsigned char)place.ptr[i];
        lookup->question.from = (int64_t)order;
        if (place.len > TOKEN_ORDER)
                lookup->question.after_id = str_from(place, TOKEN_ORDER);
}

int lookup_read_token(struct lookup *lookup, struct str token)
{
        struct call *call = lookup->call;
        size_t len = token.len / 2;
        char *bytes = arena_alloc(&call->arena, len + 1);
        struct str place;
        uint8_t mac[32];

        if (!bytes)
                return -ENOMEM;
        if (len < TOKEN_MAC + TOKEN_ORDER || len > TOKEN_MAX || hex_decode(token, bytes, len) < 0)
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        place = str_make(bytes + TOKEN_MAC, len - TOKEN_MAC);
        TRY(token_mac(lookup, place, mac));
        if (!secret_equal(str_make(bytes, TOKEN_MAC), str_make(mac, TOKEN_MAC)))
                return fail(call, &cloudtrail_invalid_next_token_exception, "Invalid token.");
        go_on_at(lookup, place);
        return 0;
}
