/* How many entities of a kind an account has: one row a kind, so that counting does not grow with the
 * account. */
#include "services/iam/quota.h"

#include "api/iam.h"

#include <inttypes.h>

int iam_over_quota(struct call *call, const char *name, int64_t quota)
{
        return fail(call, &iam_limit_exceeded_exception, "Cannot exceed quota for %s: %" PRId64, name, quota);
}

int iam_count(struct txn *txn, struct arena *arena, struct str account, struct str kind, int64_t *ret)
{
        struct iam_entity_count_record row = {.account = account, .kind = kind};
        int result = record_get(txn, arena, &iam_entity_count_record_type, &row);

        if (result < 0 && result != -ENOENT)
                return result;
        *ret = row.count.value;
        return 0;
}

static int count_to(struct call *call, struct str kind, int64_t count)
{
        struct iam_entity_count_record row = {
                .account = call->account, .kind = kind, .count = OPT_INT(count)};

        return call_put(call, &iam_entity_count_record_type, &row);
}

int iam_count_up(struct call *call, struct str kind, const char *name, int64_t quota)
{
        int64_t count;

        TRY(iam_count(call->txn, &call->arena, call->account, kind, &count));
        if (count >= quota)
                return iam_over_quota(call, name, quota);
        return count_to(call, kind, count + 1);
}

int iam_count_down(struct call *call, struct str kind)
{
        int64_t count;

        TRY(iam_count(call->txn, &call->arena, call->account, kind, &count));
        return count > 0 ? count_to(call, kind, count - 1) : -EBADMSG;
}
