#include "services/iam/mfa.h"

int iam_find_mfa_device(struct call *call, struct str serial_number, struct iam_mfa_device_record *ret)
{
        *ret = (struct iam_mfa_device_record){.account = call->account, .serial = serial_number};
        TRY(call_get(call, &iam_mfa_device_record_type, ret));
        return str_eq(ret->serial, serial_number) ? 0 : -ENOENT;
}

int iam_need_mfa_device(struct call *call, struct str serial_number, struct iam_mfa_device_record *ret)
{
        int r = iam_find_mfa_device(call, serial_number, ret);

        if (r == -ENOENT)
                return fail(call, &iam_no_such_entity_exception,
                            "VirtualMFADevice with serial number %.*s doesn't exist.",
                            STR_ARG(serial_number));
        return r;
}

int iam_mfa_devices_of(struct call *call, struct str user_id, struct iam_mfa_devices *ret)
{
        const struct iam_mfa_device_record like = {.user_id = user_id};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        ret->count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_mfa_device_record_type,
                              iam_mfa_device_by_user, &like, 1, STR_NONE));
        while (ret->count < ARRAY_LEN(ret->items) &&
               (r = record_scan_next(&scan, &ret->items[ret->count])) == 0)
                ret->count++;
        return r == -ENOENT ? 0 : r;
}

int iam_has_mfa_device(struct call *call, struct str user_id, bool *ret)
{
        struct iam_mfa_device_record device = {.user_id = user_id};
        int r = iam_first(call, &iam_mfa_device_record_type, iam_mfa_device_by_user, &device);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = r == 0;
        return 0;
}

/* -- What permissions are asked on */

static int named(struct call *call, struct str path, struct str name, struct resource *ret)
{
        *ret = (struct resource){.arn = iam_arn(&call->arena, call->account, "mfa", iam_path(path), name),
                                 .type = STR("AWS::IAM::VirtualMFADevice")};
        return 0;
}

/* A serial number is the ARN of a virtual device; the number of a hardware one stands for itself. */
int iam_mfa_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_mfa_device_record device;
        int r;

        if (!str_starts(args[0], STR("arn:")))
                return named(call, STR_NONE, args[0], ret);
        *ret = (struct resource){.arn = args[0], .type = STR("AWS::IAM::VirtualMFADevice")};
        r = iam_find_mfa_device(call, args[0], &device);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return iam_tags_map(&call->arena, &device.tags, &ret->tags);
}

int iam_new_mfa_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, args[1], args[0], ret);
}

int iam_mfas_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        *ret = (struct resource){.arn = iam_arn(&call->arena, call->account, "mfa", STR("/"), STR_NONE)};
        return 0;
}

/* -- Seeds */

/* What the sealed seed is bound to. */
static struct str bound(struct call *call, const struct iam_mfa_device_record *device)
{
        return record_name(&call->arena, &iam_mfa_device_record_type, device);
}

int iam_mfa_seal(struct call *call, struct iam_mfa_device_record *device, struct str seed)
{
        return call_seal(call, bound(call, device), seed, &device->seed);
}

int iam_mfa_open(struct call *call, const struct iam_mfa_device_record *device, struct secret *ret)
{
        return call_open(call, bound(call, device), device->seed, ret);
}
