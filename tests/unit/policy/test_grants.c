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
        struct buf text;

        buf_init(&text, 4096);
        policy_denial_text(question, decision, false, &text);
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
                cmocka_unit_test(test_cases), cmocka_unit_test(test_unique_id),
                cmocka_unit_test(test_which), cmocka_unit_test(test_denial),
                cmocka_unit_test(test_trace), cmocka_unit_test(test_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
