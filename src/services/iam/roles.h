/* Roles: what the files about them share. */
#pragma once

#include "api/iam.h"
#include "services/call.h"

#define IAM_ROLE_SESSION_DEFAULT_S 3600

/* The role, when customers may change it: UnmodifiableEntity for one that is linked to a service. */
must_check int iam_need_changeable_role(struct call *call, struct str name, struct iam_role_record *ret);
must_check int iam_refuse_linked_role(struct call *call, const struct iam_role_record *role);

/* Stores a new role whose members the caller has filled in but for account, id and creation, and counts it.
 */
must_check int iam_insert_role(struct call *call, struct iam_role_record *role);
/* The rest of deleting: the record, its boundary, its last use, its place in the count. */
must_check int iam_erase_role(struct call *call, struct iam_role_record *role);
