/* What a service shows to everybody at an address of its own: the certificate that SNS's messages are signed
 * by. It is no call: nothing is asked, nothing changes, and it is in no event history. */
#pragma once

#include "server/flight.h"

/* True when the request is for one: then it has been answered, and the flight is gone. */
bool document_answer(struct flight *flight);
