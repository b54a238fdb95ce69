/* A rest request in XML, from its first line to its body: what is decoded is the same when a client sends it,
 * and sends it again; a document that is read is well-formed to another; and what was read can be answered.
 */
#include "client.h"
#include "crate.h"
#include "sample.h"

#include <assert.h>

#define MAX_HEADERS 64

static struct wire_patterns *patterns;

struct decoded {
        const struct api_operation *operation;
        void *in;
};

static int decode(struct arena *arena, const struct http_request *http, struct decoded *ret)
{
        struct wire_address address = {http->method, http->path, http->query};
        struct wire_request request = {.http = http};
        struct wire_fault fault = {};
        struct wire_rest rest;
        int result = wire_find_rest_operation(&crate_service, &address, http, arena, &rest, &fault);

        if (result == 0) {
                request.rest = &rest;
                ret->operation = rest.route->operation;
                ret->in = arena_alloc(arena, ret->operation->input->size);
                result = ret->in ? wire_decode(ret->operation, ret->operation->service->protocol, &request,
                                               arena, ret->in, &fault)
                                 : -ENOMEM;
        } else if (result == -ENOENT) {
                return result;
        }
        assert(result == 0 || result == -EBADMSG || result == -ENOMEM);
        assert((result == -EBADMSG) == (fault.error != NULL));
        return result;
}

/* The first time a date may lose what a header cannot say. */
static void send_again(struct arena *arena, const struct decoded *first)
{
        struct decoded second, third;
        struct http_request http;

        client_rest_request(first->operation, first->in, arena, &http);
        assert(decode(arena, &http, &second) == 0 && second.operation == first->operation);
        client_rest_request(second.operation, second.in, arena, &http);
        assert(decode(arena, &http, &third) == 0 && third.operation == first->operation);
        assert(wire_equal(first->operation->input, second.in, third.in));
}

static struct str answered(struct arena *arena, const struct api_operation *operation, const void *out)
{
        struct http_response response;
        struct buf body;
        struct str copy;

        buf_init(&body, 1 << 24);
        assert(wire_encode(operation, operation->service->protocol, out, STR("id"), arena, &body,
                           &response) == 0);
        copy = arena_dup(arena, response.body);
        buf_done(&body);
        return copy;
}

/* What was sent as a document, answered as one, and sent back as that. */
static void answer(struct arena *arena, const struct decoded *decoded)
{
        const struct crate_put_contents_in *in = decoded->in;
        struct crate_put_contents_out out = {.contents = in->contents};
        struct http_request http = {
                .method = STR("PUT"), .path = STR("/c"), .query = STR("contents"), .headers = NULL};
        struct decoded again;

        http.body = answered(arena, decoded->operation, &out);
        assert(client_xml_is_well_formed(http.body));
        assert(decode(arena, &http, &again) == 0);
        out.contents = ((struct crate_put_contents_in *)again.in)->contents;
        assert(str_eq(http.body, answered(arena, decoded->operation, &out)));
}

static bool is_wide(struct str body)
{
        return body.len > 1 && ((unsigned char)body.ptr[0] >= 0xfe || str_has_byte(body, '\0'));
}

static void look_at(struct arena *arena, const struct http_request *http, const struct decoded *decoded)
{
        bool is_document = str_eq(decoded->operation->name, STR("PutContents"));
        struct wire_fault fault;
        int result = wire_validate(decoded->operation, decoded->operation->service->protocol, decoded->in,
                                   patterns, arena, &fault);

        assert(result == 0 || result == -EBADMSG);
        if (is_document && !is_wide(http->body))
                assert(client_xml_is_well_formed(http->body));
        if (result < 0)
                return;
        send_again(arena, decoded);
        if (is_document)
                answer(arena, decoded);
}

/* "PUT /c?contents\nname:value\n\nbody" */
static void parse(struct str text, struct http_header *headers, struct http_request *ret)
{
        struct str line = STR_NONE, target = STR_NONE;

        *ret = (struct http_request){.headers = headers};
        (void)str_cut(&text, '\n', &line);
        (void)str_cut(&line, ' ', &ret->method);
        target = line;
        (void)str_cut(&target, '?', &ret->path);
        ret->query = target;
        while (str_cut(&text, '\n', &line) && line.len) {
                struct http_header *header = &headers[ret->header_count];

                if (ret->header_count == MAX_HEADERS)
                        continue;
                (void)str_cut(&line, ':', &header->name);
                header->value = str_is_set(line) ? str_trim(line) : STR("");
                ret->header_count++;
        }
        ret->body = str_is_set(text) ? text : STR("");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct http_header headers[MAX_HEADERS];
        struct http_request http;
        struct decoded decoded;
        struct arena arena;

        if (!patterns)
                assert(wire_patterns_new(&patterns) == 0);
        arena_init(&arena, 1 << 26);
        parse(str_make(data, size), headers, &http);
        if (decode(&arena, &http, &decoded) == 0)
                look_at(&arena, &http, &decoded);
        arena_done(&arena);
        return 0;
}
