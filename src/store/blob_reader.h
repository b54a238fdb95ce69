/* A reader on any file. Inside this folder, and for the fuzz target. */
#pragma once

#include "store/blob_format.h"

/* -EBADMSG: the file is shorter. */
must_check int blob_read_exactly(int fd, uint64_t offset, uint8_t *out, size_t len);

/* Takes the descriptor over, whatever it gives. */
must_check int blob_reader_on(int fd, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                              struct blob_reader **ret);
