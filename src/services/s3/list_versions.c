/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
#include "services/s3/acl.h"
#include "services/s3/etag.h"
#include "services/s3/list.h"
#include "services/s3/version.h"

static struct s3_owner *owner_of(const struct s3_list *list, const struct s3_object_record *row)
{
        struct s3_owner *owner = arena_new(&list->call->arena, struct s3_owner);

        if (owner)
                owner->id = s3_owner_id(&list->call->arena,
                                        str_is_set(list->options.owner) ? list->options.owner : row->owner);
        return owner;
}

static void show_marker(struct s3_list *list, struct str key, const struct s3_object_record *row,
                        bool is_newest, struct s3_delete_marker_entry_list *ret)
{
        ret->items[ret->count++] = (struct s3_delete_marker_entry){
                .owner = owner_of(list, row),
                .key = s3_list_text(list, key),
                .version_id = row->version_id,
                .is_latest = OPT_BOOL(is_newest),
                .last_modified = row->modified,
        };
        ret->is_set = true;
}

static void show_version(struct s3_list *list, struct str key, const struct s3_object_record *row,
                         bool is_newest, struct s3_object_version_list *ret)
{
        struct s3_object_version *version = &ret->items[ret->count++];
        struct str *algorithm = arena_new(&list->call->arena, struct str);

        *version = (struct s3_object_version){
                .etag = s3_quoted_etag(&list->call->arena, row),
                .checksum_type = row->checksum_type,
                .size = row->size,
                .storage_class = row->storage_class,
                .key = s3_list_text(list, key),
                .version_id = row->version_id,
                .is_latest = OPT_BOOL(is_newest),
                .last_modified = row->modified,
                .owner = owner_of(list, row),
        };
        ret->is_set = true;
        if (!algorithm || !str_is_set(row->checksum_algorithm))
                return;
        *algorithm = row->checksum_algorithm;
        version->checksum_algorithm = (struct str_list){.items = algorithm, .count = 1, .is_set = true};
}

static int gather(struct s3_list *list, struct s3_list_object_versions_out *out)
{
        struct s3_object_record row;
        struct str key;
        bool is_newest;
        int r;

        out->versions.items = arena_new_array(&list->call->arena, struct s3_object_version, list->max + 1);
        out->delete_markers.items =
                arena_new_array(&list->call->arena, struct s3_delete_marker_entry, list->max + 1);
        if (!out->versions.items || !out->delete_markers.items)
                return -ENOMEM;
        while ((r = s3_list_next(list, &key, &row, &is_newest)) == 0) {
                if (s3_is_marker(&row))
                        show_marker(list, key, &row, is_newest, &out->delete_markers);
                else
                        show_version(list, key, &row, is_newest, &out->versions);
        }
        return r == -ENOENT ? 0 : r;
}

static int bad_marker(struct call *call, struct str marker, const char *text)
{
        call_detail(call, STR("ArgumentName"), STR("version-id-marker"));
        call_detail(call, STR("ArgumentValue"), marker);
        return fail(call, &s3_invalid_argument, "%s", text);
}

/* Behind which version; of one that has gone meanwhile, behind the whole key. */
static int find_marker(struct call *call, const struct s3_list_object_versions_in *in,
                       const struct s3_bucket_record *bucket, struct s3_list_options *options)
{
        struct s3_version version;
        int r;

        options->after = in->key_marker.len ? in->key_marker : STR_NONE;
        if (!str_is_set(in->version_id_marker))
                return 0;
        if (in->key_marker.len == 0)
                return bad_marker(call, in->version_id_marker,
                                  "A version-id marker cannot be specified without a key marker.");
        if (in->version_id_marker.len == 0)
                return bad_marker(call, in->version_id_marker, "A version-id marker cannot be empty.");
        r = s3_by_id(call, bucket, in->key_marker, in->version_id_marker, &version);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        options->is_within = true;
        options->after_order = version.row.order.value;
        return 0;
}

static void tell(const struct s3_list *list, const struct s3_list_object_versions_in *in,
                 struct s3_list_object_versions_out *out)
{
        out->is_truncated = OPT_BOOL(list->is_truncated);
        out->name = in->bucket;
        out->prefix = s3_list_text(list, str_is_set(in->prefix) ? in->prefix : STR(""));
        out->delimiter = s3_list_text(list, in->delimiter);
        out->max_keys = OPT_INT((int64_t)list->max);
        out->common_prefixes = list->prefixes;
        out->encoding_type = in->encoding_type;
        out->key_marker = s3_list_text(list, str_is_set(in->key_marker) ? in->key_marker : STR(""));
        out->version_id_marker = str_is_set(in->version_id_marker) ? in->version_id_marker : STR("");
        if (!list->is_truncated)
                return;
        out->next_key_marker = s3_list_text(list, list->last);
        out->next_version_id_marker = list->last_version;
}

int s3_list_object_versions(struct call *call, const struct s3_list_object_versions_in *in,
                            struct s3_list_object_versions_out *out)
{
        struct s3_list_options options = {
                .prefix = in->prefix,
                .delimiter = in->delimiter,
                .encoding = in->encoding_type,
                .max = in->max_keys,
                .has_all_rows = true,
        };
        struct s3_bucket_record bucket;
        struct s3_list list;
        int r;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(find_marker(call, in, &bucket, &options));
        options.space = bucket.space.value;
        options.owner = s3_owner_of_all(&bucket);
        r = s3_list_begin(&list, call, &options);
        if (r == 0)
                r = gather(&list, out);
        s3_list_end(&list);
        TRY(r);
        tell(&list, in, out);
        return 0;
}
