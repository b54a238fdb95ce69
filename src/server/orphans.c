#include "server/orphans.h"

#include "base/log.h"
#include "base/text.h"
#include "services/s3/directory.h"
#include "store/blob.h"

#include "events/timers.h"

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

/* -- While the server serves
 *
 * A body that is deleted loses its record and gets a timer in one transaction, and its file goes before the
 * timer does. So of a file that no record of a snapshot named, and no timer of a later one, and that is there
 * after that, nobody knows anything. */

#define YOUNG_MS     (60 * MS_PER_S)
#define SUSPECTS     ((size_t)4096)  /* at a time */
#define TIMERS_AHEAD (60 * MS_PER_S) /* files go seconds after their records */
#define DELETION     STR("s3.DeleteBlob")

struct patrol {
        struct server *server;
        int (*visit)(void *arg, struct blob_id id);
        void *arg;
        struct blob_id *suspects; /* sorted before they are judged */
        size_t count;
};

static int compare_ids(const void *a, const void *b)
{
        return memcmp(a, b, BLOB_ID_LEN);
}

static int clear_suspect(void *arg, const struct timer *timer)
{
        struct patrol *patrol = arg;
        struct blob_id id = {}, *suspect;

        if (!str_eq(timer->name, DELETION) || hex_decode(timer->subject, id.bytes, sizeof(id.bytes)) < 0)
                return 0;
        suspect = bsearch(&id, patrol->suspects, patrol->count, sizeof(id), compare_ids);
        if (!suspect)
                return 0;
        patrol->count--;
        memmove(suspect, suspect + 1, (size_t)(patrol->suspects + patrol->count - suspect) * sizeof(id));
        return 0;
}

static int clear_suspects(struct patrol *patrol)
{
        struct server *server = patrol->server;
        struct txn *txn;
        int r;

        qsort(patrol->suspects, patrol->count, sizeof(*patrol->suspects), compare_ids);
        TRY(store_read_begin(server->store, &txn));
        r = timers_each(txn, clock_now_ms(&server->clock) + TIMERS_AHEAD, clear_suspect, patrol);
        store_read_end(txn);
        return r;
}

static int convict(struct patrol *patrol)
{
        int64_t written;

        if (patrol->count == 0)
                return 0;
        TRY(clear_suspects(patrol));
        for (size_t i = 0; i < patrol->count; i++)
                if (blob_written_ms(patrol->server->blobs, patrol->suspects[i], &written) == 0)
                        TRY(patrol->visit(patrol->arg, patrol->suspects[i]));
        patrol->count = 0;
        return 0;
}

static int is_named(struct patrol *patrol, struct blob_id id)
{
        struct search search = {.server = patrol->server};
        int r = store_read_begin(search.server->store, &search.txn);

        if (r < 0)
                return r;
        arena_init(&search.arena, LOOK_MEMORY);
        r = is_referred_to(&search, id);
        arena_done(&search.arena);
        store_read_end(search.txn);
        return r;
}

static int suspect(void *arg, struct blob_id id, uint64_t file_len)
{
        struct patrol *patrol = arg;
        int64_t written;
        int r = blob_written_ms(patrol->server->blobs, id, &written);

        (void)file_len;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (clock_wall_ms() - written < YOUNG_MS)
                return 0;
        r = is_named(patrol, id);
        if (r != 0)
                return r < 0 ? r : 0;
        patrol->suspects[patrol->count++] = id;
        return patrol->count == SUSPECTS ? convict(patrol) : 0;
}

int orphans_each(struct server *server, int (*visit)(void *arg, struct blob_id id), void *arg)
{
        struct patrol patrol = {.server = server, .visit = visit, .arg = arg};
        int r;

        patrol.suspects = calloc(SUSPECTS, sizeof(*patrol.suspects));
        if (!patrol.suspects)
                return -ENOMEM;
        r = blobs_each(server->blobs, suspect, &patrol);
        if (r == 0)
                r = convict(&patrol);
        free(patrol.suspects);
        return r;
}
