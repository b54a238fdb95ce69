#include "auth/canonical.h"

#include "base/text.h"

/* Removes the last "/segment" that was written after start. */
static void pop_segment(struct buf *out, size_t start)
{
        while (out->len > start) {
                out->len--;
                if (out->data[out->len] == '/')
                        return;
        }
}

/* Empty and "." segments are dropped and ".." takes one back, and a slash at the end stays; what is left is
 * percent-encoded once more. S3 signs the path as it was sent. */
void canonical_path(struct str path, bool is_literal, struct buf *out)
{
        size_t start = out->len;

        if (is_literal) {
                buf_add(out, path.len ? path : STR("/"));
                return;
        }
        for (struct str rest = path, segment; str_cut(&rest, '/', &segment);) {
                if (str_eq(segment, STR("..")))
                        pop_segment(out, start);
                if (segment.len == 0 || str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
                        continue;
                buf_add_byte(out, '/');
                percent_encode(out, segment, false);
        }
        if (out->len == start || str_ends(path, STR("/")))
                buf_add_byte(out, '/');
}

struct parameter {
        struct str name, value;
};

static int compare_parameters(const void *a, const void *b)
{
        const struct parameter *left = a, *right = b;
        int order = str_cmp(left->name, right->name);

        return order ? order : str_cmp(left->value, right->value);
}

static bool is_unreserved(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_' || c == '~';
}

static bool is_plain(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (!is_unreserved(s.ptr[i]))
                        return false;
        return true;
}

/* One spelling of all that percent-encode to the same bytes: decoded where it was encoded, and encoded as RFC
 * 3986 has it. A
 * '%' that encodes nothing stands for itself. */
static int normalise(struct str s, struct arena *arena, struct str *ret)
{
        char *out, *end;

        *ret = s;
        if (is_plain(s))
                return 0;
        end = out = arena_alloc(arena, 3 * s.len);
        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < s.len; i++) {
                char c = s.ptr[i];

                if (c == '%' && hex_decode(str_part(s, i + 1, 2), &c, 1) == 0)
                        i += 2;
                if (is_unreserved(c)) {
                        *end++ = c;
                        continue;
                }
                *end++ = '%';
                *end++ = "0123456789ABCDEF"[(uint8_t)c >> 4];
                *end++ = "0123456789ABCDEF"[(uint8_t)c & 15];
        }
        *ret = str_make(out, (size_t)(end - out));
        return 0;
}

static int split_parameters(struct str query, struct arena *arena, struct parameter *ret, size_t *ret_count)
{
        size_t count = 0;

        for (struct str rest = query, pair; str_cut(&rest, '&', &pair);) {
                ptrdiff_t equals = str_find_byte(pair, '=');
                struct str name = equals < 0 ? pair : str_part(pair, 0, (size_t)equals);
                struct str value = equals < 0 ? STR("") : str_from(pair, (size_t)equals + 1);

                if (pair.len == 0)
                        continue;
                TRY(normalise(name, arena, &ret[count].name));
                TRY(normalise(value, arena, &ret[count].value));
                if (!str_eq(ret[count].name, STR("X-Amz-Signature")))
                        count++;
        }
        *ret_count = count;
        return 0;
}

int canonical_query(struct str query, struct arena *arena, struct buf *out)
{
        struct parameter *parameters;
        size_t count = 1;

        if (query.len == 0)
                return 0;
        for (size_t i = 0; i < query.len; i++)
                count += query.ptr[i] == '&';
        parameters = arena_new_array(arena, struct parameter, count);
        if (!parameters)
                return -ENOMEM;
        TRY(split_parameters(query, arena, parameters, &count));
        qsort(parameters, count, sizeof(*parameters), compare_parameters);
        for (size_t i = 0; i < count; i++) {
                if (i)
                        buf_add_byte(out, '&');
                buf_add(out, parameters[i].name);
                buf_add_byte(out, '=');
                buf_add(out, parameters[i].value);
        }
        return 0;
}
