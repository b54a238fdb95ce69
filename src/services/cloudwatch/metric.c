#include "services/cloudwatch/metric.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <endian.h>
#include <stdlib.h>

#define ID_BYTES 16

bool cloudwatch_is_printable(struct str text)
{
        bool has_ink = false;

        for (size_t i = 0; i < text.len; i++) {
                if (text.ptr[i] < ' ' || text.ptr[i] > '~')
                        return false;
                has_ink |= text.ptr[i] != ' ';
        }
        return has_ink;
}

static int compare_dimensions(const void *a, const void *b)
{
        const struct cloudwatch_dimension *one = a, *other = b;
        int order = str_cmp(one->name, other->name);

        return order ? order : str_cmp(one->value, other->value);
}

static void add(struct sha256 *hash, struct str text)
{
        const uint64_t len = htobe64(text.len);

        sha256_add(hash, str_make(&len, sizeof(len)));
        sha256_add(hash, text);
}

static int sort(struct call *call, struct cloudwatch_dimension_list *dimensions)
{
        struct cloudwatch_dimension *items =
                arena_new_array(&call->arena, struct cloudwatch_dimension, dimensions->count + 1);

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < dimensions->count; i++)
                items[i] = dimensions->items[i];
        qsort(items, dimensions->count, sizeof(*items), compare_dimensions);
        dimensions->items = items;
        return 0;
}

int cloudwatch_metric_id(struct call *call, const struct cloudwatch_metric_name *name, struct str *ret)
{
        struct cloudwatch_dimension_list dimensions = name->dimensions;
        uint8_t digest[SHA256_LEN];
        struct sha256 hash;

        TRY(sort(call, &dimensions));
        sha256_begin(&hash);
        add(&hash, name->account);
        add(&hash, name->region);
        add(&hash, name->namespace);
        add(&hash, name->name);
        for (size_t i = 0; i < dimensions.count; i++) {
                add(&hash, dimensions.items[i].name);
                add(&hash, dimensions.items[i].value);
        }
        sha256_end(&hash, digest);
        *ret = hex_encode(&call->arena, str_make(digest, ID_BYTES));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

/* -- Units. New ones only behind the last. */
static const struct str UNITS[] = {
        STR_INIT("None"),
        STR_INIT("Seconds"),
        STR_INIT("Microseconds"),
        STR_INIT("Milliseconds"),
        STR_INIT("Bytes"),
        STR_INIT("Kilobytes"),
        STR_INIT("Megabytes"),
        STR_INIT("Gigabytes"),
        STR_INIT("Terabytes"),
        STR_INIT("Bits"),
        STR_INIT("Kilobits"),
        STR_INIT("Megabits"),
        STR_INIT("Gigabits"),
        STR_INIT("Terabits"),
        STR_INIT("Percent"),
        STR_INIT("Count"),
        STR_INIT("Bytes/Second"),
        STR_INIT("Kilobytes/Second"),
        STR_INIT("Megabytes/Second"),
        STR_INIT("Gigabytes/Second"),
        STR_INIT("Terabytes/Second"),
        STR_INIT("Bits/Second"),
        STR_INIT("Kilobits/Second"),
        STR_INIT("Megabits/Second"),
        STR_INIT("Gigabits/Second"),
        STR_INIT("Terabits/Second"),
        STR_INIT("Count/Second"),
};

int64_t cloudwatch_unit_number(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++)
                if (str_eq(UNITS[i], name))
                        return (int64_t)i;
        return 0;
}

struct str cloudwatch_unit_name(int64_t number)
{
        return number >= 0 && (size_t)number < ARRAY_LEN(UNITS) ? UNITS[number] : UNITS[0];
}
