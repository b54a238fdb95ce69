#include "server/virtual_host.h"

static bool ends_nocase(struct str text, struct str tail)
{
        return text.len >= tail.len && str_eq_nocase(str_from(text, text.len - tail.len), tail);
}

/* ":443" and the dot of a full name. */
static struct str without_port(struct str host)
{
        ptrdiff_t colon = str_find_byte(host, ':');

        if (colon >= 0)
                host = str_part(host, 0, (size_t)colon);
        return ends_nocase(host, STR(".")) ? str_part(host, 0, host.len - 1) : host;
}

/* Where the last label begins that is "s3" or "s3-REGION"; -1: there is none. */
static ptrdiff_t service_label(struct str host)
{
        for (size_t i = host.len; i-- > 0;) {
                struct str rest = str_from(host, i);

                if (i > 0 && host.ptr[i - 1] != '.')
                        continue;
                if (str_starts_nocase(rest, STR("s3.")) || str_starts_nocase(rest, STR("s3-")))
                        return (ptrdiff_t)i;
        }
        return -1;
}

/* "127.0.0.1" */
static bool is_number(struct str label)
{
        for (size_t i = 0; i < label.len; i++)
                if (label.ptr[i] < '0' || label.ptr[i] > '9')
                        return false;
        return label.len > 0 && label.len <= 3;
}

/* The dot in front of the address at the end of "photos.127.0.0.1"; -1: there is none, or nothing in front of
 * it.
 */
static ptrdiff_t before_address(struct str host)
{
        for (size_t labels = 0; labels < 4; labels++) {
                ptrdiff_t dot = str_find_last_byte(host, '.');

                if (dot <= 0 || !is_number(str_from(host, (size_t)dot + 1)))
                        return -1;
                host = str_part(host, 0, (size_t)dot);
        }
        return (ptrdiff_t)host.len;
}

static bool is_of_aws(struct str host)
{
        return ends_nocase(host, STR(".amazonaws.com")) || ends_nocase(host, STR(".amazonaws.com.cn"));
}

struct str virtual_host_endpoint(struct str host)
{
        struct str label;
        ptrdiff_t at;

        host = without_port(host);
        at = is_of_aws(host) ? service_label(host) : -1;
        if (at < 0)
                return STR_NONE;
        host = str_from(host, (size_t)at);
        (void)str_cut(&host, '.', &label);
        return label;
}

bool virtual_host_name(struct str host, struct str *ret_name)
{
        ptrdiff_t label, end;

        host = without_port(host);
        end = ends_nocase(host, STR(".localhost")) ? (ptrdiff_t)(host.len - strlen(".localhost"))
                                                   : before_address(host);
        if (end < 0 && !is_of_aws(host))
                return false;
        label = service_label(host);
        if (label == 0 || (label < 0 && end < 0))
                return false;
        host = str_part(host, 0, (size_t)(label > 0 ? label - 1 : end));
        if (host.len == 0)
                return false;
        *ret_name = host;
        return true;
}
