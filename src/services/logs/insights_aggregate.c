/* What stats work out of many values: each with memory that has a bound. */
#include <math.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "services/logs/insights_inside.h"

#define SAMPLES_MAX   4096
#define HASHES_MAX    4096
#define REGISTERS     4096 /* an estimate to about 2 % */
#define REGISTER_BITS 12

static const struct {
        struct str name;
        enum aggregate_kind kind;
} NAMES[] = {
        {STR_INIT("count"), AGGREGATE_COUNT},
        {STR_INIT("count_distinct"), AGGREGATE_DISTINCT},
        {STR_INIT("countDistinct"), AGGREGATE_DISTINCT},
        {STR_INIT("sum"), AGGREGATE_SUM},
        {STR_INIT("avg"), AGGREGATE_AVERAGE},
        {STR_INIT("min"), AGGREGATE_LEAST},
        {STR_INIT("max"), AGGREGATE_GREATEST},
        {STR_INIT("pct"), AGGREGATE_PERCENTILE},
        {STR_INIT("stddev"), AGGREGATE_DEVIATION},
        {STR_INIT("variance"), AGGREGATE_VARIANCE},
        {STR_INIT("earliest"), AGGREGATE_EARLIEST},
        {STR_INIT("latest"), AGGREGATE_LATEST},
        {STR_INIT("sortsFirst"), AGGREGATE_FIRST},
        {STR_INIT("sortsLast"), AGGREGATE_LAST},
};

bool aggregate_find(struct str name, enum aggregate_kind *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq_nocase(NAMES[i].name, name)) {
                        *ret = NAMES[i].kind;
                        return true;
                }
        return false;
}

/* Twice the room, up to a number of items. */
static int grow(void **items, size_t *room, size_t size, size_t *bytes)
{
        size_t wider = *room ? 2 * *room : 16;
        void *grown = reallocarray(*items, wider, size);

        if (!grown)
                return -ENOMEM;
        *bytes += (wider - *room) * size;
        *items = grown;
        *room = wider;
        return 0;
}

/* -- One value of many */

static int take_best(struct tally *tally, const struct value *value, size_t *bytes)
{
        char *room = NULL;

        if (value->kind == VALUE_TEXT) {
                room = malloc(value->text.len + 1);
                if (!room)
                        return -ENOMEM;
                memcpy(room, value->text.ptr, value->text.len);
                *bytes += value->text.len + 1;
        }
        if (tally->room)
                *bytes -= tally->best.text.len + 1;
        free(tally->room);
        tally->room = room;
        tally->best = *value;
        if (room)
                tally->best.text = str_make(room, value->text.len);
        return 0;
}

static bool is_better(const struct tally *tally, enum aggregate_kind kind, const struct value *value,
                      double ms)
{
        if (tally->best.kind == VALUE_NONE)
                return true;
        switch (kind) {
        case AGGREGATE_EARLIEST:
                return ms < tally->best_ms;
        case AGGREGATE_LATEST:
                return ms >= tally->best_ms;
        case AGGREGATE_LEAST:
        case AGGREGATE_FIRST:
                return value_order(value, &tally->best) < 0;
        default:
                return value_order(value, &tally->best) > 0;
        }
}

static int choose(struct tally *tally, enum aggregate_kind kind, const struct value *value, double ms,
                  size_t *bytes)
{
        if (!is_better(tally, kind, value, ms))
                return 0;
        tally->best_ms = ms;
        return take_best(tally, value, bytes);
}

/* -- Percentiles: of all values, or of a fair choice of SAMPLES_MAX of them */

static uint64_t scramble(uint64_t number)
{
        number ^= number >> 33;
        number *= UINT64_C(0xff51afd7ed558ccd);
        number ^= number >> 33;
        number *= UINT64_C(0xc4ceb9fe1a85ec53);
        return number ^ number >> 33;
}

static int add_sample(struct tally *tally, double number, size_t *bytes)
{
        uint64_t place;

        if (tally->sample_count < SAMPLES_MAX) {
                void *items = tally->samples;

                if (tally->sample_count == tally->sample_room)
                        TRY(grow(&items, &tally->sample_room, sizeof(double), bytes));
                tally->samples = items;
                tally->samples[tally->sample_count++] = number;
                return 0;
        }
        place = scramble((uint64_t)tally->count) % (uint64_t)tally->count;
        if (place < SAMPLES_MAX)
                tally->samples[place] = number;
        return 0;
}

static int compare_doubles(const void *a, const void *b)
{
        const double *x = a, *y = b;

        return *x < *y ? -1 : *x > *y ? 1 : 0;
}

static struct value percentile(struct tally *tally, double percent)
{
        size_t place;

        if (tally->sample_count == 0)
                return NO_VALUE;
        qsort(tally->samples, tally->sample_count, sizeof(double), compare_doubles);
        place = (size_t)ceil(percent / 100 * (double)tally->sample_count);
        return NUMBER_VALUE(tally->samples[place ? place - 1 : 0]);
}

/* -- Distinct values: all of them, or an estimate ("is just an approximation") */

static void note_hash(uint8_t *registers, uint64_t hash)
{
        size_t at = hash >> (64 - REGISTER_BITS);
        uint8_t zeroes =
                (uint8_t)(__builtin_clzll(hash << REGISTER_BITS | UINT64_C(1) << (REGISTER_BITS - 1)) + 1);

        if (registers[at] < zeroes)
                registers[at] = zeroes;
}

static int begin_estimate(struct tally *tally, size_t *bytes)
{
        tally->registers = calloc(1, REGISTERS);
        if (!tally->registers)
                return -ENOMEM;
        *bytes += REGISTERS;
        for (size_t i = 0; i < tally->hash_room; i++)
                if (tally->hashes[i])
                        note_hash(tally->registers, tally->hashes[i]);
        return 0;
}

static void put_hash(uint64_t *hashes, size_t room, uint64_t hash, size_t *count)
{
        size_t at = hash & (room - 1);

        while (hashes[at] && hashes[at] != hash)
                at = (at + 1) & (room - 1);
        *count += hashes[at] == 0;
        hashes[at] = hash;
}

static int widen(struct tally *tally, size_t *bytes)
{
        size_t room = tally->hash_room ? 2 * tally->hash_room : 16, count = 0;
        uint64_t *hashes = calloc(room, sizeof(uint64_t));

        if (!hashes)
                return -ENOMEM;
        for (size_t i = 0; i < tally->hash_room; i++)
                if (tally->hashes[i])
                        put_hash(hashes, room, tally->hashes[i], &count);
        free(tally->hashes);
        *bytes += (room - tally->hash_room) * sizeof(uint64_t);
        tally->hashes = hashes;
        tally->hash_room = room;
        return 0;
}

static int add_distinct(struct tally *tally, const struct value *value, struct arena *arena, size_t *bytes)
{
        uint8_t digest[SHA256_LEN];
        uint64_t hash;

        sha256(value_to_text(value, arena), digest);
        memcpy(&hash, digest, sizeof(hash));
        hash |= hash == 0;
        if (!tally->registers && tally->hash_count == HASHES_MAX)
                TRY(begin_estimate(tally, bytes));
        if (tally->registers) {
                note_hash(tally->registers, hash);
                return 0;
        }
        if (2 * tally->hash_count >= tally->hash_room)
                TRY(widen(tally, bytes));
        put_hash(tally->hashes, tally->hash_room, hash, &tally->hash_count);
        return 0;
}

static double estimate(const uint8_t *registers)
{
        double sum = 0, m = REGISTERS, found;
        size_t zeroes = 0;

        for (size_t i = 0; i < REGISTERS; i++) {
                sum += ldexp(1, -registers[i]);
                zeroes += registers[i] == 0;
        }
        found = 0.7213 / (1 + 1.079 / m) * m * m / sum;
        return round(found <= 2.5 * m && zeroes ? m * log(m / (double)zeroes) : found);
}

/* -- All of them */

static int add_number(struct tally *tally, const struct aggregate *aggregate, double number, size_t *bytes)
{
        double before = tally->mean;

        tally->count++;
        tally->sum += number;
        tally->mean += (number - before) / tally->count;
        tally->squares += (number - before) * (number - tally->mean);
        return aggregate->kind == AGGREGATE_PERCENTILE ? add_sample(tally, number, bytes) : 0;
}

int tally_add(struct tally *tally, const struct aggregate *aggregate, const struct value *value, double ms,
              struct arena *arena, size_t *bytes)
{
        double number;

        if (value->kind == VALUE_NONE)
                return 0;
        switch (aggregate->kind) {
        case AGGREGATE_COUNT:
                tally->count++;
                return 0;
        case AGGREGATE_DISTINCT:
                return add_distinct(tally, value, arena, bytes);
        case AGGREGATE_LEAST:
        case AGGREGATE_GREATEST:
        case AGGREGATE_EARLIEST:
        case AGGREGATE_LATEST:
        case AGGREGATE_FIRST:
        case AGGREGATE_LAST:
                return choose(tally, aggregate->kind, value, ms, bytes);
        default:
                return value_to_number(value, &number) ? add_number(tally, aggregate, number, bytes) : 0;
        }
}

static struct value spread(const struct tally *tally, bool is_root)
{
        double variance = tally->count > 0 ? tally->squares / tally->count : 0;

        if (tally->count < 1)
                return NO_VALUE;
        return NUMBER_VALUE(is_root ? sqrt(variance) : variance);
}

struct value tally_result(struct tally *tally, const struct aggregate *aggregate)
{
        switch (aggregate->kind) {
        case AGGREGATE_COUNT:
                return NUMBER_VALUE(tally->count);
        case AGGREGATE_DISTINCT:
                return NUMBER_VALUE(tally->registers ? estimate(tally->registers)
                                                     : (double)tally->hash_count);
        case AGGREGATE_SUM:
                return tally->count > 0 && isfinite(tally->sum) ? NUMBER_VALUE(tally->sum) : NO_VALUE;
        case AGGREGATE_AVERAGE:
                return tally->count > 0 && isfinite(tally->sum) ? NUMBER_VALUE(tally->sum / tally->count)
                                                                : NO_VALUE;
        case AGGREGATE_PERCENTILE:
                return percentile(tally, aggregate->percent);
        case AGGREGATE_DEVIATION:
        case AGGREGATE_VARIANCE:
                return spread(tally, aggregate->kind == AGGREGATE_DEVIATION);
        default:
                return tally->best;
        }
}

void tally_done(struct tally *tally)
{
        free(tally->room);
        free(tally->samples);
        free(tally->hashes);
        free(tally->registers);
        *tally = (struct tally){};
}
