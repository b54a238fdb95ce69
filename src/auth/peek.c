#include "auth/claim.h"

/* Cuts at the next '/', which in a query may stand as %2F. */
static bool cut_slash(struct str *rest, struct str *ret_piece)
{
        if (!str_is_set(*rest))
                return false;
        for (size_t i = 0; i < rest->len; i++) {
                size_t width = rest->ptr[i] == '/'                                 ? 1
                               : str_starts_nocase(str_from(*rest, i), STR("%2F")) ? 3
                                                                                   : 0;

                if (width) {
                        *ret_piece = str_part(*rest, 0, i);
                        *rest = str_from(*rest, i + width);
                        return true;
                }
        }
        *ret_piece = *rest;
        *rest = STR_NONE;
        return true;
}

bool auth_peek_scope(const struct http_request *request, struct str *ret_service, struct str *ret_region)
{
        struct authorization parts;
        struct str rest, key, date, terminator;

        authorization_split(http_header_value(request, STR("Authorization")), &parts);
        rest = parts.credential;
        if (rest.len == 0 && query_parameter(request, STR("X-Amz-Credential"), &rest) == 0)
                return false;
        return cut_slash(&rest, &key) && cut_slash(&rest, &date) && cut_slash(&rest, ret_region) &&
               cut_slash(&rest, ret_service) && cut_slash(&rest, &terminator);
}
