/* CreateGrant, ListGrants, ListRetirableGrants, RevokeGrant, RetireGrant.
 * https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html,
 * https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html */
#include "base/ids.h"
#include "base/text.h"
#include "services/iam/directory.h"
#include "services/kms/kms.h"
#include "services/kms/page.h"

#define GRANT_ID_BYTES 32

/* -- What may be granted */

/* The operations that a key of this kind has, beside those of every key. */
static const struct {
        enum kms_class class;
        struct str usage;
        struct str operations[8];
} GRANTABLE[] = {
        {KMS_SYMMETRIC,
         STR_INIT("ENCRYPT_DECRYPT"),
         {STR_INIT("Encrypt"), STR_INIT("Decrypt"), STR_INIT("ReEncryptFrom"), STR_INIT("ReEncryptTo"),
          STR_INIT("GenerateDataKey"), STR_INIT("GenerateDataKeyWithoutPlaintext"),
          STR_INIT("GenerateDataKeyPair"), STR_INIT("GenerateDataKeyPairWithoutPlaintext")}},
        {KMS_RSA,
         STR_INIT("ENCRYPT_DECRYPT"),
         {STR_INIT("Encrypt"), STR_INIT("Decrypt"), STR_INIT("ReEncryptFrom"), STR_INIT("ReEncryptTo"),
          STR_INIT("GetPublicKey")}},
        {KMS_RSA, STR_INIT("SIGN_VERIFY"), {STR_INIT("Sign"), STR_INIT("Verify"), STR_INIT("GetPublicKey")}},
        {KMS_ECC, STR_INIT("SIGN_VERIFY"), {STR_INIT("Sign"), STR_INIT("Verify"), STR_INIT("GetPublicKey")}},
        {KMS_ECC, STR_INIT("KEY_AGREEMENT"), {STR_INIT("DeriveSharedSecret"), STR_INIT("GetPublicKey")}},
        {KMS_HMAC, STR_INIT("GENERATE_VERIFY_MAC"), {STR_INIT("GenerateMac"), STR_INIT("VerifyMac")}},
};
static const struct str ALWAYS[] = {STR_INIT("CreateGrant"), STR_INIT("RetireGrant"),
                                    STR_INIT("DescribeKey")};

static bool may_be_granted(const struct kms_key_record *key, struct str operation)
{
        const struct kms_spec *spec = kms_spec_find(key->spec);

        if (kms_list_has(ALWAYS, ARRAY_LEN(ALWAYS), operation))
                return true;
        for (size_t i = 0; spec && i < ARRAY_LEN(GRANTABLE); i++)
                if (GRANTABLE[i].class == spec->class && str_eq(GRANTABLE[i].usage, key->usage))
                        return kms_list_has(GRANTABLE[i].operations, ARRAY_LEN(GRANTABLE[i].operations),
                                            operation);
        return false;
}

static int check_operations(struct call *call, const struct kms_key_record *key, const struct str_list *asked)
{
        if (asked->count == 0)
                return call_invalid(call, "1 validation error detected: Value '[]' at 'operations' failed to "
                                          "satisfy constraint: Member must have length greater than or equal "
                                          "to 1");
        for (size_t i = 0; i < asked->count; i++)
                if (!may_be_granted(key, asked->items[i]))
                        return call_invalid(
                                call,
                                "Grant operation %.*s is not supported for the key spec %.*s with "
                                "the key usage %.*s.",
                                STR_ARG(asked->items[i]), STR_ARG(key->spec), STR_ARG(key->usage));
        return 0;
}

static int check_pairs(struct call *call, const struct kms_key_record *key, const struct str_map *pairs)
{
        if (pairs->count && !kms_is_symmetric(key))
                return call_invalid(call,
                                    "Encryption context constraints are supported for grants on symmetric "
                                    "encryption KMS keys only.");
        if (pairs->count > KMS_CONSTRAINT_PAIRS)
                return call_invalid(call, "A grant constraint can have at most %d encryption context pairs.",
                                    KMS_CONSTRAINT_PAIRS);
        for (size_t i = 0; i < pairs->count; i++)
                if (utf8_length(pairs->items[i].value) > KMS_CONSTRAINT_SIZE)
                        return call_invalid(call,
                                            "An encryption context value of a grant constraint can have at "
                                            "most %d characters.",
                                            KMS_CONSTRAINT_SIZE);
        return 0;
}

static int check_constraints(struct call *call, const struct kms_key_record *key,
                             const struct kms_grant_constraints *constraints)
{
        if (!constraints)
                return 0;
        if (constraints->encryption_context_equals.count && constraints->encryption_context_subset.count)
                return call_invalid(call,
                                    "Only one of EncryptionContextEquals and EncryptionContextSubset can be "
                                    "specified.");
        TRY(check_pairs(call, key, &constraints->encryption_context_equals));
        return check_pairs(call, key, &constraints->encryption_context_subset);
}

/* Who holds and who may retire: exactly one holder, at most one who retires; of a service more is demanded.
 */
static int check_principals(struct call *call, const struct kms_create_grant_in *in)
{
        bool of_service = str_is_set(in->grantee_service_principal);
        bool has_retirer = str_is_set(in->retiring_principal) || str_is_set(in->retiring_service_principal);

        if (str_is_set(in->grantee_principal) == of_service)
                return call_invalid(call, "Specify either GranteePrincipal or GranteeServicePrincipal.");
        if (str_is_set(in->retiring_principal) && str_is_set(in->retiring_service_principal))
                return call_invalid(
                        call, "Specify either RetiringPrincipal or RetiringServicePrincipal, not both.");
        if (of_service && (!in->constraints || !str_is_set(in->constraints->source_arn)))
                return call_invalid(call, "A grant with a GranteeServicePrincipal must have a SourceArn "
                                          "constraint.");
        if (of_service && !has_retirer)
                return call_invalid(call,
                                    "A grant with a GranteeServicePrincipal must have a RetiringPrincipal "
                                    "or a RetiringServicePrincipal.");
        return 0;
}

/* ARNs only: kms:GranteePrincipal and kms:RetiringPrincipal are compared with what is given. */
static int settle_principal(struct call *call, struct str given, struct str *ret, struct str *ret_id)
{
        int r = str_has_byte(given, ':') ? iam_principal_id(call->txn, &call->arena, given, ret_id) : -ENOENT;

        if (r == -ENOENT)
                return fail(call, &kms_invalid_arn_exception, "ARN does not refer to a valid principal: %.*s",
                            STR_ARG(given));
        TRY(r);
        *ret = given;
        return 0;
}

static int settle_principals(struct call *call, const struct kms_create_grant_in *in,
                             struct kms_grant_record *grant)
{
        grant->holder_is_service = OPT_BOOL(str_is_set(in->grantee_service_principal));
        grant->holder = in->grantee_service_principal;
        grant->retirer_is_service = OPT_BOOL(str_is_set(in->retiring_service_principal));
        grant->retirer = in->retiring_service_principal;
        if (str_is_set(in->grantee_principal))
                TRY(settle_principal(call, in->grantee_principal, &grant->holder, &grant->holder_id));
        if (str_is_set(in->retiring_principal))
                TRY(settle_principal(call, in->retiring_principal, &grant->retirer, &grant->retirer_id));
        return 0;
}

/* -- CreateGrant */

static bool same_lists(const struct str_list *a, const struct str_list *b)
{
        if (a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (!kms_list_has(a->items, a->count, b->items[i]) ||
                    !kms_list_has(b->items, b->count, a->items[i]))
                        return false;
        return true;
}

static bool same_constraints(const struct kms_grant_constraints *a, const struct kms_grant_constraints *b)
{
        static const struct kms_grant_constraints NONE = {};

        a = a ? a : &NONE;
        b = b ? b : &NONE;
        return a->encryption_context_equals.is_set == b->encryption_context_equals.is_set &&
               kms_same_pairs(&a->encryption_context_equals, &b->encryption_context_equals) &&
               kms_same_pairs(&a->encryption_context_subset, &b->encryption_context_subset) &&
               str_eq(a->source_arn, b->source_arn);
}

static bool is_same(const struct kms_grant_record *a, const struct kms_grant_record *b)
{
        return str_eq(a->name, b->name) && str_eq(a->holder_id, b->holder_id) &&
               str_eq(a->retirer, b->retirer) && str_eq(a->retirer_id, b->retirer_id) &&
               same_lists(&a->operations, &b->operations) && same_constraints(a->constraints, b->constraints);
}

/* "When Name is present, you can retry a CreateGrant request": the grant that is there already. */
static int find_same(struct call *call, const struct kms_grant_record *wanted, struct str *ret_id)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        _cleanup_(arena_done) struct arena row = {};
        struct kms_grant_record grant;

        arena_init(&row, KMS_ROW_MEMORY);
        if (!str_is_set(wanted->name))
                return -ENOENT;
        TRY(record_scan_begin(&scan, call->txn, &row, &kms_grant_record_type, kms_grant_by_name, wanted, 4,
                              STR_NONE));
        do {
                arena_reset(&row);
                TRY(record_scan_next(&scan, &grant));
        } while (!is_same(&grant, wanted));
        *ret_id = arena_dup(&call->arena, grant.id);
        return 0;
}

static struct str new_grant_id(struct call *call)
{
        uint8_t bytes[GRANT_ID_BYTES];

        random_fill(bytes, sizeof(bytes));
        return hex_encode(&call->arena, str_make(bytes, sizeof(bytes)));
}

static int insert_grant(struct call *call, struct kms_key_record *key, struct kms_grant_record *grant)
{
        int64_t count = key->grant_count.is_set ? key->grant_count.value : 0;

        if (count >= KMS_GRANTS_PER_KEY && !kms_is_managed_by_aws(key))
                return fail(call, &kms_limit_exceeded_exception,
                            "The number of grants for this key has reached its limit of %d: %.*s",
                            KMS_GRANTS_PER_KEY, STR_ARG(kms_arn_of(&call->arena, key)));
        grant->id = new_grant_id(call);
        TRY(call_insert(call, &kms_grant_record_type, grant));
        key->grant_count = OPT_INT(count + 1);
        return call_put(call, &kms_key_record_type, key);
}

static int give_token(struct call *call, const struct kms_grant_record *grant, struct str *ret)
{
        struct str text = arena_printf(&call->arena, "%.*s %.*s %.*s %.*s", STR_ARG(grant->account),
                                       STR_ARG(grant->region), STR_ARG(grant->key_id), STR_ARG(grant->id));
        struct str sealed;

        TRY(keyring_seal(call->host->keyring, SEAL_MESSAGE, KMS_TOKEN_BOUND, text, &call->arena, &sealed));
        *ret = base64url_encode(&call->arena, sealed);
        return 0;
}

/* A service that asks on nobody's behalf makes it for the account of the key. */
static struct str issuing_account(struct call *call, const struct kms_key_record *key)
{
        struct str account = call->principal.account.len ? call->principal.account
                             : call->account.len         ? call->account
                                                         : key->account;

        return arena_printf(&call->arena, "arn:aws:iam::%.*s:root", STR_ARG(account));
}

int kms_create_grant(struct call *call, const struct kms_create_grant_in *in,
                     struct kms_create_grant_out *out)
{
        struct kms_grant_record grant = {};
        struct kms_key_record key;
        int r;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(kms_check_grant_tokens(call, &in->grant_tokens));
        TRY(check_principals(call, in));
        TRY(check_operations(call, &key, &in->operations));
        TRY(check_constraints(call, &key, in->constraints));
        grant = (struct kms_grant_record){
                .account = key.account,
                .region = key.region,
                .key_id = key.id,
                .name = in->name,
                .created = OPT_INT(call->now_ms),
                .issuing_account = issuing_account(call, &key),
                .operations = in->operations,
                .constraints = in->constraints,
        };
        TRY(settle_principals(call, in, &grant));
        TRY(kms_dry_run(call, in->dry_run));
        r = find_same(call, &grant, &grant.id);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT)
                TRY(insert_grant(call, &key, &grant));
        out->grant_id = grant.id;
        return give_token(call, &grant, &out->grant_token);
}

/* -- Lists */

static struct kms_grant_list_entry entry_of(struct call *call, const struct kms_grant_record *grant)
{
        struct kms_grant_list_entry entry = {
                .key_id = kms_key_arn(&call->arena, grant->account, grant->region, grant->key_id),
                .grant_id = grant->id,
                .name = str_is_set(grant->name) ? grant->name : STR(""),
                .creation_date = grant->created,
                .issuing_account = grant->issuing_account,
                .operations = grant->operations,
                .constraints = grant->constraints,
        };

        *(grant->holder_is_service.value ? &entry.grantee_service_principal : &entry.grantee_principal) =
                grant->holder;
        if (grant->retirer.len)
                *(grant->retirer_is_service.value ? &entry.retiring_service_principal
                                                  : &entry.retiring_principal) = grant->retirer;
        return entry;
}

struct listing {
        const struct record_index *index;
        size_t prefix;
        struct kms_grant_record like;
        struct str subject;
        struct str marker;
        struct opt_int limit;
};

static int list(struct call *call, const struct listing *listing, struct kms_grant_list_entry_list *ret,
                struct str *ret_next, struct opt_bool *ret_truncated)
{
        const struct kms_page_limits limits = {KMS_SMALL_PAGE_DEFAULT, KMS_SMALL_PAGE_MAX};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct kms_grant_record grant;
        struct kms_page page;
        int r;

        TRY(kms_page_begin(&page, call, listing->marker, listing->limit, limits, listing->subject));
        *ret = (struct kms_grant_list_entry_list){.is_set = true};
        ret->items = arena_new_array(&call->arena, struct kms_grant_list_entry, page.limit);
        if (!ret->items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &kms_grant_record_type, listing->index,
                              &listing->like, listing->prefix, page.after));
        while ((r = record_scan_next(&scan, &grant)) == 0) {
                if (kms_page_is_full(&page))
                        break;
                ret->items[ret->count++] = entry_of(call, &grant);
                page.count++;
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        return kms_page_end(&page, r == 0, ret_truncated, ret_next);
}

/* GrantId, with or without a holder. */
static int list_one(struct call *call, const struct listing *listing, struct str id,
                    struct kms_list_grants_out *out)
{
        struct kms_grant_record grant = listing->like;
        int r;

        grant.id = id;
        r = call_get(call, &kms_grant_record_type, &grant);
        if (r < 0 && r != -ENOENT)
                return r;
        out->truncated = OPT_BOOL(false);
        out->grants = (struct kms_grant_list_entry_list){.is_set = true};
        if (r == -ENOENT || (listing->index && !str_eq(grant.holder, listing->like.holder)))
                return 0;
        out->grants.items = arena_new(&call->arena, struct kms_grant_list_entry);
        if (!out->grants.items)
                return -ENOMEM;
        out->grants.items[out->grants.count++] = entry_of(call, &grant);
        return 0;
}

int kms_list_grants(struct call *call, const struct kms_list_grants_in *in, struct kms_list_grants_out *out)
{
        struct listing listing = {.prefix = 3, .marker = in->marker, .limit = in->limit};
        struct kms_key_record key;

        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        if (str_is_set(in->grantee_principal) && str_is_set(in->grantee_service_principal))
                return call_invalid(call,
                                    "Specify either GranteePrincipal or GranteeServicePrincipal, not both.");
        if (str_is_set(in->grantee_service_principal) && call->principal.kind != AWS_SERVICE)
                return call_invalid(call, "GranteeServicePrincipal can be used by AWS services only.");
        listing.like =
                (struct kms_grant_record){.account = key.account, .region = key.region, .key_id = key.id};
        listing.like.holder =
                str_is_set(in->grantee_principal) ? in->grantee_principal : in->grantee_service_principal;
        if (str_is_set(listing.like.holder)) {
                listing.index = kms_grant_by_holder;
                listing.prefix = 4;
        }
        if (str_is_set(in->grant_id))
                return list_one(call, &listing, in->grant_id, out);
        listing.subject =
                arena_printf(&call->arena, "%.*s %.*s", STR_ARG(key.id), STR_ARG(listing.like.holder));
        return list(call, &listing, &out->grants, &out->next_marker, &out->truncated);
}

/* "Enter a principal in your AWS account." */
static int check_retirer(struct call *call, struct str retirer)
{
        struct str rest = retirer, account = STR_NONE;

        for (size_t i = 0; i < 5; i++) /* "arn:aws:iam::111122223333:..." */
                (void)str_cut(&rest, ':', &account);
        if (str_is_set(rest) && str_eq(account, call->principal.account))
                return 0;
        return fail(call, &kms_invalid_arn_exception,
                    "The retiring principal must be a principal of the caller's account: %.*s",
                    STR_ARG(retirer));
}

int kms_list_retirable_grants(struct call *call, const struct kms_list_retirable_grants_in *in,
                              struct kms_list_retirable_grants_out *out)
{
        struct listing listing = {
                .index = kms_grant_by_retirer, .prefix = 2, .marker = in->marker, .limit = in->limit};

        if (str_is_set(in->retiring_principal) == str_is_set(in->retiring_service_principal))
                return call_invalid(call, "Specify either RetiringPrincipal or RetiringServicePrincipal.");
        if (str_is_set(in->retiring_service_principal) && call->principal.kind != AWS_SERVICE)
                return call_invalid(call, "RetiringServicePrincipal can be used by AWS services only.");
        listing.like.region = call->region;
        listing.like.retirer = in->retiring_service_principal;
        if (str_is_set(in->retiring_principal)) {
                TRY(check_retirer(call, in->retiring_principal));
                listing.like.retirer = in->retiring_principal;
        }
        listing.subject = listing.like.retirer;
        return list(call, &listing, &out->grants, &out->next_marker, &out->truncated);
}

/* -- Their end */

static int remove_grant(struct call *call, const struct kms_grant_record *grant)
{
        struct kms_key_record key;

        TRY(call_delete(call, &kms_grant_record_type, grant));
        TRY(kms_get_key_in(call, grant->account, grant->region, grant->key_id, &key));
        if (key.grant_count.is_set && key.grant_count.value > 0)
                key.grant_count.value--;
        return call_put(call, &kms_key_record_type, &key);
}

static int need_grant(struct call *call, const struct kms_key_record *key, struct str id,
                      struct kms_grant_record *ret)
{
        int r;

        *ret = (struct kms_grant_record){
                .account = key->account, .region = key->region, .key_id = key->id, .id = id};
        r = call_get(call, &kms_grant_record_type, ret);
        if (r == -ENOENT)
                return fail(call, &kms_not_found_exception, "Grant ID %.*s not found", STR_ARG(id));
        return r;
}

int kms_revoke_grant(struct call *call, const struct kms_revoke_grant_in *in,
                     struct kms_revoke_grant_out *out)
{
        struct kms_key_record key;
        struct kms_grant_record grant;

        (void)out;
        TRY(kms_need_key(call, in->key_id, KMS_BY_ID, &key));
        TRY(need_grant(call, &key, in->grant_id, &grant));
        TRY(kms_dry_run(call, in->dry_run));
        kms_tell_key(call, &key);
        return remove_grant(call, &grant);
}

/* The grant that RetireGrant means: by its token, or by key and id. -ENOENT: there is none. */
static int find_retired(struct call *call, struct str token, struct str key_id, struct str grant_id,
                        struct kms_grant_record *ret)
{
        struct kms_name name = {};

        if (str_is_set(token))
                return kms_read_grant_token(call, token, ret);
        if (!str_is_set(key_id) || !str_is_set(grant_id))
                return call_invalid(call, "Specify either a grant token, or a key ID and a grant ID.");
        TRY(kms_read_name(call, key_id, KMS_BY_ID, &name));
        *ret = (struct kms_grant_record){
                .account = name.account, .region = call->region, .key_id = name.key_id, .id = grant_id};
        return call_get(call, &kms_grant_record_type, ret);
}

int kms_retire_grant(struct call *call, const struct kms_retire_grant_in *in,
                     struct kms_retire_grant_out *out)
{
        struct kms_grant_record grant = {};
        struct kms_key_record key;
        int r = find_retired(call, in->grant_token, in->key_id, in->grant_id, &grant);

        (void)out;
        if (r == -ENOENT)
                return fail(call, &kms_not_found_exception, "Grant ID %.*s not found", STR_ARG(grant.id));
        TRY(r);
        TRY(kms_get_key_in(call, grant.account, grant.region, grant.key_id, &key));
        TRY(kms_check_state(call, &key));
        TRY(kms_dry_run(call, in->dry_run));
        kms_tell_key(call, &key);
        return remove_grant(call, &grant);
}

int kms_delete_grants(struct call *call, const struct kms_key_record *key)
{
        const struct kms_grant_record like = {
                .account = key->account, .region = key->region, .key_id = key->id};

        for (;;) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                _cleanup_(arena_done) struct arena row = {};
                struct kms_grant_record grant;
                int r;

                arena_init(&row, KMS_ROW_MEMORY);
                TRY(record_scan_begin(&scan, call->txn, &row, &kms_grant_record_type, NULL, &like, 3,
                                      STR_NONE));
                r = record_scan_next(&scan, &grant);
                record_scan_end(&scan);
                if (r == -ENOENT)
                        return 0;
                TRY(r);
                TRY(call_delete(call, &kms_grant_record_type, &grant));
        }
}

/* -- Who may retire a grant: those whom it names and the account that made it, each as if by a grant of its
 * own; and who has the permission in the account of the key. No key policy says so.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html */

#define RETIRERS 3

static int find_retirers(struct call *call, const struct resource *resource, struct str action,
                         const struct policy_grant_ref **ret, size_t *ret_count)
{
        const struct kms_target *target = resource->of;
        const struct kms_grant_record *grant = target->grant;
        struct policy_grant_ref *refs = arena_new_array(&call->arena, struct policy_grant_ref, RETIRERS);
        struct str whom[RETIRERS] = {grant->retirer, grant->issuing_account};
        struct str ids[RETIRERS] = {grant->retirer_id};

        (void)action;
        if (!refs)
                return -ENOMEM;
        if (kms_list_has(grant->operations.items, grant->operations.count, STR("RetireGrant"))) {
                whom[2] = grant->holder;
                ids[2] = grant->holder_id;
        }
        *ret = refs;
        *ret_count = 0;
        for (size_t i = 0; i < RETIRERS; i++) {
                struct str meant = kms_meant(call, ids[i], whom[i]);

                if (meant.len)
                        refs[(*ret_count)++] = (struct policy_grant_ref){grant->id, meant};
        }
        return 0;
}

int kms_grant_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct kms_grant_record *grant = arena_new(&call->arena, struct kms_grant_record);
        struct kms_target *target = arena_new(&call->arena, struct kms_target);
        int r;

        if (!grant || !target)
                return -ENOMEM;
        r = find_retired(call, args[0], args[1], args[2], grant);
        if (r == 0)
                r = kms_get_key_in(call, grant->account, grant->region, grant->key_id, &target->key);
        if (r < 0 && r != -ENOENT)
                return r;
        target->is_there = r == 0;
        target->grant = target->is_there ? grant : NULL;
        TRY(kms_resource_of(call, target, grant->account, grant->key_id, ret));
        ret->policy = STR_NONE;
        ret->policy_required = false;
        ret->find_grants = target->is_there ? find_retirers : NULL;
        return 0;
}

/* -- ListRetirableGrants: "The authorized resource is the retiring principal specified in the request." A
 * service lists its own. */

static int find_lister(struct call *call, const struct resource *resource, struct str action,
                       const struct policy_grant_ref **ret, size_t *ret_count)
{
        const struct kms_list_retirable_grants_in *in = call->in;
        struct policy_grant_ref *ref = arena_new(&call->arena, struct policy_grant_ref);

        (void)resource;
        (void)action;
        if (!ref)
                return -ENOMEM;
        ref->grantee = in->retiring_service_principal;
        *ret = ref;
        *ret_count = call->principal.kind == AWS_SERVICE && str_is_set(ref->grantee);
        return 0;
}

int kms_retirer_resource(struct call *call, const struct str *args, struct resource *ret)
{
        *ret = (struct resource){
                .arn = str_is_set(args[0]) && str_starts(args[0], STR("arn:")) ? args[0] : STR("*"),
                .account = call->account,
                .policy_kind = POLICY_RESOURCE,
                .find_grants = find_lister,
        };
        return 0;
}
