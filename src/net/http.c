#include "net/http.h"

struct str http_header_value(const struct http_request *request, struct str name)
{
        for (size_t i = 0; i < request->header_count; i++)
                if (str_eq_nocase(request->headers[i].name, name))
                        return request->headers[i].value;
        return STR_NONE;
}

struct str http_query_value(const struct http_request *request, struct str name)
{
        for (struct str rest = request->query, pair; str_cut(&rest, '&', &pair);) {
                struct str key = pair;
                struct str value = STR_NONE;
                ptrdiff_t equals = str_find_byte(pair, '=');

                if (equals >= 0) {
                        key = str_part(pair, 0, (size_t)equals);
                        value = str_from(pair, (size_t)equals + 1);
                }
                if (str_eq(key, name))
                        return str_is_set(value) ? value : STR("");
        }
        return STR_NONE;
}
