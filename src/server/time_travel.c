#include "server/time_travel.h"

#include "base/log.h"

#define KEY                                                                                                  \
        "\xfe"                                                                                               \
        "clock"
#define ARENA_MAX ((size_t)1024 * 1024)

struct advance {
        struct server *server;
        struct clock_step step;
};

/* The value: a line a step, "WALL_MS ADVANCED_MS". */
static int append(struct txn *txn, void *arg)
{
        const struct advance *advance = arg;
        _cleanup_(buf_done) struct buf text = {};
        struct str before = STR("");
        int r = txn_get(txn, STR(KEY), &before);

        if (r < 0 && r != -ENOENT)
                return r;
        buf_init(&text, ARENA_MAX);
        buf_add(&text, before);
        buf_addf(&text, "%lld %lld\n", (long long)advance->step.wall_ms,
                 (long long)advance->step.advanced_ms);
        TRY(buf_check(&text));
        return txn_put(txn, STR(KEY), buf_str(&text));
}

int time_travel_advance(struct server *server, int64_t ms)
{
        struct advance advance = {
                .server = server,
                .step = {clock_wall_ms(), atomic_load(&server->clock.advanced_ms) + ms},
        };

        TRY(store_write(server->store, append, &advance));
        clock_replay(&server->clock, advance.step);
        return 0;
}

static int replay(struct server *server, struct str text)
{
        struct str line, wall;

        while (str_cut(&text, '\n', &line) && line.len) {
                struct clock_step step;

                if (!str_cut(&line, ' ', &wall) || str_to_i64(wall, &step.wall_ms) < 0 ||
                    str_to_i64(line, &step.advanced_ms) < 0)
                        return -EBADMSG;
                clock_replay(&server->clock, step);
        }
        log_event(LOG_WARNING, "the clock of this data folder was advanced and stays so", NULL);
        return 0;
}

int time_travel_resume(struct server *server)
{
        struct txn *txn;
        struct str text;
        int r;

        TRY(store_read_begin(server->store, &txn));
        r = txn_get(txn, STR(KEY), &text);
        if (r == 0)
                r = replay(server, text);
        store_read_end(txn);
        return r == -ENOENT ? 0 : r;
}
