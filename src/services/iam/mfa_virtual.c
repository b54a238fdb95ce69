/* Virtual MFA devices as such: made with a seed that is told once, listed, deleted.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html */
#include "base/ids.h"
#include "base/text.h"
#include "services/iam/mfa.h"
#include "services/iam/page.h"
#include "services/iam/tags.h"

/* serialNumberType: a longer one could never be named. */
#define SERIAL_MAX 256

/* "AccountName" of the picture: the alias, or else the account's id. */
static int account_name(struct call *call, struct str *ret)
{
        struct iam_account_alias_record alias = {.account = call->account};
        int r = record_find(call->txn, &call->arena, &iam_account_alias_record_type,
                            iam_account_alias_by_account, &alias);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = r == 0 ? alias.alias : call->account;
        return 0;
}

static int tell_seed(struct call *call, struct str name, struct str seed, struct iam_virtual_mfa_device *ret)
{
        char *text = arena_alloc(&call->arena, IAM_MFA_SEED_TEXT);
        struct str account;

        if (!text)
                return -ENOMEM;
        base32_write(text, seed.ptr, seed.len);
        ret->base32_string_seed = str_make(text, IAM_MFA_SEED_TEXT);
        TRY(account_name(call, &account));
        return iam_mfa_picture(call, name, account, ret->base32_string_seed, &ret->qr_code_png);
}

static int insert_device(struct call *call, const struct iam_mfa_device_record *device)
{
        int r = call_insert(call, &iam_mfa_device_record_type, device);

        if (r == -EEXIST)
                return fail(call, &iam_entity_already_exists_exception,
                            "MFADevice entity at the same path and name already exists.");
        TRY(r);
        return iam_count_up(call, IAM_COUNT_MFA_DEVICES, "VirtualMFADevicesPerAccount",
                            IAM_MFA_DEVICES_PER_ACCOUNT);
}

static int make_seed(struct call *call, struct iam_mfa_device_record *device, struct secret *ret)
{
        TRY(secret_new(ret, IAM_MFA_SEED_LEN));
        random_fill(ret->bytes, ret->len);
        return iam_mfa_seal(call, device, secret_str(ret));
}

int iam_create_virtual_mfa_device(struct call *call, const struct iam_create_virtual_mfa_device_in *in,
                                  struct iam_create_virtual_mfa_device_out *out)
{
        struct iam_mfa_device_record device = {.account = call->account,
                                               .serial = iam_arn(&call->arena, call->account, "mfa",
                                                                 iam_path(in->path),
                                                                 in->virtual_mfa_device_name),
                                               .created = OPT_INT(call->now_ms)};
        _cleanup_(secret_done) struct secret seed = {};

        if (device.serial.len > SERIAL_MAX)
                return fail(call, &iam_invalid_input_exception,
                            "The serial number of the device would be longer than %d characters.",
                            SERIAL_MAX);
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_CASE, "TagsPerMFADevice", &in->tags, &device.tags));
        TRY(make_seed(call, &device, &seed));
        TRY(insert_device(call, &device));
        out->virtual_mfa_device = arena_new(&call->arena, struct iam_virtual_mfa_device);
        if (!out->virtual_mfa_device)
                return -ENOMEM;
        *out->virtual_mfa_device = (struct iam_virtual_mfa_device){.serial_number = device.serial};
        if (device.tags.count)
                out->virtual_mfa_device->tags = device.tags;
        return tell_seed(call, in->virtual_mfa_device_name, secret_str(&seed), out->virtual_mfa_device);
}

int iam_delete_virtual_mfa_device(struct call *call, const struct iam_delete_virtual_mfa_device_in *in,
                                  struct iam_delete_virtual_mfa_device_out *out)
{
        struct iam_mfa_device_record device;

        (void)out;
        TRY(iam_need_mfa_device(call, in->serial_number, &device));
        if (iam_mfa_is_assigned(&device))
                return fail(call, &iam_delete_conflict_exception,
                            "MFA VirtualDevice in use. Must deactivate first.");
        TRY(call_delete(call, &iam_mfa_device_record_type, &device));
        return iam_count_down(call, IAM_COUNT_MFA_DEVICES);
}

/* -- Listing */

static int tell_root(struct call *call, struct iam_user *ret)
{
        struct iam_account_record account = {.id = call->account};

        TRY(call_get(call, &iam_account_record_type, &account));
        *ret = (struct iam_user){.user_id = call->account,
                                 .arn = iam_root_arn(&call->arena, call->account),
                                 .create_date = account.created};
        return 0;
}

static int tell_user(struct call *call, struct str user_id, struct iam_user **ret)
{
        struct iam_user_record user;

        *ret = arena_new(&call->arena, struct iam_user);
        if (!*ret)
                return -ENOMEM;
        if (str_eq(user_id, call->account))
                return tell_root(call, *ret);
        TRY(iam_user_by_unique_id(call->txn, &call->arena, user_id, &user));
        return iam_user_out(call, &user, false, *ret);
}

static int tell_device(struct call *call, const struct iam_mfa_device_record *device,
                       struct iam_virtual_mfa_device *ret)
{
        *ret = (struct iam_virtual_mfa_device){.serial_number = device->serial,
                                               .enable_date = device->enabled};
        return iam_mfa_is_assigned(device) ? tell_user(call, device->user_id, &ret->user) : 0;
}

static bool is_meant(struct str status, const struct iam_mfa_device_record *device)
{
        if (str_eq(status, STR("Assigned")))
                return iam_mfa_is_assigned(device);
        return !str_eq(status, STR("Unassigned")) || !iam_mfa_is_assigned(device);
}

int iam_list_virtual_mfa_devices(struct call *call, const struct iam_list_virtual_mfa_devices_in *in,
                                 struct iam_list_virtual_mfa_devices_out *out)
{
        const struct iam_mfa_device_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_mfa_device_record device;
        struct iam_page page;
        int r;

        TRY(iam_page_begin(&page, call, in->marker, in->max_items, in->assignment_status));
        out->virtual_mfa_devices.items =
                arena_new_array(&call->arena, struct iam_virtual_mfa_device, page.limit);
        if (!out->virtual_mfa_devices.items)
                return -ENOMEM;
        out->virtual_mfa_devices.is_set = true;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_mfa_device_record_type, NULL, &like, 1,
                              page.after));
        while ((r = record_scan_next(&scan, &device)) == 0) {
                if (!is_meant(in->assignment_status, &device))
                        continue;
                if (iam_page_is_full(&page))
                        break;
                TRY(tell_device(call, &device, &out->virtual_mfa_devices.items[page.count++]));
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        out->virtual_mfa_devices.count = page.count;
        return iam_page_end(&page, r == 0, &out->is_truncated, &out->marker);
}
