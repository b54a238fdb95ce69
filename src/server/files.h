/* Small files beside the store: written whole or not at all, for their owner only. */
#pragma once

#include "base/arena.h"

/* Mode 0600, through a temporary name and rename. */
must_check int file_write(const char *path, struct str content);
/* At most max bytes; -EFBIG beyond. */
must_check int file_read(const char *path, struct arena *arena, size_t max, struct str *ret);
/* "<folder>/<name>" in the arena; NULL at its limit. */
char *file_path(struct arena *arena, struct str folder, const char *name);
/* Creates a folder of mode 0700 and those above it that are missing. 1 when it was there already. */
must_check int folder_make(const char *path);
/* A folder with all that is in it; what cannot be removed stays. Links are not followed. */
void folder_remove(const char *path);
