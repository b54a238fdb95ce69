/* ListObjects and ListObjectsV2.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
#include "auth/claim.h"
#include "services/marker.h"
#include "services/s3/acl.h"
#include "services/s3/etag.h"
#include "services/s3/list.h"

static int show_owner(const struct s3_list *list, const struct s3_object_record *row, struct s3_owner **ret)
{
        struct call *call = list->call;

        *ret = arena_new(&call->arena, struct s3_owner);
        if (!*ret)
                return -ENOMEM;
        (*ret)->id =
                s3_owner_id(&call->arena, str_is_set(list->options.owner) ? list->options.owner : row->owner);
        return 0;
}

static int show_algorithm(struct call *call, struct str name, struct str_list *ret)
{
        struct str *slot;

        if (!str_is_set(name))
                return 0;
        slot = arena_new(&call->arena, struct str);
        if (!slot)
                return -ENOMEM;
        *slot = name;
        *ret = (struct str_list){.items = slot, .count = 1, .is_set = true};
        return 0;
}

static int show(struct s3_list *list, struct str key, const struct s3_object_record *row, bool has_owner,
                struct s3_object *ret)
{
        struct call *call = list->call;

        *ret = (struct s3_object){
                .key = s3_list_text(list, key),
                .last_modified = row->modified,
                .etag = s3_quoted_etag(&call->arena, row),
                .checksum_type = row->checksum_type,
                .size = row->size,
                .storage_class = row->storage_class,
        };
        TRY(show_algorithm(call, row->checksum_algorithm, &ret->checksum_algorithm));
        return has_owner ? show_owner(list, row, &ret->owner) : 0;
}

static int gather(struct s3_list *list, bool has_owner, struct s3_object_list *ret)
{
        struct s3_object_record row;
        struct str key;
        bool is_newest;
        int r;

        ret->items = arena_new_array(&list->call->arena, struct s3_object, list->max + 1);
        if (!ret->items)
                return -ENOMEM;
        while ((r = s3_list_next(list, &key, &row, &is_newest)) == 0)
                TRY(show(list, key, &row, has_owner, &ret->items[ret->count++]));
        ret->is_set = true;
        return r == -ENOENT ? 0 : r;
}

static int run(struct call *call, const struct s3_list_options *options, bool has_owner, struct s3_list *list,
               struct s3_object_list *ret)
{
        int r = s3_list_begin(list, call, options);

        if (r == 0)
                r = gather(list, has_owner, ret);
        s3_list_end(list);
        return r;
}

/* The members that both answers have. */
#define TELL(list, in, out)                                                                                  \
        do {                                                                                                 \
                (out)->is_truncated = OPT_BOOL((list)->is_truncated);                                        \
                (out)->name = (in)->bucket;                                                                  \
                (out)->prefix = s3_list_text((list), str_is_set((in)->prefix) ? (in)->prefix : STR(""));     \
                (out)->delimiter = s3_list_text((list), (in)->delimiter);                                    \
                (out)->max_keys =                                                                            \
                        (in)->max_keys.is_set ? OPT_INT((int64_t)(list)->max) : OPT_INT(S3_PAGE_MAX);        \
                (out)->common_prefixes = (list)->prefixes;                                                   \
                (out)->encoding_type = (in)->encoding_type;                                                  \
        } while (0)

/* "list-type=2" is another operation, and there is no third. */
static int check_type(struct call *call)
{
        struct str type;

        if (query_parameter(call->request, STR("list-type"), &type) == 0)
                return 0;
        call_detail(call, STR("ArgumentName"), STR("list-type"));
        call_detail(call, STR("ArgumentValue"), type);
        return fail(call, &s3_invalid_argument, "Invalid List Type specified in Request");
}

int s3_list_objects(struct call *call, const struct s3_list_objects_in *in, struct s3_list_objects_out *out)
{
        struct s3_list_options options = {
                .prefix = in->prefix,
                .delimiter = in->delimiter,
                .encoding = in->encoding_type,
                .max = in->max_keys,
                .after = in->marker.len ? in->marker : STR_NONE,
        };
        struct s3_bucket_record bucket;
        struct s3_list list;

        TRY(check_type(call));
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        options.space = bucket.space.value;
        options.owner = s3_owner_of_all(&bucket);
        TRY(run(call, &options, true, &list, &out->contents));
        TELL(&list, in, out);
        out->marker = s3_list_text(&list, str_is_set(in->marker) ? in->marker : STR(""));
        if (list.is_truncated && in->delimiter.len) /* else the last key of the page is the next marker */
                out->next_marker = s3_list_text(&list, list.last);
        return 0;
}

/* A token is good for its bucket. */
static int read_token(struct call *call, const struct s3_list_objects_v2_in *in, struct str *ret)
{
        *ret = in->start_after.len ? in->start_after : STR_NONE;
        if (!str_is_set(in->continuation_token))
                return 0;
        if (marker_read(call, in->bucket, in->continuation_token, ret) == 0)
                return 0;
        call_detail(call, STR("ArgumentName"), STR("continuation-token"));
        return fail(call, &s3_invalid_argument, "The continuation token provided is incorrect");
}

int s3_list_objects_v2(struct call *call, const struct s3_list_objects_v2_in *in,
                       struct s3_list_objects_v2_out *out)
{
        struct s3_list_options options = {
                .prefix = in->prefix,
                .delimiter = in->delimiter,
                .encoding = in->encoding_type,
                .max = in->max_keys,
        };
        struct s3_bucket_record bucket;
        struct s3_list list;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(read_token(call, in, &options.after));
        options.space = bucket.space.value;
        options.owner = s3_owner_of_all(&bucket);
        TRY(run(call, &options, in->fetch_owner.value, &list, &out->contents));
        TELL(&list, in, out);
        out->key_count = OPT_INT((int64_t)list.count);
        out->continuation_token = in->continuation_token;
        out->start_after = s3_list_text(&list, in->start_after);
        return list.is_truncated ? marker_make(call, in->bucket, list.last, &out->next_continuation_token)
                                 : 0;
}
