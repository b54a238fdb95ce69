#include "server/key_check.h"

#define MARK_KEY                                                                                             \
        "\xfe"                                                                                               \
        "master-key-mark"
#define MARK_LEN 32

struct mark {
        uint8_t bytes[MARK_LEN];
};

static int put_mark(struct txn *txn, void *arg)
{
        const struct mark *mark = arg;

        return txn_put(txn, STR(MARK_KEY), str_make(mark->bytes, MARK_LEN));
}

#define MARK_TEXT STR("the mark of this master key")

static void make_mark(struct server *server, struct mark *ret)
{
        keyring_mac(server->keyring, SEAL_RECORD, MARK_TEXT, ret->bytes);
}

static bool is_mark(struct str there, const struct mark *mark)
{
        return secret_equal(there, str_make(mark->bytes, MARK_LEN));
}

static int compare(struct server *server, struct txn *txn, const struct mark *mark)
{
        struct mark earlier;
        struct str there;

        TRY(txn_get(txn, STR(MARK_KEY), &there));
        if (is_mark(there, mark))
                return 0;
        if (keyring_mac_earlier(server->keyring, SEAL_RECORD, MARK_TEXT, earlier.bytes) == 0 &&
            is_mark(there, &earlier))
                return 0;
        return -EKEYREJECTED;
}

int key_check(struct server *server)
{
        struct mark mark;
        struct txn *txn;
        int r;

        make_mark(server, &mark);
        TRY(store_read_begin(server->store, &txn));
        r = compare(server, txn, &mark);
        store_read_end(txn);
        return r == -ENOENT ? store_write(server->store, put_mark, &mark) : r;
}

int key_check_renew(struct server *server)
{
        struct mark mark;

        make_mark(server, &mark);
        return store_write(server->store, put_mark, &mark);
}
