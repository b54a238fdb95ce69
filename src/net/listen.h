/* Listening sockets, made before any thread runs. */
#pragma once

#include "base/str.h"

/* "127.0.0.1:4566", "[::1]:0", "0.0.0.0:80", "localhost:80" (which is 127.0.0.1). Port 0: a free one;
 * ret_text (at least 64 bytes) says what it became. Gives the descriptor in *ret_fd. -EINVAL: not an address.
 */
must_check int listen_tcp(struct str address, int *ret_fd, char *ret_text, size_t text_size);

/* A Unix socket of mode 0600, replacing the one that a dead process left behind. -EEXIST: there is another
 * kind of file. */
must_check int listen_unix(const char *path, int *ret_fd);
