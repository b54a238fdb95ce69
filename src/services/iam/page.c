/* A marker is where the page ended, behind a short code that only this server can make and that binds it to
 * its question, in the URL-safe alphabet. */
#include "services/iam/page.h"

#include "base/text.h"
#include "services/iam/entity.h"

#include <string.h>

#define CODE_LEN 9 /* bytes; a multiple of 3 keeps the text free of padding */

static void marker_code(const struct iam_page *page, struct str place, uint8_t ret[32])
{
        struct call *call = page->call;
        struct str hex = hex_encode(&call->arena, place); /* a place is bytes */
        struct str text =
                arena_printf(&call->arena, "marker %.*s %.*s %.*s %.*s", STR_ARG(call->operation->name),
                             STR_ARG(call->account), STR_ARG(page->subject), STR_ARG(hex));

        keyring_mac(call->host->keyring, SEAL_MESSAGE, text, ret);
}

static int read_marker(struct iam_page *page, struct str marker)
{
        struct arena *arena = &page->call->arena;
        struct str bytes = STR_NONE;
        uint8_t code[32];

        if (base64url_decode(arena, marker, &bytes) < 0 || bytes.len < CODE_LEN)
                return -EINVAL;
        page->after = str_from(bytes, CODE_LEN);
        marker_code(page, page->after, code);
        return secret_equal(str_part(bytes, 0, CODE_LEN), str_make(code, CODE_LEN)) ? 0 : -EINVAL;
}

int iam_page_begin(struct iam_page *page, struct call *call, struct str marker, struct opt_int max_items,
                   struct str subject)
{
        *page = (struct iam_page){.call = call,
                                  .subject = subject,
                                  .limit = max_items.is_set ? (size_t)max_items.value : IAM_PAGE_DEFAULT};
        if (str_is_set(marker) && read_marker(page, marker) < 0)
                return fail(call, &iam_validation_error, "Invalid Marker.");
        return 0;
}

int iam_page_end(struct iam_page *page, bool is_more, struct opt_bool *ret_is_truncated,
                 struct str *ret_marker)
{
        struct arena *arena = &page->call->arena;
        uint8_t code[32];
        char *bytes;

        *ret_is_truncated = OPT_BOOL(is_more);
        if (!is_more)
                return 0;
        bytes = arena_alloc(arena, CODE_LEN + page->last.len);
        if (!bytes)
                return -ENOMEM;
        marker_code(page, page->last, code);
        memcpy(bytes, code, CODE_LEN);
        memcpy(bytes + CODE_LEN, page->last.ptr, page->last.len);
        *ret_marker = base64url_encode(arena, str_make(bytes, CODE_LEN + page->last.len));
        return 0;
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
