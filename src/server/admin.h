/* The operator's interface: a Unix socket in the data folder and, if asked for, loopback HTTP with the part
 * of it that needs no trust in who connects. Never on the API port.
 *
 *   GET  /health /metrics /status        anyone who can connect
 *   POST /reset /clock                   ephemeral servers, servers with a test clock
 *   GET  /accounts   POST /accounts      Unix socket only, as all below
 *   GET  /explain/REQUEST-ID
 *   POST /snapshot                       {"file": PATH}
 *   POST /managed-policies               a file of AWS managed policies */
#pragma once

#include "server/server.h"

must_check int admin_start(struct server *server, char problem[SERVER_PROBLEM_MAX]);
