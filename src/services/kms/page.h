/* Marker, Limit and Truncated: the pages of this service's List operations. */
#pragma once

#include "services/kms/kms.h"
#include "services/marker.h"

struct kms_page {
        struct call *call;
        struct str subject; /* what the listing is of */
        size_t limit;
        size_t count;     /* items taken so far */
        struct str after; /* where the page before ended; absent: the first */
        struct str last;  /* where this one ends so far */
};

struct kms_page_limits {
        int64_t usual, most;
};

must_check int kms_page_begin(struct kms_page *page, struct call *call, struct str marker,
                              struct opt_int limit, struct kms_page_limits limits, struct str subject);
static inline bool kms_page_is_full(const struct kms_page *page)
{
        const struct arena *arena = &page->call->arena;

        return page->count >= page->limit || (page->count > 0 && arena->used > arena->limit / 2);
}
must_check int kms_page_end(struct kms_page *page, bool is_more, struct opt_bool *ret_truncated,
                            struct str *ret_next);
