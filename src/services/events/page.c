#include "services/events/page.h"

#include "services/marker.h"

int events_page_begin(struct events_page *page, struct call *call, struct str token, struct opt_int limit,
                      struct str subject)
{
        *page = (struct events_page){
                .call = call,
                .subject = subject,
                .limit = limit.is_set ? (size_t)limit.value : EVENTS_PAGE,
        };
        if (str_is_set(token) && marker_read(call, subject, token, &page->after) < 0)
                return call_invalid(call, "Parameter NextToken is not valid.");
        return 0;
}

/* Not too large for the memory of a call, either. */
bool events_page_is_full(const struct events_page *page)
{
        const struct arena *arena = &page->call->arena;

        return page->count >= page->limit || (page->count > 0 && arena->used > arena->limit / 2);
}

void events_page_add(struct events_page *page, const struct record_scan *scan)
{
        page->count++;
        page->last = record_scan_token(scan, &page->call->arena);
}

int events_page_end(struct events_page *page, bool is_more, struct str *ret_token)
{
        return is_more ? marker_make(page->call, page->subject, page->last, ret_token) : 0;
}
