/* One-time passwords by the time: RFC 6238 over HMAC-SHA-1, six digits, a new one every 30 seconds. That is
 * what authenticator apps make of a seed when nothing else is said, and what AWS's virtual devices are. */
#pragma once

#include "base/str.h"

#define TOTP_DIGITS  6
#define TOTP_STEP_MS INT64_C(30000)

/* The step that a time falls into. Times are people's: of the wall clock. */
static inline int64_t totp_step(int64_t wall_ms)
{
        return wall_ms / TOTP_STEP_MS;
}

/* The code of a step; no NUL. */
void totp_code(struct str seed, int64_t step, char ret[TOTP_DIGITS]);
/* Whether it is the code of this step; takes as long for a wrong one. */
bool totp_is(struct str seed, int64_t step, struct str code);
