#include "services/s3/copy_source.h"

#include "base/text.h"
#include "services/s3/access_log.h"
#include "services/s3/access_point.h"

#define HEADER     STR("x-amz-copy-source")
#define VERSION_ID STR("versionId=")
#define ROW_MAX    ((size_t)256 * 1024)

/* -- Its name: "bucket/key", in percent-encoding, "?versionId=..." behind it */

static int invalid(struct call *call, struct str header, const char *text)
{
        call_detail(call, STR("ArgumentName"), HEADER);
        call_detail(call, STR("ArgumentValue"), header);
        return fail(call, &s3_invalid_argument, "%s", text);
}

static int read_version(struct call *call, struct str header, struct str query, struct s3_copy_source *ret)
{
        if (!str_is_set(query))
                return 0;
        if (!str_starts(query, VERSION_ID))
                return invalid(call, header, "Unsupported copy source parameter.");
        if (percent_decode(&call->arena, str_from(query, VERSION_ID.len), true, &ret->version_id) < 0)
                return invalid(call, header, "Invalid copy source encoding.");
        if (ret->version_id.len == 0)
                return invalid(call, header, "Version id cannot be the empty string");
        return 0;
}

static int found(int r)
{
        return r < 0 ? r : 0;
}

/* arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/object/KEY */
static int read_arn(struct call *call, struct str name, struct s3_copy_source *ret)
{
        const struct str object = STR("object/");
        s3_point point;
        struct str rest;

        if (!s3_point_of_arn(call, name, &point, &rest))
                return fail(call, &s3_not_implemented,
                            "A header you provided implies functionality that is not implemented");
        if (!str_starts(rest, object))
                return 0;
        ret->key = str_from(rest, object.len);
        return found(s3_address_of(call, str_part(name, 0, name.len - rest.len - 1), &ret->through));
}

/* An access point stands for its bucket. */
static int read_place(struct call *call, struct str name, struct s3_copy_source *ret)
{
        if (str_starts(name, STR("arn:"))) {
                TRY(read_arn(call, name, ret));
        } else {
                (void)str_cut(&name, '/', &ret->bucket_name);
                ret->key = name;
                TRY(found(s3_address_of(call, ret->bucket_name, &ret->through)));
        }
        if (ret->through)
                ret->bucket_name = ret->through->bucket;
        return 0;
}

static int read_name(struct call *call, struct str header, struct s3_copy_source *ret)
{
        struct str query = header, encoded, name;

        (void)str_cut(&query, '?', &encoded);
        TRY(read_version(call, header, query, ret));
        if (percent_decode(&call->arena, encoded, true, &name) < 0 || !utf8_is_valid(name))
                return invalid(call, header, "Invalid copy source encoding.");
        if (str_starts(name, STR("/")))
                name = str_from(name, 1);
        TRY(read_place(call, name, ret));
        if (ret->bucket_name.len == 0 || ret->key.len == 0)
                return invalid(call, header,
                               "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        if (!s3_bucket_name_is_valid(ret->bucket_name))
                return invalid(call, header, "Invalid copy source bucket name");
        return ret->key.len > S3_KEY_MAX ? invalid(call, header, "Invalid copy source object key") : 0;
}

static void forget_error(struct call *call)
{
        call->error = NULL;
        call->error_message = STR_NONE;
        call->error_details = (struct str_map){};
}

/* However it is written: by an access point too. What cannot be found is refused when it is copied. */
struct str s3_copy_source_name(struct call *call, struct str header)
{
        struct s3_copy_source source = {};
        struct str query = header, encoded, name;

        if (!str_cut(&query, '?', &encoded) || percent_decode(&call->arena, encoded, true, &name) < 0)
                return STR_NONE;
        if (str_starts(name, STR("/")))
                name = str_from(name, 1);
        if (read_place(call, name, &source) == 0)
                return source.through ? arena_printf(&call->arena, "%.*s/%.*s", STR_ARG(source.bucket_name),
                                                     STR_ARG(source.key))
                                      : name;
        forget_error(call);
        return name;
}

/* -- Permissions */

static int resource_of(struct call *call, const struct s3_copy_source *source, struct resource *ret)
{
        const struct s3_place_asked asked = {source->bucket_name, source->key, source->version_id};

        if (source->through)
                return s3_resource_through(call, source->through, source->key, source->version_id, ret);
        return s3_resource_at(call, NULL, &asked, ret);
}

int s3_copy_source_read(struct call *call, const struct s3_copy_headers *headers, struct s3_copy_source *ret)
{
        struct resource resource;

        *ret = (struct s3_copy_source){};
        TRY(read_name(call, headers->source, ret));
        if (call->principal.kind == ANONYMOUS)
                return fail(call, &s3_access_denied,
                            "Anonymous users cannot copy objects. Please authenticate.");
        TRY(resource_of(call, ret, &resource));
        TRY(call->authorise(call,
                            str_is_set(ret->version_id) ? STR("s3:GetObjectVersion") : STR("s3:GetObject"),
                            &resource));
        TRY(s3_get_bucket(call, ret->bucket_name, &ret->bucket));
        if (str_is_set(headers->owner) && !str_eq(headers->owner, ret->bucket.account))
                return fail(call, &s3_access_denied, "Access Denied");
        return 0;
}

int s3_copy_source_may_read_tags(struct call *call, const struct s3_copy_source *source)
{
        struct resource resource;

        TRY(resource_of(call, source, &resource));
        return call->authorise(call,
                               str_is_set(source->version_id) ? STR("s3:GetObjectVersionTagging")
                                                              : STR("s3:GetObjectTagging"),
                               &resource);
}

/* -- What is there */

static int refuse_marker(struct call *call, const struct s3_copy_source *source)
{
        struct s3_version version;
        int r;

        if (!str_is_set(source->version_id))
                return 0;
        r = s3_by_id(call, &source->bucket, source->key, source->version_id, &version);
        if (r == 0 && s3_is_marker(&version.row))
                return fail(call, &s3_invalid_request,
                            "The source of a copy request may not specifically refer to a delete marker by "
                            "version id.");
        return r == -ENOENT ? 0 : r;
}

static int check_active(struct call *call, const struct s3_object_record *row)
{
        if (s3_is_readable(call, row))
                return 0;
        return fail(call, &s3_object_not_in_active_tier_error,
                    "The source object of the COPY action is not in the active tier and is only stored in "
                    "Amazon S3 Glacier.");
}

int s3_copy_source_find(struct call *call, const struct s3_copy_headers *headers, struct s3_copy_source *ret)
{
        struct s3_version version;

        TRY(s3_copy_source_read(call, headers, ret));
        TRY(refuse_marker(call, ret));
        TRY(s3_find_object(call, &ret->bucket, ret->key, ret->version_id, &version));
        ret->row = version.row;
        TRY(s3_check_customer(call, &ret->row, &headers->sse));
        TRY(s3_check_source(call, &headers->on, &ret->row));
        return check_active(call, &ret->row);
}

int s3_copy_source_keep(struct call *call, const struct s3_copy_source *source, struct s3_object_record **ret)
{
        struct s3_object_record *row = arena_new(&call->arena, struct s3_object_record);
        const struct wire_type *type = s3_object_record_type.type;
        _cleanup_(buf_done_wiped) struct buf bytes = {};
        int r;

        buf_init(&bytes, ROW_MAX);
        if (!row)
                return -ENOMEM;
        r = record_encode(type, &source->row, &bytes);
        if (r == 0)
                r = record_decode(type, buf_str(&bytes), &call->arena, true, row);
        *ret = row;
        return r;
}

int s3_copy_source_read_again(struct call *call, const struct s3_copy_headers *headers,
                              struct s3_copy_source *ret)
{
        _cleanup_(secret_done) struct secret data_key = {};

        TRY(s3_copy_source_read(call, headers, ret));
        ret->row = *(const struct s3_object_record *)call->prepared;
        s3_access_object(call, ret->bucket.space.value, &ret->row);
        return s3_open_data_key(call, ret->bucket_name, ret->key, &headers->sse, &ret->row, &data_key);
}
