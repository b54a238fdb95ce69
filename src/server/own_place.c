#include "server/own_place.h"

#include "server/virtual_host.h"
#include "services/regions.h"

/* Where a request is, of a service. */
struct place {
        struct str path;
        struct str front; /* of the host, where that is the service's; else absent */
};

/* On "localhost" a region alone may stand in front: other names there are buckets'. */
static bool is_own_host(const struct api_service *service, struct str host, struct arena *arena,
                        struct str *ret_front)
{
        bool is_local;

        if (!virtual_host_own(host, service->own_host, ret_front, &is_local))
                return false;
        *ret_front = arena_lower(arena, *ret_front);
        return ret_front->len == 0 || region_is_known(*ret_front) ||
               (!is_local && !str_has_byte(*ret_front, '.'));
}

static bool is_own_path(const struct api_service *service, struct str path, struct str *ret_path)
{
        struct str rest = str_from(path, service->own_path.len);

        if (!str_starts(path, service->own_path) || (rest.len > 0 && rest.ptr[0] != '/'))
                return false;
        *ret_path = rest.len > 0 ? rest : STR("/");
        return true;
}

/* A bucket whose name stands in the host has paths of its own, and its pages are of the same origin. */
static bool is_at(const struct api_service *service, const struct http_request *request, struct arena *arena,
                  struct place *ret)
{
        struct str host = http_header_value(request, STR("Host")), name;

        *ret = (struct place){.path = request->path};
        if (!str_is_set(service->own_path))
                return false;
        if (is_own_host(service, host, arena, &ret->front)) {
                (void)is_own_path(service, request->path, &ret->path);
                return true;
        }
        ret->front = STR_NONE;
        return is_own_path(service, request->path, &ret->path) && !virtual_host_name(host, &name);
}

bool own_place_enter(struct flight *flight)
{
        struct call *call = &flight->call;
        struct place place;

        for (size_t i = 0; i < api_service_count; i++) {
                if (!is_at(api_services[i], call->request, &call->arena, &place))
                        continue;
                flight->service = api_services[i];
                flight->path = place.path;
                call->region = REGION_OF_GLOBAL_SERVICES;
                if (place.front.len && region_is_known(place.front))
                        call->region = place.front;
                else if (place.front.len)
                        call->host_name = place.front;
                return true;
        }
        return false;
}
