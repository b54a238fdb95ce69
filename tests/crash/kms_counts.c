/* Whether the counts that KMS keeps agree with what is there: for test_kill_kms.py, on the folder of a server
 * that does not run.
 *
 *     kms_counts FOLDER
 *
 * Every key has as many aliases and grants as its record says, and every material that it numbers; every
 * alias, grant and material is of a key that is there; every account has as many keys as are counted. Prints
 * how many it saw. */
#include "api/kms.h"
#include "store/record.h"

#include <stdio.h>
#include <stdlib.h>

struct check {
        struct txn *txn;
        struct arena arena;
        unsigned int keys, aliases, grants, materials, problems;
};

static void complain(struct check *check, struct str key, const char *what)
{
        (void)fprintf(stderr, "kms_counts: key %.*s: %s\n", STR_ARG(key), what);
        check->problems++;
}

static void die(const char *what, int r)
{
        (void)fprintf(stderr, "kms_counts: %s: %s\n", what, strerror(-r));
        exit(2);
}

static int64_t value_of(struct opt_int given)
{
        return given.is_set ? given.value : 0;
}

/* How many records there are whose first members are those of *like. */
static int64_t count(struct check *check, const struct record_type *type, const struct record_index *index,
                     const void *like, size_t members)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        char *record = arena_alloc(&check->arena, type->type->size);
        int64_t found = 0;
        int r = record_scan_begin(&scan, check->txn, &check->arena, type, index, like, members, STR_NONE);

        while (r == 0 && (r = record_scan_next(&scan, record)) == 0)
                found++;
        if (r != -ENOENT)
                die("scan", r);
        return found;
}

/* -- Keys */

static void check_key(struct check *check, const struct kms_key_record *key)
{
        const struct kms_alias_record alias = {
                .account = key->account, .region = key->region, .key_id = key->id};
        const struct kms_grant_record grant = {
                .account = key->account, .region = key->region, .key_id = key->id};
        const struct kms_material_record material = {
                .account = key->account, .region = key->region, .key_id = key->id};

        check->keys++;
        if (count(check, &kms_alias_record_type, kms_alias_by_key, &alias, 3) != value_of(key->alias_count))
                complain(check, key->id, "its count of aliases is wrong");
        if (count(check, &kms_grant_record_type, NULL, &grant, 3) != value_of(key->grant_count))
                complain(check, key->id, "its count of grants is wrong");
        if (count(check, &kms_material_record_type, NULL, &material, 3) != value_of(key->material_count))
                complain(check, key->id, "its count of materials is wrong");
        if (str_eq(key->state, STR("PendingDeletion")) != key->deletion.is_set)
                complain(check, key->id, "its state and its hour of deletion do not go together");
}

/* Does `check_one` for each record of a type; each in an arena that is empty again behind it. */
static void each(struct check *check, const struct record_type *type,
                 void (*check_one)(struct check *check, const void *record))
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct arena arena;
        char *record;
        int r;

        arena_init(&arena, (size_t)1 << 30);
        record = arena_alloc(&arena, type->type->size);
        r = record_scan_begin(&scan, check->txn, &arena, type, NULL, record, 0, STR_NONE);
        while (r == 0 && (r = record_scan_next(&scan, record)) == 0) {
                check_one(check, record);
                arena_reset(&check->arena);
        }
        if (r != -ENOENT)
                die("scan", r);
        record_scan_end(&scan);
        arena_done(&arena);
}

static void visit_key(struct check *check, const void *record)
{
        check_key(check, record);
}

/* -- What belongs to keys */

static void need_key(struct check *check, struct str account, struct str region, struct str id,
                     const char *what)
{
        const struct kms_key_record key = {.account = account, .region = region, .id = id};

        if (!record_exists(check->txn, &kms_key_record_type, &key))
                complain(check, id, what);
}

static void visit_alias(struct check *check, const void *record)
{
        const struct kms_alias_record *alias = record;

        check->aliases++;
        need_key(check, alias->account, alias->region, alias->key_id, "gone, but it has an alias");
}

static void visit_grant(struct check *check, const void *record)
{
        const struct kms_grant_record *grant = record;

        check->grants++;
        need_key(check, grant->account, grant->region, grant->key_id, "gone, but it has a grant");
}

static void visit_material(struct check *check, const void *record)
{
        const struct kms_material_record *material = record;

        check->materials++;
        need_key(check, material->account, material->region, material->key_id, "gone, but it has a material");
}

static void visit_count(struct check *check, const void *record)
{
        const struct kms_key_count_record *keys = record;
        const struct kms_key_record like = {.account = keys->account, .region = keys->region};

        if (count(check, &kms_key_record_type, NULL, &like, 2) != value_of(keys->keys))
                complain(check, keys->account, "the account's count of keys is wrong");
}

int main(int argc, char **argv)
{
        struct store_options options = {.engine = STORE_LMDB, .folder = argc == 2 ? argv[1] : NULL};
        char problem[STORE_PROBLEM_MAX];
        struct check check = {};
        struct store *store;
        int r;

        if (argc != 2) {
                (void)fprintf(stderr, "usage: kms_counts FOLDER\n");
                return 2;
        }
        r = store_open(&options, &store, problem);
        if (r < 0)
                die(problem, r);
        arena_init(&check.arena, (size_t)1 << 26);
        r = store_read_begin(store, &check.txn);
        if (r < 0)
                die("read", r);
        each(&check, &kms_key_record_type, visit_key);
        each(&check, &kms_alias_record_type, visit_alias);
        each(&check, &kms_grant_record_type, visit_grant);
        each(&check, &kms_material_record_type, visit_material);
        each(&check, &kms_key_count_record_type, visit_count);
        store_read_end(check.txn);
        arena_done(&check.arena);
        store_close(store);
        printf("%u keys, %u aliases, %u grants, %u materials\n", check.keys, check.aliases, check.grants,
               check.materials);
        return check.problems ? 1 : 0;
}
