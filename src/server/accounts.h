/* The management account at first start, and the root credentials file that `merlon env` reads. */
#pragma once

#include "server/server.h"

/* On an empty store: creates the management account and writes <data>/root-credentials. On one that has
 * accounts: checks that given settings agree with it. */
must_check int accounts_prepare(struct server *server, char problem[SERVER_PROBLEM_MAX]);
