/* Accounts of this server: their making, and their root users' first access key. */
#include "services/iam/access_key.h"

#include "base/ids.h"

#include <string.h>

#define ACCOUNT_NAME_MAX 50
/* Of an id that an operator gives: what AWS's accessKeyIdType and SDKs accept. */
#define KEY_ID_MIN 16
#define KEY_ID_MAX 128
#define SECRET_MIN 16
#define SECRET_MAX 128

bool iam_account_exists(struct txn *txn, struct str account)
{
        const struct iam_account_record record = {.id = account};

        return record_exists(txn, &iam_account_record_type, &record);
}

int iam_list_accounts(struct txn *txn, struct arena *arena, struct iam_account_record **ret,
                      size_t *ret_count)
{
        const struct iam_account_record like = {};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t count = 0, room = 16;
        int result;

        *ret = arena_new_array(arena, struct iam_account_record, room);
        if (!*ret)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, txn, arena, &iam_account_record_type, NULL, &like, 0, STR_NONE));
        while ((result = record_scan_next(&scan, &(*ret)[count])) == 0) {
                struct iam_account_record *more;

                if (++count < room)
                        continue;
                more = arena_new_array(arena, struct iam_account_record, 2 * room);
                if (!more)
                        return -ENOMEM;
                memcpy(more, *ret, count * sizeof(*more));
                *ret = more;
                room *= 2;
        }
        *ret_count = count;
        return result == -ENOENT ? 0 : result;
}

static bool is_made_of(struct str text, struct str alphabet)
{
        for (size_t i = 0; i < text.len; i++)
                if (!str_has_byte(alphabet, text.ptr[i]))
                        return false;
        return true;
}

static bool is_account_id(struct str id)
{
        return id.len == IAM_ACCOUNT_ID_LEN && is_made_of(id, STR("0123456789"));
}

static bool is_key_id(struct str id)
{
        return id.len >= KEY_ID_MIN && id.len <= KEY_ID_MAX &&
               is_made_of(id, STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"));
}

/* ASIA is the mark of temporary credentials, which are never looked up here. */
static bool is_fit_key(const struct iam_new_account *account)
{
        return is_key_id(account->root_key_id) && !str_starts(account->root_key_id, STR("ASIA")) &&
               account->root_secret.len >= SECRET_MIN && account->root_secret.len <= SECRET_MAX;
}

/* Twelve digits that no account has; the first is not 0, so that the id survives those who think it a number.
 */
static int draw_account_id(struct txn *txn, struct arena *arena, struct str *ret)
{
        for (int tries = 0; tries < 100; tries++) {
                *ret = arena_printf(
                        arena, "%.*s%.*s", STR_ARG(id_from_alphabet(arena, STR("123456789"), 1)),
                        STR_ARG(id_from_alphabet(arena, STR("0123456789"), IAM_ACCOUNT_ID_LEN - 1)));
                if (!iam_account_exists(txn, *ret))
                        return 0;
        }
        return -EEXIST;
}

static int put_root_key(struct txn *txn, struct arena *arena, const struct keyring *keyring, int64_t now_ms,
                        const struct iam_root_key *root)
{
        struct iam_access_key_record key = {.id = root->access_key_id,
                                            .account = root->account,
                                            .user_id = root->account,
                                            .status = IAM_KEY_ACTIVE,
                                            .created = OPT_INT(now_ms)};

        TRY(keyring_seal(keyring, SEAL_RECORD, iam_access_key_bound(arena, key.id), root->secret_access_key,
                         arena, &key.secret));
        return record_insert(txn, &iam_access_key_record_type, &key);
}

int iam_create_account(struct txn *txn, struct arena *arena, const struct keyring *keyring, int64_t now_ms,
                       const struct iam_new_account *given, struct iam_root_key *ret)
{
        struct iam_account_record account = {
                .id = given->id, .name = given->name, .created = OPT_INT(now_ms)};
        bool is_key_given = str_is_set(given->root_key_id);

        if (is_key_given != str_is_set(given->root_secret) || (is_key_given && !is_fit_key(given)))
                return -EINVAL;
        if (given->name.len > ACCOUNT_NAME_MAX || (str_is_set(given->id) && !is_account_id(given->id)))
                return -EINVAL;
        if (!str_is_set(account.id))
                TRY(draw_account_id(txn, arena, &account.id));
        TRY(record_insert(txn, &iam_account_record_type, &account));
        *ret = (struct iam_root_key){.account = account.id,
                                     .access_key_id = given->root_key_id,
                                     .secret_access_key = given->root_secret};
        if (!is_key_given) {
                ret->access_key_id = auth_make_access_key_id(STR("AKIA"), account.id, arena);
                ret->secret_access_key = iam_new_secret(arena);
        }
        return put_root_key(txn, arena, keyring, now_ms, ret);
}
