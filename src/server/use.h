/* Whose credentials were used, when: for GetAccessKeyLastUsed and RoleLastUsed; and what services note with
 * the events of their calls. The same note at most once a minute, so that a busy key costs no writes. */
#pragma once

#include "server/flight.h"

struct use_table;
must_check int use_table_new(struct use_table **ret);
void use_table_free(struct use_table *table);

/* What the event of this call shall note; absent when the minute has its note already. In the arena. The same
 * however often it is asked for a call: a transaction may run again. */
struct str use_to_note(struct flight *flight);

/* What services want stored with the event, a line each; likewise. */
struct str use_notes(struct flight *flight);

/* Stores one line of access_log.h, as the note that it is. */
must_check int use_note_line(struct txn *txn, struct str line, int64_t time_ms);

/* For the recorder: stores an event's note of use, and its trace. */
must_check int use_note(struct txn *txn, const struct event *event);
