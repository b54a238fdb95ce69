/* Requests that this server makes of others: one at a time on the calling thread, which waits. Bounded in
 * time, in what is read of the answer, and in where it goes (reach.h). Redirects are answers like others:
 * none is followed. TLS is verified, always. */
#pragma once

#include "net/http.h"

#include <stdatomic.h>

struct sender;

struct sender_options {
        const char *ca_file; /* PEM: who may vouch for others besides those of the system; NULL: nobody */
        struct str networks; /* that may be reached though they are not public: reach_parse(); absent: none */
        /* What is under way ends soon then. */
        const atomic_bool *is_stopping;
};

/* -EINVAL: networks is not a list of such. */
must_check int sender_new(const struct sender_options *options, struct sender **ret);
void sender_free(struct sender *sender); /* NULL is fine; nothing is under way any more */
/* At this port nothing of this machine is asked: its operator's own. */
void sender_close_port(struct sender *sender, uint16_t port);

struct sender_request {
        struct str method; /* "POST" */
        struct str url;    /* http or https, with the name and the password of the user that it may have */
        const struct http_header *headers;
        size_t header_count;
        struct str body;
        int64_t timeout_ms; /* for all of it */
        size_t answer_max;  /* bytes of its body; what is longer is cut off */
};

/* A mail, handed to a server that takes it on: the operator's, wherever it is. By TLS where that has it. */
struct sender_mail {
        struct str server;   /* "host:25" */
        struct str from, to; /* addresses */
        struct str text;     /* headers and body, lines that end with CR LF */
        int64_t timeout_ms;
};

struct sender_answer {
        unsigned int status; /* HTTP's, 0: there was no answer; or SMTP's last, also with a problem */
        struct str body;
        struct str problem; /* why there was none, for who wants to know; absent: there was */
        bool was_closed;    /* there, where nobody is asked */
};

/* 0: there is an answer, or a problem. -EINVAL: a header, method or URL that could be read in two ways.
 * -ESHUTDOWN: it is time to stop, and not known what became of it. */
must_check int sender_send(struct sender *sender, const struct sender_request *request, struct arena *arena,
                           struct sender_answer *ret);
must_check int sender_send_mail(struct sender *sender, const struct sender_mail *mail, struct arena *arena,
                                struct sender_answer *ret);
