/* What the tests of this folder share. */
#pragma once

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define assert_str(have, want)                                                                               \
        do {                                                                                                 \
                struct str have_ = (have), want_ = STR(want);                                                \
                if (!str_eq(have_, want_))                                                                   \
                        fail_msg("have: %.*s\nwant: %.*s", STR_ARG(have_), STR_ARG(want_));                  \
        } while (0)

/* An input that a test decodes into, and all that lives with it. */
struct bench {
        struct arena arena;
        struct sample_in in;
        struct wire_fault fault;
};

static inline void bench_init(struct bench *bench)
{
        *bench = (struct bench){};
        arena_init(&bench->arena, 1 << 20);
}

static inline void bench_done(struct bench *bench)
{
        arena_done(&bench->arena);
}

/* POST of a form; gives what the form parser or the decoder gives. */
static inline int decode_form(struct bench *bench, struct str body)
{
        struct http_request http = {.method = STR("POST"), .path = STR("/"), .body = body};
        struct wire_form form;
        struct wire_request request = {.http = &http, .form = &form};

        bench->in = (struct sample_in){};
        TRY(wire_form_parse(&http, &bench->arena, &form, &bench->fault));
        return wire_decode(sample_query_operation, sample_query_operation->service->protocol, &request,
                           &bench->arena, &bench->in, &bench->fault);
}

static inline int decode_json(struct bench *bench, struct str body)
{
        struct http_request http = {.method = STR("POST"), .path = STR("/"), .body = body};
        struct wire_request request = {.http = &http};

        bench->in = (struct sample_in){};
        return wire_decode(sample_json_operation, sample_json_operation->service->protocol, &request,
                           &bench->arena, &bench->in, &bench->fault);
}
