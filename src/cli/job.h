/* Long work that a server does for a verb: followed until it has ended. */
#pragma once

#include "cli/errand.h"

/* Under a path of the admin interface ("/scrub/"), which has begun. Prints its lines as they come, how far it
 * is on a terminal, and its summary. The exit status: 0 when it ended well. */
int job_follow(struct errand *errand, struct str path, const char *things);
