/* What the policy simulators share: the policies that are asked, the question, and its answer.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html */
#pragma once

#include "services/iam/entity.h"

/* Policies under the names that results call them by: "PolicyInputList.1", the name of a managed policy,
 * "user_NAME_POLICY" for an inline one. */
struct iam_policy_inputs {
        struct call *call;
        struct policy_refs refs;
        size_t room;
        const struct iam_policy_identifier_list *exclusions; /* of an entity's policies; may be NULL */
        bool has_boundary;                                   /* of the entity */
        struct policy_ref boundary;
};

/* The documents that a request gives: InvalidInput for what is no policy of this kind. */
must_check int iam_add_inputs(struct iam_policy_inputs *inputs, const struct str_list *documents,
                              const char *list_name, enum policy_kind kind);
must_check int iam_add_input(struct iam_policy_inputs *inputs, struct str document, struct str name,
                             enum policy_kind kind);
/* Those of a user with its groups, of a group, or of a role; and its boundary. */
must_check int iam_add_inputs_of_entity(struct iam_policy_inputs *inputs, const struct iam_entity *entity);
/* Takes on policies that are compiled already. */
must_check int iam_join_inputs(struct iam_policy_inputs *inputs, struct policy_refs refs);
/* The condition keys that they mention, each once. */
must_check int iam_context_keys(struct call *call, const struct policy_refs *policies, struct str_list *ret);

/* The user, group or role that PolicySourceArn names. */
must_check int iam_need_entity(struct call *call, struct str arn, struct iam_entity *ret);

/* The account in an ARN; absent where the ARN has none, as those of S3. */
struct str iam_account_of_arn(struct str arn);

/* One simulation: everything but the action and the resource. */
struct iam_simulation {
        struct call *call;
        struct policy_principal principal;
        struct policy_refs identity;
        const struct policy_ref *boundary;        /* NULL: none */
        const struct policy_ref *resource_policy; /* NULL: none */
        struct policy_levels scps;
        bool has_scps;
        struct str resource_owner; /* account; absent: what the ARN says, else the principal's */
        bool is_one_account;       /* whatever ARNs say, all is in the principal's account */
        const struct policy_key *keys;
        size_t key_count;
        struct str_list missing_keys; /* mentioned by the policies and not given */
};

/* One action on all the resources (none: on "*"). */
must_check int iam_simulate(const struct iam_simulation *simulation, struct str action,
                            const struct str_list *resources, struct iam_evaluation_result *ret);

/* -- Its parts. InvalidInput for what cannot be asked. */
must_check int iam_check_actions(struct call *call, const struct str_list *actions);
/* The resources that a ResourceHandlingOption cannot do without. */
must_check int iam_check_scenario(struct call *call, struct str name, const struct str_list *resources);
/* ARNs of policies, with wildcards only in their last part. */
must_check int iam_check_exclusions(struct call *call, const struct iam_policy_identifier_list *exclusions);
/* The keys that are given, and those that follow from the simulation's principal. */
must_check int iam_simulation_set_context(struct iam_simulation *simulation,
                                          const struct iam_context_entry_list *entries);
/* Those that the policies mention and the context lacks. */
must_check int iam_simulation_set_missing(struct iam_simulation *simulation,
                                          const struct iam_policy_inputs *identity);
