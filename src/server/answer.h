/* The end of a call: its answer, its record where that is not in its transaction, its numbers. */
#pragma once

#include "server/flight.h"

/* Of a read, or of what was refused or failed (result < 0): recorded, then answered; the flight is freed. A
 * call that cannot be recorded gives nothing away. */
void answer(struct flight *flight, int result);
/* Of a write that is on disk, and its record with it. */
void answer_committed(struct flight *flight);

/* The output as the answer's body, status and headers, without those of the handler. */
must_check int answer_encode_output(struct flight *flight);
/* Whatever is not an AWS error becomes one. */
void answer_name_error(struct flight *flight, int result);
