#include "wire/header_parameters.h"

/* A quote within a quoted value has a backslash in front. No other backslash is taken for one: some clients
 * send whole paths of Windows. */
static ptrdiff_t closing_quote(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] == '"' && (i == 0 || text.ptr[i - 1] != '\\'))
                        return (ptrdiff_t)i;
        return -1;
}

static int cut_quoted(struct str *rest, struct str *ret)
{
        ptrdiff_t end;

        *rest = str_from(*rest, 1);
        end = closing_quote(*rest);
        if (end < 0)
                return -EINVAL;
        *ret = str_part(*rest, 0, (size_t)end);
        *rest = str_from(*rest, (size_t)end + 1);
        return 1;
}

/* The semicolon in front of a parameter, and its name. */
static int cut_name(struct str *rest, struct str *ret)
{
        ptrdiff_t end;

        *rest = str_trim(*rest);
        if (rest->len > 0 && rest->ptr[0] != ';')
                return -EINVAL;
        *rest = str_trim(str_from(*rest, 1));
        if (rest->len == 0)
                return 0;
        end = str_find_byte(*rest, '=');
        if (end <= 0)
                return -EINVAL;
        *ret = str_trim(str_part(*rest, 0, (size_t)end));
        *rest = str_trim(str_from(*rest, (size_t)end + 1));
        return 1;
}

int header_next_parameter(struct str *rest, struct str *ret_name, struct str *ret_value)
{
        int r = cut_name(rest, ret_name);

        if (r <= 0)
                return r;
        if (str_starts(*rest, STR("\"")))
                return cut_quoted(rest, ret_value);
        *ret_value = header_cut_value(rest);
        return 1;
}

struct str header_cut_value(struct str *header)
{
        ptrdiff_t end = str_find_byte(*header, ';');
        struct str first = end < 0 ? *header : str_part(*header, 0, (size_t)end);

        *header = str_from(*header, first.len);
        return str_trim(first);
}
