/* Names that stand in front of a host's own: "photos.s3.eu-west-1.amazonaws.com" means the bucket "photos".
 */
#pragma once

#include "base/arena.h"

/* The name in front of S3's own host, or of "localhost" or an IPv4 address; false: there is none, and the
 * path begins with it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
bool virtual_host_name(struct str host, struct str *ret_name);

/* "s3-control" of "123456789012.s3-control.eu-west-1.amazonaws.com": which of the endpoints of S3's kin a
 * host of AWS's names; absent: none, as hosts of one's own. */
struct str virtual_host_endpoint(struct str host);

/* The host of a website, "photos.s3-website-eu-west-1.amazonaws.com" or "photos.s3-website.eu-west-1....":
 * the name in front, empty where there is none, and a region, absent where "localhost" goes without.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html */
bool virtual_host_website(struct str host, struct str *ret_name, struct str *ret_region);

/* Hosts of a console, "eu-west-1.signin.aws.amazon.com" and "signin.localhost" of "signin": what stands in
 * front, empty where nothing does, and which of the two it is. */
bool virtual_host_own(struct str host, struct str word, struct str *ret_front, bool *ret_is_local);

/* The host itself, with its port if that is one. */
struct str virtual_host_told(struct arena *arena, struct str host);
