/* What failed of late, and when it may be tried again: later each time, so that what cannot be done does not
 * keep anybody busy. In memory alone: after a start all of it is tried at once. */
#pragma once

#include "base/str.h"

#define SETBACKS 1024
#define SETBACKS_WAYS                                                                                        \
        8 /* places that one may have; of more than those the one that waits least is forgotten */

struct setbacks {
        struct setback {
                uint64_t what; /* a hash of the key; 0: nothing */
                int64_t until_ns;
                unsigned int count; /* failures, one after the other */
        } items[SETBACKS];
};

/* It has failed, once more. now_ns: monotonic. False: for want of places another is forgotten that was still
 * to wait. Who does not rest then may be busy with these two for ever. */
bool setbacks_add(struct setbacks *setbacks, struct str key, int64_t now_ns);
/* It has been done. */
void setbacks_end(struct setbacks *setbacks, struct str key);
/* Is it too early to try again? */
bool setbacks_hold(const struct setbacks *setbacks, struct str key, int64_t now_ns);
