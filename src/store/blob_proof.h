/* Proofs of files (struct blob_proof), as the bytes come. Inside this folder.
 *
 * All bytes of the file go into the sum. The tags of its frames would not do: they are what its own key makes
 * of the bytes, so without that key nothing tells whether the bytes still fit them. */
#pragma once

#include "crypto/mac.h"
#include "store/blob.h"

struct blob_sum;

/* Of a file that is being written, under a new key. */
must_check int blob_sum_new(struct blob_sum **ret);
must_check int blob_sum_add(struct blob_sum *sum, struct str bytes);
must_check int blob_sum_end(struct blob_sum *sum, struct blob_proof *ret);
void blob_sum_free(struct blob_sum *sum); /* NULL is fine */

/* Of a file that is read: under the key of its proof, and is it the same? -EBADMSG: no. */
must_check int blob_sum_again(const struct blob_proof *proof, struct blob_sum **ret);
must_check int blob_sum_compare(struct blob_sum *sum, const struct blob_proof *proof);
