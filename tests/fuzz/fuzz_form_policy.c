/* Policies of forms, as if their signature were right: lines of fields ("name=value"), an empty line, the
 * policy. Whatever it is, it is refused in words that any format can carry, or every field has a condition of
 * its name; and one that holds is refused once a field is added. */
#include "auth/internal.h"
#include "auth/s3_form.h"
#include "base/text.h"

#include <assert.h>

#define FIELDS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct auth *the_auth(void)
{
        static struct clock clock;
        static struct keyring *keyring;
        static struct auth *auth;

        if (!auth && (keyring_ephemeral(&keyring) < 0 || auth_new(keyring, &clock, &auth) < 0))
                abort();
        return auth;
}

static int check_policy(struct arena *arena, const struct auth_form *form, struct auth_result *result)
{
        const struct auth_expectation expected = {
                .service = STR("s3"), .path_is_literal = true, .form = form};
        struct check check = {.auth = the_auth(), .expected = &expected, .arena = arena, .result = result};
        int r;

        check.claim = (struct claim){
                .is_form = true, .is_version_2 = true, .signature = str_make(&form->fields.count, 1)};
        *result = (struct auth_result){.size_max = UINT64_MAX};
        r = s3_form_policy_check(&check);
        assert(r == 0 || r == -ENOMEM || (r == -EACCES && result->message.len > 0));
        for (size_t i = 0; i < result->message.len; i++)
                assert(result->message.ptr[i] >= ' ' && result->message.ptr[i] <= '~');
        return r;
}

static bool is_named(struct str policy, struct str name)
{
        for (size_t i = 0; i < policy.len; i++)
                if (str_starts_nocase(str_from(policy, i), name))
                        return true;
        return str_has_byte(policy, '\\'); /* it may stand there in other letters */
}

static void assert_named(const struct auth_form *form, struct str policy)
{
        for (size_t i = 0; i < form->fields.count; i++) {
                struct str name = form->fields.items[i].key;

                assert(str_eq_nocase(name, STR("policy")) || str_eq_nocase(name, STR("signature")) ||
                       str_eq_nocase(name, STR("AWSAccessKeyId")) || str_eq_nocase(name, STR("file")) ||
                       str_eq_nocase(name, STR("X-Amz-Signature")) ||
                       str_starts_nocase(name, STR("x-ignore-")) || is_named(policy, name));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct str_pair fields[FIELDS + 2];
        struct auth_form form = {{fields, 1, true}, STR("photos")};
        struct str rest = str_make(data, size), line = STR(""), name;
        struct auth_result result;
        struct arena arena;

        arena_init(&arena, (size_t)8 << 20);
        while (str_cut(&rest, '\n', &line) && line.len > 0)
                if (form.fields.count <= FIELDS && str_cut(&line, '=', &name) && name.len > 0)
                        fields[form.fields.count++] =
                                (struct str_pair){name, str_is_set(line) ? line : STR("")};
        fields[0] = (struct str_pair){STR("policy"), base64_encode(&arena, rest)};
        if (check_policy(&arena, &form, &result) == 0) {
                assert_named(&form, rest);
                fields[form.fields.count++] = (struct str_pair){STR("\x01 no policy names this"), STR("")};
                assert(check_policy(&arena, &form, &result) == -EACCES || str_has_byte(rest, '\\'));
        }
        arena_done(&arena);
        return 0;
}
