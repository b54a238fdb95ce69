#include "auth/canonical.h"

bool is_signed_header(struct str signed_headers, struct str name)
{
        for (struct str rest = signed_headers, one; str_cut(&rest, ';', &one);)
                if (str_eq_nocase(one, name))
                        return true;
        return false;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

/* Without blanks at its ends, and with one space for each run of them inside. */
static void add_value(struct buf *out, struct str value)
{
        value = str_trim(value);
        while (value.len) {
                size_t word = 0, gap;

                while (word < value.len && !is_blank(value.ptr[word]))
                        word++;
                for (gap = word; gap < value.len && is_blank(value.ptr[gap]);)
                        gap++;
                buf_add_bytes(out, value.ptr, word);
                if (gap > word)
                        buf_add_byte(out, ' ');
                value = str_from(value, gap);
        }
}

/* All values of one name, in the order that they came, joined by commas. */
static int add_header(const struct http_request *request, struct str name, struct buf *out)
{
        bool found = false;

        buf_add(out, name);
        for (size_t i = 0; i < request->header_count; i++) {
                if (!str_eq_nocase(request->headers[i].name, name))
                        continue;
                buf_add_byte(out, found ? ',' : ':');
                add_value(out, request->headers[i].value);
                found = true;
        }
        buf_add_byte(out, '\n');
        return found ? 0 : -EBADMSG;
}

static bool has_capital(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
                        return true;
        return false;
}

int canonical_headers(const struct http_request *request, struct str signed_headers, struct buf *out)
{
        struct str previous = STR_NONE;

        for (struct str rest = signed_headers, name; str_cut(&rest, ';', &name); previous = name) {
                if (name.len == 0 || has_capital(name) || (previous.len && str_cmp(previous, name) >= 0))
                        return -EBADMSG;
                TRY(add_header(request, name, out));
        }
        return 0;
}

int canonical_request(const struct http_request *request, const struct claim *claim, bool path_is_literal,
                      struct str payload_hash, struct arena *arena, struct buf *out)
{
        buf_add(out, request->method);
        buf_add_byte(out, '\n');
        canonical_path(request->path, path_is_literal, out);
        buf_add_byte(out, '\n');
        TRY(canonical_query(request->query, arena, out));
        buf_add_byte(out, '\n');
        TRY(canonical_headers(request, claim->signed_headers, out));
        buf_add_byte(out, '\n');
        buf_add(out, claim->signed_headers);
        buf_add_byte(out, '\n');
        buf_add(out, payload_hash);
        return buf_check(out);
}
