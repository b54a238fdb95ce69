/* Connections that have ended while the client may still be sending. A socket that is closed with bytes
 * unread resets the connection, and the client may never see the answer; so it stays open for a moment, and
 * what comes is thrown away. Inside this folder. */
#pragma once

#include "base/str.h"

struct farewell;

must_check int farewell_start(struct farewell **ret);
void farewell_add(struct farewell *farewell, int fd); /* taken over; closed at once when there are too many */
void farewell_stop(struct farewell *farewell);        /* closes all; NULL is fine */
