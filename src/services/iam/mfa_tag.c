/* Tags of MFA devices. */
#include "services/iam/mfa.h"
#include "services/iam/tags.h"

int iam_tag_mfa_device(struct call *call, const struct iam_tag_mfa_device_in *in,
                       struct iam_tag_mfa_device_out *out)
{
        struct iam_mfa_device_record device;

        (void)out;
        TRY(iam_need_mfa_device(call, in->serial_number, &device));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_CASE, "TagsPerMFADevice", &in->tags, &device.tags));
        return call_put(call, &iam_mfa_device_record_type, &device);
}

int iam_untag_mfa_device(struct call *call, const struct iam_untag_mfa_device_in *in,
                         struct iam_untag_mfa_device_out *out)
{
        struct iam_mfa_device_record device;

        (void)out;
        TRY(iam_need_mfa_device(call, in->serial_number, &device));
        TRY(iam_tags_remove(call, IAM_TAG_KEYS_CASE, &in->tag_keys, &device.tags));
        return call_put(call, &iam_mfa_device_record_type, &device);
}

int iam_list_mfa_device_tags(struct call *call, const struct iam_list_mfa_device_tags_in *in,
                             struct iam_list_mfa_device_tags_out *out)
{
        struct iam_mfa_device_record device;

        TRY(iam_need_mfa_device(call, in->serial_number, &device));
        return iam_tags_page(call, &device.tags, device.serial, in->marker, in->max_items, &out->tags,
                             &out->is_truncated, &out->marker);
}
