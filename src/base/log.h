/* Structured log: one JSON object a line on standard error.
 * Fields are given as pairs of strings ended by NULL: log_event(LOG_INFO, "listening", "address", text,
 * NULL). Secrets never go here: no function takes a struct secret, and a message never quotes a request's
 * values. */
#pragma once

#include "str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

void log_set_level(enum log_level least); /* process-wide, set once at start; default LOG_INFO */
must_check int log_level_parse(struct str name, enum log_level *ret);
void log_event(enum log_level level, const char *message, ...) __attribute__((sentinel));
/* Adds "error" with the text of a negative errno. */
void log_errno(enum log_level level, int negative_errno, const char *message, ...) __attribute__((sentinel));
