/* A page of a website: which object it is, what is served when that cannot be, and where else to look for it.
 * What is served is read by GetObject and HeadObject, by nobody in particular.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html */
#pragma once

#include "base/buf.h"
#include "net/http.h"
#include "services/s3/s3.h"

struct s3_website_error {
        const struct api_error *error; /* NULL: none */
        struct str message;
        struct str_map details;
};

struct s3_website {
        /* What the request says. */
        struct str bucket; /* empty: the host of all websites */
        struct str region; /* of the host; absent: any */
        struct str host;   /* with its port, for redirects */
        struct str path;   /* raw, with its slash */

        const struct s3_website_configuration *configuration; /* NULL: not found */
        struct str asked;                                     /* the key that the path is */
        struct str key;                                       /* that which is got */
        struct str page_key;                                  /* and was got, before the error document */
        bool is_document;                                     /* the error document */
        bool has_no_page;                                     /* a redirect that goes without one */
        struct s3_website_error page; /* why the page cannot be served; then the document is in its place */
        struct s3_website_error document; /* why that cannot be served either */
};

/* Finds the key of the page. -ECALL: there is no website, or a redirect. */
must_check int s3_website_find(struct call *call, struct s3_website *site);
/* The call has failed with a 4xx: -ECALL, for good or with a redirect in its place; 0: site->key is now the
 * error document. */
must_check int s3_website_fall_back(struct call *call, struct s3_website *site);
/* The object of the page says that another one is meant. */
must_check int s3_website_check_redirect(struct call *call, struct str location);

/* The answer to a call that has failed, as AWS writes it for browsers. */
must_check int s3_website_page(struct call *call, const struct s3_website *site, struct buf *body,
                               struct http_response *response);
/* x-amz-error-code and x-amz-error-message. */
void s3_website_tell_error(struct call *call, const struct s3_website_error *error);
struct s3_website_error s3_website_error_of(const struct call *call);

/* -- Redirects (website_redirect.c): always -ECALL, or -ENOMEM */

must_check int s3_website_go(struct call *call, struct s3_website *site, unsigned int status,
                             struct str location);
must_check int s3_website_go_all(struct call *call, struct s3_website *site);
/* By the first routing rule that means this key, of those for this status (0: of those for none); 0: there is
 * none. */
must_check int s3_website_go_by_rule(struct call *call, struct s3_website *site, unsigned int status);
/* From "photos" to "photos/". */
must_check int s3_website_go_to_folder(struct call *call, struct s3_website *site);
