/* What falls due of keys: timers by name and subject, and the key that one is about. */
#include "events/timers.h"
#include "services/kms/kms.h"

struct str kms_subject(struct arena *arena, const struct kms_key_record *key)
{
        return arena_printf(arena, "%.*s %.*s %.*s", STR_ARG(key->account), STR_ARG(key->region),
                            STR_ARG(key->id));
}

static struct timer timer_of(struct call *call, struct str name, struct opt_int due, struct str subject)
{
        return (struct timer){
                .due_ms = due.value,
                .name = arena_printf(&call->arena, "kms.%.*s", STR_ARG(name)),
                .subject = subject,
        };
}

int kms_set_timer(struct call *call, struct str name, struct opt_int due, struct str subject)
{
        const struct timer timer = timer_of(call, name, due, subject);

        return due.is_set ? timer_set(call->txn, &timer) : 0;
}

int kms_take_back_timer(struct call *call, struct str name, struct opt_int due, struct str subject)
{
        const struct timer timer = timer_of(call, name, due, subject);

        return due.is_set ? timer_take_back(call->txn, &timer) : 0;
}

/* The event names the key, and is its account's. */
static void become(struct call *call, const struct kms_key_record *key)
{
        call->account = key->account;
        call->region = key->region;
        call_touch(call, kms_arn_of(&call->arena, key), STR("AWS::KMS::Key"));
}

int kms_due_key(struct call *call, struct str *subject, struct kms_key_record *ret)
{
        struct str account, region, id;
        int r;

        if (!str_cut(subject, ' ', &account) || !str_cut(subject, ' ', &region) ||
            !str_cut(subject, ' ', &id))
                return -EBADMSG;
        r = kms_get_key_in(call, account, region, id, ret);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        become(call, ret);
        return 0;
}
