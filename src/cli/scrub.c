/* merlon scrub: the server proves what lies on its disk. */
#include "base/json_out.h"
#include "cli/job.h"
#include "cli/verbs.h"

#include <stdio.h>

static int begin(struct errand *errand, struct str rate, bool stop)
{
        _cleanup_(buf_done) struct buf body = {};
        struct json_out out = {.buf = &body};

        buf_init(&body, 4096);
        json_open(&out, '{');
        json_pair_opt(&out, STR("rate"), rate);
        json_pair_opt(&out, STR("stop"), stop ? STR("now") : STR_NONE);
        json_close(&out, '}');
        return errand_ask(errand, STR("POST"), STR("/scrub"), buf_str(&body));
}

int verb_scrub(int count, char **arguments)
{
        _cleanup_(errand_done) struct errand errand = {};
        struct str data = STR_NONE, rate = STR_NONE;
        bool stop = false;
        const struct option options[] = {{"--rate", &rate, NULL, false},
                                         {"--stop", NULL, &stop, false},
                                         {"--data", &data, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        errand_init(&errand, data);
        if (begin(&errand, rate, stop) != 0)
                return 1;
        return stop ? 0 : job_follow(&errand, STR("/scrub/"), "bodies");
}
