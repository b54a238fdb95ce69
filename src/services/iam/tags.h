/* Tags of users, roles, policies and instance profiles.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
#pragma once

#include "iam.h"
#include "services/call.h"

#define IAM_TAGS_MAX 50

/* Tags given with a creation: keys unique without regard to case, none begins with aws: (InvalidInput). */
must_check int iam_tags_check(struct call *call, const struct iam_tag_list *given);
/* have and given together: a key that is there (whatever its case) gets the new value. LimitExceeded beyond
 * the maximum. */
must_check int iam_tags_merge(struct call *call, const struct iam_tag_list *have,
                              const struct iam_tag_list *given, struct iam_tag_list *ret);
/* have without the keys; keys that are not there are no error. */
must_check int iam_tags_remove(struct call *call, const struct iam_tag_list *have,
                               const struct str_list *keys, struct iam_tag_list *ret);
/* A page for List...Tags, sorted by key. subject names the resource. */
must_check int iam_tags_page(struct call *call, const struct iam_tag_list *tags, struct str subject,
                             struct str marker, struct opt_int max_items, struct iam_tag_list *ret,
                             struct opt_bool *ret_is_truncated, struct str *ret_marker);
/* For conditions. */
must_check int iam_tags_map(struct arena *arena, const struct iam_tag_list *tags, struct str_map *ret);
