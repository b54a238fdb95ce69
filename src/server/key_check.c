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

static int compare(struct txn *txn, const struct mark *mark)
{
        struct str there;

        TRY(txn_get(txn, STR(MARK_KEY), &there));
        return secret_equal(there, str_make(mark->bytes, MARK_LEN)) ? 0 : -EKEYREJECTED;
}

int key_check(struct server *server)
{
        struct mark mark;
        struct txn *txn;
        int r;

        keyring_mac(server->keyring, SEAL_RECORD, STR("the mark of this master key"), mark.bytes);
        TRY(store_read_begin(server->store, &txn));
        r = compare(txn, &mark);
        store_read_end(txn);
        return r == -ENOENT ? store_write(server->store, put_mark, &mark) : r;
}
