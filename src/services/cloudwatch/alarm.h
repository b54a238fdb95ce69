/* What the files of alarms share. */
#pragma once

#include "base/map.h"
#include "services/cloudwatch/alarm_window.h"
#include "services/cloudwatch/cloudwatch.h"

/* https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
#define CLOUDWATCH_ALARMS       5000 /* an account and region */
#define CLOUDWATCH_ALARM_TAGS   50
#define CLOUDWATCH_HISTORY_MS   (30 * MS_PER_DAY)
#define CLOUDWATCH_SUMMARY_MAX  255
#define CLOUDWATCH_HISTORY_DATA 4095

#define CLOUDWATCH_METRIC_ALARM    STR("MetricAlarm")
#define CLOUDWATCH_COMPOSITE_ALARM STR("CompositeAlarm")

#define CLOUDWATCH_STATE_OK      STR("OK")
#define CLOUDWATCH_STATE_ALARM   STR("ALARM")
#define CLOUDWATCH_STATE_UNKNOWN STR("INSUFFICIENT_DATA")

/* -- Which: alarm.c */

bool cloudwatch_is_composite(const struct cloudwatch_alarm_record *alarm);
/* Of the call's account and region. -ENOENT. */
must_check int cloudwatch_find_alarm(struct call *call, struct str name, struct cloudwatch_alarm_record *ret);
must_check int cloudwatch_get_alarm(struct call *call, int64_t number, struct cloudwatch_alarm_record *ret);
/* Of the call's account and region, by its name or its ARN. -ENOENT: also an ARN of elsewhere. */
must_check int cloudwatch_find_alarm_by(struct call *call, struct str name_or_arn,
                                        struct cloudwatch_alarm_record *ret);
/* The name that an ARN says: -EINVAL, none of an alarm of the call's account and region. */
must_check int cloudwatch_read_alarm_arn(struct call *call, struct str arn, struct str *ret_name);
struct str cloudwatch_alarm_arn(struct call *call, const struct cloudwatch_alarm_record *alarm);
/* Digits of its number: the subject of its timers. */
struct str cloudwatch_alarm_subject(struct call *call, int64_t number);
must_check int cloudwatch_read_subject(struct str subject, int64_t *ret_number);
must_check int cloudwatch_next_number(struct call *call, struct str of, int64_t *ret);

/* -- Its configuration: alarm_put.c */

/* What every PutXAlarm has. */
struct cloudwatch_alarm_given {
        struct str name, kind, description;
        struct opt_bool actions_enabled;
        const struct str_list *ok, *alarm, *unknown;
        const struct cloudwatch_tag_list *tags;
};
/* A new alarm, or the one of this name with what is to be overwritten. *ret_before: as it was; its number is
 * absent when there was none. */
must_check int cloudwatch_begin_put(struct call *call, const struct cloudwatch_alarm_given *given,
                                    struct cloudwatch_alarm_record *ret_before,
                                    struct cloudwatch_alarm_record *ret);
/* Stores and tells it. */
must_check int cloudwatch_end_put(struct call *call, const struct cloudwatch_alarm_record *before,
                                  struct cloudwatch_alarm_record *alarm);

/* Seconds between its periods; what is 0 has none. */
must_check int cloudwatch_alarm_period(struct call *call, const struct cloudwatch_metric_alarm *metric,
                                       int64_t *ret_s);

/* -- Validation: alarm_check.c */

must_check int cloudwatch_check_metric_alarm(struct call *call,
                                             const struct cloudwatch_put_metric_alarm_in *in);
must_check int cloudwatch_check_name(struct call *call, struct str name);

/* -- Actions: alarm_action.c */

must_check int cloudwatch_check_actions(struct call *call, struct str kind, const struct str_list *actions);
/* Those of its state. What is refused is in the history, and on record. */
must_check int cloudwatch_act(struct call *call, const struct cloudwatch_alarm_record *before,
                              const struct cloudwatch_alarm_record *alarm);

/* -- When: alarm_turn.c */

/* How long between evaluations. */
int64_t cloudwatch_alarm_step_s(int64_t period_s, int64_t periods);
/* It is evaluated at the next step, if it is not going to be anyway. */
must_check int cloudwatch_stir(struct call *call, int64_t alarm, int64_t step_s);
must_check int cloudwatch_set_turn(struct call *call, int64_t alarm, int64_t due_ms);
/* The same of one that is costly: where others do not wait for it. */
must_check int cloudwatch_set_costly_turn(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                          int64_t due_ms);
/* Its turn, which is now, goes on there. */
must_check int cloudwatch_hand_over_turn(struct call *call, const struct cloudwatch_alarm_record *alarm);
/* Of a timer of such a turn; -ENOENT: the alarm has another one, or none. */
must_check int cloudwatch_find_costly_turn(struct call *call, struct str subject, int64_t *ret_alarm);
/* It sleeps, or is gone. */
must_check int cloudwatch_drop_turn(struct call *call, int64_t alarm);

/* -- What it watches: alarm_watch.c */

must_check int cloudwatch_watch(struct call *call, const struct cloudwatch_alarm_record *alarm);
must_check int cloudwatch_unwatch(struct call *call, int64_t alarm);
/* Something came of these metrics (by their ids): once, however much it is. */
must_check int cloudwatch_wake_alarms(struct call *call, const struct map *fed);

/* -- Its state: alarm_state.c */

struct cloudwatch_state {
        struct str value, reason, data;
};
/* It is another than before: stored, told, acted upon. */
must_check int cloudwatch_change_state(struct call *call, struct cloudwatch_alarm_record *alarm,
                                       const struct cloudwatch_state *state);

/* -- Told: alarm_show.c, alarm_event.c, alarm_notice.c */

void cloudwatch_show_metric_alarm(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                  struct cloudwatch_metric_alarm *ret);
void cloudwatch_show_composite_alarm(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                     struct cloudwatch_composite_alarm *ret);
/* Events of EventBridge. before: NULL, there was none. operation: "create", "update", "delete". */
must_check int cloudwatch_tell_state(struct call *call, const struct cloudwatch_alarm_record *before,
                                     const struct cloudwatch_alarm_record *alarm);
must_check int cloudwatch_tell_configuration(struct call *call, struct str operation,
                                             const struct cloudwatch_alarm_record *before,
                                             const struct cloudwatch_alarm_record *alarm);
/* The message to a topic, and its subject. */
must_check int cloudwatch_write_notice(struct call *call, const struct cloudwatch_alarm_record *before,
                                       const struct cloudwatch_alarm_record *alarm, struct str *ret);
struct str cloudwatch_notice_subject(struct call *call, const struct cloudwatch_alarm_record *alarm);

/* -- History: alarm_history.c */

struct cloudwatch_history_item {
        struct str type, summary, data; /* data: JSON; left out when it is too long */
};
must_check int cloudwatch_add_history(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                      const struct cloudwatch_history_item *item);
/* "created", "updated", "deleted". */
must_check int cloudwatch_log_configuration(struct call *call, struct str operation,
                                            const struct cloudwatch_alarm_record *alarm);
must_check int cloudwatch_log_state(struct call *call, const struct cloudwatch_alarm_record *before,
                                    const struct cloudwatch_alarm_record *alarm);
struct str cloudwatch_history_digest(struct call *call, struct str name);

/* -- Tags: alarm_tag.c */

must_check int cloudwatch_merge_tags(struct call *call, const struct cloudwatch_tag_list *given,
                                     struct cloudwatch_tag_list *tags);

/* -- Composite alarms: composite.h */

/* Its parents look again, and those whose actions it holds back. */
must_check int cloudwatch_tell_parents(struct call *call, const struct cloudwatch_alarm_record *before,
                                       const struct cloudwatch_alarm_record *alarm);
