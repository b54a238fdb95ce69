/* Whose access keys and sessions are: what authentication asks of IAM. */
#include "services/iam/access_key.h"

/* Uses are noted this coarsely; see the user guide on credential reports ("more than once in a 15-minute
 * span"). https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
#define USE_STEP_MS (15 * 60 * MS_PER_S)

/* -- Access keys */

static int root_principal(struct txn *txn, struct arena *arena, const struct iam_access_key_record *key,
                          struct principal *ret)
{
        struct iam_account_record account = {.id = key->account};

        TRY(record_get(txn, arena, &iam_account_record_type, &account));
        *ret = (struct principal){.kind = ROOT_USER,
                                  .account = key->account,
                                  .id = key->account,
                                  .arn = iam_root_arn(arena, key->account),
                                  .name = STR("root"),
                                  .access_key_id = key->id};
        return 0;
}

static int user_principal(struct txn *txn, struct arena *arena, const struct iam_access_key_record *key,
                          struct principal *ret)
{
        struct iam_user_record user;

        TRY(iam_user_by_unique_id(txn, arena, key->user_id, &user));
        *ret = (struct principal){.kind = IAM_USER,
                                  .account = user.account,
                                  .id = user.id,
                                  .arn = iam_user_arn(arena, &user),
                                  .name = user.name,
                                  .access_key_id = key->id};
        return 0;
}

int iam_find_access_key(void *arg, struct arena *arena, struct str access_key_id, struct auth_key *ret)
{
        const struct iam_key_source *source = arg;
        struct iam_access_key_record key = {.id = access_key_id};

        TRY(record_get(source->txn, arena, &iam_access_key_record_type, &key));
        ret->is_active = str_eq(key.status, IAM_KEY_ACTIVE);
        ret->sealed_secret = key.secret;
        if (str_eq(key.user_id, key.account))
                return root_principal(source->txn, arena, &key, &ret->principal);
        return user_principal(source->txn, arena, &key, &ret->principal);
}

int iam_open_secret(void *arg, struct str access_key_id, const struct auth_key *key, struct secret *ret)
{
        const struct iam_key_source *source = arg;
        struct arena arena;
        int result;

        arena_init(&arena, 1024);
        result = keyring_open(source->keyring, SEAL_RECORD, iam_access_key_bound(&arena, access_key_id),
                              key->sealed_secret, ret);
        arena_done(&arena);
        return result;
}

int iam_account_of_key(struct txn *txn, struct arena *arena, struct str access_key_id,
                       struct str *ret_account)
{
        struct iam_access_key_record key = {.id = access_key_id};

        TRY(record_get(txn, arena, &iam_access_key_record_type, &key));
        *ret_account = key.account;
        return 0;
}

/* -- Sessions */

static int check_role(struct txn *txn, struct arena *arena, const struct principal *principal)
{
        struct iam_role_record role;
        int result = iam_role_by_unique_id(txn, arena, principal->session.issuer_id, &role);

        if (result < 0)
                return result == -ENOENT ? -EACCES : result;
        return str_eq(role.account, principal->account) ? 0 : -EACCES;
}

/* The user or root user with this id, who asked for the session. */
static int check_user(struct txn *txn, struct arena *arena, struct str id, struct principal *principal)
{
        struct iam_user_record user;
        int result;

        if (str_eq(id, principal->account))
                return iam_account_exists(txn, id) ? 0 : -EACCES;
        result = iam_user_by_unique_id(txn, arena, id, &user);
        if (result < 0)
                return result == -ENOENT ? -EACCES : result;
        if (!str_eq(user.account, principal->account))
                return -EACCES;
        principal->session.issuer_arn = iam_user_arn(arena, &user);
        principal->session.issuer_name = user.name;
        if (principal->kind == IAM_USER) {
                principal->arn = principal->session.issuer_arn;
                principal->name = user.name;
        }
        return 0;
}

int iam_check_session(struct txn *txn, struct arena *arena, struct principal *principal)
{
        switch (principal->kind) {
        case ASSUMED_ROLE:
                return check_role(txn, arena, principal);
        case IAM_USER:
        case ROOT_USER:
                return check_user(txn, arena, principal->id, principal);
        case FEDERATED_USER:
                return check_user(txn, arena, principal->session.issuer_id, principal);
        case ANONYMOUS:
        case AWS_SERVICE:
                break;
        }
        return 0;
}

bool iam_session_may_call(const struct principal *principal, struct str service)
{
        if (!principal->is_temporary || !str_eq(service, STR("iam")))
                return true;
        switch (principal->kind) {
        case FEDERATED_USER:
                return false;
        case IAM_USER:
        case ROOT_USER:
                return principal->session.mfa;
        case ASSUMED_ROLE:
        case ANONYMOUS:
        case AWS_SERVICE:
                break;
        }
        return true;
}

/* -- Last use */

static int note_use(struct txn *txn, struct arena *arena, const struct iam_last_use_record *use)
{
        struct iam_last_use_record old = {.id = use->id};
        int result = record_get(txn, arena, &iam_last_use_record_type, &old);

        if (result < 0 && result != -ENOENT)
                return result;
        if (result == 0 && use->used.value - old.used.value < USE_STEP_MS &&
            str_eq(use->service, old.service) && str_eq(use->region, old.region))
                return 0;
        return record_put(txn, &iam_last_use_record_type, use);
}

int iam_note_key_use(struct txn *txn, struct arena *arena, struct str access_key_id, struct str service,
                     struct str region, int64_t now_ms)
{
        const struct iam_access_key_record key = {.id = access_key_id};
        const struct iam_last_use_record use = {
                .id = access_key_id, .used = OPT_INT(now_ms), .service = service, .region = region};

        return record_exists(txn, &iam_access_key_record_type, &key) ? note_use(txn, arena, &use) : 0;
}

int iam_note_role_use(struct txn *txn, struct arena *arena, struct str role_id, struct str region,
                      int64_t now_ms)
{
        const struct iam_last_use_record use = {.id = role_id, .used = OPT_INT(now_ms), .region = region};
        struct iam_role_record role;
        int result = iam_role_by_unique_id(txn, arena, role_id, &role);

        if (result < 0)
                return result == -ENOENT ? 0 : result;
        return note_use(txn, arena, &use);
}
