/* Requests that browsers make for pages of other origins (CORS): what they may is the service's word
 * (api_service.cross_origin), asked without a signature, since a browser's first question never has one.
 * https://fetch.spec.whatwg.org/#http-cors-protocol */
#pragma once

#include "server/flight.h"

/* The step of a call: adds to its answer what lets the browser show it. What is not let is no error here: the
 * browser keeps such an answer from the page. */
must_check int cross_origin_admit(struct flight *flight);

/* A preflight request, to a service that answers such. It is no call: nothing is authorised or recorded. */
bool cross_origin_asks_first(const struct flight *flight);
/* 0, or -ECALL: refused. -ENOENT: it is a request as any other. */
must_check int cross_origin_answer(struct flight *flight);
/* The answer to one that was let: headers alone. */
must_check int cross_origin_encode(struct flight *flight);
