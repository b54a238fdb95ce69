/* Virtual MFA devices, for the files that make, assign and ask them. A device belongs to an account; who it
 * is assigned to is known by unique id, a root user by its account's.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html */
#pragma once

#include "services/iam/entity.h"
#include "services/iam/quota.h"

/* 64 characters in base32, as AWS's are. */
#define IAM_MFA_SEED_LEN  40
#define IAM_MFA_SEED_TEXT (IAM_MFA_SEED_LEN / 5 * 8)

/* -- Devices: mfa_device.c */

/* By serial number, to the letter, of the call's account. NoSuchEntity. */
must_check int iam_need_mfa_device(struct call *call, struct str serial_number,
                                   struct iam_mfa_device_record *ret);
/* -ENOENT. */
must_check int iam_find_mfa_device(struct call *call, struct str serial_number,
                                   struct iam_mfa_device_record *ret);
static inline bool iam_mfa_is_assigned(const struct iam_mfa_device_record *device)
{
        return str_is_set(device->user_id);
}

struct iam_mfa_devices {
        struct iam_mfa_device_record items[IAM_MFA_DEVICES_PER_USER];
        size_t count;
};
/* Those assigned to a user, or to the root user by its account's id; ordered by serial number. */
must_check int iam_mfa_devices_of(struct call *call, struct str user_id, struct iam_mfa_devices *ret);
must_check int iam_has_mfa_device(struct call *call, struct str user_id, bool *ret);

must_check int iam_mfa_seal(struct call *call, struct iam_mfa_device_record *device, struct str seed);
must_check int iam_mfa_open(struct call *call, const struct iam_mfa_device_record *device,
                            struct secret *ret);

/* -- Codes: mfa_code.c */

/* Two that follow one another, after the last one that was used: sets how far the device's clock is from
 * ours, and what was used. InvalidAuthenticationCode. */
must_check int iam_mfa_synchronise(struct call *call, struct str first, struct str second,
                                   struct iam_mfa_device_record *device);

/* -- Pictures: mfa_picture.c */

/* otpauth://..., what an app reads the seed from, as a QR code in a PNG. */
must_check int iam_mfa_picture(struct call *call, struct str device_name, struct str account_name,
                               struct str seed_text, struct str *ret_png);
