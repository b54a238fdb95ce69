/* Numbers of events and deliveries: they only grow. */
#include "services/events/events.h"

int events_next_number(struct txn *txn, struct arena *arena, int64_t *ret)
{
        struct events_sequence_record sequence = {.name = STR("event")};
        int r = record_get(txn, arena, &events_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = r == 0 ? sequence.last.value + 1 : 1;
        sequence.last = OPT_INT(*ret);
        return record_put(txn, &events_sequence_record_type, &sequence);
}

struct str events_delivery_subject(struct arena *arena, const struct events_delivery_record *delivery)
{
        return arena_printf(arena, "%019lld", (long long)delivery->number.value);
}
