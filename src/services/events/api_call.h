/* Calls as events of the default bus: a subscriber of the outbox. */
#pragma once

#include "events/subscriber.h"

extern const struct subscriber events_api_calls;
