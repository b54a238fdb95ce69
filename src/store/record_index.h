/* The entries of a record in the indexes of its type. For the files of this folder. */
#pragma once

#include "store/record_key.h"

/* Brings the entries from those of the record as it was stored (absent: it was not) to those of the record as
 * it will be (absent: it will not be). Both are encoded records. -EEXIST: a unique index has another record
 * there. Does not read `before` after its first write. */
must_check int record_index_update(struct txn *txn, const struct record_type *type, struct str before,
                                   struct str now);
/* Enters a stored record into one index. */
must_check int record_index_enter(struct txn *txn, const struct record_type *type,
                                  const struct record_index *index, struct str bytes);
/* The stored bytes of the record that an index entry stands for. -EBADMSG: there is none. */
must_check int record_index_follow(struct txn *txn, const struct record_type *type, struct str entry_value,
                                   struct str *ret_bytes);
