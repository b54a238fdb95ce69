/* Attributes of topics: a table says how each is checked. They are kept as they were given. */
#pragma once

#include "services/sns/sns.h"

struct sns_topic_attribute {
        struct str name;
        bool is_fifos;            /* refused elsewhere */
        bool is_standards;        /* refused of FIFO topics */
        bool is_made_once;        /* CreateTopic alone sets it */
        const struct str *values; /* one of these; NULL: checked by what follows */
        size_t value_count;
        int64_t min, max; /* a number; 0 and 0: none */
        /* Instead of the limits above: sets what is more than a text. */
        int (*set)(struct call *call, struct str value, struct sns_topic_record *topic);
};

/* NULL: there is none of this name. */
const struct sns_topic_attribute *sns_find_topic_attribute(struct str name);

/* Those of a topic that are told. */
must_check int sns_tell_topic_attributes(struct call *call, const struct sns_topic_record *topic,
                                         struct str_map *ret);

/* -- Setters of others */

#define SNS_SETTER(name) int name(struct call *call, struct str value, struct sns_topic_record *topic)
must_check SNS_SETTER(sns_set_topic_policy);          /* policy.c */
must_check SNS_SETTER(sns_set_topic_delivery_policy); /* delivery_policy.c */
must_check int sns_effective_topic_policy(struct call *call, const struct sns_topic_record *topic,
                                          struct str *ret);
