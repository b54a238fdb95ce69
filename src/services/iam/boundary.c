/* Permissions boundaries of users and roles.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html */
#include "services/iam/attachments.h"
#include "services/iam/entity.h"
#include "services/iam/roles.h"

int iam_put_user_permissions_boundary(struct call *call,
                                      const struct iam_put_user_permissions_boundary_in *in,
                                      struct iam_put_user_permissions_boundary_out *out)
{
        struct iam_user_record user;
        struct iam_owner owner;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        owner = iam_owner_user(&user);
        TRY(iam_set_boundary(call, &owner, in->permissions_boundary, &user.boundary_arn));
        return call_put(call, &iam_user_record_type, &user);
}

int iam_delete_user_permissions_boundary(struct call *call,
                                         const struct iam_delete_user_permissions_boundary_in *in,
                                         struct iam_delete_user_permissions_boundary_out *out)
{
        struct iam_user_record user;
        struct iam_owner owner;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        owner = iam_owner_user(&user);
        TRY(iam_clear_boundary(call, &owner, &user.boundary_arn));
        return call_put(call, &iam_user_record_type, &user);
}

int iam_put_role_permissions_boundary(struct call *call,
                                      const struct iam_put_role_permissions_boundary_in *in,
                                      struct iam_put_role_permissions_boundary_out *out)
{
        struct iam_role_record role;
        struct iam_owner owner;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        owner = iam_owner_role(&role);
        TRY(iam_set_boundary(call, &owner, in->permissions_boundary, &role.boundary_arn));
        return call_put(call, &iam_role_record_type, &role);
}

int iam_delete_role_permissions_boundary(struct call *call,
                                         const struct iam_delete_role_permissions_boundary_in *in,
                                         struct iam_delete_role_permissions_boundary_out *out)
{
        struct iam_role_record role;
        struct iam_owner owner;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        owner = iam_owner_role(&role);
        TRY(iam_clear_boundary(call, &owner, &role.boundary_arn));
        return call_put(call, &iam_role_record_type, &role);
}
