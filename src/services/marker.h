/* Where a List operation goes on: an opaque text that only this server can make, good for the same operation,
 * account and question only. */
#pragma once

#include "services/call.h"

/* subject: what the listing is of; place: bytes (record_scan_token()). */
must_check int marker_make(struct call *call, struct str subject, struct str place, struct str *ret);
/* -EINVAL: it was not made here, or for another question. */
must_check int marker_read(struct call *call, struct str subject, struct str marker, struct str *ret_place);
