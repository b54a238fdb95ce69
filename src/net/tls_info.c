#include "net/tls_info.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

void tls_info_read(struct MHD_Connection *connection, struct str *ret_version, struct str *ret_cipher)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        gnutls_session_t session = info ? info->tls_session : NULL;

        if (!session)
                return;
        switch (gnutls_protocol_get_version(session)) {
        case GNUTLS_TLS1_3:
                *ret_version = STR("TLSv1.3");
                break;
        case GNUTLS_TLS1_2:
                *ret_version = STR("TLSv1.2");
                break;
        default:
                return;
        }
        *ret_cipher = str_of(gnutls_ciphersuite_get(session));
}
