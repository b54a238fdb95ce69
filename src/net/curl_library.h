/* libcurl, loaded when something is first sent: most servers send nothing, and its thirty libraries would
 * cost each of them half of its start and of its memory. */
#pragma once

#include <curl/curl.h>

struct curl_library {
        CURL *(*easy_init)(void);
        void (*easy_cleanup)(CURL *curl);
        void (*easy_reset)(CURL *curl);
        CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
        CURLcode (*easy_perform)(CURL *curl);
        CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
        const char *(*easy_strerror)(CURLcode code);
        struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
        void (*slist_free_all)(struct curl_slist *list);
};

/* Any thread. NULL: it is not there, or cannot be used; the log says why. It stays until the process ends. */
const struct curl_library *curl_library(void);
