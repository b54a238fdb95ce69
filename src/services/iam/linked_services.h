/* The services that have a role of their own in an account: its name, the policy that goes with it. */
#pragma once

#include "base/arena.h"

struct iam_linked_service {
        struct str name;        /* "autoscaling.amazonaws.com" */
        struct str role_name;   /* "AWSServiceRoleForAutoScaling" */
        struct str policy_name; /* of the AWS managed policy below /aws-service-role/ */
        bool takes_suffix;
};

/* "AWSServiceRoleForAutoScaling", or "AWSServiceRoleForAutoScaling_SUFFIX". */
struct str iam_linked_role_name(struct arena *arena, const struct iam_linked_service *service,
                                struct str suffix);

const struct iam_linked_service *iam_linked_service_find(struct str name); /* NULL: none */
