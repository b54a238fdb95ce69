/* The operator's verbs. Each gets the words behind its name and gives the exit status: 0, 1 for a failure
 * that it has told on standard error, 2 for wrong usage. */
#pragma once

#include "base/arena.h"

int verb_serve(int count, char **arguments);
int verb_env(int count, char **arguments);
int verb_status(int count, char **arguments);
int verb_account_create(int count, char **arguments);
int verb_account_list(int count, char **arguments);
int verb_explain(int count, char **arguments);
int verb_as_service(int count, char **arguments);
int verb_policy_evaluate(int count, char **arguments);
int verb_policy_validate(int count, char **arguments);
int verb_policy_import_managed(int count, char **arguments);
int verb_clock_advance(int count, char **arguments);
int verb_master_key_rotate(int count, char **arguments);
int verb_reset(int count, char **arguments);
int verb_scrub(int count, char **arguments);
int verb_snapshot_save(int count, char **arguments);
int verb_snapshot_load(int count, char **arguments);

/* -- Options of a verb: "--name VALUE" and "--name=VALUE", flags, and words without dashes in order. */
struct option {
        const char *name;  /* "--data"; NULL: a word */
        struct str *value; /* or ... */
        bool *flag;
        bool is_required;
};

/* Complains on standard error and gives -EINVAL: unknown, given twice, missing. */
must_check int options_read(const struct option *options, size_t option_count, int count, char **arguments);

/* The data folder: as given, else MERLON_DATA, else ./merlon-data. */
struct str data_folder(struct str given);
