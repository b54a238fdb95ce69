#include "server/steps.h"

#include "base/log.h"
#include "crypto/keyring.h"
#include "events/recorder.h"
#include "server/access_log.h"
#include "server/answer.h"
#include "server/audit.h"
#include "server/authenticate.h"
#include "server/authorise.h"
#include "server/body_sum.h"
#include "server/content.h"
#include "server/cross_origin.h"
#include "server/invoke.h"
#include "server/router.h"
#include "server/server.h"
#include "server/website.h"

/* Where the body is the document, some operations have a name of their own for one that cannot be read:
 * MalformedACLError. Elsewhere such a name is that of a document in the request, not of the request.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static const struct api_error *malformed_error(const struct call *call, const struct api_error *error)
{
        const struct api_operation *operation = call->operation;

        if (call->protocol != API_REST_XML ||
            error != wire_common_error(call->protocol, WIRE_ERROR_MALFORMED))
                return error;
        for (size_t i = 0; i < operation->error_count; i++)
                if (str_starts(operation->errors[i]->name, STR("Malformed")))
                        return operation->errors[i];
        return error;
}

static int decode(struct flight *flight)
{
        const struct api_operation *operation = flight->call.operation;
        struct wire_request request = {.form = &flight->form, .rest = &flight->rest};
        struct wire_fault fault;
        int r;

        TRY(content_of(flight, &request.http));
        flight->in = arena_alloc(&flight->call.arena, operation->input->size);
        flight->out = arena_alloc(&flight->call.arena, operation->output->size);
        if (!flight->in || !flight->out)
                return -ENOMEM;
        flight->call.in = flight->in;
        r = wire_decode(operation, flight->call.protocol, &request, &flight->call.arena, flight->in, &fault);
        if (r == -EBADMSG) {
                fault.error = malformed_error(&flight->call, fault.error);
                return flight_fault(flight, &fault);
        }
        if (r == -ENOMEM)
                return flight_refuse(flight, WIRE_ERROR_TOO_LARGE, "The request is too large.");
        return r;
}

static int validate(struct flight *flight)
{
        struct wire_fault fault;
        int r = wire_validate(flight->call.operation, flight->call.protocol, flight->in,
                              flight->server->patterns, &flight->call.arena, &fault);

        if (r != -EBADMSG)
                return r;
        fault.error = malformed_error(&flight->call, fault.error);
        return flight_fault(flight, &fault);
}

static int settle_address(struct flight *flight)
{
        if (!flight->service->settle_address)
                return 0;
        return flight->service->settle_address(&flight->call, flight->in);
}

/* "Checks whether you have the required permissions for the action, without actually making the request."
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html */
static int rehearse(struct flight *flight)
{
        const struct api_operation *operation = flight->call.operation;
        const struct api_error *allowed = operation->service->dry_run;
        const struct wire_member *member;

        if (!allowed)
                return 0;
        member = wire_find_member(operation->input, STR("DryRun"));
        if (!member || !((const struct opt_bool *)wire_at(member, flight->in))->value)
                return 0;
        return fail(&flight->call, allowed, "Request would have succeeded, but DryRun flag is set.");
}

/* No call may go unrecorded: without room for its event it does not happen. */
static int require_record(struct flight *flight)
{
        if (!recorder_has_room(flight->server->recorder))
                return flight_refuse(flight, WIRE_ERROR_UNAVAILABLE,
                                     "The audit trail cannot be written at this time.");
        return 0;
}

/* Private keys are at work only where time may be taken (call_take_time), and in preparations. */
static int run_handler(struct flight *flight)
{
        int r = ((api_handler)flight->call.operation->handler)(&flight->call, flight->in, flight->out);

        if (flight->call.may_take_time)
                secret_wipe_stack();
        return r;
}

static int execute(struct flight *flight)
{
        const struct api_operation *operation = flight->call.operation;

        if (operation->is_planned || !operation->handler)
                return flight_refuse(flight, WIRE_ERROR_NOT_IMPLEMENTED, "%.*s is not implemented.",
                                     STR_ARG(operation->name));
        TRY(run_handler(flight));
        return flight->call.arena.failed ? -ENOMEM : 0;
}

static int prepare(struct flight *flight)
{
        int r = ((api_prepare)flight->call.operation->prepare)(&flight->call, flight->in);

        secret_wipe_stack();
        return r;
}

/* What the answer will be is known only when it is made, and it is made once more after the commit. */
static int log_change(struct flight *flight)
{
        struct call *call = &flight->call;
        struct call_header *headers = call->headers;
        int r;

        if (!call->accessed)
                return 0;
        TRY(answer_encode_output(flight));
        r = access_log_append(flight, call->txn, flight->response.body.len);
        call->headers = headers;
        buf_clear(&flight->body);
        return r;
}

/* The event of a change commits with it; what changes nothing is recorded after its answer is made. A call
 * that waits has none yet: call_wait_after_commit(). */
static int record(struct flight *flight)
{
        struct txn *txn = flight->call.txn;

        if (!txn_is_write(txn))
                return 0;
        if (flight->call.wish == CALL_WISH_WAIT)
                return invoke_append(flight, txn);
        TRY(log_change(flight));
        TRY(invoke_append(flight, txn));
        return audit_append(flight, txn);
}

struct step {
        const char *name;
        int (*run)(struct flight *flight);
};

/* In a snapshot. */
static const struct step ENTRY[] = {
        {"identify", router_identify},      {"admit origin", cross_origin_admit},
        {"authenticate", authenticate},     {"require operation", router_require_operation},
        {"require record", require_record},
};

/* In the same snapshot; once again for the error document of a website. */
static const struct step READING[] = {
        {"find page", website_find_page}, {"sum up", body_sum_check},         {"decode", decode},
        {"validate", validate},           {"settle address", settle_address},
};

/* In the same snapshot for a read; in the transaction of a write, as one with its effect. What a handler
 * finds to be slow goes on behind the first of them. */
static const struct step ACTION[] = {
        {"authorise", authorise},
        {"rehearse", rehearse},
        {"execute", execute},
        {"record", record},
};

/* A slow write, before its transaction. Only for those who may: authorised now, to spend nothing on others,
 * and again in the transaction, whose word counts. */
static const struct step PREPARATION[] = {
        {"authorise", authorise},
        {"prepare", prepare},
};

/* Of a call that a service makes of another in the course of its own: who asks has been proven already, and
 * server/invoke.c records it. */
static const struct step INNER[] = {
        {"validate", validate},      {"authorise", authorise}, {"rehearse", rehearse},
        {"receive", invoke_receive}, {"execute", execute},
};
#define INNER_RECEIVING (ARRAY_LEN(INNER) - 1)

static int run_steps(struct flight *flight, const struct step *steps, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                int r = steps[i].run(flight);

                if (r < 0 && r != -ECALL && flight->call.wish == CALL_WISH_NONE)
                        log_errno(LOG_ERROR, r, "a step failed", "step", steps[i].name, NULL);
                TRY(r);
        }
        return 0;
}
int steps_identify(struct flight *flight)
{
        return run_steps(flight, ENTRY, 1);
}

int steps_read(struct flight *flight)
{
        return run_steps(flight, READING, ARRAY_LEN(READING));
}

int steps_enter(struct flight *flight)
{
        TRY(run_steps(flight, ENTRY + 1, ARRAY_LEN(ENTRY) - 1));
        return steps_read(flight);
}

int steps_act(struct flight *flight)
{
        return run_steps(flight, ACTION, ARRAY_LEN(ACTION));
}

int steps_act_allowed(struct flight *flight)
{
        return run_steps(flight, ACTION + 1, ARRAY_LEN(ACTION) - 1);
}

int steps_prepare(struct flight *flight)
{
        return run_steps(flight, PREPARATION, ARRAY_LEN(PREPARATION));
}

int steps_run_inner(struct flight *flight)
{
        int r = run_steps(flight, INNER, ARRAY_LEN(INNER));

        if (r < 0 && flight->call.wish == CALL_WISH_NONE)
                answer_name_error(flight, r); /* for its event */
        return r;
}

int steps_receive_inner(struct flight *flight)
{
        return run_steps(flight, INNER, INNER_RECEIVING);
}
