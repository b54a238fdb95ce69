/* The rest protocols, input: what the places of a request hold, into the struct of the operation.
 * https://smithy.io/2.0/spec/http-bindings.html
 *
 * Of a query parameter given twice the last counts, of a header the first; a member of the document that
 * belongs elsewhere is not read there. */
#include "base/text.h"
#include "wire/protocol.h"
#include "wire/rest_faults.h"
#include "wire/rest_in.h"
#include "wire/scalar.h"

#include <assert.h>

/* -- What is refused. */

static int refuse(struct rest_in *in, enum wire_common which, const char *message)
{
        return wire_refuse(in->fault, in->arena, wire_common_error(in->protocol, which), "%s", message);
}

static int refuse_uri(struct rest_in *in)
{
        return refuse(in, WIRE_ERROR_MALFORMED_QUERY, "Couldn't parse the specified URI.");
}

int rest_in_refuse(struct rest_in *in, const struct wire_member *member, const struct wire_type *type,
                   struct str text)
{
        const char *noun = wire_kind_name(type->kind);

        if (in->protocol == API_REST_XML)
                return rest_fault_of_text(member, type, text, in->arena, in->fault);
        return wire_refuse(in->fault, in->arena, wire_common_error(in->protocol, WIRE_ERROR_MALFORMED),
                           "STRING_VALUE can not be converted to %s %s",
                           strchr("AEIOU", noun[0]) ? "an" : "a", noun);
}

int rest_in_value(struct rest_in *in, const struct wire_member *member, const struct wire_type *type,
                  struct str text, void *place)
{
        int problem = utf8_is_valid(text) ? wire_scalar_parse(type, text, in->arena, place) : -EINVAL;

        return problem == 0 || problem == -ENOMEM ? problem : rest_in_refuse(in, member, type, text);
}

/* -- Path. */

/* What looks like the end of a name to others is no part of one. */
static int decode_label(struct rest_in *in, const struct wire_member *member, struct str raw, void *in_struct)
{
        struct str text;
        int problem = percent_decode(in->arena, raw, false, &text);

        if (problem == -ENOMEM)
                return problem;
        if (problem < 0 || !utf8_is_valid(text) || str_has_byte(text, '\0'))
                return refuse_uri(in);
        return rest_in_value(in, member, member->type, text, wire_at(member, in_struct));
}

static int decode_path(struct rest_in *in, void *in_struct)
{
        const struct api_route *route = in->rest->route;

        for (size_t i = 0; i < route->segment_count; i++)
                if (route->segments[i].label)
                        TRY(decode_label(in, route->segments[i].label, in->rest->labels[i], in_struct));
        return 0;
}

/* -- Body. */

/* https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static const struct api_error MISSING_BODY = {.name = STR_INIT("MissingRequestBodyError"),
                                              .code = STR_INIT("MissingRequestBodyError"),
                                              .status = 400,
                                              .is_sender = true};

static int decode_document(struct rest_in *in, const struct wire_type *type, struct wire_xml_root root,
                           struct str body, void *place)
{
        int problem;

        if (in->protocol == API_REST_JSON)
                return wire_json_decode_text(type, body, in->arena, place, in->fault);
        problem = wire_xml_decode(type, root, body, in->arena, place);
        if (problem != -EINVAL)
                return problem;
        return rest_fault_of_document(in->arena, in->fault);
}

/* AWS's models name some by the member, others by its shape. */
static struct wire_xml_root root_of(const struct wire_member *member)
{
        return (struct wire_xml_root){.name = member->wire_name, .or_name = member->name};
}

static int decode_text_payload(struct rest_in *in, const struct wire_member *member, struct str body,
                               struct str *ret)
{
        if (member->type->kind == WIRE_DOCUMENT)
                return decode_document(in, member->type, root_of(member), body, ret);
        if (member->type->kind == WIRE_STRING && !utf8_is_valid(body))
                return rest_in_refuse(in, member, member->type, body);
        *ret = body;
        return 0;
}

/* An empty body is an empty stream, but no value of any other kind. */
static int decode_payload(struct rest_in *in, const struct wire_member *member, struct str body,
                          void *in_struct)
{
        void *place = wire_at(member, in_struct);

        if (member->type->kind == WIRE_STREAM) {
                *(struct str *)place = str_is_set(body) ? body : STR("");
                return 0;
        }
        if (body.len == 0 && member->required && in->protocol == API_REST_XML)
                return wire_refuse(in->fault, in->arena, &MISSING_BODY, "Request Body is empty");
        if (body.len == 0)
                return 0;
        if (wire_is_scalar(member->type))
                return decode_text_payload(in, member, body, place);
        if (member->type->kind == WIRE_STRUCT) {
                void *inner = arena_alloc(in->arena, member->type->size);

                if (!inner)
                        return -ENOMEM;
                *(void **)place = inner;
                place = inner;
        }
        return decode_document(in, member->type, root_of(member), body, place);
}

/* The fields of a browser's form. */
static int decode_form(struct rest_in *in, const struct wire_type *type, struct str body, void *in_struct)
{
        struct wire_form form;
        const struct wire_request request = {.http = in->http, .form = &form};
        int problem;

        if (body.len == 0)
                return 0;
        problem = wire_is_form(in->http) ? wire_form_parse_query(body, in->arena, &form) : -EINVAL;
        if (problem == -ENOMEM)
                return problem;
        if (problem < 0)
                return refuse(in, WIRE_ERROR_MALFORMED, "The body is not an HTML form.");
        return wire_query_decode(type, &request, in->arena, in_struct, in->fault);
}

static int decode_body(struct rest_in *in, const struct wire_type *type, void *in_struct)
{
        struct str body = in->http->body;
        bool has_document = false;

        if (type->flags & WIRE_FORM)
                return decode_form(in, type, body, in_struct);
        for (size_t i = 0; i < type->member_count; i++) {
                if (type->members[i].place == WIRE_IN_PAYLOAD)
                        return decode_payload(in, &type->members[i], body, in_struct);
                has_document |= wire_is_in_body(&type->members[i]);
        }
        if (!has_document || body.len == 0)
                return 0;
        return decode_document(in, type, (struct wire_xml_root){.name = type->root_name}, body, in_struct);
}

static int decode(enum api_protocol protocol, const struct wire_type *type,
                  const struct wire_request *request, struct arena *arena, void *ret_in,
                  struct wire_fault *ret_fault)
{
        struct rest_in in = {
                .protocol = protocol,
                .http = request->http,
                .rest = request->rest,
                .arena = arena,
                .fault = ret_fault,
        };

        assert(request->rest && request->rest->route);
        TRY(decode_path(&in, ret_in));
        TRY(rest_in_query(&in, type, ret_in));
        TRY(rest_in_headers(&in, type, ret_in));
        return decode_body(&in, type, ret_in);
}

int wire_rest_json_decode(const struct wire_type *type, const struct wire_request *request,
                          struct arena *arena, void *ret_in, struct wire_fault *ret_fault)
{
        return decode(API_REST_JSON, type, request, arena, ret_in, ret_fault);
}

int wire_rest_xml_decode(const struct wire_type *type, const struct wire_request *request,
                         struct arena *arena, void *ret_in, struct wire_fault *ret_fault)
{
        return decode(API_REST_XML, type, request, arena, ret_in, ret_fault);
}
