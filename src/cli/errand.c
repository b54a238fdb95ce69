#include "cli/errand.h"

#include "cli/admin_client.h"
#include "cli/verbs.h"

#include <jansson.h>
#include <stdio.h>

#define VERB_ARENA ((size_t)128 * 1024 * 1024)

void errand_done(struct errand *errand)
{
        arena_done(&errand->arena);
}

void errand_init(struct errand *errand, struct str data)
{
        *errand = (struct errand){.data = data_folder(data)};
        arena_init(&errand->arena, VERB_ARENA);
}

static void tell_answer(struct str answer)
{
        json_error_t error;
        json_t *parsed = json_loadb(answer.ptr, answer.len, 0, &error);
        const char *text = json_string_value(json_object_get(parsed, "error"));

        if (text)
                (void)fprintf(stderr, "merlon: %s\n", text);
        else
                (void)fprintf(stderr, "merlon: %.*s\n", STR_ARG(answer));
        json_decref(parsed);
}

int errand_ask(struct errand *errand, struct str method, struct str path, struct str body)
{
        unsigned int status = 0;
        int r = admin_request(errand->data, method, path, body, &errand->arena, &status, &errand->answer);

        if (r == -ENOENT || r == -ECONNREFUSED) {
                (void)fprintf(stderr, "merlon: no server runs on the data folder %.*s\n",
                              STR_ARG(errand->data));
                return 1;
        }
        if (r < 0) {
                (void)fprintf(stderr, "merlon: %.*s/admin.sock: %s\n", STR_ARG(errand->data),
                              strerrordesc_np(-r));
                return 1;
        }
        if (status >= 300) {
                tell_answer(errand->answer);
                return 1;
        }
        return 0;
}
