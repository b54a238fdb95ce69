#include "services/logs/place.h"

#define ID_LEN     56
#define MS_LEN     15
#define PREFIX_LEN 2

struct str logs_event_id(struct arena *arena, struct logs_place place)
{
        return arena_printf(arena, "30%015lld%039lld", (long long)place.ms, (long long)place.sequence);
}

static int read_digits(struct str text, int64_t *ret)
{
        uint64_t value;

        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                        return -EINVAL;
        while (text.len > 1 && text.ptr[0] == '0')
                text = str_from(text, 1);
        if (str_to_u64(text, &value) < 0 || value > INT64_MAX)
                return -EINVAL;
        *ret = (int64_t)value;
        return 0;
}

int logs_event_place(struct str id, struct logs_place *ret)
{
        if (id.len != ID_LEN || !str_starts(id, STR("30")))
                return -EINVAL;
        TRY(read_digits(str_part(id, PREFIX_LEN, MS_LEN), &ret->ms));
        return read_digits(str_from(id, PREFIX_LEN + MS_LEN), &ret->sequence);
}

struct str logs_sequence_token(struct arena *arena, int64_t sequence)
{
        return arena_printf(arena, "49%054lld", (long long)sequence);
}
