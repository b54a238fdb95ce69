#include "roundtrip.h"

#include "client.h"
#include "random_value.h"
#include "wire_test.h"

struct trip {
        struct arena arena;
        struct random_source source;
        struct buf text;
        struct wire_patterns *patterns;
        const struct api_operation *operation;
        struct http_request http;
        struct wire_fault fault;
};

static bool is_rest(const struct trip *trip)
{
        return trip->operation->service->route_count > 0;
}

static void *new_struct(struct trip *trip, const struct wire_type *type)
{
        void *value = arena_alloc(&trip->arena, type->size ? type->size : 1);

        assert_non_null(value);
        return value;
}

static void *new_random(struct trip *trip, const struct wire_type *type)
{
        void *value = new_struct(trip, type);

        if (is_rest(trip))
                random_rest(&trip->source, type, &trip->arena, value);
        else
                random_struct(&trip->source, type, &trip->arena, value);
        assert_false(trip->arena.failed);
        return value;
}

static void differ(const struct trip *trip, const char *what)
{
        fail_msg("%s of %.*s (%.*s): %.*s %.*s?%.*s\n%.*s", what, STR_ARG(trip->operation->name),
                 STR_ARG(trip->fault.message), STR_ARG(trip->http.method), STR_ARG(trip->http.path),
                 STR_ARG(trip->http.query), STR_ARG(is_rest(trip) ? trip->http.body : buf_str(&trip->text)));
}

static bool is_json(const struct trip *trip)
{
        return trip->operation->service->protocol != API_QUERY &&
               trip->operation->service->protocol != API_EC2;
}

static bool is_rest_xml(const struct trip *trip)
{
        return trip->operation->service->protocol == API_REST_XML;
}

static void write_request(struct trip *trip, const void *in)
{
        json_t *json;
        char *dump;

        if (is_rest(trip)) {
                client_rest_request(trip->operation, in, &trip->arena, &trip->http);
                return;
        }
        if (trip->operation->service->protocol == API_EC2) {
                client_ec2_request(trip->operation->input, in, &trip->text);
                return;
        }
        if (!is_json(trip)) {
                client_query_request(trip->operation->input, in, &trip->text);
                return;
        }
        json = client_json_value(trip->operation->input, in);
        dump = json_dumps(json, JSON_COMPACT | (random_below(&trip->source, 2) ? JSON_ENSURE_ASCII : 0));
        assert_non_null(dump);
        buf_add(&trip->text, str_of(dump));
        free(dump);
        json_decref(json);
}

static int decode_rest(struct trip *trip, void *ret)
{
        struct wire_address address = {trip->http.method, trip->http.path, trip->http.query};
        struct wire_request request = {.http = &trip->http};
        struct wire_rest rest;

        TRY(wire_find_rest_operation(trip->operation->service, &address, &trip->http, &trip->arena, &rest,
                                     &trip->fault));
        if (rest.route->operation != trip->operation)
                return -ENOENT;
        request.rest = &rest;
        return wire_decode(trip->operation, trip->operation->service->protocol, &request, &trip->arena, ret,
                           &trip->fault);
}

static int decode(struct trip *trip, void *ret)
{
        struct http_request http = {.method = STR("POST"), .body = buf_str(&trip->text)};
        struct wire_form form;
        struct wire_request request = {.http = &http, .form = &form};

        if (is_rest(trip))
                return decode_rest(trip, ret);
        if (!is_json(trip))
                TRY(wire_form_parse(&http, &trip->arena, &form, &trip->fault));
        return wire_decode(trip->operation, trip->operation->service->protocol, &request, &trip->arena, ret,
                           &trip->fault);
}

static int audit(const struct trip *trip, const void *in, struct json_out *out)
{
        if (trip->operation->is_enclosed)
                return wire_audit_enclosed(trip->operation, in, out);
        if (trip->operation->service->protocol == API_EC2)
                return wire_audit_ec2(trip->operation->input, in, STR("id"), out);
        return wire_audit_json(trip->operation->input, in, out);
}

/* Validation and the audit form must cope with whatever was decoded; every pattern must compile. */
static void look_at(struct trip *trip, const void *in)
{
        _cleanup_(buf_done) struct buf text = {};
        struct json_out out = {.buf = &text};
        struct wire_fault fault;
        json_t *json;
        int result = wire_validate(trip->operation, trip->operation->service->protocol, in, trip->patterns,
                                   &trip->arena, &fault);

        if (result != 0 && result != -EBADMSG)
                differ(trip, "validation");
        buf_init(&text, 1 << 20);
        if (audit(trip, in, &out) == 0) {
                json = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
                if (!json)
                        differ(trip, "audit");
                json_decref(json);
        }
}

static void compare(struct trip *trip, const void *sent, const void *received)
{
        const struct wire_type *type = trip->operation->input;

        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];
                bool is_set = wire_is_set(member, sent);

                if (is_set != wire_is_set(member, received) ||
                    (is_set &&
                     !wire_equal(member->type, wire_value_at(member, sent), wire_value_at(member, received))))
                        differ(trip,
                               arena_printf(&trip->arena, "%.*s in the request", STR_ARG(member->name)).ptr);
        }
}

static void request_there_and_back(struct trip *trip)
{
        const struct wire_type *type = trip->operation->input;
        void *sent = new_random(trip, type), *received = new_struct(trip, type);

        write_request(trip, sent);
        assert_int_equal(buf_check(&trip->text), 0);
        if (decode(trip, received) != 0)
                differ(trip, "request");
        compare(trip, sent, received);
        look_at(trip, received);
}

static void break_byte(struct trip *trip, struct str text)
{
        char *bytes = (char *)(uintptr_t)text.ptr;

        if (text.len)
                bytes[random_below(&trip->source, text.len)] = (char)random_next(&trip->source);
}

static void break_part(struct trip *trip)
{
        struct str *parts[] = {&trip->http.path, &trip->http.query, &trip->http.body};
        struct str *part = parts[random_below(&trip->source, ARRAY_LEN(parts))];

        *part = arena_dup(&trip->arena, *part);
        break_byte(trip, *part);
}

/* A byte changed: it may be anything, but it must not break anything. */
static void broken_request(struct trip *trip)
{
        void *received = new_struct(trip, trip->operation->input);
        int result;

        if (is_rest(trip))
                break_part(trip);
        else if (trip->text.len)
                break_byte(trip, buf_str(&trip->text));
        else
                return;
        result = decode(trip, received);
        if (result == 0)
                look_at(trip, received);
        else
                assert_true(result == -EBADMSG || result == -ENOMEM || (is_rest(trip) && result == -ENOENT));
}

static bool answer_matches(const struct trip *trip, const void *out, const struct http_response *response)
{
        const struct wire_type *type = trip->operation->output;
        struct str body = buf_str(&trip->text);
        struct arena arena;
        bool same;
        json_t *json;

        if (is_rest(trip))
                return client_rest_matches(trip->operation, out, response);
        if (!is_json(trip)) {
                arena_init(&arena, 4096);
                same = client_xml_matches(
                        type, out, body,
                        trip->operation->has_result_wrapper
                                ? arena_printf(&arena, "%.*sResult", STR_ARG(trip->operation->name)).ptr
                                : NULL);
                arena_done(&arena);
                return same;
        }
        json = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, NULL);
        same = json && client_json_matches(type, out, json);
        json_decref(json);
        return same;
}

static void answer_there(struct trip *trip)
{
        void *out = new_random(trip, trip->operation->output);
        struct http_response response;

        buf_clear(&trip->text);
        assert_int_equal(wire_encode(trip->operation, trip->operation->service->protocol, out, STR("id"),
                                     &trip->arena, &trip->text, &response),
                         0);
        trip->http.body = response.body;
        if (!answer_matches(trip, out, &response))
                differ(trip, "answer");
}

void roundtrip_operation(const struct api_operation *operation, uint64_t seed, unsigned int rounds)
{
        struct trip trip = {.source = {.state = seed}, .operation = operation};

        buf_init(&trip.text, 1 << 22);
        assert_int_equal(wire_patterns_new(&trip.patterns), 0);
        for (unsigned int i = 0; i < rounds; i++) {
                arena_init(&trip.arena, 1 << 24);
                buf_clear(&trip.text);
                trip.source.for_xml = trip.source.no_empty_flat = is_rest_xml(&trip);
                trip.source.whole_seconds = false;
                request_there_and_back(&trip);
                broken_request(&trip);
                trip.source.for_xml = trip.source.no_empty_flat = is_rest_xml(&trip) || !is_json(&trip);
                trip.source.whole_seconds = !is_json(&trip);
                answer_there(&trip);
                arena_done(&trip.arena);
        }
        wire_patterns_free(trip.patterns);
        buf_done(&trip.text);
}
