#include "services/cloudwatch/sum.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdlib.h>

#define EXACT_BITS 10 /* of a value that is taken for its neighbours: one in a thousand */
#define HEAD_LEN   (4 * sizeof(uint64_t))
#define PAIR_LEN   (2 * sizeof(uint64_t))

void cloudwatch_sum_done(struct cloudwatch_sum *sum)
{
        free(sum->values);
        *sum = (struct cloudwatch_sum){};
}

/* -- Adding */

static void add_head(struct cloudwatch_sum *sum, const struct cloudwatch_sum *other)
{
        if (other->count <= 0)
                return;
        sum->min = sum->count > 0 ? fmin(sum->min, other->min) : other->min;
        sum->max = sum->count > 0 ? fmax(sum->max, other->max) : other->max;
        sum->count += other->count;
        sum->sum += other->sum;
}

static int grow(struct cloudwatch_sum *sum)
{
        size_t room = sum->room ? 2 * sum->room : 4;
        struct cloudwatch_value *values = realloc(sum->values, room * sizeof(*values));

        if (!values)
                return -ENOMEM;
        sum->values = values;
        sum->room = room;
        return 0;
}

/* Where the value stands, or would. */
static size_t place_of(const struct cloudwatch_sum *sum, double value)
{
        size_t low = 0, high = sum->value_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (sum->values[middle].value < value)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int add_value(struct cloudwatch_sum *sum, double value, double count)
{
        size_t place = place_of(sum, value);

        if (place < sum->value_count && sum->values[place].value <= value) {
                sum->values[place].count += count;
                return 0;
        }
        if (sum->value_count == sum->room)
                TRY(grow(sum));
        memmove(&sum->values[place + 1], &sum->values[place],
                (sum->value_count - place) * sizeof(*sum->values));
        sum->values[place] = (struct cloudwatch_value){value, count};
        sum->value_count++;
        return 0;
}

static void make_opaque(struct cloudwatch_sum *sum)
{
        free(sum->values);
        sum->values = NULL;
        sum->value_count = sum->room = 0;
        sum->is_opaque = true;
}

int cloudwatch_sum_add(struct cloudwatch_sum *sum, double value, double count)
{
        const struct cloudwatch_sum one = {.count = count, .sum = value * count, .min = value, .max = value};

        if (count <= 0)
                return 0;
        add_head(sum, &one);
        return sum->is_opaque ? 0 : add_value(sum, value, count);
}

int cloudwatch_sum_add_set(struct cloudwatch_sum *sum, const struct cloudwatch_sum *set)
{
        if (set->count <= 0)
                return 0;
        if (set->min >= set->max && set->sum >= set->min * set->count && set->sum <= set->min * set->count)
                return cloudwatch_sum_add(sum, set->min, set->count);
        add_head(sum, set);
        make_opaque(sum);
        return 0;
}

int cloudwatch_sum_merge(struct cloudwatch_sum *sum, const struct cloudwatch_sum *other)
{
        add_head(sum, other);
        if (other->is_opaque)
                make_opaque(sum);
        for (size_t i = 0; !sum->is_opaque && i < other->value_count; i++)
                TRY(add_value(sum, other->values[i].value, other->values[i].count));
        return 0;
}

/* -- Fewer values */

static double rounded(double value, int bits)
{
        int exponent;
        double fraction = frexp(value, &exponent);

        return ldexp(nearbyint(ldexp(fraction, bits)), exponent - bits);
}

/* Takes neighbours that are the same now as one. */
static void unite(struct cloudwatch_sum *sum)
{
        size_t kept = 0;

        for (size_t i = 1; i < sum->value_count; i++)
                if (sum->values[i].value <= sum->values[kept].value)
                        sum->values[kept].count += sum->values[i].count;
                else
                        sum->values[++kept] = sum->values[i];
        sum->value_count = kept + 1;
}

/* Each two neighbours become one: only for values of hundreds of orders of magnitude. */
static void halve(struct cloudwatch_sum *sum)
{
        size_t kept = 0;

        for (size_t i = 0; i < sum->value_count; i += 2) {
                struct cloudwatch_value one = sum->values[i];

                if (i + 1 < sum->value_count)
                        one.count += sum->values[i + 1].count;
                sum->values[kept++] = one;
        }
        sum->value_count = kept;
}

/* To three quarters of what is allowed, so that it is not to be done for each value that comes. */
void cloudwatch_sum_limit(struct cloudwatch_sum *sum, size_t values)
{
        size_t wanted = values - values / 4;

        assert(values >= 4);
        if (sum->value_count <= values)
                return;
        for (int bits = EXACT_BITS; bits > 0 && sum->value_count > wanted; bits--) {
                for (size_t i = 0; i < sum->value_count; i++)
                        sum->values[i].value = rounded(sum->values[i].value, bits);
                unite(sum);
        }
        while (sum->value_count > wanted)
                halve(sum);
}

/* -- As it is stored: count, sum, least, greatest; and values with their counts, if they are known */

static void write_double(struct buf *out, double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        bits = htobe64(bits);
        buf_add_bytes(out, &bits, sizeof(bits));
}

static double read_double(const char *at)
{
        uint64_t bits;
        double value;

        memcpy(&bits, at, sizeof(bits));
        bits = be64toh(bits);
        memcpy(&value, &bits, sizeof(value));
        return value;
}

void cloudwatch_sum_write(const struct cloudwatch_sum *sum, struct buf *out)
{
        write_double(out, sum->count);
        write_double(out, sum->sum);
        write_double(out, sum->min);
        write_double(out, sum->max);
        for (size_t i = 0; i < sum->value_count; i++) {
                write_double(out, sum->values[i].value);
                write_double(out, sum->values[i].count);
        }
}

static int merge_values(struct cloudwatch_sum *sum, struct str pairs)
{
        if (pairs.len == 0)
                make_opaque(sum);
        for (; pairs.len > 0 && !sum->is_opaque; pairs = str_from(pairs, PAIR_LEN))
                TRY(add_value(sum, read_double(pairs.ptr), read_double(pairs.ptr + sizeof(uint64_t))));
        return 0;
}

int cloudwatch_sum_merge_stored(struct cloudwatch_sum *sum, struct str bytes, bool is_distributed)
{
        struct cloudwatch_sum head;

        if (bytes.len < HEAD_LEN || (bytes.len - HEAD_LEN) % PAIR_LEN != 0)
                return -EBADMSG;
        head = (struct cloudwatch_sum){
                .count = read_double(bytes.ptr),
                .sum = read_double(bytes.ptr + sizeof(uint64_t)),
                .min = read_double(bytes.ptr + 2 * sizeof(uint64_t)),
                .max = read_double(bytes.ptr + 3 * sizeof(uint64_t)),
        };
        add_head(sum, &head);
        return is_distributed ? merge_values(sum, str_from(bytes, HEAD_LEN)) : 0;
}
