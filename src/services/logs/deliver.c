#include "services/logs/deliver.h"

#include "services/service_request.h"
#include "wire/wire.h"

/* An operation with what it needs: in a role's name the permission is asked for here. */
struct asked {
        const char *action;
        int (*handler)(struct call *call, const void *in, void *out);
        const void *in;
        void *out;
        struct str group, stream;
};

static int create(struct call *call, const void *in, void *out)
{
        return logs_create_log_stream(call, in, out);
}

static int put(struct call *call, const void *in, void *out)
{
        return logs_put_log_events(call, in, out);
}

static int run(struct call *call, void *arg)
{
        const struct asked *asked = arg;
        const struct str args[] = {asked->group, asked->stream, STR_NONE};
        struct resource resource;

        TRY(logs_log_stream_resource(call, args, &resource));
        TRY(call->authorise(call, str_of(asked->action), &resource));
        return asked->handler(call, asked->in, asked->out);
}

static int act(struct call *call, const struct logs_deposit *deposit, const struct api_operation *operation,
               struct asked *asked)
{
        const struct call_act all = {
                .principal = deposit->role,
                .region = deposit->region,
                .operation = operation,
                .in = asked->in,
                .out = asked->out,
                .run = run,
                .arg = asked,
        };

        return call->act(call, &all);
}

static int ask_as_service(struct call *call, const struct logs_deposit *deposit,
                          const struct api_operation *operation, const struct asked *asked)
{
        struct call_by_service by = {
                .principal = deposit->service,
                .source_arn = deposit->source_arn,
                .source_account = deposit->source_account,
        };
        struct str region = call->region;
        int r;

        TRY(service_request(call, deposit->service, NULL, &by.request));
        call->region = deposit->region;
        r = call->as_service(call, &by, operation, asked->in, asked->out);
        call->region = region;
        return r;
}

static int ask(struct call *call, const struct logs_deposit *deposit, const char *operation,
               struct asked *asked)
{
        const struct api_operation *found = wire_find_operation(&logs_service, str_of(operation));

        asked->group = deposit->group;
        asked->stream = deposit->stream;
        return deposit->role ? act(call, deposit, found, asked) : ask_as_service(call, deposit, found, asked);
}

/* Only looked at: whether it is there is told to nobody. */
static int has_stream(struct call *call, const struct logs_deposit *deposit, bool *ret)
{
        struct logs_log_group_record group = {.account = deposit->role ? deposit->role->account
                                                                       : deposit->source_account,
                                              .region = deposit->region,
                                              .name = deposit->group};
        struct logs_log_stream_record stream;
        int r = record_find(call->txn, &call->arena, &logs_log_group_record_type, logs_log_group_by_name,
                            &group);

        if (r == 0)
                r = logs_find_stream(call, group.number.value, deposit->stream, &stream);
        *ret = r == 0;
        return r == -ENOENT ? 0 : r;
}

static int make_stream(struct call *call, const struct logs_deposit *deposit)
{
        const struct logs_create_log_stream_in in = {.log_group_name = deposit->group,
                                                     .log_stream_name = deposit->stream};
        struct logs_create_log_stream_out *out = arena_alloc(&call->arena, sizeof(*out) + 1);
        struct asked asked = {.action = "logs:CreateLogStream", .handler = create, .in = &in, .out = out};

        return out ? ask(call, deposit, "CreateLogStream", &asked) : -ENOMEM;
}

int logs_deliver(struct call *call, const struct logs_deposit *deposit)
{
        struct logs_put_log_events_in *in = arena_new(&call->arena, struct logs_put_log_events_in);
        struct logs_put_log_events_out *out = arena_new(&call->arena, struct logs_put_log_events_out);
        struct asked asked = {.action = "logs:PutLogEvents", .handler = put, .in = in, .out = out};
        bool is_there;

        if (!in || !out)
                return -ENOMEM;
        TRY(has_stream(call, deposit, &is_there));
        if (!is_there)
                TRY(make_stream(call, deposit));
        *in = (struct logs_put_log_events_in){.log_group_name = deposit->group,
                                              .log_stream_name = deposit->stream,
                                              .log_events = deposit->events};
        return ask(call, deposit, "PutLogEvents", &asked);
}
