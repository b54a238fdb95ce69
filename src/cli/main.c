/* merlon VERB ...: one table of verbs, a function each. */
#include "cli/verbs.h"

#include <stdio.h>

static const struct verb {
        struct str words[2]; /* the second is empty for verbs of one word */
        int (*run)(int count, char **arguments);
        const char *arguments;
        const char *help;
} VERBS[] = {
        {{STR_INIT("serve"), {}},
         verb_serve,
         "[SETTING ...]",
         "serve the AWS APIs (see `merlon serve --help`)"},
        {{STR_INIT("env"), {}},
         verb_env,
         "[--data DIR]",
         "shell lines that point AWS clients at the server, as its root user"},
        {{STR_INIT("status"), {}}, verb_status, "[--data DIR]", "what the server is doing"},
        {{STR_INIT("account"), STR_INIT("create")},
         verb_account_create,
         "--name NAME [--id ID] [--json] [--data DIR]",
         "make another account and print its root key, once"},
        {{STR_INIT("account"), STR_INIT("list")},
         verb_account_list,
         "[--json] [--data DIR]",
         "the accounts of the server"},
        {{STR_INIT("explain"), {}},
         verb_explain,
         "REQUEST-ID [--json] [--data DIR]",
         "why a request was denied"},
        {{STR_INIT("as-service"), {}},
         verb_as_service,
         "PRINCIPAL OPERATION [--input JSON] [--region REGION] [--source-arn ARN] [--source-account ID] "
         "[--data DIR]",
         "a call as one of AWS's services: as-service s3.amazonaws.com kms:Decrypt"},
        {{STR_INIT("policy"), STR_INIT("evaluate")},
         verb_policy_evaluate,
         "",
         "answer policy questions, JSON lines on standard input"},
        {{STR_INIT("policy"), STR_INIT("validate")},
         verb_policy_validate,
         "[--kind KIND]",
         "check the policy on standard input"},
        {{STR_INIT("policy"), STR_INIT("import-managed")},
         verb_policy_import_managed,
         "FILE [--data DIR]",
         "add AWS managed policies from a file"},
        {{STR_INIT("clock"), STR_INIT("advance")},
         verb_clock_advance,
         "DURATION [--data DIR]",
         "move a test server's clock: 7d, 12h, 30m"},
        {{STR_INIT("master-key"), STR_INIT("rotate")},
         verb_master_key_rotate,
         "[--data DIR]",
         "seal everything anew under a new master key"},
        {{STR_INIT("reset"), {}}, verb_reset, "[--data DIR]", "empty an ephemeral server"},
        {{STR_INIT("scrub"), {}},
         verb_scrub,
         "[--rate MIB-A-SECOND] [--stop] [--data DIR]",
         "prove every object's body as it lies on the disk"},
        {{STR_INIT("snapshot"), STR_INIT("save")},
         verb_snapshot_save,
         "FILE [--data DIR]",
         "copy a running server's state into a file"},
        {{STR_INIT("snapshot"), STR_INIT("load")},
         verb_snapshot_load,
         "FILE [--data DIR]",
         "fill a new data folder from such a file"},
};

static void print_help(FILE *out)
{
        (void)fprintf(out, "merlon " MERLON_VERSION
                           ": the AWS security plane in one program\n\nUsage: merlon VERB ...\n\n");
        for (size_t i = 0; i < ARRAY_LEN(VERBS); i++) {
                char usage[160];

                (void)snprintf(usage, sizeof(usage), "%.*s%s%.*s %s", STR_ARG(VERBS[i].words[0]),
                               VERBS[i].words[1].len ? " " : "", STR_ARG(VERBS[i].words[1]),
                               VERBS[i].arguments);
                (void)fprintf(out, "  %s\n        %s\n", usage, VERBS[i].help);
        }
        (void)fprintf(out,
                      "\nVerbs speak to the server of a data folder (--data, MERLON_DATA; ./merlon-data).\n");
}

static const struct verb *find_verb(int count, char **words, int *ret_used)
{
        for (size_t i = 0; i < ARRAY_LEN(VERBS); i++) {
                const struct verb *verb = &VERBS[i];

                if (!str_eq(verb->words[0], str_of(words[1])))
                        continue;
                if (verb->words[1].len && (count < 3 || !str_eq(verb->words[1], str_of(words[2]))))
                        continue;
                *ret_used = verb->words[1].len ? 3 : 2;
                return verb;
        }
        return NULL;
}

int main(int count, char **words)
{
        const struct verb *verb;
        int used = 0;

        if (count < 2) {
                print_help(stderr);
                return 2;
        }
        if (str_eq(str_of(words[1]), STR("--help")) || str_eq(str_of(words[1]), STR("help"))) {
                print_help(stdout);
                return 0;
        }
        if (str_eq(str_of(words[1]), STR("--version"))) {
                printf("merlon " MERLON_VERSION "\n");
                return 0;
        }
        verb = find_verb(count, words, &used);
        if (!verb) {
                (void)fprintf(stderr, "merlon: unknown verb: %s%s%s\n", words[1], count > 2 ? " " : "",
                              count > 2 ? words[2] : "");
                return 2;
        }
        return verb->run(count - used, words + used);
}
