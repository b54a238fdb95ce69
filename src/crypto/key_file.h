/* The master key as a file: a line, "merlon-master-key-1 " and 64 hexadecimal digits. A second line is the
 * key before, while what was sealed under it is being sealed anew. For this folder only. */
#pragma once

#include "crypto/keyring.h"

#define KEY_FILE_KEY_LEN 32

struct master_keys {
        struct secret current, earlier; /* earlier is {} as a rule */
};
void master_keys_done(struct master_keys *keys);

must_check int key_file_read_or_make(const char *path, struct master_keys *ret);
/* In place of what is there, durably: whole or not at all. */
must_check int key_file_write(const char *path, const struct master_keys *keys);
