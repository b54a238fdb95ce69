/* Imported material, its hour, and its like in the key's other regions. */
#pragma once

#include "services/kms/kms.h"

/* Destroys it and takes back its timer; the record is the caller's to store. */
must_check int kms_destroy_imported(struct call *call, const struct kms_key_record *key,
                                    struct kms_material_record *material);

/* It waits for a rotation, or to be in all regions of the key. */
/* For kms_each_material(): sets the bool at arg when the bytes of material that has been used are not there.
 */
must_check int kms_lacks_used(struct call *call, void *arg, struct kms_material_record *material);
bool kms_was_never_used(const struct kms_material_record *material);

/* New material of a primary key: its name goes to the other regions, where the same bytes are to be imported.
 */
must_check int kms_spread_material(struct call *call, const struct kms_key_record *key,
                                   const struct kms_material_record *material);
/* The description that a primary key's material has is the one that it has everywhere. */
must_check int kms_share_description(struct call *call, const struct kms_key_record *key,
                                     const struct kms_material_record *material);
/* Material that waits can be rotated to once it is in every region of the key: says so everywhere. To be
 * called whenever it may have come to a region, or gone from one. */
must_check int kms_settle_pending(struct call *call, const struct kms_key_record *key);
