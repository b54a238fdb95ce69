/* The life of a request: one table of steps. See docs/life-of-a-request.md. */
#pragma once

#include "net/server.h"

/* For http_server_options; arg is the struct server. */
void pipeline_request(void *arg, struct http_exchange *exchange);
void pipeline_refuse(void *arg, struct http_exchange *exchange, unsigned int status);
