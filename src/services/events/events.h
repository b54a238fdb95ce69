/* What the files of EventBridge share. */
#pragma once

#include <jansson.h>

#include "api/events.h"
#include "services/call.h"

/* https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
#define EVENTS_BUSES          100 /* an account and region, with the default one */
#define EVENTS_RULES          2000
#define EVENTS_WILDCARD_RULES 30
#define EVENTS_TARGETS        5
#define EVENTS_POLICY_SIZE    10240
#define EVENTS_TAGS           50

#define EVENTS_DEFAULT_BUS STR("default")
#define EVENTS_PRINCIPAL   STR("events.amazonaws.com")

/* -- Names: name.c */

struct events_bus {
        struct str arn, account, region, name;
};

/* A bus by its name in the call's account and region, or by its ARN; absent: the default one. */
struct events_bus events_bus_named(struct call *call, struct str name_or_arn);
/* False: it is not the ARN of a bus. */
bool events_bus_parse(struct str arn, struct events_bus *ret);
struct str events_rule_arn(struct arena *arena, const struct events_bus *bus, struct str rule);
/* False: it is not the ARN of a rule. */
bool events_rule_parse(struct arena *arena, struct str arn, struct events_bus *ret_bus, struct str *ret_rule);
/* One of its five parts before the resource, from 1 on; 6: the resource. */
struct str events_arn_part(struct str arn, size_t number);

/* -- Buses: bus.c */

/* -ENOENT: it is not there. The default one always is, with or without a row. */
must_check int events_get_bus(struct call *call, const struct events_bus *bus, struct events_bus_record *ret);
/* ResourceNotFoundException. */
must_check int events_need_bus(struct call *call, const struct events_bus *bus,
                               struct events_bus_record *ret);

/* -- Rules: rule.c */

must_check int events_need_rule(struct call *call, const struct events_bus *bus, struct str name,
                                struct events_rule_record *ret);
/* InvalidEventPatternException. */
must_check int events_check_pattern(struct call *call, struct str text);
/* In place of what stood before (NULL: nothing), with its schedule, its listeners and the counts of its bus.
 */
must_check int events_store_rule(struct call *call, const struct events_bus *bus,
                                 const struct events_rule_record *before, struct events_rule_record *rule);
must_check int events_remove_rule(struct call *call, const struct events_bus *bus,
                                  const struct events_rule_record *rule);
/* ManagedRuleException: managed_rule.c. */
must_check int events_refuse_managed(struct call *call, const struct events_rule_record *rule,
                                     bool is_forced);
bool events_rule_is_on(const struct events_rule_record *rule);
/* iam:PassRole of a role that EventBridge is given. */
must_check int events_pass_role(struct call *call, struct str role_arn);

/* -- Which rules listen to what: listener.c */

/* In place of what stood before; NULL: nothing. */
must_check int events_listen(struct call *call, const struct events_rule_record *before,
                             const struct events_rule_record *after);
bool events_has_wildcard(struct str pattern);

/* -- Schedules: fire.c */

/* Sets the timer of a rule to its next hour, or takes it back. The record is the caller's to store. */
must_check int events_set_schedule(struct call *call, const struct events_rule_record *before,
                                   struct events_rule_record *rule);

/* -- Targets: target_check.c */

must_check int events_check_target(struct call *call, const struct events_bus *bus,
                                   const struct events_target *target);

/* -- Tags: tag.c */

must_check int events_merge_tags(struct call *call, const struct events_tag_list *given,
                                 struct events_tag_list *tags);

/* -- What permissions are asked on: resources.c */

must_check int events_bus_resource(struct call *call, const struct events_bus *bus, struct resource *ret);

/* Numbers of what is on its way: sequence.c. Timers of one hour fire in the order of their subjects. */
struct str events_delivery_subject(struct arena *arena, const struct events_delivery_record *delivery);
must_check int events_next_number(struct txn *txn, struct arena *arena, int64_t *ret);
