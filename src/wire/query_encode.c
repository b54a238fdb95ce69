/* Query protocol, output. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
 */
#include "wire/protocol.h"
#include "wire/xml_out.h"
#include "wire/xml_value.h"

static void add_tag(struct buf *buf, const char *before, struct str name, struct str after)
{
        buf_add(buf, str_of(before));
        buf_add(buf, name);
        buf_add(buf, after);
}

int wire_query_encode(const struct api_operation *operation, const void *out, struct str request_id,
                      struct buf *body)
{
        add_tag(body, "<", operation->name, STR("Response xmlns=\""));
        xml_text(body, operation->service->xml_namespace);
        buf_add(body, STR("\">"));
        if (operation->has_result_wrapper)
                add_tag(body, "<", operation->name, STR("Result>"));
        wire_xml_members(body, operation->output, out,
                         operation->service->has_fractions ? WIRE_XML_FRACTIONS : WIRE_XML_SECONDS);
        if (operation->has_result_wrapper)
                add_tag(body, "</", operation->name, STR("Result>"));
        buf_add(body, STR("<ResponseMetadata>"));
        xml_element(body, STR("RequestId"), request_id);
        buf_add(body, STR("</ResponseMetadata>"));
        add_tag(body, "</", operation->name, STR("Response>"));
        return buf_check(body);
}
