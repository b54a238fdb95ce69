/* NextToken and Limit: the pages of this service's List operations. */
#pragma once

#include "services/events/events.h"

#define EVENTS_PAGE 100

struct events_page {
        struct call *call;
        struct str subject; /* what the listing is of */
        size_t limit, count;
        struct str after; /* where the page before ended; absent: the first */
        struct str last;  /* where this one ends so far */
};

must_check int events_page_begin(struct events_page *page, struct call *call, struct str token,
                                 struct opt_int limit, struct str subject);
bool events_page_is_full(const struct events_page *page);
/* Another item, behind which the scan stands. */
void events_page_add(struct events_page *page, const struct record_scan *scan);
must_check int events_page_end(struct events_page *page, bool is_more, struct str *ret_token);
