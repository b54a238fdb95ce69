/* What other services need of KMS beside its operations, which they call through call->invoke(): with the
 * principal of their own caller, every policy asked and every use on record. */
#pragma once

#include "api/kms.h"
#include "services/call.h"

/* The AWS managed key of this account and region behind "alias/aws/s3" and its kin, made when it is first
 * needed (then the call becomes a write: call_need_write()). -EINVAL: there is no such alias. */
must_check int kms_service_key(struct call *call, struct str alias, struct str *ret_key_arn);

/* For conditions and listings. The alias of this number in order; absent behind the last. */
struct str kms_predefined_alias(size_t number);

/* Invokes an operation of KMS as the service `via_service` ("s3.us-east-1.amazonaws.com"). */
extern const struct api_service kms_service;
must_check int kms_invoke(struct call *call, struct str operation, const void *in, void *out,
                          struct str via_service);

/* Whether the call's account has a key of this id, ARN or alias in its region; of those of others nothing is
 * told: 0. -ENOENT. */
must_check int kms_has_key(struct call *call, struct str key_id);

/* AWS owned keys, which belong to a service and to no account: nobody sees them, and no policy speaks of
 * them. For what a service encrypts by default (SSE-S3). bound: what the data belongs to; it must be the same
 * when it is opened. -EBADMSG: it was not sealed so. */
must_check int kms_owned_seal(struct call *call, struct str service, struct str bound, struct str clear,
                              struct str *ret_sealed);
must_check int kms_owned_open(struct call *call, struct str service, struct str bound, struct str sealed,
                              struct secret *ret_clear);
