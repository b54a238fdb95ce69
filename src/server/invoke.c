#include "server/invoke.h"

#include "base/ids.h"
#include "base/log.h"
#include "server/audit.h"
#include "server/pipeline.h"
#include "server/server.h"

#define INNER_MEMORY ((size_t)8 * 1024 * 1024)

static struct flight *outer_of(struct call *call)
{
        return (struct flight *)(void *)((char *)call - offsetof(struct flight, call));
}

/* It lies in the arena of the call that makes it, and is done with it: what it gives lives as long. */
static struct flight *make(struct call *call, const struct api_operation *operation, const void *in, void *out,
                           struct str via_service)
{
        struct flight *outer = outer_of(call), *flight = arena_new(&call->arena, struct flight);
        struct call *inner;

        if (!flight)
                return NULL;
        inner = &flight->call;
        call_init(inner, call->host, INNER_MEMORY);
        flight->server = outer->server;
        flight->service = operation->service;
        flight->protocol = operation->service->protocol;
        flight->auth = outer->auth;
        flight->in = (void *)(uintptr_t)in;
        flight->out = out;
        flight->use_is_settled = true; /* the client's credential was used for what it asked */
        inner->operation = operation;
        inner->in = in;
        inner->txn = call->txn;
        inner->request = call->request;
        inner->principal = call->principal;
        inner->account = call->account;
        inner->region = call->region;
        inner->now_ms = call->now_ms;
        inner->may_take_time = call->may_take_time;
        inner->source_arn = call->source_arn;
        inner->source_account = call->source_account;
        inner->via_service = via_service;
        inner->authorise = call->authorise;
        inner->invoke = invoke;
        id_uuid_pair(&inner->arena, &inner->request_id, &inner->event_id);
        inner->inner = call->inner;
        call->inner = inner;
        return flight;
}

/* A refusal, and what was read in a snapshot, is recorded apart from the transaction. */
static int record_apart(struct flight *flight)
{
        int r = audit_queue(flight);

        if (r < 0)
                log_errno(LOG_ERROR, r, "a call between services could not be recorded", NULL);
        return r;
}

static int refuse(struct call *call, struct flight *flight, int result)
{
        struct call *inner = &flight->call;

        if (inner->wish != CALL_WISH_NONE) {
                call->wish = inner->wish;
                return result;
        }
        if (result == -ECALL) {
                call->error = inner->error;
                call->error_message = arena_dup(&call->arena, inner->error_message);
        }
        return record_apart(flight) < 0 ? -EIO : result;
}

int invoke(struct call *call, const struct api_operation *operation, const void *in, void *out,
           struct str via_service)
{
        struct flight *flight;
        int r;

        if (operation->is_write && !txn_is_write(call->txn))
                return -EPERM;
        flight = make(call, operation, in, out, via_service);
        if (!flight)
                return -ENOMEM;
        memset(out, 0, operation->output->size);
        r = pipeline_run_inner(flight);
        if (r < 0)
                r = refuse(call, flight, r);
        else if (!txn_is_write(call->txn))
                r = record_apart(flight);
        buf_done(&flight->trace);
        return r;
}
