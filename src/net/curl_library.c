#include "net/curl_library.h"

#include "base/log.h"

#include <dlfcn.h>
#include <pthread.h>

#define FILE_NAME "libcurl.so.4" /* its ABI has stood since 2006: https://curl.se/libcurl/abi.html */

static const struct {
        const char *name;
        size_t offset;
} FUNCTIONS[] = {
        {"curl_easy_init", offsetof(struct curl_library, easy_init)},
        {"curl_easy_cleanup", offsetof(struct curl_library, easy_cleanup)},
        {"curl_easy_reset", offsetof(struct curl_library, easy_reset)},
        {"curl_easy_setopt", offsetof(struct curl_library, easy_setopt)},
        {"curl_easy_perform", offsetof(struct curl_library, easy_perform)},
        {"curl_easy_getinfo", offsetof(struct curl_library, easy_getinfo)},
        {"curl_easy_strerror", offsetof(struct curl_library, easy_strerror)},
        {"curl_slist_append", offsetof(struct curl_library, slist_append)},
        {"curl_slist_free_all", offsetof(struct curl_library, slist_free_all)},
};

static struct curl_library library;
static bool is_loaded;

static int find_all(void *file)
{
        CURLcode (*global_init)(long flags) = NULL;

        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++) {
                void *function = dlsym(file, FUNCTIONS[i].name);

                if (!function)
                        return -ENOSYS;
                memcpy((char *)&library + FUNCTIONS[i].offset, &function, sizeof(function));
        }
        *(void **)(void *)&global_init = dlsym(file, "curl_global_init");
        return global_init && global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOSYS;
}

static void load(void)
{
        void *file = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);

        is_loaded = file && find_all(file) == 0;
        if (!is_loaded)
                log_errno(LOG_ERROR, -ENOSYS, "libcurl cannot be used: nothing is sent to others", "file",
                          FILE_NAME, NULL);
}

const struct curl_library *curl_library(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, load);
        return is_loaded ? &library : NULL;
}
