/* Two rows: acknowledged writes of 64 waiting clients for each fsync of the same disk, and what reading a
 * record costs for each of memory's own look-ups in a hash map of the same keys.
 *
 *     store_bench [FOLDER]      where to write; the present one unless given */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "store/store.h"

#define CLIENTS   64
#define ROUNDS    3
#define ROUND_NS  INT64_C(2000000000)
#define KEYS      10000
#define READS     2000000
#define VALUE_LEN 300

static char folder[512];

static void die(const char *what, int r)
{
        (void)fprintf(stderr, "store_bench: %s: %s\n", what, strerror(-r));
        exit(1);
}

static void check(const char *what, int r)
{
        if (r < 0)
                die(what, r);
}

static void path_of(const char *name, char path[600])
{
        (void)snprintf(path, 600, "%s/%s", folder, name);
}

/* -- The peer: a small write into a file and its fsync, one after the other. */
static double fsyncs_a_second(void)
{
        char path[600], block[4096] = "x";
        int64_t start = clock_monotonic_ns(), now = start;
        uint64_t count = 0;
        int fd;

        path_of("fsync", path);
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        check("the file of the fsyncs", fd < 0 ? -errno : 0);
        for (; now - start < ROUND_NS; count++, now = clock_monotonic_ns())
                if (pwrite(fd, block, sizeof(block), (off_t)(count % 64 * sizeof(block))) < 0 ||
                    fdatasync(fd) < 0)
                        die("fsync", -errno);
        (void)close(fd);
        (void)unlink(path);
        return (double)count * 1e9 / (double)(now - start);
}

/* -- Clients that write, wait for the answer, and write again. */

struct client {
        struct store *store;
        const atomic_bool *stop;
        unsigned int number;
        uint64_t written;
};

static int put_one(struct txn *txn, void *arg)
{
        const struct client *client = arg;
        char key[32], value[VALUE_LEN];
        int len = snprintf(key, sizeof(key), "client-%02u-%09llu", client->number % CLIENTS,
                           (unsigned long long)client->written % 1000);

        memset(value, 'v', sizeof(value));
        return txn_put(txn, (struct str){key, (size_t)len}, (struct str){value, sizeof(value)});
}

static void *keep_writing(void *arg)
{
        struct client *client = arg;

        for (; !atomic_load(client->stop); client->written++)
                check("write", store_write(client->store, put_one, client));
        return NULL;
}

static double writes_a_second(struct store *store, size_t count)
{
        struct client clients[CLIENTS];
        pthread_t threads[CLIENTS];
        atomic_bool stop = false;
        int64_t start = clock_monotonic_ns();
        uint64_t written = 0;

        for (size_t i = 0; i < count; i++) {
                clients[i] = (struct client){store, &stop, (unsigned int)i, 0};
                check("thread", -pthread_create(&threads[i], NULL, keep_writing, &clients[i]));
        }
        (void)usleep(ROUND_NS / 1000);
        atomic_store(&stop, true);
        for (size_t i = 0; i < count; i++) {
                pthread_join(threads[i], NULL);
                written += clients[i].written;
        }
        return (double)written * 1e9 / (double)(clock_monotonic_ns() - start);
}

/* Side by side: a round of the one, a round of the other. */
static void bench_writes(struct store *store)
{
        double fsyncs = 0, writes = 0, alone = 0;
        struct store_stats before, after;

        for (int i = 0; i < ROUNDS; i++) {
                fsyncs += fsyncs_a_second() / ROUNDS;
                alone += writes_a_second(store, 1) / ROUNDS;
                store_get_stats(store, &before);
                writes += writes_a_second(store, CLIENTS) / ROUNDS;
                store_get_stats(store, &after);
        }
        (void)printf("%-34s %8.2f  of the disk's fsyncs (%.0f writes a second, %.0f fsyncs; %.1f writes a "
                     "commit)\n",
                     "store writes, 64 clients", writes / fsyncs, writes, fsyncs,
                     (double)(after.jobs - before.jobs) / (double)(after.commits - before.commits));
        (void)printf("%-34s %8.2f  of one client's (%.0f writes a second)\n", "store writes, group commit",
                     writes / alone, alone);
}

/* -- Reading. */

struct keys {
        char text[KEYS][16];
        struct str keys[KEYS];
};

static int put_all(struct txn *txn, void *arg)
{
        const struct keys *keys = arg;
        char value[VALUE_LEN];

        memset(value, 'v', sizeof(value));
        for (size_t i = 0; i < KEYS; i++)
                TRY(txn_put(txn, keys->keys[i], (struct str){value, sizeof(value)}));
        return 0;
}

static double map_gets_ns(struct keys *keys)
{
        struct map map;
        int64_t start;
        size_t found = 0;

        map_init(&map);
        for (size_t i = 0; i < KEYS; i++)
                check("map", map_put(&map, keys->keys[i], keys->text[i]));
        start = clock_monotonic_ns();
        for (size_t i = 0; i < READS; i++)
                found += map_get(&map, keys->keys[i * 7919 % KEYS]) != NULL;
        start = clock_monotonic_ns() - start;
        map_done(&map);
        check("a key is missing", found == READS ? 0 : -ENOENT);
        return (double)start / READS;
}

static double snapshots_ns(struct store *store)
{
        int64_t start = clock_monotonic_ns();
        struct txn *txn;

        for (size_t i = 0; i < READS; i++) {
                check("snapshot", store_read_begin(store, &txn));
                store_read_end(txn);
        }
        return (double)(clock_monotonic_ns() - start) / READS;
}

static double gets_ns(struct store *store, const struct keys *keys)
{
        struct txn *txn;
        struct str value;
        int64_t start;

        check("snapshot", store_read_begin(store, &txn));
        start = clock_monotonic_ns();
        for (size_t i = 0; i < READS; i++)
                check("get", txn_get(txn, keys->keys[i * 7919 % KEYS], &value));
        start = clock_monotonic_ns() - start;
        store_read_end(txn);
        return (double)start / READS;
}

static void bench_reads(struct store *store)
{
        struct keys *keys = malloc(sizeof(*keys));
        double map, get, snapshot;

        check("memory", keys ? 0 : -ENOMEM);
        for (size_t i = 0; i < KEYS; i++)
                keys->keys[i] =
                        (struct str){keys->text[i], (size_t)snprintf(keys->text[i], 16, "key-%08zu", i)};
        check("fill", store_write(store, put_all, keys));
        map = map_gets_ns(keys);
        get = gets_ns(store, keys);
        snapshot = snapshots_ns(store);
        (void)printf("%-34s %8.2f  of a hash map's look-up (%.0f ns)\n", "store get, 10,000 keys", get / map,
                     get);
        (void)printf("%-34s %8.2f  of a hash map's look-up (%.0f ns)\n", "store snapshot, begin and end",
                     snapshot / map, snapshot);
        free(keys);
}

static void remove_folder(void)
{
        static const char *const names[] = {"store.mdb", "store.mdb-lock", "store.lock"};
        char path[600];

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                path_of(names[i], path);
                (void)unlink(path);
        }
        (void)rmdir(folder);
}

int main(int argc, char **argv)
{
        struct store_options options = {.engine = STORE_LMDB, .folder = folder};
        char problem[STORE_PROBLEM_MAX];
        struct store *store;

        (void)snprintf(folder, sizeof(folder), "%.400s/store-bench-XXXXXX", argc > 1 ? argv[1] : ".");
        check("no folder", mkdtemp(folder) ? 0 : -errno);
        check(problem, store_open(&options, &store, problem));
        bench_writes(store);
        bench_reads(store);
        store_close(store);
        remove_folder();
        return 0;
}
