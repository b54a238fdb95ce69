#include "server/as_service.h"

#include "server/pipeline.h"

int as_service_call(struct server *server, const struct as_service *as_service,
                    const struct http_request *request)
{
        struct flight *flight = flight_new(server, request);

        if (!flight)
                return -ENOMEM;
        flight->as_service = as_service;
        pipeline_fly(flight);
        return 0;
}

/* On whose behalf: the account that is said, or the one in the ARN. */
static struct str account_of(const struct as_service *as_service)
{
        struct str rest = as_service->source_arn, word = STR_NONE;

        if (as_service->source_account.len)
                return as_service->source_account;
        for (size_t i = 0; i < 5; i++)
                if (!str_cut(&rest, ':', &word))
                        return STR("");
        return word;
}

int as_service_authenticate(struct flight *flight)
{
        const struct as_service *as_service = flight->as_service;
        struct call *call = &flight->call;

        call->principal = (struct principal){
                .kind = AWS_SERVICE,
                .account = STR(""),
                .arn = as_service->principal,
                .name = as_service->principal,
        };
        call->account = account_of(as_service);
        call->region = as_service->region;
        call->source_arn = as_service->source_arn;
        call->source_account = call->account;
        return 0;
}

void as_service_reply(struct flight *flight)
{
        flight->as_service->answer(flight->as_service->arg, &flight->response);
        flight_free(flight);
}
