/* One request on its way through the pipeline: the call that handlers see, and what only the pipeline needs.
 */
#pragma once

#include "events/outbox.h"
#include "net/server.h"
#include "server/waiting.h"
#include "server/workers.h"
#include "services/call.h"
#include "wire/wire.h"

struct server;
struct as_service;
struct form_upload;
struct website;

/* An event of an inner call, made when that ended, kept until the outer call ends. */
struct kept_event {
        struct str encoded; /* in the arena of the inner call */
        struct kept_event *next;
};

struct flight {
        struct call call;
        struct server *server;
        struct http_exchange *exchange;

        /* What authentication read (the principal's names) lies in it: held to the end, or until a write has
         * copied what it needs. */
        struct txn *snapshot;
        const struct as_service *as_service; /* of a call that a service makes in its own name; else NULL */
        const struct api_timer *timer;       /* of what fell due, instead of an operation; else NULL */
        const struct api_service *service;   /* NULL while not identified */
        bool body_comes_later;               /* its hash is proven when it has come */
        bool has_succeeded;                  /* and is committed, if it is a write */
        bool is_preflight;                   /* no call: a browser asks whether it may make one */
        bool is_appended;                    /* the kept events lie in the outer call's transaction */
        bool use_is_settled, notes_are_settled; /* what follows is known, or known to be absent */
        struct http_request content;            /* with its body expanded: server/content.h */
        struct wire_form form;
        struct wire_rest rest;      /* of a rest protocol */
        struct form_upload *upload; /* a browser's upload: server/form_upload.h; else NULL */
        struct website *website;    /* a page of a website: server/website.h; else NULL */
        struct body_proof *proof;   /* of what the client said of its body: server/body_proof.h */
        struct auth_stream stream;  /* what it is to be proven with, until then */
        struct http_sink body_in;   /* of a streamed body: server/receive.c */
        struct str action;          /* as the client named it */
        struct str version;         /* of the service's API, likewise; absent: he did not */
        struct str path;            /* of a rest protocol, with the name that a virtual host has in front */
        struct call_header *cross_origin; /* headers of the answer, whatever that will be */
        struct auth_result auth;
        void *in, *out; /* of the operation's types */

        struct buf trace;           /* of a denial: JSON; empty else */
        struct str encoded_message; /* of a denial; absent else */
        struct str use;             /* see use_to_note() */
        struct str notes;           /* see use_notes() */
        struct str other_account;   /* owner of what was asked for, when it is another account */

        struct kept_event *kept; /* of an inner call: audit_keep() */

        struct waiter waiter; /* of a call that waits: server/waiting.h */
        struct work work;     /* on a worker: a slow operation's preparation, a read that takes time */
        struct store_job job;
        struct buf body;
        struct http_response response;
        int64_t started_ns, received_ns; /* the request, and the last of a streamed body; 0: at once */

        /* Of an inner call in a service's own name: its body; absent: none. */
        struct str inner_body;
};

/* A flight for a request; request_id, event_id and the hour are the call's own. NULL: no memory. */
struct flight *flight_new(struct server *server, const struct http_request *request);
void flight_free(void *flight);
/* All but its memory: for flights that lie in another's arena. */
void flight_done(struct flight *flight);

/* Records a refusal that every protocol has, under its name there; gives -ECALL. */
must_check int flight_refuse(struct flight *flight, enum wire_common which, const char *format, ...)
        _printf_(3, 4);
/* Records what the wire refused; gives -ECALL. */
must_check int flight_fault(struct flight *flight, const struct wire_fault *fault);
