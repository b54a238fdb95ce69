/* DeleteObject and DeleteObjects.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjects.html */
#include "services/s3/access_log.h"
#include "services/s3/event.h"
#include "services/s3/lock.h"
#include "services/s3/mfa_delete.h"
#include "services/s3/preconditions.h"
#include "services/s3/replication.h"

#define BATCH_MAX 1000

/* -- Without a version */

static int make_marker(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                       struct s3_deleted *ret)
{
        struct s3_version marker = {.row = {
                                            .is_marker = OPT_BOOL(true),
                                            .modified = OPT_INT(call->now_ms),
                                            .owner = bucket->account,
                                    }};

        TRY(s3_place_version(call, bucket, key, &marker));
        TRY(s3_put_version(call, &marker));
        *ret = (struct s3_deleted){true, marker.row.version_id, true, true, marker.row};
        return 0;
}

int s3_delete_newest(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                     struct s3_deleted *ret)
{
        struct s3_version newest;
        int r;

        if (s3_is_versioned(bucket))
                return make_marker(call, bucket, key, ret);
        r = s3_newest(call, bucket, key, &newest);
        if (r == -ENOENT) /* as good as done */
                return 0;
        TRY(r);
        ret->is_done = true;
        ret->row = newest.row;
        return s3_remove_version(call, bucket, &newest);
}

/* -- One version, for good */

static int delete_version(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                          struct str version_id, struct s3_deleted *ret)
{
        struct s3_version version;
        int r;

        ret->version_id = version_id;
        r = s3_by_id(call, bucket, key, version_id, &version);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        ret->is_marker = s3_is_marker(&version.row);
        ret->is_done = true;
        ret->row = version.row;
        return s3_remove_version(call, bucket, &version);
}

static int delete_one(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                      struct str version_id, struct str if_match, struct s3_deleted *ret)
{
        *ret = (struct s3_deleted){};
        if (str_is_set(if_match))
                TRY(s3_check_write(call, bucket, key, if_match, STR_NONE));
        TRY(str_is_set(version_id) ? delete_version(call, bucket, key, version_id, ret)
                                   : s3_delete_newest(call, bucket, key, ret));
        if (!ret->is_done)
                return 0;
        if (!str_is_set(version_id) && ret->is_marker)
                TRY(s3_note_marker(call, bucket, key));
        return s3_event(call, bucket, key, &ret->row,
                        ret->is_hidden ? S3_OBJECT_REMOVED_MARKER : S3_OBJECT_REMOVED_DELETE);
}

int s3_delete_object(struct call *call, const struct s3_delete_object_in *in,
                     struct s3_delete_object_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_deleted deleted;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(s3_check_bypass(call, &bucket));
        if (str_is_set(in->version_id) && s3_has_mfa_delete(&bucket))
                TRY(s3_use_mfa(call, &bucket, in->mfa));
        TRY(delete_one(call, &bucket, in->key, in->version_id, in->if_match, &deleted));
        if (deleted.is_marker)
                out->delete_marker = OPT_BOOL(true);
        out->version_id = deleted.version_id;
        return 0;
}

/* -- Many: each asked for by itself, and told of by itself */

static int check_batch(struct call *call, const struct s3_delete_objects_in *in)
{
        size_t count = in->delete->objects.count;

        if (count == 0 || count > BATCH_MAX)
                return fail(call, &s3_malformed_xml,
                            "The XML you provided was not well-formed or did not validate against our "
                            "published schema");
        return 0;
}

/* "If you do not provide one, the entire request will fail, even if there are non-versioned objects you are
 * trying to delete. If you provide an invalid token, whether there are versioned keys in the request or not,
 * the entire Multi-Object Delete request will fail." One code is for all of them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
static int check_mfa(struct call *call, const struct s3_bucket_record *bucket,
                     const struct s3_delete_objects_in *in)
{
        bool is_needed = in->mfa.len > 0;

        if (!s3_has_mfa_delete(bucket))
                return 0;
        for (size_t i = 0; i < in->delete->objects.count; i++)
                is_needed |= str_is_set(in->delete->objects.items[i].version_id);
        return is_needed ? s3_use_mfa(call, bucket, in->mfa) : 0;
}

static int authorise_one(struct call *call, const struct s3_bucket_record *bucket,
                         const struct s3_object_identifier *object)
{
        struct str action =
                str_is_set(object->version_id) ? STR("s3:DeleteObjectVersion") : STR("s3:DeleteObject");
        struct resource resource;

        TRY(s3_resource_of(call, bucket->name, object->key, object->version_id, &resource));
        return call->authorise(call, action, &resource);
}

/* The error of one is no error of all. */
static void tell_error(struct call *call, const struct s3_object_identifier *object,
                       struct s3_error_list *errors)
{
        errors->items[errors->count++] = (struct s3_error){
                .key = object->key,
                .version_id = object->version_id,
                .code = call->error->code,
                .message = call->error_message,
        };
        errors->is_set = true;
        call_forgive(call);
}

static void tell_deleted(const struct s3_object_identifier *object, const struct s3_deleted *deleted,
                         struct s3_deleted_object_list *list)
{
        struct s3_deleted_object *told = &list->items[list->count++];

        *told = (struct s3_deleted_object){.key = object->key, .version_id = object->version_id};
        list->is_set = true;
        if (!deleted->is_marker)
                return;
        told->delete_marker = OPT_BOOL(true);
        told->delete_marker_version_id = deleted->version_id;
}

static int delete_next(struct call *call, const struct s3_bucket_record *bucket,
                       const struct s3_delete_objects_in *in, const struct s3_object_identifier *object,
                       struct s3_delete_objects_out *out)
{
        struct s3_deleted deleted = {};
        int r = authorise_one(call, bucket, object);

        if (r == 0)
                r = delete_one(call, bucket, object->key, object->version_id, object->etag, &deleted);
        if (r == 0 || r == -ECALL)
                s3_access_deletion(call, bucket, object->key, object->version_id, r < 0 ? call->error : NULL);
        if (r == -ECALL) {
                tell_error(call, object, &out->errors);
                return 0;
        }
        TRY(r);
        if (!in->delete->quiet.value)
                tell_deleted(object, &deleted, &out->deleted);
        return 0;
}

int s3_delete_objects(struct call *call, const struct s3_delete_objects_in *in,
                      struct s3_delete_objects_out *out)
{
        size_t count = in->delete->objects.count;
        struct s3_bucket_record bucket;
        struct resource asked;

        TRY(s3_bucket_resource(call, &in->bucket,
                               &asked)); /* its region and owner: permissions are asked by key */
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(s3_check_bypass(call, &bucket));
        TRY(check_batch(call, in));
        TRY(check_mfa(call, &bucket, in));
        out->deleted.items = arena_new_array(&call->arena, struct s3_deleted_object, count);
        out->errors.items = arena_new_array(&call->arena, struct s3_error, count);
        if (!out->deleted.items || !out->errors.items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                TRY(delete_next(call, &bucket, in, &in->delete->objects.items[i], out));
        return 0;
}
