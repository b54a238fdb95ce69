/* Queries of event data stores: kept, with what came of them, for seven days. */
#pragma once

#include "services/cloudtrail/sql.h"

#define QUERY_KEPT_DAYS 7

/* QueryIdNotFoundException; of another store: the same. store: ARN or id; absent: any. action: allowed on
 * each store that the query reads, whichever was named. */
must_check int lake_find_query(struct call *call, struct str action, struct str store, struct str id,
                               struct cloudtrail_query_record *ret);
must_check int lake_may(struct call *call, struct str action, const struct str *stores, size_t count);
bool lake_query_is_of(const struct cloudtrail_query_record *query, struct str store);
/* Its statement and stores as they are now. -ECALL: InvalidQueryStatementException,
 * EventDataStoreNotFoundException, InactiveEventDataStoreException. */
must_check int lake_plan_query(struct call *call, struct str statement, struct sql_plan *ret,
                               struct sql_table **ret_tables);
