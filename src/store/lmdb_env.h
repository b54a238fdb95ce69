/* What lmdb.c, lmdb_folder.c, lmdb_check.c and memory.c share: an LMDB environment as an engine.
 *
 * All keys stand in LMDB's main database. Behind each value stand four bytes: the checksum of key and value,
 * in the machine's byte order as everything in an LMDB file. */
#pragma once

#include <lmdb.h>

#include "store/engine.h"

#define LMDB_CHECKSUM_LEN 4
/* Read transactions at once; each takes a cache line of the lock file. */
#define LMDB_READERS 1024

must_check int lmdb_error(int rc);

/* Opens the environment in one file (and its "-lock" beside it), which must be sound. max_bytes 0: as much
 * address space as can be had, at most 1 TiB. */
must_check int lmdb_env_open(const char *path, size_t max_bytes, unsigned int flags, MDB_env **ret,
                             char *problem);

/* Makes an engine of it; takes the environment over, also when it fails, and when it succeeds lock_fd (or
 * -1), which is closed last. Writes the format record if is_new, else checks it. */
must_check int lmdb_engine_on(MDB_env *env, int lock_fd, bool is_new, struct engine **ret, char *problem);

/* Walks a data file that nobody has open, from its newest meta page: every page in place and used once, every
 * key in order, every checksum right. -EBADMSG, and problem says where. Past LMDB_CHECK_ALL_MAX bytes only
 * the branches are walked, so that a large store starts soon. */
#define LMDB_CHECK_ALL_MAX ((uint64_t)512 << 20)
must_check int lmdb_check(int fd, const char *path, char *problem);
