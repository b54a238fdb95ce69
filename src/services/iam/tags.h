/* Tags of users, roles, policies and instance profiles. Keys of users' and roles' tags are the same whatever
 * their case; those of the others are not.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
#pragma once

#include "api/iam.h"
#include "services/call.h"
#include "services/iam/directory.h"

enum iam_tag_case { IAM_TAG_KEYS_NOCASE, IAM_TAG_KEYS_CASE };

/* What a request gives: no key twice, none that begins with aws: (InvalidInput). */
must_check int iam_tags_check(struct call *call, enum iam_tag_case key_case,
                              const struct iam_tag_list *given);
/* Adds the given tags to those that are there; a key that is there takes the new value and spelling.
 * LimitExceeded beyond the maximum; quota_name is "TagsPerUser" and so on. Checks the given ones as above. */
must_check int iam_tags_merge(struct call *call, enum iam_tag_case key_case, const char *quota_name,
                              const struct iam_tag_list *given, struct iam_tag_list *tags);
/* Takes the keys away; those that are not there are no error. */
must_check int iam_tags_remove(struct call *call, enum iam_tag_case key_case, const struct str_list *keys,
                               struct iam_tag_list *tags);
/* A page for List...Tags, sorted by key. subject is the unique id of what is tagged. */
must_check int iam_tags_page(struct call *call, const struct iam_tag_list *tags, struct str subject,
                             struct str marker, struct opt_int max_items, struct iam_tag_list *ret,
                             struct opt_bool *ret_is_truncated, struct str *ret_marker);
