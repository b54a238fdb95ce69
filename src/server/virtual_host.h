/* Names that stand in front of a host's own: "photos.s3.eu-west-1.amazonaws.com" means the bucket "photos".
 */
#pragma once

#include "base/str.h"

/* The name in front of S3's own host, or of "localhost" or an IPv4 address; false: there is none, and the
 * path begins with it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
bool virtual_host_name(struct str host, struct str *ret_name);

/* "s3-control" of "123456789012.s3-control.eu-west-1.amazonaws.com": which of the endpoints of S3's kin a
 * host of AWS's names; absent: none, as hosts of one's own. */
struct str virtual_host_endpoint(struct str host);
