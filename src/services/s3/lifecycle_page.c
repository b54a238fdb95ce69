#include "services/s3/lifecycle_page.h"
#include "services/s3/walk.h"

#define ROWS_MEMORY ((size_t)8 * 1024 * 1024)

/* Is there still something in front of what comes behind the place? If all of it has been deleted meanwhile,
 * what follows is current. */
static int find_successor(const struct s3_lifecycle_page *page, bool *ret)
{
        struct s3_object_record first;
        struct s3_place place;
        int r = s3_place_find(page->call, page->space, page->run->key, &place);

        if (r == 0)
                r = s3_row_first(page->call, &place, &first);
        *ret = r == 0 && first.order.value <= page->run->order.value;
        return r == -ENOENT || r == -ENAMETOOLONG ? 0 : r;
}

/* The key of which the next row may be, not as its first. */
static int begin(const struct s3_lifecycle_page *page, struct s3_walk *walk, struct str *ret_key)
{
        const struct s3_lifecycle_run_record *run = page->run;
        bool has_successor;

        *ret_key = STR_NONE;
        if (!str_is_set(run->key) || !str_starts(run->key, page->range))
                return s3_walk_begin(walk, page->call, page->space, page->range);
        TRY(find_successor(page, &has_successor));
        if (has_successor)
                *ret_key = run->key;
        return s3_walk_begin_behind(walk, page->call, page->space, run->key, run->order.value);
}

static bool is_full(const struct s3_lifecycle_page *page)
{
        return page->count == S3_LIFECYCLE_PAGE || (page->count > 0 && page->call->arena.used > ROWS_MEMORY);
}

/* One more row than there is room for is looked at: it tells whether the last is the last of its key. */
static int fill(struct s3_lifecycle_page *page, struct s3_walk *walk)
{
        struct s3_object_record row;
        struct str key, former;

        TRY(begin(page, walk, &former));
        for (;;) {
                struct s3_lifecycle_item *last = page->count ? &page->items[page->count - 1] : NULL;
                int r = s3_walk_next(walk, &key, &row);

                page->is_end = r == -ENOENT || (r == 0 && !str_starts(key, page->range));
                if (page->is_end)
                        return 0;
                TRY(r);
                if (last)
                        last->is_last = !str_eq(key, former);
                if (is_full(page))
                        return 0;
                page->items[page->count++] = (struct s3_lifecycle_item){
                        key, row, .is_first = !str_is_set(former) || !str_eq(key, former), .is_last = true};
                former = key;
        }
}

int s3_lifecycle_gather(struct s3_lifecycle_page *page)
{
        struct s3_walk walk = {};
        int r = fill(page, &walk);

        s3_walk_end(&walk);
        return r;
}
