/* POST /as-service: a call in the name of one of AWS's services.
 *   {"principal": "dynamodb.amazonaws.com", "operation": "kms:Decrypt", "input": {...}, "region":
 * "us-east-1", "source_arn": "arn:...", "source_account": "111122223333"} The answer is the operation's own,
 * with its status. */
#include "base/text.h"
#include "server/as_service.h"
#include "server/visit.h"
#include "services/regions.h"

#include <pthread.h>

#define FORM_MAX ((size_t)1024 * 1024)

/* The call may be answered by another thread. */
struct waiting {
        struct visit *visit;
        pthread_mutex_t lock;
        pthread_cond_t answered;
        bool is_done;
};

static void take_answer(void *arg, const struct http_response *response)
{
        struct waiting *waiting = arg;

        pthread_mutex_lock(&waiting->lock);
        buf_add(&waiting->visit->body, response->body);
        waiting->visit->response.status = response->status;
        waiting->is_done = true;
        pthread_cond_signal(&waiting->answered);
        pthread_mutex_unlock(&waiting->lock);
}

static int ask(struct visit *visit, struct as_service *as_service, const struct http_request *request)
{
        struct waiting waiting = {.visit = visit};
        int r;

        pthread_mutex_init(&waiting.lock, NULL);
        pthread_cond_init(&waiting.answered, NULL);
        as_service->answer = take_answer;
        as_service->arg = &waiting;
        r = as_service_call(visit->server, as_service, request);
        pthread_mutex_lock(&waiting.lock);
        while (r == 0 && !waiting.is_done)
                pthread_cond_wait(&waiting.answered, &waiting.lock);
        pthread_mutex_unlock(&waiting.lock);
        pthread_cond_destroy(&waiting.answered);
        pthread_mutex_destroy(&waiting.lock);
        return r;
}

/* "kms:Decrypt". NULL: there is none. */
static const struct api_operation *find_operation(struct str name)
{
        struct str rest = name, service;

        if (!str_cut(&rest, ':', &service))
                return NULL;
        for (size_t i = 0; i < api_service_count; i++)
                if (str_eq(api_services[i]->name, service))
                        return wire_find_operation(api_services[i], rest);
        return NULL;
}

/* Of a service that speaks JSON: its target header. Absent: it does not. */
static struct str target_of(struct visit *visit, const struct api_operation *operation)
{
        struct str prefixes = operation->service->target_prefix, prefix;

        if (!str_is_set(prefixes))
                return STR_NONE;
        (void)str_cut(&prefixes, ' ', &prefix);
        return arena_printf(&visit->arena, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(operation->name));
}

static int json_body(struct visit *visit, struct str *ret)
{
        char *text = json_dumps(json_object_get(visit->given, "input"), JSON_COMPACT);

        *ret = text ? arena_dup(&visit->arena, str_of(text)) : STR("{}");
        if (text)
                explicit_bzero(text, strlen(text)); /* it may be a plaintext */
        free(text);
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

/* Of one that speaks the query protocol: of members that are texts. */
static int form_body(struct visit *visit, const struct api_operation *operation, struct str *ret)
{
        _cleanup_(buf_done) struct buf form = {};
        const char *name;
        json_t *value;

        buf_init(&form, FORM_MAX);
        buf_addf(&form, "Action=%.*s&Version=%.*s", STR_ARG(operation->name),
                 STR_ARG(operation->service->version));
        json_object_foreach(json_object_get(visit->given, "input"), name, value)
        {
                if (!json_is_string(value))
                        continue;
                buf_addf(&form, "&%s=", name);
                percent_encode(&form, str_make(json_string_value(value), json_string_length(value)), false);
        }
        TRY(buf_check(&form));
        *ret = arena_dup(&visit->arena, buf_str(&form));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

static int body_of(struct visit *visit, const struct api_operation *operation, struct str target,
                   struct str *ret)
{
        return str_is_set(target) ? json_body(visit, ret) : form_body(visit, operation, ret);
}

int admin_as_service(struct visit *visit)
{
        struct as_service as_service = {
                .principal = visit_member(visit, "principal"),
                .region = visit_member(visit, "region"),
                .source_arn = visit_member(visit, "source_arn"),
                .source_account = visit_member(visit, "source_account"),
        };
        const struct api_operation *operation = find_operation(visit_member(visit, "operation"));
        struct str target = operation ? target_of(visit, operation) : STR_NONE;
        const struct http_header headers[] = {
                str_is_set(target)
                        ? (struct http_header){STR("X-Amz-Target"), target}
                        : (struct http_header){STR("Content-Type"), STR("application/x-www-form-urlencoded")},
                {STR("User-Agent"), as_service.principal},
        };
        struct http_request request = {
                .method = STR("POST"),
                .path = STR("/"),
                .version = STR("HTTP/1.1"),
                .headers = headers,
                .header_count = ARRAY_LEN(headers),
                .source_ip = as_service.principal,
        };

        if (!str_ends(as_service.principal, STR(".amazonaws.com")))
                return visit_say(visit, 400,
                                 "principal: the name of a service is wanted, such as s3.amazonaws.com");
        if (!str_is_set(as_service.region))
                as_service.region = visit->server->config.region;
        if (!region_is_known(as_service.region))
                return visit_say(visit, 400, "region: there is no such region");
        if (!operation || (!str_is_set(target) && !wire_speaks(operation->service, API_QUERY)))
                return visit_say(visit, 400,
                                 "operation: one of a service that speaks JSON or the query protocol is "
                                 "wanted, such as kms:Decrypt");
        TRY(body_of(visit, operation, target, &request.body));
        return ask(visit, &as_service, &request);
}
