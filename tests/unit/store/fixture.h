/* What the store's tests share: a store of each engine in a folder of its own, and short forms of its
 * functions. Each asserts that it works. */
#pragma once

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>

#include "base/arena.h"
#include "store/store.h"

#include <cmocka.h>

struct fixture {
        enum store_engine engine;
        char folder[64];
        size_t max_bytes;
        bool no_sync;
        struct store *store;
};

/* cmocka set-ups and tear-downs; *state is the fixture. */
int fixture_lmdb(void **state);
int fixture_lmdb_in_memory(void **state); /* for thousands of files that need not last */
int fixture_memory(void **state);
int fixture_done(void **state);

void fixture_open(struct fixture *fixture); /* asserts success */
void fixture_close(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);
int fixture_try_open(struct fixture *fixture, char problem[STORE_PROBLEM_MAX]);
void fixture_path(const struct fixture *fixture, const char *name, char path[PATH_MAX]);

struct str file_read(const char *path); /* to be freed */
void file_write(const char *path, struct str bytes);

/* Each in a transaction of its own. */
void put(struct store *store, const char *key, const char *value);
int try_put(struct store *store, struct str key, struct str value);
int try_delete(struct store *store, struct str key);
void assert_value(struct store *store, const char *key, const char *value); /* NULL: not there */
/* All keys with the prefix, in the given direction, each followed by a blank. */
void assert_keys(struct store *store, const char *prefix, const char *after, bool ascending,
                 const char *keys);

/* Both engines run the same tests. */
#define TEST_BOTH(f)                                                                                         \
        {#f " (lmdb)", f, fixture_lmdb, fixture_done, NULL},                                                 \
        {                                                                                                    \
#f " (memory)", f, fixture_memory, fixture_done, NULL                                        \
        }
#define TEST_LMDB(f)           cmocka_unit_test_setup_teardown(f, fixture_lmdb, fixture_done)
#define TEST_LMDB_IN_MEMORY(f) cmocka_unit_test_setup_teardown(f, fixture_lmdb_in_memory, fixture_done)
#define TEST_MEMORY(f)         cmocka_unit_test_setup_teardown(f, fixture_memory, fixture_done)
