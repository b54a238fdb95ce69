#include "services/signin/signin.h"

#define HOST_MAX 256

struct str signin_base(const struct call *call)
{
        const struct str path = call->operation->service->own_path;

        return str_starts(call->request->path, path) ? path : STR("");
}

static struct str host_of(const struct call *call)
{
        return str_part(http_header_value(call->request, STR("Host")), 0, HOST_MAX);
}

struct str signin_own_path(struct call *call)
{
        return arena_printf(&call->arena, "%.*s/", STR_ARG(signin_base(call)));
}

/* Here, or before it comes to us: where the operator says that others reach us by TLS. */
bool signin_is_by_tls(const struct call *call)
{
        return str_is_set(call->request->tls_version) ||
               str_starts_nocase(call->host->public_url, STR("https://"));
}

struct str signin_own_url(struct call *call)
{
        struct str path = signin_own_path(call), host = host_of(call);

        return arena_printf(&call->arena, "%s://%.*s%.*s", signin_is_by_tls(call) ? "https" : "http",
                            STR_ARG(host), STR_ARG(path));
}

/* What follows "http://" or "https://"; absent: neither. */
static struct str without_scheme(struct str url)
{
        static const struct str SCHEMES[] = {STR_INIT("https://"), STR_INIT("http://")};

        for (size_t i = 0; i < ARRAY_LEN(SCHEMES); i++)
                if (str_starts_nocase(url, SCHEMES[i]))
                        return str_from(url, SCHEMES[i].len);
        return STR_NONE;
}

static bool is_own_origin(const struct call *call, struct str origin)
{
        struct str host = without_scheme(origin);

        return host.len > 0 && str_eq_nocase(host, host_of(call));
}

/* Browsers say one of the two with every form; that of a file, or of a frame in a box, is "null". */
int signin_need_own_origin(struct call *call)
{
        struct str origin = http_header_value(call->request, STR("Origin"));
        struct str site = http_header_value(call->request, STR("Sec-Fetch-Site"));

        if (str_is_set(origin)
                    ? is_own_origin(call, origin)
                    : !str_is_set(site) || str_eq(site, STR("same-origin")) || str_eq(site, STR("none")))
                return 0;
        return fail(call, &signin_access_denied_exception, "The form was sent by a page of another site.");
}

/* -- Where to go on to. A name or a password in front of the host, a backslash or a blank are what browsers
 * and we might read differently. */

static bool is_plain(struct str url)
{
        for (size_t i = 0; i < url.len; i++)
                if ((unsigned char)url.ptr[i] <= 0x20 || (unsigned char)url.ptr[i] >= 0x7f ||
                    url.ptr[i] == '\\')
                        return false;
        return url.len > 0;
}

static struct str authority_of(struct str rest)
{
        for (size_t i = 0; i < rest.len; i++)
                if (str_has_byte(STR("/?#"), rest.ptr[i]))
                        return str_part(rest, 0, i);
        return rest;
}

static bool is_console(struct str host)
{
        static const struct str TAIL = STR_INIT(".aws.amazon.com");

        return host.len > TAIL.len && str_eq_nocase(str_from(host, host.len - TAIL.len), TAIL) &&
               !str_has_byte(host, '@') && !str_has_byte(host, ':');
}

bool signin_may_go_on_to(const struct call *call, struct str url)
{
        struct str rest = without_scheme(url), host;

        if (!is_plain(url))
                return false;
        if (!str_is_set(rest)) /* a path, and not one of another host */
                return url.ptr[0] == '/' && (url.len == 1 || url.ptr[1] != '/');
        host = authority_of(rest);
        if (host.len > 0 && str_eq_nocase(host, host_of(call)))
                return true;
        return str_starts_nocase(url, STR("https://")) && is_console(host);
}
