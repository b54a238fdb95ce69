/* What a TLS connection agreed on. libmicrohttpd speaks TLS through GnuTLS; this is all that we ask of it. */
#pragma once

#include "base/str.h"

struct MHD_Connection;

/* "TLSv1.3" and the IANA name of the cipher suite; both live as long as the process. Absent when unknown. */
void tls_info_read(struct MHD_Connection *connection, struct str *ret_version, struct str *ret_cipher);
