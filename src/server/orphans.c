#include "server/orphans.h"

#include "base/log.h"
#include "base/text.h"
#include "services/s3/directory.h"
#include "store/blob.h"

#define LOOK_MEMORY ((size_t)64 * 1024)

/* Every service that keeps blobs. 1: it refers to this one, by its id in hexadecimal; 0: it does not. */
static int (*const OWNERS[])(struct txn *txn, struct arena *arena, struct str id) = {s3_refers_to_blob};

struct search {
        struct server *server;
        struct txn *txn;
        struct arena arena;
        uint64_t removed;
};

static int is_referred_to(struct search *search, struct blob_id id)
{
        struct str text = hex_encode(&search->arena, str_make(id.bytes, sizeof(id.bytes)));

        for (size_t i = 0; i < ARRAY_LEN(OWNERS); i++) {
                int r = OWNERS[i](search->txn, &search->arena, text);

                if (r != 0)
                        return r;
        }
        return 0;
}

static int look(void *arg, struct blob_id id, uint64_t file_len)
{
        struct search *search = arg;
        int r;

        (void)file_len;
        arena_reset(&search->arena);
        r = is_referred_to(search, id);
        if (r != 0)
                return r < 0 ? r : 0;
        search->removed++;
        return blob_delete(search->server->blobs, id);
}

int orphans_remove(struct server *server, char problem[SERVER_PROBLEM_MAX])
{
        struct search search = {.server = server};
        char count[24];
        int r = store_read_begin(server->store, &search.txn);

        arena_init(&search.arena, LOOK_MEMORY);
        /* A store that never had any is not the one that these belong to: it was lost, and may come back. */
        if (r == 0 && s3_has_kept_blobs(search.txn))
                r = blobs_each(server->blobs, look, &search);
        store_read_end(search.txn);
        arena_done(&search.arena);
        if (r < 0)
                (void)snprintf(problem, SERVER_PROBLEM_MAX,
                               "the blobs of the data folder cannot be examined: %s", strerrordesc_np(-r));
        else if (search.removed) {
                (void)snprintf(count, sizeof(count), "%llu", (unsigned long long)search.removed);
                log_event(LOG_INFO, "removed unfinished uploads", "count", count, NULL);
        }
        return r;
}
