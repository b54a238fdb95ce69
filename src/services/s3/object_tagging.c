/* Tags of a version of an object: put as a whole. A lock has no say in them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
#include "services/s3/event.h"
#include "services/s3/replication.h"
#include "services/s3/tags.h"
#include "services/s3/version.h"

struct tagged {
        struct s3_bucket_record bucket;
        struct s3_version version;
};

static int find(struct call *call, struct str bucket, struct str key, struct str version_id,
                struct tagged *ret)
{
        TRY(s3_get_bucket(call, bucket, &ret->bucket));
        return s3_find_object(call, &ret->bucket, key, version_id, &ret->version);
}

static int put(struct call *call, struct tagged *tagged, struct s3_tag_list tags, enum s3_event_kind kind,
               struct str *ret_version_id)
{
        tagged->version.row.tags = tags;
        TRY(s3_note_change(call, &tagged->bucket, S3_CHANGED_TAGS, &tagged->version));
        *ret_version_id = s3_told_version(&tagged->bucket, &tagged->version.row);
        TRY(s3_row_put(call, &tagged->version.place, &tagged->version.row));
        return s3_event(call, &tagged->bucket, tagged->version.place.key, &tagged->version.row, kind);
}

int s3_put_object_tagging(struct call *call, const struct s3_put_object_tagging_in *in,
                          struct s3_put_object_tagging_out *out)
{
        struct tagged tagged;

        TRY(find(call, in->bucket, in->key, in->version_id, &tagged));
        TRY(s3_check_tags(call, &in->tagging->tag_set, S3_OBJECT_TAGS_MAX));
        return put(call, &tagged, in->tagging->tag_set, S3_OBJECT_TAGGING_PUT, &out->version_id);
}

int s3_get_object_tagging(struct call *call, const struct s3_get_object_tagging_in *in,
                          struct s3_get_object_tagging_out *out)
{
        struct tagged tagged;

        TRY(find(call, in->bucket, in->key, in->version_id, &tagged));
        out->tag_set = tagged.version.row.tags;
        out->tag_set.is_set = true;
        out->version_id = s3_told_version(&tagged.bucket, &tagged.version.row);
        return 0;
}

int s3_delete_object_tagging(struct call *call, const struct s3_delete_object_tagging_in *in,
                             struct s3_delete_object_tagging_out *out)
{
        const struct s3_tag_list none = {};
        struct tagged tagged;

        TRY(find(call, in->bucket, in->key, in->version_id, &tagged));
        return put(call, &tagged, none, S3_OBJECT_TAGGING_DELETE, &out->version_id);
}
