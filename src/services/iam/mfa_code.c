/* Codes of MFA devices. They come from people's phones, so the wall clock counts, wherever the server's own
 * has been advanced to. RFC 6238, 5.2 and 6. */
#include "crypto/totp.h"
#include "services/attempts.h"
#include "services/iam/mfa.h"

/* A code is taken from one step before to one after that which the device should be at: "at most one time
 * step is allowed as the network delay", and as much for a clock that goes a little fast. */
#define WINDOW 1
/* Two codes in a row are looked for this far around: half an hour. They are a million times harder to guess
 * than one, and a clock can be set wrong; what is further off should be set right. */
#define SEARCH 60

static int64_t drift_of(const struct iam_mfa_device_record *device)
{
        return device->drift.is_set ? device->drift.value : 0;
}

/* All of the window is computed, so that the time tells nothing. */
static int64_t find_code(const struct iam_mfa_device_record *device, struct str seed, struct str code)
{
        const int64_t middle = totp_step(clock_wall_ms()) + drift_of(device);
        int64_t found = -1;

        for (int64_t step = middle - WINDOW; step <= middle + WINDOW; step++)
                if (totp_is(seed, step, code) && step > device->last_step.value)
                        found = step;
        return found;
}

/* Users and root users; a session of theirs has its user's id. */
static bool is_callers(const struct call *call, const struct iam_mfa_device_record *device)
{
        const struct principal *caller = &call->principal;

        return (caller->kind == IAM_USER || caller->kind == ROOT_USER) &&
               str_eq(device->user_id, caller->id) && str_eq(device->account, caller->account);
}

/* By serial number, to the letter. */
static int find_callers(struct call *call, struct str serial_number, struct iam_mfa_device_record *ret)
{
        *ret = (struct iam_mfa_device_record){.account = call->principal.account, .serial = serial_number};
        if (ret->account.len == 0 || serial_number.len == 0)
                return -ENOENT;
        TRY(call_get(call, &iam_mfa_device_record_type, ret));
        return str_eq(ret->serial, serial_number) && is_callers(call, ret) ? 0 : -ENOENT;
}

static int open_and_find(struct call *call, const struct iam_mfa_device_record *device, struct str code,
                         int64_t *ret_step)
{
        _cleanup_(secret_done) struct secret seed = {};

        TRY(iam_mfa_open(call, device, &seed));
        *ret_step = find_code(device, secret_str(&seed), code);
        return *ret_step < 0 ? -EACCES : 0;
}

static int check(struct call *call, const struct iam_mfa_device_record *device, struct str code,
                 int64_t *ret_step)
{
        const int64_t now_s = clock_monotonic_ns() / 1000000000;
        int r;

        if (!attempts_may(call->host->attempts, device->serial, now_s))
                return -EACCES;
        r = open_and_find(call, device, code, ret_step);
        if (r == -EACCES)
                attempts_failed(call->host->attempts, device->serial, now_s);
        return r;
}

int iam_check_mfa_code(struct call *call, struct str serial_number, struct str code)
{
        struct iam_mfa_device_record device;
        int64_t step;

        TRY(find_callers(call, serial_number, &device));
        return check(call, &device, code, &step);
}

int iam_use_mfa_code(struct call *call, struct str serial_number, struct str code)
{
        struct iam_mfa_device_record device;
        int64_t step;

        TRY(find_callers(call, serial_number, &device));
        TRY(check(call, &device, code, &step));
        device.last_step = OPT_INT(step);
        return call_put(call, &iam_mfa_device_record_type, &device);
}

/* Devices that have used up their attempts are passed over. */
static int find_device(struct call *call, struct iam_mfa_devices *devices, struct str code, int64_t now_s,
                       struct iam_mfa_device_record **ret)
{
        *ret = NULL;
        for (size_t i = 0; i < devices->count; i++) {
                struct iam_mfa_device_record *device = &devices->items[i];
                int64_t step;
                int r;

                if (!attempts_may(call->host->attempts, device->serial, now_s))
                        continue;
                r = open_and_find(call, device, code, &step);
                if (r < 0 && r != -EACCES)
                        return r;
                if (r < 0 || *ret)
                        continue;
                device->last_step = OPT_INT(step);
                *ret = device;
        }
        return 0;
}

/* What none of them shows was a wrong one for each. */
static void count_wrong(struct call *call, const struct iam_mfa_devices *devices, int64_t now_s)
{
        for (size_t i = 0; i < devices->count; i++)
                attempts_failed(call->host->attempts, devices->items[i].serial, now_s);
}

int iam_use_code_to_sign_in(struct call *call, const struct iam_sign_in *who, struct str code,
                            struct str *ret_serial_number)
{
        const int64_t now_s = clock_monotonic_ns() / 1000000000;
        struct iam_mfa_device_record *right;
        struct iam_mfa_devices devices;

        TRY(iam_mfa_devices_of(call, who->principal.id, &devices));
        TRY(find_device(call, &devices, code, now_s, &right));
        if (!right) {
                count_wrong(call, &devices, now_s);
                return -EACCES;
        }
        *ret_serial_number = right->serial;
        return call_put(call, &iam_mfa_device_record_type, right);
}

/* The step of the second code, or -1. Both are computed at each, so that the time does not tell which one was
 * wrong: the second alone would be a code that is good. */
static int64_t find_pair(struct str seed, struct str first, struct str second, int64_t now, int64_t after)
{
        int64_t found = -1;

        for (int64_t step = now - SEARCH; step <= now + SEARCH; step++) {
                bool is_second = totp_is(seed, step, second);
                bool is_first = totp_is(seed, step - 1, first);

                if (is_second && is_first && step - 1 > after)
                        found = step;
        }
        return found;
}

int iam_mfa_synchronise(struct call *call, struct str first, struct str second,
                        struct iam_mfa_device_record *device)
{
        const int64_t now = totp_step(clock_wall_ms());
        _cleanup_(secret_done) struct secret seed = {};
        int64_t step;

        TRY(iam_mfa_open(call, device, &seed));
        step = find_pair(secret_str(&seed), first, second, now, device->last_step.value);
        if (step < 0)
                return fail(call, &iam_invalid_authentication_code_exception,
                            "Authentication code for device is not valid.");
        device->last_step = OPT_INT(step);
        /* Within the window its clock goes right, and who types takes a while. */
        device->drift = step < now - WINDOW || step > now + WINDOW ? OPT_INT(step - now) : (struct opt_int){};
        return 0;
}
