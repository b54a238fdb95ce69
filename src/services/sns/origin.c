/* Under which address a subscriber finds this server again: it stands in every message, and in mails. Whoever
 * may subscribe somebody says it, by his Host header; so that he cannot send others to a machine of his own,
 * only names are believed that are this server's, unless the operator has said which one it is. */
#include "services/regions.h"
#include "services/sns/sns.h"

#define HOST_MAX 261 /* with a port */

/* A name or an address with its port, and nothing else. */
static bool is_host(struct str host)
{
        for (size_t i = 0; i < host.len; i++) {
                char c = host.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      str_has_byte(STR("-._:[]"), c)))
                        return false;
        }
        return host.len > 0 && host.len <= HOST_MAX;
}

/* "[::1]:4566" */
static struct str without_port(struct str host)
{
        ptrdiff_t colon = str_find_last_byte(host, ':'), bracket = str_find_last_byte(host, ']');

        return colon > bracket ? str_part(host, 0, (size_t)colon) : host;
}

static struct str host_of(struct str url)
{
        return str_from(url, (size_t)(str_find(url, STR("://")) + 3));
}

/* -- Which are this server's */

static bool ends_nocase(struct str text, struct str end)
{
        return text.len >= end.len && str_eq_nocase(str_from(text, text.len - end.len), end);
}

static bool is_local(struct str name)
{
        if (str_eq_nocase(name, STR("localhost")) || ends_nocase(name, STR(".localhost")) ||
            str_eq(name, STR("[::1]")))
                return true;
        for (size_t i = 0; i < name.len; i++)
                if (name.ptr[i] != '.' && (name.ptr[i] < '0' || name.ptr[i] > '9'))
                        return false;
        return str_starts(name, STR("127."));
}

/* "sns.eu-west-1.amazonaws.com", without a port. Other names there are those of customers.
 * https://docs.aws.amazon.com/general/latest/gr/sns.html */
static bool is_of_aws(struct str host)
{
        struct str rest = host, label = STR_NONE, region = STR_NONE;

        return str_cut(&rest, '.', &label) && str_cut(&rest, '.', &region) && region_is_known(region) &&
               (str_eq(label, STR("sns")) || str_eq(label, STR("sns-fips"))) &&
               (str_eq(rest, STR("amazonaws.com")) || str_eq(rest, STR("amazonaws.com.cn")));
}

static bool is_named(struct str list, struct str name)
{
        struct str one;

        while (str_cut(&list, ',', &one))
                if (str_eq_nocase(str_trim(one), name))
                        return true;
        return false;
}

static bool is_endpoint(struct str endpoint, struct str name)
{
        return str_is_set(endpoint) && str_eq(without_port(host_of(endpoint)), name);
}

static bool is_ours(const struct host *us, struct str host)
{
        struct str name = without_port(host);

        return is_local(name) || is_of_aws(host) || is_named(us->names, name) ||
               is_endpoint(us->endpoint, name) || is_endpoint(us->tls_endpoint, name);
}

/* -- What is told */

/* Where it listens; on all of its addresses: the one that each machine has. */
static struct str own(struct call *call, bool is_https)
{
        const struct host *us = call->host;
        struct str endpoint = is_https && str_is_set(us->tls_endpoint) ? us->tls_endpoint : us->endpoint;
        struct str host, name;

        if (!str_is_set(endpoint)) /* nobody can reach it */
                return arena_printf(&call->arena, "https://sns.%.*s.amazonaws.com", STR_ARG(call->region));
        host = host_of(endpoint);
        name = without_port(host);
        if (!str_eq(name, STR("0.0.0.0")) && !str_eq(name, STR("[::]")))
                return endpoint;
        return arena_printf(&call->arena, "%.*slocalhost%.*s",
                            STR_ARG(str_part(endpoint, 0, endpoint.len - host.len)),
                            STR_ARG(str_from(host, name.len)));
}

struct str sns_told_origin(struct call *call, struct str kept)
{
        if (str_is_set(call->host->public_url))
                return call->host->public_url;
        if (str_find(kept, STR("://")) > 0 && is_ours(call->host, host_of(kept)))
                return kept;
        return own(call, str_starts(kept, STR("https:")));
}

struct str sns_origin(struct call *call)
{
        const char *scheme = str_is_set(call->request->tls_version) ? "https" : "http";
        struct str host = http_header_value(call->request, STR("Host"));

        if (!is_host(host))
                host = STR("");
        return sns_told_origin(call, arena_printf(&call->arena, "%s://%.*s", scheme, STR_ARG(host)));
}
