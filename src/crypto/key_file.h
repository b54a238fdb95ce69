/* The master key as a file: one line, "merlon-master-key-1 " and 64 hexadecimal digits. For this folder only.
 */
#pragma once

#include "crypto/keyring.h"

#define KEY_FILE_KEY_LEN 32

must_check int key_file_read_or_make(const char *path, struct secret *ret);
