/* Uploads by browsers' forms: POST of multipart/form-data to a bucket of S3. Their fields become the headers
 * of a PutObject, which then goes the way of every other; what proves them is a signed policy (auth.h). */
#pragma once

#include "server/flight.h"
#include "services/s3/post_object.h"
#include "wire/form_data.h"

struct form_upload {
        struct form_data data;
        struct s3_post post;
        struct auth_form auth;
        struct http_request request; /* the PutObject that it means, once the file begins */
        uint64_t size;               /* of the file, so far */
        char *file;                  /* all of it, where it has been gathered */
};

/* For a request that no route takes: if it is such a form, sets flight->upload and the operation. */
must_check int form_upload_recognise(struct flight *flight);

/* The next bytes of the body. open() is called when the file begins: from there on the flight's request is
 * the PutObject; take() is given the file. */
must_check int form_upload_push(struct flight *flight, struct str bytes, int (*open)(struct flight *flight),
                                int (*take)(struct flight *flight, struct str bytes));
must_check int form_upload_end(struct flight *flight);
/* A body that has been gathered. */
must_check int form_upload_read(struct flight *flight);

/* Counts bytes of the file; is_end: that was all. -ECALL: the policy allows no file of this size. Nothing of
 * other flights. */
must_check int form_upload_count(struct flight *flight, size_t len, bool is_end);
/* Makes of PutObject's answer what the form wants. */
must_check int form_upload_answer(struct flight *flight);
