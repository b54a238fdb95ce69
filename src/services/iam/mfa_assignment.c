/* Whose MFA devices are: enabling, synchronising and taking them away.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_sync.html */
#include "services/iam/mfa.h"
#include "services/iam/page.h"

/* How the root user is called where a name must be given: AWS has its console for that. */
#define ROOT_NAME STR("root")

struct holder {
        struct str id;
        struct str name;
};

static bool is_user(struct call *call, struct str name)
{
        const struct iam_user_record user = {.account = call->account, .name = name};

        return record_exists(call->txn, &iam_user_record_type, &user);
}

/* A root user means itself without a name, or by its own, unless a user has that. Nobody else can mean it. */
static bool means_root(struct call *call, struct str name)
{
        if (call->principal.kind != ROOT_USER)
                return false;
        return !str_is_set(name) || (str_eq(name, ROOT_NAME) && !is_user(call, name));
}

static int find_holder(struct call *call, struct str name, struct holder *ret)
{
        struct iam_user_record user;

        if (means_root(call, name)) {
                *ret = (struct holder){.id = call->account, .name = ROOT_NAME};
                return 0;
        }
        TRY(iam_need_user_or_caller(call, name, &user));
        *ret = (struct holder){.id = user.id, .name = user.name};
        return 0;
}

/* A device of this holder and of no other. */
static int find_held(struct call *call, struct str user_name, struct str serial_number,
                     struct holder *ret_holder, struct iam_mfa_device_record *ret)
{
        int r;

        TRY(find_holder(call, user_name, ret_holder));
        r = iam_find_mfa_device(call, serial_number, ret);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT || !str_eq(ret->user_id, ret_holder->id))
                return fail(call, &iam_no_such_entity_exception,
                            "MFA Device with serial number %.*s does not exist for user %.*s.",
                            STR_ARG(serial_number), STR_ARG(ret_holder->name));
        return 0;
}

static int refuse_more(struct call *call, const struct holder *holder)
{
        struct iam_mfa_devices devices;

        TRY(iam_mfa_devices_of(call, holder->id, &devices));
        if (devices.count < IAM_MFA_DEVICES_PER_USER)
                return 0;
        return iam_over_quota(call, "MFADevicesPerUser", IAM_MFA_DEVICES_PER_USER);
}

int iam_enable_mfa_device(struct call *call, const struct iam_enable_mfa_device_in *in,
                          struct iam_enable_mfa_device_out *out)
{
        struct iam_mfa_device_record device;
        struct holder holder;

        (void)out;
        TRY(find_holder(call, in->user_name, &holder));
        TRY(iam_need_mfa_device(call, in->serial_number, &device));
        if (iam_mfa_is_assigned(&device))
                return fail(call, &iam_entity_already_exists_exception, "MFA Device is already in use.");
        TRY(refuse_more(call, &holder));
        TRY(iam_mfa_synchronise(call, in->authentication_code1, in->authentication_code2, &device));
        device.user_id = holder.id;
        device.enabled = OPT_INT(call->now_ms);
        TRY(call_put(call, &iam_mfa_device_record_type, &device));
        return iam_count_up(call, IAM_COUNT_MFA_IN_USE, "MFADevicesInUse", INT64_MAX);
}

/* What codes it was good for it remembers: they are not good again when it is enabled again. */
int iam_deactivate_mfa_device(struct call *call, const struct iam_deactivate_mfa_device_in *in,
                              struct iam_deactivate_mfa_device_out *out)
{
        struct iam_mfa_device_record device;
        struct holder holder;

        (void)out;
        TRY(find_held(call, in->user_name, in->serial_number, &holder, &device));
        device.user_id = STR_NONE;
        device.enabled = (struct opt_int){};
        TRY(call_put(call, &iam_mfa_device_record_type, &device));
        return iam_count_down(call, IAM_COUNT_MFA_IN_USE);
}

int iam_resync_mfa_device(struct call *call, const struct iam_resync_mfa_device_in *in,
                          struct iam_resync_mfa_device_out *out)
{
        struct iam_mfa_device_record device;
        struct holder holder;

        (void)out;
        TRY(find_held(call, in->user_name, in->serial_number, &holder, &device));
        TRY(iam_mfa_synchronise(call, in->authentication_code1, in->authentication_code2, &device));
        return call_put(call, &iam_mfa_device_record_type, &device);
}

int iam_get_mfa_device(struct call *call, const struct iam_get_mfa_device_in *in,
                       struct iam_get_mfa_device_out *out)
{
        struct iam_mfa_device_record device;
        struct holder holder;

        TRY(find_held(call, in->user_name, in->serial_number, &holder, &device));
        out->user_name = holder.name;
        out->serial_number = device.serial;
        out->enable_date = device.enabled;
        return 0;
}

static struct str serial_of(const void *device)
{
        return ((const struct iam_mfa_device_record *)device)->serial;
}

int iam_list_mfa_devices(struct call *call, const struct iam_list_mfa_devices_in *in,
                         struct iam_list_mfa_devices_out *out)
{
        struct iam_mfa_devices devices;
        struct holder holder;
        struct iam_page page;
        size_t first, end;

        TRY(find_holder(call, in->user_name, &holder));
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, holder.id));
        TRY(iam_mfa_devices_of(call, holder.id, &devices));
        iam_page_of(&page, devices.items, devices.count, sizeof(devices.items[0]), serial_of, &first, &end);
        out->mfa_devices.items = arena_new_array(&call->arena, struct iam_mfa_device, devices.count + 1);
        if (!out->mfa_devices.items)
                return -ENOMEM;
        out->mfa_devices.is_set = true;
        for (size_t i = first; i < end; i++)
                out->mfa_devices.items[out->mfa_devices.count++] =
                        (struct iam_mfa_device){.user_name = holder.name,
                                                .serial_number = devices.items[i].serial,
                                                .enable_date = devices.items[i].enabled};
        return iam_page_end(&page, end < devices.count, &out->is_truncated, &out->marker);
}
