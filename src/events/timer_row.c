#include "events/timer_row.h"

#define DUE_LEN 8

static const struct str PREFIXES[] = {
        [TIMER_QUICK] = STR_INIT("\xfe"
                                 "timer"),
        [TIMER_SLOW] = STR_INIT("\xfe"
                                "slow"),
        [TIMER_OUT] = STR_INIT("\xfe"
                               "out"),
        [TIMER_LONG] = STR_INIT("\xfe"
                                "longtimer"),
};

struct str timer_rows(enum timer_lane lane)
{
        return PREFIXES[lane];
}

static int make_key(const struct timer *timer, char key[STORE_KEY_MAX], struct str *ret)
{
        struct str prefix = PREFIXES[timer->lane];
        size_t len = prefix.len + DUE_LEN + timer->name.len + 1 + timer->subject.len;
        char *at = key + prefix.len;

        if (timer->due_ms < 0 || timer->subject.len > TIMER_SUBJECT_MAX || len > STORE_KEY_MAX ||
            str_has_byte(timer->name, '\0'))
                return -EINVAL;
        memcpy(key, prefix.ptr, prefix.len);
        for (size_t i = 0; i < DUE_LEN; i++)
                *at++ = (char)((uint64_t)timer->due_ms >> (56 - 8 * i));
        memcpy(at, timer->name.ptr, timer->name.len);
        at += timer->name.len;
        *at++ = '\0';
        if (timer->subject.len)
                memcpy(at, timer->subject.ptr, timer->subject.len);
        *ret = str_make(key, len);
        return 0;
}

int timer_row_read(struct str key, enum timer_lane lane, struct timer *ret)
{
        struct str rest = str_from(key, PREFIXES[lane].len);
        uint64_t due = 0;

        if (rest.len < DUE_LEN)
                return -EBADMSG;
        for (size_t i = 0; i < DUE_LEN; i++)
                due = due << 8 | (unsigned char)rest.ptr[i];
        rest = str_from(rest, DUE_LEN);
        if (due > INT64_MAX || !str_cut(&rest, '\0', &ret->name) || !str_is_set(rest))
                return -EBADMSG;
        ret->due_ms = (int64_t)due;
        ret->subject = rest;
        ret->lane = lane;
        return 0;
}

int timer_set(struct txn *txn, const struct timer *timer)
{
        char room[STORE_KEY_MAX], value[TIMER_OWNER_MAX + 2];
        struct str key;

        TRY(make_key(timer, room, &key));
        if (timer->owner.len > TIMER_OWNER_MAX)
                return -EINVAL;
        (void)snprintf(value, sizeof(value), "1%.*s", STR_ARG(timer->owner));
        return txn_put(txn, key, str_of(value));
}

struct str timer_row_owner(struct str value)
{
        return str_from(value, 1);
}

int timer_take_back(struct txn *txn, const struct timer *timer)
{
        char room[STORE_KEY_MAX];
        struct str key;
        int r;

        TRY(make_key(timer, room, &key));
        r = txn_delete(txn, key);
        return r == -ENOENT ? 0 : r;
}

int timers_each(struct txn *txn, int64_t until_ms, int (*visit)(void *arg, const struct timer *timer),
                void *arg)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        struct timer timer;
        int r;

        TRY(cursor_open(txn, timer_rows(TIMER_QUICK), STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                if (timer_row_read(key, TIMER_QUICK, &timer) < 0)
                        continue;
                if (timer.due_ms > until_ms)
                        return 0;
                TRY(visit(arg, &timer));
        }
        return r == -ENOENT ? 0 : r;
}
