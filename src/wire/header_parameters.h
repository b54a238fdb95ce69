/* Headers with parameters: form-data; name="a"; filename="b". Internal to the codecs. */
#pragma once

#include "base/str.h"

/* What stands in front of the parameters, which are left. */
struct str header_cut_value(struct str *header);
/* 1: one was taken from the front; 0: that was the last; -EINVAL. A quoted value keeps its backslashes. */
must_check int header_next_parameter(struct str *rest, struct str *ret_name, struct str *ret_value);
