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

/* Where the body of a request goes that is not gathered (http_receive()). Its functions run on threads that
 * may wait for a disk, one at a time and in order. One of three things ends a sink: end(), abandoned(), or a
 * write() that fails; nothing is called after it. */
struct http_sink {
        /* The next bytes. < 0: it takes no more; the rest of the body is not read. */
        int (*write)(struct http_sink *sink, struct str bytes);
        void (*end)(struct http_sink *sink); /* that was all of the body */
        /* The client is gone, or was cut off, before the end. The request is gone when it returns. */
        void (*abandoned)(struct http_sink *sink);
};

/* Where the body of an answer comes from that is not in memory. Its functions run on threads that may wait
 * for a disk, one at a time, and do not look at the request. */
struct http_source {
        uint64_t size; /* HTTP_SIZE_UNKNOWN: up to where read() gives no more */
        /* All of it, where it is in memory up to done(): then an answer needs no read(). Absent: it is not.
         */
        struct str whole;
        /* Bytes from an offset on, always where the last ended; fewer than len, but not none, before the end.
         * < 0: the connection is cut, so that the client sees that something is missing. Not called for HEAD.
         */
        int (*read)(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len);
        /* The same on a thread that others wait for: gives what is at hand, or -EAGAIN when it would have to
         * wait for a disk; read() is called then. NULL: it may have to wait. */
        int (*read_now)(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len);
        void (*done)(struct http_source *source); /* once, whatever became of it; may be NULL */
};
#define HTTP_SIZE_UNKNOWN UINT64_MAX

struct http_response {
        unsigned int status;
        const struct http_header *headers;
        size_t header_count;
        struct str body;
        struct http_source *source; /* instead of body; NULL: none */
};

/* Value of the first header of this name; absent when there is none. */
struct str http_header_value(const struct http_request *request, struct str name);
/* Raw (undecoded) value of the first query parameter of this name; absent when there is none. */
struct str http_query_value(const struct http_request *request, struct str name);
