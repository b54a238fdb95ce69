/* Archives: what of a bus is kept, to be replayed. A managed rule on the bus, whose target is the archive,
 * says what; its events are stored in the transaction that takes them.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html */
#pragma once

#include "services/events/route.h"

struct str events_archive_arn(struct arena *arena, const struct host *host,
                              const struct events_archive_record *archive);
/* Its key. False: it is not the ARN of an archive. */
bool events_archive_parse(struct str arn, struct events_archive_record *ret);
/* The archive of the call's account and region by its name; ResourceNotFoundException. */
must_check int events_need_archive(struct call *call, struct str name, struct events_archive_record *ret);

/* -- Its events: archive_store.c */

/* Of one that has gone nothing is kept. */
must_check int events_archive_keep(const struct events_desk *desk, struct events_archive_record *archive,
                                   const struct events_item *item);
/* The event as it came. The text is the arena's. */
must_check int events_archive_open(const struct host *host, struct arena *arena,
                                   const struct events_archived_event_record *event, struct str *ret);
must_check int events_archive_state(struct call *call, int64_t number,
                                    struct events_archive_state_record *ret);
/* Looks through what it holds, soon: what it keeps has changed, or it has gone. */
must_check int events_archive_review(struct call *call, int64_t number);

/* -- Compressed: archive_pack.c */

must_check int events_pack(struct arena *arena, struct str text, struct str *ret);
/* size: of the text. -EBADMSG. */
must_check int events_unpack(struct arena *arena, struct str packed, size_t size, struct str *ret);

/* -- Rules that this service makes on behalf of an account: managed_rule.c */

/* In place of one that it had made, if it did. ResourceAlreadyExistsException: a rule of this name is there
 * that it did not make. */
must_check int events_manage_rule(struct call *call, const struct events_bus *bus, struct str name,
                                  struct str pattern, struct str target_arn);
must_check int events_drop_managed_rule(struct call *call, const struct events_bus *bus, struct str name);
