/* The keys that events are sealed under: each group has its own, sealed under the server's master key, or by
 * KMS under the key that the group is associated with. Another association makes another key; what was sealed
 * under the ones before stays so.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
#pragma once

#include "services/logs/logs.h"

#define LOGS_KEYS_OPEN 4

/* Those of a group that a call has opened. */
struct logs_keys {
        struct call *call;
        const struct logs_log_group_record *group;
        const struct str_list
                *allowed; /* of logs_ask_keys(): what others have sealed is refused. NULL: all are */
        size_t count, next;
        struct {
                int64_t number;
                struct secret bytes;
        } open[LOGS_KEYS_OPEN];
};
void logs_keys_done(struct logs_keys *keys);

/* The bytes of a key; valid until LOGS_KEYS_OPEN others were asked for. -ECALL: KMS refuses. */
must_check int logs_key(struct logs_keys *keys, int64_t number, const uint8_t **ret);
/* What a client has read later, by a query or an export, is read in its name as far as the keys of the group
 * are concerned, those of earlier associations too: asked when it begins. That of now must be his to use, or
 * the call fails; those that he may use are added to the list, which is stored for who reads, and refuses
 * what came under another. */
must_check int logs_ask_keys(struct call *call, const struct logs_log_group_record *group,
                             struct str_list *allowed);
/* The one that is used now, made if there is none: group->data_key. The group is stored then. */
must_check int logs_current_key(struct logs_keys *keys, struct logs_log_group_record *group,
                                const uint8_t **ret);

/* Associates the group with a key of KMS, which the caller may describe and the service may use. The group is
 * changed, not stored. */
must_check int logs_take_key(struct call *call, struct logs_log_group_record *group, struct str key_arn);
/* All that a deleted group had. */
must_check int logs_drop_keys(struct call *call, int64_t group);
