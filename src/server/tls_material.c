#include "server/tls_material.h"

#include "crypto/tls_cert.h"
#include "server/files.h"

#include <assert.h>

#define CA_KEY                                                                                               \
        "\xfe"                                                                                               \
        "tls-ca-key"
#define CA_CERTIFICATE                                                                                       \
        "\xfe"                                                                                               \
        "tls-ca-certificate"
#define CA_YEARS    20
#define SERVER_DAYS 397 /* the most that clients accept of a public server: nobody needs more of ours */
#define NAMES_MAX   32
#define BACKDATE_MS (60 * 60 * MS_PER_S) /* clients' clocks differ */

struct authority {
        struct server *server;
        struct tls_identity identity;
};

static int put_authority(struct txn *txn, void *arg)
{
        struct authority *authority = arg;
        struct server *server = authority->server;
        struct str key = str_make(authority->identity.key.bytes, authority->identity.key.len);
        struct str sealed;

        TRY(keyring_seal(server->keyring, SEAL_TLS, STR("authority"), key, &server->arena, &sealed));
        TRY(txn_put(txn, STR(CA_KEY), sealed));
        return txn_put(txn, STR(CA_CERTIFICATE), authority->identity.certificate);
}

static int make_authority(struct authority *authority)
{
        int64_t now = clock_wall_ms();
        struct tls_validity validity = {now - BACKDATE_MS, now + CA_YEARS * 365 * MS_PER_DAY};

        TRY(tls_make_ca(validity, &authority->server->arena, &authority->identity));
        return store_write(authority->server->store, put_authority, authority);
}

static int read_authority(struct authority *authority, struct txn *txn)
{
        struct server *server = authority->server;
        struct str certificate, sealed;

        TRY(txn_get(txn, STR(CA_CERTIFICATE), &certificate));
        TRY(txn_get(txn, STR(CA_KEY), &sealed));
        authority->identity.certificate = arena_dup(&server->arena, certificate);
        return keyring_open(server->keyring, SEAL_TLS, STR("authority"), sealed, &authority->identity.key);
}

static int open_authority(struct authority *authority)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(authority->server->store, &txn));
        r = read_authority(authority, txn);
        store_read_end(txn);
        return r == -ENOENT ? make_authority(authority) : r;
}

static size_t split_names(struct str list, struct str names[NAMES_MAX])
{
        size_t count = 0;
        struct str name;

        while (count < NAMES_MAX && str_cut(&list, ',', &name))
                names[count++] = str_trim(name);
        return count;
}

static int make_server(struct authority *authority, struct tls_identity *ret)
{
        struct server *server = authority->server;
        int64_t now = clock_wall_ms();
        struct tls_validity validity = {now - BACKDATE_MS, now + SERVER_DAYS * MS_PER_DAY};
        struct str names[NAMES_MAX];
        size_t count = split_names(server->config.tls_names, names);

        return tls_make_server(&authority->identity, names, count, validity, &server->arena, ret);
}

int tls_material_make(struct server *server, struct str *ret_certificate, struct secret *ret_key)
{
        struct authority authority = {.server = server};
        _cleanup_(tls_identity_done) struct tls_identity own = {};
        const char *path = file_path(&server->arena, str_of(server->data), "ca.pem");
        int r = open_authority(&authority);

        if (r == 0)
                r = make_server(&authority, &own);
        tls_identity_done(&authority.identity);
        TRY(r);
        if (!path)
                return -ENOMEM;
        TRY(file_write(path, authority.identity.certificate));
        *ret_certificate = own.certificate;
        assert(own.key.bytes);
        TRY(secret_new(ret_key, own.key.len + 1));
        memcpy(ret_key->bytes, own.key.bytes, own.key.len);
        return 0;
}

int tls_material_reseal(struct server *server)
{
        struct authority authority = {.server = server};
        struct txn *txn;
        int r;

        TRY(store_read_begin(server->store, &txn));
        r = read_authority(&authority, txn);
        store_read_end(txn);
        if (r == 0)
                r = store_write(server->store, put_authority, &authority);
        tls_identity_done(&authority.identity);
        return r == -ENOENT ? 0 : r;
}
