/* Certificates for the TLS listener of a server that was given none: a certificate authority of its own,
 * which the operator hands to clients, and a server certificate under it. EC P-256, PEM. */
#pragma once

#include "crypto/key_pair.h"
#include "crypto/keyring.h"

struct tls_identity {
        struct str certificate; /* PEM, in the arena */
        struct secret key;      /* PEM (PKCS #8); freed by the caller */
};

static inline void tls_identity_done(struct tls_identity *identity)
{
        secret_done(&identity->key);
}

struct tls_validity {
        int64_t from_ms;
        int64_t until_ms;
};

/* Signs certificates of servers only: a path length of 0. */
must_check int tls_make_ca(struct tls_validity validity, struct arena *arena, struct tls_identity *ret);

/* For localhost, 127.0.0.1, ::1 and the further names given: host names (also "*.example.com") or IP
 * addresses as text. -EINVAL: a name that is neither, or a CA that is not one. */
must_check int tls_make_server(const struct tls_identity *ca, const struct str *names, size_t name_count,
                               struct tls_validity validity, struct arena *arena, struct tls_identity *ret);

/* For a pair whose signatures others verify: issued by itself, PEM. name: a host name. */
must_check int tls_make_signer(const struct key_pair *pair, const char *name, struct tls_validity validity,
                               struct arena *arena, struct str *ret_certificate);

/* When a certificate ends, so that it can be renewed in time. -EBADMSG: not a certificate. */
must_check int tls_certificate_end(struct str certificate, int64_t *ret_until_ms);
