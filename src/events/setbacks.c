#include "events/setbacks.h"

#define FIRST_NS   INT64_C(1000000000)
#define LONGEST_NS (INT64_C(300) * 1000000000)

static uint64_t hash_of(struct str key)
{
        uint64_t hash = str_hash(key, 0);

        return hash ? hash : 1;
}

void setbacks_add(struct setbacks *setbacks, struct str key, int64_t now_ns)
{
        uint64_t what = hash_of(key);
        struct setback *setback = &setbacks->items[what % SETBACKS];
        int64_t pause_ns = FIRST_NS;

        if (setback->what != what)
                *setback = (struct setback){.what = what};
        for (unsigned int i = 0; i < setback->count && pause_ns < LONGEST_NS; i++)
                pause_ns *= 2;
        setback->until_ns = now_ns + (pause_ns < LONGEST_NS ? pause_ns : LONGEST_NS);
        setback->count++;
}

void setbacks_end(struct setbacks *setbacks, struct str key)
{
        uint64_t what = hash_of(key);
        struct setback *setback = &setbacks->items[what % SETBACKS];

        if (setback->what == what)
                *setback = (struct setback){};
}

bool setbacks_hold(const struct setbacks *setbacks, struct str key, int64_t now_ns)
{
        uint64_t what = hash_of(key);
        const struct setback *setback = &setbacks->items[what % SETBACKS];

        return setback->what == what && now_ns < setback->until_ns;
}
