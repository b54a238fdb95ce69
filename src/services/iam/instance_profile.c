/* Instance profiles: each holds one role at most, which EC2 gives to its instances.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html */
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"
#include "services/iam/roles.h"
#include "services/iam/tags.h"

static int role_of(struct call *call, const struct iam_instance_profile_record *profile,
                   struct iam_role_list *ret)
{
        struct iam_role_record role;

        *ret = (struct iam_role_list){.is_set = true};
        if (!str_is_set(profile->role_id))
                return 0;
        ret->items = arena_new(&call->arena, struct iam_role);
        if (!ret->items)
                return -ENOMEM;
        TRY(iam_role_by_unique_id(call->txn, &call->arena, profile->role_id, &role));
        TRY(iam_role_out(call, &role, false, &ret->items[0]));
        ret->items[0].description = STR_NONE;
        ret->items[0].max_session_duration = (struct opt_int){};
        ret->count = 1;
        return 0;
}

int iam_instance_profile_out(struct call *call, const struct iam_instance_profile_record *profile,
                             bool with_details, struct iam_instance_profile *ret)
{
        *ret = (struct iam_instance_profile){
                .path = profile->path,
                .instance_profile_name = profile->name,
                .instance_profile_id = profile->id,
                .arn = iam_instance_profile_arn(&call->arena, profile),
                .create_date = profile->created,
        };
        if (with_details) {
                ret->tags = profile->tags;
                ret->tags.is_set = true;
        }
        return role_of(call, profile, &ret->roles);
}

static int give_profile(struct call *call, const struct iam_instance_profile_record *profile,
                        struct iam_instance_profile **ret)
{
        *ret = arena_new(&call->arena, struct iam_instance_profile);
        return *ret ? iam_instance_profile_out(call, profile, true, *ret) : -ENOMEM;
}

int iam_create_instance_profile(struct call *call, const struct iam_create_instance_profile_in *in,
                                struct iam_create_instance_profile_out *out)
{
        struct iam_instance_profile_record profile = {
                .account = call->account,
                .name = in->instance_profile_name,
                .id = iam_new_id(call, "AIPA"),
                .path = iam_path(in->path),
                .created = OPT_INT(call->now_ms),
        };
        int r;

        TRY(iam_tags_merge(call, IAM_TAG_KEYS_CASE, "TagsPerInstanceProfile", &in->tags, &profile.tags));
        r = call_insert(call, &iam_instance_profile_record_type, &profile);
        if (r == -EEXIST)
                return fail(call, &iam_entity_already_exists_exception,
                            "Instance Profile %.*s already exists.", STR_ARG(in->instance_profile_name));
        if (r < 0)
                return r;
        TRY(iam_count_up(call, IAM_COUNT_INSTANCE_PROFILES, "InstanceProfilesPerAccount",
                         IAM_INSTANCE_PROFILES_PER_ACCOUNT));
        return give_profile(call, &profile, &out->instance_profile);
}

int iam_get_instance_profile(struct call *call, const struct iam_get_instance_profile_in *in,
                             struct iam_get_instance_profile_out *out)
{
        struct iam_instance_profile_record profile;

        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        return give_profile(call, &profile, &out->instance_profile);
}

int iam_list_instance_profiles(struct call *call, const struct iam_list_instance_profiles_in *in,
                               struct iam_list_instance_profiles_out *out)
{
        const struct str prefix = iam_path(in->path_prefix);
        const struct iam_instance_profile_record like = {.account = call->account};
        struct iam_instance_profile_list *list = &out->instance_profiles;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_instance_profile_record profile;
        struct iam_page page;
        int r;

        TRY(iam_page_begin(&page, call, in->marker, in->max_items, prefix));
        list->is_set = true;
        list->items = arena_new_array(&call->arena, struct iam_instance_profile, page.limit);
        if (!list->items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_instance_profile_record_type, NULL, &like,
                              1, page.after));
        while ((r = record_scan_next(&scan, &profile)) == 0) {
                if (!str_starts(profile.path, prefix))
                        continue;
                if (iam_page_is_full(&page))
                        break;
                TRY(iam_instance_profile_out(call, &profile, false, &list->items[page.count++]));
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        list->count = page.count;
        return iam_page_end(&page, r == 0, &out->is_truncated, &out->marker);
}

int iam_list_instance_profiles_for_role(struct call *call,
                                        const struct iam_list_instance_profiles_for_role_in *in,
                                        struct iam_list_instance_profiles_for_role_out *out)
{
        struct iam_instance_profile_list *list = &out->instance_profiles;
        struct iam_instance_profile_role_record like = {}, row;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_instance_profile_record profile;
        struct iam_role_record role;
        struct iam_page page;
        int r;

        TRY(iam_need_role(call, in->role_name, &role));
        like.role_id = role.id;
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, role.id));
        list->is_set = true;
        list->items = arena_new_array(&call->arena, struct iam_instance_profile, page.limit);
        if (!list->items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_instance_profile_role_record_type, NULL,
                              &like, 1, page.after));
        while ((r = record_scan_next(&scan, &row)) == 0 && !iam_page_is_full(&page)) {
                TRY(iam_need_instance_profile(call, row.profile_name, &profile));
                TRY(iam_instance_profile_out(call, &profile, false, &list->items[page.count++]));
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        list->count = page.count;
        return iam_page_end(&page, r == 0, &out->is_truncated, &out->marker);
}

/* Of the permissions of this, iam:PassRole on the role is one: who may fill a profile gives the role away. */
int iam_add_role_to_instance_profile(struct call *call, const struct iam_add_role_to_instance_profile_in *in,
                                     struct iam_add_role_to_instance_profile_out *out)
{
        struct iam_instance_profile_role_record row;
        struct iam_instance_profile_record profile;
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        if (str_is_set(profile.role_id))
                return iam_over_quota(call, "InstanceSessionsPerInstanceProfile", 1);
        row = (struct iam_instance_profile_role_record){role.id, profile.name, call->account};
        TRY(call_insert(call, &iam_instance_profile_role_record_type, &row));
        profile.role_id = role.id;
        return call_put(call, &iam_instance_profile_record_type, &profile);
}

int iam_remove_role_from_instance_profile(struct call *call,
                                          const struct iam_remove_role_from_instance_profile_in *in,
                                          struct iam_remove_role_from_instance_profile_out *out)
{
        struct iam_instance_profile_role_record row;
        struct iam_instance_profile_record profile;
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        if (!str_eq(profile.role_id, role.id))
                return fail(call, &iam_no_such_entity_exception, "The role with name %.*s cannot be found.",
                            STR_ARG(in->role_name));
        row = (struct iam_instance_profile_role_record){role.id, profile.name, call->account};
        TRY(call_delete(call, &iam_instance_profile_role_record_type, &row));
        profile.role_id = STR_NONE;
        return call_put(call, &iam_instance_profile_record_type, &profile);
}

int iam_delete_instance_profile(struct call *call, const struct iam_delete_instance_profile_in *in,
                                struct iam_delete_instance_profile_out *out)
{
        struct iam_instance_profile_record profile;

        (void)out;
        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        if (str_is_set(profile.role_id))
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete entity, must remove roles from instance profile first.");
        TRY(call_delete(call, &iam_instance_profile_record_type, &profile));
        return iam_count_down(call, IAM_COUNT_INSTANCE_PROFILES);
}

int iam_tag_instance_profile(struct call *call, const struct iam_tag_instance_profile_in *in,
                             struct iam_tag_instance_profile_out *out)
{
        struct iam_instance_profile_record profile;

        (void)out;
        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_CASE, "TagsPerInstanceProfile", &in->tags, &profile.tags));
        return call_put(call, &iam_instance_profile_record_type, &profile);
}

int iam_untag_instance_profile(struct call *call, const struct iam_untag_instance_profile_in *in,
                               struct iam_untag_instance_profile_out *out)
{
        struct iam_instance_profile_record profile;

        (void)out;
        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        TRY(iam_tags_remove(call, IAM_TAG_KEYS_CASE, &in->tag_keys, &profile.tags));
        return call_put(call, &iam_instance_profile_record_type, &profile);
}

int iam_list_instance_profile_tags(struct call *call, const struct iam_list_instance_profile_tags_in *in,
                                   struct iam_list_instance_profile_tags_out *out)
{
        struct iam_instance_profile_record profile;

        TRY(iam_need_instance_profile(call, in->instance_profile_name, &profile));
        return iam_tags_page(call, &profile.tags, profile.id, in->marker, in->max_items, &out->tags,
                             &out->is_truncated, &out->marker);
}
