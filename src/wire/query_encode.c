/* Query protocol and EC2's, output.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html#response-serialization */
#include "wire/protocol.h"
#include "wire/xml_out.h"
#include "wire/xml_value.h"

static void add_tag(struct buf *buf, const char *before, struct str name, struct str after)
{
        buf_add(buf, str_of(before));
        buf_add(buf, name);
        buf_add(buf, after);
}

static void open_response(struct buf *body, const struct api_operation *operation)
{
        add_tag(body, "<", operation->name, STR("Response xmlns=\""));
        xml_text(body, operation->service->xml_namespace);
        buf_add(body, STR("\">"));
}

int wire_query_encode(const struct api_operation *operation, const void *out, struct str request_id,
                      struct buf *body)
{
        open_response(body, operation);
        if (operation->has_result_wrapper)
                add_tag(body, "<", operation->name, STR("Result>"));
        wire_xml_members(body, operation->output, out,
                         operation->service->has_fractions ? WIRE_XML_OF_FRACTIONS : WIRE_XML_OF_QUERY);
        if (operation->has_result_wrapper)
                add_tag(body, "</", operation->name, STR("Result>"));
        buf_add(body, STR("<ResponseMetadata>"));
        xml_element(body, STR("RequestId"), request_id);
        buf_add(body, STR("</ResponseMetadata>"));
        add_tag(body, "</", operation->name, STR("Response>"));
        return buf_check(body);
}

int wire_ec2_encode(const struct api_operation *operation, const void *out, struct str request_id,
                    struct buf *body)
{
        buf_add(body, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
        open_response(body, operation);
        xml_element(body, STR("requestId"), request_id);
        wire_xml_members(body, operation->output, out, WIRE_XML_OF_REST);
        add_tag(body, "</", operation->name, STR("Response>"));
        return buf_check(body);
}
