/* Which object a URL of a website means.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html */
#include "base/text.h"
#include "services/s3/version.h"
#include "services/s3/website.h"

#define ALL_WEBSITES STR("https://aws.amazon.com/s3/")

/* -- The website */

static int check_region(struct call *call, const struct s3_website *site,
                        const struct s3_bucket_record *bucket)
{
        if (!str_is_set(site->region) || str_eq(site->region, bucket->region))
                return 0;
        call_detail(call, STR("Endpoint"),
                    arena_printf(&call->arena, "%.*s.s3-website-%.*s.amazonaws.com", STR_ARG(bucket->name),
                                 STR_ARG(bucket->region)));
        return fail(call, &s3_incorrect_endpoint,
                    "The specified bucket exists in another region. Please direct requests to the specified "
                    "endpoint.");
}

static int find_configuration(struct call *call, struct s3_website *site)
{
        struct s3_bucket_website_record website = {.bucket = site->bucket};
        struct s3_bucket_record bucket;
        int r;

        TRY(s3_get_bucket(call, site->bucket, &bucket));
        TRY(check_region(call, site, &bucket));
        TRY(s3_check_payer(call, &bucket));
        r = call_get(call, &s3_bucket_website_record_type, &website);
        if (r == -ENOENT) {
                call_detail(call, STR("BucketName"), site->bucket);
                return fail(call, &s3_no_such_website_configuration,
                            "The specified bucket does not have a website configuration");
        }
        TRY(r);
        site->configuration = website.website;
        return 0;
}

/* -- The page */

static struct str index_of(struct call *call, const struct s3_website *site, const char *between)
{
        const struct s3_index_document *index = site->configuration->index_document;

        return index ? arena_printf(&call->arena, "%.*s%s%.*s", STR_ARG(site->asked), between,
                                    STR_ARG(index->suffix))
                     : site->asked;
}

static int read_key(struct call *call, struct s3_website *site)
{
        if (percent_decode(&call->arena, str_from(site->path, 1), false, &site->asked) < 0)
                return fail(call, &s3_invalid_uri, "Couldn't parse the specified URI.");
        return 0;
}

int s3_website_find(struct call *call, struct s3_website *site)
{
        if (site->bucket.len == 0)
                return s3_website_go(call, site, 301, ALL_WEBSITES);
        TRY(find_configuration(call, site));
        if (site->configuration->redirect_all_requests_to)
                return s3_website_go_all(call, site);
        TRY(read_key(call, site));
        TRY(s3_website_go_by_rule(call, site, 0));
        site->key = site->asked.len == 0 || str_ends(site->asked, STR("/")) ? index_of(call, site, "")
                                                                            : site->asked;
        return 0;
}

/* -- In place of what cannot be served */

struct s3_website_error s3_website_error_of(const struct call *call)
{
        return (struct s3_website_error){call->error, call->error_message, call->error_details};
}

/* That there is one is told to those who may read it. 1: there is. */
static int has_folder(struct call *call, const struct s3_website *site)
{
        struct str key = index_of(call, site, "/");
        struct s3_bucket_record bucket;
        struct s3_version version;
        struct resource resource;
        int r;

        if (key.len > S3_KEY_MAX)
                return 0;
        TRY(s3_get_bucket(call, site->bucket, &bucket));
        r = s3_newest(call, &bucket, key, &version);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (s3_is_marker(&version.row))
                return 0;
        TRY(s3_resource_of(call, site->bucket, key, STR_NONE, &resource));
        r = call->authorise(call, STR("s3:GetObject"), &resource);
        return r < 0 ? r : 1;
}

/* "If that document is found, Amazon S3 returns a 302 Found message and points to the photos/ key." */
static int try_folder(struct call *call, struct s3_website *site)
{
        struct s3_website_error error = s3_website_error_of(call);
        int r;

        if (error.error != &s3_no_such_key || site->asked.len == 0 || str_ends(site->asked, STR("/")) ||
            !site->configuration->index_document)
                return 0;
        r = has_folder(call, site);
        if (r == 1)
                return s3_website_go_to_folder(call, site);
        call->error = error.error;
        call->error_message = error.message;
        call->error_details = error.details;
        return r == -ECALL ? 0 : r;
}

int s3_website_fall_back(struct call *call, struct s3_website *site)
{
        const struct s3_error_document *document = site->configuration->error_document;

        TRY(try_folder(call, site));
        TRY(s3_website_go_by_rule(call, site, call->error->status));
        if (!document)
                return -ECALL;
        site->page_key = site->key;
        site->key = document->key;
        return 0;
}
