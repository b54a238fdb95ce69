#include "services/cloudtrail/history_walk.h"

/* -- Of rows: each is looked at */

bool history_is_asked(const struct history_question *question,
                      const struct cloudtrail_history_recent_record *event)
{
        int64_t at = event->newest_first.value;

        if (at < question->from || at > question->until)
                return false;
        if (at == question->from && str_is_set(question->after_id) &&
            str_cmp(event->id, question->after_id) <= 0)
                return false;
        return history_is(event, question->attribute, question->value);
}

static int pause_at(struct history_head *head, int64_t at)
{
        head->event.newest_first = OPT_INT(at);
        head->is_there = head->is_pause = true;
        return 0;
}

static int end(struct history_head *head)
{
        head->has_ended = true;
        return 0;
}

void history_walk_tell(struct history_walk *walk, const char *what, int64_t newest_first)
{
        history_tell(walk->damage, what, walk->question->account, walk->question->region, newest_first);
}

int history_walk_row(struct history_walk *walk, struct record_scan *scan, const char *what, void *record,
                     size_t size)
{
        int r;

        while (true) {
                memset(record, 0, size);
                r = record_scan_next(scan, record);
                if (r != -EBADMSG || !scan->is_past_damage)
                        return r;
                history_walk_tell(walk, what, history_place_of(scan, walk->arena));
        }
}

static int next_recent(struct history_walk *walk, struct cloudtrail_history_recent_record *ret)
{
        return history_walk_row(walk, &walk->recent, "an event of the history", ret, sizeof(*ret));
}

static int next_early(struct history_walk *walk, struct cloudtrail_history_recent_record *ret)
{
        struct cloudtrail_history_event_record event;

        TRY(history_walk_row(walk, &walk->early, "an event of the history", &event, sizeof(event)));
        *ret = history_of_early(&event);
        return 0;
}

static int fill_of_rows(struct history_walk *walk, enum history_place place,
                        int (*next)(struct history_walk *walk, struct cloudtrail_history_recent_record *ret))
{
        struct history_head *head = &walk->heads[place];

        while (true) {
                int r = next(walk, &head->event);

                if (r == -ENOENT || (r == 0 && head->event.newest_first.value > walk->question->until))
                        return end(head);
                TRY(r);
                if (++walk->looked[place] > HISTORY_LOOK_MOST)
                        return pause_at(head, head->event.newest_first.value);
                head->is_there = history_is_asked(walk->question, &head->event);
                if (head->is_there)
                        return 0;
        }
}

/* -- Of blocks */

static int next_in_block(struct history_walk *walk, struct history_head *head)
{
        const struct history_question *question = walk->question;
        struct cloudtrail_history_recent_record event = {};
        int r;

        do {
                r = history_block_next(&walk->block, walk->arena, question->attribute, question->value,
                                       &event);
                if (r == -EBADMSG)
                        history_walk_tell(walk, "an event in a block of the history", walk->block_oldest);
                else
                        TRY(r);
        } while (r < 0 || !history_is_asked(question, &event));
        TRY(history_block_take(walk->arena, &event, &head->event));
        head->is_there = true;
        return 0;
}

/* One that cannot be opened is as one without events. */
static int open_block(struct history_walk *walk, const struct cloudtrail_history_block_record *block)
{
        int r = history_block_open(&walk->block, block);

        walk->is_block_open = true;
        walk->block_oldest = block->oldest.value;
        if (r != -EBADMSG)
                return r;
        history_walk_tell(walk, "a block of the history", block->oldest.value);
        walk->block.left = STR("");
        return 0;
}

static int fill_of_blocks(struct history_walk *walk, struct history_head *head)
{
        while (true) {
                struct cloudtrail_history_block_record block;
                int r = walk->is_block_open ? next_in_block(walk, head) : -ENOENT;

                if (r != -ENOENT)
                        return r;
                if (walk->is_block_open)
                        walk->packed_from = walk->block_oldest + 1;
                r = history_blocks_next(walk, &block);
                if (r == -ENOENT)
                        return end(head);
                if (r == -EAGAIN)
                        return pause_at(head, walk->packed_from);
                TRY(r);
                TRY(open_block(walk, &block));
        }
}

/* -- All of it, in order */

static int fill(struct history_walk *walk, enum history_place place)
{
        struct history_head *head = &walk->heads[place];

        if (head->is_there || head->has_ended)
                return 0;
        if (place == HISTORY_PACKED)
                return fill_of_blocks(walk, head);
        return fill_of_rows(walk, place, place == HISTORY_RECENT ? next_recent : next_early);
}

static bool is_before(const struct history_head *a, const struct history_head *b)
{
        if (!a->is_there || !b->is_there)
                return a->is_there;
        if (a->event.newest_first.value != b->event.newest_first.value)
                return a->event.newest_first.value < b->event.newest_first.value;
        return a->is_pause || (!b->is_pause && str_cmp(a->event.id, b->event.id) < 0);
}

int history_walk_next(struct history_walk *walk, struct cloudtrail_history_recent_record *ret)
{
        struct history_head *first = &walk->heads[0];

        for (enum history_place place = 0; place < HISTORY_PLACES; place++) {
                TRY(fill(walk, place));
                if (is_before(&walk->heads[place], first))
                        first = &walk->heads[place];
        }
        if (!first->is_there)
                return -ENOENT;
        *ret = first->event;
        if (first->is_pause)
                return -EAGAIN;
        first->is_there = false;
        return 0;
}

static int begin_recent(struct history_walk *walk)
{
        const struct record_type *type = &cloudtrail_history_recent_record_type;
        const struct cloudtrail_history_recent_record like = {.account = walk->question->account,
                                                              .region = walk->question->region,
                                                              .newest_first = OPT_INT(walk->question->from)};
        struct str after;

        TRY(record_scan_token_at(walk->arena, type, &like, 2, 3, &after));
        return record_scan_begin(&walk->recent, walk->txn, walk->arena, type, NULL, &like, 2, after);
}

static int begin_early(struct history_walk *walk)
{
        const struct record_type *type = &cloudtrail_history_event_record_type;
        const struct cloudtrail_history_event_record like = {.account = walk->question->account,
                                                             .region = walk->question->region,
                                                             .newest_first = OPT_INT(walk->question->from)};
        struct str after;

        TRY(record_scan_token_at(walk->arena, type, &like, 2, 3, &after));
        return record_scan_begin(&walk->early, walk->txn, walk->arena, type, NULL, &like, 2, after);
}

int history_walk_begin(struct history_walk *walk, struct txn *txn, struct arena *arena, struct damage *damage,
                       const struct history_question *question)
{
        *walk = (struct history_walk){.txn = txn,
                                      .arena = arena,
                                      .damage = damage,
                                      .question = question,
                                      .packed_from = question->from};
        TRY(begin_recent(walk));
        return begin_early(walk);
}

void history_walk_end(struct history_walk *walk)
{
        record_scan_end(&walk->recent);
        record_scan_end(&walk->early);
        record_scan_end(&walk->blocks.scan);
        history_block_done(&walk->block);
}
