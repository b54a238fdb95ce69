#include "fixture.h"

#include <assert.h>

int fixture_set_up(void **state)
{
        static struct fixture fixture;

        fixture = (struct fixture){.expected = {.service = STR("iam")}};
        arena_init(&fixture.arena, (size_t)4 << 20);
        if (keyring_ephemeral(&fixture.keyring) < 0 ||
            auth_new(fixture.keyring, &fixture.clock, &fixture.auth) < 0)
                return -1;
        fixture.signer = signer_default(&fixture.arena);
        signable_init(&fixture.signable);
        *state = &fixture;
        return 0;
}

int fixture_tear_down(void **state)
{
        struct fixture *fixture = *state;

        auth_free(fixture->auth);
        keyring_free(fixture->keyring);
        arena_done(&fixture->arena);
        return 0;
}

enum auth_problem fixture_check(struct fixture *fixture)
{
        struct auth_source source = key_store_source(&fixture->store);
        int r = auth_check(fixture->auth, &fixture->signable.request, &fixture->expected, &source,
                           &fixture->arena, &fixture->result);

        assert(r == 0);
        assert((fixture->result.problem == AUTH_OK) == (fixture->result.message.len == 0));
        return fixture->result.problem;
}

enum auth_problem fixture_sign_and_check(struct fixture *fixture)
{
        signable_init(&fixture->signable);
        signer_sign(&fixture->signer, &fixture->signable);
        return fixture_check(fixture);
}
