/* Condition keys that no member of an input gives.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
 */
#include "services/s3/access_point.h"

int s3_give_key(struct call *call, struct str value, struct policy_key *ret)
{
        struct str *slot;

        if (!str_is_set(value))
                return 0;
        slot = arena_new(&call->arena, struct str);
        if (!slot)
                return -ENOMEM;
        *slot = value;
        ret->values = slot;
        ret->count = 1;
        return 1;
}

const struct s3_known_key *s3_known_key(const struct s3_known_key *keys, size_t count, struct str name)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq_nocase(keys[i].name, name))
                        return &keys[i];
        return NULL;
}

/* What is empty is not there. */
static int give(struct call *call, struct str value, struct policy_key *ret)
{
        return value.len ? s3_give_key(call, value, ret) : 0;
}

static int auth_type(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        (void)target;
        if (call->principal.kind == ANONYMOUS)
                return 0;
        if (call->auth->is_form)
                return give(call, STR("POST"), ret);
        return give(call, call->auth->is_presigned ? STR("REST-QUERY-STRING") : STR("REST-HEADER"), ret);
}

static int signature_version(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        (void)target;
        return call->principal.kind == ANONYMOUS ? 0 : give(call, call->auth->signature_version, ret);
}

/* In milliseconds; of presigned requests alone. */
static int signature_age(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        int64_t age = call->now_ms - clock_at(call->host->clock, call->auth->signed_at_ms);

        (void)target;
        if (!call->auth->is_presigned)
                return 0;
        return give(call, arena_printf(&call->arena, "%lld", (long long)age), ret);
}

/* "TLSv1.3" asks as 1.3. */
static int tls_version(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        struct str version = call->request->tls_version;

        (void)target;
        return str_starts(version, STR("TLSv")) ? give(call, str_from(version, strlen("TLSv")), ret) : 0;
}

static int resource_account(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        return give(call, target->is_at_point ? target->point->account : target->bucket.account, ret);
}

static int content_sha256(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        (void)target;
        return give(call, http_header_value(call->request, STR("x-amz-content-sha256")), ret);
}

static int location(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        const struct s3_create_bucket_in *in = call->in;

        (void)target;
        if (!str_eq(call->operation->name, STR("CreateBucket")) || !in->create_bucket_configuration)
                return 0;
        return give(call, in->create_bucket_configuration->location_constraint, ret);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-s3-inventory-2
 */
static int inventory_fields(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        const struct s3_put_bucket_inventory_configuration_in *in = call->in;

        (void)target;
        if (!str_eq(call->operation->name, STR("PutBucketInventoryConfiguration")) ||
            in->inventory_configuration->optional_fields.count == 0)
                return 0;
        ret->values = in->inventory_configuration->optional_fields.items;
        ret->count = in->inventory_configuration->optional_fields.count;
        return 1;
}

/* Of the request, whatever it asks for: S3's, or S3 Control's. They look at no target. */
static const struct s3_known_key REQUEST_KEYS[] = {
        {STR_INIT("s3:authType"), auth_type},
        {STR_INIT("s3:signatureAge"), signature_age},
        {STR_INIT("s3:signatureversion"), signature_version},
        {STR_INIT("s3:TlsVersion"), tls_version},
        {STR_INIT("s3:x-amz-content-sha256"), content_sha256},
};

/* Of S3's own operations, whose inputs and targets they read. */
static const struct s3_known_key KEYS[] = {
        {STR_INIT("s3:InventoryAccessibleOptionalFields"), inventory_fields},
        {STR_INIT("s3:locationconstraint"), location},
        {STR_INIT("s3:ResourceAccount"), resource_account},
};

int s3_find_request_condition(struct call *call, struct str account, struct str name, struct policy_key *ret)
{
        const struct s3_known_key *known = s3_known_key(REQUEST_KEYS, ARRAY_LEN(REQUEST_KEYS), name);

        if (str_eq_nocase(name, STR("s3:ResourceAccount")))
                return give(call, account, ret);
        return known ? known->find(call, NULL, ret) : 0;
}

int s3_find_condition(struct call *call, const struct resource *resource, struct str name,
                      struct policy_key *ret)
{
        const struct s3_known_key *known = s3_known_key(KEYS, ARRAY_LEN(KEYS), name);
        const struct s3_target *target = resource->of;
        int r;

        if (!known)
                known = s3_known_key(REQUEST_KEYS, ARRAY_LEN(REQUEST_KEYS), name);
        if (known)
                return known->find(call, target, ret);
        r = target->point ? s3_find_point_condition(call, target->point, name, ret) : 0;
        return r != 0 ? r : s3_find_object_condition(call, target, name, ret);
}
