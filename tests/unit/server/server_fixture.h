/* A whole server in this process, ephemeral; accounts and people in it; and calls of a service that is not
 * there, from within which others are invoked. Events stay in the outbox: nobody reads them away. */
#pragma once

#include "api/iam.h"
#include "api/kms.h"
#include "server/flight.h"
#include "server/server.h"

#include <jansson.h>

extern struct server the_server;
extern struct arena fixture_arena; /* what tests get lives in it, to the end */

int fixture_start(void **state);
int fixture_stop(void **state);

#define REGION STR("us-east-1")
#define VIA_S3 STR("s3.us-east-1.amazonaws.com")

/* The root user of a new account. */
struct principal new_account(void);
/* A user, with an inline policy unless it is NULL. */
struct principal new_user(const struct principal *root, const char *name, const char *policy);

/* What happens within a call of the service that is not there. */
typedef int (*in_call)(struct call *call, void *arg);

struct outer {
        const struct principal *principal;
        struct str region;  /* absent: us-east-1 */
        bool is_write;      /* in a write transaction; else in a snapshot */
        bool may_take_time; /* of a read */
        bool begins_again;  /* done twice, as when it goes on elsewhere */
        bool forgives;      /* ends well whatever `what` gave */
        struct str account; /* absent: the principal's */
        /* What became of it, in the fixture's arena. */
        int inner_result; /* what `what` gave */
        enum call_wish wish;
        struct str error, message, request_id;
};

/* Runs it to its end, events and all; gives its result. */
int run_outer(struct outer *outer, in_call what, void *arg);

/* The events of an account by name in the order of their commit; to be freed (json_decref). An array. */
json_t *events_of(struct str account, const char *name);
/* A member, by its path: "userIdentity.invokedBy"; absent when it is not there. */
struct str event_member(json_t *event, const char *path);
