#include "services/s3/list.h"

#include "base/buf.h"

/* -- Text */

static bool is_plain(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.' || c == '*' || c == '/';
}

struct str s3_list_text(const struct s3_list *list, struct str text)
{
        static const char DIGITS[] = "0123456789ABCDEF";
        char *out;
        size_t len = 0;

        if (!str_eq(list->options.encoding, STR("url")) || text.len == 0)
                return text;
        out = arena_alloc(&list->call->arena, 3 * text.len);
        for (size_t i = 0; out && i < text.len; i++) {
                unsigned char c = (unsigned char)text.ptr[i];

                if (is_plain(text.ptr[i])) {
                        out[len++] = text.ptr[i];
                        continue;
                }
                out[len++] = '%';
                out[len++] = DIGITS[c >> 4];
                out[len++] = DIGITS[c & 15];
        }
        return out ? str_make(out, len) : STR_NONE;
}

/* -- Common prefixes */

/* What a key shares with others up to the delimiter; absent: it stands for itself. */
static struct str common_of(const struct s3_list *list, struct str key)
{
        const struct s3_list_options *options = &list->options;
        ptrdiff_t at;

        if (options->delimiter.len == 0 || !str_starts(key, options->prefix))
                return STR_NONE;
        at = str_find(str_from(key, options->prefix.len), options->delimiter);
        return at < 0 ? STR_NONE
                      : str_part(key, 0, options->prefix.len + (size_t)at + options->delimiter.len);
}

static int jump(struct s3_list *list, struct str prefix)
{
        struct str next = s3_behind_prefix(&list->call->arena, prefix);

        if (!str_is_set(next)) {
                s3_walk_end(&list->walk);
                return 0;
        }
        return s3_walk_begin(&list->walk, list->call, list->options.space, next);
}

static int take_prefix(struct s3_list *list, struct str prefix)
{
        if (!list->prefixes.items)
                list->prefixes.items =
                        arena_new_array(&list->call->arena, struct s3_common_prefix, list->max);
        if (!list->prefixes.items)
                return -ENOMEM;
        list->prefixes.is_set = true;
        list->prefixes.items[list->prefixes.count++].prefix = s3_list_text(list, prefix);
        list->count++;
        list->last = prefix;
        list->last_version = STR_NONE;
        return jump(list, prefix);
}

/* -- Where it begins */

static int begin_after(struct s3_list *list)
{
        const struct s3_list_options *options = &list->options;
        struct str common = common_of(list, options->after);

        list->seen = options->is_within ? options->after : STR_NONE;
        if (str_is_set(common)) /* it comes before `after`, and so has been told of */
                return jump(list, common);
        return s3_walk_begin_behind(&list->walk, list->call, options->space, options->after,
                                    options->is_within ? options->after_order : S3_BRANCH - 1);
}

static int read_max(struct call *call, const struct s3_list_options *options, size_t *ret)
{
        const char *name = options->max_name ? options->max_name : "maxKeys";
        struct opt_int asked = options->max;

        *ret = S3_PAGE_MAX;
        if (!asked.is_set)
                return 0;
        if (asked.value < 0 || asked.value > INT32_MAX) {
                call_detail(call, STR("ArgumentName"), str_of(name));
                call_detail(call, STR("ArgumentValue"),
                            arena_printf(&call->arena, "%lld", (long long)asked.value));
                return fail(call, &s3_invalid_argument,
                            "Argument %s must be an integer between 0 and 2147483647", name);
        }
        if (asked.value < S3_PAGE_MAX)
                *ret = (size_t)asked.value;
        return 0;
}

int s3_list_begin(struct s3_list *list, struct call *call, const struct s3_list_options *options)
{
        *list = (struct s3_list){.call = call, .options = *options};
        TRY(read_max(call, options, &list->max));
        if (str_is_set(options->after) && str_cmp(options->after, options->prefix) >= 0)
                return begin_after(list);
        return s3_walk_begin(&list->walk, call, options->space, options->prefix);
}

void s3_list_end(struct s3_list *list)
{
        s3_walk_end(&list->walk);
}

/* -- Its items */

static bool is_full(const struct s3_list *list)
{
        return list->count >= list->max;
}

/* Of rows that are of no interest there may be any number: the page ends where memory would. */
static bool has_seen_enough(const struct s3_list *list)
{
        const struct arena *arena = &list->call->arena;

        return arena->used > arena->limit / 2;
}

static int end_here(struct s3_list *list)
{
        list->is_truncated = list->max > 0;
        return -ENOENT;
}

/* The next row that counts. */
static int next_row(struct s3_list *list, struct str *ret_key, struct s3_object_record *ret,
                    bool *ret_is_newest)
{
        const struct s3_list_options *options = &list->options;

        for (;;) {
                TRY(s3_walk_next(&list->walk, ret_key, ret));
                if (!str_starts(*ret_key, options->prefix))
                        return -ENOENT;
                *ret_is_newest = !str_is_set(list->seen) || !str_eq(*ret_key, list->seen);
                if (!options->has_all_rows && !*ret_is_newest) {
                        TRY(s3_walk_begin_behind(&list->walk, list->call, options->space, *ret_key,
                                                 S3_BRANCH - 1));
                        continue;
                }
                if (has_seen_enough(list) && str_is_set(list->seen)) {
                        list->last = list->seen;
                        return end_here(list);
                }
                list->seen = *ret_key;
                if (options->has_all_rows || !ret->is_marker.value)
                        return 0;
        }
}

int s3_list_next(struct s3_list *list, struct str *ret_key, struct s3_object_record *ret, bool *ret_is_newest)
{
        struct str common;

        for (;;) {
                TRY(next_row(list, ret_key, ret, ret_is_newest));
                if (is_full(list))
                        return end_here(list);
                common = common_of(list, *ret_key);
                if (!str_is_set(common))
                        break;
                TRY(take_prefix(list, common));
        }
        list->count++;
        list->last = *ret_key;
        list->last_version = ret->version_id;
        return 0;
}
