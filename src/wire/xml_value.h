/* Values of shapes as XML. Internal to the codecs. */
#pragma once

#include "base/buf.h"
#include "wire/descriptor.h"

/* How timestamps without a format of their own are written. */
enum wire_xml_times {
        WIRE_XML_SECONDS,      /* 2026-01-31T12:00:00Z; `timestamp iso` with milliseconds if there are any */
        WIRE_XML_FRACTIONS,    /* with milliseconds if there are any */
        WIRE_XML_MILLISECONDS, /* 2026-01-31T12:00:00.000Z; `timestamp iso` too */
};

/* The members of a structure that travel in the body, one element each. */
void wire_xml_members(struct buf *buf, const struct wire_type *type, const void *value,
                      enum wire_xml_times times);

/* One element; a structure with its namespace and attributes, and xmlns if it is set. */
void wire_xml_element(struct buf *buf, struct str name, struct str xmlns, const struct wire_type *type,
                      const void *value, enum wire_xml_times times);
