/* Tags of roles. */
#include "services/iam/entity.h"
#include "services/iam/tags.h"

int iam_tag_role(struct call *call, const struct iam_tag_role_in *in, struct iam_tag_role_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_role(call, in->role_name, &role));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_NOCASE, "TagsPerRole", &in->tags, &role.tags));
        return call_put(call, &iam_role_record_type, &role);
}

int iam_untag_role(struct call *call, const struct iam_untag_role_in *in, struct iam_untag_role_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_role(call, in->role_name, &role));
        TRY(iam_tags_remove(call, IAM_TAG_KEYS_NOCASE, &in->tag_keys, &role.tags));
        return call_put(call, &iam_role_record_type, &role);
}

int iam_list_role_tags(struct call *call, const struct iam_list_role_tags_in *in,
                       struct iam_list_role_tags_out *out)
{
        struct iam_role_record role;

        TRY(iam_need_role(call, in->role_name, &role));
        return iam_tags_page(call, &role.tags, role.id, in->marker, in->max_items, &out->tags,
                             &out->is_truncated, &out->marker);
}
