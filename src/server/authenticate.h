/* From a request to a principal; the errors of authentication under the names of each protocol. */
#pragma once

#include "server/flight.h"

/* Proves who asks and fills in call.principal, account and region. Unsigned requests pass only to operations
 * that need no signature. Reads the credential's owner in call.txn. -ECALL: refused. */
must_check int authenticate(struct flight *flight);

/* Records a refusal of authentication, under its name in the protocol of the flight; gives -ECALL. */
must_check int authenticate_refuse(struct flight *flight, enum auth_problem problem, struct str message);
