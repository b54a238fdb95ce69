/* How each protocol says an error.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization and its kin */
#include "base/json_out.h"
#include "wire/protocol.h"
#include "wire/xml_out.h"

void wire_query_error(const struct api_service *service, enum api_protocol protocol,
                      const struct wire_error *error, struct buf *body)
{
        const struct api_error *what = error->error;
        bool is_renamed = protocol == API_QUERY && str_is_set(what->query_code);

        buf_add(body, STR("<ErrorResponse"));
        if (service && service->xml_namespace.len) {
                buf_add(body, STR(" xmlns=\""));
                xml_text(body, service->xml_namespace);
                buf_add_byte(body, '"');
        }
        buf_add(body, STR("><Error>"));
        xml_element(body, STR("Type"), what->is_sender ? STR("Sender") : STR("Receiver"));
        xml_element(body, STR("Code"), is_renamed ? what->query_code : what->code);
        xml_element(body, STR("Message"), error->message);
        buf_add(body, STR("</Error>"));
        xml_element(body, STR("RequestId"), error->request_id);
        buf_add(body, STR("</ErrorResponse>"));
}

void wire_ec2_error(const struct api_service *service, enum api_protocol protocol,
                    const struct wire_error *error, struct buf *body)
{
        (void)service;
        (void)protocol;
        buf_add(body, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"));
        xml_element(body, STR("Code"), error->error->code);
        xml_element(body, STR("Message"), error->message);
        buf_add(body, STR("</Error></Errors>"));
        xml_element(body, STR("RequestID"), error->request_id);
        buf_add(body, STR("</Response>"));
}

/* JSON 1.0 qualifies the name, by the service's package or by that of AWS's common frame; 1.1 and the rest do
 * not. Services that came to it from the query protocol have packages without a version. */
void wire_json_type_namespace(const struct api_service *service, const struct api_error *error,
                              struct buf *body)
{
        if (!service || wire_error_is_common(API_JSON_1_0, error)) {
                buf_add(body, STR("com.amazon.coral.service#"));
                return;
        }
        buf_add(body, STR("com.amazonaws."));
        buf_add(body, service->name);
        if (!wire_speaks(service, API_QUERY))
                buf_add(body, STR(".v"));
        for (size_t i = 0; !wire_speaks(service, API_QUERY) && i < service->version.len; i++)
                if (service->version.ptr[i] != '-')
                        buf_add_byte(body, service->version.ptr[i]);
        buf_add_byte(body, '#');
}

void wire_json_error(const struct api_service *service, enum api_protocol protocol,
                     const struct wire_error *error, struct buf *body)
{
        struct json_out out = {.buf = body};

        json_open(&out, '{');
        if (protocol != API_REST_JSON) { /* there the header alone names it */
                buf_add(body, STR("\"__type\":\""));
                if (protocol == API_JSON_1_0)
                        wire_json_type_namespace(service, error->error, body);
                buf_add(body, error->error->code);
                buf_add_byte(body, '"');
                out.need_comma = true;
        }
        json_pair_opt(&out, STR("message"), error->message);
        if (str_is_set(error->members)) {
                buf_add_byte(body, ',');
                buf_add(body, error->members);
        }
        json_close(&out, '}');
}

/* S3's form, also for a service that was not found; the other services of this protocol speak like query.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static void s3_error(const struct wire_error *error, bool is_wrapped, struct buf *body)
{
        buf_add(body, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
        buf_add(body, is_wrapped ? STR("<ErrorResponse><Error>") : STR("<Error>"));
        xml_element(body, STR("Code"), error->error->code);
        xml_element(body, STR("Message"), error->message);
        for (size_t i = 0; i < error->details.count; i++)
                xml_element(body, error->details.items[i].key, error->details.items[i].value);
        xml_element(body, STR("Resource"), error->resource);
        if (is_wrapped)
                buf_add(body, STR("</Error>"));
        xml_element(body, STR("RequestId"), error->request_id);
        xml_element(body, STR("HostId"), error->request_id);
        buf_add(body, is_wrapped ? STR("</ErrorResponse>") : STR("</Error>"));
}

void wire_rest_xml_error(const struct api_service *service, enum api_protocol protocol,
                         const struct wire_error *error, struct buf *body)
{
        if (!service || service->has_s3_errors)
                s3_error(error, service && !service->has_bare_errors, body);
        else
                wire_query_error(service, protocol, error, body);
}
