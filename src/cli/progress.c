#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_LEN   30
#define SIZE_TEXT 16

void progress_init(struct progress *progress)
{
        *progress = (struct progress){.is_shown = isatty(STDOUT_FILENO)};
}

static const char *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
        static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        double value = (double)bytes;
        size_t unit = 0;

        while (value >= 1024) {
                value /= 1024;
                unit++;
        }
        (void)snprintf(text, SIZE_TEXT, unit ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
        return text;
}

/* By bytes; by things where none has any. */
static unsigned int percent_of(const struct progress_state *state)
{
        uint64_t done = state->bytes_total ? state->bytes : state->done;
        uint64_t total = state->bytes_total ? state->bytes_total : state->total;

        if (total == 0)
                return 0;
        return done >= total ? 100 : (unsigned int)((double)done / (double)total * 100);
}

void progress_draw(struct progress *progress, const struct progress_state *state)
{
        static const char FULL[] = "##############################",
                          EMPTY[] = "..............................";
        unsigned int percent = percent_of(state), len = percent * BAR_LEN / 100;
        char done[SIZE_TEXT], total[SIZE_TEXT];

        if (!progress->is_shown)
                return;
        printf("\r\033[K[%.*s%.*s] %3u%%  %llu of %llu %s, %s of %s", (int)len, FULL, (int)(BAR_LEN - len),
               EMPTY, percent, (unsigned long long)state->done, (unsigned long long)state->total,
               state->things, size_text(state->bytes, done), size_text(state->bytes_total, total));
        (void)fflush(stdout);
        progress->is_drawn = true;
}

void progress_clear(struct progress *progress)
{
        if (progress->is_drawn)
                printf("\r\033[K");
        (void)fflush(stdout);
        progress->is_drawn = false;
}
