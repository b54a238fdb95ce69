#include "services/attempts.h"

#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>

/* From the first wrong one on. */
struct failures {
        struct str name; /* owned: stands behind this */
        int64_t since_s;
        unsigned int count;
};

struct attempts {
        pthread_mutex_t lock;
        struct map by_name;
        size_t max;
        unsigned int limit;
        int64_t swept_s; /* when it was full and was walked; once a second is enough */
};

int attempts_new(size_t max, unsigned int limit, struct attempts **ret)
{
        struct attempts *attempts = calloc(1, sizeof(*attempts));

        if (!attempts)
                return -ENOMEM;
        pthread_mutex_init(&attempts->lock, NULL);
        map_init(&attempts->by_name);
        attempts->max = max;
        attempts->limit = limit;
        attempts->swept_s = -1;
        *ret = attempts;
        return 0;
}

void attempts_free(struct attempts *attempts)
{
        const struct map_slot *slot;

        if (!attempts)
                return;
        for (size_t i = 0; (slot = map_next(&attempts->by_name, &i));)
                free(slot->value);
        map_done(&attempts->by_name);
        pthread_mutex_destroy(&attempts->lock);
        free(attempts);
}

static bool is_over(const struct failures *failures, int64_t now_s)
{
        return now_s - failures->since_s >= ATTEMPTS_WINDOW_S;
}

/* All whose window has passed. What is taken out of the map moves others, so the walk begins anew. */
static void sweep(struct attempts *attempts, int64_t now_s)
{
        struct map kept;
        const struct map_slot *slot;

        map_init(&kept);
        for (size_t i = 0; (slot = map_next(&attempts->by_name, &i));) {
                struct failures *failures = slot->value;

                if (is_over(failures, now_s) || map_put(&kept, failures->name, failures) < 0)
                        free(failures);
        }
        map_done(&attempts->by_name);
        attempts->by_name = kept;
        attempts->swept_s = now_s;
}

/* Of this name, with the lock; NULL: none in this window. */
static struct failures *find(struct attempts *attempts, struct str name, int64_t now_s)
{
        struct failures *failures = map_get(&attempts->by_name, name);

        if (!failures || !is_over(failures, now_s))
                return failures;
        (void)map_remove(&attempts->by_name, name);
        free(failures);
        return NULL;
}

static bool has_room(struct attempts *attempts, int64_t now_s)
{
        if (attempts->by_name.count >= attempts->max && attempts->swept_s != now_s)
                sweep(attempts, now_s);
        return attempts->by_name.count < attempts->max;
}

/* With the lock. */
static bool may_try(struct attempts *attempts, const struct failures *failures, int64_t now_s)
{
        return failures ? failures->count < attempts->limit : has_room(attempts, now_s);
}

bool attempts_may(struct attempts *attempts, struct str name, int64_t now_s)
{
        bool may;

        pthread_mutex_lock(&attempts->lock);
        may = may_try(attempts, find(attempts, name, now_s), now_s);
        pthread_mutex_unlock(&attempts->lock);
        return may;
}

static struct failures *add(struct attempts *attempts, struct str name, int64_t now_s)
{
        struct failures *failures = calloc(1, sizeof(*failures) + name.len);

        if (!failures)
                return NULL;
        if (name.len)
                memcpy(failures + 1, name.ptr, name.len);
        failures->name = str_make(failures + 1, name.len);
        failures->since_s = now_s;
        if (map_put(&attempts->by_name, failures->name, failures) == 0)
                return failures;
        free(failures);
        return NULL;
}

/* With the lock. False: no memory. */
static bool count(struct attempts *attempts, struct failures *failures, struct str name, int64_t now_s)
{
        if (!failures)
                failures = add(attempts, name, now_s);
        if (failures)
                failures->count++;
        return failures != NULL;
}

void attempts_failed(struct attempts *attempts, struct str name, int64_t now_s)
{
        pthread_mutex_lock(&attempts->lock);
        (void)count(attempts, find(attempts, name, now_s), name, now_s);
        pthread_mutex_unlock(&attempts->lock);
}

bool attempts_take(struct attempts *attempts, struct str name, int64_t now_s)
{
        struct failures *failures;
        bool may;

        pthread_mutex_lock(&attempts->lock);
        failures = find(attempts, name, now_s);
        may = may_try(attempts, failures, now_s) && count(attempts, failures, name, now_s);
        pthread_mutex_unlock(&attempts->lock);
        return may;
}

void attempts_give_back(struct attempts *attempts, struct str name, int64_t now_s)
{
        struct failures *failures;

        pthread_mutex_lock(&attempts->lock);
        failures = find(attempts, name, now_s);
        if (failures && failures->count > 0)
                failures->count--;
        pthread_mutex_unlock(&attempts->lock);
}
