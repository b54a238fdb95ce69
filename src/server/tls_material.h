/* The certificate of a TLS listener that was given none. Its authority is made at first start, sealed in the
 * store, and its certificate is written beside the data (ca.pem) for clients; the server's own is made anew
 * at each start. */
#pragma once

#include "server/server.h"

/* The certificate chain, in the server's arena, and its key as NUL-terminated PEM. */
must_check int tls_material_make(struct server *server, struct str *ret_certificate, struct secret *ret_key);
/* Seals the authority's key anew, under the current master key. */
must_check int tls_material_reseal(struct server *server);
