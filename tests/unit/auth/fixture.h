/* A server's auth with one key, and one request at a time. Included by the tests that need the whole check.
 */
#pragma once

#include "signer.h"

struct fixture {
        struct arena arena;
        struct clock clock;
        struct keyring *keyring;
        struct auth *auth;
        struct key_store store;
        struct auth_expectation expected;
        struct auth_result result;
        struct signer signer;
        struct signable signable;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Checks the request as it stands and gives the problem; asserts that the check itself did not fail. */
enum auth_problem fixture_check(struct fixture *fixture);
/* Signs a fresh GET / with the signer as it stands, and checks it. */
enum auth_problem fixture_sign_and_check(struct fixture *fixture);
