/* The settings of a server: from flags, then MERLON_... of the environment, then a configuration file, then
 * defaults. An unknown flag, variable or key, or a value that cannot be, stops the start with a text that
 * names it: a security setting never falls back silently. */
#pragma once

#include "base/arena.h"

struct config {
        struct str listen;                   /* "127.0.0.1:4566" */
        struct str tls_listen;               /* absent: no TLS listener */
        struct str tls_certificate, tls_key; /* files; both or neither */
        struct str tls_names;                /* further names for a certificate of our own, split by commas */
        struct str admin_listen;             /* absent: only the Unix socket */
        struct str data;                     /* folder; absent with is_ephemeral: a temporary one */
        bool is_ephemeral;
        bool has_test_clock;
        struct str account_id; /* of the management account, at first start */
        struct str root_access_key_id, root_secret_access_key;
        struct str region; /* what `merlon env` names */
        struct str
                public_url; /* "https://merlon.example": under which others reach the API; absent: unknown */
        struct str store;   /* "lmdb:" */
        struct str ready_file;
        struct str log_level;
        struct str outbound_networks; /* that may be sent to though they are not public; absent: none */
        struct str outbound_ca;       /* file: who vouches for others besides the system's; absent: nobody */
        struct str smtp,
                smtp_from; /* "host:25" that mails are handed to, and their sender; absent: none are sent */
        int64_t threads;
        int64_t max_connections, max_connections_per_address;
        int64_t max_body;
        int64_t header_timeout_s, body_timeout_s, idle_timeout_s;
        int64_t store_max_bytes;
        int64_t trail_delay_s;
};

#define CONFIG_PROBLEM_MAX 256

/* arguments: those behind the verb. environment: as of main(). Strings live in the arena.
 * -EINVAL with the text in problem. */
must_check int config_read(struct config *ret, struct arena *arena, int count, char *const *arguments,
                           char *const *environment, char problem[CONFIG_PROBLEM_MAX]);

/* Help text of every setting, a line each. */
void config_print_help(void);
