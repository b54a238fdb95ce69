/* Whether the master key is the one that the store was sealed under. Another's would open nothing, and seal
 * what is new so that the right one cannot open it. */
#pragma once

#include "server/server.h"

/* A store without the mark gets it. -EKEYREJECTED: another key's. */
must_check int key_check(struct server *server);
