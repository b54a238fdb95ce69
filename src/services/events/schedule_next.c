/* When a schedule comes next. */
#include "services/events/schedule.h"

#include "base/clock.h"

#include <time.h>

#define MINUTE_MS     (60 * MS_PER_S)
#define MINUTES_A_DAY 1440
#define DAYS_A_WEEK   7
#define MONTHS_A_YEAR 12

/* A day of the calendar. */
struct day {
        unsigned int year, month, day; /* 1..12, 1..31 */
        unsigned int weekday;          /* 1: Sunday */
        unsigned int length;           /* of its month */
};

static unsigned int month_length(unsigned int year, unsigned int month)
{
        static const uint8_t LENGTHS[MONTHS_A_YEAR] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return LENGTHS[month - 1] + (month == 2 && is_leap ? 1U : 0U);
}

static bool find_day(int64_t number, struct day *ret)
{
        time_t seconds = (time_t)(number * (MS_PER_DAY / MS_PER_S));
        struct tm parts;

        if (!gmtime_r(&seconds, &parts))
                return false;
        *ret = (struct day){
                .year = (unsigned int)parts.tm_year + 1900,
                .month = (unsigned int)parts.tm_mon + 1,
                .day = (unsigned int)parts.tm_mday,
                .weekday = (unsigned int)parts.tm_wday + 1,
        };
        ret->length = month_length(ret->year, ret->month);
        return true;
}

static unsigned int weekday_of(const struct day *day, unsigned int other)
{
        return (day->weekday - 1 + DAYS_A_WEEK * 5 + other - day->day) % DAYS_A_WEEK + 1;
}

/* The weekday, Monday to Friday, nearest to a day, in the same month. */
static unsigned int nearest(const struct day *day, unsigned int wanted)
{
        unsigned int weekday;

        if (wanted > day->length)
                return 0;
        weekday = weekday_of(day, wanted);
        if (weekday == 7) /* Saturday */
                return wanted > 1 ? wanted - 1 : wanted + 2;
        if (weekday == 1)
                return wanted < day->length ? wanted + 1 : wanted - 2;
        return wanted;
}

static bool fits_week(const struct events_schedule *schedule, const struct day *day)
{
        if (schedule->last_week)
                return day->weekday == schedule->last_week && day->day + DAYS_A_WEEK > day->length;
        if (!(schedule->weekdays >> day->weekday & 1))
                return false;
        return !schedule->which_week || (day->day - 1) / DAYS_A_WEEK + 1 == schedule->which_week;
}

static bool fits_day(const struct events_schedule *schedule, const struct day *day)
{
        unsigned int year = day->year - SCHEDULE_FIRST_YEAR;

        if (!(schedule->years[year / 8] >> year % 8 & 1) || !(schedule->months >> day->month & 1))
                return false;
        if (schedule->last_day)
                return day->day == day->length;
        if (schedule->near_last)
                return day->day == nearest(day, day->length);
        if (schedule->near_day)
                return day->day == nearest(day, schedule->near_day);
        if (schedule->days)
                return schedule->days >> day->day & 1;
        return fits_week(schedule, day);
}

/* The first minute of a day that fits, from one on; -1: none. */
static int first_minute(const struct events_schedule *schedule, int from)
{
        for (int i = from; i < MINUTES_A_DAY; i++)
                if (schedule->hours >> (i / 60) & 1 && schedule->minutes >> (i % 60) & 1)
                        return i;
        return -1;
}

int64_t events_schedule_next(const struct events_schedule *schedule, int64_t after_ms)
{
        int64_t minute = after_ms / MINUTE_MS + 1, number = minute / MINUTES_A_DAY;
        int from = (int)(minute % MINUTES_A_DAY);
        struct day day;

        if (schedule->every_ms)
                return after_ms + schedule->every_ms;
        for (; find_day(number, &day) && day.year <= SCHEDULE_LAST_YEAR; number++, from = 0) {
                int found = fits_day(schedule, &day) ? first_minute(schedule, from) : -1;

                if (found >= 0)
                        return (number * MINUTES_A_DAY + found) * MINUTE_MS;
        }
        return -1;
}
