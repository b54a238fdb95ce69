#include "auth/pack.h"

#define VERSION 1

enum flag { HAS_MFA = 1, IS_CHAINED = 2, HAS_POLICY = 4 };

/* -- Writing. Numbers are in base 128, the lowest first; a string is its length plus one (0: absent) and its
 * bytes. */

static void add_number(struct buf *out, uint64_t number)
{
        for (; number >= 0x80; number >>= 7)
                buf_add_byte(out, (char)(number | 0x80));
        buf_add_byte(out, (char)number);
}

static void add_str(struct buf *out, struct str s)
{
        add_number(out, str_is_set(s) ? s.len + 1 : 0);
        buf_add(out, s);
}

static void add_list(struct buf *out, const struct str_list *list)
{
        add_number(out, list->count);
        for (size_t i = 0; i < list->count; i++)
                add_str(out, list->items[i]);
}

static void add_map(struct buf *out, const struct str_map *map)
{
        add_number(out, map->count);
        for (size_t i = 0; i < map->count; i++) {
                add_str(out, map->items[i].key);
                add_str(out, map->items[i].value);
        }
}

/* Every string of a principal that a token keeps, in the order in which they stand there. */
#define PRINCIPAL_STRINGS(principal)                                                                         \
        {                                                                                                    \
                &(principal)->account, &(principal)->arn, &(principal)->id, &(principal)->name,              \
                        &(principal)->access_key_id, &(principal)->session.issuer_arn,                       \
                        &(principal)->session.issuer_id, &(principal)->session.issuer_name,                  \
                        &(principal)->session.source_identity, &(principal)->session.external_provider       \
        }

int principal_keep(struct principal *principal, struct arena *arena)
{
        struct str *const strings[] = PRINCIPAL_STRINGS(principal);

        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                *strings[i] = arena_dup(arena, *strings[i]);
        return arena->failed ? -ENOMEM : 0;
}

static uint8_t flags_of(const struct session *session)
{
        return (uint8_t)((session->mfa ? HAS_MFA : 0) | (session->is_role_chained ? IS_CHAINED : 0) |
                         (session->has_policy ? HAS_POLICY : 0));
}

int principal_pack(const struct principal *principal, struct buf *out, size_t *ret_limited)
{
        const struct session *session = &principal->session;
        const struct str *const strings[] = PRINCIPAL_STRINGS(principal);
        size_t before;

        buf_add_byte(out, VERSION);
        buf_add_byte(out, (char)principal->kind);
        buf_add_byte(out, (char)flags_of(session));
        add_number(out, (uint64_t)session->issued_ms);
        add_number(out, (uint64_t)session->expires_ms);
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                add_str(out, *strings[i]);
        before = out->len;
        add_list(out, &session->policies);
        add_list(out, &session->policy_arns);
        add_map(out, &session->tags);
        *ret_limited = out->len - before;
        add_list(out, &session->transitive_tag_keys);
        return buf_check(out);
}

/* -- Reading. */

static int take_byte(struct str *bytes, uint8_t *ret)
{
        if (bytes->len == 0)
                return -EBADMSG;
        *ret = (uint8_t)bytes->ptr[0];
        *bytes = str_from(*bytes, 1);
        return 0;
}

static int take_number(struct str *bytes, uint64_t *ret)
{
        uint8_t byte;

        *ret = 0;
        for (unsigned int shift = 0; shift < 63; shift += 7) {
                TRY(take_byte(bytes, &byte));
                *ret |= (uint64_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        return 0;
        }
        return -EBADMSG;
}

static int take_str(struct str *bytes, struct str *ret)
{
        uint64_t len;

        TRY(take_number(bytes, &len));
        *ret = STR_NONE;
        if (len == 0)
                return 0;
        if (len - 1 > bytes->len)
                return -EBADMSG;
        *ret = str_part(*bytes, 0, (size_t)len - 1);
        *bytes = str_from(*bytes, (size_t)len - 1);
        return 0;
}

/* An item takes a byte at least: a count that is not a lie fits. */
static int take_count(struct str *bytes, size_t *ret)
{
        uint64_t count;

        TRY(take_number(bytes, &count));
        if (count > bytes->len)
                return -EBADMSG;
        *ret = (size_t)count;
        return 0;
}

static int take_list(struct str *bytes, struct arena *arena, struct str_list *ret)
{
        TRY(take_count(bytes, &ret->count));
        ret->is_set = ret->count > 0;
        ret->items = NULL;
        if (ret->count == 0)
                return 0;
        ret->items = arena_new_array(arena, struct str, ret->count);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < ret->count; i++)
                TRY(take_str(bytes, &ret->items[i]));
        return 0;
}

static int take_map(struct str *bytes, struct arena *arena, struct str_map *ret)
{
        TRY(take_count(bytes, &ret->count));
        ret->is_set = ret->count > 0;
        ret->items = NULL;
        if (ret->count == 0)
                return 0;
        ret->items = arena_new_array(arena, struct str_pair, ret->count);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < ret->count; i++) {
                TRY(take_str(bytes, &ret->items[i].key));
                TRY(take_str(bytes, &ret->items[i].value));
        }
        return 0;
}

static int take_head(struct str *bytes, struct principal *ret)
{
        struct str *const strings[] = PRINCIPAL_STRINGS(ret);
        uint64_t issued, expires;
        uint8_t version, kind, flags;

        TRY(take_byte(bytes, &version));
        TRY(take_byte(bytes, &kind));
        TRY(take_byte(bytes, &flags));
        if (version != VERSION || kind > AWS_SERVICE)
                return -EBADMSG;
        ret->kind = kind;
        ret->session.mfa = flags & HAS_MFA;
        ret->session.is_role_chained = flags & IS_CHAINED;
        ret->session.has_policy = flags & HAS_POLICY;
        TRY(take_number(bytes, &issued));
        TRY(take_number(bytes, &expires));
        ret->session.issued_ms = (int64_t)issued;
        ret->session.expires_ms = (int64_t)expires;
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                TRY(take_str(bytes, strings[i]));
        return 0;
}

int principal_unpack(struct str bytes, struct arena *arena, struct principal *ret)
{
        *ret = (struct principal){.is_temporary = true};
        TRY(take_head(&bytes, ret));
        TRY(take_list(&bytes, arena, &ret->session.policies));
        TRY(take_list(&bytes, arena, &ret->session.policy_arns));
        TRY(take_map(&bytes, arena, &ret->session.tags));
        TRY(take_list(&bytes, arena, &ret->session.transitive_tag_keys));
        return bytes.len == 0 ? 0 : -EBADMSG;
}
