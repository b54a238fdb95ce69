/* The event history of an account in a region: a subscriber of the outbox keeps it, LookupEvents walks it.
 *
 * What came last are rows, a few hundred of them, which are looked through. The oldest of those become a
 * block, compressed, together with the words that its events can be found by; many blocks become a volume, in
 * which the words of all of them stand sorted, shelf by shelf. No block has events newer than the border of
 * its account and region, and blocks do not overlap: what comes late stays a row. */
#pragma once

#include "api/cloudtrail.h"
#include "events/subscriber.h"
#include "services/damage.h"
#include "store/record.h"

extern const struct subscriber cloudtrail_history;

#define HISTORY_KEPT_DAYS                                                                                    \
        90 /* https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */

/* Newest first: what came later has the smaller number. Events of one millisecond are in the order of the
 * outbox, of whose number the last bits are kept. */
#define HISTORY_ORDER_BITS 18
#define HISTORY_TIME_MAX   (INT64_C(1) << 44) /* in milliseconds: times beyond are as good as this one */
int64_t history_newest_first(int64_t time_ms, uint64_t order);
int64_t history_time_ms(int64_t newest_first);
/* The newest of what is too old to be shown when an event comes. */
int64_t history_oldest(const struct event *event);

/* From the 8 bytes that it is in a key. */
int64_t history_place_at(struct str key);
/* newest_first, or `oldest`, of the row at which a scan of an account and a region stands. */
int64_t history_place_of(const struct record_scan *scan, struct arena *arena);

/* Of something that cannot be read; damage may be NULL. */
void history_tell(struct damage *damage, const char *what, struct str account, struct str region,
                  int64_t newest_first);

/* "bob" of "arn:aws:iam::123456789012:user/dir/bob" */
struct str history_last_part(struct str arn);

/* -- What events are found by. The numbers are part of what is stored. */
enum history_attribute {
        HISTORY_ALL = 0,
        HISTORY_EVENT_ID = 1,
        HISTORY_EVENT_NAME = 2,
        HISTORY_EVENT_SOURCE = 3,
        HISTORY_USERNAME = 4,
        HISTORY_ACCESS_KEY_ID = 5,
        HISTORY_READ_ONLY = 6,
        HISTORY_RESOURCE_NAME = 7,
        HISTORY_RESOURCE_TYPE = 8,
};
bool history_is(const struct cloudtrail_history_recent_record *event, enum history_attribute attribute,
                struct str value);

/* A word stands for an attribute's value; others may have the same, so an event that is found is asked
 * itself.
 */
#define HISTORY_WORD_LEN   6
#define HISTORY_SHELVES    64
#define HISTORY_SHELF_BITS 40 /* of a word, behind the six that say on which shelf it stands */
uint64_t history_word(enum history_attribute attribute, struct str value);
static inline int64_t history_shelf(uint64_t word)
{
        return (int64_t)(word >> HISTORY_SHELF_BITS);
}
/* The words of events, sorted, each once, as they are stored. */
must_check int history_words(struct arena *arena, const struct cloudtrail_history_recent_record *events,
                             size_t count, struct str *ret);
/* Entries of a sorted list of six bytes each whose first len bytes are those: all of them, side by side. */
struct str history_find(struct str list, const char *bytes, size_t len);
void history_word_write(char out[HISTORY_WORD_LEN], uint64_t word);

/* -- Blocks */
#define HISTORY_BLOCK_EVENTS 256
#define HISTORY_BLOCK_BYTES  ((size_t)512 * 1024) /* no more are added then */

/* Makes a block of events, newest first, with its words; moves the border behind it. */
must_check int history_block_make(struct txn *txn, struct arena *arena,
                                  struct cloudtrail_history_state_record *state,
                                  const struct cloudtrail_history_recent_record *events, size_t count);

/* Makes a volume of the blocks that are in none, when they are enough. */
must_check int history_volume_make(struct txn *txn, struct arena *arena, struct damage *damage,
                                   struct cloudtrail_history_state_record *state);

/* Deletes some of what ended before: newest_first. */
must_check int history_forget(struct txn *txn, struct arena *arena, struct damage *damage,
                              struct cloudtrail_history_state_record *state, int64_t before);

/* -- As earlier builds kept it */
struct cloudtrail_history_recent_record history_of_early(const struct cloudtrail_history_event_record *event);
/* Makes a block of the oldest, or finds that there are no more. */
must_check int history_move_early(struct txn *txn, struct arena *arena, struct damage *damage,
                                  struct cloudtrail_history_state_record *state, int64_t before);
