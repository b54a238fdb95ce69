/* Grants as they are looked at when a call is authorised. Whom a grant means is decided in src/policy; here,
 * which grants cover the action, with their constraints met.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
#include "base/text.h"
#include "services/kms/kms.h"

struct search {
        struct call *call;
        const struct kms_target *target;
        struct str operation; /* "Decrypt" */
        struct policy_grant_ref *found;
        size_t count, room;
};

/* -- Constraints */

static const struct str *value_of(const struct str_map *map, struct str key)
{
        for (size_t i = 0; i < map->count; i++)
                if (str_eq(map->items[i].key, key))
                        return &map->items[i].value;
        return NULL;
}

/* Every pair of `part` is in the whole, to the letter. */
static bool is_subset(const struct str_map *part, const struct str_map *whole)
{
        for (size_t i = 0; i < part->count; i++) {
                const struct str *value = value_of(whole, part->items[i].key);

                if (!value || !str_eq(*value, part->items[i].value))
                        return false;
        }
        return true;
}

bool kms_same_pairs(const struct str_map *a, const struct str_map *b)
{
        return a->count == b->count && is_subset(a, b);
}

static bool context_fits(const struct kms_grant_constraints *constraints, const struct str_map *context)
{
        static const struct str_map NONE = {};

        context = context ? context : &NONE;
        if (constraints->encryption_context_equals.is_set &&
            !kms_same_pairs(&constraints->encryption_context_equals, context))
                return false;
        return is_subset(&constraints->encryption_context_subset, context);
}

/* "The constraint is ignored for DescribeKey and RetireGrant operations", which have no context. For
 * CreateGrant it binds the new grant. */
static bool has_context(struct str operation)
{
        return !str_eq(operation, STR("DescribeKey")) && !str_eq(operation, STR("CreateGrant"));
}

static bool is_strict_enough(const struct kms_grant_constraints *parent,
                             const struct kms_grant_constraints *child)
{
        static const struct kms_grant_constraints NONE = {};
        const struct str_map *equals, *subset;

        child = child ? child : &NONE;
        equals = &child->encryption_context_equals;
        subset = &child->encryption_context_subset;
        if (str_is_set(parent->source_arn) && !str_eq(parent->source_arn, child->source_arn))
                return false;
        if (parent->encryption_context_equals.is_set)
                return equals->is_set && kms_same_pairs(&parent->encryption_context_equals, equals);
        return is_subset(&parent->encryption_context_subset, equals->is_set ? equals : subset);
}

bool kms_grant_is_within(const struct kms_grant_record *parent, const struct str_list *operations,
                         const struct kms_grant_constraints *constraints)
{
        for (size_t i = 0; i < operations->count; i++)
                if (!kms_list_has(parent->operations.items, parent->operations.count, operations->items[i]))
                        return false;
        return !parent->constraints || is_strict_enough(parent->constraints, constraints);
}

static bool constraints_hold(const struct search *search, const struct kms_grant_record *grant)
{
        const struct kms_grant_constraints *constraints = grant->constraints;

        if (str_eq(search->operation, STR("CreateGrant"))) {
                const struct kms_create_grant_in *in = search->call->in;

                if (!kms_grant_is_within(grant, &in->operations, in->constraints))
                        return false;
        }
        if (!constraints)
                return true;
        /* What no service asks for on behalf of that resource is not asked for on its behalf. */
        if (str_is_set(constraints->source_arn) &&
            !policy_wildcard_match(constraints->source_arn, search->call->source_arn, false))
                return false;
        return !has_context(search->operation) || context_fits(constraints, search->target->context);
}

/* -- Holders */

struct str kms_meant(const struct call *call, struct str id, struct str given)
{
        const struct principal *principal = &call->principal;

        if (id.len == 0)
                return given;
        if (str_eq(id, principal->id))
                return principal->arn;
        return principal->is_temporary && str_eq(id, principal->session.issuer_id)
                       ? principal->session.issuer_arn
                       : STR_NONE;
}

static bool covers(const struct search *search, const struct kms_grant_record *grant)
{
        return kms_list_has(grant->operations.items, grant->operations.count, search->operation) &&
               grant->holder_is_service.value == (search->call->principal.kind == AWS_SERVICE) &&
               constraints_hold(search, grant);
}

static int keep(struct search *search, const struct kms_grant_record *grant)
{
        if (search->count == search->room) {
                size_t room = search->room ? 2 * search->room : 8;
                struct policy_grant_ref *more =
                        arena_new_array(&search->call->arena, struct policy_grant_ref, room);

                if (!more)
                        return -ENOMEM;
                for (size_t i = 0; i < search->count; i++)
                        more[i] = search->found[i];
                search->found = more;
                search->room = room;
        }
        search->found[search->count++] = (struct policy_grant_ref){
                .name = arena_dup(&search->call->arena, grant->id),
                .grantee = arena_dup(&search->call->arena,
                                     kms_meant(search->call, grant->holder_id, grant->holder)),
        };
        return 0;
}

/* One that covers is as good as another of the same holder. */
static int search_index(struct search *search, const struct record_index *index, struct kms_grant_record like)
{
        const struct kms_key_record *key = &search->target->key;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        _cleanup_(arena_done) struct arena row = {};
        struct kms_grant_record grant;
        int r;

        arena_init(&row, KMS_ROW_MEMORY);
        like.account = key->account;
        like.region = key->region;
        like.key_id = key->id;
        TRY(record_scan_begin(&scan, search->call->txn, &row, &kms_grant_record_type, index, &like, 4,
                              STR_NONE));
        while ((r = record_scan_next(&scan, &grant)) == 0) {
                if (str_eq(grant.holder_id, like.holder_id) && covers(search, &grant))
                        return keep(search, &grant);
                arena_reset(&row);
        }
        return r == -ENOENT ? 0 : r;
}

/* Users and roles hold grants by their unique ids: one of the same name is another, and a new name changes
 * nothing. */
static int search_id(struct search *search, struct str id)
{
        return id.len ? search_index(search, kms_grant_by_holder_id,
                                     (struct kms_grant_record){.holder_id = id})
                      : 0;
}

static int search_name(struct search *search, struct str name)
{
        return name.len ? search_index(search, kms_grant_by_holder, (struct kms_grant_record){.holder = name})
                        : 0;
}

static int search_all(struct search *search, const struct principal *principal)
{
        struct str issuer = principal->is_temporary ? principal->session.issuer_id : STR_NONE;

        TRY(search_id(search, principal->id));
        if (!str_eq(issuer, principal->id))
                TRY(search_id(search, issuer));
        TRY(search_name(search, principal->arn));
        if (principal->account.len == 0 || principal->kind == ROOT_USER)
                return 0;
        return search_name(search, arena_printf(&search->call->arena, "arn:aws:iam::%.*s:root",
                                                STR_ARG(principal->account)));
}

int kms_find_grants(struct call *call, const struct resource *resource, struct str action,
                    const struct policy_grant_ref **ret, size_t *ret_count)
{
        struct search search = {
                .call = call, .target = resource->of, .operation = str_from(action, strlen("kms:"))};

        *ret = NULL;
        *ret_count = 0;
        if (call->principal.kind == ANONYMOUS || !search.target || !search.target->is_there)
                return 0;
        TRY(search_all(&search, &call->principal));
        *ret = search.found;
        *ret_count = search.count;
        return 0;
}

/* -- Grants by their token: sealed, so that nobody can make one up */

/* A token of a grant that is gone allows nothing, and harms nothing either. */
int kms_check_grant_tokens(struct call *call, const struct str_list *tokens)
{
        for (size_t i = 0; i < tokens->count; i++) {
                struct kms_grant_record grant;
                int r = kms_read_grant_token(call, tokens->items[i], &grant);

                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return 0;
}

static int read_words(struct str text, struct kms_grant_record *ret)
{
        if (!str_cut(&text, ' ', &ret->account) || !str_cut(&text, ' ', &ret->region) ||
            !str_cut(&text, ' ', &ret->key_id) || !str_is_set(text))
                return -EBADMSG;
        ret->id = text;
        return 0;
}

static int invalid_token(struct call *call)
{
        return fail(call, &kms_invalid_grant_token_exception, "The grant token is not valid.");
}

int kms_read_grant_token(struct call *call, struct str token, struct kms_grant_record *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str sealed, text;
        int r;

        *ret = (struct kms_grant_record){};
        if (base64url_decode(&call->arena, token, &sealed) < 0 ||
            keyring_open(call->host->keyring, SEAL_MESSAGE, KMS_TOKEN_BOUND, sealed, &clear) < 0)
                return invalid_token(call);
        text = arena_dup(&call->arena, secret_str(&clear)); /* no secret: names alone */
        r = read_words(text, ret);
        if (r < 0 || !str_eq(ret->region, call->region))
                return invalid_token(call);
        return call_get(call, &kms_grant_record_type, ret);
}
