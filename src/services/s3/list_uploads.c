/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
#include "services/s3/list.h"
#include "services/s3/upload.h"

static int show(struct s3_list *list, struct str key, const struct s3_object_record *row,
                struct s3_multipart_upload *ret)
{
        *ret = (struct s3_multipart_upload){
                .upload_id = row->version_id,
                .key = s3_list_text(list, key),
                .initiated = row->modified,
                .storage_class = row->storage_class,
                .checksum_algorithm = row->checksum_algorithm,
                .checksum_type = row->checksum_type,
        };
        TRY(s3_show_initiator(list->call, row, &ret->initiator));
        return s3_show_owner(list->call, str_is_set(list->options.owner) ? list->options.owner : row->owner,
                             &ret->owner);
}

static int gather(struct s3_list *list, struct s3_multipart_upload_list *ret)
{
        struct s3_object_record row;
        struct str key;
        bool is_first;
        int r;

        ret->items = arena_new_array(&list->call->arena, struct s3_multipart_upload, list->max + 1);
        if (!ret->items)
                return -ENOMEM;
        ret->is_set = true;
        while ((r = s3_list_next(list, &key, &row, &is_first)) == 0)
                TRY(show(list, key, &row, &ret->items[ret->count++]));
        return r == -ENOENT ? 0 : r;
}

/* The upload may have gone meanwhile: its id tells where it was. Without a key it says nothing. */
static int find_marker(struct call *call, const struct s3_list_multipart_uploads_in *in,
                       struct s3_list_options *options)
{
        if (in->key_marker.len == 0)
                return 0;
        options->after = in->key_marker;
        if (in->upload_id_marker.len == 0)
                return 0;
        options->is_within = true;
        if (s3_read_id(&call->arena, in->upload_id_marker, &options->after_order) == 0)
                return 0;
        call_detail(call, STR("ArgumentName"), STR("upload-id-marker"));
        call_detail(call, STR("ArgumentValue"), in->upload_id_marker);
        return fail(call, &s3_invalid_argument, "Invalid uploadId marker");
}

static void tell(const struct s3_list *list, const struct s3_list_multipart_uploads_in *in,
                 struct s3_list_multipart_uploads_out *out)
{
        out->bucket = in->bucket;
        out->key_marker = s3_list_text(list, str_is_set(in->key_marker) ? in->key_marker : STR(""));
        out->upload_id_marker = str_is_set(in->upload_id_marker) ? in->upload_id_marker : STR("");
        out->prefix = s3_list_text(list, str_is_set(in->prefix) ? in->prefix : STR(""));
        out->delimiter = s3_list_text(list, in->delimiter);
        out->max_uploads = OPT_INT((int64_t)list->max);
        out->is_truncated = OPT_BOOL(list->is_truncated);
        out->common_prefixes = list->prefixes;
        out->encoding_type = in->encoding_type;
        if (!list->is_truncated)
                return;
        out->next_key_marker = s3_list_text(list, list->last);
        out->next_upload_id_marker = list->last_version;
}

int s3_list_multipart_uploads(struct call *call, const struct s3_list_multipart_uploads_in *in,
                              struct s3_list_multipart_uploads_out *out)
{
        struct s3_list_options options = {
                .prefix = in->prefix,
                .delimiter = in->delimiter,
                .encoding = in->encoding_type,
                .max = in->max_uploads,
                .max_name = "max-uploads",
                .has_all_rows = true,
        };
        struct s3_bucket_record bucket;
        struct s3_list list;
        int r;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(find_marker(call, in, &options));
        options.space = bucket.uploads.value;
        options.owner = s3_owner_of_all(&bucket);
        r = s3_list_begin(&list, call, &options);
        if (r == 0)
                r = gather(&list, &out->uploads);
        s3_list_end(&list);
        TRY(r);
        tell(&list, in, out);
        return 0;
}
