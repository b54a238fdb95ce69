/* The verbs that need no server. */
#include "cli/policy_evaluate.h"
#include "cli/verbs.h"
#include "server/files.h"
#include "store/store.h"

#include <stdio.h>

int verb_policy_evaluate(int count, char **arguments)
{
        if (options_read(NULL, 0, count, arguments) < 0)
                return 2;
        return cli_policy_evaluate(stdin, stdout);
}

int verb_policy_validate(int count, char **arguments)
{
        struct str kind = STR_NONE;
        const struct option options[] = {{"--kind", &kind, NULL, false}};

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        return cli_policy_validate(stdin, stdout, str_is_set(kind) ? kind : STR("identity"));
}

static int load(const char *data, const char *file, char problem[STORE_PROBLEM_MAX])
{
        struct store_options options = {.engine = STORE_LMDB, .folder = data};
        struct store *store;
        int r;

        r = folder_make(data);
        if (r < 0)
                return r;
        TRY(store_open(&options, &store, problem));
        r = store_load(store, file);
        store_close(store);
        return r;
}

/* Into a folder without a store. The master key is not in a snapshot: it must be put beside it. */
int verb_snapshot_load(int count, char **arguments)
{
        struct str data = STR_NONE, file = STR_NONE;
        const struct option options[] = {{NULL, &file, NULL, true}, {"--data", &data, NULL, false}};
        char problem[STORE_PROBLEM_MAX] = "";
        struct arena arena;
        char *folder, *path;
        int r;

        if (options_read(options, ARRAY_LEN(options), count, arguments) < 0)
                return 2;
        arena_init(&arena, 65536);
        folder = arena_cstr(&arena, data_folder(data));
        path = arena_cstr(&arena, file);
        r = folder && path ? load(folder, path, problem) : -ENOMEM;
        if (r < 0)
                (void)fprintf(stderr, "merlon: %.*s: %s\n", STR_ARG(file),
                              *problem       ? problem
                              : r == -EEXIST ? "the data folder has a store already"
                                             : strerrordesc_np(-r));
        arena_done(&arena);
        return r < 0 ? 1 : 0;
}
