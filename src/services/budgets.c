#include "services/budgets.h"

#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>

struct debt {
        struct str name; /* owned: stands behind this */
        int64_t ns, at_ns;
};

struct budgets {
        pthread_mutex_t lock;
        struct map by_name;
        size_t max;
        int64_t most_ns, share;
};

int budgets_new(size_t max, int64_t most_ns, int64_t share, struct budgets **ret)
{
        struct budgets *budgets = calloc(1, sizeof(*budgets));

        if (!budgets)
                return -ENOMEM;
        pthread_mutex_init(&budgets->lock, NULL);
        map_init(&budgets->by_name);
        budgets->max = max;
        budgets->most_ns = most_ns;
        budgets->share = share;
        *ret = budgets;
        return 0;
}

void budgets_free(struct budgets *budgets)
{
        const struct map_slot *slot;

        if (!budgets)
                return;
        for (size_t i = 0; (slot = map_next(&budgets->by_name, &i));)
                free(slot->value);
        map_done(&budgets->by_name);
        pthread_mutex_destroy(&budgets->lock);
        free(budgets);
}

static void pay(const struct budgets *budgets, struct debt *debt, int64_t now_ns)
{
        int64_t paid = (now_ns - debt->at_ns) / 100 * budgets->share;

        debt->ns = debt->ns > paid ? debt->ns - paid : 0;
        debt->at_ns = now_ns;
}

/* All who owe nothing. What is taken out of the map moves others, so it is made anew. */
static void sweep(struct budgets *budgets, int64_t now_ns)
{
        struct map kept;
        const struct map_slot *slot;

        map_init(&kept);
        for (size_t i = 0; (slot = map_next(&budgets->by_name, &i));) {
                struct debt *debt = slot->value;

                pay(budgets, debt, now_ns);
                if (debt->ns == 0 || map_put(&kept, debt->name, debt) < 0)
                        free(debt);
        }
        map_done(&budgets->by_name);
        budgets->by_name = kept;
}

bool budgets_may(struct budgets *budgets, struct str name, int64_t now_ns)
{
        struct debt *debt;
        bool may = true;

        if (!budgets)
                return true;
        pthread_mutex_lock(&budgets->lock);
        debt = map_get(&budgets->by_name, name);
        if (debt) {
                pay(budgets, debt, now_ns);
                may = debt->ns < budgets->most_ns;
        }
        pthread_mutex_unlock(&budgets->lock);
        return may;
}

static struct debt *add(struct budgets *budgets, struct str name, int64_t now_ns)
{
        struct debt *debt;

        if (budgets->by_name.count >= budgets->max)
                sweep(budgets, now_ns);
        debt = budgets->by_name.count < budgets->max ? calloc(1, sizeof(*debt) + name.len) : NULL;
        if (!debt)
                return NULL;
        if (name.len)
                memcpy(debt + 1, name.ptr, name.len);
        debt->name = str_make(debt + 1, name.len);
        debt->at_ns = now_ns;
        if (map_put(&budgets->by_name, debt->name, debt) == 0)
                return debt;
        free(debt);
        return NULL;
}

void budgets_use(struct budgets *budgets, struct str name, int64_t used_ns, int64_t now_ns)
{
        struct debt *debt;

        if (!budgets)
                return;
        pthread_mutex_lock(&budgets->lock);
        debt = map_get(&budgets->by_name, name);
        if (!debt)
                debt = add(budgets, name, now_ns);
        if (debt) {
                pay(budgets, debt, now_ns);
                debt->ns += used_ns;
        }
        pthread_mutex_unlock(&budgets->lock);
}
