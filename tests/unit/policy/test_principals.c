/* Principals that the questions of the other tests cannot write: an account by its canonical user id.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html
 */
#include "support.h"

#define HOME  "111122223333"
#define AWAY  "444455556666"
#define USER  "arn:aws:iam::" HOME ":user/alice"
#define ROOT  "arn:aws:iam::" HOME ":root"
#define ROLE  "arn:aws:iam::" HOME ":role/app"
#define OURS  "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
#define OTHER "8a6925ce4adf588a4532142d5e2a9e1c85b4c7f0fdff92c3d5f2a1d0b3c4e5f6"

#define DOC(statement)   "{'Version':'2012-10-17','Statement':" statement "}"
#define ALLOW            DOC("{'Effect':'Allow','Action':'*','Resource':'*'}")
#define SILENT           DOC("{'Effect':'Allow','Action':'ec2:*','Resource':'*'}")
#define TO(effect, name) DOC("{'Effect':'" effect "','Action':'*','Resource':'*'," name "}")
#define CANONICAL(id)    TO("Allow", "'Principal':{'CanonicalUser':'" id "'}")

static const struct policy_principal ALICE = {PRINCIPAL_USER, STR_INIT(USER), STR_INIT(HOME),
                                              .canonical_id = STR_INIT(OURS)};
static const struct policy_principal SESSION = {
        PRINCIPAL_ROLE_SESSION, STR_INIT("arn:aws:sts::" HOME ":assumed-role/app/s1"), STR_INIT(HOME),
        .issuer_arn = STR_INIT(ROLE), .canonical_id = STR_INIT(OURS)};
static const struct policy_principal OWNER = {PRINCIPAL_ROOT, STR_INIT(ROOT), STR_INIT(HOME),
                                              .canonical_id = STR_INIT(OURS)};
static const struct policy_principal WITHOUT_ID = {PRINCIPAL_USER, STR_INIT(USER), STR_INIT(HOME)};
static const struct policy_principal NOBODY = {PRINCIPAL_ANONYMOUS, .canonical_id = STR_INIT(OURS)};
static const struct policy_principal SERVICE = {PRINCIPAL_SERVICE, STR_INIT("cloudtrail.amazonaws.com"),
                                                .canonical_id = STR_INIT(OURS)};

struct canonical_case {
        const struct policy_principal *who;
        const char *owner;               /* the account that has the bucket */
        const char *identity, *resource; /* identity NULL: it says nothing of S3 */
        enum policy_effect effect;
};

static const struct canonical_case CASES[] = {
        /* the account is meant: across accounts its identity policies must allow as well */
        {&ALICE, AWAY, ALLOW, CANONICAL(OURS), POLICY_ALLOW},
        {&ALICE, AWAY, NULL, CANONICAL(OURS), POLICY_IMPLICIT_DENY},
        {&ALICE, HOME, NULL, CANONICAL(OURS), POLICY_IMPLICIT_DENY},
        {&SESSION, AWAY, ALLOW, CANONICAL(OURS), POLICY_ALLOW},
        {&OWNER, AWAY, NULL, CANONICAL(OURS), POLICY_ALLOW},
        {&ALICE, AWAY, ALLOW, TO("Allow", "'Principal':{'CanonicalUser':['" OTHER "','" OURS "']}"),
         POLICY_ALLOW},
        /* nobody else, and not the account's number in its place */
        {&ALICE, AWAY, ALLOW, CANONICAL(OTHER), POLICY_IMPLICIT_DENY},
        {&ALICE, AWAY, ALLOW, CANONICAL(HOME), POLICY_IMPLICIT_DENY},
        {&OWNER, AWAY, NULL, CANONICAL(OTHER), POLICY_IMPLICIT_DENY},
        {&WITHOUT_ID, AWAY, ALLOW, CANONICAL(OURS), POLICY_IMPLICIT_DENY},
        {&NOBODY, AWAY, NULL, CANONICAL(OURS), POLICY_IMPLICIT_DENY},
        {&SERVICE, AWAY, NULL, CANONICAL(OURS), POLICY_IMPLICIT_DENY},
        /* Deny, and NotPrincipal */
        {&ALICE, HOME, ALLOW, TO("Deny", "'Principal':{'CanonicalUser':'" OURS "'}"), POLICY_EXPLICIT_DENY},
        {&ALICE, HOME, ALLOW, TO("Deny", "'Principal':{'CanonicalUser':'" OTHER "'}"), POLICY_ALLOW},
        {&ALICE, HOME, ALLOW, TO("Deny", "'NotPrincipal':{'CanonicalUser':'" OURS "'}"), POLICY_ALLOW},
        {&ALICE, HOME, ALLOW, TO("Deny", "'NotPrincipal':{'CanonicalUser':'" OTHER "'}"),
         POLICY_EXPLICIT_DENY},
        {&WITHOUT_ID, HOME, ALLOW, TO("Deny", "'NotPrincipal':{'CanonicalUser':'" OURS "'}"),
         POLICY_EXPLICIT_DENY},
};

static struct policy *compile(const char *quoted, enum policy_kind kind)
{
        char problem[POLICY_PROBLEM_MAX], *json = json_of(quoted);
        struct policy *policy;

        assert_int_equal(policy_compile(str_of(json), kind, &policy, problem), 0);
        free(json);
        return policy;
}

static enum policy_effect effect_of(const struct canonical_case *c)
{
        struct policy *policies[] = {
                compile(c->identity ? c->identity : SILENT, POLICY_IDENTITY),
                compile(c->resource, POLICY_RESOURCE),
        };
        const struct policy_ref identity = {.policy = policies[0]}, resource = {.policy = policies[1]};
        const struct policy_question question = {
                .principal = *c->who,
                .action = STR("s3:GetObject"),
                .resource = STR("arn:aws:s3:::b/k"),
                .resource_account = str_of(c->owner),
                .identity = {&identity, 1},
                .resource_policy = &resource,
        };
        struct policy_decision decision;

        policy_decide(&question, &decision);
        policy_free(policies[0]);
        policy_free(policies[1]);
        return decision.effect;
}

static void test_canonical_users(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                if (effect_of(&CASES[i]) != CASES[i].effect)
                        print_error("%.*s: %s\n", STR_ARG(CASES[i].who->arn), CASES[i].resource);
                assert_int_equal(effect_of(&CASES[i]), CASES[i].effect);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_canonical_users),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
