/* Whether the master key is the one that the store was sealed under. Another's would open nothing, and seal
 * what is new so that the right one cannot open it. */
#pragma once

#include "server/server.h"

/* A store without the mark gets it. The mark may be of the key before, while the master key is being rotated.
 * -EKEYREJECTED: another key's. */
must_check int key_check(struct server *server);
/* The mark of the current key, when nothing is sealed under another one any more. */
must_check int key_check_renew(struct server *server);
