/* Schedules of rules: rate(5 minutes), cron(0 12 * * ? *); in UTC.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
#pragma once

#include "base/str.h"

#define SCHEDULE_FIRST_YEAR 1970
#define SCHEDULE_LAST_YEAR  2199

struct events_schedule {
        int64_t every_ms; /* of a rate; 0: what follows */
        uint64_t minutes; /* bits, as all that follow */
        uint64_t hours;
        uint64_t days;     /* of the month, from bit 1 on; 0: by the day of the week */
        uint64_t weekdays; /* from bit 1, Sunday, on */
        uint64_t months;   /* from bit 1 on */
        uint8_t years[(SCHEDULE_LAST_YEAR - SCHEDULE_FIRST_YEAR) / 8 + 1];
        bool last_day;           /* L */
        unsigned int near_day;   /* 15W: the weekday nearest to it; 0: none */
        bool near_last;          /* LW */
        unsigned int last_week;  /* 6L: the last Friday; 0: none */
        unsigned int which_week; /* 6#3: the third Friday, with one bit in weekdays; 0: every one */
};

/* -EINVAL. */
must_check int events_schedule_parse(struct str text, struct events_schedule *ret);
/* The first hour after this one; -1: there is none. Of a rate: as long after it as the rate says. */
int64_t events_schedule_next(const struct events_schedule *schedule, int64_t after_ms);
