/* Marker and MaxItems: the pages of every List operation. A marker is opaque to clients and good for the same
 * question only (operation, account, and what was asked of): anything else is refused with ValidationError
 * "Invalid Marker."
 *
 *         struct iam_page page;
 *         TRY(iam_page_begin(&page, call, in->marker, in->max_items, name));
 *         TRY(record_scan_begin(&scan, call->txn, &call->arena, &type, NULL, &like, 1, page.after));
 *         while (!iam_page_is_full(&page) && (r = record_scan_next(&scan, &record)) == 0) {
 *                 ... skip what a filter leaves out ...
 *                 page.count++;
 *                 page.last = record_scan_token(&scan, &call->arena);
 *         }
 *         is_more = one more that passes the filter is there
 *         TRY(iam_page_end(&page, is_more, &out->is_truncated, &out->marker));
 */
#pragma once

#include "services/call.h"

#define IAM_PAGE_DEFAULT 100 /* MaxItems when it is not given */

struct iam_page {
        struct call *call;
        struct str subject; /* what the listing is of: part of what a marker is good for */
        size_t limit;       /* 1..1000 */
        size_t count;       /* items taken so far */
        struct str after;   /* where the page before ended; absent: the first page */
        struct str last;    /* where this one ends so far */
};

must_check int iam_page_begin(struct iam_page *page, struct call *call, struct str marker,
                              struct opt_int max_items, struct str subject);
/* Also when the items are so large that the call's memory could run short: "IAM might return fewer than the
 * MaxItems number of results even when there are more results available." */
static inline bool iam_page_is_full(const struct iam_page *page)
{
        const struct arena *arena = &page->call->arena;

        return page->count >= page->limit || (page->count > 0 && arena->used > arena->limit / 2);
}
/* Sets IsTruncated, and Marker when there is more. */
must_check int iam_page_end(struct iam_page *page, bool is_more, struct opt_bool *ret_is_truncated,
                            struct str *ret_marker);

/* A page of an array that is in memory, small by its quota, and sorted by the names that key()
 * gives (iam_name_cmp). Gives
 * the range of it that is to be shown. */
void iam_page_of(struct iam_page *page, const void *items, size_t count, size_t item_size,
                 struct str (*key)(const void *item), size_t *ret_first, size_t *ret_end);
