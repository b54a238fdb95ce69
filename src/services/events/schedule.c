#include "services/events/schedule.h"

#include "base/clock.h"

#include <ctype.h>

#define MINUTE_MS (60 * MS_PER_S)
#define RATE_MAX  100000000

/* -- rate(...) */

static int parse_rate(struct str text, struct events_schedule *ret)
{
        static const struct {
                const char *one, *many;
                int64_t ms;
        } UNITS[] = {
                {"minute", "minutes", MINUTE_MS},
                {"hour", "hours", 60 * MINUTE_MS},
                {"day", "days", MS_PER_DAY},
        };
        struct str unit = str_trim(text), number;
        uint64_t value;

        if (!str_cut(&unit, ' ', &number) || str_to_u64(number, &value) < 0 || value == 0 || value > RATE_MAX)
                return -EINVAL;
        unit = str_trim(unit);
        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++)
                if (str_eq(unit, str_of(value == 1 ? UNITS[i].one : UNITS[i].many))) {
                        ret->every_ms = (int64_t)value * UNITS[i].ms;
                        return 0;
                }
        return -EINVAL;
}

/* -- cron(...) */

/* A field: what its values are called, and between what they lie. */
struct field {
        unsigned int min, max;
        const char *names; /* of three letters each, the first one that of min; NULL: none */
};

static const struct field MINUTES = {0, 59, NULL}, HOURS = {0, 23, NULL}, DAYS = {1, 31, NULL},
                          MONTHS = {1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
                          WEEKDAYS = {1, 7, "SUNMONTUEWEDTHUFRISAT"},
                          YEARS = {SCHEDULE_FIRST_YEAR, SCHEDULE_LAST_YEAR, NULL};

static int parse_value(const struct field *field, struct str text, unsigned int *ret)
{
        uint64_t value;

        for (unsigned int i = 0; field->names && i <= field->max - field->min; i++)
                if (str_eq_nocase(text, str_make(field->names + (size_t)3 * i, 3))) {
                        *ret = field->min + i;
                        return 0;
                }
        if (str_to_u64(text, &value) < 0 || value < field->min || value > field->max)
                return -EINVAL;
        *ret = (unsigned int)value;
        return 0;
}

/* first-last/step; a range may go over the end: 20-2. */
struct range {
        unsigned int first, last, step;
};

static int parse_ends(const struct field *field, struct str text, bool has_step, struct range *ret)
{
        struct str rest = text, first = STR_NONE;

        if (str_eq(text, STR("*"))) {
                ret->first = field->min;
                ret->last = field->max;
                return 0;
        }
        (void)str_cut(&rest, '-', &first);
        TRY(parse_value(field, first, &ret->first));
        ret->last = has_step ? field->max : ret->first;
        return str_is_set(rest) ? parse_value(field, rest, &ret->last) : 0;
}

static int parse_range(const struct field *field, struct str text, struct range *ret)
{
        struct str rest = text, ends = STR_NONE;
        uint64_t step = 1;

        (void)str_cut(&rest, '/', &ends);
        if (str_is_set(rest) && (str_to_u64(rest, &step) < 0 || step == 0 || step > field->max))
                return -EINVAL;
        ret->step = (unsigned int)step;
        return parse_ends(field, ends, str_is_set(rest), ret);
}

static void set_bit(uint8_t *bits, unsigned int bit)
{
        bits[bit / 8] = (uint8_t)(bits[bit / 8] | 1U << bit % 8);
}

static bool has_bit(const uint8_t *bits, unsigned int bit)
{
        return bits[bit / 8] >> bit % 8 & 1;
}

/* Bits from the field's least value on. */
static int parse_list(const struct field *field, struct str text, uint8_t *bits)
{
        unsigned int span = field->max - field->min + 1;

        for (struct str rest = text, piece; str_cut(&rest, ',', &piece);) {
                struct range range;
                unsigned int length;

                TRY(parse_range(field, piece, &range));
                length = (range.last + span - range.first) % span;
                for (unsigned int i = 0; i <= length; i += range.step)
                        set_bit(bits, (range.first - field->min + i) % span);
        }
        return 0;
}

static int parse_bits(const struct field *field, struct str text, uint64_t *ret)
{
        uint8_t bits[8] = {};

        *ret = 0;
        TRY(parse_list(field, text, bits));
        for (unsigned int i = 0; i <= field->max - field->min; i++)
                if (has_bit(bits, i))
                        *ret |= UINT64_C(1) << (field->min + i);
        return 0;
}

static int parse_day(struct str text, struct events_schedule *ret)
{
        ret->last_day = str_eq(text, STR("L"));
        ret->near_last = str_eq(text, STR("LW"));
        if (ret->last_day || ret->near_last)
                return 0;
        if (str_ends(text, STR("W")))
                return parse_value(&DAYS, str_part(text, 0, text.len - 1), &ret->near_day);
        return parse_bits(&DAYS, text, &ret->days);
}

static int parse_weekday(struct str text, struct events_schedule *ret)
{
        struct str rest = text, day = STR_NONE;
        uint64_t which;

        if (str_eq(text, STR("L"))) { /* "the last day of the ... week" */
                ret->weekdays = UINT64_C(1) << WEEKDAYS.max;
                return 0;
        }
        if (str_ends(text, STR("L")))
                return parse_value(&WEEKDAYS, str_part(text, 0, text.len - 1), &ret->last_week);
        if (!str_has_byte(text, '#'))
                return parse_bits(&WEEKDAYS, text, &ret->weekdays);
        (void)str_cut(&rest, '#', &day);
        if (str_to_u64(rest, &which) < 0 || which < 1 || which > 5 || str_has_byte(day, ',') ||
            str_has_byte(day, '-'))
                return -EINVAL;
        ret->which_week = (unsigned int)which;
        return parse_bits(&WEEKDAYS, day, &ret->weekdays);
}

#define FIELDS 6

static int split(struct str text, struct str fields[FIELDS])
{
        size_t count = 0;

        for (size_t i = 0; i < text.len;) {
                size_t begin = i;

                while (i < text.len && !isspace((unsigned char)text.ptr[i]))
                        i++;
                if (i > begin && count == FIELDS)
                        return -EINVAL;
                if (i > begin)
                        fields[count++] = str_part(text, begin, i - begin);
                while (i < text.len && isspace((unsigned char)text.ptr[i]))
                        i++;
        }
        return count == FIELDS ? 0 : -EINVAL;
}

/* "If you specify a value or a * (asterisk) in one of the fields, you must use a ? (question mark) in the
 * other." */
static int parse_days(struct str day, struct str weekday, struct events_schedule *ret)
{
        bool any_day = str_eq(day, STR("?")), any_weekday = str_eq(weekday, STR("?"));

        if (any_day == any_weekday)
                return -EINVAL;
        return any_weekday ? parse_day(day, ret) : parse_weekday(weekday, ret);
}

static int parse_cron(struct str text, struct events_schedule *ret)
{
        struct str fields[FIELDS];

        TRY(split(text, fields));
        TRY(parse_bits(&MINUTES, fields[0], &ret->minutes));
        TRY(parse_bits(&HOURS, fields[1], &ret->hours));
        TRY(parse_days(fields[2], fields[4], ret));
        TRY(parse_bits(&MONTHS, fields[3], &ret->months));
        return parse_list(&YEARS, fields[5], ret->years);
}

int events_schedule_parse(struct str text, struct events_schedule *ret)
{
        struct str inside;

        *ret = (struct events_schedule){};
        if (!str_ends(text, STR(")")))
                return -EINVAL;
        inside = str_part(text, 0, text.len - 1);
        if (str_starts(inside, STR("rate(")))
                return parse_rate(str_from(inside, strlen("rate(")), ret);
        if (str_starts(inside, STR("cron(")))
                return parse_cron(str_from(inside, strlen("cron(")), ret);
        return -EINVAL;
}
