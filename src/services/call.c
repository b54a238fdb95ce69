#include "services/call.h"

#include "base/log.h"
#include "services/policy_cache.h"
#include "wire/errors.h"

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
        if (call->inner)
                call_done(call->inner);
        call->inner = NULL;
        for (struct held_policy *held = call->held; held; held = held->next)
                policy_cache_release(held->entry);
        call->held = NULL;
        for (struct call_hold *hold = call->holds; hold; hold = hold->next)
                hold->release(hold->what);
        call->holds = NULL;
        arena_done_wiped(&call->arena); /* passwords and new secret keys pass through it */
}

int call_hold(struct call *call, void *what, void (*release)(void *what))
{
        struct call_hold *hold = what ? arena_new(&call->arena, struct call_hold) : NULL;

        if (!what)
                return 0;
        if (!hold) {
                release(what);
                return -ENOMEM;
        }
        *hold = (struct call_hold){what, release, call->holds};
        call->holds = hold;
        return 0;
}

void call_enter(struct call *call, struct txn *txn)
{
        call->txn = txn;
        call->addressee = NULL;
        call->worked_out = NULL;
        call->kept = NULL;
}

/* -- Records that are read once */

static struct str key_of(const struct record_type *type, const void *record)
{
        return *(const struct str *)(const void *)((const char *)record + type->key[0]->offset);
}

static const void *find_kept(const struct call *call, const struct record_type *type, struct str key)
{
        for (const struct call_kept *kept = call->kept; kept; kept = kept->next)
                if (kept->type == type && str_eq(key_of(type, kept->record), key))
                        return kept->record;
        return NULL;
}

static int keep(struct call *call, const struct record_type *type, const void *record)
{
        struct call_kept *kept = arena_new(&call->arena, struct call_kept);
        void *copy = arena_alloc(&call->arena, type->type->size);

        if (!kept || !copy)
                return -ENOMEM;
        memcpy(copy, record, type->type->size);
        *kept = (struct call_kept){type, copy, call->kept};
        call->kept = kept;
        return 0;
}

int call_get_once(struct call *call, const struct record_type *type, void *record)
{
        const void *kept = find_kept(call, type, key_of(type, record));

        if (kept) {
                memcpy(record, kept, type->type->size);
                return 0;
        }
        TRY(call_get(call, type, record));
        return keep(call, type, record);
}

void call_forget_kept(struct call *call, const struct record_type *type)
{
        struct call_kept **at = &call->kept;

        while (*at)
                if ((*at)->type == type)
                        *at = (*at)->next;
                else
                        at = &(*at)->next;
}

/* -- Errors */

int fail(struct call *call, const struct api_error *error, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        call->error = error;
        call->error_message = arena_vprintf(&call->arena, format, args);
        va_end(args);
        return -ECALL;
}

void call_detail(struct call *call, struct str name, struct str value)
{
        struct str_map *details = &call->error_details;
        struct str_pair *items = arena_new_array(&call->arena, struct str_pair, details->count + 1);

        if (!items)
                return; /* the arena has failed, and so will the call */
        if (details->count)
                memcpy(items, details->items, details->count * sizeof(*items));
        items[details->count] = (struct str_pair){name, arena_dup(&call->arena, value)};
        *details = (struct str_map){.items = items, .count = details->count + 1, .is_set = true};
}

void call_header(struct call *call, struct str name, struct str value)
{
        struct call_header *header = arena_new(&call->arena, struct call_header);

        if (!header)
                return;
        header->header = (struct http_header){name, arena_dup(&call->arena, value)};
        header->next = call->headers;
        call->headers = header;
}

int fail_silently(struct call *call, const struct api_error *error)
{
        call->error = error;
        call->error_message = STR_NONE;
        return -ECALL;
}

void *call_tell_in(struct call *call)
{
        void *told = arena_alloc(&call->arena, call->operation->input->size);

        if (told)
                memcpy(told, call->in, call->operation->input->size);
        call->told_in = told;
        return told;
}

void call_forgive(struct call *call)
{
        call->error = NULL;
        call->error_message = STR_NONE;
        call->error_details = (struct str_map){};
        call->error_members = STR_NONE;
}

static int fail_common(struct call *call, enum wire_common which, const char *format, va_list args)
        _printf_(3, 0);
static int fail_common(struct call *call, enum wire_common which, const char *format, va_list args)
{
        /* What falls due is no operation's. */
        const struct api_service *service = call->operation ? call->operation->service : NULL;

        if (which == WIRE_ERROR_ACCESS_DENIED)
                call->error = wire_denied_error(service, call->protocol);
        else if (service && which == WIRE_ERROR_VALIDATION)
                call->error = wire_invalid_error(service, call->protocol);
        else
                call->error = wire_common_error(call->protocol, which);
        call->error_message = arena_vprintf(&call->arena, format, args);
        return -ECALL;
}

int call_invalid(struct call *call, const char *format, ...)
{
        va_list args;
        int r;

        va_start(args, format);
        r = fail_common(call, WIRE_ERROR_VALIDATION, format, args);
        va_end(args);
        return r;
}

int call_denied(struct call *call, const char *format, ...)
{
        va_list args;
        int r;

        va_start(args, format);
        r = fail_common(call, WIRE_ERROR_ACCESS_DENIED, format, args);
        va_end(args);
        return r;
}

static int wish(struct call *call, enum call_wish wish)
{
        call->wish = wish;
        return -EAGAIN;
}

int call_take_time(struct call *call)
{
        return call->may_take_time ? 0 : wish(call, CALL_WISH_WORKER);
}

int call_look_afresh(struct call *call)
{
        return call->may_look_afresh ? wish(call, CALL_WISH_AFRESH) : 0;
}

int call_need_write(struct call *call)
{
        return txn_is_write(call->txn) ? 0 : wish(call, CALL_WISH_WRITE);
}

int call_wait(struct call *call, uint64_t what, int64_t due_ms, int64_t wait_ms)
{
        struct call_wait *wait = &call->wait;

        if (!call->may_wait || wait_ms <= 0)
                return 0;
        if (wait->deadline_ns == 0)
                wait->deadline_ns = clock_monotonic_ns() + wait_ms * INT64_C(1000000);
        if (clock_monotonic_ns() >= wait->deadline_ns)
                return 0;
        wait->what = what;
        wait->due_ms = due_ms;
        return wish(call, CALL_WISH_WAIT);
}

int call_wait_after_commit(struct call *call, uint64_t what, int64_t due_ms, int64_t wait_ms)
{
        int r = call_wait(call, what, due_ms, wait_ms);

        call_touch_waited(call, what); /* it looks again at once, at what is left */
        return call->wish == CALL_WISH_WAIT ? 0 : r;
}

void call_touch_waited(struct call *call, uint64_t what)
{
        txn_touch(call->txn, what);
}

int call_note(struct call *call, struct str name, struct str subject)
{
        struct call_note *note = arena_new(&call->arena, struct call_note);

        if (!note)
                return -ENOMEM;
        note->text = arena_printf(&call->arena, "%.*s %.*s", STR_ARG(name), STR_ARG(subject));
        note->next = call->notes;
        call->notes = note;
        return str_is_set(note->text) ? 0 : -ENOMEM;
}

int call_log(struct call *call, struct str name, struct str subject)
{
        struct call_line *line = arena_new(&call->arena, struct call_line);

        if (!line)
                return -ENOMEM;
        line->text = arena_printf(&call->arena, "%.*s %.*s", STR_ARG(name), STR_ARG(subject));
        line->next = call->lines;
        call->lines = line;
        return str_is_set(line->text) ? 0 : -ENOMEM;
}

void call_lose(struct call *call, enum loss loss, uint64_t count, const char *message, struct str whose)
{
        struct arena *arena = &call->arena;

        if (count == 0)
                return;
        losses_add(call->host->losses, loss, count);
        log_event(LOG_WARNING, message, "account", arena_cstr(arena, call->account), "whose",
                  arena_cstr(arena, whose), "count",
                  arena_cstr(arena, arena_printf(arena, "%llu", (unsigned long long)count)), NULL);
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
