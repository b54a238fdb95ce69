/* One request on its way through the pipeline: the call that handlers see, and what only the pipeline needs.
 */
#pragma once

#include "events/outbox.h"
#include "net/server.h"
#include "server/workers.h"
#include "services/call.h"
#include "wire/wire.h"

struct server;

struct flight {
        struct call call;
        struct server *server;
        struct http_exchange *exchange;

        /* What authentication read (the principal's names) lies in it: held to the end, or until a write has
         * copied what it needs. */
        struct txn *snapshot;
        const struct api_service *service; /* NULL while not identified */
        enum api_protocol protocol;        /* for errors, also when there is no service */
        struct wire_form form;
        struct str action; /* as the client named it */
        struct auth_result auth;
        void *in, *out; /* of the operation's types */

        struct buf trace;           /* of a denial: JSON; empty else */
        struct str encoded_message; /* of a denial; absent else */
        struct str use;             /* see use_to_note() */
        bool use_is_settled;
        struct str other_account; /* owner of what was asked for, when it is another account */

        struct work work; /* a slow operation's preparation */
        struct store_job job;
        struct buf body;
        struct http_response response;
        int64_t started_ns;
};

/* Records a refusal that every protocol has, under its name there; gives -ECALL. */
must_check int flight_refuse(struct flight *flight, enum wire_common which, const char *format, ...)
        _printf_(3, 4);
