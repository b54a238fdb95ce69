/* Guesses at passwords: bounded by user, also by one that is not there, and by the address that they come
 * from. Counted in memory, and before the work, so that many at once are no more than many after another. */
#include "services/attempts.h"
#include "services/signin/signin.h"

#include "base/text.h"

#include <arpa/inet.h>

#define PREFIX_LEN 8 /* of an IPv6 address: what one customer has */

static int64_t now_s(void)
{
        return clock_monotonic_ns() / 1000000000;
}

static struct str visitor(struct call *call)
{
        struct str address = call->request->source_ip;
        char text[INET6_ADDRSTRLEN];
        struct in6_addr parsed;

        if (str_to_buffer(address, text, sizeof(text)) < 0 || inet_pton(AF_INET6, text, &parsed) != 1 ||
            IN6_IS_ADDR_V4MAPPED(&parsed))
                return address;
        return hex_encode(&call->arena, str_make(&parsed, PREFIX_LEN));
}

static struct str user(struct call *call, struct str account, struct str user_name)
{
        return arena_lower(&call->arena,
                           arena_printf(&call->arena, "%.*s/%.*s", STR_ARG(account), STR_ARG(user_name)));
}

enum signin_guess signin_guess(struct call *call, struct str account, struct str user_name)
{
        if (!attempts_take(call->host->visitors, visitor(call), now_s()))
                return SIGNIN_ADDRESS_IS_LOCKED;
        return attempts_take(call->host->sign_ins, user(call, account, user_name), now_s())
                       ? SIGNIN_MAY_GUESS
                       : SIGNIN_USER_IS_LOCKED;
}

void signin_guessed_right(struct call *call, struct str account, struct str user_name)
{
        attempts_give_back(call->host->visitors, visitor(call), now_s());
        attempts_give_back(call->host->sign_ins, user(call, account, user_name), now_s());
}
