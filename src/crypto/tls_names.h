/* The names that a server certificate is for. For the files of this folder only. */
#pragma once

#include <openssl/x509v3.h> /* first, as in algorithm.h */

#include "base/str.h"

/* localhost, 127.0.0.1, ::1 and the further ones. -EINVAL: neither a host name nor an address. */
must_check int tls_set_names(X509 *certificate, const struct str *further, size_t count);
