#include "events/setbacks.h"

#define FIRST_NS   INT64_C(1000000000)
#define LONGEST_NS (INT64_C(300) * 1000000000)

static uint64_t hash_of(struct str key)
{
        uint64_t hash = str_hash(key, 0);

        return hash ? hash : 1;
}

static const struct setback *find(const struct setbacks *setbacks, uint64_t what)
{
        const struct setback *places = &setbacks->items[what % SETBACKS / SETBACKS_WAYS * SETBACKS_WAYS];

        for (size_t i = 0; i < SETBACKS_WAYS; i++)
                if (places[i].what == what)
                        return &places[i];
        return NULL;
}

static struct setback *find_place(struct setbacks *setbacks, uint64_t what)
{
        struct setback *places = &setbacks->items[what % SETBACKS / SETBACKS_WAYS * SETBACKS_WAYS];
        struct setback *least = places;

        for (size_t i = 0; i < SETBACKS_WAYS; i++) {
                if (places[i].what == what)
                        return &places[i];
                if (places[i].until_ns < least->until_ns)
                        least = &places[i];
        }
        return least;
}

bool setbacks_add(struct setbacks *setbacks, struct str key, int64_t now_ns)
{
        uint64_t what = hash_of(key);
        struct setback *setback = find_place(setbacks, what);
        bool has_place = setback->what == what || setback->until_ns <= now_ns;
        int64_t pause_ns = FIRST_NS;

        if (setback->what != what)
                *setback = (struct setback){.what = what};
        for (unsigned int i = 0; i < setback->count && pause_ns < LONGEST_NS; i++)
                pause_ns *= 2;
        setback->until_ns = now_ns + (pause_ns < LONGEST_NS ? pause_ns : LONGEST_NS);
        setback->count++;
        return has_place;
}

void setbacks_end(struct setbacks *setbacks, struct str key)
{
        uint64_t what = hash_of(key);
        struct setback *setback = find_place(setbacks, what);

        if (setback->what == what)
                *setback = (struct setback){};
}

bool setbacks_hold(const struct setbacks *setbacks, struct str key, int64_t now_ns)
{
        const struct setback *setback = find(setbacks, hash_of(key));

        return setback && now_ns < setback->until_ns;
}
