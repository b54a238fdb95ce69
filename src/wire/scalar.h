/* Values of one piece as text: in forms, XML, headers and paths. Internal to the codecs. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "wire/descriptor.h"

/* No descent into shapes goes deeper; a request that would is refused. */
#define WIRE_MAX_DEPTH 64

bool wire_is_scalar(const struct wire_type *type);

/* Reads text into the place of a scalar value. Strings are not copied. -EINVAL: not such a value; -ERANGE: a
 * number that does not fit its kind; -ENOMEM. A double may be no finite number, if the text says so by name.
 */
must_check int wire_scalar_parse(const struct wire_type *type, struct str text, struct arena *arena,
                                 void *place);

bool wire_scalar_is_set(const struct wire_type *type, const void *place);

/* "Integer", "Boolean", ... in messages. */
const char *wire_kind_name(enum wire_kind kind);

/* "NaN", "Infinity", "-Infinity" */
bool wire_double_is_named(struct str text, double *ret);

/* An integer of this kind may have this value. */
bool wire_integer_fits(enum wire_kind kind, int64_t value);

/* -ERANGE beyond the year 9999. */
must_check int wire_epoch_to_ms(double seconds, int64_t *ret_ms);

/* The shortest decimal text that reads back as the same number; "1.0" for whole ones; NaN, Infinity,
 * -Infinity. */
void wire_double_append(struct buf *buf, double value);

/* "2026-01-31T12:00:00Z", with the milliseconds if there are any and the type says `timestamp iso`; seconds
 * since 1970 for `timestamp epoch`; IMF-fixdate for `timestamp http`. */
void wire_timestamp_append(struct buf *buf, enum wire_time format, int64_t ms);
/* "2026-01-31T12:00:00.000Z" */
void wire_iso_ms_append(struct buf *buf, int64_t ms);
/* Seconds since 1970; with a fraction only when it is not zero. */
void wire_epoch_append(struct buf *buf, int64_t ms);
