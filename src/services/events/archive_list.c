/* ListArchives. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html */
#include "services/events/archive.h"
#include "services/events/choice.h"

#define ENABLED STR("ENABLED")

static int tell(struct call *call, const struct events_archive_record *archive, struct events_archive *ret)
{
        struct events_archive_state_record state;

        TRY(events_archive_state(call, archive->number.value, &state));
        *ret = (struct events_archive){
                .archive_name = archive->name,
                .event_source_arn = archive->bus,
                .state = ENABLED,
                .retention_days = archive->retention_days,
                .size_bytes = OPT_INT(state.bytes.value),
                .event_count = OPT_INT(state.events.value),
                .creation_time = archive->created,
        };
        return 0;
}

static int fill(struct events_page *page, struct record_scan *scan, const struct events_choice *choice,
                struct events_archive_list *ret, bool *ret_more)
{
        for (;;) {
                struct events_archive_record archive = {};
                int r = record_scan_next(scan, &archive);

                *ret_more = r == 0;
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (!events_choice_takes(choice, archive.name, archive.bus, ENABLED))
                        continue;
                if (events_page_is_full(page))
                        return 0;
                TRY(tell(page->call, &archive, &ret->items[ret->count++]));
                events_page_add(page, scan);
        }
}

int events_list_archives(struct call *call, const struct events_list_archives_in *in,
                         struct events_list_archives_out *out)
{
        const struct events_archive_record like = {.account = call->account, .region = call->region};
        const struct events_choice choice = {in->name_prefix, in->event_source_arn, in->state};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct events_page page;
        bool is_more;

        TRY(events_choice_begin(&choice, call, "archives", in->next_token, in->limit, &page));
        out->archives.is_set = true;
        out->archives.items = arena_new_array(&call->arena, struct events_archive, page.limit);
        if (!out->archives.items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &events_archive_record_type, NULL, &like, 2,
                              page.after));
        TRY(fill(&page, &scan, &choice, &out->archives, &is_more));
        return events_page_end(&page, is_more, &out->next_token);
}
