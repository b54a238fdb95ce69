/* merlon serve: runs until SIGTERM or SIGINT. */
#include "base/log.h"
#include "cli/verbs.h"
#include "crypto/keyring.h"
#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

extern char **environ;

static int wait_for_signal(void)
{
        sigset_t set;
        int signal_number = 0;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        (void)sigwait(&set, &signal_number);
        return signal_number;
}

/* Before any thread starts, so that all inherit it. */
static void block_signals(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGPIPE);
        (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void tell_start(const struct server *server)
{
        log_event(LOG_INFO, "serving", "endpoint", server->endpoint.ptr, "tls_endpoint",
                  server->tls_endpoint.ptr ? server->tls_endpoint.ptr : "", "data", server->data, "version",
                  MERLON_VERSION, NULL);
}

static int run(struct server *server)
{
        char problem[SERVER_PROBLEM_MAX] = "";
        int r = server_start(server, problem);

        if (r < 0) {
                (void)fprintf(stderr, "merlon: %s\n", *problem ? problem : strerrordesc_np(-r));
                server_stop(server);
                return 1;
        }
        tell_start(server);
        (void)wait_for_signal();
        log_event(LOG_INFO, "stopping", NULL);
        server_stop(server);
        log_event(LOG_INFO, "stopped", NULL);
        return 0;
}

static bool asks_help(int count, char **arguments)
{
        for (int i = 0; i < count; i++)
                if (str_eq(str_of(arguments[i]), STR("--help")))
                        return true;
        return false;
}

/* Everyone on the machine may read the arguments of a process: what is secret among them goes once it is
 * read. */
static void hide_secret(int count, char **arguments)
{
        const struct str flag = STR("--root-secret-access-key");

        for (int i = 0; i < count; i++) {
                struct str word = str_of(arguments[i]);

                if (str_eq(word, flag) && i + 1 < count)
                        secret_wipe(arguments[i + 1], strlen(arguments[i + 1]));
                else if (str_starts(word, flag) && word.len > flag.len)
                        secret_wipe(arguments[i] + flag.len + 1, word.len - flag.len - 1);
        }
}

/* No core file, and no ptrace by others: memory holds keys. What root may still dump by hand leaves out all
 * memory that is of no file. (The filter first: an undumpable process may not write its own.) */
static void keep_memory_here(void)
{
        FILE *filter = fopen("/proc/self/coredump_filter", "we");

        if (filter) {
                (void)fputs("0", filter);
                (void)fclose(filter);
        }
        (void)prctl(PR_SET_DUMPABLE, 0);
}

int verb_serve(int count, char **arguments)
{
        struct server server = {};
        struct arena arena;
        char problem[CONFIG_PROBLEM_MAX] = "";
        enum log_level level = LOG_INFO;
        int status;

        if (asks_help(count, arguments)) {
                printf("Usage: merlon serve [SETTING ...]\nEach setting is also a variable (MERLON_DATA) and "
                       "a key of the "
                       "file that --config names.\n\n");
                config_print_help();
                return 0;
        }
        (void)umask(077);
        keep_memory_here();
        block_signals();
        arena_init(&arena, (size_t)1024 * 1024);
        if (config_read(&server.config, &arena, count, arguments, environ, problem) < 0) {
                (void)fprintf(stderr, "merlon: %s\n", problem);
                arena_done(&arena);
                return 2;
        }
        hide_secret(count, arguments);
        if (log_level_parse(server.config.log_level, &level) == 0)
                log_set_level(level);
        status = run(&server);
        arena_done(&arena);
        return status;
}
