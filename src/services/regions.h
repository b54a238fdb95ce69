/* The regions of AWS, by name. A credential must be scoped to one of them. */
#pragma once

#include "base/str.h"

bool region_is_known(struct str name);
struct str region_name(size_t number); /* in order of names; absent behind the last */
/* As messages to people call it: "US East (N. Virginia)"; of one that is not known, the name itself. */
struct str region_title(struct str name);
/* Where global services live: what aws:RequestedRegion and awsRegion say for them. */
#define REGION_OF_GLOBAL_SERVICES STR("us-east-1")
