/* Which operation of a rest service a request names. https://smithy.io/2.0/spec/http-bindings.html#uri
 *
 * The routes stand in the order in which they are to be tried (tools/apigen/uris.py), so that the first that
 * matches is the most specific. Most are passed over by a look at their method or the number of their query
 * literals. */
#include "wire/protocol.h"

/* A label is never empty; what it holds is looked at when it is decoded. */
static bool match_segment(const struct api_segment *segment, struct str piece, struct str *ret_label)
{
        if (str_is_set(segment->literal))
                return str_eq(segment->literal, piece);
        *ret_label = piece;
        return piece.len > 0;
}

/* What is left of the path: the segments behind the greedy one from its end, the rest is the label. */
static bool match_greedy(const struct api_route *route, size_t at, struct str rest, struct str *labels)
{
        for (size_t i = route->segment_count - 1; i > at; i--) {
                ptrdiff_t slash = str_find_last_byte(rest, '/');

                if (slash <= 0 ||
                    !match_segment(&route->segments[i], str_from(rest, (size_t)slash + 1), &labels[i]))
                        return false;
                rest = str_part(rest, 0, (size_t)slash);
        }
        labels[at] = rest;
        return rest.len > 0;
}

static bool match_path(const struct api_route *route, struct str path, struct str *labels)
{
        struct str rest = str_from(path, 1), piece;

        for (size_t i = 0; i < route->segment_count; i++) {
                if (!str_is_set(rest))
                        return false;
                if (route->segments[i].is_greedy)
                        return match_greedy(route, i, rest, labels);
                (void)str_cut(&rest, '/', &piece);
                if (!match_segment(&route->segments[i], piece, &labels[i]))
                        return false;
        }
        return rest.len == 0;
}

static bool match_query(const struct api_route *route, const struct wire_form *query)
{
        for (size_t i = 0; i < route->query_count; i++) {
                struct str value = wire_form_value(query, route->query[i].key);

                if (!str_is_set(value))
                        return false;
                if (str_is_set(route->query[i].value) && !str_eq(route->query[i].value, value))
                        return false;
        }
        return true;
}

static bool has_what_it_asks(const struct api_route *route, const struct wire_form *query,
                             const struct http_request *http)
{
        for (size_t i = 0; i < route->ask_count; i++) {
                const struct wire_member *ask = route->asks[i];
                struct str value = ask->place == WIRE_IN_QUERY ? wire_form_value(query, ask->wire_name)
                                                               : http_header_value(http, ask->wire_name);

                if (!str_is_set(value))
                        return false;
        }
        return true;
}

static bool has_literal(const struct api_route *route, struct str key)
{
        for (size_t i = 0; i < route->query_count; i++)
                if (str_eq(route->query[i].key, key))
                        return true;
        return false;
}

/* A part of what the path names, "?acl", by the routes of others: who asks for one with a method that it has
 * not does not mean the whole. DELETE of a bucket's ?acl is no DELETE of the bucket. */
static bool is_part(const struct api_service *service, const struct api_route *route, struct str key)
{
        if (has_literal(route, key))
                return false;
        for (size_t i = 0; i < service->route_count; i++)
                for (size_t k = 0; k < service->routes[i].query_count; k++)
                        if (!str_is_set(service->routes[i].query[k].value) &&
                            str_eq(service->routes[i].query[k].key, key))
                                return true;
        return false;
}

static bool asks_for_a_part(const struct api_service *service, const struct api_route *route,
                            const struct wire_form *query)
{
        for (size_t i = 0; i < query->count; i++)
                if (is_part(service, route, query->params[i].key))
                        return true;
        return false;
}

static bool match(const struct api_service *service, const struct api_route *route,
                  const struct wire_address *address, const struct http_request *http, struct wire_rest *rest)
{
        return route->query_count <= rest->query.count &&
               str_eq(route->operation->http_method, address->method) &&
               match_path(route, address->path, rest->labels) && match_query(route, &rest->query) &&
               has_what_it_asks(route, &rest->query, http) && !asks_for_a_part(service, route, &rest->query);
}

static int read_query(const struct api_service *service, struct str query, struct arena *arena,
                      struct wire_form *ret, struct wire_fault *fault)
{
        int problem = wire_form_parse_query(query, arena, ret);

        if (problem == 0 || problem == -ENOMEM)
                return problem;
        return wire_refuse(fault, arena, wire_common_error(service->protocol, WIRE_ERROR_MALFORMED_QUERY),
                           "Couldn't parse the specified URI.");
}

int wire_find_rest_operation(const struct api_service *service, const struct wire_address *address,
                             const struct http_request *http, struct arena *arena, struct wire_rest *ret,
                             struct wire_fault *ret_fault)
{
        *ret = (struct wire_rest){};
        TRY(read_query(service, address->query, arena, &ret->query, ret_fault));
        if (!str_starts(address->path, STR("/")))
                return -ENOENT;
        for (size_t i = 0; i < service->route_count; i++)
                if (match(service, &service->routes[i], address, http, ret)) {
                        ret->route = &service->routes[i];
                        return 0;
                }
        return -ENOENT;
}
