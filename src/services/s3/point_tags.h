/* Tags of access points. */
#pragma once

#include "services/s3/access_point.h"

/* InvalidTag. */
must_check int s3_check_point_tags(struct call *call, const struct s3_control_tag_list *tags);
