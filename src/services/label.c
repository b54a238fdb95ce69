#include "services/label.h"

#define LABEL_MAX 80

bool label_is_valid(struct str label)
{
        for (size_t i = 0; i < label.len; i++) {
                char c = label.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_'))
                        return false;
        }
        return label.len > 0 && label.len <= LABEL_MAX;
}
