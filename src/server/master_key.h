/* Rotation of the master key: a new one, under which everything that is stored sealed is sealed anew, record
 * by record, while the server serves. Then the one before is forgotten: what it sealed opens no more, tokens
 * of temporary credentials among it, so whoever knew it can make none. */
#pragma once

#include "server/server.h"

/* -EALREADY: one is on its way in another thread. */
must_check int master_key_rotate(struct server *server);
/* At start, before serving: finishes a rotation that was interrupted. */
must_check int master_key_resume(struct server *server);
