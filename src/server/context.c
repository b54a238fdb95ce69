#include "server/context.h"

#include "base/text.h"
#include "server/audit.h"
#include "services/regions.h"
#include "services/iam/directory.h"

static struct arena *arena_of(const struct context *context)
{
        return &context->flight->call.arena;
}

static bool give(const struct context *context, struct str value, struct policy_key *ret)
{
        struct str *slot;

        if (!str_is_set(value))
                return false;
        slot = arena_new(arena_of(context), struct str);
        if (!slot)
                return false;
        *slot = value;
        ret->values = slot;
        ret->count = 1;
        return true;
}

static bool give_number(const struct context *context, int64_t number, struct policy_key *ret)
{
        return give(context, arena_printf(arena_of(context), "%lld", (long long)number), ret);
}

static bool give_bool(const struct context *context, bool value, struct policy_key *ret)
{
        return give(context, value ? STR("true") : STR("false"), ret);
}

/* An empty text is an absent key: a root user has no aws:username. */
static bool give_text(const struct context *context, struct str value, struct policy_key *ret)
{
        return value.len > 0 && give(context, value, ret);
}

static const struct principal *who(const struct context *context)
{
        return &context->flight->call.principal;
}

/* -- Of the principal */

static bool principal_arn(struct context *context, struct policy_key *ret)
{
        const struct principal *p = who(context);

        return give_text(context, p->kind == ASSUMED_ROLE ? p->session.issuer_arn : p->arn, ret);
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount
 */
static bool principal_account(struct context *context, struct policy_key *ret)
{
        return who(context)->kind == ANONYMOUS ? give(context, STR("anonymous"), ret)
                                               : give_text(context, who(context)->account, ret);
}

static bool principal_type(struct context *context, struct policy_key *ret)
{
        static const struct str NAMES[] = {
                [ANONYMOUS] = STR_INIT("Anonymous"),
                [ROOT_USER] = STR_INIT("Account"),
                [IAM_USER] = STR_INIT("User"),
                [ASSUMED_ROLE] = STR_INIT("AssumedRole"),
                [FEDERATED_USER] = STR_INIT("FederatedUser"),
                [AWS_SERVICE] = STR_INIT("Service"),
        };

        return give(context, NAMES[who(context)->kind], ret);
}

static bool principal_is_service(struct context *context, struct policy_key *ret)
{
        return give_bool(context, who(context)->kind == AWS_SERVICE, ret);
}

static bool principal_service_name(struct context *context, struct policy_key *ret)
{
        return who(context)->kind == AWS_SERVICE && give_text(context, who(context)->name, ret);
}

static bool user_id(struct context *context, struct policy_key *ret)
{
        return who(context)->kind == ANONYMOUS ? give(context, STR("anonymous"), ret)
                                               : give_text(context, who(context)->id, ret);
}

static bool user_name(struct context *context, struct policy_key *ret)
{
        return who(context)->kind == IAM_USER && give_text(context, who(context)->name, ret);
}

static bool source_identity(struct context *context, struct policy_key *ret)
{
        return who(context)->is_temporary && give_text(context, who(context)->session.source_identity, ret);
}

static bool federated_provider(struct context *context, struct policy_key *ret)
{
        return who(context)->is_temporary && give_text(context, who(context)->session.external_provider, ret);
}

/* Only temporary credentials carry the MFA and token keys, and AssumeRole that comes with a code; see the
 * page of aws:MultiFactorAuthPresent. */
static bool mfa_present(struct context *context, struct policy_key *ret)
{
        if (context->flight->call.has_mfa_code)
                return give_bool(context, true, ret);
        return who(context)->is_temporary && give_bool(context, who(context)->session.mfa, ret);
}

static bool mfa_age(struct context *context, struct policy_key *ret)
{
        const struct principal *p = who(context);

        if (context->flight->call.has_mfa_code)
                return give_number(context, 0, ret);
        if (!p->is_temporary || !p->session.mfa)
                return false;
        return give_number(context, (context->flight->call.now_ms - p->session.issued_ms) / MS_PER_S, ret);
}

static bool token_issue_time(struct context *context, struct policy_key *ret)
{
        const struct principal *p = who(context);

        return p->is_temporary && give(context, time_iso(arena_of(context), p->session.issued_ms), ret);
}

/* -- Of the network and the request */

/* Of a call that comes through a service, the client's address is not known to the one that is called. */
static bool source_ip(struct context *context, struct policy_key *ret)
{
        return !str_is_set(context->flight->call.via_service) &&
               give_text(context, context->flight->call.request->source_ip, ret);
}

static bool secure_transport(struct context *context, struct policy_key *ret)
{
        return give_bool(context, str_is_set(context->flight->call.request->tls_version), ret);
}

static bool user_agent(struct context *context, struct policy_key *ret)
{
        return give_text(context, http_header_value(context->flight->call.request, STR("User-Agent")), ret);
}

static bool referer(struct context *context, struct policy_key *ret)
{
        return give_text(context, http_header_value(context->flight->call.request, STR("Referer")), ret);
}

static bool current_time(struct context *context, struct policy_key *ret)
{
        return give(context, time_iso(arena_of(context), context->flight->call.now_ms), ret);
}

static bool epoch_time(struct context *context, struct policy_key *ret)
{
        return give_number(context, context->flight->call.now_ms / MS_PER_S, ret);
}

static bool requested_region(struct context *context, struct policy_key *ret)
{
        const struct resource *resource = context->resource;

        return give_text(context,
                         resource && resource->region.len ? resource->region : context->flight->call.region,
                         ret);
}

static bool via_aws_service(struct context *context, struct policy_key *ret)
{
        return give_bool(context, str_is_set(context->flight->call.via_service), ret);
}

/* "s3.us-east-1.amazonaws.com" asks as s3.amazonaws.com. */
static bool called_via(struct context *context, struct policy_key *ret)
{
        struct str via = context->flight->call.via_service;

        return str_is_set(via) && give(context, audit_service_name(arena_of(context), via), ret);
}

static bool source_arn(struct context *context, struct policy_key *ret)
{
        return give_text(context, context->flight->call.source_arn, ret);
}

static bool source_account(struct context *context, struct policy_key *ret)
{
        return give_text(context, context->flight->call.source_account, ret);
}

static bool resource_account(struct context *context, struct policy_key *ret)
{
        const struct resource *resource = context->resource;

        return give_text(
                context,
                resource && resource->account.len ? resource->account : context->flight->call.account, ret);
}

static bool tag_keys(struct context *context, struct policy_key *ret)
{
        struct flight *flight = context->flight;
        const struct wire_type *input = flight->call.operation->input;
        struct str_map tags = {};
        struct str *keys;

        if (wire_tag_keys(input, flight->in, arena_of(context), &ret->values, &ret->count) == 0 &&
            ret->count > 0)
                return true;
        if (wire_tags(input, flight->in, arena_of(context), &tags) < 0 || tags.count == 0)
                return false;
        keys = arena_new_array(arena_of(context), struct str, tags.count);
        if (!keys)
                return false;
        for (size_t i = 0; i < tags.count; i++)
                keys[i] = tags.items[i].key;
        ret->values = keys;
        ret->count = tags.count;
        return true;
}

static const struct {
        struct str name;
        bool (*find)(struct context *context, struct policy_key *ret);
} GLOBAL_KEYS[] = {
        {STR_INIT("aws:CalledVia"), called_via},
        {STR_INIT("aws:CalledViaFirst"), called_via},
        {STR_INIT("aws:CalledViaLast"), called_via},
        {STR_INIT("aws:CurrentTime"), current_time},
        {STR_INIT("aws:EpochTime"), epoch_time},
        {STR_INIT("aws:FederatedProvider"), federated_provider},
        {STR_INIT("aws:MultiFactorAuthAge"), mfa_age},
        {STR_INIT("aws:MultiFactorAuthPresent"), mfa_present},
        {STR_INIT("aws:PrincipalAccount"), principal_account},
        {STR_INIT("aws:PrincipalArn"), principal_arn},
        {STR_INIT("aws:PrincipalIsAWSService"), principal_is_service},
        {STR_INIT("aws:PrincipalServiceName"), principal_service_name},
        {STR_INIT("aws:PrincipalType"), principal_type},
        {STR_INIT("aws:Referer"), referer},
        {STR_INIT("aws:RequestedRegion"), requested_region},
        {STR_INIT("aws:ResourceAccount"), resource_account},
        {STR_INIT("aws:SecureTransport"), secure_transport},
        {STR_INIT("aws:SourceAccount"), source_account},
        {STR_INIT("aws:SourceArn"), source_arn},
        {STR_INIT("aws:SourceIdentity"), source_identity},
        {STR_INIT("aws:SourceIp"), source_ip},
        {STR_INIT("aws:TagKeys"), tag_keys},
        {STR_INIT("aws:TokenIssueTime"), token_issue_time},
        {STR_INIT("aws:UserAgent"), user_agent},
        {STR_INIT("aws:ViaAWSService"), via_aws_service},
        {STR_INIT("aws:userid"), user_id},
        {STR_INIT("aws:username"), user_name},
};

/* -- Tags: the key of a tag is compared without regard to case, as any condition key is. */

static bool find_tag(const struct context *context, const struct str_map *tags, struct str key,
                     struct policy_key *ret)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq_nocase(tags->items[i].key, key))
                        return give(context,
                                    str_is_set(tags->items[i].value) ? tags->items[i].value : STR(""), ret);
        return false;
}

static bool find_tag_key(struct context *context, struct str name, struct policy_key *ret)
{
        struct flight *flight = context->flight;

        if (str_starts_nocase(name, STR("aws:PrincipalTag/"))) {
                if (!context->has_principal_tags &&
                    iam_principal_tags(&flight->call, &context->principal_tags) < 0)
                        context->is_broken = true;
                context->has_principal_tags = true;
                return find_tag(context, &context->principal_tags,
                                str_from(name, strlen("aws:PrincipalTag/")), ret);
        }
        if (str_starts_nocase(name, STR("aws:RequestTag/"))) {
                if (!context->has_request_tags && wire_tags(flight->call.operation->input, flight->in,
                                                            arena_of(context), &context->request_tags) < 0)
                        context->is_broken = true;
                context->has_request_tags = true;
                return find_tag(context, &context->request_tags, str_from(name, strlen("aws:RequestTag/")),
                                ret);
        }
        if (str_starts_nocase(name, STR("aws:ResourceTag/")) && context->resource)
                return find_tag(context, &context->resource->tags, str_from(name, strlen("aws:ResourceTag/")),
                                ret);
        return false;
}

/* -- Of the service: what the operation's input and the resource give */

static bool find_service_key(struct context *context, struct str name, struct policy_key *ret)
{
        const struct api_operation *operation = context->flight->call.operation;
        int r;

        for (size_t i = 0; context->resource && i < context->resource->key_count; i++)
                if (str_eq_nocase(context->resource->keys[i].name, name)) {
                        ret->values = context->resource->keys[i].values;
                        ret->count = context->resource->keys[i].count;
                        return ret->count > 0;
                }
        for (size_t i = 0; i < operation->key_count; i++)
                if (str_eq_nocase(operation->keys[i].name, name))
                        return wire_member_values(operation->keys[i].member, context->flight->in,
                                                  arena_of(context), &ret->values, &ret->count) == 0 &&
                               ret->count > 0;
        if (!context->resource || !context->resource->find_key)
                return false;
        r = context->resource->find_key(&context->flight->call, context->resource, name, ret);
        context->is_broken |= r < 0;
        return r > 0;
}

bool context_find(void *arg, struct str name, struct policy_key *ret)
{
        struct context *context = arg;

        ret->name = name;
        for (size_t i = 0; i < ARRAY_LEN(GLOBAL_KEYS); i++)
                if (str_eq_nocase(GLOBAL_KEYS[i].name, name))
                        return GLOBAL_KEYS[i].find(context, ret);
        return find_tag_key(context, name, ret) || find_service_key(context, name, ret);
}
