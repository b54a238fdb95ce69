#include "services/cloudtrail/history_examination.h"

#define ROWS_AT_ONCE 50

struct kind {
        const struct record_type *type;
        const char *what;
};

static const struct kind *kind_of(size_t number)
{
        static const struct kind KINDS[] = {
                {&cloudtrail_history_block_record_type, "a block of the history"},
                {&cloudtrail_history_recent_record_type, "an event of the history"},
                {&cloudtrail_history_words_record_type, "an index of the history"},
                {&cloudtrail_history_volume_record_type, "an index of the history"},
                {&cloudtrail_history_register_record_type, "an index of the history"},
        };

        return number < ARRAY_LEN(KINDS) ? &KINDS[number] : NULL;
}

/* A member of a key, as record.h writes it: what is in it of these is no zero byte. */
static struct str take_text(struct str *key)
{
        ptrdiff_t end = str_find(*key, str_make("\0\0", 2));
        struct str text = str_part(*key, 0, end < 0 ? 0 : (size_t)end);

        *key = str_from(*key, end < 0 ? key->len : (size_t)end + 2);
        return text;
}

/* What its key says stands also where the rest cannot be read: account, region, and the place at its end
 * (that of a row of events is before its id). */
static void tell(const struct history_examination *exam, struct str key)
{
        struct str account = take_text(&key), region = take_text(&key);
        bool is_shelf = kind_of(exam->kind)->type == &cloudtrail_history_register_record_type;
        int64_t place = 0;

        key = str_from(key, is_shelf ? sizeof(place) : 0);
        if (key.len >= sizeof(place))
                place = history_place_at(key);
        exam->damaged(exam->arg, kind_of(exam->kind)->what, account, region, history_time_ms(place));
}

/* -EBADMSG: not all of its events. */
static int open_all(const struct cloudtrail_history_block_record *record, struct arena *arena)
{
        _cleanup_(history_block_done) struct history_block block = {};
        struct cloudtrail_history_recent_record event;
        int64_t count = 0;
        int r = history_block_open(&block, record);

        while (r == 0) {
                r = history_block_next(&block, arena, HISTORY_ALL, STR_NONE, &event);
                count += r == 0;
        }
        if (r == -ENOENT)
                return count == record->count.value ? 0 : -EBADMSG;
        return r;
}

static int examine_row(const struct history_examination *exam, struct record_scan *scan, struct arena *arena)
{
        union {
                struct cloudtrail_history_block_record block;
                struct cloudtrail_history_recent_record recent;
                struct cloudtrail_history_words_record words;
                struct cloudtrail_history_volume_record volume;
                struct cloudtrail_history_register_record shelf;
        } record = {};
        int r = record_scan_next(scan, &record);

        if (r == 0 && scan->type == &cloudtrail_history_block_record_type)
                r = open_all(&record.block, arena);
        else if (r == -EBADMSG && !scan->is_past_damage)
                return r;
        if (r == -EBADMSG)
                tell(exam, record_scan_token(scan, arena));
        return r == -EBADMSG ? 0 : r;
}

static int go_behind(struct history_examination *exam, struct str token)
{
        if (token.len > sizeof(exam->room))
                return -EMSGSIZE;
        memcpy(exam->room, token.ptr, token.len);
        exam->place = str_make(exam->room, token.len);
        return 0;
}

int history_examine(struct history_examination *exam, struct txn *txn, struct arena *arena)
{
        const struct kind *kind = kind_of(exam->kind);
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        exam->is_end = !kind;
        if (!kind)
                return 0;
        TRY(record_scan_begin(&scan, txn, arena, kind->type, NULL, NULL, 0, exam->place));
        for (size_t i = 0; i < ROWS_AT_ONCE && r == 0; i++) {
                r = examine_row(exam, &scan, arena);
                exam->rows += r == 0;
        }
        if (r == -ENOENT) {
                exam->kind++;
                exam->place = STR_NONE;
                return 0;
        }
        return r < 0 ? r : go_behind(exam, record_scan_token(&scan, arena));
}
