/* A request to the admin interface, for the files that answer one. */
#pragma once

#include "base/json_out.h"
#include "net/http.h"
#include "server/server.h"

#include <jansson.h>

/* One request of an operator. */
struct visit {
        struct server *server;
        const struct http_request *request;
        bool is_local; /* over the Unix socket */
        struct arena arena;
        struct buf body;
        struct json_out out;
        json_t *given; /* the request's body, parsed; NULL when empty */
        struct http_response response;
};

/* Answers with a text instead: {"status": ...}, or {"error": ...} from 400 on. */
must_check int visit_say(struct visit *visit, unsigned int status, const char *format, ...) _printf_(3, 4);
/* A string of the request's body; absent when it is not there, or is no string. */
struct str visit_member(struct visit *visit, const char *name);

/* The pages that have a file of their own. */
must_check int admin_as_service(struct visit *visit);
must_check int admin_post_scrub(struct visit *visit);
must_check int admin_get_scrub(struct visit *visit);
must_check int admin_post_snapshot(struct visit *visit);
must_check int admin_get_snapshot(struct visit *visit);
must_check int admin_notifications(struct visit *visit);
