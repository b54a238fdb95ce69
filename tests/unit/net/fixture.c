#include "fixture.h"

#include <unistd.h>

/* One answer: owned by the exchange until it is released. */
struct reply {
        struct site *site;
        struct buf body;
        struct http_header headers[3];
        struct http_response response;
};

static void released(void *owner)
{
        struct reply *reply = owner;

        atomic_fetch_add(&reply->site->replies_sent, 1);
        buf_done(&reply->body);
        free(reply);
}

static void describe(const struct http_request *request, struct buf *out)
{
        buf_addf(out, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARG(request->method), STR_ARG(request->path),
                 STR_ARG(str_is_set(request->query) ? request->query : STR("(none)")),
                 STR_ARG(request->version), STR_ARG(request->source_ip));
        for (size_t i = 0; i < request->header_count; i++)
                buf_addf(out, "%.*s=[%.*s]\n", STR_ARG(request->headers[i].name),
                         STR_ARG(request->headers[i].value));
        buf_add(out, STR("--\n"));
        buf_add(out, request->body);
}

static void answer(struct site *site, struct http_exchange *exchange)
{
        struct reply *reply = calloc(1, sizeof(*reply));

        if (!reply)
                abort();
        reply->site = site;
        buf_init(&reply->body, (size_t)16 << 20);
        describe(http_exchange_request(exchange), &reply->body);
        reply->headers[0] = (struct http_header){STR("Content-Type"), STR("text/plain")};
        reply->headers[1] = (struct http_header){STR("X-Twice"), STR("1")};
        reply->headers[2] = (struct http_header){STR("X-Twice"), STR("2")};
        reply->response = (struct http_response){
                .status = 200, .headers = reply->headers, .header_count = 3, .body = buf_str(&reply->body)};
        http_reply(exchange, &reply->response, released, reply);
}

static void on_request(void *arg, struct http_exchange *exchange)
{
        struct site *site = arg;
        struct str path = http_exchange_request(exchange)->path;

        atomic_fetch_add(&site->requests, 1);
        if (!str_eq(path, STR("/later")) && !str_eq(path, STR("/hold"))) {
                answer(site, exchange);
                return;
        }
        pthread_mutex_lock(&site->lock);
        if (str_eq(path, STR("/hold")) && site->held_count < ARRAY_LEN(site->held))
                site->held[site->held_count++] = exchange;
        else if (site->queued < ARRAY_LEN(site->queue))
                site->queue[site->queued++] = exchange;
        else
                abort();
        pthread_cond_broadcast(&site->changed);
        pthread_mutex_unlock(&site->lock);
}

static void on_refuse(void *arg, struct http_exchange *exchange, unsigned int status)
{
        static const struct http_response TOO_LARGE = {.status = 413, .body = STR_INIT("own words")};
        static const struct http_response BUSY = {.status = 503, .body = STR_INIT("own words")};
        struct site *site = arg;

        atomic_fetch_add(&site->refused, 1);
        http_reply(exchange, status == 413 ? &TOO_LARGE : &BUSY, NULL, NULL);
}

static void *work(void *arg)
{
        struct site *site = arg;

        pthread_mutex_lock(&site->lock);
        for (;;) {
                struct http_exchange *exchange;

                while (site->queued == 0 && !site->is_ending)
                        pthread_cond_wait(&site->changed, &site->lock);
                if (site->queued == 0)
                        break;
                exchange = site->queue[--site->queued];
                pthread_mutex_unlock(&site->lock);
                answer(site, exchange);
                pthread_mutex_lock(&site->lock);
        }
        pthread_mutex_unlock(&site->lock);
        return NULL;
}

struct http_server_options site_options(void)
{
        return (struct http_server_options){
                .threads = 2,
                .max_body = 100000,
                .max_body_all = 10000000,
                .max_header = 16384,
                .max_connections = 1000,
                .header_timeout_s = 60,
                .body_timeout_s = 60,
                .idle_timeout_s = 60,
        };
}

void site_start(struct site *site, struct http_server_options options, const char *listen)
{
        bool has_refusals = site->has_refusals;

        memset(site, 0, sizeof(*site));
        site->has_refusals = has_refusals;
        pthread_mutex_init(&site->lock, NULL);
        pthread_cond_init(&site->changed, NULL);
        assert_int_equal(listen_tcp(str_of(listen), &options.listen_fd, site->address, sizeof(site->address)),
                         0);
        options.on_request = on_request;
        options.on_refuse = has_refusals ? on_refuse : NULL;
        options.arg = site;
        assert_int_equal(http_server_start(&options, &site->server), 0);
        for (size_t i = 0; i < ARRAY_LEN(site->workers); i++)
                assert_int_equal(pthread_create(&site->workers[i], NULL, work, site), 0);
}

void site_stop(struct site *site)
{
        http_server_stop(site->server);
        pthread_mutex_lock(&site->lock);
        site->is_ending = true;
        pthread_cond_broadcast(&site->changed);
        pthread_mutex_unlock(&site->lock);
        for (size_t i = 0; i < ARRAY_LEN(site->workers); i++)
                pthread_join(site->workers[i], NULL);
        pthread_cond_destroy(&site->changed);
        pthread_mutex_destroy(&site->lock);
        assert_true(site->requests == site->replies_sent); /* each released, exactly once */
}

void hold_wait(struct site *site, size_t count)
{
        pthread_mutex_lock(&site->lock);
        while (site->held_count < count)
                pthread_cond_wait(&site->changed, &site->lock);
        pthread_mutex_unlock(&site->lock);
}

void hold_release(struct site *site)
{
        struct http_exchange *held[256];
        size_t count;

        pthread_mutex_lock(&site->lock);
        count = site->held_count;
        memcpy(held, site->held, count * sizeof(held[0]));
        site->held_count = 0;
        pthread_mutex_unlock(&site->lock);
        for (size_t i = 0; i < count; i++)
                answer(site, held[i]);
}
