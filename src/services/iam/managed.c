#include "services/iam/managed.h"

/* Order of the table: ASCII letters lowered, then bytewise. */
static int compare_nocase(struct str a, struct str b)
{
        size_t shorter = a.len < b.len ? a.len : b.len;

        for (size_t i = 0; i < shorter; i++) {
                unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];

                x = x >= 'A' && x <= 'Z' ? (unsigned char)(x | 0x20) : x;
                y = y >= 'A' && y <= 'Z' ? (unsigned char)(y | 0x20) : y;
                if (x != y)
                        return x < y ? -1 : 1;
        }
        return (a.len > b.len) - (a.len < b.len);
}

size_t managed_policy_at(struct str name)
{
        size_t low = 0, high = managed_policy_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_nocase(managed_policies[middle].name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const struct managed_policy *managed_policy_find(struct str arn)
{
        struct str rest, path, name;
        size_t at;

        if (!str_starts(arn, MANAGED_POLICY_ARN_PREFIX))
                return NULL;
        rest = str_from(arn, MANAGED_POLICY_ARN_PREFIX.len - 1); /* "/job-function/Billing" */
        name = str_from(rest, (size_t)str_find_last_byte(rest, '/') + 1);
        path = str_part(rest, 0, rest.len - name.len);
        at = managed_policy_at(name);
        if (at == managed_policy_count || !str_eq(managed_policies[at].name, name) ||
            !str_eq(managed_policies[at].path, path))
                return NULL;
        return &managed_policies[at];
}
