/* Condition keys of KMS that a request's members do not give by themselves: those of the key, those with a
 * default, those that are worked out.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html */
#include "services/kms/kms.h"
#include "services/kms/last_usage.h"

struct condition {
        struct call *call;
        const struct kms_target *target; /* NULL: of a key that is not there yet */
        struct policy_key *ret;
        int *error; /* why it cannot be told */
};

static bool give(const struct condition *c, struct str value)
{
        struct str *slot;

        if (value.len == 0)
                return false;
        slot = arena_new(&c->call->arena, struct str);
        if (!slot)
                return false;
        *slot = value;
        c->ret->values = slot;
        c->ret->count = 1;
        return true;
}

static bool give_bool(const struct condition *c, bool value)
{
        return give(c, value ? STR("true") : STR("false"));
}

static const struct kms_key_record *key_of(const struct condition *c)
{
        return c->target && c->target->is_there ? &c->target->key : NULL;
}

static const struct kms_create_key_in *creation(const struct condition *c)
{
        return str_eq(c->call->operation->name, STR("CreateKey")) ? c->call->in : NULL;
}

static bool caller_account(const struct condition *c)
{
        return give(c, c->call->principal.account);
}

static bool via_service(const struct condition *c)
{
        return give(c, c->call->via_service);
}

static bool key_spec(const struct condition *c)
{
        const struct kms_create_key_in *in = creation(c);

        if (!in)
                return key_of(c) && give(c, key_of(c)->spec);
        if (str_is_set(in->key_spec))
                return give(c, in->key_spec);
        return give(c, str_is_set(in->customer_master_key_spec) ? in->customer_master_key_spec : KMS_DEFAULT);
}

static bool key_usage(const struct condition *c)
{
        const struct kms_create_key_in *in = creation(c);

        if (!in)
                return key_of(c) && give(c, key_of(c)->usage);
        return give(c, str_is_set(in->key_usage) ? in->key_usage : KMS_ENCRYPT_DECRYPT);
}

static bool key_origin(const struct condition *c)
{
        const struct kms_create_key_in *in = creation(c);

        if (!in)
                return key_of(c) && give(c, key_of(c)->origin);
        return give(c, str_is_set(in->origin) ? in->origin : STR("AWS_KMS"));
}

static bool multi_region(const struct condition *c)
{
        const struct kms_create_key_in *in = creation(c);

        if (!in)
                return key_of(c) && give_bool(c, kms_is_multi_region(key_of(c)));
        return give_bool(c, in->multi_region.is_set && in->multi_region.value);
}

static bool multi_region_key_type(const struct condition *c)
{
        const struct kms_create_key_in *in = creation(c);

        if (in)
                return in->multi_region.is_set && in->multi_region.value && give(c, STR("PRIMARY"));
        if (!key_of(c) || !kms_is_multi_region(key_of(c)))
                return false;
        return give(c, kms_is_primary(key_of(c)) ? STR("PRIMARY") : STR("REPLICA"));
}

static bool request_alias(const struct condition *c)
{
        return c->target && give(c, c->target->request_alias);
}

/* "If a KMS key exceeds this quota, principals ... are denied": it cannot here. */
static bool resource_aliases(const struct condition *c)
{
        const struct kms_key_record *key = key_of(c);
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct kms_alias_record alias, like;
        struct str *names;
        int r;

        if (!key)
                return false;
        like = (struct kms_alias_record){.account = key->account, .region = key->region, .key_id = key->id};
        names = arena_new_array(&c->call->arena, struct str, KMS_ALIASES_PER_KEY);
        r = !names ? -ENOMEM
                   : record_scan_begin(&scan, c->call->txn, &c->call->arena, &kms_alias_record_type,
                                       kms_alias_by_key, &like, 3, STR_NONE);
        while (r == 0 && c->ret->count < KMS_ALIASES_PER_KEY) {
                r = record_scan_next(&scan, &alias);
                if (r == 0)
                        names[c->ret->count++] = alias.name;
        }
        if (r < 0 && r != -ENOENT)
                *c->error = r;
        c->ret->values = names;
        return c->ret->count > 0;
}

static bool encryption_algorithm(const struct condition *c)
{
        return c->target && give(c, c->target->algorithm);
}

static const struct kms_create_grant_in *new_grant(const struct condition *c)
{
        return str_eq(c->call->operation->name, STR("CreateGrant")) ? c->call->in : NULL;
}

/* Of the grant that is made, or that is to be retired. NULL: none. */
static const struct kms_grant_constraints *constraints_of(const struct condition *c)
{
        const struct kms_create_grant_in *in = new_grant(c);

        if (in)
                return in->constraints;
        return c->target && c->target->grant ? c->target->grant->constraints : NULL;
}

/* Of a grant: what its constraint says. */
static const struct str_map *context_of(const struct condition *c)
{
        const struct kms_grant_constraints *constraints = constraints_of(c);

        if (!constraints)
                return c->target ? c->target->context : NULL;
        return constraints->encryption_context_equals.count ? &constraints->encryption_context_equals
                                                            : &constraints->encryption_context_subset;
}

static bool context_keys(const struct condition *c)
{
        const struct str_map *context = context_of(c);
        struct str *keys;

        if (!context || context->count == 0)
                return false;
        keys = arena_new_array(&c->call->arena, struct str, context->count);
        if (!keys)
                return false;
        for (size_t i = 0; i < context->count; i++)
                keys[i] = context->items[i].key;
        c->ret->values = keys;
        c->ret->count = context->count;
        return true;
}

static bool message_type(const struct condition *c)
{
        struct str name = c->call->operation->name;

        if (str_eq(name, STR("Sign"))) {
                const struct kms_sign_in *in = c->call->in;

                return give(c, str_is_set(in->message_type) ? in->message_type : STR("RAW"));
        }
        if (str_eq(name, STR("Verify"))) {
                const struct kms_verify_in *in = c->call->in;

                return give(c, str_is_set(in->message_type) ? in->message_type : STR("RAW"));
        }
        return false;
}

static bool grant_constraint_type(const struct condition *c)
{
        const struct kms_grant_constraints *constraints = constraints_of(c);

        if (!constraints)
                return false;
        if (constraints->encryption_context_equals.count)
                return give(c, STR("EncryptionContextEquals"));
        return constraints->encryption_context_subset.count && give(c, STR("EncryptionContextSubset"));
}

static bool grant_constraint_source_arn(const struct condition *c)
{
        const struct kms_create_grant_in *in = new_grant(c);

        return in && in->constraints && give(c, in->constraints->source_arn);
}

/* True when a service asks on the user's behalf. */
static bool grant_is_for_aws_resource(const struct condition *c)
{
        static const struct str OPERATIONS[] = {STR_INIT("CreateGrant"), STR_INIT("ListGrants"),
                                                STR_INIT("RevokeGrant")};
        bool is_grant = kms_list_has(OPERATIONS, ARRAY_LEN(OPERATIONS), c->call->operation->name);

        return is_grant && give_bool(c, str_is_set(c->call->via_service));
}

static bool re_encrypt_on_same_key(const struct condition *c)
{
        return c->target && c->target->is_same_key.is_set && give_bool(c, c->target->is_same_key.value);
}

static bool give_number(const struct condition *c, struct opt_int given, int64_t usual)
{
        return give(c,
                    arena_printf(&c->call->arena, "%lld", (long long)(given.is_set ? given.value : usual)));
}

static bool pending_window(const struct condition *c)
{
        const struct kms_schedule_key_deletion_in *in = c->call->in;

        return str_eq(c->call->operation->name, STR("ScheduleKeyDeletion")) &&
               give_number(c, in->pending_window_in_days, KMS_DELETION_DAYS_DEFAULT);
}

static bool rotation_period(const struct condition *c)
{
        const struct kms_enable_key_rotation_in *in = c->call->in;

        return str_eq(c->call->operation->name, STR("EnableKeyRotation")) &&
               give_number(c, in->rotation_period_in_days, KMS_ROTATION_DAYS_DEFAULT);
}

static bool days_without_usage(const struct condition *c)
{
        static const struct str OPERATIONS[] = {STR_INIT("DisableKey"), STR_INIT("ScheduleKeyDeletion")};
        int64_t days;
        int r;

        if (!kms_list_has(OPERATIONS, ARRAY_LEN(OPERATIONS), c->call->operation->name) || !key_of(c))
                return false;
        r = kms_days_without_usage(c->call, key_of(c), &days);
        if (r < 0)
                *c->error = r;
        return r == 0 && give_number(c, OPT_INT(days), 0);
}

/* "The value is expressed in Unix time": conditions compare it as a number. */
static bool valid_to(const struct condition *c)
{
        const struct kms_import_key_material_in *in = c->call->in;

        return str_eq(c->call->operation->name, STR("ImportKeyMaterial")) && in->valid_to.is_set &&
               give_number(c, OPT_INT(in->valid_to.value / MS_PER_S), 0);
}

static const struct {
        struct str name;
        bool (*find)(const struct condition *c);
} KEYS[] = {
        {STR_INIT("kms:CallerAccount"), caller_account},
        {STR_INIT("kms:ViaService"), via_service},
        {STR_INIT("kms:KeySpec"), key_spec},
        {STR_INIT("kms:CustomerMasterKeySpec"), key_spec},
        {STR_INIT("kms:KeyUsage"), key_usage},
        {STR_INIT("kms:CustomerMasterKeyUsage"), key_usage},
        {STR_INIT("kms:KeyOrigin"), key_origin},
        {STR_INIT("kms:MultiRegion"), multi_region},
        {STR_INIT("kms:MultiRegionKeyType"), multi_region_key_type},
        {STR_INIT("kms:RequestAlias"), request_alias},
        {STR_INIT("kms:ResourceAliases"), resource_aliases},
        {STR_INIT("kms:EncryptionAlgorithm"), encryption_algorithm},
        {STR_INIT("kms:EncryptionContextKeys"), context_keys},
        {STR_INIT("kms:MessageType"), message_type},
        {STR_INIT("kms:GrantConstraintType"), grant_constraint_type},
        {STR_INIT("kms:GrantConstraintSourceArn"), grant_constraint_source_arn},
        {STR_INIT("kms:GrantIsForAWSResource"), grant_is_for_aws_resource},
        {STR_INIT("kms:ReEncryptOnSameKey"), re_encrypt_on_same_key},
        {STR_INIT("kms:ScheduleKeyDeletionPendingWindowInDays"), pending_window},
        {STR_INIT("kms:RotationPeriodInDays"), rotation_period},
        {STR_INIT("kms:TrailingDaysWithoutKeyUsage"), days_without_usage},
        {STR_INIT("kms:ValidTo"), valid_to},
};

/* kms:EncryptionContext:KEY. "The key name is not case sensitive". Of two pairs that fit, either could hide
 * the other from some condition, so that the call is refused. */
static bool context_value(const struct condition *c, struct str wanted)
{
        const struct str_map *context = context_of(c);

        for (size_t i = 0; context && i < context->count; i++) {
                if (!str_eq_nocase(context->items[i].key, wanted))
                        continue;
                if (c->ret->count)
                        *c->error = -EINVAL;
                c->ret->values = &context->items[i].value;
                c->ret->count = 1;
        }
        return c->ret->count > 0;
}

int kms_find_condition(struct call *call, const struct resource *resource, struct str name,
                       struct policy_key *ret)
{
        int error = 0;
        const struct condition c = {.call = call, .target = resource->of, .ret = ret, .error = &error};
        bool is_found = false;

        ret->values = NULL;
        ret->count = 0;
        if (str_starts_nocase(name, STR("kms:EncryptionContext:")))
                is_found = context_value(&c, str_from(name, strlen("kms:EncryptionContext:")));
        for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
                if (str_eq_nocase(KEYS[i].name, name))
                        is_found = KEYS[i].find(&c);
        return error < 0 ? error : is_found;
}
