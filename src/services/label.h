/* Names that clients give to statements of policies and to entries of batches. */
#pragma once

#include "base/str.h"

/* Letters, digits, hyphens and underscores, 1 to 80. */
bool label_is_valid(struct str label);
