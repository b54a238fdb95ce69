/* A host with a memory store and one account, and calls on it without a server around them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>

#include "api/iam.h"
#include "services/call.h"
#include "services/iam/directory.h"

#include <cmocka.h>

#define ACCOUNT STR("123456789012")

struct fixture {
        struct clock clock;
        struct host host;
        struct store *store;
        struct keyring *keyring;
        struct iam_root_key root; /* in arena */
        struct arena arena;       /* what tests keep */
        struct str error;         /* code of the AWS error of the last call; absent: none */
        struct str message;
};

int fixture_setup(void **state); /* *state is the fixture */
int fixture_teardown(void **state);

/* Runs what in a write transaction, as a call of the root user of ACCOUNT (or of principal); gives its result
 * and keeps its AWS error. */
typedef int (*in_call)(struct call *call, void *arg);
int run(struct fixture *fixture, in_call what, void *arg);
int run_as(struct fixture *fixture, const struct principal *principal, in_call what, void *arg);

void make_user(struct fixture *fixture, const char *name, const char *path);
void make_group(struct fixture *fixture, const char *name);
void join(struct fixture *fixture, const char *user, const char *group);
void put_user_policy(struct fixture *fixture, const char *user, const char *name, const char *document);
void put_group_policy(struct fixture *fixture, const char *group, const char *name, const char *document);
/* Its id and secret, in the fixture's arena. */
struct iam_access_key make_key(struct fixture *fixture, const char *user);
