#include "services/iam/page.h"

#include "services/iam/entity.h"
#include "services/marker.h"

int iam_page_begin(struct iam_page *page, struct call *call, struct str marker, struct opt_int max_items,
                   struct str subject)
{
        *page = (struct iam_page){.call = call,
                                  .subject = subject,
                                  .limit = max_items.is_set ? (size_t)max_items.value : IAM_PAGE_DEFAULT};
        if (str_is_set(marker) && marker_read(call, subject, marker, &page->after) < 0)
                return fail(call, &iam_validation_error, "Invalid Marker.");
        return 0;
}

int iam_page_end(struct iam_page *page, bool is_more, struct opt_bool *ret_is_truncated,
                 struct str *ret_marker)
{
        *ret_is_truncated = OPT_BOOL(is_more);
        return is_more ? marker_make(page->call, page->subject, page->last, ret_marker) : 0;
}

void iam_page_of(struct iam_page *page, const void *items, size_t count, size_t item_size,
                 struct str (*key)(const void *item), size_t *ret_first, size_t *ret_end)
{
        const char *bytes = items;
        size_t first = 0, end;

        while (str_is_set(page->after) && first < count &&
               iam_name_cmp(key(bytes + first * item_size), page->after) <= 0)
                first++;
        end = count - first > page->limit ? first + page->limit : count;
        if (end > first)
                page->last = key(bytes + (end - 1) * item_size);
        page->count = end - first;
        *ret_first = first;
        *ret_end = end;
}
