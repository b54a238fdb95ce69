#include "header_list.h"

/* Behind the opening quote: up to the closing one, which is taken. */
static int take_quoted(struct str *rest, struct arena *arena, struct str *ret)
{
        char *out = arena_alloc(arena, rest->len + 1);
        size_t n = 0;

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < rest->len; i++) {
                if (rest->ptr[i] == '"') {
                        *ret = (struct str){out, n};
                        *rest = str_from(*rest, i + 1);
                        return 0;
                }
                if (rest->ptr[i] == '\\' && i + 1 < rest->len)
                        i++;
                out[n++] = rest->ptr[i];
        }
        return -EINVAL;
}

/* Up to a comma, which is taken. */
static struct str take_plain(struct str *rest)
{
        struct str piece = STR_NONE;

        (void)str_cut(rest, ',', &piece);
        return piece;
}

static int take_separator(struct str *rest)
{
        return str_trim(take_plain(rest)).len ? -EINVAL : 0;
}

static struct str take_date(struct str *rest)
{
        struct str day = take_plain(rest), time;

        if (!str_is_set(*rest))
                return day;
        time = take_plain(rest);
        return (struct str){day.ptr, (size_t)(time.ptr + time.len - day.ptr)};
}

int header_list_next(struct str *rest, bool has_dates, struct arena *arena, struct str *ret)
{
        while (str_is_set(*rest)) {
                struct str start = str_trim(*rest);

                if (str_starts(start, STR("\""))) {
                        *rest = str_from(start, 1);
                        TRY(take_quoted(rest, arena, ret));
                        TRY(take_separator(rest));
                        return 1;
                }
                *ret = str_trim(has_dates ? take_date(rest) : take_plain(rest));
                if (ret->len)
                        return 1;
        }
        return 0;
}

static bool needs_quotes(struct str item)
{
        return item.len == 0 || str_has_byte(item, ',') || str_has_byte(item, '"') ||
               str_trim(item).len < item.len;
}

void header_list_add(struct buf *buf, struct str item, bool is_first, bool is_date)
{
        if (!is_first)
                buf_add(buf, STR(", "));
        if (is_date || !needs_quotes(item)) {
                buf_add(buf, item);
                return;
        }
        buf_add_byte(buf, '"');
        for (size_t i = 0; i < item.len; i++) {
                if (item.ptr[i] == '"' || item.ptr[i] == '\\')
                        buf_add_byte(buf, '\\');
                buf_add_byte(buf, item.ptr[i]);
        }
        buf_add_byte(buf, '"');
}
