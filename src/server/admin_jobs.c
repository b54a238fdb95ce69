/* Long work for the operator: begun with a POST, looked at with GETs, each of which gives the lines behind a
 * place among them: "/scrub/0", then "/scrub/<next>". */
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>

#include "base/text.h"
#include "server/job.h"
#include "server/saving.h"
#include "server/scrub.h"
#include "server/visit.h"

#define LINES_A_LOOK ((size_t)256 * 1024)
#define MIB          (UINT64_C(1024) * 1024)
#define RATE_MOST    UINT64_C(1000000) /* MiB a second */

/* -- All of them */

/* Whole lines only. */
static struct str lines_behind(const struct job *job, uint64_t at)
{
        struct str lines = buf_str(&job->lines);

        if (at > lines.len)
                return STR("");
        lines = str_part(lines, (size_t)at, LINES_A_LOOK);
        while (lines.len && lines.ptr[lines.len - 1] != '\n')
                lines.len--;
        return lines;
}

static void add_count(struct json_out *out, struct str name, uint64_t count)
{
        json_key(out, name);
        json_int(out, (int64_t)count);
}

static void add_bool(struct json_out *out, struct str name, bool value)
{
        json_key(out, name);
        json_bool(out, value);
}

static const struct str RESULTS[] = {
        [JOB_GOOD] = STR_INIT("good"), [JOB_BAD] = STR_INIT("bad"), [JOB_FAILED] = STR_INIT("failed")};

static void show_job(struct visit *visit, struct job *job, uint64_t at)
{
        struct json_out *out = &visit->out;
        struct str lines;

        pthread_mutex_lock(&job->lock);
        lines = lines_behind(job, at);
        json_open(out, '{');
        add_count(out, STR("run"), job->run);
        add_bool(out, STR("is_running"), job->is_running);
        add_count(out, STR("things"), job->things);
        add_count(out, STR("things_total"), job->things_total);
        add_count(out, STR("bytes"), job->bytes);
        add_count(out, STR("bytes_total"), job->bytes_total);
        json_pair(out, STR("lines"), lines);
        add_count(out, STR("next"), at + lines.len);
        add_bool(out, STR("is_last"), !job->is_running && at + lines.len >= job->lines.len);
        add_count(out, STR("unkept"), job->unkept);
        json_pair(out, STR("result"), RESULTS[job->result]);
        json_pair(out, STR("summary"), str_of(job->summary));
        json_close(out, '}');
        pthread_mutex_unlock(&job->lock);
}

static int look(struct visit *visit, struct job *job, struct str place)
{
        uint64_t at;

        if (str_to_u64(place, &at) < 0)
                return visit_say(visit, 404, "there is nothing here");
        show_job(visit, job, at);
        return 0;
}

/* -- Scrubs */

/* rate: MiB a second, in decimal. */
static int read_rate(struct visit *visit, uint64_t *ret)
{
        struct str text = visit_member(visit, "rate");
        uint64_t rate;

        *ret = SCRUB_RATE_USUAL;
        if (!str_is_set(text))
                return 0;
        if (str_to_u64(text, &rate) < 0 || rate < 1 || rate > RATE_MOST)
                return -EINVAL;
        *ret = rate * MIB;
        return 0;
}

int admin_post_scrub(struct visit *visit)
{
        struct server *server = visit->server;
        uint64_t rate;
        int r;

        if (str_is_set(visit_member(visit, "stop"))) {
                job_stop(&server->scrub);
                return visit_say(visit, 200, "stopping");
        }
        if (read_rate(visit, &rate) < 0)
                return visit_say(visit, 400, "rate: not a number of MiB a second");
        r = scrub_begin(server, rate);
        if (r == -EALREADY)
                return visit_say(visit, 409, "a scrub is running already");
        TRY(r);
        return visit_say(visit, 200, "begun");
}

int admin_get_scrub(struct visit *visit)
{
        return look(visit, &visit->server->scrub, str_from(visit->request->path, strlen("/scrub/")));
}

/* -- Snapshots */

/* Where it would take the place of what the server itself keeps. */
static bool is_in_data(struct visit *visit, struct str file)
{
        char data[PATH_MAX], folder[PATH_MAX];
        char *path = arena_cstr(&visit->arena, file);
        size_t len;

        if (!path || !realpath(visit->server->data, data) || !realpath(dirname(path), folder))
                return false; /* and there is no such folder */
        len = strlen(data);
        return strncmp(folder, data, len) == 0 && (folder[len] == '/' || folder[len] == '\0');
}

int admin_post_snapshot(struct visit *visit)
{
        struct str file = visit_member(visit, "file");
        int r;

        if (file.len == 0 || file.ptr[0] != '/' || str_has_byte(file, '\0'))
                return visit_say(visit, 400, "file: an absolute path is wanted");
        if (is_in_data(visit, file))
                return visit_say(visit, 400, "file: it must not lie in the data folder");
        r = saving_begin(visit->server, file);
        if (r == -EALREADY)
                return visit_say(visit, 409, "a snapshot is being saved already");
        TRY(r);
        return visit_say(visit, 200, "begun");
}

int admin_get_snapshot(struct visit *visit)
{
        return look(visit, &visit->server->saving, str_from(visit->request->path, strlen("/snapshot/")));
}
