/* ListReplays. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListReplays.html */
#include "services/events/choice.h"

static struct events_replay tell(const struct events_replay_record *replay)
{
        return (struct events_replay){
                .replay_name = replay->name,
                .event_source_arn = replay->archive,
                .state = replay->state,
                .state_reason = replay->reason,
                .event_start_time = replay->event_start,
                .event_end_time = replay->event_end,
                .event_last_replayed_time = replay->last_replayed,
                .replay_start_time = replay->started,
                .replay_end_time = replay->ended,
        };
}

static int fill(struct events_page *page, struct record_scan *scan, const struct events_choice *choice,
                struct events_replay_list *ret, bool *ret_more)
{
        for (;;) {
                struct events_replay_record replay = {};
                int r = record_scan_next(scan, &replay);

                *ret_more = r == 0;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (!events_choice_takes(choice, replay.name, replay.archive, replay.state))
                        continue;
                if (events_page_is_full(page))
                        return 0;
                ret->items[ret->count++] = tell(&replay);
                events_page_add(page, scan);
        }
}

int events_list_replays(struct call *call, const struct events_list_replays_in *in,
                        struct events_list_replays_out *out)
{
        const struct events_replay_record like = {.account = call->account, .region = call->region};
        const struct events_choice choice = {in->name_prefix, in->event_source_arn, in->state};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct events_page page;
        bool is_more;

        TRY(events_choice_begin(&choice, call, "replays", in->next_token, in->limit, &page));
        out->replays.is_set = true;
        out->replays.items = arena_new_array(&call->arena, struct events_replay, page.limit);
        if (!out->replays.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &events_replay_record_type, NULL, &like, 2,
                              page.after));
        TRY(fill(&page, &scan, &choice, &out->replays, &is_more));
        return events_page_end(&page, is_more, &out->next_token);
}
