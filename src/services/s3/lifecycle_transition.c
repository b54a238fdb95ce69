/* From which storage class to which, and when.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html */
#include "services/s3/lifecycle.h"
#include "services/s3/settings.h"

#define DAY_MS         ((int64_t)24 * 60 * 60 * 1000)
#define VERSIONS_MAX   100
#define INFREQUENT_MIN 30

/* Objects go down only; of one step none goes to another. */
static const struct class
{
        struct str name;
        int step;
        int rank;      /* "S3 Intelligent-Tiering is favored [...] aside from S3 Glacier" */
        int stay_days; /* the least */
        int first_day;
} CLASSES[] = {
        {STR_INIT("STANDARD_IA"), 1, 1, 30, INFREQUENT_MIN},
        {STR_INIT("INTELLIGENT_TIERING"), 2, 4, 0, 0},
        {STR_INIT("ONEZONE_IA"), 3, 2, 30, INFREQUENT_MIN},
        {STR_INIT("GLACIER_IR"), 3, 3, 90, 0},
        {STR_INIT("GLACIER"), 4, 5, 90, 0},
        {STR_INIT("DEEP_ARCHIVE"), 5, 6, 180, 0},
};

static const struct class *class_of(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++)
                if (str_eq(CLASSES[i].name, name))
                        return &CLASSES[i];
        return NULL;
}

/* STANDARD and what it replaced are above all of them. */
bool s3_class_goes_down(struct str from, struct str to)
{
        const struct class *is = class_of(from), *becomes = class_of(to);

        return becomes && (!is || becomes->step > is->step);
}

int s3_class_rank(struct str name)
{
        const struct class *class = class_of(name);

        return class ? class->rank : 0;
}

/* Both kinds of transitions alike. */
struct step {
        const struct class *class;
        int64_t day; /* by age, or of a date since 1970 */
        bool is_date;
};

struct path {
        const struct s3_lifecycle_rule *rule;
        const char *action; /* "Transition" */
        const char *unit;   /* "Days" */
        struct step steps[ARRAY_LEN(CLASSES)];
        size_t count;
};

static int twice(struct call *call, const struct path *path)
{
        return fail(call, &s3_invalid_request,
                    "'StorageClass' must be different for '%s' actions in same 'Rule' with filter "
                    "'(prefix=%.*s)'",
                    path->action, STR_ARG(s3_lifecycle_prefix(path->rule)));
}

static int check_day(struct call *call, const struct path *path, const struct step *step)
{
        if (step->is_date)
                return 0;
        if (step->day < 0)
                return fail(call, &s3_invalid_argument, "'%s' in %s action must be nonnegative", path->unit,
                            path->action);
        if (step->day < step->class->first_day)
                return fail(call, &s3_invalid_argument,
                            "'%s' in %s action must be greater than or equal to %d for storageClass '%.*s'",
                            path->unit, path->action, step->class->first_day, STR_ARG(step->class->name));
        return 0;
}

/* Kept in the order of their classes. */
static int add_step(struct call *call, struct path *path, struct step step)
{
        size_t at = path->count;

        if (!step.class)
                return s3_malformed(call);
        TRY(check_day(call, path, &step));
        for (size_t i = 0; i < path->count; i++)
                if (path->steps[i].class == step.class)
                        return twice(call, path);
        for (; at > 0 && path->steps[at - 1].class > step.class; at--)
                path->steps[at] = path->steps[at - 1];
        path->steps[at] = step;
        path->count++;
        return 0;
}

static int check_order(struct call *call, const struct path *path)
{
        for (size_t i = 1; i < path->count; i++) {
                const struct step *from = &path->steps[i - 1], *to = &path->steps[i];

                if (from->class->step == to->class->step)
                        return fail(call, &s3_invalid_request,
                                    "Objects cannot be transitioned from StorageClass '%.*s' to '%.*s'",
                                    STR_ARG(from->class->name), STR_ARG(to->class->name));
                if (to->day <= from->day || to->day < from->day + from->class->stay_days)
                        return fail(
                                call, &s3_invalid_argument,
                                "'%s' in the '%s' action for StorageClass '%.*s' for filter '(prefix=%.*s)' "
                                "must be %d days more than '%s' in the '%s' action for StorageClass '%.*s'",
                                path->unit, path->action, STR_ARG(to->class->name),
                                STR_ARG(s3_lifecycle_prefix(path->rule)),
                                from->class->stay_days ? from->class->stay_days : 1, path->unit, path->action,
                                STR_ARG(from->class->name));
        }
        return 0;
}

/* -- Of current versions */

static int mixed(struct call *call, const struct path *path)
{
        return fail(
                call, &s3_invalid_request,
                "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for "
                "filter '(prefix=%.*s)'",
                STR_ARG(s3_lifecycle_prefix(path->rule)));
}

static int add_transition(struct call *call, struct path *path, const struct s3_transition *transition)
{
        bool is_date = transition->date.is_set;
        int64_t day = is_date ? transition->date.value / DAY_MS : transition->days.value;

        if (is_date == transition->days.is_set)
                return s3_malformed(call);
        if (is_date && transition->date.value % DAY_MS != 0)
                return fail(call, &s3_invalid_argument, "'Date' must be at midnight GMT");
        if (path->count > 0 && path->steps[0].is_date != is_date)
                return mixed(call, path);
        path->unit = is_date ? "Date" : "Days";
        return add_step(call, path, (struct step){class_of(transition->storage_class), day, is_date});
}

static int check_expiration(struct call *call, const struct path *path)
{
        const struct s3_lifecycle_expiration *end = path->rule->expiration;
        const struct step *last = path->count ? &path->steps[path->count - 1] : NULL;

        if (!end || !last || end->expired_object_delete_marker.is_set)
                return 0;
        if (end->date.is_set != last->is_date)
                return mixed(call, path);
        if ((end->date.is_set ? end->date.value / DAY_MS : end->days.value) > last->day)
                return 0;
        return fail(call, &s3_invalid_argument,
                    "'%s' in the Expiration action for filter '(prefix=%.*s)' must be %s than '%s' in the "
                    "Transition action",
                    path->unit, STR_ARG(s3_lifecycle_prefix(path->rule)), last->is_date ? "later" : "greater",
                    path->unit);
}

int s3_check_transitions(struct call *call, const struct s3_lifecycle_rule *rule)
{
        struct path path = {.rule = rule, .action = "Transition", .unit = "Days"};

        for (size_t i = 0; i < rule->transitions.count; i++)
                TRY(add_transition(call, &path, &rule->transitions.items[i]));
        TRY(check_order(call, &path));
        return check_expiration(call, &path);
}

/* -- Of noncurrent versions */

/* "If you don't specify a <Filter> element, Amazon S3 generates an InvalidRequest error." */
static int check_kept(struct call *call, const struct s3_lifecycle_rule *rule, const char *action,
                      struct opt_int kept)
{
        if (!kept.is_set)
                return 0;
        if (!rule->filter)
                return fail(call, &s3_invalid_request,
                            "NewerNoncurrentVersions element can only be used in Lifecycle V2.");
        if (kept.value < 1 || kept.value > VERSIONS_MAX)
                return fail(call, &s3_invalid_argument,
                            "'NewerNoncurrentVersions' for %s action must be a positive integer up to %d",
                            action, VERSIONS_MAX);
        return 0;
}

static int add_noncurrent(struct call *call, struct path *path,
                          const struct s3_noncurrent_version_transition *transition)
{
        if (!transition->noncurrent_days.is_set)
                return s3_malformed(call);
        TRY(check_kept(call, path->rule, path->action, transition->newer_noncurrent_versions));
        return add_step(
                call, path,
                (struct step){class_of(transition->storage_class), transition->noncurrent_days.value, false});
}

static int check_noncurrent_expiration(struct call *call, const struct path *path)
{
        const struct s3_noncurrent_version_expiration *end = path->rule->noncurrent_version_expiration;

        if (!end)
                return 0;
        if (!end->noncurrent_days.is_set)
                return s3_malformed(call);
        if (end->noncurrent_days.value <= 0)
                return fail(
                        call, &s3_invalid_argument,
                        "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer");
        TRY(check_kept(call, path->rule, "NoncurrentVersionExpiration", end->newer_noncurrent_versions));
        if (path->count > 0 && end->noncurrent_days.value <= path->steps[path->count - 1].day)
                return fail(call, &s3_invalid_argument,
                            "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than "
                            "'NoncurrentDays' in the NoncurrentVersionTransition action");
        return 0;
}

int s3_check_noncurrent(struct call *call, const struct s3_lifecycle_rule *rule)
{
        struct path path = {.rule = rule, .action = "NoncurrentVersionTransition", .unit = "NoncurrentDays"};

        for (size_t i = 0; i < rule->noncurrent_version_transitions.count; i++)
                TRY(add_noncurrent(call, &path, &rule->noncurrent_version_transitions.items[i]));
        TRY(check_order(call, &path));
        return check_noncurrent_expiration(call, &path);
}
