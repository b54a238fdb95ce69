/* Grants of KMS keys: whom they mean, what they are worth, what they cannot do.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html */
#include "support.h"

#include "cli/policy_evaluate.h"

#define HOME      "111122223333"
#define AWAY      "444455556666"
#define USER      "arn:aws:iam::" HOME ":user/alice"
#define BOB       "arn:aws:iam::" HOME ":user/bob"
#define ROLE      "arn:aws:iam::" HOME ":role/app"
#define SESSION   "arn:aws:sts::" HOME ":assumed-role/app/s1"
#define FEDERATED "arn:aws:sts::" HOME ":federated-user/fred"
#define ROOT      "arn:aws:iam::" HOME ":root"
#define LINKED                                                                                               \
        "arn:aws:iam::" HOME ":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
#define SERVICE "lambda.amazonaws.com"

#define DOC(statements) "{'Version':'2012-10-17','Statement':[" statements "]}"
#define MAY(effect)     DOC("{'Effect':'" effect "','Action':'*','Resource':'*'}")
#define YES             MAY("Allow")
#define NO              MAY("Deny")
#define OTHER           DOC("{'Effect':'Allow','Action':'ec2:*','Resource':'*'}")
#define TO(effect, who) DOC("{'Effect':'" effect "','Action':'*','Resource':'*','Principal':" who "}")
#define AWS(who)        TO("Allow", "{'AWS':'" who "'}")
#define SILENT          AWS("999999999999")
#define EVERYONE        TO("Allow", "'*'")
#define NOBODY          TO("Deny", "'*'")
#define ELSEWHERE       DOC("{'Effect':'Allow','Action':'ec2:*','Resource':'*','Principal':'*'}")

#define IDENTITY(document) ",'identity':[" document "]"
#define BOUNDARY(document) ",'boundary':" document
#define SESSIONS(document) ",'session':[" document "]"
#define POLICY(document)   ",'resource_policy':" document
#define SCPS(document)     ",'scps':[[" document "]]"
#define RCPS(document)     ",'rcps':[[" document "]]"
#define ENDPOINT(document) ",'endpoint_policy':" document
#define GRANT(who)         ",'grants':[{'name':'g','grantee':'" who "'}]"
#define GRANTS(one, other) ",'grants':[{'grantee':'" one "'},{'grantee':'" other "'}]"
#define GROUP(name)        ",'grants':[{'group':'" name "'}]"
#define ALL                GROUP("AllUsers")
#define SIGNED             GROUP("AuthenticatedUsers")

struct grant_case {
        const char *principal, *account, *policies, *expected;
};

static const struct grant_case CASES[] = {
        /* the key's policy is silent, so that nothing else allows: to the principal itself */
        {USER, HOME, POLICY(SILENT), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) GRANT(USER), "Allow by grant"},
        {USER, HOME, POLICY(SILENT) GRANT(BOB), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) GRANTS(BOB, USER), "Allow by grant"},
        {USER, HOME, POLICY(SILENT) BOUNDARY(OTHER) GRANT(USER), "Allow by grant"},
        {SESSION, HOME, POLICY(SILENT) SESSIONS(OTHER) GRANT(SESSION), "Allow by grant"},
        {SESSION, HOME, POLICY(SILENT) GRANT("arn:aws:sts::" HOME ":assumed-role/app/s2"),
         "ImplicitDeny by resource"},
        {FEDERATED, HOME, POLICY(SILENT) GRANT(FEDERATED), "Allow by grant"},
        {ROOT, HOME, POLICY(SILENT) GRANT(ROOT), "Allow by grant"},
        {ROOT, HOME, POLICY(SILENT) GRANT(USER), "ImplicitDeny by resource"},
        {"arn:aws:sts::" HOME ":assumed-role/aws:ec2-infrastructure/i-5d476fab", HOME,
         POLICY(SILENT) GRANT("arn:aws:sts::" HOME ":assumed-role/aws:ec2-infrastructure/i-5d476fab"),
         "Allow by grant"},
        /* to its role: boundary and session policies limit */
        {SESSION, HOME, POLICY(SILENT) GRANT(ROLE), "Allow by grant"},
        {ROLE, HOME, POLICY(SILENT) GRANT(ROLE), "Allow by grant"},
        {SESSION, HOME, POLICY(SILENT) BOUNDARY(YES) SESSIONS(YES) GRANT(ROLE), "Allow by grant"},
        {SESSION, HOME, POLICY(SILENT) BOUNDARY(OTHER) GRANT(ROLE), "ImplicitDeny by resource"},
        {SESSION, HOME, POLICY(SILENT) SESSIONS(OTHER) GRANT(ROLE), "ImplicitDeny by resource"},
        {SESSION, HOME, POLICY(SILENT) SESSIONS(OTHER) GRANTS(ROLE, SESSION), "Allow by grant"},
        {SESSION, HOME, POLICY(SILENT) GRANT("arn:aws:iam::" HOME ":role/ops"), "ImplicitDeny by resource"},
        /* to its account: the identity policies must allow as well */
        {USER, HOME, POLICY(SILENT) GRANT(HOME), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) IDENTITY(OTHER) GRANT(ROOT), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) IDENTITY(YES) GRANT(ROOT), "Allow by grant"},
        {USER, HOME, POLICY(SILENT) IDENTITY(YES) GRANT(HOME), "Allow by grant"},
        {USER, HOME, POLICY(SILENT) IDENTITY(YES) GRANT(AWAY), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) IDENTITY(YES) BOUNDARY(OTHER) GRANT(ROOT), "ImplicitDeny by resource"},
        {SESSION, HOME, POLICY(SILENT) IDENTITY(YES) SESSIONS(OTHER) GRANT(ROOT), "ImplicitDeny by resource"},
        /* a key policy that leaves it to the account */
        {USER, HOME, POLICY(AWS(HOME)) GRANT(USER), "Allow by grant"},
        {USER, HOME, POLICY(AWS(HOME)) GRANT(ROOT), "ImplicitDeny by identity"},
        {SESSION, HOME, POLICY(AWS(HOME)) BOUNDARY(OTHER) GRANT(ROLE), "ImplicitDeny by identity"},
        {SESSION, HOME, POLICY(AWS(ROLE)) BOUNDARY(OTHER) GRANT(SESSION), "Allow by grant"},
        /* not what allowed where the policies would have */
        {USER, HOME, POLICY(AWS(USER)) GRANT(USER), "Allow by resource"},
        {USER, HOME, POLICY(AWS(HOME)) IDENTITY(YES) GRANT(USER), "Allow by identity"},
        {ROOT, HOME, POLICY(AWS(HOME)) GRANT(ROOT), "Allow by root"},
        {USER, AWAY, POLICY(AWS(HOME)) IDENTITY(YES) GRANT(USER), "Allow by identity"},
        {SERVICE, HOME, POLICY(EVERYONE) GRANT(SERVICE), "Allow by resource"},
        /* a deny of any policy wins */
        {USER, HOME, POLICY(NOBODY) GRANT(USER), "ExplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) IDENTITY(NO) GRANT(USER), "ExplicitDeny by identity"},
        {USER, HOME, POLICY(SILENT) BOUNDARY(NO) GRANT(USER), "ExplicitDeny by boundary"},
        {SESSION, HOME, POLICY(SILENT) SESSIONS(NO) GRANT(SESSION), "ExplicitDeny by session"},
        {USER, HOME, POLICY(SILENT) SCPS(NO) GRANT(USER), "ExplicitDeny by scp"},
        {USER, HOME, POLICY(SILENT) RCPS(NOBODY) GRANT(USER), "ExplicitDeny by rcp"},
        {USER, HOME, POLICY(SILENT) ENDPOINT(NOBODY) GRANT(USER), "ExplicitDeny by endpoint"},
        {USER, AWAY, POLICY(SILENT) IDENTITY(NO) GRANT(USER), "ExplicitDeny by identity"},
        {SERVICE, HOME, POLICY(NOBODY) GRANT(SERVICE), "ExplicitDeny by resource"},
        /* what must allow besides */
        {USER, HOME, POLICY(SILENT) SCPS(YES) RCPS(EVERYONE) ENDPOINT(EVERYONE) GRANT(USER),
         "Allow by grant"},
        {USER, HOME, POLICY(SILENT) SCPS(OTHER) GRANT(USER), "ImplicitDeny by scp"},
        {USER, HOME, POLICY(SILENT) RCPS(ELSEWHERE) GRANT(USER), "ImplicitDeny by rcp"},
        {USER, HOME, POLICY(SILENT) ENDPOINT(SILENT) GRANT(USER), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(AWS(USER)) ENDPOINT(SILENT) GRANT(USER), "ImplicitDeny by endpoint"},
        {USER, AWAY, POLICY(SILENT) SCPS(OTHER) GRANT(USER), "ImplicitDeny by scp"},
        {USER, AWAY, POLICY(SILENT) ENDPOINT(SILENT) GRANT(USER), "ImplicitDeny by identity"},
        /* two accounts: to the principal itself or its role, no identity policy need allow */
        {USER, AWAY, POLICY(SILENT) GRANT(USER), "Allow by grant"},
        {USER, AWAY, GRANT(USER), "Allow by grant"},
        {USER, AWAY, POLICY(AWS(USER)) GRANT(USER), "Allow by grant"},
        {USER, AWAY, POLICY(SILENT) IDENTITY(YES) GRANT(USER), "Allow by grant"},
        {SESSION, AWAY, POLICY(SILENT) GRANT(SESSION), "Allow by grant"},
        {SESSION, AWAY, POLICY(SILENT) GRANT(ROLE), "Allow by grant"},
        {LINKED, AWAY, POLICY(SILENT) GRANT(LINKED), "Allow by grant"},
        {LINKED, AWAY, POLICY(SILENT) SCPS(NO) GRANT(LINKED), "Allow by grant"},
        {USER, AWAY, POLICY(SILENT) BOUNDARY(YES) GRANT(USER), "Allow by grant"},
        {USER, AWAY, POLICY(SILENT) BOUNDARY(OTHER) GRANT(USER), "ImplicitDeny by identity"},
        {SESSION, AWAY, POLICY(SILENT) BOUNDARY(OTHER) GRANT(ROLE), "ImplicitDeny by identity"},
        {SESSION, AWAY, POLICY(SILENT) SESSIONS(YES) GRANT(ROLE), "Allow by grant"},
        {SESSION, AWAY, POLICY(SILENT) SESSIONS(OTHER) GRANT(SESSION), "ImplicitDeny by identity"},
        {FEDERATED, AWAY, POLICY(SILENT) GRANT(FEDERATED), "ImplicitDeny by identity"},
        {FEDERATED, AWAY, POLICY(SILENT) SESSIONS(YES) GRANT(FEDERATED), "Allow by grant"},
        /* to its account, they must */
        {USER, AWAY, POLICY(SILENT) GRANT(HOME), "ImplicitDeny by identity"},
        {USER, AWAY, POLICY(SILENT) IDENTITY(YES) GRANT(ROOT), "Allow by grant"},
        {USER, AWAY, POLICY(SILENT) IDENTITY(YES) GRANT(AWAY), "ImplicitDeny by resource"},
        {USER, AWAY, POLICY(SILENT) IDENTITY(YES) BOUNDARY(OTHER) GRANT(ROOT), "ImplicitDeny by boundary"},
        {ROOT, AWAY, POLICY(SILENT) GRANT(HOME), "Allow by grant"},
        /* nobody's users */
        {SERVICE, HOME, POLICY(SILENT) GRANT(SERVICE), "Allow by grant"},
        {SERVICE, HOME, GRANT(SERVICE), "Allow by grant"},
        {SERVICE, HOME, POLICY(SILENT) GRANT("s3.amazonaws.com"), "ImplicitDeny by resource"},
        {SERVICE, HOME, POLICY(SILENT) ENDPOINT(SILENT) GRANT(SERVICE), "ImplicitDeny by resource"},
        {SERVICE, HOME, POLICY(SILENT) GRANT(HOME), "ImplicitDeny by resource"},
        {"*", HOME, POLICY(SILENT) GRANT(USER), "ImplicitDeny by resource"},
        /* everybody is no grantee, and what is no principal is nobody */
        {USER, HOME, POLICY(SILENT) GRANT("*"), "ImplicitDeny by resource"},
        {"*", HOME, POLICY(SILENT) GRANT("*"), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) GRANT("arn:aws:iam::" HOME ":user/*"), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) GRANT(""), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) GRANTS("nonsense", USER), "Allow by grant"},
        {"arn:aws:iam::" HOME ":saml-provider/corp", HOME,
         POLICY(SILENT) GRANT("arn:aws:iam::" HOME ":saml-provider/corp"), "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) ",'grants':[]", "ImplicitDeny by resource"},
        {USER, HOME, POLICY(SILENT) ",'grants':null", "ImplicitDeny by resource"},
        /* without a key policy that must allow, identity policies need no grant */
        {USER, HOME, IDENTITY(YES) GRANT(BOB), "Allow by identity"},
        {USER, HOME, GRANT(USER), "Allow by grant"},
        {USER, HOME, GRANT(HOME), "ImplicitDeny by identity"},
        /* mistakes are told */
        {USER, HOME, ",'grants':{}", "grants: must be a list"},
        {USER, HOME, ",'grants':['" USER "']", "grants: each must be an object"},
        {USER, HOME, ",'grants':[{'name':'g'}]", "grants: grantee must be a string"},
        {USER, HOME, ",'grants':[{'grantee':['" USER "']}]", "grants: grantee must be a string"},
        {USER, HOME, ",'grants':[{'grantee':'" USER "','name':1}]", "grants: name must be a string"},
        {USER, HOME, ",'grants':[{'grantee':'" USER "','operations':[]}]",
         "grants: has a member that is none of a grant's"},
        {USER, HOME, ",'grants':[{'grantee':'" USER "','group':'AllUsers'}]",
         "grants: has both a grantee and a group"},
        {USER, HOME, GROUP("Everyone"), "grants: group must be AllUsers or AuthenticatedUsers"},
        {USER, HOME, ",'grants':[{'group':['AllUsers']}]",
         "grants: group must be AllUsers or AuthenticatedUsers"},
        /* everyone: in the owner's account it needs nothing more */
        {"*", HOME, ALL, "Allow by grant"},
        {"*", HOME, POLICY(SILENT) ALL, "Allow by grant"},
        {USER, HOME, ALL, "Allow by grant"},
        {USER, HOME, BOUNDARY(OTHER) ALL, "Allow by grant"},
        {SESSION, HOME, SESSIONS(OTHER) ALL, "Allow by grant"},
        {SERVICE, HOME, ALL, "Allow by grant"},
        {ROOT, HOME, ALL, "Allow by root"},
        /* in another one its own account has to allow */
        {USER, AWAY, ALL, "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(OTHER) ALL, "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES) ALL, "Allow by grant"},
        {USER, AWAY, IDENTITY(YES) BOUNDARY(OTHER) ALL, "ImplicitDeny by boundary"},
        {SESSION, AWAY, IDENTITY(YES) SESSIONS(OTHER) ALL, "ImplicitDeny by session"},
        {ROOT, AWAY, ALL, "Allow by grant"},
        /* every account, which has to allow; nobody who has none */
        {"*", HOME, SIGNED, "ImplicitDeny by none"},
        {SERVICE, HOME, SIGNED, "ImplicitDeny by none"},
        {USER, HOME, SIGNED, "ImplicitDeny by identity"},
        {USER, AWAY, SIGNED, "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(OTHER) SIGNED, "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES) SIGNED, "Allow by grant"},
        {ROOT, AWAY, SIGNED, "Allow by grant"},
        /* the strongest counts, in any order */
        {"*", HOME, ",'grants':[{'group':'AuthenticatedUsers'},{'group':'AllUsers'}]", "Allow by grant"},
        {USER, HOME, ",'grants':[{'group':'AuthenticatedUsers'},{'group':'AllUsers'}]", "Allow by grant"},
        /* what denies wins, and who has to allow has to */
        {"*", HOME, POLICY(NOBODY) ALL, "ExplicitDeny by resource"},
        {USER, HOME, IDENTITY(NO) ALL, "ExplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES) POLICY(NOBODY) ALL, "ExplicitDeny by resource"},
        {USER, HOME, SCPS(OTHER) ALL, "ImplicitDeny by scp"},
        {"*", HOME, RCPS(NOBODY) ALL, "ExplicitDeny by rcp"},
        {"*", HOME, ENDPOINT(SILENT) ALL, "ImplicitDeny by none"},
};

#define ASK(principal, account, policies)                                                                    \
        "{'id':1,'principal':'" principal "','action':'kms:Decrypt','resource':'arn:aws:kms:us-east-1:"      \
        "111122223333:key/k','resource_account':'" account "'" policies "}"

static void test_cases(void **state)
{
        char question[8192];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                (void)snprintf(question, sizeof(question), ASK("%s", "%s", "%s"), CASES[i].principal,
                               CASES[i].account, CASES[i].policies);
                if (strcmp(decide(question), CASES[i].expected) != 0)
                        print_error("%s\n", question);
                assert_decision(question, CASES[i].expected);
        }
}

/* A grant may name the unique id that has taken an ARN's place. */
static void test_unique_id(void **state)
{
        (void)state;
#define BY_ID(userid)                                                                                        \
        ASK(USER, HOME, POLICY(SILENT) ",'context':{'aws:userid':'" userid "'}" GRANT("AIDAEXAMPLEEXAMPLE01"))
        assert_decision(BY_ID("AIDAEXAMPLEEXAMPLE01"), "Allow by grant");
        assert_decision(BY_ID("AIDAEXAMPLEEXAMPLE02"), "ImplicitDeny by resource");
}

static void with_question(const char *quoted,
                          void (*check)(const struct policy_question *, const struct policy_decision *))
{
        char *json = json_of(quoted), problem[QUESTION_PROBLEM_MAX];
        struct policy_decision decision;
        struct read_question read;
        struct arena arena;

        arena_init(&arena, 1 << 20);
        assert_int_equal(question_read(str_of(json), &arena, &read, problem), 0);
        policy_decide(&read.question, &decision);
        check(&read.question, &decision);
        read_question_done(&read);
        arena_done(&arena);
        free(json);
}

static void check_strongest(const struct policy_question *question, const struct policy_decision *decision)
{
        assert_int_equal(decision->by, POLICY_BY_GRANT);
        assert_ptr_equal(decision->grant, &question->grants[2]);
        assert_null(decision->policy);
        assert_int_equal(decision->statement, -1);
}

static void check_none(const struct policy_question *question, const struct policy_decision *decision)
{
        (void)question;
        assert_int_not_equal(decision->by, POLICY_BY_GRANT);
        assert_null(decision->grant);
}

/* The grant that decided is told: the strongest, and of equals the first. */
static void test_which(void **state)
{
        (void)state;
        with_question(ASK(SESSION, HOME,
                          POLICY(SILENT) ",'grants':[{'grantee':'" HOME "'},{'grantee':'" BOB
                                         "'},{'grantee':'" SESSION "'},{'grantee':'" SESSION
                                         "'},{'grantee':'" ROLE "'}]"),
                      check_strongest);
        with_question(ASK(USER, HOME, POLICY(AWS(USER)) GRANT(USER)), check_none);
        with_question(ASK(USER, HOME, POLICY(SILENT) GRANT(BOB)), check_none);
        with_question(ASK(USER, HOME, POLICY(NOBODY) GRANT(USER)), check_none);
        with_question(ASK(SESSION, HOME, POLICY(SILENT) SESSIONS(OTHER) GRANT(ROLE)), check_none);
}

static void check_text(const struct policy_question *question, const struct policy_decision *decision)
{
        const struct policy_denial_words nothing_said = {};
        struct buf text;

        buf_init(&text, 4096);
        policy_denial_text(question, decision, &nothing_said, &text);
        assert_true(str_eq(buf_str(&text),
                           STR("User: " USER " is not authorized to perform: kms:Decrypt because no "
                               "resource-based policy allows the kms:Decrypt action")));
        buf_done(&text);
}

/* A denial does not tell of grants. */
static void test_denial(void **state)
{
        (void)state;
        with_question(ASK(USER, HOME, POLICY(SILENT) GRANT(BOB)), check_text);
        with_question(ASK(USER, HOME, POLICY(SILENT) GRANT(HOME)), check_text);
}

static void decide_as(const struct policy_question *question, struct str canonical_id, struct str grantee,
                      enum policy_effect effect)
{
        const struct policy_grant_ref grant = {STR("g"), grantee, GRANTEE_CANONICAL};
        struct policy_question asked = *question;
        struct policy_decision decision;

        asked.principal.canonical_id = canonical_id;
        asked.grants = &grant;
        asked.grant_count = 1;
        policy_decide(&asked, &decision);
        assert_int_equal(decision.effect, effect);
}

static void check_canonical(const struct policy_question *question, const struct policy_decision *decision)
{
        (void)decision;
        decide_as(question, STR("79a5"), STR("79a5"), POLICY_ALLOW);
        decide_as(question, STR("79a5"), STR("79a"), POLICY_IMPLICIT_DENY);
        decide_as(question, STR_NONE, STR("79a5"), POLICY_IMPLICIT_DENY);
        decide_as(question, STR_NONE, STR(""), POLICY_IMPLICIT_DENY);
}

static void check_nobody(const struct policy_question *question, const struct policy_decision *decision)
{
        (void)decision;
        decide_as(question, STR("79a5"), STR("79a5"), POLICY_IMPLICIT_DENY);
}

/* The canonical user id of an account means it as its number does. */
static void test_canonical(void **state)
{
        (void)state;
        with_question(ASK(USER, AWAY, IDENTITY(YES)), check_canonical);
        with_question(ASK(ROOT, AWAY, ""), check_canonical);
        with_question(ASK(USER, AWAY, ""), check_nobody);
        with_question(ASK(USER, HOME, ""), check_nobody);
        with_question(ASK("*", HOME, ""), check_nobody);
        with_question(ASK(SERVICE, HOME, ""), check_nobody);
}

static void only_denies(const struct policy_question *question, enum policy_effect effect,
                        enum policy_type by)
{
        struct policy_question asked = *question;
        struct policy_decision decision;

        asked.resource_policy_only_denies = true;
        asked.resource_policy_required = false; /* of a KMS key alone */
        policy_decide(&asked, &decision);
        assert_int_equal(decision.effect, effect);
        assert_int_equal(decision.by, by);
}

#define CHECK_ONLY_DENIES(name, effect, by)                                                                  \
        static void name(const struct policy_question *question, const struct policy_decision *decision)     \
        {                                                                                                    \
                (void)decision;                                                                              \
                only_denies(question, effect, by);                                                           \
        }
CHECK_ONLY_DENIES(check_denied, POLICY_EXPLICIT_DENY, POLICY_BY_RESOURCE)
CHECK_ONLY_DENIES(check_not_allowed, POLICY_IMPLICIT_DENY, POLICY_BY_RESOURCE)
CHECK_ONLY_DENIES(check_not_by_identity, POLICY_IMPLICIT_DENY, POLICY_BY_IDENTITY)
CHECK_ONLY_DENIES(check_by_identity, POLICY_ALLOW, POLICY_BY_IDENTITY)
CHECK_ONLY_DENIES(check_by_grant, POLICY_ALLOW, POLICY_BY_GRANT)

/* The bucket's policy about an object that is another account's. */
static void test_only_denies(void **state)
{
        (void)state;
        with_question(ASK("*", HOME, POLICY(NOBODY) ALL), check_denied);
        with_question(ASK(USER, HOME, POLICY(NOBODY) IDENTITY(YES)), check_denied);
        with_question(ASK("*", HOME, POLICY(EVERYONE)), check_not_allowed);
        with_question(ASK("*", HOME, POLICY(EVERYONE) ALL), check_by_grant);
        with_question(ASK(USER, HOME, POLICY(AWS(USER))), check_not_by_identity);
        with_question(ASK(USER, HOME, POLICY(SILENT) IDENTITY(YES)), check_by_identity);
        with_question(ASK(USER, AWAY, POLICY(AWS(USER)) IDENTITY(YES)), check_not_allowed);
        with_question(ASK(USER, AWAY, POLICY(AWS(USER)) IDENTITY(YES) SIGNED), check_by_grant);
}

static void agreed(const struct policy_question *question, enum policy_effect effect, enum policy_type by)
{
        struct policy_question asked = *question;
        struct policy_decision decision;

        asked.account_agrees = true;
        policy_decide(&asked, &decision);
        assert_int_equal(decision.effect, effect);
        assert_int_equal(decision.by, by);
}

#define CHECK_AGREED(name, effect, by)                                                                       \
        static void name(const struct policy_question *question, const struct policy_decision *decision)     \
        {                                                                                                    \
                (void)decision;                                                                              \
                agreed(question, effect, by);                                                                \
        }
CHECK_AGREED(agreed_by_resource, POLICY_ALLOW, POLICY_BY_RESOURCE)
CHECK_AGREED(agreed_not_by_resource, POLICY_IMPLICIT_DENY, POLICY_BY_RESOURCE)
CHECK_AGREED(agreed_denied_by_identity, POLICY_EXPLICIT_DENY, POLICY_BY_IDENTITY)
CHECK_AGREED(agreed_denied_by_session, POLICY_EXPLICIT_DENY, POLICY_BY_SESSION)
CHECK_AGREED(agreed_not_by_scp, POLICY_IMPLICIT_DENY, POLICY_BY_SCP)

/* A bucket behind an access point, to which the account of the one who asks has agreed. */
static void test_agreed(void **state)
{
        (void)state;
        with_question(ASK(USER, AWAY, POLICY(AWS(USER))), agreed_by_resource);
        with_question(ASK(USER, AWAY, POLICY(EVERYONE) BOUNDARY(OTHER)), agreed_by_resource);
        with_question(ASK(USER, AWAY, IDENTITY(YES)), agreed_not_by_resource);
        with_question(ASK(USER, AWAY, POLICY(SILENT) IDENTITY(YES)), agreed_not_by_resource);
        with_question(ASK(USER, AWAY, POLICY(AWS(USER)) IDENTITY(NO)), agreed_denied_by_identity);
        with_question(ASK(SESSION, AWAY, POLICY(EVERYONE) SESSIONS(NO)), agreed_denied_by_session);
        with_question(ASK(USER, AWAY, POLICY(AWS(USER)) SCPS(OTHER)), agreed_not_by_scp);
        with_question(ASK(USER, HOME, POLICY(SILENT) IDENTITY(YES)), agreed_not_by_resource);
}

static void check_groups_trace(const struct policy_question *question, const struct policy_decision *decision)
{
        char *expected = json_of("'decision':'Allow','by':'grant','policies':["
                                 "{'type':'grant','group':'AuthenticatedUsers','matched':false},"
                                 "{'type':'grant','group':'AllUsers','matched':true,'grantTo':'direct'}]}");
        struct buf json;

        (void)decision;
        buf_init(&json, 1 << 16);
        assert_int_equal(policy_explain(question, &json), 0);
        assert_true(str_ends(buf_str(&json), str_of(expected)));
        buf_done(&json);
        free(expected);
}

static void check_foreign_trace(const struct policy_question *question,
                                const struct policy_decision *decision)
{
        const struct policy_grant_ref grant = {STR("READ"), STR("79a5"), GRANTEE_CANONICAL};
        struct policy_question asked = *question;
        struct buf json;
        char *expected = json_of(
                "'decision':'ImplicitDeny','by':'resource','policies':[{'type':'resource','onlyDenies':true,"
                "'statements':[{'index':0,'effect':'Allow','matched':true,'grantTo':'direct'}]},"
                "{'type':'grant','name':'READ','canonical':'79a5','matched':false}]}");

        (void)decision;
        asked.resource_policy_only_denies = true;
        asked.grants = &grant;
        asked.grant_count = 1;
        buf_init(&json, 1 << 16);
        assert_int_equal(policy_explain(&asked, &json), 0);
        assert_true(str_ends(buf_str(&json), str_of(expected)));
        buf_done(&json);
        free(expected);
}

static void check_trace(const struct policy_question *question, const struct policy_decision *decision)
{
        char *expected = json_of(
                "'decision':'Allow','by':'grant','grant':'g1','policies':[{'type':'resource',"
                "'statements':[{'index':0,'effect':'Allow','matched':false,'failedElement':"
                "'Principal'}]},"
                "{'type':'grant','grantee':'" BOB "','matched':false},"
                "{'type':'grant','name':'g1','grantee':'" ROLE "','matched':true,'grantTo':'entity'},"
                "{'type':'grant','name':'g2','grantee':'" HOME "','matched':true,'grantTo':'account'}]}");
        struct buf json;

        (void)decision;
        buf_init(&json, 1 << 16);
        assert_int_equal(policy_explain(question, &json), 0);
        assert_true(str_ends(buf_str(&json), str_of(expected)));
        buf_done(&json);
        free(expected);
}

static void test_trace(void **state)
{
        (void)state;
        with_question(ASK(SESSION, HOME,
                          POLICY(SILENT) ",'grants':[{'grantee':'" BOB "'},{'name':'g1','grantee':'" ROLE
                                         "'},{'name':'g2','grantee':'" HOME "'}]"),
                      check_trace);
}

static void test_acl_trace(void **state)
{
        (void)state;
        with_question(ASK("*", HOME, ",'grants':[{'group':'AuthenticatedUsers'},{'group':'AllUsers'}]"),
                      check_groups_trace);
        with_question(ASK("*", HOME, POLICY(EVERYONE)), check_foreign_trace);
}

/* An answer says which, by its place; statements are those of policies. */
static void test_answer(void **state)
{
        char *line = json_of(ASK(USER, AWAY, GRANTS(BOB, USER))),
             *expected = json_of("{'id':1,'decision':'Allow','by':'grant','grant':1,'statements':[]}\n");
        struct buf answer;

        (void)state;
        buf_init(&answer, 4096);
        assert_int_equal(cli_policy_answer(str_of(line), &answer), 0);
        assert_true(str_eq(buf_str(&answer), str_of(expected)));
        buf_done(&answer);
        free(expected);
        free(line);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),     cmocka_unit_test(test_unique_id),
                cmocka_unit_test(test_which),     cmocka_unit_test(test_denial),
                cmocka_unit_test(test_trace),     cmocka_unit_test(test_answer),
                cmocka_unit_test(test_canonical), cmocka_unit_test(test_only_denies),
                cmocka_unit_test(test_acl_trace), cmocka_unit_test(test_agreed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
