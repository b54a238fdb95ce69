/* The server's side of the rest protocols, for a test that holds a stock client to it. One JSON object a
 * line:
 *
 *     {"service", "method", "path", "query", "headers": [[name, value]], "body": base64}
 *             gives {"operation", "input"}, or {"fault", "message"}
 *     {"service", "answer": operation, "seed"}
 *             gives a random {"output"} of it, and {"status", "headers", "body"} that say so
 *     {"service", "refuse": error, "is_head"}
 *             gives the answer that says this error
 *
 * In inputs and outputs members have AWS's names, bytes are base64, times are milliseconds. */
#include "stock_services.h"
#include "base/text.h"
#include "client.h"
#include "random_value.h"
#include "wire/wire.h"

#include <assert.h>

static const struct api_service *find_service(const json_t *line)
{
        const char *name = json_string_value(json_object_get(line, "service"));

        for (size_t i = 0; i < stock_service_count; i++)
                if (str_eq(stock_services[i]->name, str_of(name)))
                        return stock_services[i];
        abort();
}

/* -- Values. */

static json_t *plain_value(const struct wire_type *type, const void *value);

static json_t *bytes_value(struct str bytes)
{
        struct arena arena;
        struct str text;
        json_t *json;

        arena_init(&arena, 1 << 22);
        text = base64_encode(&arena, bytes);
        json = json_stringn(text.ptr, text.len);
        arena_done(&arena);
        return json;
}

static json_t *plain_scalar(const struct wire_type *type, const void *value)
{
        const struct str *text = value;

        switch (type->kind) {
        case WIRE_BLOB:
        case WIRE_STREAM:
                return bytes_value(*text);
        case WIRE_BOOLEAN:
                return json_boolean(((const struct opt_bool *)value)->value);
        case WIRE_DOUBLE:
                return json_real(((const struct opt_double *)value)->value);
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_TIMESTAMP:
                return json_integer(((const struct opt_int *)value)->value);
        default:
                return json_stringn(text->ptr, text->len);
        }
}

static json_t *plain_list(const struct wire_type *type, const struct wire_list *list)
{
        json_t *json = json_array();

        for (size_t i = 0; i < list->count; i++)
                (void)json_array_append_new(json, plain_value(type->element, wire_item(type, list, i)));
        return json;
}

static json_t *plain_map(const struct wire_type *type, const struct wire_map *map)
{
        json_t *json = json_object();

        for (size_t i = 0; i < map->count; i++) {
                struct str key = wire_entry_key(type, map, i);

                (void)json_object_setn_new(json, key.ptr, key.len,
                                           plain_value(type->element, wire_entry_value(type, map, i)));
        }
        return json;
}

static json_t *plain_struct(const struct wire_type *type, const void *value)
{
        json_t *json = json_object();

        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (wire_is_set(member, value))
                        (void)json_object_setn_new(json, member->name.ptr, member->name.len,
                                                   plain_value(member->type, wire_value_at(member, value)));
        }
        return json;
}

static json_t *plain_value(const struct wire_type *type, const void *value)
{
        if (type->kind == WIRE_LIST)
                return plain_list(type, value);
        if (type->kind == WIRE_MAP)
                return plain_map(type, value);
        if (type->kind == WIRE_STRUCT)
                return plain_struct(type, value);
        return plain_scalar(type, value);
}

/* -- Requests. */

static struct str text_at(struct arena *arena, const json_t *line, const char *name)
{
        return arena_dup(arena, str_of(json_string_value(json_object_get(line, name))));
}

static void read_request(struct arena *arena, const json_t *line, struct http_request *ret)
{
        const json_t *headers = json_object_get(line, "headers");
        size_t count = json_array_size(headers);
        struct http_header *all = arena_new_array(arena, struct http_header, count + 1);

        assert(all);
        for (size_t i = 0; i < count; i++) {
                const json_t *pair = json_array_get(headers, i);

                all[i].name = arena_dup(arena, str_of(json_string_value(json_array_get(pair, 0))));
                all[i].value = str_trim(arena_dup(arena, str_of(json_string_value(json_array_get(pair, 1)))));
        }
        *ret = (struct http_request){
                .method = text_at(arena, line, "method"),
                .path = text_at(arena, line, "path"),
                .query = text_at(arena, line, "query"),
                .headers = all,
                .header_count = count,
        };
        assert(base64_decode(arena, text_at(arena, line, "body"), &ret->body) == 0);
}

static json_t *refused(const struct wire_fault *fault)
{
        return json_pack("{s:s%, s:s%}", "fault", fault->error->code.ptr, fault->error->code.len, "message",
                         fault->message.ptr, fault->message.len);
}

static json_t *decode(struct arena *arena, const json_t *line)
{
        struct http_request http;
        struct wire_request request = {.http = &http};
        const struct api_operation *operation;
        struct wire_fault fault = {};
        struct wire_rest rest;
        void *in;
        int result;

        read_request(arena, line, &http);
        result = wire_find_rest_operation(find_service(line),
                                          &(struct wire_address){http.method, http.path, http.query}, &http,
                                          arena, &rest, &fault);
        if (result < 0)
                return result == -EBADMSG ? refused(&fault) : json_pack("{s:i}", "errno", -result);
        operation = rest.route->operation;
        request.rest = &rest;
        in = arena_alloc(arena, operation->input->size);
        assert(in);
        result = wire_decode(operation, operation->service->protocol, &request, arena, in, &fault);
        if (result < 0)
                return result == -EBADMSG ? refused(&fault) : json_pack("{s:i}", "errno", -result);
        return json_pack("{s:s%, s:o}", "operation", operation->name.ptr, operation->name.len, "input",
                         plain_struct(operation->input, in));
}

/* -- Answers. */

static json_t *response_json(const struct http_response *response)
{
        json_t *headers = json_array();

        for (size_t i = 0; i < response->header_count; i++)
                (void)json_array_append_new(headers, json_pack("[s%, s%]", response->headers[i].name.ptr,
                                                               response->headers[i].name.len,
                                                               response->headers[i].value.ptr,
                                                               response->headers[i].value.len));
        return json_pack("{s:i, s:o, s:o}", "status", (int)response->status, "headers", headers, "body",
                         bytes_value(response->body));
}

static json_t *answer(struct arena *arena, const json_t *line)
{
        const struct api_service *service = find_service(line);
        const struct api_operation *operation = wire_find_operation(service, text_at(arena, line, "answer"));
        bool is_xml = service->protocol == API_REST_XML;
        struct random_source source = {
                .state = (uint64_t)json_integer_value(json_object_get(line, "seed")),
                .for_xml = is_xml,
                .no_empty_flat = is_xml,
        };
        struct http_response response;
        struct buf body;
        json_t *json;
        void *out;

        assert(operation);
        out = arena_alloc(arena, operation->output->size);
        assert(out);
        random_rest(&source, operation->output, arena, out);
        buf_init(&body, 1 << 22);
        assert(wire_encode(operation, operation->service->protocol, out, STR("request-id"), arena, &body,
                           &response) == 0);
        json = response_json(&response);
        (void)json_object_set_new(json, "output", plain_struct(operation->output, out));
        buf_done(&body);
        return json;
}

static json_t *refuse(struct arena *arena, const json_t *line)
{
        const struct api_service *service = find_service(line);
        struct str name = text_at(arena, line, "refuse");
        struct wire_error error = {.message = STR("It <cannot> be."),
                                   .request_id = STR("request-id"),
                                   .resource = STR("/bucket/key"),
                                   .is_head = json_is_true(json_object_get(line, "is_head"))};
        struct http_response response;
        struct buf body;
        json_t *json;

        for (size_t i = 0; i < service->error_count; i++)
                if (str_eq(service->errors[i].name, name))
                        error.error = &service->errors[i];
        assert(error.error);
        buf_init(&body, 1 << 16);
        assert(wire_encode_error(service, service->protocol, &error, arena, &body, &response) == 0);
        json = response_json(&response);
        buf_done(&body);
        return json;
}

/* -- Lines. */

static json_t *reply(struct arena *arena, const json_t *line)
{
        if (json_object_get(line, "answer"))
                return answer(arena, line);
        if (json_object_get(line, "refuse"))
                return refuse(arena, line);
        return decode(arena, line);
}

int main(void)
{
        size_t room = 0;
        char *text = NULL;

        while (getline(&text, &room, stdin) > 0) {
                json_t *line = json_loads(text, 0, NULL), *said;
                struct arena arena;

                assert(line);
                arena_init(&arena, 1 << 26);
                said = reply(&arena, line);
                assert(said);
                assert(json_dumpf(said, stdout, JSON_COMPACT) == 0);
                (void)puts("");
                (void)fflush(stdout);
                json_decref(said);
                json_decref(line);
                arena_done(&arena);
        }
        free(text);
        return 0;
}
