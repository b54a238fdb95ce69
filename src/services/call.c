#include "services/call.h"

#include "services/policy_cache.h"

struct held_policy {
        struct cached_policy *entry;
        struct held_policy *next;
};

void call_init(struct call *call, const struct host *host, size_t memory_limit)
{
        *call = (struct call){.host = host};
        arena_init(&call->arena, memory_limit);
}

void call_done(struct call *call)
{
        for (struct held_policy *held = call->held; held; held = held->next)
                policy_cache_release(held->entry);
        call->held = NULL;
        arena_done_wiped(&call->arena); /* passwords and new secret keys pass through it */
}

int fail(struct call *call, const struct api_error *error, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        call->error = error;
        call->error_message = arena_vprintf(&call->arena, format, args);
        va_end(args);
        return -ECALL;
}

void call_touch(struct call *call, struct str arn, struct str type)
{
        struct call_resource *resource = arena_new(&call->arena, struct call_resource);

        if (!resource)
                return; /* the arena has failed, and so will the call */
        *resource = (struct call_resource){
                .arn = arena_dup(&call->arena, arn),
                .type = arena_dup(&call->arena, type),
                .account = call->account,
                .next = call->resources,
        };
        call->resources = resource;
}

int call_policy(struct call *call, struct str document, enum policy_kind kind, const struct policy **ret)
{
        struct held_policy *held = arena_new(&call->arena, struct held_policy);

        if (!held)
                return -ENOMEM;
        TRY(policy_cache_get(call->host->policies, document, kind, &held->entry));
        held->next = call->held;
        call->held = held;
        *ret = cached_policy_get(held->entry);
        return 0;
}

int call_seal(struct call *call, struct str bound, struct str clear, struct str *ret_sealed)
{
        return keyring_seal(call->host->keyring, SEAL_RECORD, bound, clear, &call->arena, ret_sealed);
}

int call_open(struct call *call, struct str bound, struct str sealed, struct secret *ret_clear)
{
        return keyring_open(call->host->keyring, SEAL_RECORD, bound, sealed, ret_clear);
}
