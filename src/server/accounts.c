#include "server/accounts.h"

#include "server/files.h"
#include "services/iam/directory.h"

#include <unistd.h>

#define SETUP_ARENA ((size_t)1024 * 1024)

struct setup {
        struct server *server;
        struct arena arena;
        struct iam_root_key key;
};

static int write_credentials(struct setup *setup)
{
        _cleanup_(buf_done) struct buf text = {};
        const char *path = file_path(&setup->arena, str_of(setup->server->data), "root-credentials");
        int r;

        if (!path)
                return -ENOMEM;
        buf_init(&text, 1024);
        buf_addf(&text, "AWS_ACCESS_KEY_ID=%.*s\nAWS_SECRET_ACCESS_KEY=%.*s\nAWS_ACCOUNT_ID=%.*s\n",
                 STR_ARG(setup->key.access_key_id), STR_ARG(setup->key.secret_access_key),
                 STR_ARG(setup->key.account));
        r = file_write(path, buf_str(&text));
        secret_wipe(text.data, text.len);
        return r;
}

/* The file is written before the commit: a crash between the two leaves credentials of nobody, which the next
 * start replaces, and never an account that nobody can enter. */
static int create_management_account(struct txn *txn, void *arg)
{
        struct setup *setup = arg;
        struct server *server = setup->server;
        struct iam_new_account account = {
                .id = server->config.account_id,
                .name = STR("management"),
                .root_key_id = server->config.root_access_key_id,
                .root_secret = server->config.root_secret_access_key,
        };

        TRY(iam_create_account(txn, &setup->arena, server->keyring, clock_now_ms(&server->clock), &account,
                               &setup->key));
        return write_credentials(setup);
}

static void tell_credentials(const struct setup *setup)
{
        if (str_is_set(setup->server->config.root_secret_access_key) || !isatty(STDOUT_FILENO))
                return; /* known to whoever gave it, or in the file for whoever started us from a script */
        printf("Management account %.*s was created. Its root credentials, shown once and kept in "
               "%s/root-credentials:\n"
               "  AWS_ACCESS_KEY_ID=%.*s\n  AWS_SECRET_ACCESS_KEY=%.*s\n",
               STR_ARG(setup->key.account), setup->server->data, STR_ARG(setup->key.access_key_id),
               STR_ARG(setup->key.secret_access_key));
        (void)fflush(stdout);
}

static void keep(struct server *server, struct str *setting, struct str value)
{
        if (!str_is_set(*setting))
                *setting = arena_dup(&server->arena, value);
}

/* After a reset an ephemeral server has the account and key that its users already hold. The first start
 * alone writes the settings: at a reset other threads read them. */
static void remember(const struct setup *setup)
{
        struct server *server = setup->server;

        keep(server, &server->config.account_id, setup->key.account);
        keep(server, &server->config.root_access_key_id, setup->key.access_key_id);
        keep(server, &server->config.root_secret_access_key, setup->key.secret_access_key);
}

static int first_start(struct setup *setup, char problem[SERVER_PROBLEM_MAX])
{
        int r = store_write(setup->server->store, create_management_account, setup);

        if (r == -EINVAL) {
                (void)snprintf(problem, SERVER_PROBLEM_MAX,
                               "account-id, root-access-key-id or root-secret-access-key is malformed");
                return r;
        }
        if (r < 0) {
                (void)snprintf(problem, SERVER_PROBLEM_MAX, "the management account could not be created: %s",
                               strerrordesc_np(-r));
                return r;
        }
        tell_credentials(setup);
        if (setup->server->config.is_ephemeral)
                remember(setup);
        return 0;
}

/* A given root key must be the one that is there: silence would leave an operator believing in another. */
static int check_key(struct setup *setup, struct txn *txn)
{
        struct config *config = &setup->server->config;
        struct iam_key_source source = {.txn = txn, .keyring = setup->server->keyring};
        _cleanup_(secret_done) struct secret secret = {};
        struct auth_key key = {};

        TRY(iam_find_access_key(&source, &setup->arena, config->root_access_key_id, &key));
        TRY(iam_open_secret(&source, config->root_access_key_id, &key, &secret));
        return secret_equal(str_make(secret.bytes, secret.len), config->root_secret_access_key) ? 0 : -EACCES;
}

static int check_settings(struct setup *setup, struct txn *txn, char problem[SERVER_PROBLEM_MAX])
{
        struct config *config = &setup->server->config;

        if (str_is_set(config->account_id) && !iam_account_exists(txn, config->account_id)) {
                (void)snprintf(
                        problem, SERVER_PROBLEM_MAX,
                        "account-id: the data folder %s has no account %.*s; it counts at first start only",
                        setup->server->data, STR_ARG(config->account_id));
                return -EINVAL;
        }
        if (str_is_set(config->root_access_key_id) && check_key(setup, txn) < 0) {
                (void)snprintf(problem, SERVER_PROBLEM_MAX,
                               "root-access-key-id: the data folder %s has no such key with this secret; it "
                               "counts at "
                               "first start only",
                               setup->server->data);
                return -EINVAL;
        }
        return 0;
}

static int count_accounts(struct setup *setup, struct txn *txn, size_t *ret)
{
        struct iam_account_record *accounts;

        return iam_list_accounts(txn, &setup->arena, &accounts, ret);
}

int accounts_prepare(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct setup setup = {.server = server};
        struct txn *txn;
        size_t count = 0;
        int r;

        arena_init(&setup.arena, SETUP_ARENA);
        r = store_read_begin(server->store, &txn);
        if (r < 0)
                return r;
        r = count_accounts(&setup, txn, &count);
        if (r == 0 && count > 0)
                r = check_settings(&setup, txn, problem);
        store_read_end(txn);
        if (r == 0 && count == 0)
                r = first_start(&setup, problem);
        arena_done(&setup.arena);
        return r;
}
