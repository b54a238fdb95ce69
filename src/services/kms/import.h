/* Imported material and its hour. */
#pragma once

#include "services/kms/kms.h"

/* Destroys it and takes back its timer; the record is the caller's to store. */
must_check int kms_destroy_imported(struct call *call, const struct kms_key_record *key,
                                    struct kms_material_record *material);
