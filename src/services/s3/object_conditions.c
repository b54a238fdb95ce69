/* Condition keys of objects that no member of an input gives as it is.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html */
#include "services/s3/copy_source.h"
#include "services/s3/tags.h"

static bool is_operation(const struct call *call, const char *name)
{
        return str_eq(call->operation->name, str_of(name));
}

static int give_tag(struct call *call, const struct s3_tag_list *tags, struct str key, struct policy_key *ret)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq_nocase(tags->items[i].key, key))
                        return s3_give_key(
                                call, str_is_set(tags->items[i].value) ? tags->items[i].value : STR(""), ret);
        return 0;
}

/* -- Tags of the version that is asked for. "When granting permissions for the PUT Object and DELETE Object
 * operations, this condition key is not supported." */

static bool is_asked_of_tags(struct str action)
{
        static const struct str ACTIONS[] = {
                STR_INIT("DeleteObjectTagging"),
                STR_INIT("DeleteObjectVersionTagging"),
                STR_INIT("GetObject"),
                STR_INIT("GetObjectAcl"),
                STR_INIT("GetObjectAttributes"),
                STR_INIT("GetObjectTagging"),
                STR_INIT("GetObjectVersion"),
                STR_INIT("GetObjectVersionAcl"),
                STR_INIT("GetObjectVersionTagging"),
                STR_INIT("GetObjectVersionAttributes"),
                STR_INIT("PutObjectAcl"),
                STR_INIT("PutObjectVersionAcl"),
                STR_INIT("PutObjectTagging"),
                STR_INIT("PutObjectVersionTagging"),
                STR_INIT("UpdateObjectEncryption"),
        };

        for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++)
                if (str_starts(action, STR("s3:")) && str_eq(str_from(action, 3), ACTIONS[i]))
                        return true;
        return false;
}

/* An id that is none is the handler's to refuse. */
static int find_version(struct call *call, const struct s3_target *target, struct s3_version *ret)
{
        int r;

        if (!str_is_set(target->version_id))
                return s3_newest(call, &target->bucket, target->key, ret);
        r = s3_by_id(call, &target->bucket, target->key, target->version_id, ret);
        return r == -ECALL ? -ENOENT : r;
}

static int existing_tag(struct call *call, const struct s3_target *target, struct str key,
                        struct policy_key *ret)
{
        struct s3_version version;
        int r;

        if (!target->is_there || !str_is_set(target->key) || !is_asked_of_tags(target->action))
                return 0;
        r = find_version(call, target, &version);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return give_tag(call, &version.row.tags, key, ret);
}

/* -- Tags that the request gives */

/* Those that cannot be read, or count for nothing, are none: the handler refuses or passes them over. */
static int request_tags(struct call *call, struct s3_tag_list *ret)
{
        const struct s3_put_object_tagging_in *put = call->in;
        const struct s3_copy_object_in *copy = call->in;
        int r;

        *ret = (struct s3_tag_list){};
        if (is_operation(call, "PutObjectTagging")) {
                *ret = put->tagging->tag_set;
                return 0;
        }
        if (is_operation(call, "CopyObject") && !str_eq(copy->tagging_directive, STR("REPLACE")))
                return 0;
        r = s3_parse_tagging(call, http_header_value(call->request, STR("x-amz-tagging")), ret);
        if (r == -EINVAL)
                *ret = (struct s3_tag_list){};
        return r == -EINVAL ? 0 : r;
}

static int request_tag(struct call *call, struct str key, struct policy_key *ret)
{
        struct s3_tag_list tags;

        TRY(request_tags(call, &tags));
        return give_tag(call, &tags, key, ret);
}

static int request_tag_keys(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        struct s3_tag_list tags;
        struct str *keys;

        (void)target;
        TRY(request_tags(call, &tags));
        if (tags.count == 0)
                return 0;
        keys = arena_new_array(&call->arena, struct str, tags.count);
        if (!keys)
                return -ENOMEM;
        for (size_t i = 0; i < tags.count; i++)
                keys[i] = tags.items[i].key;
        ret->values = keys;
        ret->count = tags.count;
        return 1;
}

/* -- Object Lock: what the request says, in a header or in its body */

static struct str header(const struct call *call, const char *name)
{
        return http_header_value(call->request, str_of(name));
}

static const struct s3_object_lock_retention *retention_of(const struct call *call)
{
        const struct s3_put_object_retention_in *in = call->in;

        return is_operation(call, "PutObjectRetention") ? in->retention : NULL;
}

/* A replica comes without headers: what it is locked by is the input that it would have. */
static bool is_replica(const struct call *call)
{
        return str_is_set(call->acting_service) && is_operation(call, "PutObject");
}

static int lock_mode(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        const struct s3_object_lock_retention *retention = retention_of(call);
        const struct s3_put_object_in *replica = call->in;

        (void)target;
        if (is_replica(call))
                return s3_give_key(call, replica->object_lock_mode, ret);
        return s3_give_key(call, retention ? retention->mode : header(call, "x-amz-object-lock-mode"), ret);
}

static bool read_until(const struct call *call, int64_t *ret)
{
        const struct s3_object_lock_retention *retention = retention_of(call);
        const struct s3_put_object_in *replica = call->in;

        if (is_replica(call)) {
                *ret = replica->object_lock_retain_until_date.value;
                return replica->object_lock_retain_until_date.is_set;
        }
        if (!retention)
                return time_parse(header(call, "x-amz-object-lock-retain-until-date"), ret) == 0;
        *ret = retention->retain_until_date.value;
        return retention->retain_until_date.is_set;
}

static int lock_until(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        int64_t until;

        (void)target;
        return read_until(call, &until) ? s3_give_key(call, time_iso(&call->arena, until), ret) : 0;
}

/* A day that has begun counts. */
static int lock_days(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        int64_t until, days;

        (void)target;
        if (!read_until(call, &until))
                return 0;
        days = (until - call->now_ms) / MS_PER_DAY +
               (until > call->now_ms && (until - call->now_ms) % MS_PER_DAY);
        return s3_give_key(call, arena_printf(&call->arena, "%lld", (long long)days), ret);
}

static int legal_hold(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        const struct s3_put_object_legal_hold_in *in = call->in;
        const struct s3_put_object_in *replica = call->in;

        (void)target;
        if (is_replica(call))
                return s3_give_key(call, replica->object_lock_legal_hold_status, ret);
        if (!is_operation(call, "PutObjectLegalHold"))
                return s3_give_key(call, header(call, "x-amz-object-lock-legal-hold"), ret);
        return in->legal_hold ? s3_give_key(call, in->legal_hold->status, ret) : 0;
}

/* -- What is made */

/* However the client wrote it: decoded, without a slash in front. */
static int copy_source(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        struct str source = header(call, "x-amz-copy-source");

        (void)target;
        return str_is_set(source) ? s3_give_key(call, s3_copy_source_name(call, source), ret) : 0;
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
static int creation(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        bool creates = is_operation(call, "PutObject") || is_operation(call, "CopyObject") ||
                       is_operation(call, "CompleteMultipartUpload");

        if (!str_eq(target->action, STR("s3:PutObject")))
                return 0;
        return s3_give_key(call, creates ? STR("true") : STR("false"), ret);
}

/* Of what an operation asks on beside its own object: the source of a copy, each object of a batch. */
static int version_id(struct call *call, const struct s3_target *target, struct policy_key *ret)
{
        return s3_give_key(call, target->version_id, ret);
}

static const struct s3_known_key KEYS[] = {
        {STR_INIT("s3:object-lock-legal-hold"), legal_hold},
        {STR_INIT("s3:object-lock-mode"), lock_mode},
        {STR_INIT("s3:object-lock-remaining-retention-days"), lock_days},
        {STR_INIT("s3:object-lock-retain-until-date"), lock_until},
        {STR_INIT("s3:ObjectCreationOperation"), creation},
        {STR_INIT("s3:RequestObjectTagKeys"), request_tag_keys},
        {STR_INIT("s3:versionid"), version_id},
        {STR_INIT("s3:x-amz-copy-source"), copy_source},
};

int s3_find_object_condition(struct call *call, const struct s3_target *target, struct str name,
                             struct policy_key *ret)
{
        const struct str existing = STR("s3:ExistingObjectTag/"), requested = STR("s3:RequestObjectTag/");
        const struct s3_known_key *known = s3_known_key(KEYS, ARRAY_LEN(KEYS), name);

        if (str_starts_nocase(name, existing))
                return existing_tag(call, target, str_from(name, existing.len), ret);
        if (str_starts_nocase(name, requested))
                return request_tag(call, str_from(name, requested.len), ret);
        return known ? known->find(call, target, ret) : s3_find_upload_condition(call, target, name, ret);
}
