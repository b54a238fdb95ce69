/* What is to be replicated is noted in the transaction in which it comes, and done soon after it. */
#include "services/s3/replication_task.h"

static int find_rules(struct call *call, struct str bucket, struct s3_replication_rule_list *ret)
{
        struct s3_bucket_replication_record record = {.bucket = bucket};

        TRY(call_get_once(call, &s3_bucket_replication_record_type, &record));
        *ret = record.replication->rules;
        return 0;
}

static struct s3_replication_record task_of(const struct s3_bucket_record *bucket,
                                            const struct s3_version *version, struct str target)
{
        return (struct s3_replication_record){
                .space = OPT_INT(s3_place_space(&version->place)),
                .part = s3_place_part(&version->place),
                .order = version->row.order,
                .target = target,
                .bucket = bucket->name,
                .key = version->place.key,
                .version_id = version->row.version_id,
        };
}

/* -- New versions */

static size_t count_takers(const struct s3_replication_rule_list *rules, const struct s3_version *version)
{
        size_t count = 0;

        for (size_t i = 0; i < rules->count; i++)
                if (s3_replication_takes(rules, &rules->items[i], version->place.key, &version->row))
                        count++;
        return count;
}

/* No more than there are: a thousand versions may come in a call. */
static int make_room(struct call *call, size_t count, struct s3_version *version)
{
        version->row.replicated_to = (struct str_list){
                .items = arena_new_array(&call->arena, struct str, count),
                .is_set = true,
        };
        return version->row.replicated_to.items ? 0 : -ENOMEM;
}

static int note_by(struct call *call, const struct s3_bucket_record *bucket,
                   const struct s3_replication_rule *rule, struct s3_version *version)
{
        struct str_list *to = &version->row.replicated_to;
        struct str target = s3_bucket_of_arn(call, rule->destination->bucket);
        struct s3_replication_record task = task_of(bucket, version, target);

        to->items[to->count++] = target;
        version->row.replication = STR("PENDING");
        task.rule = rule->id;
        return s3_replication_begin(call, &task);
}

int s3_note_replication(struct call *call, const struct s3_bucket_record *bucket, struct s3_version *version)
{
        struct s3_replication_rule_list rules;
        size_t count;
        int r;

        if (!s3_versioning_is_enabled(bucket) || s3_is_cold(&version->row))
                return 0;
        r = find_rules(call, bucket->name, &rules);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        count = count_takers(&rules, version);
        if (count == 0)
                return 0;
        TRY(make_room(call, count, version));
        for (size_t i = 0; i < rules.count; i++)
                if (s3_replication_takes(&rules, &rules.items[i], version->place.key, &version->row))
                        TRY(note_by(call, bucket, &rules.items[i], version));
        return 0;
}

int s3_note_marker(struct call *call, const struct s3_bucket_record *bucket, struct str key)
{
        struct s3_version marker;

        if (!s3_versioning_is_enabled(bucket))
                return 0;
        TRY(s3_newest(call, bucket, key, &marker));
        TRY(s3_note_replication(call, bucket, &marker));
        return str_is_set(marker.row.replication) ? s3_row_put(call, &marker.place, &marker.row) : 0;
}

/* -- Changes of versions that were replicated */

/* "If you add the owner override option to your replication configuration, Amazon S3 replicates only the
 * object version, not the ACL. In addition, Amazon S3 doesn't replicate subsequent changes to the source
 * object ACL." https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html */
static unsigned int told_by(const struct s3_replication_rule *rule, unsigned int changes)
{
        return rule->destination->access_control_translation ? changes & ~(unsigned int)S3_CHANGED_ACL
                                                             : changes;
}

static int note_change(struct call *call, const struct s3_bucket_record *bucket,
                       const struct s3_replication_rule *rule, unsigned int changes,
                       struct s3_version *version)
{
        struct str target = s3_bucket_of_arn(call, rule->destination->bucket);
        struct s3_replication_record task = task_of(bucket, version, target);

        changes = told_by(rule, changes);
        if (changes == 0)
                return 0;
        version->row.replication = STR("PENDING");
        task.rule = rule->id;
        task.changes = OPT_INT(changes);
        return s3_replication_begin(call, &task);
}

static int note_to_replicas(struct call *call, const struct s3_bucket_record *bucket,
                            const struct s3_replication_rule_list *rules, unsigned int changes,
                            struct s3_version *version)
{
        const struct str_list *to = &version->row.replicated_to;

        for (size_t i = 0; i < to->count; i++) {
                const struct s3_replication_rule *rule =
                        s3_replication_rule_to(rules, s3_bucket_arn(call, to->items[i]), version->place.key);

                if (rule)
                        TRY(note_change(call, bucket, rule, changes, version));
        }
        return 0;
}

/* "You must enable replica modification sync on both the source and destination buckets".
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html */
static int syncs_back(struct call *call, const struct s3_bucket_record *bucket,
                      const struct s3_replication_rule *rule, struct str key)
{
        const struct s3_replication_rule *back;
        struct s3_replication_rule_list rules;
        int r;

        if (!s3_replication_syncs(rule))
                return 0;
        r = find_rules(call, s3_bucket_of_arn(call, rule->destination->bucket), &rules);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        back = s3_replication_rule_to(&rules, s3_bucket_arn(call, bucket->name), key);
        return back && s3_replication_syncs(back);
}

static int note_to_source(struct call *call, const struct s3_bucket_record *bucket,
                          const struct s3_replication_rule_list *rules, unsigned int changes,
                          struct s3_version *version)
{
        for (size_t i = 0; i < rules->count; i++) {
                const struct s3_replication_rule *rule = &rules->items[i];
                int r;

                if (!s3_replication_takes(rules, rule, version->place.key, &version->row))
                        continue;
                r = syncs_back(call, bucket, rule, version->place.key);
                TRY(r);
                if (r > 0)
                        TRY(note_change(call, bucket, rule, changes, version));
        }
        return 0;
}

int s3_note_change(struct call *call, const struct s3_bucket_record *bucket, unsigned int changes,
                   struct s3_version *version)
{
        struct s3_replication_rule_list rules;
        int r;

        if (!str_is_set(version->row.replication) || !s3_versioning_is_enabled(bucket))
                return 0;
        r = find_rules(call, bucket->name, &rules);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return version->row.is_replica.value ? note_to_source(call, bucket, &rules, changes, version)
                                             : note_to_replicas(call, bucket, &rules, changes, version);
}
