#include "services/damage.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

#define PAUSE_NS INT64_C(1000000000)
#define TEXT_MAX 64

/* Whether a line is due. */
static bool is_due(struct damage *damage)
{
        int64_t now = clock_monotonic_ns(), told = atomic_load(&damage->told_ns);

        return (told == 0 || now - told >= PAUSE_NS) &&
               atomic_compare_exchange_strong(&damage->told_ns, &told, now);
}

void damage_tell(struct damage *damage, const char *what, struct str account, struct str region,
                 int64_t time_ms)
{
        char owner[TEXT_MAX], place[TEXT_MAX], time[TEXT_MAX];

        if (!damage)
                return;
        atomic_fetch_add(&damage->met, 1);
        if (!is_due(damage))
                return;
        (void)snprintf(owner, sizeof(owner), "%.*s", STR_ARG(account));
        (void)snprintf(place, sizeof(place), "%.*s", STR_ARG(region));
        time_iso_write(time, time_ms);
        time[TIME_ISO_LEN] = '\0';
        log_event(LOG_ERROR, "what is stored cannot be read, and is passed over", "what", what, "account",
                  owner, "region", place, "until", time, NULL);
}
