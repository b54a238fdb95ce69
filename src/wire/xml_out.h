/* Writing XML. Internal to the codecs. */
#pragma once

#include "base/buf.h"

/* Text content: markup is escaped, and what a parser would change (a carriage return) is written as a
 * reference. What XML 1.0 cannot carry (most control characters) and bytes that are not UTF-8 become U+FFFD.
 */
void xml_text(struct buf *buf, struct str text);

/* ` name="value"`, within a tag. */
void xml_attribute(struct buf *buf, struct str name, struct str value);

void xml_open(struct buf *buf, struct str name);
void xml_close(struct buf *buf, struct str name);
/* <name>text</name>; an absent text writes nothing. */
void xml_element(struct buf *buf, struct str name, struct str text);
