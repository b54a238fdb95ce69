#include "services/s3/version.h"

#include "base/ids.h"
#include "base/text.h"
#include "services/s3/access_log.h"
#include "services/s3/body.h"
#include "services/s3/lock.h"

/* -- Ids: the place in the order, and random bytes, in 32 characters */

#define ID_BYTES  24
#define ID_ORDER  8
#define ORDER_TOP (INT64_C(1) << 62)

struct str s3_make_id(struct arena *arena, int64_t order)
{
        uint8_t bytes[ID_BYTES];

        for (size_t i = 0; i < ID_ORDER; i++)
                bytes[i] = (uint8_t)((uint64_t)order >> (56 - 8 * i));
        random_fill(bytes + ID_ORDER, sizeof(bytes) - ID_ORDER);
        return base64url_encode(arena, str_make(bytes, sizeof(bytes)));
}

int s3_read_id(struct arena *arena, struct str id, int64_t *ret_order)
{
        uint64_t order = 0;
        struct str bytes;

        if (base64url_decode(arena, id, &bytes) < 0 || bytes.len != ID_BYTES)
                return -EINVAL;
        for (size_t i = 0; i < ID_ORDER; i++)
                order = order << 8 | (uint8_t)bytes.ptr[i];
        *ret_order = (int64_t)order;
        return 0;
}

static bool is_null(const struct s3_object_record *row)
{
        return str_eq(row->version_id, S3_NULL_VERSION);
}

/* -- Finding */

int s3_newest(struct call *call, const struct s3_bucket_record *bucket, struct str key,
              struct s3_version *ret)
{
        *ret = (struct s3_version){};
        TRY(s3_place_find(call, bucket->space.value, key, &ret->place));
        return s3_row_first(call, &ret->place, &ret->row);
}

static struct s3_null_version_record null_record(const struct s3_place *place)
{
        return (struct s3_null_version_record){.space = OPT_INT(s3_place_space(place)),
                                               .part = s3_place_part(place)};
}

/* It is the newest, or a record says where it is. */
static int find_null(struct call *call, const struct s3_place *place, struct s3_object_record *ret)
{
        struct s3_null_version_record at = null_record(place);

        TRY(s3_row_first(call, place, ret));
        if (is_null(ret))
                return 0;
        TRY(call_get(call, &s3_null_version_record_type, &at));
        return s3_row_get(call, place, at.order.value, ret);
}

int s3_by_id(struct call *call, const struct s3_bucket_record *bucket, struct str key, struct str version_id,
             struct s3_version *ret)
{
        int64_t order;

        *ret = (struct s3_version){};
        if (str_eq(version_id, S3_NULL_VERSION)) {
                TRY(s3_place_find(call, bucket->space.value, key, &ret->place));
                return find_null(call, &ret->place, &ret->row);
        }
        if (s3_read_id(&call->arena, version_id, &order) < 0) {
                call_detail(call, STR("ArgumentName"), STR("versionId"));
                call_detail(call, STR("ArgumentValue"), version_id);
                return fail(call, &s3_invalid_argument, "Invalid version id specified");
        }
        TRY(s3_place_find(call, bucket->space.value, key, &ret->place));
        TRY(s3_row_get(call, &ret->place, order, &ret->row));
        return str_eq(ret->row.version_id, version_id) ? 0 : -ENOENT;
}

/* Whoever may not list does not learn what is not there, but of websites: "On the website endpoint, if a user
 * requests an object that doesn't exist, Amazon S3 returns HTTP response code 404 (Not Found)." */
static int check_may_learn(struct call *call, const struct s3_bucket_record *bucket)
{
        struct resource resource;

        if (call->website)
                return 0;
        TRY(s3_resource_of(call, bucket->name, STR_NONE, STR_NONE, &resource));
        return call->authorise(call, STR("s3:ListBucket"), &resource);
}

static int no_such_key(struct call *call, const struct s3_bucket_record *bucket, struct str key)
{
        TRY(check_may_learn(call, bucket));
        call_detail(call, STR("Key"), key);
        return fail(call, &s3_no_such_key, "The specified key does not exist.");
}

static int no_such_version(struct call *call, struct str key, struct str version_id)
{
        call_detail(call, STR("Key"), key);
        call_detail(call, STR("VersionId"), version_id);
        return fail(call, &s3_no_such_version, "The specified version does not exist.");
}

static int refuse_marker(struct call *call, const struct s3_object_record *row)
{
        call_header(call, STR("x-amz-delete-marker"), STR("true"));
        call_header(call, STR("x-amz-version-id"), row->version_id);
        call_header(call, STR("Last-Modified"), time_http(&call->arena, row->modified.value));
        call_header(call, STR("Allow"), STR("DELETE"));
        call_detail(call, STR("Method"), call->request->method);
        call_detail(call, STR("ResourceType"), STR("DeleteMarker"));
        return fail(call, &s3_method_not_allowed,
                    "The specified method is not allowed against this resource.");
}

static int find_newest(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                       struct s3_version *ret)
{
        int r = s3_newest(call, bucket, key, ret);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && !s3_is_marker(&ret->row)) {
                s3_access_object(call, bucket->space.value, &ret->row);
                return 0;
        }
        if (r == 0) {
                call_header(call, STR("x-amz-delete-marker"), STR("true"));
                call_header(call, STR("x-amz-version-id"), ret->row.version_id);
        }
        return no_such_key(call, bucket, key);
}

int s3_find_object(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                   struct str version_id, struct s3_version *ret)
{
        int r;

        if (!str_is_set(version_id))
                return find_newest(call, bucket, key, ret);
        r = s3_by_id(call, bucket, key, version_id, ret);
        if (r == -ENOENT)
                return no_such_version(call, key, version_id);
        TRY(r);
        if (s3_is_marker(&ret->row))
                return refuse_marker(call, &ret->row);
        s3_access_object(call, bucket->space.value, &ret->row);
        return 0;
}

bool s3_is_cold(const struct s3_object_record *row)
{
        return str_eq(row->storage_class, STR("GLACIER")) || str_eq(row->storage_class, STR("DEEP_ARCHIVE"));
}

bool s3_is_readable(const struct call *call, const struct s3_object_record *row)
{
        return !s3_is_cold(row) || (row->restored_until.is_set && row->restored_until.value > call->now_ms);
}

/* -- Putting */

static int64_t order_in_front(const struct call *call, const struct s3_object_record *first)
{
        int64_t order = ORDER_TOP - call->now_ms * 1000;

        return first && order >= first->order.value ? first->order.value - 1 : order;
}

/* What goes when another one of the same id comes. */
static int remove_null(struct call *call, const struct s3_bucket_record *bucket, struct str key)
{
        struct s3_version old = {};
        int r = s3_by_id(call, bucket, key, S3_NULL_VERSION, &old);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        return s3_remove_version(call, bucket, &old);
}

int s3_place_version(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                     struct s3_version *version)
{
        struct s3_object_record first;
        int r;

        if (!s3_versioning_is_enabled(bucket))
                TRY(remove_null(call, bucket, key));
        TRY(s3_place_make(call, bucket->space.value, key, &version->place));
        r = s3_row_first(call, &version->place, &first);
        if (r < 0 && r != -ENOENT)
                return r;
        version->row.space = OPT_INT(s3_place_space(&version->place));
        version->row.part = s3_place_part(&version->place);
        version->row.order = OPT_INT(order_in_front(call, r == 0 ? &first : NULL));
        version->row.version_id = s3_versioning_is_enabled(bucket)
                                          ? s3_make_id(&call->arena, version->row.order.value)
                                          : S3_NULL_VERSION;
        return 0;
}

/* Where the version "null" is that is no longer the newest. */
static int note_null(struct call *call, const struct s3_version *version)
{
        struct s3_null_version_record at = null_record(&version->place);
        struct s3_object_record first;
        int r = s3_row_first(call, &version->place, &first);

        if (r == -ENOENT || (r == 0 && !is_null(&first)))
                return 0;
        TRY(r);
        at.order = first.order;
        return call_put(call, &s3_null_version_record_type, &at);
}

int s3_put_version(struct call *call, struct s3_version *version)
{
        s3_access_object(call, version->place.spaces[0], &version->row);
        if (!is_null(&version->row))
                TRY(note_null(call, version));
        return s3_row_put(call, &version->place, &version->row);
}

/* -- Removing */

int s3_remove_version(struct call *call, const struct s3_bucket_record *bucket,
                      const struct s3_version *version)
{
        const struct s3_null_version_record at = null_record(&version->place);
        int r;

        s3_access_object(call, bucket->space.value, &version->row);
        TRY(s3_check_unlocked(call, bucket, version));
        if (version->row.body.is_set)
                TRY(s3_drop_body(call, version->row.body.value));
        TRY(s3_row_delete(call, &version->place, version->row.order.value));
        if (!is_null(&version->row))
                return 0;
        r = call_delete(call, &s3_null_version_record_type, &at);
        return r == -ENOENT ? 0 : r;
}
