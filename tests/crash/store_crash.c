/* Promise 2 for the store alone: after kill -9 at any instant, all that was acknowledged is there, nothing is
 * there by half, and the folder opens at once.
 *
 *     store_crash [ROUNDS [SEED]]       five rounds unless said otherwise
 *
 * In each round a child opens the folder and writes from several threads; what the store has acknowledged
 * goes through a pipe. The parent kills it at a random instant, opens the folder (which checks its structure)
 * and compares. Every write of thread t and number n is one job of three changes: "item-t-n" comes,
 * "event-t-n" comes with it, and "item-t-(n-KEPT)" goes. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "store/store.h"

#define THREADS 8
#define KEPT    20

struct ack {
        uint32_t thread;
        uint32_t number;
};

struct write {
        uint32_t thread;
        uint32_t number;
};

struct writer {
        struct store *store;
        uint32_t thread;
        uint32_t from;
        int pipe;
};

static char folder[] = "/tmp/merlon-store-crash-XXXXXX";

static void die(const char *what, int r)
{
        (void)fprintf(stderr, "store_crash: %s: %s\n", what, strerror(-r));
        exit(1);
}

static struct store *open_store(void)
{
        struct store_options options = {.engine = STORE_LMDB, .folder = folder};
        char problem[STORE_PROBLEM_MAX];
        struct store *store;
        int r = store_open(&options, &store, problem);

        if (r < 0)
                die(problem, r);
        return store;
}

static struct str key_of(const char *kind, uint32_t thread, uint32_t number, char room[48])
{
        return (struct str){room, (size_t)snprintf(room, 48, "%s-%u-%09u", kind, thread, number)};
}

/* What an item's value is follows from its name; some are longer than a page. */
static struct str value_of(uint32_t thread, uint32_t number, char room[9000])
{
        size_t len = number % 37 == 0 ? 8500 : 20 + number % 500;

        memset(room, (int)('a' + (thread + number) % 26), len);
        return (struct str){room, len};
}

/* -- The child. */

static int write_one(struct txn *txn, void *arg)
{
        const struct write *write = arg;
        char key[48], value[9000];
        int r;

        TRY(txn_put(txn, key_of("item", write->thread, write->number, key),
                    value_of(write->thread, write->number, value)));
        TRY(txn_put(txn, key_of("event", write->thread, write->number, key), STR("created")));
        if (write->number < KEPT)
                return 0;
        r = txn_delete(txn, key_of("item", write->thread, write->number - KEPT, key));
        return r == -ENOENT ? -EBADMSG : r;
}

static void *write_and_tell(void *arg)
{
        const struct writer *writer = arg;

        for (uint32_t n = writer->from;; n++) {
                struct write one = {writer->thread, n};
                struct ack ack = {writer->thread, n};
                int r = store_write(writer->store, write_one, &one);

                if (r < 0)
                        die("a write failed", r);
                if (write(writer->pipe, &ack, sizeof(ack)) != sizeof(ack))
                        die("pipe", -errno);
        }
        return NULL;
}

static void run_child(const uint32_t next[THREADS], int out)
{
        struct store *store = open_store();
        struct writer writers[THREADS];
        pthread_t thread;

        for (uint32_t i = 0; i < THREADS; i++) {
                writers[i] = (struct writer){store, i, next[i], out};
                if (pthread_create(&thread, NULL, write_and_tell, &writers[i]) != 0)
                        die("thread", -EAGAIN);
        }
        for (;;)
                pause();
}

/* -- The parent. */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
        *seed = *seed * 6364136223846793005U + 1442695040888963407U;
        return (uint32_t)(*seed >> 33) % below;
}

/* Takes what comes for so long, then kills, and takes the rest. Gives how many were acknowledged. */
static uint32_t listen_and_kill(int in, pid_t child, int64_t ms, uint32_t next[THREADS])
{
        int64_t end = clock_monotonic_ns() + ms * 1000000;
        bool is_killed = false;
        uint32_t count = 0;
        struct ack ack;

        for (;;) {
                int64_t left = (end - clock_monotonic_ns()) / 1000000;
                struct pollfd poll_in = {.fd = in, .events = POLLIN};

                if (left <= 0 && !is_killed) {
                        kill(child, SIGKILL);
                        is_killed = true;
                }
                if (poll(&poll_in, 1, is_killed ? -1 : (int)left) <= 0)
                        continue;
                if (read(in, &ack, sizeof(ack)) != sizeof(ack))
                        return count;
                if (ack.number != next[ack.thread])
                        die("acknowledged out of turn", -EPROTO);
                next[ack.thread]++;
                count++;
        }
}

static bool is_there(struct txn *txn, const char *kind, uint32_t thread, uint32_t number)
{
        char key[48], room[9000];
        struct str value;
        int r = txn_get(txn, key_of(kind, thread, number, key), &value);

        if (r == -ENOENT)
                return false;
        if (r < 0)
                die("a value cannot be read", r);
        if (!str_eq(value, kind[0] == 'e' ? STR("created") : value_of(thread, number, room)))
                die("a value is wrong", -EBADMSG);
        return true;
}

/* One more than was acknowledged may have been stored: its answer was on the way. */
static void check_thread(struct txn *txn, uint32_t thread, uint32_t *next)
{
        bool has_more = is_there(txn, "item", thread, *next);

        if (has_more != is_there(txn, "event", thread, *next))
                die("a write is there by half", -EBADMSG);
        *next += has_more;
        if (is_there(txn, "item", thread, *next) || is_there(txn, "event", thread, *next))
                die("there is what was never asked for", -EBADMSG);
        for (uint32_t n = 0; n < *next; n++) {
                if (is_there(txn, "item", thread, n) != (n + KEPT >= *next))
                        die(n + KEPT >= *next ? "an acknowledged write is lost" : "a deleted item is back",
                            -EBADMSG);
                if (!is_there(txn, "event", thread, n))
                        die("an acknowledged event is lost", -EBADMSG);
        }
}

static void check_store(uint32_t next[THREADS])
{
        struct store *store = open_store();
        struct txn *txn;
        int r = store_read_begin(store, &txn);

        if (r < 0)
                die("read", r);
        for (uint32_t i = 0; i < THREADS; i++)
                check_thread(txn, i, &next[i]);
        store_read_end(txn);
        store_close(store);
}

static uint32_t run_round(uint32_t next[THREADS], int64_t ms)
{
        int pipe_ends[2];
        uint32_t count;
        pid_t child;

        if (pipe(pipe_ends) < 0)
                die("pipe", -errno);
        child = fork();
        if (child < 0)
                die("fork", -errno);
        if (child == 0) {
                (void)close(pipe_ends[0]);
                run_child(next, pipe_ends[1]);
        }
        (void)close(pipe_ends[1]);
        count = listen_and_kill(pipe_ends[0], child, ms, next);
        (void)close(pipe_ends[0]);
        (void)waitpid(child, NULL, 0);
        check_store(next);
        return count;
}

static void remove_folder(void)
{
        static const char *const names[] = {"store.mdb", "store.mdb-lock", "store.lock", "store.mdb-new",
                                            "store.mdb-new-lock"};
        char path[128];

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
                (void)unlink(path);
        }
        (void)rmdir(folder);
}

static uint64_t argument(int argc, char **argv, int i, uint64_t otherwise)
{
        uint64_t value = otherwise;

        if (argc > i && str_to_u64(str_of(argv[i]), &value) < 0)
                die("usage: store_crash [ROUNDS [SEED]]", -EINVAL);
        return value;
}

int main(int argc, char **argv)
{
        uint64_t rounds = argument(argc, argv, 1, 5), seed, total = 0;
        uint32_t next[THREADS] = {};

        random_fill(&seed, sizeof(seed));
        seed = argument(argc, argv, 2, seed >> 1);
        if (!mkdtemp(folder))
                die("no folder", -errno);
        (void)printf("seed %llu, in %s\n", (unsigned long long)seed, folder);
        for (uint64_t i = 0; i < rounds;
             i++) /* at times before it is open, so that its making is cut short too */
                total += run_round(next, i % 4 == 0 ? draw(&seed, 12) : 5 + draw(&seed, 400));
        remove_folder();
        (void)printf("killed %llu times, %llu acknowledged writes, none lost\n", (unsigned long long)rounds,
                     (unsigned long long)total);
        return total > 0 ? 0 : 1;
}
