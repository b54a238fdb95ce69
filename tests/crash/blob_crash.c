/* Promise 2 for blobs: after kill -9 at any instant, every blob whose end was acknowledged reads back whole,
 * no other is there by half, and what was being written is gone.
 *
 *     blob_crash [ROUNDS [SEED]]       five rounds unless said otherwise
 *
 * In each round a child writes blobs from several threads, in pieces, and gives some up; what has ended goes
 * through a pipe. The parent kills it at a random instant, opens the folder and compares. */
#include <dirent.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "store/blob.h"

#define THREADS 8
#define MAX     20000

static const uint8_t KEY[BLOB_KEY_LEN] = {'k'};
static char folder[] = "/tmp/merlon-blob-crash-XXXXXX";
static char blobs_folder[sizeof(folder) + 16];

struct ack {
        struct blob_id id;
        uint32_t thread, number;
};

struct writer {
        struct blobs *blobs;
        uint32_t thread;
        int pipe;
};

static void die(const char *what, int r)
{
        (void)fprintf(stderr, "blob_crash: %s: %s\n", what, strerror(-r));
        exit(1);
}

static void check(const char *what, int r)
{
        if (r < 0)
                die(what, r);
}

static struct blobs *open_blobs(void)
{
        struct blobs_options options = {.folder = blobs_folder, .frame_len = 4096};
        char problem[STORE_PROBLEM_MAX];
        struct blobs *blobs;
        int r = blobs_open(&options, &blobs, problem);

        check(problem, r);
        return blobs;
}

/* What a blob holds follows from who wrote it as which; some are of one frame, some of many. */
static size_t size_of(uint32_t thread, uint32_t number)
{
        return number % 11 == 0 ? 300000 : (thread * 911 + number * 7919) % 30000;
}

static void fill(uint32_t thread, uint32_t number, char *out, size_t offset, size_t len)
{
        for (size_t i = 0; i < len; i++)
                out[i] = (char)((offset + i) * 31 + ((offset + i) >> 8) + thread * 101 + number);
}

/* -- The child. */

static void write_one(const struct writer *writer, uint32_t number)
{
        struct ack ack = {.thread = writer->thread, .number = number};
        size_t size = size_of(writer->thread, number);
        struct blob_writer *blob;
        uint64_t written;
        char piece[7000];

        check("begin", blob_writer_begin(writer->blobs, KEY, &blob));
        for (size_t at = 0, len; at < size; at += len) {
                len = size - at < sizeof(piece) ? size - at : sizeof(piece);
                fill(writer->thread, number, piece, at, len);
                check("write", blob_write(blob, str_make(piece, len)));
        }
        if (number % 5 == 4) {
                blob_writer_abort(blob);
                return;
        }
        check("end", blob_writer_end(blob, &ack.id, &written));
        if (write(writer->pipe, &ack, sizeof(ack)) != sizeof(ack))
                die("pipe", -errno);
}

static void *keep_writing(void *arg)
{
        const struct writer *writer = arg;

        for (uint32_t number = 0;; number++)
                write_one(writer, number);
        return NULL;
}

static void run_child(int out)
{
        struct blobs *blobs = open_blobs();
        struct writer writers[THREADS];
        pthread_t thread;

        for (uint32_t i = 0; i < THREADS; i++) {
                writers[i] = (struct writer){blobs, i, out};
                if (pthread_create(&thread, NULL, keep_writing, &writers[i]) != 0)
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

/* Takes what comes for so long, then kills, and takes the rest. Gives how many have ended. */
static size_t listen_and_kill(int in, pid_t child, int64_t ms, struct ack acks[MAX])
{
        int64_t end = clock_monotonic_ns() + ms * 1000000;
        bool is_killed = false;
        size_t count = 0;

        for (;;) {
                int64_t left = (end - clock_monotonic_ns()) / 1000000;
                struct pollfd poll_in = {.fd = in, .events = POLLIN};

                if ((left <= 0 || count == MAX - 2 * THREADS) && !is_killed) {
                        kill(child, SIGKILL);
                        is_killed = true;
                }
                if (poll(&poll_in, 1, is_killed ? -1 : (int)left) <= 0)
                        continue;
                if (count == MAX || read(in, &acks[count], sizeof(acks[count])) != sizeof(acks[count]))
                        return count;
                count++;
        }
}

static void check_acknowledged(struct blobs *blobs, const struct ack *ack)
{
        size_t size = size_of(ack->thread, ack->number), len = 1;
        static char got[300000], expected[300000];
        struct blob_reader *reader;

        check("an acknowledged blob", blob_reader_open(blobs, ack->id, KEY, &reader));
        check("its bytes", blob_read_at(reader, 0, got, sizeof(got), &len));
        fill(ack->thread, ack->number, expected, 0, size);
        if (len != size || blob_size(reader) != size || memcmp(got, expected, size) != 0)
                die("an acknowledged blob is another", -EBADMSG);
        blob_reader_close(reader);
}

struct found {
        struct blobs *blobs;
        size_t count;
};

static int check_found(void *arg, struct blob_id id, uint64_t file_len)
{
        struct found *found = arg;

        (void)file_len;
        found->count++;
        TRY(blob_check(found->blobs, id, KEY));
        return blob_delete(found->blobs, id);
}

static void check_nothing_unfinished(void)
{
        char path[sizeof(blobs_folder) + 8];
        DIR *dir;

        (void)snprintf(path, sizeof(path), "%s/new", blobs_folder);
        dir = opendir(path);
        check("new", dir ? 0 : -errno);
        for (const struct dirent *entry; (entry = readdir(dir));)
                if (entry->d_name[0] != '.')
                        die("what was being written is still there", -EEXIST);
        (void)closedir(dir);
}

/* Each thread may have ended one more than was acknowledged: its answer was on the way. */
static size_t compare(const struct ack acks[MAX], size_t count)
{
        struct blobs *blobs = open_blobs();
        struct found found = {blobs, 0};

        check_nothing_unfinished();
        for (size_t i = 0; i < count; i++)
                check_acknowledged(blobs, &acks[i]);
        check("a blob is there by half", blobs_each(blobs, check_found, &found));
        if (found.count < count || found.count > count + THREADS)
                die("there is what was never written", -EBADMSG);
        blobs_close(blobs);
        return found.count;
}

static void run_round(uint64_t *seed, unsigned int round)
{
        static struct ack acks[MAX];
        int64_t ms = 20 + draw(seed, 600);
        size_t count, found;
        int ends[2], status;
        pid_t child;

        if (pipe(ends) < 0)
                die("pipe", -errno);
        child = fork();
        if (child == 0) {
                (void)close(ends[0]);
                run_child(ends[1]);
        }
        (void)close(ends[1]);
        count = listen_and_kill(ends[0], child, ms, acks);
        (void)close(ends[0]);
        if (child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
                die("the child ended by itself", -EPROTO);
        found = compare(acks, count);
        (void)printf("round %u: killed after %lld ms; %zu acknowledged, %zu there, all whole\n", round,
                     (long long)ms, count, found);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

int main(int argc, char **argv)
{
        uint64_t rounds = 5, seed = 0;

        random_fill(&seed, sizeof(seed));
        if ((argc > 1 && str_to_u64(str_of(argv[1]), &rounds) < 0) ||
            (argc > 2 && str_to_u64(str_of(argv[2]), &seed) < 0)) {
                (void)fprintf(stderr, "usage: blob_crash [ROUNDS [SEED]]\n");
                return 2;
        }
        check("no folder", mkdtemp(folder) ? 0 : -errno);
        (void)snprintf(blobs_folder, sizeof(blobs_folder), "%s/blobs", folder);
        (void)printf("seed %llu\n", (unsigned long long)seed);
        for (unsigned int i = 1; i <= rounds; i++)
                run_round(&seed, i);
        (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        return 0;
}
