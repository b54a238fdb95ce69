/* multipart/form-data, decoded as it comes: fields, and then a file of any size, behind which nothing counts.
 * Memory is bounded and nothing is allocated. Lines end in CRLF and nothing else.
 * https://www.rfc-editor.org/rfc/rfc7578 and, for the limit and the file's name,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html */
#pragma once

#include "base/str.h"

enum form_data_problem {
        FORM_DATA_OK,
        FORM_DATA_MALFORMED, /* no boundary, no such structure, an end too early */
        FORM_DATA_TOO_LONG,  /* more than FORM_DATA_HEAD_MAX before the file */
        FORM_DATA_NO_FILE,   /* an end without one */
};

#define FORM_DATA_HEAD_MAX     ((size_t)20 * 1024) /* bytes before those of the file, boundaries too */
#define FORM_DATA_BOUNDARY_MAX 70

/* Who is told; what they return below 0 ends the decoding and is returned. Names and values stay as long as
 * the struct form_data does. */
struct form_data_taker {
        int (*field)(void *arg, struct str name, struct str value);
        /* The file begins: no field comes any more. The last piece of its name's path; absent: it has none.
         */
        int (*file)(void *arg, struct str file_name);
        int (*bytes)(void *arg, struct str bytes); /* of the file; never none */
        void *arg;
};

/* Stays where it is. */
struct form_data {
        enum form_data_problem problem; /* why -EBADMSG */

        /* -- Its own affair. */
        int state, error;
        char delimiter[4 + FORM_DATA_BOUNDARY_MAX]; /* CR LF, two dashes, the boundary */
        size_t delimiter_len, matched;              /* matched: of the file's last bytes */
        struct str name, file_name;                 /* of the part in progress */
        char head[FORM_DATA_HEAD_MAX];
        size_t head_len, at, looked_at;
};

/* Is this the media type? */
bool form_data_is(struct str content_type);

/* Reads the boundary from Content-Type. -EBADMSG: there is none that could be. */
must_check int form_data_begin(struct form_data *form, struct str content_type);
/* The next bytes, in pieces of any size. -EBADMSG: form->problem says why; the same at every later call. */
must_check int form_data_push(struct form_data *form, struct str bytes, const struct form_data_taker *taker);
/* That was all of it. 0: there was a file, and its end. */
must_check int form_data_end(struct form_data *form);
