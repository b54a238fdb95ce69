#include "server/virtual_host.h"

#include "services/regions.h"

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

/* Its length; 0: it is no host whose front says anything. */
static size_t suffix_of(struct str host)
{
        static const struct str SUFFIXES[] = {STR_INIT(".localhost"), STR_INIT(".amazonaws.com"),
                                              STR_INIT(".amazonaws.com.cn")};

        for (size_t i = 0; i < ARRAY_LEN(SUFFIXES); i++)
                if (ends_nocase(host, SUFFIXES[i]))
                        return SUFFIXES[i].len;
        return 0;
}

/* "127" */
static bool is_number(struct str label)
{
        for (size_t i = 0; i < label.len; i++)
                if (label.ptr[i] < '0' || label.ptr[i] > '9')
                        return false;
        return label.len > 0 && label.len <= 3;
}

/* The length of what is in front of an address, as in "photos.127.0.0.1"; -1: there is none. */
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
        return suffix_of(host) > 0 && !ends_nocase(host, STR(".localhost"));
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
        if (end < 0 && suffix_of(host) == 0)
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

/* -- Websites */

/* What stands between "s3-website-" and the suffix. */
static bool read_region(struct str middle, bool is_local, struct str *ret)
{
        *ret = middle.len ? middle : STR_NONE;
        return middle.len ? region_is_known(middle) : is_local;
}

bool virtual_host_website(struct str host, struct str *ret_name, struct str *ret_region)
{
        const struct str dash = STR("s3-website-"), dot = STR("s3-website.");
        struct str rest, region;
        size_t suffix;
        ptrdiff_t label;

        host = without_port(host);
        suffix = suffix_of(host);
        label = service_label(host);
        if (suffix == 0 || label < 0)
                return false;
        rest = str_from(host, (size_t)label);
        if (!str_starts_nocase(rest, dash) && !str_starts_nocase(rest, dot))
                return false;
        region = rest.len - suffix > dash.len ? str_part(rest, dash.len, rest.len - suffix - dash.len)
                                              : STR("");
        if (!read_region(region, ends_nocase(host, STR(".localhost")), &region))
                return false;
        *ret_name = label > 0 ? str_part(host, 0, (size_t)label - 1) : STR("");
        *ret_region = region;
        return true;
}

/* -- Hosts of a console */

bool virtual_host_own(struct str host, struct str word, struct str *ret_front, bool *ret_is_local)
{
        static const struct str REMOTE = STR_INIT(".aws.amazon.com"), LOCAL = STR_INIT(".localhost");
        struct str tail;

        host = without_port(host);
        *ret_is_local = ends_nocase(host, LOCAL);
        if (!*ret_is_local && !ends_nocase(host, REMOTE))
                return false;
        host = str_part(host, 0, host.len - (*ret_is_local ? LOCAL.len : REMOTE.len));
        if (!ends_nocase(host, word))
                return false;
        tail = str_part(host, 0, host.len - word.len);
        if (tail.len == 1 || (tail.len > 1 && tail.ptr[tail.len - 1] != '.'))
                return false;
        *ret_front = tail.len ? str_part(tail, 0, tail.len - 1) : STR("");
        return true;
}

struct str virtual_host_told(struct arena *arena, struct str host)
{
        struct str name = without_port(host);
        ptrdiff_t colon = str_find_byte(host, ':');
        struct str port = colon >= 0 ? str_from(host, (size_t)colon + 1) : STR("");
        uint64_t number;

        if (port.len == 0 || str_to_u64(port, &number) < 0)
                return arena_dup(arena, name);
        return arena_printf(arena, "%.*s:%.*s", STR_ARG(name), STR_ARG(port));
}
