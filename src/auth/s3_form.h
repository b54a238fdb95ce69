/* Uploads by browsers' forms: fields that prove each other by a signed policy, by version 4 of signatures or
 * by version 2. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html For this folder only. */
#pragma once

#include "auth/signing_key.h"

/* Of expected.form; absent: it did not come. */
struct str s3_form_field(const struct check *check, struct str name);
/* AUTH_BAD_ARGUMENT, with the field's name and value. */
must_check int s3_form_refuse(struct check *check, struct str name, const char *format, ...) _printf_(3, 4);

must_check int s3_form_read(struct check *check); /* AUTH_MISSING, AUTH_BAD_ARGUMENT */
must_check int s3_form_signature_check(struct check *check, const struct key_secret *secret);
/* AUTH_BAD_POLICY; AUTH_DENIED: it has ended, or the form is not what it allows. Sets size_min, size_max. */
must_check int s3_form_policy_check(struct check *check);
