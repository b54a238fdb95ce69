/* One HTTP request and its answer, as every other folder sees them. Nothing here knows of AWS. */
#pragma once

#include "base/arena.h"

struct http_header {
        struct str name;  /* as sent; compare with str_eq_nocase() */
        struct str value; /* without the blanks around it */
};

struct http_request {
        struct str method;                 /* "GET" */
        struct str path;                   /* raw, percent-encoding untouched, up to the first '?' */
        struct str query;                  /* raw, after the first '?'; absent when there was none */
        struct str version;                /* "HTTP/1.1" */
        const struct http_header *headers; /* in the order sent, duplicates kept */
        size_t header_count;
        struct str body;        /* whole and bounded; empty when there was none */
        struct str source_ip;   /* textual, of the peer */
        struct str tls_version; /* "TLSv1.3"; absent on a plain connection */
        struct str tls_cipher;  /* "TLS_AES_256_GCM_SHA384" */
};

struct http_response {
        unsigned int status;
        const struct http_header *headers;
        size_t header_count;
        struct str body;
};

/* Value of the first header of this name; absent when there is none. */
struct str http_header_value(const struct http_request *request, struct str name);
/* Raw (undecoded) value of the first query parameter of this name; absent when there is none. */
struct str http_query_value(const struct http_request *request, struct str name);
