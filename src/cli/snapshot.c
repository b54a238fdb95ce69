/* merlon snapshot: the state of a running server as a file, and such a file as a new data folder. */
#include "base/json_out.h"
#include "cli/job.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "server/files.h"
#include "store/archive.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOBS_FOLDER "blobs"
#define STORE_FILE   "store.mdb"
#define DRAW_BYTES   ((uint64_t)8 * 1024 * 1024) /* between two drawings of the bar */

/* -- Saving */

/* The server may stand in another folder: it is given the whole path. */
static int absolute(struct str file, char path[PATH_MAX])
{
        char folder[PATH_MAX];

        if (file.len && file.ptr[0] == '/')
                return str_to_buffer(file, path, PATH_MAX);
        if (!getcwd(folder, sizeof(folder)))
                return -errno;
        return snprintf(path, PATH_MAX, "%s/%.*s", folder, STR_ARG(file)) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int begin_saving(struct errand *errand, const char *path)
{
        _cleanup_(buf_done) struct buf body = {};
        struct json_out out = {.buf = &body};

        buf_init(&body, 65536);
        json_open(&out, '{');
        json_pair(&out, STR("file"), str_of(path));
        json_close(&out, '}');
        return errand_ask(errand, STR("POST"), STR("/snapshot"), buf_str(&body));
}

int verb_snapshot_save(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        struct str data = STR_NONE, file = STR_NONE;
        const struct option options[] = {{NULL, &file, NULL, true}, {"--data", &data, NULL, false}};
        char path[PATH_MAX];

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        if (absolute(file, path) < 0) {
                (void)fprintf(stderr, "merlon: the path is too long\n");
                return 1;
        }
        errand_init(&errand, data);
        if (begin_saving(&errand, path) != 0)
                return 1;
        return job_follow(&errand, STR("/snapshot/"), "bodies");
}

/* -- Loading */

struct loading {
        const char *data, *file;
        char blobs_folder[PATH_MAX], store_file[PATH_MAX];
        struct archive_options options;
        struct archive_counts counts;
        struct progress progress;
        uint64_t drawn; /* bytes, at the last drawing */
        char problem[STORE_PROBLEM_MAX];
};

static int draw(void *arg, const struct archive_progress *progress)
{
        struct loading *loading = arg;
        const struct progress_state state = {"bodies", progress->blobs, progress->blobs_total,
                                             progress->bytes, progress->bytes_total};

        if (progress->bytes < loading->drawn + DRAW_BYTES && loading->progress.is_drawn)
                return 0;
        loading->drawn = progress->bytes;
        progress_draw(&loading->progress, &state);
        return 0;
}

static int open_store(struct loading *loading)
{
        const struct store_options options = {.engine = STORE_LMDB, .folder = loading->data};

        TRY(store_open(&options, &loading->options.store, loading->problem));
        return archive_store_is_empty(loading->options.store);
}

/* Told before the archive is read, which may take long. Without a store nothing is made yet. */
static int require_room(struct loading *loading)
{
        return access(loading->store_file, F_OK) == 0 ? open_store(loading) : 0;
}

static int load_blobs(struct loading *loading)
{
        const struct blobs_options options = {.folder = loading->blobs_folder};

        TRY(folder_make(loading->data));
        TRY(blobs_open(&options, &loading->options.blobs, loading->problem));
        return archive_load_blobs(&loading->options, loading->file);
}

/* That it is damaged is found before anything is changed. The store is made last: until then the folder is
 * one in which nothing has been. */
static int load(struct loading *loading)
{
        TRY(require_room(loading));
        TRY(archive_check(&loading->options, loading->file, &loading->counts));
        TRY(load_blobs(loading));
        if (!loading->options.store)
                TRY(open_store(loading));
        return archive_load_keys(&loading->options, loading->file, &loading->counts);
}

static const char *text_of(const struct loading *loading, int error)
{
        if (*loading->problem)
                return loading->problem;
        switch (error) {
        case -ENOTEMPTY:
                return "the data folder has a store already";
        case -EBADMSG:
                return "it is no snapshot, or is damaged; nothing was loaded";
        case -ENOTSUP:
                return "it is of a newer program; nothing was loaded";
        default:
                return strerrordesc_np(-error);
        }
}

static int tell_end(const struct loading *loading, int result)
{
        unsigned long long missing = loading->counts.missing, bodies = loading->counts.blobs - missing;

        if (result < 0) {
                (void)fprintf(stderr, "merlon: %s: %s\n", loading->file, text_of(loading, result));
                return 1;
        }
        printf("loaded, with %llu bodies in files\n", bodies);
        if (missing)
                (void)fprintf(stderr, "merlon: %llu bodies were missing when it was saved\n", missing);
        return missing ? 1 : 0;
}

static int load_and_tell(struct loading *loading)
{
        int r;

        progress_init(&loading->progress);
        r = load(loading);
        progress_clear(&loading->progress);
        store_close(loading->options.store);
        blobs_close(loading->options.blobs);
        return tell_end(loading, r);
}

/* Into a folder without a store. The master key is not in a snapshot: it must be put beside it. */
int verb_snapshot_load(int count, char **arguments)
{
        struct str data = STR_NONE, file = STR_NONE;
        const struct option options[] = {{NULL, &file, NULL, true}, {"--data", &data, NULL, false}};
        struct loading loading = {};
        struct arena arena;
        int status = 1;

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        (void)umask(077);
        arena_init(&arena, 65536);
        loading.options.tell = draw;
        loading.options.arg = &loading;
        loading.data = arena_cstr(&arena, data_folder(data));
        loading.file = arena_cstr(&arena, file);
        if (loading.data && loading.file &&
            snprintf(loading.blobs_folder, PATH_MAX, "%s/" BLOBS_FOLDER, loading.data) < PATH_MAX &&
            snprintf(loading.store_file, PATH_MAX, "%s/" STORE_FILE, loading.data) < PATH_MAX)
                status = load_and_tell(&loading);
        else
                (void)fprintf(stderr, "merlon: the path is too long\n");
        arena_done(&arena);
        return status;
}
